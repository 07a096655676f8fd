"""What one sync of a DaemonSet does. Everything is pure.

First every node gets the pod that it lacks, and loses those that it has too many of. When nothing is left to do there,
pods of an old template are replaced: by deleting them, at most `maxUnavailable` at a time, or, with a surge, by putting
new ones beside them, at most `maxSurge` at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from ...objects.pods import is_available, is_ready
from ...values.int_or_string import scaled
from .backoff import BackOff
from .placement import generation_of, is_updated

ROLLING = "RollingUpdate"


@attrs.frozen(eq=False)
class View:
    """A DaemonSet, the nodes, and its pods by the node that they are for."""

    daemon_set: Any
    runs: Mapping[str, tuple[bool, bool]]
    """By the name of each node: whether a pod is to run there, and whether one that runs may stay."""
    pods: Mapping[str, Sequence[Any]]
    digest: str
    """The hash of the current template."""
    unix: float

    def is_updated(self, pod: Any) -> bool:
        """Whether a pod is of the current template."""
        return is_updated(pod, self.digest, generation_of(self.daemon_set))

    def is_available(self, pod: Any) -> bool:
        """Whether a pod has been ready for long enough."""
        return is_available(pod, self.daemon_set.spec.min_ready_seconds or 0, self.unix)

    def wanted(self) -> int:
        """On how many nodes a pod is to run."""
        return sum(1 for runs, _ in self.runs.values() if runs)


@attrs.frozen
class Work:
    """Nodes that get a pod, pods that go, what there is to say, and how long until something more can be done."""

    create: tuple[str, ...] = ()
    delete: tuple[Any, ...] = ()
    events: tuple[tuple[str, str, str], ...] = ()
    backoff: BackOff | None = None
    """What is to be remembered, where that is something new."""
    wait: float | None = None


def in_order(pod: Any) -> tuple[Any, ...]:
    """Pods on nodes come first, then older ones."""
    return not pod.spec.node_name, int(pod.metadata.creation_timestamp or 0), pod.metadata.name


def _limit(daemon_set: Any, name: str, total: int) -> int:
    strategy = daemon_set.spec.update_strategy
    value = getattr(strategy.rolling_update, name, None) if strategy.type == ROLLING else None
    return 0 if value is None else scaled(value, total, True)


def surges(daemon_set: Any) -> bool:
    """Whether a node may have two pods while they are replaced."""
    return _limit(daemon_set, "max_surge", 1) > 0


# One pod for every node


def manage(view: View, backoff: BackOff) -> Work:
    """What each node lacks and has too much of."""
    create: list[str] = []
    delete: list[Any] = []
    events: list[tuple[str, str, str]] = []
    waits: list[float] = []
    before = backoff
    for node, (runs, stays) in view.runs.items():
        if runs and node not in view.pods:
            create.append(node)
        elif not stays:
            delete += [pod for pod in view.pods.get(node, ()) if pod.metadata.deletion_timestamp is None]
        else:
            running = []
            for pod in view.pods.get(node, ()):
                if pod.metadata.deletion_timestamp is not None:
                    continue
                if pod.status.phase == "Failed" and backoff.held(node, view.unix):
                    waits.append(backoff.held(node, view.unix))
                elif pod.status.phase in ENDED:
                    backoff = backoff.after(node, view.unix) if pod.status.phase == "Failed" else backoff
                    events.append(_ended(pod, node))
                    delete.append(pod)
                else:
                    running.append(pod)
            if surges(view.daemon_set):
                create += [node] if runs and not running else []
                delete += _too_many(view, running)
            else:
                delete += sorted(running, key=in_order)[1:]
    for node, pods in view.pods.items():
        delete += [] if node in view.runs else [pod for pod in pods if not pod.spec.node_name]
    new = backoff if backoff is not before else None
    return Work(tuple(create), tuple(delete), tuple(events), new, min(waits, default=None))


ENDED = {
    "Failed": ("Warning", "FailedDaemonPod", "Found failed daemon pod {} on node {}, will try to kill it"),
    "Succeeded": ("Normal", "SucceededDaemonPod", "Found succeeded daemon pod {} on node {}, will try to delete it"),
}


def _ended(pod: Any, node: str) -> tuple[str, str, str]:
    kind, reason, text = ENDED[pod.status.phase]
    return kind, reason, text.format(f"{pod.metadata.namespace}/{pod.metadata.name}", node)


def _too_many(view: View, running: Sequence[Any]) -> list[Any]:
    """Of the pods of a node those that a surge does not need: two may stay, if the old one is ready and the new one
    not yet available."""
    if len(running) <= 1:
        return []
    ordered = sorted(running, key=in_order)
    new = [pod for pod in ordered if pod.metadata.labels.get("controller-revision-hash") == view.digest]
    old = [pod for pod in ordered if pod not in new]
    surplus = [*new[1:], *old[1:]]
    if new and old and (not is_ready(old[0]) or view.is_available(new[0])):
        surplus.append(old[0])
    return surplus


# Rolling


def roll(view: View) -> Work:
    """Which pods of an old template are replaced now."""
    pods = {**view.pods, **{node: () for node, (runs, _) in view.runs.items() if runs and node not in view.pods}}
    total = view.wanted()
    surge = _limit(view.daemon_set, "max_surge", total)
    unavailable = _limit(view.daemon_set, "max_unavailable", total)
    if surge:
        return _surge(view, pods, surge)
    return _replace(view, pods, 1 if total and not unavailable else unavailable)


def _on_node(view: View, pods: Sequence[Any]) -> tuple[Any | None, Any | None] | None:
    """The new and the old pod of a node; None if it has two of one sort, which has to be mended first."""
    live = [pod for pod in pods if pod.metadata.deletion_timestamp is None]
    new = [pod for pod in live if view.is_updated(pod)]
    old = [pod for pod in live if not view.is_updated(pod)]
    if len(new) > 1 or len(old) > 1:
        return None
    return (new[0] if new else None), (old[0] if old else None)


def _replace(view: View, pods: Mapping[str, Sequence[Any]], most: int) -> Work:
    """Delete old pods: all that are not available, and as many others as may be unavailable.

    With 5 nodes and maxUnavailable 2: of 5 available old pods 2 go; of 4 old ones, while the new one of the fifth node
    is not available yet, 1 goes.
    """
    missing = 0
    broken: list[Any] = []
    candidates: list[Any] = []
    for each in pods.values():
        found = _on_node(view, each)
        if found is None or (found[0] is None) == (found[1] is None):
            missing += 1
            continue
        new, old = found
        if new is not None:
            missing += not view.is_available(new)
        elif not view.is_available(old):
            broken.append(old)
            missing += 1
        elif missing < most:
            candidates.append(old)
    return Work(delete=(*broken, *candidates[: max(0, most - missing)]))


def _surge(view: View, pods: Mapping[str, Sequence[Any]], most: int) -> Work:
    """Put new pods beside old ones: wherever the old one is not available, and beside as many others as may be.

    An old pod goes when the new one is available. One on a node where none is to run any more goes only when there
    are more available pods than nodes want.
    """
    surging = available = 0
    gone: list[Any] = []
    stranded: list[Any] = []
    replaced: list[str] = []
    candidates: list[str] = []
    for node, each in pods.items():
        found = _on_node(view, each)
        if found is None:
            surging += 1
            continue
        new, old = found
        first = old if old is not None else new
        available += first is not None and view.is_available(first)
        if old is None:
            continue
        runs, _ = view.runs.get(node, (False, False))
        if new is not None:
            surging += not view.is_available(new)
            gone += [old] if view.is_available(new) else []
        elif not view.is_available(old):
            (replaced.append(node) if runs else gone.append(old))
        elif not runs:
            stranded.append(old)
        elif surging < most:
            candidates.append(node)
    gone += stranded[: max(0, available - view.wanted())]
    return Work(create=(*replaced, *candidates[: max(0, most - surging)]), delete=tuple(gone))


# Status


def counts(view: View) -> dict[str, int]:
    """How many nodes have the pod that they are to have, by the names of the status."""
    found = dict.fromkeys(("desired", "current", "misscheduled", "ready", "updated", "available"), 0)
    for node, (runs, _) in view.runs.items():
        pods = sorted(view.pods.get(node, ()), key=in_order)
        if not runs:
            found["misscheduled"] += bool(pods)
            continue
        found["desired"] += 1
        if not pods:
            continue
        found["current"] += 1
        found["ready"] += is_ready(pods[0])
        found["available"] += view.is_available(pods[0])
        found["updated"] += view.is_updated(pods[0])
    return found
