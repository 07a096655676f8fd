"""What a configuration of a server-side apply has that its type does not, in the words of a real server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..objects.schema import Shape, Type
from .failures import go_text

Json = Any


def mistakes(document: Json, shape: Shape, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, complaint) of everything in a configuration that the type does not have, or has differently."""
    for name, value in document.items():
        field = shape.by_json.get(name)
        where = f"{path}.{name}"
        if field is None:
            if shape.preserve_unknown:
                continue
            yield where, "field not declared in schema"
        elif value is not None:
            yield from _misfits(value, field.type, where)


EXPECTED: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
SCALAR_WORDS = {
    "string": "expected string, got {}",
    "integer": "expected numeric (int or float), got {}",
    "number": "expected numeric (int or float), got {}",
    "boolean": "expected boolean, got {}",
}


def _misfits(value: Json, held: Type, where: str) -> Iterator[tuple[str, str]]:
    if held.kind in ("struct", "map"):
        if not isinstance(value, Mapping):
            yield where, f"expected map, got &{{{go_text(value)}}}"
        elif held.kind == "struct":
            yield from mistakes(value, held.shape, where)
        elif held.item is not None:
            for key, item in value.items():
                if item is not None:
                    yield from _misfits(item, held.item, f"{where}.{key}")
    elif held.kind == "list":
        if not isinstance(value, list):
            yield where, f"expected list, got &{{{go_text(value)}}}"
        elif held.item is not None:
            for number, item in enumerate(value):
                if item is not None:
                    yield from _misfits(item, held.item, f"{where}[{number}]")
    elif held.kind in EXPECTED:
        wrong_bool = isinstance(value, bool) and held.kind != "boolean"
        if wrong_bool or not isinstance(value, EXPECTED[held.kind]):
            shown = f"&value.valueUnstructured{{Value:{go_text(value)}}}" if held.kind != "integer" else _noun(value)
            yield where, SCALAR_WORDS[held.kind].format(shown)


def _noun(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "map" if isinstance(value, Mapping) else "list"
