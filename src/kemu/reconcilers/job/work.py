"""Which pods a Job needs now, and which it has too many of. Everything is pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from ...objects.pods import is_ready, ready_time
from . import indexes
from .backoff import BackOff, left_for_index
from .ending import is_suspended
from .pods import index_of, is_indexed, is_terminating, replaces_failed_only
from .view import View, active_indexes

BURST = 500
"""Pods that one sync creates or deletes at most."""


@attrs.frozen
class Work:
    """What to do: delete pods, or create some, or wait so many seconds before some may be created."""

    delete: tuple[Any, ...] = ()
    create: tuple[int | None, ...] = ()
    """For each new pod its index; None in a Job without."""
    wait: float = 0.0


def decide(view: View, backoff: BackOff, unix: float) -> Work:
    """What a Job that goes on needs: at most `parallelism` pods, and no more than completions are missing.

    With 5 completions of which 3 are there, parallelism 3 and one active pod: create one. Pods are never created and
    deleted in one sync.
    """
    job, active = view.job, len(view.active)
    if is_suspended(job):
        return Work(delete=_surplus(view, active))
    wanted = _wanted(view)
    surplus = _surplus(view, max(0, active - wanted))
    if surplus:
        return Work(delete=surplus[:BURST])
    missing = wanted - active - (view.terminating if replaces_failed_only(job) else 0)
    if missing <= 0:
        return Work()
    if job.spec.backoff_limit_per_index is not None and is_indexed(job):
        return _of_each_index(view, _first_free(view, missing), unix)
    wait = backoff.left(unix)
    if wait:
        return Work(wait=wait)
    return Work(create=_first_free(view, missing) if is_indexed(job) else (None,) * min(missing, BURST))


def _wanted(view: View) -> int:
    """How many pods should be active. Without a number of completions none is added after the first success."""
    spec = view.job.spec
    if spec.completions is None:
        return len(view.active) if view.succeeded else spec.parallelism
    return max(0, min(spec.parallelism, spec.completions - view.succeeded))


def _first_free(view: View, count: int) -> tuple[int, ...]:
    """The first indexes that need a pod."""
    terminating = filter(is_terminating, view.pods) if replaces_failed_only(view.job) else ()
    going = indexes.of(index for index in map(index_of, terminating) if index is not None)
    failed = view.failed_indexes or indexes.NONE
    taken = indexes.joined(view.succeeded_indexes, active_indexes(view), going, failed)
    return indexes.first_missing(taken, view.job.spec.completions, min(count, BURST))


def _of_each_index(view: View, free: Sequence[int], unix: float) -> Work:
    """The indexes whose own back-off is over, or the shortest wait."""
    waits = {index: left_for_index(view.held.get(index), unix) for index in free}
    ready = tuple([index for index, wait in waits.items() if not wait])
    return Work(create=ready) if ready else Work(wait=min(waits.values(), default=0.0))


def _surplus(view: View, least: int) -> tuple[Any, ...]:
    """At least so many active pods to delete: those without an index of their own, then those that got least far."""
    spare, left = _without_place(view) if is_indexed(view.job) else ([], list(view.active))
    more = max(0, least - len(spare))
    return (*spare, *sorted(left, key=_progress)[:more])


def _without_place(view: View) -> tuple[list[Any], list[Any]]:
    """The active pods that have no index which the Job needs for them, and those that have: one for each index."""
    completions = view.job.spec.completions
    best: dict[int, Any] = {}
    for pod in sorted(view.active, key=_progress):
        index = index_of(pod)
        if index is not None and index < completions:
            best[index] = pod
    kept = {pod.metadata.uid for pod in best.values()}
    spare = [pod for pod in view.active if pod.metadata.uid not in kept]
    return spare, [pod for pod in view.active if pod.metadata.uid in kept]


def _progress(pod: Any) -> tuple[Any, ...]:
    """How far a pod got, the least first: unassigned, pending, not ready, just ready, restarted, young."""
    since = ready_time(pod)
    restarts = [status.restart_count for status in pod.status.container_statuses]
    return (
        bool(pod.spec.node_name),
        {"Pending": 0, "Unknown": 1}.get(pod.status.phase or "", 2),
        is_ready(pod),
        -int(since or 0),
        -max(restarts, default=0),
        -int(pod.metadata.creation_timestamp or 0),
    )
