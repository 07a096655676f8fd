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

import attrs

from ..clock import exact
from ..errors import UsageError
from ..loop import Work
from ..streams import Polled, Source

if TYPE_CHECKING:
    from ..cluster import Cluster

T = TypeVar("T")

SLICE = 0.002
"""Real seconds of work after which requests have their turn."""

LEAPS_SAVED = 600.0
"""Virtual seconds that time may be ahead of the wall in one go where it leaps."""

LEAPS_EARNED = 60.0
"""Virtual seconds by which that grows again in a real one."""

UPKEEP = "etcd"
"""Whose work only cleans up: old events go when their hour has come."""

NODES = ("kubelet", "runtime", "faults")
"""Whose work is never a mere deadline."""

FAR = 30.0
"""Virtual seconds beyond which the timers of controllers are taken for deadlines, that matter only if nothing else has
happened by then."""

LONGEST_SLEEP = 60.0
"""Real seconds after which the pulse looks around in any case."""


@attrs.frozen
class Tempo:
    """How the time of a served cluster passes: so many virtual seconds in a real one; and, where it `leaps`, at once to
    what is due next whenever there is nothing else to do.

    After a leap time stands still until the wall has caught up, or there is another one: ages read sensibly. Leaps come
    out of a purse: `LEAPS_SAVED` seconds to begin with, and `LEAPS_EARNED` for every real second. So a rollout or a job
    is over at once, but a pod that crashes for ever, or a cron job, does not carry the cluster away into a year in
    which its clients' leases are long over. What only cleans up never makes time leap, nor does a distant deadline.
    """

    speed: float = 1.0
    leaps: bool = False


AUTO = Tempo(leaps=True)


def tempo_of(clock: object) -> Tempo:
    """What `clock` means where a cluster is served: "auto", "real", "8x" or 8. Raises UsageError."""
    if isinstance(clock, Tempo):
        return clock
    if clock == "auto":
        return AUTO
    text = "1" if clock == "real" else str(clock).removesuffix("x")
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if isinstance(clock, bool) or not 0 < speed < inf:
        raise UsageError(f'a clock is "auto", "real", or how many times faster than real it goes ("8x"), not {clock!r}')
    return Tempo(speed)


class Pulse:
    """Moves one cluster on an asyncio loop. Call `begin` in the loop; `poke` says that something may have happened.

    It is the world in which answers look at their sources: `now` is what they count their time-outs by, the time on
    the wall. That is the cluster's time, but for its leaps, of which a client's time-out should not fall a victim.
    """

    def __init__(self, cluster: Cluster, tempo: Tempo) -> None:
        self._driver = cluster.parts.driver
        self._api = cluster.parts.api
        self._tempo = tempo
        self._began = 0.0
        self._start = cluster.now
        self._purse, self._counted = LEAPS_SAVED, 0.0
        self._event = asyncio.Event()
        self._waiting: dict[asyncio.Future[None], tuple[bytes, float]] = {}
        """Who waits: for which collection (or nothing for whatever happens), and until when."""
        self._told = self._api.revision
        self._thread = 0
        self._working = False

    def begin(self) -> asyncio.Task[None]:
        """Let the cluster live, until the task that is returned is cancelled."""
        self._loop = asyncio.get_running_loop()
        self._began = self._counted = self._loop.time()
        self._start = self._driver.now
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
            self._loop.call_soon_threadsafe(self.poke)

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
        if until < inf:
            self.poke()
        try:
            await future
        finally:
            self._waiting.pop(future, None)

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
                return self._slice(over)
        finally:
            self._working = False

    def _slice(self, over: float) -> bool:
        driver = self._driver
        while True:
            until = max(driver.now, self.now)
            work = driver.loop.next()
            if work is None or work.due > until:
                wanted = self._wanted()
                if work is None or wanted is None or not self._may_leap(wanted.due):
                    driver.loop.clock.jump(until)
                    return False
                until = wanted.due
            driver.step(until)
            if self._loop.time() > over:
                return True

    def _wanted(self) -> Work | None:
        """The work to which time may leap."""
        if not self._tempo.leaps:
            return None
        far = self._driver.now + FAR
        return self._driver.loop.next_of(
            lambda work: work.target in NODES or (work.target != UPKEEP and work.due <= far),
        )

    def _may_leap(self, due: float) -> bool:
        """Whether time goes straight to a moment; if so, it is paid for."""
        wall = self._loop.time()
        self._purse = min(LEAPS_SAVED, self._purse + (wall - self._counted) * LEAPS_EARNED)
        self._counted = wall
        far = due - max(self._driver.now, self.now)
        if far > self._purse:
            return False
        self._purse -= far
        return True

    def _rest(self) -> float:
        """How many real seconds there is nothing to do, if nobody pokes."""
        work, now = self._driver.loop.next(), self.now
        until = min((until for _, until in self._waiting.values()), default=inf) - now
        if work is not None:
            until = min(until, work.due - now)
        wanted = self._wanted()
        if wanted is not None:
            until = min(until, (wanted.due - max(self._driver.now, now) - self._purse) / LEAPS_EARNED)
        return min(max(until / self._tempo.speed, 0.0005), LONGEST_SLEEP)

    def _tell(self) -> None:
        """Wake those for whom there may be something."""
        told, self._told = self._told, self._api.revision
        last, now = self._api.log.last, self.now
        changed: dict[bytes, bool] = {b"": True}
        for future, (about, until) in list(self._waiting.items()):
            if about not in changed:
                changed[about] = last(about) > told
            if (changed[about] or until <= now) and not future.done():
                future.set_result(None)
