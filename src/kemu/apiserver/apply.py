"""Server-side apply: who owns which field, and what happens when two want the same one.

A set of fields is a frozenset of paths; a path is a tuple of elements spelt as in `fieldsV1`: `f:name` for a field or
map key, `k:{"name":"app"}` for an item of a keyed list, `v:"x"` for a member of a set. Flat sets make the rules of
ownership plain set arithmetic:

- applying takes the fields of the configuration, gives up those that an earlier configuration of the same manager had,
  and removes from the object those that nobody else owns;
- a field that another manager owns with another value is a conflict, unless the apply is forced;
- any other write makes its writer the owner of what it changed, and takes that from everybody else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from .. import errors
from ..objects import meta, schema
from ..values.times import Time
from .failures import go_text

Json = Any
Path = tuple[str, ...]
Fields = frozenset[Path]

UNOWNED: tuple[Path, ...] = (
    ("f:apiVersion",),
    ("f:kind",),
    ("f:metadata",),
    *(
        ("f:metadata", f"f:{name}")
        for name in (
            "name",
            "namespace",
            "creationTimestamp",
            "selfLink",
            "uid",
            "clusterName",
            "generation",
            "managedFields",
            "resourceVersion",
        )
    ),
)
"""Fields that nobody owns: what identifies the object, and what only the server writes."""


@attrs.frozen
class Manager:
    """One line of managedFields without its fields: who wrote, how, in which version, through which subresource."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""
    time: Time | None = None

    @property
    def identity(self) -> tuple[str, str, str, str]:
        return (self.name, self.operation, self.api_version, self.subresource)


Managers = dict[Manager, Fields]


# Fields of a document


def fields_of(document: Json, cls: Any) -> Fields:
    """Every field that a document sets, by the list and map types of `cls`. O(size of the document)."""
    return frozenset(path for path, inner in _walk(document, _Struct(cls), ()) if not inner) - frozenset(UNOWNED)


def _all_fields(document: Json, cls: Any) -> dict[Path, bool]:
    """The same with the maps and structs around the fields; whether a path is one of these."""
    found: dict[Path, bool] = {}
    for path, inner in _walk(document, _Struct(cls), ()):
        found[path] = inner and found.get(path, True)
    for path in UNOWNED:
        found.pop(path, None)
    return found


@attrs.frozen
class _Struct:
    """Where the walk is: the class of a struct, or None for free-form JSON."""

    cls: Any


def _walk(value: Json, at: _Struct, path: Path) -> Iterator[tuple[Path, bool]]:
    for name, item in value.items():
        here = (*path, f"f:{name}")
        field = schema.field_of(at.cls, name) if at.cls is not None else None
        yield from _walk_field(item, field, here)
        if item is None or item == {} or (field is None and at.cls is not None):
            yield here, False


def _walk_field(value: Json, field: Any, path: Path) -> Iterator[tuple[Path, bool]]:
    if isinstance(value, Mapping) and value:
        if field is not None and _atomic(field):
            yield path, False
            return
        yield path, True
        if field is not None and field.kind == "map":
            for key, item in value.items():
                yield (*path, f"f:{key}"), False
                if isinstance(item, Mapping) and isinstance(field.item, type):
                    yield from _walk(item, _Struct(field.item), (*path, f"f:{key}"))
        else:
            yield from _walk(value, _Struct(field.item if field is not None else None), path)
    elif isinstance(value, list) and field is not None and field.list_type == "map":
        if value:
            yield path, True
        whole = schema.map_type(field.item) == "atomic"
        for item in value:
            key = item_key(item, field)
            yield (*path, key), False
            if not whole:
                yield from _walk(item, _Struct(field.item), (*path, key))
    elif isinstance(value, list) and field is not None and field.list_type == "set":
        if value:
            yield path, True
        for item in value:
            yield (*path, "v:" + json.dumps(item, separators=(",", ":"), sort_keys=True)), False
    elif value != {}:
        yield path, False


def _atomic(field: Any) -> bool:
    """Whether a map or struct is owned as a whole."""
    if field.kind == "struct":
        return (field.map_type or schema.map_type(field.item)) == "atomic"
    return field.map_type == "atomic" or field.kind != "map"


