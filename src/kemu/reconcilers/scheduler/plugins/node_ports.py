"""NodePorts: two pods cannot have the same host port on one node."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from ....objects.pod_resources import host_ports
from ..events import NODE, POD, Action, Registration
from ..framework import SKIP, CycleState, Plugin, Status, unschedulable
from ..nodes import NodeInfo
from ..shapes import PodInfo
from ..tallies import Depends

REASON = "node(s) didn't have free ports for the requested pod ports"


class NodePorts(Plugin):
    """Finds nodes whose host ports are free."""

    name = "NodePorts"
    depends = Depends.NODE_PODS

    def sign(self, pod: PodInfo) -> Hashable:
        """Numbers only: upstream leaves protocol and address out."""
        spec = pod.pod.spec
        ports = (port.host_port for container in (*spec.containers, *spec.init_containers) for port in container.ports)
        return tuple(sorted({port for port in ports if port}))

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
