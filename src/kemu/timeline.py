"""What happened, when: the life of every pod as lanes of states, as text, SVG or HTML.

A timeline is read from the history; it never looks at the cluster as it is now, so that one of a fork shows the whole
way to that fork.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import attrs

from .apiserver.kinds.pods.cells import pod_status
from .values.durations import format_duration

if TYPE_CHECKING:
    from .cluster import Cluster

COLOURS = {
    "Pending": "#c9c9c9",
    "Init": "#8fb8de",
    "PodInitializing": "#8fb8de",
    "ContainerCreating": "#8fb8de",
    "Running": "#7bc47f",
    "NotReady": "#e9c46a",
    "Terminating": "#e9a15f",
    "Completed": "#6c8ebf",
    "Succeeded": "#6c8ebf",
    "Waiting": "#d5cfe8",
}
TROUBLE = "#e06c6c"
WIDTH, LEFT, ROW, TOP = 960, 230, 24, 46
BAR = 48
"""Characters of a lane's bar in the text form."""

LISTED = 12
"""Of so many states of a lane the text tells; of longer lives it leaves out the middle."""

LETTERS = {"Running": "=", "Completed": "-", "Succeeded": "-"}
LEGEND = "= running, - completed, ! trouble, or the first letter of the state"
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400)
"""Distances between the times at the bottom of a picture, in seconds."""

TICKS = 8


@attrs.frozen
class Span:
    """A state that lasted from `start` to `end` (virtual seconds since the start)."""

    state: str
    start: float
    end: float

    @property
    def lasted(self) -> str:
        """How long it lasted, in words."""
        return format_duration(round(self.end - self.start, 3))

    @property
    def shows(self) -> bool:
        """Whether it lasted at all, or was trouble."""
        return self.end > self.start or colour(self.state) == TROUBLE


@attrs.frozen
class Lane:
    """The life of one thing: a pod, or one of its containers."""

    name: str
    detail: str
    spans: tuple[Span, ...]
    depth: int = 0


@attrs.frozen
class Mark:
    """Something that happened at one moment."""

    time: float
    text: str


