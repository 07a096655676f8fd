"""The JSON text of objects that look alike: what they have in common is written once, and the rest is filled in.

All objects of one outline (see `stencils.py`) have one *frame*, the text around what is their own:

    {"metadata":{"name":<   >,"labels":{"app":"web"},...},"spec":{"volumes":[{"name":<   >,...     frame
                         "a"                                                       "x"             own

The text of an object is kept in pieces, of which it shares those of the frame. Where many objects in a row have one
outline, a function is written that compares an object with all that the stencils of that outline know, and takes out
what is its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from .compiled import compile_function
from .stencils import END, LIST, PLAIN, STRUCT, VALUE, Outline, Stencil, comparison, inside_of, review, stored
from .writer import SPACE, entry

FRAMES = 512
"""How many frames are kept."""

FIRST = 4
"""How many frames of a class are asked before an object of it is traced."""

REVIEWED = 100
"""After so many objects of one outline it is asked whether they have more in common. If not, a function is written."""

LONGEST = 100
"""An outline of more stencils than this gets no function."""

SHORT = 64
"""A text between two holes that is shorter than this is not shared but belongs to what is an object's own."""

Fit = Callable[[Any, tuple[Any, ...]], "tuple[str, ...] | None"]


def pieces(obj: Any) -> tuple[bytes, ...]:
    """The text of an instance, without `kind` and `apiVersion`, in pieces."""
    first: list[Frame] = obj.__class__._frames
    for frame in first:
        found = frame.fit(obj, frame.known)  # type: ignore[misc]
        if found is not None:
            frame.uses += 1
            if frame.uses > REVIEWED:
                break
            if frame is not first[0]:
                first.remove(frame)
                first.insert(0, frame)
            return frame.filled(found)
    outline: Outline = []
    own: list[str] = []
    obj.__class__._trace(obj, outline, own)
    frame = frame_of(tuple(outline))
    frame.uses += 1
    if frame.uses >= REVIEWED:
        frame.uses = 0
        _review(obj, outline, frame, first)
    return frame.filled(own)


def _review(obj: Any, outline: Outline, frame: Frame, first: list[Frame]) -> None:
    if frame in first:
        first.remove(frame)
    following = iter(outline)
    if review(obj, next(following), following) or PLAIN in outline or len(outline) > LONGEST:
        return
    if frame.fit is None:
        fitting = Fitting(outline)
        frame.fit, frame.known = fitting.function(obj.__class__), tuple(fitting.known)
    first.insert(0, frame)
    del first[FIRST:]


class Frame:
    """The text of all objects of one outline, around what is their own."""

    __slots__ = ("_first", "_own", "_pieces", "fit", "known", "uses")

    def __init__(self, texts: list[str | None]) -> None:
        """`texts` has None for a hole."""
        self.uses = 0
        """How many objects had it since the last review."""
        self.known: tuple[Any, ...] = ()
        """What its stencils know, one after the other."""
        self.fit: Fit | None = None
        """Of a frame that is asked before anything is traced: what is an object's own if it fits."""
        found: list[str] = []
        shared: list[bool] = []
        for text in _joined(texts):
            own = text is None or len(text) < SHORT
            said = "%s" if text is None else text.replace("%", "%%") if own else text
            if found and own and not shared[-1]:
                found[-1] += said
            else:
                found.append(said)
                shared.append(not own)
        if all(shared):
            found.append("")
            shared.append(False)
        self._first = shared.index(False)
        self._own = "\0".join(found[self._first :: 2])
        self._pieces = [text.encode("utf-8", "replace") for text in found]

    def filled(self, own: Sequence[str]) -> tuple[bytes, ...]:
        """The pieces of the text of one object. A zero cannot stand in JSON, and so tells them apart."""
        pieces = self._pieces.copy()
        pieces[self._first :: 2] = (self._own % tuple(own)).encode("utf-8", "replace").split(b"\0")
        return tuple(pieces)


