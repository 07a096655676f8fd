"""What the volume plugins share: volumes that are assumed to be bound, and what can be reached from a node.

Assumed objects are the scheduler's own decisions that the API server has not shown it yet: they hide the object in
the cache until the cache has a newer one.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from typing import Any

from ...kit.volumes import volume_class
from ...objects.codec import encode
from ...objects.node_selectors import NodeMatcher
from ...values.fork_map import ForkMap
from .framework import Listers
from .shapes import PodInfo, Shape

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


def reachable(volume: Any, node_labels: Mapping[str, str]) -> bool:
    """Whether the volume's node affinity admits a node with these labels."""
    affinity = volume.spec.node_affinity
    if affinity is None or affinity.required is None:
        return True
    return NodeMatcher(affinity.required).matches("", node_labels)


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
