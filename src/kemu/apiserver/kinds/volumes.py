"""Volumes and claims: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...objects import evolve
from ..cells import AGE, NAME, UNSET, cell, row
from ..policy import Policy
from .oddities import old_labels, parts_of_bytes
from .pods.sources import CLAIM_SPEC, MODES
from .volume_rules import BETA_CLASS, VOLUME_SPEC, claim_changes, claim_status, volume_changes

if TYPE_CHECKING:
    from ..request import Desk

# Preparation


def _create_volume(volume: Any, desk: Desk) -> Any:
    return evolve(volume, status={"phase": "Pending", "lastPhaseTransitionTime": desk.stamp()})


def _update_volume(volume: Any, old: Any, subresource: str, desk: Desk) -> Any:
    """The time of the last phase is the server's, unless who writes the phase says another."""
    if subresource != "status":
        return volume
    told, known = volume.status.last_phase_transition_time, old.status.last_phase_transition_time
    if volume.status.phase == old.status.phase:
        return volume if told is not None else evolve(volume, {"status.last_phase_transition_time": known})
    if told is not None and told != known:
        return volume
    return evolve(volume, {"status.last_phase_transition_time": desk.stamp()})


def _create_claim(claim: Any, desk: Desk) -> Any:
    return evolve(_with_sources(claim, None), status={"phase": "Pending"})


def _update_claim(new: Any, old: Any, subresource: str, desk: Desk) -> Any:
    return new if subresource == "status" or new.spec is old.spec else _with_sources(new, old)


def _with_sources(claim: Any, old: Any | None) -> Any:
    """What a claim is filled from is said by two fields: the newer knows more kinds, and other namespaces only while
    a feature is on that is off."""
    source, reference = claim.spec.data_source, claim.spec.data_source_ref
    if source is None and reference is None:
        return claim
    if reference is not None and reference.namespace and (old is None or old.spec.data_source_ref is None):
        reference = None
    known = (None, "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot")
    if reference is None and source is not None and (old is None or old.spec.data_source is None):
        if (source.api_group or None, source.kind) not in known:
            source = None
    if source is not None and reference is None:
        reference = {"apiGroup": source.api_group, "kind": source.kind, "name": source.name}
    elif source is None and reference is not None and not reference.namespace:
        source = {"apiGroup": reference.api_group, "kind": reference.kind, "name": reference.name}
    return evolve(claim, {"spec.data_source": source, "spec.data_source_ref": reference})


# Warnings

OLD_CLASS = 'deprecated since v1.8; use "storageClassName" attribute instead'
OLD_ANNOTATIONS = {
    "volume.beta.kubernetes.io/storage-class": OLD_CLASS,
    "volume.beta.kubernetes.io/mount-options": 'deprecated since v1.31; use "mountOptions" attribute instead',
}
OLD_SOURCES = {
    "cephfs": ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    "photonPersistentDisk": ("photon_persistent_disk", "deprecated in v1.11, non-functional in v1.16+"),
    "scaleIO": ("scale_io", "deprecated in v1.16, non-functional in v1.22+"),
    "storageOS": ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    "glusterfs": ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    "rbd": ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
}


def _volume_warns(volume: Any, old: Any | None) -> Iterator[str]:
    spec = volume.spec
    for key, text in OLD_ANNOTATIONS.items():
        if key in volume.metadata.annotations:
            yield f"metadata.annotations[{key}]: {text}"
    if spec.persistent_volume_reclaim_policy == "Recycle":
        text = "Instead, the recommended approach is to use dynamic provisioning."
        yield f"spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. {text}"
    affinity = spec.node_affinity
    required_nodes = affinity.required if affinity is not None else None
    for index, term in enumerate(required_nodes.node_selector_terms if required_nodes is not None else ()):
        yield from old_labels(term, f"spec.nodeAffinity.required.nodeSelectorTerms[{index}]")
    for name, (attribute, text) in OLD_SOURCES.items():
        if getattr(spec, attribute) is not None:
            yield f"spec.{name}: {text}"


def _claim_warns(claim: Any, old: Any | None) -> Iterator[str]:
    if BETA_CLASS in claim.metadata.annotations:
        yield f"metadata.annotations[{BETA_CLASS}]: {OLD_CLASS}"
    yield from parts_of_bytes(claim.spec.resources, "spec.resources")


# Cells


def _modes(modes: Any) -> str:
    return ",".join(MODES.get(mode, mode) for mode in modes)


def _volume_status(obj: Any) -> str:
    return "Terminating" if obj.metadata.deletion_timestamp is not None else obj.status.phase or ""


def _claim(obj: Any) -> str:
    reference = obj.spec.claim_ref
    return f"{reference.namespace}/{reference.name}" if reference is not None else ""


def _storage(amounts: Any) -> str:
    return str(amounts["storage"]) if "storage" in amounts else ""


VOLUME = Policy(
    "persistentvolumes",
    status_on_create=True,
    returns_deleted=True,
    defaults={
        "spec.persistentVolumeReclaimPolicy": "Retain",
        "spec.volumeMode": "Filesystem",
        "status.phase": "Pending",
    },
    rules={"spec": VOLUME_SPEC},
    declared=False,
    warns=(_volume_warns,),
    update=(volume_changes,),
    prepare_create=_create_volume,
    prepare_update=_update_volume,
    cells=row(
        NAME,
        cell(lambda obj: _storage(obj.spec.capacity)),
        cell(lambda obj: _modes(obj.spec.access_modes)),
        cell(lambda obj: obj.spec.persistent_volume_reclaim_policy or ""),
        cell(_volume_status),
        cell(_claim),
        cell(lambda obj: obj.spec.storage_class_name or ""),
        cell(lambda obj: obj.spec.volume_attributes_class_name or UNSET),
        cell(lambda obj: obj.status.reason or ""),
        AGE,
        cell(lambda obj: obj.spec.volume_mode or UNSET),
    ),
)

CLAIM = Policy(
    "persistentvolumeclaims",
    returns_deleted=True,
    prepare_create=_create_claim,
    prepare_update=_update_claim,
    declared=False,
    metadata_checks=4,
    warns=(_claim_warns,),
    rules={"spec": CLAIM_SPEC},
    update=(claim_changes,),
    status_update=(claim_status,),
    cells=row(
        NAME,
        cell(_volume_status),
        cell(lambda obj: obj.spec.volume_name or ""),
        cell(lambda obj: _storage(obj.status.capacity) if obj.spec.volume_name else ""),
        cell(lambda obj: _modes(obj.status.access_modes) if obj.spec.volume_name else ""),
        cell(lambda obj: obj.metadata.annotations.get(BETA_CLASS) or obj.spec.storage_class_name or ""),
        cell(lambda obj: obj.spec.volume_attributes_class_name or UNSET),
        AGE,
        cell(lambda obj: obj.spec.volume_mode or UNSET),
    ),
)

POLICIES = (VOLUME, CLAIM)