def _joined(texts: list[str | None]) -> Iterator[str | None]:
    """The texts between the holes, each as one."""
    waiting = ""
    for text in texts:
        if text is not None:
            waiting += text
            continue
        if waiting:
            yield waiting
        yield None
        waiting = ""
    if waiting:
        yield waiting


@lru_cache(maxsize=FRAMES)
def frame_of(outline: tuple[Any, ...]) -> Frame:
    """The frame of all objects of an outline. O(1) for the same outline again."""
    texts: list[str | None] = []
    stencils = iter(outline)
    _spell(next(stencils), stencils, texts)
    return Frame(texts)


def _spell(stencil: Any, following: Iterator[Any], texts: list[str | None]) -> None:
    """The text of a stencil, with that of the stencils in its holes, which follow it in an outline."""
    if stencil is PLAIN:
        texts.append(None)
        return
    begin = "{"
    for text, inside in stencil.parts():
        texts.append(begin + text[1:] if begin and text != "}" else begin + text)
        begin = ""
        if inside == VALUE:
            texts.append(None)
        elif inside == STRUCT:
            _spell(next(following), following, texts)
        elif inside == LIST:
            comma = "["
            for each in iter(following.__next__, END):
                texts.append(comma)
                _spell(each, following, texts)
                comma = ","
            texts.append("]")


class Fitting:
    """Writes the function that takes out of an object what is its own, if it has a certain outline."""

    def __init__(self, outline: Outline) -> None:
        self.known: list[Any] = []
        """What the stencils know."""
        self._names: list[str] = []
        """What that is called."""
        self._space: dict[str, Any] = dict(SPACE)
        self._checks: list[str] = []
        self._fill: list[str] = []
        self._own: list[str] = []
        following = iter(outline)
        self._struct(next(following), following, "self")

    def function(self, cls: Any) -> Fit:
        """The function of an instance of `cls` and of what is known."""
        body = [
            "def fit(self, known):",
            f"    {', '.join(self._names)}, = known",
            *self._checks,
            *self._fill,
            f"    return ({''.join([f'{each}, ' for each in self._own])})",
        ]
        found: Fit = compile_function(body, "fit", cls, self._space)
        return found

    def _check(self, differs: str) -> None:
        self._checks += [f"    if {differs}:", "        return None"]

    def _struct(self, stencil: Stencil, following: Iterator[Any], name: str) -> None:
        """The lines for the instance that is called `name`."""
        mark, cls = str(len(self._names)), stencil.sample.__class__
        if not stencil.known:
            self._names.append(f"sample{mark}")
            self.known.append(stencil.sample)
            self._check(f"{name} is not sample{mark}")
            return
        names, differs = comparison(cls, stencil.holes, stencil.same, name, mark)
        self._names += names
        self.known += stencil.known
        self._check(differs)
        for number in stencil.holes:
            field = stored(cls)[number]
            line = entry(field, f"{mark}_{number}", self._space, cls)
            value, inside = f"value{mark}_{number}", inside_of(field.type)
            self._checks.append(f"    value = {value} = {name}.{line.field}")
            if line.present:
                self._check(f"not ({line.present})")
            if inside == STRUCT:
                self._struct(next(following), following, value)
            elif inside == LIST:
                self._list(following, value)
            else:
                self._fill += [f"    value = {value}", f"    own{mark}_{number} = {line.value}"]
                self._own.append(f"own{mark}_{number}")

    def _list(self, following: Iterator[Any], name: str) -> None:
        """The lines for the list that is called `name`."""
        place = len(self._checks)
        items: list[str] = []
        for each in iter(following.__next__, END):
            items.append(f"{name}_{len(items)}")
            self._struct(each, following, items[-1])
        self._checks[place:place] = [
            f"    if len({name}) != {len(items)}:",
            "        return None",
            *([f"    {', '.join(items)}, = {name}"] if items else []),
        ]
