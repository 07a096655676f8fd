"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Map, field, immutable, required
from .model import Object, ObjectList, Struct
from . import core
API_VERSION = 'node.k8s.io/v1'
PACKAGE = 'io.k8s.api.node.v1'

class RuntimeClass(Object):
    handler: str
    overhead: Overhead | None
    scheduling: Scheduling | None
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., handler: str | None = ...,
        overhead: Overhead | Mapping[str, Any] | None = ..., scheduling: Scheduling | Mapping[str, Any] | None = ...,
        kind: Literal["RuntimeClass"] | None = ..., api_version: Literal["node.k8s.io/v1"] | None = ...
    ) -> None: ...

class Overhead(Struct):
    pod_fixed: core.ResourceList
    def __init__(self, *, pod_fixed: Mapping[str, Quantity | str | int | float] | None = ...) -> None: ...

class Scheduling(Struct):
    node_selector: Map[str]
    tolerations: tuple[core.Toleration, ...]
    def __init__(self, *,
        node_selector: Mapping[str, str] | None = ...,
        tolerations: Sequence[core.Toleration | Mapping[str, Any]] | None = ...
    ) -> None: ...

class RuntimeClassList(ObjectList):
    items: tuple[RuntimeClass, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[RuntimeClass | Mapping[str, Any]] | None = ..., kind: Literal["RuntimeClassList"] | None = ...,
        api_version: Literal["node.k8s.io/v1"] | None = ...
    ) -> None: ...
