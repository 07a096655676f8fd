"""How NodeResourcesFit and NodeResourcesBalancedAllocation turn requests into scores.

A scorer gets, per configured resource, (requested with the pod, requested without it, allocatable) and gives 0 to 100.
All of it is whole numbers, divided as Go divides, but for the balance, which is in floats as upstream.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ....objects.pod_resources import CPU, EPHEMERAL_STORAGE, MEMORY, Resources, is_scalar
from ..framework import MAX_SCORE
from ..nodes import NodeInfo

Row = tuple[int, int, int]
Scorer = Callable[[Sequence[tuple[int, Row]]], int]

_DEFAULT_RESOURCES: tuple[dict[str, Any], ...] = ({"name": CPU, "weight": 1}, {"name": MEMORY, "weight": 1})


def weighted_resources(spec: Sequence[Mapping[str, Any]] | None) -> tuple[tuple[str, int], ...]:
    """(name, weight) of the resources to score; CPU and memory when none are configured."""
    return tuple((r["name"], int(r.get("weight") or 1)) for r in (spec or _DEFAULT_RESOURCES))


def go_divide(dividend: int, divisor: int) -> int:
    """Integer division that rounds towards zero."""
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient


def _average(parts: Sequence[tuple[int, int]]) -> int:
    weights = sum(weight for weight, _ in parts)
    return sum(weight * score for weight, score in parts) // weights if weights else 0


def least_allocated(rows: Sequence[tuple[int, Row]]) -> int:
    """The emptier the better."""
    return _average([(w, (a - r) * MAX_SCORE // a if r <= a else 0) for w, (r, _, a) in rows])


def most_allocated(rows: Sequence[tuple[int, Row]]) -> int:
    """The fuller the better."""
    return _average([(w, min(r, a) * MAX_SCORE // a) for w, (r, _, a) in rows])


class RequestedToCapacityRatio:
    """A score along a broken line over utilisation; resources that score 0 do not count in the average."""

    def __init__(self, shape: Sequence[Mapping[str, int]]) -> None:
        self._points = [(int(p.get("utilization") or 0), int(p.get("score") or 0) * 10) for p in shape]

    def _along(self, utilization: int) -> int:
        points = self._points
        for index, (x, y) in enumerate(points):
            if utilization <= x:
                if index == 0:
                    return y
                x0, y0 = points[index - 1]
                return y0 + go_divide((y - y0) * (utilization - x0), x - x0)
        return points[-1][1]

    def __call__(self, rows: Sequence[tuple[int, Row]]) -> int:
        total = weights = 0
        for weight, (requested, _, allocatable) in rows:
            part = self._along(MAX_SCORE if requested > allocatable else requested * MAX_SCORE // allocatable)
            if part > 0:
                total += part * weight
                weights += weight
        return math.floor(total / weights + 0.5) if weights else 0


def balanced(rows: Sequence[tuple[int, Row]]) -> int:
    """50 and more by how far the pod brings the use of the resources closer to each other."""
    with_pod = _balance([(requested, allocatable) for _, (requested, _, allocatable) in rows])
    without = _balance([(allocated, allocatable) for _, (_, allocated, allocatable) in rows])
    half = MAX_SCORE // 2
    return half + go_divide(half + with_pod - without, 2)


def _balance(pairs: Sequence[tuple[int, int]]) -> int:
    fractions = [min(used / capacity, 1.0) for used, capacity in pairs]
    deviation = 0.0
    if len(fractions) == 2:
        deviation = abs((fractions[0] - fractions[1]) / 2)
    elif len(fractions) > 2:
        total = 0.0
        for fraction in fractions:
            total += fraction
        mean = total / len(fractions)
        squares = 0.0
        for fraction in fractions:
            squares = squares + (fraction - mean) * (fraction - mean)
        deviation = math.sqrt(squares / len(fractions))
    return int((1 - deviation) * float(MAX_SCORE))


def rows(
    resources: Sequence[tuple[str, int]], asked: Resources, node: NodeInfo, *, counted: bool
) -> list[tuple[int, Row]]:
    """Weight and numbers of every resource that the node has. With `counted`, pods without requests count a little."""
    found: list[tuple[int, Row]] = []
    for name, weight in resources:
        if name == CPU:
            wanted, allocatable = asked.milli_cpu, node.allocatable.milli_cpu
            used = node.counted_cpu if counted else node.requested.milli_cpu
        elif name == MEMORY:
            wanted, allocatable = asked.memory, node.allocatable.memory
            used = node.counted_memory if counted else node.requested.memory
        elif name == EPHEMERAL_STORAGE:
            wanted, allocatable, used = asked.ephemeral, node.allocatable.ephemeral, node.requested.ephemeral
        else:
            wanted = asked.scalars.get(name, 0)
            if not wanted and is_scalar(name):
                continue
            allocatable, used = node.allocatable.scalars.get(name, 0), node.requested.scalars.get(name, 0)
        if allocatable:
            found.append((weight, (used + wanted, used, allocatable)))
    return found
