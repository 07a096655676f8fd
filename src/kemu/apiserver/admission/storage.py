"""Volumes and claims: finalizers while they are in use, and the default storage class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...objects import evolve, storage
from ..resources import Resource
from .base import Plugin

if TYPE_CHECKING:
    from ..server import ApiServer, Context

PROTECTION = {
    "persistentvolumes": "kubernetes.io/pv-protection",
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
}
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
DEFAULT_CLASS_BETA = "storageclass.beta.kubernetes.io/is-default-class"


class StorageObjectInUseProtection(Plugin):
    """Volumes and claims carry a finalizer, so that they are not deleted while something uses them."""

    name = "StorageObjectInUseProtection"
    resources = frozenset(PROTECTION)

    def admit(self, server: ApiServer, resource: Resource, obj: Any, old: Any | None, context: Context) -> Any:
        finalizer = PROTECTION[resource.key]
        if finalizer in obj.metadata.finalizers:
            return obj
        return evolve(obj, metadata=evolve(obj.metadata, finalizers=(*obj.metadata.finalizers, finalizer)))


class DefaultStorageClass(Plugin):
    """A claim that names no class gets the default one: the newest of those marked so, then the first by name."""

    name = "DefaultStorageClass"
    resources = frozenset({"persistentvolumeclaims"})

    def admit(self, server: ApiServer, resource: Resource, obj: Any, old: Any | None, context: Context) -> Any:
        if obj.spec.storage_class_name is not None:
            return obj
        classes = server.resources.of(storage.StorageClass)
        marked = [
            pair.value
            for pair in server.store.items(classes.prefix)
            if "true"
            in (
                pair.value.metadata.annotations.get(DEFAULT_CLASS),
                pair.value.metadata.annotations.get(DEFAULT_CLASS_BETA),
            )
        ]
        if not marked:
            return obj
        chosen = min(marked, key=lambda each: (-int(each.metadata.creation_timestamp or 0), each.metadata.name))
        return evolve(obj, spec=evolve(obj.spec, storage_class_name=chosen.metadata.name))
