"""What the status of a Job may say, whoever counts its pods.

A demand is only made when what it is about has changed: a status that breaks one stays writable in all else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from ..failures import FieldError, duplicate, invalid_value
from ..failures import required as missing
from .job_rules import INDEXED, indexes_in, interval

COMPLETE, FAILED = "Complete", "Failed"
FAILURE_TARGET, SUCCESS = "FailureTarget", "SuccessCriteriaMet"
TERMINAL = (FAILED, COMPLETE, FAILURE_TARGET)

Problems = Iterator[FieldError]


class Outcome(NamedTuple):
    """A Job with what has become of it."""

    job: Any
    complete: bool
    failed: bool
    failing: bool
    succeeded: bool
    """Whether its criteria of success are met, though not all of its pods may have ended."""

    @property
    def finished(self) -> bool:
        """Whether it has ended, one way or the other."""
        return self.complete or self.failed


def outcome(job: Any) -> Outcome:
    """What has become of a Job by its conditions."""
    true = [each.type for each in job.status.conditions if each.status == "True"]
    return Outcome(job, *(kind in true for kind in (COMPLETE, FAILED, FAILURE_TARGET, SUCCESS)))


def _refused(text: str) -> FieldError:
    """Of the conditions as a whole no value is shown."""
    return FieldError("status.conditions", "FieldValueInvalid", f"Invalid value: {text}")


def job_status(new: Any, old: Any) -> Problems:
    """All that is asked of a status in place of an earlier one, in a server's order."""
    now, was = outcome(new), outcome(old)
    changed = _changes(now, was)
    yield from _uncounted(new.status.uncounted_terminated_pods)
    for about, check in _WHEN_CHANGED:
        if any(changed[each] for each in about):
            yield from check(now)
    yield from _success(now)
    yield from _transition(now, was, changed)


def _changes(now: Outcome, was: Outcome) -> dict[str, bool]:
    """What of a status has changed, by its name."""
    status, before = now.job.status, was.job.status
    fields = (
        *("active", "start_time", "completion_time", "ready", "terminating"),
        *("completed_indexes", "failed_indexes", "uncounted_terminated_pods"),
    )
    changed = {name: getattr(status, name) != getattr(before, name) for name in fields}
    for name in ("finished", "complete", "failed", "failing", "succeeded"):
        changed[name] = getattr(now, name) != getattr(was, name)
    return changed


def _uncounted(pods: Any) -> Problems:
    for name in ("succeeded", "failed") if pods is not None else ():
        seen: set[str] = set()
        for number, uid in enumerate(getattr(pods, name)):
            at = f"status.uncountedTerminatedPods.{name}[{number}]"
            if not uid:
                yield invalid_value(at, uid, "must not be empty")
            elif uid in seen:
                yield duplicate(at, uid)
            seen.add(uid)


# What is only asked when it has changed


def _complete_or_failed(now: Outcome) -> Problems:
    if now.complete and now.failed:
        yield _refused("cannot set Complete=True and Failed=true conditions")


def _complete_or_failing(now: Outcome) -> Problems:
    if now.complete and now.failing:
        yield _refused("cannot set Complete=True and FailureTarget=true conditions")


def _completion_time(now: Outcome) -> Problems:
    ended = now.job.status.completion_time
    if ended is not None and not now.complete:
        text = "cannot set completionTime when there is no Complete=True condition"
        yield invalid_value("status.completionTime", ended, text)
    if ended is None and now.complete:
        yield missing("status.completionTime", "completionTime is required for Complete jobs")


def _begins_before_it_ends(now: Outcome) -> Problems:
    began, ended = now.job.status.start_time, now.job.status.completion_time
    if began is not None and ended is not None and ended < began:
        yield invalid_value("status.completionTime", ended, "must be equal to or after `startTime`")


def _fails_on_purpose(now: Outcome) -> Problems:
    if now.failed and not now.failing:
        yield _refused("cannot set Failed=True condition without the FailureTarget=true condition")


def _completes_on_purpose(now: Outcome) -> Problems:
    if now.complete and not now.succeeded:
        yield _refused("cannot set Complete=True condition without the SuccessCriteriaMet=true condition")


def _no_active_pods(now: Outcome) -> Problems:
    active = now.job.status.active or 0
    if active > 0 and now.finished:
        yield invalid_value("status.active", active, "active>0 is invalid for finished job")


def _has_begun(now: Outcome) -> Problems:
    spec = now.job.spec
    if now.job.status.start_time is None and now.finished and not (spec.suspend and spec.completions == 0):
        yield missing("status.startTime", "startTime is required for finished job")


def _all_counted(now: Outcome) -> Problems:
    left = now.job.status.uncounted_terminated_pods
    if now.finished and left is not None and (left.succeeded or left.failed):
        yield invalid_value("status.uncountedTerminatedPods", left, "must be empty for finished job")


def _completed_indexes(now: Outcome) -> Problems:
    yield from _indexes(now, "completedIndexes", now.job.status.completed_indexes)


def _failed_indexes(now: Outcome) -> Problems:
    if now.job.spec.backoff_limit_per_index is not None:
        yield from _indexes(now, "failedIndexes", now.job.status.failed_indexes)


def _indexes(now: Outcome, name: str, text: str | None) -> Problems:
    if now.job.spec.completions is None or text is None:
        return
    try:
        indexes_in(text, now.job.spec.completions)
    except ValueError as problem:
        yield invalid_value(f"status.{name}", text, f"error parsing {name}: {problem}")


