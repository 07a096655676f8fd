"""Priority classes (`scheduling.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .declare import field, required
from .model import Object, ObjectList

if TYPE_CHECKING:
    from . import core

API_VERSION = "scheduling.k8s.io/v1"
PACKAGE = "io.k8s.api.scheduling.v1"


class PriorityClass(Object):
    """A named importance that pods choose."""

    value: int = field(required=False, immutable=True)
    global_default: bool | None
    description: str | None
    preemption_policy: core.PreemptionPolicy | None = field(pointer=True, immutable=True)


class PriorityClassList(ObjectList):
    """A page of priority classes."""

    items: tuple[PriorityClass, ...] = required
