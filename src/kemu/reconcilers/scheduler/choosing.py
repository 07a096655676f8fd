"""One attempt with a ledger that needs to ask nobody: the groups of its nodes are looked at, not the nodes.

`percentageOfNodesToScore` selects a stretch of the node order. Buckets are sorted by place in that order, so what is in
the stretch is found by bisection.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from .algorithm import SCORING, Search, nodes_to_find
from .framework import Code, error
from .ledger import Ledger
from .ties import HEAP_LIMIT, Ties
from .views import Group, GroupKey, LedgerResult, View, Window, pick


def choose(ledger: Ledger, search: Search, percentage: int | None, ties: Ties) -> LedgerResult:
    """Decide for one pod of the ledger's shape. The ledger must be up to date."""
    view = View(ledger.chunks, ledger.order, ledger.places, ledger.score_names, ledger.refused)
    result = LedgerResult(view)
    total, judged = len(ledger.order), ledger.judged()
    view.verdicts, view.sizes = judged.verdicts, judged.sizes
    feasible = {key: group for key, group in ledger.groups.items() if judged.verdicts[key] is None}
    count = sum([len(group.places) for group in feasible.values()])
    enough = nodes_to_find(total, percentage)
    start = search.start % total
    if count > enough:
        view.window, view.visited = _stretch(list(feasible.values()), start, enough, total)
        inside = {key: view.window.count(group.places) for key, group in feasible.items()}
        feasible = {key: group for key, group in feasible.items() if inside[key]}
        count = enough
    search.start = (search.start + view.visited) % total
    view.feasible_count = count
    result.evaluated = view.visited
    if not count:
        result.rejectors = result.verdicts.plugins()
        view.hopeful = _hopeful(ledger, view)
        return result
    try:
        if count == 1:
            view.parts = {key: {} for key in feasible}
        elif view.window is None:
            view.parts = ledger.weighed()
        else:
            view.parts = ledger.parts({key: inside[key] for key in feasible}, judged.places)
    except ValueError as problem:
        result.status = error(f"{SCORING}: {problem}")
        return result
    result.node = _choose(result, view, feasible, start, ties)
    return result


def _hopeful(ledger: Ledger, view: View) -> list[int]:
    """Places of the nodes on which preemption might help."""
    lists = [places for status, places in ledger.refused.items() if status.code is Code.UNSCHEDULABLE]
    for key, status in view.verdicts.items():
        if status is not None and status.code is Code.UNSCHEDULABLE:
            lists.append(ledger.groups[key].places)
    return sorted(place for places in lists for place in places) if len(lists) != 1 else lists[0].copy()


def _stretch(groups: Sequence[Group], start: int, enough: int, total: int) -> tuple[Window, int]:
    """The part of the order that has just `enough` feasible nodes, up to the next one."""
    lists = [group.places for group in groups]
    count = sum(map(len, lists))
    before = sum(bisect_left(places, start) for places in lists)
    after = pick(lists, (before + enough) % count, total)
    visited = (after - start) % total or total
    return Window(start, visited, total), visited


def _choose(result: LedgerResult, view: View, feasible: Mapping[GroupKey, Group], start: int, ties: Ties) -> str:
    """One of the best nodes, by the same rule as `algorithm.evaluate`."""
    order = view.order
    if ties.steady and 1 < view.feasible_count <= HEAP_LIMIT:
        names, places = result.feasible, view.places
        first = next((i for i, name in enumerate(names) if places[name] >= start), 0)
        return ties.choose([*names[first:], *names[:first]], result.totals)
    best = _best(view, feasible)
    count = sum(map(len, best))
    before = sum(bisect_left(found, start) for found in best)
    return order[pick(best, (before + ties.index(count)) % count, len(order))]


def _best(view: View, feasible: Mapping[GroupKey, Group]) -> list[list[int]]:
    """The places of the best nodes, as sorted lists."""
    best = -1
    ties: list[list[int]] = []
    window = view.window
    for key, group in feasible.items():
        base = sum(view.parts[key].values())
        for local in sorted(group.buckets, reverse=True):
            if base + local < best:
                break
            places = group.buckets[local] if window is None else window.cut(group.buckets[local])
            if not places:
                continue
            if base + local > best:
                best, ties = base + local, [places]
            else:
                ties.append(places)
            break
    return ties
