"""Jobs and cron jobs: what the server knows of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ...objects import batch, evolve, meta
from ...values import cron, names
from ...values.durations import human_duration
from ...values.frozen import FrozenMap
from ...values.selectors import selector_of
from ...values.zones import zone_of
from ..cells import AGE, NAME, NONE, SELECTOR, TEMPLATE, age, cell, containers, row, selector_text
from ..failures import FieldError, invalid_value, not_supported
from ..failures import required as missing
from ..policy import Policy, whole
from ..rows import Rows, choice
from ..rules import label_selector, required
from ..updates import immutable
from .job_rules import COUNT, completions_stay, job_defaults, job_rules, restart_policy, template_stays
from .job_status_rules import job_status
from .pods.rules import selects_template
from .pods.warns import template_at, unusual_name

if TYPE_CHECKING:
    from ..request import Desk

CONTROLLER_UID = "batch.kubernetes.io/controller-uid"
CRON_JOB_NAME_MAX = 52
ZONE_PART = re.compile(r"(?!-)[A-Za-z._0-9+-]{1,14}")
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


def _own_labels(job: Any) -> dict[str, str]:
    """What the pods of a Job are known by, also as in its first version."""
    uid, name = job.metadata.uid or "", job.metadata.name or ""
    return {"controller-uid": uid, "job-name": name, CONTROLLER_UID: uid, "batch.kubernetes.io/job-name": name}


def _sorted(labels: dict[str, str]) -> FrozenMap[str, str]:
    return FrozenMap(sorted(labels.items()))


def _create_job(job: Any, desk: Desk) -> Any:
    """A Job selects the pods that bear its uid, unless somebody selects by hand. What a client says itself stays."""
    if job.spec.manual_selector:
        return job
    selector = job.spec.selector or meta.LabelSelector()
    by_uid = {CONTROLLER_UID: job.metadata.uid, **selector.match_labels}
    labels = {**_own_labels(job), **job.spec.template.metadata.labels}
    selector = evolve(selector, match_labels=_sorted(by_uid))
    return evolve(job, {"spec.template.metadata.labels": _sorted(labels), "spec.selector": selector})


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


def _generated(job: Any) -> Iterator[FieldError]:
    """A Job that selects by its uid: its pods bear the labels that say so, and it selects by nothing else."""
    spec = job.spec
    if spec.manual_selector or spec.selector is None:
        return
    own, labels = _own_labels(job), spec.template.metadata.labels
    for name, value in own.items():
        if name not in labels:
            yield missing(f"spec.template.metadata.labels[{name}]", f"must be '{value}'")
        elif labels[name] != value:
            yield invalid_value(f"spec.template.metadata.labels[{name}]", labels, f"must be '{value}'")
    try:
        matches = selector_of(spec.selector).matches(own)
    except ValueError:
        return
    if not matches:
        yield invalid_value("spec.selector", spec.selector, "`selector` not auto-generated")


def _ends(job: Any) -> Iterator[FieldError]:
    yield from restart_policy("spec", job.spec.template, job.spec.pod_failure_policy)


def _named_hosts(job: Any) -> Iterator[FieldError]:
    """The names of the last index's host is one, too."""
    spec, name = job.spec, job.metadata.name or ""
    last = f"{name}-{(spec.completions or 0) - 1}"
    if spec.completion_mode == "Indexed" and (spec.completions or 0) > 0 and names.is_dns1123_label(last):
        yield invalid_value("metadata.name", name, f"will not able to create pod with invalid DNS label: {last}")


OF_JOB = {**job_rules("spec"), "spec.selector": (required, label_selector)}
"""What is asked of a Job's specification."""


@lru_cache(maxsize=1)
def _specification() -> Rows:
    return Rows(batch.Job, OF_JOB, (_ends, selects_template))


def _judged_again(new: Any, old: Any) -> Iterator[FieldError]:
    """An update is told twice of what is wrong with the specification, as upstream does."""
    yield from _specification()(new, old)


JOB = Policy(
    "jobs.batch",
    generation=True,
    orphans=True,
    warns_delete=CHILDREN,
    defaults={"": whole(_own_defaults), **job_defaults("spec")},
    prepare_create=_create_job,
    finish_create=_labelled,
    rules={"": _generated, **OF_JOB},
    across=(_ends, selects_template, _named_hosts),
    update=(
        _judged_again,
        completions_stay,
        *immutable("spec.selector"),
        template_stays,
        *immutable("spec.completionMode", "spec.podFailurePolicy", "spec.backoffLimitPerIndex", "spec.managedBy"),
        *immutable("spec.successPolicy"),
    ),
    status_rules={f"status.{name}": COUNT for name in ("active", "succeeded", "failed", "ready", "terminating")},
    status_update=(job_status,),
    warns=(template_at("spec.template", lambda obj: obj.spec.template),),
    selectable={"status.successful": lambda job: job.status.succeeded or 0},
    unselectable='field label "{field}" not supported for Job',
    cells=row(NAME, cell(_job_status), cell(_completions), _duration, AGE, *TEMPLATE, SELECTOR),
)


# Cron jobs


def _schedule(text: str) -> Iterator[FieldError]:
    try:
        cron.parse(text)
    except ValueError as problem:
        yield invalid_value("", text, str(problem))
    if "TZ" in text:
        yield invalid_value("", text, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")


def _time_zone(cron_job: Any) -> Iterator[FieldError]:
    name = cron_job.spec.time_zone
    if name is None:
        return
    if not name:
        yield invalid_value("spec.timeZone", name, "timeZone must be nil or non-empty string")
        return
    if not all(ZONE_PART.fullmatch(part) and part not in (".", "..") for part in name.split("/")):
        yield invalid_value("spec.timeZone", name, f"unknown time zone {name}")
        return
    if name.lower() == "local":
        text = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        yield invalid_value("spec.timeZone", name, text)
    try:
        zone_of(name)
    except ValueError as problem:
        yield invalid_value("spec.timeZone", name, str(problem))


def _short_name(cron_job: Any) -> Iterator[FieldError]:
    """The names of its Jobs are longer by 11 characters."""
    name = cron_job.metadata.name or ""
    if len(name) > CRON_JOB_NAME_MAX:
        yield invalid_value("metadata.name", name, f"must be no more than {CRON_JOB_NAME_MAX} characters")


def _stamped(cron_job: Any) -> Iterator[FieldError]:
    """Each Job that is made from a template gets a selector of its own, and its pods end."""
    spec, at = cron_job.spec.job_template.spec, "spec.jobTemplate.spec"
    yield from restart_policy(at, spec.template, spec.pod_failure_policy)
    if spec.selector is not None:
        yield invalid_value(f"{at}.selector", spec.selector, "`selector` will be auto-generated")
    if spec.manual_selector:
        yield not_supported(f"{at}.manualSelector", spec.manual_selector, ("nil", "false"))


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
        **job_defaults("spec.jobTemplate.spec"),
    },
    rules={
        "spec.schedule": (required, _schedule),
        "spec.startingDeadlineSeconds": COUNT,
        "": _time_zone,
        "spec.concurrencyPolicy": (required, choice),
        **job_rules("spec.jobTemplate.spec"),
        "spec.successfulJobsHistoryLimit": COUNT,
        "spec.failedJobsHistoryLimit": COUNT,
    },
    across=(_stamped,),
    create_rules=(_short_name,),
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
