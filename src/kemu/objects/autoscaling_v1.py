"""The horizontal pod autoscaler in its first form, and the Scale subresource (`autoscaling/v1`)."""

from __future__ import annotations

from .declare import Int64, Time, field, pointer, required
from .model import Object, ObjectList, Struct

API_VERSION = "autoscaling/v1"
PACKAGE = "io.k8s.api.autoscaling.v1"


class HorizontalPodAutoscaler(Object):
    """Scales an object by the CPU use of its pods."""

    spec: HorizontalPodAutoscalerSpec = required
    status: HorizontalPodAutoscalerStatus


class HorizontalPodAutoscalerSpec(Struct):
    """What is scaled, between which bounds, towards which use of CPU."""

    scale_target_ref: CrossVersionObjectReference = required
    min_replicas: int | None = pointer
    max_replicas: int
    target_cpu_utilization_percentage: int | None = field(json="targetCPUUtilizationPercentage", pointer=True)


class CrossVersionObjectReference(Struct, map_type="atomic"):
    """The object that is scaled, by kind, name and version."""

    kind: str
    name: str
    api_version: str | None


class HorizontalPodAutoscalerStatus(Struct):
    """How many replicas there are and should be."""

    observed_generation: Int64 | None = pointer
    last_scale_time: Time | None
    current_replicas: int
    desired_replicas: int
    current_cpu_utilization_percentage: int | None = field(json="currentCPUUtilizationPercentage", pointer=True)


class Scale(Object):
    """The number of replicas of an object, apart from all else: what the scale subresource carries."""

    spec: ScaleSpec
    status: ScaleStatus


class ScaleSpec(Struct):
    """How many replicas are wanted."""

    replicas: int | None = field(default=0)


class ScaleStatus(Struct):
    """How many replicas there are, and which pods they are."""

    replicas: int
    selector: str | None


class HorizontalPodAutoscalerList(ObjectList):
    """A page of horizontal pod autoscalers."""

    items: tuple[HorizontalPodAutoscaler, ...] = required
