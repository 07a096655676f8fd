"""How the time of a served cluster passes, and when it leaps.

Time that leaps goes at once to what is due next, whenever there is nothing else to do. That suits whoever waits for a
rollout, a probe or a job, and must not surprise whoever is in the middle of something: a pod that sleeps for ten
minutes so that there is time to look at it is still there when somebody looks. So a leap has to wait for its turn:

    a leap of                                 is made
    ---------------------------------------   ---------------------------------------------------
    at most NEAR seconds                      when no client has written for BREATH real seconds
    more                                      when nothing has been written for QUIET real seconds
    more than LONG, to a process that goes    when nothing has been written for SETTLED real
    on and is not started again for ever      seconds
    more than LONG, to any other process      never
    more than FAR, to a controller's timer    never
    to what only cleans up                    never

Who does the same again and again, such as a loop that polls, or a probe, makes time leap OFTEN times, which counts for
all who do so at the same moment; and a controller that looks around after a time, and finds nothing to do, IN_VAIN
times, or OFTEN if it has something to say each time. And all leaps come out of a purse: `SAVED` virtual seconds to
begin with, and `EARNED` for every real second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from math import inf

import attrs

from ..errors import UsageError
from ..loop import Work

SAVED = 600.0
"""Virtual seconds that time may be ahead of the wall in one go where it leaps."""

EARNED = 60.0
"""Virtual seconds by which that grows again in a real one."""

BREATH = 0.05
"""Real seconds after a client's write in which it may look what has become of it, before time leaps at all."""

NEAR = 2.0
QUIET = 0.3
FAR = 30.0
LONG = 60.0
SETTLED = 3.0
OFTEN = 25
IN_VAIN = 4

UPKEEP = "etcd"
"""Whose work only cleans up: old events go when their hour has come."""

PROCESSES = "runtime"
NODES = ("kubelet", PROCESSES, "faults")
"""Whose work is never a mere deadline."""

AGAIN = ("resume", "probe", "wake")
"""What processes and kubelets do again and again."""

TIMER = "timer"
"""What controllers do that have asked to be called again."""

REMEMBERED = 10_000
"""Of so many things it is remembered how often they made time leap."""


@attrs.frozen
class Tempo:
    """How the time of a served cluster passes: so many virtual seconds in a real one; and, where it `leaps`, at once to
    what is due next whenever there is nothing else to do.

    After a leap time goes more slowly until the wall has caught up, or there is another one: hardly so for who asks
    again and again, at half its pace for who only follows what happens, and not at all while nobody is there. So ages
    read sensibly before long, and who waits for something to which time does not leap waits little longer for it.
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


class Leaps:
    """What is known of the leaps of one cluster, and when the next one may be made.

    `starts_again` says of a container whether it is started again for ever when its process ends.
    """

    def __init__(self, starts_again: Callable[[str], bool]) -> None:
        self._starts_again = starts_again
        self._purse, self._counted = SAVED, 0.0
        self._written, self._told = 0.0, -inf
        self._made: Counter[Hashable] = Counter()
        self._looked: Counter[Hashable] = Counter()
        """How often time has leapt to a controller's timer, whatever came of it."""
        self._tried: Hashable = None
        """The controller's timer to which time has leapt last, if nothing has been written since."""
        self._at, self._counts = -inf, False
        """To which moment time has leapt last, and whether for somebody who does something again and again."""

    def begin(self, wall: float) -> None:
        """The cluster begins to live at a moment on the wall."""
        self._counted = self._written = wall

    def wrote(self, wall: float) -> None:
        """Something has been written: whom time has leapt to has not looked around in vain."""
        self._written = wall
        self._made.pop(self._tried, None)
        self._tried = None

    def told(self, wall: float) -> None:
        """A client has written, or has tried to."""
        self._told = wall

    def is_wanted(self, work: Work, now: float) -> bool:
        """Whether time may ever leap to some work."""
        ahead = work.due - now
        if work.target not in NODES:
            source = _source(work)
            return (
                work.target != UPKEEP and ahead <= FAR and self._made[source] < IN_VAIN and self._looked[source] < OFTEN
            )
        if work.item[0] in AGAIN and self._made[_source(work)] >= OFTEN:
            return False
        return work.target != PROCESSES or ahead <= LONG or not self._starts_again(str(work.item[1]))

    def wait(self, work: Work, now: float, wall: float) -> float:
        """For how many real seconds time has to wait before it leaps to some work that is wanted."""
        ahead = work.due - now
        self._purse = min(SAVED, self._purse + (wall - self._counted) * EARNED)
        self._counted = wall
        settled = SETTLED if work.target == PROCESSES and ahead > LONG else QUIET if ahead > NEAR else 0.0
        breath = BREATH - (wall - self._told)
        return max(settled - (wall - self._written), (ahead - self._purse) / EARNED, breath, 0.0)

    def made(self, work: Work, now: float, wanted: bool) -> None:
        """Time leaps to some work, which is paid for: to what was wanted, or to what comes on the way there."""
        self._purse -= work.due - now
        self._at, self._counts = work.due, False
        if wanted and work.target not in NODES and work.item[:1] == (TIMER,):
            self._tried = _source(work)
            self._count(self._made, work)
            self._count(self._looked, work)
        elif wanted and _again(work):
            self._counts = True

    def comes(self, work: Work) -> None:
        """Some work is done: if time has leapt to its moment, it counts for whoever does the same again and again."""
        if self._counts and work.due == self._at and _again(work):
            self._count(self._made, work)

    def _count(self, counts: Counter[Hashable], work: Work) -> None:
        if len(counts) >= REMEMBERED:
            counts.clear()
        counts[_source(work)] += 1


def _again(work: Work) -> bool:
    return work.target in NODES and work.item[0] in AGAIN


def _source(work: Work) -> Hashable:
    """What does some work, again and again: a container, whatever it waits for, a task of a kubelet, or what a
    controller looks after."""
    if work.target == PROCESSES:
        return work.item[1]
    return (work.target, work.item if work.target in NODES else work.item[2:])
