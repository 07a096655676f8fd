"""Values as text: `string(x)`, `%v` in complaints, and the `format` method of strings."""

from __future__ import annotations

import json
import re
from typing import Any

from ..errors import EvaluationError
from ..values import Special, kind_of, short_float, type_name


def text_of(value: Any) -> str:
    """What `string(value)` gives. Raises EvaluationError for what has no text."""
    match kind_of(value):
        case "string":
            return str(value)
        case "bool":
            return "true" if value else "false"
        case "int" | "uint":
            return str(int(value))
        case "double":
            return short_float(value)
        case "bytes":
            try:
                return bytes(value).decode()
            except UnicodeDecodeError:
                raise EvaluationError("invalid UTF-8 in bytes, cannot convert to string") from None
        case "duration" | "timestamp":
            return str(value)
        case "type":
            return str(value.name)
    if isinstance(value, Special):
        return str(value)
    raise EvaluationError("no such overload")


def shown(value: Any) -> str:
    """A value within a complaint."""
    return "null" if value is None else text_of(value)


_CLAUSE = re.compile(r"%(?:\.(\d+))?(.)?", re.DOTALL)


def formatted(pattern: str, arguments: Any) -> str:
    """A text with `%s`, `%d`, `%f`, `%e`, `%b`, `%x`, `%X` and `%o` filled in. Raises EvaluationError."""
    found: list[str] = []
    place = used = 0
    while (match := _CLAUSE.search(pattern, place)) is not None:
        found.append(pattern[place : match.start()])
        place = match.end()
        verb = match.group(2)
        if verb is None:
            raise EvaluationError("unexpected end of string")
        if verb == "%":
            found.append("%")
            continue
        if used >= len(arguments):
            raise EvaluationError(f"index {used} out of range")
        found.append(_clause(verb, match.group(1), arguments[used]))
        used += 1
    return "".join([*found, pattern[place:]])


def _clause(verb: str, precision: str | None, value: Any) -> str:
    kind = kind_of(value)
    match verb:
        case "s":
            return _string(value)
        case "d":
            return _needs(kind, ("int", "uint"), "decimal", value) or str(int(value))
        case "f" | "e":
            name = "fixed-point" if verb == "f" else "scientific"
            _needs(kind, ("double",), name, value)
            return format(value, f".{6 if precision is None else int(precision)}{verb}")
        case "b":
            _needs(kind, ("int", "uint", "bool"), "binary", value)
            return format(int(value), "b")
        case "o":
            _needs(kind, ("int", "uint"), "octal", value)
            return format(int(value), "o")
        case "x" | "X":
            return _hexadecimal(verb, kind, value)
    raise EvaluationError(f'could not parse formatting clause: unrecognized formatting clause "{verb}"')


_WANTED = {
    "decimal": "decimal clause can only be used on integers",
    "fixed-point": "fixed-point clause can only be used on doubles",
    "scientific": "scientific clause can only be used on doubles",
    "binary": "only integers and bools can be formatted as binary",
    "octal": "octal clause can only be used on integers",
}


def _needs(kind: str, wanted: tuple[str, ...], name: str, value: Any) -> str:
    if kind not in wanted:
        raise EvaluationError(f"error during formatting: {_WANTED[name]}, was given {type_name(value)}")
    return ""


def _hexadecimal(verb: str, kind: str, value: Any) -> str:
    if kind in ("int", "uint"):
        return format(int(value), verb)
    if kind in ("string", "bytes"):
        text = (value.encode() if kind == "string" else bytes(value)).hex()
        return text if verb == "x" else text.upper()
    given = type_name(value)
    raise EvaluationError(
        f"error during formatting: only integers, byte buffers, and strings can be formatted as hex, was given {given}"
    )


def _string(value: Any) -> str:
    match kind_of(value):
        case "null":
            return "null"
        case "list":
            return "[" + ", ".join([_quoted(each) for each in value]) + "]"
        case "map":
            pairs = sorted(f"{_quoted(key)}:{_quoted(held)}" for key, held in value.items())
            return "{" + ", ".join(pairs) + "}"
    if isinstance(value, Special):
        wanted = "strings, bools, integers, doubles, maps, lists, types, durations, and timestamps"
        given = type_name(value)
        raise EvaluationError(f"error during formatting: string clause can only be used on {wanted}, was given {given}")
    return text_of(value)


def _quoted(value: Any) -> str:
    kind = kind_of(value)
    text = _string(value)
    if kind == "string":
        return json.dumps(text, ensure_ascii=False)
    return f"b{json.dumps(text, ensure_ascii=False)}" if kind == "bytes" else text
