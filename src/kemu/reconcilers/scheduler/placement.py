"""A pod on its way to its node, and how the scheduler reads the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from ...kit import Cache
from ...kit.indexes import selecting
from ...objects import scheme
from ...values.durations import format_duration
from ...values.frozen import EMPTY_MAP, FrozenMap
from .extenders import Extender
from .findings import Findings
from .framework import Code, CycleState, Framework, Listers, Status, answered
from .queued import QueuedPod

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


_TYPES = {kind: type_of(kind) for kind in ("Pod", "Node", *CONTEXT_KINDS, *EVENT_KINDS)}


class CacheListers(Listers):
    """Listers that read the scheduler's informer cache."""

    __slots__ = ("_cache",)

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def get(self, kind: str, key: str) -> Any | None:
        """The object of that kind and key, or None."""
        found = _TYPES.get(kind)
        return None if found is None else self._cache.get(found, key)

    def list(self, kind: str, namespace: str | None = None) -> Sequence[Any]:
        """All objects of that kind, in the order in which they came."""
        return self._cache.list(_TYPES[kind], namespace)

    def selecting(self, kind: str, pod: Any) -> Sequence[Any]:
        """The objects of that kind in a pod's namespace whose selector matches the pod. O(its labels and result)."""
        return selecting(self._cache, _TYPES[kind], pod)


class ListersBefore(Listers):
    """What listers showed before the last change of one object."""

    def __init__(self, listers: Listers, old: Any | None, new: Any | None) -> None:
        self._listers = listers
        self._old, self._new = old, new
        either: Any = new if old is None else old
        self._kind: str = either.kind
        namespace, name = either.metadata.namespace, either.metadata.name
        self._key = f"{namespace}/{name}" if namespace else name

    def get(self, kind: str, key: str) -> Any | None:
        """The object of that kind and key, or None."""
        return self._old if (kind, key) == (self._kind, self._key) else self._listers.get(kind, key)

    def list(self, kind: str, namespace: str | None = None) -> Sequence[Any]:
        """All objects of that kind; the one that changed is the last of them."""
        found = self._listers.list(kind, namespace)
        if kind != self._kind:
            return found
        before = () if self._old is None else (self._old,)
        return (*(each for each in found if each is not self._new), *before)


@attrs.frozen
class Placement:
    """A pod that has its node but is not bound yet: it waits for a permission or for its volumes."""

    queued: QueuedPod
    node: str
    found: Findings
    remembered: FrozenMap[str, Any] = EMPTY_MAP
    """What the plugins remember of the attempt: their `CycleState`."""
    waiting_for: FrozenMap[str, tuple[float, float]] = EMPTY_MAP
    """By Permit plugin: how long it lets the pod wait, and when that is over."""
    refused: Status | None = None
    entered: bool = False
    """Whether the binding cycle has begun."""
    interrupted: str = ""
    """What a PreBind plugin with work under way would say if that were broken off."""

    @property
    def permitted(self) -> bool:
        """Whether no Permit plugin makes the pod wait."""
        return not self.waiting_for

    def state(self) -> CycleState:
        """What the plugins remember, for them to change."""
        state = CycleState()
        state.update(self.remembered)
        return state

    def overdue(self, now: float) -> Status | None:
        """The refusal of the plugin whose time is over, None as long as there is time."""
        plugin, (seconds, end) = min(self.waiting_for.items(), key=lambda item: item[1][1])
        if now < end:
            return None
        text = f"rejected due to timeout after waiting {format_duration(seconds)} at plugin {plugin}"
        return Status(Code.UNSCHEDULABLE, text, plugin=plugin)

    def turned_back(self, plugin: str) -> Placement | None:
        """The place given up for a pod that preempts this one; None if the binding has been decided."""
        if not self.permitted:
            return attrs.evolve(self, refused=Status(Code.ERROR, "waiting on permit for pod: preempted", plugin=plugin))
        if self.interrupted:
            return attrs.evolve(self, refused=Status(Code.ERROR, self.interrupted))
        return None


def bind(framework: Framework, extenders: Sequence[Extender], placement: Placement, state: CycleState) -> Status | None:
    """Bind a pod by the first extender or plugin that does it; why it could not be done, None when it was."""
    info = placement.queued.info
    for extender in extenders:
        if extender.binds and extender.interested(info):
            failure: Status | None = extender.bind(info, placement.node)
            if failure is None or not extender.ignorable:
                return failure
    for plugin in framework.plugins["bind"]:
        status: Status | None = plugin.bind(state, info, placement.node)
        if status is None or answered(plugin, "bind", status).code is Code.SUCCESS:
            return None
        if status.code is not Code.SKIP:
            running = f'running Bind plugin "{plugin.name}"'
            return status if status.rejected else Status(Code.ERROR, f"{running}: {status.message}")
    return Status(Code.ERROR, "all bind plugins skipped")
