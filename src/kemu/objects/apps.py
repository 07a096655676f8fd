"""Deployments, replica sets, stateful sets, daemon sets, controller revisions (`apps/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .declare import Int64, IntOrString, Json, Time, always, field, keyed, pointer
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import core, meta

API_VERSION = "apps/v1"
PACKAGE = "io.k8s.api.apps.v1"

DaemonSetConditionType = str
DaemonSetUpdateStrategyType = Literal["OnDelete", "RollingUpdate"]
DeploymentConditionType = str
DeploymentStrategyType = Literal["Recreate", "RollingUpdate"]
PersistentVolumeClaimRetentionPolicyType = str
PodManagementPolicyType = Literal["OrderedReady", "Parallel"]
ReplicaSetConditionType = str
StatefulSetConditionType = str
StatefulSetUpdateStrategyType = Literal["OnDelete", "RollingUpdate"]


class StatefulSet(Object):
    """TODO"""

    spec: StatefulSetSpec
    status: StatefulSetStatus


class StatefulSetUpdateStrategy(Struct):
    """TODO"""

    type: StatefulSetUpdateStrategyType | None
    rolling_update: RollingUpdateStatefulSetStrategy | None


class RollingUpdateStatefulSetStrategy(Struct):
    """TODO"""

    partition: int | None = pointer
    max_unavailable: IntOrString | None = pointer


class StatefulSetPersistentVolumeClaimRetentionPolicy(Struct):
    """TODO"""

    when_deleted: PersistentVolumeClaimRetentionPolicyType | None
    when_scaled: PersistentVolumeClaimRetentionPolicyType | None


class StatefulSetOrdinals(Struct):
    """TODO"""

    start: int = field(required=False)


class StatefulSetSpec(Struct):
    """TODO"""

    replicas: int | None = pointer
    selector: meta.LabelSelector | None = field(always=True, required=True)
    template: core.PodTemplateSpec = field(required=True)
    volume_claim_templates: tuple[core.PersistentVolumeClaim, ...]
    service_name: str = field(required=False)
    pod_management_policy: PodManagementPolicyType | None
    update_strategy: StatefulSetUpdateStrategy
    revision_history_limit: int | None = pointer
    min_ready_seconds: int | None
    persistent_volume_claim_retention_policy: StatefulSetPersistentVolumeClaimRetentionPolicy | None
    ordinals: StatefulSetOrdinals | None


class StatefulSetStatus(Struct):
    """TODO"""

    observed_generation: Int64 | None
    replicas: int
    ready_replicas: int | None
    current_replicas: int | None
    updated_replicas: int | None
    current_revision: str | None
    update_revision: str | None
    collision_count: int | None = pointer
    conditions: tuple[StatefulSetCondition, ...] = keyed("type", merge="type")
    available_replicas: int = field(required=False)


class StatefulSetCondition(Struct):
    """TODO"""

    type: StatefulSetConditionType
    status: core.ConditionStatus
    last_transition_time: Time | None = field(always=True, required=False)
    reason: str | None
    message: str | None


class StatefulSetList(ObjectList):
    """A page of stateful sets."""

    items: tuple[StatefulSet, ...] = field(required=True)


class Deployment(Object):
    """TODO"""

    spec: DeploymentSpec
    status: DeploymentStatus


class DeploymentSpec(Struct):
    """TODO"""

    replicas: int | None = pointer
    selector: meta.LabelSelector | None = field(always=True, required=True)
    template: core.PodTemplateSpec = field(required=True)
    strategy: DeploymentStrategy = field(strategy="retainKeys")
    min_ready_seconds: int | None
    revision_history_limit: int | None = pointer
    paused: bool | None
    progress_deadline_seconds: int | None = pointer


class DeploymentStrategy(Struct):
    """TODO"""

    type: DeploymentStrategyType | None
    rolling_update: RollingUpdateDeployment | None


class RollingUpdateDeployment(Struct):
    """TODO"""

    max_unavailable: IntOrString | None = pointer
    max_surge: IntOrString | None = pointer


class DeploymentStatus(Struct):
    """TODO"""

    observed_generation: Int64 | None
    replicas: int | None
    updated_replicas: int | None
    ready_replicas: int | None
    available_replicas: int | None
    unavailable_replicas: int | None
    terminating_replicas: int | None = pointer
    conditions: tuple[DeploymentCondition, ...] = keyed("type", merge="type")
    collision_count: int | None = pointer


class DeploymentCondition(Struct):
    """TODO"""

    type: DeploymentConditionType
    status: core.ConditionStatus
    last_update_time: Time | None = field(always=True, required=False)
    last_transition_time: Time | None = field(always=True, required=False)
    reason: str | None
    message: str | None


class DeploymentList(ObjectList):
    """A page of deployments."""

    items: tuple[Deployment, ...] = field(required=True)


class DaemonSetUpdateStrategy(Struct):
    """TODO"""

    type: DaemonSetUpdateStrategyType | None
    rolling_update: RollingUpdateDaemonSet | None


class RollingUpdateDaemonSet(Struct):
    """TODO"""

    max_unavailable: IntOrString | None = pointer
    max_surge: IntOrString | None = pointer


class DaemonSetSpec(Struct):
    """TODO"""

    selector: meta.LabelSelector | None = field(always=True, required=True)
    template: core.PodTemplateSpec = field(required=True)
    update_strategy: DaemonSetUpdateStrategy
    min_ready_seconds: int | None
    revision_history_limit: int | None = pointer


class DaemonSetStatus(Struct):
    """TODO"""

    current_number_scheduled: int
    number_misscheduled: int
    desired_number_scheduled: int
    number_ready: int
    observed_generation: Int64 | None
    updated_number_scheduled: int | None
    number_available: int | None
    number_unavailable: int | None
    collision_count: int | None = pointer
    conditions: tuple[DaemonSetCondition, ...] = keyed("type", merge="type")


class DaemonSetCondition(Struct):
    """TODO"""

    type: DaemonSetConditionType
    status: core.ConditionStatus
    last_transition_time: Time | None = field(always=True, required=False)
    reason: str | None
    message: str | None


class DaemonSet(Object):
    """TODO"""

    spec: DaemonSetSpec
    status: DaemonSetStatus


class DaemonSetList(ObjectList):
    """A page of daemon sets."""

    items: tuple[DaemonSet, ...] = field(required=True)


class ReplicaSet(Object):
    """TODO"""

    spec: ReplicaSetSpec
    status: ReplicaSetStatus


class ReplicaSetList(ObjectList):
    """A page of replica sets."""

    items: tuple[ReplicaSet, ...] = field(required=True)


class ReplicaSetSpec(Struct):
    """TODO"""

    replicas: int | None = pointer
    min_ready_seconds: int | None
    selector: meta.LabelSelector | None = field(always=True, required=True)
    template: core.PodTemplateSpec


class ReplicaSetStatus(Struct):
    """TODO"""

    replicas: int
    fully_labeled_replicas: int | None
    ready_replicas: int | None
    available_replicas: int | None
    terminating_replicas: int | None = pointer
    observed_generation: Int64 | None
    conditions: tuple[ReplicaSetCondition, ...] = keyed("type", merge="type")


class ReplicaSetCondition(Struct):
    """TODO"""

    type: ReplicaSetConditionType
    status: core.ConditionStatus
    last_transition_time: Time | None = field(always=True, required=False)
    reason: str | None
    message: str | None


class ControllerRevision(Object):
    """TODO"""

    data: Json = field(schema="RawExtension")
    revision: Int64


class ControllerRevisionList(ObjectList):
    """A page of controller revisions."""

    items: tuple[ControllerRevision, ...] = field(required=True)
