"""Whether a node takes a pod that is bound to it: what its kubelet asks before anything else. Everything is pure.

The scheduler asks the same of nodes. But a pod can name its node itself, two schedulers can choose one place, and a
node can change after it was chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from ...objects import core
from ...objects.node_selectors import RequiredNodes
from ...objects.pod_resources import PODS, Port, Resources, clash, host_ports, is_extended, pod_requests
from ...objects.tolerations import untolerated
from ...values.memo import Memo

OS = "kubernetes.io/os"


@attrs.frozen
class Refusal:
    """Why a node does not take a pod: the reason of its status, and the message of the event."""

    reason: str
    message: str


GOES_DOWN = Refusal("NodeShutdown", "Pod was rejected as the node is shutting down.")


def refusal(pod: Any, node: Any, used: Mapping[str, int], ports: Iterable[Port]) -> Refusal | None:
    """The first reason why a node does not take a pod, or None.

    `used` is what the pods ask for that it has taken, and how many they are; `ports` are the host ports that they have.
    CPU is counted in thousandths, all else in units.
    """
    return _of_system(pod, node) or short_of(pod.spec, node, used) or _elsewhere(pod, node, ports)


def _of_system(pod: Any, node: Any) -> Refusal | None:
    system = node.status.node_info.operating_system
    if pod.metadata.labels.get(OS, system) != system:
        text = "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label"
        return Refusal("PodOSSelectorNodeLabelDoesNotMatch", text)
    if pod.spec.os is not None and pod.spec.os.name != system:
        return Refusal("PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS")
    return None


def short_of(spec: Any, node: Any, used: Mapping[str, int]) -> Refusal | None:
    """What there is too little of. An extended resource that the node does not have is none of its business."""
    capacity = Resources(node.status.allocatable)
    for name, amount in demand(spec):
        there = capacity.get(name)
        if is_extended(name) and name not in capacity.scalars:
            continue
        if amount > there - used.get(name, 0):
            text = f"requested: {amount}, used: {used.get(name, 0)}, capacity: {there}"
            return Refusal(f"OutOf{name}", f"Node didn't have enough resource: {name}, {text}")
    return None


def shortage(spec: Any, node: Any, used: Mapping[str, int]) -> dict[str, int]:
    """How much of what there is too little of for a pod."""
    capacity = Resources(node.status.allocatable)
    lacking = {
        name: amount + used.get(name, 0) - capacity.get(name)
        for name, amount in demand(spec)
        if not is_extended(name) or name in capacity.scalars
    }
    return {name: amount for name, amount in lacking.items() if amount > 0}


def _elsewhere(pod: Any, node: Any, ports: Iterable[Port]) -> Refusal | None:
    spec, metadata = pod.spec, node.metadata
    if (spec.node_selector or spec.affinity) and not RequiredNodes(spec).matches(metadata.name, metadata.labels):
        return _failed("NodeAffinity", "node(s) didn't match Pod's node affinity/selector")
    if clash(host_ports(pod), ports):
        return _failed("NodePorts", "node(s) didn't have free ports for the requested pod ports")
    driving_out = [taint for taint in node.spec.taints if taint.effect == "NoExecute"]
    if untolerated(driving_out, spec.tolerations) is not None:
        return _failed("TaintToleration", "node(s) had taints that the pod didn't tolerate")
    return None


def _failed(predicate: str, text: str) -> Refusal:
    return Refusal(predicate, f"Predicate {predicate} failed: {text}")


def _demand(spec: Any) -> tuple[tuple[str, int], ...]:
    asked = Resources(pod_requests(core.Pod(spec=spec)))
    names = ("cpu", "memory", "ephemeral-storage", *sorted(asked.scalars))
    return ((PODS, 1), *[(name, asked.get(name)) for name in names if asked.get(name)])


demand = Memo(_demand)
"""What a pod of a specification takes of its node, in the order in which it is asked for: first of all its place."""
