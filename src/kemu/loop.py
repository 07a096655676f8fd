"""The event loop: a heap of (due, serial, work), and nothing else.

Work is plain data, `Work(due, serial, target, item)`: `target` names a component that was attached to the loop, and
`item` is what its `run` is called with. Because a heap of tuples holds no closures, a loop forks with a list copy.

Order is total: by due time, then by rank, then by serial number. Rank 0 is ordinary work; what is `batched` has rank
1 and comes up when no other work is due at that moment. Controllers' queues are batched: in a real cluster, too, a
queue gathers what happens while its controller is busy, and one reconcile answers for all of it. In shuffled mode the
rank is a draw from the seed instead, so that nobody can come to depend on the order.

Complexity: `schedule` and `pop` are O(log n) in the work that is waiting; `cancel` is O(1), a cancelled entry
leaves the heap when it comes up.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from math import inf
from typing import Any, NamedTuple, Protocol

import attrs

from .clock import Clock, exact
from .entropy import Entropy
from .errors import UsageError
from .values.fork_map import ForkMap
from .values.state import State, forkable


class Work(NamedTuple):
    """One unit of work that waits on the heap."""

    due: float
    rank: int
    serial: int
    target: str
    item: tuple[Hashable, ...]


class Component(Protocol):
    """What can be attached to a loop: something that does one unit of work when asked to."""

    def run(self, item: tuple[Hashable, ...]) -> None: ...


class Heap:
    """Scheduled work by due time. `pending` is what is not cancelled, by serial; what else is on it is skipped."""

    __slots__ = ("_sealed", "entries", "pending")

    def __init__(self, waiting: Iterable[Work] = ()) -> None:
        self._sealed: Heap | None = None
        self.entries = list(waiting)
        self.pending: ForkMap[int, Work] = ForkMap((work.serial, work) for work in self.entries)

    def fork(self) -> Heap:
        """An independent heap with the same work. O(entries), by pointer."""
        twin = Heap.__new__(Heap)
        twin.entries, twin.pending, twin._sealed = self.entries.copy(), self.pending.fork(), None
        return twin

    def seal(self) -> Heap:
        """A fork that nobody may write to: the same one as long as the same is scheduled."""
        pending, last = self.pending.seal(), self._sealed
        if last is None or last.pending is not pending:
            self._sealed = last = Heap.__new__(Heap)
            last.entries, last.pending, last._sealed = self.entries.copy(), pending, None
        return last

    def waiting(self) -> list[Work]:
        """Everything that is scheduled, soonest first."""
        return sorted(self.pending.values())

    def __reduce__(self) -> tuple[Any, ...]:
        return (Heap, (self.waiting(),))


forkable(Heap, lambda heap: [(work.due, work.target, work.item) for work in heap.waiting()])


@attrs.define(eq=False)
class LoopState(State):
    """What is scheduled, and the serial number of what was scheduled last."""

    heap: Heap = attrs.field(factory=Heap)
    serial: int = 0


class Loop:
    """Runs scheduled work in order of time. `shuffle` orders simultaneous work by the seed instead of first come."""

    __slots__ = (
        "_busy_with",
        "_components",
        "_heap",
        "_housekeeping",
        "_pending",
        "_running",
        "clock",
        "entropy",
        "shuffle",
        "state",
    )

    def __init__(
        self, clock: Clock, entropy: Entropy, *, shuffle: bool = False, state: LoopState | None = None
    ) -> None:
        self.clock = clock
        self.entropy = entropy
        self.shuffle = shuffle
        self.state = state or LoopState()
        self._heap = self.state.heap.entries
        self._pending = self.state.heap.pending
        self._components: dict[str, Component] = {}
        self._housekeeping: set[str] = set()
        self._running: Work | None = None
        self._busy_with = ""

    def attach(self, name: str, component: Component, *, housekeeping: bool = False) -> None:
        """Make `component` the one that runs work scheduled for `name`. Nobody can wait for what is `housekeeping`."""
        self._components[name] = component
        if housekeeping:
            self._housekeeping.add(name)

    def schedule(
        self, target: str, item: tuple[Hashable, ...] = (), *, delay: float = 0.0, batched: bool = False
    ) -> int:
        """Have `target` run `item` in `delay` seconds of virtual time; returns a serial number for `cancel`."""
        return self.schedule_at(target, item, self.clock.now + delay, batched=batched)

    def schedule_at(self, target: str, item: tuple[Hashable, ...], due: float, *, batched: bool = False) -> int:
        """Have `target` run `item` at `due` (seconds since the start; the past means now, infinity never)."""
        self.state.serial = serial = self.state.serial + 1
        rank = self.entropy.below(1 << 30, "shuffle", serial) if self.shuffle else int(batched)
        if due < inf:
            now = self.clock.now
            work = Work(now if due <= now else max(exact(due), now), rank, serial, target, item)
            heappush(self._heap, work)
            self._pending[serial] = work
        return serial

    def cancel(self, serial: int) -> None:
        """Forget scheduled work. Nothing happens if it has run already, or was cancelled before."""
        self._pending.pop(serial, None)

    def next(self) -> Work | None:
        """The work that would run next, or None. Changes nothing that can be seen."""
        heap, pending = self._heap, self._pending
        while heap and heap[0].serial not in pending:
            heappop(heap)
        return heap[0] if heap else None

    def next_of(self, wanted: Callable[[Work], bool]) -> Work | None:
        """The work that would run next of what is wanted, housekeeping aside; None if there is none.

        O(k log k), of which k is how much of what is not wanted would come before it.
        """
        heap, places = self._heap, [(self._heap[0], 0)] if self._heap else []
        while places:
            work, place = heappop(places)
            if work.serial in self._pending and work.target not in self._housekeeping and wanted(work):
                return work
            for child in range(2 * place + 1, min(2 * place + 3, len(heap))):
                heappush(places, (heap[child], child))
        return None

    def is_idle(self) -> bool:
        """Whether nothing is scheduled any more but housekeeping. O(1) where something else comes next."""
        work = self.next()
        if work is None or work.target not in self._housekeeping:
            return work is None
        return all(each.target in self._housekeeping for each in self._heap if each.serial in self._pending)

    def check_free(self) -> None:
        """Raise UsageError inside a unit of work: what waits there would wait for itself."""
        if self._running is not None:
            who, what = self.described(self._running)
            busy = f"{who} {' '.join(map(str, what))}"
        elif self._busy_with:
            busy = self._busy_with
        else:
            return
        raise UsageError(
            f"{busy} is running, and nothing can happen while it waits: return instead, "
            "and ask to be called again (Result(after=...)), or watch what you wait for"
        )

    @contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Something is running that is no unit of work, during which nothing else may."""
        before, self._busy_with = self._busy_with, what
        try:
            yield
        finally:
            self._busy_with = before

    def due(self, until: float) -> list[Work]:
        """Everything that could come next: what is due at the next moment, if that is not after `until`, in order.

        O(result) looks at the heap.
        """
        first = self.next()
        if first is None or (first.due > until and first.due > exact(until)):
            return []
        heap, found, places = self._heap, [], [0]
        for place in places:
            if place < len(heap) and heap[place].due == first.due:
                found.append(heap[place])
                places += (2 * place + 1, 2 * place + 2)
        return sorted(work for work in found if work.serial in self._pending)

    def take(self, work: Work) -> Work:
        """Take work that is `due`, whether or not it would come first, and move the clock to it.

        Raises UsageError inside a unit of work.
        """
        self.check_free()
        del self._pending[work.serial]
        self.clock.jump(work.due)
        return work

    def pop(self, until: float) -> Work | None:
        """Take the next work that is due at or before `until`, and move the clock to it.

        Raises UsageError inside a unit of work.
        """
        if self._running is not None or self._busy_with:
            self.check_free()
        work = self.next()
        if work is None or (work.due > until and work.due > exact(until)):
            return None
        heappop(self._heap)
        del self._pending[work.serial]
        self.clock.jump(work.due)
        return work

    def run(self, work: Work) -> None:
        """Do one unit of work that `pop` returned."""
        self._running = work
        try:
            self._components[work.target].run(work.item)
        finally:
            self._running = None

    def described(self, work: Work) -> tuple[str, tuple[Hashable, ...]]:
        """Who a unit of work is for, and what it is, for people."""
        component = self._components.get(work.target)
        described = getattr(component, "described", None)
        return (work.target, work.item) if described is None else described(work.item)

    def waiting(self) -> Iterator[Work]:
        """Everything that is scheduled, soonest first."""
        return iter(self.state.heap.waiting())
