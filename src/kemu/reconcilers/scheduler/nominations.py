"""Nominated pods: pods that preempted others (or wait for their volumes) and are expected on a node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from .shapes import PodInfo, Shape


class Nominations:
    """Which pods are nominated to which node. `touched` is told the name of every node for which that changes."""

    def __init__(self, touched: Callable[[str], None]) -> None:
        self._touched = touched
        self._by_node: dict[str, dict[str, PodInfo]] = {}
        self._node_of: dict[str, str] = {}
        self._shapes: dict[Shape, int] = {}

    def fork(self, touched: Callable[[str], None]) -> Nominations:
        """An independent copy."""
        twin = Nominations(touched)
        twin._by_node = {node: dict(pods) for node, pods in self._by_node.items()}
        twin._node_of = dict(self._node_of)
        twin._shapes = dict(self._shapes)
        return twin

    def on(self, node_name: str) -> Sequence[PodInfo]:
        """The pods nominated to a node."""
        pods = self._by_node.get(node_name)
        return tuple(pods.values()) if pods else ()

    def shapes(self) -> Iterable[Shape]:
        """The shapes of all nominated pods."""
        return self._shapes

    def add(self, pod: PodInfo, node_name: str | None = None) -> None:
        """Nominate a pod: to `node_name`, or with None to the node its status names. "" ends the nomination."""
        self.remove(pod.uid)
        name = pod.pod.status.nominated_node_name if node_name is None else node_name
        if not name:
            return
        self._touched(name)
        self._node_of[pod.uid] = name
        self._by_node.setdefault(name, {})[pod.uid] = pod
        self._shapes[pod.shape] = self._shapes.get(pod.shape, 0) + 1

    def update(self, old_nomination: str | None, pod: PodInfo) -> None:
        """The pod changed. A nomination that is known only here survives until the status shows one."""
        kept = None
        if not old_nomination and not pod.pod.status.nominated_node_name:
            kept = self._node_of.get(pod.uid)
        self.add(pod, kept)

    def remove(self, uid: str) -> None:
        """End the nomination of a pod, if it has one."""
        name = self._node_of.pop(uid, None)
        if name is None:
            return
        self._touched(name)
        pods = self._by_node[name]
        shape = pods.pop(uid).shape
        if not pods:
            del self._by_node[name]
        self._shapes[shape] -= 1
        if not self._shapes[shape]:
            del self._shapes[shape]
