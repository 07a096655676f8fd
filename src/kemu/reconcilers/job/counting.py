"""How ended pods enter the status, each exactly once. Everything is pure.

A pod bears a finalizer until it is counted, so that none is lost, whoever deletes it. Counting takes three steps, after
each of which the controller may crash:

1. the uid of the pod goes into `status.uncountedTerminatedPods`, and the status is written;
2. the finalizer is taken off the pod, which may go from then on;
3. the uid leaves that list and the counter goes up, and the status is written.

A uid in the list whose pod has no finalizer any more (or is gone) is at step 3, any other at step 2. Pods of an indexed
Job that succeed need no list: their indexes are in the status, and an index is not counted twice.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import attrs

from ...objects import evolve
from . import indexes
from .ending import Ending
from .pods import index_of, is_failed, is_indexed, is_tracked, valid_index
from .policies import match
from .view import View

MOST = 500
"""How many pods are in step 1 at once: it keeps the status short."""


@attrs.frozen(eq=False)
class Tally:
    """What one sync counts: the status to write before the finalizers are taken off some pods."""

    status: Any
    pods: tuple[Any, ...]
    """The pods to take the finalizer off."""
    full: bool
    """Whether some are left for the next sync."""


def tally(view: View, status: Any, ending: Ending | None) -> Tally:
    """Step 1: which ended pods enter the status."""
    status = counted(status, frozenset(pod.metadata.uid for pod in view.pods if is_tracked(pod)))
    uncounted = status.uncounted_terminated_pods
    succeeded, failed = list(uncounted.succeeded), list(uncounted.failed)
    known = frozenset((*succeeded, *failed))
    released: list[Any] = []
    new_indexes, full = 0, False
    for pod in view.pods:
        if full or not is_tracked(pod) or not _may_go(view, pod, ending):
            continue
        released.append(pod)
        if pod.status.phase == "Succeeded" and pod.metadata.uid not in uncounted.failed:
            if is_indexed(view.job):
                new_indexes += _is_new_index(view, pod)
            elif pod.metadata.uid not in known:
                succeeded.append(pod.metadata.uid)
        elif pod.metadata.uid not in known and _counts_as_failed(view, pod, ending):
            failed.append(pod.metadata.uid)
        full = new_indexes + len(succeeded) + len(failed) >= MOST
    uncounted = evolve(uncounted, succeeded=tuple(succeeded), failed=tuple(failed))
    status = evolve(_with_indexes(view, status), uncounted_terminated_pods=uncounted)
    return Tally(status, tuple(released), full)


def _is_new_index(view: View, pod: Any) -> bool:
    index = valid_index(pod, view.job)
    return index is not None and not indexes.has(view.before, index)


def _may_go(view: View, pod: Any, ending: Ending | None) -> bool:
    """Whether a pod's finalizer can be taken off: it has ended, or its Job has; but not if its successor needs it."""
    if view.job.metadata.deletion_timestamp is not None or ending is not None or pod.status.phase == "Succeeded":
        return True
    if not is_failed(pod, view.job):
        return False
    index = index_of(pod)
    held = None if index is None else view.held.get(index)
    return held is None or held.metadata.uid != pod.metadata.uid


def _counts_as_failed(view: View, pod: Any, ending: Ending | None) -> bool:
    """Whether a pod that is let go counts as failed; once the Job fails, every one that has not succeeded does."""
    job = view.job
    if not is_failed(pod, job) and not (ending is not None and ending.fails):
        return False
    if is_indexed(job) and valid_index(pod, job) is None:
        return False
    return match(job.spec.pod_failure_policy, pod).counts


def _with_indexes(view: View, status: Any) -> Any:
    """The status with the indexes of an indexed Job."""
    if not is_indexed(view.job):
        return status
    done, lost = view.succeeded_indexes, view.failed_indexes
    return evolve(
        status,
        succeeded=indexes.total(done) or None,
        completed_indexes=indexes.text_of(done) or None,
        failed_indexes=None if lost is None else indexes.text_of(lost),
    )


def counted(status: Any, tracked: Collection[str]) -> Any:
    """Step 3: the status in which all uids are counted that no pod with a finalizer has; the same if none are."""
    uncounted = status.uncounted_terminated_pods
    succeeded = tuple([uid for uid in uncounted.succeeded if uid in tracked])
    failed = tuple([uid for uid in uncounted.failed if uid in tracked])
    if len(succeeded) == len(uncounted.succeeded) and len(failed) == len(uncounted.failed):
        return status
    return evolve(
        status,
        succeeded=(status.succeeded or 0) + len(uncounted.succeeded) - len(succeeded) or None,
        failed=(status.failed or 0) + len(uncounted.failed) - len(failed) or None,
        uncounted_terminated_pods=evolve(uncounted, succeeded=succeeded, failed=failed),
    )
