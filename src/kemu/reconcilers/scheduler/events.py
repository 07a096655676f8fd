"""Cluster events as the scheduling queue sees them, and what a change of a pod or node amounts to.

A plugin that rejected a pod names the events that may help it; everything else leaves the pod alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntFlag
from typing import Any, NamedTuple

from ...objects.pod_resources import pod_requests, reported


class Action(IntFlag):
    """What happened to an object; several may be joined with `|` when a plugin registers."""

    ADD = 1 << 0
    DELETE = 1 << 1
    NODE_ALLOCATABLE = 1 << 2
    NODE_LABEL = 1 << 3
    NODE_TAINT = 1 << 4
    NODE_CONDITION = 1 << 5
    NODE_ANNOTATION = 1 << 6
    NODE_FEATURE = 1 << 7
    POD_LABEL = 1 << 8
    POD_SCALE_DOWN = 1 << 9
    POD_TOLERATION = 1 << 10
    POD_GATES_GONE = 1 << 11
    POD_CLAIMS = 1 << 12
    UPDATE = (1 << 13) - 4
    ALL = (1 << 13) - 1


class ClusterEvent(NamedTuple):
    """A kind of object and what happened to it."""

    resource: str
    action: Action


WILDCARD = ClusterEvent("*", Action.ALL)
POD, NODE = "Pod", "Node"
ASSIGNED_POD, PENDING_POD = "AssignedPod", "UnschedulablePod"
ASSIGNED_POD_ADD = ClusterEvent(ASSIGNED_POD, Action.ADD)
ASSIGNED_POD_DELETE = ClusterEvent(ASSIGNED_POD, Action.DELETE)


class Registration(NamedTuple):
    """An event that a plugin waits for; `hint` is the name of the plugin's method that decides, None means always."""

    resource: str
    actions: Action
    hint: str | None = None


def completed(rows: Sequence[Registration]) -> tuple[Registration, ...]:
    """What a plugin registered, and what it gets with it.

    Who waits for nodes to be added is asked no hint when the taints of one change: a new node comes with a taint that
    is taken away a moment later, and only then may pods be put on it.
    """
    actions = Action(0)
    for row in rows:
        if row.resource == NODE:
            actions |= row.actions
    missing = Action.ADD in actions and Action.NODE_TAINT not in actions
    return (*rows, *((Registration(NODE, Action.NODE_TAINT),) if missing else ()))


def registered(registration: Registration, event: ClusterEvent) -> bool:
    """Whether `event` is one that `registration` asked for."""
    wanted, resource = registration.resource, event.resource
    if wanted != resource and wanted != "*" and not (wanted == POD and resource in (ASSIGNED_POD, PENDING_POD)):
        return False
    return bool(registration.actions & event.action) and event.action <= registration.actions


EVERYTHING = tuple(
    Registration(resource, Action.ALL)
    for resource in (
        POD,
        NODE,
        "PersistentVolume",
        "PersistentVolumeClaim",
        "CSINode",
        "CSIDriver",
        "CSIStorageCapacity",
        "StorageClass",
        "ResourceClaim",
        "DeviceClass",
    )
)
"""What a plugin waits for that does not say so."""


def pod_events(old: Any, new: Any) -> list[ClusterEvent]:
    """What an update of a pod amounts to, most specific first; never empty."""
    resource = ASSIGNED_POD if new.spec.node_name else PENDING_POD
    found: list[Action] = []
    if new.metadata.labels != old.metadata.labels:
        found.append(Action.POD_LABEL)
    if _scaled_down(old, new):
        found.append(Action.POD_SCALE_DOWN)
    if old.spec.scheduling_gates and not new.spec.scheduling_gates:
        found.append(Action.POD_GATES_GONE)
    if len(new.spec.tolerations) != len(old.spec.tolerations):
        found.append(Action.POD_TOLERATION)
    if (
        new.status.resource_claim_statuses != old.status.resource_claim_statuses
        or new.status.extended_resource_claim_status != old.status.extended_resource_claim_status
    ):
        found.append(Action.POD_CLAIMS)
    return [ClusterEvent(resource, action) for action in found or [Action.UPDATE]]


def _scaled_down(old: Any, new: Any) -> bool:
    if old.spec is new.spec and reported(old) == reported(new):
        return False
    before, after = pod_requests(old, use_status=True), pod_requests(new, use_status=True)
    return any(n not in after or q.milli_value() > after[n].milli_value() for n, q in before.items())


def node_events(old: Any, new: Any) -> list[ClusterEvent]:
    """What an update of a node amounts to; empty when nothing that matters changed."""
    found: list[Action] = []
    if old.spec.unschedulable and not new.spec.unschedulable:
        found.append(Action.NODE_TAINT)
    if old.status.allocatable != new.status.allocatable:
        found.append(Action.NODE_ALLOCATABLE)
    if old.metadata.labels != new.metadata.labels:
        found.append(Action.NODE_LABEL)
    if old.spec.taints != new.spec.taints:
        found.append(Action.NODE_TAINT)
    if {c.type: c.status for c in old.status.conditions} != {c.type: c.status for c in new.status.conditions}:
        found.append(Action.NODE_CONDITION)
    if old.metadata.annotations != new.metadata.annotations:
        found.append(Action.NODE_ANNOTATION)
    if old.status.declared_features != new.status.declared_features:
        found.append(Action.NODE_FEATURE)
    return [ClusterEvent(NODE, action) for action in found]
