"""Pods that their node ends by itself: to make room for a critical one, or because the machine is to be shut down.

    why                          reason       seconds to stop
    --------------------------   ----------   ------------------------------------------------------
    room for a critical pod      Preempting   the pod's own
    a machine that shuts down    Terminated   what is left for pods of its kind, at most the pod's own

Such a pod fails, and says by its condition DisruptionTarget that nothing was wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from ...clock import exact
from . import admission, life
from .nodes import Shutdown
from .worker import SYNCING, TERMINATED, Worker

if TYPE_CHECKING:
    from .fleet import Kubelets

CRITICAL = 2_000_000_000
"""The priority from which on a pod is critical."""

PREEMPTED = "Preempted in order to admit critical pod"
MADE_ROOM = "Pod was preempted by Kubelet to accommodate a critical pod."
SHUT_DOWN = "Pod was terminated in response to imminent node shutdown."
LOOK_SECONDS = 1.0
"""How often a machine that shuts down looks whether its pods have stopped."""


def is_critical(worker: Worker) -> bool:
    """Whether a pod is one that its node cannot do without."""
    return worker.static or (worker.pod.spec.priority or 0) >= CRITICAL


def end(kubelets: Kubelets, worker: Worker, reason: str, message: str, why: str, grace: float | None) -> None:
    """Have a pod stopped, and fail for a reason; `why` is what its condition says."""
    if worker.phase != SYNCING:
        return
    ended = attrs.evolve(worker, failed=True, reason=reason, message=message, disruption=why)
    ended = kubelets.stop(ended)
    kubelets.state.keep(ended if grace is None else attrs.evolve(ended, grace=grace))


# Room for critical pods


def make_room(kubelets: Kubelets, worker: Worker, node: Any) -> tuple[str, ...] | None:
    """End pods so that a critical one fits its node; their uids, or None if not even that would help."""
    lacking = admission.shortage(worker.pod.spec, node, kubelets.state.used.get(worker.node) or {})
    others = [each for each in kubelets.state.on_node(worker.node) if each.phase == SYNCING and _yields(each, worker)]
    chosen = victims(lacking, others)
    for each in chosen or ():
        kubelets.event(each, "Warning", "Preempting", PREEMPTED)
        end(kubelets, each, "Preempting", PREEMPTED, MADE_ROOM, None)
    return None if chosen is None else tuple([each.uid for each in chosen])


def _yields(worker: Worker, critical: Worker) -> bool:
    """Whether a pod may be ended for a critical one."""
    own, wanted = worker.pod.spec.priority, critical.pod.spec.priority
    return not is_critical(worker) or (own is not None and wanted is not None and own < wanted)


def victims(lacking: Mapping[str, int], others: Sequence[Worker]) -> list[Worker] | None:
    """Those of other pods that are to end so that so much is free: as few as can be of the more important classes of
    service, and the smallest that are enough. None if all of them are not enough. Pure."""
    classes = {name: [each for each in others if each.pod.status.qos_class == name] for name in QOS}
    if _left(lacking, others):
        return None
    chosen: dict[str, list[Worker]] = {name: [] for name in QOS}
    for name in reversed(QOS):
        lower = [each for lesser in QOS[: QOS.index(name)] for each in classes[lesser]]
        taken = [each for found in chosen.values() for each in found]
        chosen[name] = _nearest(_left(lacking, [*lower, *taken]), classes[name])
    return [each for name in QOS for each in chosen[name]]


QOS = ("BestEffort", "Burstable", "Guaranteed")


def _asks(worker: Worker) -> dict[str, int]:
    return dict(admission.demand(worker.pod.spec))


def _left(lacking: Mapping[str, int], ended: Iterable[Worker]) -> dict[str, int]:
    """What is still lacking when some pods have ended."""
    found = dict(lacking)
    for worker in ended:
        for name, amount in _asks(worker).items():
            if name in found:
                found[name] -= amount
    return {name: amount for name, amount in found.items() if amount > 0}


def _nearest(lacking: Mapping[str, int], pods: Sequence[Worker]) -> list[Worker]:
    """The pods of one class that free what is lacking, each time the one that comes nearest to it."""
    chosen: list[Worker] = []
    left = list(pods)
    while lacking:

        def distance(worker: Worker, needs: Mapping[str, int] = lacking) -> tuple[float, int, int]:
            asks = _asks(worker)
            far = sum((max(amount - asks.get(name, 0), 0) / amount) ** 2 for name, amount in needs.items())
            return far, asks.get("memory", 0), asks.get("cpu", 0)

        best = min(left, key=distance)
        left.remove(best)
        chosen.append(best)
        lacking = _left(lacking, [best])
    return chosen


# Shutdown


def shut_down(kubelets: Kubelets, node: str, grace: float, critical: float) -> None:
    """Begin to shut a machine down: its pods have `grace` seconds to stop, of which the last are for critical ones."""
    machine = kubelets.state.nodes[node]
    ends = exact(kubelets.now + grace)
    plan = Shutdown(normal_until=exact(ends - critical), until=ends)
    kubelets.state.nodes[node] = attrs.evolve(machine, shutdown=plan)
    life.report(kubelets, node)
    _end_all(kubelets, node, critical=False, seconds=grace - critical)
    go_down(kubelets, node)


def go_down(kubelets: Kubelets, node: str) -> None:
    """Look how far a shutdown is: first the normal pods, then the critical ones, then the machine."""
    machine = kubelets.state.nodes[node]
    plan = machine.shutdown
    if plan is None or not machine.running:
        return
    alive = [worker for worker in kubelets.state.on_node(node) if worker.phase != TERMINATED]
    if not plan.critical and (kubelets.now >= plan.normal_until or all(is_critical(each) for each in alive)):
        kubelets.state.nodes[node] = attrs.evolve(machine, shutdown=attrs.evolve(plan, critical=True))
        _end_all(kubelets, node, critical=True, seconds=plan.until - kubelets.now)
        alive = [worker for worker in alive if kubelets.state.workers[worker.uid].phase != TERMINATED]
    elif plan.critical and (kubelets.now >= plan.until or not alive):
        kubelets.crash(node)
        return
    kubelets.loop.schedule("kubelet", ("shutdown", node), delay=LOOK_SECONDS)


def _end_all(kubelets: Kubelets, node: str, *, critical: bool, seconds: float) -> None:
    for worker in kubelets.state.on_node(node):
        if is_critical(worker) == critical:
            own = worker.pod.spec.termination_grace_period_seconds
            grace = seconds if own is None else min(float(own), seconds)
            end(kubelets, worker, "Terminated", SHUT_DOWN, SHUT_DOWN, grace)