def _completed_of_indexed(now: Outcome) -> Problems:
    text = now.job.status.completed_indexes
    if text and now.job.spec.completion_mode != INDEXED:
        yield invalid_value(
            "status.completedIndexes", text, "cannot set non-empty completedIndexes when non-indexed completion mode"
        )


def _failed_of_limited(now: Outcome) -> Problems:
    text = now.job.status.failed_indexes
    if text is not None and now.job.spec.backoff_limit_per_index is None:
        yield invalid_value(
            "status.failedIndexes", text, "cannot set non-null failedIndexes when backoffLimitPerIndex is null"
        )


def _failed_or_completed(now: Outcome) -> Problems:
    """No index has both failed and completed."""
    status = now.job.status
    if now.job.spec.completions is None or status.failed_indexes is None:
        return
    completions = now.job.spec.completions
    completed = _intervals(status.completed_indexes or "", completions)
    failed = _intervals(status.failed_indexes, completions)
    at = 0
    for first, last in failed:
        while at < len(completed) and completed[at][1] < first:
            at += 1
        if at < len(completed) and completed[at][0] <= last:
            text = f"failedIndexes and completedIndexes overlap at index: {max(first, completed[at][0])}"
            yield invalid_value("status.failedIndexes", status.failed_indexes, text)
            return


def _intervals(text: str, completions: int) -> list[tuple[int, int]]:
    """The intervals that a text names; what cannot be read was complained of already."""
    found = []
    for part in text.split(",") if text else ():
        with suppress(ValueError):
            found.append(interval(part, completions))
    return found


def _no_terminating_pods(now: Outcome) -> Problems:
    leaving = now.job.status.terminating or 0
    if leaving > 0 and now.finished:
        yield invalid_value("status.terminating", leaving, "terminating>0 is invalid for finished job")


def _ready_are_active(now: Outcome) -> Problems:
    ready = now.job.status.ready or 0
    if ready > (now.job.status.active or 0):
        yield invalid_value("status.ready", ready, "cannot set more ready pods than active")


_WHEN_CHANGED: tuple[tuple[tuple[str, ...], Callable[[Outcome], Problems]], ...] = (
    (("complete", "failed"), _complete_or_failed),
    (("complete", "failing"), _complete_or_failing),
    (("complete", "completion_time"), _completion_time),
    (("start_time", "completion_time"), _begins_before_it_ends),
    (("failed", "failed_indexes"), _fails_on_purpose),
    (("complete", "succeeded"), _completes_on_purpose),
    (("finished", "active"), _no_active_pods),
    (("finished", "start_time"), _has_begun),
    (("finished", "uncounted_terminated_pods"), _all_counted),
    (("completed_indexes",), _completed_indexes),
    (("failed_indexes",), _failed_indexes),
    (("completed_indexes",), _completed_of_indexed),
    (("failed_indexes",), _failed_of_limited),
    (("failed_indexes", "completed_indexes"), _failed_or_completed),
    (("finished", "terminating"), _no_terminating_pods),
    (("ready", "active"), _ready_are_active),
)
"""What must have changed for a demand to be made, and the demand: a server's order."""


# What is always asked


def _success(now: Outcome) -> Problems:
    if now.succeeded and now.failed:
        yield _refused("cannot set SuccessCriteriaMet=True and Failed=true conditions")
    if now.succeeded and now.failing:
        yield _refused("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions")
    if now.job.spec.success_policy is not None and not now.succeeded and now.complete:
        yield _refused("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True")


def _transition(now: Outcome, was: Outcome, changed: dict[str, bool]) -> Problems:
    """What an earlier status has settled."""
    status, before = now.job.status, was.job.status
    for kind, held, holds in zip(TERMINAL, (was.failed, was.complete, was.failing), _terminal(now), strict=True):
        if held and not holds:
            yield _refused(f"cannot disable the terminal {kind}=True condition")
    if (status.failed or 0) < (before.failed or 0):
        yield invalid_value("status.failed", status.failed or 0, "cannot decrease the failed counter")
    spec = now.job.spec
    may_shrink = spec.completion_mode == INDEXED and spec.completions == spec.parallelism
    if (status.succeeded or 0) < (before.succeeded or 0) and not may_shrink:
        yield invalid_value("status.succeeded", status.succeeded or 0, "cannot decrease the succeeded counter")
    if changed["completion_time"] and status.completion_time is not None and before.completion_time is not None:
        yield invalid_value("status.completionTime", status.completion_time, "field is immutable")
    if changed["start_time"] and before.start_time is not None and not spec.suspend and not _resumes(now, was):
        text = "field is immutable for unsuspended job once set"
        yield invalid_value("status.startTime", status.start_time, text)
    if was.succeeded and not now.succeeded:
        yield _refused("cannot disable the SuccessCriteriaMet=True condition")
    if was.complete and not was.succeeded and now.succeeded:
        yield _refused("cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions")


def _terminal(now: Outcome) -> tuple[bool, bool, bool]:
    return now.failed, now.complete, now.failing


def _resumes(now: Outcome, was: Outcome) -> bool:
    """Whether a Job that was suspended is no longer."""
    held = {each.type: each.status for each in was.job.status.conditions}
    holds = {each.type: each.status for each in now.job.status.conditions}
    return held.get("Suspended") == "True" and holds.get("Suspended") == "False"
