"""What the volume plugins share: claims, classes, matching volumes, and volumes that are assumed to be bound.

Assumed objects are the scheduler's own decisions that the API server has not shown it yet: they hide the object in
the cache until the cache has a newer one.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from ...objects import core, evolve
from ...objects.codec import encode
from ...objects.references import controller_of
from ...values.fork_map import ForkMap
from ...values.quantity import Quantity
from .framework import Listers
from .shapes import PodInfo, Shape
from .terms import NodeMatcher, label_matcher

BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
NO_PROVISIONER = "kubernetes.io/no-provisioner"
_CLASS = "volume.beta.kubernetes.io/storage-class"
_ZERO = Quantity(0)


Assumed = ForkMap[tuple[str, str], tuple[str, Any]]
"""By kind and key: the resource version that an object is based on, and the object."""


class AssumedVolumes:
    """Volumes and claims as they will be."""

    def __init__(self, listers: Listers, assumed: Assumed) -> None:
        self.listers = listers
        self._assumed = assumed

    def get(self, kind: str, key: str) -> Any | None:
        """The object, assumed or as the API server has it."""
        stored = self.listers.get(kind, key)
        entry = self._assumed.get((kind, key))
        if entry is None:
            return stored
        if stored is None or stored.metadata.resource_version != entry[0]:
            del self._assumed[(kind, key)]
            return stored
        return entry[1]

    def volumes(self, class_name: str) -> list[Any]:
        """All volumes of a storage class, by name."""
        found = []
        for stored in self.listers.list("PersistentVolume"):
            volume = self.get("PersistentVolume", stored.metadata.name)
            if volume is not None and volume_class(volume) == class_name:
                found.append(volume)
        return found

    def assume(self, kind: str, key: str, obj: Any) -> None:
        """Count on `obj` until the cache shows a newer version."""
        self._assumed[(kind, key)] = (obj.metadata.resource_version, obj)

    def await_newer(self, kind: str, key: str, written: Any) -> None:
        """Count on an object that was just written until the cache has caught up with it."""
        stored = self.listers.get(kind, key)
        if stored is not None and int(stored.metadata.resource_version) < int(written.metadata.resource_version):
            self._assumed[(kind, key)] = (stored.metadata.resource_version, written)

    def restore(self, kind: str, key: str) -> None:
        """Forget what was assumed."""
        self._assumed.pop((kind, key), None)


def concerned(shape: Shape) -> bool:
    """Whether pods of a shape have volumes that are bound or attached. Images are not."""
    return any(volume.image is None for volume in shape.volumes)


def sources(pod: PodInfo) -> Hashable:
    """What a pod's volumes are made of, without the names of the volumes."""
    volumes = (v for v in pod.pod.spec.volumes if v.config_map is None and v.secret is None)
    return tuple(sorted(json.dumps({**encode(v), "name": ""}, sort_keys=True) for v in volumes))


def claim_class(claim: Any) -> str:
    """Name of the storage class that a claim asks for, empty for none."""
    annotated = claim.metadata.annotations.get(_CLASS)
    return annotated if annotated is not None else claim.spec.storage_class_name or ""


def volume_class(volume: Any) -> str:
    """Name of the storage class of a volume, empty for none."""
    annotated = volume.metadata.annotations.get(_CLASS)
    return annotated if annotated is not None else volume.spec.storage_class_name or ""


def claim_name(pod: Any, volume: Any) -> str | None:
    """Name of the claim behind a pod's volume, None when it has none."""
    if volume.persistent_volume_claim is not None:
        name: str = volume.persistent_volume_claim.claim_name
        return name
    if volume.ephemeral is not None:
        return f"{pod.metadata.name}-{volume.name}"
    return None


def foreign_claim(pod: Any, claim: Any) -> str:
    """Why a claim is not the one made for the pod's ephemeral volume; empty when it is."""
    owner = controller_of(claim)
    if claim.metadata.namespace == pod.metadata.namespace and owner is not None and owner.uid == pod.metadata.uid:
        return ""
    return (
        f"PVC {claim.metadata.namespace}/{claim.metadata.name} was not created for pod "
        f"{pod.metadata.namespace}/{pod.metadata.name} (pod is not owner)"
    )


def fully_bound(claim: Any) -> bool:
    """Whether the volume controller has completed the binding."""
    return bool(claim.spec.volume_name) and BIND_COMPLETED in claim.metadata.annotations


