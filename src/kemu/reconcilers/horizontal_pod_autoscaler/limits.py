"""From a wanted number of replicas to one that may be set: bounds, recent recommendations, and how fast to go.

Pure. What an autoscaler remembers is a `Memory`: what was recommended and how it scaled lately. Without a behavior the
highest recommendation of five minutes counts, and one step goes up to twice the replicas or to four.

    wanted     4  8  2  2       each 15 s apart, one replica at first, at most 10
    allowed    4  8  8  8       down only when 8 is five minutes old
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import Any

import attrs

DOWN_WINDOW_SECONDS = 300
"""For how long a higher recommendation keeps the replicas up, if the behavior does not say."""

UP_FACTOR = 2
UP_AT_LEAST = 4
"""How far up one step may go without a behavior: twice as many, or four."""

Samples = tuple[tuple[int, float], ...]
"""Numbers of replicas, and when they were noted."""


@attrs.frozen
class Memory:
    """What the controller remembers of one autoscaler."""

    selector: str | None = None
    """What its target selected when it was last looked at; None before."""
    recommendations: Samples = ()
    ups: Samples = ()
    downs: Samples = ()
    """By how many replicas it has scaled in each direction; kept as long as a policy may ask."""

    def begun(self, replicas: int, now: float) -> Memory:
        """The first thing that is recommended is what is there."""
        return self if self.recommendations else attrs.evolve(self, recommendations=((replicas, now),))

    def scaled(self, behavior: Any, before: int, after: int, now: float) -> Memory:
        """What is remembered after a change; nothing reads it without a behavior."""
        if behavior is None:
            return self
        up = after > before
        rules, samples = (behavior.scale_up, self.ups) if up else (behavior.scale_down, self.downs)
        longest = max((policy.period_seconds for policy in rules.policies), default=0)
        kept = (*_since(samples, now - longest), (abs(after - before), now))
        return attrs.evolve(self, ups=kept) if up else attrs.evolve(self, downs=kept)


@attrs.frozen
class Bounds:
    """Between which numbers an autoscaler keeps its target."""

    least: int
    most: int


@attrs.frozen
class Limited:
    """What may be set, the memory after that, and what the conditions AbleToScale and ScalingLimited say of it."""

    replicas: int
    memory: Memory
    able: tuple[str, str]
    limited: bool
    why: tuple[str, str]


READY = ("ReadyForNewScale", "recommended size matches current size")
DOWN_STABILIZED = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
)
UP_STABILIZED = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
)
WITHIN = ("DesiredWithinRange", "the desired count is within the acceptable range")
TOO_MANY = ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
TOO_FEW = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
TOO_FAST_UP = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
TOO_FAST_DOWN = ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")


def decide(behavior: Any, bounds: Bounds, current: int, wanted: int, memory: Memory, now: float) -> Limited:
    """How many replicas to have, given how many the metrics want."""
    if behavior is None:
        kept = _since(memory.recommendations, now - DOWN_WINDOW_SECONDS)
        stable = max([wanted, *(replicas for replicas, _ in kept)])
        able = READY if stable == wanted else DOWN_STABILIZED
        replicas, why = _plain(bounds, current, stable)
    else:
        kept, stable = _stabilized(behavior, current, wanted, memory, now)
        stabilized = UP_STABILIZED if wanted >= current else DOWN_STABILIZED
        able = READY if stable == wanted else stabilized
        replicas, why = _paced(behavior, bounds, current, stable, memory, now)
    memory = attrs.evolve(memory, recommendations=(*kept, (wanted, now)))
    return Limited(replicas, memory, able, replicas != stable, why)


def _since(samples: Samples, when: float) -> Samples:
    return tuple([sample for sample in samples if sample[1] > when])


def _plain(bounds: Bounds, current: int, wanted: int) -> tuple[int, tuple[str, str]]:
    """Within the bounds, and not too far up at once."""
    limit = max(UP_FACTOR * current, UP_AT_LEAST)
    most, why = (limit, TOO_FAST_UP) if bounds.most > limit else (bounds.most, TOO_MANY)
    if wanted < bounds.least:
        return bounds.least, TOO_FEW
    return (most, why) if wanted > most else (wanted, WITHIN)


def _stabilized(behavior: Any, current: int, wanted: int, memory: Memory, now: float) -> tuple[Samples, int]:
    """The recommendations that may still count, and the nearest number to the current one that all of them allow."""
    up_window = behavior.scale_up.stabilization_window_seconds or 0
    said = behavior.scale_down.stabilization_window_seconds
    down_window = DOWN_WINDOW_SECONDS if said is None else said
    lately = memory.recommendations
    lowest = min([wanted, *(replicas for replicas, _ in _since(lately, now - up_window))])
    highest = max([wanted, *(replicas for replicas, _ in _since(lately, now - down_window))])
    return _since(lately, now - max(up_window, down_window)), min(max(current, lowest), highest)


def _paced(
    behavior: Any, bounds: Bounds, current: int, wanted: int, memory: Memory, now: float
) -> tuple[int, tuple[str, str]]:
    """Within the bounds, and as fast as the policies allow."""
    if wanted > current:
        limit = max(current, _limit(behavior.scale_up, current, memory, now, up=True))
        most, why = (limit, TOO_FAST_UP) if bounds.most > limit else (bounds.most, TOO_MANY)
        if wanted > most:
            return most, why
    elif wanted < current:
        limit = min(current, _limit(behavior.scale_down, current, memory, now, up=False))
        least, why = (limit, TOO_FAST_DOWN) if bounds.least < limit else (bounds.least, TOO_FEW)
        if wanted < least:
            return least, why
    return wanted, WITHIN


def _limit(rules: Any, current: int, memory: Memory, now: float, *, up: bool) -> int:
    """How far the policies of one direction go: the one that changes most, or least."""
    if rules.select_policy == "Disabled":
        return current
    proposals = [
        _proposed(policy, _before(policy.period_seconds, current, memory, now), up=up) for policy in rules.policies
    ]
    highest = up == (rules.select_policy != "Min")
    return _choose(proposals, highest=highest)


def _choose(proposals: Iterable[int], *, highest: bool) -> int:
    return max(proposals) if highest else min(proposals)


def _before(seconds: int, current: int, memory: Memory, now: float) -> int:
    """How many replicas there were at the beginning of a period that ends now."""
    added = sum(replicas for replicas, _ in _since(memory.ups, now - seconds))
    removed = sum(replicas for replicas, _ in _since(memory.downs, now - seconds))
    return current - added + removed


def _proposed(policy: Any, replicas: int, *, up: bool) -> int:
    """As far as one policy goes from so many replicas. Up, a percentage is rounded up, so that one replica can grow."""
    if policy.type == "Pods":
        return replicas + policy.value if up else replicas - policy.value
    if up:
        return ceil(replicas * (1 + policy.value / 100))
    return int(replicas * (1 - policy.value / 100))
