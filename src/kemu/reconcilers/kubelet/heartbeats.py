"""Heartbeats: how a kubelet shows that it lives, without a write for each beat.

A real kubelet renews its Lease every ten seconds and reports its node's status every five minutes, changed or not.
Here the moments follow from when the kubelet began: who reads a Lease or a Node sees the last one that there was by
now. What is written is the end of the heartbeats, by whoever ends them, and their return.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from math import floor
from typing import Any

import attrs

from ...clock import Clock, exact
from ...objects import coordination, core, replaced
from ...values.times import MicroTime, Renewed, Time
from .nodes import CONDITIONS, Machine

RENEW_SECONDS = 10.0
"""How often a kubelet renews its Lease, and looks whether its node's status is still what it reported."""

REPORT_SECONDS = 300.0
"""How often it reports a status that is as it was."""

REPORTED = frozenset(type_ for type_, _, _, _ in CONDITIONS)


def last_beat(machine: Machine, now: float, period: float) -> float:
    """When a machine last showed that it lives, in seconds since the start."""
    until = now if machine.dark is None else min(machine.dark, now)
    return exact(machine.began + floor((until - machine.began + 1e-7) / period) * period)


def beat_after(machine: Machine, moment: float, period: float) -> float | None:
    """When it shows it for the first time after a moment; None if nothing is heard of it."""
    if machine.dark is not None:
        return None
    return exact(last_beat(machine, max(moment, machine.began), period) + period)


def next_beat(machine: Machine, now: float) -> float:
    """When it next does."""
    return exact(last_beat(machine, now, RENEW_SECONDS) + RENEW_SECONDS)


def renewal(machine: Machine, clock: Clock) -> MicroTime:
    """The `renewTime` of its Lease."""
    return MicroTime(round((clock.epoch + last_beat(machine, clock.now, RENEW_SECONDS)) * 1_000_000))


def lease_of_now(lease: coordination.Lease, machine: Machine | None, clock: Clock) -> Any:
    """A stored Lease as a reader sees it."""
    if machine is None or machine.dark is not None or lease.spec is None:
        return lease
    stored = lease.spec.renew_time
    shown = Renewed(max(renewal(machine, clock), stored or 0))
    return replaced(lease, spec=replaced(lease.spec, renew_time=shown))


MOST_IMAGES = 50
"""How many images a kubelet tells of."""


def node_of_now(node: core.Node, machine: Machine | None, clock: Clock, images: Iterable[str]) -> Any:
    """A stored Node as a reader sees it: with the time of the last report in what its kubelet reports, and with the
    images that its machine has, if it does not tell of any."""
    if machine is None:
        return node
    stamp = Time.at(clock.epoch + last_beat(machine, clock.now, REPORT_SECONDS))
    conditions = tuple([_of_now(condition, stamp) for condition in node.status.conditions])
    there = node.status.images or tuple(
        [core.ContainerImage(names=(each,)) for each in islice(sorted(images), MOST_IMAGES)]
    )
    return replaced(node, status=replaced(node.status, conditions=conditions, images=there))


def _of_now(condition: Any, stamp: Time) -> Any:
    reported = condition.last_heartbeat_time
    if condition.type not in REPORTED or reported is None or reported >= stamp:
        return condition
    return replaced(condition, last_heartbeat_time=stamp)


def gone_dark(machine: Machine, now: float) -> Machine:
    """The machine from a moment on at which nothing more is heard of it."""
    return machine if machine.dark is not None else attrs.evolve(machine, dark=now)


def come_back(machine: Machine, now: float) -> Machine:
    """The machine from a moment on at which its heartbeats are heard again."""
    return attrs.evolve(machine, dark=None, began=now)
