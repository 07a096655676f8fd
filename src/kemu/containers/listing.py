"""Containers and images as a container engine's command line lists them."""

from __future__ import annotations

from collections.abc import Sequence

from ..values.durations import format_duration
from ..values.image_references import read
from .state import RuntimeState

SHOWN = 13
"""How many characters of an id are shown."""


def list_containers(state: RuntimeState, now: float, node: str, all: bool) -> str:
    """The containers of a node, or of all of them if it is empty; those that run, or really all. The youngest first."""
    rows = [("CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD", "NAMESPACE", "NODE")]
    for each in reversed(tuple(state.containers.values())):
        sandbox = state.sandboxes[each.sandbox]
        if (node and sandbox.node != node) or not (all or each.state == "running"):
            continue
        ago = f"{format_duration(int(now - each.created_at))} ago"
        shown = (each.state.capitalize(), each.name, str(each.attempt), sandbox.name, sandbox.namespace, sandbox.node)
        rows.append((each.id[:SHOWN], each.image, ago, *shown))
    return _table(rows)


def list_images(state: RuntimeState, node: str) -> str:
    """The images that a node has pulled, or all of them if it is empty, by name."""
    rows = [("IMAGE", "TAG", "DIGEST", "NODE")]
    found = sorted((each, on) for on, images in state.images.items() for each in images)
    for name, on in found:
        if not node or on == node:
            image = read(name)
            rows.append((f"{image.registry}/{image.path}", image.tag or "<none>", image.digest or "<none>", on))
    return _table(rows)


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "".join(f"{line.rstrip()}\n" for line in lines)
