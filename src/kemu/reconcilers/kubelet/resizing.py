"""Other resources for containers that are there: what their node grants, and what they have been given.

    asked for   in the specification of the pod; changed by its subresource `resize`
    allocated   what the node has granted: what counts for it, and what `allocatedResources` shows
    actuated    what a container that runs has been given: what its `resources` show

A resize is granted at once where there is room, and is deferred otherwise, until there is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from ...objects import codec, evolve
from ...runtime_fake import Container
from ...values.frozen import FrozenMap
from . import admission
from .restarts import is_sidecar, with_rules
from .worker import Resize, Worker

if TYPE_CHECKING:
    from .fleet import Kubelets

RESIZED = ("cpu", "memory")


def resizable(spec: Any) -> Iterator[Any]:
    """The containers of a pod whose resize is only over when they have what was granted."""
    return (each for each in with_rules(spec) if is_sidecar(each) or each not in spec.init_containers)


def _amounts(resources: Any) -> tuple[Any, ...]:
    """What of the resources of a container can be changed."""
    return tuple([each.get(name) for each in (resources.limits, resources.requests) for name in RESIZED])


def _differs(worker: Worker, container: Any) -> bool:
    """Whether a container has been given something else than its node has granted."""
    given = worker.slot(container.name).actuated
    return given is not None and _amounts(given) != _amounts(worker.allocated(container))


def needs_restart(worker: Worker, container: Any) -> bool:
    """Whether a container that runs has to start again for the resources that it is to get."""
    given, wanted = worker.slot(container.name).actuated, worker.allocated(container)
    if given is None or given is wanted:
        return False
    policies = {each.resource_name: each.restart_policy for each in container.resize_policy}
    return any(
        policies.get(name) == "RestartContainer" and one.get(name) != other.get(name)
        for one, other in ((given.limits, wanted.limits), (given.requests, wanted.requests))
        for name in RESIZED
    )


def pending(worker: Worker, seen: Mapping[str, Container]) -> tuple[Any, ...]:
    """The containers that run, and get other resources without a new start."""
    return tuple(
        [
            each
            for each in with_rules(worker.pod.spec)
            if each.name in seen
            and seen[each.name].state == "running"
            and _differs(worker, each)
            and not needs_restart(worker, each)
        ]
    )


# What the node grants


def noticed(kubelets: Kubelets, worker: Worker, old: Any) -> Worker:
    """The worker of a pod that asks for other resources than it did: its node grants them, or not yet."""
    before = {each.name: worker.allocated(each) for each in with_rules(old.spec)}
    kept = {
        each.name: before[each.name]
        for each in with_rules(worker.pod.spec)
        if each.name in before and _amounts(before[each.name]) != _amounts(each.resources)
    }
    if not kept:
        return attrs.evolve(worker, held=FrozenMap(), resize=_without_pending(worker.resize))
    return settle(kubelets, attrs.evolve(worker, held=FrozenMap(kept)))


def settle(kubelets: Kubelets, worker: Worker) -> Worker:
    """Grant a pod the resources that it asks for, if its node has them beside what all other pods have."""
    generation = worker.pod.metadata.generation or 0
    node = kubelets.node_of(kubelets.state.nodes[worker.node])
    refusal = admission.short_of(worker.pod.spec, node, kubelets.state.used_by_others(worker))
    if refusal is None:
        started = Resize(in_progress=generation, started=kubelets.unix)
        text = _summary(worker.pod.spec, generation)
        kubelets.event(worker, "Normal", "ResizeStarted", f"Pod resize started: {text}")
        room(kubelets, worker.node)
        return attrs.evolve(worker, held=FrozenMap(), resize=started)
    known = worker.resize or Resize()
    if known.deferred != generation:
        text = _summary(worker.pod.spec, generation, refusal.message)
        kubelets.event(worker, "Warning", "ResizeDeferred", f"Pod resize {refusal.reason}: {text}")
    since = known.deferred_at if known.deferred is not None else kubelets.unix
    return attrs.evolve(
        worker, resize=attrs.evolve(known, deferred=generation, deferred_at=since, message=refusal.message)
    )


def room(kubelets: Kubelets, node: str) -> None:
    """Something was given back on a node: those who wait for it are asked again, the most important first."""
    waiting = [kubelets.state.workers[uid] for uid in kubelets.state.deferred.bucket(node) or ()]
    for worker in sorted(waiting, key=_importance):
        kubelets.queue(worker)


def _importance(worker: Worker) -> tuple[int, bool, float]:
    assert worker.resize is not None
    pod = worker.pod
    return -(pod.spec.priority or 0), pod.status.qos_class != "Guaranteed", worker.resize.deferred_at


def progress(kubelets: Kubelets, worker: Worker) -> Worker:
    """The worker as a sync begins: a resize that is deferred is tried again; one is over when every container that runs
    has what was granted."""
    if worker.resize is not None and worker.resize.deferred is not None:
        worker = settle(kubelets, worker)
    resize = worker.resize
    if resize is None or resize.in_progress is None:
        return worker
    if any(kubelets.runs(worker, each.name) and _differs(worker, each) for each in resizable(worker.pod.spec)):
        return worker
    text = _summary(allocated_spec(worker), resize.in_progress)
    kubelets.event(worker, "Normal", "ResizeCompleted", f"Pod resize completed: {text}")
    left = attrs.evolve(resize, in_progress=None, started=0.0)
    return attrs.evolve(worker, resize=left if left.deferred is not None else None)


def _without_pending(resize: Resize | None) -> Resize | None:
    if resize is None or resize.in_progress is None:
        return None
    return attrs.evolve(resize, deferred=None, deferred_at=0.0, message="")


def _summary(spec: Any, generation: int, error: str = "") -> str:
    """The resources of a pod as the events of a resize show them."""
    shown: dict[str, Any] = {}
    for field, containers in (("initContainers", spec.init_containers), ("containers", spec.containers)):
        if containers:
            shown[field] = [{"name": each.name, "resources": codec.encode(each.resources)} for each in containers]
    shown["generation"] = generation
    if error:
        shown["error"] = error
    return json.dumps(shown, separators=(",", ":"))


def allocated_spec(worker: Worker) -> Any:
    """The specification of a pod with what its node has granted."""
    spec = worker.pod.spec
    if not worker.held:
        return spec

    def held(containers: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple([evolve(each, resources=worker.allocated(each)) for each in containers])

    return evolve(spec, containers=held(spec.containers), init_containers=held(spec.init_containers))
