"""Stopping containers: what is said of it, the hook before it, whose turn it is, and the signal at last.

All containers of a pod that ends are stopped at once. But a sidecar is told so only when the main containers are gone,
and the sidecars after it: until then, or until its time is over, it waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import floor, inf
from typing import TYPE_CHECKING, Any

from ...clock import exact
from ...values.evolving import evolved
from . import hooks
from .restarts import is_sidecar
from .worker import Halt, Stopping, Worker

if TYPE_CHECKING:
    from .fleet import Kubelets

SHORTEST = 2.0
"""Seconds that a container has to stop at least."""


def grace_of(worker: Worker, probe: Any = None) -> float:
    """Seconds that a container gets to stop, which the probe may say that has condemned it."""
    if worker.grace is not None:
        return worker.grace
    seconds = worker.pod.spec.termination_grace_period_seconds
    if probe is not None and probe.termination_grace_period_seconds is not None:
        seconds = probe.termination_grace_period_seconds
    return SHORTEST if seconds is None else float(seconds)


def running(kubelets: Kubelets, worker: Worker, names: Iterable[str]) -> list[str]:
    """Those of some containers that run, in the same order."""
    return [name for name in names if kubelets.runs(worker, name)]


def begin(kubelets: Kubelets, worker: Worker, name: str, message: str, grace: float) -> Worker:
    """Say that a container is stopped, and run its preStop hook; the signal follows with `go_on`."""
    kubelets.event(worker, "Normal", "Killing", message, name)
    slot = worker.slot(name)
    container = worker.container(name)
    hook = container.lifecycle.pre_stop if container is not None and container.lifecycle is not None else None
    how = Stopping(begun=kubelets.now, grace=grace, hooked=kubelets.now)
    if hook is not None and grace > 0:
        answer = hooks.attempt(kubelets, worker, container, hook, grace)
        over = answer.seconds >= grace
        hooked = exact(kubelets.now + min(answer.seconds, grace))
        cut = 0.0 if hook._exec is None or _goes_on(kubelets, slot.container) else inf if over else hooked
        how = evolved(how, hooked=hooked, failed=not answer.passed and not over, cut=cut)
    return worker.with_slot(name, evolved(slot, stopping=how))


def _goes_on(kubelets: Kubelets, id: str) -> bool:
    """Whether the commands in a container outlive it, as those of a runtime that was made for tests (D-441)."""
    current = kubelets.runtime.container(id)
    return current is not None and current.script.scripted


def ended(kubelets: Kubelets, worker: Worker, name: str) -> None:
    """A container has ended: a hook that is under way in it has failed."""
    how = worker.slot(name).stopping
    if how is not None and kubelets.now < how.cut:
        _say_hook_failed(kubelets, worker, name)


def _say_hook_failed(kubelets: Kubelets, worker: Worker, name: str) -> None:
    """Say that a preStop hook has failed."""
    kubelets.event(worker, "Warning", "FailedPreStopHook", "PreStopHook failed", name)


def begin_all(kubelets: Kubelets, worker: Worker) -> Worker:
    """Begin to stop all containers of a pod that run, and are not stopped already."""
    names = tuple(running(kubelets, worker, worker.slots))
    for name in names:
        if worker.slot(name).stopping is None:
            worker = begin(kubelets, worker, name, f"Stopping container {name}", grace_of(worker))
    return evolved(worker, halt=Halt(names=names, whole=True, since=kubelets.now))


def go_on(kubelets: Kubelets, worker: Worker) -> None:
    """Send the signal to the containers that are to stop and whose turn it is; look again when others may be next."""
    ordered = worker.halt is not None and worker.halt.whole
    for name in _in_order(worker):
        how = worker.slot(name).stopping
        current = kubelets.current(worker, name)
        if how is None or current is None or current.state != "running" or current.stopping:
            continue
        over = exact(how.begun + how.grace)
        if kubelets.now < how.hooked:
            kubelets.loop.schedule_at("kubelet", ("stopping", worker.uid), how.hooked)
        elif ordered and kubelets.now < over and running(kubelets, worker, _before(worker, name)):
            kubelets.loop.schedule_at("kubelet", ("stopping", worker.uid), over)
        else:
            if how.failed:
                _say_hook_failed(kubelets, worker, name)
            waited = floor(how.hooked - how.begun) + floor(exact(kubelets.now - how.hooked))
            kubelets.runtime.stop_container(current.id, max(how.grace - waited, SHORTEST))


def _in_order(worker: Worker) -> list[str]:
    """The containers of a pod as they are to stop: sidecars last, and backwards."""
    sidecars = [each.name for each in reversed(worker.pod.spec.init_containers) if is_sidecar(each)]
    return [*[name for name in worker.slots if name not in sidecars], *sidecars]


def _before(worker: Worker, name: str) -> list[str]:
    """The containers that are to be gone before one is told to stop."""
    spec = worker.pod.spec
    sidecars = [each.name for each in spec.init_containers if is_sidecar(each)]
    if name not in sidecars:
        return []
    return [*[each.name for each in spec.containers], *sidecars[sidecars.index(name) + 1 :]]
