"""Volumes and claims: finalizers while they are in use, and the default storage class."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...objects import evolve, storage
from ..request import Desk, Request
from .base import Plugin

PROTECTION = {
    "persistentvolumes": "kubernetes.io/pv-protection",
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
}
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
DEFAULT_CLASS_BETA = "storageclass.beta.kubernetes.io/is-default-class"


def default_class(classes: Iterable[Any]) -> Any | None:
    """The newest class of those marked as the default, then the first by name; None if there is none."""

    def marked(each: Any) -> bool:
        annotations = each.metadata.annotations
        return "true" in (annotations.get(DEFAULT_CLASS), annotations.get(DEFAULT_CLASS_BETA))

    def order(each: Any) -> tuple[int, str]:
        return -int(each.metadata.creation_timestamp or 0), each.metadata.name

    return min(filter(marked, classes), key=order, default=None)


class StorageObjectInUseProtection(Plugin):
    """Volumes and claims carry a finalizer, so that they are not deleted while something uses them."""

    name = "StorageObjectInUseProtection"
    resources = frozenset(PROTECTION)

    def admit(self, request: Request, desk: Desk) -> Any:
        obj = request.obj
        finalizer = PROTECTION[request.resource.key]
        if finalizer in obj.metadata.finalizers:
            return obj
        return evolve(obj, {"metadata.finalizers": (*obj.metadata.finalizers, finalizer)})


class DefaultStorageClass(Plugin):
    """A claim that names no class gets the default one: the newest of those marked so, then the first by name."""

    name = "DefaultStorageClass"
    resources = frozenset({"persistentvolumeclaims"})

    def admit(self, request: Request, desk: Desk) -> Any:
        obj = request.obj
        if obj.spec.storage_class_name is not None:
            return obj
        chosen = default_class(desk.list(storage.StorageClass))
        if chosen is None:
            return obj
        return evolve(obj, {"spec.storage_class_name": chosen.metadata.name})
