"""The types of the expression language as values, and how they are written: `list(int)`, `map(string, dyn)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import attrs


@attrs.frozen(cache_hash=True)
class Type:
    """A type: its kind, a name where kinds have many, and what it is made of.

    Kinds are the simple names below, `list`, `map`, `type`, `opaque` (known to some functions alone), `object` (has
    declared fields) and `parameter` (stands for another type within a signature).
    """

    kind: str
    name: str = ""
    parameters: tuple[Type, ...] = ()

    def __str__(self) -> str:
        if self.kind == "type" and not self.parameters:
            return "type"
        inner = ", ".join(map(str, self.parameters))
        name = self.name or _WRITTEN.get(self.kind, self.kind)
        return f"{name}({inner})" if inner else name

    @property
    def declared(self) -> str:
        """The name under which expressions know it."""
        inner = ", ".join([parameter.declared for parameter in self.parameters])
        name = self.name or _DECLARED.get(self.kind) or _WRITTEN.get(self.kind, self.kind)
        return f"{name}({inner})" if inner else name

    @property
    def dynamic(self) -> bool:
        """Whether anything fits, since nothing is known before the evaluation."""
        return self.kind in ("dyn", "error")

    @property
    def is_optional(self) -> bool:
        """Whether it is an `optional_type` of something."""
        return self.kind == "opaque" and self.name == "optional_type"


_WRITTEN = {
    "null": "null",
    "error": "!error!",
}
"""How error texts call what is called otherwise in expressions."""

_DECLARED = {
    "null": "null_type",
    "timestamp": "google.protobuf.Timestamp",
    "duration": "google.protobuf.Duration",
}

DYN = Type("dyn")
ERROR = Type("error")
NULL = Type("null")
BOOL = Type("bool")
INT = Type("int")
UINT = Type("uint")
DOUBLE = Type("double")
STRING = Type("string")
BYTES = Type("bytes")
TIMESTAMP = Type("timestamp")
DURATION = Type("duration")
TYPE = Type("type")
SIMPLE = {each.kind: each for each in (DYN, BOOL, INT, UINT, DOUBLE, STRING, BYTES, TYPE)}


def list_of(item: Type) -> Type:
    """The type of lists of something."""
    return Type("list", parameters=(item,))


def map_of(key: Type, value: Type) -> Type:
    """The type of maps from one type to another."""
    return Type("map", parameters=(key, value))


def type_of(held: Type) -> Type:
    """The type of a type's name."""
    return Type("type", parameters=(held,))


def optional_of(held: Type) -> Type:
    """The type of what may be absent."""
    return Type("opaque", "optional_type", (held,))


def opaque(name: str) -> Type:
    """A type that only certain functions know."""
    return Type("opaque", name)


def parameter(name: str) -> Type:
    """What stands for another type in a signature."""
    return Type("parameter", name)


@attrs.frozen(eq=False)
class ObjectType:
    """An object with declared fields: their types by name, and how a struct of it is made, if expressions may."""

    name: str
    fields: Mapping[str, Type]
    make: Callable[[dict[str, Any]], Any] | None = None

    @property
    def type(self) -> Type:
        """The type as expressions see it."""
        return Type("object", self.name)


@cache
def written(text: str) -> Type:
    """The type that is written so: `list(A)`, `map(string, dyn)`, `net.IP`. A single capital is a parameter.

    Raises ValueError for what is no type.
    """
    name, _, rest = text.strip().partition("(")
    if not rest:
        if len(name) == 1 and name.isupper():
            return parameter(name)
        return SIMPLE.get(name) or _NAMED.get(name) or opaque(name)
    parts = tuple([written(each) for each in split(rest.removesuffix(")"))])
    if name in ("list", "map", "type"):
        return Type(name, parameters=parts)
    return Type("opaque", _OPTIONAL.get(name, name), parts)


_NAMED = {"timestamp": TIMESTAMP, "duration": DURATION, "null": NULL}
_OPTIONAL = {"optional": "optional_type"}


def split(text: str) -> list[str]:
    """The parts of a text between the commas that stand outside of parentheses."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    last = text[start:].strip()
    return [*parts, last] if last else parts
