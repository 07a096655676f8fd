"""What the Deployment controller does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ... import errors
from ...kit import DONE, Api, Cache, Result, ownership, pod_control
from ...kit.revisions import template_hash
from ...objects import apps, core, evolve, meta
from ...objects.pods import is_finished
from ...objects.references import controller_of, owner_reference
from ...values.frozen import FrozenMap
from ...values.int_or_string import scaled
from ...values.integers import integer
from ...values.selectors import selector_of
from ...wellknown import TEMPLATE_HASH
from . import rollback
from .rollout import (
    DESIRED,
    MAX_REPLICAS,
    REVISION,
    annotations_for,
    is_saturated,
    proportions,
    without_hash,
)
from .status import (
    CREATE_FAILED,
    calculated,
    created,
    found,
    has_deadline,
    is_complete,
    next_look,
    paused,
    rolled,
    without_new,
)

NAME_MAX = 253
"""How many characters the name of a ReplicaSet has at most."""


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """One sync: scale if only the size changed, else roll one step; then the status."""
    deployment: Any = cache.get(apps.Deployment, key)
    if deployment is None:
        return DONE
    if selector_of(deployment.spec.selector).empty:
        return _selects_all(api, deployment)
    sets = sorted(_claimed(api, cache, deployment), key=_age)
    if deployment.metadata.deletion_timestamp is not None:
        deployment, new, sets = _numbered(api, deployment, sets)
        _write_status(api, deployment, calculated(deployment, sets, new, api.stamp()))
        return DONE
    deployment = _write_status(api, deployment, paused(deployment, api.stamp()))
    revision = rollback.asked(deployment)
    if revision is not None and not deployment.spec.paused:
        _roll_back(api, deployment, sets, revision)
        return DONE
    if not deployment.spec.paused:
        deployment, _, sets = _numbered(api, deployment, sets)
    if deployment.spec.paused or _is_scaling(deployment, sets):
        deployment = _size(api, deployment, sets)
    elif deployment.spec.strategy.type == "Recreate":
        deployment = _recreate(api, cache, deployment, sets)
    else:
        deployment, new, sets = _ensure_newest(api, deployment, sets)
        rolled_sets = _roll(api, deployment, sets, new)
        if rolled_sets is sets and is_complete(deployment, deployment.status):
            _clean_up(api, deployment, sets, new)
        deployment = _write_rollout(api, deployment, rolled_sets)
    return Result(after=next_look(deployment, deployment.status, api.unix))


def _selects_all(api: Api, deployment: Any) -> Result:
    """What becomes of a Deployment whose selector asks for nothing: it says so."""
    text = "This deployment is selecting all pods. A non-empty selector is required."
    api.event(deployment, "Warning", "SelectingAll", text)
    if (deployment.status.observed_generation or 0) < deployment.metadata.generation:
        api.update_status(evolve(deployment, {"status.observed_generation": deployment.metadata.generation}))
    return DONE


def _roll_back(api: Api, deployment: Any, sets: list[Any], revision: int) -> None:
    """Go back to a revision; the rollout follows, since that changes the Deployment."""
    deployment, new, sets = _ensure_newest(api, deployment, sets)
    older = [each for each in sets if each.metadata.uid != new.metadata.uid]
    back = rollback.decide(deployment, (*older, new), revision)
    done = back.event[0] == "Normal"
    if not done:
        api.event(deployment, *back.event)
    api.update(back.deployment)
    if done:
        api.event(deployment, *back.event)


def _size(api: Api, deployment: Any, sets: list[Any]) -> Any:
    """The Deployment after it was scaled, or looked at while it is paused: there is no rollout of which to tell."""
    deployment, new, sets = _numbered(api, deployment, sets)
    sets = _scale(api, deployment, sets, new)
    if deployment.spec.paused and rollback.asked(deployment) is None:
        _clean_up(api, deployment, sets, new)
    return _write_status(api, deployment, calculated(deployment, sets, _newest(deployment, sets), api.stamp()))


def _recreate(api: Api, cache: Cache, deployment: Any, sets: list[Any]) -> Any:
    """The Deployment after one step: old pods away, and when the last of them has ended the new ones."""
    if _old_pods_left(cache, deployment, sets):
        return _write_rollout(api, deployment, _scale_old_away(api, deployment, sets))
    deployment, new, sets = _ensure_newest(api, deployment, sets)
    sets = _set_replicas(api, deployment, new, deployment.spec.replicas or 0, sets)
    if is_complete(deployment, deployment.status):
        _clean_up(api, deployment, sets, new)
    return _write_rollout(api, deployment, sets)


def _claimed(api: Api, cache: Cache, deployment: Any) -> list[Any]:
    """The ReplicaSets of a Deployment, after adopting orphans that match and releasing own ones that do not."""
    selector = selector_of(deployment.spec.selector)
    own = cache.owned(apps.ReplicaSet, by=deployment)
    orphans = cache.orphans(apps.ReplicaSet, deployment.metadata.namespace)
    return ownership.claim(api, deployment, own, orphans, lambda each: selector.matches(each.metadata.labels))


def _age(replica_set: Any) -> tuple[int, str]:
    return int(replica_set.metadata.creation_timestamp or 0), replica_set.metadata.name


def _newest(deployment: Any, sets: Sequence[Any]) -> Any | None:
    """The ReplicaSet of the current template: the oldest whose template is the same but for the hash."""
    wanted = without_hash(deployment.spec.template)
    return next((each for each in sets if without_hash(each.spec.template) == wanted), None)


def _replicas(replica_set: Any) -> int:
    return replica_set.spec.replicas or 0


def _available(replica_set: Any) -> int:
    return replica_set.status.available_replicas or 0


def _limits(deployment: Any) -> tuple[int, int]:
    """(maxSurge, maxUnavailable) as numbers: 25 % of 10 are a surge of 3 and 2 unavailable; never both zero."""
    spec = deployment.spec
    rolling = spec.strategy.rolling_update
    if spec.strategy.type != "RollingUpdate" or rolling is None:
        return 0, 0
    total = spec.replicas or 0
    surge = scaled(rolling.max_surge, total, True)
    unavailable = scaled(rolling.max_unavailable, total, False)
    return surge, min(1 if surge == 0 and unavailable == 0 else unavailable, total) if total else unavailable


# The newest ReplicaSet


def _revision(obj: Any) -> int:
    return integer(obj.metadata.annotations.get(REVISION, "")) or 0


def _numbered(api: Api, deployment: Any, sets: list[Any]) -> tuple[Any, Any | None, list[Any]]:
    """The ReplicaSet of the current template, if there is one, with its revision, which the Deployment has as well."""
    new = _newest(deployment, sets)
    if new is None:
        return deployment, None, sets
    older = [each for each in sets if each.metadata.uid != new.metadata.uid]
    annotations = annotations_for(deployment, new, str(max(map(_revision, older), default=0) + 1))
    wait = deployment.spec.min_ready_seconds or 0
    if annotations != new.metadata.annotations or (new.spec.min_ready_seconds or 0) != wait:
        new = api.update(evolve(new, {"metadata.annotations": annotations, "spec.min_ready_seconds": wait or None}))
        sets = [new if each.metadata.uid == new.metadata.uid else each for each in sets]
    status = found(deployment, new.metadata.name, api.stamp())
    return _noted(api, deployment, annotations[REVISION], status), new, sets


def _noted(api: Api, deployment: Any, revision: str, status: Any) -> Any:
    """The Deployment with the revision of its newest ReplicaSet and what is said of that."""
    if deployment.metadata.annotations.get(REVISION) == revision and status is deployment.status:
        return deployment
    annotations = FrozenMap({**deployment.metadata.annotations, REVISION: revision})
    return api.update_status(evolve(deployment, {"metadata.annotations": annotations, "status": status}))


def _ensure_newest(api: Api, deployment: Any, sets: list[Any]) -> tuple[Any, Any, list[Any]]:
    """The ReplicaSet of the current template, which is created if there is none."""
    deployment, new, sets = _numbered(api, deployment, sets)
    if new is not None:
        return deployment, new, sets
    revision = str(max(map(_revision, sets), default=0) + 1)
    new = _create(api, deployment, sets, revision)
    status = deployment.status
    if has_deadline(deployment):
        status = created(deployment, new.metadata.name, api.stamp())
    return _noted(api, deployment, revision, status), new, [*sets, new]


def _create(api: Api, deployment: Any, older: Sequence[Any], revision: str) -> Any:
    spec, metadata = deployment.spec, deployment.metadata
    digest = template_hash(spec.template, deployment.status.collision_count)
    labels = FrozenMap({**spec.template.metadata.labels, TEMPLATE_HASH: digest})
    template = evolve(spec.template, {"metadata.labels": labels})
    selector = evolve(spec.selector, match_labels=FrozenMap({**spec.selector.match_labels, TEMPLATE_HASH: digest}))
    blank = apps.ReplicaSet(
        metadata=meta.ObjectMeta(
            name=f"{metadata.name[: NAME_MAX - 1 - len(digest)]}-{digest}",
            namespace=metadata.namespace,
            labels=labels,
            owner_references=(owner_reference(deployment),),
        ),
        spec={"minReadySeconds": spec.min_ready_seconds, "selector": selector, "template": template, "replicas": 0},
    )
    replicas = _room(deployment, [*older, blank], blank)
    annotations = annotations_for(deployment, blank, revision)
    blank = evolve(
        blank,
        metadata=evolve(blank.metadata, annotations=annotations),
        spec=evolve(blank.spec, replicas=replicas),
    )
    try:
        created = api.create(blank)
    except errors.AlreadyExists as refusal:
        return _collided(api, deployment, blank, refusal)
    except errors.ApiError as refusal:
        _create_failed(api, deployment, blank, refusal)
        raise
    if replicas:
        _scaled_event(api, deployment, created.metadata.name or "", 0, replicas)
    return created


def _collided(api: Api, deployment: Any, blank: Any, refusal: errors.AlreadyExists) -> Any:
    """The ReplicaSet that has the name already, if it is the Deployment's own for this template.

    Another one's means that two templates have one hash: the Deployment counts that, so that the next try gets another
    hash. Raises AlreadyExists then.
    """
    metadata = blank.metadata
    live: Any = api.get(apps.ReplicaSet, metadata.name, metadata.namespace)
    owner = controller_of(live)
    own = owner is not None and owner.uid == deployment.metadata.uid
    if own and without_hash(live.spec.template) == without_hash(deployment.spec.template):
        return live
    count = (deployment.status.collision_count or 0) + 1
    api.update_status(evolve(deployment, {"status.collision_count": count}))
    raise refusal


def _create_failed(api: Api, deployment: Any, blank: Any, refusal: errors.ApiError) -> None:
    """Say in a condition and an event why there is no new ReplicaSet; a namespace that ends needs no word."""
    if pod_control.namespace_ends(refusal):
        return
    message = f'Failed to create new replica set "{blank.metadata.name}": {refusal}'
    status = without_new(deployment, message, api.stamp())
    if status != deployment.status:
        with suppress(errors.ApiError):
            api.update_status(evolve(deployment, status=status))
    api.event(deployment, "Warning", CREATE_FAILED, message)


def _room(deployment: Any, sets: Sequence[Any], new: Any) -> int:
    """The replicas that the newest ReplicaSet may have now: up to the surge above the wanted number."""
    wanted = deployment.spec.replicas or 0
    if deployment.spec.strategy.type != "RollingUpdate":
        return wanted
    surge, _ = _limits(deployment)
    total = sum(_replicas(each) for each in sets)
    if total >= wanted + surge:
        return _replicas(new)
    return _replicas(new) + min(wanted + surge - total, wanted - _replicas(new))


# Scaling


def _scaled_event(api: Api, deployment: Any, name: str, before: int, after: int) -> None:
    direction = "up" if after > before else "down"
    text = f"Scaled {direction} replica set {name} from {before} to {after}"
    api.event(deployment, "Normal", "ScalingReplicaSet", text)


def _set_replicas(
    api: Api, deployment: Any, replica_set: Any, replicas: int, sets: list[Any], *, note: bool = False
) -> list[Any]:
    """The ReplicaSets after one of them was scaled, with the wanted numbers in its annotations; the same if it was.

    One that has the size already keeps the annotations that it has, unless it is to `note` the wanted numbers as well.
    """
    before = _replicas(replica_set)
    if before == replicas and not note:
        return sets
    surge, _ = _limits(deployment)
    wanted = deployment.spec.replicas or 0
    annotations = FrozenMap(
        {**replica_set.metadata.annotations, DESIRED: str(wanted), MAX_REPLICAS: str(wanted + surge)}
    )
    if before == replicas and annotations == replica_set.metadata.annotations:
        return sets
    changed = api.update(
        evolve(
            replica_set,
            metadata=evolve(replica_set.metadata, annotations=annotations),
            spec=evolve(replica_set.spec, replicas=replicas),
        )
    )
    if before != replicas:
        _scaled_event(api, deployment, changed.metadata.name, before, replicas)
    return [changed if each.metadata.uid == changed.metadata.uid else each for each in sets]


def _is_scaling(deployment: Any, sets: Sequence[Any]) -> bool:
    """Whether the wanted number changed since the ReplicaSets were last sized."""
    wanted = deployment.spec.replicas or 0
    told = [integer(each.metadata.annotations.get(DESIRED, ""), 32) for each in sets if _replicas(each) > 0]
    return any(each is not None and each != wanted for each in told)


def _scale(api: Api, deployment: Any, sets: list[Any], new: Any | None) -> list[Any]:
    """Bring the ReplicaSets to a new total, each by its share."""
    wanted = deployment.spec.replicas or 0
    active = [each for each in sets if _replicas(each) > 0]
    if len(active) <= 1:
        only = active[0] if active else new if new is not None else (sets[-1] if sets else None)
        return sets if only is None else _set_replicas(api, deployment, only, wanted, sets)
    if new is not None and is_saturated(deployment, new):
        for each in active:
            if each.metadata.uid != new.metadata.uid:
                sets = _set_replicas(api, deployment, each, 0, sets)
        return sets
    if deployment.spec.strategy.type != "RollingUpdate":
        return sets
    surge, _ = _limits(deployment)
    for each, replicas in proportions(active, wanted + surge if wanted else 0, deployment):
        sets = _set_replicas(api, deployment, each, replicas, sets, note=True)
    return sets


# Rolling


def _roll(api: Api, deployment: Any, sets: list[Any], new: Any) -> list[Any]:
    """One step: the newest up if there is room, otherwise old ones down as far as availability allows."""
    wanted = deployment.spec.replicas or 0
    if _replicas(new) > wanted:
        return _set_replicas(api, deployment, new, wanted, sets)
    room = _room(deployment, sets, new)
    if room != _replicas(new):
        return _set_replicas(api, deployment, new, room, sets)
    return _shrink_old(api, deployment, sets, new)


def _shrink_old(api: Api, deployment: Any, sets: list[Any], new: Any) -> list[Any]:
    """Old ReplicaSets down: first pods that are not available anyway, then as many as may be unavailable.

    With 10 replicas, 25 % each, 13 pods of which 10 old ones are available and the 3 new ones not yet: at least
    8 must stay available, so 2 old ones may go.
    """
    older = [each for each in sets if each.metadata.uid != new.metadata.uid and _replicas(each) > 0]
    if not older:
        return sets
    wanted = deployment.spec.replicas or 0
    _, unavailable = _limits(deployment)
    least = wanted - unavailable
    new_unavailable = _replicas(new) - _available(new)
    removable = sum(_replicas(each) for each in sets) - least - new_unavailable
    if removable <= 0:
        return sets
    removed = 0
    for each in older:
        broken = _replicas(each) - _available(each)
        if removed >= removable:
            break
        if broken < 0:  # its status is not that of its size yet, and says nothing of how many may go
            return sets
        if broken:
            count = min(broken, removable - removed)
            sets = _set_replicas(api, deployment, each, _replicas(each) - count, sets)
            removed += count
    current = {each.metadata.uid: each for each in sets}
    older = [current[each.metadata.uid] for each in older if _replicas(current[each.metadata.uid]) > 0]
    spare = sum(_available(each) for each in sets) - least
    for each in older:
        count = min(_replicas(each), spare)
        if count > 0:
            sets = _set_replicas(api, deployment, each, _replicas(each) - count, sets)
            spare -= count
    return sets


def _old_pods_left(cache: Cache, deployment: Any, sets: Sequence[Any]) -> bool:
    """Whether a pod of an old template still exists: a Recreate starts nothing new beside it."""
    new = _newest(deployment, sets)
    older = [each for each in sets if new is None or each.metadata.uid != new.metadata.uid]
    return any(
        _replicas(each) > 0 or each.status.replicas or not all(map(is_finished, cache.owned(core.Pod, by=each)))
        for each in older
    )


def _scale_old_away(api: Api, deployment: Any, sets: list[Any]) -> list[Any]:
    """All old ReplicaSets down to nothing."""
    new = _newest(deployment, sets)
    for each in list(sets):
        if (new is None or each.metadata.uid != new.metadata.uid) and _replicas(each) > 0:
            sets = _set_replicas(api, deployment, each, 0, sets)
    return sets


def _clean_up(api: Api, deployment: Any, sets: Sequence[Any], new: Any | None) -> None:
    """Delete old ReplicaSets beyond the history limit, the first ones first; what still has pods stays."""
    limit = deployment.spec.revision_history_limit
    if limit is None:
        return
    own = None if new is None else new.metadata.uid
    older = [each for each in sets if each.metadata.uid != own and each.metadata.deletion_timestamp is None]
    for each in sorted(older, key=_revision)[: max(0, len(older) - limit)]:
        seen = (each.status.observed_generation or 0) >= (each.metadata.generation or 0)
        if seen and not _replicas(each) and not each.status.replicas:
            with suppress(errors.NotFound):
                api.delete(apps.ReplicaSet, each.metadata.name, each.metadata.namespace, uid=each.metadata.uid)


def _write_rollout(api: Api, deployment: Any, sets: Sequence[Any]) -> Any:
    """The Deployment with the status of its rollout."""
    return _write_status(api, deployment, rolled(deployment, sets, _newest(deployment, sets), api.stamp(), api.unix))


def _write_status(api: Api, deployment: Any, status: Any) -> Any:
    """The Deployment with a status, which is written if it says anything new."""
    return deployment if status == deployment.status else api.update_status(evolve(deployment, status=status))
