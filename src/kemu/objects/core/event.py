"""Events: what happened to an object, as it was reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..declare import MicroTime, Time, always, field, required
from ..model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from .. import meta
    from .reference import ObjectReference

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"


class Event(Object, unread=True):
    """A report of something that happened to an object."""

    metadata: meta.ObjectMeta = field(required=True)
    involved_object: ObjectReference = required
    reason: str | None
    message: str | None
    source: EventSource
    first_timestamp: Time | None = always
    last_timestamp: Time | None = always
    count: int | None
    type: str | None
    event_time: MicroTime | None = always
    series: EventSeries | None
    action: str | None
    related: ObjectReference | None
    reporting_component: str = field(required=False)
    reporting_instance: str = field(required=False)


class EventSource(Struct):
    """Who reported an event."""

    component: str | None
    host: str | None


class EventSeries(Struct):
    """How often an event has repeated, and when last."""

    count: int | None
    last_observed_time: MicroTime | None = always


class EventList(ObjectList):
    """A page of events."""

    items: tuple[Event, ...] = required
