"""The slow reader: JSON that is not exactly what a type holds, and what a real API server says about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ..values.quantity import parse_quantity
from ..values.times import MicroTime, Time
from . import schema


class DecodeError(ValueError):
    """JSON that does not fit the type; the text is the API server's."""


class Reader:
    """Turns loose JSON into exact JSON, and collects what has to be said."""

    def __init__(self) -> None:
        self.strict: list[str] = []

    def finish(self, field_validation: str, on_warning: Callable[[str], None] | None) -> None:
        """Raise or report what was collected."""
        if not self.strict:
            return
        if field_validation == "Strict":
            raise DecodeError("strict decoding error: " + ", ".join(self.strict))
        if field_validation == "Warn" and on_warning is not None:
            for complaint in self.strict:
                on_warning(complaint)

    def struct(self, cls: Any, data: Any, path: str, go: str = "") -> Any:
        """Exact JSON of a struct."""
        if not isinstance(data, dict):
            raise DecodeError(f"json: cannot unmarshal {_noun(data)} into Go value of type {schema.go_name(cls)}")
        clean = {}
        for name, value in data.items():
            field = cls._by_json.get(name)
            here = f"{path}.{name}" if path else name
            if field is None:
                self.strict.append(f'unknown field "{here}"')
            elif value is not None:
                clean[name] = self.value(field.type, value, here, f"{cls.__name__}.{here}")
        return clean

    def value(self, held: schema.Type, value: Any, path: str, go: str) -> Any:
        """Exact JSON of any value."""
        kind = held.kind
        if kind == "struct" and isinstance(value, dict):
            return self.struct(held.cls, value, path)
        if kind == "list" and isinstance(value, (list, tuple)):
            return [self.element(held.item, item, f"{path}[{i}]", go) for i, item in enumerate(value)]
        if kind == "map" and isinstance(value, dict):
            return {key: self.element(held.item, item, f"{path}.{key}", go) for key, item in value.items()}
        if kind == "json":
            return value
        if kind == "string" and isinstance(value, str):
            return value
        if kind == "boolean" and isinstance(value, bool):
            return value
        if kind in ("integer", "number", "int_or_string") and isinstance(value, (int, float)) and value is not True:
            return value
        if kind == "int_or_string" and isinstance(value, str):
            return value
        if kind == "quantity" and isinstance(value, (str, int, float)):
            try:
                return str(parse_quantity(value if isinstance(value, str) else json.dumps(value)))
            except ValueError as error:
                raise DecodeError(str(error)) from None
        if kind in ("time", "microtime") and isinstance(value, str):
            try:
                return str((Time if kind == "time" else MicroTime).parse(value))
            except ValueError as error:
                raise DecodeError(str(error)) from None
        raise DecodeError(f"json: cannot unmarshal {_noun(value)} into Go struct field {go} of type {held.go}")

    def element(self, held: Any, value: Any, path: str, go: str) -> Any:
        """Exact JSON of a list item or map value; `null` stands for the zero value."""
        if value is None:
            return {"struct": {}, "string": "", "integer": 0, "list": [], "map": {}, "quantity": "0"}.get(held.kind)
        return self.value(held, value, path, go)


def _noun(value: Any) -> str:
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, dict):
        return "object"
    return "array"
