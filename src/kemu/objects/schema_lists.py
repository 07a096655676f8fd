"""What Kubernetes adds to schemas: sets and keyed lists have each member once, objects within say what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from ..values import names
from ..values.frozen import freeze
from .schema_rules import Json, Schema, Violation, text_of

EMPTY = "must not be empty"
METADATA = "Metadata"
"""No complaint of its own: the metadata of an object within, which is judged as that of objects is."""


def violations(value: Json, schema: Schema, old: Json = None) -> Iterator[Violation]:
    """What is wrong with objects within an object, and with members of sets and keyed lists.

    Members that occur twice are forgiven an object that had some before.
    """
    schema = freeze(schema)
    objects, lists = _concerns(schema)
    if objects:
        yield from in_objects(value, schema, "")
    if lists and (old is None or next(_lists(old, schema, ""), None) is None):
        yield from _lists(value, schema, "")


def has_rules(schema: Schema) -> bool:
    """Whether there is anything in a schema of which `violations` speaks."""
    return any(_concerns(freeze(schema)))


def has_objects(schema: Schema) -> bool:
    """Whether objects of a schema have objects within."""
    return _concerns(freeze(schema))[0]


@lru_cache(maxsize=512)
def _concerns(schema: Schema) -> tuple[bool, bool]:
    """Whether there are objects within, and lists of these kinds."""
    objects = bool(schema.get("x-kubernetes-embedded-resource"))
    lists = schema.get("x-kubernetes-list-type") in ("set", "map")
    for inner in _below(schema):
        below = _concerns(inner)
        objects, lists = objects or below[0], lists or below[1]
    return objects, lists


def _below(schema: Schema) -> Iterator[Schema]:
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), Mapping):
            yield schema[name]
    yield from (schema.get("properties") or {}).values()


def _inside(value: Json, schema: Schema, path: str) -> Iterator[tuple[Json, Schema, str]]:
    """What is in a value, with its schema and its path."""
    if isinstance(value, Mapping):
        properties, values = schema.get("properties") or {}, schema.get("additionalProperties")
        for name, held in value.items():
            if name in properties:
                yield held, properties[name], f"{path}.{name}" if path else name
            elif isinstance(values, Mapping):
                yield held, values, f"{path}[{name}]"
    elif isinstance(value, (list, tuple)) and isinstance(schema.get("items"), Mapping):
        for index, held in enumerate(value):
            yield held, schema["items"], f"{path}[{index}]"


def in_objects(value: Json, schema: Schema, path: str) -> Iterator[Violation]:
    """What is wrong with what objects within a value are called, and with their metadata."""
    if schema.get("x-kubernetes-embedded-resource") and isinstance(value, Mapping):
        before = f"{path}." if path else ""
        for name in ("apiVersion", "kind"):
            if name not in value:
                yield Violation(before + name, "Required")
        for name in value:
            if name in ("apiVersion", "kind"):
                yield from _type_name(name, value[name], before + name)
            elif name == "metadata" and isinstance(value[name], Mapping):
                yield Violation(before + name, METADATA, value[name])
    for held, inner, here in _inside(value, schema, path):
        yield from in_objects(held, inner, here)


def _type_name(name: str, value: Json, path: str) -> Iterator[Violation]:
    if not isinstance(value, str):
        yield Violation(path, "Invalid", value, "must be a string")
    elif not value:
        yield Violation(path, "Invalid", value, EMPTY)
    elif name == "apiVersion":
        if value.count("/") > 1:
            yield Violation(path, "Invalid", value, f"unexpected GroupVersion string: {value}")
    else:
        problems = names.is_dns1035_label(value.lower())
        if problems:
            text = "may have mixed case, but should otherwise match: " + ",".join(problems)
            yield Violation(path, "Invalid", value, text)


def _lists(value: Json, schema: Schema, path: str) -> Iterator[Violation]:
    if isinstance(value, (list, tuple)):
        kind = schema.get("x-kubernetes-list-type")
        if kind == "set":
            yield from _repeated(value, path)
        elif kind == "map":
            yield from _repeated_keys(value, tuple(schema.get("x-kubernetes-list-map-keys") or ()), path)
    for held, inner, here in _inside(value, schema, path):
        yield from _lists(held, inner, here)


def _repeated(values: Any, path: str) -> Iterator[Violation]:
    """Each value that occurs again is complained of where it does so first."""
    seen: dict[str, int] = {}
    for index, value in enumerate(values):
        text = text_of(value)
        seen[text] = seen.get(text, 0) + 1
        if seen[text] == 2:
            yield Violation(f"{path}[{index}]", "Duplicate", value)


def _repeated_keys(values: Any, keys: tuple[str, ...], path: str) -> Iterator[Violation]:
    for index, value in enumerate(values):
        if value is not None and not isinstance(value, Mapping):
            text = "must be an object for an array of list-type map"
            yield Violation(f"{path}[{index}]", "Invalid", value, text)
            return
    found = [{key: value[key] for key in keys if key in value} if value else {} for value in values]
    yield from _repeated(found, path)
