"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Int64, Quantity, Time, always, field, keyed, pointer, required
from .model import Object, ObjectList, Struct
from . import core, meta
API_VERSION = 'autoscaling/v2'
PACKAGE = 'io.k8s.api.autoscaling.v2'
HPAScalingPolicyType = str
HorizontalPodAutoscalerConditionType = str
MetricSourceType = str
MetricTargetType = str
ScalingPolicySelect = str

class HorizontalPodAutoscaler(Object):
    spec: HorizontalPodAutoscalerSpec
    status: HorizontalPodAutoscalerStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: HorizontalPodAutoscalerSpec | Mapping[str, Any] | None = ...,
        status: HorizontalPodAutoscalerStatus | Mapping[str, Any] | None = ...,
        kind: Literal["HorizontalPodAutoscaler"] | None = ..., api_version: Literal["autoscaling/v2"] | None = ...
    ) -> None: ...

class HorizontalPodAutoscalerSpec(Struct):
    scale_target_ref: CrossVersionObjectReference
    min_replicas: int | None
    max_replicas: int
    metrics: tuple[MetricSpec, ...]
    behavior: HorizontalPodAutoscalerBehavior | None
    def __init__(self, *,
        scale_target_ref: CrossVersionObjectReference | Mapping[str, Any] | None = ..., min_replicas: int | None = ...,
        max_replicas: int | None = ..., metrics: Sequence[MetricSpec | Mapping[str, Any]] | None = ...,
        behavior: HorizontalPodAutoscalerBehavior | Mapping[str, Any] | None = ...
    ) -> None: ...

class CrossVersionObjectReference(Struct):
    kind: str
    name: str
    api_version: str | None
    def __init__(self, *, kind: str | None = ..., name: str | None = ..., api_version: str | None = ...) -> None: ...

class MetricSpec(Struct):
    type: MetricSourceType
    object: ObjectMetricSource | None
    pods: PodsMetricSource | None
    resource: ResourceMetricSource | None
    container_resource: ContainerResourceMetricSource | None
    external: ExternalMetricSource | None
    def __init__(self, *,
        type: MetricSourceType | None = ..., object: ObjectMetricSource | Mapping[str, Any] | None = ...,
        pods: PodsMetricSource | Mapping[str, Any] | None = ...,
        resource: ResourceMetricSource | Mapping[str, Any] | None = ...,
        container_resource: ContainerResourceMetricSource | Mapping[str, Any] | None = ...,
        external: ExternalMetricSource | Mapping[str, Any] | None = ...
    ) -> None: ...

class ObjectMetricSource(Struct):
    described_object: CrossVersionObjectReference
    target: MetricTarget
    metric: MetricIdentifier
    def __init__(self, *,
        described_object: CrossVersionObjectReference | Mapping[str, Any] | None = ...,
        target: MetricTarget | Mapping[str, Any] | None = ..., metric: MetricIdentifier | Mapping[str, Any] | None = ...
    ) -> None: ...

class MetricTarget(Struct):
    type: MetricTargetType
    value: Quantity | None
    average_value: Quantity | None
    average_utilization: int | None
    def __init__(self, *,
        type: MetricTargetType | None = ..., value: Quantity | str | int | float | None = ...,
        average_value: Quantity | str | int | float | None = ..., average_utilization: int | None = ...
    ) -> None: ...

class MetricIdentifier(Struct):
    name: str
    selector: meta.LabelSelector | None
    def __init__(self, *,
        name: str | None = ..., selector: meta.LabelSelector | Mapping[str, Any] | None = ...
    ) -> None: ...

class PodsMetricSource(Struct):
    metric: MetricIdentifier
    target: MetricTarget
    def __init__(self, *,
        metric: MetricIdentifier | Mapping[str, Any] | None = ..., target: MetricTarget | Mapping[str, Any] | None = ...
    ) -> None: ...

class ResourceMetricSource(Struct):
    name: core.ResourceName
    target: MetricTarget
    def __init__(self, *,
        name: core.ResourceName | None = ..., target: MetricTarget | Mapping[str, Any] | None = ...
    ) -> None: ...

class ContainerResourceMetricSource(Struct):
    name: core.ResourceName
    target: MetricTarget
    container: str
    def __init__(self, *,
        name: core.ResourceName | None = ..., target: MetricTarget | Mapping[str, Any] | None = ...,
        container: str | None = ...
    ) -> None: ...

class ExternalMetricSource(Struct):
    metric: MetricIdentifier
    target: MetricTarget
    def __init__(self, *,
        metric: MetricIdentifier | Mapping[str, Any] | None = ..., target: MetricTarget | Mapping[str, Any] | None = ...
    ) -> None: ...

class HorizontalPodAutoscalerBehavior(Struct):
    scale_up: HPAScalingRules | None
    scale_down: HPAScalingRules | None
    def __init__(self, *,
        scale_up: HPAScalingRules | Mapping[str, Any] | None = ...,
        scale_down: HPAScalingRules | Mapping[str, Any] | None = ...
    ) -> None: ...

