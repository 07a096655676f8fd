"""A run on tape: each unit of work in its order, what it has written, what the queues held then, and what it came of.

Work is known by the serial number that the loop gave it when it was scheduled. A frame remembers how many there were
when it ended, so that for every unit of work the frame is known that has scheduled it: that is why it ran.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import attrs

from ...apiserver.changes import Change
from ...kit import Process
from ...values.durations import format_duration

if TYPE_CHECKING:
    from .world import Run

NOBODY = -1
"""The cause of what was scheduled before the tape begins, or was done by a user."""


@attrs.frozen
class Frame:
    """One unit of work, or something that a user did."""

    time: float
    who: str
    what: str
    cause: int = NOBODY
    """The number of the frame that has scheduled it."""
    instead: tuple[str, ...] = ()
    """What happened here that does not happen by itself."""
    revision: int = 0
    """The last revision of the store when it was over."""
    queues: tuple[str, ...] = ()
    """What each process had still to do then, in words."""

    def __str__(self) -> str:
        return f"{self.who} {self.what}".strip()


@attrs.frozen(eq=False)
class Tape:
    """A whole run. `about` says in a few lines what it is, `broke` what broke in the end; empty if nothing did."""

    about: tuple[str, ...]
    frames: tuple[Frame, ...]
    changes: tuple[Change, ...]
    broke: str = ""

    def wrote(self, number: int) -> tuple[Change, ...]:
        """What was written in a frame. O(log changes)."""
        before = self.frames[number - 1].revision if number else 0
        return self.changes[self._place(before) : self._place(self.frames[number].revision)]

    def until(self, number: int) -> tuple[Change, ...]:
        """All that was written up to the end of a frame, oldest first. O(changes)."""
        return self.changes[: self._place(self.frames[number].revision)]

    def past(self, key: bytes, number: int) -> tuple[Change, ...]:
        """All changes of an object up to the end of a frame, oldest first. O(changes)."""
        return tuple([each for each in self.until(number) if each.key == key])

    def objects(self, number: int) -> tuple[bytes, ...]:
        """The keys of all objects that were written up to the end of a frame, as they came. O(changes)."""
        return tuple(dict.fromkeys([each.key for each in self.until(number)]))

    def causes(self, number: int) -> tuple[int, ...]:
        """The frame that has scheduled a frame, the one that has scheduled that one, and so on."""
        found: list[int] = []
        while (number := self.frames[number].cause) != NOBODY:
            found.append(number)
        return tuple(found)

    def _place(self, revision: int) -> int:
        return bisect_right(self.changes, revision, key=lambda change: change.revision)


class Recorder:
    """Takes a run down while it is made: `ended` when a unit of work is over, `begins` when one comes up."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._first = run.cluster.loop.state.serial
        self._frames: list[Frame] = []
        self._serials: list[int] = []
        """By frame: how many units of work had been scheduled when it was over."""
        self._open: Frame | None = None
        self._told = 0

    def begins(self, who: str, what: str, serial: int = 0) -> None:
        """Something comes up, which the loop knows by a serial number; a user's doing has none."""
        self.ended()
        place = bisect_left(self._serials, serial)
        known = self._first < serial and place < len(self._serials)
        self._open = Frame(self._run.cluster.now, who, what, place if known else NOBODY)

    def ended(self) -> None:
        """What came up last is over."""
        run = self._run
        if self._open is None:
            return
        taken = run.taken[self._told :]
        self._told = len(run.taken)
        frame = attrs.evolve(
            self._open,
            instead=tuple(map(str, taken)),
            revision=run.cluster.store.revision,
            queues=tuple([_to_do(process, run.cluster.now) for process in run.processes]),
        )
        self._frames.append(frame)
        self._serials.append(run.cluster.loop.state.serial)
        self._open = None

    def tape(self, about: tuple[str, ...], broke: str) -> Tape:
        """All that was taken down."""
        self.ended()
        cluster = self._run.cluster
        return Tape(about, tuple(self._frames), tuple(cluster.api.log.since(cluster.first_revision + 1)), broke)


def _to_do(process: Process, now: float) -> str:
    """What a process has still to do, in words."""
    state = process.queue.state
    if not process.state.running:
        return f"{process.name}: does not run"
    words = [f"{controller} {name}" for controller, name in process.queue.waiting()]
    words += [f"{controller} {name} is parked" for controller, name in process.state.parked]
    for (controller, name), (due, _) in state.timers.items():
        words.append(f"{controller} {name} in {format_duration(due - now)}")
    for key, count in state.failures.items():
        why = process.state.refusals.get(key, "")
        words.append(f"{key[0]} {key[1]} has failed {count} times" + (f" ({why})" if why else ""))
    unseen = [kind.kind.plural for kind in process.cache.unseen()]
    words += [f"has not seen the latest {', '.join(unseen)}"] if unseen else []
    held = sorted(process.cache.state.apart)
    words += [f"does not see {', '.join(held)}"] if held else []
    return f"{process.name}: {'; '.join(words) or 'nothing'}"
