"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from ..declare import MicroTime, Time, always, field, required
from ..model import Object, ObjectList, Struct
from .. import meta
from .reference import ObjectReference
API_VERSION = 'v1'
PACKAGE = 'io.k8s.api.core.v1'

class Event(Object):
    metadata: meta.ObjectMeta
    involved_object: ObjectReference
    reason: str | None
    message: str | None
    source: EventSource
    first_timestamp: Time | None
    last_timestamp: Time | None
    count: int | None
    type: str | None
    event_time: MicroTime | None
    series: EventSeries | None
    action: str | None
    related: ObjectReference | None
    reporting_component: str
    reporting_instance: str
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        involved_object: ObjectReference | Mapping[str, Any] | None = ..., reason: str | None = ...,
        message: str | None = ..., source: EventSource | Mapping[str, Any] | None = ...,
        first_timestamp: Time | datetime | str | int | None = ..., last_timestamp: Time | datetime | str | int | None =
        ..., count: int | None = ..., type: str | None = ...,
        event_time: MicroTime | datetime | str | int | float | None = ...,
        series: EventSeries | Mapping[str, Any] | None = ..., action: str | None = ...,
        related: ObjectReference | Mapping[str, Any] | None = ..., reporting_component: str | None = ...,
        reporting_instance: str | None = ..., kind: Literal["Event"] | None = ...,
        api_version: Literal["v1"] | None = ...
    ) -> None: ...

class EventSource(Struct):
    component: str | None
    host: str | None
    def __init__(self, *, component: str | None = ..., host: str | None = ...) -> None: ...

class EventSeries(Struct):
    count: int | None
    last_observed_time: MicroTime | None
    def __init__(self, *,
        count: int | None = ..., last_observed_time: MicroTime | datetime | str | int | float | None = ...
    ) -> None: ...

class EventList(ObjectList):
    items: tuple[Event, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ..., items: Sequence[Event | Mapping[str, Any]] | None =
        ..., kind: Literal["EventList"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...
