"""What an attempt with a ledger found, kept as it was: tables are made when somebody looks at them.

A ledger's entries are in chunks that are copied when they change; a `View` has the chunks of its time, and what remains
of it is a `Sheet`. So recording an attempt costs a tuple of chunks and not a table of all nodes.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import attrs

from ...values.frozen import FrozenMap
from .algorithm import Result
from .findings import Findings, Tables
from .framework import Code, Status
from .topology import Spot

CHUNK = 64
"""Entries that are copied together."""


class GroupKey(NamedTuple):
    """What all nodes of a group have in common."""

    late: Status | None
    """What filters that come after the first tally have against them."""
    raw: tuple[int, ...]
    """Scores of the plugins that normalise, before they do."""
    spot: Spot


@attrs.frozen(eq=False, init=False)
class Entry:
    """One node for one shape: its local scores and their sum, its group; or why it is refused, and no group."""

    status: Status | None
    scores: tuple[int, ...]
    total: int
    group: GroupKey | None

    def __init__(self, status: Status | None, scores: tuple[int, ...], group: GroupKey | None) -> None:
        self.__attrs_init__(status, scores, sum(scores), group)


Chunk = tuple[Entry, ...]


class Group:
    """Feasible (as far as local filters go) nodes that share everything but their local scores, as places."""

    __slots__ = ("buckets", "places")

    def __init__(self) -> None:
        self.places: list[int] = []
        self.buckets: dict[int, list[int]] = {}

    def fork(self) -> Group:
        """An independent copy."""
        twin = Group()
        twin.places = self.places.copy()
        twin.buckets = {total: places.copy() for total, places in self.buckets.items()}
        return twin

    def add(self, place: int, total: int) -> None:
        """Put a node in. O(log n) to find, one memory move to insert."""
        insort(self.places, place)
        insort(self.buckets.setdefault(total, []), place)

    def remove(self, place: int, total: int) -> None:
        """Take a node out."""
        del self.places[bisect_left(self.places, place)]
        self._forget(place, total)

    def move(self, place: int, before: int, after: int) -> None:
        """A node has another sum of local scores."""
        if before != after:
            self._forget(place, before)
            insort(self.buckets.setdefault(after, []), place)

    def _forget(self, place: int, total: int) -> None:
        bucket = self.buckets[total]
        if len(bucket) == 1:
            del self.buckets[total]
        else:
            del bucket[bisect_left(bucket, place)]


@attrs.frozen(init=False)
class Window:
    """A stretch of the cyclic node order: `count` places from `start` on, of `total`."""

    first: tuple[int, int]
    second: tuple[int, int]

    def __init__(self, start: int, count: int, total: int) -> None:
        end = start + count
        self.__attrs_init__((start, min(end, total)), (0, max(end - total, 0)))

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


class Sheet(NamedTuple):
    """The state of a ledger at the time of one attempt, and what that attempt made of it."""

    chunks: tuple[Chunk, ...]
    order: tuple[str, ...]
    names: tuple[str, ...]
    """Of the plugins with local scores."""
    window: Window | None
    verdicts: tuple[tuple[GroupKey, Status | None], ...]
    parts: tuple[tuple[GroupKey, tuple[tuple[str, int], ...]], ...]
    """The scores of every feasible group; none without a choice."""

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """All nodes that were visited."""
        place = 0
        for chunk in self.chunks:
            for entry in chunk:
                if self.window is None or self.window.inside(place):
                    yield self.order[place], entry
                place += 1

    def tables(self) -> Tables:
        """The tables of the attempt. O(nodes)."""
        verdicts, parts = dict(self.verdicts), dict(self.parts)
        feasible: list[str] = []
        refused: dict[str, Status] = {}
        scores: dict[str, dict[str, int]] = {}
        totals: dict[str, int] = {}
        for name, entry in self.entries():
            group = entry.group
            status = entry.status if group is None else verdicts[group]
            if status is not None:
                refused[name] = status
                continue
            feasible.append(name)
            if parts:
                part = parts[group]  # type: ignore[index]
                for plugin, score in (*zip(self.names, entry.scores, strict=True), *part):
                    scores.setdefault(plugin, {})[name] = score
                totals[name] = entry.total + sum(score for _, score in part)
        table = FrozenMap({plugin: FrozenMap(row) for plugin, row in scores.items()})
        return Tables(tuple(feasible), FrozenMap(refused), table, FrozenMap(totals))


_ABSENT = Status(Code.UNRESOLVABLE)


class LedgerVerdicts:
    """Why nodes were refused, as `Verdicts`, out of a ledger."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.absent = _ABSENT

    def __len__(self) -> int:
        return self._view.visited - self._view.feasible_count

    def items(self) -> Iterator[tuple[str, Status]]:
        """Nodes that were refused, with their statuses."""
        return iter(self._view.sheet().tables().refused.items())

    def __getitem__(self, name: str) -> Status:
        return self._view.verdict(name) or self.absent

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
    """One attempt with a ledger: the ledger as it is then, and what is worked out from it."""

    def __init__(
        self,
        chunks: Iterable[Chunk],
        order: tuple[str, ...],
        places: Mapping[str, int],
        names: tuple[str, ...],
        refused: Mapping[Status, Sequence[int]],
    ) -> None:
        self._chunks = tuple(chunks)
        self.order, self.places, self._names = order, places, names
        self.refused = {status: len(found) for status, found in refused.items()}
        self.hopeful: list[int] = []
        self.verdicts: Mapping[GroupKey, Status | None] = {}
        self.sizes: Mapping[GroupKey, int] = {}
        self.parts: dict[GroupKey, dict[str, int]] = {}
        self.window: Window | None = None
        self.visited = len(self.order)
        self.feasible_count = 0

    def verdict(self, name: str) -> Status | None:
        """Why a node is refused; None when it is feasible, or unknown."""
        place = self.places.get(name)
        if place is None:
            return None
        entry = self._chunks[place // CHUNK][place % CHUNK]
        return entry.status if entry.group is None else self.verdicts[entry.group]

    def sheet(self) -> Sheet:
        """Everything that can be looked at later."""
        parts = self.parts.items() if self.feasible_count > 1 else ()
        return Sheet(
            self._chunks,
            self.order,
            self._names,
            self.window,
            tuple(self.verdicts.items()),
            tuple([(group, tuple(part.items())) for group, part in parts]),
        )


class LedgerResult(Result):
    """The result of an attempt with a ledger."""

    def __init__(self, view: View) -> None:
        super().__init__()
        self._view = view
        self.verdicts = LedgerVerdicts(view)

    @property
    def feasible(self) -> Sequence[str]:  # type: ignore[override]
        """Nodes that passed all filters."""
        return self._view.sheet().tables().feasible

    @property
    def scores(self) -> Mapping[str, Mapping[str, int]]:  # type: ignore[override]
        """{plugin: {node: weighted score}}."""
        return self._view.sheet().tables().scores

    @property
    def totals(self) -> Mapping[str, int]:  # type: ignore[override]
        """{node: total}."""
        return self._view.sheet().tables().totals

    def findings(self, places: Mapping[str, int]) -> Findings:
        """What was found, for the record."""
        return Findings(self._view.sheet())
