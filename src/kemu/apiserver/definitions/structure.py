"""Whether a schema is structural: every field has one type, said once, outside of `allOf`, `anyOf`, `oneOf` and `not`.

A structural schema says what an object looks like, so that unknown fields can be dropped and defaults filled in. What
is wrong is said as a real server says it, sorted by its text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...values import regexes
from ..failures import FieldError, forbidden_field, invalid_value, required

Schema = Mapping[str, Any]

ROOT, ITEM, FIELD = "at the root", "for specified array items", "for specified object fields"

_INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]
_NOT_SUPPORTED = ("id", "$schema", "$ref", "patternProperties", "dependencies", "additionalItems", "definitions")

UNSTRUCTURED: Mapping[str, str] = {
    "type": "empty",
    "additionalProperties": "undefined",
    "default": "undefined",
    "title": "empty",
    "description": "empty",
    "nullable": "false",
    "x-kubernetes-preserve-unknown-fields": "false",
    "x-kubernetes-embedded-resource": "false",
    "x-kubernetes-int-or-string": "false",
    "x-kubernetes-list-map-keys": "empty",
    "x-kubernetes-list-type": "undefined",
    "x-kubernetes-map-type": "undefined",
    "x-kubernetes-validations": "empty",
}
"""What may not be said in a nested schema, and how it must be there."""


def no_structure(schema: Schema) -> str:
    """Why a schema cannot be structural at all; nothing if it can."""
    for name in _NOT_SUPPORTED:
        if schema.get(name):
            return f"OpenAPIV3Schema '{name.removeprefix('$') if name == '$schema' else name}' is not supported"
    items = schema.get("items")
    if isinstance(items, Sequence):
        return "OpenAPIV3Schema 'items' must be a schema, but is an array"
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined"
    return next((problem for each in below(schema) if (problem := no_structure(each))), "")


def below(schema: Schema) -> Iterator[Schema]:
    """The schemas within a schema, nested ones included."""
    for name in ("items", "additionalProperties", "not"):
        if isinstance(schema.get(name), Mapping):
            yield schema[name]
    for name in ("allOf", "anyOf", "oneOf"):
        yield from schema.get(name) or ()
    properties = schema.get("properties") or {}
    yield from [properties[name] for name in sorted(properties)]


def structural_errors(schema: Schema, path: str) -> list[FieldError]:
    """What keeps a schema from being structural."""
    found = [*_invariants(schema, ROOT, path), *_said_outside(schema, schema, path, path)]
    return sorted(found, key=str)


def _invariants(schema: Schema, level: str, path: str) -> Iterator[FieldError]:
    kind, items, values = schema.get("type"), schema.get("items"), schema.get("additionalProperties")
    properties = schema.get("properties") or {}
    if kind == "array" and items is None:
        yield required(f"{path}.items", "must be specified")
    if isinstance(items, Mapping):
        yield from _invariants(items, ITEM, f"{path}.items")
    for name, inner in properties.items():
        yield from _invariants(inner, FIELD, f"{path}.properties[{name}]")
    if values is not None:
        if level is ROOT:
            yield forbidden_field(f"{path}.additionalProperties", "must not be used at the root")
        if isinstance(values, Mapping):
            yield from _invariants(values, FIELD, f"{path}.additionalProperties")
    yield from _extensions(schema, path)
    yield from _value_rules(schema, path, top=True)
    yield from _type_errors(schema, level, path)
    embedded = bool(schema.get("x-kubernetes-embedded-resource"))
    if level is ROOT or embedded:
        for name in ("kind", "apiVersion"):
            if name in properties and properties[name].get("type") != "string":
                here = f"{path}.properties[{name}].type"
                yield invalid_value(here, properties[name].get("type", ""), "must be string")
    if "metadata" in properties:
        yield from _metadata(properties["metadata"], level, embedded, f"{path}.properties[metadata]")
    if embedded and not schema.get("x-kubernetes-preserve-unknown-fields") and not properties:
        text = (
            "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
        )
        yield required(f"{path}.properties", text)


def _type_errors(schema: Schema, level: str, path: str) -> Iterator[FieldError]:
    kind = schema.get("type") or ""
    embedded = schema.get("x-kubernetes-embedded-resource")
    free = schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")
    here = f"{path}.type"
    if embedded and kind != "object":
        text = "must be object if x-kubernetes-embedded-resource is true"
        yield invalid_value(here, kind, text) if kind else required(here, text)
    elif not kind and not free:
        yield required(here, f"must not be empty {level}")
    if embedded and schema.get("additionalProperties") is not None:
        yield forbidden_field(
            f"{path}.additionalProperties", "must not be used if x-kubernetes-embedded-resource is set"
        )
    if level is ROOT and kind and kind != "object":
        yield invalid_value(here, kind, "must be object at the root")


def _metadata(schema: Schema, level: str, embedded: bool, path: str) -> Iterator[FieldError]:
    """Of metadata a schema may only restrict the names."""
    if (level is ROOT or embedded) and schema.get("type") != "object":
        yield invalid_value(f"{path}.type", schema.get("type") or "", "must be object")
    if level is not ROOT:
        return
    named = set(schema.get("properties") or {}) <= {"name", "generateName"}
    ignored = ("type", "default", *(["properties"] if named else []))
    if any(held for name, held in schema.items() if name not in ignored):
        text = "must not specify anything other than name and generateName, but metadata is implicitly specified"
        yield forbidden_field(path, text)


def _extensions(schema: Schema, path: str) -> Iterator[FieldError]:
    if not schema.get("x-kubernetes-int-or-string"):
        return
    for name in ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"):
        if schema.get(name):
            yield invalid_value(f"{path}.{name}", True, "must be false if x-kubernetes-int-or-string is true")


def _value_rules(schema: Schema, path: str, top: bool, skip: bool = False) -> Iterator[FieldError]:
    """What stands in combinations, and patterns. Int-or-string may say its two types there."""
    any_of: Sequence[Schema] = schema.get("anyOf") or ()
    all_of: Sequence[Schema] = schema.get("allOf") or ()
    if not (skip or (top and _is_int_or_string(any_of))):
        for number, each in enumerate(any_of):
            yield from _nested(each, f"{path}.anyOf[{number}]")
    first = top and bool(all_of) and _is_int_or_string(all_of[0].get("anyOf") or ())
    for number, each in enumerate(all_of):
        yield from _nested(each, f"{path}.allOf[{number}]", skip=first and number == 0)
    for number, each in enumerate(schema.get("oneOf") or ()):
        yield from _nested(each, f"{path}.oneOf[{number}]")
    if schema.get("not") is not None:
        yield from _nested(schema["not"], f"{path}.not")
    pattern = schema.get("pattern")
    if pattern:
        try:
            regexes.compiled(pattern)
        except regexes.RegexError as problem:
            text = f"must be a valid regular expression, but isn't: {problem}"
            yield invalid_value(f"{path}.pattern", pattern, text)


def _is_int_or_string(any_of: Sequence[Schema]) -> bool:
    return [dict(each) for each in any_of] == _INT_OR_STRING


def _nested(schema: Schema, path: str, skip: bool = False) -> Iterator[FieldError]:
    yield from _value_rules(schema, path, top=False, skip=skip)
    items, properties = schema.get("items"), schema.get("properties") or {}
    if isinstance(items, Mapping):
        yield from _nested(items, f"{path}.items")
    for name, inner in properties.items():
        yield from _nested(inner, f"{path}.properties[{name}]")
    for name, wanted in UNSTRUCTURED.items():
        held = schema.get(name)
        if held or (held is not None and name in ("default", "additionalProperties")):
            yield forbidden_field(f"{path}.{name}", f"must be {wanted} to be structural")
    if "metadata" in properties:
        yield forbidden_field(f"{path}.properties[metadata]", "must not be specified in a nested context")


# Completeness: what is said in a combination is also said outside of it


def _said_outside(schema: Schema, outside: Schema | None, own: str, path: str) -> Iterator[FieldError]:
    if schema.get("not") is not None:
        yield from _each_outside(schema["not"], outside, f"{own}.not", path)
    for name in ("allOf", "anyOf", "oneOf"):
        for number, each in enumerate(schema.get(name) or ()):
            yield from _each_outside(each, outside, f"{own}.{name}[{number}]", path)


def _each_outside(schema: Schema, outside: Schema | None, own: str, path: str) -> Iterator[FieldError]:
    """Whether the fields and items of a nested schema stand in the schema proper."""
    if outside is None:
        yield required(path, f"because it is defined in {own}")
        return
    yield from _said_outside(schema, outside, own, path)
    items = schema.get("items")
    if isinstance(items, Mapping):
        found = outside.get("items")
        yield from _each_outside(items, found if isinstance(found, Mapping) else None, f"{own}.items", f"{path}.items")
    for name, inner in (schema.get("properties") or {}).items():
        found = (outside.get("properties") or {}).get(name)
        here = f"properties[{name}]"
        yield from _each_outside(inner, found, f"{own}.{here}", f"{path}.{here}")
