"""Let a volume go that is to be deleted once it is not bound.

Imitates  the PersistentVolume protection controller of Kubernetes 1.36
Wakes on  PersistentVolume
Writes    PersistentVolume: its finalizer
Differs   nothing known
"""

from __future__ import annotations

from typing import Any

from ..apiserver.admission.storage import PROTECTION
from ..kit import DONE, Api, Cache, Result, Wiring
from ..objects import core, evolve

COMPONENT = "pv-protection-controller"
FINALIZER = PROTECTION["persistentvolumes"]
WIRING = Wiring(
    "persistentvolume-protection-controller", account="pv-protection-controller", reconciles=core.PersistentVolume
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Add the finalizer to a volume that lacks it, or take it from one that may go."""
    volume: Any = cache.get(core.PersistentVolume, key)
    if volume is None:
        return DONE
    finalizers = volume.metadata.finalizers
    if volume.metadata.deletion_timestamp is None:
        if FINALIZER not in finalizers:
            api.update(evolve(volume, {"metadata.finalizers": (*finalizers, FINALIZER)}))
    elif FINALIZER in finalizers and volume.status.phase != "Bound":
        kept = tuple([each for each in finalizers if each != FINALIZER])
        api.update(evolve(volume, {"metadata.finalizers": kept}))
    return DONE
