"""The driver: who moves the world, and how far.

Everything that lets work be done or time pass goes through it: one step, all that is due now, all up to a moment, all
until something is so, all until a stream has something. One thread at a time holds the world, and nothing runs inside
running work: a reconcile that waits would wait for itself.

What is on the loop is the world's. What a reader waits for of its own accord, such as the end of its watch, is not on
it. So a wait that only its own end can end is known as such: for one without an end that is an error at once, for
those of a reader who comes back again and again it is one after `FRUITLESS` of them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any, TypeVar
from warnings import warn

import attrs

from .clock import exact
from .errors import NeverEnds, NotReached, UsageError
from .loop import Loop, Work
from .streams import Polled, Source
from .turns import WALL, Turns, Wall

T = TypeVar("T")

STEPS_AT_ONE_MOMENT = 2_000_000
"""More units of work than this at one moment of virtual time are taken for a loop that never ends."""

WORD_AFTER = 100_000
"""Units of work at one moment of virtual time after which whoever waits is told who is so busy."""

FRUITLESS = 10_000
"""So many waits in a row, in which nothing happened and nothing is due any more, are taken for ones without end."""

PATIENCE = 1.0
"""Real seconds for which a wait that nothing can end lets the other threads of the process act, if there are any."""

LONGEST_PAUSE = 3600.0
"""Real seconds after which somebody who waits by the clock on the wall looks at it again."""


class MuchWork(UserWarning):
    """A moment of virtual time takes long, since there is much to do in it."""


@attrs.frozen
class Pace:
    """The policy of the clock: how many virtual seconds pass in a real one. With infinity time does not pass by itself,
    but jumps to what is due next when somebody waits."""

    speed: float = inf
    wall: Wall = WALL


JUMPS = Pace()


def pace_of(clock: Any) -> Pace:
    """What `Cluster(clock=...)` means: `auto`, `real`, how many times faster than real, or a `Pace`.

    Raises UsageError.
    """
    if isinstance(clock, Pace):
        return clock
    speed = {"auto": inf, "real": 1.0}.get(clock, 0.0) if isinstance(clock, str) else clock
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not speed > 0:
        raise UsageError(f'clock must be "auto", "real", or how many times faster than real it goes, got {clock!r}')
    return Pace(float(speed))


class Driver:
    """Runs the work on a loop. `version()` says whether anything has changed since it was last asked, and `busy()` who
    has work, for whom it never ends. `turns` is whose turn it is; it is not forked. Time jumps until `follow`."""

    __slots__ = ("_busy", "_count", "_fruitless", "_moment", "_pace", "_start", "_version", "choose", "loop", "turns")

    def __init__(self, loop: Loop, version: Callable[[], int], busy: Callable[[], str], pace: Pace) -> None:
        self.loop = loop
        self._version = version
        self._busy = busy
        self._pace = pace
        self._start: tuple[float, float] | None = None
        """What the two clocks showed when virtual time began to follow the wall; None while it jumps."""
        self._moment, self._count = loop.clock.now, 0
        """How many units of work this call has done at that moment."""
        self._fruitless = (0, -1)
        """How many waits in a row were fruitless, and the version during all of them."""
        self.turns = Turns()
        self.choose: Callable[[float], Work | None] | None = None
        """Who takes the next work from the loop, up to a moment, if not the loop itself says what it is. Not forked."""

    @property
    def now(self) -> float:
        """Virtual seconds since the start."""
        return self.loop.clock.now

    def follow(self) -> None:
        """Let time pass as the policy of the clock says, from here on."""
        if self._pace.speed < inf:
            self._start = (self.now, self._pace.wall.now())
            self.turns.arrived = self._catch_up

    # Moving

    def step(self, until: float = inf) -> Work | None:
        """Do the next unit of work, if one is due at or before `until`, at its time."""
        work = self.loop.pop(until) if self.choose is None else self.choose(until)
        if work is not None:
            self.loop.run(work)
        return work

    def run_to(self, until: float) -> None:
        """Do everything that is due up to a moment. Raises NotReached if the work of one moment never ends."""
        until = exact(until)
        with self.turns:
            self._count = 0
            if self._start is not None:
                while self._go_on(until):
                    pass
                return
            while self.step(until) is not None:
                self._note()
            self.loop.clock.jump(until)

    # Waiting

    def wait_until(self, ready: Callable[[], Any], deadline: float) -> bool:
        """Work and let time pass until `ready()` or until `deadline` (seconds since the start); whether it is ready.

        Raises UsageError inside a unit of work, and NeverEnds for what can never become ready.
        """
        with self.turns:
            self.loop.check_free()
            self._count = 0
            if ready():
                return True
            deadline, version = exact(deadline), self._version()
            seen = (version, self.now)
            while self._go_on(deadline):
                at = (self._version(), self.now)
                if at != seen:
                    seen = at
                    if ready():
                        return True
            self._note_fruitless(version)
            return bool(ready())

    def look(self, source: Source[T]) -> Polled[T]:
        """What a source has now; if nothing, before when nothing comes as long as nobody acts."""
        with self.turns:
            polled = source.poll()
            work = self.loop.next()
            if polled.items or polled.ended or work is None:
                return polled
            return attrs.evolve(polled, until=min(polled.until, work.due))

    def read(self, source: Source[T]) -> Polled[T]:
        """Work and let time pass until a source has something or ends. Others have their turns meanwhile.

        Raises UsageError inside a unit of work, and NeverEnds if nothing can come any more.
        """
        with self.turns:
            self.loop.check_free()
            self._count = 0
            polled, version = source.poll(), self._version()
            while not polled.items and not polled.ended:
                over = not self._go_on(polled.until)
                polled = source.poll()
                if over and not polled.items:
                    self._note_fruitless(version)
                    version = self._version()
            return polled

    def _go_on(self, until: float) -> bool:
        """Let one thing happen: a unit of work that is due up to a moment, or other threads' turns.

        False if there was nothing, so that it is that moment now. Raises NeverEnds if it never will be.
        """
        self.turns.give_way()
        work = self.loop.next()
        if until == inf and self.loop.is_idle():
            self._despair()
            return True
        moment = min(until, inf if work is None else work.due)
        if not self._comes(moment):
            return True
        if self.step(until) is None:
            self.loop.clock.jump(until)
            return False
        self._note()
        return True

    # The clock on the wall

    def _latest(self) -> float:
        """The virtual time that it is by the clock on the wall; infinity while time jumps."""
        if self._start is None:
            return inf
        virtual, real = self._start
        return exact(virtual + (self._pace.wall.now() - real) * self._pace.speed)

    def _comes(self, moment: float) -> bool:
        """Whether it may be that moment now. If not, real time passes, in which others have their turns."""
        if self._start is None or moment <= self.now:
            return True
        left = moment - self._latest()
        if left <= 0:
            return True
        self._pace.wall.pause(self.turns, min(left / self._pace.speed, LONGEST_PAUSE))
        return False

    def _catch_up(self) -> None:
        """Be where the clock on the wall says: whoever takes hold of the world finds it there."""
        self.run_to(max(self.now, self._latest()))

    # What never ends

    def _note(self) -> None:
        """Count a unit of work. Warns of a moment with many; raises NotReached if it seems to have no end."""
        if self.now != self._moment:
            self._moment, self._count = self.now, 0
        self._count += 1
        if self._count == WORD_AFTER:
            text = f"{self._count:,} units of work at {self.now:g}s, and more to do at that moment; {self._busy()}"
            warn(text, MuchWork, stacklevel=5)
        if self._count > STEPS_AT_ONE_MOMENT:
            raise NotReached(f"work never ends at {self.now}s; {self._busy()}")

    def _note_fruitless(self, before: int) -> None:
        """Count a wait that only its own end has ended. Raises NeverEnds if there were too many in a row."""
        version = self._version()
        count, seen = self._fruitless
        if before != version or not self.loop.is_idle():
            self._fruitless = (0, version)
            return
        self._fruitless = (count + 1 if seen == version else 1, version)
        if count >= FRUITLESS and seen == version:
            self._fruitless = (0, version)
            raise NeverEnds(
                f"this never ends: {FRUITLESS:,} waits in a row were over only because their own time was, since "
                f"nothing is due in the cluster any more and nobody writes (now {self.now:g}s); {self._busy()}"
            )

    def _despair(self) -> None:
        """Let other threads act, if there are any. Raises NeverEnds if none has a turn for a while."""
        version, wall = self._version(), self._pace.wall
        since = wall.now()
        while not self.turns.alone() and (wall.now() < since + PATIENCE or self._start is not None):
            before = wall.now()
            wall.pause(self.turns, PATIENCE)
            if self._version() != version or not self.loop.is_idle():
                return
            if wall.now() < before + PATIENCE:
                since = wall.now()
        raise NeverEnds(
            f"this wait never ends: nothing is due in the cluster any more, and what is waited for has no end of its "
            f"own (now {self.now:g}s); {self._busy()}"
        )
