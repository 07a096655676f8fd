"""The least that still breaks: as few deviations and as few steps of the scenario as the same guarantee allows.

Each candidate is a whole run from the start. It counts if the same guarantee breaks; how it does may be told in other
words. It leaves out all deviations at first, then halves of them, and so on down to single ones; then steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .offers import Plan
from .report import Broken

if TYPE_CHECKING:
    from .search import Search

ATTEMPTS = 80
"""So many runs are made to shrink one failure."""


def shrunk(search: Search, plan: Plan, guarantee: str, text: str) -> Broken:
    """What broke in a run with this plan, with the least that makes it happen. The search is as before afterwards."""
    course, kept, reference = search.course, search.kept, search.reference
    attempts = 0

    def breaks(candidate: Plan, steps: tuple[int, ...]) -> str:
        nonlocal attempts
        attempts += 1
        if steps != search.kept:
            search.keep(steps)
        found = search.judged(candidate)
        return found[1] if found is not None and found[0] == guarantee else ""

    try:
        guarantee, text = search.judged(plan) or (guarantee, text)  # from the start it may break in another way
        steps, size = kept, max(len(plan), 1)
        while size and attempts < ATTEMPTS:
            for candidate, left in _fewer(plan, steps, size):
                told = breaks(candidate, left) if attempts < ATTEMPTS else ""
                if told:
                    plan, steps, text = candidate, left, told
                    size = min(size, max(len(plan), 1))
                    break
            else:
                size //= 2
        text = breaks(plan, steps) or text
        return search.broken(plan, guarantee, text)
    finally:
        search.course, search.kept, search.reference = course, kept, reference


def _fewer(plan: Plan, steps: tuple[int, ...], size: int) -> Iterator[tuple[Plan, tuple[int, ...]]]:
    """Plans with so many deviations less; with one less, scenarios with one step less as well."""
    for place in range(0, len(plan), size):
        yield plan[:place] + plan[place + size :], steps
    if size == 1 and len(steps) > 1:
        for place in range(len(steps) - 1, -1, -1):
            yield plan, steps[:place] + steps[place + 1 :]
