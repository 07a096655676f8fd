"""Make the claims of volumes that are to live as long as their pod.

Imitates  the ephemeral volume controller of Kubernetes 1.36
Wakes on  Pod with such volumes; PersistentVolumeClaim of one that is gone
Writes    PersistentVolumeClaim create
Differs   nothing known
"""

from __future__ import annotations

from typing import Any

from .. import errors
from ..kit import DONE, Api, Cache, Result, Wiring, key_of
from ..kit.claimed import BY_CLAIM, users
from ..kit.volumes import claim_name, foreign_claim
from ..objects import core, meta
from ..objects.references import owner_reference

COMPONENT = "ephemeral_volume"


def _has_volumes(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """A pod that is there and has such volumes. They never change."""
    if new is None or old is not None or not any(each.ephemeral is not None for each in new.spec.volumes):
        return ()
    return (key_of(new),)


def _lost(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    return () if new is not None else tuple(map(key_of, users(cache, old)))


WIRING = Wiring(
    "ephemeral-volume-controller",
    reconciles=core.Pod,
    changed=_has_volumes,
    watches=((core.PersistentVolumeClaim, _lost),),
    indexes=((core.Pod, BY_CLAIM),),
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Create the claims that a pod lacks. Raises InternalError for a claim of that name that is somebody else's."""
    pod: Any = cache.get(core.Pod, key)
    if pod is None or pod.metadata.deletion_timestamp is not None:
        return DONE
    for volume in pod.spec.volumes:
        if volume.ephemeral is None:
            continue
        name = claim_name(pod, volume)
        claim = cache.get(core.PersistentVolumeClaim, f"{pod.metadata.namespace}/{name}")
        try:
            _check(pod, claim)
            if claim is None:
                api.create(_claim(pod, name or "", volume.ephemeral.volume_claim_template))
        except errors.ApiError as problem:
            api.event(pod, "Warning", "FailedBinding", f"ephemeral volume {volume.name}: {problem.message}")
            raise
    return DONE


def _check(pod: Any, claim: Any) -> None:
    foreign = "" if claim is None else foreign_claim(pod, claim)
    if foreign:
        raise errors.InternalError(foreign)


def _claim(pod: Any, name: str, template: Any) -> core.PersistentVolumeClaim:
    said = template.metadata
    metadata = meta.ObjectMeta(
        name=name,
        namespace=pod.metadata.namespace,
        owner_references=(owner_reference(pod),),
        annotations=said.annotations if said is not None else {},
        labels=said.labels if said is not None else {},
    )
    return core.PersistentVolumeClaim(metadata=metadata, spec=template.spec)
