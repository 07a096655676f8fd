"""The status of a Deployment, from its ReplicaSets: counts, and whether it is available and progressing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...objects import apps, evolve
from ...objects.conditions import find_condition, with_condition, without_condition
from ...values.int_or_string import scaled

CREATE_FAILED = "ReplicaSetCreateError"
NO_DEADLINE = 2**31 - 1
AVAILABLE, PROGRESSING, FAILURE = "Available", "Progressing", "ReplicaFailure"


def status_of(deployment: Any, sets: Sequence[Any], new: Any | None, stamp: Any, unix: float) -> Any:
    """The whole status. `stamp` is now as a Time, `unix` in seconds since 1970."""
    spec, old = deployment.spec, deployment.status
    available = sum(each.status.available_replicas or 0 for each in sets)
    replicas = sum(each.status.replicas or 0 for each in sets)
    terminating = [each.status.terminating_replicas for each in sets if each.status.terminating_replicas is not None]
    status = evolve(
        old,
        observed_generation=deployment.metadata.generation,
        replicas=replicas or None,
        updated_replicas=(new.status.replicas if new is not None else 0) or None,
        ready_replicas=sum(each.status.ready_replicas or 0 for each in sets) or None,
        available_replicas=available or None,
        unavailable_replicas=max(0, sum(each.spec.replicas or 0 for each in sets) - available) or None,
        terminating_replicas=sum(terminating) if len(terminating) == len(sets) else None,
    )
    conditions = list(old.conditions)
    least = (spec.replicas or 0) - _max_unavailable(spec)
    if available >= least:
        _set(conditions, AVAILABLE, "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", stamp)
    else:
        text = "Deployment does not have minimum availability."
        _set(conditions, AVAILABLE, "False", "MinimumReplicasUnavailable", text, stamp)
    _progress(deployment, conditions, status, new, stamp, unix)
    _failures(conditions, sets, stamp)
    return evolve(status, conditions=tuple(conditions))


def _max_unavailable(spec: Any) -> int:
    rolling = spec.strategy.rolling_update
    total = spec.replicas or 0
    if spec.strategy.type != "RollingUpdate" or rolling is None or not total:
        return 0
    surge = scaled(rolling.max_surge, total, True)
    unavailable = scaled(rolling.max_unavailable, total, False)
    return min(1 if not surge and not unavailable else unavailable, total)


def _set(conditions: list[Any], type_: str, status: str, reason: str, message: str, stamp: Any) -> None:
    """Put a condition at the end of the list, unless it says the same already."""
    old = find_condition(conditions, type_)
    if old is not None and old.status == status and old.reason == reason and old.message == message:
        return
    if old is not None and old.status == status and old.reason == reason and type_ == AVAILABLE:
        return
    _put(conditions, type_, status, reason, message, stamp)


def _put(conditions: list[Any], type_: str, status: str, reason: str, message: str, stamp: Any) -> None:
    """Put a condition at the end of the list, as one that was updated now whatever it says."""
    new = apps.DeploymentCondition(
        type=type_,
        status=status,
        reason=reason,
        message=message,
        last_update_time=stamp,
        last_transition_time=stamp,
    )
    conditions[:] = with_condition(tuple(conditions), new, last=True)


def _progress(deployment: Any, conditions: list[Any], status: Any, new: Any | None, stamp: Any, unix: float) -> None:
    spec = deployment.spec
    deadline = spec.progress_deadline_seconds
    if deadline is None or deadline == NO_DEADLINE or new is None:
        return
    current = find_condition(conditions, PROGRESSING)
    name = f'ReplicaSet "{new.metadata.name}"'
    if spec.paused:
        if current is None or current.reason != "DeploymentPaused":
            _set(conditions, PROGRESSING, "Unknown", "DeploymentPaused", "Deployment is paused", stamp)
        return
    if current is not None and current.reason == "DeploymentPaused":
        _set(conditions, PROGRESSING, "Unknown", "DeploymentResumed", "Deployment is resumed", stamp)
        return
    done = current is not None and current.reason == "NewReplicaSetAvailable"
    if done and (status.replicas or 0) == (status.updated_replicas or 0):
        return
    if _complete(spec, status):
        text = f"{name} has successfully progressed."
        _set(conditions, PROGRESSING, "True", "NewReplicaSetAvailable", text, stamp)
    elif current is None or (done and not new.status.replicas):
        text = f'Created new replica set "{new.metadata.name}"'
        _set(conditions, PROGRESSING, "True", "NewReplicaSetCreated", text, stamp)
    elif _moved(deployment.status, status):
        _put(conditions, PROGRESSING, "True", "ReplicaSetUpdated", f"{name} is progressing.", stamp)
    elif current.reason == "ProgressDeadlineExceeded" or int(current.last_update_time or 0) + deadline <= unix:
        text = f"{name} has timed out progressing."
        _set(conditions, PROGRESSING, "False", "ProgressDeadlineExceeded", text, stamp)


def without_new(deployment: Any, message: str, stamp: Any) -> Any:
    """The status of a Deployment whose new ReplicaSet could not be created, if it has a deadline."""
    status = deployment.status
    if deployment.spec.progress_deadline_seconds in (None, NO_DEADLINE):
        return status
    conditions = list(status.conditions)
    _set(conditions, PROGRESSING, "False", CREATE_FAILED, message, stamp)
    return evolve(status, conditions=tuple(conditions))


def _complete(spec: Any, status: Any) -> bool:
    wanted = spec.replicas or 0
    return all(
        (count or 0) == wanted for count in (status.updated_replicas, status.replicas, status.available_replicas)
    )


def _moved(old: Any, new: Any) -> bool:
    """Whether anything went the right way since the last status."""
    updated, before = new.updated_replicas or 0, old.updated_replicas or 0
    old_ones = (new.replicas or 0) - updated
    old_before = (old.replicas or 0) - before
    return (
        updated > before
        or old_ones < old_before
        or (new.ready_replicas or 0) > (old.ready_replicas or 0)
        or (new.available_replicas or 0) > (old.available_replicas or 0)
    )


def _failures(conditions: list[Any], sets: Sequence[Any], stamp: Any) -> None:
    found = (find_condition(each.status.conditions, FAILURE) for each in sets)
    failed = next((each for each in found if each is not None), None)
    if failed is None:
        conditions[:] = without_condition(tuple(conditions), FAILURE)
    else:
        _set(conditions, FAILURE, failed.status, failed.reason or "", failed.message or "", stamp)


def next_look(deployment: Any, status: Any, unix: float) -> float | None:
    """Seconds until the progress deadline could be exceeded, if the Deployment is still progressing."""
    deadline = deployment.spec.progress_deadline_seconds
    current = find_condition(status.conditions, PROGRESSING)
    if deadline is None or current is None or deployment.spec.paused:
        return None
    if current.reason in ("NewReplicaSetAvailable", "ProgressDeadlineExceeded"):
        return None
    return max(0.1, int(current.last_update_time or 0) + deadline - unix + 0.1)
