"""SchedulingGates: a pod with scheduling gates stays out of the queue until they are gone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..events import POD, Action, Registration
from ..framework import Plugin, Status, unresolvable
from ..shapes import PodInfo


class SchedulingGates(Plugin):
    """Keeps gated pods waiting."""

    name = "SchedulingGates"

    def pre_enqueue(self, pod: PodInfo) -> Status | None:
        """Turn the pod away while it has gates."""
        gates = pod.pod.spec.scheduling_gates
        if not gates:
            return None
        return unresolvable(f"waiting for scheduling gates: [{' '.join(gate.name for gate in gates)}]")

    def events(self) -> Iterable[Registration]:
        """The last gate was removed."""
        return (Registration(POD, Action.POD_GATES_GONE, "after_gates_gone"),)

    def after_gates_gone(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """Only its own gates matter to a pod."""
        return bool(new.metadata.uid == pod.uid)
