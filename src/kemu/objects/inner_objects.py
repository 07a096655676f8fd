"""Objects within custom objects, as a real server reads them: their metadata is typed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..values.frozen import kept, thaw
from . import schema_rules
from .custom_kinds import metadata_of
from .lenient import Reader
from .meta import ObjectMeta
from .text import DecodeError


class Unreadable(DecodeError):
    """Metadata of an object within that cannot be read: where it is, what it is, and why."""

    def __init__(self, path: str, value: Any, why: str) -> None:
        self.path, self.value, self.why = path, value, why
        shown = json.dumps(thaw(value), separators=(",", ":"), ensure_ascii=False, sort_keys=True)
        super().__init__(f"{path}: Invalid value: {shown}: {why}")


def coerced(value: Any, schema: Mapping[str, Any], path: str) -> Any:
    """A value whose objects within have metadata as it is written. Raises Unreadable."""
    if isinstance(value, (list, tuple)):
        items = schema.get("items")
        if not isinstance(items, Mapping):
            return value
        return kept(value, [coerced(held, items, f"{path}[{index}]") for index, held in enumerate(value)])
    if not isinstance(value, Mapping):
        return value
    objects, properties = bool(schema.get("x-kubernetes-embedded-resource")), schema.get("properties") or {}
    others = schema.get("additionalProperties")
    changes: dict[str, Any] = {}
    for name, held in value.items():
        here = f"{path}.{name}" if path else name
        now = _typed_part(name, held, here) if objects and name in schema_rules.META else held
        if name in properties:
            now = coerced(now, properties[name], here)
        elif isinstance(others, Mapping):
            now = coerced(now, others, f"{path}[{name}]")
        if now is not held:
            changes[name] = now
    return {**value, **changes} if changes else value


def _typed_part(name: str, value: Any, path: str) -> Any:
    """The `apiVersion`, `kind` or `metadata` of an object within another."""
    try:
        if name != "metadata":
            if isinstance(value, str):
                return value
            raise DecodeError("must be a string")
        if value is None:
            return value
        machine: Any = ObjectMeta
        written: dict[str, Any] = machine._encode(metadata_of(value, Reader(), path))
    except DecodeError as problem:
        raise Unreadable(path, value, str(problem)) from None
    found = {key: held for key, held in written.items() if held is not None}
    return value if found == value else found
