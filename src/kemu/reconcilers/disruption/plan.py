"""How many of a budget's pods are healthy, and how many may be disrupted. Everything is pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from ...objects.conditions import find_condition
from ...objects.pods import is_finished, is_ready
from ...values.frozen import FrozenMap
from ...values.int_or_string import scaled

DELETION_SECONDS = 120.0
"""How long an evicted pod counts as disrupted while nobody sees that it is being deleted."""

STALE_SECONDS = 120.0
"""How long a pod may say that it is about to be disrupted before that is taken back."""


@attrs.frozen
class Disrupted:
    """The evicted pods whose deletion has not been seen yet, by name; how long until that is to be looked at again;
    and the pods that were to be deleted, and were not."""

    pods: Mapping[str, Any]
    wait: float | None
    kept: tuple[Any, ...]


def disrupted(budget: Any, pods: Sequence[Any], unix: float) -> Disrupted:
    """What of `disruptedPods` still counts."""
    noted: dict[str, Any] = {}
    kept, waits = [], []
    for pod in pods:
        since = budget.status.disrupted_pods.get(pod.metadata.name)
        if since is None or pod.metadata.deletion_timestamp is not None:
            continue
        left = int(since) + DELETION_SECONDS - unix
        if left <= 0:
            kept.append(pod)
        else:
            noted[pod.metadata.name] = since
            waits.append(left)
    return Disrupted(FrozenMap(noted), min(waits, default=None), tuple(kept))


def is_scaled(budget: Any) -> bool:
    """Whether what a budget asks for depends on how many pods there should be, and not on how many there are."""
    return budget.spec.max_unavailable is not None or isinstance(budget.spec.min_available, str)


def desired(budget: Any, expected: int) -> int:
    """How many pods must be healthy: with `maxUnavailable` 30 % of 5 expected ones 3, with `minAvailable` 50 % 3."""
    spec = budget.spec
    if spec.max_unavailable is not None:
        return max(0, expected - scaled(spec.max_unavailable, expected, True))
    return 0 if spec.min_available is None else scaled(spec.min_available, expected, True)


def healthy(pods: Sequence[Any], noted: Mapping[str, Any], unix: float) -> int:
    """How many pods are ready, and neither on their way out nor about to be."""
    count = 0
    for pod in pods:
        since = noted.get(pod.metadata.name)
        going = pod.metadata.deletion_timestamp is not None
        if not going and (since is None or int(since) + DELETION_SECONDS <= unix):
            count += is_ready(pod)
    return count


def stale_in(pod: Any, unix: float) -> float | None:
    """Seconds until a pod that was to be disrupted, and is not, says so no longer; None if it says nothing of the sort.

    A kubelet that ends a pod may take its time.
    """
    if pod.metadata.deletion_timestamp is not None or is_finished(pod):
        return None
    condition = find_condition(pod.status.conditions, "DisruptionTarget")
    if condition is None or condition.status != "True" or condition.reason == "TerminationByKubelet":
        return None
    return max(0.0, int(condition.last_transition_time) + STALE_SECONDS - unix)
