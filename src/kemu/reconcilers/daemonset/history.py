"""The revisions of a DaemonSet: the one of its template, those before, and which of them may be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import errors
from ...kit import Api, Cache, ownership, revisions
from ...kit.revisions import LABEL
from ...objects import apps, evolve
from ...values.selectors import selector_of


def construct(api: Api, cache: Cache, daemon_set: Any, pods: Sequence[Any]) -> tuple[Any, list[Any]]:
    """The revision of the current template, which is created or becomes the last one, and the older ones.

    Raises AlreadyExists where another template has its hash, after that was counted in the status.
    """
    template = daemon_set.spec.template
    history = [_labelled(api, each) for each in _claimed(api, cache, daemon_set)]
    old = [each for each in history if not revisions.is_of(each, template)]
    same = [each for each in history if revisions.is_of(each, template)]
    number = max((each.revision for each in old), default=0) + 1
    if not same:
        return _created(api, daemon_set, number), old
    current = max(same, key=lambda each: each.revision)
    _unite(api, current, same, pods)
    return (revisions.renumbered(api, current, number) if current.revision < number else current), old


def _claimed(api: Api, cache: Cache, daemon_set: Any) -> list[Any]:
    """The revisions of a DaemonSet, after adopting orphans that match and releasing own ones that do not."""
    selector = selector_of(daemon_set.spec.selector)
    own = cache.owned(apps.ControllerRevision, by=daemon_set)
    orphans = cache.orphans(apps.ControllerRevision, daemon_set.metadata.namespace)
    return ownership.claim(api, daemon_set, own, orphans, lambda each: selector.matches(each.metadata.labels))


def _labelled(api: Api, revision: Any) -> Any:
    """A revision with a label for its pods, which is its name where it has none yet."""
    if LABEL in revision.metadata.labels:
        return revision
    labels = {**revision.metadata.labels, LABEL: revision.metadata.name}
    return api.update(evolve(revision, {"metadata.labels": labels}))


def _unite(api: Api, current: Any, same: Sequence[Any], pods: Sequence[Any]) -> None:
    """Of several revisions of one template only the last one stays, and the pods of the others are its own."""
    if len(same) == 1:
        return
    digest = current.metadata.labels[LABEL]
    for pod in pods:
        if pod.metadata.labels.get(LABEL) != digest:
            api.patch(pod, {"metadata": {"labels": {LABEL: digest}}})
    for each in same:
        if each is not current:
            revisions.delete(api, each)


def _created(api: Api, daemon_set: Any, number: int) -> Any:
    """A new revision of the template."""
    collisions = daemon_set.status.collision_count
    digest = revisions.template_hash(daemon_set.spec.template, collisions)
    new = revisions.new_revision(daemon_set, digest, number, LABEL)
    metadata: Any = new.metadata
    try:
        return api.create(new)
    except errors.AlreadyExists:
        live: Any = api.get(apps.ControllerRevision, metadata.name, metadata.namespace)
        if revisions.is_of(live, daemon_set.spec.template):
            return live
        api.update_status(evolve(daemon_set, {"status.collision_count": (collisions or 0) + 1}))
        raise


def clean_up(api: Api, daemon_set: Any, old: Sequence[Any], pods: Sequence[Any]) -> None:
    """Delete the first of the older revisions that no pod has, beyond the limit."""
    limit = daemon_set.spec.revision_history_limit
    surplus = 0 if limit is None else len(old) - limit
    live = {pod.metadata.labels.get(LABEL) for pod in pods}
    for each in revisions.in_order(old):
        if surplus <= 0:
            return
        if each.metadata.labels.get(LABEL) not in live:
            revisions.delete(api, each)
            surplus -= 1
