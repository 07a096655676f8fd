"""What the binder writes: phases, and the two halves of a binding. Each gives back the object as it then is."""

from __future__ import annotations

from typing import Any

from ...kit import Api
from ...kit.volumes import BIND_COMPLETED, BOUND_BY_CONTROLLER, reserved_for
from ...objects import evolve

Event = tuple[str, str, str]
"""Type, reason and message."""


def volume_phase(api: Api, volume: Any, phase: str, message: str = "", event: Event | None = None) -> Any:
    """A volume in a phase. The event is about the change, and there is none if it is in the phase already."""
    if volume.status.phase == phase:
        return volume
    status = evolve(volume.status, phase=phase, message=message or None)
    volume = api.update_status(evolve(volume, status=status))
    if event is not None:
        api.event(volume, *event)
    return volume


def claim_phase(api: Api, claim: Any, phase: str, volume: Any = None, event: Event | None = None) -> Any:
    """A claim in a phase, with what it has of its volume. The event is as that of a volume."""
    status = evolve(claim.status, phase=phase)
    if volume is None:
        status = evolve(status, access_modes=(), capacity={})
    else:
        spec = volume.spec
        status = evolve(
            status,
            access_modes=spec.access_modes,
            current_volume_attributes_class_name=spec.volume_attributes_class_name,
        )
        if claim.status.phase != phase:
            status = evolve(status, capacity={"storage": spec.capacity["storage"]})
    changed = claim.status.phase != phase
    if status != claim.status:
        claim = api.update_status(evolve(claim, status=status))
    if changed and event is not None:
        api.event(claim, *event)
    return claim


def bind(api: Api, volume: Any, claim: Any) -> Any | None:
    """Bind the two, from wherever an earlier try has got; the claim, or None if it is yet to be written.

    A volume that becomes the claim's wakes it, and only then the claim is written: others see the one before the other.
    """
    reserved = reserved_for(volume, claim)
    if reserved is not volume:
        volume_phase(api, api.update(reserved), "Bound")
        return None
    volume_phase(api, volume, "Bound")
    annotations, changes = dict(claim.metadata.annotations), {}
    if claim.spec.volume_name != volume.metadata.name:
        changes["spec.volume_name"] = volume.metadata.name
        annotations[BOUND_BY_CONTROLLER] = "yes"
    if BIND_COMPLETED not in annotations:
        annotations[BIND_COMPLETED] = "yes"
    if changes or annotations != dict(claim.metadata.annotations):
        claim = api.update(evolve(claim, {**changes, "metadata.annotations": annotations}))
    return claim_phase(api, claim, "Bound", volume)


def unbind(api: Api, volume: Any) -> Any:
    """A volume that nobody has: one that the binder chose forgets its claim, one that a user chose only its uid."""
    annotations = dict(volume.metadata.annotations)
    if annotations.pop(BOUND_BY_CONTROLLER, None) is not None:
        changes = {"spec.claim_ref": None, "metadata.annotations": annotations}
    else:
        changes = {"spec.claim_ref": evolve(volume.spec.claim_ref, uid=None)}
    return volume_phase(api, api.update(evolve(volume, changes)), "Available")
