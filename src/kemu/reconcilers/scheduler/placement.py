"""A pod on its way to its node, and how the component reads the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...kit import Cache
from ...objects import scheme
from ...values.durations import format_duration
from .algorithm import Result
from .extenders import Extender
from .framework import Code, CycleState, Framework, Listers, Status
from .queue import QueuedPod

CONTEXT_KINDS = ("Namespace", "Service", "ReplicaSet", "StatefulSet", "ReplicationController", "PodDisruptionBudget")
EVENT_KINDS = (
    "PersistentVolume",
    "PersistentVolumeClaim",
    "StorageClass",
    "CSINode",
    "CSIDriver",
    "CSIStorageCapacity",
    "VolumeAttachment",
    "ResourceClaim",
    "ResourceSlice",
    "DeviceClass",
)


def type_of(kind: str) -> Any:
    """The type of a kind."""
    return scheme.find(kind).type


class CacheListers(Listers):
    """Listers that read the scheduler's informer cache."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._types = {kind: type_of(kind) for kind in ("Pod", "Node", *CONTEXT_KINDS, *EVENT_KINDS)}

    def get(self, kind: str, key: str) -> Any | None:
        """The object of that kind and key, or None."""
        found = self._types.get(kind)
        return None if found is None else self._cache.get(found, key)

    def list(self, kind: str, namespace: str | None = None) -> Sequence[Any]:
        """All objects of that kind, in the order in which they came."""
        return self._cache.list(self._types[kind], namespace)


class Placement:
    """A pod that has its node but is not bound yet: it waits for a permission or for its volumes.

    `waiting_for` holds, per Permit plugin, how long it lets the pod wait and when that is over; `interrupted` is
    what a PreBind plugin with work under way would say if that were broken off.
    """

    __slots__ = ("entered", "interrupted", "node", "queued", "refused", "result", "state", "waiting_for")

    def __init__(self, queued: QueuedPod, result: Result, state: CycleState) -> None:
        self.queued = queued
        self.result = result
        self.node = result.node
        self.state = state
        self.refused: Status | None = None
        self.waiting_for: dict[str, tuple[float, float]] = {}
        self.entered = False
        self.interrupted = ""

    @property
    def permitted(self) -> bool:
        """Whether no Permit plugin makes the pod wait."""
        return not self.waiting_for

    def overdue(self, now: float) -> Status | None:
        """The refusal of the plugin whose time is over, None as long as there is time."""
        plugin, (seconds, end) = min(self.waiting_for.items(), key=lambda item: item[1][1])
        if now < end:
            return None
        text = f"rejected due to timeout after waiting {format_duration(seconds)} at plugin {plugin}"
        return Status(Code.UNSCHEDULABLE, text, plugin=plugin)

    def turn_back(self, plugin: str) -> bool:
        """Give the place up for a pod that preempts this one, if the binding has not been decided yet."""
        if not self.permitted:
            self.refused = Status(Code.ERROR, "waiting on permit for pod: preempted", plugin=plugin)
        elif self.interrupted:
            self.refused = Status(Code.ERROR, self.interrupted)
        else:
            return False
        return True

    def fork(self, queued: QueuedPod) -> Placement:
        """An independent copy."""
        twin = Placement(queued, self.result, self.state.fork())
        twin.refused, twin.waiting_for, twin.entered = self.refused, dict(self.waiting_for), self.entered
        twin.interrupted = self.interrupted
        return twin


def bind(framework: Framework, extenders: Sequence[Extender], placement: Placement) -> Status | None:
    """Bind a pod by the first extender or plugin that does it; why it could not be done, None when it was."""
    info = placement.queued.info
    for extender in extenders:
        if extender.binds and extender.interested(info):
            failure: Status | None = extender.bind(info, placement.node)
            if failure is None or not extender.ignorable:
                return failure
    for plugin in framework.plugins["bind"]:
        status: Status | None = plugin.bind(placement.state, info, placement.node)
        if status is None or status.code is Code.SUCCESS:
            return None
        if status.code is not Code.SKIP:
            running = f'running Bind plugin "{plugin.name}"'
            return status if status.rejected else Status(Code.ERROR, f"{running}: {status.message}")
    return Status(Code.ERROR, "all bind plugins skipped")
