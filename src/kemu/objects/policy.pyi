"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Int64, IntOrString, Map, Time, field, keyed, pointer, required
from .model import Object, ObjectList, Struct
from . import meta
API_VERSION = 'policy/v1'
PACKAGE = 'io.k8s.api.policy.v1'
UnhealthyPodEvictionPolicyType = Literal['AlwaysAllow', 'IfHealthyBudget']

class PodDisruptionBudget(Object):
    spec: PodDisruptionBudgetSpec
    status: PodDisruptionBudgetStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: PodDisruptionBudgetSpec | Mapping[str, Any] | None = ...,
        status: PodDisruptionBudgetStatus | Mapping[str, Any] | None = ...,
        kind: Literal["PodDisruptionBudget"] | None = ..., api_version: Literal["policy/v1"] | None = ...
    ) -> None: ...

class PodDisruptionBudgetSpec(Struct):
    min_available: IntOrString | None
    selector: meta.LabelSelector | None
    max_unavailable: IntOrString | None
    unhealthy_pod_eviction_policy: UnhealthyPodEvictionPolicyType | None
    def __init__(self, *,
        min_available: IntOrString | None = ..., selector: meta.LabelSelector | Mapping[str, Any] | None = ...,
        max_unavailable: IntOrString | None = ...,
        unhealthy_pod_eviction_policy: UnhealthyPodEvictionPolicyType | None = ...
    ) -> None: ...

class PodDisruptionBudgetStatus(Struct):
    observed_generation: Int64 | None
    disrupted_pods: Map[Time]
    disruptions_allowed: int
    current_healthy: int
    desired_healthy: int
    expected_pods: int
    conditions: tuple[meta.Condition, ...]
    def __init__(self, *,
        observed_generation: Int64 | None = ..., disrupted_pods: Mapping[str, Time | datetime | str | int] | None = ...,
        disruptions_allowed: int | None = ..., current_healthy: int | None = ..., desired_healthy: int | None = ...,
        expected_pods: int | None = ..., conditions: Sequence[meta.Condition | Mapping[str, Any]] | None = ...
    ) -> None: ...

class Eviction(Object):
    delete_options: meta.DeleteOptions | None
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        delete_options: meta.DeleteOptions | Mapping[str, Any] | None = ..., kind: Literal["Eviction"] | None = ...,
        api_version: Literal["policy/v1"] | None = ...
    ) -> None: ...

class PodDisruptionBudgetList(ObjectList):
    items: tuple[PodDisruptionBudget, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[PodDisruptionBudget | Mapping[str, Any]] | None = ...,
        kind: Literal["PodDisruptionBudgetList"] | None = ..., api_version: Literal["policy/v1"] | None = ...
    ) -> None: ...
