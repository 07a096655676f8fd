"""The horizontal pod autoscaler in its first form, and the Scale subresource (`autoscaling/v1`)."""

from __future__ import annotations

from .declare import Int64, Time, field, pointer
from .model import Object, ObjectList, Struct

API_VERSION = "autoscaling/v1"
PACKAGE = "io.k8s.api.autoscaling.v1"


class CrossVersionObjectReference(Struct, map_type="atomic"):
    """TODO"""

    kind: str
    name: str
    api_version: str | None


class HorizontalPodAutoscalerSpec(Struct):
    """TODO"""

    scale_target_ref: CrossVersionObjectReference = field(required=True)
    min_replicas: int | None = pointer
    max_replicas: int
    target_cpu_utilization_percentage: int | None = field(json="targetCPUUtilizationPercentage", pointer=True)


class HorizontalPodAutoscalerStatus(Struct):
    """TODO"""

    observed_generation: Int64 | None = pointer
    last_scale_time: Time | None
    current_replicas: int
    desired_replicas: int
    current_cpu_utilization_percentage: int | None = field(json="currentCPUUtilizationPercentage", pointer=True)


class HorizontalPodAutoscaler(Object):
    """TODO"""

    spec: HorizontalPodAutoscalerSpec = field(required=True)
    status: HorizontalPodAutoscalerStatus


class HorizontalPodAutoscalerList(ObjectList):
    """A page of horizontal pod autoscalers."""

    items: tuple[HorizontalPodAutoscaler, ...] = field(required=True)


class Scale(Object):
    """TODO"""

    spec: ScaleSpec
    status: ScaleStatus


class ScaleSpec(Struct):
    """TODO"""

    replicas: int | None = field(default=0)


class ScaleStatus(Struct):
    """TODO"""

    replicas: int
    selector: str | None
