"""Pod shapes: everything about a pod that scheduling depends on, computed once for all pods that share it.

Pods stamped from one template have equal requests, labels, affinity and so on; only names and uids differ. A `Shape`
is that common part with its derived values (requests as numbers, compiled selectors, host ports). Results that depend
only on (shape, node) can then be kept per shape.

Two pods have the same shape when they agree on every field read by a plugin. The service account token volume, which
has another random name in every pod, is not among them.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from operator import attrgetter, is_
from typing import Any

import attrs

from ...objects import pod_resources as amounts
from ...objects.node_selectors import PreferredNodes, RequiredNodes
from ...objects.pod_resources import Resources
from ...objects.references import controller_of
from ...values.memo import Lately
from .terms import AffinityTerm, affinity_terms, weighted_terms

_KNOWN = 4096


def _relevant_volumes(spec: Any) -> tuple[Any, ...]:
    return tuple(
        volume
        for volume in spec.volumes
        if volume.persistent_volume_claim is not None
        or volume.ephemeral is not None
        or volume.gce_persistent_disk is not None
        or volume.aws_elastic_block_store is not None
        or volume.azure_disk is not None
        or volume.cinder is not None
        or volume.portworx_volume is not None
        or volume.iscsi is not None
        or volume.rbd is not None
        or volume.csi is not None
        or volume.image is not None
    )


def _parts(pod: Any) -> tuple[Any, ...]:
    """Every field of a pod that a plugin reads, as the objects that hold them."""
    spec = pod.spec
    parts = [
        pod.metadata.namespace,
        pod.metadata.labels,
        spec.scheduler_name,
        spec.priority,
        spec.node_selector,
        spec.affinity,
        spec.tolerations,
        spec.topology_spread_constraints,
        spec.overhead,
        spec.resources,
        spec.resource_claims,
        spec.preemption_policy,
        spec.host_network,
    ]
    for container in spec.init_containers:
        parts += ("init", container.image, container.resources, container.ports, container.restart_policy)
    for container in spec.containers:
        parts += ("run", container.image, container.resources, container.ports)
    parts += _relevant_volumes(spec)
    owner = controller_of(pod)
    if owner is not None:
        parts += (owner.api_version, owner.kind, owner.name)
    return tuple(parts)


class Shape:
    """The common part of pods that cannot be told apart by scheduling. Compared by identity; see `ShapeTable`."""

    def __init__(self, pod: Any) -> None:
        self.sample = pod
        self.namespace: str = pod.metadata.namespace
        self.labels = pod.metadata.labels
        self.spec = pod.spec
        self.priority: int = pod.spec.priority or 0
        self.volumes = _relevant_volumes(pod.spec)
        self.ports = amounts.host_ports(pod)
        self.use, self.counted_cpu, self.counted_memory = amounts.node_use(pod)

    @cached_property
    def requests(self) -> Resources:
        """What an incoming pod asks for when it is filtered and when its balance is scored."""
        return self.use

    @cached_property
    def scoring(self) -> Resources:
        """What an incoming pod counts as for LeastAllocated, MostAllocated and RequestedToCapacityRatio."""
        return Resources(amounts.scoring_requests(self.sample))

    @cached_property
    def required_nodes(self) -> RequiredNodes:
        """Node selector and required node affinity."""
        return RequiredNodes(self.spec)

    @cached_property
    def preferred_nodes(self) -> PreferredNodes | None:
        """Preferred node affinity, None without one."""
        affinity = self.spec.affinity
        if affinity is None or affinity.node_affinity is None:
            return None
        terms = affinity.node_affinity.preferred_during_scheduling_ignored_during_execution
        return PreferredNodes(terms) if terms else None

    def _terms(self, kind: str, required: bool) -> tuple[AffinityTerm, ...]:
        affinity = getattr(self.spec.affinity, kind, None)
        if affinity is None:
            return ()
        if required:
            return affinity_terms(self.namespace, affinity.required_during_scheduling_ignored_during_execution)
        return weighted_terms(self.namespace, affinity.preferred_during_scheduling_ignored_during_execution)

    @cached_property
    def required_affinity(self) -> tuple[AffinityTerm, ...]:
        """Required pod affinity terms."""
        return self._terms("pod_affinity", True)

    @cached_property
    def required_anti_affinity(self) -> tuple[AffinityTerm, ...]:
        """Required pod anti-affinity terms."""
        return self._terms("pod_anti_affinity", True)

    @cached_property
    def preferred_affinity(self) -> tuple[AffinityTerm, ...]:
        """Preferred pod affinity terms."""
        return self._terms("pod_affinity", False)

    @cached_property
    def preferred_anti_affinity(self) -> tuple[AffinityTerm, ...]:
        """Preferred pod anti-affinity terms."""
        return self._terms("pod_anti_affinity", False)

    @cached_property
    def has_affinity(self) -> bool:
        """Whether it has any pod affinity or anti-affinity at all."""
        affinity = self.spec.affinity
        return affinity is not None and (affinity.pod_affinity is not None or affinity.pod_anti_affinity is not None)

    @cached_property
    def claims(self) -> tuple[str, ...]:
        """Names of the PersistentVolumeClaims it mounts directly."""
        return tuple(
            v.persistent_volume_claim.claim_name for v in self.volumes if v.persistent_volume_claim is not None
        )

    @cached_property
    def images(self) -> tuple[str, ...]:
        """Images of init containers, containers and image volumes, with a tag."""
        names = [c.image or "" for c in (*self.spec.init_containers, *self.spec.containers)]
        names += [v.image.reference or "" for v in self.volumes if v.image is not None]
        return tuple(normalized_image(name) for name in names)


def normalized_image(name: str) -> str:
    """The image name with `:latest` when it has neither tag nor digest."""
    return name + ":latest" if name.rfind(":") <= name.rfind("/") else name


class ShapeTable:
    """Finds the shape of a pod by the equality of its parts."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Shape] = {}
        self._relabelled = Lately()
        """By the identities of a shape and of labels: both of them, and the shape with these labels."""

    def of(self, pod: Any, like: PodInfo | None = None) -> Shape:
        """The shape of `pod`. `like` is an earlier state of the same pod, which usually shares all parts with it."""
        if like is not None and _stamped_alike(like.pod, pod):
            labels = pod.metadata.labels
            if labels is like.pod.metadata.labels:
                return like.shape
            pair = id(like.shape), id(labels)
            known = self._relabelled.get(pair)
            if known is None:
                known = like.shape, labels, self._of(pod)
                self._relabelled.keep(pair, known)
            return known[2]
        return self._of(pod)

    def _of(self, pod: Any) -> Shape:
        parts = _parts(pod)
        found = self._known.get(parts)
        if found is None:
            if len(self._known) >= _KNOWN:
                del self._known[next(iter(self._known))]
            found = self._known[parts] = Shape(pod)
        return found


