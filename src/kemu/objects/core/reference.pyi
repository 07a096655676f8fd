"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from ..declare import field, required
from ..model import Object, Struct
from .. import meta
API_VERSION = 'v1'
PACKAGE = 'io.k8s.api.core.v1'

class Binding(Object):
    target: ObjectReference
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., target: ObjectReference | Mapping[str, Any] | None =
        ..., kind: Literal["Binding"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class ObjectReference(Struct):
    kind: str | None
    namespace: str | None
    name: str | None
    uid: meta.UID | None
    api_version: str | None
    resource_version: str | None
    field_path: str | None
    def __init__(self, *,
        kind: str | None = ..., namespace: str | None = ..., name: str | None = ..., uid: meta.UID | None = ...,
        api_version: str | None = ..., resource_version: str | None = ..., field_path: str | None = ...
    ) -> None: ...

class SecretReference(Struct):
    name: str | None
    namespace: str | None
    def __init__(self, *, name: str | None = ..., namespace: str | None = ...) -> None: ...

class LocalObjectReference(Struct):
    name: str | None
    def __init__(self, *, name: str | None = ...) -> None: ...

class TypedLocalObjectReference(Struct):
    api_group: str | None
    kind: str
    name: str
    def __init__(self, *, api_group: str | None = ..., kind: str | None = ..., name: str | None = ...) -> None: ...
