"""TaintToleration: taints keep pods away that do not tolerate them; PreferNoSchedule taints only cost score."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from ....objects.tolerations import tolerates, untolerated
from ..events import NODE, POD, Action, Registration
from ..framework import CycleState, Plugin, Status, default_normalize, unresolvable
from ..nodes import NodeInfo
from ..shapes import PodInfo
from ..tallies import Depends

REASON = "node(s) had untolerated taint(s)"


def sorted_tolerations(pod: PodInfo) -> Hashable:
    """The tolerations of a pod, in whatever order they are written."""
    return tuple(sorted(pod.pod.spec.tolerations, key=lambda t: (t.key or "", t.value or "")))


class TaintToleration(Plugin):
    """Matches taints of nodes with tolerations of pods."""

    name = "TaintToleration"
    depends = Depends.NODE

    def sign(self, pod: PodInfo) -> Hashable:
        """The tolerations."""
        return sorted_tolerations(pod)

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Refuse a node with an untolerated NoSchedule or NoExecute taint."""
        taints = node.node.spec.taints  # type: ignore[union-attr]
        if not taints or untolerated(taints, pod.pod.spec.tolerations) is None:
            return None
        return unresolvable(REASON)

    def pre_score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> Status | None:
        """Keep the tolerations that count for PreferNoSchedule."""
        state[self.name] = tuple(t for t in pod.pod.spec.tolerations if not t.effect or t.effect == "PreferNoSchedule")
        return None

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        """How many PreferNoSchedule taints are not tolerated; fewer is better."""
        taints = node.node.spec.taints  # type: ignore[union-attr]
        return sum(t.effect == "PreferNoSchedule" and not tolerates(state[self.name], t) for t in taints)

    def normalize(self, state: CycleState, pod: PodInfo, scores: dict[str, int]) -> None:
        """None is 100, the most is 0."""
        default_normalize(scores, reverse=True)

    def events(self) -> Iterable[Registration]:
        """A node appeared or changed taints; the pod got a toleration."""
        return (
            Registration(NODE, Action.ADD | Action.NODE_TAINT, "after_node"),
            Registration(POD, Action.POD_TOLERATION, "after_toleration"),
        )

    def after_node(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """The node is tolerated now and was not before."""
        tolerations = pod.pod.spec.tolerations
        was = old is None or untolerated(old.spec.taints, tolerations) is not None
        return was and untolerated(new.spec.taints, tolerations) is None

    def after_toleration(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """Only its own tolerations matter to a pod."""
        return bool(new.metadata.uid == pod.uid)
