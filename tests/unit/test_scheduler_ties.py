"""Ties: a fixed choice with seed 0, a fair one with any other."""

from __future__ import annotations

from itertools import chain

import pytest

from kemu.reconcilers.scheduler.ties import Ties, heap_order
from kemu.reconcilers.scheduler.views import Group, Window, pick


@pytest.mark.parametrize(
    ("totals", "order"),
    [([], []), ([5], [0]), ([1, 3, 2], [1, 2, 0]), ([4, 4, 4, 4, 4], [0, 4, 3, 2, 1]), ([5, 9, 9, 9], [1, 3, 2, 0])],
)
def test_the_order_in_which_a_heap_gives_nodes_out(totals: list[int], order: list[int]) -> None:
    """Highest first; equals in the order that falls out of a binary heap."""
    assert heap_order(totals) == order


def test_a_steady_choice_draws_nothing() -> None:
    """Seed 0 takes the top of the heap."""
    names, totals = ["a", "b", "c"], {"a": 1, "b": 2, "c": 2}

    def never(limit: int) -> int:
        raise AssertionError

    assert Ties(never, steady=True).choose(names, totals) == "b"


def test_every_member_of_a_tie_can_be_drawn() -> None:
    """Another seed draws among the best."""
    names, totals = ["a", "b", "c", "d"], {"a": 2, "b": 1, "c": 2, "d": 2}
    drawn = {Ties(lambda limit, n=number: n % limit, steady=False).choose(names, totals) for number in range(6)}
    assert drawn == {"a", "c", "d"}


@pytest.mark.parametrize("index", range(7))
def test_the_nth_of_several_sorted_lists(index: int) -> None:
    """As if they were merged."""
    lists = [[0, 5, 9], [2], [3, 4, 8]]
    assert pick(lists, index, 10) == sorted(chain.from_iterable(lists))[index]


@pytest.mark.parametrize(
    ("start", "count", "inside"), [(0, 3, [0, 1, 2]), (4, 3, [0, 4, 5]), (2, 6, [0, 1, 2, 3, 4, 5]), (5, 1, [5])]
)
def test_a_window_of_the_cyclic_order(start: int, count: int, inside: list[int]) -> None:
    """Counting, testing and cutting agree."""
    window, places = Window(start, count, 6), list(range(6))
    assert window.cut(places) == inside
    assert window.count(places) == len(inside)
    assert [place for place in places if window.inside(place)] == inside


def test_a_group_sorts_its_nodes_by_total() -> None:
    """Buckets are sorted by place and vanish when they are empty."""
    group = Group()
    for place, total in ((3, 10), (1, 10), (2, 5)):
        group.add(place, total)
    assert (group.places, group.buckets) == ([1, 2, 3], {10: [1, 3], 5: [2]})
    group.remove(2, 5)
    assert (group.places, group.buckets) == ([1, 3], {10: [1, 3]})
