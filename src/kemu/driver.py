"""The driver: who moves the world, and how far.

Everything that lets work be done or time pass goes through it: one step, all that is due now, all up to a moment, all
until something is so, all until a stream has something. One thread at a time holds the world, and nothing runs inside
running work: a reconcile that waits would wait for itself.

What is on the loop is the world's. What a reader waits for of its own accord, such as the end of its watch, is not on
it. So a wait that only its own end can end is known as such: for one without an end that is an error at once, for
those of a reader who comes back again and again it is one after `FRUITLESS` of them.

Code that is tried out may live by this clock as well: an event loop, threads. Each of them is a *guest*, who runs while
the world stands still, and says when it wants to run again. No moment passes at which a guest wants to run.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any, Protocol, TypeVar
from warnings import warn

import attrs

from .clock import exact
from .errors import NeverEnds, NotReached, UsageError
from .loop import Loop, Work
from .streams import Polled, Source
from .turns import WALL, Turns, Wall
from .values.garbage import seldom

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


class Guest(Protocol):
    """Who lives by the clock of a cluster without being simulated."""

    def due(self) -> float:
        """When it wants to run, in seconds since the start. It is asked whenever something has happened, and may have
        changed its mind: the past means at once, infinity means only if something happens."""
        ...

    def run(self) -> None:
        """Run, until there is nothing to do but wait."""
        ...


Wait = Callable[[Callable[[], Any], Callable[[], float]], bool]
"""How a guest waits: until something is so, or until a moment, which may change; whether it is so."""


def at_once() -> Wait | None:
    """How the running thread waits where all of them move the world: in no way of its own."""
    return None


@attrs.define
class Visitors:
    """The guests of a driver, in the order in which they came, and which of them are running.

    `waiting` says how the running thread waits, if it is not the one that moves the world.
    """

    guests: list[Guest] = attrs.field(factory=list)
    running: list[Guest] = attrs.field(factory=list)
    visits: int = 0
    """How often one of them has run."""
    waiting: Callable[[], Wait | None] = at_once
    threads: int = 0
    """How many threads are guests: they do nothing by themselves."""

    def next(self) -> tuple[float, Guest | None]:
        """Who wants to run first, and when. O(guests)."""
        soonest, first = inf, None
        for guest in self.guests:
            if guest not in self.running and (due := guest.due()) < soonest:
                soonest, first = due, guest
        return soonest, first


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

    __slots__ = (
        "_busy",
        "_count",
        "_fruitless",
        "_moment",
        "_pace",
        "_start",
        "_version",
        "choose",
        "loop",
        "turns",
        "visitors",
    )

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
        self.visitors = Visitors()
        """Not forked either."""

    @property
    def jumps(self) -> bool:
        """Whether time jumps to what is due next, and does not follow the clock on the wall."""
        return self._pace.speed == inf

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
        if (wait := self.visitors.waiting()) is not None:
            wait(lambda: False, lambda: until)
            return
        with self.turns, seldom:
            self._count = 0
            if self._start is not None or self.visitors.guests:
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
        deadline = exact(deadline)
        if (wait := self.visitors.waiting()) is not None:
            return wait(ready, lambda: deadline)
        with self.turns, seldom:
            self.loop.check_free()
            self._count = 0
            if ready():
                return True
            version = self._version()
            seen = (version, self.now, self.visitors.visits)
            while self._go_on(deadline):
                at = (self._version(), self.now, self.visitors.visits)
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
        if (wait := self.visitors.waiting()) is not None:
            return _read(source, wait)
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

    def nudge(self, until: float) -> bool:
        """Let one thing happen up to a moment, without waiting for anybody; whether there was something."""
        with self.turns:
            self._count = 0
            if min(until, self.visitors.next()[0]) == inf and self.loop.is_idle():
                return False
            before = self.now
            return self._go_on(until) or self.now > before

    def _go_on(self, until: float) -> bool:
        """Let one thing happen: a unit of work that is due up to a moment, other threads' turns, or that a guest runs.

        False if there was nothing, so that it is that moment now. Raises NeverEnds if it never will be.
        """
        self.turns.give_way()
        end, due = until, inf
        if self.visitors.guests:
            due, guest = self.visitors.next()
            if guest is not None and due <= self.now:
                self._let_run(guest)
                return True
            due = exact(due)
            end = min(until, due)
        work = self.loop.next()
        if end == inf and self.loop.is_idle():
            self._despair()
            return True
        moment = min(end, inf if work is None else work.due)
        if not self._comes(moment):
            return True
        if self.step(end) is None:
            self.loop.clock.jump(end)
            if until == inf:
                self._note_fruitless(self._version())
            return due <= end < inf
        self._note()
        return True

    def _let_run(self, guest: Guest) -> None:
        """Let a guest run, who may take hold of the world."""
        visitors = self.visitors
        visitors.visits += 1
        visitors.running.append(guest)
        try:
            with self.turns.given_up():
                guest.run()
        finally:
            visitors.running.remove(guest)
        self._note()

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
        while not self.turns.alone(but=self.visitors.threads) and (
            wall.now() < since + PATIENCE or self._start is not None
        ):
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


def _read(source: Source[T], wait: Wait) -> Polled[T]:
    """What a source has once it has something, for a guest."""
    polled = source.poll()

    def there() -> bool:
        nonlocal polled
        if not polled.items and not polled.ended:
            polled = source.poll()
        return bool(polled.items) or polled.ended

    while not there():
        wait(there, lambda: polled.until)
    return polled
