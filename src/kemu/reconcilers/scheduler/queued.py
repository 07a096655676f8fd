"""What the scheduling queue remembers, and the tables by which it finds what comes next.

The state is the pods with their history. The tables follow from it: heaps in which every pod stands that waits for its
turn or for a moment, and the pods that wait for the same events. Heaps are cleaned when somebody looks: an entry counts
as long as it says what the state says.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple

import attrs

from ...values.fork_map import ForkIndex, ForkMap
from ...values.state import State
from .events import ClusterEvent
from .shapes import PodInfo

Happening = tuple[ClusterEvent, Any, Any]
"""An event, and the object before and after it."""


class Where(Enum):
    """In which part of the queue a pod is."""

    ACTIVE = "active"
    BACKOFF = "backoff"
    WAITING = "waiting"


class QueuedPod(NamedTuple):
    """A pod in the queue with what happened to it so far. Times are seconds since the start of the cluster."""

    info: PodInfo
    timestamp: float
    serial: int
    where: Where = Where.ACTIVE
    attempts: int = 0
    """How many have failed."""
    rejections: int = 0
    errors: int = 0
    backoff_end: float = -math.inf
    """Start of the window in which the pod may be tried again."""
    rejectors: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    gate: str = ""
    """The plugin that keeps the pod out of the queue."""
    held: bool = False
    """Whether evictions for it are under way: it is not popped out of its backoff meanwhile."""

    @property
    def blamed(self) -> bool:
        """Whether a plugin turned the pod away, as opposed to an error."""
        return bool(self.rejectors or self.pending)

    @property
    def poppable(self) -> bool:
        """Whether it is taken out of its backoff before the end if there is nothing else to do."""
        return self.where is Where.BACKOFF and self.blamed and not self.held

    def but(self, **changes: Any) -> QueuedPod:
        """The same with some fields changed. O(fields)."""
        return self._replace(**changes)


class InFlight(NamedTuple):
    """A pod whose attempt is under way."""

    queued: QueuedPod
    since: int
    """The number of the first event that it has not seen."""
    own: tuple[Happening, ...] = ()
    """Events that concern it alone."""


@attrs.define(eq=False)
class QueueState(State):
    """The pods without a node."""

    pods: ForkMap[str, QueuedPod] = attrs.field(factory=ForkMap)
    in_flight: ForkMap[str, InFlight] = attrs.field(factory=ForkMap)
    """In the order in which they were popped."""
    happened: ForkMap[int, Happening] = attrs.field(factory=ForkMap)
    """What happened while pods were in flight, numbered without gaps."""
    happenings: int = 0
    """The number of the next event."""
    serial: int = 0
    cycle: int = 0


Group = tuple[str, tuple[str, ...], tuple[str, ...], str]
"""Pods that wait for the same events: (profile, rejecting plugins, pending plugins, gating plugin)."""


def group_of(queued: QueuedPod) -> Group:
    """What a waiting pod waits for."""
    return queued.info.pod.spec.scheduler_name, queued.rejectors, queued.pending, queued.gate


Order = Callable[[QueuedPod], Any]
"""By what active pods are sorted; those that are equal in it are by their serial."""

_Turn = tuple[Any, int, str]
"""What active pods are sorted by, the serial and the uid."""


class QueueIndex:
    """Finds the next pod of each kind. `enter` and `leave` are told of every change of `QueueState.pods`.

    Complexity: O(log n) for each; made anew in O(n), forked in O(n) pointers.
    """

    __slots__ = ("_active", "_first", "_order", "_poppable", "ends", "groups", "since")

    def __init__(self, order: Order) -> None:
        self._order = order
        self._active: list[_Turn] = []
        self._first: tuple[_Turn, QueuedPod] | None = None
        """The turn that was found last, and whose it is."""
        self._poppable: list[tuple[float, _Turn]] = []
        """Pods in backoff that are tried before its end if there is nothing else to do."""
        self.ends: list[tuple[float, int, str]] = []
        """A heap of (end of the backoff, serial, uid)."""
        self.since: list[tuple[float, int, str]] = []
        """A heap of (since when a pod waits for an event, serial, uid)."""
        self.groups: ForkIndex[Group, None] = ForkIndex()

    @classmethod
    def of(cls, state: QueueState, order: Order) -> QueueIndex:
        """The tables for a state."""
        found = cls(order)
        for queued in state.pods.values():
            found._enter(queued, list.append)
        heaps: tuple[list[Any], ...] = (found._active, found._poppable, found.ends, found.since)
        for heap in heaps:
            heapify(heap)
        return found

    def fork(self) -> QueueIndex:
        """Independent tables of the same."""
        twin = QueueIndex(self._order)
        twin._active, twin._poppable = self._active.copy(), self._poppable.copy()
        twin.ends, twin.since = self.ends.copy(), self.since.copy()
        twin.groups = self.groups.fork()
        return twin

    # -- following the state

    def enter(self, queued: QueuedPod) -> None:
        """A pod has come to its place in the queue."""
        self._enter(queued, heappush)

    def _enter(self, queued: QueuedPod, push: Callable[[list[Any], Any], None]) -> None:
        if queued.where is Where.ACTIVE:
            push(self._active, self._turn(queued))
        elif queued.where is Where.BACKOFF:
            push(self.ends, (queued.backoff_end, queued.serial, queued.info.uid))
            if queued.poppable:
                push(self._poppable, (queued.backoff_end, self._turn(queued)))
        else:
            self.groups.set(group_of(queued), queued.info.uid, None)
            if not queued.gate:
                push(self.since, (queued.timestamp, queued.serial, queued.info.uid))

    def _turn(self, queued: QueuedPod) -> _Turn:
        return self._order(queued), queued.serial, queued.info.uid

    def leave(self, queued: QueuedPod) -> None:
        """A pod is not where it was any more."""
        if queued.where is Where.WAITING:
            self.groups.discard(group_of(queued), queued.info.uid)

    # -- finding

    def first_active(self, state: QueueState) -> QueuedPod | None:
        """The active pod whose turn it is."""
        heap, first = self._active, self._first
        while heap:
            turn = heap[0]
            queued = state.pods.get(turn[2])
            if first is not None and first[0] is turn and first[1] is queued:
                return queued
            if queued is not None and queued.where is Where.ACTIVE and self._turn(queued) == turn:
                self._first = (turn, queued)
                return queued
            heappop(heap)
        return None

    def first_poppable(self, state: QueueState) -> QueuedPod | None:
        """The pod that is taken out of its backoff first."""
        heap = self._poppable
        while heap:
            end, turn = heap[0]
            queued = state.pods.get(turn[2])
            if queued is not None and queued.poppable and queued.backoff_end == end and self._turn(queued) == turn:
                return queued
            heappop(heap)
        return None

    def first_end(self, state: QueueState) -> QueuedPod | None:
        """The pod whose backoff ends first."""
        heap = self.ends
        while heap:
            end, _, uid = heap[0]
            queued = state.pods.get(uid)
            if queued is not None and queued.where is Where.BACKOFF and queued.backoff_end == end:
                return queued
            heappop(heap)
        return None

    def longest_waiting(self, state: QueueState) -> QueuedPod | None:
        """The pod that has waited for an event the longest, gated ones aside."""
        heap = self.since
        while heap:
            since, _, uid = heap[0]
            queued = state.pods.get(uid)
            if queued is not None and queued.where is Where.WAITING and queued.timestamp == since and not queued.gate:
                return queued
            heappop(heap)
        return None

    def gated(self) -> list[str]:
        """The uids of the gated pods."""
        return [uid for group, uids in self.groups.items() if group[3] for uid in uids]

    def check(self, state: QueueState) -> None:
        """Raise AssertionError unless a table made anew finds the same. O(n log n)."""
        fresh = QueueIndex.of(state, self._order)
        assert {g: set(uids) for g, uids in self.groups.items()} == {g: set(uids) for g, uids in fresh.groups.items()}
        for find in (QueueIndex.first_active, QueueIndex.first_poppable, QueueIndex.first_end):
            assert find(self, state) is find(fresh, state), find
        mine, other = self.longest_waiting(state), fresh.longest_waiting(state)
        assert (mine and mine.timestamp) == (other and other.timestamp)
