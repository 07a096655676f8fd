"""When a Job may create pods again after some have failed: 10 s after the last failure, doubling up to ten minutes.

How many have failed since the last success is counted here and not in the status, so that a controller that restarts
begins anew, as upstream. A Job with a limit for each index counts in an annotation of its pods instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from ...objects.conditions import find_condition
from .pods import all_failures

FIRST = 10.0
"""Seconds after the first failure."""

MOST = 600.0


@attrs.frozen
class BackOff:
    """The failures of one Job since its last success: its uid, how many, and when the last was, since 1970."""

    uid: str = ""
    failures: int = 0
    last: int = 0

    def after(self, job: Any, succeeded: Sequence[Any], failed: Sequence[Any]) -> BackOff:
        """The same once some more pods have ended: only failures after the last success count."""
        uid = job.metadata.uid
        before = self.failures if self.uid == uid else 0
        ends = sorted(map(finished_at, failed))
        if succeeded:
            last_success = max(map(finished_at, succeeded))
            before, ends = 0, [end for end in ends if end > last_success]
        if ends:
            return BackOff(uid, before + len(ends), ends[-1])
        return self if before else BackOff()

    def left(self, unix: float) -> float:
        """Seconds until a new pod may be created."""
        return _left(self.failures, self.last, unix)


def left_for_index(pod: Any | None, unix: float) -> float:
    """Seconds until the successor of a failed pod may be created; None is the first pod of its index."""
    return 0.0 if pod is None else _left(all_failures(pod) + 1, finished_at(pod), unix)


def _left(failures: int, last: int, unix: float) -> float:
    if not failures:
        return 0.0
    wait = min(FIRST * 2 ** min(failures - 1, 10), MOST)
    return max(0.0, last + wait - unix)


def finished_at(pod: Any) -> int:
    """When a pod ended, in seconds since 1970.

    That is when its last container did; else since when it is not ready; else when it was asked to go.
    """
    metadata, status = pod.metadata, pod.status
    sidecars = {each.name for each in pod.spec.init_containers if each.restart_policy == "Always"}
    own = _last_end(status.container_statuses)
    beside = [each for each in status.init_container_statuses if each.name in sidecars]
    ended = own if not beside else _last_end(beside, own)
    if ended is not None:
        return ended
    ready = find_condition(status.conditions, "Ready")
    if ready is not None and ready.status == "False" and ready.last_transition_time:
        return int(ready.last_transition_time)
    if metadata.deletion_timestamp is not None:
        return int(metadata.deletion_timestamp) - (metadata.deletion_grace_period_seconds or 0)
    return int(metadata.creation_timestamp or 0)


def _last_end(statuses: Sequence[Any], least: int | None = None) -> int | None:
    """When the last of some containers ended; None if one of them has not."""
    ends = [] if least is None else [least]
    for status in statuses:
        terminated = None if status.state is None else status.state.terminated
        if terminated is None or not terminated.finished_at:
            return None
        ends.append(int(terminated.finished_at))
    return max(ends, default=None)
