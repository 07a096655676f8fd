"""Opportunistic batching: identical pods in a row are proposed the nodes that the first one left over.

When a pod is scheduled and its node could not take another like it, the next pod, if it is identical and tried at
once, is proposed the second best node of that list, and so on: nothing is scored again. Pods are identical when
their signatures are; pods with topology spread constraints (their own or by default) or with pod affinity have none,
so with the default profile nothing is ever batched.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from .algorithm import Result
from .framework import CycleState, Framework, Listers
from .plugins import REGISTRY
from .plugins.inter_pod_affinity import InterPodAffinity
from .plugins.pod_topology_spread import PodTopologySpread
from .shapes import PodInfo
from .ties import heap_order

MAX_AGE = 0.5
"""Seconds after which a list of left-over nodes is not used any more."""

MAX_NODES = 1000
"""Larger clusters are not batched: their ledgers already spare the scoring."""

_POINTS = ("pre_filter", "filter", "pre_score", "score")


class Batch:
    """The left-over nodes of one profile. Plain data; forks by `fork`."""

    def __init__(self, framework: Framework, listers: Listers) -> None:
        plugins = {p.name: p for point in _POINTS for p in framework.plugins[point]}
        self._listers = listers
        self._labels = False
        self.possible = not framework.handle.extenders and all(
            type(p) is REGISTRY.get(name) or hasattr(p, "sign") for name, p in plugins.items()
        )
        self._custom = [p for p in plugins.values() if hasattr(p, "sign")]
        for plugin in plugins.values():
            if isinstance(plugin, PodTopologySpread) and plugin.defaults:
                self.possible = False
            if isinstance(plugin, InterPodAffinity) and not plugin.ignore_existing:
                self._labels = True
        self._signature: Hashable = None
        self._nodes: tuple[str, ...] = ()
        self._made = 0.0
        self._cycle = -1
        self._chosen = ""

    def copy_from(self, other: Batch) -> None:
        """Take over the state of another batch, for a fork."""
        self._signature, self._nodes, self._made = other._signature, other._nodes, other._made
        self._cycle, self._chosen = other._cycle, other._chosen

    def sign(self, pod: PodInfo) -> Hashable:
        """What makes a pod identical to another for this profile; None when it cannot be batched."""
        if not self.possible:
            return None
        shape, spec = pod.shape, pod.pod.spec
        if spec.topology_spread_constraints or shape.has_affinity or spec.resource_claims:
            return None
        if shape.requests.scalars and self._listers.list("DeviceClass"):
            return None
        affinity = None if spec.affinity is None else spec.affinity.node_affinity
        signature: list[Any] = [
            spec.scheduler_name,
            tuple(sorted(set(shape.images))),
            spec.tolerations,
            affinity,
            spec.node_selector,
            shape.ports,
            (shape.requests.milli_cpu, shape.requests.memory, shape.requests.ephemeral),
            tuple(sorted(shape.requests.scalars.items())),
            tuple(v for v in spec.volumes if v.config_map is None and v.secret is None),
            shape.labels if self._labels else None,
        ]
        signature += [plugin.sign(pod) for plugin in self._custom]
        return tuple(signature)

    def hint(
        self, framework: Framework, pod: PodInfo, state: CycleState, signature: Hashable, cycle: int, now: float
    ) -> str:
        """The node to try first, "" without one. It is taken off the list."""
        if not self._nodes or signature is None or signature != self._signature:
            return ""
        if cycle != self._cycle + 1 or now > self._made + MAX_AGE:
            return ""
        last = framework.handle.snapshot.node(self._chosen)
        if last is None:
            return ""
        status = framework.filter(state, pod, last)
        if status is None or not status.rejected:
            return ""
        hinted, self._nodes = self._nodes[0], self._nodes[1:]
        return hinted

    def store(self, signature: Hashable, result: Result, cycle: int, now: float) -> None:
        """A pod was given a node."""
        self._cycle, self._chosen = cycle, result.node
        if result.hinted:
            return
        names: Sequence[str] = result.feasible if signature is not None else ()
        if len(names) < 2:
            self._signature, self._nodes = None, ()
            return
        totals = result.totals
        order = [names[index] for index in heap_order([totals[name] for name in names])]
        self._signature, self._made = signature, now
        self._nodes = tuple(name for name in order if name != result.node)
