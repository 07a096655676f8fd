"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import field, required
from .model import Object, ObjectList
from . import core
API_VERSION = 'scheduling.k8s.io/v1'
PACKAGE = 'io.k8s.api.scheduling.v1'

class PriorityClass(Object):
    value: int
    global_default: bool | None
    description: str | None
    preemption_policy: core.PreemptionPolicy | None
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., value: int | None = ...,
        global_default: bool | None = ..., description: str | None = ...,
        preemption_policy: core.PreemptionPolicy | None = ..., kind: Literal["PriorityClass"] | None = ...,
        api_version: Literal["scheduling.k8s.io/v1"] | None = ...
    ) -> None: ...

class PriorityClassList(ObjectList):
    items: tuple[PriorityClass, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[PriorityClass | Mapping[str, Any]] | None = ..., kind: Literal["PriorityClassList"] | None =
        ..., api_version: Literal["scheduling.k8s.io/v1"] | None = ...
    ) -> None: ...
