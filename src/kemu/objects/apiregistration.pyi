"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Base64, Time, always, field, keyed, pointer, required
from .model import Object, ObjectList, Struct
API_VERSION = 'apiregistration.k8s.io/v1'
PACKAGE = 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1'
APIServiceConditionType = str
ConditionStatus = str

class APIService(Object):
    spec: APIServiceSpec
    status: APIServiceStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: APIServiceSpec | Mapping[str, Any] | None =
        ..., status: APIServiceStatus | Mapping[str, Any] | None = ..., kind: Literal["APIService"] | None = ...,
        api_version: Literal["apiregistration.k8s.io/v1"] | None = ...
    ) -> None: ...

class APIServiceSpec(Struct):
    service: ServiceReference | None
    group: str | None
    version: str | None
    insecure_skip_tls_verify: bool | None
    ca_bundle: Base64 | None
    group_priority_minimum: int
    version_priority: int
    def __init__(self, *,
        service: ServiceReference | Mapping[str, Any] | None = ..., group: str | None = ..., version: str | None = ...,
        insecure_skip_tls_verify: bool | None = ..., ca_bundle: Base64 | None = ...,
        group_priority_minimum: int | None = ..., version_priority: int | None = ...
    ) -> None: ...

class ServiceReference(Struct):
    namespace: str | None
    name: str | None
    port: int | None
    def __init__(self, *, namespace: str | None = ..., name: str | None = ..., port: int | None = ...) -> None: ...

class APIServiceStatus(Struct):
    conditions: tuple[APIServiceCondition, ...]
    def __init__(self, *, conditions: Sequence[APIServiceCondition | Mapping[str, Any]] | None = ...) -> None: ...

class APIServiceCondition(Struct):
    type: APIServiceConditionType
    status: ConditionStatus
    last_transition_time: Time | None
    reason: str | None
    message: str | None
    def __init__(self, *,
        type: APIServiceConditionType | None = ..., status: ConditionStatus | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ...,
        message: str | None = ...
    ) -> None: ...

class APIServiceList(ObjectList):
    items: tuple[APIService, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[APIService | Mapping[str, Any]] | None = ..., kind: Literal["APIServiceList"] | None = ...,
        api_version: Literal["apiregistration.k8s.io/v1"] | None = ...
    ) -> None: ...
