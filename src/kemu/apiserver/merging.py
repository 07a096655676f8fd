"""A JSON merge patch or a strategic merge patch on a typed object: what it does not name stays the very same value.

This is the short way for what nearly every patch is. Whatever is odd about one, such as a directive of a strategic
patch, raises `Unfit`; then the document has to be patched (`patch.py`), and the complaint found there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from operator import attrgetter
from typing import Any

from ..objects import Struct, convert, replaced, schema
from ..objects.compiled import Mismatch
from ..values.frozen import GIVEN_LIST, GIVEN_MAP, FrozenMap, kept
from ..values.quantity import Quantity
from ..values.times import MicroTime, Time
from .strategic import ordered

Json = Any

MOMENTS: Mapping[str, tuple[type, ...]] = {"time": (Time,), "microtime": (MicroTime,)}
"""Moments are patched by typed clients only: in JSON they are texts."""


class Unfit(Exception):
    """A patch that says what the type cannot hold: the document has to be patched, and the complaint found."""


def merged(obj: Any, patch: Json, strategic: bool = False) -> Any:
    """A typed object with a merge patch in it; the same object if that changes nothing.

    What the patch does not name is shared. Values of a merge patch may be typed ones, which replace what was there;
    a `strategic` one merges lists as their types say. Raises Unfit for anything that the fields do not hold as it
    stands. O(size of the patch).
    """
    if not isinstance(obj, Struct) or not isinstance(patch, Mapping):
        raise Unfit
    changes: dict[str, Any] = {}
    by_json = schema.shape_of(type(obj)).by_json
    for name, value in patch.items():
        field = by_json.get(name)
        if field is None or (not field.stored and value != getattr(obj, field.name)):
            raise Unfit
        if field.stored:
            before = getattr(obj, field.name)
            after = _merged_value(before, value, field, strategic)
            if after is not before and after != before:
                changes[field.name] = after
    return replaced(obj, **changes) if changes else obj


def _merged_value(before: Any, value: Any, field: schema.Field, strategic: bool) -> Any:
    held = field.type
    if value is None:
        return convert.empty(field)
    if held.kind == "string" and type(value) is str and held.format != "byte":
        return value or (None if field.optional and not field.pointer else value)
    if held.kind == "boolean" and type(value) is bool:
        return value or (None if field.optional and not field.pointer else value)
    if held.kind == "integer" and type(value) is int and -(1 << 31) <= value < 1 << 31:
        return value or (None if field.optional and not field.pointer else value)
    if held.kind == "list":
        merges = strategic and "merge" in (field.patch_strategy or "")
        return _merged_list(before, value, field) if merges else _whole_list(value, held)
    if value.__class__ in MOMENTS.get(held.kind, ()):
        return value
    if isinstance(value, Struct):
        if value.__class__ is not held.cls or strategic:
            raise Unfit
        return value
    if isinstance(value, Mapping):
        if held.kind == "struct":
            return merged(before if before is not None else held.cls._empty, value, strategic)  # type: ignore[union-attr]
        if held.kind == "map" and held.item is not None and held.item.kind == "string" and held.item.format != "byte":
            return _merged_texts(before, value, strategic)
        if held.kind == "map" and all(each.__class__ is Quantity for each in value.values()):
            amounts = {**before, **value}
            return before if amounts == before else FrozenMap(amounts)
    raise Unfit


def _merged_texts(before: Any, value: Mapping[str, Any], strategic: bool) -> Any:
    """A map of texts with some entries set, and those taken out that are null."""
    result = dict(before)
    for key, text in value.items():
        if strategic and key.startswith("$"):
            raise Unfit
        if text is None:
            result.pop(key, None)
        elif type(text) is str:
            result[key] = text
        else:
            raise Unfit
    return before if result == before else FrozenMap(result) or GIVEN_MAP


def _whole_list(value: Any, held: schema.Type) -> tuple[Any, ...]:
    """A list, which a merge patch replaces as a whole."""
    item = held.item
    if item is None or not isinstance(value, list | tuple):
        raise Unfit
    if item.kind == "string" and item.format != "byte" and all(type(each) is str for each in value):
        return tuple(value) or GIVEN_LIST
    if item.kind != "struct":
        raise Unfit
    found = []
    for each in value:
        if each.__class__ is item.cls:
            found.append(each)
        elif isinstance(each, Mapping):
            found.append(_decoded(item.cls, dict(each)))
        else:
            raise Unfit
    return tuple(found) or GIVEN_LIST


def _merged_list(before: tuple[Any, ...], value: Any, field: schema.Field) -> tuple[Any, ...]:
    """A list that a strategic patch merges item by item; the same one if that changes nothing."""
    item, key = field.type.item, field.patch_merge_key
    if item is None or not isinstance(value, list | tuple):
        raise Unfit
    if not key:
        if item.kind != "string" or item.format == "byte" or any(type(each) is not str for each in value):
            raise Unfit
        if not before:
            return tuple(value) or GIVEN_LIST
        found = tuple(dict.fromkeys((*before, *value)))
        return before if found == before else found
    if item.kind != "struct":
        raise Unfit
    if not before:
        return _whole_list(value, field.type)
    identity = attrgetter(item.shape.by_json[key].name)
    items = list(before)
    places: dict[Any, int] = {}
    for index, each in enumerate(before):
        places.setdefault(identity(each), index)
    wanted = []
    for each in value:
        typed = each.__class__ is item.cls
        name = identity(each) if typed else each.get(key) if isinstance(each, Mapping) else None
        if not name or type(name) not in (str, int):
            raise Unfit
        wanted.append(name)
        place = places.setdefault(name, len(items))
        if typed:
            if place < len(items):
                raise Unfit  # what a typed item leaves unset is not said
            items.append(each)
        elif place < len(items):
            items[place] = merged(items[place], each, strategic=True)
        else:
            items.append(_decoded(item.cls, each))
    return kept(before, tuple(ordered(items, identity, wanted, list(map(identity, before)))))


def _decoded(cls: Any, value: Any) -> Any:
    try:
        return cls._decode(value)
    except Mismatch:
        raise Unfit from None


def between(old: Any, new: Any, part: str) -> dict[str, Any]:
    """What a merge patch must say of one part of two versions of an object, with the values of the new one.

    Fields that are equal are not named; one that is gone is None.
    """
    before, after = getattr(old, part), getattr(new, part)
    if before is after:
        return {}
    found: dict[str, Any] = {}
    cls: Any = type(after)
    for field, was, now in zip(_stored(cls), cls._values(before), cls._values(after), strict=True):
        if was is not now and was != now:
            gone = now is None or (field.kind in ("list", "map") and not now)
            found[field.json] = None if gone else _map_patch(was, now) if field.kind == "map" else now
    return found


@cache
def _stored(cls: type) -> tuple[schema.Field, ...]:
    """The fields of a type of which its instances have values, in the order of these."""
    return tuple([field for field in schema.shape_of(cls).fields if field.stored])


def _map_patch(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    changed = {key: value for key, value in now.items() if was.get(key) != value}
    return {**changed, **{key: None for key in was if key not in now}}
