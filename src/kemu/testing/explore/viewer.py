"""A tape as one looks at it: a state, what a key makes of it, and how it looks as text.

    view = View(tape)
    view = view.step("n")
    print(text(view))

Nothing here knows of a terminal: `terminal.py` does.
"""

from __future__ import annotations

from difflib import unified_diff
from typing import Any

import attrs

from ...apiserver.changes import Change
from .tape import Tape

KEYS = {
    "n": "next step",
    "p": "previous step",
    "w": "next write",
    "W": "previous write",
    "d": "next that went another way",
    "D": "previous one",
    "g": "first step, or that of the number typed before",
    "G": "last step",
    "o": "another object",
    "O": "back",
    "f": "follow what is written",
    "y": "the whole object, or what has changed",
    "q": "quit",
}

AROUND = 4
"""So many steps are shown before this one, and after it."""

CAUSES = 6
"""So many steps are told of why this one ran."""

MOST_LINES = 40
"""So many lines of an object are shown."""

SCALE = 72
"""Columns of the time line."""


@attrs.frozen(eq=False)
class View:
    """What is looked at: a step of a tape, and an object; no `subject` is the one that was written last."""

    tape: Tape
    at: int = 0
    subject: bytes = b""
    whole: bool = False
    typed: str = ""
    over: bool = False

    def step(self, key: str) -> View:
        """What a key makes of it; one that means nothing changes nothing."""
        if key.isdecimal():
            return attrs.evolve(self, typed=self.typed + key)
        view = attrs.evolve(self, typed="")
        last = len(self.tape.frames) - 1
        if key in ("n", "p"):
            return view.to(self.at + (1 if key == "n" else -1))
        if key == "g":
            return view.to(int(self.typed or "0"))
        if key == "G":
            return view.to(last)
        if key in ("w", "W"):
            return view.to(self._nearest(key == "w", lambda number: bool(self.tape.wrote(number))))
        if key in ("d", "D"):
            return view.to(self._nearest(key == "d", lambda number: bool(self.tape.frames[number].instead)))
        if key in ("o", "O"):
            return attrs.evolve(view, subject=self._other(1 if key == "o" else -1))
        changes: dict[str, dict[str, Any]] = {
            "f": {"subject": b""},
            "y": {"whole": not self.whole},
            "q": {"over": True},
        }
        return attrs.evolve(view, **changes.get(key, {}))

    def to(self, number: int) -> View:
        """The same at another step; beyond the ends there is nothing."""
        return attrs.evolve(self, at=max(0, min(number, len(self.tape.frames) - 1)))

    def _nearest(self, forwards: bool, wanted: Any) -> int:
        """The nearest other step that is wanted; this one if there is none. O(steps)."""
        places = range(self.at + 1, len(self.tape.frames)) if forwards else range(self.at - 1, -1, -1)
        return next((place for place in places if wanted(place)), self.at)

    def _other(self, by: int) -> bytes:
        """The object after the one that is shown, or before it, of all that there have been."""
        keys, shown = self.tape.objects(self.at), self.shown()
        if not keys:
            return b""
        return keys[(keys.index(shown.key) + by) % len(keys)] if shown is not None and shown.key in keys else keys[0]

    def shown(self) -> Change | None:
        """The last change of the object that is looked at."""
        if not self.subject:
            before = self.tape.until(self.at)
            return before[-1] if before else None
        past = self.tape.past(self.subject, self.at)
        return past[-1] if past else None


def text(view: View) -> str:
    """How it looks, in lines."""
    tape = view.tape
    if not tape.frames:
        return "nothing happened\n"
    frame = tape.frames[view.at]
    typed = f", going to {view.typed}" if view.typed else ""
    lines = [f"step {view.at} of {len(tape.frames) - 1}, {frame.time:.3f}s{typed}", *tape.about[:1]]
    lines += [f"it broke: {tape.broke.splitlines()[0]}" if tape.broke else "nothing broke", "", *_time_line(view), ""]
    lines += [*_steps(view), "", *_why(view), ""]
    lines += ["queues", *(f"  {each}" for each in frame.queues), "", *_object(view), ""]
    keys = [f"{key} {what}" for key, what in KEYS.items()]
    lines += ["   ".join(keys[place : place + 5]) for place in range(0, len(keys), 5)]
    return "\n".join(lines) + "\n"


def _time_line(view: View) -> list[str]:
    """The whole run in one line: `|` where something was written, `!` where something went another way."""
    tape, count = view.tape, len(view.tape.frames)
    columns = min(SCALE, count)
    marks = ["-"] * columns
    for number, frame in enumerate(tape.frames):
        column = number * columns // count
        if frame.instead:
            marks[column] = "!"
        elif marks[column] == "-" and tape.wrote(number):
            marks[column] = "|"
    return [f"0s {''.join(marks)} {tape.frames[-1].time:.0f}s", " " * (3 + view.at * columns // count) + "^"]


def _steps(view: View) -> list[str]:
    """This step, and those around it."""
    tape, lines = view.tape, []
    for number in range(max(0, view.at - AROUND), min(len(tape.frames), view.at + AROUND + 1)):
        frame = tape.frames[number]
        wrote = ", ".join(f"{each.type} {each.kind} {each.name}" for each in tape.wrote(number))
        pointer = ">" if number == view.at else "!" if frame.instead else " "
        lines.append(f"{pointer} {number:5} {frame.time:12.3f}s  {frame!s:44} {wrote}".rstrip())
    return lines


def _why(view: View) -> list[str]:
    """Why this step ran, and what went another way in it."""
    tape, frame = view.tape, view.tape.frames[view.at]
    causes = tape.causes(view.at)
    lines = ["why this step" if causes else "why this step: nothing on this tape has led to it"]
    for number in causes[:CAUSES]:
        cause = tape.frames[number]
        lines.append(f"  came of step {number}, {cause} at {cause.time:.3f}s")
    lines += ["  ..."] if len(causes) > CAUSES else []
    return [*lines, *(f"what happened here: {each}" for each in frame.instead)]


def _object(view: View) -> list[str]:
    """The object that is looked at, at its revision then: what its last change has changed, or all of it."""
    change = view.shown()
    if change is None:
        return ["no object was written yet"]
    past = view.tape.past(change.key, view.at)
    here = change in view.tape.wrote(view.at)
    when = "in this step" if here else f"at {change.time:.3f}s"
    who = f"{change.type} by {change.actor} {when}"
    lines = [f"{change.kind} {change.name}, revision {change.revision}, change {len(past)}: {who}"]
    if view.whole:
        shown = str(change.object).splitlines()
    else:
        before, after = _lines(change.old), _lines(change.new)
        shown = list(unified_diff(before, after, lineterm="", n=2))[2:]
    return [*lines, *(f"  {each}" for each in shown[:MOST_LINES]), *(["  ..."] if len(shown) > MOST_LINES else [])]


def _lines(obj: Any) -> list[str]:
    return [] if obj is None else str(obj).splitlines()
