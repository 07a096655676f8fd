"""What a controller should put up with at any time, though nobody has asked for it.

What it has made and watches is deleted by somebody; what a user has made is deleted and made anew, so that another
object has the name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from ...cluster import Cluster
from ...errors import Invalid
from ...kit import Process
from ...objects import evolve
from ...objects.references import controller_of

UNSEEN = ("events", "events.events.k8s.io", "leases.coordination.k8s.io")
"""What nobody needs to have go wrong."""


def made_by(cluster: Cluster, actors: Collection[str]) -> list[tuple[Any, Any]]:
    """What there is still of what some have created, with its resource, in the order in which it came. O(changes)."""
    made = {}
    for change in cluster.api.log.since(cluster.first_revision + 1):
        if (
            change.old is None
            and change.new is not None
            and change.actor in actors
            and change.resource.key not in UNSEEN
        ):
            made[change.key] = (change.resource, change.new.metadata.uid)
        elif change.new is None:
            made.pop(change.key, None)
    found = []
    for resource, uid in made.values():
        stored = next((obj for obj in cluster.parts.admin.list(resource) if obj.metadata.uid == uid), None)
        if stored is not None:
            found.append((resource, stored))
    return found


def disturbances(
    cluster: Cluster, processes: Sequence[Process], actors: Collection[str], faults: frozenset[str]
) -> dict[str, Callable[[], Any]]:
    """What a controller should put up with at any time: what it made and watches is deleted by somebody; what a user
    made is deleted and made anew, so that another object has the name."""
    found: dict[str, Callable[[], Any]] = {}
    admin = cluster.parts.admin
    if "deleted" in faults:
        owned = {
            cluster.api.resources.of(kind).name
            for process in processes
            for spec in process.program.specs.values()
            for kind in spec.wiring.owns
        }
        for resource, obj in made_by(cluster, actors):
            if resource.name in owned and controller_of(obj) is not None and not has_ended(obj):
                metadata = obj.metadata
                found[f"deleted: {resource.key} {metadata.namespace}/{metadata.name}"] = partial(
                    admin.delete, resource, metadata.name, metadata.namespace
                )
    if "recreated" in faults:
        reconciled = {name for process in processes for name, woken in process.program.mappers.items() if woken}
        for resource, obj in made_by(cluster, ("user",)):
            if resource.name in reconciled:
                metadata = obj.metadata
                name = f"recreated: {resource.key} {metadata.namespace}/{metadata.name}"
                found[name] = partial(_recreate, cluster, resource, obj)
    return found


def has_ended(obj: Any) -> bool:
    """Whether it is a pod that will not run any more, of which nobody makes another one."""
    return getattr(getattr(obj, "status", None), "phase", None) in ("Succeeded", "Failed")


def _recreate(cluster: Cluster, resource: Any, obj: Any) -> bool:
    """Delete an object, and make one of the same name and specification as soon as it is gone; whether it went."""
    admin, metadata = cluster.parts.admin, obj.metadata
    admin.delete(resource, metadata.name, metadata.namespace)
    deadline = cluster.now + 60.0
    gone = cluster.wait_until(lambda: admin.find(resource, metadata.name, metadata.namespace) is None, deadline)
    return gone and wish(cluster, resource, obj)


def wish(cluster: Cluster, resource: Any, obj: Any) -> bool:
    """Make an object as its user would make it again, if there is none of its name; whether the server took it.

    It does not take one that says what the server itself has added at first, such as the selector of a Job.
    """
    admin, metadata = cluster.parts.admin, obj.metadata
    try:
        if admin.find(resource, metadata.name, metadata.namespace) is None:
            admin.create(as_new(obj))
    except Invalid:
        return False
    return True


def as_new(obj: Any) -> Any:
    """An object as its user would make it again: without what the server and controllers have added."""
    more: dict[str, Any] = {"status": None} if hasattr(obj, "status") else {}
    metadata = evolve(
        obj.metadata,
        uid=None,
        resource_version=None,
        generation=None,
        creation_timestamp=None,
        deletion_timestamp=None,
        deletion_grace_period_seconds=None,
        managed_fields=(),
        finalizers=(),
    )
    return evolve(obj, metadata=metadata, **more)
