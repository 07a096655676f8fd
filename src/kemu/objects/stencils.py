"""What objects that look alike have in common: stencils, from which their JSON text is made.

Pods of one template differ in their names, their uids, the volume for their token. A *stencil* is what instances of
one class have in common: the text of their fields, with a hole for each field in which they differ. To trace an object
is to find the stencil of which it fits, and of each struct in its holes, another one. The sequence of these is its
*outline*; what stands in the holes that hold no structs is its own. What is made of both is in `frames.py`.

Nobody says where the holes are. They are where an object differs from the last ones of its class. A stencil knows what
its other fields hold by identity, as a memo does, or by equality where what is equal is written alike. So it decides
how long writing takes and how much of the text is shared, never what the text is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from operator import itemgetter
from typing import Any

from .compiled import compile_function, is_kind
from .schema import Field, Type
from .writer import SPACE, Entry, entry

SIZE = 8
"""How many stencils of a class are kept: those that were used last."""

Outline = list[Any]
Trace = Callable[[Any, Outline, list[str]], None]
Fits = Callable[[Any, "Stencil", Outline, list[str]], bool]

PLAIN = "plain"
"""Stands in an outline for a struct that fits no stencil, all of whose text is its own."""

END = "end"
"""Stands in an outline behind the items of a list."""

VALUE, STRUCT, LIST = "value", "struct", "list"
"""What stands in a hole."""

WRITTEN_ALIKE = ("string", "boolean", "integer", "time", "microtime")
"""The kinds of values whose text is the same when they are equal."""


class Stencil:
    """What some instances of a class have in common: what their fields hold, but for the holes."""

    __slots__ = ("fits", "holes", "known", "recent", "same", "sample", "written")

    def __init__(self, sample: Any, written: list[str], holes: tuple[int, ...] | None, recent: list[Stencil]) -> None:
        """`holes` is None as long as the sample is the only one that was met."""
        cls = sample.__class__
        self.recent = recent
        """The stencils of the class that were used last."""
        self.sample = sample
        self.written = written
        """The text of each field of the sample."""
        self.holes = holes or ()
        """The numbers of the fields in which others differ from the sample."""
        self.known: tuple[Any, ...] = ()
        """What all have in the other fields: as a tuple what is known by equality, and what is known by identity."""
        self.same: tuple[int, ...] | None = None
        """The numbers of the fields that are known by identity; None as long as the sample is the only one."""
        self.fits: Fits = _is_sample
        """Whether another instance fits; if so, it is traced."""
        if holes is None:
            return
        values = cls._values(sample)
        alike: list[int] = []
        same: list[int] = []
        for number, (value, field) in enumerate(zip(values, stored(cls), strict=True)):
            if number not in holes:
                (alike if _is_written_alike(field, value) else same).append(number)
        self.known = (tuple([values[number] for number in alike]), *[values[number] for number in same])
        self.same = tuple(same)
        self.fits = _fitting(cls, holes, self.same)

    def differing(self, values: tuple[Any, ...]) -> tuple[int, ...]:
        """The fields in which an instance with these values differs, but for the holes."""
        cls = self.sample.__class__
        pairs = enumerate(zip(values, cls._values(self.sample), stored(cls), strict=True))
        return tuple(
            [
                number
                for number, (now, before, field) in pairs
                if now is not before
                and number not in self.holes
                and not (_is_written_alike(field, before) and now == before)
            ]
        )

    def parts(self) -> Iterator[tuple[str, str]]:
        """Text, and what stands in the hole behind it, which is empty at the end."""
        cls = self.sample.__class__
        text = ""
        for number, (field, written) in enumerate(zip(stored(cls), self.written, strict=True)):
            if number in self.holes:
                yield text + entry_of(cls, number).name, inside_of(field.type)
                text = ""
            else:
                text += written
        yield text + "}", ""


def tracer(cls: Any) -> Trace:
    """The function that traces instances of a class."""
    recent: list[Stencil] = []

    def others(value: Any, outline: Outline, own: list[str]) -> None:
        for stencil in recent[1:]:
            if stencil.fits(value, stencil, outline, own):
                _prefer(stencil, stencil, recent)
                return
        written = cls._entries(value)
        outline.append(PLAIN)
        own.append("{" + "".join(written)[1:] + "}")
        _learn(value, written, recent)

    body = [
        "def trace(self, outline, own):",
        "    for stencil in recent:",
        "        if stencil.fits(self, stencil, outline, own):",
        "            return",
        "        break",
        "    others(self, outline, own)",
    ]
    return compile_function(body, "trace", cls, {"recent": recent, "others": others})


def _prefer(stencil: Stencil, instead: Stencil | None, recent: list[Stencil]) -> None:
    recent[:] = [stencil, *[each for each in recent if each is not instead]][:SIZE]


def _learn(value: Any, written: list[str], recent: list[Stencil]) -> None:
    """Cut a stencil that an instance fits: a new one without holes, or instead of the nearest one with more of them.

    A map that is another one hints at another template, and so do two values of one text: as long as there is room,
    that gets a stencil of its own. Then the one that most fit has to do for this, too.
    """
    cls = value.__class__
    values, full = cls._values(value), len(recent) == SIZE
    most = max(2, sum(_shows(cls, *each) for each in enumerate(written)) // 2)
    found: list[tuple[int, Stencil, tuple[int, ...]]] = []
    for stencil in recent:
        more = stencil.differing(values)
        holes = tuple(sorted((*stencil.holes, *more)))
        texts = [(number, text) for number in holes for text in (written[number], stencil.written[number])]
        if not all(_shows(cls, number, text) for number, text in texts):
            continue
        if not more:
            found.append((0, stencil, holes))
        elif full:
            found.append((len(values) - len(holes), stencil, holes))
        elif all(written[number] != stencil.written[number] for number in more):
            plain = [number for number in holes if inside_of(stored(cls)[number].type) == VALUE]
            if len(plain) <= most and all(stored(cls)[number].kind in WRITTEN_ALIKE for number in plain):
                found.append((len(plain), stencil, holes))
    _, best, needed = min(found, key=itemgetter(0), default=(0, None, None))
    _prefer(Stencil(value, written, needed, recent), best, recent)


def review(value: Any, stencil: Any, following: Iterator[Any]) -> None:
    """Cut a stencil with fewer holes where an instance has the very same parts as the last one that was reviewed."""
    if stencil is PLAIN:
        return
    cls = value.__class__
    values, before = cls._values(value), cls._values(stencil.sample)
    for number in stencil.holes:
        inside = inside_of(stored(cls)[number].type)
        if inside == STRUCT:
            review(values[number], next(following), following)
        elif inside == LIST:
            for each, item in zip(iter(following.__next__, END), values[number], strict=False):
                review(item, each, following)
    holes = tuple(
        [
            number
            for number in stencil.holes
            if values[number] is not before[number] or stored(cls)[number].kind in WRITTEN_ALIKE
        ]
    )
    if value is not stencil.sample and len(holes) < len(stencil.holes):
        _prefer(Stencil(value, cls._entries(value), holes, stencil.recent), None, stencil.recent)
    stencil.sample = value


def _shows(cls: Any, number: int, written: str) -> bool:
    """Whether the entry of a field says more than that there is nothing."""
    return written not in ("", entry_of(cls, number).name + "null")


def _is_written_alike(field: Field, value: Any) -> bool:
    """Whether all that equals a value is written as it is."""
    return value is None or field.kind in WRITTEN_ALIKE or (not value and field.kind in ("list", "map"))


def _is_sample(value: Any, stencil: Stencil, outline: Outline, own: list[str]) -> bool:
    """What a stencil does that nothing but its sample has fitted yet."""
    if value is not stencil.sample:
        return False
    outline.append(stencil)
    return True


@lru_cache(maxsize=4096)
def stored(cls: Any) -> tuple[Any, ...]:
    """The fields of a class by number."""
    return tuple([field for field in cls._fields if field.stored])


@lru_cache(maxsize=4096)
def entry_of(cls: Any, number: int) -> Entry:
    """How a field of a class is written."""
    return entry(stored(cls)[number], "", {}, cls)


@lru_cache(maxsize=4096)
def _fitting(cls: Any, holes: tuple[int, ...], same: tuple[int, ...]) -> Fits:
    """The function that says whether an instance fits a stencil with these holes, and if so traces it.

    `same` are the fields that are known by identity, and the others are known by equality.
    """
    fields = stored(cls)
    space: dict[str, Any] = dict(SPACE, END=END)
    names = ["alike", *[f"same{number}" for number in same]]
    body = [
        "def fits(self, stencil, outline, own):",
        f"    {', '.join(names)}, = stencil.known",
        f"    if {differs(cls, holes, same, 'self', names)}:",
        "        return False",
    ]
    fill = ["    outline.append(stencil)"]
    for number in holes:
        line = entry(fields[number], str(number), space, cls)
        body.append(f"    value = value{number} = self.{line.field}")
        if line.present:
            body += [f"    if not ({line.present}):", "        return False"]
        fill += _filling(fields[number].type, f"value{number}", str(number), line, space)
    return compile_function([*body, *fill, "    return True"], "fits", cls, space)


def differs(cls: Any, holes: tuple[int, ...], same: tuple[int, ...], value: str, known: list[str]) -> str:
    """The expression that asks whether an instance has something else beside the holes than what is known.

    `known` has the names of what a stencil knows, in its order.
    """
    fields = stored(cls)
    alike = [field.name for number, field in enumerate(fields) if number not in holes and number not in same]
    others = [f"{value}.{fields[number].name} is not {name}" for number, name in zip(same, known[1:], strict=True)]
    return " or ".join([f"({''.join([f'{value}.{name}, ' for name in alike])}) != {known[0]}", *others])


def _filling(held: Type, value: str, number: str, line: Entry, space: dict[str, Any]) -> list[str]:
    inside = inside_of(held)
    if inside == VALUE:
        return [f"    value = {value}", f"    own.append({line.value})"]
    name = f"trace{number}"
    if inside == STRUCT:
        space[name] = _tracing(held.cls, name, space)
        return [f"    {name}({value}, outline, own)"]
    space[name] = _tracing(held.item.cls, name, space)  # type: ignore[union-attr]
    return [f"    for item in {value}:", f"        {name}(item, outline, own)", "    outline.append(END)"]


def inside_of(held: Type) -> str:
    """What stands in a hole of this type. A kind inside of another is written with its name, and so as a whole."""
    if held.kind == "struct":
        return VALUE if is_kind(held.cls) else STRUCT
    item = held.item
    return LIST if held.kind == "list" and item is not None and inside_of(item) == STRUCT else VALUE


def _tracing(cls: Any, name: str, space: dict[str, Any]) -> Trace:
    """What traces a nested type, which is made when its first value comes by."""

    def first(value: Any, outline: Outline, own: list[str]) -> None:
        space[name] = cls._trace
        space[name](value, outline, own)

    return first
