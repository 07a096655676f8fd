"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Int64, Time, always, field, immutable, pointer, required, unique
from .model import Object, ObjectList, Struct
from . import core, meta
API_VERSION = 'batch/v1'
PACKAGE = 'io.k8s.api.batch.v1'
CompletionMode = Literal['Indexed', 'NonIndexed']
ConcurrencyPolicy = Literal['Allow', 'Forbid', 'Replace']
JobConditionType = str
PodFailurePolicyAction = Literal['Count', 'FailIndex', 'FailJob', 'Ignore']
PodFailurePolicyOnExitCodesOperator = Literal['In', 'NotIn']
PodReplacementPolicy = Literal['Failed', 'TerminatingOrFailed']

class Job(Object):
    spec: JobSpec
    status: JobStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: JobSpec | Mapping[str, Any] | None = ...,
        status: JobStatus | Mapping[str, Any] | None = ..., kind: Literal["Job"] | None = ...,
        api_version: Literal["batch/v1"] | None = ...
    ) -> None: ...

class JobSpec(Struct):
    parallelism: int | None
    completions: int | None
    active_deadline_seconds: Int64 | None
    pod_failure_policy: PodFailurePolicy | None
    success_policy: SuccessPolicy | None
    backoff_limit: int | None
    backoff_limit_per_index: int | None
    max_failed_indexes: int | None
    selector: meta.LabelSelector | None
    manual_selector: bool | None
    template: core.PodTemplateSpec
    ttl_seconds_after_finished: int | None
    completion_mode: CompletionMode | None
    suspend: bool | None
    pod_replacement_policy: PodReplacementPolicy | None
    managed_by: str | None
    def __init__(self, *,
        parallelism: int | None = ..., completions: int | None = ..., active_deadline_seconds: Int64 | None = ...,
        pod_failure_policy: PodFailurePolicy | Mapping[str, Any] | None = ...,
        success_policy: SuccessPolicy | Mapping[str, Any] | None = ..., backoff_limit: int | None = ...,
        backoff_limit_per_index: int | None = ..., max_failed_indexes: int | None = ...,
        selector: meta.LabelSelector | Mapping[str, Any] | None = ..., manual_selector: bool | None = ...,
        template: core.PodTemplateSpec | Mapping[str, Any] | None = ..., ttl_seconds_after_finished: int | None = ...,
        completion_mode: CompletionMode | None = ..., suspend: bool | None = ...,
        pod_replacement_policy: PodReplacementPolicy | None = ..., managed_by: str | None = ...
    ) -> None: ...

class PodFailurePolicy(Struct):
    rules: tuple[PodFailurePolicyRule, ...]
    def __init__(self, *, rules: Sequence[PodFailurePolicyRule | Mapping[str, Any]] | None = ...) -> None: ...

class PodFailurePolicyRule(Struct):
    action: PodFailurePolicyAction
    on_exit_codes: PodFailurePolicyOnExitCodesRequirement | None
    on_pod_conditions: tuple[PodFailurePolicyOnPodConditionsPattern, ...]
    def __init__(self, *,
        action: PodFailurePolicyAction | None = ...,
        on_exit_codes: PodFailurePolicyOnExitCodesRequirement | Mapping[str, Any] | None = ...,
        on_pod_conditions: Sequence[PodFailurePolicyOnPodConditionsPattern | Mapping[str, Any]] | None = ...
    ) -> None: ...

class PodFailurePolicyOnExitCodesRequirement(Struct):
    container_name: str | None
    operator: PodFailurePolicyOnExitCodesOperator
    values: tuple[int, ...]
    def __init__(self, *,
        container_name: str | None = ..., operator: PodFailurePolicyOnExitCodesOperator | None = ...,
        values: Sequence[int] | None = ...
    ) -> None: ...

class PodFailurePolicyOnPodConditionsPattern(Struct):
    type: core.PodConditionType
    status: core.ConditionStatus
    def __init__(self, *,
        type: core.PodConditionType | None = ..., status: core.ConditionStatus | None = ...
    ) -> None: ...

class SuccessPolicy(Struct):
    rules: tuple[SuccessPolicyRule, ...]
    def __init__(self, *, rules: Sequence[SuccessPolicyRule | Mapping[str, Any]] | None = ...) -> None: ...

