"""What containers do, by name: for `cluster.runtime.on("myapp", kemu.behaviors.crashes(times=2))`.

Each gives a `Script`; several parts go together with `attrs.evolve(serves_http("hello"), stop=40)`. What none of them
can say is a function of a `Start`, or a `StateMachine`.
"""

from __future__ import annotations

from .containers.behavior import Script
from .values.durations import Duration, parse_duration
from .values.quantity import parse_quantity

__all__ = [
    "becomes_unready",
    "crashes",
    "exits",
    "hangs_on_stop",
    "leaks_memory",
    "runs",
    "serves_http",
    "slow_start",
    "uses",
]


def runs() -> Script:
    """It runs for ever, listens on no port, and stops at once when it is told to."""
    return Script(listens=())


def exits(code: int = 0, after: Duration = 0, *, message: str = "") -> Script:
    """It ends by itself with an exit code after a while, on every attempt."""
    return Script(run=after, exit=code, listens=(), message=message)


def crashes(times: int = 1, code: int = 1, after: Duration = 1) -> Script:
    """It crashes with an exit code after a while, so many times; from then on it runs."""
    return Script(run=after, exit=code, failures=times, recovers=True)


def slow_start(takes: Duration, *, port: int = 80, body: str = "") -> Script:
    """It takes no connections before it has run for a while; then it serves HTTP on a port."""
    return Script(opens=takes, listens=(port,), serves=body)


def hangs_on_stop(takes: Duration = 86_400) -> Script:
    """It does not stop when it is told to, for so long (by default longer than anybody waits), so that it is killed."""
    return Script(stop=takes)


def leaks_memory(each_second: str | int, *, start: str | int = 0) -> Script:
    """It uses so many bytes more (or a quantity, such as `10Mi`) every second, until it is OOMKilled at its limit."""
    return Script(leak=_bytes(each_second), memory=_bytes(start))


def uses(*, cpu: str | float | None = None, memory: str | int | None = None) -> Script:
    """It uses so much of the processor (`250m`) and so much memory, as metrics show, and as its limit allows."""
    return Script(cpu=None if cpu is None else str(cpu), memory=0 if memory is None else _bytes(memory))


def serves_http(body: str = "", *, port: int = 80, status: int = 200) -> Script:
    """It answers every HTTP request on a port with a status and a body."""
    return Script(listens=(port,), serves=body, http_status=status)


def becomes_unready(after: Duration, *, lasts: Duration | None = None, port: int = 80, body: str = "") -> Script:
    """It answers HTTP requests with 500 once it has run for a while: for ever, or for as long as that `lasts`."""
    recovers = None if lasts is None else parse_duration(after) + parse_duration(lasts)
    return Script(listens=(port,), serves=body, http_fails_after=after, http_recovers_after=recovers)


def _bytes(amount: str | int) -> int:
    return amount if isinstance(amount, int) else parse_quantity(amount).value()
