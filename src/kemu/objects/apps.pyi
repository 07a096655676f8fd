"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Int64, IntOrString, Json, Time, always, field, immutable, keyed, pointer, required
from .model import Object, ObjectList, Struct
from . import core, meta
API_VERSION = 'apps/v1'
PACKAGE = 'io.k8s.api.apps.v1'
DaemonSetConditionType = str
DaemonSetUpdateStrategyType = Literal['OnDelete', 'RollingUpdate']
DeploymentConditionType = str
DeploymentStrategyType = Literal['Recreate', 'RollingUpdate']
PersistentVolumeClaimRetentionPolicyType = str
PodManagementPolicyType = Literal['OrderedReady', 'Parallel']
ReplicaSetConditionType = str
StatefulSetConditionType = str
StatefulSetUpdateStrategyType = Literal['OnDelete', 'RollingUpdate']

class StatefulSet(Object):
    spec: StatefulSetSpec
    status: StatefulSetStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: StatefulSetSpec | Mapping[str, Any] | None =
        ..., status: StatefulSetStatus | Mapping[str, Any] | None = ..., kind: Literal["StatefulSet"] | None = ...,
        api_version: Literal["apps/v1"] | None = ...
    ) -> None: ...

class StatefulSetSpec(Struct):
    replicas: int | None
    selector: meta.LabelSelector | None
    template: core.PodTemplateSpec
    volume_claim_templates: tuple[core.PersistentVolumeClaim, ...]
    service_name: str
    pod_management_policy: PodManagementPolicyType | None
    update_strategy: StatefulSetUpdateStrategy
    revision_history_limit: int | None
    min_ready_seconds: int | None
    persistent_volume_claim_retention_policy: StatefulSetPersistentVolumeClaimRetentionPolicy | None
    ordinals: StatefulSetOrdinals | None
    def __init__(self, *,
        replicas: int | None = ..., selector: meta.LabelSelector | Mapping[str, Any] | None = ...,
        template: core.PodTemplateSpec | Mapping[str, Any] | None = ...,
        volume_claim_templates: Sequence[core.PersistentVolumeClaim | Mapping[str, Any]] | None = ...,
        service_name: str | None = ..., pod_management_policy: PodManagementPolicyType | None = ...,
        update_strategy: StatefulSetUpdateStrategy | Mapping[str, Any] | None = ...,
        revision_history_limit: int | None = ..., min_ready_seconds: int | None = ...,
        persistent_volume_claim_retention_policy: StatefulSetPersistentVolumeClaimRetentionPolicy | Mapping[str, Any] | None =
        ..., ordinals: StatefulSetOrdinals | Mapping[str, Any] | None = ...
    ) -> None: ...

class StatefulSetUpdateStrategy(Struct):
    type: StatefulSetUpdateStrategyType | None
    rolling_update: RollingUpdateStatefulSetStrategy | None
    def __init__(self, *,
        type: StatefulSetUpdateStrategyType | None = ...,
        rolling_update: RollingUpdateStatefulSetStrategy | Mapping[str, Any] | None = ...
    ) -> None: ...

class RollingUpdateStatefulSetStrategy(Struct):
    partition: int | None
    max_unavailable: IntOrString | None
    def __init__(self, *, partition: int | None = ..., max_unavailable: IntOrString | None = ...) -> None: ...

class StatefulSetPersistentVolumeClaimRetentionPolicy(Struct):
    when_deleted: PersistentVolumeClaimRetentionPolicyType | None
    when_scaled: PersistentVolumeClaimRetentionPolicyType | None
    def __init__(self, *,
        when_deleted: PersistentVolumeClaimRetentionPolicyType | None = ...,
        when_scaled: PersistentVolumeClaimRetentionPolicyType | None = ...
    ) -> None: ...

class StatefulSetOrdinals(Struct):
    start: int
    def __init__(self, *, start: int | None = ...) -> None: ...

class StatefulSetStatus(Struct):
    observed_generation: Int64 | None
    replicas: int
    ready_replicas: int | None
    current_replicas: int | None
    updated_replicas: int | None
    current_revision: str | None
    update_revision: str | None
    collision_count: int | None
    conditions: tuple[StatefulSetCondition, ...]
    available_replicas: int
    def __init__(self, *,
        observed_generation: Int64 | None = ..., replicas: int | None = ..., ready_replicas: int | None = ...,
        current_replicas: int | None = ..., updated_replicas: int | None = ..., current_revision: str | None = ...,
        update_revision: str | None = ..., collision_count: int | None = ...,
        conditions: Sequence[StatefulSetCondition | Mapping[str, Any]] | None = ...,
        available_replicas: int | None = ...
    ) -> None: ...

