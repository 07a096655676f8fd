"""The quality-of-service class of a Pod, from its containers' requests and limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

COUNTED = ("cpu", "memory")
"""The resources that decide the class."""


def class_of(spec: Any) -> str:
    """`Guaranteed`, `Burstable` or `BestEffort`, by the rule of Kubernetes.

    Guaranteed needs equal requests and limits for cpu and memory in every container (or in the pod-level resources);
    BestEffort has none at all; everything else is Burstable.
    """
    if spec.resources is not None and (spec.resources.requests or spec.resources.limits):
        holders: Iterable[Any] = (spec.resources,)
    else:
        holders = tuple(container.resources for container in (*spec.init_containers, *spec.containers))
    some = False
    guaranteed = True
    for resources in holders:
        if not resources.limits and not resources.requests:
            guaranteed = False
            continue
        limits = {name: amount for name, amount in resources.limits.items() if name in COUNTED and amount.value()}
        requests = {name: amount for name, amount in resources.requests.items() if name in COUNTED and amount.value()}
        some = some or bool(limits or requests)
        if len(limits) < len(COUNTED) or any(requests.get(name, limit) != limit for name, limit in limits.items()):
            guaranteed = False
    if not some:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"
