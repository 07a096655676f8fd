"""`virtual_time`: inside of it, the time of a cluster is the time of the code under test.

    with kemu.virtual_time(cluster):
        while not is_ready("web"):
            time.sleep(5)

`time.time`, `monotonic`, `perf_counter`, `sleep`, `datetime.now` and their like show the cluster's time, and let it
pass; so do the time-outs of locks, events and queues, and the event loops of asyncio. Threads that are started inside
run one at a time, in an order that is always the same: see `crew.py`. Whoever waits for what can never come is told so
(NeverEnds).

What the clock shows comes from `time-machine`, the only one of its kind that reaches `datetime` in compiled code. kemu
itself, pytest, and threads that were there before keep the time on the wall.
"""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ContextDecorator
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..errors import MissingExtra, UsageError
from .crew import JOIN, Crew, Lock
from .event_loop import ClusterLoop
from .patches import Patches

if TYPE_CHECKING:
    from ..cluster import Cluster
    from ..driver import Driver

OWN_TIME = ("kemu", "_pytest", "pytest", "pluggy", "xdist", "execnet", "hypothesis", "time_machine", "coverage")
"""Packages that keep the time on the wall, and tests of theirs that are no code under test."""

START = threading.Thread.start
SLEEP = time.sleep


class virtual_time(ContextDecorator):
    """Let code live by the clock of a cluster, as a context manager or a decorator.

    Raises UsageError inside another one of another cluster, and for a cluster whose time follows the clock on the wall;
    MissingExtra without time-machine (`kemu[time]`).
    """

    _current: tuple[Driver, int] | None = None

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._driver: Driver = cluster.parts.driver
        self._undo: Callable[[], None] | None = None

    def __enter__(self) -> Cluster:
        current = virtual_time._current
        if current is not None:
            if current[0] is not self._driver:
                raise UsageError("the time is another cluster's already: there is one clock at a time")
            virtual_time._current = (current[0], current[1] + 1)
            return self._cluster
        if not self._driver.jumps:
            raise UsageError("this cluster's time follows the clock on the wall: virtual_time is for one that jumps")
        self._undo = _install(self._driver)
        virtual_time._current = (self._driver, 1)
        return self._cluster

    def __exit__(self, *problem: Any) -> None:
        assert virtual_time._current is not None
        driver, depth = virtual_time._current
        virtual_time._current = (driver, depth - 1) if depth > 1 else None
        if depth == 1 and self._undo is not None:
            self._undo()
            self._undo = None


def _install(driver: Driver) -> Callable[[], None]:
    """Put the time of a cluster in place of the real one; gives back what undoes it."""
    try:
        travel = import_module("time_machine").travel
    except ImportError:
        raise MissingExtra("virtual_time", "time") from None
    patches, crew = Patches(), Crew(driver)
    journey = travel(driver.loop.clock.unix, tick=False)
    traveller = journey.start()
    traveller.time_ns = lambda: _time_of_day(driver.loop.clock.unix)
    Lock.crew = crew
    for original, replacement in CLOCKS.items():
        _replace_everywhere(patches, original, replacement)
    _replace_threads(patches, crew)
    _replace_loops(patches, partial(ClusterLoop, driver))

    def undo() -> None:
        patches.undo()
        crew.end()
        Lock.crew = None
        journey.stop()

    return undo


def _time_of_day(unix: float) -> int:
    """What clocks show, in nanoseconds since 1970: never a whole second, since no clock on a wall is ever met at one,
    and programs write times in a form that leaves out a fraction that is none, which servers do not read."""
    shown = round(unix * 1_000_000) * 1000
    return shown if shown % 1_000_000_000 else shown + 1000


def _taken_part() -> Driver | None:
    """The driver by whose clock the running thread lives, if it does."""
    crew = Lock.crew
    return crew.driver if crew is not None and crew.takes_part() else None


def _shown(original: Callable[[], Any], read: Callable[[Driver], Any]) -> Callable[[], Any]:
    """A clock that shows what `read` says, to who lives by a cluster's."""

    def show() -> Any:
        driver = _taken_part()
        return original() if driver is None else read(driver)

    return show


def _sleep(duration: float, /) -> None:
    driver = _taken_part()
    if driver is None:
        SLEEP(duration)
    elif duration < 0:
        raise ValueError("sleep length must be non-negative")
    else:
        driver.wait_until(lambda: False, driver.now + duration)


def _seconds(driver: Driver) -> float:
    return driver.now


def _nanoseconds(driver: Driver) -> int:
    return round(driver.now * 1_000_000) * 1000


CLOCKS: dict[Callable[..., Any], Callable[..., Any]] = {
    time.monotonic: _shown(time.monotonic, _seconds),
    time.perf_counter: _shown(time.perf_counter, _seconds),
    time.monotonic_ns: _shown(time.monotonic_ns, _nanoseconds),
    time.perf_counter_ns: _shown(time.perf_counter_ns, _nanoseconds),
    SLEEP: _sleep,
}
"""What stands in the place of the functions of `time`, by these. A module that is imported meanwhile keeps them: they
are the same for every cluster, and real outside of any."""


def _replace_everywhere(patches: Patches, original: Any, replacement: Any) -> None:
    """Replace a function in all modules that have it, also under another name."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in OWN_TIME:
            continue
        for key, value in list(getattr(module, "__dict__", {}).items()):
            if value is original:
                patches.set(module, key, replacement)


def _replace_loops(patches: Patches, make: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """Let event loops that are made be those of the cluster; the loop that each thread had until now is not there."""
    for module in (asyncio, asyncio.events):
        patches.set(module, "new_event_loop", make)
    find: Any = getattr(asyncio.events, "_get_event_loop_policy", None) or asyncio.get_event_loop_policy
    policy: Any = find()
    patches.set(policy, "new_event_loop", make)
    if hasattr(policy, "_local"):
        patches.set(policy, "_local", type(policy._local)())


def _replace_threads(patches: Patches, crew: Crew) -> None:
    """Let threads be members of the crew, and locks wait for each other by its rules."""

    def start(thread: threading.Thread) -> None:
        if crew.takes_part():
            crew.start(thread, START)
        else:
            START(thread)

    def join(thread: threading.Thread, timeout: float | None = None) -> None:
        if not crew.takes_part() or not crew.join(thread, timeout):
            JOIN(thread, timeout)

    patches.set(threading.Thread, "start", start)
    patches.set(threading.Thread, "join", join)
    patches.set(threading, "_allocate_lock", Lock)
    patches.set(threading, "Lock", Lock)
    patches.set(threading, "RLock", threading._RLock)
    patches.set(queue, "SimpleQueue", queue._PySimpleQueue)  # type: ignore[attr-defined]
