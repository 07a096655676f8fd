"""What the scheduler knows about the nodes: pods on them, resources left, ports, images, in the order of the zones.

`Snapshot` follows the cluster through `(old, new)` changes and through the pods that the scheduler itself has placed
but not yet seen bound ("assumed"). Nearly all of it follows from the cache and can be made again (`Snapshot.of`); what
does not is its state: in which order nodes and pods came, and which pods are assumed. A `NodeInfo` is written only by
the snapshot that owns it; a fork shares all of them and copies one when it first changes it.

Everything that changes is written to a journal, from which incremental results (`ledger.py`) bring themselves up to
date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from ...objects.nodes import zone_key
from ...objects.pod_resources import Port, Resources, clash
from ...values.fork_map import ForkIndex, ForkMap
from ...values.state import State
from .census import Census, Number
from .framework import Listers
from .journal import Journal
from .shapes import PodInfo, Shape, normalized_image


class NodeInfo:
    """One node with the pods that are on it or are about to be."""

    __slots__ = (
        "allocatable",
        "claims",
        "counted_cpu",
        "counted_memory",
        "images",
        "labels",
        "name",
        "node",
        "owner",
        "pods",
        "ports",
        "requested",
    )

    def __init__(self, name: str, node: Any | None = None) -> None:
        self.name = name
        self.node = node
        self.labels: Mapping[str, str] = {}
        self.pods: dict[str, PodInfo] = {}
        self.ports: dict[Port, None] = {}
        self.claims: dict[str, int] = {}
        self.requested = Resources()
        self.counted_cpu = 0
        self.counted_memory = 0
        self.allocatable = Resources()
        self.images: tuple[str, ...] = ()
        self.owner: object = None
        if node is not None:
            self.set_node(node)

    def set_node(self, node: Any | None) -> None:
        """Take over the state of the Node object, or forget it when the node is gone but pods remain."""
        self.node = node
        self.labels = {} if node is None else node.metadata.labels
        self.allocatable = Resources({} if node is None else node.status.allocatable)

    def add(self, pod: PodInfo) -> None:
        """Count a pod as being on this node."""
        shape = pod.shape
        self.pods[pod.uid] = pod
        self.requested.add(pod.use)
        self.counted_cpu += pod.counted_cpu
        self.counted_memory += pod.counted_memory
        for port in shape.ports:
            self.ports[port] = None
        for claim in shape.claims:
            key = f"{shape.namespace}/{claim}"
            self.claims[key] = self.claims.get(key, 0) + 1

    def remove(self, uid: str) -> PodInfo:
        """Stop counting a pod. Raises KeyError when it is not here."""
        pod = self.pods.pop(uid)
        shape = pod.shape
        self.requested.add(pod.use, -1)
        self.counted_cpu -= pod.counted_cpu
        self.counted_memory -= pod.counted_memory
        for port in shape.ports:
            self.ports.pop(port, None)
        for claim in shape.claims:
            key = f"{shape.namespace}/{claim}"
            left = self.claims[key] - 1
            if left:
                self.claims[key] = left
            else:
                del self.claims[key]
        return pod

    def conflicts(self, wanted: Iterable[Port]) -> bool:
        """Whether one of the wanted host ports is taken."""
        return clash(wanted, self.ports)

    def copy(self) -> NodeInfo:
        """An independent copy; pods and the Node object are shared."""
        twin = NodeInfo.__new__(NodeInfo)
        twin.name, twin.node, twin.labels = self.name, self.node, self.labels
        twin.pods = dict(self.pods)
        twin.ports = dict(self.ports)
        twin.claims = dict(self.claims)
        twin.requested = self.requested.copy()
        twin.counted_cpu, twin.counted_memory = self.counted_cpu, self.counted_memory
        twin.allocatable = self.allocatable
        twin.images = self.images
        twin.owner = None
        return twin


class Change:
    """Kinds of journal entries: (kind, node name, pods that left, pods that came)."""

    NODE = "node"
    PODS = "pods"
    LAYOUT = "layout"
    NOMINATED = "nominated"


@attrs.define(eq=False)
class NodesState(State):
    """What the scheduler remembers of nodes and of the pods on them, beside what its cache says."""

    zones: ForkIndex[str, None] = attrs.field(factory=ForkIndex)
    """The nodes of every zone, in the order in which they came there."""
    image_sizes: ForkMap[str, int] = attrs.field(factory=ForkMap)
    """In bytes, as the first node said that had the image."""
    placed: ForkMap[str, str] = attrs.field(factory=ForkMap)
    """The node of every pod that is on one, by the pod's uid, in the order in which they came there."""
    assumed: ForkMap[str, PodInfo] = attrs.field(factory=ForkMap)
    """Those of them which the scheduler has placed itself and not seen bound yet."""


