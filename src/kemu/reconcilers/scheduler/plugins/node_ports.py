"""NodePorts: two pods cannot have the same host port on one node."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..events import NODE, POD, Action, Registration
from ..framework import SKIP, CycleState, Plugin, Status, unschedulable
from ..nodes import NodeInfo
from ..resources import host_ports
from ..shapes import PodInfo

REASON = "node(s) didn't have free ports for the requested pod ports"


class NodePorts(Plugin):
    """Finds nodes whose host ports are free."""

    name = "NodePorts"
    local = True

    def pre_filter(self, state: CycleState, pod: PodInfo) -> Status | None:
        """Skip pods without host ports."""
        return None if pod.shape.ports else SKIP

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Refuse a node on which a wanted port is taken."""
        return unschedulable(REASON) if node.conflicts(pod.shape.ports) else None

    def events(self) -> Iterable[Registration]:
        """A pod left a node; a node was created."""
        return (Registration(POD, Action.DELETE, "after_pod_deleted"), Registration(NODE, Action.ADD))

    def after_pod_deleted(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """The deleted pod held one of the wanted ports."""
        if not old.spec.node_name and not old.status.nominated_node_name:
            return False
        freed = NodeInfo("")
        freed.ports = dict.fromkeys(host_ports(old))
        return freed.conflicts(pod.shape.ports)
