"""What the Job controller does."""

from __future__ import annotations

from typing import Any

import attrs

from ... import errors
from ...kit import DONE, Api, Cache, Result, ownership, pod_control
from ...objects import batch, core, evolve
from ...objects.pods import is_ready
from ...objects.references import controller_of
from ...values.selectors import selector_of
from .backoff import BackOff
from .counting import counted, tally
from .ending import (
    COMPLETIONS,
    FINAL,
    SUSPENDED,
    Ending,
    deadline_left,
    ending_of,
    is_complete,
    is_over,
    is_suspended,
    said,
)
from .pods import TRACKING, is_tracked, new_pod
from .view import View, view_of
from .wiring import BATCH, LOST, job_of
from .work import Work, decide

NAME = "kubernetes.io/job-controller"
"""How `spec.managedBy` names it; a Job that names another one is left to that."""


def reconcile(api: Api, cache: Cache, memory: BackOff, key: str) -> Result:
    """Bring a Job's pods to what it needs, count those that have ended, and say how it stands."""
    if key.startswith(LOST):
        _let_go(api, cache, key.removeprefix(LOST))
        return DONE
    job: Any = cache.get(batch.Job, key)
    if job is None or job.spec.managed_by not in (None, NAME) or is_over(job):
        return DONE
    selector = selector_of(job.spec.selector)
    own, orphans = cache.owned(core.Pod, by=job), cache.orphans(core.Pod, job.metadata.namespace)
    pods = ownership.claim(api, job, own, orphans, lambda pod: selector.matches(pod.metadata.labels), TRACKING)
    return _sync(api, job, view_of(_begun(job, api.stamp()), pods), memory)


def _begun(job: Any, now: Any) -> Any:
    """A Job as it is from its first sync on: it has started, unless it is suspended, and can list pods to count."""
    changes: dict[str, Any] = {}
    if job.status.start_time is None and not is_suspended(job):
        changes["start_time"] = now
    if job.status.uncounted_terminated_pods is None:
        changes["uncounted_terminated_pods"] = batch.UncountedTerminatedPods()
    return evolve(job, status=evolve(job.status, **changes)) if changes else job


@attrs.frozen
class Outcome:
    """How many pods there are after pods were created and deleted, and why not all of it could be done."""

    active: int
    ready: int
    terminating: int
    problem: errors.ApiError | None = None


def _sync(api: Api, stored: Any, view: View, memory: BackOff) -> Result:
    """End a Job, or do what it needs; then write its status. A refusal that pods met is raised after all that."""
    backoff = memory.after(view.job, view.new_succeeded, view.new_failed)
    work, status = Work(), view.job.status
    ending = ending_of(view, api.unix)
    deadline = None if ending is not None else deadline_left(view.job, api.unix)
    if ending is not None:
        outcome = _deleted(api, view, view.active, keep=True)
        ending = None if outcome.problem is not None else ending
    else:
        going_on = view.job.metadata.deletion_timestamp is None
        work = decide(view, backoff, api.unix) if going_on else work
        outcome = _carried_out(api, view, work)
        if is_complete(view, outcome.active):
            ending = COMPLETIONS
        elif going_on:
            status = _suspension(api, view.job)
    status = evolve(status, active=outcome.active or None, ready=outcome.ready, terminating=outcome.terminating)
    _track(api, view, stored, status, ending, backoff)
    if outcome.problem is not None:
        raise outcome.problem
    waits = [deadline, max(work.wait, BATCH) if work.wait else None]
    return Result(after=min((wait for wait in waits if wait is not None), default=None))


# Pods


def _carried_out(api: Api, view: View, work: Work) -> Outcome:
    """Delete, or create, or only count.

    While it waits for a back-off a Job says that it has no active pods, also if some run: so upstream.
    """
    if work.delete:
        return _deleted(api, view, work.delete, keep=False)
    created, problem = _created(api, view, work)
    active = 0 if work.wait else len(view.active) + created
    return Outcome(active, view.ready, view.terminating, problem)


def _deleted(api: Api, view: View, pods: tuple[Any, ...], *, keep: bool) -> Outcome:
    """Delete some active pods, which are not to be counted: nothing is wrong with them. `keep` has them counted."""
    deleted = ready = 0
    problem = None
    for pod in pods:
        ready += is_ready(pod)
        try:
            if not keep:
                _untrack(api, pod)
            pod_control.delete(api, view.job, pod)
        except errors.ApiError as refusal:
            problem = problem or refusal
            continue
        deleted += 1
    return Outcome(len(view.active) - deleted, view.ready - ready, view.terminating + deleted, problem)


