"""What one sync of a StatefulSet does. Everything is pure.

A StatefulSet has a pod for every one of its ordinals; those of other ordinals are condemned. Ordered, one thing is done
at a time: a pod is created only when all before it are available, one is deleted only when all that stay are, the
highest first, and pods of an old revision are replaced last, from the highest ordinal down to the partition. In
parallel, pods are created and deleted at once; only the replacing of old ones still goes pod by pod.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import attrs

from ...kit.pod_control import batches
from ...objects.pods import is_available, is_finished, is_ready
from . import claims
from .identity import has_identity, has_storage, is_new, ordinal_of, revision_of

Verb = Literal["create", "claims", "keep", "update", "delete", "replace"]
"""create a pod with its claims; create claims that it lacks; give its claims the right owner; correct what it says of
itself; delete it because it is not wanted or has ended; delete it because it is of an old revision."""

Action = tuple[Verb, Any]
Task = tuple[Action, ...]
"""What is done for one pod, in this order, until it is refused."""


@attrs.frozen(eq=False)
class View:
    """A StatefulSet and its pods. `pods` has one for each ordinal, be it one that is still to be created."""

    stateful_set: Any
    pods: tuple[Any, ...]
    condemned: tuple[Any, ...]
    """Pods of other ordinals, the highest first."""
    update: str
    """The name of the revision to which pods are to come."""
    found: claims.Found


@attrs.frozen(eq=False)
class Plan:
    """Rounds of tasks: those of one round are begun together, and after one that was refused there is no other."""

    rounds: tuple[tuple[Task, ...], ...] = ()


def is_ordered(stateful_set: Any) -> bool:
    """Whether pods come and go one after the other."""
    return bool(stateful_set.spec.pod_management_policy != "Parallel")


def is_running(pod: Any) -> bool:
    """Whether a pod is running and ready."""
    return pod.status.phase == "Running" and is_ready(pod)


def is_terminating(pod: Any) -> bool:
    """Whether a pod is on its way out."""
    return pod.metadata.deletion_timestamp is not None


def decide(view: View, unix: float) -> Plan:
    """Everything that a sync does, as long as nothing is refused.

    With 3 replicas, ordered, and pods 0 (available), 1 (of which nothing is ready yet): nothing. With 0, 1, 2 and 3,
    all of them available, of which 3 is condemned: delete 3. With 0, 1, 2 of an old revision: delete 2.
    """
    stateful_set = view.stateful_set
    if is_terminating(stateful_set):
        return Plan()
    if is_ordered(stateful_set):
        return Plan(tuple([(task,) for task in _in_order(view, unix)]))
    replicas = [_replica(view, pod, unix)[0] for pod in view.pods]
    kept = [_keeping(view, pod) for pod in view.condemned]
    gone: list[Task] = [() if is_terminating(pod) else (("delete", pod),) for pod in view.condemned]
    rounds = [tuple(batch) for tasks in (replicas, kept, gone) for batch in batches(tasks)]
    rounds += [(task,) for task in _replacing(view, unix)]
    return Plan(tuple([each for each in rounds if any(each)]))


def _in_order(view: View, unix: float) -> Iterator[Task]:
    for pod in view.pods:
        task, settled = _replica(view, pod, unix)
        if task:
            yield task
        if not settled:
            return
    for pod in view.condemned:
        task = _keeping(view, pod)
        if task:
            yield task
    if view.condemned:
        yield from _condemned(view, unix)
    else:
        yield from _replacing(view, unix)


def _replica(view: View, pod: Any, unix: float) -> tuple[Task, bool]:
    """What a wanted pod needs, and whether those after it may have their turn."""
    stateful_set, ordered = view.stateful_set, is_ordered(view.stateful_set)
    if is_finished(pod):
        return ((), False) if is_terminating(pod) else ((("delete", pod),), False)
    task: list[Action] = []
    if is_new(pod):
        if _has_stale_claim(view, pod):
            return (), False
        task.append(("create", pod))
        if ordered:
            return tuple(task), False
    elif pod.status.phase == "Pending" and stateful_set.spec.volume_claim_templates:
        task.append(("claims", pod))
    if ordered and (is_terminating(pod) or not is_running(pod) or not _is_available(view, pod, unix)):
        return tuple(task), False
    if not (has_identity(pod) and has_storage(stateful_set, pod) and _are_kept(view, pod, True)):
        task.append(("update", pod))
    return tuple(task), True


def _has_stale_claim(view: View, pod: Any) -> bool:
    """Whether a pod waits for the claim of one before it, which goes with that one."""
    if not claims.deletes_when_scaled(view.stateful_set):
        return False
    found = claims.claims_of(view.stateful_set, ordinal_of(pod), view.found)
    return any(claims.is_of_an_earlier(pod, claim) for claim in found)


def _are_kept(view: View, pod: Any, wanted: bool) -> bool:
    found = claims.claims_of(view.stateful_set, ordinal_of(pod), view.found)
    return all(claims.is_kept(claim, view.stateful_set, pod, wanted) for claim in found)


def _keeping(view: View, pod: Any) -> Task:
    """What the claims of a condemned pod need."""
    return () if _are_kept(view, pod, False) else (("keep", pod),)


def _condemned(view: View, unix: float) -> Iterator[Task]:
    """The highest pod that is not wanted, if nothing is in the way: neither it nor a lower one is on its way."""
    pod = view.condemned[0]
    if is_terminating(pod):
        return
    broken = next((each for each in reversed(view.condemned) if _is_unavailable(view, each, unix)), None)
    if pod is broken or (is_running(pod) and _is_available(view, pod, unix)):
        yield (("delete", pod),)


def _replacing(view: View, unix: float) -> Iterator[Task]:
    """The highest pod of an old revision, if all above it are available."""
    strategy = view.stateful_set.spec.update_strategy
    if strategy.type == "OnDelete":
        return
    rolling = strategy.rolling_update
    partition = (rolling.partition or 0) if rolling is not None else 0
    for pod in reversed(view.pods[partition:]):
        if revision_of(pod) != view.update and not is_terminating(pod):
            yield (("replace", pod),)
            return
        if _is_unavailable(view, pod, unix):
            return


def _is_available(view: View, pod: Any, unix: float) -> bool:
    return is_available(pod, view.stateful_set.spec.min_ready_seconds or 0, unix)


def _is_unavailable(view: View, pod: Any, unix: float) -> bool:
    return is_terminating(pod) or not _is_available(view, pod, unix)


def counts(view: View, current: str, pods: Sequence[Any], unix: float) -> dict[str, int | None]:
    """How many pods a StatefulSet has, by the names of its status."""
    there = [pod for pod in pods if not is_new(pod)]
    ready = [pod for pod in there if is_running(pod)]
    steady = [revision_of(pod) for pod in there if not is_terminating(pod)]
    return {
        "replicas": len(there),
        "ready_replicas": len(ready) or None,
        "available_replicas": sum(1 for pod in ready if _is_available(view, pod, unix)),
        "current_replicas": steady.count(current) or None,
        "updated_replicas": steady.count(view.update) or None,
    }
