"""Paths into objects: `spec.containers[0].image`, `metadata.labels[app.kubernetes.io/name]`.

A step is a field (Python or JSON name), `[n]` an item of a list, `[key]` or `.key` an entry of a map.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ..values.frozen import FrozenMap, freeze
from .convert import value_converter
from .schema import Field, Type

_STEP = re.compile(r"\.?([^.\[\]]+)|\[([^\]]*)\]")


@lru_cache(maxsize=4096)
def split(path: str) -> tuple[str, ...]:
    """The steps of a path. Raises TypeError when it is not one."""
    steps, at = [], 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise TypeError(f"{path!r} is not a path: cannot read {path[at:]!r}")
        steps.append(match.group(1) if match.group(1) is not None else match.group(2))
        at = match.end()
    return tuple(steps)


def evolve_paths(obj: Any, changes: Mapping[str, Any]) -> Any:
    """A copy of `obj` in which each path leads to a new value. Raises TypeError for a path that leads nowhere."""
    for path, value in changes.items():
        obj = _changed(obj, split(path), value, None, path)
    return obj


def evolve_document(obj: Any, changes: Mapping[str, Any]) -> Any:
    """The same for a custom object, whose parts are typed metadata and frozen JSON."""
    for path, value in changes.items():
        head, *rest = split(path)
        blank = freeze({}) if rest else None
        obj = obj.evolve(**{head: _changed(obj.get(head, blank), tuple(rest), freeze(value), None, path)})
    return obj


def _changed(old: Any, steps: tuple[str, ...], value: Any, held: Type | None, path: str) -> Any:
    if not steps:
        return value if held is None else value_converter(held)(value)
    step, rest = steps[0], steps[1:]
    if isinstance(old, dict):
        inner = held.item if held is not None and held.kind == "map" else None
        if value is None and not rest:
            return old.without(step) if isinstance(old, FrozenMap) else old
        before = old.get(step, _blank(inner) if rest else None)
        return FrozenMap(old).with_({step: _changed(before, rest, value, inner, path)})
    if isinstance(old, tuple):
        return _changed_item(old, step, rest, value, held, path)
    field = _field(old.__class__, step)
    if field is None:
        raise TypeError(f"{path!r} leads nowhere: {old.__class__.__name__} has no field {step!r}")
    if not rest:
        converted = old.__class__._converters[field.name](value)
    else:
        before = getattr(old, field.name)
        if before is None:
            before = _blank(field.type)
        converted = _changed(before, rest, value, field.type, path)
    twin = old.__class__._clone(old)
    setattr(twin, field.name, converted)
    twin.__class__ = old.__class__
    return twin


def _changed_item(
    old: tuple[Any, ...], step: str, rest: tuple[str, ...], value: Any, held: Type | None, path: str
) -> tuple[Any, ...]:
    inner = held.item if held is not None else None
    if not step.lstrip("-").isdigit() or not -len(old) <= int(step) <= len(old):
        raise TypeError(f"{path!r} leads nowhere: no item {step!r} in a list of {len(old)}")
    index = int(step) % len(old) if int(step) < 0 else int(step)
    if index == len(old):
        return (*old, _changed(_blank(inner), rest, value, inner, path))
    return (*old[:index], _changed(old[index], rest, value, inner, path), *old[index + 1 :])


@lru_cache(maxsize=4096)
def _field(cls: Any, step: str) -> Field | None:
    """The field of a class by either of its names, or None."""
    name = getattr(cls, "_aliases", {}).get(step)
    return None if name is None else next(field for field in cls._fields if field.name == name)


def _blank(held: Type | None) -> Any:
    if held is None or held.kind == "json":
        return freeze({})
    if held.cls is not None:
        return held.cls._empty  # type: ignore[attr-defined]
    return () if held.kind == "list" else freeze({})
