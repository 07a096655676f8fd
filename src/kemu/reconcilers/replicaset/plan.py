"""How many pods a ReplicaSet or ReplicationController needs, and which go where there are too many. All is pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from ...objects.pods import ready_time

BURST = 500
"""Pods that one sync creates or deletes at most."""


@attrs.frozen
class Decision:
    """How many pods to create, and which to delete."""

    create: int
    delete: tuple[Any, ...]


def decide(replicas: int, pods: Sequence[Any], together: dict[str, int] | None = None) -> Decision:
    """What to create and delete so that `replicas` active pods remain.

    With 2 replicas and pods a (ready), b (pending), c (ready): delete b.
    `together` counts the related pods on each node: of two that are alike, the one on the fuller node goes.
    """
    surplus = len(pods) - replicas
    if surplus <= 0:
        return Decision(min(-surplus, BURST), ())
    counts = together or {}
    ranked = sorted(pods, key=lambda pod: rank(pod, counts))
    return Decision(0, tuple(ranked[: min(surplus, BURST)]))


def rank(pod: Any, together: dict[str, int]) -> tuple[Any, ...]:
    """Who goes first: unassigned, then pending, then not ready, cheapest, most crowded, youngest, most restarted."""
    ready_since = ready_time(pod)
    restarts = max((status.restart_count for status in pod.status.container_statuses), default=0)
    cost = pod.metadata.annotations.get("controller.kubernetes.io/pod-deletion-cost", "0")
    return (
        bool(pod.spec.node_name),
        {"Pending": 0, "Unknown": 1}.get(pod.status.phase or "", 2),
        ready_since is not None,
        int(cost) if cost.lstrip("-").isdigit() else 0,
        -together.get(pod.spec.node_name or "", 0),
        -(int(ready_since) if ready_since is not None else 0),
        -restarts,
        -int(pod.metadata.creation_timestamp or 0),
    )
