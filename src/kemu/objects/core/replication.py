"""Replication controllers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..declare import Int64, Map, Time, always, field, keyed, required
from ..model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from .persistent import ConditionStatus
    from .pod import PodTemplateSpec

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"

ReplicationControllerConditionType = str


class ReplicationController(Object):
    """A number of interchangeable pods: the older form of a replica set."""

    spec: ReplicationControllerSpec
    status: ReplicationControllerStatus


class ReplicationControllerSpec(Struct):
    """How many pods, which ones count, and what new ones look like."""

    replicas: int | None = field(pointer=True, default=1)
    min_ready_seconds: int | None = field(default=0)
    selector: Map[str] = field(map_type="atomic")
    template: PodTemplateSpec | None


class ReplicationControllerStatus(Struct):
    """How many pods of a replication controller exist, are ready and available."""

    replicas: int
    fully_labeled_replicas: int | None
    ready_replicas: int | None
    available_replicas: int | None
    observed_generation: Int64 | None
    conditions: tuple[ReplicationControllerCondition, ...] = keyed("type", merge="type")


class ReplicationControllerCondition(Struct):
    """One observation about a replication controller."""

    type: ReplicationControllerConditionType
    status: ConditionStatus
    last_transition_time: Time | None = always
    reason: str | None
    message: str | None


class ReplicationControllerList(ObjectList):
    """A page of replication controllers."""

    items: tuple[ReplicationController, ...] = required
