"""NodeName: a pod that names a node runs there or nowhere."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from ..events import NODE, Action, Registration
from ..framework import CycleState, Plugin, Status, unresolvable
from ..nodes import NodeInfo
from ..shapes import PodInfo
from ..tallies import Depends

REASON = "node(s) didn't match the requested node name"


class NodeName(Plugin):
    """Matches `spec.nodeName`."""

    name = "NodeName"
    depends = Depends.NODE

    def sign(self, pod: PodInfo) -> Hashable:
        """The name."""
        return pod.pod.spec.node_name or ""

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Refuse every node but the named one."""
        wanted = pod.pod.spec.node_name
        return unresolvable(REASON) if wanted and wanted != node.name else None

    def events(self) -> Iterable[Registration]:
        """A node was created."""
        return (Registration(NODE, Action.ADD),)
