"""What a rollout needs to know about templates and revisions: hashes, annotations, shares. Everything is pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import Any

from ...objects import evolve
from ...values.frozen import FrozenMap
from ...values.int_or_string import scaled
from ...values.integers import integer
from ...values.memo import Memo
from ...wellknown import TEMPLATE_HASH

REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAX_REPLICAS = "deployment.kubernetes.io/max-replicas"
ROLLBACK_TO = "deprecated.deployment.rollback.to"
HISTORY_MAX = 2000
"""How many characters the list of former revisions has at most."""
NOT_COPIED = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        REVISION_HISTORY,
        DESIRED,
        MAX_REPLICAS,
        ROLLBACK_TO,
    }
)
"""Annotations of a Deployment that its ReplicaSets do not inherit."""


def _without_hash(template: Any) -> Any:
    labels = template.metadata.labels
    if TEMPLATE_HASH not in labels:
        return template
    bare = FrozenMap({key: value for key, value in labels.items() if key != TEMPLATE_HASH})
    return evolve(template, {"metadata.labels": bare})


_bare = Memo(_without_hash)


def without_hash(template: Any) -> Any:
    """A template as it was before the hash label was added."""
    return _bare(template)


def annotations_for(deployment: Any, replica_set: Any, revision: str) -> FrozenMap[str, str]:
    """What the newest ReplicaSet is annotated with: the Deployment's own, its revision, and, if it is new, the wanted
    numbers. One whose revision is no number is left as it is."""
    had = replica_set.metadata.annotations
    result = dict(had)
    result.update({key: value for key, value in deployment.metadata.annotations.items() if key not in NOT_COPIED})
    old = had.get(REVISION, "")
    number = integer(old) if old else 0
    if number is None:
        return had
    if number < int(revision):
        result[REVISION] = revision
        if old:
            result[REVISION_HISTORY] = _history(had.get(REVISION_HISTORY, ""), old)
    if not replica_set.metadata.uid:
        wanted = deployment.spec.replicas or 0
        result[DESIRED] = str(wanted)
        result[MAX_REPLICAS] = str(wanted + _surge(deployment))
    return had if result == had else FrozenMap(result)


def _history(before: str, old: str) -> str:
    """The revisions that a ReplicaSet had, with one more at the end; of a long list the first ones go."""
    revisions = [*filter(None, before.split(",")), old]
    while len(revisions) > 1 and len(",".join(revisions)) > HISTORY_MAX:
        del revisions[0]
    return ",".join(revisions)


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
    extra = allowed - sum(each.spec.replicas or 0 for each in active)
    ordered = sorted(
        active,
        key=lambda each: (
            -(each.spec.replicas or 0),
            -int(each.metadata.creation_timestamp or 0) if extra > 0 else int(each.metadata.creation_timestamp or 0),
        ),
    )
    added, sizes = 0, []
    for each in ordered:
        size, left = each.spec.replicas or 0, extra - added
        share = _share(each, allowed, deployment) if left else 0
        share = min(share, left) if extra > 0 else max(share, left)
        added += share
        sizes.append([each, size + share])
    if sizes and extra != added:
        sizes[0][1] = max(0, sizes[0][1] + extra - added)
    return [(each, size) for each, size in sizes]


def _share(replica_set: Any, allowed: int, deployment: Any) -> int:
    """How many replicas more a ReplicaSet has if it grows as the most that are allowed has grown; half a one counts.

    What was allowed before stands in its annotations; where it does not, it is as many as there were.
    """
    size = replica_set.spec.replicas or 0
    before = integer(replica_set.metadata.annotations.get(MAX_REPLICAS, ""), 32) or deployment.status.replicas or 0
    if not deployment.spec.replicas:
        return -size
    return floor(size * allowed / before + 0.5) - size if before else 0


def is_saturated(deployment: Any, replica_set: Any) -> bool:
    """Whether a ReplicaSet has all replicas that are wanted, by its annotations as well, and all are available."""
    wanted = deployment.spec.replicas or 0
    noted = replica_set.metadata.annotations.get(DESIRED)
    return noted == str(wanted) and (replica_set.spec.replicas or 0, replica_set.status.available_replicas or 0) == (
        wanted,
        wanted,
    )
