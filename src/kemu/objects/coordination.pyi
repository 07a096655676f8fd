"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import MicroTime, pointer, required
from .model import Object, ObjectList, Struct
API_VERSION = 'coordination.k8s.io/v1'
PACKAGE = 'io.k8s.api.coordination.v1'
CoordinatedLeaseStrategy = str

class Lease(Object):
    spec: LeaseSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: LeaseSpec | Mapping[str, Any] | None = ...,
        kind: Literal["Lease"] | None = ..., api_version: Literal["coordination.k8s.io/v1"] | None = ...
    ) -> None: ...

class LeaseSpec(Struct):
    holder_identity: str | None
    lease_duration_seconds: int | None
    acquire_time: MicroTime | None
    renew_time: MicroTime | None
    lease_transitions: int | None
    strategy: CoordinatedLeaseStrategy | None
    preferred_holder: str | None
    def __init__(self, *,
        holder_identity: str | None = ..., lease_duration_seconds: int | None = ...,
        acquire_time: MicroTime | datetime | str | int | float | None = ...,
        renew_time: MicroTime | datetime | str | int | float | None = ..., lease_transitions: int | None = ...,
        strategy: CoordinatedLeaseStrategy | None = ..., preferred_holder: str | None = ...
    ) -> None: ...

class LeaseList(ObjectList):
    items: tuple[Lease, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ..., items: Sequence[Lease | Mapping[str, Any]] | None =
        ..., kind: Literal["LeaseList"] | None = ..., api_version: Literal["coordination.k8s.io/v1"] | None = ...
    ) -> None: ...
