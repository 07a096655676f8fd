"""The three classic patches, on plain JSON: JSON patch, merge patch and strategic merge patch.

Each takes the document and the patch and returns a new document; neither argument is changed. Server-side apply, the
fourth, has rules of ownership and lives in `apply.py`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from ..objects import schema
from . import failures
from .failures import go_text

Json = Any

REJECTED = "the server rejected our request due to an error in our request"


class PatchFailed(Exception):
    """A JSON patch whose test failed or whose path leads nowhere."""


# JSON merge patch (RFC 7386)


def merge(target: Json, patch: Json) -> Json:
    """The target with the patch merged in: objects merge, null removes, everything else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return dict(sorted(result.items()))


# JSON patch (RFC 6902)


def json_patch(document: Json, operations: Sequence[Mapping[str, Any]]) -> Json:
    """The document after all operations; raises PatchFailed at the first that cannot be done."""
    document = copy.deepcopy(document)
    for operation in operations:
        verb = operation.get("op")
        if not isinstance(operation.get("path"), str):
            raise PatchFailed("Unable to decode path")
        path = _pointer(operation["path"])
        if not path and verb in ("add", "remove", "move", "copy"):
            raise PatchFailed(f"{verb} operation does not apply: the whole document can only be replaced")
        if verb == "add":
            document = _put(document, path, copy.deepcopy(operation.get("value")), insert=True)
        elif verb == "replace":
            if not isinstance(_lookup(document, path[:-1]), dict):
                _lookup(document, path)
            document = _put(document, path, copy.deepcopy(operation.get("value")), insert=False)
        elif verb == "remove":
            document = _drop(document, path)
        elif verb == "test":
            if not _tests(document, path, operation.get("value")):
                raise PatchFailed(f"testing value {operation.get('path')} failed")
        elif verb in ("move", "copy"):
            if not isinstance(operation.get("from"), str):
                raise PatchFailed("Unable to decode from")
            source = _pointer(operation["from"])
            value = copy.deepcopy(_lookup(document, source))
            if verb == "move":
                document = _drop(document, source)
            document = _put(document, path, value, insert=True)
        else:
            raise PatchFailed(f"Unexpected kind: {verb}")
    for operation in operations:
        for name in ("path", "from"):
            if isinstance(operation.get(name), str):
                _sort(document, _pointer(operation[name])[:-1])
    return document


def _sort(document: Json, path: Sequence[str]) -> None:
    """Order the members of every object on the way, as the library does that real servers patch with."""
    for part in (*path, None):
        if isinstance(document, dict):
            ordered = sorted(document.items())
            document.clear()
            document.update(ordered)
        if part is None:
            return
        try:
            document = _child(document, part)
        except PatchFailed:
            return


def _tests(document: Json, path: Sequence[str], wanted: Json) -> bool:
    try:
        return bool(_lookup(document, path) == wanted)
    except PatchFailed:
        return wanted is None


