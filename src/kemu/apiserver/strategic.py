"""Strategic merge patch, on plain JSON: objects merge, and lists merge by the keys that their types name.

What a patch may say beside values are directives: `$patch: replace|delete|merge`, `$retainKeys`,
`$deleteFromPrimitiveList/…`, `$setElementOrder/…`. One that is malformed is refused in a real server's words, which
are those of two kinds: a BadRequest for a bad format, a 500 for a value of a wrong type.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from .. import errors
from ..objects.schema import Field, Shape
from . import failures
from .failures import go_text

Json = Any

DELETE_FROM = "$deleteFromPrimitiveList"
ELEMENT_ORDER = "$setElementOrder"
RETAIN_KEYS = "$retainKeys"
PATCH = "$patch"


def strategic(target: Json, patch: Json, shape: Shape | None) -> Json:
    """The target with a strategic merge patch applied, by the merge keys of its shape.

    Raises BadRequest for a malformed directive and InternalError where a list element lacks its merge key, as a real
    server does.
    """
    return _map(target if isinstance(target, Mapping) else {}, patch, shape)


def _map(target: Mapping[str, Any], patch: Mapping[str, Any], shape: Shape | None) -> dict[str, Any]:
    directive = patch.get(PATCH)
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != PATCH}
    if directive == "delete":
        return {}
    if PATCH in patch:
        raise failures.unexplained(f"unknown patch type: {go_text(directive)} in map: {go_text(patch)}")
    result = _retained(dict(target), patch)
    orders = _orders(patch)
    for key, value in patch.items():
        if key.startswith(DELETE_FROM):
            _delete_from(result, _named(key, "invalid patch format of primitive list"), value)
        if key.startswith("$"):
            continue
        if value is None:
            result.pop(key, None)
            continue
        field = shape.by_json.get(key) if shape is not None else None
        if isinstance(value, Mapping):
            inner = field.type.shape if field is not None and field.kind == "struct" else None
            had = result.get(key)
            if isinstance(had, Mapping):
                result[key] = _map(had, value, inner)
                continue
            result[key] = _taken(value)
            if result[key] is None:
                del result[key]
        elif isinstance(value, list) and not isinstance(result.get(key), list):
            result[key] = _taken(value)
        elif isinstance(value, list) and field is not None and "merge" in (field.patch_strategy or ""):
            result[key] = _list(result[key], value, field, orders.get(key))
        else:
            result[key] = value
    for name, order in orders.items():
        if name not in patch:
            _reorder(result, target, name, order, shape)
    return result


def _taken(value: Json) -> Json:
    """What a patch says of something that was not there: without what is null, and what has a directive is None."""
    if isinstance(value, Mapping):
        inside = {key: _taken(item) for key, item in value.items() if item is not None}
        return None if PATCH in value else {key: item for key, item in inside.items() if item is not None}
    if isinstance(value, list):
        return [_taken(item) for item in value if not (isinstance(item, Mapping) and PATCH in item)]
    return value


def left_over(target: Json, patch: Json, shape: Shape | None) -> Json:
    """What is left of a patch once it was applied, which is how a server shows it: without directives, the lists that
    they order, and what is null where nothing was."""
    if not isinstance(patch, Mapping) or PATCH in patch:
        return patch
    if not isinstance(target, Mapping):
        return _without_nulls(patch)
    spent = {key.partition("/")[2] for key in patch if key.startswith(ELEMENT_ORDER)}
    found = {}
    for key, value in patch.items():
        if key in spent or key.startswith((RETAIN_KEYS, DELETE_FROM, ELEMENT_ORDER)):
            continue
        field = shape.by_json.get(key) if shape is not None else None
        if isinstance(value, Mapping):
            inner = field.type.shape if field is not None and field.kind == "struct" else None
            found[key] = left_over(target.get(key), value, inner)
        elif isinstance(value, list) and field is not None and field.patch_merge_key:
            had = {_hashable(item.get(field.patch_merge_key)): item for item in target.get(key) or ()}
            items = [item.get(field.patch_merge_key) if isinstance(item, Mapping) else None for item in value]
            found[key] = [
                left_over(had[name], item, _inside(field)) if name in had else item
                for name, item in zip(map(_hashable, items), value, strict=True)
            ]
        else:
            found[key] = value
    return found


def _without_nulls(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _retained(result: dict[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """What `$retainKeys` leaves of an object; every field that the patch sets must be among them."""
    if RETAIN_KEYS not in patch:
        return result
    keys = patch[RETAIN_KEYS]
    sets = [key for key, value in patch.items() if value is not None and not key.startswith("$")]
    if (
        not isinstance(keys, list)
        or any(not isinstance(key, str) for key in keys)
        or any(key not in keys for key in sets)
    ):
        raise errors.BadRequest("invalid patch format of retainKeys")
    return {key: value for key, value in result.items() if key in keys}


def _named(key: str, malformed: str) -> str:
    """The field that a directive is about."""
    _, slash, name = key.partition("/")
    if not slash:
        raise errors.BadRequest(malformed)
    return name


def _orders(patch: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The lists whose order the patch says, each with that order."""
    found = {}
    for key, order in patch.items():
        if key.startswith(ELEMENT_ORDER):
            name = _named(key, "invalid patch format of setElementOrder list")
            for value in (order, patch.get(name, [])):
                if not isinstance(value, list):
                    raise failures.unexplained(f"expected a []interface {{}}, but received a {_go_type(value)}")
            found[name] = order
    return found