def item_key(item: Mapping[str, Any], field: Any) -> str:
    """The path element of an item of a keyed list; keys that the item leaves out have their default."""
    key = {}
    for name in field.list_map_keys:
        value = item.get(name)
        if value is None:
            inner = schema.field_of(field.item, name)
            value = inner.default if inner is not None else None
        if value is not None:
            key[name] = value
    return "k:" + json.dumps(key, separators=(",", ":"), sort_keys=True)


def mistakes(document: Json, cls: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, complaint) of everything in a configuration that the type does not have, or has differently."""
    for name, value in document.items():
        field = schema.field_of(cls, name)
        where = f"{path}.{name}"
        if field is None:
            yield where, "field not declared in schema"
        elif value is not None:
            yield from _misfits(value, field.type, where)


EXPECTED: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
SCALAR_WORDS = {
    "string": "expected string, got {}",
    "integer": "expected numeric (int or float), got {}",
    "number": "expected numeric (int or float), got {}",
    "boolean": "expected boolean, got {}",
}


def _misfits(value: Json, held: Any, where: str) -> Iterator[tuple[str, str]]:
    if held.kind in ("struct", "map"):
        if not isinstance(value, Mapping):
            yield where, f"expected map, got &{{{go_text(value)}}}"
        elif held.kind == "struct":
            yield from mistakes(value, held.cls, where)
        elif held.item is not None:
            for key, item in value.items():
                if item is not None:
                    yield from _misfits(item, held.item, f"{where}.{key}")
    elif held.kind == "list":
        if not isinstance(value, list):
            yield where, f"expected list, got &{{{go_text(value)}}}"
        elif held.item is not None:
            for number, item in enumerate(value):
                if item is not None:
                    yield from _misfits(item, held.item, f"{where}[{number}]")
    elif held.kind in EXPECTED:
        wrong_bool = isinstance(value, bool) and held.kind != "boolean"
        if wrong_bool or not isinstance(value, EXPECTED[held.kind]):
            shown = f"&value.valueUnstructured{{Value:{go_text(value)}}}" if held.kind != "integer" else _noun(value)
            yield where, SCALAR_WORDS[held.kind].format(shown)


def _noun(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "map" if isinstance(value, Mapping) else "list"


# fieldsV1 on the wire


def to_fields_v1(fields: Fields) -> dict[str, Any]:
    """The nested form that managedFields shows."""
    root: dict[str, Any] = {}
    for path in sorted(fields):
        at = root
        for element in path:
            at = at.setdefault(element, {})
        at["."] = {}
    return _tidy(root)


def _tidy(node: dict[str, Any]) -> dict[str, Any]:
    """A member that has nothing below it is written as {}, one that has is marked with a dot."""
    result = {}
    for name in sorted(node):
        if name == ".":
            continue
        inner = _tidy(node[name])
        if "." in node[name] and inner:
            inner = {".": {}, **inner}
        result[name] = inner
    return result


def from_fields_v1(tree: Mapping[str, Any], path: Path = ()) -> Fields:
    """The flat set of a nested form."""
    found: set[Path] = set()
    for name, inner in tree.items():
        if name == ".":
            found.add(path)
        elif inner:
            found |= from_fields_v1(inner, (*path, name))
        else:
            found.add((*path, name))
    return frozenset(found)


def managers_of(entries: Iterable[Any]) -> Managers:
    """The owners that an object's managedFields name."""
    return {
        Manager(
            entry.manager or "",
            entry.operation or "Update",
            entry.api_version or "",
            entry.subresource or "",
            entry.time,
        ): from_fields_v1(entry.fields_v1 or {})
        for entry in entries
    }


def entries_of(managers: Managers) -> tuple[Any, ...]:
    """managedFields: applies first, then updates by time, as a real server sorts them."""
    ordered = sorted(
        ((manager, fields) for manager, fields in managers.items() if fields),
        key=lambda pair: (pair[0].operation, int(pair[0].time or 0), pair[0].name, pair[0].subresource),
    )
    return tuple(
        meta.ManagedFieldsEntry(
            manager=manager.name,
            operation=manager.operation,
            api_version=manager.api_version,
            time=manager.time,
            fields_type="FieldsV1",
            fields_v1=to_fields_v1(fields),
            subresource=manager.subresource or None,
        )
        for manager, fields in ordered
    )


