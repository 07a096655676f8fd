"""Tables: objects as `kubectl get` shows them.

The cells of an object come from its kind's policy, in the order of the kind's column definitions. A kind that says
nothing has its name and its age.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..objects import codec
from ..objects.columns import Column
from ..values import jsonpath
from ..values.times import Time
from .cells import age
from .conversion import to_storage
from .resources import Resource

META = "meta.k8s.io/v1"


def table(
    resource: Resource,
    objects: Iterable[Any],
    metadata: Mapping[str, Any],
    include: str,
    now: float,
    version: str = META,
) -> dict[str, Any]:
    """The Table of some objects, with the metadata of their list. `now` is in seconds since 1970, for ages."""
    columns = resource.kind.columns
    return {
        "kind": "Table",
        "apiVersion": version,
        "metadata": metadata,
        "columnDefinitions": [
            {
                "name": column.name,
                "type": column.type,
                "format": column.format,
                "description": column.description,
                "priority": column.priority,
            }
            for column in columns
        ],
        "rows": [{**_row(resource, obj, now), "object": _included(resource, obj, include, version)} for obj in objects],
    }


def _row(resource: Resource, obj: Any, now: float) -> dict[str, Any]:
    shown = {"cells": cells(resource, obj, now)}
    said = resource.policy.row_conditions
    conditions = said(obj) if said is not None else ()
    return {**shown, "conditions": [*conditions]} if conditions else shown


def _included(resource: Resource, obj: Any, include: str, version: str) -> Any:
    if include == "None":
        return None
    return codec.encode(obj) if include == "Object" else partial(resource, obj, version)


def partial(resource: Resource, obj: Any, version: str = META) -> dict[str, Any]:
    """An object's metadata alone, as PartialObjectMetadata of a version of meta.k8s.io."""
    metadata = codec.encode(obj.metadata)
    for name in resource.policy.unlisted:
        metadata.get("annotations", {}).pop(name, None)
        if not metadata.get("annotations", True):
            del metadata["annotations"]
    return {"kind": "PartialObjectMetadata", "apiVersion": version, "metadata": metadata}


def cells(resource: Resource, obj: Any, now: float) -> Sequence[Any]:
    """The cells of one object's row."""
    shown = resource.policy.cells
    if shown is not None:
        return shown(to_storage(resource, obj), now)
    columns = resource.kind.columns
    if any(column.path for column in columns):
        document = codec.encode(obj)
        return [obj.metadata.name, *(_read(column, document, now) for column in columns[1:])]
    count = len(columns)
    return [obj.metadata.name, *([""] * (count - 2)), age(obj.metadata.creation_timestamp, now)][:count]


def _read(column: Column, document: Any, now: float) -> Any:
    """The cell of a column that says where its value is; None where there is no value of the column's type."""
    found = jsonpath.find(document, column.path)
    value: Any = found[0] if found else None
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if column.type == "integer":
        return int(value) if number else None
    if column.type == "number":
        return float(value) if number else None
    if column.type == "boolean":
        return value if isinstance(value, bool) else None
    if value is None:
        return None
    if column.type == "date":
        try:
            return age(Time.parse(value), now) if isinstance(value, str) else None
        except ValueError:
            return "<invalid>"
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def rendered(
    resource: Resource, objects: Sequence[Any], now: float, *, wide: bool = False, namespaces: bool = False
) -> str:
    """The table as kubectl prints it: upper-case headers, columns three spaces apart."""
    columns = [column for column in resource.kind.columns if wide or not column.priority]
    places = [index for index, column in enumerate(resource.kind.columns) if wide or not column.priority]
    rows = [[column.name.upper() for column in columns]]
    for obj in objects:
        shown = cells(resource, obj, now)
        rows.append(["" if shown[index] is None else str(shown[index]) for index in places])
    if namespaces and resource.namespaced:
        heads = ["NAMESPACE", *(obj.metadata.namespace or "" for obj in objects)]
        rows = [[head, *row] for head, row in zip(heads, rows, strict=True)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines) + "\n"
