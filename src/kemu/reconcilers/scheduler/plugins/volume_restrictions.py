"""VolumeRestrictions: disks that only one pod can use, and claims with ReadWriteOncePod."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from ..events import NODE, POD, Action, Registration
from ..framework import SKIP, CycleState, Plugin, Status, unresolvable, unschedulable
from ..nodes import NodeInfo
from ..shapes import PodInfo, Shape
from ..tallies import Depends
from ..volumes import concerned, sources

REASON_DISK = "node(s) had no available disk"
REASON_ONE_POD = (
    "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod"
)


class _InUse:
    """PreFilter state: claims that only one pod may use, and how many uses by other pods there are."""

    __slots__ = ("claims", "namespace", "uses")

    def __init__(self, namespace: str, claims: frozenset[str], uses: int) -> None:
        self.namespace = namespace
        self.claims = claims
        self.uses = uses

    def clone(self) -> _InUse:
        """An independent copy."""
        return _InUse(self.namespace, self.claims, self.uses)

    def count(self, other: PodInfo) -> int:
        """How many of the claims another pod uses."""
        return sum(name in self.claims for name in other.shape.claims)


def _restricted(volume: Any) -> bool:
    return (
        volume.gce_persistent_disk is not None
        or volume.aws_elastic_block_store is not None
        or volume.iscsi is not None
        or volume.rbd is not None
    )


def conflict(one: Any, other: Any) -> bool:
    """Whether two pods on one node cannot use these two volumes at the same time."""
    first, second = one.gce_persistent_disk, other.gce_persistent_disk
    if first is not None and second is not None:
        if first.pd_name == second.pd_name and not (first.read_only and second.read_only):
            return True
    first, second = one.aws_elastic_block_store, other.aws_elastic_block_store
    if first is not None and second is not None and first.volume_id == second.volume_id:
        return True
    first, second = one.iscsi, other.iscsi
    if first is not None and second is not None:
        if first.iqn == second.iqn and not (first.read_only and second.read_only):
            return True
    first, second = one.rbd, other.rbd
    if first is not None and second is not None:
        monitors = frozenset(first.monitors) & frozenset(second.monitors)
        same = (first.pool or "rbd") == (second.pool or "rbd") and first.image == second.image
        return bool(monitors) and same and not (first.read_only and second.read_only)
    return False


def _conflicts(volumes: Iterable[Any], others: Iterable[Any]) -> bool:
    wanted = [v for v in volumes if _restricted(v)]
    return bool(wanted) and any(conflict(v, o) for o in others for v in wanted)


class VolumeRestrictions(Plugin):
    """Keeps pods apart that cannot share a volume."""

    name = "VolumeRestrictions"

    def depends(self, shape: Shape) -> Depends:
        """Nothing is asked of pods without volumes; everything else is beyond nodes and pods."""
        return Depends.ANYTHING if concerned(shape) else Depends.POD

    def sign(self, pod: PodInfo) -> Hashable:
        """The volumes."""
        return sources(pod)

    def pre_filter(self, state: CycleState, pod: PodInfo) -> Status | None:
        """Find the claims that only one pod may use and whether they are used."""
        shape = pod.shape
        needs_check = any(_restricted(v) for v in shape.volumes)
        exclusive: dict[str, None] = {}
        for name in shape.claims:
            claim = self.handle.listers.get("PersistentVolumeClaim", f"{shape.namespace}/{name}")
            if claim is None:
                return unresolvable(f'persistentvolumeclaim "{name}" not found')
            if "ReadWriteOncePod" in claim.spec.access_modes:
                exclusive[name] = None
        uses = sum(self.handle.snapshot.claim_in_use(f"{shape.namespace}/{name}") for name in exclusive)
        if not needs_check and not uses:
            return SKIP
        state[self.name] = _InUse(shape.namespace, frozenset(exclusive), uses)
        return None

    def add_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        """Count its uses."""
        state[self.name].uses += state[self.name].count(other)

    def remove_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        """Take its uses off."""
        state[self.name].uses -= state[self.name].count(other)

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Refuse a node where a disk is taken; refuse all while an exclusive claim is in use."""
        others = (v for other in node.pods.values() for v in other.shape.volumes)
        if _conflicts(pod.shape.volumes, others):
            return unschedulable(REASON_DISK)
        in_use: _InUse = state[self.name]
        return unschedulable(REASON_ONE_POD) if in_use.uses > 0 else None

    def events(self) -> Iterable[Registration]:
        """A pod left, a node or a claim appeared."""
        return (
            Registration(POD, Action.DELETE, "after_pod_deleted"),
            Registration(NODE, Action.ADD),
            Registration("PersistentVolumeClaim", Action.ADD, "after_claim_added"),
        )

    def after_claim_added(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """Only the pod's own claims matter."""
        return new.metadata.namespace == pod.shape.namespace and new.metadata.name in pod.shape.claims

    def after_pod_deleted(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """The deleted pod used one of the disks or claims."""
        if old.metadata.namespace != pod.shape.namespace:
            return False
        if _conflicts(pod.shape.volumes, old.spec.volumes):
            return True
        claims = frozenset(pod.shape.claims)
        return any(
            v.persistent_volume_claim is not None and v.persistent_volume_claim.claim_name in claims
            for v in old.spec.volumes
        )