@attrs.frozen
class Timeline:
    """Lanes and marks between two moments. `str()` is text; see `to_svg` and `to_html`."""

    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]
    start: float
    end: float

    @classmethod
    def of(cls, cluster: Cluster, namespace: str | None = None) -> Timeline:
        """The timeline of a cluster's pods and of the other things that users created, in one namespace or in all."""
        return cls(_lanes(cluster, namespace), _marks(cluster, namespace), 0.0, cluster.now)

    def __str__(self) -> str:
        lines = [f"timeline from {_moment(self.start)} to {_moment(self.end)}  ({LEGEND})"]
        for mark in self.marks:
            lines.append(f"  {_moment(mark.time):>10}  {mark.text}")
        for lane in self.lanes:
            indent = "  " * lane.depth
            bar = "".join(self._letter(lane, place) for place in range(BAR))
            lines.append(f"{indent}{lane.name}{f'  ({lane.detail})' if lane.detail else ''}")
            lines.append(f"{indent}  [{bar}]")
            shown = [f"{_moment(span.start):>10}  {span.state}  for {span.lasted}" for span in lane.spans if span.shows]
            if len(shown) > LISTED + 1:
                left = len(shown) - LISTED
                shown[LISTED - 3 : -3] = [f"{'...':>10}  {left} more states"]
            lines.extend(f"{indent}  {line}" for line in shown)
        if not self.marks and not self.lanes:
            lines.append("  nothing has happened")
        return "\n".join(lines) + "\n"

    def _letter(self, lane: Lane, place: int) -> str:
        """What one place of a bar stands for: the trouble in that time, if there was any, or what lasted longest."""
        width = max(self.end - self.start, 1e-9) / BAR
        left = self.start + place * width
        best, longest = " ", 0.0
        for span in lane.spans:
            overlap = min(span.end, left + width) - max(span.start, left)
            if colour(span.state) == TROUBLE and (overlap > 0 or left <= span.start < left + width):
                return "!"
            if overlap > longest:
                best, longest = LETTERS.get(span.state, span.state[0].lower()), overlap
        return best

    def to_svg(self) -> str:
        """A picture: one lane a pod and a thinner one a container, time from left to right."""
        height = TOP + ROW * max(len(self.lanes), 1) + 30
        span = max(self.end - self.start, 1e-9)

        def x(moment: float) -> float:
            return LEFT + (moment - self.start) / span * (WIDTH - LEFT - 20)

        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            'font-family="system-ui, sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        ]
        for moment in self._ticks():
            near_end = x(moment) > WIDTH - 50
            parts.append(
                f'<line x1="{x(moment):.1f}" y1="{TOP - 8}" x2="{x(moment):.1f}" y2="{height - 24}" stroke="#e5e5e5"/>'
                f'<text x="{x(moment):.1f}" y="{height - 8}" text-anchor="{"end" if near_end else "middle"}" '
                f'fill="#666">{_moment(moment)}</text>'
            )
        for mark in self.marks:
            parts.append(
                f"<g><title>{escape(_moment(mark.time))} {escape(mark.text)}</title>"
                f'<path d="M {x(mark.time):.1f} {TOP - 6} l -4 -9 l 8 0 z" fill="#444"/></g>'
            )
        for number, lane in enumerate(self.lanes):
            parts.extend(self._lane_svg(lane, TOP + number * ROW, x))
        return "".join([*parts, "</svg>"])

    def _ticks(self) -> list[float]:
        """Round moments, a handful of them."""
        span = self.end - self.start
        step: float = next((step for step in STEPS if span / step <= TICKS), 0.0)
        if not step:
            step = 86400.0 * -(-span // (86400 * TICKS))
        return [round(self.start + step * number, 3) for number in range(int(span / step) + 1)]

    def _lane_svg(self, lane: Lane, y: float, x: Any) -> list[str]:
        thick = 16 if lane.depth == 0 else 9
        weight = "600" if lane.depth == 0 else "400"
        shown = lane.name if len(lane.name) < 30 else lane.name[:28] + "…"
        parts = [
            f'<text x="{8 + 14 * lane.depth}" y="{y + 14}" font-weight="{weight}" fill="#222">{escape(shown)}</text>'
        ]
        for span in lane.spans:
            left, right = x(span.start), max(x(span.end), x(span.start) + 1.5)
            label = f"{span.state} from {_moment(span.start)} to {_moment(span.end)}"
            parts.append(
                f'<rect x="{left:.1f}" y="{y + (18 - thick) / 2:.1f}" width="{right - left:.1f}" height="{thick}" '
                f'rx="2" fill="{colour(span.state)}"><title>{escape(label)}</title></rect>'
            )
            if lane.depth == 0 and right - left > 7 * len(span.state) + 6:
                parts.append(f'<text x="{left + 4:.1f}" y="{y + 13}" fill="#1c1c1c">{escape(span.state)}</text>')
        return parts

    def to_html(self) -> str:
        """A page with the picture and, below it, everything in words."""
        marks = "".join(f"<tr><td>{_moment(m.time)}</td><td>{escape(m.text)}</td></tr>" for m in self.marks)
        rows = "".join(
            f"<tr><td>{_moment(span.start)}</td><td>{escape('– ' * lane.depth + lane.name)}</td>"
            f"<td>{escape(span.state)}</td><td>{span.lasted}</td></tr>"
            for lane in self.lanes
            for span in lane.spans
        )
        return (
            "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>kemu timeline</title><style>"
            "body{font:14px system-ui,sans-serif;margin:2rem;color:#222}table{border-collapse:collapse;margin:1rem 0}"
            "td,th{padding:.2rem .8rem;border-bottom:1px solid #e5e5e5;text-align:left}svg{max-width:100%;height:auto}"
            f"</style></head><body><h1>Timeline to {_moment(self.end)}</h1>{self.to_svg()}"
            f"<h2>What users did</h2><table><tr><th>at</th><th>what</th></tr>{marks}</table>"
            "<h2>States</h2><table><tr><th>from</th><th>of</th><th>state</th><th>for</th></tr>"
            f"{rows}</table></body></html>"
        )


def colour(state: str) -> str:
    """The colour of a state; what is not known to be harmless is red."""
    return COLOURS.get(state) or COLOURS.get(state.partition(":")[0] if state[5:6].isdigit() else state) or TROUBLE


def _moment(seconds: float) -> str:
    return format_duration(round(seconds, 3)) if seconds < 60 else format_duration(round(seconds, 1))


def _lanes(cluster: Cluster, namespace: str | None) -> tuple[Lane, ...]:
    lives: dict[str, _Life] = {}
    changes = cluster.history("pods", namespace=namespace)
    several = len({change.object.metadata.namespace for change in changes}) > 1
    for change in changes:
        metadata = change.object.metadata
        where = f"{metadata.namespace}/" if several else ""
        life = lives.setdefault(metadata.uid, _Life(f"pod/{where}{metadata.name}"))
        life.see(change.time, change.type, change.object)
    return tuple(lane for life in lives.values() for lane in life.lanes(cluster.now))


class _Life:
    """One pod's states and its containers', collected change by change."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.node = ""
        self.states: dict[str, list[tuple[float, str, int]]] = {"": []}
        self.ended: float | None = None

    def see(self, time: float, type_: str, pod: Any) -> None:
        if type_ == "DELETED":
            self.ended = time
            return
        self.node = pod.spec.node_name or self.node
        self._at("", time, pod_status(pod), 0)
        for status in (*pod.status.init_container_statuses, *pod.status.container_statuses):
            self._at(status.name, time, _container_state(status), status.restart_count)

    def _at(self, name: str, time: float, state: str, attempt: int) -> None:
        """A state begins, unless it is the one before; a running container that was restarted begins anew."""
        states = self.states.setdefault(name, [])
        if not states or states[-1][1:] != (state, attempt):
            states.append((time, state, attempt))

    def lanes(self, now: float) -> list[Lane]:
        end = now if self.ended is None else self.ended
        lanes = []
        for name, states in self.states.items():
            edges = [*(time for time, _, _ in states[1:]), end]
            spans = tuple(
                Span(state, time, after)
                for (time, state, _), after in zip(states, edges, strict=True)
                if state != "Waiting"
            )
            if not name:
                lanes.append(Lane(self.name, f"on {self.node}" if self.node else "", spans))
            elif spans:
                lanes.append(Lane(name, "", spans, depth=1))
        return lanes


def _container_state(status: Any) -> str:
    state = status.state
    if state.running is not None:
        return "Running"
    if state.terminated is not None:
        return str(state.terminated.reason or f"ExitCode:{state.terminated.exit_code}")
    waiting = state.waiting.reason if state.waiting is not None else ""
    return "Waiting" if waiting in ("", "PodInitializing", "ContainerCreating") else str(waiting)


def _marks(cluster: Cluster, namespace: str | None) -> tuple[Mark, ...]:
    """What users did: everything that was not written by a component, but for what was there from the start."""
    words = {"ADDED": "created", "MODIFIED": "changed", "DELETED": "deleted"}
    marks = []
    doomed: set[str] = set()
    for change in cluster.history(namespace=namespace):
        if change.actor != "user" or change.revision <= cluster.first_revision:
            continue
        metadata = change.object.metadata
        if namespace is not None and metadata.namespace not in (None, "", namespace):
            continue
        word = words[change.type]
        if metadata.deletion_timestamp is not None:
            word = "deleted"
            if metadata.uid in doomed:
                continue
            doomed.add(metadata.uid)
        where = f" in {metadata.namespace}" if namespace is None and metadata.namespace not in ("", "default") else ""
        where = where if metadata.namespace else ""
        marks.append(Mark(change.time, f"{change.kind.lower()}/{metadata.name} {word}{where}"))
    return tuple(marks)
