"""Make the device claims of pods from their templates, and see that claims are held by nobody who is done with them.

Imitates  the resource claim controller of Kubernetes 1.36
Wakes on  Pod with claims; ResourceClaim
Writes    ResourceClaim create, status, finalizer and delete; Pod status: which claim was made for it; events
Differs   nothing known

Its keys are `pod:NAMESPACE/NAME` and `claim:NAMESPACE/NAME`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from .. import errors
from ..kit import DONE, Api, Cache, Result, Wiring, key_of
from ..objects import core, evolve, meta, resource
from ..objects.pods import is_finished
from ..objects.references import controller_of
from ..values.frozen import FrozenMap

COMPONENT = "resource_claim"
FINALIZER = "resource.kubernetes.io/delete-protection"
MADE_FOR = "resource.kubernetes.io/pod-claim-name"
MOST_USERS = 256
LONGEST_BASE = 57
"""How long the part of a generated name may be that is not drawn."""


def is_done(pod: Any) -> bool:
    """Whether a pod needs no claim any more: it has ended, or goes before it was ever bound."""
    return is_finished(pod) or (pod.metadata.deletion_timestamp is not None and not pod.spec.node_name)


def _of_pod(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    """A pod with claims; and these, if it has just become done with them."""
    pod = new if new is not None else old
    if not pod.spec.resource_claims:
        return
    if new is not None and not is_done(new):
        yield f"pod:{key_of(new)}"
    elif new is None or old is None or not is_done(old):
        for name in dict.fromkeys(claim for _, claim in claims_of(pod)):
            yield f"claim:{pod.metadata.namespace}/{name}"


def _of_claim(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    """A claim; of one that is gone, the pod that it was made for."""
    if new is not None:
        yield f"claim:{key_of(new)}"
        return
    owner = controller_of(old)
    if owner is not None and owner.kind == "Pod":
        yield f"pod:{old.metadata.namespace}/{owner.name}"


@attrs.frozen
class Made:
    """The names of the claims that were made for a pod, by what it says of them: what was made just now may not be
    seen yet."""

    claims: FrozenMap[str, str] = FrozenMap()


WIRING = Wiring(
    "resourceclaim-controller",
    account="resource-claim-controller",
    watches=((core.Pod, _of_pod), (resource.ResourceClaim, _of_claim)),
    reads=(resource.ResourceClaimTemplate,),
    memory=Made,
)


def claims_of(pod: Any) -> Iterator[tuple[Any, str]]:
    """The claims that a pod has, as far as they have names: (what it says of it, name)."""
    made = {each.name: each.resource_claim_name for each in pod.status.resource_claim_statuses}
    for asked in pod.spec.resource_claims:
        name = asked.resource_claim_name or made.get(asked.name)
        if name:
            yield asked, name


def reconcile(api: Api, cache: Cache, memory: Made, key: str) -> Result:
    """Look at one pod, or at one claim."""
    what, _, where = key.partition(":")
    if what == "pod":
        pod: Any = cache.get(core.Pod, where)
        if pod is not None and pod.metadata.deletion_timestamp is None and not is_finished(pod):
            _make_claims(api, cache, memory, pod)
            if pod.spec.node_name:
                _reserve(api, cache, pod)
        else:
            api.forget()
        return DONE
    claim: Any = cache.get(resource.ResourceClaim, where)
    if claim is not None:
        _release(api, cache, claim)
    return DONE


# Pods


def _make_claims(api: Api, cache: Cache, memory: Made, pod: Any) -> None:
    """Make the claims that a pod lacks, and note their names in its status. Raises what the server refuses."""
    new = []
    made = dict(memory.claims)
    for asked in pod.spec.resource_claims:
        try:
            name = _made(api, cache, made.get(asked.name), pod, asked)
        except errors.ApiError as problem:
            text = f"PodResourceClaim {asked.name}: {problem.message}"
            api.event(pod, "Warning", "FailedResourceClaimCreation", text)
            raise
        if name:
            made[asked.name] = name
            api.remember(Made(FrozenMap(made)))
            new.append({"name": asked.name, "resourceClaimName": name})
    if new:
        api.patch(pod, {"status": {"resourceClaimStatuses": new}}, type="strategic", subresource="status")


def _made(api: Api, cache: Cache, lately: str | None, pod: Any, asked: Any) -> str:
    """The name of the claim to note: one that was made just now, or `lately`; empty if there was nothing to make."""
    if asked.resource_claim_template_name is None:
        return ""
    namespace = pod.metadata.namespace
    noted = [each for each in pod.status.resource_claim_statuses if each.name == asked.name]
    if noted:
        if noted[0].resource_claim_name is None:
            return ""
        held = cache.get(resource.ResourceClaim, f"{namespace}/{noted[0].resource_claim_name}")
        if held is not None and _is_for(held, pod):
            return ""
    for claim in cache.owned(resource.ResourceClaim, by=pod):
        if claim.metadata.annotations.get(MADE_FOR) == asked.name and claim.metadata.deletion_timestamp is None:
            return claim.metadata.name or ""
    if lately is not None:
        unseen = api.find(resource.ResourceClaim, lately, namespace)
        if unseen is not None and _is_for(unseen, pod):
            return lately
    name = asked.resource_claim_template_name
    template: Any = cache.get(resource.ResourceClaimTemplate, f"{namespace}/{name}")
    if template is None:
        problem = f'resourceclaimtemplate.resource.k8s.io "{name}" not found'
        raise errors.InternalError(f'resource claim template "{name}": {problem}')
    return api.create(_claim(pod, asked, template)).metadata.name or ""


def _claim(pod: Any, asked: Any, template: Any) -> resource.ResourceClaim:
    said, owner = template.spec.metadata, pod.metadata
    annotations = FrozenMap({**(said.annotations if said is not None else {}), MADE_FOR: asked.name})
    reference = meta.OwnerReference(api_version="v1", kind="Pod", name=owner.name, uid=owner.uid, controller=True)
    metadata = meta.ObjectMeta(
        generate_name=base(owner.name, asked.name),
        namespace=owner.namespace,
        labels=said.labels if said is not None else {},
        annotations=annotations,
        owner_references=(reference,),
    )
    return resource.ResourceClaim(metadata=metadata, spec=template.spec.spec)


def _is_for(claim: Any, pod: Any) -> bool:
    """Whether a claim was made for this very pod."""
    owner = controller_of(claim)
    return owner is not None and owner.uid == pod.metadata.uid


def base(pod: str, claim: str) -> str:
    """Pure: how the name of a claim begins: both names, and of each as much as there is room for."""
    whole = f"{pod}-{claim}-"
    if len(whole) <= LONGEST_BASE:
        return whole
    return f"{pod[: len(pod) * LONGEST_BASE // len(whole)]}-{claim[: len(claim) * LONGEST_BASE // len(whole)]}"


def _reserve(api: Api, cache: Cache, pod: Any) -> None:
    """Reserve what a pod has that no scheduler has placed."""
    metadata = pod.metadata
    for asked, name in claims_of(pod):
        claim: Any = cache.get(resource.ResourceClaim, f"{metadata.namespace}/{name}")
        if claim is None or (asked.resource_claim_template_name and not _is_for(claim, pod)):
            continue
        users = claim.status.reserved_for
        if claim.status.allocation is None or any(each.uid == metadata.uid for each in users):
            continue
        if len(users) < MOST_USERS:
            user = resource.ResourceClaimConsumerReference(resource="pods", name=metadata.name, uid=metadata.uid)
            api.update_status(evolve(claim, {"status.reserved_for": (*users, user)}))


# Claims


def _release(api: Api, cache: Cache, claim: Any) -> None:
    """Take a claim from those who are done with it, and what it has if it was the last; delete one made for nobody."""
    remaining = tuple([each for each in claim.status.reserved_for if _is_used(api, cache, claim, each)])
    going = claim.metadata.deletion_timestamp is not None
    if remaining != claim.status.reserved_for or (going and not remaining and FINALIZER in claim.metadata.finalizers):
        status = attrs.evolve(claim.status, reserved_for=remaining)
        if not remaining and FINALIZER in claim.metadata.finalizers:
            status = attrs.evolve(status, allocation=None)
        claim = api.update_status(evolve(claim, status=status))
        if FINALIZER in claim.metadata.finalizers and claim.status.allocation is None:
            kept = tuple([each for each in claim.metadata.finalizers if each != FINALIZER])
            claim = api.update(evolve(claim, {"metadata.finalizers": kept}))
    if not remaining and not going and _is_left_over(cache, claim):
        try:
            api.delete(resource.ResourceClaim, claim.metadata.name, claim.metadata.namespace, uid=claim.metadata.uid)
        except errors.NotFound:
            return


def _is_used(api: Api, cache: Cache, claim: Any, user: Any) -> bool:
    """Whether somebody who has reserved a claim may still need it."""
    if user.api_group or user.resource != "pods":
        return True
    namespace = claim.metadata.namespace
    pod: Any = cache.get(core.Pod, f"{namespace}/{user.name}")
    if pod is None:
        pod = api.find(core.Pod, user.name, namespace)  # it may not have been delivered yet
        return pod is not None and pod.metadata.uid == user.uid
    return pod.metadata.uid == user.uid and not is_done(pod)


def _is_left_over(cache: Cache, claim: Any) -> bool:
    """Whether a claim was made for a pod that will not need it; one that is gone is the garbage collector's."""
    owner = controller_of(claim)
    if owner is None or owner.kind != "Pod" or owner.api_version != "v1":
        return False
    pod: Any = cache.get(core.Pod, f"{claim.metadata.namespace}/{owner.name}")
    return pod is not None and (pod.metadata.uid != owner.uid or is_done(pod))
