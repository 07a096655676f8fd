"""Jobs and cron jobs (`batch/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .declare import Int64, Time, always, field, pointer, unique
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import core, meta

API_VERSION = "batch/v1"
PACKAGE = "io.k8s.api.batch.v1"

CompletionMode = Literal["Indexed", "NonIndexed"]
ConcurrencyPolicy = Literal["Allow", "Forbid", "Replace"]
JobConditionType = str
PodFailurePolicyAction = Literal["Count", "FailIndex", "FailJob", "Ignore"]
PodFailurePolicyOnExitCodesOperator = Literal["In", "NotIn"]
PodReplacementPolicy = Literal["Failed", "TerminatingOrFailed"]


class Job(Object):
    """TODO"""

    spec: JobSpec
    status: JobStatus


class JobList(ObjectList):
    """A page of jobs."""

    items: tuple[Job, ...] = field(required=True)


class PodFailurePolicyOnExitCodesRequirement(Struct):
    """TODO"""

    container_name: str | None = pointer
    operator: PodFailurePolicyOnExitCodesOperator
    values: tuple[int, ...] = field(always=True, list_type="set")


class PodFailurePolicyOnPodConditionsPattern(Struct):
    """TODO"""

    type: core.PodConditionType
    status: core.ConditionStatus = field(required=False)


class PodFailurePolicyRule(Struct):
    """TODO"""

    action: PodFailurePolicyAction
    on_exit_codes: PodFailurePolicyOnExitCodesRequirement | None
    on_pod_conditions: tuple[PodFailurePolicyOnPodConditionsPattern, ...]


class PodFailurePolicy(Struct):
    """TODO"""

    rules: tuple[PodFailurePolicyRule, ...] = always


class SuccessPolicy(Struct):
    """TODO"""

    rules: tuple[SuccessPolicyRule, ...] = always


class SuccessPolicyRule(Struct):
    """TODO"""

    succeeded_indexes: str | None = pointer
    succeeded_count: int | None = pointer


class JobSpec(Struct):
    """TODO"""

    parallelism: int | None = pointer
    completions: int | None = pointer
    active_deadline_seconds: Int64 | None = pointer
    pod_failure_policy: PodFailurePolicy | None
    success_policy: SuccessPolicy | None
    backoff_limit: int | None = pointer
    backoff_limit_per_index: int | None = pointer
    max_failed_indexes: int | None = pointer
    selector: meta.LabelSelector | None
    manual_selector: bool | None = pointer
    template: core.PodTemplateSpec = field(required=True)
    ttl_seconds_after_finished: int | None = pointer
    completion_mode: CompletionMode | None = pointer
    suspend: bool | None = pointer
    pod_replacement_policy: PodReplacementPolicy | None = pointer
    managed_by: str | None = pointer


class JobStatus(Struct):
    """TODO"""

    conditions: tuple[JobCondition, ...] = field(merge="type", strategy="merge")
    start_time: Time | None
    completion_time: Time | None
    active: int | None
    succeeded: int | None
    failed: int | None
    terminating: int | None = pointer
    completed_indexes: str | None
    failed_indexes: str | None = pointer
    uncounted_terminated_pods: UncountedTerminatedPods | None
    ready: int | None = pointer


class UncountedTerminatedPods(Struct):
    """TODO"""

    succeeded: tuple[meta.UID, ...] = unique
    failed: tuple[meta.UID, ...] = unique


class JobCondition(Struct):
    """TODO"""

    type: JobConditionType
    status: core.ConditionStatus
    last_probe_time: Time | None = field(always=True, required=False)
    last_transition_time: Time | None = field(always=True, required=False)
    reason: str | None
    message: str | None


class JobTemplateSpec(Struct):
    """TODO"""

    metadata: meta.ObjectMeta
    spec: JobSpec


class CronJob(Object):
    """TODO"""

    spec: CronJobSpec = field(required=True)
    status: CronJobStatus


class CronJobList(ObjectList):
    """A page of cron jobs."""

    items: tuple[CronJob, ...] = field(required=True)


class CronJobSpec(Struct):
    """TODO"""

    schedule: str
    time_zone: str | None = pointer
    starting_deadline_seconds: Int64 | None = pointer
    concurrency_policy: ConcurrencyPolicy | None
    suspend: bool | None = pointer
    job_template: JobTemplateSpec = field(required=True)
    successful_jobs_history_limit: int | None = pointer
    failed_jobs_history_limit: int | None = pointer


class CronJobStatus(Struct):
    """TODO"""

    active: tuple[core.ObjectReference, ...]
    last_schedule_time: Time | None
    last_successful_time: Time | None
