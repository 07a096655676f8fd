"""Say of a claim that asks for more than it has that somebody else is to see to it: who made its volume.

Imitates  the persistent volume expander of Kubernetes 1.36, for volumes of drivers outside of it
Wakes on  PersistentVolumeClaim that asks for more
Writes    events of claims
Differs   nothing known: no driver is a part of Kubernetes any more
"""

from __future__ import annotations

from typing import Any

from .. import errors
from ..kit import DONE, Api, Cache, Result, Wiring, key_of
from ..kit.volumes import bound_to, storage_of
from ..objects import core

COMPONENT = "volume_expand"


def _grows(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """A claim that is new, or asks for something else than before."""
    if new is None or (old is not None and _asked(old) == _asked(new)):
        return ()
    return (key_of(new),)


def _asked(claim: Any) -> Any:
    return storage_of(claim.spec.resources.requests)


WIRING = Wiring(
    "persistentvolume-expander-controller",
    account="expand-controller",
    reconciles=core.PersistentVolumeClaim,
    changed=_grows,
    reads=(core.PersistentVolume,),
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Look at one claim. Raises InternalError, which is tried again, while it has no volume."""
    claim: Any = cache.get(core.PersistentVolumeClaim, key)
    if claim is None or _asked(claim) <= storage_of(claim.status.capacity) or not claim.spec.volume_name:
        return DONE
    volume: Any = cache.get(core.PersistentVolume, claim.spec.volume_name)
    if volume is None or not bound_to(volume, claim):
        raise errors.InternalError(f"persistent Volume is not bound to PVC being updated : {key}")
    if storage_of(claim.status.capacity):
        api.event(claim, "Normal", "ExternalExpanding", "waiting for an external controller to expand this PVC")
    return DONE