def _created(api: Api, view: View, work: Work) -> tuple[int, errors.ApiError | None]:
    """Create pods, for as long as that is not refused: how many, and the refusal."""

    def create(index: int | None) -> None:
        before = None if index is None else view.held.get(index)
        pod_control.create(api, view.job, new_pod(view.job, index, before))

    return pod_control.slowly(work.create, create)


def _untrack(api: Api, pod: Any) -> None:
    """Take the finalizer off a pod. One that is gone, or another of its name, needs it no more."""
    if not is_tracked(pod):
        return
    try:
        api.patch(pod, {"metadata": ownership.without_finalizer(TRACKING)}, type="strategic")
    except (errors.NotFound, errors.Invalid):
        return


def _let_go(api: Api, cache: Cache, key: str) -> None:
    """Take the finalizer off a pod that no Job will count: its Job is gone or over, or does not own it any more."""
    pod: Any = cache.get(core.Pod, key)
    if pod is None:
        return
    owner = controller_of(pod)
    if owner is not None:
        if (owner.api_version, owner.kind) != (batch.API_VERSION, batch.Job.kind):
            return
        job = job_of(cache, pod, owner)
        if job is not None and (job.spec.managed_by not in (None, NAME) or not is_over(job)):
            return
    _untrack(api, pod)


# Status


def _suspension(api: Api, job: Any) -> Any:
    """The status of a Job that goes on, with a condition if it was suspended or resumed; its time counts anew then."""
    status, now = job.status, api.stamp()
    if is_suspended(job):
        conditions = said(status.conditions, SUSPENDED, "True", "JobSuspended", "Job suspended", now)
        if conditions is not status.conditions:
            api.event(job, "Normal", "Suspended", "Job suspended")
            return evolve(status, conditions=conditions, start_time=None)
        return status
    conditions = said(status.conditions, SUSPENDED, "False", "JobResumed", "Job resumed", now)
    if conditions is not status.conditions:
        api.event(job, "Normal", "Resumed", "Job resumed")
        return evolve(status, conditions=conditions, start_time=now)
    return status


def _track(api: Api, view: View, job: Any, status: Any, ending: Ending | None, backoff: BackOff) -> None:
    """Count the pods that have ended, in the steps that `counting.py` describes, and end the Job after the last one.

    `job` is what is stored, `status` what is to be. Raises the refusal of a finalizer after what could be counted is.
    """
    sums = tally(view, status, ending)
    status = sums.status
    if ending is not None:
        conditions = said(status.conditions, ending.type, "True", ending.reason, ending.message, api.stamp())
        status = evolve(status, conditions=conditions)
    if status != job.status:
        job = api.update_status(evolve(job, status=status))
        api.remember(backoff)
    tracked = {pod.metadata.uid for pod in view.pods if is_tracked(pod)}
    problem = None
    for pod in sums.pods:
        try:
            _untrack(api, pod)
        except errors.ApiError as refusal:
            problem = problem or refusal
            continue
        tracked.discard(pod.metadata.uid)
    status = counted(job.status, tracked)
    waits = problem is not None or sums.full or _pods_left(status)
    over = None if waits else ending
    if over is not None:
        status = _ended(status, over, api.stamp())
    if status != job.status:
        job = api.update_status(evolve(job, status=status))
    if problem is not None:
        raise problem
    if over is not None:
        _say_how_it_ended(api, job, over)
        api.remember(BackOff())


def _pods_left(status: Any) -> bool:
    """Whether a Job that is to end waits for pods: to be counted, or to be gone."""
    uncounted = status.uncounted_terminated_pods
    return bool(uncounted.succeeded or uncounted.failed or status.terminating)


def _ended(status: Any, ending: Ending, now: Any) -> Any:
    """The last status of a Job."""
    conditions = said(status.conditions, FINAL[ending.type], "True", ending.reason, ending.message, now)
    return evolve(status, conditions=conditions, completion_time=None if ending.fails else now)


def _say_how_it_ended(api: Api, job: Any, ending: Ending) -> None:
    if ending.fails:
        api.event(job, "Warning", ending.reason, ending.message)
        return
    if job.spec.completions is not None and (job.status.succeeded or 0) > job.spec.completions:
        text = "Too many succeeded pods running after completion count reached"
        api.event(job, "Warning", "TooManySucceededPods", text)
    api.event(job, "Normal", "Completed", "Job completed")
