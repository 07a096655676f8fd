"""Replays recordings of what controllers, the scheduler and kubelets did, and compares what happens in kemu with them.

A case is a script of actions and the timeline that a watch client of a real cluster saw. Compared are

* the answer to every action,
* every object: it exists, its stable steps are seen in order and on time, and it does nothing else for long,
* every event: what was said, how often, and in which order of one object.

What was recorded twice tells which steps are stable, and how far times differ from run to run. What is random in a real
cluster as well (when a pod in error is looked at again, when a sweep comes) may come earlier or later by as much.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import Any

import attrs

import kemu

from .trace_events import EventsComparison, recorded_events
from .trace_form import Change, Condensed, condense
from .trace_names import Json
from .trace_states import dumps
from .trace_stories import Pair, Step, Story, blurred, outside, paired, recorded_story, seen_story
from .trace_world import NotReplayable, Observed, World

TOLERANCE = 1.5
"""Seconds by which a step may be early or late. What was not recorded, but lasts less, is two writes in time."""

ROUNDING = 0.05
RETRIED, SWEPT, EMPTIED, NOTICED = 15.0, 20.0, 5.0, 1.5
"""How much the random waits of a real cluster differ: the sync of a pod in error (every 10 to 15 s), of an autoscaler
and of a lost node; the collection of orphaned pods; the retries of a namespace; the relist that sees an exit."""


class Verdict(Enum):
    """How a case ended. Where pods were placed freely, and not as recorded, a difference says nothing."""

    AGREES = "agrees"
    DIFFERS = "differs"
    PLACED_OTHERWISE = "pods were placed otherwise"


@attrs.frozen
class Result:
    """The verdict on a case, and every difference in words."""

    verdict: Verdict
    problems: Sequence[str]


def replayed(case: Json) -> Result:
    """Do what a case's script says to a new cluster, and compare."""
    try:
        observed = World(case).run(Patience(case).horizon)
    except (NotReplayable, kemu.errors.KemuError) as problem:
        return Result(Verdict.DIFFERS, [str(problem)])
    return compared(case, observed)


def compared(case: Json, observed: Observed) -> Result:
    """What was observed beside what was recorded."""
    comparison = Comparison(case, observed)
    problems = comparison.problems()
    if not problems:
        return Result(Verdict.AGREES, problems)
    return Result(Verdict.PLACED_OTHERWISE if comparison.placed_otherwise else Verdict.DIFFERS, problems)


def as_observed(case: Json) -> Observed:
    """The recording itself, as if a cluster had just done it."""
    changes = [Change(-1, "ADDED", {**node, "kind": "Node"}) for node in case.get("initialNodes") or ()]
    changes += [Change(row["t"], row["type"], {**row["object"], "kind": row["kind"]}) for row in case["records"]]
    for row in case["events"]:
        kind, _, name = row["involved"].partition("/")
        event = {field: row[field] for field in ("type", "reason", "message", "count")} | {
            "kind": "Event",
            "involvedObject": {"kind": kind, "name": name, "fieldPath": row.get("fieldPath")},
            "source": {"component": row["source"]},
        }
        changes.append(Change(row["t"], "MODIFIED" if row.get("update") else "ADDED", event))
    return Observed(case["responses"], sorted(changes, key=lambda change: change.time))


class Patience:
    """How far from its recorded time a step may be: what the case allows, and the random waits on the way to it.

    What happens after `end` may also happen after the recording; `horizon` is when the replay has seen enough.
    """

    def __init__(self, case: Json) -> None:
        self.base = max(TOLERANCE, TOLERANCE * case.get("jitter", 0))
        self._waits = [list(_random_waits(entry)) for entry in case["timeline"]]
        retried = any(seconds == RETRIED for waits in self._waits for _, seconds in waits)
        self.end = case["duration"] - self.base - (RETRIED if retried else 0)
        self.horizon = case["duration"] + self.base + self.slack(-math.inf, math.inf)

    def slack(self, after: float, until: float) -> float:
        """The longest sum of the random waits of one object that ended within a span of time."""
        sums = [sum(seconds for time, seconds in waits if after < time <= until) for waits in self._waits]
        return max(sums, default=0)


