"""The slow reader for documents that were taken apart and put together again, not read from a body.

A strategic merge patch and server-side apply work on maps and lists, and a real API server turns the result into an
object by another way than a request body: it goes through the fields in the order of the type, stops at the first
wrong value with other words, lets whole floats be integers, and lists unknown fields sorted.
"""

from __future__ import annotations

from typing import Any

from . import schema
from .lenient import Reader, noun

_GO_INTEGERS = {"int32": 32, "int64": 64}


class UnstructuredReader(Reader):
    """Reads maps and lists as the converter of a real API server does."""

    def struct(self, cls: Any, data: Any, path: str, go: str) -> dict[str, Any]:
        """Exact JSON of a struct, its fields in the order of the type."""
        ordered = {field.json: data[field.json] for field in schema.shape_of(cls).fields if field.json in data}
        ordered.update((name, value) for name, value in data.items() if name not in ordered)
        return super().struct(cls, ordered, path, go)

    def complaints(self) -> list[str]:
        """What a strict reader minds, sorted."""
        return sorted(self.strict)

    def scalar(self, held: schema.Type, value: Any, go: str, struct: str) -> Any:
        """Exact JSON of a scalar, or None when it is wrong."""
        if held.kind == "integer" and isinstance(value, (int, float)) and not isinstance(value, bool):
            if isinstance(value, float) and not value.is_integer():
                return self.complain(f"cannot convert float64 to {held.go}")
            return _wrapped(int(value), _GO_INTEGERS[held.format or "int64"])
        return super().scalar(held, value, go, struct)

    def within(self, text: str, where: str) -> str:
        """What is wrong with a document within a field, which is read on its own."""
        return text

    def byte(self, value: Any, go: str, struct: str, held: schema.Type) -> Any:
        """One of the bytes that are given as numbers, of which only the lowest eight bits count."""
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            whole = int(value) == value
            return int(value) % 256 if whole else self.complain("cannot convert float64 to uint8")
        return self.complain("unrecognized type: uint8")

    def bytes(self, value: str) -> str | None:
        """Base64 text; the complaint about it is wrapped once more than that of a body."""
        before = self.wrong
        read = super().bytes(value)
        if read is None and before is None:
            self.wrong = f"error decoding from json: {self.wrong}"
        return read

    def refuse(self, what: str, go: str, struct: str, expected: str, held: schema.Type, value: Any) -> None:
        """Note a value of the wrong type."""
        given = _go_kind(value)
        if held.kind in ("time", "microtime", "int_or_string"):
            text = f"json: cannot unmarshal {what} into Go value of type {expected}"
        elif held.kind == "struct":
            text = f"cannot restore struct from: {given}"
        elif held.kind in ("list", "map") or held.format == "byte":
            text = f"cannot restore {'map' if held.kind == 'map' else 'slice'} from {given}"
        elif held.kind == "string" and given == "int64":
            text = f"cannot convert int64 to {held.go}"
        else:
            text = f"unrecognized type: {_go_base(held)}"
        self.complain(text)


def _go_kind(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return "int64"
    if isinstance(value, float):
        return "float64"
    return {"object": "map", "array": "slice"}.get(noun(value), noun(value))


def _go_base(held: schema.Type) -> str:
    return {"boolean": "bool", "number": "float64"}.get(held.kind, held.kind) if held.kind != "integer" else held.go


def _wrapped(value: int, bits: int) -> int:
    """A number as Go's conversion leaves it: cut to so many bits."""
    half = 1 << (bits - 1)
    return (value + half) % (1 << bits) - half
