"""The pulse: how a cluster that is served lives while nobody drives it, and who hears of it.

In process, time passes while somebody waits. A served cluster has clients that wait out of sight, so that its time has
to pass by itself: with the clock on the wall, several times faster, or in leaps. What has happened is then told to the
answers that go on, such as watches: each of them waits at the pulse until there may be something for it.

Everything here runs on one asyncio loop. Work is done in slices, between which requests are answered.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from math import inf
from threading import get_ident
from typing import TYPE_CHECKING, TypeVar

from ..clock import exact
from ..errors import UsageError
from ..loop import Work
from ..streams import Polled, Source
from .tempo import Leaps, Tempo

if TYPE_CHECKING:
    from ..cluster import Cluster

T = TypeVar("T")

SLICE = 0.002
"""Real seconds of work after which requests have their turn."""

ATTENTION = 10.0
"""Real seconds after a request for which somebody is thought to wait for what comes: polls are closer together. Time
leaps only for somebody, such as who follows what happens."""

ASKED, FOLLOWED = 0.9, 0.5
"""At which part of its pace time goes while it is ahead of the wall, so that the wall catches up: after a request, and
while somebody only follows what happens. While nobody is there it stands still."""

LONGEST_SLEEP = 60.0
"""Real seconds after which the pulse looks around in any case."""


class Pulse:
    """Moves one cluster on an asyncio loop. Call `begin` in the loop; `poke` says that something may have happened.

    It is the world in which answers look at their sources: `now` is what they count their time-outs by, the time on
    the wall. That is the cluster's time, but for its leaps, of which a client's time-out should not fall a victim.
    """

    def __init__(self, cluster: Cluster, tempo: Tempo) -> None:
        self._driver = cluster.parts.driver
        self._api = cluster.parts.api
        self._tempo = tempo
        self._began = self._looked = 0.0
        self._asked = -inf
        self._reached = cluster.now
        """How far time may be, if it is ahead of the wall."""
        self._start = cluster.now
        self._runtime, self._kubelets = cluster.parts.runtime, cluster.parts.kubelets
        self._leaps = Leaps(self._starts_again)
        self._expiry, self._tidied = cluster.parts.expiry, 0.0
        self._looks_at = self._expiry.state.looks_at
        self._seen = self._api.revision
        self._event = asyncio.Event()
        self._waiting: dict[asyncio.Future[None], tuple[bytes, float]] = {}
        """Who waits: for which collection (or nothing for whatever happens), and until when."""
        self._soonest, self._restless = inf, 0
        """When somebody may have waited long enough, and how many wait for whatever happens."""
        self._told = self._api.revision
        self._thread = 0
        self._working = False

    def begin(self) -> asyncio.Task[None]:
        """Let the cluster live, until the task that is returned is cancelled."""
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._looked = self._tidied = self._began
        self._leaps.begin(self._began)
        self._start = self._reached = self._driver.now
        self._thread = get_ident()
        turns = self._driver.turns
        turns.left = self._left
        if turns.arrived is None:
            turns.arrived = self._arrived
        return self._loop.create_task(self._live())

    def end(self) -> None:
        """Hear no more of what others do with the cluster."""
        turns = self._driver.turns
        turns.left = None
        if turns.arrived == self._arrived:
            turns.arrived = None

    def poke(self) -> None:
        """Look around soon: something may have happened."""
        self._event.set()

    def asked(self, writes: bool = False) -> None:
        """A client has asked for something, perhaps to write, and may wait for what comes of it."""
        self._pass(self._loop.time())
        if writes:
            self._leaps.told(self._looked)
        self._asked = self._looked
        self.poke()

    def _arrived(self) -> None:
        """Whoever takes hold of the cluster finds it at the time on the wall."""
        if self._working:
            return
        driver, now = self._driver, max(self._driver.now, self.now)
        if get_ident() != self._thread:
            driver.run_to(now)
        elif (work := driver.loop.next()) is None or work.due > now:  # what is due is left to the pulse
            driver.loop.clock.jump(now)

    def _left(self) -> None:
        """Some thread has had its turn with the cluster."""
        if get_ident() != self._thread:
            self._loop.call_soon_threadsafe(self.asked)

    # The world of those who wait

    @property
    def now(self) -> float:
        """Seconds since the start by the clock on the wall."""
        return exact(self._start + (self._loop.time() - self._began) * self._tempo.speed)

    def look(self, source: Source[T]) -> Polled[T]:
        """What a source has now."""
        with self._driver.turns:
            return source.poll()

    def read(self, source: Source[T]) -> Polled[T]:
        """Nobody reads here without leaving the loop to others."""
        raise UsageError("answers over HTTP are polled")

    async def wait(self, about: bytes, until: float) -> None:
        """Wait until something has happened in a collection (or anything, if none is named), or until it is late."""
        future = self._loop.create_future()
        self._waiting[future] = (about, until)
        self._soonest = min(self._soonest, until)
        self._restless += not about
        if until < inf:
            self.poke()
        try:
            await future
        finally:
            self._waiting.pop(future, None)
            self._restless -= not about

    # Living

    async def _live(self) -> None:
        while True:
            self._event.clear()
            busy = self._work()
            self._tell()
            if busy:
                await asyncio.sleep(0)
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._event.wait(), self._rest())

    def _work(self) -> bool:
        """Do what is due by now, for the length of a slice; whether there is more to do."""
        driver, over = self._driver, self._loop.time() + SLICE
        self._working = True
        try:
            with driver.turns:
                self._tidy()
                return self._slice(over)
        finally:
            self._working = False

    def _slice(self, over: float) -> bool:
        driver = self._driver
        while True:
            wall = self._loop.time()
            self._pass(wall)
            until = max(self.now, self._reached)
            if self._seen != self._api.revision:
                self._seen = self._api.revision
                self._leaps.wrote(wall)
            work = driver.loop.next()
            if work is None or work.due > until:
                wanted = self._wanted()
                if work is None or wanted is None or self._leaps.wait(wanted, until, wall) > 0:
                    driver.loop.clock.jump(until)
                    return False
                self._leaps.made(work, until, work is wanted)
                until = work.due
            self._leaps.comes(work)
            driver.step(until)
            if self._loop.time() > over:
                return True

    def _pass(self, wall: float) -> None:
        """Let the time pass that has gone by on the wall since the last look, as it does while it is ahead."""
        since = wall - self._looked
        asked = min(max(self._asked + ATTENTION - self._looked, 0.0), since)
        passed = asked * ASKED + (since - asked) * (FOLLOWED if self._waiting else 0.0)
        self._reached = max(self._reached + passed * self._tempo.speed, self._driver.now)
        self._looked = wall

    def _pace(self) -> float:
        """The part of its pace at which time goes now, if it is ahead of the wall: 0 if nobody is there."""
        return ASKED if self._loop.time() < self._asked + ATTENTION else FOLLOWED if self._waiting else 0.0

    def _tidy(self) -> None:
        """Compact history no later than by the clock on the wall, however slowly time goes."""
        expiry, wall = self._expiry, self._loop.time()
        if expiry.every is None:
            return
        if (wall - self._tidied) * self._tempo.speed >= expiry.every:
            expiry.compact()
        if self._looks_at != expiry.state.looks_at:
            self._looks_at, self._tidied = expiry.state.looks_at, wall

    def _wanted(self) -> Work | None:
        """The work to which time may leap."""
        if not self._tempo.leaps or not self._pace():
            return None
        now = max(self._driver.now, self.now)
        return self._driver.loop.next_of(lambda work: self._leaps.is_wanted(work, now))

    def _starts_again(self, container: str) -> bool:
        """Whether a container is started again for ever when its process ends."""
        found = self._runtime.container(container)
        sandbox = None if found is None else self._runtime.sandbox(found.sandbox)
        worker = None if sandbox is None else self._kubelets.state.workers.get(sandbox.owner)
        return worker is not None and worker.pod.spec.restart_policy == "Always"

    def _rest(self) -> float:
        """How many real seconds there is nothing to do, if nobody pokes."""
        work, now = self._driver.loop.next(), self.now
        until = self._soonest - now
        if work is not None:
            until = min(until, work.due - now)
            if pace := self._pace():
                until = min(until, (work.due - self._driver.now) / pace)
        rest = until / self._tempo.speed
        wanted = self._wanted()
        if wanted is not None:
            rest = min(rest, self._leaps.wait(wanted, max(self._driver.now, now), self._loop.time()))
        return min(max(rest, 0.0005), LONGEST_SLEEP)

    def _tell(self) -> None:
        """Wake those for whom there may be something. O(1) if nothing has been written, whoever waits for that."""
        told, self._told = self._told, self._api.revision
        last, now = self._api.log.last, self.now
        if told == self._told and now < self._soonest and not self._restless:
            return
        self._soonest = inf
        changed: dict[bytes, bool] = {b"": True}
        for future, (about, until) in list(self._waiting.items()):
            if about not in changed:
                changed[about] = last(about) > told
            if future.done():
                continue
            if changed[about] or until <= now:
                future.set_result(None)
            else:
                self._soonest = min(self._soonest, until)