def _random_waits(entry: Json) -> Iterator[tuple[float, float]]:
    """(when it ended, by how much it can differ) of every wait of an object that is random in a real cluster."""
    kind, steps = entry["kind"], entry["steps"]
    for before, after in pairwise(steps):
        old, new, time = before["s"], after["s"], after["t"]
        if kind == "HorizontalPodAutoscaler":
            yield time, RETRIED
        elif kind == "Namespace" and old.get("deleting"):
            yield time, EMPTIED
        elif kind == "Node" and '"Unknown"' in dumps(new) and '"Unknown"' not in dumps(old):
            yield time, RETRIED
        elif kind == "Pod":
            collected = "DeletionByPodGC" in dumps([old, new])
            yield time, SWEPT if collected else max(_container_waits(old, new), default=0)


def _container_waits(old: Json, new: Json) -> Iterator[float]:
    for group in ("init", "containers", "ephemeral"):
        for before, after in zip(old.get(group) or (), new.get(group) or (), strict=False):
            if before == after:
                continue
            if before["state"].get("waiting") not in (None, "ContainerCreating", "PodInitializing"):
                yield RETRIED
            elif "terminated" in dumps(after):
                yield NOTICED


class Comparison:
    """A recorded case and what was observed, side by side."""

    def __init__(self, case: Json, observed: Observed) -> None:
        self._case, self._observed = case, observed
        self._patience = Patience(case)
        self._condensed: Condensed = condense(observed.changes)
        self._wanted = [recorded_story(entry, runs=case["runs"], until=case["duration"]) for entry in case["timeline"]]
        self._seen = [seen_story(entry) for entry in self._condensed.timeline]

    def problems(self) -> list[str]:
        """Every difference in words."""
        groups: dict[tuple[str, str, int], tuple[list[Story], list[Story]]] = {}
        for side, stories in enumerate((self._wanted, self._seen)):
            for story in stories:
                groups.setdefault(story.group, ([], []))[side].append(story)
        found, pairs = list(self._answers()), []
        for wants, gots in groups.values():
            matched, missing, surplus = paired(wants, gots)
            pairs += matched
            for pair in matched:
                found += self._of_a_pair(pair)
            counts = f"{len(wants)} recorded of this name, {len(gots)} seen"
            found += [f"{each.label}: recorded, never seen ({counts})" for each in missing if each.required]
            if all(want.required for want in wants):
                found += [
                    f"{each.label}: seen from {each.steps[0].time} s on, not in the recording ({counts})"
                    for each in surplus
                    if each.steps[0].time <= self._patience.end
                ]
        events = EventsComparison(recorded_events(self._case), self._condensed.events)
        unsure = {f"{story.kind}/{story.group[1]}" for story in self._wanted if not story.required}
        found += events.counts(self._case["runs"], unsure, self._patience.end)
        for pair in pairs:
            found += events.order(pair.want, pair.got)
        return found

    @property
    def placed_otherwise(self) -> bool:
        """Whether pods were placed freely, and not as in the recording."""
        if not self._case.get("placementSensitive"):
            return False
        wanted, seen = (
            sorted((story.group, story.node or "") for story in stories if story.kind == "Pod")
            for stories in (self._wanted, self._seen)
        )
        return wanted != seen

    def _answers(self) -> Iterator[str]:
        rows = zip(self._case["script"], self._case["responses"], self._observed.responses, strict=True)
        for action, want, got in rows:
            for field in ("code", "reason", "message") if "code" in want else ():
                expected, answered = (blurred(self._condensed.names.text(str(each.get(field)))) for each in (want, got))
                if expected != answered:
                    yield f"{action['do']} at {action['at']} s: {field}: expected {expected}, got {answered}"
                    break

    def _of_a_pair(self, pair: Pair) -> Iterator[str]:
        yield from self._steps(pair)
        yield from self._times(pair)
        pinned, nodes = self._pinned(pair.want), (pair.want.node, pair.got.node)
        if pinned and None not in nodes and nodes[0] != nodes[1]:
            yield f"{pair.want.label}: pinned to {nodes[0]}, seen on {nodes[1]}"

    def _steps(self, pair: Pair) -> Iterator[str]:
        """Between one match and the next: what had to be seen and was not, or was seen without being recorded."""
        wants, gots = pair.want.steps, pair.got.steps
        edges = [(-1, -1), *pair.steps, (len(wants), len(gots))]
        for (i, k), (next_i, next_k) in pairwise(edges):
            skipped, passed = wants[i + 1 : next_i], gots[k + 1 : next_k]
            within = next_k < len(gots)
            surplus = [
                step for step in passed if step.lasts >= TOLERANCE and (within or step.time <= self._patience.end)
            ]
            missing = [step for step in skipped if step.required]
            for step in missing:
                nearest = _nearest(step, surplus or passed or gots[max(k, 0) : next_k + 1])
                yield f"{pair.want.label}: step {step.number} of {step.time} s not seen: {nearest}"
            if surplus and not missing and all(step.stable for step in skipped):
                before: Json = wants[i].state if i >= 0 else {}
                told = "; ".join(_differences(before, surplus[0].state))
                yield f"{pair.want.label}: unexpected at {surplus[0].time} s: {told}"

    def _times(self, pair: Pair) -> Iterator[str]:
        """The first step that is neither at its time nor as long after the one before it as recorded."""
        last = (0.0, 0.0, 0.0)
        for step, seen in pair.matched():
            if not step.stable or step.time < 0:
                continue
            allowed = self._patience.base + self._patience.slack(last[0], step.time)
            late = outside(seen.time - last[2], step.time - last[0], step.other - last[1])
            at_its_time = outside(seen.time, step.time, step.other) <= self._patience.base + ROUNDING
            if not at_its_time and late > allowed + ROUNDING:
                yield f"{pair.want.label}: step {step.number} of {step.time} s came at {seen.time} s (± {allowed:.1f})"
                return
            last = (step.time, step.other, seen.time)

    def _pinned(self, story: Story) -> bool:
        """Whether a pod said itself where it has to be."""
        records = self._case["records"] if story.kind == "Pod" else ()
        first: Any = next((each for each in records if (each["kind"], each["name"]) == ("Pod", story.name)), None)
        spec: Json = first["object"]["spec"] if first is not None else {}
        return bool(spec.get("nodeName") or "kubernetes.io/hostname" in (spec.get("nodeSelector") or {}))


def _differences(want: Any, got: Any, path: str = "") -> Iterator[str]:
    """The leaves in which two states differ."""
    if isinstance(want, dict) and isinstance(got, dict):
        for name in sorted({*want, *got}):
            yield from _differences(want.get(name), got.get(name), f"{path}.{name}" if path else name)
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for number, (one, other) in enumerate(zip(want, got, strict=True)):
            yield from _differences(one, other, f"{path}[{number}]")
    elif want != got:
        yield f"{path}: expected {dumps(want)[:160]}, got {dumps(got)[:160]}"


def _nearest(step: Step, candidates: Sequence[Step]) -> str:
    """What the seen step that is most like a missing one has otherwise."""
    differing = [(list(_differences(step.state, each.state)), each) for each in candidates]
    if not differing:
        return dumps(step.state)[:160]
    rows, nearest = min(differing, key=lambda row: (len(row[0]), abs(row[1].time - step.time)))
    return f"nearest is that of {nearest.time} s: {'; '.join(rows[:4]) or 'only its place differs'}"
