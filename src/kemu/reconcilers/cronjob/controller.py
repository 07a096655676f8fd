"""What the CronJob controller does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import attrs

from ... import errors
from ...kit import DONE, Api, Cache, Result
from ...kit.pod_control import namespace_ends
from ...objects import batch, evolve, meta
from ...objects.conditions import is_true
from ...objects.references import controller_of, owner_reference, reference_to
from ...values.frozen import FrozenMap
from .timing import MANY, Timing, job_name, timing_of, written
from .wiring import Seen

SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
"""The annotation of a Job that says for when it was created."""


def reconcile(api: Api, cache: Cache, memory: Seen, key: str) -> Result:
    """Delete old Jobs, take note of those that ended, start one if it is due; then the status."""
    cron_job: Any = cache.get(batch.CronJob, key)
    if cron_job is None:
        return DONE
    seen = Seen(cron_job.spec.schedule, cron_job.spec.time_zone)
    api.remember(seen)
    if memory.schedule and seen != memory:
        timing = _timing(api, cron_job)
        return DONE if timing is None else Result(after=timing.wait(cron_job, api.unix))
    jobs = cache.owned(batch.Job, by=cron_job)
    status = _without_old(api, cron_job, jobs)
    status = _followed(api, cron_job, status, jobs)
    start, after = _scheduled(api, cron_job, status)
    if start.status != cron_job.status:
        api.update_status(evolve(cron_job, status=start.status))
    if start.problem is not None:
        raise start.problem
    return Result(after=after)


@attrs.frozen
class Start:
    """The status after a Job was to be started, and why it could not be."""

    status: Any
    problem: errors.ApiError | None = None


def _ending(job: Any) -> str:
    """The condition by which a Job is over; empty while it is not."""
    return next((type_ for type_ in ("Complete", "Failed") if is_true(job.status.conditions, type_)), "")


def _is_active(status: Any, uid: str) -> bool:
    return any(each.uid == uid for each in status.active)


def _without(status: Any, uid: str) -> Any:
    return evolve(status, active=tuple([each for each in status.active if each.uid != uid]))


# Jobs that have ended


def _without_old(api: Api, cron_job: Any, jobs: Sequence[Any]) -> Any:
    """Delete the oldest finished Jobs beyond the limits of the history; the status without them."""
    spec, status = cron_job.spec, cron_job.status
    for type_, limit in (("Complete", spec.successful_jobs_history_limit), ("Failed", spec.failed_jobs_history_limit)):
        ended = [] if limit is None else sorted((job for job in jobs if _ending(job) == type_), key=_age)
        for job in ended[: max(0, len(ended) - (limit or 0))]:
            if _deleted(api, cron_job, job) is None:
                status = _without(status, job.metadata.uid)
    return status


def _age(job: Any) -> tuple[bool, int, str]:
    started = job.status.start_time
    return started is None, int(started or 0), job.metadata.name


def _deleted(api: Api, cron_job: Any, job: Any) -> errors.ApiError | None:
    """Delete a Job with its pods, and say so; why not, if it was refused."""
    metadata = job.metadata
    try:
        api.delete(batch.Job, metadata.name, metadata.namespace, uid=metadata.uid, propagation="Background")
    except errors.ApiError as refusal:
        api.event(cron_job, "Warning", "FailedDelete", f"Deleted job: {refusal}")
        return refusal
    api.event(cron_job, "Normal", "SuccessfulDelete", f"Deleted job {metadata.name}")
    return None


def _followed(api: Api, cron_job: Any, status: Any, jobs: Sequence[Any]) -> Any:
    """The status after what became of the Jobs in it."""
    for job in jobs:
        uid, name, ended = job.metadata.uid, job.metadata.name, _ending(job)
        if not ended and not _is_active(status, uid):
            live: Any = api.get(batch.CronJob, cron_job.metadata.name, cron_job.metadata.namespace)
            if not _is_active(live.status, uid):
                text = f"Saw a job that the controller did not create or forgot: {name}"
                api.event(cron_job, "Warning", "UnexpectedJob", text)
        if ended and _is_active(status, uid):
            status = _without(status, uid)
            api.event(cron_job, "Normal", "SawCompletedJob", f"Saw completed job: {name}, condition: {ended}")
        if ended == "Complete" and (job.status.completion_time or 0) > (status.last_successful_time or 0):
            status = evolve(status, last_successful_time=job.status.completion_time)
    known = {job.metadata.uid for job in jobs}
    for reference in status.active:
        if reference.uid not in known and api.find(batch.Job, reference.name, reference.namespace) is None:
            api.event(cron_job, "Normal", "MissingJob", f"Active job went missing: {reference.name}")
            status = _without(status, reference.uid)
    return status


# Jobs that are due


def _timing(api: Api, cron_job: Any) -> Timing | None:
    """The timing of a CronJob; None, after an event about it, if it cannot be read."""
    try:
        return timing_of(cron_job.spec)
    except ValueError as problem:
        unknown = cron_job.spec.time_zone is not None and "time zone" in str(problem)
        if unknown:
            text = f'invalid timeZone: "{cron_job.spec.time_zone}": {problem}'
        else:
            text = f'unparseable schedule: "{cron_job.spec.schedule}" : {problem}'
        api.event(cron_job, "Warning", "UnknownTimeZone" if unknown else "UnparseableSchedule", text)
        return None


def _scheduled(api: Api, cron_job: Any, status: Any) -> tuple[Start, float | None]:
    """Start the Job that is due, if one is, and in how many seconds to look again."""
    nothing = Start(status)
    if cron_job.metadata.deletion_timestamp is not None or cron_job.spec.suspend:
        return nothing, None
    timing = _timing(api, cron_job)
    if timing is None:
        return nothing, None
    current = evolve(cron_job, status=status)
    try:
        due = timing.due(current, api.unix, deadline=True)
    except ValueError as problem:
        text = f"invalid schedule: {cron_job.spec.schedule} : {problem}"
        api.event(cron_job, "Warning", "InvalidSchedule", text)
        return nothing, None
    if due.at is not None and due.missed > MANY:
        text = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
        api.event(cron_job, "Warning", "TooManyMissedTimes", text)
    if due.at is None or not _may_start(api, current, due.at):
        return nothing, timing.wait(current, api.unix)
    start = _started(api, current, due.at, timing)
    return start, timing.wait(evolve(cron_job, status=start.status), api.unix)


def _may_start(api: Api, cron_job: Any, due: int) -> bool:
    """Whether a time that has come is not too late, not dealt with already, and nothing forbids it."""
    spec, status = cron_job.spec, cron_job.status
    if spec.starting_deadline_seconds is not None and due + spec.starting_deadline_seconds < api.unix:
        when = datetime.fromtimestamp(due, UTC).strftime("%a, %d %b %Y %H:%M:%S UTC")
        api.event(cron_job, "Warning", "MissSchedule", f"Missed scheduled time to start a job: {when}")
        return False
    name = job_name(cron_job, due)
    if any(each.name == name for each in status.active) or status.last_schedule_time == due:
        return False
    if spec.concurrency_policy == "Forbid" and status.active:
        text = "Not starting job because prior execution is running and concurrency policy is Forbid"
        api.event(cron_job, "Normal", "JobAlreadyActive", text)
        return False
    return True


def _started(api: Api, cron_job: Any, due: int, timing: Timing) -> Start:
    """Create the Job for a time, in the place of others if that is the policy."""
    status = cron_job.status
    for reference in status.active if cron_job.spec.concurrency_policy == "Replace" else ():
        problem = _replaced(api, cron_job, reference)
        if problem is not None:
            return Start(status, problem)
        status = _without(status, reference.uid)
    job = _job_for(cron_job, due, timing)
    try:
        created: Any = api.create(job)
    except errors.AlreadyExists:
        created = api.get(batch.Job, job.metadata.name or "", job.metadata.namespace)
        owner = controller_of(created)
        if owner is None or owner.uid != cron_job.metadata.uid or _is_active(status, created.metadata.uid):
            return Start(status)
    except errors.ApiError as refusal:
        if not namespace_ends(refusal):
            api.event(cron_job, "Warning", "FailedCreate", f"Error creating job: {refusal}")
        return Start(status, refusal)
    else:
        api.event(cron_job, "Normal", "SuccessfulCreate", f"Created job {created.metadata.name}")
    return Start(evolve(status, active=(*status.active, reference_to(created)), last_schedule_time=due))


def _replaced(api: Api, cron_job: Any, reference: Any) -> errors.ApiError | None:
    """Delete a Job that still runs; why not, if it was refused."""
    try:
        job: Any = api.get(batch.Job, reference.name, reference.namespace)
    except errors.ApiError as refusal:
        api.event(cron_job, "Warning", "FailedGet", f"Get job: {refusal}")
        return refusal
    return _deleted(api, cron_job, job)


def _job_for(cron_job: Any, due: int, timing: Timing) -> batch.Job:
    """The Job that the template describes, for one time."""
    template = cron_job.spec.job_template
    annotations = FrozenMap({**template.metadata.annotations, SCHEDULED: written(due, timing.zone)})
    return batch.Job(
        metadata=meta.ObjectMeta(
            name=job_name(cron_job, due),
            namespace=cron_job.metadata.namespace,
            labels=template.metadata.labels,
            annotations=annotations,
            owner_references=(owner_reference(cron_job),),
        ),
        spec=template.spec,
    )
