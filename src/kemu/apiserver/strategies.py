"""What the server itself does to an object on create, update and delete.

A client cannot set status except through the status subresource, and nothing else through it; `generation` counts
changes of the desired state; deletion waits for finalizers. Where kinds differ, and what single kinds add (the phase
of a new Pod, the cluster IP of a Service), their policies say.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any

from ..objects import evolve, parts, replaced
from ..values.durations import wrapped_seconds
from .field_sets import METADATA, Fields, Path
from .request import DeleteOptions, Desk
from .resources import Resource

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
BUMPS_GENERATION = ("", "scale", "resize", "ephemeralcontainers")
"""The writes whose changes `generation` counts; binding a Pod to a node is none of them."""


def before_create(desk: Desk, resource: Resource, obj: Any) -> Any:
    """The object as it is first stored: without the status that a client may have sent, with what its kind adds."""
    policy = resource.policy
    if resource.has_status and not policy.status_on_create:
        obj = evolve(obj, status=None)
    if policy.dropped:
        obj = _without(policy.dropped, obj)
    return obj if policy.prepare_create is None else policy.prepare_create(obj, desk)


def parts_written(resource: Resource, new: Any, old: Any, subresource: str) -> Any:
    """The object with each part taken from the side that this request may write; the other side's is the old value."""
    if not resource.has_status:
        return new
    policy = resource.policy
    if subresource == "status":
        if not policy.status_writes_metadata:
            return evolve(old, metadata=_kept(new, old), status=new.status)
        return _everything_but_status(new, old, labels=policy.status_writes_labels)
    if not subresource and not policy.status_on_update and new.status is not old.status:
        return evolve(new, status=old.status)
    return new


def before_update(desk: Desk, resource: Resource, new: Any, old: Any, subresource: str) -> Any:
    """The object as it will be stored: with what its kind adds, and the generation that it has reached."""
    policy = resource.policy
    if policy.dropped:
        new = _without(policy.dropped, new)
    if policy.prepare_update is not None:
        new = policy.prepare_update(new, old, subresource, desk)
    counted = policy.generation and subresource in BUMPS_GENERATION
    if counted and (
        desired_changed(resource, new, old)
        or (policy.annotations_count and new.metadata.annotations != old.metadata.annotations)
        or (policy.labels_count and new.metadata.labels != old.metadata.labels)
    ):
        new = evolve(new, {"metadata.generation": (old.metadata.generation or 0) + 1})
    return new


def _without(paths: tuple[str, ...], obj: Any) -> Any:
    """The object without some fields."""
    given = [path for path in paths if attrgetter(path)(obj) is not None]
    return evolve(obj, dict.fromkeys(given)) if given else obj


