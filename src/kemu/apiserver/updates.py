"""What an update may change: the words for it, and how they are bound to a type.

A policy lists the fields that never change, or the only ones that do, with the words of a real server. The fields that
a type declares immutable need no word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import attrs

from ..objects.schema import shape_of
from . import failures
from .failures import FieldError
from .inner import ZEROS
from .rows import reader

IMMUTABLE = "field is immutable"
NONE: tuple[FieldError, ...] = ()

Compare = Callable[[Any, Any], Iterable[FieldError]]
"""What looks at a changed object and the object before."""


@attrs.frozen(eq=False)
class Immutable:
    """A field that an update leaves alone. `text` is what is said of another value."""

    path: str
    text: str = IMMUTABLE
    forbidden: bool = False
    once: bool = False
    """Whether a value that is not there yet may still come."""

    def bind(self, cls: type) -> Compare:
        read, held = reader(cls, self.path)
        unset = None if _may_be_null(cls, self.path) else ZEROS.get(held.kind)

        def check(new: Any, old: Any) -> Iterable[FieldError]:
            now, was = read(new), read(old)
            if now is was or now == was or (self.once and was is None):
                return NONE
            now = unset if now is None else now
            if self.forbidden:
                return (failures.forbidden_field(self.path, self.text),)
            return (failures.invalid_value(self.path, now, self.text),)

        return check


@attrs.frozen(eq=False)
class Only:
    """The only fields below a path that an update may change, and what is said of any other change."""

    path: str
    fields: tuple[str, ...]
    text: str

    def bind(self, cls: type) -> Compare:
        read, held = reader(cls, self.path)
        names_of = [field for field in shape_of(held.cls).fields if field.json not in self.fields] if held.cls else []
        unknown = [name for name in self.fields if held.cls is None or shape_of(held.cls).by_json.get(name) is None]
        if unknown:
            raise LookupError(f"{self.path} has no field {unknown[0]}")

        def check(new: Any, old: Any) -> Iterable[FieldError]:
            now, was = read(new), read(old)
            for field in names_of:
                one, other = getattr(now, field.name), getattr(was, field.name)
                if one is not other and one != other:
                    return (failures.forbidden_field(self.path, self.text),)
            return NONE

        return check


def _may_be_null(cls: type, path: str) -> bool:
    """Whether what stands at a path is a pointer in the server's own form."""
    *way, last = path.split(".")
    held = reader(cls, ".".join(way))[1].cls
    field = shape_of(held).by_json.get(last) if held is not None else None
    return field is None or field.pointer


def immutable(*paths: str, text: str = IMMUTABLE, forbidden: bool = False, once: bool = False) -> tuple[Immutable, ...]:
    """Fields that never change, or only once, from nothing to something."""
    return tuple([Immutable(path, text, forbidden, once) for path in paths])


def only(*fields: str, text: str, path: str = "spec") -> Only:
    """Nothing below `path` but these fields may change."""
    return Only(path, fields, text)


def comparisons(cls: type, update: Sequence[Any], *, declared: bool = True) -> tuple[Compare, ...]:
    """What an update is asked: the given rules, and the fields that the type declares immutable and none speaks of."""
    bound = [rule.bind(cls) if isinstance(rule, Immutable | Only) else rule for rule in update]
    taken = [rule.path for rule in update if isinstance(rule, Immutable | Only)]
    for path in _immutables(cls, "") if declared else ():
        if not any(path == other or path.startswith(f"{other}.") for other in taken):
            bound.append(Immutable(path).bind(cls))
    return tuple(bound)


def _immutables(cls: type, way: str) -> Iterator[str]:
    for field in shape_of(cls).fields:
        if field.json in ("metadata", "status") or not field.stored:
            continue
        if field.immutable:
            yield f"{way}{field.json}"
        elif field.type.cls is not None and field.type.kind == "struct" and not way:
            yield from _immutables(field.type.cls, f"{field.json}.")
