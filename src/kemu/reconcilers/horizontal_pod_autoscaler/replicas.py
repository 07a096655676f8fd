"""From what is measured to a number of replicas, for one metric. Pure.

A metric of pods is averaged over those that count: not on their way out or failed (ignored), not Pending and, for cpu,
not in their first moments (unready), not without a value (missing). Then what does not count is assumed to be as it
would hold the change back: missing pods use all that they asked for before replicas are taken away, and nothing, like
unready ones, before some are added.

    target 50 %, four pods of 100m each       ratio    replicas
    80m 80m 80m 80m                           1.6      7 (6.4 rounded up)
    80m 80m, two unready                      0.8      4: what would grow would now shrink, so nothing changes
    52m 52m 52m 52m                           1.04     4: within the tolerance
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import attrs

from ...objects.conditions import find_condition
from ...objects.pods import is_ready

CPU_INITIALIZATION_SECONDS = 300
"""For how long after its start a pod's cpu counts only while it is Ready, and not right after it became so."""

INITIAL_READINESS_SECONDS = 30
"""A pod whose readiness last changed within this time of its start has never been ready."""

TOLERANCE = 0.1
MOST = 2**31 - 1


class Unmeasured(Exception):
    """There is no telling how many replicas a metric wants; the text says why."""


@attrs.frozen
class Tolerances:
    """By how much a ratio may differ from 1 before anything is changed."""

    down: float = TOLERANCE
    up: float = TOLERANCE

    def cover(self, ratio: float) -> bool:
        """Whether a ratio is near enough to 1."""
        return 1.0 - self.down <= ratio <= 1.0 + self.up


def tolerances_of(behavior: Any) -> Tolerances:
    """What a behavior says, or the controller's own."""

    def said(rules: Any) -> float:
        return TOLERANCE if rules is None or rules.tolerance is None else float(rules.tolerance)

    return Tolerances() if behavior is None else Tolerances(said(behavior.scale_down), said(behavior.scale_up))


@attrs.frozen
class Samples:
    """The values of pods by name, in thousandths, when they were taken, and over how many seconds before."""

    values: Mapping[str, int]
    unix: float = 0.0
    window: float = 0.0


@attrs.frozen
class Groups:
    """How many pods count, and the names of those that do not."""

    ready: int
    unready: tuple[str, ...]
    missing: tuple[str, ...]
    ignored: tuple[str, ...]


def grouped(pods: Sequence[Any], samples: Samples, metric: str, unix: float) -> Groups:
    """Sort pods by whether their values count."""
    groups: dict[str, list[str]] = {"ready": [], "unready": [], "missing": [], "ignored": []}
    for pod in pods:
        name = pod.metadata.name
        if pod.metadata.deletion_timestamp is not None or pod.status.phase == "Failed":
            group = "ignored"
        elif pod.status.phase == "Pending":
            group = "unready"
        elif name not in samples.values:
            group = "missing"
        else:
            group = "unready" if metric == "cpu" and _starts(pod, samples, unix) else "ready"
        groups[group].append(name)
    ready = len(groups.pop("ready"))
    return Groups(ready, **{group: tuple(names) for group, names in groups.items()})


def _starts(pod: Any, samples: Samples, unix: float) -> bool:
    """Whether a pod is still at its beginning, when its cpu says nothing of its load."""
    condition = find_condition(pod.status.conditions, "Ready")
    started = pod.status.start_time
    if condition is None or started is None:
        return True
    changed = int(condition.last_transition_time or 0)
    if int(started) + CPU_INITIALIZATION_SECONDS > unix:
        return condition.status == "False" or samples.unix < changed + samples.window
    return condition.status == "False" and int(started) + INITIAL_READINESS_SECONDS > changed


