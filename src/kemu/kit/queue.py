"""The work queue, with client-go's rules.

A key that waits is queued once, however often it is added. A key that failed comes back after a back-off that doubles
from 5 ms up to 1000 s and is forgotten on success. Since a reconcile runs to its end in one unit of work, a key is
never processed twice at the same time; one that is added meanwhile runs again afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..loop import Loop

BASE_DELAY = 0.005
"""Seconds until the first retry of a key that failed."""

MAX_DELAY = 1000.0
"""Seconds that no retry waits longer than."""


class WorkQueue:
    """The keys that one controller has still to look at."""

    __slots__ = ("_failures", "_loop", "_name", "_queued", "_timers")

    def __init__(self, name: str, loop: Loop) -> None:
        self._name = name
        self._loop = loop
        self._queued: dict[str, None] = {}
        self._failures: dict[str, int] = {}
        self._timers: dict[str, tuple[float, int]] = {}

    def fork(self, loop: Loop) -> WorkQueue:
        """The same queue on a forked loop."""
        twin = WorkQueue(self._name, loop)
        twin._queued = dict(self._queued)
        twin._failures = dict(self._failures)
        twin._timers = dict(self._timers)
        return twin

    def add(self, key: str) -> None:
        """Have the key reconciled as soon as its turn comes. O(log n)."""
        if key not in self._queued:
            self._queued[key] = None
            self._loop.schedule(self._name, ("key", key), batched=True)

    def add_all(self, keys: Iterable[str]) -> None:
        """Add several keys, in order."""
        for key in keys:
            self.add(key)

    def add_after(self, key: str, delay: float) -> None:
        """Add the key in `delay` seconds; the earliest of several such wishes counts."""
        if delay <= 0:
            self.add(key)
            return
        due = self._loop.clock.now + delay
        waiting = self._timers.get(key)
        if waiting is not None:
            if waiting[0] <= due:
                return
            self._loop.cancel(waiting[1])
        self._timers[key] = (due, self._loop.schedule(self._name, ("timer", key), delay=delay))

    def retry(self, key: str) -> float:
        """Add the key after its back-off; returns the seconds it waits."""
        count = self._failures.get(key, 0)
        self._failures[key] = count + 1
        delay = min(BASE_DELAY * 2 ** min(count, 40), MAX_DELAY)
        self._loop.schedule(self._name, ("retry", key), delay=delay)
        return delay

    def forget(self, key: str) -> None:
        """The key succeeded: its next failure waits the shortest time again."""
        self._failures.pop(key, None)

    def take(self, item: tuple[object, ...]) -> str | None:
        """What a unit of work from the loop means: the key to reconcile now, or None if it was only a timer."""
        what, key = str(item[0]), str(item[1])
        if what == "key":
            self._queued.pop(key, None)
            return key
        if what == "timer":
            self._timers.pop(key, None)
        self.add(key)
        return None

    def waiting(self) -> tuple[str, ...]:
        """The keys that are queued now, in the order in which they were added."""
        return tuple(self._queued)
