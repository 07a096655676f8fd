"""Events, which are kept as core/v1 and also served as events.k8s.io/v1."""

from __future__ import annotations

from typing import Any

from ...objects import core, events
from ...values.times import MicroTime
from ..cells import age
from ..policy import Policy, View
from .event_rules import judged, judged_strictly

# Conversion


def _shown(event: core.Event) -> events.Event:
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


def _kept(event: events.Event) -> core.Event:
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


# Cells and selectors


def _cells(obj: Any, now: float) -> list[Any]:
    involved = obj.involved_object
    first = obj.first_timestamp or _whole(obj.event_time)
    last = obj.last_timestamp or first
    if obj.series is not None:
        last = _whole(obj.series.last_observed_time) or last
    count = obj.series.count if obj.series is not None else obj.count or 1
    source = obj.source.component if obj.source else ""
    target = f"{(involved.kind or '').lower()}/{involved.name}" if involved.name else (involved.kind or "").lower()
    host = f", {obj.source.host}" if obj.source and obj.source.host else ""
    return [
        age(last, now),
        obj.type or "",
        obj.reason or "",
        target,
        involved.field_path or "",
        (source or obj.reporting_component or "") + host,
        (obj.message or "").strip(),
        age(first, now),
        count,
        obj.metadata.name,
    ]


def _whole(moment: Any) -> Any:
    return None if moment is None else int(moment) // 1_000_000


def _source(event: Any) -> str:
    return (event.source.component if event.source else None) or event.reporting_component or ""


def _deprecated_source(event: Any) -> str:
    return (event.deprecated_source.component if event.deprecated_source else None) or ""


REFERENCE = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")

EVENT = Policy(
    "events",
    ttl=3600.0,
    create_on_update=True,
    judge=judged,
    views={
        "events.k8s.io/v1": View(
            shown=_shown,
            kept=_kept,
            judge=judged_strictly,
            selectable={
                **{f"regarding.{name}": None for name in REFERENCE},
                "reason": None,
                "reportingController": None,
                "source": _deprecated_source,
                "type": None,
            },
        )
    },
    selectable={
        **{f"involvedObject.{name}": None for name in REFERENCE},
        "reason": None,
        "reportingComponent": None,
        "source": _source,
        "type": None,
    },
    cells=_cells,
)

POLICIES = (EVENT,)
