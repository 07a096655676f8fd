"""The three classic patches, on plain JSON: JSON patch, merge patch and strategic merge patch.

Each takes the document and the patch and returns a new document; neither argument is changed. Server-side apply, the
fourth, has rules of ownership and lives in `apply.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..objects.depth import MAX_DEPTH, depth_of
from ..objects.writer import compact
from ..values.frozen import alike
from .strategic import strategic

Json = Any

__all__ = ["MAX_COPIED", "REJECTED", "PatchFailed", "TestFailed", "json_patch", "merge", "strategic"]

MAX_COPIED = 3 * 1024 * 1024
"""Bytes that the `copy` operations of one JSON patch may add up to."""

REJECTED = "the server rejected our request due to an error in our request"


class PatchFailed(Exception):
    """A JSON patch whose test failed or whose path leads nowhere."""


class TestFailed(PatchFailed):
    """A JSON patch whose test failed."""


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
    """The document after all operations; raises PatchFailed at the first that cannot be done, that copies more than
    MAX_COPIED bytes together with those before it, or that nests the document too deeply.
    """
    document, copied = _copy(document), 0
    touched: dict[tuple[str, ...], None] = {}
    deepest = max(depth_of(document), 1)
    for operation in operations:
        operation = operation or {}
        verb, path = operation.get("op"), _path(operation, "path")
        if not path and verb in ("add", "remove", "move", "copy"):
            raise PatchFailed(f"{verb} operation does not apply: the whole document can only be replaced")
        depth = 0
        if verb in ("add", "replace"):
            value = _copy(operation.get("value"))
            depth = len(path) + depth_of(value)
            document = _put(document, path, value, verb, operation["path"])
        elif verb == "remove":
            document = _drop(document, path, verb, operation["path"])
        elif verb == "test":
            if not _tests(document, path, operation.get("value")):
                raise TestFailed(f"testing value {operation.get('path')} failed")
        elif verb in ("move", "copy"):
            source = _path(operation, "from")
            value = _source(document, source, verb, operation["from"])
            if verb == "copy":
                copied += _size(value)
                if copied > MAX_COPIED:
                    raise PatchFailed(f"the accumulated size increase of copy exceeds the limit {MAX_COPIED}")
                value = _copy(value)
            else:
                document = _drop(document, source, verb, operation["from"])
            depth = len(path) + deepest - len(source)
            document = _put(document, path, value, verb, operation["path"])
            touched[tuple(source[:-1])] = None
        else:
            raise PatchFailed(f"Unexpected kind: {verb}")
        touched[tuple(path[:-1])] = None
        if depth > deepest:
            deepest = depth if depth <= MAX_DEPTH else depth_of(document)
        if deepest > MAX_DEPTH:
            raise PatchFailed("the document is nested too deeply")
    _sort(document, touched)
    return document


def _path(operation: Mapping[str, Any], name: str) -> list[str]:
    text = operation.get(name)
    if not isinstance(text, str):
        raise PatchFailed(f"Unable to decode {name}")
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _copy(value: Json) -> Json:
    """A copy of JSON that shares no list and no object with it."""
    if isinstance(value, Mapping):
        return {name: _copy(item) for name, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list | tuple) else value


def _size(value: Json) -> int:
    """How many bytes the text of some JSON has."""
    return len(compact(value).encode())


def _sort(document: Json, paths: Iterable[tuple[str, ...]]) -> None:
    """Order the members of every object on the way, as the library does that real servers patch with."""
    ways = dict.fromkeys(path[:length] for path in paths for length in range(len(path) + 1))
    for way in ways:
        try:
            found = _lookup(document, way)
        except PatchFailed:
            continue
        if isinstance(found, dict):
            ordered = sorted(found.items())
            found.clear()
            found.update(ordered)


def _tests(document: Json, path: Sequence[str], wanted: Json) -> bool:
    try:
        return alike(_lookup(document, path), wanted)
    except PatchFailed:
        return wanted is None


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
        raise _invalid(part)
    raise PatchFailed(f"nonexistent key {part}")


def _index(part: str, length: int) -> int:
    if part == "-":
        return length
    if _INDEX.fullmatch(part) is None:
        raise PatchFailed(f'strconv.Atoi: parsing "{part}": invalid syntax')
    index = int(part)
    return index + length if index < 0 else index


_INDEX = re.compile(r"[-+]?[0-9]{1,18}")
_IN = {"add": "add", "remove": "remove", "replace": "remove", "move": "move", "copy": "copy"}
"""What an operation is called when what it does to an object or a list fails."""


def _holder(document: Json, path: Sequence[str], verb: str, where: str, what: str) -> Json:
    """The object or the list in which an operation does something. Raises PatchFailed where there is none."""
    try:
        found = _lookup(document, path[:-1])
    except PatchFailed:
        found = None
    if path and isinstance(found, (dict, list)):
        return found
    shown = f'"{where}"' if verb in ("add", "remove") else where
    raise PatchFailed(f"{verb} operation does not apply: doc is missing {what}: {shown}: missing value")


def _invalid(index: str | int) -> PatchFailed:
    return PatchFailed(f"Unable to access invalid index: {index}: invalid index referenced")


def _put(document: Json, path: Sequence[str], value: Json, verb: str, where: str) -> Json:
    """The document with a value at a path: another one (`replace`), or one more."""
    if not path:
        return value
    insert = verb != "replace"
    parent = _holder(document, path, verb, where, "path" if verb in ("add", "replace") else "destination path")
    last = path[-1]
    if isinstance(parent, dict):
        parent[last] = value
        return document
    try:
        index = _index(last, len(parent) + (insert and last.startswith("-") and last != "-"))
        if index < 0 or index > len(parent) or (not insert and index == len(parent)):
            raise _invalid(last)
    except PatchFailed as problem:
        if not insert:
            text = f"replace operation does not apply: doc is missing key: {where}: missing value"
            raise PatchFailed(text) from None
        raise PatchFailed(f"error in {_IN[verb]} for path: '{where}': {problem}") from None
    if insert:
        parent.insert(index, value)
    else:
        parent[index] = value
    return document


def _source(document: Json, path: Sequence[str], verb: str, where: str) -> Json:
    """What is moved or copied: nothing, where an object has no such name."""
    if not path:
        return document
    parent = _holder(document, path, verb, where, "from path")
    if isinstance(parent, dict):
        return parent.get(path[-1])
    try:
        return _child(parent, path[-1])
    except PatchFailed as problem:
        raise PatchFailed(f"error in {verb} for {'from' if verb == 'copy' else 'path'}: '{where}': {problem}") from None


def _drop(document: Json, path: Sequence[str], verb: str, where: str) -> Json:
    """The document without what is at a path."""
    if not path:
        return None
    parent = _holder(document, path, verb, where, "path")
    last = path[-1]
    if isinstance(parent, dict):
        if last not in parent:
            text = f"Unable to remove nonexistent key: {last}: missing value"
            raise PatchFailed(f"error in {verb} for path: '{where}': {text}")
        del parent[last]
        return document
    try:
        _child(parent, last)
    except PatchFailed as problem:
        raise PatchFailed(f"error in {verb} for path: '{where}': {problem}") from None
    del parent[_index(last, len(parent))]
    return document
