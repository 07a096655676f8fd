"""What a controller should put up with at any time, though nobody has asked for it.

What it has made and watches is deleted by somebody; what a user has made is deleted and made anew, so that another
object has the name; a node on which pods run is out for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from ...cluster import Cluster
from ...errors import Invalid
from ...kit import Process
from ...objects import batch, core, evolve
from ...objects.references import controller_of, is_of
from .offers import LAG, OUTAGES

UNSEEN = ("events", "events.events.k8s.io", "leases.coordination.k8s.io")
"""What nobody needs to have go wrong."""


ENDS = ("Complete", "Failed")
"""The conditions of a Job that has ended."""


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
    for resource, obj in made_by(cluster, actors):
        if has_ended(obj):
            continue
        name = f"{resource.key} {obj.metadata.namespace}/{obj.metadata.name}"
        offer = "deleted" if _is_watched(cluster, processes, resource, obj) else "unwatched"
        if offer in faults and (offer == "deleted" or _is_owned(cluster, processes, obj)):
            told = "" if offer == "deleted" else " is deleted"
            found[f"{offer}: {name}{told}"] = partial(remove, cluster, resource, obj)
    if "recreated" in faults:
        reconciled = {name for process in processes for name, woken in process.program.mappers.items() if woken}
        for resource, obj in made_by(cluster, ("user",)):
            if resource.name in reconciled:
                metadata = obj.metadata
                name = f"recreated: {resource.key} {metadata.namespace}/{metadata.name}"
                found[name] = partial(_recreate, cluster, resource, obj)
    return found


def _is_watched(cluster: Cluster, processes: Sequence[Process], resource: Any, obj: Any) -> bool:
    """Whether an object has a controller, and those who are tried out are woken when it goes."""
    owned = {
        cluster.api.resources.of(kind).name
        for process in processes
        for spec in process.program.specs.values()
        for kind in spec.wiring.owns
    }
    return resource.name in owned and controller_of(obj) is not None


def _is_owned(cluster: Cluster, processes: Sequence[Process], obj: Any) -> bool:
    """Whether an object names an owner of a kind that those who are tried out reconcile."""
    subjects = [cluster.parts.admin.named(key) for process in processes for key in process.program.subjects]
    kinds = [each.kind for each in subjects if each is not None]
    return any(is_of(reference, kind) for reference in obj.metadata.owner_references for kind in kinds)


def outages(cluster: Cluster, faults: frozenset[str]) -> dict[str, Callable[[], Any]]:
    """A node is out for a while, if all that runs there is made anew by somebody, and runs for ever. O(pods)

    The end of another pod would be remembered by whoever counts what has failed, or miss its user.
    """
    bear: dict[str, bool] = {}
    for pod in cluster.list(core.Pod, namespace=None):
        node = pod.spec.node_name
        if node:
            lasts = controller_of(pod) is not None and pod.spec.restart_policy == "Always"
            bear[node] = bear.get(node, True) and lasts
    act = {
        "node-crash": cluster.faults.node_crash,
        "partition": cluster.faults.partition,
        "kubelet-restart": cluster.faults.kubelet_restart,
    }
    slow: dict[str, Callable[[], Any]] = {
        f"slow-node: {node} sees the pods {LAG:g}s late from now on": partial(cluster.faults.slow_node, node, LAG)
        for node in sorted(bear if "slow-node" in faults else ())
    }
    return slow | {
        f"{what}: {node} is out for {seconds:g}s": partial(act[what], node, seconds)
        for node in sorted(node for node, all_last in bear.items() if all_last)
        for what, lengths in OUTAGES.items()
        if what in faults
        for seconds in lengths
    }


def has_ended(obj: Any) -> bool:
    """Whether it is a pod or a Job that will not run any more, of which nobody makes another one."""
    status = getattr(obj, "status", None)
    if isinstance(obj, batch.Job):
        return any(each.type in ENDS and each.status == "True" for each in status.conditions) if status else False
    return getattr(status, "phase", None) in ("Succeeded", "Failed")


def remove(cluster: Cluster, resource: Any, obj: Any) -> None:
    """Delete an object as kubectl does. Raises ApiError."""
    metadata = obj.metadata
    cluster.parts.admin.delete(resource, metadata.name, metadata.namespace, propagation="Background")


def _recreate(cluster: Cluster, resource: Any, obj: Any) -> bool:
    """Delete an object, and make one of the same name and specification as soon as it is gone; whether it went."""
    admin, metadata = cluster.parts.admin, obj.metadata
    wished = as_new(cluster, resource, obj)
    remove(cluster, resource, obj)
    deadline = cluster.now + 60.0
    gone = cluster.wait_until(lambda: admin.find(resource, metadata.name, metadata.namespace) is None, deadline)
    return gone and wish(cluster, resource, wished)


def wish(cluster: Cluster, resource: Any, obj: Any) -> bool:
    """Make an object that is as its user would make it again, if there is none of its name; whether the server took it.

    What its user has applied is applied, so that what is not wished for any more is taken back by the next time. The
    server does not take one that says what the server itself has added at first, such as the selector of a Job.
    """
    admin, metadata = cluster.parts.admin, obj.metadata
    try:
        if admin.find(resource, metadata.name, metadata.namespace) is None:
            if any(each.operation == "Apply" for each in metadata.managed_fields):
                cluster.apply(evolve(obj, {"metadata.managed_fields": ()}), force=True)
            else:
                admin.create(obj)
    except Invalid:
        return False
    return True


def as_new(cluster: Cluster, resource: Any, obj: Any) -> Any:
    """An object as its user would make it again: as one wrote it last, without annotations of others. O(changes)"""
    added = _annotated(cluster, resource, obj.metadata.uid)
    obj = _last_of_users(cluster, resource, obj)
    annotations = {key: value for key, value in obj.metadata.annotations.items() if key not in added}
    more: dict[str, Any] = {"status": None} if hasattr(obj, "status") else {}
    metadata = evolve(
        obj.metadata,
        uid=None,
        resource_version=None,
        generation=None,
        creation_timestamp=None,
        deletion_timestamp=None,
        deletion_grace_period_seconds=None,
        finalizers=(),
        annotations=annotations,
    )
    return evolve(obj, metadata=metadata, **more)


def _last_of_users(cluster: Cluster, resource: Any, obj: Any) -> Any:
    """An object as a user wrote it last: no scheduler has chosen a node for it since."""
    for change in cluster.api.log.since(1, resource.prefix):
        if change.new is not None and change.new.metadata.uid == obj.metadata.uid and change.actor == "user":
            last = change.new
            obj = evolve(last, metadata=evolve(last.metadata, managed_fields=obj.metadata.managed_fields))
    return obj


def _annotated(cluster: Cluster, resource: Any, uid: str) -> dict[str, None]:
    """The keys of the annotations of an object that others than its users have added."""
    added: dict[str, None] = {}
    for change in cluster.api.log.since(1, resource.prefix):
        if change.new is None or change.new.metadata.uid != uid:
            continue
        before = {} if change.old is None else change.old.metadata.annotations
        for key in change.new.metadata.annotations:
            if key not in before and change.actor != "user":
                added[key] = None
    return added
