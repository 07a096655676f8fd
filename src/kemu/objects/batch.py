"""Jobs and cron jobs (`batch/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .declare import Int64, Time, always, field, immutable, pointer, required, unique
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
    """Runs pods until enough of them have succeeded."""

    spec: JobSpec
    status: JobStatus


class JobSpec(Struct):
    """How many pods, how many at once, how often to retry, and what they look like."""

    parallelism: int | None = pointer
    completions: int | None = pointer
    active_deadline_seconds: Int64 | None = pointer
    pod_failure_policy: PodFailurePolicy | None
    success_policy: SuccessPolicy | None
    backoff_limit: int | None = pointer
    backoff_limit_per_index: int | None = pointer
    max_failed_indexes: int | None = pointer
    selector: meta.LabelSelector | None = immutable
    manual_selector: bool | None = pointer
    template: core.PodTemplateSpec = required
    ttl_seconds_after_finished: int | None = pointer
    completion_mode: CompletionMode | None = field(pointer=True, immutable=True)
    suspend: bool | None = pointer
    pod_replacement_policy: PodReplacementPolicy | None = pointer
    managed_by: str | None = field(pointer=True, immutable=True)


class PodFailurePolicy(Struct):
    """What to do when pods fail, rule by rule."""

    rules: tuple[PodFailurePolicyRule, ...] = always


class PodFailurePolicyRule(Struct):
    """What to do when a pod fails in a certain way."""

    action: PodFailurePolicyAction
    on_exit_codes: PodFailurePolicyOnExitCodesRequirement | None
    on_pod_conditions: tuple[PodFailurePolicyOnPodConditionsPattern, ...]


class PodFailurePolicyOnExitCodesRequirement(Struct):
    """Exit codes of a container that a rule is about."""

    container_name: str | None = pointer
    operator: PodFailurePolicyOnExitCodesOperator
    values: tuple[int, ...] = field(always=True, list_type="set")


class PodFailurePolicyOnPodConditionsPattern(Struct):
    """A condition of a pod that a rule is about."""

    type: core.PodConditionType
    status: core.ConditionStatus = field(required=False)


class SuccessPolicy(Struct):
    """When a job counts as done before all its pods have succeeded."""

    rules: tuple[SuccessPolicyRule, ...] = always


class SuccessPolicyRule(Struct):
    """Which indexes, or how many, must succeed."""

    succeeded_indexes: str | None = pointer
    succeeded_count: int | None = pointer


class JobStatus(Struct):
    """How far a job has come."""

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


class JobCondition(Struct):
    """One observation about a job, such as that it is complete."""

    type: JobConditionType
    status: core.ConditionStatus
    last_probe_time: Time | None = always
    last_transition_time: Time | None = always
    reason: str | None
    message: str | None


class UncountedTerminatedPods(Struct):
    """Pods that have ended and are not yet in the counters."""

    succeeded: tuple[meta.UID, ...] = unique
    failed: tuple[meta.UID, ...] = unique


class CronJob(Object):
    """Makes jobs on a schedule."""

    spec: CronJobSpec = required
    status: CronJobStatus


class CronJobSpec(Struct):
    """The schedule, the job, and what happens to late, parallel and finished ones."""

    schedule: str
    time_zone: str | None = pointer
    starting_deadline_seconds: Int64 | None = pointer
    concurrency_policy: ConcurrencyPolicy | None
    suspend: bool | None = pointer
    job_template: JobTemplateSpec = required
    successful_jobs_history_limit: int | None = pointer
    failed_jobs_history_limit: int | None = pointer


class JobTemplateSpec(Struct):
    """The metadata and the spec of jobs made from a template."""

    metadata: meta.ObjectMeta
    spec: JobSpec


class CronJobStatus(Struct):
    """Which jobs of a cron job run, and when it last ran."""

    active: tuple[core.ObjectReference, ...]
    last_schedule_time: Time | None
    last_successful_time: Time | None


class JobList(ObjectList):
    """A page of jobs."""

    items: tuple[Job, ...] = required


class CronJobList(ObjectList):
    """A page of cron jobs."""

    items: tuple[CronJob, ...] = required
