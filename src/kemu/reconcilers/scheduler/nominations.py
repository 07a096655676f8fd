"""Nominated pods: pods that preempted others (or wait for their volumes) and are expected on a node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from ...values.fork_map import ForkMap
from .shapes import PodInfo, Shape


@attrs.frozen
class Nomination:
    """A pod that is expected on a node."""

    pod: PodInfo
    node: str


class Nominations:
    """Which pods are nominated to which node. `touched` is told the name of every node for which that changes.

    The nominations by uid are state; the tables by node and by shape follow from them.
    """

    def __init__(self, touched: Callable[[str], None], nominated: ForkMap[str, Nomination] | None = None) -> None:
        self._touched = touched
        self._nominated: ForkMap[str, Nomination] = ForkMap() if nominated is None else nominated
        self._by_node: dict[str, dict[str, PodInfo]] = {}
        self._shapes: dict[Shape, int] = {}
        for _, nomination in self._nominated.items():
            self._enter(nomination)

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
        nomination = self._nominated[pod.uid] = Nomination(pod, name)
        self._enter(nomination)

    def _enter(self, nomination: Nomination) -> None:
        pod = nomination.pod
        self._by_node.setdefault(nomination.node, {})[pod.uid] = pod
        self._shapes[pod.shape] = self._shapes.get(pod.shape, 0) + 1

    def update(self, old_nomination: str | None, pod: PodInfo) -> None:
        """The pod changed. A nomination that is known only here survives until the status shows one."""
        kept = None
        if not old_nomination and not pod.pod.status.nominated_node_name:
            known = self._nominated.get(pod.uid)
            kept = None if known is None else known.node
        self.add(pod, kept)

    def remove(self, uid: str) -> None:
        """End the nomination of a pod, if it has one."""
        known = self._nominated.pop(uid, None) if self._shapes else None
        if known is None:
            return
        self._touched(known.node)
        pods = self._by_node[known.node]
        shape = pods.pop(uid).shape
        if not pods:
            del self._by_node[known.node]
        self._shapes[shape] -= 1
        if not self._shapes[shape]:
            del self._shapes[shape]
