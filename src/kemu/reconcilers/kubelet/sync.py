"""One sync of one pod: write the status of what was, then do the next thing that is missing.

A kubelet writes the status before it acts, so what the API shows is one sync behind; the sync that follows an action
shows its effect. What is to be done for the containers is decided by `plan.py`, and carried out by `acting.py`.
Everything a sync learns is in the worker that it returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import errors
from ...clock import exact
from ...objects import core, evolve, replaced
from ...objects.pods import FINISHED, is_finished
from ...values.evolving import evolved
from . import life, mounting, names, probes, resizing, static_pods, stopping
from .acting import carry_out, go_on, look_again, retried, seen
from .nodes import RELIST_SECONDS
from .plan import plan
from .status import OWN_CONDITIONS, generate, has_begun, refused, with_readiness
from .worker import SYNCING, TERMINATING, Worker

if TYPE_CHECKING:
    from .fleet import Kubelets

UNMOUNT_SECONDS = 0.3
"""How long a kubelet takes until the volumes of a pod that has ended are unmounted: it looks at them as often."""

STOP_SECONDS = 0.1
"""How long it takes at least until the containers of a pod have stopped, each of which ends at once."""

STATUS_SECONDS = 10.0
"""Seconds until a status that could not be written, or a pod that could not be deleted, is tried again."""

DEADLINE = "DeadlineExceeded"
PAST_DEADLINE = "Pod was active on the node longer than the specified deadline"

TERMINAL_DELAY = 1.02
"""Seconds between the status that shows the last container ended and the one with the final phase: one more relist."""


def sync(kubelets: Kubelets, worker: Worker) -> Worker | None:
    """The worker after one sync, or None once the pod is gone from this node."""
    if worker.phase == SYNCING:
        return _sync_running(kubelets, worker)
    if worker.phase == TERMINATING:
        return _sync_terminating(kubelets, worker)
    return _sync_terminated(kubelets, worker)


# A pod that is to run


def _sync_running(kubelets: Kubelets, worker: Worker) -> Worker:
    if worker.halt is not None:
        return go_on(kubelets, _write_readiness(kubelets, worker))
    if worker.is_to_end:
        return kubelets.stop(worker)
    worker, reached = _write_status(kubelets, resizing.progress(kubelets, worker))
    if worker.phase != SYNCING:
        return worker
    if reached in FINISHED or is_finished(worker.pod):
        mounting.begin_in_vain(kubelets, worker)
        return kubelets.stop(worker)
    worker = probes.prompt(kubelets, worker)
    if worker.static:
        static_pods.reconcile_mirror(kubelets, worker)
    pod = worker.pod
    if pod.spec.active_deadline_seconds is not None:
        deadline = exact(worker.started_at + pod.spec.active_deadline_seconds)
        if kubelets.now >= deadline:
            worker = evolved(worker, failed=True, reason=DEADLINE, message=PAST_DEADLINE)
            _say_deadline(kubelets, worker)
            return kubelets.stop(worker)
        worker = look_again(worker, deadline)
    if any(kubelets.ends(uid) for uid in worker.waits_for):
        return look_again(worker, kubelets.now + RELIST_SECONDS)
    if kubelets.now < worker.mounted:
        return look_again(worker, worker.mounted)
    missing = None if worker.volumes_ready else mounting.mount(kubelets, worker)
    if missing is not None:
        return _volumes_missing(kubelets, worker, missing)
    if not worker.sandbox_ready:
        return _start_sandbox(kubelets, worker)
    return carry_out(kubelets, worker, plan(worker, seen(kubelets, worker)))


def _works_it_out(kubelets: Kubelets, worker: Worker) -> bool:
    """Whether a kubelet works out a status anew, rather than that a sync goes on or is over that did so before."""
    if worker.phase == SYNCING:
        return not worker.pod.spec.volumes or worker.sandbox_ready or kubelets.now < worker.mounted
    return worker.phase == TERMINATING or worker.unmounted_at is None


def _say_deadline(kubelets: Kubelets, worker: Worker) -> None:
    """Say why a pod ends, if that is why.

    A kubelet does so each time it works out the status: when the deadline has passed, when the pod begins to stop, when
    it has stopped, and for the last status.
    """
    if worker.reason == DEADLINE:
        kubelets.event(worker, "Normal", DEADLINE, PAST_DEADLINE)


def _write_status(kubelets: Kubelets, worker: Worker, *, closed: bool = True) -> tuple[Worker, str]:
    """Bring the pod's status up to date, if anything in it differs; the worker, and the phase that it has reached."""
    wanted, reached = _wanted_status(kubelets, worker, closed)
    return _write(kubelets, worker, wanted), reached


