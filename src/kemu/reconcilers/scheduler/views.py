"""What an attempt with a ledger found, kept as it was: tables are made when somebody looks at them.

A ledger's entries are in chunks that are copied when they change; a `View` keeps the chunks of its time. The attempts
of `Scheduler.attempts` hold views, so recording an attempt costs a tuple of chunks and not a table of all nodes.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .algorithm import Result
from .framework import Code, Status

if TYPE_CHECKING:
    from .ledger import Ledger

CHUNK = 64
"""Entries that are copied together."""

GroupKey = tuple[Any, ...]


class Entry:
    """One node for one shape: why it is refused (None: it is not), its local scores and their sum, its group."""

    __slots__ = ("group", "scores", "status", "total")

    def __init__(self, status: Status | None, scores: tuple[int, ...], group: GroupKey) -> None:
        self.status = status
        self.scores = scores
        self.total = sum(scores)
        self.group = group


class Group:
    """Feasible (as far as local filters go) nodes that share everything but their local scores, as places."""

    __slots__ = ("buckets", "places")

    def __init__(self) -> None:
        self.places: list[int] = []
        self.buckets: dict[int, list[int]] = {}

    def add(self, place: int, total: int) -> None:
        """Put a node in. O(log n) to find, one memory move to insert."""
        insort(self.places, place)
        insort(self.buckets.setdefault(total, []), place)

    def remove(self, place: int, total: int) -> None:
        """Take a node out."""
        del self.places[bisect_left(self.places, place)]
        bucket = self.buckets[total]
        if len(bucket) == 1:
            del self.buckets[total]
        else:
            del bucket[bisect_left(bucket, place)]


class Window:
    """A stretch of the cyclic node order: `count` places from `start` on, of `total`."""

    __slots__ = ("first", "second")

    def __init__(self, start: int, count: int, total: int) -> None:
        end = start + count
        self.first = (start, min(end, total))
        self.second = (0, max(end - total, 0))

    def count(self, places: Sequence[int]) -> int:
        """How many of the sorted places are inside."""
        found = bisect_left(places, self.first[1]) - bisect_left(places, self.first[0])
        return found + bisect_left(places, self.second[1]) if self.second[1] else found

    def inside(self, place: int) -> bool:
        """Whether a place is inside."""
        return self.first[0] <= place < self.first[1] or place < self.second[1]

    def cut(self, places: list[int]) -> list[int]:
        """The sorted places that are inside."""
        low, high = bisect_left(places, self.first[0]), bisect_left(places, self.first[1])
        if not self.second[1]:
            return places if not low and high == len(places) else places[low:high]
        return places[: bisect_left(places, self.second[1])] + places[low:high]


def pick(lists: Sequence[list[int]], index: int, limit: int) -> int:
    """The `index`-th smallest of the numbers (all below `limit`) in several sorted lists."""
    if len(lists) == 1:
        return lists[0][index]
    low, high = 0, limit - 1
    while low < high:
        middle = (low + high) // 2
        if sum(bisect_left(numbers, middle + 1) for numbers in lists) > index:
            high = middle
        else:
            low = middle + 1
    return low


class NamesAt(Sequence[str]):
    """The names of the nodes at some places, looked up when they are asked for."""

    def __init__(self, places: list[int], order: Sequence[str]) -> None:
        self._places, self._order = places, order

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return NamesAt(self._places[index], self._order)
        return self._order[self._places[index]]

    def __iter__(self) -> Iterator[str]:
        return map(self._order.__getitem__, self._places)


class LedgerVerdicts:
    """Why nodes were refused, as `Verdicts`, out of a ledger."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.absent = Status(Code.UNRESOLVABLE)

    def __len__(self) -> int:
        return self._view.visited - self._view.feasible_count

    def items(self) -> Iterator[tuple[str, Status]]:
        """Nodes that were refused, with their statuses."""
        for name, entry in self._view.entries():
            status = self._view.status(entry)
            if status is not None:
                yield name, status

    def __getitem__(self, name: str) -> Status:
        entry = self._view.entry(name)
        return (None if entry is None else self._view.status(entry)) or self.absent

    def code(self, name: str) -> Code:
        """The code for a node."""
        return self[name].code

    def _counts(self) -> Iterator[tuple[Status, int]]:
        yield from self._view.refused.items()
        for group, status in self._view.verdicts.items():
            if status is not None:
                yield status, self._view.sizes[group]

    def histogram(self, total: int) -> dict[str, int]:
        """How many nodes have each reason (when all nodes were visited)."""
        reasons: dict[str, int] = {}
        for status, count in self._counts():
            for reason in status.reasons:
                reasons[reason] = reasons.get(reason, 0) + count
        return reasons

    def count(self, code: Code) -> int:
        """How many nodes were refused with a code."""
        return sum(count for status, count in self._counts() if status.code is code)

    def hopeful(self, order: Sequence[str]) -> Sequence[str]:
        """The nodes on which preemption might help, in order; only for an attempt that found no node."""
        return NamesAt(self._view.hopeful, self._view.order)

    def plugins(self) -> list[str]:
        """The plugins that refused nodes."""
        return sorted({status.plugin for status, count in self._counts() if count})


