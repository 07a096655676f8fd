"""Following the cluster: what each change in the scheduler's cache means for nodes, queue and nominations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import attrs

from ...objects import evolve
from ...objects.pods import is_finished
from .desk import Desk
from .events import ASSIGNED_POD_ADD, ASSIGNED_POD_DELETE, NODE, Action, ClusterEvent, node_events, pod_events
from .framework import Code, Status
from .placement import CONTEXT_KINDS, EVENT_KINDS
from .shapes import PodInfo

Follow = Callable[[Desk, Any, Any], None]
"""Called with the object before and after the change."""


def move(desk: Desk, event: ClusterEvent, old: Any, new: Any, only: Callable[[PodInfo], bool] | None = None) -> None:
    """Something happened in the cluster: wake the pods it can help."""
    desk.queue.move(event, old, new, only)
    desk.wake()


def context_changed(desk: Desk, old: Any, new: Any) -> None:
    """Services, controllers, namespaces, budgets: ledgers may count something else now."""
    desk.ledgers.context += 1


def object_changed(kind: str, desk: Desk, old: Any, new: Any) -> None:
    """Volumes, claims, classes, devices."""
    if kind == "DeviceClass":
        desk.ledgers.clear()
    action = Action.ADD if old is None else Action.DELETE if new is None else Action.UPDATE
    move(desk, ClusterEvent(kind, action), old, new)


def node_changed(desk: Desk, old: Any, new: Any) -> None:
    """A node came, changed or went."""
    if new is None:
        move(desk, ClusterEvent(NODE, Action.DELETE), old, None)
        desk.snapshot.node_changed(old, None)
        return
    desk.snapshot.node_changed(old, new)
    if old is None:
        move(desk, ClusterEvent(NODE, Action.ADD), None, new)
        return
    for event in node_events(old, new):
        move(desk, event, old, new)


def _visible(pod: Any | None) -> Any | None:
    """The scheduler does not see pods that have finished."""
    return None if pod is None or is_finished(pod) else pod


def _mine(desk: Desk, pod: Any) -> bool:
    return pod.spec.scheduler_name in desk.profiles


def pod_changed(desk: Desk, old: Any, new: Any) -> None:
    """A pod came, changed or went, on a node or not."""
    old, new = _visible(old), _visible(new)
    if old is None and new is None:
        return
    if new is None:
        _gone(desk, old)
    elif old is not None and old.spec.node_name:
        desk.snapshot.place(desk.snapshot.info(new), new.spec.node_name)
        for event in pod_events(old, new):
            move(desk, event, old, new)
    elif new.spec.node_name:
        if old is not None and _mine(desk, old):
            desk.queue.delete(old.metadata.uid)
            desk.nominations.remove(old.metadata.uid)
        desk.snapshot.place(desk.snapshot.info(new), new.spec.node_name)
        move(desk, ASSIGNED_POD_ADD, None, new)
    elif old is None:
        if _mine(desk, new):
            info = desk.snapshot.info(new)
            desk.queue.add(info)
            desk.nominations.add(info)
            desk.wake()
    elif _mine(desk, old):
        _pending_changed(desk, old, new)


def _pending_changed(desk: Desk, old: Any, new: Any) -> None:
    uid = new.metadata.uid
    if desk.snapshot.is_assumed(uid):
        if new.metadata.deletion_timestamp is not None and old.metadata.deletion_timestamp is None:
            _assumed_deleted(desk, uid, new)
        return
    info = desk.snapshot.info(new)
    desk.queue.update(old, info)
    before = old.status.nominated_node_name
    desk.nominations.update(before, info)
    if before and before != new.status.nominated_node_name:
        move(desk, ASSIGNED_POD_DELETE, old, None, partial(_at_most, old.spec.priority or 0))
    desk.wake()


def _at_most(priority: int, pod: PodInfo) -> bool:
    return pod.priority <= priority


def _gone(desk: Desk, old: Any) -> None:
    uid = old.metadata.uid
    if old.spec.node_name:
        desk.snapshot.remove(uid)
        move(desk, ASSIGNED_POD_DELETE, old, None)
        return
    if not _mine(desk, old):
        return
    desk.queue.delete(uid)
    desk.nominations.remove(uid)
    if desk.snapshot.is_assumed(uid):
        _assumed_deleted(desk, uid, old)
    elif old.status.nominated_node_name:
        move(desk, ASSIGNED_POD_DELETE, old, None, partial(_at_most, old.spec.priority or 0))


def _assumed_deleted(desk: Desk, uid: str, pod: Any) -> None:
    placement = desk.state.placements.get(uid)
    if placement is not None and not placement.permitted:
        desk.state.placements[uid] = attrs.evolve(placement, refused=Status(Code.UNSCHEDULABLE, "removed"))
        desk.schedule("placement", uid)
    else:
        desk.snapshot.remove(uid)
    if placement is not None:
        pod = evolve(pod, {"spec.node_name": placement.node})
    move(desk, ASSIGNED_POD_DELETE, pod, None)


FOLLOWED: Mapping[str, Follow] = {
    "Pod": pod_changed,
    "Node": node_changed,
    **dict.fromkeys(CONTEXT_KINDS, context_changed),
    **{kind: partial(object_changed, kind) for kind in EVENT_KINDS},
}
"""The kinds that the scheduler follows."""
