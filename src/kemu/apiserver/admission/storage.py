"""Volumes and claims: finalizers while they are in use, and the default storage class."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...objects import evolve, storage
from ...values.quantity import Quantity
from ...wellknown import PVC_PROTECTION
from .. import failures
from ..request import Desk, Request
from .base import Plugin

PROTECTION = {
    "persistentvolumes": "kubernetes.io/pv-protection",
    "persistentvolumeclaims": PVC_PROTECTION,
    "volumeattributesclasses.storage.k8s.io": "kubernetes.io/vac-protection",
}
CLASS_BETA = "volume.beta.kubernetes.io/storage-class"
"""The annotation that a claim had for its class once, and may still have."""

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
DEFAULT_CLASS_BETA = "storageclass.beta.kubernetes.io/is-default-class"


def default_class(classes: Iterable[Any]) -> Any | None:
    """The newest class of those marked as the default; None if there is none."""
    return newest(classes, DEFAULT_CLASS, DEFAULT_CLASS_BETA)


def newest(classes: Iterable[Any], *annotations: str) -> Any | None:
    """The newest of the objects that one of these annotations marks; of the same second, the one written last (D-173).

    None if none is marked.
    """

    def marked(each: Any) -> bool:
        return any(each.metadata.annotations.get(name) == "true" for name in annotations)

    def age(each: Any) -> tuple[int, int]:
        return int(each.metadata.creation_timestamp or 0), int(each.metadata.resource_version or 0)

    return max(filter(marked, classes), key=age, default=None)


class StorageObjectInUseProtection(Plugin):
    """Volumes, claims and classes of attributes carry a finalizer, so that they are not deleted while in use."""

    name = "StorageObjectInUseProtection"
    resources = frozenset(PROTECTION)

    def admit(self, request: Request, desk: Desk) -> Any:
        obj = request.obj
        finalizer = PROTECTION[request.resource.key]
        if finalizer in obj.metadata.finalizers:
            return obj
        return evolve(obj, {"metadata.finalizers": (*obj.metadata.finalizers, finalizer)})


class DefaultStorageClass(Plugin):
    """A claim that names no class gets the default one: the newest of those marked so."""

    name = "DefaultStorageClass"
    resources = frozenset({"persistentvolumeclaims"})

    def admit(self, request: Request, desk: Desk) -> Any:
        obj = request.obj
        if obj.spec.storage_class_name is not None or CLASS_BETA in obj.metadata.annotations:
            return obj
        chosen = default_class(desk.list(storage.StorageClass))
        if chosen is None:
            return obj
        return evolve(obj, {"spec.storage_class_name": chosen.metadata.name})


class PersistentVolumeClaimResize(Plugin):
    """A claim grows only when it is bound, and its class lets it."""

    name = "PersistentVolumeClaimResize"
    resources = frozenset({"persistentvolumeclaims"})
    operations = frozenset({"UPDATE"})

    def validate(self, request: Request, desk: Desk) -> None:
        new, old = request.obj, request.old
        if _size(new) <= _size(old):
            return
        why = ""
        if old.status.phase != "Bound":
            why = "Only bound persistent volume claims can be expanded"
        elif not _may_grow(new, old, desk):
            why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must"
            why += " support resize"
        if why:
            raise failures.forbidden(request.resource.kind, new.metadata.name, why)


def _size(claim: Any) -> Quantity:
    requests = claim.spec.resources.requests if claim.spec.resources is not None else {}
    return requests.get("storage", Quantity(0))


def _may_grow(new: Any, old: Any, desk: Desk) -> bool:
    names = [each.metadata.annotations.get(CLASS_BETA, each.spec.storage_class_name) for each in (new, old)]
    if not names[0] or names[0] != names[1]:
        return False
    found: Any = desk.find(storage.StorageClass, None, names[0])
    return found is not None and bool(found.allow_volume_expansion)
