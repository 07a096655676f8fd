"""Objects in words: what is known of one, and why it is in the state it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import yaml

from .apiserver.cells import age
from .apiserver.kinds.pods.cells import pod_status
from .names import locate
from .objects import codec

if TYPE_CHECKING:
    from .cluster import Cluster


def describe(cluster: Cluster, what: str, namespace: str) -> str:
    """The object as YAML without the noise, and its events: in the spirit of `kubectl describe`."""
    resource, name = locate(cluster.api.resources, what)
    obj = cluster.admin.get(resource, name, namespace if resource.namespaced else None)
    document = codec.encode(obj)
    document.get("metadata", {}).pop("managedFields", None)
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return text + _events(cluster, resource.kind.kind, obj)


def _events(cluster: Cluster, kind: str, obj: Any) -> str:
    found = [event for event in cluster.events() if event.involved_object.uid == obj.metadata.uid]
    if not found:
        return "Events: <none>\n"
    rows = [("Type", "Reason", "Age", "From", "Message")]
    for event in found:
        last = event.last_timestamp or (None if event.event_time is None else int(event.event_time) // 1_000_000)
        times = f"{age(last, cluster.clock.unix)}" + (f" (x{event.count})" if (event.count or 1) > 1 else "")
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


def explain(cluster: Cluster, what: str, namespace: str) -> Explanation:
    """Say why an object is in its state: conditions that are not met, containers that wait, the last warnings.

    Raises NotFound if there is no such object.
    """
    resource, name = locate(cluster.api.resources, what)
    obj = cluster.admin.get(resource, name, namespace if resource.namespaced else None)
    reasons: list[str] = []
    scheduling = None
    state = "there"
    if resource.key == "pods":
        state = pod_status(obj)
        reasons.extend(_containers(obj))
        if cluster.scheduler is not None and not obj.metadata.deletion_timestamp:
            scheduling = cluster.scheduler.explain(obj)
    status = getattr(obj, "status", None)
    for condition in getattr(status, "conditions", ()) or ():
        if condition.status != "True" and (condition.message or condition.reason):
            text = condition.message or condition.reason
            reasons.append(f"condition {condition.type} is {condition.status}: {text}")
    if obj.metadata.deletion_timestamp is not None and obj.metadata.finalizers:
        reasons.append(f"its deletion waits for the finalizers {', '.join(obj.metadata.finalizers)}")
    warnings = [event for event in cluster.events() if event.involved_object.uid == obj.metadata.uid]
    reasons.extend(f"event {event.reason}: {event.message}" for event in warnings if event.type == "Warning")
    refused = [
        f"{controller} failed at it: {why}"
        for process in cluster.parts.processes.values()
        for (controller, key), why in process.state.refusals.items()
        if key in (name, f"{namespace}/{name}")
    ]
    subject = f"{resource.kind.singular}/{name}"
    return Explanation(
        subject, state, tuple(dict.fromkeys(reasons + refused)) or ("nothing stands in its way",), scheduling
    )


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
