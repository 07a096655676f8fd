"""State: what a component remembers, apart from how it is wired.

A component's state is one record, a subclass of `State` made with `attrs.define`, whose fields hold frozen values,
`ForkMap`s and `ForkIndex`es of frozen values, and further records. So one walk serves all of them: `fork` shares what
neither side changes, pickling writes it down, `fingerprint` tells whether two ways have led into the same state, and
`differences` where not.

Frozen are numbers, quantities, texts, bytes, None, FrozenMaps, tuples and other sequences that do not change of frozen
values, API objects, and attrs classes that are frozen. Nothing else may stand in a state: no function, no generator, no
reference to a component. `foreign` names what does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableSequence, Sequence
from enum import Enum
from functools import cache
from hashlib import blake2b
from typing import Any, TypeVar

import attrs

from .fork_map import ForkIndex, ForkMap
from .frozen import FrozenMap
from .quantity import Quantity

S = TypeVar("S", bound="State")

SCALARS = (type(None), bool, int, float, str, bytes, Quantity)


class State:
    """One component's record. Subclasses are made with `attrs.define(eq=False)`."""

    def fork(self: S) -> S:
        """An independent record of the same. O(fields), and for a map what it has changed since its last fork."""
        cls: Any = self.__class__
        twin: S = cls.__new__(cls)
        for name in _names(cls):
            value = getattr(self, name)
            object.__setattr__(twin, name, value.fork() if isinstance(value, _FORKABLE) else value)
        return twin


_FORKABLE = (State, ForkMap, ForkIndex)


def _fields_of(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(cls))


_names: Callable[[Any], tuple[str, ...]] = cache(_fields_of)


Canonical = Callable[[Any], Any]
"""What stands for a value in a fingerprint: itself, or plain values that say as much of it as counts."""


def fingerprint(value: Any, canonical: Canonical = lambda value: value) -> int:
    """128 bits that are equal for equal states, whatever the order of the entries in their maps. O(size).

    `canonical` may replace any value on the way, to leave out what does not count.
    """
    return _mixed(value, canonical)


def _hash(*parts: Any) -> int:
    state = blake2b(digest_size=16)
    for part in parts:
        text = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        state.update(len(text).to_bytes(8, "big"))
        state.update(text)
    return int.from_bytes(state.digest(), "big")


def _mixed(value: Any, canonical: Canonical) -> int:
    value = canonical(value)
    if isinstance(value, SCALARS):
        return _hash(type(value).__name__, value)
    if isinstance(value, Enum):
        return _hash(type(value).__name__, value.name)
    if isinstance(value, (ForkMap, dict)):
        entries = (_hash(_mixed(key, canonical), _mixed(held, canonical)) for key, held in value.items())
        return _hash("map", sum(entries) % (1 << 128))
    if isinstance(value, ForkIndex):
        entries = (_hash(_mixed(key, canonical), _mixed(held, canonical)) for key, held in value.items())
        return _hash("index", sum(entries) % (1 << 128))
    if isinstance(value, Sequence):
        return _hash("row", *(_mixed(held, canonical) for held in value))
    cls: Any = type(value)
    if isinstance(value, State) or attrs.has(cls):
        return _hash(cls.__name__, *(_mixed(getattr(value, name), canonical) for name in _names(cls)))
    raise TypeError(f"{value!r} cannot stand in a state")


def differences(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two states differ: the path, and what stands there on either side."""
    if one is other:
        return
    cls: Any = type(one)
    if cls is type(other):
        if isinstance(one, State):
            for name in _names(cls):
                yield from differences(getattr(one, name), getattr(other, name), f"{path}.{name}".lstrip("."))
            return
        if isinstance(one, (ForkMap, ForkIndex)):
            yield from _entries_that_differ(dict(one.items()), dict(other.items()), path)
            return
        if one == other:
            return
    yield path, one, other


def _entries_that_differ(one: dict[Any, Any], other: dict[Any, Any], path: str) -> Iterator[tuple[str, Any, Any]]:
    for key in {**one, **other}:
        yield from differences(one.get(key), other.get(key), f"{path}[{key!r}]")


def foreign(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """What stands in a state and may not, with its path. O(size)."""
    cls: Any = type(value)
    if isinstance(value, (*SCALARS, Enum)):
        return
    if isinstance(value, (ForkMap, ForkIndex)) or type(value) is FrozenMap:
        for key, held in value.items():
            yield from foreign(key, f"{path}[key {key!r}]")
            yield from foreign(held, f"{path}[{key!r}]")
    elif isinstance(value, Sequence) and not isinstance(value, MutableSequence):
        for index, held in enumerate(value):
            yield from foreign(held, f"{path}[{index}]")
    elif isinstance(value, State) or _is_frozen(cls):
        for name in _names(cls):
            yield from foreign(getattr(value, name), f"{path}.{name}".lstrip("."))
    else:
        yield path, value


@cache
def _is_frozen(cls: Any) -> bool:
    """Whether instances of an attrs class cannot change."""
    if not attrs.has(cls):
        return False
    try:
        cls.__setattr__(cls.__new__(cls), _names(cls)[0] if _names(cls) else "any", None)
    except (attrs.exceptions.FrozenInstanceError, AttributeError):
        return True
    return False
