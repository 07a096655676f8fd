"""The desk at which a scheduler works: its state, what follows from it, and its ways into the cluster.

What follows from the state and the cache is the `Picture`: nodes with their pods, ledgers, tables. None of it is
remembered. A fork shares it with its parent until one of them looks; a scheduler that was built around a state makes it
at its first look.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from functools import partial

import attrs

from ...entropy import Entropy
from ...kit import Cache, Client, EventRecorder
from ...loop import Loop
from ...objects import Pod
from . import explain
from .framework import Listers, Surroundings
from .ledgers import Ledgers
from .nodes import Snapshot
from .nominations import Nominations
from .placement import CacheListers
from .queue import FLUSH_PERIOD, UNSCHEDULABLE_TIMEOUT, SchedulingQueue
from .queued import QueueIndex
from .state import SchedulerState
from .ties import Ties
from .volumes import AssumedVolumes
from .wiring import Wiring
from .writer import Writer

NAME = "kube-scheduler"


@attrs.frozen(eq=False)
class Ways:
    """How a scheduler reaches its cluster."""

    client: Client
    cache: Cache
    recorder: EventRecorder
    loop: Loop
    entropy: Entropy
    asked: Callable[[str, int, int], int] | None = None
    """Who is asked which of several equally good nodes a pod gets: told the pod, how many, and which was drawn."""


class Picture:
    """What follows from a state and a cache."""

    __slots__ = ("index", "ledgers", "nominations", "snapshot")

    def __init__(self, snapshot: Snapshot, nominations: Nominations, index: QueueIndex, ledgers: Ledgers) -> None:
        self.snapshot = snapshot
        self.nominations = nominations
        self.index = index
        self.ledgers = ledgers

    @classmethod
    def of(cls, wiring: Wiring, state: SchedulerState, listers: Listers) -> Picture:
        """Made anew. O(nodes + pods)."""
        snapshot = Snapshot.of(state.nodes, listers)
        nominations = Nominations(snapshot.touch, state.nominated)
        index = QueueIndex.of(state.queue, wiring.rules.interests.order)
        return cls(snapshot, nominations, index, Ledgers(snapshot, nominations))

    def fork(self, state: SchedulerState) -> Picture:
        """The same for a fork of the state. O(queued and nominated pods), by pointer."""
        snapshot = self.snapshot.fork(state.nodes)
        nominations = Nominations(snapshot.touch, state.nominated)
        return Picture(snapshot, nominations, self.index.fork(), self.ledgers.fork(snapshot, nominations))


class Desk(Surroundings):
    """See the module."""

    def __init__(self, wiring: Wiring, state: SchedulerState, ways: Ways, picture: Picture) -> None:
        super().__init__(picture.snapshot, CacheListers(ways.cache))
        self.wiring, self.state, self.picture, self.ways = wiring, state, picture, ways
        self.profiles, self.extenders = wiring.profiles, wiring.extenders
        self.nominations, self.ledgers = picture.nominations, picture.ledgers
        self.nominated = picture.nominations.on
        self.loop = ways.loop
        self.volumes = AssumedVolumes(self.listers, state.volumes)
        self.writer = Writer(ways.client, ways.recorder, self.volumes)
        reads_clock = partial(getattr, ways.loop.clock, "now")
        self.queue = SchedulingQueue(wiring.rules, reads_clock, state.queue, picture.index)

    def clock(self) -> float:
        """Seconds since the start of the cluster."""
        return self.loop.clock.now

    def now(self) -> float:
        """Seconds since 1970."""
        return self.loop.clock.unix

    def below(self, limit: int) -> int:
        """A number drawn for the attempt under way."""
        if limit <= 1:
            return 0
        pod, attempt, count = self.state.drawing
        self.state.drawing = (pod, attempt, count + 1)
        return self.ways.entropy.below(limit, "tie", pod, attempt, count)

    def tie(self, limit: int) -> int:
        """Which of so many equally good nodes the pod of the attempt under way gets."""
        drawn, asked = self.below(limit), self.ways.asked
        return drawn if asked is None else asked(self.state.drawing[0], limit, drawn)

    @property
    def ties(self) -> Ties:
        """Who chooses among equally good nodes."""
        return Ties(self.tie, steady=self.wiring.steady)

    def turn_back(self, uid: str, plugin: str) -> bool:
        """Take the place from a pod that is not bound yet; False when there is no such pod."""
        placement = self.state.placements.get(uid)
        after = None if placement is None else placement.turned_back(plugin)
        if after is None:
            return False
        self.state.placements[uid] = after
        self.schedule("placement", uid)
        return True

    def known(self, key: str) -> Pod | None:
        """The pod of that `namespace/name`, as the scheduler's cache has it."""
        found: Pod | None = self.listers.get("Pod", key)
        return found

    # -- the loop

    def schedule(self, *item: Hashable, delay: float = 0.0) -> None:
        """Put a unit of work on the loop."""
        self.loop.schedule(NAME, item, delay=delay)

    def wake(self) -> None:
        """See to it that an attempt, the next end of a backoff and the next flush are on the loop. O(1)."""
        state, queue, index = self.state, self.queue, self.queue.index
        if not state.queue.pods:
            return
        if not state.working and queue.ready():
            state.working = True
            self.schedule("attempt")
        if index.ends and not state.backing_off:
            end = queue.next_backoff()
            if end is not None:
                state.backing_off = True
                self.loop.schedule_at(NAME, ("backoff",), math.floor(max(end, self.clock())) + 1.0)
        if index.since and not state.flushing:
            since = queue.oldest_waiting()
            if since is not None:
                state.flushing = True
                due = math.floor((since + UNSCHEDULABLE_TIMEOUT) / FLUSH_PERIOD) * FLUSH_PERIOD + FLUSH_PERIOD
                self.loop.schedule_at(NAME, ("flush",), due)

    def copy(self) -> Asking:
        """A desk with copies of everything, to try something out."""
        state = self.state.fork()
        return Asking(self.wiring, state, self.ways, self.picture.fork(state))


class Asking(Desk):
    """A desk for questions: whatever is decided at it, nothing comes of it, and nothing is drawn."""

    def __init__(self, wiring: Wiring, state: SchedulerState, ways: Ways, picture: Picture) -> None:
        super().__init__(wiring, state, ways, picture)
        self.writer = explain.ReadOnlyWriter(self.volumes)

    def below(self, limit: int) -> int:
        """The first."""
        return 0

    @property
    def ties(self) -> Ties:
        """Who chooses among equally good nodes."""
        return Ties(self.tie, steady=self.wiring.steady)

    def turn_back(self, uid: str, plugin: str) -> bool:
        """Nobody gives way to a question."""
        return False
