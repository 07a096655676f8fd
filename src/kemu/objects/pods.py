"""Pods as controllers see them: whether one has ended, counts, is ready, and has been so for long enough."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .conditions import find_condition, is_true

FINISHED = ("Succeeded", "Failed")
"""The phases that a pod does not leave."""


def is_finished(pod: Any) -> bool:
    """Whether all containers of a pod have ended for good."""
    return pod.status.phase in FINISHED


def is_active(pod: Any) -> bool:
    """Whether a pod still counts: not finished, not on its way out."""
    return pod.metadata.deletion_timestamp is None and pod.status.phase not in FINISHED


def is_ready(pod: Any) -> bool:
    """Whether the pod's Ready condition is true."""
    return is_true(pod.status.conditions, "Ready")


def ready_time(pod: Any) -> Any | None:
    """Since when a pod has been ready, or None if it is not."""
    ready = find_condition(pod.status.conditions, "Ready")
    return ready.last_transition_time if ready is not None and ready.status == "True" else None


def is_available(pod: Any, min_ready_seconds: int, unix: float) -> bool:
    """Whether a pod has been ready for long enough."""
    return readiness((pod,), min_ready_seconds, unix)[1] == 1


def readiness(pods: Iterable[Any], min_ready_seconds: int, unix: float) -> tuple[int, int]:
    """How many of some pods are ready, and how many have been so for long enough. O(pods)."""
    ready = available = 0
    for pod in pods:
        for condition in pod.status.conditions:
            if condition.type == "Ready":
                if condition.status == "True":
                    ready += 1
                    since = condition.last_transition_time
                    available += not min_ready_seconds or (since is not None and int(since) + min_ready_seconds <= unix)
                break
    return ready, available


def next_availability(pods: Iterable[Any], min_ready_seconds: int, unix: float) -> float | None:
    """Seconds until the next of some pods will have been ready for long enough; None if none waits for that."""
    if not min_ready_seconds:
        return None
    left = [int(since) + min_ready_seconds - unix for since in map(ready_time, pods) if since is not None]
    return min((seconds for seconds in left if seconds > 0), default=None)