# Applying


@attrs.frozen
class Applied:
    """What an apply makes of the object, and who owns what afterwards."""

    document: Json
    managers: Managers


def apply(
    live: Json,
    config: Json,
    cls: Any,
    managers: Managers,
    manager: Manager,
    *,
    force: bool,
    yielded: Fields = frozenset(),
) -> Applied:
    """The live document with the configuration applied. Raises Conflict unless forced, but not about `yielded`."""
    wanted = fields_of(config, cls)
    merged = merge_documents(live, config, _Struct(cls))
    before = _own(managers, manager)
    others = {other: fields for other, fields in managers.items() if other.identity != manager.identity}
    changed = {path for path in wanted if _at(live, path, cls) != _at(merged, path, cls)}
    disputed = changed - yielded
    clashes = {other: sorted(fields & disputed) for other, fields in others.items() if fields & disputed}
    if clashes and not force:
        raise conflict(clashes)
    others = {other: fields - changed for other, fields in others.items()}
    kept = frozenset().union(wanted, *others.values())
    given_up = sorted((path for path in before - wanted if not _still_owned(path, kept)), key=len)
    for path in given_up:
        merged = _without(merged, path, cls)
    owned = {other: fields for other, fields in others.items() if fields}
    stamp = manager
    if merged == live:
        stamp = next((each for each in managers if each.identity == manager.identity), attrs.evolve(manager, time=None))
    if wanted:
        owned[stamp] = wanted
    return Applied(merged, owned)


def agreed(live: Json, config: Json, cls: Any) -> Fields:
    """The fields that a configuration sets to what they are."""
    return frozenset(path for path in fields_of(config, cls) if _at(live, path, cls) == _at(config, path, cls))


def _own(managers: Managers, manager: Manager) -> Fields:
    return next((fields for each, fields in managers.items() if each.identity == manager.identity), frozenset())


def _still_owned(path: Path, kept: Fields) -> bool:
    """Whether somebody owns the field, or something inside it."""
    return path in kept or any(other[: len(path)] == path for other in kept)


def written(old: Json, new: Json, cls: Any, managers: Managers, manager: Manager) -> Managers:
    """Who owns what after a write that was no apply: the writer what it changed, nobody what is gone.

    A new object is compared with an empty one. A map or struct that was not there before belongs to the writer as
    well as what is in it.
    """
    now, before = _all_fields(new, cls), _all_fields(old, cls)
    changed = frozenset(
        path
        for path, inner in now.items()
        if path not in before or (not inner and _at(old, path, cls) != _at(new, path, cls))
    )
    gone = frozenset(before) - frozenset(now)
    result: Managers = {}
    mine = changed
    for other, fields in managers.items():
        if other.identity == manager.identity:
            mine = mine | (fields - gone)
            stamp = other if not changed and not (fields & gone) else manager
            manager = stamp
            continue
        left = fields - changed - gone
        if left:
            result[other] = left
    if mine:
        result[manager] = mine
    return result


def merge_documents(live: Json, config: Json, at: _Struct) -> Json:
    """The live document with every value of the configuration put in, lists by their type."""
    result = dict(live) if isinstance(live, Mapping) else {}
    for name, value in config.items():
        field = schema.field_of(at.cls, name) if at.cls is not None else None
        result[name] = _merge_field(result.get(name), value, field)
    return result


def _merge_field(live: Json, value: Json, field: Any) -> Json:
    if isinstance(value, Mapping):
        if field is not None and _atomic(field):
            return value
        if field is not None and field.kind == "map":
            inner = _Struct(field.item if isinstance(field.item, type) else None)
            had = live if isinstance(live, Mapping) else {}
            return {
                **had,
                **{
                    key: merge_documents(had.get(key) or {}, item, inner) if isinstance(item, Mapping) else item
                    for key, item in value.items()
                },
            }
        return merge_documents(live or {}, value, _Struct(field.item if field is not None else None))
    if isinstance(value, list) and field is not None and field.list_type == "map":
        return _merge_items(live or [], value, field)
    if isinstance(value, list) and field is not None and field.list_type == "set":
        return [*(live or ()), *(item for item in value if item not in (live or ()))]
    return value