def _go_type(value: Json) -> str:
    if isinstance(value, Mapping):
        return "map[string]interface {}"
    names = {bool: "bool", str: "string", int: "int64", list: "[]interface {}"}
    return "%!s(<nil>)" if value is None else names.get(type(value), "float64")


def _delete_from(result: dict[str, Any], name: str, gone: Any) -> None:
    """Take scalars out of a list; what is no list is left alone."""
    had = result.get(name)
    if isinstance(had, list) and isinstance(gone, list):
        names = {_hashable(item) for item in gone}
        result[name] = [item for item in had if _hashable(item) not in names]


def _inside(field: Field) -> Shape | None:
    """The shape of the structs in a list."""
    item = field.type.item
    return item.shape if item is not None and item.kind == "struct" else None


def _reorder(
    result: dict[str, Any], target: Mapping[str, Any], name: str, order: list[Any], shape: Shape | None
) -> None:
    """Order a list that the patch does not change otherwise."""
    field = shape.by_json.get(name) if shape is not None else None
    if field is None:
        where = f"struct {shape.cls.__name__}" if shape is not None and shape.cls is not None else "map"
        raise failures.unexplained(f'unable to find api field in {where} for the json field "{name}"')
    had = result.get(name)
    if isinstance(had, list) and had:
        before = target.get(name)
        result[name] = _ordered(had, order, field.patch_merge_key, before if isinstance(before, list) else ())


def _list(target: list[Any], patch: Sequence[Any], field: Field, order: list[Any] | None) -> list[Any]:
    key = field.patch_merge_key
    if not key:
        known = {_hashable(item) for item in target}
        merged = [*target, *{_hashable(item): item for item in patch if _hashable(item) not in known}.values()]
        return _ordered(merged, order, None, target) if order else merged
    changes = [item for item in patch if not _special(item, key)]
    if any(isinstance(item, Mapping) and item.get(PATCH) == "replace" for item in patch):
        return _merged([], changes, key, _inside(field))
    gone = {_hashable(item[key]) for item in patch if isinstance(item, Mapping) and item.get(PATCH) == "delete"}
    left = [item for item in target if _hashable(item.get(key)) not in gone]
    return _ordered(_merged(left, changes, key, _inside(field)), order or patch, key, target)


def _special(item: Any, key: str) -> bool:
    """Whether an element of a patch is a directive. Raises InternalError for one that is malformed."""
    if not isinstance(item, Mapping) or PATCH not in item:
        return False
    directive = item[PATCH]
    if directive == "merge":
        raise failures.unexplained("merging lists cannot yet be specified in the patch")
    if directive == "delete" and key not in item:
        raise _keyless(item, key)
    if directive not in ("delete", "replace"):
        raise failures.unexplained(f"unknown patch type: {go_text(directive)} in map: {go_text(item)}")
    return True


def _keyless(item: Any, key: str) -> errors.ApiError:
    return failures.unexplained(f"map: {go_text(item)} does not contain declared merge key: {key}")


def _merged(target: list[Any], changes: Sequence[Any], key: str, shape: Shape | None) -> list[Any]:
    """The elements with those of a patch merged into the first that has the same key, or added."""
    result = list(target)
    places: dict[Hashable, int] = {}
    for index, item in enumerate(result):
        places.setdefault(_hashable(item.get(key)), index)
    for item in changes:
        if not isinstance(item, Mapping) or key not in item:
            raise _keyless(item, key)
        place = places.setdefault(_hashable(item[key]), len(result))
        if place < len(result):
            result[place] = _map(result[place], item, shape)
        else:
            result.append({name: value for name, value in item.items() if not name.startswith("$")})
    return result


def _hashable(value: Json) -> Hashable:
    """Something that is equal for equal JSON, and can be looked up."""
    return json.dumps(value, sort_keys=True) if isinstance(value, Mapping | list) else value


def _ordered(items: list[Any], order: Sequence[Any], key: str | None, before: Sequence[Any]) -> list[Any]:
    """The items in the order of the patch: its `$setElementOrder`, or itself."""

    def identity(item: Any) -> Hashable:
        return _hashable(item.get(key) if key and isinstance(item, Mapping) else item)

    return ordered(items, identity, [identity(entry) for entry in order], [identity(entry) for entry in before])


def ordered(
    items: list[Any], identity: Callable[[Any], Hashable], order: Sequence[Hashable], before: Sequence[Hashable]
) -> list[Any]:
    """The items in the order that a patch gives their identities, the server's own among them.

    An item that only the server has comes before one of the patch if both were there before, in that order; an item
    that is new comes as early as it can.
    """
    wanted: dict[Hashable, int] = {}
    for index, entry in enumerate(order):
        wanted.setdefault(entry, index)
    places: dict[Hashable, int] = {}
    for index, entry in enumerate(before):
        places.setdefault(entry, index)
    named = sorted((each for each in items if identity(each) in wanted), key=lambda each: wanted[identity(each)])
    others = [each for each in items if identity(each) not in wanted]
    result: list[Any] = []
    at, other = 0, 0
    while at < len(named) and other < len(others):
        left, right = places.get(identity(others[other])), places.get(identity(named[at]))
        if left is not None and right is not None and left < right:
            result.append(others[other])
            other += 1
        else:
            result.append(named[at])
            at += 1
    return [*result, *named[at:], *others[other:]]
