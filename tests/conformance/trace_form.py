"""What a watch client saw of a cluster, condensed: a timeline of every object, and the events.

An object becomes a list of steps, one for every change of its state (`trace_states.py`), in which all that a cluster
chooses freely is a placeholder (`trace_names.py`). Recordings are stored in this form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from .trace_names import Json, Names
from .trace_states import dumps, state_of

HOST_EVENTS = ("ImageGCFailed", "CIDRAssignmentFailed", "InvalidDiskCapacity")
"""What a kubelet on a fake runtime says of its host, whatever happens to it."""

MADE_WITH_THE_NAMESPACE = ("Namespace", "ServiceAccount", "ConfigMap")
EARLIEST_EVENT, EARLIEST_NODE_EVENT = -2.0, -0.5


@attrs.frozen
class Change:
    """One thing that a watch client saw: seconds since the start, ADDED, MODIFIED or DELETED, and the object."""

    time: float
    type: str
    object: Json


@attrs.define
class Entry:
    """One object of a timeline: `steps` are (time, state), `incarnation` counts objects of that name."""

    kind: str
    name: str
    incarnation: int = 1
    node: str | None = None
    steps: list[tuple[float, Json]] = attrs.field(factory=list)

    def add(self, time: float, state: Json) -> None:
        """Note a state, if it is a new one. Of a node's past only the last state counts, and as that at the start."""
        if self.kind == "Node" and time < 0:
            self.steps, time = [], 0.0
        if not self.steps or dumps(self.steps[-1][1]) != dumps(state):
            self.steps.append((time, state))

    @property
    def tells(self) -> bool:
        """Whether it belongs to the story, and is not just there from before the start."""
        if self.kind == "Node":
            return len(self.steps) > 1 or self.steps[0][0] > 0
        return self.kind not in MADE_WITH_THE_NAMESPACE or any(time >= 0 for time, _ in self.steps)


@attrs.frozen
class EventRow:
    """One write of an Event: the `count`-th time that `source` said so."""

    time: float
    involved: str
    type: str | None
    reason: str | None
    message: str
    count: int
    source: str | None
    field_path: str | None
    stable: bool = False


@attrs.frozen
class Condensed:
    """A history in the form of a recording; `names` replaces the free words of further texts."""

    timeline: Sequence[Entry]
    events: Sequence[EventRow]
    names: Names


def condense(changes: Sequence[Change]) -> Condensed:
    """Changes in the order in which they were seen, as timeline and events."""
    names = Names(change.object for change in changes if change.object["kind"] != "Event")
    entries: dict[tuple[str, str, str], Entry] = {}
    events = []
    for change in changes:
        if change.object["kind"] == "Event":
            if _told(change):
                events.append(_event(change, names))
        else:
            _note(entries, change, names)
    timeline = [entry for entry in entries.values() if entry.tells]
    _number(timeline)
    return Condensed(timeline, events, names)


def _note(entries: dict[tuple[str, str, str], Entry], change: Change, names: Names) -> None:
    raw, obj = change.object, names.value(change.object)
    kind, name = obj["kind"], obj["metadata"]["name"]
    entry = entries.setdefault((kind, name, raw["metadata"]["uid"]), Entry(kind, name))
    if kind == "Pod":
        entry.node = (raw.get("spec") or {}).get("nodeName") or entry.node
    entry.add(round(change.time, 1), {"deleted": True} if change.type == "DELETED" else state_of(obj))


def _number(timeline: Iterable[Entry]) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for entry in timeline:
        seen[entry.kind, entry.name] += 1
        entry.incarnation = seen[entry.kind, entry.name]


def _told(change: Change) -> bool:
    about_node = change.object["involvedObject"]["kind"] == "Node"
    if about_node and change.object.get("reason") in HOST_EVENTS:
        return False
    return change.type != "DELETED" and change.time >= (EARLIEST_NODE_EVENT if about_node else EARLIEST_EVENT)


def _event(change: Change, names: Names) -> EventRow:
    raw = change.object
    about: dict[str, Any] = raw["involvedObject"]
    return EventRow(
        time=round(change.time, 1),
        involved=f"{about['kind']}/{names.text(about['name'])}",
        type=raw.get("type"),
        reason=raw.get("reason"),
        message=names.text(raw.get("message") or ""),
        count=raw.get("count") or (raw.get("series") or {}).get("count") or 1,
        source=(raw.get("source") or {}).get("component") or raw.get("reportingComponent"),
        field_path=about.get("fieldPath"),
    )