SHAPES = ShapeTable()
"""The shapes of all pods that were seen lately, in whatever cluster: what follows from a frozen value alone."""


_READ = (
    *("scheduler_name", "priority", "node_selector", "affinity", "tolerations", "topology_spread_constraints"),
    *("overhead", "resources", "resource_claims", "preemption_policy", "host_network"),
    *("init_containers", "containers", "volumes"),
)
"""The fields of a specification in which all that a plugin reads is."""

_read = attrgetter(*_READ)


def _stamped_alike(one: Any, other: Any) -> bool:
    """Whether all that a shape is made of beside labels is the very same, as when a pod gets a node or a status."""
    before, after = one.metadata, other.metadata
    return (
        (one.spec is other.spec or all(map(is_, _read(one.spec), _read(other.spec))))
        and before.owner_references is after.owner_references
        and before.namespace == after.namespace
    )


class _Found:
    """What follows from a pod."""

    __slots__ = ("counted_cpu", "counted_memory", "key", "shape", "uid", "use")

    uid: str
    """The pod's uid."""
    key: str
    """`namespace/name`."""
    shape: Shape
    use: Resources
    """What the pod takes on a node, which differs from the shape only during a resize."""
    counted_cpu: int
    counted_memory: int


@attrs.frozen(init=False)
class PodInfo(_Found):
    """A pod with its shape. A frozen value: the pod says it all."""

    pod: Any

    def __init__(self, pod: Any, like: PodInfo | None = None) -> None:
        put = object.__setattr__
        shape, metadata = SHAPES.of(pod, like), pod.metadata
        put(self, "pod", pod)
        put(self, "uid", metadata.uid)
        put(self, "key", f"{metadata.namespace}/{metadata.name}")
        put(self, "shape", shape)
        said = amounts.reported(pod)
        if not said:
            use, cpu, memory = shape.use, shape.counted_cpu, shape.counted_memory
        elif like is not None and like.shape is shape and said == amounts.reported(like.pod):
            use, cpu, memory = like.use, like.counted_cpu, like.counted_memory
        else:
            use, cpu, memory = amounts.node_use(pod, use_status=True)
        put(self, "use", use)
        put(self, "counted_cpu", cpu)
        put(self, "counted_memory", memory)

    def __reduce__(self) -> tuple[Any, ...]:
        return (PodInfo, (self.pod,))

    @property
    def priority(self) -> int:
        """The pod's priority, 0 when it has none."""
        return self.shape.priority

    @property
    def terminating(self) -> bool:
        """Whether the pod is being deleted."""
        return self.pod.metadata.deletion_timestamp is not None