def _write_readiness(kubelets: Kubelets, worker: Worker) -> Worker:
    """While containers stop nothing is said of them, but of the readiness of those that its probes still ask."""
    return _write(kubelets, worker, with_readiness(worker, kubelets.unix))


def _write(kubelets: Kubelets, worker: Worker, wanted: Any) -> Worker:
    """Have the pod show a status, if it is not the one that it has.

    What the server answers has in it what others have written meanwhile: that is noticed now, and not when it comes by
    the watch, where it is older than what this kubelet knows.
    """
    if worker.static:
        return _write_mirror(kubelets, worker, wanted)
    if wanted == worker.pod.status:
        return worker
    namespace, name = worker.pod.metadata.namespace, worker.pod.metadata.name

    client = kubelets.client(worker.node)
    try:
        live = client.get(core.Pod, name, namespace)
        if live.metadata.uid != worker.uid:
            return worker
        changed = replaced(live, status=_merged(live.status, wanted))
        pod = client.patch_to(live, changed, "status", subresource="status")
    except (errors.NotFound, errors.Invalid):
        return worker
    except errors.ApiError:
        return look_again(worker, kubelets.now + STATUS_SECONDS)
    seen = worker.pod.metadata.resource_version
    worker = kubelets.with_pod(worker, pod)
    return worker if live.metadata.resource_version == seen else kubelets.noticed(worker)


def _write_mirror(kubelets: Kubelets, worker: Worker, wanted: Any) -> Worker:
    """Have the mirror pod of a static one show its status."""
    client = kubelets.client(worker.node)
    try:
        live = static_pods.mirrored(kubelets, worker)
        if live is not None:
            shown = evolve(_merged(live.status, wanted), qos_class=live.status.qos_class)
            client.patch_to(live, evolve(live, status=shown), "status", subresource="status")
    except errors.ApiError:
        worker = look_again(worker, kubelets.now + STATUS_SECONDS)
    return evolved(worker, pod=evolve(worker.pod, status=wanted))


def _wanted_status(kubelets: Kubelets, worker: Worker, closed: bool) -> tuple[Any, str]:
    epoch = kubelets.unix - kubelets.now
    if worker.rejected:
        return refused(worker, epoch), "Failed"
    machine = kubelets.state.nodes[worker.node]
    address = machine.address
    if not machine.listed and _works_it_out(kubelets, worker):
        life.imagine(kubelets, worker.node)
    status, reached = generate(worker, kubelets.runtime, kubelets.unix, epoch, closed=closed)
    if status.host_ip != address or not status.host_ips:
        status = evolve(status, host_ip=address, host_ips=({"ip": address},))
        if worker.pod.spec.host_network and not status.pod_ip:
            status = evolve(status, pod_ip=address, pod_ips=({"ip": address},))
    return status, reached


def _merged(live: Any, wanted: Any) -> Any:
    """The kubelet's status, with the conditions of others as they are now."""
    ours = [each for each in wanted.conditions if each.type in OWN_CONDITIONS or each.reason == "TerminationByKubelet"]
    types = {*OWN_CONDITIONS, *[each.type for each in ours]}
    others = [condition for condition in live.conditions if condition.type not in types]
    return replaced(
        wanted,
        conditions=(*others, *ours),
        nominated_node_name=live.nominated_node_name,
    )


# Volumes and the sandbox


def _volumes_missing(kubelets: Kubelets, worker: Worker, missing: mounting.Missing) -> Worker:
    """Say what is missing. A pod of which a volume is not known is in error; all else is tried again by itself, and who
    waits for it says nothing, however long that lasts."""
    for problem in missing.said:
        kubelets.event(worker, "Warning", "FailedMount", problem)
    if missing.unprocessed:
        kubelets.event(worker, "Warning", "FailedMount", missing.refusal)
        return retried(kubelets, worker)
    worker = mounting.tried_again_later(worker)
    return look_again(worker, kubelets.now + worker.volume_backoff)


def _start_sandbox(kubelets: Kubelets, worker: Worker) -> Worker:
    try:
        worker = start_sandbox(kubelets, worker)
    except names.TooLong as problem:
        kubelets.event(worker, "Warning", "FailedCreatePodSandBox", f"Failed to create pod sandbox: {problem}")
        return retried(kubelets, worker)
    kubelets.queue(worker)
    return worker


