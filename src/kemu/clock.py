"""Virtual time: the only clock of the simulated world.

Time is a float of seconds since the cluster started, always the one that is nearest to a whole number of microseconds:
the grid. Sums of floats leave it, so that who keeps a moment to compare with makes it `exact` first; the clock and the
loop never show another. Nothing but the loop moves it. The epoch is fixed and obviously artificial: a timestamp that
leaks into a real system is recognised at once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil

from .errors import UsageError

EPOCH = 946_684_800
"""2000-01-01T00:00:00Z in seconds since 1970: what a clock shows when a cluster starts that is not told otherwise."""


MICROSECOND = 1e-6
"""The shortest time that there is."""


def exact(seconds: float) -> float:
    """The same moment as a whole number of microseconds."""
    return round(seconds, 6)


def epoch_of(start: str | datetime) -> float:
    """What a clock shows at the start, in seconds since 1970. Raises UsageError for what is no time."""
    if start == "":
        return EPOCH
    try:
        moment = start if isinstance(start, datetime) else datetime.fromisoformat(start)
    except (TypeError, ValueError):
        raise UsageError(f"start is a time such as 2000-01-01T00:00:00Z, not {start!r}") from None
    return float(round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))


LOOPS_BEGAN = 2.0
"""Seconds after the start at which the loops of the controller manager began, which starts after its API server."""


def on_grid(moment: float, period: float) -> float:
    """The first look at or after a moment of a loop of the controller manager that looks every `period` seconds."""
    return exact(ceil(exact(moment - LOOPS_BEGAN) / period) * period + LOOPS_BEGAN)


class Clock:
    """What time it is in one cluster. `now` is in seconds since the start; `unix` since 1970; `epoch` is the start."""

    __slots__ = ("epoch", "now")

    def __init__(self, now: float = 0.0, epoch: float = EPOCH) -> None:
        self.now = exact(now)
        self.epoch = epoch

    @property
    def unix(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z, as the timestamps of API objects count them."""
        return self.epoch + self.now

    def jump(self, to: float) -> None:
        """Move forward to where the grid is nearest to `to` (seconds since the start). Time never goes back: an earlier
        moment changes nothing."""
        if to > self.now:
            self.now = max(exact(to), self.now)

    def fork(self) -> Clock:
        """An independent clock that shows the same time."""
        twin = Clock.__new__(Clock)
        twin.now, twin.epoch = self.now, self.epoch
        return twin
