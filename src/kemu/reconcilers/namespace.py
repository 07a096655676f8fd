"""Empty a namespace that is being deleted, then let it go.

Imitates  the namespace controller of Kubernetes 1.36
Wakes on  Namespace
Writes    delete of everything in it; Namespace status and finalizers
Differs   nothing known
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import attrs

from .. import errors
from ..apiserver.resources import Resource
from ..kit import DONE, Api, Cache, Later, Result, Wiring
from ..objects import core, evolve
from ..objects.conditions import find_condition, following
from ..values.frozen import FrozenMap

COMPONENT = "namespace-controller"
GRACE = 5.0
"""Seconds after each change of a namespace that is to go before it is looked at, so that the last creates are seen."""

FINALIZERS = 15
"""Seconds that are thought to pass until somebody takes the finalizers off what is left."""

RETRY = (0.005, 60.0)
"""Seconds until a namespace with something that would not go is tried again, at first and at most."""


def _later(cache: Cache, old: Any, new: Any) -> tuple[Later, ...]:
    going = new is not None and new.metadata.deletion_timestamp is not None
    return (Later(new.metadata.name, GRACE),) if going else ()


WIRING = Wiring("namespace-controller", reconciles=core.Namespace, changed=_later, retry=RETRY)

MESSAGES = {
    "NamespaceDeletionDiscoveryFailure": ("ResourcesDiscovered", "All resources successfully discovered"),
    "NamespaceDeletionGroupVersionParsingFailure": ("ParsedGroupVersions", "All legacy kube types successfully parsed"),
    "NamespaceDeletionContentFailure": (
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    "NamespaceContentRemaining": ("ContentRemoved", "All content successfully removed"),
    "NamespaceFinalizersRemaining": ("ContentHasNoFinalizers", "All content-preserving finalizers finished"),
}


@attrs.frozen
class Content:
    """What is left of a namespace after everything was told to go."""

    left: FrozenMap[str, int] = FrozenMap()
    """How many objects, by resource."""
    finalizers: FrozenMap[str, int] = FrozenMap()
    """How many objects have which finalizer."""
    refusals: tuple[errors.ApiError, ...] = ()
    estimate: int = 0
    """How many seconds it may take, at most, until nothing is left."""


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Delete the content, pods first; finalize once nothing is left."""
    namespace: Any = cache.get(core.Namespace, key)
    if namespace is None or namespace.metadata.deletion_timestamp is None:
        return DONE
    content = _delete_content(api, namespace)
    namespace = _write_status(api, namespace, content)
    if content.refusals:
        raise content.refusals[0]
    if content.estimate:
        return Result(after=content.estimate // 2 + 1)
    kept = tuple(name for name in namespace.spec.finalizers if name != "kubernetes")
    if kept != namespace.spec.finalizers:
        try:
            api.update(evolve(namespace, {"spec.finalizers": kept}), subresource="finalize")
        except errors.NotFound:
            return DONE
    return DONE


def _delete_content(api: Api, namespace: Any) -> Content:
    """Tell everything to go; nothing but pods as long as there is one. What a pod leaves behind is not spoken of."""
    name = namespace.metadata.name
    pods = api.resources.of(core.Pod)
    grace = _grace(api.list(core.Pod, name), api.unix - int(namespace.metadata.deletion_timestamp))
    content, left = _deleted(api, pods, name, grace)
    if left:
        return attrs.evolve(content, left=FrozenMap(), finalizers=FrozenMap())
    for row in api.resources.all():
        if row.namespaced and row.policy.stored and row.canonical and row is not pods:
            content = _both(content, _deleted(api, row, name, 0)[0])
    return content


def _grace(pods: Iterable[Any], waited: float) -> int:
    """Pure: the longest grace period of pods that run, in seconds; 0 if so long has passed already."""
    running = [pod for pod in pods if pod.status.phase not in ("Succeeded", "Failed")]
    longest = max((pod.spec.termination_grace_period_seconds or 0 for pod in running), default=0)
    return longest if waited < longest else 0


def _deleted(api: Api, row: Resource, namespace: str, estimate: int) -> tuple[Content, bool]:
    """What is left of one resource after all of it was told to go, and whether anything is."""
    found = api.list(row, namespace)
    refusals: list[errors.ApiError] = []
    for obj in found:
        if obj.metadata.deletion_timestamp is None:
            try:
                api.delete(row, obj.metadata.name, namespace, propagation="Background")
            except errors.NotFound:
                continue
            except errors.ApiError as refusal:
                refusals.append(refusal)
                break
    remaining = api.list(row, namespace) if found else ()
    if not remaining:
        return Content(), False
    if refusals:
        return Content(refusals=tuple(refusals), estimate=estimate), True
    finalizers = Counter(name for obj in remaining for name in obj.metadata.finalizers)
    if not estimate and not finalizers:
        kind = row.kind
        text = f"unexpected items still remain in namespace: {namespace} for gvr: "
        refusals.append(errors.InternalError(f"{text}{kind.group}/{kind.version}, Resource={kind.plural}"))
    left = FrozenMap({row.key: len(remaining)})
    waits = estimate or (FINALIZERS if finalizers else 0)
    return Content(left, FrozenMap(finalizers), tuple(refusals), waits), True


def _both(one: Content, other: Content) -> Content:
    """What is left of both."""
    return Content(
        FrozenMap({**one.left, **other.left}),
        FrozenMap(Counter(one.finalizers) + Counter(other.finalizers)),
        (*one.refusals, *other.refusals),
        max(one.estimate, other.estimate),
    )


def _write_status(api: Api, namespace: Any, content: Content) -> Any:
    """Write the conditions, if they differ; returns the namespace as it is then."""
    stamp, refusals = api.stamp(), content.refusals
    left, finalizers = content.left, content.finalizers
    conditions = []
    for type_, (reason, message) in MESSAGES.items():
        status = "False"
        if type_ == "NamespaceDeletionContentFailure" and refusals:
            listed = ", ".join(map(str, refusals))
            status, reason = "True", "ContentDeletionFailed"
            message = f"Failed to delete all resource types, {len(refusals)} remaining: {listed}"
        if type_ == "NamespaceContentRemaining" and left:
            shown = [f"{name if '.' in name else f'{name}.'} has {count}" for name, count in sorted(left.items())]
            listed = ", ".join(f"{each} resource instances" for each in shown)
            status, reason, message = "True", "SomeResourcesRemain", f"Some resources are remaining: {listed}"
        if type_ == "NamespaceFinalizersRemaining" and finalizers:
            listed = ", ".join(f"{name} in {count} resource instances" for name, count in sorted(finalizers.items()))
            status, reason = "True", "SomeFinalizersRemain"
            message = f"Some content in the namespace has finalizers remaining: {listed}"
        new = core.NamespaceCondition(
            type=type_, status=status, reason=reason, message=message, last_transition_time=stamp
        )
        conditions.append(following(find_condition(namespace.status.conditions, type_), new))
    if tuple(conditions) == namespace.status.conditions:
        return namespace
    return api.update_status(evolve(namespace, {"status.conditions": tuple(conditions)}))
