"""Looks that are taken at fixed times, as a loop of a controller takes them that sleeps in between."""

from __future__ import annotations

from math import floor

import attrs


@attrs.frozen
class Looks:
    """The looks of one loop, in seconds from the start of the cluster."""

    every: float
    first: float = 2.0
    """By when the controller manager has started its loops (D-087)."""

    def wait(self, due: float, now: float) -> float:
        """How long it is until the first look at which it is `due`; 0 or less if that is over, or is now."""
        return self.first + max(0, floor((due - self.first) / self.every) + 1) * self.every - now
