"""Nodes and pods that were there before this cluster: they get a kubelet, and what runs goes on.

A Node that is restored is a machine from then on, which renews its Lease; one that was not ready is a machine whose
kubelet has stopped. A pod that is restored is *expected* by the kubelet of its node: when that first sees it, its
containers are there already, with the past that its status tells of. Their processes begin anew, out of sight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from ...objects import evolve
from ...objects.conditions import is_true
from . import acting, life, mounting, names
from .environment import Misconfigured
from .nodes import Machine
from .restarts import is_sidecar
from .sync import start_sandbox
from .worker import CRASH_FIRST, CRASH_MAX, Slot, Worker

if TYPE_CHECKING:
    from .fleet import Kubelets


def node(kubelets: Kubelets, found: Any) -> None:
    """A Node of another cluster has a machine and a kubelet here: it is heard of, if it was there."""
    state, name = kubelets.state, found.metadata.name
    known = state.nodes.get(name)
    index = state.machines if known is None else known.index
    addresses = [each.address for each in found.status.addresses if each.type == "InternalIP"]
    address = addresses[0] if addresses else life.address_of(index)
    machine = Machine(name=name, index=index, address=address, began=kubelets.now, node=found)
    state.nodes[name] = attrs.evolve(machine, cordoned=bool(found.spec.unschedulable))
    if known is None:
        state.machines += 1
        state.events.recorders = len(state.nodes)
    if is_true(found.status.conditions, "Ready"):
        life.renew(kubelets, name)
    else:
        kubelets.stop_kubelet(name)


def expect(kubelets: Kubelets, pod: Any) -> None:
    """The containers of a pod are there already when the kubelet of its node first sees it."""
    kubelets.state.expected[pod.metadata.uid] = None


def taken_over(kubelets: Kubelets, pod: Any, key: str, machine: Machine) -> Worker:
    """The worker of a pod that is expected, with a sandbox and containers as its status shows them."""
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    began = kubelets.now if pod.status.start_time is None else _moment(kubelets, pod.status.start_time)
    worker = Worker(uid=pod.metadata.uid, pod=pod, key=key, node=machine.name, started_at=began)
    if not any(_end(each) or each.state.running for each in statuses):
        return attrs.evolve(worker, started_at=kubelets.now)
    mounting.mount(kubelets, worker)
    try:
        worker = start_sandbox(kubelets, worker, pod.status.pod_ip or "")
    except names.TooLong:  # whatever its status says, it cannot have run
        return attrs.evolve(worker, started_at=kubelets.now)
    for status in (*statuses, *pod.status.ephemeral_container_statuses):
        container = worker.container(status.name)
        if container is not None:
            worker = _with_past(kubelets, worker, container, status)
    return worker


def _id(status: Any, end: Any | None) -> str:
    """What the attempt is known by that its status tells of."""
    named = (end.container_id if end is not None else "") or status.container_id or ""
    return str(named.partition("://")[2])


def _end(status: Any) -> Any | None:
    """How a container has ended that does not run, as far as its status tells."""
    return status.state.terminated or (status.last_state.terminated if status.state.waiting is not None else None)


def _with_past(kubelets: Kubelets, worker: Worker, container: Any, status: Any) -> Worker:
    """The worker with a container that its status tells of; one that has never run is still to be started."""
    count, runtime = status.restart_count, kubelets.runtime
    slot = Slot(restarts=count, earlier=count, adopted=status, started=bool(status.started), ready=status.ready)
    end: Any = _end(status)
    running = status.state.running
    if end is None and running is None:
        return worker
    runtime.add_image(worker.node, container.image)
    created = _created(kubelets, worker, container, slot, _id(status, end))
    slot = attrs.evolve(slot, container=created, actuated=worker.allocated(container))
    if running is not None:
        runtime.take_over(created, _moment(kubelets, running.started_at))
        worker = worker.with_slot(container.name, slot)
        init = container in worker.pod.spec.init_containers and not is_sidecar(container)
        return worker if init else acting.begin_probes(kubelets, worker, container)
    started = None if end.reason == "StartError" else _moment(kubelets, end.started_at)
    ended = _moment(kubelets, end.finished_at)
    runtime.ended_before(created, started, ended, end.exit_code, end.reason or "", end.message or "")
    if status.state.waiting is not None:
        slot = attrs.evolve(slot, waiting=status.state.waiting.reason or "", message=status.state.waiting.message or "")
    if count:
        slot = attrs.evolve(
            slot,
            ended=ended,
            backoff=min(CRASH_FIRST * 2 ** (count - 1), CRASH_MAX),
            backoff_at=ended if started is None else started,
            backoff_for=acting.kind_of(container),
        )
    return worker.with_slot(container.name, slot)


def _created(kubelets: Kubelets, worker: Worker, container: Any, slot: Slot, id: str) -> str:
    """A container as its pod asks for it; without its environment and volumes, where these are not there any more."""
    try:
        return acting.create(kubelets, worker, container, slot, id)
    except Misconfigured:
        alone = evolve(container, env=(), env_from=(), volume_mounts=())
        return acting.create(kubelets, worker, alone, slot, id)


def _moment(kubelets: Kubelets, time: Any) -> float:
    """A time in seconds since the start, which is before it for what is older than the cluster."""
    return float(int(time or 0) - (kubelets.unix - kubelets.now))
