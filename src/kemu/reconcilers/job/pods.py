"""A pod of a Job: what it says of itself, and how a new one is made from the template."""

from __future__ import annotations

from typing import Any

from ...kit.pod_control import pod_from
from ...objects import core, evolve
from ...objects.pods import is_finished
from ...values.frozen import FrozenMap
from ...values.integers import integer
from .policies import match

TRACKING = "batch.kubernetes.io/job-tracking"
"""The finalizer that keeps a pod until its Job has counted it."""

INDEX = "batch.kubernetes.io/job-completion-index"
FAILURES = "batch.kubernetes.io/job-index-failure-count"
IGNORED_FAILURES = "batch.kubernetes.io/job-index-ignored-failure-count"
INDEX_VARIABLE = "JOB_COMPLETION_INDEX"
NAME_MAX = 58
"""How many characters a name has at most before the ones that are drawn."""


def is_tracked(pod: Any) -> bool:
    """Whether the pod is still to be counted."""
    return TRACKING in pod.metadata.finalizers


def is_indexed(job: Any) -> bool:
    """Whether every pod of a Job has an index of its own."""
    return bool(job.spec.completion_mode == "Indexed")


def is_terminating(pod: Any) -> bool:
    """Whether a pod is on its way out and has not ended yet."""
    return pod.metadata.deletion_timestamp is not None and not is_finished(pod)


def replaces_failed_only(job: Any) -> bool:
    """Whether a pod gets a successor only when it has ended for good."""
    return bool(job.spec.pod_replacement_policy == "Failed")


def is_failed(pod: Any, job: Any) -> bool:
    """Whether a pod counts as failed; by default also one that was deleted and did not succeed."""
    if pod.status.phase == "Failed":
        return True
    deleted = pod.metadata.deletion_timestamp is not None
    return deleted and pod.status.phase != "Succeeded" and not replaces_failed_only(job)


def index_of(pod: Any) -> int | None:
    """The completion index of a pod, or None if it has none that can be read."""
    index = integer(pod.metadata.annotations.get(INDEX, ""))
    return None if index is None or index < 0 else index


def valid_index(pod: Any, job: Any) -> int | None:
    """The completion index of a pod, if its Job has as many completions."""
    index = index_of(pod)
    return index if index is not None and index < job.spec.completions else None


def _count(pod: Any, annotation: str) -> int:
    return max(0, integer(pod.metadata.annotations.get(annotation, ""), 32) or 0)


def failures(pod: Any) -> int:
    """How often the index of a pod had failed before it."""
    return _count(pod, FAILURES)


def all_failures(pod: Any) -> int:
    """The same with the failures that a policy ignores."""
    return failures(pod) + _count(pod, IGNORED_FAILURES)


def new_pod(job: Any, index: int | None, before: Any | None) -> core.Pod:
    """A new pod of a Job, for an index if it is an indexed one; `before` is the failed pod whose place it takes."""
    pod: Any = pod_from(job)
    finalizers = pod.metadata.finalizers
    metadata = evolve(pod.metadata, finalizers=finalizers if TRACKING in finalizers else (*finalizers, TRACKING))
    if index is None:
        return evolve(pod, metadata=metadata)
    name, between = job.metadata.name, f"-{index}-"
    metadata = evolve(
        metadata,
        generate_name=f"{name[: NAME_MAX - len(between)]}{between}",
        labels=FrozenMap({**metadata.labels, INDEX: str(index)}),
        annotations=FrozenMap({**metadata.annotations, INDEX: str(index), **_failures_so_far(job, before)}),
    )
    spec = evolve(
        pod.spec,
        hostname=f"{name}-{index}",
        init_containers=tuple(map(_with_index, pod.spec.init_containers)),
        containers=tuple(map(_with_index, pod.spec.containers)),
    )
    return evolve(pod, metadata=metadata, spec=spec)


def _failures_so_far(job: Any, before: Any | None) -> dict[str, str]:
    """What a pod of a Job that limits the failures of each index carries on from the one before."""
    if job.spec.backoff_limit_per_index is None:
        return {}
    if before is None:
        return {FAILURES: "0"}
    counts = match(job.spec.pod_failure_policy, before).counts
    ignored = _count(before, IGNORED_FAILURES) + (0 if counts else 1)
    found = {FAILURES: str(failures(before) + (1 if counts else 0))}
    return {**found, IGNORED_FAILURES: str(ignored)} if ignored else found


def _with_index(container: Any) -> Any:
    """A container that is told its index, unless it says something else by that name."""
    if any(variable.name == INDEX_VARIABLE for variable in container.env):
        return container
    source = {"fieldRef": {"fieldPath": f"metadata.labels['{INDEX}']"}}
    return evolve(container, env=(*container.env, core.EnvVar(name=INDEX_VARIABLE, value_from=source)))
