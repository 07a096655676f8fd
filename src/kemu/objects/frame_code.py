"""The function of one frame: whether an object fits, and its text, in one go and without a look at any stencil.

To trace an object takes a call for each struct inside of it. Where many objects of one outline come by, what its
stencils ask and fill in is written as one function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .compiled import compile_function
from .stencils import END, LIST, PLAIN, STRUCT, VALUE, Outline, differs, inside_of, stored
from .writer import SPACE, entry

Pieces = tuple[bytes, ...]
Fill = Callable[[Any], Pieces | None]

SIZE = 64
"""An outline of more parts than this gets no function."""


def fill(cls: Any, outline: Outline, first: int, own: str, pieces: Sequence[bytes]) -> Fill | None:
    """The function that gives the pieces of an object, or None if it is of another outline; None if there can be none.

    Beginning with number `first`, every second piece is made of what is `own`: that is their text, with a `%s` for each
    hole, and a zero between the pieces.
    """
    if len(outline) > SIZE or PLAIN in outline:
        return None
    return _Code(outline).function(cls, first, own, pieces)


class _Code:
    """The lines of the function: those that ask, and the expressions of what fills the holes."""

    def __init__(self, outline: Outline) -> None:
        self._following: Iterator[Any] = iter(outline)
        self._space: dict[str, Any] = dict(SPACE)
        self._lines: list[str] = []
        self._filling: list[str] = []
        self._own: list[str] = []
        self._parts = 0

    def function(self, cls: Any, first: int, own: str, pieces: Sequence[bytes]) -> Fill:
        space = self._space
        self._struct(next(self._following), "self")
        space["OWN"] = own
        names = [f"PIECE{place}" for place in range(len(pieces))]
        space.update(zip(names, pieces, strict=True))
        names[first::2] = [f"own[{number}]" for number in range(own.count("\0") + 1)]
        written = f"(OWN % ({''.join([f'{name}, ' for name in self._own])})).encode('utf-8', 'replace').split(b'\\0')"
        body = [*self._lines, *self._filling, f"    own = {written}", f"    return ({', '.join(names)},)"]
        found: Fill = compile_function(["def fill(self):", *body], "fill", cls, space)
        return found

    def _asked(self, condition: str) -> None:
        self._lines += [f"    if {condition}:", "        return None"]

    def _struct(self, stencil: Any, value: str) -> None:
        part, space = self._parts, self._space
        self._parts += 1
        if stencil.same is None:
            space[f"sample{part}"] = stencil.sample
            self._asked(f"{value} is not sample{part}")
            return
        cls = stencil.sample.__class__
        known = [f"known{part}_{number}" for number in range(len(stencil.known))]
        space.update(zip(known, stencil.known, strict=True))
        self._asked(differs(cls, stencil.holes, stencil.same, value, known))
        for number in stencil.holes:
            field = stored(cls)[number]
            line = entry(field, f"{part}_{number}", space, cls)
            name = f"value{part}_{number}"
            self._lines.append(f"    value = {name} = {value}.{line.field}")
            inside = inside_of(field.type)
            if inside == LIST:
                self._items(name)
                continue
            if line.present:
                self._asked(f"not ({line.present})")
            if inside == VALUE:
                self._filling += [f"    value = {name}", f"    text{name} = {line.value}"]
                self._own.append(f"text{name}")
            elif inside == STRUCT:
                self._struct(next(self._following), name)

    def _items(self, value: str) -> None:
        """Each item by itself. What only reads like a tuple becomes one first."""
        place = len(self._lines)
        names: list[str] = []
        for stencil in iter(self._following.__next__, END):
            names.append(f"{value}_{len(names)}")
            self._struct(stencil, names[-1])
        self._lines[place:place] = [
            f"    if {value} is None:",
            "        return None",
            f"    {value} = {value}[:]",
            f"    if len({value}) != {len(names)}:",
            "        return None",
            f"    [{', '.join(names)}] = {value}",
        ]
