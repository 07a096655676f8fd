"""Structs of Go that are parts of others: they have no name in JSON, but a decoder of Go says where it was in them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from . import protobuf
from .schema import openapi_name


@lru_cache(maxsize=4096)
def embedded(cls: Any, name: str) -> str:
    """What Go puts in front of a field's name in a path: `VolumeSource.` for `hostPath` of a Volume, mostly nothing."""
    message = openapi_name(cls).removeprefix("io.").replace("k8s.", "k8s.io.", 1).replace("-", "_")
    return _within(message, name) or ""


def _within(message: str, name: str) -> str | None:
    """The structs between a message and a field of it; None where it has no such field."""
    fields = protobuf.messages().get(message, {}).values()
    if any(field.name == name and not field.inline for field in fields):
        return ""
    for field in fields:
        found = _within(field.type, name) if field.inline else None
        if found is not None:
            return f"{field.type.rpartition('.')[2]}.{found}"
    return None
