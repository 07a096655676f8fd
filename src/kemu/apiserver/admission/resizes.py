"""Resizes: a pod that is on a node cannot ask for more than the node has at all."""

from __future__ import annotations

from ...objects import core
from ...objects.pod_resources import Resources, pod_requests
from .. import failures
from ..request import Desk, Request
from .base import Plugin

OS = "kubernetes.io/os"


class PodResize(Plugin):
    """What a node could never give is refused, rather than deferred for ever."""

    name = "PodResizeValidator"
    resources = frozenset({"pods"})
    operations = frozenset({"UPDATE"})
    subresources = frozenset({"resize"})

    def validate(self, request: Request, desk: Desk) -> None:
        pod, old = request.obj, request.old
        if not pod.spec.node_name or old is None or pod.spec == old.spec:
            return
        node = desk.find(core.Node, None, pod.spec.node_name)
        why = f'node "{pod.spec.node_name}" not found' if node is None else _problem(pod, node)
        if why:
            raise failures.forbidden(request.resource.kind, pod.metadata.name or "", why)


def _problem(pod: core.Pod, node: core.Node) -> str:
    system = node.metadata.labels.get(OS, "linux")
    if system != "linux":
        return f'pod resize is only supported on linux nodes, node "{node.metadata.name}" is "{system}"'
    asks, there = Resources(pod_requests(pod)), Resources(node.status.allocatable)
    amounts = (("cpu", asks.milli_cpu, there.milli_cpu), ("memory", asks.memory, there.memory))
    short = [f"{name}, requested: {wanted}, allocatable: {had}" for name, wanted, had in amounts if wanted > had]
    return f"node didn't have enough allocatable resources: {'; '.join(short)}" if short else ""
