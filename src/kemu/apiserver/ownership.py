"""Who owns which fields of an object: the managers that its managedFields name, and what a write does to them.

A write that is no apply makes its writer the owner of what it changed, takes that from everybody else, and leaves
nobody the owner of what is gone. What an apply does is in `apply.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import attrs

from .. import errors
from ..objects import meta
from ..values.frozen import EMPTY_MAP
from ..values.memo import Memo
from ..values.times import Time
from .differences import Difference
from .field_sets import Fields, Path, from_fields_v1, shown_path, to_fields_v1


@attrs.frozen(cache_hash=True)
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


def take(managers: Managers, difference: Difference, manager: Manager) -> Managers:
    """Who owns what after a write that was no apply: the writer what it changed, nobody what is gone.

    An entry of the writer that nothing was added to or taken from keeps its time.
    """
    changed, gone = difference.changed, difference.gone
    if not changed and not gone:
        return managers
    if not managers:
        return _alone(manager, changed) if changed else managers
    result: Managers = {}
    mine = changed
    for other, fields in managers.items():
        if other.identity == manager.identity:
            mine = _with(mine, _without(fields, gone))
            if not changed and not (fields & gone):
                manager = other
            continue
        left = _without(_without(fields, changed), gone)
        if left:
            result[other] = left
    if mine:
        result[manager] = mine
    return result


@lru_cache(maxsize=1024)
def _alone(manager: Manager, fields: Fields) -> Managers:
    """The one owner of a new object: the same for all that look alike and were created in the same second."""
    return {manager: fields}


@lru_cache(maxsize=1024)
def _with(fields: Fields, more: Fields) -> Fields:
    """Both sets. The same object each time, so that what is known of it need not be found out again."""
    return fields | more if more else fields


@lru_cache(maxsize=1024)
def _without(fields: Fields, gone: Fields) -> Fields:
    """The fields that are not gone. The same object each time."""
    return fields - gone if gone else fields


def managers_of(entries: Iterable[Any]) -> Managers:
    """The owners that an object's managedFields name."""
    return {
        Manager(
            entry.manager or "",
            entry.operation or "Update",
            entry.api_version or "",
            entry.subresource or "",
            entry.time,
        ): from_fields_v1(entry.fields_v1 or EMPTY_MAP)
        for entry in entries
    }


def _sorted(managers: Managers) -> tuple[Any, ...]:
    owning = [(manager, fields) for manager, fields in managers.items() if fields]
    if len(owning) > 1:
        owning.sort(key=_rank)
    return _entries(tuple(owning))


entries_of: Callable[[Managers], tuple[Any, ...]] = Memo(_sorted)
"""managedFields: applies first, then updates by time, as a real server sorts them."""


@lru_cache(maxsize=1024)
def _entries(owners: tuple[tuple[Manager, Fields], ...]) -> tuple[Any, ...]:
    """The entries of these owners. The same object each time, so that their text is written once."""
    return tuple([_entry(manager, fields) for manager, fields in owners])


def _rank(owner: tuple[Manager, Fields]) -> tuple[Any, ...]:
    manager = owner[0]
    return (manager.operation, int(manager.time or 0), manager.name, manager.subresource)


@lru_cache(maxsize=2048)
def _entry(manager: Manager, fields: Fields) -> Any:
    return meta.ManagedFieldsEntry(
        manager=manager.name,
        operation=manager.operation,
        api_version=manager.api_version,
        time=manager.time,
        fields_type="FieldsV1",
        fields_v1=to_fields_v1(fields),
        subresource=manager.subresource or None,
    )


# Conflicts


def conflict(clashes: Mapping[Manager, Sequence[Path]], version: str = "") -> errors.Conflict:
    """The 409 that lists who owns what was to be changed, all in one `version` where that is not their own."""
    causes = []
    blocks = []
    for manager in sorted(clashes, key=lambda each: each.name):
        who = _shown(manager, version or manager.api_version)
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


def _shown(manager: Manager, version: str) -> str:
    text = json.dumps(manager.name)
    if manager.subresource:
        text += f" with subresource {json.dumps(manager.subresource)}"
    if manager.operation == "Update":
        text += f" using {version}"
    return text
