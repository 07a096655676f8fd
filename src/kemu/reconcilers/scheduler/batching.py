"""Opportunistic batching: identical pods in a row are proposed the nodes that the first one left over.

When a pod is scheduled and its node could not take another like it, the next pod, if it is identical and tried at
once, is proposed the second best node of that list, and so on: nothing is scored again. Pods are identical when
their signatures are, to which every plugin that helps to decide adds with `sign(pod)`: what it looks at in the pod, or
None for a pod that is like no other. A plugin without the method, or whose `signs` is False, keeps its whole profile
from being batched: in the default profile pods are spread by default, and nothing is batched.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import attrs

from .algorithm import Result
from .framework import CycleState, Framework, implements
from .shapes import PodInfo
from .ties import heap_order

MAX_AGE = 0.5
"""Seconds after which a list of left-over nodes is not used any more."""

MAX_NODES = 1000
"""Larger clusters are not batched: their ledgers already spare the scoring."""

_POINTS = ("pre_filter", "filter", "pre_score", "score")


@attrs.frozen
class Batch:
    """The left-over nodes of one profile, best first."""

    signature: Any
    """Of the pods that they are for; None without any."""
    nodes: tuple[str, ...]
    made: float
    """When they were found."""
    cycle: int
    """The last attempt that found a node, and the node."""
    chosen: str


NO_BATCH = Batch(None, (), 0.0, -1, "")


class Batching:
    """Which pods of a profile are identical, and what may be proposed to them. Wiring, which forks share."""

    def __init__(self, framework: Framework, extenders: Sequence[Any]) -> None:
        plugins = {p.name: p for point in _POINTS for p in framework.plugins[point]}
        self._framework = framework
        self._signing = list(plugins.values())
        self.possible = not extenders and all(
            implements(plugin, "sign") and getattr(plugin, "signs", True) for plugin in self._signing
        )

    def sign(self, pod: PodInfo) -> Hashable:
        """What makes a pod identical to another for this profile; None when it cannot be batched."""
        if not self.possible:
            return None
        parts: list[Hashable] = [pod.pod.spec.scheduler_name]
        for plugin in self._signing:
            part = plugin.sign(pod)
            if part is None:
                return None
            parts.append(part)
        return tuple(parts)

    def usable(self, batch: Batch, signature: Hashable, cycle: int, now: float) -> bool:
        """Whether a pod of this signature, tried at once after the last one, may be proposed a node."""
        if not batch.nodes or signature is None or signature != batch.signature:
            return False
        return cycle == batch.cycle + 1 and now <= batch.made + MAX_AGE

    def full(self, batch: Batch, pod: PodInfo, state: CycleState) -> bool:
        """Whether the node that was chosen last cannot take this pod as well."""
        last = self._framework.handle.snapshot.node(batch.chosen)
        if last is None:
            return False
        status = self._framework.filter(state, pod, last)
        return status is not None and status.rejected

    @staticmethod
    def after(batch: Batch, signature: Hashable, result: Result, cycle: int, now: float) -> Batch:
        """What is left over when a pod was given a node."""
        if result.hinted:
            return attrs.evolve(batch, cycle=cycle, chosen=result.node)
        names: Sequence[str] = result.feasible if signature is not None else ()
        if len(names) < 2:
            return Batch(None, (), batch.made, cycle, result.node)
        totals = result.totals
        order = [names[index] for index in heap_order([totals[name] for name in names])]
        return Batch(signature, tuple(name for name in order if name != result.node), now, cycle, result.node)