def writable(resource: Resource, subresource: str, new: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of a write without what this subresource ignores: that is as it was, and the writer does not own it."""
    ignored: tuple[str, ...] = ()
    if resource.has_status and not resource.policy.status_on_update:
        ignored = ("spec",) if subresource == "status" else ("status",) if not subresource else ()
    result = {key: value for key, value in new.items() if key not in ignored}
    result.update((key, old[key]) for key in ignored if key in old)
    if subresource == "status" and not resource.policy.status_writes_labels:
        metadata = {key: value for key, value in (new.get("metadata") or {}).items() if key != "labels"}
        labels = (old.get("metadata") or {}).get("labels")
        result["metadata"] = metadata if labels is None else {**metadata, "labels": labels}
    return result


@lru_cache(maxsize=1024)
def ignored(resource: Resource, subresource: str) -> Fields:
    """The fields that a write through this subresource leaves as they are, as the paths of ownership name them."""
    policy = resource.policy
    found: list[Path] = []
    if resource.has_status and not policy.status_on_update and subresource in ("", "status"):
        found.append(("f:spec",) if subresource == "status" else ("f:status",))
    if subresource == "status" and not policy.status_writes_metadata:
        found.append(METADATA)
    elif subresource == "status" and not policy.status_writes_labels:
        found.append((*METADATA, "f:labels"))
    if policy.spec_stays and not subresource:
        found.append(("f:spec",))
    return frozenset(found)


def before_delete(desk: Desk, resource: Resource, old: Any, options: DeleteOptions) -> tuple[Any, bool]:
    """The object as the deletion leaves it, and whether it is to be removed at once."""
    policy, metadata = resource.policy, old.metadata
    finalizers = _deletion_finalizers(resource, old, options.propagation)
    grace = policy.grace(old, options.grace_seconds) if policy.grace is not None else None
    if metadata.deletion_timestamp is not None:
        left = metadata.deletion_grace_period_seconds or 0
        if grace is not None and grace < left:
            when, now = type(metadata.deletion_timestamp), int(desk.stamp())
            ends = int(metadata.deletion_timestamp) - wrapped_seconds(left) + wrapped_seconds(grace)
            if ends < now:  # what is left of it is over already: the shortest time that is still graceful
                ends, grace = now, min(grace, 1)
            metadata = evolve(metadata, deletion_timestamp=when(ends), deletion_grace_period_seconds=grace)
        metadata = metadata if finalizers == metadata.finalizers else evolve(metadata, finalizers=finalizers)
        new = old if metadata is old.metadata else evolve(old, metadata=metadata)
        return new, not finalizers and not metadata.deletion_grace_period_seconds and policy.held is None
    now = desk.stamp()
    seconds = grace or 0
    marked = replaced(
        metadata,
        deletion_timestamp=type(now)(int(now) + wrapped_seconds(seconds)),
        deletion_grace_period_seconds=seconds if policy.held is None else None,
        finalizers=finalizers,
    )
    if metadata.generation and policy.held is None:
        marked = replaced(marked, generation=metadata.generation + 1)
    new = replaced(old, metadata=marked)
    if policy.prepare_delete is not None:
        new = policy.prepare_delete(new, desk)
    if finalizers or seconds or policy.held is not None:
        return new, False
    return (old if policy.grace is None else new), True


def may_vanish(resource: Resource, new: Any, old: Any) -> bool:
    """Whether an object that is being deleted has lost its last reason to stay."""
    held = resource.policy.held
    if new.metadata.finalizers or new.metadata.deletion_grace_period_seconds:
        return False
    return held is None or not held(new)


def desired_changed(resource: Resource, new: Any, old: Any) -> bool:
    """Whether anything but metadata differs, and status where it is written by itself."""
    was, now = parts(old), parts(new)
    for name in {**was, **now}:
        if name != "metadata" and not (name == "status" and resource.has_status):
            before, after = was.get(name), now.get(name)
            if after is not before and after != before:
                return True
    return False


def _kept(new: Any, old: Any) -> Any:
    """The metadata as it was, but for who owns what; the uid is the writer's, which may mean another object."""
    return replaced(old.metadata, uid=new.metadata.uid, managed_fields=new.metadata.managed_fields)


def _everything_but_status(new: Any, old: Any, labels: bool) -> Any:
    """A status write: metadata and spec stay as they were, but for labels, annotations and finalizers.

    The uid is the writer's: if that is of another object, the write is refused.
    """
    if new.metadata is old.metadata:
        return replaced(old, status=new.status)
    metadata = replaced(
        old.metadata,
        uid=new.metadata.uid,
        labels=new.metadata.labels if labels else old.metadata.labels,
        annotations=new.metadata.annotations,
        finalizers=new.metadata.finalizers,
        owner_references=new.metadata.owner_references,
        deletion_timestamp=new.metadata.deletion_timestamp,
        deletion_grace_period_seconds=new.metadata.deletion_grace_period_seconds,
        managed_fields=new.metadata.managed_fields,
    )
    return replaced(old, metadata=metadata, status=new.status)


def _deletion_finalizers(resource: Resource, old: Any, propagation: str | None) -> tuple[str, ...]:
    kept = tuple(name for name in old.metadata.finalizers if name not in (FOREGROUND, ORPHAN))
    if propagation == "Foreground":
        return (*kept, FOREGROUND)
    if propagation == "Orphan":
        return (*kept, ORPHAN)
    if propagation == "Background":
        return kept
    if resource.policy.orphans and kept == old.metadata.finalizers:
        return (*kept, ORPHAN)
    return old.metadata.finalizers
