"""A sequence that only grows, and whose earlier versions stay as they were.

    shorter = Tape()
    longer = shorter.plus("a")         # O(1): both use the same list
    assert (len(shorter), len(longer)) == (0, 1)

A log of a day has many thousand lines and is kept by every fork: adding to it must not copy it, and forks share what
they have in common. Only the version that is longest may grow in place; adding to an older one copies it once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class Tape(Sequence[T], Generic[T]):
    """An immutable sequence with cheap `plus`: O(added) for the newest version, O(n) once for an older one."""

    __slots__ = ("_items", "_length")

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._items = list(items)
        self._length = len(self._items)

    def plus(self, *added: T) -> Tape[T]:
        """This sequence and some more behind it."""
        if self._length != len(self._items):
            return Tape((*self, *added))
        self._items.extend(added)
        longer: Tape[T] = Tape.__new__(Tape)
        longer._items = self._items
        longer._length = self._length + len(added)
        return longer

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[T, ...]: ...
    def __getitem__(self, place: int | slice) -> T | tuple[T, ...]:
        """One item, or a tuple of several."""
        if isinstance(place, slice):
            return tuple(self._items[each] for each in range(*place.indices(self._length)))
        if not -self._length <= place < self._length:
            raise IndexError("tape index out of range")
        return self._items[place + self._length if place < 0 else place]

    def __iter__(self) -> Iterator[T]:
        return islice(self._items, self._length)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tape | tuple):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Tape({list(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Tape, (tuple(self),))
