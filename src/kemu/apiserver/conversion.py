"""Views of one stored object in several API groups or versions.

Nearly every resource is stored as it is served. An Event is kept as core/v1 and also shown as events.k8s.io/v1. Each
pair of functions here translates one such view; everything else passes through untouched.
"""

from __future__ import annotations

from typing import Any

from ..objects import core, events, evolve
from ..values.times import MicroTime, Time
from .resources import Resource


def from_storage(resource: Resource, stored: Any) -> Any:
    """The stored object as `resource` shows it. O(1) where the two are the same, the object itself."""
    if resource.storage == resource.key or resource.custom:
        return stored
    view = VIEWS.get((resource.storage, resource.key))
    return view[0](stored) if view else stored


def to_storage(resource: Resource, shown: Any) -> Any:
    """The object in the form in which it is kept."""
    if resource.storage == resource.key or resource.custom:
        return shown
    view = VIEWS.get((resource.storage, resource.key))
    return view[1](shown) if view else shown


def events_v1(event: core.Event) -> events.Event:
    """A core event as events.k8s.io/v1 shows it."""
    series = event.series
    return events.Event(
        metadata=event.metadata,
        event_time=event.event_time,
        series=events.EventSeries(count=series.count or 0, last_observed_time=series.last_observed_time or MicroTime(0))
        if series
        else None,
        reporting_controller=event.reporting_component or None,
        reporting_instance=event.reporting_instance or None,
        action=event.action,
        reason=event.reason,
        regarding=event.involved_object,
        related=event.related,
        note=event.message,
        type=event.type,
        deprecated_source=event.source,
        deprecated_first_timestamp=event.first_timestamp,
        deprecated_last_timestamp=event.last_timestamp,
        deprecated_count=event.count,
    )


def events_core(event: events.Event) -> core.Event:
    """An events.k8s.io/v1 event as core/v1 keeps it."""
    series = event.series
    return core.Event(
        metadata=event.metadata,
        involved_object=event.regarding,
        reason=event.reason,
        message=event.note,
        source=event.deprecated_source,
        first_timestamp=event.deprecated_first_timestamp,
        last_timestamp=event.deprecated_last_timestamp,
        count=event.deprecated_count,
        type=event.type,
        event_time=event.event_time,
        series=core.EventSeries(count=series.count, last_observed_time=series.last_observed_time) if series else None,
        action=event.action,
        related=event.related,
        reporting_component=event.reporting_controller or "",
        reporting_instance=event.reporting_instance or "",
    )


def micro(moment: float) -> MicroTime:
    """Seconds since 1970 as a MicroTime."""
    return MicroTime(round(moment * 1_000_000))


def whole(moment: float) -> Time:
    """Seconds since 1970 as a Time, which counts whole seconds."""
    return Time(int(moment))


VIEWS = {("events", "events.events.k8s.io"): (events_v1, events_core)}

__all__ = ["evolve", "from_storage", "micro", "to_storage", "whole"]
