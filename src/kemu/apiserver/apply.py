"""Server-side apply: what happens when two want the same field.

Applying takes the fields of the configuration, gives up those that an earlier configuration of the same manager had,
and removes from the object those that nobody else owns. A field that another manager owns with another value is a
conflict, unless the apply is forced. Who owns what is in `ownership.py`.

Documents are plain JSON here. What an apply leaves as it is stays the same value, so that whoever compares afterwards
finds the differences without looking at the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from ..objects.schema import Shape, Type
from ..values.frozen import alike, kept
from .differences import NOTHING, difference_of_documents, fields_of
from .field_sets import FREE, Fields, Path, document_key, key_defaults, member
from .ownership import Manager, Managers, conflict

Json = Any


@attrs.frozen
class Applied:
    """What an apply makes of the object, and who owns what afterwards."""

    document: Json
    """The very document that was given, when nothing has changed."""
    managers: Managers


def apply(
    live: Json,
    config: Json,
    wanted: Fields,
    shape: Shape,
    managers: Managers,
    manager: Manager,
    *,
    force: bool,
    yielded: Fields = frozenset(),
    version: str = "",
) -> Applied:
    """The live document with the configuration applied, which sets the fields `wanted`.

    Raises Conflict unless forced, but not about `yielded`; `version` is what the others are shown in. An apply that
    changes nothing keeps the time of its entry, or adds one without a time.
    """
    before = next((fields for each, fields in managers.items() if each.identity == manager.identity), frozenset())
    others = {other: fields for other, fields in managers.items() if other.identity != manager.identity}
    merged = merge(live, config, shape)
    merged = _given_up(merged, before - wanted, wanted, others, shape)
    found = difference_of_documents(live, merged, shape) if others else NOTHING
    if found.changed and not force:
        disputed = found.changed - yielded
        clashes = {other: sorted(clash) for other, fields in others.items() if (clash := fields & disputed)}
        if clashes:
            raise conflict(clashes, version)
    owned = {other: left for other, fields in others.items() if (left := fields - found.changed - found.gone)}
    if merged is live:
        manager = next(
            (each for each in managers if each.identity == manager.identity), attrs.evolve(manager, time=None)
        )
    if wanted:
        owned[manager] = wanted
    return Applied(merged, owned)


def agreed(live: Json, config: Json, shape: Shape) -> Fields:
    """The fields that a configuration sets to what they are."""
    found = difference_of_documents(live, merge(live, config, shape), shape)
    return fields_of(config, shape) - found.changed


# Merging


_MISSING: Any = object()


def merge(live: Mapping[str, Any], config: Mapping[str, Any], shape: Shape) -> Mapping[str, Any]:
    """The live document with every value of the configuration put in, lists by their type."""
    by_json = shape.by_json
    result: dict[str, Any] | None = None
    for name, value in config.items():
        field = by_json.get(name)
        before = live.get(name, _MISSING)
        now = _merged(before, value, field.type if field is not None else FREE)
        if now is not before:
            if result is None:
                result = dict(live)
            result[name] = now
    return live if result is None else result


def _merged(live: Json, value: Json, held: Type) -> Json:
    """One value with the configured one put in; the very live value when that changes nothing."""
    if isinstance(value, dict) and isinstance(live, dict) and not held.atomic:
        if held.kind == "struct":
            return merge(live, value, held.shape)
        return _merged_entries(live, value, held.item or FREE)
    if isinstance(value, list) and isinstance(live, list) and not held.atomic:
        if held.list_type == "set":
            return _merged_members(live, value)
        if held.list_type == "map" and held.item is not None:
            return _merged_items(live, value, held, held.item)
    if value is None and live and isinstance(live, (dict, list)) and not held.atomic:
        return live
    return live if alike(live, value) else value


def _merged_entries(live: Mapping[str, Any], config: Mapping[str, Any], item: Type) -> Mapping[str, Any]:
    result: dict[str, Any] | None = None
    for name, value in config.items():
        before = live.get(name, _MISSING)
        now = _merged(before, value, item)
        if now is not before:
            if result is None:
                result = dict(live)
            result[name] = now
    return live if result is None else result


def _merged_items(live: Sequence[Any], config: Sequence[Any], held: Type, item: Type) -> Sequence[Any]:
    """Keyed items: those of the configuration merged with those of the same key, the others as they were."""
    names = held.list_map_keys
    defaults = key_defaults(held)
    old = {document_key(each, names, defaults): each for each in live}
    new = {document_key(each, names, defaults): each for each in config}
    return kept(
        live,
        [
            _merged(old.get(key, _MISSING), new[key], item) if key in new else old[key]
            for key in _in_order(list(old), list(new))
        ],
    )


def _merged_members(live: Sequence[Any], config: Sequence[Any]) -> Sequence[Any]:
    old, new = ({member(each): each for each in items} for items in (live, config))
    return kept(live, [old[key] if key in old else new[key] for key in _in_order(list(old), list(new))])


def _in_order(old: list[str], new: list[str]) -> list[str]:
    """The keys of a merged list: those of the configuration in its order, the others where they were among them."""
    if old == new:
        return new
    theirs, ours = set(new), set(old)
    shared = iter([key for key in new if key in ours])
    wanted = next(shared, None)
    result: list[str] = []
    taken: set[str] = set()
    at = place = 0
    while at < len(old) or place < len(new):
        key = old[at] if at < len(old) else ""
        if at < len(old) and place < len(new):
            if key == new[place]:
                at += 1
            elif key in theirs and wanted not in (None, key):
                at += 1
                continue
        if at < len(old) and old[at] == key and key not in theirs:
            result.append(key)
            at += 1
            continue
        if at < len(old) and old[at] == key and key in taken:
            at += 1
        if place < len(new):
            taken.add(new[place])
            result.append(new[place])
            if new[place] == wanted:
                wanted = next(shared, None)
            place += 1
    return result


# Giving up


def _given_up(merged: Json, dropped: Fields, wanted: Fields, others: Managers, shape: Shape) -> Json:
    """The document without the fields that its manager no longer applies and that nobody else owns.

    With the last field of a struct that anybody owned goes the struct, and what nobody owns in it.
    """
    if not dropped:
        return merged
    kept = wanted.union(*others.values())
    around = {each for path in dropped for each in _structs_around(path, shape)}
    for path in sorted(dropped | around, key=lambda path: (len(path), path)):
        if path not in kept and not any(other[: len(path)] == path for other in kept):
            merged = _without(merged, path, Type("struct", shape=shape))
    return merged


def _structs_around(path: Path, shape: Shape) -> Iterator[Path]:
    """The fields with a name of their own (those of structs, not of maps) that a path leads through."""
    held = Type("struct", shape=shape)
    for end, element in enumerate(path[:-1], 1):
        kind, _, name = element.partition(":")
        if kind != "f":
            held = held.item or FREE
            continue
        if held.kind == "struct" and name in held.shape.by_json:
            yield path[:end]
        held = _below(held, name)


def _without(value: Json, path: Path, held: Type) -> Json:
    """A value without what is at a path; what becomes empty on the way stays."""
    element, rest = path[0], path[1:]
    kind, _, name = element.partition(":")
    if kind == "f":
        if not isinstance(value, dict) or name not in value:
            return value
        if rest:
            return {**value, name: _without(value[name], rest, _below(held, name))}
        return {key: item for key, item in value.items() if key != name}
    if not isinstance(value, list):
        return value
    if kind == "v":
        return [item for item in value if item != json.loads(name)]
    names, defaults, item_type = held.list_map_keys, key_defaults(held), held.item or FREE
    result = []
    for item in value:
        if document_key(item, names, defaults) != element:
            result.append(item)
        elif rest:
            result.append(_without(item, rest, item_type))
    return result


def _below(held: Type, name: str) -> Type:
    """The type of a named value in a struct or map."""
    if held.kind == "struct":
        field = held.shape.by_json.get(name)
        return field.type if field is not None else FREE
    return held.item or FREE
