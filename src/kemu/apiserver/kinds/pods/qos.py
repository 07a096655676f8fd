"""The quality-of-service class of a Pod, from its containers' requests and limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ....values.memo import Memo

COUNTED = ("cpu", "memory")
"""The resources that decide the class."""


def class_of(spec: Any) -> str:
    """`Guaranteed`, `Burstable` or `BestEffort`, by the rule of Kubernetes.

    Guaranteed needs equal requests and limits for cpu and memory in every container (or in the pod-level resources);
    BestEffort has none at all; everything else is Burstable.
    """
    if spec.resources is not None:
        holders: Iterable[Any] = (spec.resources,)
    else:
        holders = tuple(container.resources for container in (*spec.init_containers, *spec.containers))
    some = False
    guaranteed = True
    for resources in holders:
        counts, equal = _judged(resources)
        some = some or counts
        guaranteed = guaranteed and equal
    if not some:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"


def _judge(resources: Any) -> tuple[bool, bool]:
    """Whether anything that decides the class is asked for, and whether as much as is allowed."""
    limits = {name: amount for name, amount in resources.limits.items() if name in COUNTED and amount.value()}
    requests = {name: amount for name, amount in resources.requests.items() if name in COUNTED and amount.value()}
    equal = len(limits) == len(COUNTED) and all(requests.get(name, limit) == limit for name, limit in limits.items())
    return bool(limits or requests), equal


_judged = Memo(_judge)
