"""Bind claims to volumes, have volumes provisioned, and see to those that are released.

Imitates  the PersistentVolume binder of Kubernetes 1.36
Wakes on  PersistentVolumeClaim; PersistentVolume; every 15 s while there is something to wait for
Writes    both and their status; PersistentVolume delete
Differs   D-083: each waits for 15 s of its own; D-084: volumes are recycled at once

A key is `claim:NAMESPACE/NAME` or `volume:NAME`: each side is looked at by itself, and what one has begun the other
ends. The volume is written first, so that whoever finds only a half of a binding knows how it goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...kit import DONE, Api, Cache, Result, Wiring, claimed
from ...kit.volumes import BIND_COMPLETED
from ...kit.wiring import key_of
from ...objects import core, storage
from . import claims, volumes
from .indexes import BY_CLAIM, OFFERED, reserved

COMPONENT = "persistentvolume-controller"


def _claim_changed(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    obj = new if new is not None else old
    yield f"claim:{key_of(obj)}"
    if new is None:
        yield from (f"volume:{each.metadata.name}" for each in reserved(cache, obj))


def _volume_changed(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    obj = new if new is not None else old
    yield f"volume:{obj.metadata.name}"
    reference = obj.spec.claim_ref
    if reference is not None and reference.uid and (new is None or old is None or old.spec.claim_ref != reference):
        yield f"claim:{reference.namespace}/{reference.name}"


WIRING = Wiring(
    "persistentvolume-binder-controller",
    account="persistent-volume-binder",
    watches=((core.PersistentVolumeClaim, _claim_changed), (core.PersistentVolume, _volume_changed)),
    reads=(storage.StorageClass,),
    indexes=((core.PersistentVolume, OFFERED), (core.PersistentVolume, BY_CLAIM), (core.Pod, claimed.BY_CLAIM)),
    memory=claims.Waiting,
)


def reconcile(api: Api, cache: Cache, memory: claims.Waiting, key: str) -> Result:
    """Look at one claim or one volume."""
    what, _, name = key.partition(":")
    if what == "volume":
        volume: Any = cache.get(core.PersistentVolume, name)
        return DONE if volume is None else volumes.look(api, cache, volume)
    claim: Any = cache.get(core.PersistentVolumeClaim, name)
    if claim is None or BIND_COMPLETED in claim.metadata.annotations:
        api.forget()
        return DONE if claim is None else claims.look_bound(api, cache, claim)
    return claims.look_unbound(api, cache, memory, claim)
