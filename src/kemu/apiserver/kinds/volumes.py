"""Volumes and claims: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...objects import evolve
from ..cells import AGE, NAME, UNSET, cell, row
from ..failures import FieldError, forbidden_field, invalid_value, not_supported
from ..failures import required as missing
from ..policy import Policy
from ..rows import Rule, choice, struct
from ..rules import demand, dns_subdomain, label_selector
from ..updates import immutable

if TYPE_CHECKING:
    from ..request import Desk

MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
"""The ways in which a volume may be mounted, and how kubectl shortens them."""


# Rules


def _access_modes(modes: tuple[str, ...]) -> Iterator[FieldError]:
    for mode in modes:
        if mode not in MODES:
            yield not_supported("", mode, sorted(MODES))
    if "ReadWriteOncePod" in modes and any(mode in MODES for mode in modes if mode != "ReadWriteOncePod"):
        yield forbidden_field("", "may not use ReadWriteOncePod with other access modes")


def _storage_requested(resources: Any) -> Iterator[FieldError]:
    amount = resources.requests.get("storage")
    if amount is None:
        yield missing("[storage]")
    elif amount.milli_value() <= 0:
        yield invalid_value("[storage]", str(amount), "must be greater than zero")


CLAIM_SPEC: Rule = struct(
    {
        "accessModes": (demand("at least 1 access mode is required"), _access_modes),
        "selector": label_selector,
        "resources": _storage_requested,
        "storageClassName": dns_subdomain,
        "volumeMode": choice,
        "volumeAttributesClassName": dns_subdomain,
    }
)
"""What a claim asks for; also the template of one."""


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
