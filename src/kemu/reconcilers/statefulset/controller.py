"""What the StatefulSet controller does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from ... import errors
from ...kit import DONE, Api, Cache, Result, ownership, revisions
from ...objects import apps, core, evolve
from ...objects.pods import next_availability
from ...values.selectors import selector_of
from . import plan
from .identity import is_member, new_pod, ordinal_of, ordinals
from .worker import Worker

HASH = "controller.kubernetes.io/hash"
"""The label of a revision that has its hash."""


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Keep the history, do what the plan says, write the status, and forget revisions that nobody needs."""
    stateful_set: Any = cache.get(apps.StatefulSet, key)
    if stateful_set is None:
        return DONE
    history = _adopted(api, cache, stateful_set)
    selector = selector_of(stateful_set.spec.selector)
    pods = ownership.claim(
        api,
        stateful_set,
        cache.owned(core.Pod, by=stateful_set),
        cache.orphans(core.Pod, stateful_set.metadata.namespace),
        lambda pod: selector.matches(pod.metadata.labels) and is_member(stateful_set, pod),
    )
    live = _live(api, stateful_set, history)
    view = _view(cache, stateful_set, pods, live)
    try:
        status = _sync(api, stateful_set, view, live)
    finally:
        _truncate(api, stateful_set, history, {live.current.metadata.name, live.update.metadata.name}, pods)
    if status.ready_replicas == (status.available_replicas or None):
        return DONE
    return Result(after=next_availability(pods, stateful_set.spec.min_ready_seconds or 0, api.unix))


# History


@attrs.frozen(eq=False)
class Live:
    """The revisions that count: the one to leave and the one to come to; and how many hashes have collided so far."""

    current: Any
    update: Any
    collisions: int


def _adopted(api: Api, cache: Cache, stateful_set: Any) -> list[Any]:
    """The revisions of a StatefulSet from the first to the last, after adopting those that match and nobody owns."""
    selector = selector_of(stateful_set.spec.selector)
    own = cache.owned(apps.ControllerRevision, by=stateful_set)
    orphans = cache.orphans(apps.ControllerRevision, stateful_set.metadata.namespace)
    found = [each for each in own if selector.matches(each.metadata.labels)]
    adoptable = [each for each in orphans if selector.matches(each.metadata.labels)]
    if adoptable:
        ownership.check_adopter(api, stateful_set)
    for each in adoptable:
        adopted = ownership.adopt(api, each, stateful_set)
        if adopted is not None:
            found.append(adopted)
    return revisions.in_order(found)


def _live(api: Api, stateful_set: Any, history: Sequence[Any]) -> Live:
    """The revision of the current template, which is created or becomes the last one, and the one before the update."""
    collisions = stateful_set.status.collision_count or 0
    same = [each for each in history if revisions.is_of(each, stateful_set.spec.template)]
    last = history[-1].revision if history else 0
    if not same:
        update, collisions = _created(api, stateful_set, last + 1, collisions)
    elif same[-1].data == history[-1].data:
        update = history[-1]
    else:
        update = revisions.renumbered(api, same[-1], last + 1)
    name = stateful_set.status.current_revision
    return Live(next((each for each in history if each.metadata.name == name), update), update, collisions)


def _created(api: Api, stateful_set: Any, number: int, collisions: int) -> tuple[Any, int]:
    """A new revision of the template, under a name that no other template has."""
    text = revisions.canonical(revisions.patch_of(stateful_set.spec.template))
    digest = revisions.hashed(text, collisions, older=True)
    new = revisions.new_revision(stateful_set, digest, number, HASH)
    while True:
        try:
            return api.create(new), collisions
        except errors.AlreadyExists:
            metadata: Any = new.metadata
            live: Any = api.get(apps.ControllerRevision, metadata.name, metadata.namespace)
        if live.data == new.data:
            return live, collisions
        collisions += 1
        digest = revisions.hashed(text, collisions, older=True)
        new = evolve(new, {"metadata.name": revisions.named(stateful_set, digest)})


