"""Keep a pod of every DaemonSet on each node that it is meant for.

Imitates  the DaemonSet controller of Kubernetes 1.36
Wakes on  DaemonSet; Pod and ControllerRevision it controls or could adopt; Node that is new, or whose labels or taints
          change, if that changes what is to run there
Writes    Pod create, delete, adoption, label; ControllerRevision create, number, adoption and delete; DaemonSet status
Differs   nothing known
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ... import errors
from ...kit import DONE, Api, Cache, Result, Wiring, key_of, ownership, pod_control
from ...kit.indexes import BY_NODE, BY_SELECTOR, selecting
from ...kit.revisions import LABEL
from ...objects import apps, core, evolve
from ...objects.pods import is_finished
from ...objects.references import controller_of
from ...values.selectors import selector_of
from . import history, plan
from .backoff import BackOff
from .placement import new_pods, placement_of, target_of

COMPONENT = "daemonset-controller"
BURST = 250
"""Pods that one sync creates or deletes at most."""


def _could_adopt(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    """The DaemonSets that something without an owner matches, if its labels or its owner are others by now."""
    if new is None or new.metadata.deletion_timestamp is not None or controller_of(new) is not None:
        return
    if old is None or controller_of(old) is not None or old.metadata.labels != new.metadata.labels:
        yield from map(key_of, selecting(cache, apps.DaemonSet, new))


def _revision_changed(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    """The DaemonSet of a revision that is another one by now, or is gone: a new one it has made itself."""
    for revision in () if old is None else (old, new):
        owner = None if revision is None else controller_of(revision)
        if owner is not None and (owner.api_version, owner.kind) == (apps.API_VERSION, apps.DaemonSet.kind):
            yield f"{revision.metadata.namespace}/{owner.name}"
    yield from _could_adopt(cache, old, new)


def _node_changed(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    """The DaemonSets that have something to do on a node."""
    if new is None:
        return
    if old is not None and old.metadata.labels == new.metadata.labels and old.spec.taints == new.spec.taints:
        return
    owners = map(controller_of, cache.indexed(core.Pod, BY_NODE, new.metadata.name))
    here = {owner.uid for owner in owners if owner is not None}
    for daemon_set in cache.list(apps.DaemonSet):
        metadata: Any = daemon_set.metadata
        runs, stays = placement_of(daemon_set.spec.template.spec).fits(new)
        has = metadata.uid in here
        if (runs and not has) or (has and (not stays or daemon_set.status.number_misscheduled)):
            yield key_of(daemon_set)


WIRING = Wiring(
    "daemonset-controller",
    reconciles=apps.DaemonSet,
    owns=(core.Pod,),
    watches=(
        (core.Pod, _could_adopt),
        (apps.ControllerRevision, _revision_changed),
        (core.Node, _node_changed),
    ),
    indexes=((apps.DaemonSet, BY_SELECTOR), (core.Pod, BY_NODE)),
    memory=BackOff,
    account="daemon-set-controller",
)


def reconcile(api: Api, cache: Cache, memory: BackOff, key: str) -> Result:
    """Keep the history, give every node its pod, replace old pods, and write the status."""
    daemon_set: Any = cache.get(apps.DaemonSet, key)
    if daemon_set is None:
        return DONE
    selector = selector_of(daemon_set.spec.selector)
    if selector.empty:
        text = "This daemon set is selecting all pods. A non-empty selector is required."
        api.event(daemon_set, "Warning", "SelectingAll", text)
        return DONE
    if daemon_set.metadata.deletion_timestamp is not None:
        return DONE
    pods = ownership.claim(
        api,
        daemon_set,
        cache.owned(core.Pod, by=daemon_set),
        cache.orphans(core.Pod, daemon_set.metadata.namespace),
        lambda pod: selector.matches(pod.metadata.labels),
    )
    current, old = history.construct(api, cache, daemon_set, pods)
    view = _view(cache, daemon_set, pods, current.metadata.labels[LABEL], api.unix)
    work = plan.manage(view, memory.current(daemon_set))
    problem = _carried_out(api, view, work)
    if problem is None and not work.create and not work.delete:
        if daemon_set.spec.update_strategy.type == plan.ROLLING:
            problem = _carried_out(api, view, plan.roll(view))
    if problem is None:
        try:
            history.clean_up(api, daemon_set, old, pods)
        except errors.ApiError as refusal:
            problem = refusal
    status = _write_status(api, view)
    if problem is not None:
        raise problem
    waits = [work.wait] if work.wait is not None else []
    if daemon_set.spec.min_ready_seconds and status.number_ready != (status.number_available or 0):
        waits.append(float(daemon_set.spec.min_ready_seconds))
    return Result(after=min(waits, default=None))


def _view(cache: Cache, daemon_set: Any, pods: Sequence[Any], digest: str, unix: float) -> plan.View:
    """The pods by node; what has ended and is deleted is not looked at any more."""
    by_node: dict[str, list[Any]] = {}
    for pod in pods:
        target = target_of(pod)
        if target and not (is_finished(pod) and pod.metadata.deletion_timestamp is not None):
            by_node.setdefault(target, []).append(pod)
    placement = placement_of(daemon_set.spec.template.spec)
    nodes: Any = cache.list(core.Node)
    runs = {node.metadata.name: placement.fits(node) for node in nodes}
    return plan.View(daemon_set=daemon_set, runs=runs, pods=by_node, digest=digest, unix=unix)


def _carried_out(api: Api, view: plan.View, work: plan.Work) -> errors.ApiError | None:
    """Say what there is to say, create pods and delete pods: the first refusal."""
    daemon_set = view.daemon_set
    for event in work.events:
        api.event(daemon_set, *event)
    if work.backoff is not None:
        api.remember(work.backoff)
    new = tuple(new_pods(daemon_set, view.digest, work.create[:BURST]))
    _, problem = pod_control.slowly(new, lambda pod: pod_control.create(api, daemon_set, pod))
    for pod in work.delete[:BURST]:
        try:
            pod_control.delete(api, daemon_set, pod)
        except errors.ApiError as refusal:
            problem = problem or refusal
    return problem


def _write_status(api: Api, view: plan.View) -> Any:
    """Write the status; if that fails, read the object and try once more, as upstream does."""
    daemon_set, count = view.daemon_set, plan.counts(view)
    changes = {
        "desired_number_scheduled": count["desired"],
        "current_number_scheduled": count["current"],
        "number_misscheduled": count["misscheduled"],
        "number_ready": count["ready"],
        "updated_number_scheduled": count["updated"] or None,
        "number_available": count["available"] or None,
        "number_unavailable": count["desired"] - count["available"] or None,
        "observed_generation": daemon_set.metadata.generation,
    }
    status = evolve(daemon_set.status, **changes)
    if status == daemon_set.status:
        return status
    try:
        api.update_status(evolve(daemon_set, status=status))
    except errors.ApiError:
        live: Any = api.get(apps.DaemonSet, daemon_set.metadata.name, daemon_set.metadata.namespace)
        if live.metadata.uid != daemon_set.metadata.uid:
            raise
        api.update_status(evolve(live, status=evolve(live.status, **changes)))
    return status
