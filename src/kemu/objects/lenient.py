"""The slow reader: JSON that is not exactly what a type holds, and what a real API server says about it.

It walks JSON and declaration together, builds the exact JSON that the compiled decoder wants, and collects two kinds
of complaints: the first wrong value, which refuses the document, and every unknown or repeated name, which only a
strict reader minds.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from ..values.quantity import parse_quantity
from ..values.times import MicroTime, Time
from . import schema
from .compiled import BASE64
from .either import CHOICES
from .embedded import embedded
from .text import DecodeError, Repeated, Written, YamlMapping

MAX_STRICT = 100
"""A real API server stops counting here."""

_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_ZERO: dict[str, Any] = {
    "struct": {},
    "string": "",
    "integer": 0,
    "number": 0,
    "boolean": False,
    "list": [],
    "map": {},
    "quantity": "0",
    "int_or_string": 0,
}


OWN_READERS = ("quantity", "time", "microtime", "int_or_string")
"""What reads itself: when that fails nothing more is read."""

_WRONG = re.compile(r"(json: cannot unmarshal .* into Go )(?:struct field \w+\.(\S+)|value) of type (.*)")


class Reader:
    """Turns loose JSON into exact JSON, and collects what has to be said."""

    def __init__(self) -> None:
        self.wrong: str | None = None
        self.ended = False
        self.strict: dict[str, None] = {}

    def read(self, cls: Any, data: Any) -> Any:
        """Exact JSON of a document of this type. Raises DecodeError when a value is wrong."""
        if isinstance(data, YamlMapping):
            self.strict.update(dict.fromkeys(data.complaints))
        if data is None:
            return {}
        if not isinstance(data, dict):
            raise DecodeError(f"json: cannot unmarshal {noun(data)} into Go value of type {schema.go_name(cls)}")
        clean = self.struct(cls, data, "", "")
        if self.wrong is not None:
            raise DecodeError(self.wrong)
        return clean

    def finish(self, field_validation: str, on_warning: Callable[[str], None] | None) -> None:
        """Raise or report the names that a strict reader minds."""
        complaints = self.complaints()
        if field_validation == "Strict" and complaints:
            raise DecodeError("strict decoding error: " + ", ".join(complaints))
        if field_validation == "Warn" and on_warning is not None:
            for complaint in complaints:
                on_warning(complaint)

    def complaints(self) -> list[str]:
        """What a strict reader minds, in the order of the document."""
        return list(self.strict)

    def struct(self, cls: Any, data: Any, path: str, go: str) -> dict[str, Any]:
        """Exact JSON of a struct. `path` has the indexes of lists, `go` only the names of fields."""
        clean: dict[str, Any] = {}
        seen = set()
        for name, value in _pairs(data):
            here = f"{path}.{name}" if path else name
            field = cls._by_json.get(name)
            if field is None:
                self.mind(f'unknown field "{here}"')
                continue
            if name in seen:
                self.mind(f'duplicate field "{here}"')
            seen.add(name)
            if value is None:
                continue
            own = embedded(cls, name) + name
            fields = f"{go}.{own}" if go else own
            read = self.value(field.type, value, here, fields, cls.__name__)
            if read is None:
                continue
            before = clean.get(name)
            both = isinstance(before, dict) and isinstance(read, dict) and field.kind in ("struct", "map")
            clean[name] = {**before, **read} if both else read  # type: ignore[dict-item]
        return clean

    def value(self, held: schema.Type, value: Any, path: str, go: str, struct: str) -> Any:
        """Exact JSON of a value that is not null, or None when it is wrong."""
        kind = held.kind
        if kind == "struct" and isinstance(value, dict):
            return self.struct(held.cls, value, path, go)
        if kind == "list" and isinstance(value, (list, tuple)):
            return self.items(held.item, value, path, go, struct)
        if kind == "map" and isinstance(value, dict):
            return self.entries(held.item, value, path, go, struct)
        if kind == "json":
            return self.choice(held.schema, value, f"{struct}.{go}") if held.schema in CHOICES else value
        if kind in ("struct", "list", "map"):
            return self.refuse(noun(value), go, struct, held.go, held, value)
        return self.scalar(held, value, go, struct)

    def choice(self, name: str | None, value: Any, where: str) -> Any:
        """A schema, or what may stand in its place; None when it is neither. Unknown fields in it go unnoticed."""
        from .apiextensions import JSONSchemaProps

        if isinstance(value, dict):
            return self.nested(JSONSchemaProps, value, where)
        if name == "JSONSchemaPropsOrBool":
            if isinstance(value, bool):
                return value
            return self.complain("boolean or JSON schema expected", ends=True)
        if not isinstance(value, (list, tuple)):
            return None
        if name == "JSONSchemaPropsOrArray":
            return [self.nested(JSONSchemaProps, {} if item is None else item, where) for item in value]
        return [self.text(item, where) for item in value]

    def text(self, value: Any, where: str) -> str:
        """A text in a list that has its own reader."""
        if value is not None and not isinstance(value, str):
            wrong = f"json: cannot unmarshal {noun(value)} into Go value of type string"
            self.complain(self.within(wrong, where), ends=True)
        return value if isinstance(value, str) else ""

    def nested(self, cls: Any, value: Any, where: str) -> Any:
        """Exact JSON of a document within the document, which has its own reader. `where` is the field it is in."""
        try:
            return Reader().read(cls, value)
        except DecodeError as error:
            return self.complain(self.within(str(error), where), ends=True)

    def within(self, text: str, where: str) -> str:
        """What is wrong with a document within a field, as it is said of the whole document."""
        found = _WRONG.fullmatch(text)
        if found is None:
            return text
        inner = f".{found[2]}" if found[2] else ""
        return f"{found[1]}struct field {where}{inner} of type {found[3]}"

    def items(self, held: Any, values: Any, path: str, go: str, struct: str) -> list[Any]:
        """Exact JSON of a list; `null` in it stands for the zero value."""
        found = []
        for index, value in enumerate(values):
            read = None if value is None else self.value(held, value, f"{path}[{index}]", go, struct)
            found.append(_ZERO.get(held.kind) if read is None else read)
        return found

    def entries(self, held: Any, values: Any, path: str, go: str, struct: str) -> dict[str, Any]:
        """Exact JSON of a map; `null` in it stands for the zero value."""
        found: dict[str, Any] = {}
        for name, value in _pairs(values):
            here = f"{path}.{name}"
            if name in found:
                self.mind(f'duplicate field "{here}"')
            read = None if value is None else self.value(held, value, here, go, struct)
            found[name] = _ZERO.get(held.kind) if read is None else read
        return found

    def scalar(self, held: schema.Type, value: Any, go: str, struct: str) -> Any:
        """Exact JSON of a scalar, or None when it is wrong."""
        kind = held.kind
        if kind == "quantity":
            return self.parsed(parse_quantity, value if isinstance(value, str) else json_text(value))
        if kind in ("time", "microtime"):
            if not isinstance(value, str):
                return self.refuse(noun(value), go, struct, "string", held, value)
            return self.parsed(Time.parse if kind == "time" else MicroTime.parse, value)
        if held.format == "byte" and isinstance(value, (list, tuple)):
            found = [self.byte(0 if each is None else each, go, struct, held) for each in value]
            return None if None in found else base64.b64encode(bytes(found)).decode()
        if isinstance(value, str):
            if kind == "string" and held.format == "byte":
                return self.bytes(value)
            if kind in ("string", "int_or_string"):
                return value
        elif isinstance(value, bool):
            if kind == "boolean":
                return value
        elif isinstance(value, (int, float)) and kind in ("integer", "number", "int_or_string"):
            return self.number(held, value, go, struct)
        expected = {"int_or_string": "int32"}.get(kind, held.go)
        return self.refuse(noun(value), go, struct, expected, held, value)

    def number(self, held: schema.Type, value: int | float, go: str, struct: str) -> Any:
        """An integer within its limits, or any number where one is wanted."""
        if held.kind == "number":
            return float(value)
        limit = 1 << (63 if held.format == "int64" else 31)
        if isinstance(value, int) and -limit <= value < limit:
            return value
        expected = "int32" if held.kind == "int_or_string" else held.go
        return self.refuse(f"number {json_text(value)}", go, struct, expected, held, value)

    def byte(self, value: Any, go: str, struct: str, held: schema.Type) -> Any:
        """One of the bytes that are given as numbers."""
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if number and isinstance(value, int) and 0 <= value < 256:
            return value
        return self.refuse(f"number {json_text(value)}" if number else noun(value), go, struct, "uint8", held, value)

    def bytes(self, value: str) -> str | None:
        """Base64 text as it is written back: without line breaks."""
        if BASE64.fullmatch(value) is not None:
            return value
        at = _bad_base64(value)
        if at is None:
            return base64.b64encode(base64.b64decode(value)).decode()
        self.complain(f"illegal base64 data at input byte {at}")
        return None

    def parsed(self, parse: Callable[[str], Any], text: str) -> str | None:
        """The text of a value that has a parser of its own."""
        try:
            return str(parse(text))
        except ValueError as error:
            self.complain(str(error), ends=True)
            return None

    def refuse(self, what: str, go: str, struct: str, expected: str, held: schema.Type, value: Any) -> None:
        """Note a value of the wrong type."""
        text = f"json: cannot unmarshal {what} into Go struct field {struct}.{go} of type {expected}"
        self.complain(text, ends=held.kind in OWN_READERS)

    def complain(self, text: str, *, ends: bool = False) -> None:
        """Note what is wrong; only the first wrong value counts, or the first that ends the reading."""
        if self.wrong is None or (ends and not self.ended):
            self.wrong = text
        self.ended = self.ended or ends

    def mind(self, text: str) -> None:
        """Note what a strict reader minds."""
        if len(self.strict) < MAX_STRICT:
            self.strict[text] = None


def _pairs(data: Any) -> Any:
    return data.pairs if isinstance(data, Repeated) else data.items()


def noun(value: Any) -> str:
    """Go's word for what a JSON value is."""
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return "object" if isinstance(value, dict) else "array"


def json_text(value: Any) -> str:
    """The text of a JSON value; of a number, the text that it was read from."""
    return value.text if isinstance(value, Written) else json.dumps(value, separators=(",", ":"))


def _bad_base64(text: str) -> int | None:
    """Where Go's decoder stops: the first letter that cannot stand where it stands; None when all is well."""
    letters = [(at, letter) for at, letter in enumerate(text) if letter not in "\r\n"]
    count = 0
    for position, (at, letter) in enumerate(letters):
        if letter in _ALPHABET:
            count += 1
            continue
        if letter != "=" or count % 4 < 2:
            return at
        rest = letters[position:]
        wanted = 4 - count % 4
        for number, (place, pad) in enumerate(rest):
            if number >= wanted:
                return place
            if pad != "=":
                return place - 1
        return None if len(rest) == wanted else len(text)
    if count % 4 == 0:
        return None
    return letters[count - count % 4][0]