class SuccessPolicyRule(Struct):
    succeeded_indexes: str | None
    succeeded_count: int | None
    def __init__(self, *, succeeded_indexes: str | None = ..., succeeded_count: int | None = ...) -> None: ...

class JobStatus(Struct):
    conditions: tuple[JobCondition, ...]
    start_time: Time | None
    completion_time: Time | None
    active: int | None
    succeeded: int | None
    failed: int | None
    terminating: int | None
    completed_indexes: str | None
    failed_indexes: str | None
    uncounted_terminated_pods: UncountedTerminatedPods | None
    ready: int | None
    def __init__(self, *,
        conditions: Sequence[JobCondition | Mapping[str, Any]] | None = ...,
        start_time: Time | datetime | str | int | None = ..., completion_time: Time | datetime | str | int | None = ...,
        active: int | None = ..., succeeded: int | None = ..., failed: int | None = ..., terminating: int | None = ...,
        completed_indexes: str | None = ..., failed_indexes: str | None = ...,
        uncounted_terminated_pods: UncountedTerminatedPods | Mapping[str, Any] | None = ..., ready: int | None = ...
    ) -> None: ...

class JobCondition(Struct):
    type: JobConditionType
    status: core.ConditionStatus
    last_probe_time: Time | None
    last_transition_time: Time | None
    reason: str | None
    message: str | None
    def __init__(self, *,
        type: JobConditionType | None = ..., status: core.ConditionStatus | None = ...,
        last_probe_time: Time | datetime | str | int | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ...,
        message: str | None = ...
    ) -> None: ...

class UncountedTerminatedPods(Struct):
    succeeded: tuple[meta.UID, ...]
    failed: tuple[meta.UID, ...]
    def __init__(self, *,
        succeeded: list[meta.UID] | tuple[meta.UID, ...] | None = ...,
        failed: list[meta.UID] | tuple[meta.UID, ...] | None = ...
    ) -> None: ...

class CronJob(Object):
    spec: CronJobSpec
    status: CronJobStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: CronJobSpec | Mapping[str, Any] | None = ...,
        status: CronJobStatus | Mapping[str, Any] | None = ..., kind: Literal["CronJob"] | None = ...,
        api_version: Literal["batch/v1"] | None = ...
    ) -> None: ...

class CronJobSpec(Struct):
    schedule: str
    time_zone: str | None
    starting_deadline_seconds: Int64 | None
    concurrency_policy: ConcurrencyPolicy | None
    suspend: bool | None
    job_template: JobTemplateSpec
    successful_jobs_history_limit: int | None
    failed_jobs_history_limit: int | None
    def __init__(self, *,
        schedule: str | None = ..., time_zone: str | None = ..., starting_deadline_seconds: Int64 | None = ...,
        concurrency_policy: ConcurrencyPolicy | None = ..., suspend: bool | None = ...,
        job_template: JobTemplateSpec | Mapping[str, Any] | None = ..., successful_jobs_history_limit: int | None = ...,
        failed_jobs_history_limit: int | None = ...
    ) -> None: ...

class JobTemplateSpec(Struct):
    metadata: meta.ObjectMeta
    spec: JobSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: JobSpec | Mapping[str, Any] | None = ...
    ) -> None: ...

class CronJobStatus(Struct):
    active: tuple[core.ObjectReference, ...]
    last_schedule_time: Time | None
    last_successful_time: Time | None
    def __init__(self, *,
        active: Sequence[core.ObjectReference | Mapping[str, Any]] | None = ...,
        last_schedule_time: Time | datetime | str | int | None = ...,
        last_successful_time: Time | datetime | str | int | None = ...
    ) -> None: ...

class JobList(ObjectList):
    items: tuple[Job, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ..., items: Sequence[Job | Mapping[str, Any]] | None = ...,
        kind: Literal["JobList"] | None = ..., api_version: Literal["batch/v1"] | None = ...
    ) -> None: ...

class CronJobList(ObjectList):
    items: tuple[CronJob, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ..., items: Sequence[CronJob | Mapping[str, Any]] | None =
        ..., kind: Literal["CronJobList"] | None = ..., api_version: Literal["batch/v1"] | None = ...
    ) -> None: ...
