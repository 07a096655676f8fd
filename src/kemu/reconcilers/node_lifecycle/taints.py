"""Which taints a node has for what its conditions say: pure functions of a Node."""

from __future__ import annotations

from typing import Any

from ...objects import core
from ...objects.conditions import find_condition
from ...values.times import Time
from ...wellknown import (
    DISK_PRESSURE,
    MEMORY_PRESSURE,
    NETWORK_UNAVAILABLE,
    NOT_READY,
    PID_PRESSURE,
    UNREACHABLE,
    UNSCHEDULABLE,
)

BY_CONDITION = {
    ("Ready", "False"): NOT_READY,
    ("Ready", "Unknown"): UNREACHABLE,
    ("MemoryPressure", "True"): MEMORY_PRESSURE,
    ("DiskPressure", "True"): DISK_PRESSURE,
    ("PIDPressure", "True"): PID_PRESSURE,
    ("NetworkUnavailable", "True"): NETWORK_UNAVAILABLE,
}
"""The NoSchedule taint of a condition and its status."""

OWN = frozenset((*BY_CONDITION.values(), UNSCHEDULABLE))
EVICTING = {"False": NOT_READY, "Unknown": UNREACHABLE}
"""The NoExecute taint of a node, by the status of its Ready condition."""


def ready_status(node: Any) -> str:
    """The status of a node's Ready condition; Unknown if it has none."""
    found = find_condition(node.status.conditions, "Ready")
    return "Unknown" if found is None else found.status


def repelling(node: Any, now: Time) -> tuple[Any, ...]:
    """The taints of a node, with those of effect NoSchedule that its conditions and `unschedulable` call for.

    The same tuple if nothing changes.
    """
    wanted = [
        BY_CONDITION[condition.type, condition.status]
        for condition in node.status.conditions
        if (condition.type, condition.status) in BY_CONDITION
    ]
    if node.spec.unschedulable:
        wanted.append(UNSCHEDULABLE)
    return _with(node.spec.taints, "NoSchedule", wanted, now)


def evicting(node: Any, now: Time) -> tuple[Any, ...]:
    """The taints of a node, with the one of effect NoExecute that its Ready condition calls for, and no other such."""
    return _with(node.spec.taints, "NoExecute", [EVICTING[ready_status(node)]], now)


def clear(node: Any) -> tuple[Any, ...]:
    """The taints of a node without those by which this controller evicts pods."""
    return _with(node.spec.taints, "NoExecute", [], Time(0))


def evicts(node: Any) -> bool:
    """Whether a node has a taint by which this controller evicts pods."""
    return any(taint.effect == "NoExecute" and taint.key in EVICTING.values() for taint in node.spec.taints)


def _with(taints: tuple[Any, ...], effect: core.TaintEffect, wanted: list[str], now: Time) -> tuple[Any, ...]:
    own = OWN if effect == "NoSchedule" else frozenset(EVICTING.values())
    kept = tuple([taint for taint in taints if taint.effect != effect or taint.key not in own or taint.key in wanted])
    present = {taint.key for taint in kept if taint.effect == effect}
    added = tuple([core.Taint(key=key, effect=effect, time_added=now) for key in wanted if key not in present])
    return taints if len(kept) == len(taints) and not added else (*kept, *added)
