"""`run`: `asyncio.run` on an event loop whose clock is the cluster's.

    async def main():
        pods = client.CoreV1Api()
        ...

    kemu.run(cluster, main())

One thread does everything. When all coroutines wait, the cluster does its next unit of work, or time jumps to the next
timer, whichever comes first; so two runs are the same to the last digit. If nothing is due for anybody, whoever waits
would wait for ever, and that is an error (NeverEnds).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from itertools import count
from math import inf
from selectors import DefaultSelector
from threading import get_ident
from typing import TYPE_CHECKING, Any, TypeVar

from ..clock import exact
from ..errors import UsageError

if TYPE_CHECKING:
    from ..cluster import Cluster
    from ..driver import Driver
    from .reading import Reader

T = TypeVar("T")

BUSY_PASSES = 1_000
"""After so many passes in which some callback was ready the cluster does a unit of work all the same: for who waits by
`sleep(0)` in a circle."""


class _Numbered:
    """Hashed by a number, so that the order in a set of them is always the same."""

    def __hash__(self) -> int:
        return self._number  # type: ignore[attr-defined]


class NumberedFuture(_Numbered, asyncio.Future[Any]):
    """A future of a cluster's loop."""

    def __init__(self, number: int, loop: ClusterLoop) -> None:
        self._number = number
        super().__init__(loop=loop)


class NumberedTask(_Numbered, asyncio.Task[Any]):
    """A task of a cluster's loop."""

    def __init__(self, number: int, coroutine: Coroutine[Any, Any, Any], **more: Any) -> None:
        self._number = number
        super().__init__(coroutine, **more)


class _Selector(DefaultSelector):
    """Where an event loop waits: for the cluster. Real sockets are looked at in passing."""

    loop: ClusterLoop

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            self.loop.be_busy()
            return events
        self.loop.wait(inf if timeout is None else self.loop.driver.now + timeout)
        return super().select(0)


class ClusterLoop(asyncio.SelectorEventLoop):
    """An event loop on the clock of a cluster. As a guest of its driver (`hosted`) it runs while others wait."""

    _ready: Any
    _scheduled: Any

    def __init__(self, driver: Driver) -> None:
        selector = _Selector()
        selector.loop = self
        self.driver = driver
        self.hosted = False
        self._numbers = count(1)
        self._busy_passes = 0
        self._readers: dict[asyncio.Future[None], Reader[Any]] = {}
        super().__init__(selector)
        self._clock_resolution = 1e-6
        self.set_task_factory(self._new_task)  # type: ignore[arg-type]

    def _new_task(self, loop: ClusterLoop, coroutine: Coroutine[Any, Any, Any], **more: Any) -> NumberedTask:
        return NumberedTask(next(self._numbers), coroutine, loop=loop, **more)

    def create_future(self) -> asyncio.Future[Any]:
        """A future of this loop."""
        return NumberedFuture(next(self._numbers), self)

    def time(self) -> float:
        """Virtual seconds since the cluster started."""
        return self.driver.now

    async def change(self, reader: Reader[Any]) -> None:
        """Wait until there is something to read."""
        future = self.create_future()
        self._readers[future] = reader
        try:
            await future
        finally:
            del self._readers[future]

    def add_signal_handler(self, sig: int, callback: Callable[..., object], *args: Any) -> None:  # type: ignore[override]
        """Signals stay what they are for the process."""

    def remove_signal_handler(self, sig: int) -> bool:
        """None was added."""
        return False

    # Waiting

    def be_busy(self) -> None:
        """Note a pass in which there was no need to wait."""
        self._busy_passes += 1
        if self._busy_passes >= BUSY_PASSES:
            self._busy_passes = 0
            self.driver.nudge(inf)

    def wait(self, until: float) -> None:
        """Let the world go on until there is something to do, or until a moment (seconds since the start)."""
        if self.hosted:
            return
        self._busy_passes = 0
        end = min(until, self._soonest())
        self.driver.wait_until(lambda: self._listen() or self._ready or self._soonest() < end, end)

    def _soonest(self) -> float:
        return min((reader.until for reader in self._readers.values()), default=inf)

    def _listen(self) -> bool:
        """Wake the readers for whom there is something; whether there are any."""
        found = False
        for future, reader in list(self._readers.items()):
            if not future.done() and reader.look():
                future.set_result(None)
                found = True
        return found

    # As a guest

    def due(self) -> float:
        """When the next callback is to run, in seconds since the start."""
        if self._ready or self._listen():
            return -inf
        timers = min((timer.when() for timer in self._scheduled if not timer.cancelled()), default=inf)
        return exact(min(timers, self._soonest()))

    def run(self) -> None:
        """Run all callbacks until every coroutine waits."""
        outer = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        self.hosted = True
        try:
            self._passes()
        finally:
            self.hosted = False
            asyncio._set_running_loop(outer)

    def _passes(self) -> None:
        for _ in range(BUSY_PASSES):
            self.call_soon(self.stop)
            self.run_forever()
            if not self._ready:
                return


class Here:
    """Runs coroutines in the thread that asks, even where a loop is running already: that one waits meanwhile.

    Each thread has a loop for it, which is on the clock of the cluster inside of `virtual_time`.
    """

    def __init__(self) -> None:
        self._loops: dict[Any, asyncio.AbstractEventLoop] = {}

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What a coroutine returns."""
        outer, key = asyncio._get_running_loop(), (asyncio.new_event_loop, get_ident())
        loop = self._loops.get(key)
        if loop is None or loop.is_running():
            loop = self._loops[key] = asyncio.new_event_loop()
        asyncio._set_running_loop(None)
        try:
            return loop.run_until_complete(coroutine)
        finally:
            asyncio._set_running_loop(outer)

    def close(self) -> None:
        """End what is left in the loops."""
        for loop in self._loops.values():
            if not loop.is_running():
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.close()
        self._loops.clear()


def run(cluster: Cluster, main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on the clock of a cluster, and give back what it returns.

    `time`, `datetime` and threads are the cluster's meanwhile: see `virtual_time`. Raises NeverEnds if it waits for
    what can never come, UsageError for what is no coroutine, and whatever the coroutine raises.
    """
    from .virtual_time import virtual_time

    if not asyncio.iscoroutine(main):
        raise UsageError(f"kemu.run runs a coroutine, such as main(), not {main!r}")
    try:
        with virtual_time(cluster):
            return asyncio.run(main)
    finally:
        main.close()
