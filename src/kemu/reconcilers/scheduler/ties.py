"""Which of several equally good nodes: by the seed, or as the real scheduler's heap happens to have it.

kube-scheduler puts the scored nodes on a heap in the order in which they passed the filters and takes the top. Which
one of a tie that is depends only on that order, and the order depends on how its workers raced: to its users it is
chance. `Cluster(ties="random")`, the default, draws it from the seed, and every member of the tie is equally likely;
`ties="heap"` takes what an undisturbed scheduler takes: the nodes in their order, and the top of that heap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

HEAP_LIMIT = 128
"""With more feasible nodes, `heap` takes the first of the tie: building a heap would cost more than it tells."""


def _sink(heap: list[tuple[int, int]], index: int, size: int) -> None:
    while True:
        child = 2 * index + 1
        if child >= size:
            return
        if child + 1 < size and heap[child + 1][0] > heap[child][0]:
            child += 1
        if heap[child][0] <= heap[index][0]:
            return
        heap[index], heap[child] = heap[child], heap[index]
        index = child


def heap_order(totals: Sequence[int], most: int | None = None) -> list[int]:
    """Indexes of the totals in the order in which a binary heap gives them out, highest total first."""
    heap = [(total, index) for index, total in enumerate(totals)]
    size = len(heap)
    for index in range(size // 2 - 1, -1, -1):
        _sink(heap, index, size)
    found: list[int] = []
    while size and (most is None or len(found) < most):
        size -= 1
        heap[0], heap[size] = heap[size], heap[0]
        _sink(heap, 0, size)
        found.append(heap[size][1])
    return found


class Ties:
    """Chooses among nodes. `below(n)` draws a number; with `steady` nothing is drawn."""

    __slots__ = ("below", "steady")

    def __init__(self, below: Callable[[int], int], *, steady: bool) -> None:
        self.below = below
        self.steady = steady

    def choose(self, names: Sequence[str], totals: Mapping[str, int]) -> str:
        """The node to take; `names` are the feasible nodes in the order in which they were found."""
        if self.steady and len(names) <= HEAP_LIMIT:
            return names[heap_order([totals[name] for name in names], 1)[0]]
        best = max(totals[name] for name in names)
        ties = [name for name in names if totals[name] == best]
        return ties[self.index(len(ties))]

    def index(self, count: int) -> int:
        """Which of `count` equally good ones, in the order in which they were found."""
        return 0 if self.steady or count == 1 else self.below(count)
