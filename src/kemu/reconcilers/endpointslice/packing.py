"""Which slice has which endpoints: as few slices are written as possible, and none has more than a hundred.

    1  An endpoint stays in the slice in which it is. A slice that loses all that it had is deleted.
    2  Slices that have to be written anyway are filled up, the fullest one first.
    3  What is left goes, as a whole, into the slice that it fills best; or else into new slices.

So slices are never packed anew: two that are half empty stay two until one of them has lost all endpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from ...kit.endpoint_sets import in_order
from ...objects import evolve
from .endpoints import Desired, Identity, Ports, identity

MOST = 100
"""How many endpoints a slice has at most (`--max-endpoints-per-slice`)."""


@attrs.frozen
class New:
    """A slice that is to be created."""

    ports: Ports = ()
    endpoints: tuple[Any, ...] = ()


@attrs.frozen
class Plan:
    """What is to be written: slices to create, to update as they then are, and to delete."""

    create: tuple[New, ...] = ()
    update: tuple[Any, ...] = ()
    delete: tuple[Any, ...] = ()


def packed(slices: Sequence[Any], wanted: Desired, is_current: Callable[[Any], bool]) -> Plan:
    """Pure: the plan for the slices of one Service and family. `is_current` says whether the labels of one are right.

    Whatever is to be written, at least one slice is left: one without ports and endpoints, if there are none.
    """
    by_ports: dict[Ports, list[Any]] = {}
    for each in slices:
        by_ports.setdefault(in_order(each.ports), []).append(each)
    create: list[New] = []
    update: list[Any] = []
    delete: list[Any] = []
    for ports, endpoints in wanted.items():
        plan = _of_ports(by_ports.pop(ports, []), ports, endpoints, is_current)
        create += plan.create
        update += plan.update
        delete += plan.delete
    delete += [each for left in by_ports.values() for each in left]
    if len(delete) == len(slices) and not create:
        if len(delete) == 1 and not delete[0].ports and not delete[0].endpoints and is_current(delete[0]):
            delete.clear()
        else:
            create.append(New())
    return _recycled(create, update, delete)


def _of_ports(
    slices: Sequence[Any], ports: Ports, wanted: Mapping[Identity, Any], is_current: Callable[[Any], bool]
) -> Plan:
    left = dict(wanted)
    written: dict[str, list[Any]] = {}
    untouched: dict[str, list[Any]] = {}
    delete = []
    for each in slices:
        kept = [left.pop(name) for name in map(identity, each.endpoints) if name in left]
        same = len(kept) == len(each.endpoints) and all(map(_alike, kept, each.endpoints))
        if same and is_current(each):
            untouched[each.metadata.name] = list(each.endpoints)
        elif kept or same:
            written[each.metadata.name] = kept
        else:
            delete.append(each)
    for endpoints in sorted(written.values(), key=len, reverse=True):
        _fill(endpoints, left)
    create = []
    while left:
        name = _best_fit(untouched, len(left))
        endpoints = [] if name is None else untouched.pop(name)
        _fill(endpoints, left)
        if name is None:
            create.append(New(ports, tuple(endpoints)))
        else:
            written[name] = endpoints
    update = [
        evolve(each, endpoints=tuple(written[each.metadata.name])) for each in slices if each.metadata.name in written
    ]
    return Plan(tuple(create), tuple(update), tuple(delete))


def _alike(wanted: Any, found: Any) -> bool:
    """Whether an endpoint is as it should be, but for whom it is for."""
    return bool(wanted == (found if found.hints is None else evolve(found, hints=None)))


def _fill(endpoints: list[Any], left: dict[Identity, Any]) -> None:
    """Move as many endpoints as there is room for."""
    while left and len(endpoints) < MOST:
        endpoints.append(left.pop(next(iter(left))))


def _best_fit(slices: Mapping[str, list[Any]], number: int) -> str | None:
    """The slice that has the least room left with so many endpoints more; None if there is no room in any."""
    fits = {name: MOST - len(held) - number for name, held in slices.items() if len(held) + number <= MOST}
    best = min(fits, key=lambda name: fits[name], default=None)
    return None if best is None or fits[best] == MOST else best


def _recycled(create: list[New], update: list[Any], delete: list[Any]) -> Plan:
    """Instead of one slice that is deleted and one that is created, one that is changed."""
    recycled: list[Any] = []
    while create and len(recycled) < len(delete):
        new = create.pop()
        recycled.append(evolve(delete[len(recycled)], ports=new.ports, endpoints=new.endpoints))
    return Plan(tuple(create), (*update, *recycled), tuple(delete[len(recycled) :]))
