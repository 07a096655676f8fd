"""Keep `spec.replicas` live pods under every ReplicaSet, and under every ReplicationController, its older form.

Imitates  the ReplicaSet and ReplicationController controllers of Kubernetes 1.36, which are one there as well
Wakes on  the owner; Pod it controls, or could adopt
Writes    Pod create, delete and adoption; the owner's status
Differs   nothing known
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from ... import errors
from ...kit import DONE, Api, Cache, Result, Wiring, key_of, ownership, pod_control
from ...kit.indexes import BY_LABEL, BY_OWNER, BY_SELECTOR, selected, selecting, selector_in
from ...objects import core, evolve
from ...objects.conditions import find_condition, without_condition
from ...objects.pods import is_active, is_finished, next_availability, readiness
from ...objects.references import controller_of
from .plan import Decision, decide


@attrs.frozen
class Form:
    """What tells the two kinds apart."""

    kind: Any
    condition: Any
    """The class of its conditions."""
    counts_terminating: bool
    """Whether its status tells of pods that are on their way out."""


def wiring(name: str, kind: Any, could_adopt: Callable[..., Any], account: str = "") -> Wiring:
    """What wakes the controller of one of the two kinds."""
    return Wiring(
        name,
        reconciles=kind,
        owns=(core.Pod,),
        watches=((core.Pod, could_adopt),),
        indexes=((kind, BY_SELECTOR), (core.Pod, BY_LABEL)),
        account=account,
    )


def could_adopt(kind: Any, cache: Cache, new: Any) -> tuple[str, ...]:
    """The owners of a kind that a pod without one matches."""
    if new is None or controller_of(new) is not None:
        return ()
    return tuple(map(key_of, selecting(cache, kind, new)))


def sync(form: Form, api: Api, cache: Cache, key: str) -> Result:
    """Bring the number of pods to `spec.replicas`, then the status up to date."""
    owner: Any = cache.get(form.kind, key)
    if owner is None:
        return DONE
    active, terminating = _claimed(form, api, cache, owner)
    problem = ""
    if owner.metadata.deletion_timestamp is None:
        decision = decide(owner.spec.replicas or 0, active, _related(form, cache, owner, active), api.unix)
        problem = _carry_out(api, owner, decision)
    status = status_of(form, owner, active, terminating, api, problem)
    if status != owner.status:
        _write_status(form, api, owner, status)
    if problem:
        raise errors.InternalError(problem)
    return Result(after=next_availability(active, owner.spec.min_ready_seconds or 0, api.unix))


def _write_status(form: Form, api: Api, owner: Any, status: Any) -> None:
    """Write the status; if that fails, read the object and try once more, as upstream does."""
    try:
        api.update_status(evolve(owner, status=status))
    except errors.ApiError:
        live: Any = api.get(form.kind, owner.metadata.name, owner.metadata.namespace)
        if live.metadata.uid != owner.metadata.uid:
            raise
        api.update_status(evolve(live, status=status))


def _claimed(form: Form, api: Api, cache: Cache, owner: Any) -> tuple[list[Any], int]:
    """The active pods of an owner, after adopting orphans that match and releasing own ones that do not; and how many
    others of its own match and are on their way out. A pod that is not active is released by nobody."""
    selector, made = selector_in(owner), owner.spec.template.metadata.labels
    own, ending = [], []
    for pod in cache.owned(core.Pod, by=owner):
        if is_active(pod):
            own.append(pod)
        elif not is_finished(pod):
            ending.append(pod)
    orphans = (pod for pod in cache.orphans(core.Pod, owner.metadata.namespace) if is_active(pod))

    def matches(pod: Any) -> bool:
        labels = pod.metadata.labels  # those of the template itself, mostly: they match
        return labels is made or (selector is not None and selector.matches(labels))

    return ownership.claim(api, owner, own, orphans, matches), sum([matches(pod) for pod in ending])


def _related(form: Form, cache: Cache, owner: Any, active: Sequence[Any]) -> dict[str, int]:
    """Active pods that are meant by all that have the same owner above them, counted by node; none where nobody is
    above. Whose they are does not matter."""
    if len(active) <= (owner.spec.replicas or 0):
        return {}
    above = controller_of(owner)
    meant: dict[str, Any] = {}
    for each in () if above is None else cache.indexed(form.kind, BY_OWNER, above.uid):
        for pod in selected(cache, core.Pod, selector_in(each), each.metadata.namespace):
            meant[pod.metadata.uid] = pod
    counts: dict[str, int] = {}
    for pod in meant.values():
        if is_active(pod) and pod.spec.node_name:
            counts[pod.spec.node_name] = counts.get(pod.spec.node_name, 0) + 1
    return counts


def _carry_out(api: Api, owner: Any, decision: Decision) -> str:
    """Create and delete; the answer is why not everything could be done, or nothing."""
    if decision.create:
        pod = pod_control.pod_from(owner)
        new = (pod,) * decision.create
        _, refusal = pod_control.slowly(new, lambda pod: pod_control.create(api, owner, pod))
        return "" if refusal is None else str(refusal)
    problem = ""
    for gone in decision.delete:
        try:
            pod_control.delete(api, owner, gone)
        except errors.ApiError as refusal:
            problem = problem or f"unable to delete pods: {refusal}"
    return problem


def status_of(form: Form, owner: Any, active: Sequence[Any], terminating: int, api: Api, problem: str) -> Any:
    """Pure but for the time: the status that the pods add up to."""
    made = owner.spec.template.metadata.labels
    labelled = sum([pod.metadata.labels is made or made.items() <= pod.metadata.labels.items() for pod in active])
    ready, available = readiness(active, owner.spec.min_ready_seconds or 0, api.unix)
    return evolve(
        owner.status,
        replicas=len(active),
        fully_labeled_replicas=labelled or None,
        ready_replicas=ready or None,
        available_replicas=available or None,
        observed_generation=owner.metadata.generation,
        conditions=_conditions(form, owner, len(active), problem, api),
        **({"terminating_replicas": terminating} if form.counts_terminating else {}),
    )


def _conditions(form: Form, owner: Any, active: int, problem: str, api: Api) -> tuple[Any, ...]:
    """The conditions: a failure stays as it was first told, until it is over."""
    conditions: tuple[Any, ...] = owner.status.conditions
    if not problem:
        return without_condition(conditions, "ReplicaFailure")
    if find_condition(conditions, "ReplicaFailure") is not None:
        return conditions
    failed = form.condition(
        type="ReplicaFailure",
        status="True",
        reason="FailedCreate" if active < (owner.spec.replicas or 0) else "FailedDelete",
        message=problem,
        last_transition_time=api.stamp(),
    )
    return (*conditions, failed)
