"""Runtime classes (`node.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .declare import Map, field, immutable, required
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import core

API_VERSION = "node.k8s.io/v1"
PACKAGE = "io.k8s.api.node.v1"


class RuntimeClass(Object):
    """A named way to run containers, which pods choose by name."""

    handler: str = immutable
    overhead: Overhead | None
    scheduling: Scheduling | None


class Overhead(Struct):
    """What a pod of a runtime class costs beyond its containers."""

    pod_fixed: core.ResourceList


class Scheduling(Struct):
    """Which nodes support a runtime class."""

    node_selector: Map[str] = field(map_type="atomic")
    tolerations: tuple[core.Toleration, ...]


class RuntimeClassList(ObjectList):
    """A page of runtime classes."""

    items: tuple[RuntimeClass, ...] = required
