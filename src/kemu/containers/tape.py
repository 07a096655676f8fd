"""A sequence that only grows, and whose earlier versions stay as they were.

    shorter = Tape()
    longer = shorter.plus("a")
    assert (len(shorter), len(longer)) == (0, 1)

A log of a day has many thousand lines and is kept by every fork: adding to it must not copy it, and forks share what
they have in common. So the items stand in blocks, and blocks in blocks of blocks, each of `WIDTH`; a longer tape has
the very same full blocks. It looks like a number of base `WIDTH`, the lowest digit first:

    levels[0]   up to 31 items
    levels[1]   up to 31 blocks of 32 items
    levels[2]   up to 31 blocks of 32 blocks of 32 items

Complexity: `plus` O(added), and O(WIDTH log n) for a single item; an item O(log n); a slice O(its length log n).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar, cast, overload

import attrs

T = TypeVar("T")

WIDTH = 32
"""How many items or blocks make a block of the next level."""


@attrs.frozen(eq=False, repr=False)
class Tape(Sequence[T], Generic[T]):
    """An immutable sequence with cheap `plus`. Tapes of the same items are the same, however they came about."""

    levels: tuple[tuple[Any, ...], ...] = ()

    @classmethod
    def of(cls, items: Iterable[T]) -> Tape[T]:
        """A tape of some items."""
        return cls().plus(*items)

    def plus(self, *added: T) -> Tape[T]:
        """This sequence and some more behind it."""
        levels: list[tuple[Any, ...]] = []
        carried: tuple[Any, ...] = added
        for level in self.levels:
            whole = level + carried
            full = len(whole) - len(whole) % WIDTH
            levels.append(whole[full:])
            carried = tuple([whole[at : at + WIDTH] for at in range(0, full, WIDTH)])
        while carried:
            full = len(carried) - len(carried) % WIDTH
            levels.append(carried[full:])
            carried = tuple([carried[at : at + WIDTH] for at in range(0, full, WIDTH)])
        return Tape(tuple(levels))

    def __len__(self) -> int:
        length = 0
        for level in reversed(self.levels):
            length = length * WIDTH + len(level)
        return length

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[T, ...]: ...
    def __getitem__(self, place: int | slice) -> T | tuple[T, ...]:
        """One item, or a tuple of several."""
        length = len(self)
        if isinstance(place, slice):
            return tuple([self._at(each) for each in range(*place.indices(length))])
        if not -length <= place < length:
            raise IndexError("tape index out of range")
        return self._at(place + length if place < 0 else place)

    def _at(self, place: int) -> T:
        """The item at a place that there is."""
        for height in range(len(self.levels) - 1, -1, -1):
            size: int = WIDTH**height
            held = len(self.levels[height]) * size
            if place < held:
                found: Any = self.levels[height][place // size]
                while size > 1:
                    place %= size
                    size //= WIDTH
                    found = found[place // size]
                return cast(T, found)
            place -= held
        raise IndexError("tape index out of range")

    def __iter__(self) -> Iterator[T]:
        for height in range(len(self.levels) - 1, -1, -1):
            for block in self.levels[height]:
                yield from _items(block, height)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Tape):
            return self.levels == other.levels
        return tuple(self) == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Tape({list(self)!r})"


def _items(block: Any, height: int) -> Iterable[Any]:
    """The items of a block of some level, which is one item at the lowest."""
    if height == 0:
        yield block
    elif height == 1:
        yield from block
    else:
        for inner in block:
            yield from _items(inner, height - 1)
