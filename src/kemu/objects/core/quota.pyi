"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from ..declare import always, required
from ..model import Object, ObjectList, Struct
from .persistent import ResourceList
API_VERSION = 'v1'
PACKAGE = 'io.k8s.api.core.v1'
LimitType = str
ResourceQuotaScope = Literal[
    'BestEffort', 'CrossNamespacePodAffinity', 'NotBestEffort', 'NotTerminating', 'PriorityClass', 'Terminating',
    'VolumeAttributesClass'
]
ScopeSelectorOperator = Literal['DoesNotExist', 'Exists', 'In', 'NotIn']

class LimitRange(Object):
    spec: LimitRangeSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: LimitRangeSpec | Mapping[str, Any] | None =
        ..., kind: Literal["LimitRange"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class LimitRangeSpec(Struct):
    limits: tuple[LimitRangeItem, ...]
    def __init__(self, *, limits: Sequence[LimitRangeItem | Mapping[str, Any]] | None = ...) -> None: ...

class LimitRangeItem(Struct):
    type: LimitType
    max: ResourceList
    min: ResourceList
    default: ResourceList
    default_request: ResourceList
    max_limit_request_ratio: ResourceList
    def __init__(self, *,
        type: LimitType | None = ..., max: Mapping[str, Quantity | str | int | float] | None = ...,
        min: Mapping[str, Quantity | str | int | float] | None = ...,
        default: Mapping[str, Quantity | str | int | float] | None = ...,
        default_request: Mapping[str, Quantity | str | int | float] | None = ...,
        max_limit_request_ratio: Mapping[str, Quantity | str | int | float] | None = ...
    ) -> None: ...

class ResourceQuota(Object):
    spec: ResourceQuotaSpec
    status: ResourceQuotaStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: ResourceQuotaSpec | Mapping[str, Any] | None =
        ..., status: ResourceQuotaStatus | Mapping[str, Any] | None = ..., kind: Literal["ResourceQuota"] | None = ...,
        api_version: Literal["v1"] | None = ...
    ) -> None: ...

class ResourceQuotaSpec(Struct):
    hard: ResourceList
    scopes: tuple[ResourceQuotaScope, ...]
    scope_selector: ScopeSelector | None
    def __init__(self, *,
        hard: Mapping[str, Quantity | str | int | float] | None = ...,
        scopes: list[ResourceQuotaScope] | tuple[ResourceQuotaScope, ...] | None = ...,
        scope_selector: ScopeSelector | Mapping[str, Any] | None = ...
    ) -> None: ...

class ScopeSelector(Struct):
    match_expressions: tuple[ScopedResourceSelectorRequirement, ...]
    def __init__(self, *,
        match_expressions: Sequence[ScopedResourceSelectorRequirement | Mapping[str, Any]] | None = ...
    ) -> None: ...

class ScopedResourceSelectorRequirement(Struct):
    scope_name: ResourceQuotaScope
    operator: ScopeSelectorOperator
    values: tuple[str, ...]
    def __init__(self, *,
        scope_name: ResourceQuotaScope | None = ..., operator: ScopeSelectorOperator | None = ...,
        values: list[str] | tuple[str, ...] | None = ...
    ) -> None: ...

class ResourceQuotaStatus(Struct):
    hard: ResourceList
    used: ResourceList
    def __init__(self, *,
        hard: Mapping[str, Quantity | str | int | float] | None = ...,
        used: Mapping[str, Quantity | str | int | float] | None = ...
    ) -> None: ...

class LimitRangeList(ObjectList):
    items: tuple[LimitRange, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[LimitRange | Mapping[str, Any]] | None = ..., kind: Literal["LimitRangeList"] | None = ...,
        api_version: Literal["v1"] | None = ...
    ) -> None: ...

class ResourceQuotaList(ObjectList):
    items: tuple[ResourceQuota, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ResourceQuota | Mapping[str, Any]] | None = ..., kind: Literal["ResourceQuotaList"] | None =
        ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...