@attrs.frozen
class Goal:
    """The value that pods should have: on average, or as a percentage of what they request."""

    average: int = 0
    """In thousandths; 0 for none."""
    percent: int = 0
    requests: Mapping[str, int] = attrs.field(factory=dict)
    """What each pod asks for, in thousandths."""

    def ratio(self, values: Mapping[str, int]) -> tuple[float, int, int]:
        """How the values are to the goal, the percentage that they are, and their average. Raises Unmeasured."""
        if not self.percent:
            average = sum(values.values()) // len(values)
            return average / self.average, 0, average
        known = {name: value for name, value in values.items() if name in self.requests}
        requested = sum(self.requests[name] for name in known)
        if not requested:
            raise Unmeasured("no metrics returned matched known pods")
        percent = sum(known.values()) * 100 // requested
        return percent / self.percent, percent, sum(known.values()) // len(known)

    def assumed(self, name: str) -> int:
        """What a pod without a value is thought to use before replicas are taken away."""
        return self.requests.get(name, 0) * max(100, self.percent) // 100 if self.percent else self.average


@attrs.frozen
class Count:
    """How many replicas a metric wants, and the values that show why."""

    replicas: int
    average: int
    percent: int = 0


def by_pods(current: int, samples: Samples, groups: Groups, goal: Goal, near: Tolerances) -> Count:
    """How many replicas a metric of pods wants. Raises Unmeasured."""
    out = (*groups.ignored, *groups.unready)
    values = {name: value for name, value in samples.values.items() if name not in out}
    if not values:
        raise Unmeasured("did not receive metrics for targeted pods (pods might be unready)")
    ratio, percent, average = goal.ratio(values)
    stay = Count(current, average, percent)
    growing_unready = groups.unready if ratio > 1.0 else ()
    if not growing_unready and not groups.missing:
        return stay if near.cover(ratio) else Count(ceil(ratio * groups.ready), average, percent)
    if ratio < 1.0:
        values |= {name: goal.assumed(name) for name in groups.missing}
    elif ratio > 1.0:
        values |= dict.fromkeys(groups.missing, 0)
    values |= dict.fromkeys(growing_unready, 0)
    anew = goal.ratio(values)[0]
    if near.cover(anew) or (ratio < 1.0 < anew) or (anew < 1.0 < ratio):
        return stay
    replicas = ceil(anew * len(values))
    turned = (anew < 1.0 and replicas > current) or (anew > 1.0 and replicas < current)
    return stay if turned else Count(replicas, average, percent)


def by_value(current: int, value: int, target: int, pods: Sequence[Any], near: Tolerances) -> Count:
    """How many replicas a number wants that should be `target`: the replicas that are ready, in proportion.

    Raises Unmeasured if there should be pods and are none.
    """
    ratio = value / target
    if not current:
        return Count(ceil(ratio), value)
    if near.cover(ratio):
        return Count(current, value)
    if not pods:
        raise Unmeasured("unable to calculate ready pods: no pods returned by selector while calculating replica count")
    ready = sum(1 for pod in pods if pod.status.phase == "Running" and is_ready(pod))
    return Count(min(MOST, ceil(ratio * ready)), value)


def by_share(present: int, value: int, target: int, near: Tolerances) -> Count:
    """How many replicas a number wants of which each should have `target`, when so many are there."""
    replicas = present
    if not present or not near.cover(value / (target * present)):
        replicas = min(MOST, ceil(value / target))
    return Count(replicas, ceil(value / max(1, present)))


def requests_of(pods: Sequence[Any], container: str, metric: str) -> dict[str, int]:
    """What pods, or one container of each, ask for, in thousandths. Raises Unmeasured where one asks for nothing."""
    return {pod.metadata.name: _request(pod, container, metric) for pod in pods}


def _request(pod: Any, container: str, metric: str) -> int:
    name, spec = pod.metadata.name, pod.spec
    if not container and spec.resources is not None and spec.resources.requests:
        whole = spec.resources.requests.get(metric)
        if whole is None:
            raise Unmeasured(f"missing pod-level request for {metric} in Pod {name}")
        return int(whole.milli_value())
    sidecars = [each for each in spec.init_containers if each.restart_policy == "Always"]
    chosen = [each for each in (*spec.containers, *sidecars) if container in ("", each.name)]
    if not chosen:
        raise Unmeasured(f"container {container} not found in Pod {name}")
    total = 0
    for each in chosen:
        request = None if each.resources is None else each.resources.requests.get(metric)
        if request is None:
            raise Unmeasured(f"missing request for {metric} in container {each.name} of Pod {name}")
        total += request.milli_value()
    return total
