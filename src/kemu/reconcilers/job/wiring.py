"""What wakes the Job controller, and what it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...kit import Cache, Later, Wiring, key_of
from ...kit.indexes import BY_SELECTOR, selecting
from ...objects import batch, core
from ...objects.references import controller_of
from . import ending, pods
from .backoff import BackOff

COMPONENT = "job-controller"
BATCH = 1.0
"""Seconds for which changes of pods and of the status are collected."""

LOST = "pod:"
"""What the key of a pod begins with that may have lost its Job; all other keys are those of Jobs."""


# What wakes it


def _job_changed(cache: Cache, old: Any, new: Any) -> Iterator[str | Later]:
    """The Job, at once if it is new or gone or wants something else; of one that is over the pods it still keeps."""
    job = old if new is None else new
    if new is None or ending.is_over(new):
        yield from (_lost(pod) for pod in cache.owned(core.Pod, by=job) if pods.is_tracked(pod))
    if new is None or old is None or old.metadata.generation != new.metadata.generation:
        yield key_of(job)
    elif not ending.is_over(new):
        yield Later(key_of(job), BATCH)


def _pod_changed(cache: Cache, old: Any, new: Any) -> Iterator[str | Later]:
    """The Job of a pod, also the one before; those that could adopt it; or the pod itself, if no Job counts it."""
    pod = old if new is None else new
    going = new is None or new.metadata.deletion_timestamp is not None
    before, owner = (None if old is None else controller_of(old)), controller_of(pod)
    if not going and before is not None and before != owner:
        yield from _batched(job_of(cache, pod, before))
    if owner is not None:
        job = job_of(cache, pod, owner)
        if not going or (job is not None and not ending.is_over(job)):
            yield from _batched(job)
        elif new is not None and pods.is_tracked(new):
            yield _lost(new)
        return
    if new is not None and pods.is_tracked(pod):
        yield _lost(pod)
    if not going and (old is None or before is not None or old.metadata.labels != pod.metadata.labels):
        yield from (Later(key_of(job), BATCH) for job in selecting(cache, batch.Job, pod))


def _batched(job: Any | None) -> Iterator[Later]:
    if job is not None:
        yield Later(key_of(job), BATCH)


def _lost(pod: Any) -> str:
    return LOST + key_of(pod)


def job_of(cache: Cache, pod: Any, owner: Any) -> Any | None:
    """The Job that a reference of a pod names; None if that is gone, or something else of this name."""
    job: Any = cache.get(batch.Job, f"{pod.metadata.namespace}/{owner.name}") if owner.kind == "Job" else None
    return job if job is not None and job.metadata.uid == owner.uid else None


WIRING = Wiring(
    "job-controller",
    reconciles=batch.Job,
    changed=_job_changed,
    watches=((core.Pod, _pod_changed),),
    indexes=((batch.Job, BY_SELECTOR),),
    memory=BackOff,
    retry=(1.0, 60.0),
    bucket=None,
)
