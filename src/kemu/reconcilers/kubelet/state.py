"""What the kubelets of a cluster remember: their machines, their pods, and what they still have to do."""

from __future__ import annotations

from collections.abc import Hashable

import attrs

from ...kit.recorder import RecorderState
from ...values.fork_map import ForkIndex, ForkMap
from ...values.frozen import FrozenMap
from ...values.state import State
from .nodes import Machine
from .views import ViewsState
from .worker import Worker

Item = tuple[Hashable, ...]
"""A unit of work, as the loop knows it."""


@attrs.define(eq=False)
class KubeletsState(State):
    """The state of all kubelets. Pods are known by their uids."""

    nodes: ForkMap[str, Machine] = attrs.field(factory=ForkMap)
    machines: int = 0
    """How many machines there have been: the index of the next one."""
    workers: ForkMap[str, Worker] = attrs.field(factory=ForkMap)
    by_node: ForkIndex[str, None] = attrs.field(factory=ForkIndex)
    by_address: ForkIndex[str, None] = attrs.field(factory=ForkIndex)
    queued: ForkMap[str, None] = attrs.field(factory=ForkMap)
    """Whose sync is on the loop."""
    waiting: ForkIndex[str, Item] = attrs.field(factory=ForkIndex)
    """By node, the work of a kubelet that does not run: in order of coming, each piece once."""
    views: ViewsState = attrs.field(factory=ViewsState)
    links: ForkMap[str, FrozenMap[str, str]] = attrs.field(factory=ForkMap)
    """By namespace, the variables that name its Services as they are: what new containers share with earlier ones."""

    events: RecorderState = attrs.field(factory=RecorderState)
    """What the kubelets remember of the events that they have written, each of its own."""

    def keep(self, worker: Worker) -> None:
        """Remember what became of a worker. O(1)."""
        known = self.workers.get(worker.uid)
        self.workers[worker.uid] = worker
        if known is None:
            self.by_node.set(worker.node, worker.uid, None)
        if known is None or known.ip != worker.ip:
            if known is not None:
                self.by_address.discard(known.ip, worker.uid)
            if worker.ip:
                self.by_address.set(worker.ip, worker.uid, None)

    def forget(self, uid: str) -> None:
        """Forget a worker and what it was to do. O(1)."""
        worker = self.workers.pop(uid, None)
        if worker is not None:
            self.by_node.discard(worker.node, uid)
            self.by_address.discard(worker.ip, uid)
            self.queued.pop(uid, None)

    def on_node(self, node: str) -> tuple[Worker, ...]:
        """The workers of a node. O(result)."""
        return self._those(self.by_node.bucket(node))

    def with_address(self, address: str) -> tuple[Worker, ...]:
        """The workers whose pods have an address: several of them in the network of a node. O(result)."""
        return self._those(self.by_address.bucket(address))

    def _those(self, uids: ForkMap[str, None] | None) -> tuple[Worker, ...]:
        return () if uids is None else tuple([self.workers[uid] for uid in uids])

    def take_waiting(self, node: str) -> tuple[Item, ...]:
        """What a kubelet was to do while it did not run, which is no longer kept. O(result)."""
        items = self.waiting.under(node)
        for item in items:
            self.waiting.discard(node, item)
        return items

    def check(self) -> None:
        """Raise AssertionError where an index does not say what the workers say. O(n)."""
        for worker in self.workers.values():
            assert worker.node in self.nodes, worker
            assert worker.uid in (self.by_node.bucket(worker.node) or ()), worker
            assert not worker.ip or worker.uid in (self.by_address.bucket(worker.ip) or ()), worker
        assert sum(len(uids) for _, uids in self.by_node.items()) == len(self.workers)
        assert all(uid in self.workers for _, uids in self.by_address.items() for uid in uids)
        assert all(uid in self.workers for uid in self.queued)
        assert all(not self.nodes[node].running for node, _ in self.waiting.items())