class StatefulSetCondition(Struct):
    type: StatefulSetConditionType
    status: core.ConditionStatus
    last_transition_time: Time | None
    reason: str | None
    message: str | None
    def __init__(self, *,
        type: StatefulSetConditionType | None = ..., status: core.ConditionStatus | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ...,
        message: str | None = ...
    ) -> None: ...

class Deployment(Object):
    spec: DeploymentSpec
    status: DeploymentStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: DeploymentSpec | Mapping[str, Any] | None =
        ..., status: DeploymentStatus | Mapping[str, Any] | None = ..., kind: Literal["Deployment"] | None = ...,
        api_version: Literal["apps/v1"] | None = ...
    ) -> None: ...

class DeploymentSpec(Struct):
    replicas: int | None
    selector: meta.LabelSelector | None
    template: core.PodTemplateSpec
    strategy: DeploymentStrategy
    min_ready_seconds: int | None
    revision_history_limit: int | None
    paused: bool | None
    progress_deadline_seconds: int | None
    def __init__(self, *,
        replicas: int | None = ..., selector: meta.LabelSelector | Mapping[str, Any] | None = ...,
        template: core.PodTemplateSpec | Mapping[str, Any] | None = ...,
        strategy: DeploymentStrategy | Mapping[str, Any] | None = ..., min_ready_seconds: int | None = ...,
        revision_history_limit: int | None = ..., paused: bool | None = ..., progress_deadline_seconds: int | None = ...
    ) -> None: ...

class DeploymentStrategy(Struct):
    type: DeploymentStrategyType | None
    rolling_update: RollingUpdateDeployment | None
    def __init__(self, *,
        type: DeploymentStrategyType | None = ...,
        rolling_update: RollingUpdateDeployment | Mapping[str, Any] | None = ...
    ) -> None: ...

class RollingUpdateDeployment(Struct):
    max_unavailable: IntOrString | None
    max_surge: IntOrString | None
    def __init__(self, *, max_unavailable: IntOrString | None = ..., max_surge: IntOrString | None = ...) -> None: ...

class DeploymentStatus(Struct):
    observed_generation: Int64 | None
    replicas: int | None
    updated_replicas: int | None
    ready_replicas: int | None
    available_replicas: int | None
    unavailable_replicas: int | None
    terminating_replicas: int | None
    conditions: tuple[DeploymentCondition, ...]
    collision_count: int | None
    def __init__(self, *,
        observed_generation: Int64 | None = ..., replicas: int | None = ..., updated_replicas: int | None = ...,
        ready_replicas: int | None = ..., available_replicas: int | None = ..., unavailable_replicas: int | None = ...,
        terminating_replicas: int | None = ..., conditions: Sequence[DeploymentCondition | Mapping[str, Any]] | None =
        ..., collision_count: int | None = ...
    ) -> None: ...

class DeploymentCondition(Struct):
    type: DeploymentConditionType
    status: core.ConditionStatus
    last_update_time: Time | None
    last_transition_time: Time | None
    reason: str | None
    message: str | None
    def __init__(self, *,
        type: DeploymentConditionType | None = ..., status: core.ConditionStatus | None = ...,
        last_update_time: Time | datetime | str | int | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ...,
        message: str | None = ...
    ) -> None: ...

class DaemonSet(Object):
    spec: DaemonSetSpec
    status: DaemonSetStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: DaemonSetSpec | Mapping[str, Any] | None =
        ..., status: DaemonSetStatus | Mapping[str, Any] | None = ..., kind: Literal["DaemonSet"] | None = ...,
        api_version: Literal["apps/v1"] | None = ...
    ) -> None: ...

class DaemonSetSpec(Struct):
    selector: meta.LabelSelector | None
    template: core.PodTemplateSpec
    update_strategy: DaemonSetUpdateStrategy
    min_ready_seconds: int | None
    revision_history_limit: int | None
    def __init__(self, *,
        selector: meta.LabelSelector | Mapping[str, Any] | None = ...,
        template: core.PodTemplateSpec | Mapping[str, Any] | None = ...,
        update_strategy: DaemonSetUpdateStrategy | Mapping[str, Any] | None = ..., min_ready_seconds: int | None = ...,
        revision_history_limit: int | None = ...
    ) -> None: ...

class DaemonSetUpdateStrategy(Struct):
    type: DaemonSetUpdateStrategyType | None
    rolling_update: RollingUpdateDaemonSet | None
    def __init__(self, *,
        type: DaemonSetUpdateStrategyType | None = ...,
        rolling_update: RollingUpdateDaemonSet | Mapping[str, Any] | None = ...
    ) -> None: ...

class RollingUpdateDaemonSet(Struct):
    max_unavailable: IntOrString | None
    max_surge: IntOrString | None
    def __init__(self, *, max_unavailable: IntOrString | None = ..., max_surge: IntOrString | None = ...) -> None: ...

