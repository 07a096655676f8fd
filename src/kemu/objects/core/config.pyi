"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from ..declare import Base64, Map, Time, always, field, keyed, pointer, required
from ..model import Object, ObjectList, Struct
from .persistent import ConditionStatus
from .reference import LocalObjectReference, ObjectReference
API_VERSION = 'v1'
PACKAGE = 'io.k8s.api.core.v1'
ComponentConditionType = str
FinalizerName = str
NamespaceConditionType = str
NamespacePhase = Literal['Active', 'Terminating']
SecretType = str

class ServiceAccount(Object):
    secrets: tuple[ObjectReference, ...]
    image_pull_secrets: tuple[LocalObjectReference, ...]
    automount_service_account_token: bool | None
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        secrets: Sequence[ObjectReference | Mapping[str, Any]] | None = ...,
        image_pull_secrets: Sequence[LocalObjectReference | Mapping[str, Any]] | None = ...,
        automount_service_account_token: bool | None = ..., kind: Literal["ServiceAccount"] | None = ...,
        api_version: Literal["v1"] | None = ...
    ) -> None: ...

class Namespace(Object):
    spec: NamespaceSpec
    status: NamespaceStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: NamespaceSpec | Mapping[str, Any] | None =
        ..., status: NamespaceStatus | Mapping[str, Any] | None = ..., kind: Literal["Namespace"] | None = ...,
        api_version: Literal["v1"] | None = ...
    ) -> None: ...

class NamespaceSpec(Struct):
    finalizers: tuple[FinalizerName, ...]
    def __init__(self, *, finalizers: list[FinalizerName] | tuple[FinalizerName, ...] | None = ...) -> None: ...

class NamespaceStatus(Struct):
    phase: NamespacePhase | None
    conditions: tuple[NamespaceCondition, ...]
    def __init__(self, *,
        phase: NamespacePhase | None = ..., conditions: Sequence[NamespaceCondition | Mapping[str, Any]] | None = ...
    ) -> None: ...

class NamespaceCondition(Struct):
    type: NamespaceConditionType
    status: ConditionStatus
    last_transition_time: Time | None
    reason: str | None
    message: str | None
    def __init__(self, *,
        type: NamespaceConditionType | None = ..., status: ConditionStatus | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ...,
        message: str | None = ...
    ) -> None: ...

class Secret(Object):
    immutable: bool | None
    data: Map[Base64]
    string_data: Map[str]
    type: SecretType | None
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., immutable: bool | None = ...,
        data: Mapping[str, Base64] | None = ..., string_data: Mapping[str, str] | None = ..., type: SecretType | None =
        ..., kind: Literal["Secret"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class ConfigMap(Object):
    immutable: bool | None
    data: Map[str]
    binary_data: Map[Base64]
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., immutable: bool | None = ...,
        data: Mapping[str, str] | None = ..., binary_data: Mapping[str, Base64] | None = ...,
        kind: Literal["ConfigMap"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class ComponentStatus(Object):
    conditions: tuple[ComponentCondition, ...]
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        conditions: Sequence[ComponentCondition | Mapping[str, Any]] | None = ...,
        kind: Literal["ComponentStatus"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class ComponentCondition(Struct):
    type: ComponentConditionType
    status: ConditionStatus
    message: str | None
    error: str | None
    def __init__(self, *,
        type: ComponentConditionType | None = ..., status: ConditionStatus | None = ..., message: str | None = ...,
        error: str | None = ...
    ) -> None: ...

class ServiceAccountList(ObjectList):
    items: tuple[ServiceAccount, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ServiceAccount | Mapping[str, Any]] | None = ..., kind: Literal["ServiceAccountList"] | None =
        ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class NamespaceList(ObjectList):
    items: tuple[Namespace, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[Namespace | Mapping[str, Any]] | None = ..., kind: Literal["NamespaceList"] | None = ...,
        api_version: Literal["v1"] | None = ...
    ) -> None: ...

class SecretList(ObjectList):
    items: tuple[Secret, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ..., items: Sequence[Secret | Mapping[str, Any]] | None =
        ..., kind: Literal["SecretList"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class ConfigMapList(ObjectList):
    items: tuple[ConfigMap, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ConfigMap | Mapping[str, Any]] | None = ..., kind: Literal["ConfigMapList"] | None = ...,
        api_version: Literal["v1"] | None = ...
    ) -> None: ...

class ComponentStatusList(ObjectList):
    items: tuple[ComponentStatus, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ComponentStatus | Mapping[str, Any]] | None = ..., kind: Literal["ComponentStatusList"] | None =
        ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...
