"""Notice nodes of which nothing is heard, and taint nodes as their conditions say.

Imitates  the node lifecycle controller of Kubernetes 1.36
Wakes on  Node; Lease of a node; Pod bound to a node that is not ready
Writes    Node conditions and taints; Pod condition Ready; events about both
Differs   D-006: a Lease is renewed for whoever reads it; D-087: its looks are counted from the start of the cluster

The controller looks at the health of nodes every five seconds, as upstream; what it would only look at again is left
out. Its keys, and what it does for each:

    taints/NODE    at once: the NoSchedule taints that the conditions call for
    health/NODE    at the next look: is it heard of, do its conditions have to become Unknown, may it keep its pods
    zone/ZONE      gives up the zone's nodes one after the other (NoExecute taints), as fast as `zones.py` allows
    all/           whether any node is ready at all; if none is, it is this controller that sees nothing
    pod/POD        bound to a node that is not ready: it is not ready either
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from ... import errors
from ...clock import exact, on_grid
from ...kit import DONE, Api, Cache, Result, Wiring, key_of
from ...kit.indexes import BY_NODE, Index
from ...objects import coordination, core, evolve, meta
from ...objects.conditions import find_condition, is_true
from ...objects.nodes import zone_key
from ...values.times import Renewed
from ...wellknown import NODE_LEASES
from .taints import clear, evicting, evicts, ready_status, repelling
from .zones import Bucket, rate_of, state_of

COMPONENT = "node-controller"

LOOK_SECONDS = 5.0
"""How often the health of nodes is looked at (`--node-monitor-period`)."""

GRACE_SECONDS = 50.0
"""How long nothing may be heard of a node (`--node-monitor-grace-period`)."""

STARTUP_SECONDS = 60.0
"""How long a node may take until its kubelet first reports (`--node-startup-grace-period`)."""

ATTEMPTS = 5
"""How often a status that somebody else has changed meanwhile is written anew."""

CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")


@attrs.frozen
class Memory:
    """What is remembered of a key: of a node the first four, of a zone the bucket, of all nodes the last two."""

    uid: str = ""
    """Of the node that was there when it was last looked at."""
    heard: tuple[int, int] = (0, 0)
    """The last renewal and the last heartbeat that were seen, as they were written."""
    probe: float | None = None
    """When something was last heard, in seconds since the start."""
    bucket: Bucket = attrs.field(factory=Bucket)
    dark: bool = False
    """Whether no node is ready."""
    since: float = 0.0
    """Since when `dark` is as it is."""


def zone_of(node: Any) -> str:
    """The zone that a node is given up with."""
    return zone_key(node.metadata.labels)


def _readiness(node: Any) -> tuple[str, str]:
    ready = is_true(node.status.conditions, "Ready")
    return ("ready" if ready else "other", f"{'ready' if ready else 'other'} in {zone_of(node)}")


def _to_give_up(node: Any) -> tuple[str, ...]:
    return () if is_true(node.status.conditions, "Ready") or evicts(node) else (zone_of(node),)


BY_READINESS = Index("readiness", _readiness, lambda node: node)
TO_GIVE_UP = Index("toGiveUp", _to_give_up, lambda node: node)
"""Indexes of nodes: how many are ready, everywhere and by zone; and those that are not, and keep their pods so far."""


def _is_alike(old: Any, new: Any) -> bool:
    """Whether all of a node that is looked at here is as it was: what was not written is the same value."""
    if old is None or new is None or old.metadata.uid != new.metadata.uid:
        return False
    return old.spec is new.spec and old.status is new.status and old.metadata.labels == new.metadata.labels


def _of_node(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    node = old if new is None else new
    if _is_alike(old, new):
        return
    if new is not None:
        yield f"taints/{node.metadata.name}"
    yield f"health/{node.metadata.name}"
    yield f"zone/{zone_of(node)}"
    if old is not None and zone_of(old) != zone_of(node):
        yield f"zone/{zone_of(old)}"
    yield "all/"


def _of_lease(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    lease = old if new is None else new
    return (f"health/{lease.metadata.name}",) if lease.metadata.namespace == NODE_LEASES else ()


def _of_pod(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """A pod that has come to a node that is not ready."""
    if new is None or not new.spec.node_name or (old is not None and old.spec.node_name == new.spec.node_name):
        return ()
    node: Any = cache.get(core.Node, new.spec.node_name)
    return () if node is None or is_true(node.status.conditions, "Ready") else (f"pod/{key_of(new)}",)


WIRING = Wiring(
    "node-lifecycle-controller",
    account="node-controller",
    watches=((core.Node, _of_node), (coordination.Lease, _of_lease), (core.Pod, _of_pod)),
    indexes=((core.Node, BY_READINESS), (core.Node, TO_GIVE_UP), (core.Pod, BY_NODE)),
    memory=Memory,
)


def reconcile(api: Api, cache: Cache, memory: Memory, key: str) -> Result:
    """Do what is to be done for one of the keys."""
    what, _, name = key.partition("/")
    if what == "taints":
        return _taint(api, cache, name)
    if what == "pod":
        return _pod(api, cache, name)
    look = on_grid(api.now, LOOK_SECONDS)
    due = memory.bucket.due
    if look > api.now and not (what == "zone" and due == api.now):
        return Result(after=look - api.now)
    if what == "health":
        return _health(api, cache, memory, name)
    return _zone(api, cache, memory, name) if what == "zone" else _all(api, cache, memory)


def _taint(api: Api, cache: Cache, name: str) -> Result:
    node: Any = cache.get(core.Node, name)
    if node is not None:
        _with_taints(api, node, repelling(node, api.stamp()))
    return DONE


def _with_taints(api: Api, node: Any, taints: tuple[Any, ...]) -> None:
    if taints is not node.spec.taints:
        api.update(evolve(node, {"spec.taints": taints}))


# The health of a node


def _health(api: Api, cache: Cache, memory: Memory, name: str) -> Result:
    node: Any = cache.get(core.Node, name)
    if memory.uid and (node is None or node.metadata.uid != memory.uid):
        gone = core.Node(metadata=meta.ObjectMeta(name=name, uid=memory.uid))
        api.event(gone, "Normal", "RemovingNode", f"Node {name} event: Removing Node {name} from Controller")
        memory = Memory()
    if node is None:
        api.forget()
        return DONE
    if not memory.uid:
        api.event(node, "Normal", "RegisteredNode", f"Node {name} event: Registered Node {name} in Controller")
    memory, after = _listened(api, cache, memory, node)
    api.remember(memory)
    if after is not None and after <= 0:
        node, after = _unheard(api, cache, node), None
    if is_true(node.status.conditions, "Ready"):
        _with_taints(api, node, clear(node))
    elif evicts(node) and not _all_are_dark(cache):
        _with_taints(api, node, evicting(node, api.stamp()))
    return Result(after=after)


def _listened(api: Api, cache: Cache, memory: Memory, node: Any) -> tuple[Memory, float | None]:
    """What is remembered of a node after listening, and the seconds until nothing may have been heard for too long.

    None for a node whose heartbeats go on by themselves: their end is a write, which comes by the watch.
    """
    name, now = node.metadata.name, api.now
    ready = find_condition(node.status.conditions, "Ready")
    if ready is None:
        created = int(node.metadata.creation_timestamp) - api.epoch
        memory = attrs.evolve(memory, uid=node.metadata.uid, probe=created)
        return memory, max(exact(created + STARTUP_SECONDS - now), 0.0)
    lease: Any = cache.as_of_now(coordination.Lease, f"{NODE_LEASES}/{name}")
    renewed = None if lease is None else lease.spec.renew_time
    heard = (int(renewed or 0), int(ready.last_heartbeat_time or 0))
    stored: Any = cache.get(coordination.Lease, f"{NODE_LEASES}/{name}")
    goes_on = isinstance(renewed, Renewed)
    since = 0.0 if (together := api.recall("all/")) is None or together.dark else together.since
    probe = now if memory.probe is None or memory.uid != node.metadata.uid else memory.probe
    if heard != memory.heard:
        said = on_grid(max(heard[0] / 1e6, float(heard[1])) - api.epoch, LOOK_SECONDS)
        probe = said if probe <= said <= now else now
    if since > probe:
        probe = since
    memory = attrs.evolve(memory, uid=node.metadata.uid, heard=heard, probe=probe)
    if goes_on and stored is not None:
        young = int(stored.spec.renew_time or 0) / 1e6 - api.epoch + GRACE_SECONDS - now
        return memory, exact(young) if young > 0 else None
    return memory, max(exact(probe + GRACE_SECONDS - now), 0.0)


def _all_are_dark(cache: Cache) -> bool:
    """Whether there are nodes, and none of them is ready."""
    return not cache.count(core.Node, BY_READINESS, "ready") and bool(cache.count(core.Node, BY_READINESS, "other"))


def _unheard(api: Api, cache: Cache, node: Any) -> Any:
    """Nothing was heard of a node for too long: its conditions become Unknown, and its pods not ready."""
    was_ready = is_true(node.status.conditions, "Ready")
    for attempt in range(ATTEMPTS):
        conditions = unknown(node, api.stamp())
        if conditions is node.status.conditions:
            return node
        try:
            node = api.update_status(evolve(node, {"status.conditions": conditions}))
            break
        except errors.Conflict:
            if attempt == ATTEMPTS - 1:
                raise
            node = api.get(core.Node, node.metadata.name)
    name = node.metadata.name
    if was_ready:
        api.event(node, "Normal", "NodeNotReady", f"Node {name} status is now: NodeNotReady")
        for pod in cache.indexed(core.Pod, BY_NODE, name):
            _not_ready(api, pod)
    return node


def unknown(node: Any, now: Any) -> tuple[Any, ...]:
    """Pure: the conditions of a node of which nothing is heard; the same tuple if they say so already."""
    found = list(node.status.conditions)
    for kind in CONDITIONS:
        old = find_condition(found, kind)
        if old is None:
            new = core.NodeCondition(
                type=kind,
                status="Unknown",
                reason="NodeStatusNeverUpdated",
                message="Kubelet never posted node status.",
                last_heartbeat_time=node.metadata.creation_timestamp,
                last_transition_time=now,
            )
            found.append(new)
        elif old.status != "Unknown":
            found[found.index(old)] = evolve(
                old,
                status="Unknown",
                reason="NodeStatusUnknown",
                message="Kubelet stopped posting node status.",
                last_transition_time=now,
            )
    same = len(found) == len(node.status.conditions) and all(
        a is b for a, b in zip(found, node.status.conditions, strict=True)
    )
    return node.status.conditions if same else tuple(found)


def _pod(api: Api, cache: Cache, key: str) -> Result:
    pod: Any = cache.get(core.Pod, key)
    node: Any = None if pod is None else cache.get(core.Node, pod.spec.node_name or "")
    if node is not None and ready_status(node) != "True":
        _not_ready(api, pod)
    return DONE


def _not_ready(api: Api, pod: Any) -> None:
    """Have a pod say that it is not ready: nobody knows how it is."""
    ready = find_condition(pod.status.conditions, "Ready")
    if ready is None or ready.status != "True":
        return
    changed = evolve(ready, status="False", last_transition_time=api.stamp())
    conditions = tuple([changed if each is ready else each for each in pod.status.conditions])
    try:
        api.patch_to(pod, evolve(pod, {"status.conditions": conditions}), "status", subresource="status")
    except (errors.NotFound, errors.Invalid):
        return  # it is gone, or another one by now
    api.event(pod, "Warning", "NodeNotReady", "Node is not ready")


# Zones


def _zone(api: Api, cache: Cache, memory: Memory, zone: str) -> Result:
    """Give up one node of a zone, if its turn has come."""
    now = api.now
    ready, others = (cache.count(core.Node, BY_READINESS, f"{each} in {zone}") for each in ("ready", "other"))
    waiting = cache.indexed(core.Node, TO_GIVE_UP, zone)
    if not ready and not others:
        api.forget()
        return DONE
    dark = _all_are_dark(cache)
    bucket = memory.bucket.with_rate(0.0 if dark else rate_of(state_of(ready, others), ready + others), now)
    node: Any = waiting[0] if waiting else None
    if node is not None and bucket.due is not None and bucket.due <= now:
        _with_taints(api, node, evicting(node, api.stamp()))
        bucket, waiting = bucket.taken(now), waiting[1:]
    if bucket != memory.bucket:
        api.remember(attrs.evolve(memory, bucket=bucket))
    if not waiting:
        return DONE
    if bucket.due is None:
        return Result(after=LOOK_SECONDS)
    return Result(after=exact(max(bucket.due - now, 0.0)) or LOOK_SECONDS)


def _all(api: Api, cache: Cache, memory: Memory) -> Result:
    """Withdraw all evictions when no node is ready any more, and begin to listen anew when one is."""
    dark = _all_are_dark(cache)
    if dark == memory.dark:
        return DONE
    for node in cache.list(core.Node) if dark else ():
        _with_taints(api, node, clear(node))
    api.remember(attrs.evolve(memory, dark=dark, since=api.now))
    return DONE
