"""The claims of a StatefulSet's pods, and what becomes of them: who owns a claim takes it along. Everything is pure.

whenDeleted  whenScaled  owner while its pod is wanted  owner when its pod is not
-----------  ----------  -----------------------------  -------------------------
Retain       Retain      nobody                         nobody
Delete       Retain      the StatefulSet                the StatefulSet
Retain       Delete      nobody                         the pod
Delete       Delete      the StatefulSet                the pod
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...objects import core, evolve, meta
from ...objects.references import owner_reference
from ...values.frozen import FrozenMap

DELETE = "Delete"

Found = Callable[[str], Any | None]
"""The claim of a name, as it was last seen, or None."""


def claim_name(stateful_set: Any, template: Any, ordinal: int) -> str:
    """The name of the claim that a pod gets from a template."""
    return f"{template.metadata.name}-{stateful_set.metadata.name}-{ordinal}"


def new_claim(stateful_set: Any, template: Any, ordinal: int) -> core.PersistentVolumeClaim:
    """The claim that a pod gets from a template."""
    metadata = template.metadata
    return core.PersistentVolumeClaim(
        metadata=meta.ObjectMeta(
            name=claim_name(stateful_set, template, ordinal),
            namespace=stateful_set.metadata.namespace,
            labels=FrozenMap({**metadata.labels, **stateful_set.spec.selector.match_labels}),
            annotations=metadata.annotations,
            finalizers=metadata.finalizers,
        ),
        spec=template.spec,
    )


def claims_of(stateful_set: Any, ordinal: int, found: Found) -> Iterator[Any]:
    """The claims of an ordinal that are there."""
    for template in stateful_set.spec.volume_claim_templates:
        claim = found(claim_name(stateful_set, template, ordinal))
        if claim is not None:
            yield claim


def _deletes(stateful_set: Any, when: str) -> bool:
    policy = stateful_set.spec.persistent_volume_claim_retention_policy
    return policy is not None and getattr(policy, when) == DELETE


def deletes_when_scaled(stateful_set: Any) -> bool:
    """Whether the claims of pods that are not wanted any more go with them."""
    return _deletes(stateful_set, "when_scaled")


def keeper(stateful_set: Any, pod: Any, wanted: bool) -> Any | None:
    """Who is to own the claims of a pod, by the table above. `wanted` is whether its ordinal is one of the set's."""
    if deletes_when_scaled(stateful_set) and not wanted:
        return pod
    return stateful_set if _deletes(stateful_set, "when_deleted") else None


def _names(reference: Any, obj: Any) -> bool:
    """Whether a reference names an object, be it this one or an earlier one of its name."""
    same_kind = (reference.api_version, reference.kind) == (obj.api_version, obj.kind)
    return same_kind and bool(reference.name == obj.metadata.name)


def _owns(obj: Any, claim: Any) -> bool:
    return any(reference.uid == obj.metadata.uid for reference in claim.metadata.owner_references)


def is_of_an_earlier(obj: Any, claim: Any) -> bool:
    """Whether a claim is owned by an object of this name that was another one."""
    named = next((each for each in claim.metadata.owner_references if _names(each, obj)), None)
    return named is not None and named.uid != obj.metadata.uid


def is_contended(claim: Any, stateful_set: Any, pod: Any) -> bool:
    """Whether somebody else controls a claim of which the policy disposes: it is left alone then."""
    if not (_deletes(stateful_set, "when_scaled") or _deletes(stateful_set, "when_deleted")):
        return False
    for reference in claim.metadata.owner_references:
        own = next((obj for obj in (stateful_set, pod) if _names(reference, obj)), None)
        if reference.uid != own.metadata.uid if own is not None else reference.controller:
            return True
    return False


def is_kept(claim: Any, stateful_set: Any, pod: Any, wanted: bool) -> bool:
    """Whether a claim is owned by whom the policy says, or is not to be touched."""
    if is_of_an_earlier(stateful_set, claim) or is_of_an_earlier(pod, claim):
        return True
    if is_contended(claim, stateful_set, pod):
        return not (_owns(stateful_set, claim) or _owns(pod, claim))
    own = (stateful_set.metadata.uid, pod.metadata.uid)
    if any(each.uid in own and not each.controller for each in claim.metadata.owner_references):
        return False
    owner = keeper(stateful_set, pod, wanted)
    return all(_owns(obj, claim) == (obj is owner) for obj in (stateful_set, pod))


def kept(claim: Any, stateful_set: Any, pod: Any, wanted: bool) -> Any:
    """The claim as the policy has it: owned by whom it says, or, if somebody else controls it, by neither."""
    others = tuple(
        [each for each in claim.metadata.owner_references if not (_names(each, stateful_set) or _names(each, pod))]
    )
    owner = None if is_contended(claim, stateful_set, pod) else keeper(stateful_set, pod, wanted)
    owners = others if owner is None else (*others, owner_reference(owner))
    return evolve(claim, {"metadata.owner_references": owners})
