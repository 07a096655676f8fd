"""How fast a zone's nodes may be given up: the fewer of them are well, the slower, and not at all if none is anywhere.

state       its nodes                                        nodes a second
---------   ----------------------------------------------   -------------------------------------------------
Normal      most are ready                                   0.1
Partial     more than two, and at least 55 %, are not        0.01, and 0 in a zone of at most 50 nodes
Full        none is ready                                    0.1: the zone is gone, not the network to it
(none)      no node of any zone is ready                     0: it is this controller that is cut off
"""

from __future__ import annotations

import attrs

RATE = 0.1
SLOW_RATE = 0.01
LARGE = 50
"""More nodes than this make a zone large."""

UNHEALTHY = 0.55


def state_of(ready: int, others: int) -> str:
    """What state a zone is in with so many nodes that are ready, and others."""
    if ready == 0 and others > 0:
        return "Full"
    if others > 2 and others / (ready + others) >= UNHEALTHY:
        return "Partial"
    return "Normal"


def rate_of(state: str, nodes: int) -> float:
    """How many nodes of a zone may be given up in a second."""
    if state != "Partial":
        return RATE
    return SLOW_RATE if nodes > LARGE else 0.0


@attrs.frozen
class Bucket:
    """A bucket that holds one token, and gets `rate` of them in a second: the next one is there at `due` (seconds).

    `due` is None while there never is one.
    """

    rate: float = RATE
    due: float | None = 0.0

    def taken(self, now: float) -> Bucket:
        """The bucket after its token was taken."""
        return attrs.evolve(self, due=now + 1 / self.rate)

    def with_rate(self, rate: float, now: float) -> Bucket:
        """The bucket with another rate. One that was empty stays so, and fills at the new rate from now on."""
        if rate == self.rate:
            return self
        if not rate:
            return Bucket(0.0, None)
        empty = self.due is None or self.due > now
        return Bucket(rate, now + 1 / rate if empty else now)
