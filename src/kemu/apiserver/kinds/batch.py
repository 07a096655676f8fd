"""Jobs and cron jobs: what the server knows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...objects import evolve, meta
from ...values.durations import human_duration
from ...values.frozen import FrozenMap
from ..cells import AGE, NAME, NONE, SELECTOR, TEMPLATE, age, cell, containers, row, selector_text
from ..policy import Policy, whole
from .pods.warns import template_at, unusual_name

if TYPE_CHECKING:
    from ..request import Desk

CHILDREN = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them "
    "or set propagationPolicy=Orphan to suppress this warning"
)


# Jobs


def _own_defaults(job: Any) -> Any:
    """The defaults of a Job's own specification; a CronJob's template waits until it is stamped."""
    spec = job.spec
    replacement = "Failed" if spec.pod_failure_policy is not None else "TerminatingOrFailed"
    wanted = {
        "completion_mode": "NonIndexed",
        "suspend": False,
        "pod_replacement_policy": replacement,
        "manual_selector": False,
    }
    missing = {name: value for name, value in wanted.items() if getattr(spec, name) is None}
    spec = _job_counts(evolve(spec, **missing) if missing else spec)
    job = job if spec is job.spec else evolve(job, spec=spec)
    return _labelled(job)


def _labelled(job: Any) -> Any:
    """A Job without labels has those of its template."""
    labels = job.spec.template.metadata.labels
    return job if job.metadata.labels or not labels else evolve(job, {"metadata.labels": labels})


def _job_counts(spec: Any) -> Any:
    changes: dict[str, Any] = {}
    if spec.completions is None and spec.parallelism is None:
        changes = {"completions": 1, "parallelism": 1}
    elif spec.parallelism is None:
        changes = {"parallelism": 1}
    if spec.backoff_limit is None:
        changes["backoff_limit"] = 6 if spec.backoff_limit_per_index is None else 2**31 - 1
    return evolve(spec, **changes) if changes else spec


def _create_job(job: Any, desk: Desk) -> Any:
    """A Job selects the pods that bear its uid, unless somebody selects by hand. What a client says itself stays."""
    if job.spec.manual_selector:
        return job
    uid, name = job.metadata.uid, job.metadata.name or ""
    own = {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": uid,
        "job-name": name,
    }
    selector = job.spec.selector or meta.LabelSelector()
    by_uid = {"batch.kubernetes.io/controller-uid": uid, **selector.match_labels}
    labels = FrozenMap({**own, **job.spec.template.metadata.labels})
    job = evolve(
        job,
        {"spec.template.metadata.labels": labels, "spec.selector": evolve(selector, match_labels=FrozenMap(by_uid))},
    )
    return _labelled(job)


def _job_status(obj: Any) -> str:
    true = [condition.type for condition in obj.status.conditions if condition.status == "True"]
    ended = next((word for word in ("Complete", "Failed") if word in true), "")
    if ended:
        return ended
    if obj.metadata.deletion_timestamp is not None:
        return "Terminating"
    return next((word for word in ("Suspended", "FailureTarget", "SuccessCriteriaMet") if word in true), "Running")


def _completions(obj: Any) -> str:
    done = obj.status.succeeded or 0
    if obj.spec.completions is not None:
        return f"{done}/{obj.spec.completions}"
    parallel = obj.spec.parallelism or 0
    return f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"


def _duration(obj: Any, now: float) -> str:
    started, ended = obj.status.start_time, obj.status.completion_time
    if started is None:
        return ""
    return human_duration(max(0.0, (int(ended) if ended is not None else int(now)) - int(started)))


JOB = Policy(
    "jobs.batch",
    generation=True,
    orphans=True,
    warns_delete=CHILDREN,
    defaults={"": whole(_own_defaults)},
    prepare_create=_create_job,
    warns=(template_at("spec.template", lambda obj: obj.spec.template),),
    selectable={"status.successful": lambda job: job.status.succeeded or 0},
    unselectable='field label "{field}" not supported for Job',
    cells=row(NAME, cell(_job_status), cell(_completions), _duration, AGE, *TEMPLATE, SELECTOR),
)


# Cron jobs


def _last_schedule(obj: Any, now: float) -> str:
    return NONE if obj.status.last_schedule_time is None else age(obj.status.last_schedule_time, now)


def _template(obj: Any) -> Any:
    return obj.spec.job_template.spec.template


CRON_JOB = Policy(
    "cronjobs.batch",
    generation=True,
    defaults={
        "spec.concurrencyPolicy": "Allow",
        "spec.suspend": False,
        "spec.successfulJobsHistoryLimit": 3,
        "spec.failedJobsHistoryLimit": 1,
    },
    warns=(unusual_name, template_at("spec.jobTemplate.spec.template", _template)),
    cells=row(
        NAME,
        cell(lambda obj: obj.spec.schedule),
        cell(lambda obj: obj.spec.time_zone or NONE),
        cell(lambda obj: "True" if obj.spec.suspend else "False"),
        cell(lambda obj: len(obj.status.active)),
        _last_schedule,
        AGE,
        *containers(_template),
        cell(lambda obj: selector_text(obj.spec.job_template.spec.selector)),
    ),
)

POLICIES = (JOB, CRON_JOB)
