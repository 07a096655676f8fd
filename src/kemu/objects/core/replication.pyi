"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from ..declare import Int64, Map, Time, always, field, keyed, required
from ..model import Object, ObjectList, Struct
from .persistent import ConditionStatus
from .pod import PodTemplateSpec
API_VERSION = 'v1'
PACKAGE = 'io.k8s.api.core.v1'
ReplicationControllerConditionType = str

class ReplicationController(Object):
    spec: ReplicationControllerSpec
    status: ReplicationControllerStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: ReplicationControllerSpec | Mapping[str, Any] | None = ...,
        status: ReplicationControllerStatus | Mapping[str, Any] | None = ...,
        kind: Literal["ReplicationController"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class ReplicationControllerSpec(Struct):
    replicas: int | None
    min_ready_seconds: int | None
    selector: Map[str]
    template: PodTemplateSpec | None
    def __init__(self, *,
        replicas: int | None = ..., min_ready_seconds: int | None = ..., selector: Mapping[str, str] | None = ...,
        template: PodTemplateSpec | Mapping[str, Any] | None = ...
    ) -> None: ...

class ReplicationControllerStatus(Struct):
    replicas: int
    fully_labeled_replicas: int | None
    ready_replicas: int | None
    available_replicas: int | None
    observed_generation: Int64 | None
    conditions: tuple[ReplicationControllerCondition, ...]
    def __init__(self, *,
        replicas: int | None = ..., fully_labeled_replicas: int | None = ..., ready_replicas: int | None = ...,
        available_replicas: int | None = ..., observed_generation: Int64 | None = ...,
        conditions: Sequence[ReplicationControllerCondition | Mapping[str, Any]] | None = ...
    ) -> None: ...

class ReplicationControllerCondition(Struct):
    type: ReplicationControllerConditionType
    status: ConditionStatus
    last_transition_time: Time | None
    reason: str | None
    message: str | None
    def __init__(self, *,
        type: ReplicationControllerConditionType | None = ..., status: ConditionStatus | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ...,
        message: str | None = ...
    ) -> None: ...

class ReplicationControllerList(ObjectList):
    items: tuple[ReplicationController, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ReplicationController | Mapping[str, Any]] | None = ...,
        kind: Literal["ReplicationControllerList"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...
