"""Sets of fields, as managedFields has them.

A set is a frozenset of paths; a path is a tuple of elements spelt as in `fieldsV1`: `f:name` for a field or map key,
`k:{"name":"app"}` for an item of a keyed list, `v:"x"` for a member of a set. Flat sets make the rules of ownership
plain set arithmetic.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any

from ..objects.schema import Type
from ..values.frozen import EMPTY_MAP, FrozenMap

Path = tuple[str, ...]
Fields = frozenset[Path]

FREE = Type("json", map_type="granular")
"""JSON without a schema: objects are owned and merged name by name, everything else is replaced."""

METADATA: Path = ("f:metadata",)
UNOWNED: Fields = frozenset(
    [
        ("f:apiVersion",),
        ("f:kind",),
        METADATA,
        (*METADATA, "f:name"),
        (*METADATA, "f:namespace"),
        (*METADATA, "f:creationTimestamp"),
        (*METADATA, "f:selfLink"),
        (*METADATA, "f:uid"),
        (*METADATA, "f:clusterName"),
        (*METADATA, "f:generation"),
        (*METADATA, "f:managedFields"),
        (*METADATA, "f:resourceVersion"),
    ]
)
"""Fields that nobody owns: what identifies the object, and what only the server writes."""

_compact = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
_quoted: Callable[[str], str] = encode_basestring_ascii


# Elements of paths


def member(value: Any) -> str:
    """The path element of a member of a set."""
    return "v:" + _written(value)


@lru_cache(maxsize=8192, typed=True)
def item_key(names: tuple[str, ...], *values: Any) -> str:
    """The path element of an item of a keyed list, from the values of its keys; a key that is None is left out."""
    return _key(names, values)


def document_key(item: Any, names: tuple[str, ...], defaults: tuple[Any, ...]) -> str:
    """The path element of an item in plain JSON, with what its keys are when it leaves them out."""
    found = item if isinstance(item, dict) else {}
    values = [found.get(name) for name in names]
    values = [default if value is None else value for value, default in zip(values, defaults, strict=True)]
    if any(value.__class__ in (list, dict) for value in values):  # wrong, which is for others to say
        return _key(names, values)
    return item_key(names, *values)


def _key(names: tuple[str, ...], values: Sequence[Any]) -> str:
    pairs = sorted([pair for pair in zip(names, values, strict=True) if pair[1] is not None])
    return "k:{" + ",".join([f'"{name}":{_written(value)}' for name, value in pairs]) + "}"


def _written(value: Any) -> str:
    """A value as compact JSON. Nearly all of them are texts and numbers."""
    if value.__class__ is str:
        return _quoted(value)
    return str(value) if value.__class__ is int else _compact(value)


@lru_cache(maxsize=4096)
def key_defaults(held: Type) -> tuple[Any, ...]:
    """What the keys of a keyed list are for an item that leaves them out."""
    by_json = held.item.shape.by_json if held.item is not None and held.item.kind == "struct" else {}
    fields = [by_json.get(name) for name in held.list_map_keys]
    return tuple([field.default if field is not None else None for field in fields])


def shown_path(path: Path) -> str:
    """A path as messages show it: `.spec.containers[name="app"].image`."""
    return "".join(map(shown_element, path))


@lru_cache(maxsize=8192)
def shown_element(element: str) -> str:
    """One element of a path as messages show it."""
    kind, _, rest = element.partition(":")
    if kind == "f":
        return f".{rest}"
    if kind == "k":
        pairs = ",".join(f"{key}={json.dumps(value)}" for key, value in json.loads(rest).items())
        return f"[{pairs}]"
    return f"[={rest}]"


# fieldsV1 on the wire


@lru_cache(maxsize=2048)
def to_fields_v1(fields: Fields) -> FrozenMap[str, Any]:
    """The nested form that managedFields shows, its names sorted. O(fields), and O(1) for the same set again."""
    root: dict[str, Any] = {".": {}} if () in fields else {}
    at = root
    parent: Path = ()
    for path in sorted(fields - {()}):
        if path[:-1] != parent:
            at, parent = root, path[:-1]
            for element in parent:
                at = _below(at, element)
        at[path[-1]] = {}
    return _frozen(root)


def _below(node: dict[str, Any], element: str) -> dict[str, Any]:
    """The node of a field that has others below it; one that is a member of the set itself is marked with a dot."""
    found: dict[str, Any] | None = node.get(element)
    if found is None:
        found = node[element] = {}
    elif not found:
        found["."] = {}
    return found


def _frozen(node: dict[str, Any]) -> FrozenMap[str, Any]:
    return FrozenMap({name: _frozen(inner) if inner else EMPTY_MAP for name, inner in node.items()})


@lru_cache(maxsize=2048)
def from_fields_v1(tree: FrozenMap[str, Any]) -> Fields:
    """The flat set of a nested form. O(fields), and O(1) for the same form again."""
    found: list[Path] = []
    _flatten(tree, (), found)
    return frozenset(found)


def _flatten(tree: Mapping[str, Any], path: Path, found: list[Path]) -> None:
    for name, inner in tree.items():
        if name == ".":
            found.append(path)
        elif inner and isinstance(inner, Mapping):
            _flatten(inner, (*path, name), found)
        else:
            found.append((*path, name))
