"""The least that still breaks: as few deviations and as few steps of the scenario as the same guarantee allows.

Each candidate is a whole run from the start. It counts if the same guarantee breaks; how it does may be told in other
words. It begins with leaving out one thing at a time, until none can be left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .offers import Plan
from .report import Broken

if TYPE_CHECKING:
    from .search import Search

ATTEMPTS = 60
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
        steps, smaller = kept, True
        while smaller and attempts < ATTEMPTS:
            smaller = False
            fewer = [(plan[:place] + plan[place + 1 :], steps) for place in range(len(plan))]
            fewer += [
                (plan, steps[:place] + steps[place + 1 :]) for place in range(len(steps) - 1, -1, -1) if len(steps) > 1
            ]
            for candidate, left in fewer:
                told = breaks(candidate, left) if attempts < ATTEMPTS else ""
                if told:
                    plan, steps, text, smaller = candidate, left, told, True
                    break
        text = breaks(plan, steps) or text
        return search.broken(plan, guarantee, text)
    finally:
        search.course, search.kept, search.reference = course, kept, reference
