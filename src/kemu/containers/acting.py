"""Processes that a user has written: plain state machines, which are asked whenever something happens to them.

    def counts(state, event, start):
        if event == "TERM":
            return kemu.Turn(exit=0, log="bye")
        return kemu.Turn(state=(state or 0) + 1, wait=10, log=f"{state or 0} so far")

    cluster.runtime.on("counter", kemu.StateMachine(counts))

What a process knows is the `state` of its last turn, a frozen value, so that a cluster forks and pickles at any moment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from ..errors import UsageError
from ..values.durations import parse_duration
from .behavior import Script, Start


@attrs.frozen(kw_only=True)
class Turn:
    """What a process does when it is asked. `exit` ends it with a code; `log` are lines that it writes.

    It is asked again with `timer` after `wait` (seconds, or a duration such as `10s`; None: when something happens to
    it). Until then it takes connections and answers as `script` says; None leaves that as it was.
    """

    state: Any = None
    wait: float | None = attrs.field(default=None, converter=attrs.converters.optional(parse_duration))
    exit: int | None = None
    log: str = ""
    script: Script | None = None


@attrs.frozen
class StateMachine:
    """A behaviour for `runtime.on`: `turn(state, event, start)` gives a `Turn`.

    Events are `start` (with None as the state), `timer`, and signals: `TERM` when the container is to stop, and what
    `kill` sends to the first process (`HUP`, `USR1`, ...). What has not ended by itself when the grace period is over
    is killed. `start` says which container it is, and which attempt.
    """

    turn: Callable[[Any, str, Start], Turn]


def turn_of(machine: StateMachine, state: Any, event: str, start: Start, name: str) -> Turn:
    """One turn. Raises UsageError for what gives no Turn, or a state that may change behind one's back."""
    found = machine.turn(state, event, start)
    if not isinstance(found, Turn):
        raise UsageError(f"the behavior of {name} returned {type(found).__name__}: return a kemu.Turn")
    try:
        hash(found.state)
    except TypeError:
        kind = type(found.state).__name__
        raise UsageError(
            f"the state of {name} is a {kind}, which may change: use a frozen value, such as a tuple"
        ) from None
    return found