def reachable(volume: Any, node_labels: Mapping[str, str]) -> bool:
    """Whether the volume's node affinity admits a node with these labels."""
    affinity = volume.spec.node_affinity
    if affinity is None or affinity.required is None:
        return True
    return NodeMatcher(affinity.required).matches("", node_labels)


def bound_to(volume: Any, claim: Any) -> bool:
    """Whether the volume is (or is reserved to be) bound to the claim."""
    reference = volume.spec.claim_ref
    if reference is None or (reference.name, reference.namespace) != (claim.metadata.name, claim.metadata.namespace):
        return False
    return not reference.uid or reference.uid == claim.metadata.uid


def storage_of(amounts: Mapping[str, Quantity]) -> Quantity:
    """The storage in a resource list."""
    return amounts.get("storage", _ZERO)


def matching_volume(
    claim: Any, volumes: Sequence[Any], node_labels: Mapping[str, str], taken: Iterable[str]
) -> Any | None:
    """The smallest volume that suits the claim on a node, or the one already reserved for it; None without any."""
    wanted, class_name = storage_of(claim.spec.resources.requests), claim_class(claim)
    selector = None if claim.spec.selector is None else label_matcher(claim.spec.selector)
    excluded = frozenset(taken)
    best: Any | None = None
    for volume in volumes:
        mine = bound_to(volume, claim)
        if volume.metadata.name in excluded or (volume.spec.claim_ref is not None and not mine):
            continue
        if storage_of(volume.spec.capacity) < wanted:
            continue
        if (claim.spec.volume_mode or "Filesystem") != (volume.spec.volume_mode or "Filesystem"):
            continue
        if (claim.spec.volume_attributes_class_name or "") != (volume.spec.volume_attributes_class_name or ""):
            continue
        if volume.metadata.deletion_timestamp is not None:
            continue
        here = reachable(volume, node_labels)
        if mine:
            return volume if here else None
        if volume.status.phase != "Available" or (selector and not selector.matches(volume.metadata.labels)):
            continue
        if volume_class(volume) != class_name or not here:
            continue
        if any(mode not in volume.spec.access_modes for mode in claim.spec.access_modes):
            continue
        if best is None or storage_of(volume.spec.capacity) < storage_of(best.spec.capacity):
            best = volume
    return best


def reserved_for(volume: Any, claim: Any) -> Any:
    """The volume with a reference to the claim, as the scheduler writes it. The same object when nothing changes."""
    changes: dict[str, Any] = {}
    reference = volume.spec.claim_ref
    if reference is None or not bound_to(volume, claim) or reference.uid != claim.metadata.uid:
        changes["spec.claim_ref"] = core.ObjectReference(
            api_version="v1",
            kind="PersistentVolumeClaim",
            namespace=claim.metadata.namespace,
            name=claim.metadata.name,
            uid=claim.metadata.uid,
            resource_version=claim.metadata.resource_version,
        )
    if not bound_to(volume, claim) and BOUND_BY_CONTROLLER not in volume.metadata.annotations:
        changes["metadata.annotations"] = {**volume.metadata.annotations, BOUND_BY_CONTROLLER: "yes"}
    return evolve(volume, changes) if changes else volume


_MIGRATED = {
    "gce_persistent_disk": ("kubernetes.io/gce-pd", "pd.csi.storage.gke.io", "pd_name"),
    "aws_elastic_block_store": ("kubernetes.io/aws-ebs", "ebs.csi.aws.com", "volume_id"),
    "azure_disk": ("kubernetes.io/azure-disk", "disk.csi.azure.com", "disk_uri"),
    "cinder": ("kubernetes.io/cinder", "cinder.csi.openstack.org", "volume_id"),
    "portworx_volume": ("kubernetes.io/portworx-volume", "pxd.portworx.com", "volume_id"),
}
IN_TREE_DRIVERS = {plugin: driver for plugin, driver, _ in _MIGRATED.values()}
"""CSI drivers that serve the volume plugins which once were part of Kubernetes."""


def migrated(source: Any) -> tuple[str, str] | None:
    """(CSI driver, volume handle) of an in-tree volume source that is served through CSI, or None."""
    for field, (_, driver, handle) in _MIGRATED.items():
        volume = getattr(source, field, None)
        if volume is not None:
            return driver, str(getattr(volume, handle) or "")
    return None
