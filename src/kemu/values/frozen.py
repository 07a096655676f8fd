"""Frozen JSON: dicts become `FrozenMap`, lists become tuples, all the way down.

A `FrozenMap` is a `dict`, so reading, iterating, comparing with a plain dict and `json.dumps` work at full speed;
only changing it is refused. Its hash does not depend on the order of its keys, as equality does not either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import is_
from typing import Any, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")
Items = TypeVar("Items", bound=Sequence[Any])


class FrozenMap(dict[K, V]):
    """An immutable, hashable dict. Built like a dict; `with_` and `without` give changed copies.

    The hash is computed once, O(n), and kept. Hashing raises TypeError when a value is not hashable.
    """

    __slots__ = ("_hash",)
    _hash: int

    def __hash__(self) -> int:  # type: ignore[override]
        try:
            return self._hash
        except AttributeError:
            value = hash(frozenset(self.items()))
            object.__setattr__(self, "_hash", value)
            return value

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (dict(self),))

    def __copy__(self: T) -> T:
        return self

    def __deepcopy__(self: T, memo: dict[int, Any]) -> T:
        return self

    def copy(self: T) -> T:
        """The map itself: it cannot change, so it is its own copy."""
        return self

    def with_(self, changes: Mapping[K, V] | Iterable[tuple[K, V]] = (), /, **more: V) -> FrozenMap[K, V]:
        """A new map with some entries added or replaced. O(n)."""
        merged = dict(self)
        merged.update(changes)
        merged.update(more)  # type: ignore[arg-type]
        return FrozenMap(merged)

    def without(self, *keys: K) -> FrozenMap[K, V]:
        """A new map that lacks these keys; keys that are not there are ignored. O(n)."""
        return FrozenMap({key: value for key, value in self.items() if key not in keys})

    def __or__(self, other: Mapping[K, V]) -> FrozenMap[K, V]:  # type: ignore[override]
        if not isinstance(other, Mapping):
            return NotImplemented
        return self.with_(other)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a FrozenMap cannot be changed; use with_() or without() for a changed copy")

    __setitem__ = __delitem__ = __ior__ = _refuse
    __setattr__ = __delattr__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


EMPTY_MAP: FrozenMap[Any, Any] = FrozenMap()
"""The one empty map: what an unset map field holds."""

GIVEN_MAP: FrozenMap[Any, Any] = FrozenMap()
"""What a map field holds for which somebody wrote an empty map: equal to an unset one, and kept no differently."""


class GivenList(tuple[T, ...]):
    """The same of a list."""

    __slots__ = ()


GIVEN_LIST: GivenList[Any] = GivenList()


def is_given(value: Any) -> bool:
    """Whether something empty was written by somebody, as far as that is still known."""
    return value is GIVEN_MAP or isinstance(value, GivenList)


def alike(one: Any, other: Any) -> bool:
    """Whether two values are equal in JSON as Go reads it: there a boolean is no number, and 1.0 is another than 1."""
    if one is other:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(value, other[name]) for name, value in one.items())
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other) and all(isinstance(one, sort) == isinstance(other, sort) for sort in (bool, float))


def freeze(value: Any) -> Any:
    """JSON as immutable values: dict to `FrozenMap`, list to tuple. Frozen parts are shared, not copied. O(n)."""
    kind = type(value)
    if kind is dict:
        return FrozenMap({key: freeze(item) for key, item in value.items()})
    if kind is list:
        return tuple([freeze(item) for item in value])
    if kind is FrozenMap or kind is str or kind is int or kind is bool or value is None or kind is float:
        return value
    if kind is tuple:
        return tuple([freeze(item) for item in value])
    if isinstance(value, FrozenMap):
        return value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return FrozenMap({key: freeze(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple([freeze(item) for item in value])
    return value


_NESTED = (dict, tuple, list)


def thaw(value: Any) -> Any:
    """Plain JSON from a frozen value: fresh dicts and lists that the caller may change. O(n)."""
    if isinstance(value, dict):
        return {key: thaw(item) if isinstance(item, _NESTED) else item for key, item in value.items()} if value else {}
    if isinstance(value, (tuple, list)):
        return [thaw(item) if isinstance(item, _NESTED) else item for item in value]
    return value


def kept(old: Items, new: Items) -> Items:
    """The old items if the new ones are the very same values, else the new ones. O(n); no value is looked into."""
    return old if len(new) == len(old) and all(map(is_, new, old)) else new


def mapped(items: tuple[T, ...], function: Callable[[T], T]) -> tuple[T, ...]:
    """What a function makes of every item; the same tuple if it gives all of them back as they are."""
    return kept(items, tuple([function(item) for item in items]))
