"""The side of the volumes: which phase they are in, and what becomes of those whose claim is gone."""

from __future__ import annotations

from typing import Any

from ...kit import DONE, Api, Cache, Result
from ...kit.volumes import PROVISIONED_BY
from ...objects import core
from .claims import IN_TREE, RESYNC_SECONDS
from .writes import unbind, volume_phase


def look(api: Api, cache: Cache, volume: Any) -> Result:
    """Bring a volume into the phase that it should be in, and reclaim it if its claim is gone."""
    reference = volume.spec.claim_ref
    if reference is None or not reference.uid:
        volume_phase(api, volume, "Available")
        return DONE
    claim = _claim(api, cache, reference)
    if claim is None:
        return _released(api, volume)
    if not claim.spec.volume_name:
        _dangling(api, volume, claim)
    elif claim.spec.volume_name == volume.metadata.name:
        volume_phase(api, volume, "Bound")
    elif PROVISIONED_BY in volume.metadata.annotations and volume.spec.persistent_volume_reclaim_policy == "Delete":
        return _released(api, volume)
    else:
        unbind(api, volume)
    return DONE


def _claim(api: Api, cache: Cache, reference: Any) -> Any | None:
    """The claim that a volume names, if it is still that one. One that is not seen is asked for."""
    claim: Any = cache.get(core.PersistentVolumeClaim, f"{reference.namespace}/{reference.name}")
    if claim is None or claim.metadata.uid != reference.uid:
        claim = api.find(core.PersistentVolumeClaim, reference.name, reference.namespace)
    return claim if claim is not None and claim.metadata.uid == reference.uid else None


def _dangling(api: Api, volume: Any, claim: Any) -> None:
    """A volume whose claim does not know of it yet: the claim sees to it, if it can have it."""
    if (volume.spec.volume_mode or "Filesystem") == (claim.spec.volume_mode or "Filesystem"):
        return
    name, theirs = volume.metadata.name, claim.metadata.name
    why = "due to incompatible volumeMode."
    text = f'Cannot bind PersistentVolume to requested PersistentVolumeClaim "{theirs}" {why}'
    api.event(volume, "Warning", "VolumeMismatch", text)
    text = f'Cannot bind PersistentVolume "{name}" to requested PersistentVolumeClaim {why}'
    api.event(claim, "Warning", "VolumeMismatch", text)


# Volumes whose claim is gone


def _released(api: Api, volume: Any) -> Result:
    """Release a volume, and do with it as its policy says; what fails is tried again in 15 s."""
    if volume.status.phase not in ("Released", "Failed"):
        volume = volume_phase(api, volume, "Released")
    policy = volume.spec.persistent_volume_reclaim_policy
    if policy == "Delete":
        problem = _deleted(api, volume)
        reason = "VolumeFailedDelete"
    elif policy == "Recycle":
        problem = _recycled(api, volume)
        reason = "VolumeFailedRecycle"
    else:
        return DONE
    if not problem:
        return DONE
    volume_phase(api, volume, "Failed", problem, ("Warning", reason, problem))
    return Result(after=RESYNC_SECONDS)


def _deleted(api: Api, volume: Any) -> str:
    """Delete a volume, unless that is the business of who has provisioned it; why not, if it cannot be done."""
    metadata, spec = volume.metadata, volume.spec
    by = metadata.annotations.get(PROVISIONED_BY)
    if metadata.deletion_timestamp is not None or (by is not None and not by.startswith(IN_TREE)):
        return ""
    if spec.host_path is None:
        known = "no volume plugin matched" if spec.csi is not None else "no deletable volume plugin matched"
        return f'error getting deleter volume plugin for volume "{metadata.name}": {known}'
    path = spec.host_path.path
    if not path.startswith("/tmp/") or path == "/tmp/":
        return f"host_path deleter only supports /tmp/.+ but received provided {path}"
    api.delete(core.PersistentVolume, metadata.name, uid=metadata.uid)
    return ""


def _recycled(api: Api, volume: Any) -> str:
    """Have a volume cleaned and offered again; why not, if it is of a type that nobody can clean."""
    if volume.spec.host_path is None and volume.spec.nfs is None:
        return "No recycler plugin found for the volume!"
    api.event(volume, "Normal", "VolumeRecycled", "Volume recycled")
    unbind(api, volume)
    return ""
