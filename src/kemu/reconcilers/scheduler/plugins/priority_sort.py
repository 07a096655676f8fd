"""PrioritySort: higher priority first, then whoever has waited longer."""

from __future__ import annotations

from typing import Any

from ..framework import Plugin


class PrioritySort(Plugin):
    """The order of the active queue."""

    name = "PrioritySort"

    def order(self, queued: Any) -> tuple[int, float]:
        """By what a queued pod is sorted."""
        return -queued.info.priority, queued.timestamp
