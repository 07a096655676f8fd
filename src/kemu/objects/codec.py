"""JSON and YAML to typed objects and back, the way a real API server reads and writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .compiled import Mismatch
from .lenient import DecodeError, Reader
from .model import Struct

__all__ = ["DecodeError", "decode", "encode", "to_dict"]

S = TypeVar("S", bound=Struct)


def decode(
    cls: type[S], json: Any, *, field_validation: str = "Ignore", on_warning: Callable[[str], None] | None = None
) -> S:
    """Make an instance of `cls` from parsed JSON.

    Unknown fields are dropped; with `Strict` they raise DecodeError, with `Warn` each is handed to `on_warning`.
    Raises DecodeError, with the API server's text, for values of the wrong type.
    """
    try:
        found: S = cls._decode(json)  # type: ignore[attr-defined]
        return found
    except Mismatch:
        pass
    reader = Reader()
    clean = reader.struct(cls, json, "")
    reader.finish(field_validation, on_warning)
    decoded: S = cls._decode(clean)  # type: ignore[attr-defined]
    return decoded


def encode(obj: Struct) -> dict[str, Any]:
    """Plain JSON of an object: fresh dicts and lists, with `kind` and `apiVersion` where the type has them."""
    cls: Any = obj.__class__
    data: dict[str, Any] = cls._encode(obj)
    if hasattr(cls, "api_version") and "api_version" not in cls._names:
        return {"kind": cls.kind, "apiVersion": cls.api_version, **data}
    return data


to_dict = encode
