"""What a kubelet remembers of one pod: plain values, one frozen record a pod.

The life of a pod on its node is this table; `phase` below is the worker's, not the pod's:

    phase         on                                to
    -----------   -------------------------------   -----------
    syncing       deletion, eviction, deadline      terminating
    syncing       all containers ended for good     terminating
    terminating   all containers stopped            terminated
    terminated    status written, object gone       (forgotten)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ...values.frozen import FrozenMap

SYNCING = "syncing"
TERMINATING = "terminating"
TERMINATED = "terminated"

TRANSITIONS: Mapping[tuple[str, str], str] = {
    (SYNCING, "stop"): TERMINATING,
    (TERMINATING, "stopped"): TERMINATED,
}

CRASH_FIRST = 10.0
"""Seconds of the first crash-loop back-off; it doubles with every restart."""

CRASH_MAX = 300.0
CRASH_FORGET = 600.0
"""A container that ran longer than this starts its back-off anew."""

PULL_FIRST = 10.0
PULL_MAX = 300.0


@attrs.frozen(kw_only=True)
class ProbeState:
    """How far one probe of one container has got."""

    successes: int = 0
    failures: int = 0
    result: bool | None = None


@attrs.frozen(kw_only=True)
class Slot:
    """One container of the pod as the kubelet sees it, over all its attempts."""

    container: str = ""
    """The id of the current attempt in the runtime, or nothing yet."""
    restarts: int = 0
    last: str = ""
    """The id of the attempt before, which is kept for its state and log."""
    waiting: str = ""
    message: str = ""
    """Why it is not running, as far as the last sync knows."""
    backoff: float = 0.0
    backoff_at: float = 0.0
    """Seconds of the crash-loop back-off, and when it was last set."""
    pull_backoff: float = 0.0
    pull_after: float = 0.0
    before: Any = None
    """What the pod's status said of it when this kubelet first saw the pod: of an earlier life of the machine."""
    pulled_at: float | None = None
    """When the pull that is under way ends, and how long it has waited for others and lasted; None without one."""
    pull_waits: float = 0.0
    pull_lasts: float = 0.0
    started: bool = False
    ready: bool = False
    probes: FrozenMap[str, ProbeState] = FrozenMap()
    ticks: FrozenMap[str, float] = FrozenMap()
    """By probe: when it ticks next, or did last."""
    prompted: float | None = None
    """When a sync last asked for its readiness."""
    unhealthy: bool = False
    """Whether a probe has condemned the current attempt, which gets `unhealthy_grace` seconds to stop."""
    unhealthy_grace: float = 30.0


@attrs.frozen(kw_only=True)
class Worker:
    """One pod on one node."""

    uid: str
    key: str
    node: str
    pod: Any
    """The pod as this kubelet last saw it."""
    phase: str = SYNCING
    sandbox: str = ""
    sandbox_attempt: int = 0
    ip: str = ""
    started_at: float = 0.0
    slots: FrozenMap[str, Slot] = FrozenMap()
    reason: str = ""
    message: str = ""
    rejected: bool = False
    """Whether the kubelet did not take the pod, for `reason` and `message`."""
    failed: bool = False
    """Whether the kubelet itself ended the pod, with `reason` and `message`."""
    begun: bool = False
    """Once it has stopped, whether the turn of its main containers had come."""
    grace: float | None = None
    volume_backoff: float = 0.0
    volumes_ready: bool = False
    unmounted_at: float | None = None
    """When the volumes of a pod that has ended are unmounted: it is not deleted before."""
    wakes: float | None = None
    """When the next sync is due that nothing else asks for."""

    @classmethod
    def met(cls, pod: Any, **more: Any) -> Worker:
        """The record of a pod that a kubelet sees for the first time. What ran on its machine before is not there any
        more, and will start once again."""
        slots = {}
        for status in (*pod.status.init_container_statuses, *pod.status.container_statuses):
            ran = status.state.running is not None or status.state.terminated is not None
            if ran or status.restart_count:
                slots[status.name] = Slot(restarts=status.restart_count + ran, before=status)
        return cls(uid=pod.metadata.uid, pod=pod, slots=FrozenMap(slots), **more)

    def refused(self, reason: str, message: str) -> Worker:
        """The record of a pod that its node does not take: it has ended before it began."""
        return attrs.evolve(self, phase=TERMINATED, rejected=True, reason=reason, message=message)

    def slot(self, name: str) -> Slot:
        """What is known of a container; an empty record if nothing is."""
        return self.slots.get(name) or Slot()

    def with_slot(self, name: str, slot: Slot) -> Worker:
        """The worker with one container's record replaced."""
        return attrs.evolve(self, slots=FrozenMap({**self.slots, name: slot}))

    def moved(self, event: str) -> Worker:
        """The worker in the phase that an event leads to; the same if the event means nothing in this phase."""
        phase = TRANSITIONS.get((self.phase, event))
        return self if phase is None else attrs.evolve(self, phase=phase)
