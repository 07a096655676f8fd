"""Deployments, replica sets, stateful sets, daemon sets, controller revisions (`apps/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .declare import Int64, IntOrString, Json, Time, always, field, immutable, keyed, pointer, required
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
    """Pods with stable names and volumes of their own, started and replaced in order."""

    spec: StatefulSetSpec
    status: StatefulSetStatus


class StatefulSetSpec(Struct):
    """How many pods, from which template, with which claims, under which service."""

    replicas: int | None = pointer
    selector: meta.LabelSelector | None = field(always=True, immutable=True)
    template: core.PodTemplateSpec = required
    volume_claim_templates: tuple[core.PersistentVolumeClaim, ...] = immutable
    service_name: str = field(required=False, immutable=True)
    pod_management_policy: PodManagementPolicyType | None = immutable
    update_strategy: StatefulSetUpdateStrategy
    revision_history_limit: int | None = pointer
    min_ready_seconds: int | None
    persistent_volume_claim_retention_policy: StatefulSetPersistentVolumeClaimRetentionPolicy | None
    ordinals: StatefulSetOrdinals | None


class StatefulSetUpdateStrategy(Struct):
    """How a stateful set moves its pods to a new template."""

    type: StatefulSetUpdateStrategyType | None
    rolling_update: RollingUpdateStatefulSetStrategy | None


class RollingUpdateStatefulSetStrategy(Struct):
    """Which pods a rolling update touches, and how many may be down at once."""

    partition: int | None = pointer
    max_unavailable: IntOrString | None = pointer


class StatefulSetPersistentVolumeClaimRetentionPolicy(Struct):
    """What becomes of the claims when the set shrinks or goes away."""

    when_deleted: PersistentVolumeClaimRetentionPolicyType | None
    when_scaled: PersistentVolumeClaimRetentionPolicyType | None


class StatefulSetOrdinals(Struct):
    """The number that the first pod of a stateful set bears."""

    start: int = field(required=False)


class StatefulSetStatus(Struct):
    """How far a stateful set has come."""

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
    """One observation about a stateful set."""

    type: StatefulSetConditionType
    status: core.ConditionStatus
    last_transition_time: Time | None = always
    reason: str | None
    message: str | None


class Deployment(Object):
    """Replicas of a pod, moved from one template to the next through replica sets."""

    spec: DeploymentSpec
    status: DeploymentStatus


class DeploymentSpec(Struct):
    """How many pods, from which template, and how to move to a new one."""

    replicas: int | None = pointer
    selector: meta.LabelSelector | None = field(always=True, immutable=True)
    template: core.PodTemplateSpec = required
    strategy: DeploymentStrategy = field(strategy="retainKeys")
    min_ready_seconds: int | None
    revision_history_limit: int | None = pointer
    paused: bool | None
    progress_deadline_seconds: int | None = pointer


class DeploymentStrategy(Struct):
    """Whether a deployment replaces its pods little by little or all at once."""

    type: DeploymentStrategyType | None
    rolling_update: RollingUpdateDeployment | None


class RollingUpdateDeployment(Struct):
    """How many pods may be missing or extra while a deployment rolls."""

    max_unavailable: IntOrString | None = pointer
    max_surge: IntOrString | None = pointer


class DeploymentStatus(Struct):
    """How far a deployment has come."""

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
    """One observation about a deployment, such as whether it makes progress."""

    type: DeploymentConditionType
    status: core.ConditionStatus
    last_update_time: Time | None = always
    last_transition_time: Time | None = always
    reason: str | None
    message: str | None


class DaemonSet(Object):
    """One pod on every node that fits."""

    spec: DaemonSetSpec
    status: DaemonSetStatus


class DaemonSetSpec(Struct):
    """Which pod to run on every fitting node, and how to replace it."""

    selector: meta.LabelSelector | None = field(always=True, immutable=True)
    template: core.PodTemplateSpec = required
    update_strategy: DaemonSetUpdateStrategy
    min_ready_seconds: int | None
    revision_history_limit: int | None = pointer


class DaemonSetUpdateStrategy(Struct):
    """How a daemon set moves its pods to a new template."""

    type: DaemonSetUpdateStrategyType | None
    rolling_update: RollingUpdateDaemonSet | None


class RollingUpdateDaemonSet(Struct):
    """How many nodes may lack their pod, or have two, while a daemon set rolls."""

    max_unavailable: IntOrString | None = pointer
    max_surge: IntOrString | None = pointer


class DaemonSetStatus(Struct):
    """On how many nodes the pod should run, runs, and is ready."""

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
    """One observation about a daemon set."""

    type: DaemonSetConditionType
    status: core.ConditionStatus
    last_transition_time: Time | None = always
    reason: str | None
    message: str | None


class ReplicaSet(Object):
    """A number of interchangeable pods made from one template."""

    spec: ReplicaSetSpec
    status: ReplicaSetStatus


class ReplicaSetSpec(Struct):
    """How many pods, which ones count, and what new ones look like."""

    replicas: int | None = pointer
    min_ready_seconds: int | None
    selector: meta.LabelSelector | None = field(always=True, immutable=True)
    template: core.PodTemplateSpec


class ReplicaSetStatus(Struct):
    """How many pods of a replica set exist, are ready and available."""

    replicas: int
    fully_labeled_replicas: int | None
    ready_replicas: int | None
    available_replicas: int | None
    terminating_replicas: int | None = pointer
    observed_generation: Int64 | None
    conditions: tuple[ReplicaSetCondition, ...] = keyed("type", merge="type")


class ReplicaSetCondition(Struct):
    """One observation about a replica set, such as that pods could not be created."""

    type: ReplicaSetConditionType
    status: core.ConditionStatus
    last_transition_time: Time | None = always
    reason: str | None
    message: str | None


class ControllerRevision(Object):
    """A template that a stateful set or daemon set once had, kept so that it can be told apart or restored."""

    data: Json = field(immutable=True, schema="RawExtension")
    revision: Int64


class StatefulSetList(ObjectList):
    """A page of stateful sets."""

    items: tuple[StatefulSet, ...] = required


class DeploymentList(ObjectList):
    """A page of deployments."""

    items: tuple[Deployment, ...] = required


class DaemonSetList(ObjectList):
    """A page of daemon sets."""

    items: tuple[DaemonSet, ...] = required


class ReplicaSetList(ObjectList):
    """A page of replica sets."""

    items: tuple[ReplicaSet, ...] = required


class ControllerRevisionList(ObjectList):
    """A page of controller revisions."""

    items: tuple[ControllerRevision, ...] = required
