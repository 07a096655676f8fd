"""Pods as the controllers of workloads make and delete them: from a template, and with a word about it in an event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from .. import errors
from ..objects import core, evolve, meta
from ..objects.conditions import with_condition
from ..objects.references import owner_reference
from .process import Api

T = TypeVar("T")


def pod_from(owner: Any) -> core.Pod:
    """The pod that an owner's template describes. The specification is the template's own object, shared by all."""
    template = owner.spec.template
    return core.Pod(
        metadata=meta.ObjectMeta(
            generate_name=f"{owner.metadata.name}-",
            namespace=owner.metadata.namespace,
            labels=template.metadata.labels,
            annotations=template.metadata.annotations,
            finalizers=template.metadata.finalizers,
            owner_references=(owner_reference(owner),),
        ),
        spec=template.spec,
    )


def batches(items: Sequence[T], most: int = 500) -> Iterator[Sequence[T]]:
    """One of the items, then two, four and so on, at most so many at once."""
    start, size = 0, 1
    while start < len(items):
        yield items[start : start + size]
        start, size = start + size, min(2 * size, most)


def slowly(items: Sequence[T], act: Callable[[T], Any]) -> tuple[int, errors.ApiError | None]:
    """Act on items in batches, up to the one that meets a refusal: how many succeeded, and the first refusal.

    So a thousand pods that a quota forbids are one refusal and not a thousand.
    """
    done, problem = 0, None
    for batch in batches(items):
        for item in batch:
            try:
                act(item)
            except errors.ApiError as refusal:
                problem = problem or refusal
                continue
            done += 1
        if problem is not None:
            break
    return done, problem


def namespace_ends(refusal: errors.ApiError) -> bool:
    """Whether nothing can be created because the namespace is on its way out: that needs no word and no retry."""
    return any(cause.get("reason") == "NamespaceTerminating" for cause in refusal.causes)


def create(api: Api, owner: Any, pod: core.Pod) -> None:
    """Create a pod. Raises the refusal after an event about it, unless the namespace ends."""
    try:
        created = api.create(pod)
    except errors.ApiError as refusal:
        if namespace_ends(refusal):
            return
        api.event(owner, "Warning", "FailedCreate", f"Error creating: {refusal}")
        raise
    api.event(owner, "Normal", "SuccessfulCreate", f"Created pod: {created.metadata.name}")


def delete(api: Api, owner: Any, pod: Any) -> None:
    """Delete a pod, if it is still there. Raises the refusal after an event about it."""
    try:
        api.delete(core.Pod, pod.metadata.name, pod.metadata.namespace, uid=pod.metadata.uid)
    except errors.NotFound:
        return
    except errors.ApiError as refusal:
        api.event(owner, "Warning", "FailedDelete", f"Error deleting: {refusal}")
        raise
    api.event(owner, "Normal", "SuccessfulDelete", f"Deleted pod: {pod.metadata.name}")


def disrupted(api: Api, pod: Any, reason: str, message: str) -> Any:
    """The pod as it says that it is about to end for a reason that is not its own."""
    condition = core.PodCondition(
        type="DisruptionTarget",
        status="True",
        reason=reason,
        message=message,
        last_transition_time=api.stamp(),
        observed_generation=pod.metadata.generation,
    )
    return evolve(pod, {"status.conditions": with_condition(pod.status.conditions, condition)})


def end(api: Api, pod: Any, marked: Any, *, grace_seconds: int | None = None) -> None:
    """Have a pod say what becomes of it (`marked` is what its status is to be), and delete it, if it is still there."""
    metadata = pod.metadata
    try:
        api.patch_to(pod, marked, "status", subresource="status")
        api.delete(core.Pod, metadata.name, metadata.namespace, uid=metadata.uid, grace_seconds=grace_seconds)
    except (errors.NotFound, errors.Invalid):
        pass  # it is gone, or another one by now
