"""The status of a Deployment, from its ReplicaSets: counts, and whether it is available and progressing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...kit.queue import BASE_DELAY
from ...objects import apps, evolve
from ...objects.conditions import find_condition, with_condition, without_condition
from ...values.int_or_string import scaled

CREATE_FAILED = "ReplicaSetCreateError"
NO_DEADLINE = 2**31 - 1
AVAILABLE, PROGRESSING, FAILURE = "Available", "Progressing", "ReplicaFailure"
COMPLETE, EXCEEDED, PAUSED = "NewReplicaSetAvailable", "ProgressDeadlineExceeded", "DeploymentPaused"


def calculated(deployment: Any, sets: Sequence[Any], new: Any | None, stamp: Any) -> Any:
    """The counts, and whether the Deployment is available; nothing about its progress. `stamp` is now as a Time."""
    spec, old = deployment.spec, deployment.status
    available = sum(each.status.available_replicas or 0 for each in sets)
    replicas = sum(each.status.replicas or 0 for each in sets)
    status = evolve(
        old,
        observed_generation=deployment.metadata.generation,
        replicas=replicas or None,
        updated_replicas=(new.status.replicas if new is not None else 0) or None,
        ready_replicas=sum(each.status.ready_replicas or 0 for each in sets) or None,
        available_replicas=available or None,
        unavailable_replicas=max(0, sum(each.spec.replicas or 0 for each in sets) - available) or None,
        terminating_replicas=_terminating(sets),
    )
    if available >= (spec.replicas or 0) - _max_unavailable(spec):
        text = "Deployment has minimum availability."
        return said(status, AVAILABLE, "True", "MinimumReplicasAvailable", text, stamp)
    text = "Deployment does not have minimum availability."
    return said(status, AVAILABLE, "False", "MinimumReplicasUnavailable", text, stamp)


def _terminating(sets: Sequence[Any]) -> int | None:
    """How many pods are terminating. Sets that nobody has looked at yet have none, one that does not say may have."""
    told = [each.status.terminating_replicas for each in sets if each.status.observed_generation]
    return None if None in told else sum(told)


def rolled(deployment: Any, sets: Sequence[Any], new: Any | None, stamp: Any, unix: float) -> Any:
    """The same with how the rollout goes. `unix` is now in seconds since 1970."""
    status = calculated(deployment, sets, new, stamp)
    if has_deadline(deployment):
        status = _progress(deployment, status, new, stamp, unix)
    else:
        status = evolve(status, conditions=without_condition(status.conditions, PROGRESSING))
    return _failures(status, sets, new)


def has_deadline(deployment: Any) -> bool:
    """Whether a Deployment is to say that it makes no progress."""
    return deployment.spec.progress_deadline_seconds not in (None, NO_DEADLINE)


def _max_unavailable(spec: Any) -> int:
    rolling = spec.strategy.rolling_update
    total = spec.replicas or 0
    if spec.strategy.type != "RollingUpdate" or rolling is None or not total:
        return 0
    surge = scaled(rolling.max_surge, total, True)
    unavailable = scaled(rolling.max_unavailable, total, False)
    return min(1 if not surge and not unavailable else unavailable, total)


def said(status: Any, type_: str, whether: str, reason: str, message: str, stamp: Any) -> Any:
    """The status with a condition at the end of the list, unless there is one with the same status and reason."""
    old = find_condition(status.conditions, type_)
    if old is not None and (old.status, old.reason) == (whether, reason):
        return status
    return _put(status, type_, whether, reason, message, stamp)


def _put(status: Any, type_: str, whether: str, reason: str, message: str, stamp: Any) -> Any:
    """The status with a condition at the end of the list, as one that was updated now whatever it says."""
    new = apps.DeploymentCondition(
        type=type_,
        status=whether,
        reason=reason,
        message=message,
        last_update_time=stamp,
        last_transition_time=stamp,
    )
    return evolve(status, conditions=with_condition(status.conditions, new, last=True))


def created(deployment: Any, name: str, stamp: Any) -> Any:
    """The status of a Deployment that has made a new ReplicaSet."""
    text = f'Created new replica set "{name}"'
    return said(deployment.status, PROGRESSING, "True", "NewReplicaSetCreated", text, stamp)


def found(deployment: Any, name: str, stamp: Any) -> Any:
    """The status of a Deployment whose ReplicaSet is there already, if nothing was said of its progress before."""
    if not has_deadline(deployment) or find_condition(deployment.status.conditions, PROGRESSING) is not None:
        return deployment.status
    return said(deployment.status, PROGRESSING, "True", "FoundNewReplicaSet", f'Found new replica set "{name}"', stamp)


def paused(deployment: Any, stamp: Any) -> Any:
    """The status of a Deployment that is paused, or was until now. One that has timed out says that."""
    current = find_condition(deployment.status.conditions, PROGRESSING)
    reason = "" if current is None else current.reason
    if not has_deadline(deployment) or reason == EXCEEDED:
        return deployment.status
    if deployment.spec.paused:
        return said(deployment.status, PROGRESSING, "Unknown", PAUSED, "Deployment is paused", stamp)
    if reason == PAUSED:
        return said(deployment.status, PROGRESSING, "Unknown", "DeploymentResumed", "Deployment is resumed", stamp)
    return deployment.status


def _progress(deployment: Any, status: Any, new: Any | None, stamp: Any, unix: float) -> Any:
    spec = deployment.spec
    current = find_condition(deployment.status.conditions, PROGRESSING)
    done = current is not None and current.reason == COMPLETE
    if done and (status.replicas or 0) == (status.updated_replicas or 0):
        return status
    name = f'Deployment "{deployment.metadata.name}"' if new is None else f'ReplicaSet "{new.metadata.name}"'
    if is_complete(deployment, status):
        return said(status, PROGRESSING, "True", COMPLETE, f"{name} has successfully progressed.", stamp)
    if _moved(deployment.status, status):
        return _put(status, PROGRESSING, "True", "ReplicaSetUpdated", f"{name} is progressing.", stamp)
    if current is None or done:
        return status
    if current.reason == EXCEEDED or int(current.last_update_time or 0) + spec.progress_deadline_seconds < unix:
        return said(status, PROGRESSING, "False", EXCEEDED, f"{name} has timed out progressing.", stamp)
    return status


def without_new(deployment: Any, message: str, stamp: Any) -> Any:
    """The status of a Deployment whose new ReplicaSet could not be created, if it has a deadline."""
    if not has_deadline(deployment):
        return deployment.status
    return said(deployment.status, PROGRESSING, "False", CREATE_FAILED, message, stamp)


def is_complete(deployment: Any, status: Any) -> bool:
    """Whether all pods are of the current template and available, by a status that knows of what is wanted."""
    wanted = deployment.spec.replicas or 0
    counts = (status.updated_replicas, status.replicas, status.available_replicas)
    current = (status.observed_generation or 0) >= (deployment.metadata.generation or 0)
    return current and all((count or 0) == wanted for count in counts)


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


def _failures(status: Any, sets: Sequence[Any], new: Any | None) -> Any:
    """The status with the failure of a ReplicaSet, of the new one rather than of an old one."""
    ordered = [each for each in (new, *sets) if each is not None]
    problems = (find_condition(each.status.conditions, FAILURE) for each in ordered)
    failed = next((each for each in problems if each is not None), None)
    if failed is None:
        return evolve(status, conditions=without_condition(status.conditions, FAILURE))
    since = failed.last_transition_time
    return said(status, FAILURE, failed.status, failed.reason or "", failed.message or "", since)


def next_look(deployment: Any, status: Any, unix: float) -> float | None:
    """Seconds until a Deployment that is progressing is to be looked at again, for it may have timed out by then.

    That is a second after the deadline, or with less than a second left as soon as that is over.
    """
    current = find_condition(status.conditions, PROGRESSING)
    if not has_deadline(deployment) or current is None or deployment.spec.paused:
        return None
    if current.reason in (COMPLETE, EXCEEDED):
        return None
    left = int(current.last_update_time or 0) + deployment.spec.progress_deadline_seconds - unix
    return float(left + 1 if left >= 1 else max(left, 0) + BASE_DELAY)
