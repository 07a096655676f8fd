"""An openAPIV3Schema as the language sees it: declared types, how large values can get, and how JSON becomes values."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import attrs

from .errors import EvaluationError
from .parser import RESERVED
from .types import BOOL, BYTES, DOUBLE, DURATION, DYN, INT, STRING, TIMESTAMP, ObjectType, Type, list_of, map_of
from .values import Special, equal, parse_duration, parse_timestamp

Schema = Mapping[str, Any]

MAX_REQUEST = 3 * 1024 * 1024
"""The bytes of the largest request, which bounds what a schema leaves open."""

NAME = "selfType0"
"""What the type of `self` is called."""

_STRINGS: Mapping[str, tuple[Type, int, int | None]] = {
    "byte": (BYTES, 2, None),
    "duration": (DURATION, 3, 32),
    "date": (TIMESTAMP, 12, 12),
    "date-time": (TIMESTAMP, 21, 32),
}
"""By format: the type, the bytes of the shortest JSON, and the length of the longest text."""

_SCALARS = {"boolean": (BOOL, 4), "number": (DOUBLE, 1), "integer": (INT, 1)}


@attrs.frozen(eq=False)
class Declared:
    """What is known of the values at one place of a schema.

    `smallest` is the bytes of the smallest JSON, `most` how many elements, entries or characters there can be.
    """

    type: Type
    smallest: int
    most: int = 0
    fields: Mapping[str, Declared] = attrs.field(factory=dict)
    key: Declared | None = None
    item: Declared | None = None

    def objects(self) -> Iterator[ObjectType]:
        """The types with fields in it and below."""
        if self.type.kind == "object":
            yield ObjectType(self.type.name, {name: each.type for name, each in self.fields.items()})
        for each in self.fields.values():
            yield from each.objects()
        if self.item is not None:
            yield from self.item.objects()


_KEY = Declared(STRING, 2)


def declare(schema: Schema, *, root: bool, name: str = NAME) -> Declared | None:
    """What a schema declares; None if expressions cannot see it. `root` is that of a resource, or an embedded one."""
    if schema.get("x-kubernetes-int-or-string"):
        longest = schema.get("maxLength")
        return Declared(DYN, 1, MAX_REQUEST - 2 if longest is None else max(0, longest) * 4)
    if root:
        schema = with_metadata(schema)
    kind = schema.get("type")
    if kind == "array":
        return _list(schema, name)
    if kind == "object":
        values = schema.get("additionalProperties")
        return _map(schema, values, name) if isinstance(values, Mapping) else _object(schema, name)
    if kind == "string":
        return _string(schema)
    if kind in _SCALARS:
        return Declared(*_SCALARS[kind])
    return None


def with_metadata(schema: Schema) -> Schema:
    """A resource's schema with what every resource has for expressions: what it is, and its name."""
    text = {"type": "string"}
    metadata = {"type": "object", "properties": {"name": text, "generateName": text}}
    return {
        **schema,
        "properties": {
            **(schema.get("properties") or {}),
            "kind": text,
            "apiVersion": text,
            "metadata": metadata,
        },
    }


def _embedded(schema: Schema) -> bool:
    return bool(schema.get("x-kubernetes-embedded-resource"))


def _list(schema: Schema, name: str) -> Declared | None:
    items = schema.get("items")
    item = declare(items, root=_embedded(items), name=f"{name}.@idx") if isinstance(items, Mapping) else None
    if item is None:
        return None
    most = schema.get("maxItems")
    return Declared(
        list_of(item.type), 2, (MAX_REQUEST - 2) // (item.smallest + 1) if most is None else max(0, most), item=item
    )


def _map(schema: Schema, values: Schema, name: str) -> Declared | None:
    item = declare(values, root=_embedded(values), name=f"{name}.@elem")
    if item is None:
        return None
    most = schema.get("maxProperties")
    count = (MAX_REQUEST - 2) // (item.smallest + 6) if most is None else max(0, most)
    return Declared(map_of(STRING, item.type), 2, count, key=_KEY, item=item)


def _object(schema: Schema, name: str) -> Declared:
    fields: dict[str, Declared] = {}
    smallest = 2
    required = schema.get("required") or ()
    for json_name, inner in (schema.get("properties") or {}).items():
        escaped = escape(json_name)
        held = declare(inner, root=_embedded(inner), name=f"{name}.{escaped}")
        if held is None:
            continue
        if escaped is not None:
            fields[escaped] = held
        if json_name in required and inner.get("default") is None:
            smallest += len(json_name.encode()) + held.smallest + 4
    return Declared(Type("object", name), smallest, fields=fields)


def _string(schema: Schema) -> Declared:
    held, smallest, longest = _STRINGS.get(schema.get("format") or "", (STRING, 2, None))
    given = schema.get("maxLength")
    if longest is not None:
        return Declared(held, smallest, longest)
    if given is not None:
        return Declared(held, smallest, max(0, given) * (1 if held is BYTES else 4))
    words = schema.get("enum")
    if words and held is STRING:
        return Declared(held, smallest, max([len(each.encode()) for each in words if isinstance(each, str)], default=0))
    return Declared(held, smallest, MAX_REQUEST - 2)


_ESCAPED = re.compile(r"__|[-./]")
_ESCAPES = {"__": "__underscores__", "-": "__dash__", ".": "__dot__", "/": "__slash__"}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*", re.ASCII)


