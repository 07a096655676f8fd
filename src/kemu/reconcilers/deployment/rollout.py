"""What a rollout needs to know about templates and revisions: hashes, annotations, shares. Everything is pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...objects import evolve
from ...values.frozen import FrozenMap
from ...values.int_or_string import scaled
from ...wellknown import TEMPLATE_HASH

REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAX_REPLICAS = "deployment.kubernetes.io/max-replicas"
NOT_COPIED = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        REVISION_HISTORY,
        DESIRED,
        MAX_REPLICAS,
        "deprecated.deployment.rollback.to",
    }
)
"""Annotations of a Deployment that its ReplicaSets do not inherit."""


def without_hash(template: Any) -> Any:
    """A template as it was before the hash label was added."""
    labels = template.metadata.labels
    if TEMPLATE_HASH not in labels:
        return template
    bare = FrozenMap({key: value for key, value in labels.items() if key != TEMPLATE_HASH})
    return evolve(template, {"metadata.labels": bare})


def annotations_for(deployment: Any, replica_set: Any, revision: str) -> FrozenMap[str, str]:
    """What the newest ReplicaSet is annotated with: the Deployment's own, its revision, the wanted numbers."""
    had = replica_set.metadata.annotations
    result = dict(had)
    result.update({key: value for key, value in deployment.metadata.annotations.items() if key not in NOT_COPIED})
    old = had.get(REVISION, "")
    if not old or int(old) < int(revision):
        result[REVISION] = revision
        if old:
            history = [text for text in had.get(REVISION_HISTORY, "").split(",") if text]
            result[REVISION_HISTORY] = ",".join([*history, old])
    if DESIRED not in had:
        wanted = deployment.spec.replicas or 0
        result[DESIRED] = str(wanted)
        result[MAX_REPLICAS] = str(wanted + _surge(deployment))
    return had if result == had else FrozenMap(result)


def _surge(deployment: Any) -> int:
    rolling = deployment.spec.strategy.rolling_update
    if deployment.spec.strategy.type != "RollingUpdate" or rolling is None:
        return 0
    return scaled(rolling.max_surge, deployment.spec.replicas or 0, True)


def proportions(active: Sequence[Any], allowed: int, deployment: Any) -> list[tuple[Any, int]]:
    """New sizes for several ReplicaSets, each by its share of the old total.

    Scaling from 10 to 15 with a surge of 3 while 11 old and 2 new pods exist: 18 are allowed, 5 more than there are;
    the larger set gets 5 * 11 / 13 of them, rounded, and the rest goes to the other.
    """
    total = sum(each.spec.replicas or 0 for each in active)
    extra = allowed - total
    ordered = sorted(
        active,
        key=lambda each: (
            -(each.spec.replicas or 0),
            -int(each.metadata.creation_timestamp or 0) if extra > 0 else int(each.metadata.creation_timestamp or 0),
        ),
    )
    added, sizes = 0, []
    for each in ordered:
        size = each.spec.replicas or 0
        share = 0
        if extra and total:
            wanted = deployment.spec.replicas or 0
            before = int(each.metadata.annotations.get(MAX_REPLICAS, "0") or 0) or wanted
            share = round(size * allowed / before) - size
            left = extra - added
            share = min(share, left) if extra > 0 else max(share, left)
        added += share
        sizes.append([each, size + share])
    if sizes and extra != added:
        sizes[0][1] = max(0, sizes[0][1] + extra - added)
    return [(each, size) for each, size in sizes]
