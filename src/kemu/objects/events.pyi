"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import MicroTime, Time, always, field, required
from .model import Object, ObjectList, Struct
from . import core
API_VERSION = 'events.k8s.io/v1'
PACKAGE = 'io.k8s.api.events.v1'

class Event(Object):
    event_time: MicroTime | None
    series: EventSeries | None
    reporting_controller: str | None
    reporting_instance: str | None
    action: str | None
    reason: str | None
    regarding: core.ObjectReference
    related: core.ObjectReference | None
    note: str | None
    type: str | None
    deprecated_source: core.EventSource
    deprecated_first_timestamp: Time | None
    deprecated_last_timestamp: Time | None
    deprecated_count: int | None
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        event_time: MicroTime | datetime | str | int | float | None = ...,
        series: EventSeries | Mapping[str, Any] | None = ..., reporting_controller: str | None = ...,
        reporting_instance: str | None = ..., action: str | None = ..., reason: str | None = ...,
        regarding: core.ObjectReference | Mapping[str, Any] | None = ...,
        related: core.ObjectReference | Mapping[str, Any] | None = ..., note: str | None = ..., type: str | None = ...,
        deprecated_source: core.EventSource | Mapping[str, Any] | None = ...,
        deprecated_first_timestamp: Time | datetime | str | int | None = ...,
        deprecated_last_timestamp: Time | datetime | str | int | None = ..., deprecated_count: int | None = ...,
        kind: Literal["Event"] | None = ..., api_version: Literal["events.k8s.io/v1"] | None = ...
    ) -> None: ...

class EventSeries(Struct):
    count: int
    last_observed_time: MicroTime | None
    def __init__(self, *,
        count: int | None = ..., last_observed_time: MicroTime | datetime | str | int | float | None = ...
    ) -> None: ...

class EventList(ObjectList):
    items: tuple[Event, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ..., items: Sequence[Event | Mapping[str, Any]] | None =
        ..., kind: Literal["EventList"] | None = ..., api_version: Literal["events.k8s.io/v1"] | None = ...
    ) -> None: ...
