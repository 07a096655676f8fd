"""Commands that somebody runs in a container from outside: probes, hooks and `kubectl exec`."""

from __future__ import annotations

from math import inf

import attrs

from ..clock import exact
from ..values.durations import parse_duration
from .machine import Machine
from .records import ExecResult, Inside

KILLED = 137
"""The exit code of a process that was ended by SIGKILL."""


MISUSED = 2
"""The exit code of a program that does not understand its arguments."""

LONGEST = 10_000
"""How often a command may wait and go on before it is taken for one that never ends."""

BUSIEST = 20
"""The same of a command that never waits, but computes."""


def scripted_exec(ran: float, command: tuple[str, ...], timeout: float) -> ExecResult:
    """What a command means to a container of `kemu/script` that has run for so many seconds.

    It says the same until a moment that is known: see `ExecResult.steady`.
    """
    what, value = (*command, "", "")[:2]
    try:
        return _scripted(ran, what, value, timeout)
    except ValueError as problem:
        return ExecResult(MISUSED, f"{what}: {problem}")


def _scripted(ran: float, what: str, value: str, timeout: float) -> ExecResult:
    if what == "after":
        left = parse_duration(value) - ran
        return ExecResult(0, "", steady=inf) if left <= 0 else ExecResult(1, "not yet", steady=left)
    if what == "before":
        left = parse_duration(value) - ran
        return ExecResult(0, "", steady=left) if left > 0 else ExecResult(1, "no more", steady=inf)
    if what == "sleep":
        return ExecResult(0, "", min(max(parse_duration(value), 0.0), timeout), steady=inf)
    if what == "exit":
        return ExecResult(int(value or 0), "", steady=inf)
    return ExecResult(0, "", steady=inf)


def run_through(machine: Machine, host: Inside, timeout: float) -> tuple[Machine, ExecResult]:
    """Run a machine to its end as if time passed, or until it is cut off; what it left behind, and what it said."""
    printed: list[str] = []
    start, waited, busy = host.now, 0, 0
    while waited < LONGEST and busy < BUSIEST:
        machine, text = machine.resume_together(host)
        printed.append(text)
        wakes = machine.wakes
        if machine.exit_code is not None or wakes is None or wakes == inf or exact(wakes - start) > timeout:
            break
        waited, busy = waited + 1, busy + machine.is_busy
        host = attrs.evolve(host, now=wakes, unix=host.unix + wakes - host.now)
    seconds = exact(host.now - start) if machine.exit_code is not None or timeout == inf else timeout
    code = machine.exit_code if machine.exit_code is not None else KILLED
    return machine, ExecResult(code, "".join(printed), seconds)
