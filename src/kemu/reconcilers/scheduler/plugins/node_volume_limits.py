"""NodeVolumeLimits: no more volumes of a CSI driver on a node than its CSINode allows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from ....kit.volumes import claim_class, claim_name, foreign_claim
from ..events import POD, Action, Registration
from ..framework import SKIP, CycleState, Plugin, Status, error, unresolvable, unschedulable
from ..nodes import NodeInfo
from ..shapes import PodInfo, Shape
from ..tallies import Depends
from ..volumes import IN_TREE_DRIVERS, concerned, migrated, sources

REASON = "node(s) exceed max volume count"

Attached = dict[str, str]


class NodeVolumeLimits(Plugin):
    """Counts attachable volumes per driver."""

    name = "NodeVolumeLimits"

    def depends(self, shape: Shape) -> Depends:
        """Nothing is asked of pods without volumes; everything else is beyond nodes and pods."""
        return Depends.ANYTHING if concerned(shape) else Depends.POD

    def sign(self, pod: PodInfo) -> Hashable:
        """The volumes."""
        return sources(pod)

    def pre_filter(self, state: CycleState, pod: PodInfo) -> Status | None:
        """Skip pods without claims or in-tree volumes that are served through CSI."""
        for volume in pod.shape.volumes:
            if volume.persistent_volume_claim is not None or volume.ephemeral is not None or migrated(volume):
                return None
        return SKIP

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Refuse a node on which the pod's new volumes would exceed a driver's limit."""
        csi_node = self.handle.listers.get("CSINode", node.name)
        wanted, problem = self._attachable(pod, csi_node is not None, True)
        if problem is not None:
            return problem
        limits = _limits(csi_node)
        if not wanted or not limits:
            return None
        present: Attached = {}
        for other in node.pods.values():
            found, problem = self._attachable(other, csi_node is not None, False)
            if problem is not None:
                return problem
            present.update(found)
        counts: dict[str, int] = {}
        for unique, driver in present.items():
            wanted.pop(unique, None)
            counts[driver] = counts.get(driver, 0) + 1
        for unique, driver in self._attachments(node.name).items():
            if unique not in present:
                counts[driver] = counts.get(driver, 0) + 1
        added: dict[str, int] = {}
        for driver in wanted.values():
            added[driver] = added.get(driver, 0) + 1
        for driver, count in added.items():
            if driver in limits and counts.get(driver, 0) + count > limits[driver]:
                return unschedulable(REASON)
        return None

    def _attachable(self, pod: PodInfo, migration: bool, new: bool) -> tuple[Attached, Status | None]:
        """{unique volume: driver} of a pod."""
        found: Attached = {}
        for volume in pod.shape.volumes:
            name = claim_name(pod.pod, volume)
            if name is None:
                inline = migrated(volume)
                if inline is not None and migration:
                    found["/".join(inline)] = inline[0]
                continue
            namespace = pod.shape.namespace
            claim = self.handle.listers.get("PersistentVolumeClaim", f"{namespace}/{name}")
            if claim is None:
                if new:
                    text = f'looking up PVC {namespace}/{name}: persistentvolumeclaim "{name}" not found'
                    return {}, unresolvable(text)
                continue
            if volume.ephemeral is not None:
                reason = foreign_claim(pod.pod, claim)
                if reason:
                    return {}, error(reason)
            driver, handle = self._driver(claim, migration)
            if driver and handle:
                found[f"{driver}/{handle}"] = driver
        return found, None

    def _driver(self, claim: Any, migration: bool) -> tuple[str, str]:
        """CSI driver and volume handle behind a claim; empty when it is not served through CSI."""
        listers = self.handle.listers
        name = claim.spec.volume_name
        volume = listers.get("PersistentVolume", name) if name else None
        if volume is None:
            storage_class = listers.get("StorageClass", claim_class(claim))
            if storage_class is None:
                return "", ""
            driver = storage_class.provisioner
            if driver in IN_TREE_DRIVERS:
                if not migration:
                    return "", ""
                driver = IN_TREE_DRIVERS[driver]
            return driver, f"unprovisioned-{claim.metadata.namespace}/{claim.metadata.name}"
        if volume.spec.csi is not None:
            return volume.spec.csi.driver, volume.spec.csi.volume_handle
        return (migrated(volume.spec) if migration else None) or ("", "")

    def _attachments(self, node_name: str) -> Attached:
        """{unique volume: driver} of the VolumeAttachments of a node."""
        found: Attached = {}
        for attachment in self.handle.listers.list("VolumeAttachment"):
            name = attachment.spec.source.persistent_volume_name
            if attachment.spec.node_name != node_name or not attachment.spec.attacher or not name:
                continue
            volume = self.handle.listers.get("PersistentVolume", name)
            if volume is not None and volume.spec.csi is not None:
                driver = attachment.spec.attacher
                found[f"{driver}/{volume.spec.csi.volume_handle}"] = driver
        return found

    def events(self) -> Iterable[Registration]:
        """Limits grew, a pod left, a claim appeared, a volume was detached."""
        return (
            Registration("CSINode", Action.ADD),
            Registration("CSINode", Action.UPDATE, "after_csi_node"),
            Registration(POD, Action.DELETE, "after_pod_deleted"),
            Registration("PersistentVolumeClaim", Action.ADD, "after_claim_added"),
            Registration("VolumeAttachment", Action.DELETE, "after_detached"),
        )

    def after_csi_node(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """A limit was raised."""
        before = _limits(old)
        return any(limit > before.get(driver, 0) for driver, limit in _limits(new).items())

    def after_pod_deleted(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """The deleted pod had volumes that count."""
        if not old.spec.node_name and not old.status.nominated_node_name:
            return False
        return any(
            v.persistent_volume_claim is not None or v.ephemeral is not None or migrated(v) for v in old.spec.volumes
        )

    def after_claim_added(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """Only the pod's own claims matter."""
        names = {claim_name(pod.pod, v) for v in pod.shape.volumes}
        return new.metadata.namespace == pod.shape.namespace and new.metadata.name in names

    def after_detached(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """The pod has claims, or an in-tree volume of that driver."""
        for volume in pod.shape.volumes:
            if volume.persistent_volume_claim is not None:
                return True
            inline = migrated(volume)
            if inline is not None and inline[0] == old.spec.attacher:
                return True
        return False


def _limits(csi_node: Any | None) -> dict[str, int]:
    """{driver: most volumes} of a CSINode."""
    if csi_node is None:
        return {}
    return {
        d.name: d.allocatable.count
        for d in csi_node.spec.drivers
        if d.allocatable is not None and d.allocatable.count is not None
    }
