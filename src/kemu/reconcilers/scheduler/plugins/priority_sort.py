"""PrioritySort: higher priority first, then whoever has waited longer."""

from __future__ import annotations

from typing import Any

from ..framework import Plugin


class PrioritySort(Plugin):
    """The order of the active queue."""

    name = "PrioritySort"

    def less(self, one: Any, other: Any) -> bool:
        """Whether `one` (a queued pod) is to be tried before `other`."""
        first, second = one.info.priority, other.info.priority
        return bool(first > second or (first == second and one.timestamp < other.timestamp))
