"""Events in their newer form (`events.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .declare import MicroTime, Time, always, field, required
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import core

API_VERSION = "events.k8s.io/v1"
PACKAGE = "io.k8s.api.events.v1"


class Event(Object):
    """A report of something that happened to an object, with the action and the reporter named apart."""

    event_time: MicroTime | None = field(always=True, required=True)
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
    deprecated_first_timestamp: Time | None = always
    deprecated_last_timestamp: Time | None = always
    deprecated_count: int | None


class EventSeries(Struct):
    """How often an event has repeated, and when last."""

    count: int
    last_observed_time: MicroTime | None = field(always=True, required=True)


class EventList(ObjectList):
    """A page of events."""

    items: tuple[Event, ...] = required
