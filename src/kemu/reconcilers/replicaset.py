"""Keep `spec.replicas` live pods under every ReplicaSet.

Imitates  the ReplicaSet controller of Kubernetes 1.36
Wakes on  ReplicaSet; Pod it controls, or could adopt
Writes    Pod create, delete and adoption; ReplicaSet status
Differs   D-005: no slow-start batches when creates fail
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from .. import errors
from ..kit import DONE, Api, Cache, Result, Wiring, key_of, ownership, pod_control
from ..kit.indexes import BY_OWNER, BY_SELECTOR, selecting
from ..objects import apps, core, evolve
from ..objects.conditions import find_condition, without_condition
from ..objects.pods import is_active, is_available, is_finished, is_ready, ready_time
from ..objects.references import controller_of
from ..values.selectors import selector_of

COMPONENT = "replicaset-controller"
BURST = 500
"""Pods that one reconcile creates or deletes at most."""


def _could_adopt(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """The ReplicaSets that a pod without an owner matches."""
    if new is None or controller_of(new) is not None:
        return ()
    return tuple(map(key_of, selecting(cache, apps.ReplicaSet, new)))


WIRING = Wiring(
    "replicaset-controller",
    reconciles=apps.ReplicaSet,
    owns=(core.Pod,),
    watches=((core.Pod, _could_adopt),),
    indexes=((apps.ReplicaSet, BY_SELECTOR),),
)


@attrs.frozen
class Decision:
    """How many pods to create, and which to delete."""

    create: int
    delete: tuple[Any, ...]


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Bring the number of pods to `spec.replicas`, then the status up to date."""
    replica_set: Any = cache.get(apps.ReplicaSet, key)
    if replica_set is None:
        return DONE
    pods = _claimed(api, cache, replica_set)
    active = [pod for pod in pods if is_active(pod)]
    problem = ""
    if replica_set.metadata.deletion_timestamp is None:
        decision = decide(replica_set.spec.replicas or 0, active, _related(cache, replica_set, active))
        problem = _carry_out(api, replica_set, decision)
    status = status_of(replica_set, active, pods, api, problem)
    if status != replica_set.status:
        _write_status(api, replica_set, status)
    if problem:
        raise errors.InternalError(problem)
    return Result(after=_next_availability(replica_set, active, api.unix))


def decide(replicas: int, pods: Sequence[Any], together: dict[str, int] | None = None) -> Decision:
    """Pure: what to create and delete so that `replicas` active pods remain.

    With 2 replicas and pods a (ready), b (pending), c (ready): delete b.
    `together` counts the related pods on each node: of two that are alike, the one on the fuller node goes.
    """
    surplus = len(pods) - replicas
    if surplus <= 0:
        return Decision(min(-surplus, BURST), ())
    counts = together or {}
    ranked = sorted(pods, key=lambda pod: rank(pod, counts))
    return Decision(0, tuple(ranked[: min(surplus, BURST)]))


def rank(pod: Any, together: dict[str, int]) -> tuple[Any, ...]:
    """Who goes first: unassigned, then pending, then not ready, cheapest, most crowded, youngest, most restarted."""
    ready_since = ready_time(pod)
    restarts = max((status.restart_count for status in pod.status.container_statuses), default=0)
    cost = pod.metadata.annotations.get("controller.kubernetes.io/pod-deletion-cost", "0")
    return (
        bool(pod.spec.node_name),
        {"Pending": 0, "Unknown": 1}.get(pod.status.phase or "", 2),
        ready_since is not None,
        int(cost) if cost.lstrip("-").isdigit() else 0,
        -together.get(pod.spec.node_name or "", 0),
        -(int(ready_since) if ready_since is not None else 0),
        -restarts,
        -int(pod.metadata.creation_timestamp or 0),
    )


def _write_status(api: Api, replica_set: Any, status: Any) -> None:
    """Write the status; if that fails, read the object and try once more, as upstream does."""
    try:
        api.update_status(evolve(replica_set, status=status))
    except errors.ApiError:
        live: Any = api.get(apps.ReplicaSet, replica_set.metadata.name, replica_set.metadata.namespace)
        if live.metadata.uid != replica_set.metadata.uid:
            raise
        api.update_status(evolve(live, status=status))


