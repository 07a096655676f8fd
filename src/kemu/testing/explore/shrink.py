"""The least that still breaks: as few deviations and as few steps of the scenario as the same guarantee allows.

Each candidate is a whole run from the start. It counts if the same guarantee breaks, or if anything does without any
deviation; how it does may be told in other words. It leaves out all deviations at first, then halves of them, and so
on down to single ones; then steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...turns import WALL
from .offers import Plan
from .report import Broken

if TYPE_CHECKING:
    from .search import Search

ATTEMPTS = 80
"""So many runs are made to shrink one failure, if they are short."""

SECONDS = 4.0
"""Real seconds after which no further run is begun."""


def shrunk(search: Search, plan: Plan, guarantee: str, text: str, *, whole: bool = False) -> Broken:
    """What broke in a run with this plan, with the least that makes it happen. The search is as before afterwards.

    A run that was `whole` began at the start, and need not be made again to see what breaks from there.
    """
    course, kept, reference = search.course, search.kept, search.reference
    attempts, deadline = 0, WALL.now() + SECONDS
    last = (plan, kept)

    def more() -> bool:
        return attempts < ATTEMPTS and WALL.now() < deadline

    def breaks(candidate: Plan, steps: tuple[int, ...]) -> str:
        nonlocal attempts, last, guarantee
        attempts, last = attempts + 1, (candidate, steps)
        if steps != search.kept:
            search.keep(steps)
        found = search.judged(candidate)
        if found is None or (found[0] != guarantee and candidate):
            return ""
        guarantee = found[0]
        return found[1]

    try:
        if not whole:
            guarantee, text = search.judged(plan) or (guarantee, text)  # from the start it may break in another way
        steps, size = kept, max(len(plan), 1)
        while size and more():
            for candidate, left in _fewer(plan, steps, size):
                told = breaks(candidate, left) if more() else ""
                if told:
                    plan, steps, text = candidate, left, told
                    size = min(size, max(len(plan), 1))
                    break
            else:
                size //= 2
        if last != (plan, steps):  # the run that is told of is the last one
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
