"""Replication controllers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..declare import Int64, Map, Time, always, field, keyed, pointer
from ..model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from .persistent import ConditionStatus
    from .pod import PodTemplateSpec

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"

ReplicationControllerConditionType = str


class ReplicationControllerSpec(Struct):
    """TODO"""

    replicas: int | None = field(pointer=True, default=1)
    min_ready_seconds: int | None = field(default=0)
    selector: Map[str] = field(map_type="atomic")
    template: PodTemplateSpec | None


class ReplicationControllerStatus(Struct):
    """TODO"""

    replicas: int
    fully_labeled_replicas: int | None
    ready_replicas: int | None
    available_replicas: int | None
    observed_generation: Int64 | None
    conditions: tuple[ReplicationControllerCondition, ...] = keyed("type", merge="type")


class ReplicationControllerCondition(Struct):
    """TODO"""

    type: ReplicationControllerConditionType
    status: ConditionStatus
    last_transition_time: Time | None = field(always=True, required=False)
    reason: str | None
    message: str | None


class ReplicationController(Object):
    """TODO"""

    spec: ReplicationControllerSpec
    status: ReplicationControllerStatus


class ReplicationControllerList(ObjectList):
    """A page of replication controllers."""

    items: tuple[ReplicationController, ...] = field(required=True)
