"""What goes by itself: objects whose kind has a time to live, and history that is compacted.

A real server gives an Event a lease of an hour with every write of it, and etcd takes away what is under a lease that
has run out. It also looks at the history every five minutes: it writes down up to where it has forgotten it, and
forgets what was there before it wrote so the last time. What is read at any revision can be read again for five
minutes, and no longer than ten, whether anybody else writes or not.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import attrs

from ..clock import exact
from ..loop import Loop
from ..values.fork_map import ForkMap
from ..values.state import State
from .changes import Change
from .server import ETCD, ApiServer


@attrs.define(eq=False)
class ExpiryState(State):
    """When what goes."""

    due: ForkMap[bytes, float] = attrs.field(factory=ForkMap)
    """By key: the seconds since the start at which it goes. What was written last is last."""
    scheduled: bool = False
    compacted_to: int = 0
    """The revision up to which the next compaction forgets; 0 if there is none."""
    looks_at: float = 0.0
    """When the next compaction is, in seconds since the start."""


COMPACTION = "compaction"
"""What compacting history is called on the loop: housekeeping, for which nobody waits."""


LOOKED = b"compact_rev_key"
"""The key under which a real server writes that it has looked, which is no object of the API."""


class Expiry:
    """Attached to the loop as `etcd` and `compaction`. `every` is how many seconds lie between compactions, if any."""

    __slots__ = ("_before", "_loop", "_server", "every", "state")

    def __init__(
        self,
        server: ApiServer,
        loop: Loop,
        every: float | None,
        before: Callable[[], object],
        state: ExpiryState | None = None,
    ) -> None:
        self._server = server
        self._loop = loop
        self.every = every
        self._before = before
        self.state = state or ExpiryState()
        loop.attach(ETCD, self)
        loop.attach(COMPACTION, self, housekeeping=True)
        if state is None and every is not None:
            self._look_after(every)

    def notice(self, change: Change) -> None:
        """Something was written. O(log n) if it has a time to live."""
        ttl = change.resource.policy.ttl
        if ttl is None:
            return
        due = self.state.due
        due.pop(change.key, None)
        if change.new is not None:
            due[change.key] = exact(self._loop.clock.now + ttl)
            self._schedule()

    def _schedule(self) -> None:
        if not self.state.scheduled and self.state.due:
            self.state.scheduled = True
            self._loop.schedule_at(ETCD, ("expire",), self.state.due[next(iter(self.state.due))])

    def run(self, item: tuple[Hashable, ...]) -> None:
        """Let go what is due, or forget the past."""
        if item[0] == "compact":
            if self._loop.clock.now >= self.state.looks_at:  # or else it was compacted before its time
                self.compact()
            return
        self.state.scheduled = False
        now, due = self._loop.clock.now, self.state.due
        while due and due[next(iter(due))] <= now:
            self._server.expire(next(iter(due)))
        self._schedule()

    def compact(self) -> None:
        """Write down that somebody looks, forget what was known before the last look, and come again."""
        assert self.every is not None
        known = self.state.compacted_to
        self._server.store.put(LOOKED, known)
        self.state.compacted_to = self._server.revision
        if known > self._server.log.compacted:
            self._before()
            self._server.compact(known)
        self._look_after(self.every)

    def _look_after(self, seconds: float) -> None:
        self.state.looks_at = exact(self._loop.clock.now + seconds)
        self._loop.schedule_at(COMPACTION, ("compact",), self.state.looks_at)
