"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Int64, Time, field, pointer, required
from .model import Object, ObjectList, Struct
API_VERSION = 'autoscaling/v1'
PACKAGE = 'io.k8s.api.autoscaling.v1'

class HorizontalPodAutoscaler(Object):
    spec: HorizontalPodAutoscalerSpec
    status: HorizontalPodAutoscalerStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: HorizontalPodAutoscalerSpec | Mapping[str, Any] | None = ...,
        status: HorizontalPodAutoscalerStatus | Mapping[str, Any] | None = ...,
        kind: Literal["HorizontalPodAutoscaler"] | None = ..., api_version: Literal["autoscaling/v1"] | None = ...
    ) -> None: ...

class HorizontalPodAutoscalerSpec(Struct):
    scale_target_ref: CrossVersionObjectReference
    min_replicas: int | None
    max_replicas: int
    target_cpu_utilization_percentage: int | None
    def __init__(self, *,
        scale_target_ref: CrossVersionObjectReference | Mapping[str, Any] | None = ..., min_replicas: int | None = ...,
        max_replicas: int | None = ..., target_cpu_utilization_percentage: int | None = ...
    ) -> None: ...

class CrossVersionObjectReference(Struct):
    kind: str
    name: str
    api_version: str | None
    def __init__(self, *, kind: str | None = ..., name: str | None = ..., api_version: str | None = ...) -> None: ...

class HorizontalPodAutoscalerStatus(Struct):
    observed_generation: Int64 | None
    last_scale_time: Time | None
    current_replicas: int
    desired_replicas: int
    current_cpu_utilization_percentage: int | None
    def __init__(self, *,
        observed_generation: Int64 | None = ..., last_scale_time: Time | datetime | str | int | None = ...,
        current_replicas: int | None = ..., desired_replicas: int | None = ...,
        current_cpu_utilization_percentage: int | None = ...
    ) -> None: ...

class Scale(Object):
    spec: ScaleSpec
    status: ScaleStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: ScaleSpec | Mapping[str, Any] | None = ...,
        status: ScaleStatus | Mapping[str, Any] | None = ..., kind: Literal["Scale"] | None = ...,
        api_version: Literal["autoscaling/v1"] | None = ...
    ) -> None: ...

class ScaleSpec(Struct):
    replicas: int | None
    def __init__(self, *, replicas: int | None = ...) -> None: ...

class ScaleStatus(Struct):
    replicas: int
    selector: str | None
    def __init__(self, *, replicas: int | None = ..., selector: str | None = ...) -> None: ...

class HorizontalPodAutoscalerList(ObjectList):
    items: tuple[HorizontalPodAutoscaler, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[HorizontalPodAutoscaler | Mapping[str, Any]] | None = ...,
        kind: Literal["HorizontalPodAutoscalerList"] | None = ..., api_version: Literal["autoscaling/v1"] | None = ...
    ) -> None: ...