class View:
    """The state of a ledger at the time of one attempt: nothing in it changes any more."""

    def __init__(self, ledger: Ledger) -> None:
        self._chunks = tuple(ledger.chunks)
        self.order = ledger.order
        self._places = ledger.places
        self.names = ledger.score_names
        self.weights = ledger.weights
        self.refused = {status: len(places) for status, places in ledger.refused.items()}
        self.hopeful: list[int] = []
        self.verdicts: dict[GroupKey, Status | None] = {}
        self.sizes: dict[GroupKey, int] = {}
        self.parts: dict[GroupKey, dict[str, int]] = {}
        self.window: Window | None = None
        self.visited = len(self.order)
        self.feasible_count = 0

    def entry(self, name: str) -> Entry | None:
        """A node's entry."""
        place = self._places.get(name)
        if place is None:
            return None
        found: Entry = self._chunks[place // CHUNK][place % CHUNK]
        return found

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """All nodes that were visited."""
        place = 0
        for chunk in self._chunks:
            for entry in chunk:
                if self.window is None or self.window.inside(place):
                    yield self.order[place], entry
                place += 1

    def status(self, entry: Entry) -> Status | None:
        """Why a node is refused, None when it is feasible."""
        return entry.status if entry.status is not None else self.verdicts[entry.group]

    def feasible(self) -> Iterator[tuple[str, Entry]]:
        """Feasible nodes."""
        return ((name, entry) for name, entry in self.entries() if self.status(entry) is None)


class LedgerResult(Result):
    """The result of an attempt; its tables are made when somebody looks."""

    def __init__(self, view: View) -> None:
        super().__init__()
        self._view = view
        self.verdicts = LedgerVerdicts(view)

    @property
    def feasible(self) -> Sequence[str]:  # type: ignore[override]
        """Nodes that passed all filters."""
        return [name for name, _ in self._view.feasible()]

    @property
    def scores(self) -> Mapping[str, Mapping[str, int]]:  # type: ignore[override]
        """{plugin: {node: weighted score}}."""
        view = self._view
        table: dict[str, dict[str, int]] = {}
        if view.feasible_count > 1:
            for name, entry in view.feasible():
                for plugin, score in zip(view.names, entry.scores, strict=True):
                    table.setdefault(plugin, {})[name] = score
                for plugin, score in view.parts[entry.group].items():
                    table.setdefault(plugin, {})[name] = score
        return table

    @property
    def totals(self) -> Mapping[str, int]:  # type: ignore[override]
        """{node: total}."""
        view = self._view
        if view.feasible_count < 2:
            return {}
        return {name: entry.total + sum(view.parts[entry.group].values()) for name, entry in view.feasible()}
