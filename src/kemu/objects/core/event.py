"""Events: what happened to an object, as it was reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..declare import MicroTime, Time, always, field
from ..model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from .. import meta
    from .reference import ObjectReference

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"


class EventSource(Struct):
    """TODO"""

    component: str | None
    host: str | None


class Event(Object):
    """TODO"""

    metadata: meta.ObjectMeta = field(required=True)
    involved_object: ObjectReference = field(required=True)
    reason: str | None
    message: str | None
    source: EventSource
    first_timestamp: Time | None = field(always=True, required=False)
    last_timestamp: Time | None = field(always=True, required=False)
    count: int | None
    type: str | None
    event_time: MicroTime | None = field(always=True, required=False)
    series: EventSeries | None
    action: str | None
    related: ObjectReference | None
    reporting_component: str = field(required=False)
    reporting_instance: str = field(required=False)


class EventSeries(Struct):
    """TODO"""

    count: int | None
    last_observed_time: MicroTime | None = field(always=True, required=False)


class EventList(ObjectList):
    """A page of events."""

    items: tuple[Event, ...] = field(required=True)
