"""What an event may say: of its object, its reporter and its series, and what of it stays.

The older form is asked for little; the newer one, `events.k8s.io/v1`, for all that makes an event useful. Both speak of
the event as it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...values import names
from ..failures import FieldError, invalid_inside, invalid_value
from ..failures import required as missing
from ..metadata import created_metadata, updated_metadata
from ..updates import IMMUTABLE

ELSEWHERE = "does not match event.namespace"
TYPES = ("Normal", "Warning")
LONGEST = {"reportingInstance": 128, "action": 128, "reason": 128, "message": 1024}
"""Bytes that some texts may have."""

DEPRECATED = {
    "firstTimestamp": lambda event: event.first_timestamp,
    "lastTimestamp": lambda event: event.last_timestamp,
    "count": lambda event: event.count,
    "source": lambda event: event.source.component or event.source.host,
}
"""What the newer form only shows, and how to see whether it is set."""

STAY = (
    *(("involvedObject", "involved_object"), ("reason", "reason"), ("message", "message"), ("source", "source")),
    *(("firstTimestamp", "first_timestamp"), ("lastTimestamp", "last_timestamp"), ("count", "count")),
    *(("reason", "reason"), ("type", "type"), ("eventTime", "event_time"), ("action", "action")),
    *(("related", "related"), ("reportingController", "reporting_component")),
    ("reportingInstance", "reporting_instance"),
)
"""What an update in the newer form leaves alone, by its name and its attribute, in the server's order."""


def judged(new: Any, old: Any | None) -> Iterator[FieldError]:
    """All that is wrong with an event in the older form."""
    if old is not None:
        yield from updated_metadata(new.metadata, old.metadata, 1)
        yield from _sensible(new, "reportingComponent")
        return
    problems = [*_sensible(new, "reportingComponent")]
    yield from problems or created_metadata(new.metadata, True, names.is_path_segment_name)


def judged_strictly(new: Any, old: Any | None) -> Iterator[FieldError]:
    """The same in the newer form."""
    if old is not None:
        yield from updated_metadata(new.metadata, old.metadata, 2)
    yield from _sensible(new, "reportingController")
    if old is not None:
        if new.series != old.series:
            yield from _series(new.series)
        yield from _stays(new, old)
        return
    yield from created_metadata(new.metadata, True, names.is_dns1123_subdomain)
    yield from _series(new.series)
    if new.event_time is None:
        yield missing("eventTime")
    if new.type not in TYPES:
        yield invalid_value("type", "", f"has invalid value: {new.type or ''}")
    for name, given in DEPRECATED.items():
        if given(new):
            yield invalid_value(name, "", "needs to be unset")


def _sensible(event: Any, reporter: str) -> Iterator[FieldError]:
    """What is asked of every event: an event without a moment of its own is an old one."""
    namespace, about = event.metadata.namespace, event.involved_object.namespace or ""
    if event.event_time is None:
        if about != namespace and (about or namespace != "default"):
            yield invalid_value("involvedObject.namespace", about, ELSEWHERE)
        return
    if not about and namespace not in ("default", "kube-system"):
        yield invalid_value("involvedObject.namespace", about, ELSEWHERE)
    if not event.reporting_component:
        yield missing(reporter)
    yield from [
        invalid_value(reporter, event.reporting_component, text)
        for text in names.is_qualified_name(event.reporting_component)
    ]
    texts = (event.reporting_instance, event.action, event.reason, event.message)
    for (name, longest), text in zip(LONGEST.items(), texts, strict=True):
        if not text and name != "message":
            yield missing(name)
        if text and len(text.encode()) > longest:
            yield invalid_value(name, "", f"can have at most {longest} characters")


def _series(series: Any) -> Iterator[FieldError]:
    if series is None:
        return
    if (series.count or 0) < 2:
        yield invalid_value("series.count", "", "should be at least 2")
    if not series.last_observed_time:
        yield missing("series.lastObservedTime")


def _stays(new: Any, old: Any) -> Iterator[FieldError]:
    for name, attribute in STAY:
        now, was = getattr(new, attribute), getattr(old, attribute)
        if now != was:
            structured = attribute in ("involved_object", "source", "related")
            yield invalid_inside(name, now, IMMUTABLE) if structured else invalid_value(name, _shown(now), IMMUTABLE)


def _shown(value: Any) -> Any:
    return value if value is not None else ""
