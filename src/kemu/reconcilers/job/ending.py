"""Whether a Job is over, and why; and the conditions that say so. Everything is pure.

A Job ends in two steps. First a condition says how it will end, FailureTarget or SuccessCriteriaMet, and no new pods
are created. When all its pods have ended and are counted, Failed or Complete follows with the same words. What was
said first stays: a Job that was to fail does not succeed any more.
"""

from __future__ import annotations

from typing import Any

import attrs

from ...objects import batch
from ...objects.conditions import find_condition, is_true
from . import indexes, policies
from .pods import is_failed, is_indexed
from .view import View

FAILURE, SUCCESS, SUSPENDED = "FailureTarget", "SuccessCriteriaMet", "Suspended"
FINAL = {FAILURE: "Failed", SUCCESS: "Complete"}


@attrs.frozen
class Ending:
    """How a Job ends: the condition that announces it, and its words."""

    type: str
    reason: str
    message: str

    @property
    def fails(self) -> bool:
        """Whether the Job fails."""
        return self.type == FAILURE


LIMIT = Ending(FAILURE, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
DEADLINE = Ending(FAILURE, "DeadlineExceeded", "Job was active longer than specified deadline")
TOO_MANY_INDEXES = Ending(
    FAILURE, "MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes"
)
INDEXES = Ending(FAILURE, "FailedIndexes", "Job has failed indexes")
COMPLETIONS = Ending(SUCCESS, "CompletionsReached", "Reached expected number of succeeded pods")


def is_over(job: Any) -> bool:
    """Whether a Job has ended, one way or the other."""
    return any(is_true(job.status.conditions, final) for final in FINAL.values())


def is_suspended(job: Any) -> bool:
    """Whether a Job is to have no pods for now."""
    return bool(job.spec.suspend)


def ending_of(view: View, unix: float) -> Ending | None:
    """Why a Job ends now, whatever its pods still do. The first reason counts, in this order."""
    return (
        _announced(view.job)
        or _by_failure_policy(view)
        or _by_limits(view, unix)
        or _by_failed_indexes(view)
        or _by_success_policy(view)
    )


def _announced(job: Any) -> Ending | None:
    for type_ in (SUCCESS, FAILURE):
        found = find_condition(job.status.conditions, type_)
        if found is not None and found.status == "True":
            return Ending(type_, found.reason or "", found.message or "")
    return None


def _by_failure_policy(view: View) -> Ending | None:
    policy = view.job.spec.pod_failure_policy
    for pod in () if policy is None else view.pods:
        if is_failed(pod, view.job):
            rule = policies.match(policy, pod)
            if rule.action == "FailJob":
                return Ending(FAILURE, "PodFailurePolicy", rule.message)
    return None


def _by_limits(view: View, unix: float) -> Ending | None:
    if view.failed > view.job.spec.backoff_limit or _restarted_too_often(view):
        return LIMIT
    left = deadline_left(view.job, unix)
    return DEADLINE if left is not None and left <= 0 else None


def _restarted_too_often(view: View) -> bool:
    """Of a Job whose pods restart their containers, restarts count as failures of pods do."""
    spec = view.job.spec
    if spec.template.spec.restart_policy != "OnFailure":
        return False
    restarts = sum(
        status.restart_count
        for pod in view.pods
        if pod.status.phase in ("Running", "Pending")
        for status in (*pod.status.init_container_statuses, *pod.status.container_statuses)
    )
    return bool(restarts >= max(spec.backoff_limit, 1))


def deadline_left(job: Any, unix: float) -> float | None:
    """Seconds until a Job may not run any longer; None if it has no deadline, or does not run."""
    deadline, started = job.spec.active_deadline_seconds, job.status.start_time
    if deadline is None or started is None or is_suspended(job):
        return None
    return float(int(started) + deadline - unix)


def _by_failed_indexes(view: View) -> Ending | None:
    if not view.failed_indexes:
        return None
    spec, failed = view.job.spec, indexes.total(view.failed_indexes)
    if spec.max_failed_indexes is not None and failed > spec.max_failed_indexes:
        return TOO_MANY_INDEXES
    return INDEXES if failed + indexes.total(view.succeeded_indexes) >= spec.completions else None


def _by_success_policy(view: View) -> Ending | None:
    message = policies.success(view.job, view.succeeded_indexes) if is_indexed(view.job) else ""
    return Ending(SUCCESS, "SuccessPolicy", message) if message else None


def is_complete(view: View, active: int) -> bool:
    """Whether enough pods have succeeded, and none is left. Without a number of completions, one is enough."""
    return active == 0 and view.succeeded >= (1 if view.job.spec.completions is None else view.job.spec.completions)


def said(conditions: tuple[Any, ...], type_: str, status: str, reason: str, message: str, now: Any) -> tuple[Any, ...]:
    """The conditions with one that says this; the same tuple if it does already, or would only deny what nobody said.

    `now` is the present as a Time, since when the condition says so.
    """
    old = find_condition(conditions, type_)
    if old is None and status == "False":
        return conditions
    if old is not None and (old.status, old.reason, old.message) == (status, reason, message):
        return conditions
    new = batch.JobCondition(
        type=type_, status=status, reason=reason, message=message, last_probe_time=now, last_transition_time=now
    )
    if old is None:
        return (*conditions, new)
    return tuple([new if each is old else each for each in conditions])
