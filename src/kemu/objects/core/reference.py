"""References to objects, and bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..declare import always, field, pointer
from ..model import Object, Struct

if TYPE_CHECKING:
    from .. import meta

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"


class SecretReference(Struct, map_type="atomic"):
    """TODO"""

    name: str | None
    namespace: str | None


class Binding(Object):
    """TODO"""

    target: ObjectReference = field(required=True)


class ObjectReference(Struct, map_type="atomic"):
    """TODO"""

    kind: str | None
    namespace: str | None
    name: str | None
    uid: meta.UID | None
    api_version: str | None
    resource_version: str | None
    field_path: str | None


class LocalObjectReference(Struct, map_type="atomic"):
    """TODO"""

    name: str | None = field(default="")


class TypedLocalObjectReference(Struct, map_type="atomic"):
    """TODO"""

    api_group: str | None = field(pointer=True, always=True, required=False)
    kind: str
    name: str
