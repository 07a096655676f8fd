"""The side of the claims: find a volume, ask for one, or say why there is none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from ...apiserver.admission.storage import default_class
from ...errors import Conflict
from ...kit import DONE, Api, Cache, Result, claimed
from ...kit.volumes import (
    BOUND_BY_CONTROLLER,
    PROVISIONER,
    PROVISIONER_BETA,
    SELECTED_NODE,
    bound_to,
    claim_class,
    matching_volume,
    storage_of,
    volume_class,
)
from ...objects import core, evolve, storage
from ...objects.pods import is_finished
from .indexes import offered, reserved
from .writes import bind, claim_phase

RESYNC_SECONDS = 15.0
IN_TREE = "kubernetes.io/"
"""What the names of provisioners begin with that were once a part of Kubernetes."""

NO_VOLUMES = "no persistent volumes available for this claim and no storage class is set"
WAITS = "waiting for first consumer to be created before binding"
LOST = "Data on the volume is lost!"


@attrs.frozen
class Waiting:
    """What is remembered of a claim that waits: the version that the binder wrote itself, and when it looks again."""

    written: str = ""
    due: float = 0.0
    let_be: bool = False
    """Whether it has let volumes be looked at first that are as new as the claim."""


# Claims that were bound once


def look_bound(api: Api, cache: Cache, claim: Any) -> Result:
    """See that a binding is whole, or say what is lost, and look every 15 s whether it has come back."""
    name = claim.spec.volume_name
    volume: Any = cache.get(core.PersistentVolume, name) if name else None
    if not name:
        lost = ("ClaimLost", f"Bound claim has lost reference to PersistentVolume. {LOST}")
    elif volume is None:
        lost = ("ClaimLost", f"Bound claim has lost its PersistentVolume. {LOST}")
    elif volume.spec.claim_ref is None or volume.spec.claim_ref.uid == claim.metadata.uid:
        bind(api, volume, claim)
        return DONE
    else:
        lost = ("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly")
    claim_phase(api, claim, "Lost", event=("Warning", *lost))
    return Result(after=RESYNC_SECONDS)


# Claims that wait


def look_unbound(api: Api, cache: Cache, memory: Waiting, claim: Any) -> Result:
    """Bind a claim if that can be done now; otherwise look again in 15 s.

    What the binder itself wrote of a claim is no news, and nothing is said twice because of it.
    """
    held = reserved(cache, claim)
    if claim.metadata.resource_version == memory.written and api.now < memory.due and not held:
        return Result(after=memory.due - api.now)
    if not (held or claim.spec.volume_name or memory.let_be) and any(map(_is_new, offered(cache, claim_class(claim)))):
        api.remember(Waiting(let_be=True))
        return Result(after=0)
    if claim.spec.volume_name:
        after = _requested(api, cache, claim)
    else:
        after = _any(api, cache, claim, held)
    if after is None or after.status.phase == "Bound":
        api.forget()
        return DONE
    written = after.metadata.resource_version
    api.remember(Waiting("" if after is claim else written, api.now + RESYNC_SECONDS, memory.let_be))
    return Result(after=RESYNC_SECONDS)


def _is_new(volume: Any) -> bool:
    """Whether nobody has looked at a volume yet, so that it is not available."""
    return volume.status.phase in (None, "", "Pending")


def _requested(api: Api, cache: Cache, claim: Any) -> Any | None:
    """The claim of a certain volume; it waits until it can have that one."""
    volume: Any = cache.get(core.PersistentVolume, claim.spec.volume_name)
    if volume is None:
        return claim_phase(api, claim, "Pending")
    name = volume.metadata.name
    if volume.spec.claim_ref is None:
        problem = unsuitable(volume, claim)
        if not problem:
            return bind(api, volume, claim)
        api.event(claim, "Warning", "VolumeMismatch", f'Cannot bind to requested volume "{name}": {problem}')
        return claim_phase(api, claim, "Pending")
    if bound_to(volume, claim):
        return bind(api, volume, claim)
    api.event(claim, "Warning", "FailedBinding", f'volume "{name}" already bound to a different claim.')
    if BOUND_BY_CONTROLLER in claim.metadata.annotations:
        reference, metadata = volume.spec.claim_ref, claim.metadata
        raise Conflict(
            f'invalid binding of claim "{metadata.namespace}/{metadata.name}" to volume "{name}": volume already '
            f'claimed by "{reference.namespace}/{reference.name}"'
        )
    return claim_phase(api, claim, "Pending")


def unsuitable(volume: Any, claim: Any) -> str:
    """Why a claim cannot have a volume; empty if it can."""
    spec, wanted = volume.spec, claim.spec
    if volume.metadata.deletion_timestamp is not None:
        return f'the volume is marked for deletion "{volume.metadata.name}"'
    if storage_of(spec.capacity) < storage_of(wanted.resources.requests):
        return "requested PV is too small"
    if volume_class(volume) != claim_class(claim):
        return "storageClassName does not match"
    if (spec.volume_attributes_class_name or "") != (wanted.volume_attributes_class_name or ""):
        return "volumeAttributesClassName does not match"
    if (spec.volume_mode or "Filesystem") != (wanted.volume_mode or "Filesystem"):
        return "incompatible volumeMode"
    if any(mode not in spec.access_modes for mode in wanted.access_modes):
        return "incompatible accessMode"
    return ""


def _any(api: Api, cache: Cache, claim: Any, held: Iterable[Any]) -> Any | None:
    """The claim of whatever suits it, or is made for it; None once a volume is its own."""
    name = claim_class(claim)
    storage_class: Any = cache.get(storage.StorageClass, name) if name else None
    late = storage_class is not None and storage_class.volume_binding_mode == "WaitForFirstConsumer"
    late = late and SELECTED_NODE not in claim.metadata.annotations
    volume = best(claim, held, offered(cache, name), late=late)
    if volume is not None:
        return bind(api, volume, claim)
    if claim.spec.storage_class_name is None and not name:
        chosen = default_class(cache.list(storage.StorageClass))
        if chosen is not None:
            claim = api.update(evolve(claim, {"spec.storage_class_name": chosen.metadata.name}))
            return _any(api, cache, claim, held)
    if late:
        api.event(claim, "Normal", *_awaited(cache, claim))
    elif name:
        return _provisioned(api, claim, name, storage_class)
    else:
        api.event(claim, "Normal", "FailedBinding", NO_VOLUMES)
    return claim_phase(api, claim, "Pending")


def best(claim: Any, held: Iterable[Any], free: Iterable[Any], *, late: bool) -> Any | None:
    """The volume that a claim gets: one that is reserved for it, else one that can do little more than is asked for.

    Volumes with the fewest access modes go first, and of these the smallest.
    """
    able = [each for each in (*held, *free) if all(mode in each.spec.access_modes for mode in claim.spec.access_modes)]
    groups: dict[tuple[str, ...], list[Any]] = {}
    for volume in able:
        groups.setdefault(tuple(volume.spec.access_modes), []).append(volume)
    for modes in sorted(groups, key=lambda modes: (len(modes), modes)):
        found = matching_volume(claim, groups[modes], late=late)
        if found is not None:
            return found
    return None


def _awaited(cache: Cache, claim: Any) -> tuple[str, str]:
    """Whom a claim waits for that is bound late: a pod, or the scheduler."""
    pods = [pod for pod in claimed.users(cache, claim) if not is_finished(pod) and not pod.spec.node_name]
    names = ",".join(pod.metadata.name for pod in pods)
    if not names:
        return "WaitForFirstConsumer", WAITS
    return "WaitForPodScheduled", f"waiting for pod{'s' if len(pods) > 1 else ''} {names} to be scheduled"


def _provisioned(api: Api, claim: Any, name: str, storage_class: Any) -> Any:
    """Ask for a volume: a provisioner outside is told by an annotation."""
    if storage_class is None:
        api.event(claim, "Warning", "ProvisioningFailed", f'storageclass.storage.k8s.io "{name}" not found')
        return claim
    provisioner = storage_class.provisioner
    if provisioner.startswith(IN_TREE):
        api.event(claim, "Warning", "ProvisioningFailed", f"no volume plugin matched name: {provisioner}")
        return claim
    if claim.metadata.annotations.get(PROVISIONER) != provisioner:
        asked = {**claim.metadata.annotations, PROVISIONER_BETA: provisioner, PROVISIONER: provisioner}
        claim = api.update(evolve(claim, {"metadata.annotations": asked}))
    text = (
        f"Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the "
        "system administrator. If volume creation is delayed, please verify that the provisioner is running and "
        "correctly registered."
    )
    api.event(claim, "Normal", "ExternalProvisioning", text)
    return claim
