"""Objects in words: what is known of one, and why it is in the state it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from . import unsimulated
from .apiserver.cells import age
from .apiserver.kinds.pods.cells import pod_status
from .names import Target
from .objects import core

if TYPE_CHECKING:
    from .assembly import Assembly


def describe(parts: Assembly, target: Target) -> str:
    """The object as YAML without the noise, and its events: in the spirit of `kubectl describe`."""
    obj = parts.admin.get(target.resource, target.name, target.namespace)
    return str(obj) + _events(parts, obj)


def _events_of(parts: Assembly, obj: Any) -> list[core.Event]:
    """The events about an object, oldest first."""
    found = [event for event in parts.admin.list(core.Event) if event.involved_object.uid == obj.metadata.uid]
    return sorted(found, key=lambda event: int(event.metadata.resource_version or 0))


def _events(parts: Assembly, obj: Any) -> str:
    found = _events_of(parts, obj)
    if not found:
        return "Events: <none>\n"
    rows = [("Type", "Reason", "Age", "From", "Message")]
    for event in found:
        last = event.last_timestamp or (None if event.event_time is None else int(event.event_time) // 1_000_000)
        times = f"{age(last, parts.clock.unix)}" + (f" (x{event.count})" if (event.count or 1) > 1 else "")
        source = (event.source.component if event.source else None) or event.reporting_component or ""
        rows.append((event.type or "", event.reason or "", times, source, event.message or ""))
    widths = [max(len(row[index]) for row in rows) for index in range(4)]
    lines = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) + "  " + row[4]
        for row in rows
    ]
    return "Events:\n" + "\n".join(lines) + "\n"


@attrs.frozen
class Explanation:
    """Why an object is as it is. `reasons` are sentences, the most telling first; `scheduling` is what the scheduler
    knows of a pod (or None); `str()` is all of it as text."""

    subject: str
    state: str
    reasons: tuple[str, ...]
    scheduling: Any | None = None

    def __str__(self) -> str:
        lines = [f"{self.subject} is {self.state}", *(f"  - {reason}" for reason in self.reasons)]
        if self.scheduling is not None:
            lines += ["", str(self.scheduling)]
        return "\n".join(lines) + "\n"


def explain(parts: Assembly, target: Target) -> Explanation:
    """Say why an object is in its state: conditions that are not met, containers that wait, the last warnings, and
    what of it is not simulated. Raises NotFound if there is no such object.
    """
    resource, name = target.resource, target.name
    obj = parts.admin.get(resource, name, target.namespace)
    reasons: list[str] = []
    scheduling = None
    state = "there"
    if resource.key == "pods":
        state = pod_status(obj)
        reasons.extend(_containers(obj))
        if parts.scheduler is not None and not obj.metadata.deletion_timestamp:
            if not parts.scheduler.knows(f"{target.namespace}/{name}"):
                reasons.append("the scheduler has not heard of it yet")
            elif obj.spec.node_name or obj.spec.scheduler_name in parts.scheduler.profiles:
                scheduling = parts.scheduler.explain(obj)
            else:
                reasons.append(f"it waits for a scheduler that does not run: {obj.spec.scheduler_name}")
    status = getattr(obj, "status", None)
    for condition in getattr(status, "conditions", ()) or ():
        if condition.status != "True" and (condition.message or condition.reason):
            text = condition.message or condition.reason
            reasons.append(f"condition {condition.type} is {condition.status}: {text}")
    if obj.metadata.deletion_timestamp is not None and obj.metadata.finalizers:
        reasons.append(f"its deletion waits for the finalizers {', '.join(obj.metadata.finalizers)}")
    warnings = [event for event in _events_of(parts, obj) if event.type == "Warning"]
    reasons.extend(f"event {event.reason}: {event.message}" for event in warnings)
    reasons.extend(_refused(parts, target))
    reasons.extend(f"not simulated: {text}" for text in unsimulated.of(resource, obj, parts.processes.values()))
    return Explanation(str(target), state, tuple(dict.fromkeys(reasons)) or ("nothing stands in its way",), scheduling)


def _refused(parts: Assembly, target: Target) -> list[str]:
    """What controllers failed at with the object."""
    key = f"{target.namespace}/{target.name}" if target.namespace else target.name
    return [
        f"{controller} failed at it: {why}"
        for process in parts.processes.values()
        for (controller, failed), why in process.state.refusals.items()
        if failed == key
    ]


def _containers(pod: Any) -> list[str]:
    reasons = []
    for status in (*pod.status.init_container_statuses, *pod.status.container_statuses):
        state = status.state
        if state.waiting is not None and state.waiting.message:
            reasons.append(f"container {status.name} waits: {state.waiting.message}")
        elif state.terminated is not None and state.terminated.exit_code:
            ended = state.terminated
            reasons.append(f"container {status.name} ended with {ended.exit_code} ({ended.reason})")
    return reasons
