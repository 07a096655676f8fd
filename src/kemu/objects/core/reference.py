"""References to objects, and bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..declare import field, required
from ..model import Object, Struct

if TYPE_CHECKING:
    from .. import meta

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"


class Binding(Object):
    """Assigns a pod to a node."""

    target: ObjectReference = required


class ObjectReference(Struct, map_type="atomic"):
    """An object, or a part of one."""

    kind: str | None
    namespace: str | None
    name: str | None
    uid: meta.UID | None
    api_version: str | None
    resource_version: str | None
    field_path: str | None


class SecretReference(Struct, map_type="atomic"):
    """A secret by namespace and name."""

    name: str | None
    namespace: str | None


class LocalObjectReference(Struct, map_type="atomic"):
    """An object in the same namespace, by name."""

    name: str | None = field(default="")


class TypedLocalObjectReference(Struct, map_type="atomic"):
    """An object in the same namespace, by group, kind and name."""

    api_group: str | None = field(pointer=True, always=True, required=False)
    kind: str
    name: str
