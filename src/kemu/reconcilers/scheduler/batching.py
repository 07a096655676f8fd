"""Opportunistic batching: identical pods in a row are proposed the nodes that the first one left over.

When a pod is scheduled and its node could not take another like it, the next pod, if it is identical and tried at
once, is proposed the second best node of that list, and so on: nothing is scored again. Pods are identical when
their signatures are; pods with topology spread constraints (their own or by default) or with pod affinity have none,
so with the default profile nothing is ever batched.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import attrs

from ...objects.codec import encode
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


def _images(pod: PodInfo) -> Hashable:
    return tuple(sorted(set(pod.shape.images)))


def _tolerations(pod: PodInfo) -> Hashable:
    return tuple(sorted(pod.pod.spec.tolerations, key=lambda t: (t.key or "", t.value or "")))


def _node_name(pod: PodInfo) -> Hashable:
    return pod.pod.spec.node_name


def _ports(pod: PodInfo) -> Hashable:
    """Numbers only: upstream leaves protocol and address out."""
    spec = pod.pod.spec
    ports = (port.host_port for container in (*spec.containers, *spec.init_containers) for port in container.ports)
    return tuple(sorted({port for port in ports if port}))


def _requests(pod: PodInfo) -> Hashable:
    requests = pod.shape.requests
    return requests.milli_cpu, requests.memory, requests.ephemeral, tuple(sorted(requests.scalars.items()))


def _volumes(pod: PodInfo) -> Hashable:
    """Sources, without the names of the volumes."""
    volumes = (v for v in pod.pod.spec.volumes if v.config_map is None and v.secret is None)
    return tuple(sorted(json.dumps({**encode(v), "name": ""}, sort_keys=True) for v in volumes))


def _labels(pod: PodInfo) -> Hashable:
    return tuple(sorted(pod.pod.metadata.labels.items()))


def _node_affinity(pod: PodInfo) -> Hashable:
    """Node selector and node affinity, in whatever order their terms are written."""
    spec = pod.pod.spec
    selector = tuple(sorted(spec.node_selector.items()))
    affinity = None if spec.affinity is None else spec.affinity.node_affinity
    if affinity is None:
        return selector, None
    required = affinity.required_during_scheduling_ignored_during_execution
    preferred = affinity.preferred_during_scheduling_ignored_during_execution
    terms = () if required is None else tuple(sorted(_term(term) for term in required.node_selector_terms))
    return selector, terms, tuple(sorted((t.weight, _term(t.preference)) for t in preferred))


def _term(term: Any) -> tuple[Any, ...]:
    return tuple(
        tuple(sorted((r.key, r.operator, tuple(sorted(r.values))) for r in requirements))
        for requirements in (term.match_expressions, term.match_fields)
    )


_PARTS: Mapping[Callable[[PodInfo], Hashable], tuple[str, ...]] = {
    _images: ("ImageLocality",),
    _tolerations: ("TaintToleration", "NodeUnschedulable"),
    _node_name: ("NodeName",),
    _ports: ("NodePorts",),
    _requests: ("NodeResourcesFit", "NodeResourcesBalancedAllocation"),
    _volumes: ("VolumeBinding", "VolumeZone", "VolumeRestrictions", "NodeVolumeLimits"),
    _node_affinity: ("NodeAffinity",),
}
"""What belongs to the signature when one of the plugins is in the profile."""


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
        self.possible = not extenders and all(
            type(p) is REGISTRY.get(name) or hasattr(p, "sign") for name, p in plugins.items()
        )
        self._custom = [p for p in plugins.values() if hasattr(p, "sign")]
        self._parts = [part for part, names in _PARTS.items() if any(name in plugins for name in names)]
        self._spread, self._devices = "PodTopologySpread" in plugins, "DynamicResources" in plugins
        self._affinity = "InterPodAffinity" in plugins
        for plugin in plugins.values():
            if isinstance(plugin, PodTopologySpread) and plugin.defaults:
                self.possible = False
            if isinstance(plugin, InterPodAffinity) and not plugin.ignore_existing:
                self._parts.append(_labels)

    def sign(self, pod: PodInfo, listers: Listers) -> Hashable:
        """What makes a pod identical to another for this profile; None when it cannot be batched."""
        if not self.possible:
            return None
        shape, spec = pod.shape, pod.pod.spec
        if self._spread and spec.topology_spread_constraints:
            return None
        if self._affinity and shape.has_affinity:
            return None
        if self._devices and (spec.resource_claims or (shape.requests.scalars and listers.list("DeviceClass"))):
            return None
        parts: list[Hashable] = [spec.scheduler_name]
        parts += [part(pod) for part in self._parts]
        parts += [plugin.sign(pod) for plugin in self._custom]
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
