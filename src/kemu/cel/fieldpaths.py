"""Paths to fields of a schema, as rules and selectable fields name them: `.spec.size`, `.labels['app']`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(r"'(?:[^'\\]|\\.)*'|[.\[\]]|[^.\[\]']+|'.*", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "'": "'", "\\": "\\"}

END = "unexpected end of JSON path"
NOWHERE = "does not refer to a valid field"


def field_path(text: str, schema: Mapping[str, Any], *, brackets: bool = True) -> tuple[str, Mapping[str, Any]]:
    """A path in the form in which complaints show it, and the schema that it leads to. Raises ValueError."""
    tokens = _TOKEN.findall(text)
    found, place = "", 0
    while place < len(tokens):
        token = tokens[place]
        if token == "[":
            if not brackets:
                raise ValueError("array notation is not allowed")
            name = _quoted(tokens[place + 1 : place + 2])
            named, schema = _inside(name, schema)
            if tokens[place + 2 : place + 3] != ["]"]:
                raise ValueError(f"expected ] but got {tokens[place + 2]}" if place + 2 < len(tokens) else END)
            place += 3
        elif token == ".":
            if place + 1 >= len(tokens):
                raise ValueError(END)
            name = tokens[place + 1]
            named, schema = _inside(name, schema)
            place += 2
        else:
            raise ValueError(f"expected [ or . but got: {token}")
        found += (f".{name}" if found else name) if named else f"[{name}]"
    return found, schema


def _quoted(tokens: list[str]) -> str:
    if not tokens:
        raise ValueError(END)
    (token,) = tokens
    if len(token) < 2 or token[0] != "'" or token[-1] != "'":
        raise ValueError(f"expected single quoted string but got {token}")
    for letter in _ESCAPE.findall(token):
        if letter not in _LETTERS:
            raise ValueError(f"invalid string literal: invalid escape char \\{letter}")
    return _ESCAPE.sub(lambda match: _LETTERS[match.group(1)], token[1:-1])


def _inside(name: str, schema: Mapping[str, Any]) -> tuple[bool, Mapping[str, Any]]:
    """What a name leads to within a schema, and whether it is that of a field."""
    properties, values = schema.get("properties"), schema.get("additionalProperties")
    if properties:
        if name not in properties:
            raise ValueError(NOWHERE)
        return True, properties[name]
    if not isinstance(values, Mapping):
        raise ValueError(NOWHERE)
    return False, values
