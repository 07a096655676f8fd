"""Empty a namespace that is being deleted, then let it go.

Imitates  the namespace controller of Kubernetes 1.36
Wakes on  Namespace
Writes    delete of everything in it; Namespace status and finalizers
Differs   nothing known
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import errors
from ..apiserver.resources import Resource
from ..kit import DONE, Api, Cache, Result, Wiring
from ..objects import core, evolve
from ..objects.conditions import find_condition, following

COMPONENT = "namespace-controller"
GRACE = 5.0
"""Seconds after the deletion before anything is touched, so that the last creates are seen."""

RETRY = 15.0
"""Seconds until a look at what has not gone yet; half of a pod's longest grace period."""

WIRING = Wiring("namespace-controller", reconciles=core.Namespace)

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


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Delete the content, pods first; finalize once nothing is left."""
    namespace: Any = cache.get(core.Namespace, key)
    if namespace is None or namespace.metadata.deletion_timestamp is None:
        return DONE
    waited = api.unix - int(namespace.metadata.deletion_timestamp)
    if waited < GRACE:
        return Result(after=GRACE - waited)
    left, finalizers, refusals = _delete_content(api, key)
    namespace = _write_status(api, namespace, left, finalizers, refusals)
    if refusals:
        raise refusals[0]
    if left:
        return Result(after=RETRY if left.get("pods") else 1.0)
    kept = tuple(name for name in namespace.spec.finalizers if name != "kubernetes")
    try:
        api.update(evolve(namespace, {"spec.finalizers": kept}), subresource="finalize")
    except errors.NotFound:
        return DONE
    return DONE


def _delete_content(api: Api, namespace: str) -> tuple[dict[str, int], dict[str, int], list[errors.ApiError]]:
    """What is still there by resource, and by finalizer, after everything was told to go; and what would not."""
    rows = [row for row in api.resources.all() if row.namespaced and row.policy.stored and row.canonical]
    rows.sort(key=lambda row: row.key != "pods")
    left: dict[str, int] = {}
    finalizers: dict[str, int] = {}
    refusals: list[errors.ApiError] = []
    for row in rows:
        try:
            remaining = _deleted(api, row, namespace)
        except errors.ApiError as refusal:
            refusals.append(refusal)
            continue
        if remaining:
            left[row.key] = len(remaining)
            for obj in remaining:
                for name in obj.metadata.finalizers:
                    finalizers[name] = finalizers.get(name, 0) + 1
            if row.key == "pods":
                break
    return left, finalizers, refusals


def _deleted(api: Api, row: Resource, namespace: str) -> tuple[Any, ...]:
    """What is left of one resource after all of it was told to go."""
    found = api.list(row, namespace)
    for obj in found:
        if obj.metadata.deletion_timestamp is None:
            try:
                api.delete(row, obj.metadata.name, namespace, propagation="Background")
            except errors.NotFound:
                continue
    return api.list(row, namespace) if found else ()


def _write_status(
    api: Api, namespace: Any, left: dict[str, int], finalizers: dict[str, int], refusals: Sequence[errors.ApiError]
) -> Any:
    """Write the conditions, if they differ; returns the namespace as it is then."""
    stamp = api.stamp()
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
