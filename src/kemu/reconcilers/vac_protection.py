"""Let a VolumeAttributesClass go that is to be deleted once no volume and no claim has it.

Imitates  the VolumeAttributesClass protection controller of Kubernetes 1.36
Wakes on  VolumeAttributesClass; PersistentVolume and PersistentVolumeClaim that have, or had, one
Writes    VolumeAttributesClass: its finalizer
Differs   nothing known
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from ..kit import DONE, Api, Cache, Result, Wiring
from ..kit.indexes import Index
from ..objects import core, evolve, storage

COMPONENT = "vac-protection-controller"
FINALIZER = "kubernetes.io/vac-protection"


def _of_volume(volume: Any) -> tuple[str, ...]:
    name = volume.spec.volume_attributes_class_name
    return (name,) if name else ()


def _of_claim(claim: Any) -> tuple[str, ...]:
    """The classes that a claim asks for, has, and is on its way to."""
    modified = claim.status.modify_volume_status
    target = None if modified is None else modified.target_volume_attributes_class_name
    names = (claim.spec.volume_attributes_class_name, claim.status.current_volume_attributes_class_name, target)
    return tuple(dict.fromkeys(name for name in names if name))


BY_CLASS_OF_VOLUME = Index("class", _of_volume, attrgetter("spec.volume_attributes_class_name"))
BY_CLASS_OF_CLAIM = Index("class", _of_claim, attrgetter("spec", "status"))


def _lost_by_volume(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    return () if old is None else _less(_of_volume(old), () if new is None else _of_volume(new))


def _lost_by_claim(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    return () if old is None else _less(_of_claim(old), () if new is None else _of_claim(new))


def _less(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([name for name in before if name not in after])


WIRING = Wiring(
    "volumeattributesclass-protection-controller",
    reconciles=storage.VolumeAttributesClass,
    watches=((core.PersistentVolume, _lost_by_volume), (core.PersistentVolumeClaim, _lost_by_claim)),
    indexes=((core.PersistentVolume, BY_CLASS_OF_VOLUME), (core.PersistentVolumeClaim, BY_CLASS_OF_CLAIM)),
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Add the finalizer to a class that lacks it, or take it from one that may go."""
    found: Any = cache.get(storage.VolumeAttributesClass, key)
    if found is None:
        return DONE
    finalizers = found.metadata.finalizers
    if found.metadata.deletion_timestamp is None:
        if FINALIZER not in finalizers:
            api.update(evolve(found, {"metadata.finalizers": (*finalizers, FINALIZER)}))
    elif FINALIZER in finalizers and not _is_used(cache, key):
        kept = tuple([each for each in finalizers if each != FINALIZER])
        api.update(evolve(found, {"metadata.finalizers": kept}))
    return DONE


def _is_used(cache: Cache, name: str) -> bool:
    by_volumes = cache.count(core.PersistentVolume, BY_CLASS_OF_VOLUME, name)
    return bool(by_volumes or cache.count(core.PersistentVolumeClaim, BY_CLASS_OF_CLAIM, name))
