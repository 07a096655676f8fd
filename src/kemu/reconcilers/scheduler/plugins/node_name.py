"""NodeName: a pod that names a node runs there or nowhere."""

from __future__ import annotations

from collections.abc import Iterable

from ..events import NODE, Action, Registration
from ..framework import CycleState, Plugin, Status, unresolvable
from ..nodes import NodeInfo
from ..shapes import PodInfo

REASON = "node(s) didn't match the requested node name"


class NodeName(Plugin):
    """Matches `spec.nodeName`."""

    name = "NodeName"
    local = True

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Refuse every node but the named one."""
        wanted = pod.pod.spec.node_name
        return unresolvable(REASON) if wanted and wanted != node.name else None

    def events(self) -> Iterable[Registration]:
        """A node was created."""
        return (Registration(NODE, Action.ADD),)
