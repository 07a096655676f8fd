"""The horizontal pod autoscaler with metrics and behaviour (`autoscaling/v2`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .declare import Int64, Quantity, Time, always, field, keyed, pointer
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import core, meta

API_VERSION = "autoscaling/v2"
PACKAGE = "io.k8s.api.autoscaling.v2"

HPAScalingPolicyType = str
HorizontalPodAutoscalerConditionType = str
MetricSourceType = str
MetricTargetType = str
ScalingPolicySelect = str


class HorizontalPodAutoscaler(Object):
    """TODO"""

    spec: HorizontalPodAutoscalerSpec = field(required=True)
    status: HorizontalPodAutoscalerStatus


class HorizontalPodAutoscalerSpec(Struct):
    """TODO"""

    scale_target_ref: CrossVersionObjectReference = field(required=True)
    min_replicas: int | None = pointer
    max_replicas: int
    metrics: tuple[MetricSpec, ...]
    behavior: HorizontalPodAutoscalerBehavior | None


class CrossVersionObjectReference(Struct):
    """TODO"""

    kind: str
    name: str
    api_version: str | None


class MetricSpec(Struct):
    """TODO"""

    type: MetricSourceType
    object: ObjectMetricSource | None
    pods: PodsMetricSource | None
    resource: ResourceMetricSource | None
    container_resource: ContainerResourceMetricSource | None
    external: ExternalMetricSource | None


class HorizontalPodAutoscalerBehavior(Struct):
    """TODO"""

    scale_up: HPAScalingRules | None
    scale_down: HPAScalingRules | None


class HPAScalingRules(Struct):
    """TODO"""

    stabilization_window_seconds: int | None = pointer
    select_policy: ScalingPolicySelect | None = pointer
    policies: tuple[HPAScalingPolicy, ...]
    tolerance: Quantity | None


class HPAScalingPolicy(Struct):
    """TODO"""

    type: HPAScalingPolicyType
    value: int
    period_seconds: int


class ObjectMetricSource(Struct):
    """TODO"""

    described_object: CrossVersionObjectReference = field(required=True)
    target: MetricTarget = field(required=True)
    metric: MetricIdentifier = field(required=True)


class PodsMetricSource(Struct):
    """TODO"""

    metric: MetricIdentifier = field(required=True)
    target: MetricTarget = field(required=True)


class ResourceMetricSource(Struct):
    """TODO"""

    name: core.ResourceName
    target: MetricTarget = field(required=True)


class ContainerResourceMetricSource(Struct):
    """TODO"""

    name: core.ResourceName
    target: MetricTarget = field(required=True)
    container: str


class ExternalMetricSource(Struct):
    """TODO"""

    metric: MetricIdentifier = field(required=True)
    target: MetricTarget = field(required=True)


class MetricIdentifier(Struct):
    """TODO"""

    name: str
    selector: meta.LabelSelector | None


class MetricTarget(Struct):
    """TODO"""

    type: MetricTargetType
    value: Quantity | None
    average_value: Quantity | None
    average_utilization: int | None = pointer


class HorizontalPodAutoscalerStatus(Struct):
    """TODO"""

    observed_generation: Int64 | None = pointer
    last_scale_time: Time | None
    current_replicas: int | None
    desired_replicas: int
    current_metrics: tuple[MetricStatus, ...] = field(always=True, required=False)
    conditions: tuple[HorizontalPodAutoscalerCondition, ...] = keyed("type", merge="type")


class HorizontalPodAutoscalerCondition(Struct):
    """TODO"""

    type: HorizontalPodAutoscalerConditionType
    status: core.ConditionStatus
    last_transition_time: Time | None = field(always=True, required=False)
    reason: str | None
    message: str | None


class MetricStatus(Struct):
    """TODO"""

    type: MetricSourceType
    object: ObjectMetricStatus | None
    pods: PodsMetricStatus | None
    resource: ResourceMetricStatus | None
    container_resource: ContainerResourceMetricStatus | None
    external: ExternalMetricStatus | None


class ObjectMetricStatus(Struct):
    """TODO"""

    metric: MetricIdentifier = field(required=True)
    current: MetricValueStatus = field(required=True)
    described_object: CrossVersionObjectReference = field(required=True)


class PodsMetricStatus(Struct):
    """TODO"""

    metric: MetricIdentifier = field(required=True)
    current: MetricValueStatus = field(required=True)


class ResourceMetricStatus(Struct):
    """TODO"""

    name: core.ResourceName
    current: MetricValueStatus = field(required=True)


class ContainerResourceMetricStatus(Struct):
    """TODO"""

    name: core.ResourceName
    current: MetricValueStatus = field(required=True)
    container: str


class ExternalMetricStatus(Struct):
    """TODO"""

    metric: MetricIdentifier = field(required=True)
    current: MetricValueStatus = field(required=True)


class MetricValueStatus(Struct):
    """TODO"""

    value: Quantity | None
    average_value: Quantity | None
    average_utilization: int | None = pointer


class HorizontalPodAutoscalerList(ObjectList):
    """A page of horizontal pod autoscalers."""

    items: tuple[HorizontalPodAutoscaler, ...] = field(required=True)