class Snapshot:
    """All nodes and the pods on them. Complexity: a change costs O(1) but for node additions and removals."""

    def __init__(self, state: NodesState | None = None) -> None:
        self.state = state or NodesState()
        self._owner: object = [0]
        self._nodes: dict[str, NodeInfo] = {}
        self._order: tuple[str, ...] | None = None
        self._place: dict[str, int] = {}
        self._pods: ForkMap[str, tuple[PodInfo, str]] = ForkMap()
        self._image_nodes: dict[str, int] = {}
        self.census = Census()
        self._claims: ForkMap[str, int] = ForkMap()
        self._priorities: dict[int, int] = {}
        self.journal = Journal()

    @classmethod
    def of(cls, state: NodesState, listers: Listers) -> Snapshot:
        """The snapshot that belongs to a state and the objects in a cache. O(nodes + pods)."""
        found = cls(state)
        for _, names in state.zones.items():
            for name in names:
                node = listers.get("Node", name)
                found._writable(name).set_node(node)
                found._count_images(found._nodes[name], node)
        pods = {pod.metadata.uid: pod for pod in listers.list("Pod")}
        for uid, name in state.placed.items():
            found._add(state.assumed.get(uid) or PodInfo(pods[uid]), name)
        return found

    def fork(self, state: NodesState) -> Snapshot:
        """A snapshot with the same content around a fork of the state; the two change independently.

        O(nodes), by pointer.
        """
        twin = Snapshot(state)
        self._owner = [0]
        twin._nodes = dict(self._nodes)
        twin._order, twin._place = self._order, self._place
        twin._pods = self._pods.fork()
        twin._image_nodes = dict(self._image_nodes)
        twin.census = self.census.fork()
        twin._claims = self._claims.fork()
        twin._priorities = dict(self._priorities)
        twin.journal = self.journal.fork()
        return twin

    # -- reading

    def __len__(self) -> int:
        return len(self.order)

    @property
    def order(self) -> tuple[str, ...]:
        """Names of the nodes, one from each zone in turn: the order in which they are tried."""
        if self._order is None:
            zones = [list(names) for _, names in self.state.zones.items()]
            found: list[str] = []
            for index in range(max(map(len, zones), default=0)):
                found.extend(names[index] for names in zones if index < len(names))
            self._order = tuple(found)
            self._place = {name: place for place, name in enumerate(found)}
        return self._order

    @property
    def places(self) -> Mapping[str, int]:
        """Where each node stands in `order`."""
        assert self.order is not None
        return self._place

    def node(self, name: str) -> NodeInfo | None:
        """The node of that name, None when there is no such Node object."""
        info = self._nodes.get(name)
        return info if info is not None and info.node is not None else None

    def __getitem__(self, name: str) -> NodeInfo:
        return self._nodes[name]

    def nodes(self) -> Iterator[NodeInfo]:
        """All nodes, in order."""
        nodes = self._nodes
        return (nodes[name] for name in self.order)

    def crowds(self, shapes: Iterable[Shape]) -> Iterator[tuple[Shape, NodeInfo, Number]]:
        """How many pods of these shapes there are on which node."""
        for shape in shapes:
            for name, number in self.census.on_nodes(shape):
                node = self.node(name)
                if node is not None:
                    yield shape, node, number

    def claim_in_use(self, key: str) -> bool:
        """Whether some pod on a node mounts the claim `namespace/name`."""
        return key in self._claims

    def image(self, name: str) -> tuple[int, int] | None:
        """(size in bytes, number of nodes that have it), or None."""
        count = self._image_nodes.get(name)
        return None if not count else (self.state.image_sizes[name], count)

    def pod(self, uid: str) -> tuple[PodInfo, str] | None:
        """A placed pod and its node's name, or None."""
        return self._pods.get(uid)

    def is_assumed(self, uid: str) -> bool:
        """Whether the scheduler placed the pod but has not seen it bound yet."""
        return uid in self.state.assumed

    def lowest_priority(self) -> int | None:
        """The lowest priority of any placed pod, None without pods."""
        return min(self._priorities, default=None)

    def info(self, pod: Any) -> PodInfo:
        """The pod with its shape."""
        placed = self._pods.get(pod.metadata.uid)
        return PodInfo(pod, None if placed is None else placed[0])

    # -- changes

    def _writable(self, name: str) -> NodeInfo:
        info = self._nodes.get(name)
        if info is None:
            info = self._nodes[name] = NodeInfo(name)
            info.owner = self._owner
        elif info.owner is not self._owner:
            info = self._nodes[name] = info.copy()
            info.owner = self._owner
        return info

    def touch(self, name: str) -> None:
        """The pods nominated to a node changed."""
        self.journal.append(Change.NOMINATED, name)

    def node_changed(self, old: Any | None, new: Any | None) -> None:
        """Follow a Node object: created (`old` None), changed, or deleted (`new` None)."""
        either: Any = old if new is None else new
        name = either.metadata.name
        info = self._writable(name)
        before, images = info.node, info.images
        for image in images:
            self._drop_image(image)
        info.set_node(new)
        self._count_images(info, new)
        moved = self._move(name, before, new)
        if moved:
            self._order = None
        self.journal.append(Change.LAYOUT if moved or info.images != images else Change.NODE, name)
        if new is None and not info.pods:
            del self._nodes[name]

    def _move(self, name: str, before: Any | None, after: Any | None) -> bool:
        """Put a node where its zone is; whether it was elsewhere before, or nowhere."""
        before_zone = None if before is None else zone_key(before.metadata.labels)
        after_zone = None if after is None else zone_key(after.metadata.labels)
        if before_zone == after_zone:
            return False
        if before_zone is not None:
            self.state.zones.discard(before_zone, name)
        if after_zone is not None:
            self.state.zones.set(after_zone, name, None)
        return True

    def _count_images(self, info: NodeInfo, node: Any | None) -> None:
        images: dict[str, None] = {}
        for image in () if node is None else node.status.images:
            for label in image.names:
                if label not in images:
                    images[label] = None
                    self.state.image_sizes.setdefault(label, image.size_bytes or 0)
                    self._image_nodes[label] = self._image_nodes.get(label, 0) + 1
        info.images = tuple(images)

    def _drop_image(self, image: str) -> None:
        left = self._image_nodes[image] - 1
        if left:
            self._image_nodes[image] = left
        else:
            del self._image_nodes[image]
            del self.state.image_sizes[image]

    def place(self, pod: PodInfo, node_name: str, *, assumed: bool = False) -> None:
        """Count a pod as being on a node. A pod that is there already is replaced."""
        uid = pod.uid
        present = self._pods.get(uid)
        if present is not None:
            before = present[0]
            if present[1] == node_name and _taking_the_same(before, pod):
                self._pods[uid] = (pod, node_name)
                self._writable(node_name).pods[uid] = pod
                if not assumed:
                    self.state.assumed.pop(uid, None)
                if before.shape is not pod.shape:
                    self.census.remove(before, node_name)
                    self.census.add(pod, node_name)
                    self.journal.append(Change.PODS, node_name, before, pod)
                return
            self.remove(uid)
        self.state.placed[uid] = node_name
        if assumed:
            self.state.assumed[uid] = pod
        self._add(pod, node_name)
        self.journal.append(Change.PODS, node_name, None, pod)

    def _add(self, pod: PodInfo, node_name: str) -> None:
        self._pods[pod.uid] = (pod, node_name)
        self._writable(node_name).add(pod)
        shape = pod.shape
        self._priorities[shape.priority] = self._priorities.get(shape.priority, 0) + 1
        self.census.add(pod, node_name)
        for claim in shape.claims:
            key = f"{shape.namespace}/{claim}"
            self._claims[key] = self._claims.get(key, 0) + 1

    def remove(self, uid: str) -> None:
        """Stop counting a pod that is on a node; unknown pods are ignored."""
        present = self._pods.pop(uid, None)
        if present is None:
            return
        del self.state.placed[uid]
        self.state.assumed.pop(uid, None)
        name = present[1]
        info = self._writable(name)
        pod = info.remove(uid)
        shape = pod.shape
        left = self._priorities[shape.priority] - 1
        if left:
            self._priorities[shape.priority] = left
        else:
            del self._priorities[shape.priority]
        self.census.remove(pod, name)
        for claim in shape.claims:
            key = f"{shape.namespace}/{claim}"
            count = self._claims[key] - 1
            if count:
                self._claims[key] = count
            else:
                del self._claims[key]
        self.journal.append(Change.PODS, name, pod)
        if info.node is None and not info.pods:
            del self._nodes[name]

    def check(self) -> None:
        """Compute everything again from the pods and compare; raises AssertionError where it differs."""
        for name, info in self._nodes.items():
            fresh = NodeInfo(name, info.node)
            for pod in info.pods.values():
                fresh.add(pod)
                assert self._pods[pod.uid] == (pod, name), f"{pod.key} is listed on {name} only"
            for field in ("counted_cpu", "counted_memory", "ports", "claims"):
                assert getattr(fresh, field) == getattr(info, field), f"{field} of {name}"
            for resource in (*fresh.requested.scalars, "cpu", "memory", "ephemeral-storage"):
                assert fresh.requested.get(resource) == info.requested.get(resource), f"{resource} of {name}"
        self.census.check({name: info.pods.values() for name, info in self._nodes.items()})
        assert sorted(self.order) == sorted(n for n, i in self._nodes.items() if i.node is not None)
        assert len(self._pods) == sum(len(i.pods) for i in self._nodes.values())
        assert {uid: name for uid, (_, name) in self._pods.items()} == dict(self.state.placed.items())


def _taking_the_same(one: PodInfo, other: PodInfo) -> bool:
    """Whether one takes as much of a node as the other, so that nothing is different but which pods are there."""
    before, after = one.shape, other.shape
    if one.terminating != other.terminating or (one.use is not other.use and one.use != other.use):
        return False
    return before is after or (
        before.priority == after.priority
        and one.counted_cpu == other.counted_cpu
        and one.counted_memory == other.counted_memory
        and before.ports == after.ports
        and before.namespace == after.namespace
        and before.claims == after.claims
    )


__all__ = ["Change", "NodeInfo", "Snapshot", "normalized_image"]
