"""NodeResourcesFit: the node must have room for what the pod asks; how full it gets is its score."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from ....objects.pod_resources import CPU, EPHEMERAL_STORAGE, MEMORY, Resources, is_extended, is_scalar, pod_requests
from ..events import NODE, POD, Action, Registration
from ..framework import Code, CycleState, Handle, Plugin, Status
from ..nodes import NodeInfo
from ..shapes import PodInfo
from ..tallies import Depends
from .node_resources import RequestedToCapacityRatio, Scorer, least_allocated, most_allocated, rows, weighted_resources


class NodeResourcesFit(Plugin):
    """Compares requests with what is allocatable."""

    name = "NodeResourcesFit"
    depends = Depends.NODE_PODS

    def __init__(self, args: Mapping[str, Any], handle: Handle) -> None:
        super().__init__(args, handle)
        self.ignored = frozenset(args.get("ignoredResources") or ())
        self.ignored_groups = frozenset(args.get("ignoredResourceGroups") or ())
        strategy = args.get("scoringStrategy") or {}
        self.resources = weighted_resources(strategy.get("resources"))
        kind = strategy.get("type") or "LeastAllocated"
        self.scorer: Scorer
        if kind == "RequestedToCapacityRatio":
            self.scorer = RequestedToCapacityRatio(strategy["requestedToCapacityRatio"]["shape"])
        else:
            self.scorer = most_allocated if kind == "MostAllocated" else least_allocated

    def sign(self, pod: PodInfo) -> Hashable:
        """The requests."""
        return pod.shape.requests.frozen()

    def pre_filter(self, state: CycleState, pod: PodInfo) -> None:
        """Nothing to prepare: requests are kept by the pod's shape."""

    def _lacking(self, asked: Resources, node: NodeInfo, ignore: bool) -> list[tuple[str, bool]]:
        """(reason, whether not even the empty node would do) of everything that does not fit."""
        have, used = node.allocatable, node.requested
        found: list[tuple[str, bool]] = []
        if len(node.pods) + 1 > have.pods:
            found.append(("Too many pods", False))
        cpu, memory, ephemeral = asked.milli_cpu, asked.memory, asked.ephemeral
        if cpu and cpu > have.milli_cpu - used.milli_cpu:
            found.append(("Insufficient cpu", cpu > have.milli_cpu))
        if memory and memory > have.memory - used.memory:
            found.append(("Insufficient memory", memory > have.memory))
        if ephemeral and ephemeral > have.ephemeral - used.ephemeral:
            found.append(("Insufficient ephemeral-storage", ephemeral > have.ephemeral))
        for name, amount in asked.scalars.items():
            if not amount:
                continue
            total = have.scalars.get(name, 0)
            if amount <= total - used.scalars.get(name, 0):
                continue
            if ignore and is_extended(name):
                if name in self.ignored or name.split("/")[0] in self.ignored_groups:
                    continue
            found.append((f"Insufficient {name}", amount > total))
        return found

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Name every resource that is short; unresolvable when the empty node would be too small as well."""
        lacking = self._lacking(pod.shape.requests, node, True)
        if not lacking:
            return None
        code = Code.UNRESOLVABLE if any(hopeless for _, hopeless in lacking) else Code.UNSCHEDULABLE
        return Status(code, *(reason for reason, _ in lacking))

    def pre_score(self, state: CycleState, pod: PodInfo, nodes: object) -> None:
        """Nothing to prepare: requests are kept by the pod's shape."""

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        """By the configured strategy."""
        return self.scorer(rows(self.resources, pod.shape.scoring, node, counted=True))

    def events(self) -> Iterable[Registration]:
        """A pod left or shrank; a node appeared or grew."""
        return (
            Registration(POD, Action.DELETE | Action.POD_SCALE_DOWN, "after_pod"),
            Registration(NODE, Action.ADD | Action.NODE_ALLOCATABLE, "after_node"),
        )

    def after_pod(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """A placed pod was deleted, or asks for less of something this pod needs."""
        if new is None:
            return bool(old.spec.node_name or old.status.nominated_node_name)
        if new.metadata.uid == pod.uid:
            return True
        if not new.spec.node_name:
            return False
        before = Resources(pod_requests(old, use_status=True))
        after = Resources(pod_requests(new, use_status=True))
        names = (CPU, MEMORY, EPHEMERAL_STORAGE, *filter(is_scalar, pod.shape.requests.scalars))
        return any(pod.shape.requests.get(n) and before.get(n) > after.get(n) for n in names)

    def after_node(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """The empty node would do, and it did not before or has more of what is needed."""
        fresh, asked = NodeInfo(new.metadata.name, new), pod.shape.requests
        if self._lacking(asked, fresh, False):
            return False
        if old is None:
            return True
        before, after = Resources(old.status.allocatable), fresh.allocatable
        if after.pods > before.pods:
            return True
        names = (CPU, MEMORY, EPHEMERAL_STORAGE, *asked.scalars)
        return any(asked.get(n) and after.get(n) > before.get(n) for n in names)
