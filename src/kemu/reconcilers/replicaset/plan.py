"""How many pods a ReplicaSet or ReplicationController needs, and which go where there are too many. All is pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cmp_to_key
from math import log2
from typing import Any

import attrs

from ...objects.pods import ready_time
from ...values.frozen import EMPTY_MAP
from ...values.integers import integer

BURST = 500
"""Pods that one sync creates or deletes at most."""


@attrs.frozen
class Decision:
    """How many pods to create, and which to delete."""

    create: int
    delete: tuple[Any, ...]


def decide(replicas: int, pods: Sequence[Any], together: Mapping[str, int] = EMPTY_MAP, unix: float = 0.0) -> Decision:
    """What to create and delete so that `replicas` active pods remain.

    With 2 replicas and pods a (ready), b (pending), c (ready): delete b.
    `together` counts the related pods on each node: of two that are alike, the one on the fuller node goes.
    """
    surplus = len(pods) - replicas
    if surplus <= 0:
        return Decision(min(-surplus, BURST), ())
    ranked = sorted(pods, key=cmp_to_key(lambda one, other: _before(one, other, together, unix)))
    return Decision(0, tuple(ranked[: min(surplus, BURST)]))


def _before(one: Any, other: Any, together: Mapping[str, int], unix: float) -> int:
    """Which of two pods goes first: below zero for the one, above for the other, zero if nothing tells them apart.

    First goes one without a node, then one that is pending, not ready, cheaper, on a more crowded node, ready for a
    shorter time, restarted more often, younger. Times are compared by their order of magnitude, and of two of one
    magnitude chance decides, which is that of the uids: so that not always the youngest go.
    """
    ranks = _rank(one, together), _rank(other, together)
    if ranks[0] != ranks[1]:
        return -1 if ranks[0] < ranks[1] else 1
    ready = ready_time(one), ready_time(other)
    if None not in ready and ready[0] != ready[1]:
        return _younger(one, other, *ready, unix)
    restarts = _restarts(other) - _restarts(one)
    created = one.metadata.creation_timestamp, other.metadata.creation_timestamp
    return restarts if restarts or created[0] == created[1] else _younger(one, other, *created, unix)


def _rank(pod: Any, together: Mapping[str, int]) -> tuple[Any, ...]:
    cost = pod.metadata.annotations.get("controller.kubernetes.io/pod-deletion-cost", "0")
    return (
        bool(pod.spec.node_name),
        {"Pending": 0, "Unknown": 1}.get(pod.status.phase or "", 2),
        ready_time(pod) is not None,
        integer(cost, 32) or 0,
        -together.get(pod.spec.node_name or "", 0),
    )


def _restarts(pod: Any) -> int:
    return max((status.restart_count for status in pod.status.container_statuses), default=0)


def _younger(one: Any, other: Any, since: Any, others_since: Any, unix: float) -> int:
    """Compare two pods by how long ago something happened to them, which is not the same time."""
    magnitudes = _magnitude(unix - int(since)), _magnitude(unix - int(others_since))
    if magnitudes[0] == magnitudes[1]:
        return -1 if one.metadata.uid < other.metadata.uid else 1
    return magnitudes[0] - magnitudes[1]


def _magnitude(seconds: float) -> int:
    """The order of magnitude of a time, in powers of two of nanoseconds."""
    return int(log2(seconds * 1e9)) if seconds > 0 else -1
