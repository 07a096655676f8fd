"""Conditions: finding one by its type, and writing one so that its transition time moves only with its status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .model import evolve


def find_condition(conditions: Sequence[Any], type_: str) -> Any | None:
    """The condition of a type, or None."""
    for condition in conditions:
        if condition.type == type_:
            return condition
    return None


def is_true(conditions: Sequence[Any], type_: str) -> bool:
    """Whether there is a condition of a type, and its status is True."""
    found = find_condition(conditions, type_)
    return found is not None and found.status == "True"


def following(old: Any | None, new: Any) -> Any:
    """A condition as it follows an older one of its type: the very same if it says nothing new.

    `new` comes with the present as its transition time, and keeps the old time while the status is the same.
    """
    if old is None or old.status != new.status:
        return new
    new = evolve(new, last_transition_time=old.last_transition_time)
    return old if new == old else new


def with_condition(conditions: tuple[Any, ...], new: Any, *, last: bool = False) -> tuple[Any, ...]:
    """The conditions with one set, in the place of the older one of its type or as the `last`; see `following`.

    The same tuple if that says nothing new.
    """
    old = find_condition(conditions, new.type)
    if old is None:
        return (*conditions, new)
    new = following(old, new)
    if last:
        return conditions if conditions[-1] is new else (*without_condition(conditions, new.type), new)
    return conditions if new is old else tuple([new if each is old else each for each in conditions])


def without_condition(conditions: tuple[Any, ...], type_: str) -> tuple[Any, ...]:
    """The conditions but the one of a type; the same tuple if there is none."""
    if find_condition(conditions, type_) is None:
        return conditions
    return tuple([each for each in conditions if each.type != type_])