def start_sandbox(kubelets: Kubelets, worker: Worker, ip: str = "") -> Worker:
    """The worker with a sandbox for its containers, at an address that it has or is given. Raises TooLong."""
    pod = worker.pod
    hostname = names.kernel_hostname(pod)
    node = kubelets.state.nodes[worker.node]
    ip = ip or (node.address if pod.spec.host_network else kubelets.free_address(node))
    sandbox = kubelets.runtime.run_sandbox(
        node=worker.node,
        owner=worker.uid,
        namespace=pod.metadata.namespace,
        name=pod.metadata.name,
        hostname=hostname,
        ip=ip,
        attempt=worker.sandbox_attempt,
        hosts=names.hosts(pod, ip),
        resolver=names.resolver(pod, kubelets.network.dns),
        shared=bool(pod.spec.share_process_namespace),
    )
    return evolved(worker, sandbox=sandbox.id, sandbox_ready=True, ip=ip, volumes_ready=True)


# A pod that is to stop


def _sync_terminating(kubelets: Kubelets, worker: Worker) -> Worker:
    if worker.halt is None:
        _say_deadline(kubelets, worker)
        worker, _ = _write_status(kubelets, worker)
        worker = stopping.begin_all(kubelets, worker)
    else:
        worker = _write_readiness(kubelets, worker)
    assert worker.halt is not None
    stopping.go_on(kubelets, worker)
    if stopping.running(kubelets, worker, worker.halt.names):
        return worker
    over = exact(worker.halt.since + STOP_SECONDS)
    if worker.halt.names and kubelets.now < over:
        return look_again(worker, over)
    _say_deadline(kubelets, worker)
    idle = not worker.halt.names
    worker = evolved(worker.moved("stopped"), begun=has_begun(worker.pod), sandbox_ready=False, halt=None)
    kubelets.runtime.stop_sandbox(worker.sandbox)
    if worker.sandbox and not _all_there(kubelets, worker):
        worker, _ = _write_status(kubelets, worker, closed=False)
    elif not kubelets.state.nodes[worker.node].listed:
        life.imagine(kubelets, worker.node)
    asked = worker.pod.metadata.deletion_timestamp is not None or worker.gone_at is not None or worker.failed
    if asked and idle:  # nothing had to end: that nothing runs any more is seen at the next relist
        return look_again(worker, kubelets.relist_of(worker))
    return look_again(worker, kubelets.now + (0.0 if asked else TERMINAL_DELAY))


def _all_there(kubelets: Kubelets, worker: Worker) -> bool:
    """Whether the runtime knows those containers of a pod whose turn had come."""
    spec, known = worker.pod.spec, seen(kubelets, worker)
    return all(each.name in known for each in (spec.containers if worker.begun else spec.init_containers[:1]))


def _is_done(kubelets: Kubelets, worker: Worker) -> bool:
    """Whether a kubelet has shown the end of a pod and cleared up after it: it says no more of it, whatever changes."""
    cleared = worker.unmounted_at is not None and kubelets.now >= worker.unmounted_at
    return cleared and not worker.static and is_finished(worker.pod)


def _sync_terminated(kubelets: Kubelets, worker: Worker) -> Worker | None:
    unmounted = worker.unmounted_at
    if unmounted is None:
        _say_deadline(kubelets, worker)
    if not _is_done(kubelets, worker):
        worker, _ = _write_status(kubelets, worker)
    metadata = worker.pod.metadata
    if unmounted is None:
        unmounted = exact(kubelets.now + (UNMOUNT_SECONDS + worker.lag if worker.volumes_ready else 0.0))
        worker = evolved(worker, unmounted_at=unmounted)
    if worker.gone_at is not None:
        static_pods.tidy_later(kubelets, worker)
    if metadata.deletion_timestamp is None or worker.wakes is not None:
        return worker  # nobody deletes it, or its last status is still to be written
    if kubelets.now < unmounted:
        return look_again(worker, unmounted)
    try:
        client = kubelets.client(worker.node)
        client.delete(core.Pod, metadata.name, metadata.namespace, uid=worker.uid, grace_seconds=0)
    except (errors.NotFound, errors.Conflict):
        pass
    except errors.ApiError:
        return look_again(worker, kubelets.now + STATUS_SECONDS)
    return worker if metadata.finalizers else None  # a pod that others hold is known until it is gone