class HPAScalingRules(Struct):
    stabilization_window_seconds: int | None
    select_policy: ScalingPolicySelect | None
    policies: tuple[HPAScalingPolicy, ...]
    tolerance: Quantity | None
    def __init__(self, *,
        stabilization_window_seconds: int | None = ..., select_policy: ScalingPolicySelect | None = ...,
        policies: Sequence[HPAScalingPolicy | Mapping[str, Any]] | None = ...,
        tolerance: Quantity | str | int | float | None = ...
    ) -> None: ...

class HPAScalingPolicy(Struct):
    type: HPAScalingPolicyType
    value: int
    period_seconds: int
    def __init__(self, *,
        type: HPAScalingPolicyType | None = ..., value: int | None = ..., period_seconds: int | None = ...
    ) -> None: ...

class HorizontalPodAutoscalerStatus(Struct):
    observed_generation: Int64 | None
    last_scale_time: Time | None
    current_replicas: int | None
    desired_replicas: int
    current_metrics: tuple[MetricStatus, ...]
    conditions: tuple[HorizontalPodAutoscalerCondition, ...]
    def __init__(self, *,
        observed_generation: Int64 | None = ..., last_scale_time: Time | datetime | str | int | None = ...,
        current_replicas: int | None = ..., desired_replicas: int | None = ...,
        current_metrics: Sequence[MetricStatus | Mapping[str, Any]] | None = ...,
        conditions: Sequence[HorizontalPodAutoscalerCondition | Mapping[str, Any]] | None = ...
    ) -> None: ...

class MetricStatus(Struct):
    type: MetricSourceType
    object: ObjectMetricStatus | None
    pods: PodsMetricStatus | None
    resource: ResourceMetricStatus | None
    container_resource: ContainerResourceMetricStatus | None
    external: ExternalMetricStatus | None
    def __init__(self, *,
        type: MetricSourceType | None = ..., object: ObjectMetricStatus | Mapping[str, Any] | None = ...,
        pods: PodsMetricStatus | Mapping[str, Any] | None = ...,
        resource: ResourceMetricStatus | Mapping[str, Any] | None = ...,
        container_resource: ContainerResourceMetricStatus | Mapping[str, Any] | None = ...,
        external: ExternalMetricStatus | Mapping[str, Any] | None = ...
    ) -> None: ...

class ObjectMetricStatus(Struct):
    metric: MetricIdentifier
    current: MetricValueStatus
    described_object: CrossVersionObjectReference
    def __init__(self, *,
        metric: MetricIdentifier | Mapping[str, Any] | None = ...,
        current: MetricValueStatus | Mapping[str, Any] | None = ...,
        described_object: CrossVersionObjectReference | Mapping[str, Any] | None = ...
    ) -> None: ...

class MetricValueStatus(Struct):
    value: Quantity | None
    average_value: Quantity | None
    average_utilization: int | None
    def __init__(self, *,
        value: Quantity | str | int | float | None = ..., average_value: Quantity | str | int | float | None = ...,
        average_utilization: int | None = ...
    ) -> None: ...

class PodsMetricStatus(Struct):
    metric: MetricIdentifier
    current: MetricValueStatus
    def __init__(self, *,
        metric: MetricIdentifier | Mapping[str, Any] | None = ...,
        current: MetricValueStatus | Mapping[str, Any] | None = ...
    ) -> None: ...

class ResourceMetricStatus(Struct):
    name: core.ResourceName
    current: MetricValueStatus
    def __init__(self, *,
        name: core.ResourceName | None = ..., current: MetricValueStatus | Mapping[str, Any] | None = ...
    ) -> None: ...

class ContainerResourceMetricStatus(Struct):
    name: core.ResourceName
    current: MetricValueStatus
    container: str
    def __init__(self, *,
        name: core.ResourceName | None = ..., current: MetricValueStatus | Mapping[str, Any] | None = ...,
        container: str | None = ...
    ) -> None: ...

class ExternalMetricStatus(Struct):
    metric: MetricIdentifier
    current: MetricValueStatus
    def __init__(self, *,
        metric: MetricIdentifier | Mapping[str, Any] | None = ...,
        current: MetricValueStatus | Mapping[str, Any] | None = ...
    ) -> None: ...

class HorizontalPodAutoscalerCondition(Struct):
    type: HorizontalPodAutoscalerConditionType
    status: core.ConditionStatus
    last_transition_time: Time | None
    reason: str | None
    message: str | None
    def __init__(self, *,
        type: HorizontalPodAutoscalerConditionType | None = ..., status: core.ConditionStatus | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ...,
        message: str | None = ...
    ) -> None: ...

class HorizontalPodAutoscalerList(ObjectList):
    items: tuple[HorizontalPodAutoscaler, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[HorizontalPodAutoscaler | Mapping[str, Any]] | None = ...,
        kind: Literal["HorizontalPodAutoscalerList"] | None = ..., api_version: Literal["autoscaling/v2"] | None = ...
    ) -> None: ...
