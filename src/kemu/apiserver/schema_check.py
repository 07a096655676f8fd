"""What a configuration of a server-side apply has that its type does not, in the words of a real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..objects.schema import Shape, Type
from .failures import go_syntax, go_text
from .field_sets import document_key, key_defaults, member, shown_element

Json = Any
Mistakes = list[tuple[str, str]]

NO_MEMBERS = {dict: "a map type", list: "a list type", type(None): "an explicit null"}
"""What cannot be a member of a set."""

EXACT: Mapping[str, type] = {"string": str, "integer": int, "boolean": bool}
"""Most values are of these classes; they need no second look."""

EXPECTED: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int, float),
    "number": (int, float),
    "boolean": (bool,),
}
UNTYPED = ("quantity", "time", "microtime")
PLAIN_TEXT = (None, "", "byte")
"""The formats of texts that are just that; what has another, or reads itself, is any scalar here."""
SCALAR_WORDS = {
    "string": "expected string, got {}",
    "integer": "expected numeric (int or float), got {}",
    "number": "expected numeric (int or float), got {}",
    "boolean": "expected boolean, got {}",
}


def mistakes(document: Json, shape: Shape) -> Mistakes:
    """(path, complaint) of everything in a configuration that the type does not have, or has differently."""
    found: Mistakes = []
    _check_struct(document, shape, "", found)
    return found


def _check_struct(document: Json, shape: Shape, where: str, found: Mistakes) -> None:
    by_json = shape.by_json
    for name, value in document.items():
        field = by_json.get(name)
        if field is None:
            if not shape.preserve_unknown:
                found.append((f"{where}.{name}", "field not declared in schema"))
        elif value is not None and value.__class__ is not EXACT.get(field.type.kind):
            _check(value, field.type, f"{where}.{name}", found)


def _check(value: Json, held: Type, where: str, found: Mistakes) -> None:
    kind = held.kind
    if kind in ("struct", "map"):
        if not isinstance(value, dict):
            found.append((where, f"expected map, got &{{{go_text(value)}}}"))
        elif kind == "struct":
            _check_struct(value, held.shape, where, found)
        else:
            _check_items(((f".{key}", item) for key, item in value.items()), held.item, where, found)
    elif kind == "list":
        if not isinstance(value, list):
            found.append((where, f"expected list, got &{{{go_text(value)}}}"))
        elif held.atomic:
            _check_items(((f"[{number}]", item) for number, item in enumerate(value)), held.item, where, found)
        else:
            _check_entries(value, held, where, found)
    elif kind in UNTYPED or (kind == "string" and held.format not in PLAIN_TEXT):
        if isinstance(value, (dict, list)):
            found.append((where, f"expected any scalar, got &{{{go_text(value)}}}"))
    elif kind in EXPECTED:
        wrong_bool = isinstance(value, bool) and kind != "boolean"
        if wrong_bool or not isinstance(value, EXPECTED[kind]):
            shown = _SHOWN[kind](value)
            found.append((where, SCALAR_WORDS[kind].format(shown)))


def _check_items(items: Iterable[tuple[str, Json]], held: Type | None, where: str, found: Mistakes) -> None:
    if held is None:
        return
    exact = EXACT.get(held.kind)
    for step, item in items:
        if item is not None and item.__class__ is not exact:
            _check(item, held, where + step, found)


def _check_entries(values: list[Json], held: Type, where: str, found: Mistakes) -> None:
    """The items of a list in which they are told apart by keys, or by their value: each is there once."""
    seen: set[str] = set()
    steps: list[tuple[str, Json]] = []
    for number, item in enumerate(values):
        wrong = _nameless(item, held)
        if wrong:
            found.append((where, f"element {number}: {wrong}"))
            break
        if held.list_type == "set":
            element = member(item)
        else:
            element = document_key(item, held.list_map_keys, key_defaults(held))
        step = shown_element(element)
        if element in seen:
            found.append((where, f"duplicate entries for key {step}"))
        seen.add(element)
        steps.append((step, item))
    _check_items(steps, held.item, where, found)


def _nameless(item: Json, held: Type) -> str:
    """Why an item cannot be told from the others; empty when it can."""
    if held.list_type == "set":
        kind = NO_MEMBERS.get(item.__class__)
        return f"associative list without keys has an element that's {kind}" if kind else ""
    if not isinstance(item, dict):
        return f"associative list with keys may not have {'a null element' if item is None else 'non-map elements'}"
    names = held.list_map_keys
    if any(item.get(name) is not None for name in names) or any(each is not None for each in key_defaults(held)):
        return ""
    shown = " ".join(json.dumps(name) for name in names)
    return (
        f"associative list with keys has an element that omits all key fields [{shown}] "
        "(and doesn't have default values for any key fields)"
    )


_SHOWN: Mapping[str, Callable[[Json], str]] = {
    "string": lambda value: f"&value.valueUnstructured{{Value:{go_syntax(value)}}}",
    "boolean": lambda value: f"&{{{go_text(value)}}}",
    "integer": lambda value: _noun(value),
    "number": lambda value: _noun(value),
}
"""How a value is told of that is no such scalar."""


MAP = "map[string]interface {}"


def _noun(value: Json) -> str:
    if isinstance(value, bool):
        return "bool"
    return "string" if isinstance(value, str) else MAP if isinstance(value, Mapping) else "[]interface {}"
