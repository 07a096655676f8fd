"""The words in which kinds say how kubectl shows them: one small function a cell.

`row(NAME, cell(...), AGE)` is the row of an object, in the order of the kind's columns. Whatever can be stored can be
shown: a cell never raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..values.durations import human_duration
from ..values.selectors import selector_of

Cell = Callable[[Any, float], Any]
"""The text (or number) of one cell, given the time in seconds since 1970."""

NONE = "<none>"
UNKNOWN = "<unknown>"
UNSET = "<unset>"
ERROR = "<error>"


def row(*cells: Cell) -> Callable[[Any, float], list[Any]]:
    """A row of these cells."""
    return lambda obj, now: [each(obj, now) for each in cells]


def cell(read: Callable[[Any], Any]) -> Cell:
    """A cell that does not depend on the time."""
    return lambda obj, now: read(obj)


NAME = cell(lambda obj: obj.metadata.name)
CREATED = cell(lambda obj: str(obj.metadata.creation_timestamp))


def AGE(obj: Any, now: float) -> str:
    """How old the object is."""
    return age(obj.metadata.creation_timestamp, now)


def age(moment: Any, now: float) -> str:
    """How long ago, as kubectl writes it."""
    return UNKNOWN if moment is None else human_duration(max(0.0, int(now) - int(moment)))


def joined(values: Iterable[str]) -> str:
    """Some texts, or the word for none of them."""
    return ",".join(values) or NONE


def some(values: Sequence[str], limit: int = 3) -> str:
    """The first few texts, and how many more there are."""
    if len(values) <= limit:
        return joined(values)
    return ",".join(values[:limit]) + f" + {len(values) - limit} more..."


def labels_text(values: Mapping[str, str]) -> str:
    """A map of labels."""
    return joined(f"{key}={value}" for key, value in sorted(values.items()))


def selector_text(selector: Any) -> str:
    """A label selector as kubectl writes it; one that cannot be read is an error to look at, not one to raise."""
    try:
        return NONE if selector is None else str(selector_of(selector)) or NONE
    except ValueError:
        return ERROR


def containers(read: Callable[[Any], Any]) -> tuple[Cell, Cell]:
    """Two cells: the names and the images of the containers of a template, if there is one."""

    def texts(obj: Any, of: Callable[[Any], str]) -> str:
        template = read(obj)
        return "" if template is None else ",".join(of(each) for each in template.spec.containers)

    return (
        cell(lambda obj: texts(obj, lambda container: container.name)),
        cell(lambda obj: texts(obj, lambda container: container.image or "")),
    )


REPLICAS = (
    cell(lambda obj: obj.spec.replicas or 0),
    cell(lambda obj: obj.status.replicas or 0),
    cell(lambda obj: obj.status.ready_replicas or 0),
)
"""How many are wanted, are there and are ready."""

TEMPLATE = containers(lambda obj: obj.spec.template)
"""Names and images of what a workload stamps."""

SELECTOR = cell(lambda obj: selector_text(obj.spec.selector))
