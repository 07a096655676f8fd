"""NodeResourcesBalancedAllocation: prefer nodes whose resources the pod would use evenly."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from ..framework import SKIP, CycleState, Handle, Plugin, Status
from ..nodes import NodeInfo
from ..shapes import PodInfo
from ..tallies import Depends
from .node_resources import balanced, rows, weighted_resources


class NodeResourcesBalancedAllocation(Plugin):
    """Scores balance."""

    name = "NodeResourcesBalancedAllocation"
    depends = Depends.NODE_PODS

    def __init__(self, args: Mapping[str, Any], handle: Handle) -> None:
        super().__init__(args, handle)
        self.resources = weighted_resources(args.get("resources"))

    def sign(self, pod: PodInfo) -> Hashable:
        """The requests."""
        return pod.shape.requests.frozen()

    def pre_score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> Status | None:
        """Skip pods that ask for nothing."""
        asked = pod.shape.requests
        return None if any(asked.get(name) for name, _ in self.resources) else SKIP

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        """How much evener the use becomes."""
        return balanced(rows(self.resources, pod.shape.requests, node, counted=False))
