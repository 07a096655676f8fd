"""Assertions on what code has asked of a cluster: its log of requests.

    assert_asked(cluster, "PATCH /api/v1/namespaces/default/pods/*/status", times=1)
    assert_not_asked(cluster, "DELETE *", agent="*my-operator*")

A pattern is a method and a path without its query, in which `*` stands for anything (`?` and `[...]` as in file names).
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..apiserver.rest.exchange import Asked
    from ..cluster import Cluster

SHOWN = 20
"""So many of the latest requests are shown where an assertion fails."""


def asked(cluster: Cluster, pattern: str, *, status: int | None = None, agent: str = "*") -> tuple[Asked, ...]:
    """The requests that a pattern describes, oldest first; those with a status, or of an agent (a pattern)."""
    return tuple(
        each
        for each in cluster.request_log()
        if fnmatchcase(f"{each.method} {each.path.partition('?')[0]}", pattern)
        and status in (None, each.status)
        and fnmatchcase(each.agent or "", agent)
    )


def assert_asked(
    cluster: Cluster, pattern: str, *, times: int | None = None, status: int | None = None, agent: str = "*"
) -> tuple[Asked, ...]:
    """Raise AssertionError unless it was asked: at least once, or exactly so many `times`. Gives back the requests."""
    found = asked(cluster, pattern, status=status, agent=agent)
    if len(found) != times if times is not None else not found:
        wanted = "at least once" if times is None else f"{times} times"
        raise AssertionError(f"{pattern} was asked {len(found)} times, not {wanted}; {_latest(cluster)}")
    return found


def assert_not_asked(cluster: Cluster, pattern: str, *, status: int | None = None, agent: str = "*") -> None:
    """Raise AssertionError if it was asked."""
    assert_asked(cluster, pattern, times=0, status=status, agent=agent)


def _latest(cluster: Cluster) -> str:
    """The latest requests, for people."""
    log = cluster.request_log()[-SHOWN:]
    return "\n  ".join(("the latest requests were", *map(str, log))) if log else "nothing was asked at all"
