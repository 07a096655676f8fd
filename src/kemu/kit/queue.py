"""The work queues of one process, with client-go's rules.

A key that waits is queued once, however often it is added. A key that failed comes back after a back-off that doubles
from 5 ms up to 1000 s, unless its wiring says otherwise, and is forgotten on success. All keys of a controller share a
bucket of tokens: each retry takes one, and waits for it once a burst of them is spent. Since a reconcile runs to its
end in one unit of work, a key is never processed twice at the same time; one that is added meanwhile runs again
afterwards.

A key is a tuple: the controller whose queue it is in, and what it is to reconcile.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

import attrs

from ..clock import MICROSECOND, exact
from ..loop import Loop
from ..values.fork_map import ForkMap
from ..values.state import State

BASE_DELAY = 0.005
"""Seconds until the first retry of a key that failed."""

MAX_DELAY = 1000.0
"""Seconds that no retry waits longer than."""


@attrs.frozen
class Bucket:
    """Tokens that all retries of a controller share: at most `burst` of them, and `rate` new ones a second."""

    rate: float = 10.0
    burst: int = 100

    def wait(self, full: float, now: float) -> tuple[float, float]:
        """How long one who takes a token at a moment waits for it, and when the bucket is full again afterwards, of one
        that is full at a moment.

        A token that is owed is `1 / rate` seconds away: with 10 a second and a burst of 100, the first hundred retries
        of one moment wait for nothing, the next one 0.1 s, and the one after it 0.2 s.
        """
        full = max(full, now) + 1 / self.rate
        return max(0.0, full - now - self.burst / self.rate), full


DEFAULT_BUCKET = Bucket()
"""What client-go's default has."""

Key = tuple[str, str]


@attrs.define(eq=False)
class QueueState(State):
    """The keys that the controllers of a process have still to look at."""

    life: int = 0
    """Counts the starts of the process: what was scheduled in an earlier life means nothing."""
    queued: ForkMap[Key, None] = attrs.field(factory=ForkMap)
    failures: ForkMap[Key, int] = attrs.field(factory=ForkMap)
    timers: ForkMap[Key, tuple[float, int]] = attrs.field(factory=ForkMap)
    """When the earliest look is due that somebody wished for, and its serial on the loop."""
    buckets: ForkMap[str, float] = attrs.field(factory=ForkMap)
    """By controller: when its bucket is full again; nothing is said of one that is full."""


class WorkQueue:
    """What is scheduled for a process: units of work are `(what, life, controller, key)`. `name` is the process."""

    __slots__ = ("_loop", "_name", "state")

    def __init__(self, name: str, loop: Loop, state: QueueState | None = None) -> None:
        self._name = name
        self._loop = loop
        self.state = state or QueueState()

    def clear(self) -> None:
        """Forget everything, as a process does that ends; what is scheduled for it comes to nothing."""
        self.state.__init__(life=self.state.life + 1)  # type: ignore[misc]

    def later(self, what: str, delay: float) -> None:
        """Have the process itself do something in `delay` seconds, if it is still in the same life then."""
        self._loop.schedule(self._name, (what, self.state.life), delay=delay)

    def add(self, key: Key) -> None:
        """Have the key reconciled as soon as its turn comes. O(log n)."""
        state = self.state
        if key not in state.queued:
            state.queued[key] = None
            self._loop.schedule(self._name, ("key", state.life, *key), batched=True)

    def add_all(self, keys: Iterable[Key]) -> None:
        """Add several keys, in order."""
        for key in keys:
            self.add(key)

    def add_after(self, key: Key, delay: float) -> None:
        """Add the key in `delay` seconds; the earliest of several such wishes counts.

        What is to come at all comes a microsecond later at least: who waits for what is left of a time, and is left
        with next to nothing by the rounding of numbers, would wait in vain at one and the same moment.
        """
        if delay <= 0:
            self.add(key)
            return
        delay = max(exact(delay), MICROSECOND)
        due = self._loop.clock.now + delay
        waiting = self.state.timers.get(key)
        if waiting is not None:
            if waiting[0] <= due:
                return
            self._loop.cancel(waiting[1])
        item = ("timer", self.state.life, *key)
        self.state.timers[key] = (due, self._loop.schedule(self._name, item, delay=delay))

    def retry(
        self, key: Key, first: float = BASE_DELAY, most: float = MAX_DELAY, bucket: Bucket | None = None
    ) -> float:
        """Add the key after its back-off, which doubles from `first` up to `most` seconds, and not before there is a
        token for it in the `bucket`, if it has one; returns what it waits.

        It is a wish as any other, of which the earliest counts: who fails again before a retry is due, since something
        else has woken it, has no second one.
        """
        count = self.state.failures.get(key, 0)
        self.state.failures[key] = count + 1
        delay = min(first * 2 ** min(count, 40), most)
        if bucket is not None:
            full, now = self.state.buckets.get(key[0], 0.0), self._loop.clock.now
            owed, self.state.buckets[key[0]] = bucket.wait(full, now)
            delay = max(delay, owed)
        self.add_after(key, delay)
        return delay

    def forget(self, key: Key) -> None:
        """The key succeeded: its next failure waits the shortest time again."""
        self.state.failures.pop(key, None)
        if self.state.buckets and self.state.buckets.get(key[0], inf) <= self._loop.clock.now:
            del self.state.buckets[key[0]]

    def take(self, item: tuple[object, ...]) -> Key | None:
        """What a unit of work from the loop means: the key to reconcile now, or None if it was only a timer."""
        what, life, controller, name = item
        key = (str(controller), str(name))
        if life != self.state.life:
            return None
        if what == "key":
            self.state.queued.pop(key, None)
            return key
        if what == "timer":
            self.state.timers.pop(key, None)
        self.add(key)
        return None

    def waiting(self) -> tuple[Key, ...]:
        """The keys that are queued now, in the order in which they were added."""
        return tuple(self.state.queued)