def _merge_items(live: Sequence[Any], config: Sequence[Any], field: Any) -> list[Any]:
    """Keyed items: those of the configuration in its order, the others where they were among them."""
    old = {item_key(item, field): item for item in live}
    new = {item_key(item, field): item for item in config}
    result: list[Any] = []
    pending = list(new)
    for key, item in old.items():
        if key not in new:
            result.append(item)
            continue
        while pending:
            first = pending.pop(0)
            result.append(merge_documents(old.get(first, {}), new[first], _Struct(field.item)))
            if first == key:
                break
    result.extend(merge_documents(old.get(key, {}), new[key], _Struct(field.item)) for key in pending)
    return result


_MISSING = object()


def _at(document: Json, path: Path, cls: Any) -> Json:
    """The value at a path, or a marker that equals nothing else."""
    at: Json = document
    field_cls, field = cls, None
    for element in path:
        kind, _, rest = element.partition(":")
        if kind == "f":
            if not isinstance(at, Mapping) or rest not in at:
                return _MISSING
            at = at[rest]
            field = schema.field_of(field_cls, rest) if field_cls is not None else None
            if field is not None:
                field_cls = field.item if isinstance(field.item, type) else None
        elif kind == "k":
            found = next((item for item in at or () if item_key(item, field) == element), _MISSING)
            if found is _MISSING:
                return _MISSING
            at = found
        else:
            value = json.loads(rest)
            return value if value in (at or ()) else _MISSING
    if path and path[-1].startswith("k:"):
        return True
    return at


def _without(document: Json, path: Path, cls: Any, field: Any = None) -> Json:
    """The document without what is at a path; what becomes empty on the way stays."""
    element, rest = path[0], path[1:]
    kind, _, name = element.partition(":")
    if kind == "f":
        if not isinstance(document, Mapping) or name not in document:
            return document
        if not rest:
            return {key: value for key, value in document.items() if key != name}
        inner = schema.field_of(cls, name) if cls is not None else None
        next_cls = inner.item if inner is not None and isinstance(inner.item, type) else None
        if inner is None and field is not None and field.kind == "map":
            next_cls = cls
        return {**document, name: _without(document[name], rest, next_cls, inner)}
    if not isinstance(document, list):
        return document
    if kind == "v":
        return [item for item in document if item != json.loads(name)]
    if not rest:
        return [item for item in document if item_key(item, field) != element]
    return [_without(item, rest, cls) if item_key(item, field) == element else item for item in document]


# Conflicts


def conflict(clashes: Mapping[Manager, Sequence[Path]]) -> errors.Conflict:
    """The 409 that lists who owns what was to be changed."""
    causes = []
    blocks = []
    for manager in sorted(clashes, key=lambda each: each.name):
        who = _shown(manager)
        paths = [shown_path(path) for path in clashes[manager]]
        causes += [
            {"reason": "FieldManagerConflict", "message": f"conflict with {who}", "field": path} for path in paths
        ]
        blocks.append((who, paths))
    count = len(causes)
    if count == 1:
        text = f"Apply failed with 1 conflict: conflict with {blocks[0][0]}: {blocks[0][1][0]}"
    else:
        lines = [f"conflicts with {who}:" + "".join(f"\n- {path}" for path in paths) for who, paths in blocks]
        text = f"Apply failed with {count} conflicts: " + "\n".join(lines)
    return errors.Conflict(text, details={"causes": causes})


def _shown(manager: Manager) -> str:
    text = json.dumps(manager.name)
    if manager.subresource:
        text += f" with subresource {json.dumps(manager.subresource)}"
    if manager.operation == "Update":
        text += f" using {manager.api_version}"
    return text


def shown_path(path: Path) -> str:
    """A path as messages show it: `.spec.containers[name="app"].image`."""
    text = ""
    for element in path:
        kind, _, rest = element.partition(":")
        if kind == "f":
            text += f".{rest}"
        elif kind == "k":
            pairs = ",".join(f"{key}={json.dumps(value)}" for key, value in json.loads(rest).items())
            text += f"[{pairs}]"
        else:
            text += f"[={rest}]"
    return text
