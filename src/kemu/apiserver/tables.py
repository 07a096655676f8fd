"""Tables: objects as `kubectl get` shows them.

The cells of an object come from its kind's printer, in the order of the kind's column definitions. A kind without a
printer has its name and its age.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..objects import codec
from ..objects.columns import columns_of
from .plain_printers import PLAIN
from .printers import PRINTERS, Cells, age, pod_status
from .resources import Resource

META = "meta.k8s.io/v1"

__all__ = ["Cells", "age", "cells", "partial", "pod_status", "rendered", "table"]


def table(
    resource: Resource,
    objects: Iterable[Any],
    metadata: Mapping[str, Any],
    include: str,
    now: float,
    version: str = META,
) -> dict[str, Any]:
    """The Table of some objects, with the metadata of their list. `now` is in seconds since 1970, for ages."""
    columns = columns_of(resource.kind)
    return {
        "kind": "Table",
        "apiVersion": version,
        "metadata": metadata,
        "columnDefinitions": [
            {
                "name": column.name,
                "type": column.type,
                "format": column.format,
                "description": "",
                "priority": column.priority,
            }
            for column in columns
        ],
        "rows": [{"cells": cells(resource, obj, now), "object": _included(obj, include, version)} for obj in objects],
    }


def _included(obj: Any, include: str, version: str) -> Any:
    if include == "None":
        return None
    return codec.encode(obj) if include == "Object" else partial(obj, version)


def partial(obj: Any, version: str = META) -> dict[str, Any]:
    """An object's metadata alone, as PartialObjectMetadata of a version of meta.k8s.io."""
    return {"kind": "PartialObjectMetadata", "apiVersion": version, "metadata": codec.encode(obj.metadata)}


def cells(resource: Resource, obj: Any, now: float) -> Cells:
    """The cells of one object's row."""
    printer = PRINTERS.get(resource.key)
    if printer is not None:
        return printer(obj, now)
    plain = PLAIN.get(resource.key)
    if plain is not None:
        return [cell(obj, now) for cell in plain]
    count = len(columns_of(resource.kind))
    return [obj.metadata.name, *([""] * (count - 2)), age(obj.metadata.creation_timestamp, now)][:count]


def rendered(
    resource: Resource, objects: Sequence[Any], now: float, *, wide: bool = False, namespaces: bool = False
) -> str:
    """The table as kubectl prints it: upper-case headers, columns three spaces apart."""
    columns = [column for column in columns_of(resource.kind) if wide or not column.priority]
    places = [index for index, column in enumerate(columns_of(resource.kind)) if wide or not column.priority]
    rows = [[column.name.upper() for column in columns]]
    for obj in objects:
        shown = cells(resource, obj, now)
        rows.append([str(shown[index]) for index in places])
    if namespaces and resource.namespaced:
        heads = ["NAMESPACE", *(obj.metadata.namespace or "" for obj in objects)]
        rows = [[head, *row] for head, row in zip(heads, rows, strict=True)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines) + "\n"
