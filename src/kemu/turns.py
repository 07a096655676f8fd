"""What the driver has of the real world: whose turn it is among threads, and the clock on the wall.

One thread at a time holds a cluster. The others wait, and get their turns in the order in which they came. Nothing that
is simulated sees any of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import isfunction
from threading import Condition, Lock, RLock, active_count
from time import perf_counter
from typing import Any, TypeVar

C = TypeVar("C", bound=type)


class Turns:
    """Who holds a cluster: a lock that its holder may take again, and that is handed on first come, first served.

    `arrived` is called, in the turn, whenever a thread gets one, and `left` after it. Costs well below a microsecond
    while nobody waits: the first of those who wait is the only one at the lock itself, and calls the next one there
    when it gets its turn.
    """

    __slots__ = ("_acquire", "_depth", "_ended", "_kept", "_mutex", "_pausing", "_queue", "_release", "arrived", "left")

    def __init__(self) -> None:
        self.arrived: Callable[[], None] | None = None
        self.left: Callable[[], None] | None = None
        lock = RLock()
        self._acquire, self._release = lock.acquire, lock.release
        self._depth = 0
        """How often its holder has taken it."""
        self._kept = 0
        self._mutex = Lock()
        """Guards the queue."""
        self._queue: deque[Any] = deque()
        """One lock for each who waits, which is free once it is first."""
        self._pausing = 0
        """How many wait for the end of somebody's turn."""
        self._ended: Condition | None = None
        """Who waits for that stands here; made when somebody does."""

    def __enter__(self) -> None:
        if not self._acquire(False):
            self._wait_in_line()
            self._arrive()
        elif not self._depth:
            if self._queue:
                self._release()
                self._wait_in_line()
            if self.arrived is not None:
                self._arrive()
        self._depth += 1

    def __exit__(self, kind: object, problem: object, trace: object) -> None:
        self._depth -= 1
        self._release()
        if self._ended is not None and self._pausing and not self._depth:
            with self._ended:
                self._ended.notify_all()
        if self.left is not None and not self._depth:
            self.left()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """A turn in which the holder lets nobody in between, even while it waits."""
        with self:
            self._kept += 1
            try:
                yield
            finally:
                self._kept -= 1

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        return len(self._queue)

    def alone(self, but: int = 0) -> bool:
        """Whether there is no other thread in this process that could act, apart from so many that do not."""
        return active_count() - but <= 1

    def give_way(self) -> None:
        """Let those who wait have their turns first."""
        if self._queue and not self._kept:
            self._take_back(self._let_go())

    @property
    def pausing(self) -> bool:
        """Whether somebody waits for the end of another's turn."""
        return self._pausing > 0

    @property
    def held(self) -> bool:
        """Whether it is somebody's turn."""
        return self._depth > 0

    @contextmanager
    def given_up(self) -> Iterator[None]:
        """The turn of its holder is interrupted: others may have theirs meanwhile."""
        depth = self._let_go()
        try:
            yield
        finally:
            self._take_back(depth)

    def pause(self, seconds: float) -> None:
        """Let others have a turn: until one has had it, or so many real seconds are over."""
        with self._mutex:
            ended = self._ended = self._ended or Condition()
        with ended:
            self._pausing += 1
            depth = 0 if self._kept else self._let_go()
            try:
                ended.wait(seconds)
            finally:
                self._pausing -= 1
                if depth:
                    ended.release()
                    self._take_back(depth)
                    ended.acquire()

    def _let_go(self) -> int:
        """Give up the lock; how often it was taken."""
        depth, self._depth = self._depth, 0
        for _ in range(depth):
            self._release()
        return depth

    def _take_back(self, depth: int) -> None:
        """Have the lock again as often as before. Who is interrupted meanwhile waits for it all the same."""
        is_back = False
        try:
            self._wait_in_line()
            is_back = True
        finally:
            for _ in range(depth - is_back):
                self._acquire()
            self._depth = depth

    def _arrive(self) -> None:
        """Call `arrived`, in a turn that is over if that raises."""
        is_here = self.arrived is None
        self._depth += 1
        try:
            if self.arrived is not None:
                self.arrived()
            is_here = True
        finally:
            self._depth -= 1
            if not is_here:
                self._release()

    def _wait_in_line(self) -> None:
        """Get the lock after all who wait already. Who is interrupted meanwhile leaves the line."""
        ticket = Lock()
        ticket.acquire()
        with self._mutex:
            self._queue.append(ticket)
            is_first = len(self._queue) == 1
        try:
            if not is_first:
                ticket.acquire()
            self._acquire()
        finally:
            with self._mutex:
                was_first = self._queue[0] is ticket
                self._queue.remove(ticket)
                if was_first and self._queue:
                    self._queue[0].release()


class Wall:
    """The clock on the wall, and how one waits by it."""

    def now(self) -> float:
        """Real seconds since some moment."""
        return perf_counter()

    def pause(self, turns: Turns, seconds: float) -> None:
        """Let real time pass: at most so many seconds, less if another thread has acted."""
        turns.pause(seconds)


WALL = Wall()


def by_turns(*but: str) -> Callable[[C], C]:
    """Have the public methods of a class run in a turn, of which `_turns` of its objects is in charge.

    `but` are those that take it themselves where they need it.
    """

    def decorated(cls: C) -> C:
        for name, method in list(vars(cls).items()):
            if isfunction(method) and name not in but and (not name.startswith("_") or name == "__reduce__"):
                setattr(cls, name, _in_turn(method))
        return cls

    return decorated


def _in_turn(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def held(self: Any, *args: Any, **named: Any) -> Any:
        with self._turns:
            return method(self, *args, **named)

    return held
