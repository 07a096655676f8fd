"""The horizontal pod autoscaler with metrics and behaviour (`autoscaling/v2`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .declare import Int64, Quantity, Time, always, field, keyed, pointer, required
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
    """Scales an object by metrics of its pods, of other objects or of the outside."""

    spec: HorizontalPodAutoscalerSpec = required
    status: HorizontalPodAutoscalerStatus


class HorizontalPodAutoscalerSpec(Struct):
    """What is scaled, between which bounds, by which metrics, how fast."""

    scale_target_ref: CrossVersionObjectReference = required
    min_replicas: int | None = pointer
    max_replicas: int
    metrics: tuple[MetricSpec, ...]
    behavior: HorizontalPodAutoscalerBehavior | None


class CrossVersionObjectReference(Struct):
    """An object, by kind, name and version."""

    kind: str
    name: str
    api_version: str | None


class MetricSpec(Struct):
    """One metric and the value it should have."""

    type: MetricSourceType
    object: ObjectMetricSource | None
    pods: PodsMetricSource | None
    resource: ResourceMetricSource | None
    container_resource: ContainerResourceMetricSource | None
    external: ExternalMetricSource | None


class ObjectMetricSource(Struct):
    """A metric that describes one object."""

    described_object: CrossVersionObjectReference = required
    target: MetricTarget = required
    metric: MetricIdentifier = required


class MetricTarget(Struct):
    """The value that a metric should have: absolute, per pod, or as a share of what was requested."""

    type: MetricTargetType
    value: Quantity | None
    average_value: Quantity | None
    average_utilization: int | None = pointer


class MetricIdentifier(Struct):
    """The name of a metric, and labels that narrow it down."""

    name: str
    selector: meta.LabelSelector | None


class PodsMetricSource(Struct):
    """A metric that each pod has, averaged over the pods."""

    metric: MetricIdentifier = required
    target: MetricTarget = required


class ResourceMetricSource(Struct):
    """The use of a resource by whole pods."""

    name: core.ResourceName
    target: MetricTarget = required


class ContainerResourceMetricSource(Struct):
    """The use of a resource by one container of each pod."""

    name: core.ResourceName
    target: MetricTarget = required
    container: str


class ExternalMetricSource(Struct):
    """A metric from outside of the cluster."""

    metric: MetricIdentifier = required
    target: MetricTarget = required


class HorizontalPodAutoscalerBehavior(Struct):
    """How fast an autoscaler may go up and down."""

    scale_up: HPAScalingRules | None
    scale_down: HPAScalingRules | None


class HPAScalingRules(Struct):
    """How fast an autoscaler may go in one direction."""

    stabilization_window_seconds: int | None = pointer
    select_policy: ScalingPolicySelect | None = pointer
    policies: tuple[HPAScalingPolicy, ...]
    tolerance: Quantity | None


class HPAScalingPolicy(Struct):
    """So many pods, or such a share of them, in so much time."""

    type: HPAScalingPolicyType
    value: int
    period_seconds: int


class HorizontalPodAutoscalerStatus(Struct):
    """How many replicas there are and should be, and what the metrics say."""

    observed_generation: Int64 | None = pointer
    last_scale_time: Time | None
    current_replicas: int | None
    desired_replicas: int
    current_metrics: tuple[MetricStatus, ...] = field(always=True, required=False)
    conditions: tuple[HorizontalPodAutoscalerCondition, ...] = keyed("type", merge="type")


class MetricStatus(Struct):
    """What one metric says at the moment."""

    type: MetricSourceType
    object: ObjectMetricStatus | None
    pods: PodsMetricStatus | None
    resource: ResourceMetricStatus | None
    container_resource: ContainerResourceMetricStatus | None
    external: ExternalMetricStatus | None


class ObjectMetricStatus(Struct):
    """What a metric of one object says at the moment."""

    metric: MetricIdentifier = required
    current: MetricValueStatus = required
    described_object: CrossVersionObjectReference = required


class MetricValueStatus(Struct):
    """A value that a metric has."""

    value: Quantity | None
    average_value: Quantity | None
    average_utilization: int | None = pointer


class PodsMetricStatus(Struct):
    """What a metric of the pods says at the moment."""

    metric: MetricIdentifier = required
    current: MetricValueStatus = required


class ResourceMetricStatus(Struct):
    """How much of a resource pods use at the moment."""

    name: core.ResourceName
    current: MetricValueStatus = required


class ContainerResourceMetricStatus(Struct):
    """How much of a resource one container of each pod uses at the moment."""

    name: core.ResourceName
    current: MetricValueStatus = required
    container: str


class ExternalMetricStatus(Struct):
    """What a metric from outside says at the moment."""

    metric: MetricIdentifier = required
    current: MetricValueStatus = required


class HorizontalPodAutoscalerCondition(Struct):
    """One observation about an autoscaler, such as whether it can scale."""

    type: HorizontalPodAutoscalerConditionType
    status: core.ConditionStatus
    last_transition_time: Time | None = always
    reason: str | None
    message: str | None


class HorizontalPodAutoscalerList(ObjectList):
    """A page of horizontal pod autoscalers."""

    items: tuple[HorizontalPodAutoscaler, ...] = required