def escape(name: str) -> str | None:
    """How expressions write the name of a field; None if they cannot."""
    if name in RESERVED:
        return f"__{name}__"
    if _PLAIN.fullmatch(name) is None:
        return None
    return _ESCAPED.sub(lambda match: _ESCAPES[match.group()], name)


# From JSON to values

Lens = Callable[[Any], Any]
"""What makes a value of JSON; None where JSON is the value already."""


class Fields(Special):
    """An object with declared fields over its JSON, by the names that expressions use."""

    __slots__ = ("_json", "_table")
    cel_type: ClassVar[str] = "object"

    def __init__(self, json: Mapping[str, Any], table: Mapping[str, tuple[str, Lens | None]]) -> None:
        self._json = json
        self._table = table

    def __getitem__(self, name: str) -> Any:
        json_name, lens = self._table[name]
        value = self._json[json_name]
        return value if lens is None else lens(value)

    def __contains__(self, name: object) -> bool:
        found = self._table.get(name) if isinstance(name, str) else None
        return found is not None and found[0] in self._json

    def keys(self) -> list[str]:
        """The names of the fields that are there."""
        return [name for name in self._table if name in self]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fields):
            return NotImplemented
        mine, others = self.keys(), other.keys()
        return len(mine) == len(others) and all(name in other and equal(self[name], other[name]) for name in mine)

    __hash__ = None  # type: ignore[assignment]


class Listed(tuple[Any, ...]):
    """A list that is a set or has keys by its schema: its order does not count, and lists are merged."""

    keys: tuple[str, ...] | None = None
    """The fields that tell the items apart; None for a set."""

    @classmethod
    def of(cls, items: Any, keys: tuple[str, ...] | None) -> Listed:
        """A list with the keys of its schema."""
        self = cls(items)
        self.keys = keys
        return self

    def _same(self, one: Any, other: Any) -> bool:
        if self.keys is None:
            return equal(one, other)
        return all((name in one) == (name in other) for name in self.keys) and all(
            equal(one[name], other[name]) for name in self.keys if name in one
        )

    def equals(self, other: Any) -> bool:
        """Whether another list has the same items, in whatever order."""
        return len(self) == len(other) and all(any(equal(each, mine) for mine in self) for each in other)

    def merged(self, other: Any) -> Listed:
        """The items of both; where both have one of the same identity, that of the other."""
        kept = [next((each for each in other if self._same(mine, each)), mine) for mine in self]
        added = [each for each in other if not any(self._same(mine, each) for mine in self)]
        return Listed.of([*kept, *added], self.keys)


def lens(schema: Schema, *, root: bool = False) -> Lens | None:
    """What makes values of the JSON at a place of a schema; None where there is nothing to make."""
    made = None if schema.get("x-kubernetes-int-or-string") else _lens(with_metadata(schema) if root else schema)
    if made is None:
        return None
    inner, nullable = made, bool(schema.get("nullable"))

    def value(json: Any) -> Any:
        if json is not None:
            return inner(json)
        if nullable:
            return None
        raise EvaluationError("invalid data, got null for schema with nullable=false")

    return value


def _lens(schema: Schema) -> Lens | None:
    kind = schema.get("type")
    if kind == "object":
        return _object_lens(schema)
    if kind == "array":
        return _list_lens(schema)
    if kind == "number":
        return float
    if kind == "string":
        return _TEXTS.get(schema.get("format") or "")
    return None


def _object_lens(schema: Schema) -> Lens:
    values = schema.get("additionalProperties")
    if isinstance(values, Mapping) and not schema.get("properties"):
        item = lens(values, root=_embedded(values))
        if item is None:
            return _mapping
        return lambda json: {name: item(each) for name, each in _mapping(json).items()}
    table: dict[str, tuple[str, Lens | None]] = {}
    for name, inner in (schema.get("properties") or {}).items():
        escaped = escape(name)
        if escaped is not None:
            table[escaped] = (name, lens(inner, root=_embedded(inner)))
    return lambda json: Fields(_mapping(json), table)


def _mapping(json: Any) -> Any:
    """JSON that is an object. What has been stored by another version need not be."""
    if isinstance(json, Mapping):
        return json
    raise EvaluationError("invalid data, expected a map for the provided schema with type=object")


def _listed(json: Any) -> Any:
    if isinstance(json, list | tuple):
        return json
    raise EvaluationError("invalid data, expected an array for the provided schema with type=array")


def _list_lens(schema: Schema) -> Lens | None:
    items = schema.get("items") or {}
    item = lens(items, root=_embedded(items))
    kind = schema.get("x-kubernetes-list-type")
    keys = tuple([escape(name) or name for name in schema.get("x-kubernetes-list-map-keys") or ()])
    if kind in ("set", "map"):
        own = keys if kind == "map" else None
        return lambda json: Listed.of(_listed(json) if item is None else map(item, _listed(json)), own)
    return _listed if item is None else lambda json: tuple(map(item, _listed(json)))


def _parsed(parse: Callable[[str], Any], name: str) -> Lens:
    def value(json: Any) -> Any:
        try:
            return parse(json)
        except ValueError:
            raise EvaluationError(f"Invalid {name} {json}") from None

    return value


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as problem:
        raise ValueError(str(problem)) from None


_TEXTS: Mapping[str, Lens] = {
    "byte": _parsed(_bytes, "base64"),
    "duration": _parsed(parse_duration, "duration"),
    "date": _parsed(lambda text: parse_timestamp(f"{text}T00:00:00Z"), "date"),
    "date-time": _parsed(parse_timestamp, "date-time"),
}