def _pointer(text: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _lookup(document: Json, path: Sequence[str]) -> Json:
    for part in path:
        document = _child(document, part)
    return document


def _child(document: Json, part: str) -> Json:
    if isinstance(document, Mapping) and part in document:
        return document[part]
    if isinstance(document, list):
        index = _index(part, len(document))
        if 0 <= index < len(document):
            return document[index]
    raise PatchFailed(f"nonexistent key {part}")


def _index(part: str, length: int) -> int:
    if part == "-":
        return length
    try:
        index = int(part)
    except ValueError:
        raise PatchFailed(f"{part} is not an index") from None
    return index + length if index < 0 else index


def _put(document: Json, path: Sequence[str], value: Json, *, insert: bool) -> Json:
    if not path:
        return value
    parent = _lookup(document, path[:-1])
    last = path[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list):
        index = _index(last, len(parent) + (insert and last.startswith("-") and last != "-"))
        if index < 0 or index > len(parent) or (not insert and index == len(parent)):
            raise PatchFailed(f"index {last} is out of bounds")
        if insert:
            parent.insert(index, value)
        else:
            parent[index] = value
    else:
        raise PatchFailed(f"nothing to add {last} to")
    return document


def _drop(document: Json, path: Sequence[str]) -> Json:
    if not path:
        return None
    parent = _lookup(document, path[:-1])
    _child(parent, path[-1])
    if isinstance(parent, dict):
        del parent[path[-1]]
    else:
        del parent[_index(path[-1], len(parent))]
    return document


# Strategic merge patch


def strategic(target: Json, patch: Json, cls: Any) -> Json:
    """The target with a strategic merge patch applied, by the merge keys of `cls`.

    Directives: `$patch: replace|delete|merge`, `$deleteFromPrimitiveList/…`, `$setElementOrder/…`, `$retainKeys`.
    Raises InternalError where a list element lacks its merge key, as a real server does.
    """
    return _strategic_map(target if isinstance(target, Mapping) else {}, patch, cls)


def _field(cls: Any, name: str) -> Any:
    return schema.field_of(cls, name) if cls is not None else None


def _strategic_map(target: Mapping[str, Any], patch: Mapping[str, Any], cls: Any) -> dict[str, Any]:
    directive = patch.get("$patch")
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    if directive == "delete":
        return {}
    if directive is not None:
        raise failures.unexplained(f"unknown patch type: {directive} in map: {go_text(patch)}")
    result = dict(target)
    if "$retainKeys" in patch:
        keep = set(patch["$retainKeys"])
        result = {key: value for key, value in result.items() if key in keep}
    for key, value in patch.items():
        if key.startswith("$deleteFromPrimitiveList/"):
            name = key.partition("/")[2]
            result[name] = [item for item in result.get(name) or () if item not in value]
        if key.startswith("$"):
            continue
        if value is None:
            result.pop(key, None)
            continue
        field = _field(cls, key)
        order = patch.get(f"$setElementOrder/{key}")
        if isinstance(value, Mapping):
            inner = field.item if field is not None and field.kind == "struct" else None
            had = result.get(key)
            result[key] = _strategic_map(had if isinstance(had, Mapping) else {}, value, inner)
        elif isinstance(value, list) and field is not None and "merge" in (field.patch_strategy or ""):
            result[key] = _strategic_list(result.get(key) or [], value, field, order)
        else:
            result[key] = value
    for key, order in patch.items():
        if key.startswith("$setElementOrder/") and key.partition("/")[2] not in patch:
            name = key.partition("/")[2]
            field = _field(cls, name)
            if field is not None and result.get(name):
                result[name] = _ordered(list(result[name]), order, field.patch_merge_key, target.get(name) or ())
    return result


def _strategic_list(target: Sequence[Any], patch: Sequence[Any], field: Any, order: Any) -> list[Any]:
    key = field.patch_merge_key
    if not key:
        merged = list(target) + [item for item in patch if item not in target]
        return _ordered(merged, order, None, target) if order else merged
    if any(isinstance(item, Mapping) and item.get("$patch") == "replace" for item in patch):
        return [item for item in patch if not (isinstance(item, Mapping) and item.get("$patch") == "replace")]
    result = list(target)
    for item in patch:
        if not isinstance(item, Mapping) or key not in item:
            shown = go_text(item)
            raise failures.unexplained(f"map: {shown} does not contain declared merge key: {key}")
        if item.get("$patch") == "merge":
            raise failures.unexplained("merging lists cannot yet be specified in the patch")
        places = [index for index, other in enumerate(result) if other.get(key) == item[key]]
        if item.get("$patch") == "delete":
            result = [other for other in result if other.get(key) != item[key]]
        elif places:
            merged_item = _strategic_map(result[places[0]], item, field.item)
            if item.get("$patch") == "replace":
                merged_item = {name: value for name, value in item.items() if name != "$patch"}
            result[places[0]] = merged_item
        else:
            result.append({name: value for name, value in item.items() if not name.startswith("$")})
    return _ordered(result, order or patch, key, target)


def _ordered(items: list[Any], order: Sequence[Any], key: str | None, before: Sequence[Any]) -> list[Any]:
    """The items in the order of the patch (its `$setElementOrder`, or itself), the server's own among them.

    An item that only the server has comes before one of the patch if both were there before, in that order; an item
    that is new comes as early as it can.
    """

    def identity(item: Any) -> Any:
        return item.get(key) if key and isinstance(item, Mapping) else item

    wanted = [identity(entry) for entry in order]
    places = [identity(entry) for entry in before]
    named = sorted((each for each in items if identity(each) in wanted), key=lambda each: wanted.index(identity(each)))
    others = [each for each in items if identity(each) not in wanted]
    result: list[Any] = []
    while named and others:
        left, right = identity(others[0]), identity(named[0])
        earlier = left in places and right in places and places.index(left) < places.index(right)
        result.append((others if earlier else named).pop(0))
    return [*result, *named, *others]