def _truncate(api: Api, stateful_set: Any, history: Sequence[Any], live: set[str], pods: Sequence[Any]) -> None:
    """Delete the first of those revisions that no pod has and to which nothing leads, beyond the limit."""
    limit = stateful_set.spec.revision_history_limit
    if limit is None or len(history) <= limit:
        return
    live = live | {pod.metadata.labels.get(revisions.LABEL) for pod in pods}
    past = [each for each in history if each.metadata.name not in live]
    for each in past[: max(0, len(past) - limit)]:
        revisions.delete(api, each)


# Pods


def _view(cache: Cache, stateful_set: Any, pods: Sequence[Any], live: Live) -> plan.View:
    """The pods by their ordinals, with new ones where one is missing."""
    wanted = ordinals(stateful_set)
    by_ordinal = {ordinal_of(pod): pod for pod in pods}
    names = live.current.metadata.name, live.update.metadata.name
    rolling = stateful_set.spec.update_strategy.rolling_update
    old_below = wanted.start + (rolling.partition or 0) if rolling is not None else wanted.start
    templates: list[Any] = []

    def made(ordinal: int) -> Any:
        if ordinal >= old_below or names[0] == names[1]:
            return new_pod(stateful_set, stateful_set.spec.template, names[1], ordinal)
        if not templates:
            templates.append(revisions.restored(live.current, stateful_set))
        return new_pod(stateful_set, templates[0], names[0], ordinal)

    namespace = stateful_set.metadata.namespace
    return plan.View(
        stateful_set=stateful_set,
        pods=tuple([by_ordinal.get(ordinal) or made(ordinal) for ordinal in wanted]),
        condemned=tuple([by_ordinal[each] for each in sorted(by_ordinal, reverse=True) if each not in wanted]),
        update=names[1],
        found=lambda name: cache.get(core.PersistentVolumeClaim, f"{namespace}/{name}"),
    )


def _sync(api: Api, stateful_set: Any, view: plan.View, live: Live) -> Any:
    """Carry out the plan, and write the status. Raises the refusal that ended the plan, after the status is written."""
    worker = Worker(api, view)
    problem = worker.carry_out(plan.decide(view, api.unix))
    counts: dict[str, Any] = plan.counts(view, live.current.metadata.name, (*view.pods, *view.condemned), api.unix)
    counts["current_replicas"] = (counts["current_replicas"] or 0) - worker.replaced or None
    status = apps.StatefulSetStatus(
        observed_generation=stateful_set.metadata.generation,
        current_revision=live.current.metadata.name,
        update_revision=live.update.metadata.name,
        collision_count=live.collisions,
        **counts,
    )
    status = _completed(stateful_set, status)
    if _tells_more(status, stateful_set.status):
        api.update_status(evolve(stateful_set, status=status))
    if problem is not None:
        raise problem
    return status


def _completed(stateful_set: Any, status: Any) -> Any:
    """The status, in which the update is the present once all pods are updated and ready."""
    wanted = stateful_set.spec.replicas or 0
    rolls = stateful_set.spec.update_strategy.type == "RollingUpdate"
    if rolls and all(
        (count or 0) == wanted for count in (status.updated_replicas, status.ready_replicas, status.replicas)
    ):
        return evolve(status, current_replicas=status.updated_replicas, current_revision=status.update_revision)
    return status


_TOLD = ("replicas", "current_replicas", "ready_replicas", "updated_replicas", "available_replicas",
         "current_revision", "update_revision")  # fmt: skip


def _tells_more(status: Any, old: Any) -> bool:
    """Whether a status is worth writing."""
    newer = (status.observed_generation or 0) > (old.observed_generation or 0)
    return newer or any((getattr(status, name) or None) != (getattr(old, name) or None) for name in _TOLD)