class DaemonSetStatus(Struct):
    current_number_scheduled: int
    number_misscheduled: int
    desired_number_scheduled: int
    number_ready: int
    observed_generation: Int64 | None
    updated_number_scheduled: int | None
    number_available: int | None
    number_unavailable: int | None
    collision_count: int | None
    conditions: tuple[DaemonSetCondition, ...]
    def __init__(self, *,
        current_number_scheduled: int | None = ..., number_misscheduled: int | None = ...,
        desired_number_scheduled: int | None = ..., number_ready: int | None = ..., observed_generation: Int64 | None =
        ..., updated_number_scheduled: int | None = ..., number_available: int | None = ...,
        number_unavailable: int | None = ..., collision_count: int | None = ...,
        conditions: Sequence[DaemonSetCondition | Mapping[str, Any]] | None = ...
    ) -> None: ...

class DaemonSetCondition(Struct):
    type: DaemonSetConditionType
    status: core.ConditionStatus
    last_transition_time: Time | None
    reason: str | None
    message: str | None
    def __init__(self, *,
        type: DaemonSetConditionType | None = ..., status: core.ConditionStatus | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ...,
        message: str | None = ...
    ) -> None: ...

class ReplicaSet(Object):
    spec: ReplicaSetSpec
    status: ReplicaSetStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: ReplicaSetSpec | Mapping[str, Any] | None =
        ..., status: ReplicaSetStatus | Mapping[str, Any] | None = ..., kind: Literal["ReplicaSet"] | None = ...,
        api_version: Literal["apps/v1"] | None = ...
    ) -> None: ...

class ReplicaSetSpec(Struct):
    replicas: int | None
    min_ready_seconds: int | None
    selector: meta.LabelSelector | None
    template: core.PodTemplateSpec
    def __init__(self, *,
        replicas: int | None = ..., min_ready_seconds: int | None = ...,
        selector: meta.LabelSelector | Mapping[str, Any] | None = ...,
        template: core.PodTemplateSpec | Mapping[str, Any] | None = ...
    ) -> None: ...

class ReplicaSetStatus(Struct):
    replicas: int
    fully_labeled_replicas: int | None
    ready_replicas: int | None
    available_replicas: int | None
    terminating_replicas: int | None
    observed_generation: Int64 | None
    conditions: tuple[ReplicaSetCondition, ...]
    def __init__(self, *,
        replicas: int | None = ..., fully_labeled_replicas: int | None = ..., ready_replicas: int | None = ...,
        available_replicas: int | None = ..., terminating_replicas: int | None = ...,
        observed_generation: Int64 | None = ...,
        conditions: Sequence[ReplicaSetCondition | Mapping[str, Any]] | None = ...
    ) -> None: ...

class ReplicaSetCondition(Struct):
    type: ReplicaSetConditionType
    status: core.ConditionStatus
    last_transition_time: Time | None
    reason: str | None
    message: str | None
    def __init__(self, *,
        type: ReplicaSetConditionType | None = ..., status: core.ConditionStatus | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ...,
        message: str | None = ...
    ) -> None: ...

class ControllerRevision(Object):
    data: Json
    revision: Int64
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., data: Any = ..., revision: Int64 | None = ...,
        kind: Literal["ControllerRevision"] | None = ..., api_version: Literal["apps/v1"] | None = ...
    ) -> None: ...

class StatefulSetList(ObjectList):
    items: tuple[StatefulSet, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[StatefulSet | Mapping[str, Any]] | None = ..., kind: Literal["StatefulSetList"] | None = ...,
        api_version: Literal["apps/v1"] | None = ...
    ) -> None: ...

class DeploymentList(ObjectList):
    items: tuple[Deployment, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[Deployment | Mapping[str, Any]] | None = ..., kind: Literal["DeploymentList"] | None = ...,
        api_version: Literal["apps/v1"] | None = ...
    ) -> None: ...

class DaemonSetList(ObjectList):
    items: tuple[DaemonSet, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[DaemonSet | Mapping[str, Any]] | None = ..., kind: Literal["DaemonSetList"] | None = ...,
        api_version: Literal["apps/v1"] | None = ...
    ) -> None: ...

class ReplicaSetList(ObjectList):
    items: tuple[ReplicaSet, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ReplicaSet | Mapping[str, Any]] | None = ..., kind: Literal["ReplicaSetList"] | None = ...,
        api_version: Literal["apps/v1"] | None = ...
    ) -> None: ...

class ControllerRevisionList(ObjectList):
    items: tuple[ControllerRevision, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ControllerRevision | Mapping[str, Any]] | None = ...,
        kind: Literal["ControllerRevisionList"] | None = ..., api_version: Literal["apps/v1"] | None = ...
    ) -> None: ...
