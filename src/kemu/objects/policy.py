"""Disruption budgets and evictions (`policy/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .declare import Int64, IntOrString, Map, Time, field, keyed, pointer, required
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import meta

API_VERSION = "policy/v1"
PACKAGE = "io.k8s.api.policy.v1"

UnhealthyPodEvictionPolicyType = Literal["AlwaysAllow", "IfHealthyBudget"]


class PodDisruptionBudget(Object):
    """How many of some pods may be down by choice at the same time."""

    spec: PodDisruptionBudgetSpec
    status: PodDisruptionBudgetStatus


class PodDisruptionBudgetSpec(Struct):
    """Which pods must stay up, and how many of them."""

    min_available: IntOrString | None = pointer
    selector: meta.LabelSelector | None = field(strategy="replace")
    max_unavailable: IntOrString | None = pointer
    unhealthy_pod_eviction_policy: UnhealthyPodEvictionPolicyType | None = pointer


class PodDisruptionBudgetStatus(Struct):
    """How many disruptions are allowed at the moment."""

    observed_generation: Int64 | None
    disrupted_pods: Map[Time]
    disruptions_allowed: int = field(required=False)
    current_healthy: int = field(required=False)
    desired_healthy: int = field(required=False)
    expected_pods: int = field(required=False)
    conditions: tuple[meta.Condition, ...] = keyed("type", merge="type")


class Eviction(Object):
    """Asks for a pod to be removed, if its disruption budgets allow."""

    delete_options: meta.DeleteOptions | None


class PodDisruptionBudgetList(ObjectList):
    """A page of pod disruption budgets."""

    items: tuple[PodDisruptionBudget, ...] = required
