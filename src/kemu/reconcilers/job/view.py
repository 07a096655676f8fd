"""A Job and its pods, counted: what one sync decides on. Everything is pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from ...objects.pods import is_active, is_ready
from . import indexes
from .backoff import finished_at
from .indexes import Indexes
from .pods import (
    all_failures,
    failures,
    index_of,
    is_failed,
    is_indexed,
    is_terminating,
    is_tracked,
    valid_index,
)
from .policies import match


@attrs.frozen(eq=False)
class View:
    """What a Job has: its pods, in order of their indexes, and what they add up to."""

    job: Any
    pods: tuple[Any, ...]
    active: tuple[Any, ...]
    ready: int
    terminating: int
    new_succeeded: tuple[Any, ...]
    """The pods that have succeeded and are not in the status yet."""
    new_failed: tuple[Any, ...]
    """Those that have failed, whether or not a policy ignores that."""
    succeeded: int
    """How many pods, or indexes, have succeeded, with those that are not in the status yet."""
    failed: int
    """How many failures count, with those that are not in the status yet."""
    before: Indexes = indexes.NONE
    """The indexes that the status says have succeeded; of an indexed Job."""
    succeeded_indexes: Indexes = indexes.NONE
    """The same with those that are not in the status yet."""
    failed_indexes: Indexes | None = None
    """The indexes that have failed for good; of a Job that limits the failures of each."""
    held: Mapping[int, Any] = attrs.field(factory=dict)
    """By index, the failed pod that stays until its successor exists, which carries on its count of failures."""


def view_of(job: Any, pods: Sequence[Any]) -> View:
    """Count the pods of a Job, whose status has its uncounted pods, if only none."""
    spec, status = job.spec, job.status
    indexed = is_indexed(job)
    if indexed:
        pods = sorted(pods, key=_by_index)
    uncounted = status.uncounted_terminated_pods
    tracked = [pod for pod in pods if is_tracked(pod) and (not indexed or valid_index(pod, job) is not None)]
    succeeded = _new(tracked, uncounted.succeeded, lambda pod: pod.status.phase == "Succeeded")
    failed = _new(tracked, uncounted.failed, lambda pod: is_failed(pod, job))
    counting = sum(1 for pod in failed if match(spec.pod_failure_policy, pod).counts)
    active = tuple([pod for pod in pods if is_active(pod)])
    view = View(
        job=job,
        pods=tuple(pods),
        active=active,
        ready=sum(map(is_ready, active)),
        terminating=sum(map(is_terminating, pods)),
        new_succeeded=succeeded,
        new_failed=failed,
        succeeded=(status.succeeded or 0) + len(succeeded) + len(uncounted.succeeded),
        failed=(status.failed or 0) + counting + len(uncounted.failed),
    )
    return _with_indexes(view, tracked) if indexed else view


def _by_index(pod: Any) -> int:
    index = index_of(pod)
    return -1 if index is None else index


def _new(tracked: Sequence[Any], uncounted: Sequence[str], ended: Any) -> tuple[Any, ...]:
    known = frozenset(uncounted)
    return tuple([pod for pod in tracked if pod.metadata.uid not in known and ended(pod)])


def _with_indexes(view: View, tracked: Sequence[Any]) -> View:
    """The view of an indexed Job: what has succeeded and failed are indexes."""
    job = view.job
    completions = job.spec.completions
    before = indexes.parse(job.status.completed_indexes or "", completions)
    done = [index_of(pod) for pod in tracked if pod.status.phase == "Succeeded"]
    succeeded = indexes.joined(before, indexes.of(index for index in done if index is not None))
    view = attrs.evolve(view, before=before, succeeded_indexes=succeeded, succeeded=indexes.total(succeeded))
    if job.spec.backoff_limit_per_index is None:
        return view
    lost = [index_of(pod) for pod in tracked if _fails_its_index(pod, job)]
    known = indexes.parse(job.status.failed_indexes or "", completions)
    failed = indexes.joined(known, indexes.of(index for index in lost if index is not None))
    view = attrs.evolve(view, failed_indexes=failed)
    return attrs.evolve(view, held=_held(view, tracked))


def _fails_its_index(pod: Any, job: Any) -> bool:
    """Whether an index fails for good with this pod."""
    if not is_failed(pod, job):
        return False
    rule = match(job.spec.pod_failure_policy, pod)
    return rule.action == "FailIndex" or (rule.counts and failures(pod) >= job.spec.backoff_limit_per_index)


def _held(view: View, tracked: Sequence[Any]) -> dict[int, Any]:
    """Of each index that is to be tried again, the failed pod with the most failures, and of these the latest."""
    settled = indexes.joined(view.succeeded_indexes, view.failed_indexes or indexes.NONE, active_indexes(view))
    found: dict[int, Any] = {}
    for pod in tracked:
        index = index_of(pod)
        if index is None or not is_failed(pod, view.job) or indexes.has(settled, index):
            continue
        other = found.get(index)
        if other is None or (all_failures(other) <= all_failures(pod) and finished_at(other) <= finished_at(pod)):
            found[index] = pod
    return found


def active_indexes(view: View) -> Indexes:
    """The indexes that have a pod which still counts."""
    return indexes.of(index for index in map(index_of, view.active) if index is not None)
