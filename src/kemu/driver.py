"""The driver: who moves the world, and how far.

Everything that lets work be done goes through it: one step, all that is due now, or all up to a moment. One thread at
a time holds the world, and nothing runs inside running work: a reconcile that waits would wait for itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from warnings import warn

from .clock import exact
from .errors import NotReached
from .loop import Loop, Work

STEPS_AT_ONE_MOMENT = 2_000_000
"""More units of work than this at one moment of virtual time are taken for a loop that never ends."""


WORD_AFTER = 100_000
"""Units of work at one moment of virtual time after which whoever waits is told who is so busy."""


class MuchWork(UserWarning):
    """A moment of virtual time takes long, since there is much to do in it."""


class Driver:
    """Runs the work on a loop. `version()` says whether anything has changed since it was last asked, and `busy()` who
    has work, for whom it never ends."""

    __slots__ = ("_busy", "_version", "loop")

    def __init__(self, loop: Loop, version: Callable[[], int], busy: Callable[[], str]) -> None:
        self.loop = loop
        self._version = version
        self._busy = busy

    @property
    def now(self) -> float:
        """Virtual seconds since the start."""
        return self.loop.clock.now

    def step(self, until: float = float("inf")) -> Work | None:
        """Do the next unit of work, if one is due at or before `until`, at its time."""
        work = self.loop.pop(until)
        if work is not None:
            self.loop.run(work)
        return work

    def run_to(self, until: float) -> None:
        """Do everything that is due up to a moment. Raises NotReached if the work of one moment never ends."""
        clock, until = self.loop.clock, exact(until)
        moment, count = clock.now, 0
        while self.step(until) is not None:
            if clock.now != moment:
                moment, count = clock.now, 0
            count += 1
            if count == WORD_AFTER:
                text = f"{count:,} units of work at {moment:g}s, and more to do at that moment; {self._busy()}"
                warn(text, MuchWork, stacklevel=4)
            if count > STEPS_AT_ONE_MOMENT:
                raise NotReached(f"work never ends at {moment}s; {self._busy()}")
        clock.jump(until)

    def wait_until(self, ready: Callable[[], Any], deadline: float) -> bool:
        """Work and let time pass until `ready()` or until `deadline` (seconds since the start); whether it is ready."""
        if ready():
            return True
        clock, deadline = self.loop.clock, exact(deadline)
        seen = (self._version(), clock.now)
        while self.step(deadline) is not None:
            at = (self._version(), clock.now)
            if at != seen:
                seen = at
                if ready():
                    return True
        clock.jump(deadline)
        return bool(ready())
