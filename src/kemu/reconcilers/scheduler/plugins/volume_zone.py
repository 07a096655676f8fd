"""VolumeZone: a pod runs in the zones and regions in which its bound volumes are."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from ....kit.volumes import claim_class
from ....wellknown import BETA_REGION, BETA_ZONE, REGION, ZONE
from ..events import NODE, Action, Registration
from ..framework import SKIP, CycleState, Plugin, Status, unresolvable
from ..nodes import NodeInfo
from ..shapes import PodInfo, Shape
from ..tallies import Depends
from ..volumes import concerned, sources

REASON = "node(s) had no available volume zone"
_LABELS = (BETA_ZONE, BETA_REGION, ZONE, REGION)
_CURRENT = {BETA_ZONE: ZONE, BETA_REGION: REGION}

Topology = tuple[str, frozenset[str]]


def topologies(volume: Any) -> list[Topology]:
    """(label, zones or regions) of a volume; several are separated by `__`."""
    found: list[Topology] = []
    for key in _LABELS:
        value = volume.metadata.labels.get(key)
        if value is not None:
            zones = [part.strip() for part in value.split("__")]
            if all(zones):
                found.append((key, frozenset(zones)))
    return found


class VolumeZone(Plugin):
    """Matches zones of volumes and nodes."""

    name = "VolumeZone"

    def depends(self, shape: Shape) -> Depends:
        """Nothing is asked of pods without volumes; everything else is beyond nodes and pods."""
        return Depends.ANYTHING if concerned(shape) else Depends.POD

    def sign(self, pod: PodInfo) -> Hashable:
        """The volumes."""
        return sources(pod)

    def pre_filter(self, state: CycleState, pod: PodInfo) -> Status | None:
        """Collect the zones of the pod's volumes."""
        listers, namespace = self.handle.listers, pod.shape.namespace
        found: list[Topology] = []
        for name in pod.shape.claims:
            if not name:
                return unresolvable("PersistentVolumeClaim had no name")
            claim = listers.get("PersistentVolumeClaim", f"{namespace}/{name}")
            if claim is None:
                return unresolvable(f'persistentvolumeclaim "{name}" not found')
            if not claim.spec.volume_name:
                refusal = self._unbound(claim)
                if refusal is not None:
                    return refusal
                continue
            volume = listers.get("PersistentVolume", claim.spec.volume_name)
            if volume is None:
                return unresolvable(f'persistentvolume "{claim.spec.volume_name}" not found')
            found += topologies(volume)
        if not found:
            return SKIP
        state[self.name] = found
        return None

    def _unbound(self, claim: Any) -> Status | None:
        class_name = claim_class(claim)
        if not class_name:
            return unresolvable("PersistentVolumeClaim had no pv name and storageClass name")
        storage_class = self.handle.listers.get("StorageClass", class_name)
        if storage_class is None:
            return unresolvable(f'storageclass.storage.k8s.io "{class_name}" not found')
        if storage_class.volume_binding_mode is None:
            return unresolvable(f'VolumeBindingMode not set for StorageClass "{class_name}"')
        if storage_class.volume_binding_mode == "WaitForFirstConsumer":
            return None
        return unresolvable("PersistentVolume had no name")

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Refuse a node in another zone or region; a node without any zone label is fine."""
        labels = node.labels
        if not any(label in labels for label in _LABELS):
            return None
        for key, zones in state[self.name]:
            value = labels.get(key)
            if value is None:
                value = labels.get(_CURRENT.get(key, key))
            if value is None or value not in zones:
                return unresolvable(REASON)
        return None

    def events(self) -> Iterable[Registration]:
        """Claims, volumes, classes and nodes that appear or change."""
        change = Action.ADD | Action.UPDATE
        return (
            Registration("StorageClass", Action.ADD, "after_class_added"),
            Registration(NODE, Action.ADD | Action.NODE_LABEL),
            Registration("PersistentVolumeClaim", change, "after_claim"),
            Registration("PersistentVolume", change, "after_volume"),
        )

    def after_class_added(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """Only a class that binds late lets a pod with unbound claims pass."""
        return bool(new.volume_binding_mode == "WaitForFirstConsumer")

    def after_claim(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """Only the pod's own claims matter."""
        return new.metadata.namespace == pod.shape.namespace and new.metadata.name in pod.shape.claims

    def after_volume(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """A volume appeared or moved."""
        return old is None or topologies(old) != topologies(new)
