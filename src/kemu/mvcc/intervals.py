"""Who is concerned by a key: intervals of keys with the items that were registered for them.

Three shapes are kept apart, because nearly every watch is of the first two: single keys in a dict; prefixes in a dict
that is asked once per distinct prefix length; everything else in a sorted array seen as a balanced tree in which each
node knows the furthest end below it.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from .requests import prefix_end, upper

Item = TypeVar("Item")


class Intervals(Generic[Item]):
    """Items by interval. `m` is the number of wide intervals, `l` of distinct prefix lengths, `k` of matches."""

    __slots__ = ("_furthest", "_lengths", "_points", "_prefixes", "_tree", "_wide")

    def __init__(self) -> None:
        self._points: dict[bytes, dict[int, Item]] = {}
        self._prefixes: dict[bytes, dict[int, Item]] = {}
        self._lengths: dict[int, int] = {}
        self._wide: dict[int, tuple[bytes, bytes | None, Item]] = {}
        self._tree: list[tuple[bytes, bytes | None, int, Item]] | None = None
        self._furthest: list[bytes | None] = []

    def add(self, serial: int, start: bytes, range_end: bytes, item: Item) -> None:
        """Register an item under a number of its own; matches come in the order of these numbers. O(1)."""
        if not range_end:
            self._points.setdefault(start, {})[serial] = item
        elif start and range_end == prefix_end(start):
            if start not in self._prefixes:
                self._lengths[len(start)] = self._lengths.get(len(start), 0) + 1
            self._prefixes.setdefault(start, {})[serial] = item
        else:
            self._wide[serial] = (start, upper(range_end), item)
            self._tree = None

    def remove(self, serial: int, start: bytes, range_end: bytes) -> None:
        """Forget what `add` registered. O(1)."""
        if self._wide.pop(serial, None) is not None:
            self._tree = None
        elif not range_end:
            del self._points[start][serial]
            if not self._points[start]:
                del self._points[start]
        else:
            del self._prefixes[start][serial]
            if not self._prefixes[start]:
                del self._prefixes[start]
                self._lengths[len(start)] -= 1
                if not self._lengths[len(start)]:
                    del self._lengths[len(start)]

    def matching(self, key: bytes) -> list[Item]:
        """The items whose interval holds `key`. O(l + log m + k log k), and O(m log m) once after the wide
        intervals have changed."""
        groups = []
        points = self._points.get(key)
        if points:
            groups.append(points)
        prefixes = self._prefixes
        size = len(key)
        for length in self._lengths:
            if length <= size:
                here = prefixes.get(key[:length])
                if here:
                    groups.append(here)
        if self._wide:
            wide: dict[int, Item] = {}
            self._stab(key, wide)
            groups.append(wide)
        if not groups:
            return []
        if len(groups) == 1 and len(groups[0]) == 1:
            return list(groups[0].values())
        found = {serial: item for group in groups for serial, item in group.items()}
        return [found[serial] for serial in sorted(found)]

    def _stab(self, key: bytes, found: dict[int, Item]) -> None:
        if self._tree is None:
            self._build()
        tree, furthest = self._tree, self._furthest
        assert tree is not None
        waiting = [(0, len(tree))]
        while waiting:
            low, high = waiting.pop()
            if low >= high:
                continue
            middle = (low + high) >> 1
            end = furthest[middle]
            if end is not None and end <= key:
                continue
            waiting.append((low, middle))
            start, stop, serial, item = tree[middle]
            if start <= key:
                if stop is None or key < stop:
                    found[serial] = item
                waiting.append((middle + 1, high))

    def _build(self) -> None:
        rows = [(start, stop, serial, item) for serial, (start, stop, item) in self._wide.items()]
        rows.sort(key=lambda row: (row[0], row[2]))
        self._tree = rows
        self._furthest = [b""] * len(rows)

        def furthest(low: int, high: int) -> bytes | None:
            if low >= high:
                return b""
            middle = (low + high) >> 1
            ends = (rows[middle][1], furthest(low, middle), furthest(middle + 1, high))
            self._furthest[middle] = None if None in ends else max(end for end in ends if end is not None)
            return self._furthest[middle]

        furthest(0, len(rows))
