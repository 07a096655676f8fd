"""The JSON text of objects that look alike: what they have in common is written once, and the rest is filled in.

All objects of one outline (see `stencils.py`) have one *frame*, the text around what is their own:

    {"metadata":{"name":<   >,"labels":{"app":"web"},...},"spec":{"volumes":[{"name":<   >,...     frame
                         "a"                                                       "x"             own

The text of an object is kept in pieces, of which it shares those of the frame. A frame that is used often gets a
function of its own (see `frame_code.py`), which is asked before any stencil.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from .frame_code import Fill, Pieces, fill
from .stencils import END, LIST, PLAIN, STRUCT, VALUE, Outline, review

FRAMES = 256
"""How many frames are kept."""

REVIEWED = 100
"""After so many objects of one outline it is asked whether they have more in common."""

OFTEN = 24
"""After so many objects of one outline the frame gets a function."""

AT_HAND = 4
"""So many frames of a class are asked by their functions: those that were used last."""

SHORT = 64
"""A text between two holes that is shorter than this is not shared but belongs to what is an object's own."""

_at_hand: dict[type, list[Frame]] = {}


def pieces(obj: Any) -> Pieces:
    """The text of an instance, without `kind` and `apiVersion`, in pieces."""
    cls = obj.__class__
    at_hand = _at_hand.get(cls)
    if at_hand is not None:
        for frame in at_hand:
            found = frame.fill(obj)  # type: ignore[misc]
            if found is not None:
                uses = frame.uses + 1
                if not uses % REVIEWED:
                    at_hand.remove(frame)
                    break
                frame.uses = uses
                if frame is not at_hand[0]:
                    at_hand.remove(frame)
                    at_hand.insert(0, frame)
                return found
    outline: Outline = []
    own: list[str] = []
    cls._trace(obj, outline, own)
    frame = _frame(tuple(outline))
    frame.uses += 1
    if not frame.uses % REVIEWED:
        following = iter(outline)
        review(obj, next(following), following)
    elif frame.uses >= OFTEN:
        if frame.fill is None:
            frame.learn(cls, outline)
        if frame.fill is not None:
            _at_hand[cls] = [frame, *_at_hand.get(cls, ())][:AT_HAND]
    return frame.filled(own)


class Frame:
    """The text of all objects of one outline, around what is their own."""

    __slots__ = ("_first", "_own", "_pieces", "fill", "uses")

    def __init__(self, texts: list[str | None]) -> None:
        """`texts` has None for a hole."""
        self.uses = 0
        self.fill: Fill | None = None
        """Gives the pieces of an object if it is of this outline, else None."""
        found: list[str] = []
        shared: list[bool] = []
        waiting: list[str] = []
        for text in _joined(texts):
            if text is None or len(text) < SHORT:
                waiting.append("%s" if text is None else text.replace("%", "%%"))
                continue
            if waiting:
                found.append("".join(waiting))
                shared.append(False)
                waiting = []
            found.append(text)
            shared.append(True)
        if waiting:
            found.append("".join(waiting))
            shared.append(False)
        if all(shared):
            found.append("")
            shared.append(False)
        self._first = shared.index(False)
        self._own = "\0".join(found[self._first :: 2])
        self._pieces = [text.encode("utf-8", "replace") for text in found]

    def learn(self, cls: Any, outline: Outline) -> None:
        """Get the function that fills the frame, unless it can have none. `outline` is all of it."""
        self.fill = fill(cls, outline, self._first, self._own, self._pieces)

    def filled(self, own: list[str]) -> Pieces:
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
def _frame(outline: tuple[Any, ...]) -> Frame:
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
