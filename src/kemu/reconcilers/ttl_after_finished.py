"""Delete Jobs that have been over for `spec.ttlSecondsAfterFinished`, with their pods.

Imitates  the TTL-after-finished controller of Kubernetes 1.36
Wakes on  Job
Writes    Job delete
Differs   nothing known
"""

from __future__ import annotations

from typing import Any

from .. import errors
from ..kit import DONE, Api, Cache, Result, Wiring
from ..objects import batch
from ..objects.conditions import find_condition

COMPONENT = "ttl-after-finished-controller"
WIRING = Wiring("ttl-after-finished-controller", reconciles=batch.Job)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Delete a Job whose time is up, unless the Job as it is stored now says otherwise."""
    job: Any = cache.get(batch.Job, key)
    left = None if job is None else time_left(job, api.unix)
    if left is None or left > 0:
        return Result(after=left)
    name, namespace = job.metadata.name, job.metadata.namespace
    fresh = api.find(batch.Job, name, namespace)
    left = None if fresh is None else time_left(fresh, api.unix)
    if fresh is None or left is None or left > 0:
        return Result(after=left)
    try:
        api.delete(batch.Job, name, namespace, uid=fresh.metadata.uid, propagation="Foreground")
    except errors.NotFound:
        return DONE
    return DONE


def time_left(job: Any, unix: float) -> float | None:
    """Pure: the seconds until a Job is to go; None of one that stays, is not over yet, or goes already."""
    ttl = job.spec.ttl_seconds_after_finished
    if ttl is None or job.metadata.deletion_timestamp is not None:
        return None
    for type_ in ("Complete", "Failed"):
        condition = find_condition(job.status.conditions, type_)
        if condition is not None and condition.status == "True":
            return float(int(condition.last_transition_time or 0) + ttl - unix)
    return None
