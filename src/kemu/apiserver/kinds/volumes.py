"""Volumes and claims: what the server knows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...objects import evolve
from ..cells import AGE, NAME, UNSET, cell, row
from ..policy import Policy
from ..updates import immutable
from .pods.sources import CLAIM_SPEC, MODES

if TYPE_CHECKING:
    from ..request import Desk

# Preparation


def _create_volume(volume: Any, desk: Desk) -> Any:
    return evolve(volume, status={"phase": "Pending", "lastPhaseTransitionTime": desk.stamp()})


def _update_volume(volume: Any, old: Any, subresource: str, desk: Desk) -> Any:
    """The time of the last phase is the server's, unless who writes the phase says another."""
    if subresource != "status" or volume.status.phase == old.status.phase:
        return volume
    if volume.status.last_phase_transition_time != old.status.last_phase_transition_time:
        return volume
    return evolve(volume, {"status.last_phase_transition_time": desk.stamp()})


def _create_claim(claim: Any, desk: Desk) -> Any:
    return evolve(claim, status={"phase": "Pending"})


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
    defaults={"spec.persistentVolumeReclaimPolicy": "Retain", "spec.volumeMode": "Filesystem"},
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
    rules={"spec": CLAIM_SPEC},
    update=immutable("spec.storageClassName", once=True),
    cells=row(
        NAME,
        cell(_volume_status),
        cell(lambda obj: obj.spec.volume_name or ""),
        cell(lambda obj: _storage(obj.status.capacity) if obj.spec.volume_name else ""),
        cell(lambda obj: _modes(obj.status.access_modes) if obj.spec.volume_name else ""),
        cell(lambda obj: obj.spec.storage_class_name or ""),
        cell(lambda obj: obj.spec.volume_attributes_class_name or UNSET),
        AGE,
        cell(lambda obj: obj.spec.volume_mode or UNSET),
    ),
)

POLICIES = (VOLUME, CLAIM)
