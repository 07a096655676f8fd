"""NodeUnschedulable: no new pods on a cordoned node, unless they tolerate it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from ....objects import core
from ....objects.tolerations import tolerates
from ....wellknown import UNSCHEDULABLE
from ..events import NODE, POD, Action, Registration
from ..framework import CycleState, Plugin, Status, unresolvable
from ..nodes import NodeInfo
from ..shapes import PodInfo
from ..tallies import Depends
from .taint_toleration import sorted_tolerations

REASON = "node(s) were unschedulable"
TAINT = core.Taint(key=UNSCHEDULABLE, effect="NoSchedule")


class NodeUnschedulable(Plugin):
    """Honours `spec.unschedulable` of nodes."""

    name = "NodeUnschedulable"
    depends = Depends.NODE

    def sign(self, pod: PodInfo) -> Hashable:
        """The tolerations."""
        return sorted_tolerations(pod)

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Refuse a cordoned node."""
        if not node.node.spec.unschedulable or tolerates(pod.pod.spec.tolerations, TAINT):  # type: ignore[union-attr]
            return None
        return unresolvable(REASON)

    def events(self) -> Iterable[Registration]:
        """A node appeared or was uncordoned; the pod got a toleration."""
        return (
            Registration(NODE, Action.ADD | Action.NODE_TAINT, "after_node"),
            Registration(POD, Action.POD_TOLERATION, "after_toleration"),
        )

    def after_node(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """The node is open now and was not before."""
        if old is None:
            return not new.spec.unschedulable
        return bool(old.spec.unschedulable and not new.spec.unschedulable)

    def after_toleration(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """The pod itself tolerates cordoned nodes now."""
        return new.metadata.uid == pod.uid and tolerates(new.spec.tolerations, TAINT)
