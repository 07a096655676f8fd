"""NodeDeclaredFeatures: pods that need a feature run only on nodes that declare it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from ..events import NODE, POD, Action, Registration
from ..framework import SKIP, CycleState, Plugin, Status, unresolvable
from ..nodes import NodeInfo
from ..shapes import PodInfo
from ..tallies import Depends

REASON = "node(s) didn't match Pod's required features"


def needed_features(spec: Any) -> frozenset[str]:
    """The node features that a pod spec needs."""
    needed = set()
    for container in (*spec.init_containers, *spec.containers):
        if container.restart_policy_rules and any(
            r.action == "RestartAllContainers" for r in container.restart_policy_rules
        ):
            needed.add("RestartAllContainersOnContainerExits")
    return frozenset(needed)


class NodeDeclaredFeatures(Plugin):
    """Matches `status.declaredFeatures` of nodes."""

    name = "NodeDeclaredFeatures"
    depends = Depends.NODE

    def sign(self, pod: PodInfo) -> Hashable:
        """Nothing, as upstream."""
        return ()

    def pre_filter(self, state: CycleState, pod: PodInfo) -> Status | None:
        """Skip pods that need nothing special."""
        needed = needed_features(pod.pod.spec)
        if not needed:
            return SKIP
        state[self.name] = needed
        return None

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Refuse a node that lacks a feature."""
        needed: frozenset[str] = state[self.name]
        return None if needed <= frozenset(node.node.status.declared_features) else unresolvable(REASON)  # type: ignore[union-attr]

    def events(self) -> Iterable[Registration]:
        """A node appeared or declared more; the pod changed."""
        return (
            Registration(NODE, Action.ADD | Action.NODE_FEATURE, "after_node"),
            Registration(POD, Action.UPDATE, "after_pod"),
        )

    def after_node(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """The declared features changed."""
        return old is None or old.status.declared_features != new.status.declared_features

    def after_pod(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """The pod itself needs other features now."""
        return new.metadata.uid == pod.uid and needed_features(old.spec) != needed_features(new.spec)