def _claimed(api: Api, cache: Cache, replica_set: Any) -> list[Any]:
    """The pods of a ReplicaSet, after adopting orphans that match and releasing own ones that do not."""
    selector = selector_of(replica_set.spec.selector)
    own = cache.owned(core.Pod, by=replica_set)
    orphans = (pod for pod in cache.orphans(core.Pod, replica_set.metadata.namespace) if is_active(pod))
    return ownership.claim(api, replica_set, own, orphans, lambda pod: selector.matches(pod.metadata.labels))


def _related(cache: Cache, replica_set: Any, active: Sequence[Any]) -> dict[str, int]:
    """Active pods of all ReplicaSets of the same owner, counted by node."""
    if len(active) <= (replica_set.spec.replicas or 0):
        return {}
    owner = controller_of(replica_set)
    sets: Sequence[Any] = (replica_set,) if owner is None else cache.indexed(apps.ReplicaSet, BY_OWNER, owner.uid)
    counts: dict[str, int] = {}
    for each in sets:
        for pod in cache.owned(core.Pod, by=each):
            if is_active(pod) and pod.spec.node_name:
                counts[pod.spec.node_name] = counts.get(pod.spec.node_name, 0) + 1
    return counts


def _carry_out(api: Api, replica_set: Any, decision: Decision) -> str:
    """Create and delete; the answer is why not everything could be done, or nothing."""
    for _ in range(decision.create):
        try:
            pod_control.create(api, replica_set, pod_control.pod_from(replica_set))
        except errors.ApiError as refusal:
            return str(refusal)
    problem = ""
    for pod in decision.delete:
        try:
            pod_control.delete(api, replica_set, pod)
        except errors.ApiError as refusal:
            problem = problem or f"unable to delete pods: {refusal}"
    return problem


def status_of(replica_set: Any, active: Sequence[Any], pods: Sequence[Any], api: Api, problem: str) -> Any:
    """Pure but for the time: the status that the pods add up to."""
    spec = replica_set.spec
    labels = spec.template.metadata.labels
    wait = spec.min_ready_seconds or 0
    terminating = sum(1 for pod in pods if pod.metadata.deletion_timestamp is not None and not is_finished(pod))
    return evolve(
        replica_set.status,
        replicas=len(active),
        fully_labeled_replicas=sum(
            1 for pod in active if all(pod.metadata.labels.get(key) == value for key, value in labels.items())
        )
        or None,
        ready_replicas=sum(map(is_ready, active)) or None,
        available_replicas=sum(1 for pod in active if is_available(pod, wait, api.unix)) or None,
        terminating_replicas=terminating,
        observed_generation=replica_set.metadata.generation,
        conditions=_conditions(replica_set, len(active), problem, api),
    )


def _conditions(replica_set: Any, active: int, problem: str, api: Api) -> tuple[Any, ...]:
    """The conditions of a ReplicaSet: a failure stays as it was first told, until it is over."""
    conditions: tuple[Any, ...] = replica_set.status.conditions
    if not problem:
        return without_condition(conditions, "ReplicaFailure")
    if find_condition(conditions, "ReplicaFailure") is not None:
        return conditions
    failed = apps.ReplicaSetCondition(
        type="ReplicaFailure",
        status="True",
        reason="FailedCreate" if active < (replica_set.spec.replicas or 0) else "FailedDelete",
        message=problem,
        last_transition_time=api.stamp(),
    )
    return (*conditions, failed)


def _next_availability(replica_set: Any, active: Sequence[Any], unix: float) -> float | None:
    """Seconds until the next pod will have been ready for `minReadySeconds`."""
    wait = replica_set.spec.min_ready_seconds or 0
    if not wait:
        return None
    left = [int(since) + wait - unix for since in map(ready_time, active) if since is not None]
    left = [seconds for seconds in left if seconds > 0]
    return min(left) if left else None
