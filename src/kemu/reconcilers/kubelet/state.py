"""What the kubelets of a cluster remember: their machines, their pods, and what they still have to do."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import attrs

from ...clock import exact
from ...kit.recorder import RecorderState
from ...objects.pod_resources import Port, host_ports
from ...values.fork_map import ForkIndex, ForkMap
from ...values.frozen import FrozenMap
from ...values.state import State
from .admission import demand
from .nodes import Machine
from .resizing import allocated_spec
from .views import ViewsState
from .worker import TERMINATED, Worker

APART, IN_TURN = 0.01, 32
"""Seconds between pods that come to their nodes at one moment, and how many of them have moments of their own: those
that follow come along with the first ones again."""

NOBODY = (-1.0, 0)
"""At no moment, none."""

Amounts = tuple[tuple[str, int], ...]
"""How much of which resources."""

Item = tuple[Hashable, ...]
"""A unit of work, as the loop knows it."""


def taken_by(worker: Worker | None) -> Amounts:
    """What a pod takes of its node until all of it has stopped."""
    if worker is None or worker.phase == TERMINATED:
        return ()
    amounts: Amounts = demand(allocated_spec(worker))
    return amounts


@attrs.define(eq=False)
class KubeletsState(State):
    """The state of all kubelets. Pods are known by their uids."""

    nodes: ForkMap[str, Machine] = attrs.field(factory=ForkMap)
    machines: int = 0
    """How many machines there have been: the index of the next one."""
    workers: ForkMap[str, Worker] = attrs.field(factory=ForkMap)
    by_node: ForkIndex[str, None] = attrs.field(factory=ForkIndex)
    by_address: ForkIndex[str, None] = attrs.field(factory=ForkIndex)
    used: ForkMap[str, FrozenMap[str, int]] = attrs.field(factory=ForkMap)
    """By node, what the pods ask for that it has taken, and how many they are."""
    queued: ForkMap[str, None] = attrs.field(factory=ForkMap)
    """Whose sync is on the loop."""
    relisting: ForkMap[str, float] = attrs.field(factory=ForkMap)
    """Who is synced when its kubelet next asks the runtime, and when that is."""
    waiting: ForkIndex[str, Item] = attrs.field(factory=ForkIndex)
    """By node, the work of a kubelet that does not run: in order of coming, each piece once."""
    manifests: ForkIndex[str, Any] = attrs.field(factory=ForkIndex)
    """By node, the static pods whose manifests are there, as `namespace/name`."""
    statics: ForkMap[str, str] = attrs.field(factory=ForkMap)
    """By the names of their mirror pods, the static pods that run."""
    deferred: ForkIndex[str, None] = attrs.field(factory=ForkIndex)
    """By node, the pods that wait there for room to get other resources."""
    views: ViewsState = attrs.field(factory=ViewsState)
    mounting: ForkIndex[str, None] = attrs.field(factory=ForkIndex)
    """By ConfigMap and Secret (`configmap/NAMESPACE/NAME`), the pods that have something of it in a volume."""
    expected: ForkMap[str, None] = attrs.field(factory=ForkMap)
    """The pods that ran before their kubelet has seen them, by uid, as long as it has not."""
    links: ForkMap[str, FrozenMap[str, str]] = attrs.field(factory=ForkMap)
    """By namespace, the variables that name its Services as they are: what new containers share with earlier ones."""

    met: tuple[float, int] = NOBODY
    """When pods were last met, and how many of them at that moment."""

    events: RecorderState = attrs.field(factory=RecorderState)
    """What the kubelets remember of the events that they have written, each of its own."""

    def lag(self, now: float) -> float:
        """How many seconds late a kubelet gets to one more pod that is met at this moment: no two of them start, or are
        seen to have changed, at the very same moment."""
        moment, others = self.met
        self.met = (now, others + 1 if moment == now else 1)
        return exact(others % IN_TURN * APART) if moment == now else 0.0

    def keep(self, worker: Worker) -> None:
        """Remember what became of a worker. O(1)."""
        known = self.workers.get(worker.uid)
        self.workers[worker.uid] = worker
        self._count(worker.node, taken_by(known), taken_by(worker))
        if known is None:
            self.by_node.set(worker.node, worker.uid, None)
        if worker.static and known is None:
            self.statics[worker.key] = worker.uid
        if worker.resize is not None and worker.resize.deferred is not None:
            self.deferred.set(worker.node, worker.uid, None)
        elif known is not None and known.resize is not None:
            self.deferred.discard(worker.node, worker.uid)
        if known is None or known.ip != worker.ip:
            if known is not None:
                self.by_address.discard(known.ip, worker.uid)
            if worker.ip:
                self.by_address.set(worker.ip, worker.uid, None)

    def forget(self, uid: str) -> None:
        """Forget a worker and what it was to do. O(1)."""
        worker = self.workers.pop(uid, None)
        if worker is not None:
            self._count(worker.node, taken_by(worker), ())
            self.by_node.discard(worker.node, uid)
            self.by_address.discard(worker.ip, uid)
            self.deferred.discard(worker.node, uid)
            if self.statics.get(worker.key) == uid:
                del self.statics[worker.key]
            self.queued.pop(uid, None)
            self.relisting.pop(uid, None)

    def _count(self, node: str, before: Amounts, after: Amounts) -> None:
        """A pod takes something else of its node than before. O(kinds of resources), and nothing if it does not."""
        if before is after or before == after:
            return
        total = dict(self.used.get(node) or {})
        for amounts, sign in ((before, -1), (after, 1)):
            for name, amount in amounts:
                total[name] = total.get(name, 0) + sign * amount
        left = FrozenMap({name: amount for name, amount in total.items() if amount})
        if left:
            self.used[node] = left
        else:
            del self.used[node]

    def used_by_others(self, worker: Worker) -> dict[str, int]:
        """What the other pods of a pod's node take of it. O(kinds of resources)."""
        total = dict(self.used.get(worker.node) or {})
        for name, amount in taken_by(self.workers.get(worker.uid)):
            total[name] = total.get(name, 0) - amount
        return total

    def ports_on(self, node: str) -> tuple[Port, ...]:
        """The host ports that the pods of a node have. O(its pods)."""
        return tuple([port for each in self.on_node(node) if taken_by(each) for port in host_ports(each.pod)])

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
        taken: dict[str, dict[str, int]] = {}
        for worker in self.workers.values():
            for name, amount in taken_by(worker):
                of_node = taken.setdefault(worker.node, {})
                of_node[name] = of_node.get(name, 0) + amount
        assert {node: dict(amounts) for node, amounts in self.used.items()} == taken
        assert sum(len(uids) for _, uids in self.by_node.items()) == len(self.workers)
        assert all(uid in self.workers for _, uids in self.by_address.items() for uid in uids)
        assert all(self.workers[uid].resize is not None for _, uids in self.deferred.items() for uid in uids)
        assert all(uid in self.workers for _, uids in self.mounting.items() for uid in uids)
        assert all(uid in self.workers for uids in (self.queued, self.relisting) for uid in uids)
        assert all(not self.nodes[node].works for node, _ in self.waiting.items())
