"""One sync of one pod: write the status of what was, then do the next thing that is missing.

A kubelet writes the status before it acts, so what the API shows is one sync behind; the sync that follows an action
shows its effect. Everything a sync learns is in the worker that it returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from ... import errors
from ...clock import exact
from ...objects import core, evolve
from ...runtime_fake import Container, RuntimeRefused
from ...values.durations import format_duration
from ...values.frozen import EMPTY_MAP, FrozenMap
from . import environment, probes
from .status import OWN_CONDITIONS, generate, is_sidecar
from .worker import (
    CRASH_FIRST,
    CRASH_FORGET,
    CRASH_MAX,
    PULL_FIRST,
    PULL_MAX,
    SYNCING,
    TERMINATING,
    Slot,
    Worker,
)

if TYPE_CHECKING:
    from .fleet import Kubelets

MOUNT_SECONDS = 0.3
"""How long a kubelet takes until a new pod's volumes are mounted: it looks at them every 300 ms."""

VOLUME_FIRST = 0.5
VOLUME_MAX = 122.0
RETRY_SECONDS = 10.0
"""A pod that is in error is looked at again after this time, and up to half as much more."""

STATUS_SECONDS = 10.0
"""Seconds until a status that could not be written, or a pod that could not be deleted, is tried again."""

RESYNC_SECONDS = 60.0
"""A pod whose back-off is longer than this is looked at on the way."""

TERMINAL_DELAY = 1.0
"""Seconds between the status that shows the last container ended and the one with the final phase."""


def sync(kubelets: Kubelets, worker: Worker) -> Worker | None:
    """The worker after one sync, or None once the pod is gone from this node."""
    if worker.phase == SYNCING:
        return _sync_running(kubelets, worker)
    if worker.phase == TERMINATING:
        return _sync_terminating(kubelets, worker)
    return _sync_terminated(kubelets, worker)


# A pod that is to run


def _sync_running(kubelets: Kubelets, worker: Worker) -> Worker:
    if not _restarting(kubelets, worker):
        worker = _write_status(kubelets, worker)
        if worker.phase != SYNCING:
            return worker
    probes.prompt(kubelets, worker)
    pod = worker.pod
    if pod.spec.active_deadline_seconds is not None:
        deadline = exact(worker.started_at + pod.spec.active_deadline_seconds)
        if kubelets.now >= deadline:
            text = "Pod was active on the node longer than the specified deadline"
            kubelets.event(worker, "Normal", "DeadlineExceeded", text)
            return kubelets.stop(attrs.evolve(worker, failed=True, reason="DeadlineExceeded", message=text))
        worker = _look_again(worker, deadline)
    mounted = exact(worker.started_at + MOUNT_SECONDS)
    if kubelets.now < mounted:
        return _look_again(worker, mounted)
    problem = _unmounted(kubelets, worker)
    if problem:
        return _volumes_missing(kubelets, worker, problem)
    if not worker.sandbox:
        kubelets.queue(worker)
        kubelets.relist(worker)
        return _start_sandbox(kubelets, worker)
    worker, done = _init_containers(kubelets, worker)
    if done:
        worker = _main_containers(kubelets, worker)
    if _finished(kubelets, worker):
        worker = kubelets.stop(worker)
    return worker


def _restarting(kubelets: Kubelets, worker: Worker) -> bool:
    """Whether this sync goes on with a restart that a failed probe began: it shows only what comes of it."""
    for name, slot in worker.slots.items():
        if slot.unhealthy:
            current = _current(kubelets, worker, name)
            if current is not None and current.state == "exited":
                return True
    return False


def _look_again(worker: Worker, when: float) -> Worker:
    """Have the worker synced at a time that nothing else would wake it at."""
    when = exact(when)
    return attrs.evolve(worker, wakes=when if worker.wakes is None else min(worker.wakes, when))


def _in_error(kubelets: Kubelets, worker: Worker, backoff_ends: float | None = None) -> Worker:
    """Have a worker that could not do its work synced again: after its back-off, if one holds it, plus a jitter."""
    wait = RETRY_SECONDS if backoff_ends is None else min(max(backoff_ends - kubelets.now, 0.0), RESYNC_SECONDS)
    jitter = 1 + 0.5 * kubelets.loop.entropy.fraction("kubelet-resync", worker.uid, kubelets.now)
    return _look_again(worker, kubelets.now + wait * jitter)


def _write_status(kubelets: Kubelets, worker: Worker) -> Worker:
    """Bring the pod's status up to date, if anything in it differs.

    What the server answers has in it what others have written meanwhile: that is noticed now, and not when it comes by
    the watch, where it is older than what this kubelet knows.
    """
    unix = kubelets.unix
    node = kubelets.state.nodes[worker.node]
    wanted = generate(worker, kubelets.runtime, unix, unix - kubelets.now)
    wanted = evolve(wanted, host_ip=node.address, host_ips=({"ip": node.address},))
    if wanted == worker.pod.status:
        return worker
    namespace, name = worker.pod.metadata.namespace, worker.pod.metadata.name

    client = kubelets.client(worker.node)
    try:
        live = client.get(core.Pod, name, namespace)
        if live.metadata.uid != worker.uid:
            return worker
        changed = evolve(live, status=_merged(live.status, wanted))
        pod = client.patch_to(live, changed, "status", subresource="status")
    except (errors.NotFound, errors.Invalid):
        return worker
    except errors.ApiError:
        return _look_again(worker, kubelets.now + STATUS_SECONDS)
    seen = worker.pod.metadata.resource_version
    worker = attrs.evolve(worker, pod=pod)
    return worker if live.metadata.resource_version == seen else kubelets.noticed(worker)


def _merged(live: Any, wanted: Any) -> Any:
    """The kubelet's status, with the conditions of others as they are now."""
    others = tuple(condition for condition in live.conditions if condition.type not in OWN_CONDITIONS)
    own = tuple(condition for condition in wanted.conditions if condition.type in OWN_CONDITIONS)
    return evolve(
        wanted,
        conditions=(*others, *own),
        nominated_node_name=live.nominated_node_name,
        ephemeral_container_statuses=live.ephemeral_container_statuses,
    )


# Volumes and the sandbox


def _unmounted(kubelets: Kubelets, worker: Worker) -> str:
    """Why a volume of the pod cannot be mounted, or nothing."""
    if worker.volumes_ready:
        return ""
    try:
        environment.check_volumes(kubelets.views.of(worker.node), worker.pod)
    except environment.NotMounted as problem:
        return str(problem)
    return ""


def _volumes_missing(kubelets: Kubelets, worker: Worker, problem: str) -> Worker:
    kubelets.event(worker, "Warning", "FailedMount", problem)
    delay = min(max(worker.volume_backoff * 2, VOLUME_FIRST), VOLUME_MAX)
    return _look_again(attrs.evolve(worker, volume_backoff=delay), kubelets.now + delay)


def _start_sandbox(kubelets: Kubelets, worker: Worker) -> Worker:
    pod = worker.pod
    node = kubelets.state.nodes[worker.node]
    ip = node.address if pod.spec.host_network else kubelets.free_address(node)
    sandbox = kubelets.runtime.run_sandbox(
        node=worker.node,
        owner=worker.uid,
        namespace=pod.metadata.namespace,
        name=pod.metadata.name,
        hostname=pod.spec.hostname or pod.metadata.name,
        ip=ip,
        attempt=worker.sandbox_attempt,
    )
    return attrs.evolve(worker, sandbox=sandbox.id, ip=ip, volumes_ready=True)


# Containers


def _current(kubelets: Kubelets, worker: Worker, name: str) -> Container | None:
    container = worker.slot(name).container
    return kubelets.runtime.container(container) if container else None


def _init_containers(kubelets: Kubelets, worker: Worker) -> tuple[Worker, bool]:
    """Start the first init container that is not done; whether all are."""
    if any(worker.slot(container.name).container for container in worker.pod.spec.containers):
        for container in worker.pod.spec.init_containers:
            if is_sidecar(container):
                worker = _keep_running(kubelets, worker, container, "Always")
        return worker, True
    policy = worker.pod.spec.restart_policy
    for container in worker.pod.spec.init_containers:
        current = _current(kubelets, worker, container.name)
        if is_sidecar(container):
            worker = _keep_running(kubelets, worker, container, "Always")
            if not worker.slot(container.name).started:
                return worker, False
            continue
        if current is not None and current.state == "exited" and current.exit_code == 0:
            continue
        if current is not None and current.state == "exited" and policy == "Never":
            return worker, False
        return _keep_running(kubelets, worker, container, "OnFailure"), False
    return worker, True


def _main_containers(kubelets: Kubelets, worker: Worker) -> Worker:
    for container in worker.pod.spec.containers:
        worker = _keep_running(kubelets, worker, container, worker.pod.spec.restart_policy)
    return worker


def _keep_running(kubelets: Kubelets, worker: Worker, container: Any, policy: str) -> Worker:
    """Start a container that is not running, as its restart policy and back-off allow."""
    slot = worker.slot(container.name)
    current = _current(kubelets, worker, container.name)
    if current is not None and current.state == "running":
        if slot.unhealthy:
            if not current.stopping:
                kubelets.runtime.stop_container(current.id, slot.unhealthy_grace)
                return _keep_running(kubelets, worker, container, policy) if _ended(kubelets, slot) else worker
            return worker
        if current.image != container.image and not current.stopping:
            text = f"Container {container.name} definition changed, will be restarted"
            kubelets.event(worker, "Normal", "Killing", text, container.name)
            kubelets.runtime.stop_container(current.id, _grace(worker))
        return worker
    if current is not None and current.state == "exited":
        if policy == "Never" or (policy == "OnFailure" and current.exit_code == 0):
            return worker
        waiting = _crash_backoff(kubelets, slot, current)
        if waiting is not None:
            worker = _backed_off(kubelets, worker, container, slot, waiting)
            return _in_error(kubelets, worker, (current.finished_at or 0.0) + waiting)
        slot = _restarted(kubelets, slot, current)
    return _start(kubelets, worker, container, slot)


def _ended(kubelets: Kubelets, slot: Slot) -> bool:
    found = kubelets.runtime.container(slot.container)
    return found is not None and found.state == "exited"


def _crash_backoff(kubelets: Kubelets, slot: Slot, ended: Container) -> float | None:
    """The back-off that still holds a container that has ended, or None if it may start."""
    finished = ended.finished_at or 0.0
    if not slot.backoff or finished - slot.backoff_at > CRASH_FORGET:
        return None
    return slot.backoff if kubelets.now < exact(finished + slot.backoff) else None


def _backed_off(kubelets: Kubelets, worker: Worker, container: Any, slot: Slot, backoff: float) -> Worker:
    metadata = worker.pod.metadata
    whole = f"{metadata.name}_{metadata.namespace}({worker.uid})"
    text = f"Back-off restarting failed container {container.name} in pod {whole}"
    kubelets.event(worker, "Warning", "BackOff", text, container.name)
    message = f"back-off {format_duration(backoff)} restarting failed container={container.name} pod={whole}"
    return worker.with_slot(container.name, attrs.evolve(slot, waiting="CrashLoopBackOff", message=message))


def _restarted(kubelets: Kubelets, slot: Slot, ended: Container) -> Slot:
    """The record of a container that is about to start again: one more restart, and a longer back-off next time."""
    finished = ended.finished_at or 0.0
    fresh = not slot.backoff or finished - slot.backoff_at > CRASH_FORGET
    backoff = CRASH_FIRST if fresh else min(slot.backoff * 2, CRASH_MAX)
    if slot.last:
        kubelets.runtime.remove_container(slot.last)
    return attrs.evolve(
        slot,
        restarts=slot.restarts + 1,
        last=ended.id,
        container="",
        backoff=backoff,
        backoff_at=kubelets.now,
        waiting="",
        message="",
        unhealthy=False,
    )


def _start(kubelets: Kubelets, worker: Worker, container: Any, slot: Slot) -> Worker:
    slot, ready = _pull(kubelets, worker, container, slot)
    if not ready and slot.pulled_at is not None:
        return _look_again(worker.with_slot(container.name, slot), slot.pulled_at)
    if not ready:
        held = slot.pull_after if slot.waiting == "ImagePullBackOff" else None
        return _in_error(kubelets, worker.with_slot(container.name, slot), held)
    node = kubelets.state.nodes[worker.node]
    try:
        view = kubelets.views.of(worker.node)
        linked = worker.pod.spec.enable_service_links is not False
        links = kubelets.service_links(worker.node, worker.pod.metadata.namespace) if linked else EMPTY_MAP
        env = environment.variables(view, worker.pod, container, worker.ip, node.address, links)
        files = environment.files(view, worker.pod, container)
    except environment.Misconfigured as problem:
        kubelets.event(worker, "Warning", "Failed", f"Error: {problem}", container.name)
        slot = attrs.evolve(slot, waiting="CreateContainerConfigError", message=str(problem))
        return _in_error(kubelets, worker.with_slot(container.name, slot))
    created = kubelets.runtime.create_container(
        worker.sandbox,
        name=container.name,
        image=container.image,
        command=tuple(environment.expand(word, env) for word in container.command),
        args=tuple(environment.expand(word, env) for word in container.args),
        env=env.own,
        links=links,
        files=files,
        mounts=environment.shared_folders(worker.pod, container),
        stdin=bool(container.stdin),
        attempt=slot.restarts,
    )
    kubelets.event(worker, "Normal", "Created", "Container created", container.name)
    return _run(kubelets, worker, container, slot, created.id)


def _run(kubelets: Kubelets, worker: Worker, container: Any, slot: Slot, created: str) -> Worker:
    slot = attrs.evolve(slot, container=created, waiting="", message="", probes=FrozenMap())
    has_startup = container.startup_probe is not None
    slot = attrs.evolve(slot, started=not has_startup, ready=not has_startup and container.readiness_probe is None)
    try:
        kubelets.runtime.start_container(created)
    except RuntimeRefused as refusal:
        kubelets.event(worker, "Warning", "Failed", f"Error: {refusal}", container.name)
        slot = attrs.evolve(slot, container="", waiting="RunContainerError", message=str(refusal))
        kubelets.runtime.remove_container(created)
        return _in_error(kubelets, worker.with_slot(container.name, slot))
    kubelets.event(worker, "Normal", "Started", "Container started", container.name)
    worker = worker.with_slot(container.name, slot)
    worker = _post_start(kubelets, worker, container, slot)
    for kind in probes.KINDS:
        if getattr(container, kind) is not None:
            probes.begin(kubelets, worker, container, kind)
    kubelets.report(worker, container.name)
    kubelets.queue(worker)
    return worker


def _post_start(kubelets: Kubelets, worker: Worker, container: Any, slot: Slot) -> Worker:
    hook = container.lifecycle.post_start if container.lifecycle is not None else None
    if hook is None:
        return worker
    if not probes.attempt(kubelets, worker, container, hook, float("inf")).passed:
        kubelets.event(worker, "Warning", "FailedPostStartHook", "PostStartHook failed", container.name)
        kubelets.event(worker, "Normal", "Killing", "FailedPostStartHook", container.name)
        kubelets.runtime.stop_container(slot.container, _grace(worker))
    return worker


def _pull(kubelets: Kubelets, worker: Worker, container: Any, slot: Slot) -> tuple[Slot, bool]:
    """Make sure that the node has the image; whether it has."""
    image, policy, node = container.image, container.image_pull_policy, worker.node
    present = kubelets.runtime.has_image(node, image)
    if present and policy != "Always":
        text = f'Container image "{image}" already present on machine and can be accessed by the pod'
        kubelets.event(worker, "Normal", "Pulled", text, container.name)
        return slot, True
    if policy == "Never":
        text = f'Container image "{image}" is not present with pull policy of Never'
        kubelets.event(worker, "Warning", "ErrImageNeverPull", text, container.name)
        kubelets.event(worker, "Warning", "Failed", "Error: ErrImageNeverPull", container.name)
        return attrs.evolve(slot, waiting="ErrImageNeverPull", message=text), False
    if kubelets.now < slot.pull_after:
        text = f'Back-off pulling image "{image}"'
        kubelets.event(worker, "Normal", "BackOff", text, container.name)
        kubelets.event(worker, "Warning", "Failed", "Error: ImagePullBackOff", container.name)
        detail = slot.message if slot.waiting == "ImagePullBackOff" else f"{text}: ErrImagePull: {slot.message}"
        return attrs.evolve(slot, waiting="ImagePullBackOff", message=detail), False
    if slot.pulled_at is None:
        slot, started = _begin_pull(kubelets, worker, container, slot)
        if not started:
            return slot, False
    assert slot.pulled_at is not None
    if kubelets.now < slot.pulled_at:
        return slot, False
    kubelets.runtime.add_image(node, image)
    lasts, waits = format_duration(slot.pull_lasts), format_duration(slot.pull_lasts + slot.pull_waits)
    text = f'Successfully pulled image "{image}" in {lasts} ({waits} including waiting). Image size: 0 bytes.'
    kubelets.event(worker, "Normal", "Pulled", text, container.name)
    return attrs.evolve(slot, waiting="", message="", pull_backoff=0.0, pulled_at=None), True


def _begin_pull(kubelets: Kubelets, worker: Worker, container: Any, slot: Slot) -> tuple[Slot, bool]:
    """Have the node fetch an image, after those that it fetches already: a kubelet pulls one at a time."""
    image, node = container.image, kubelets.state.nodes[worker.node]
    kubelets.event(worker, "Normal", "Pulling", f'Pulling image "{image}"', container.name)
    try:
        lasts = kubelets.runtime.seconds_of_pull(image, node.platform)
    except RuntimeRefused as refusal:
        why = f"{refusal}"
        kubelets.event(worker, "Warning", "Failed", f'Failed to pull image "{image}": {why}', container.name)
        kubelets.event(worker, "Warning", "Failed", "Error: ErrImagePull", container.name)
        backoff = min(slot.pull_backoff * 2, PULL_MAX) if slot.pull_backoff else PULL_FIRST
        after = exact(kubelets.now + backoff)
        slot = attrs.evolve(slot, waiting="ErrImagePull", message=why, pull_backoff=backoff, pull_after=after)
        return slot, False
    begins = max(kubelets.now, node.pulls_until) if lasts else kubelets.now
    ends = exact(begins + lasts)
    if lasts:
        kubelets.state.nodes[worker.node] = attrs.evolve(node, pulls_until=ends)
    waits = exact(begins - kubelets.now)
    return attrs.evolve(slot, waiting="", message="", pulled_at=ends, pull_lasts=lasts, pull_waits=waits), True


def _finished(kubelets: Kubelets, worker: Worker) -> bool:
    """Whether every container has ended for good."""
    spec = worker.pod.spec
    policy = spec.restart_policy
    if policy == "Always":
        return False
    for container in spec.init_containers:
        current = _current(kubelets, worker, container.name)
        if is_sidecar(container):
            continue
        if current is None or current.state != "exited":
            return False
        if current.exit_code != 0:
            return bool(policy == "Never")
    for container in spec.containers:
        current = _current(kubelets, worker, container.name)
        if current is None or current.state != "exited" or (policy == "OnFailure" and current.exit_code != 0):
            return False
    return True


def _grace(worker: Worker) -> float:
    """Seconds that containers get to stop."""
    if worker.grace is not None:
        return worker.grace
    seconds = worker.pod.spec.termination_grace_period_seconds
    return 30.0 if seconds is None else float(seconds)


# A pod that is to stop


def _sync_terminating(kubelets: Kubelets, worker: Worker) -> Worker:
    worker = _write_status(kubelets, worker)
    running = _running(kubelets, worker)
    sidecars = [container for container in worker.pod.spec.init_containers if is_sidecar(container)]
    names = {container.name for container in sidecars}
    mains = [name for name in running if name not in names]
    stopping = mains or [c.name for c in reversed(sidecars) if c.name in running][:1]
    for name in stopping:
        current = _current(kubelets, worker, name)
        if current is not None and not current.stopping:
            _stop(kubelets, worker, name, current)
    if _running(kubelets, worker):
        if not mains and stopping and not [n for n in stopping if n in _running(kubelets, worker)]:
            kubelets.queue(worker)
        return worker
    worker = worker.moved("stopped")
    kubelets.runtime.stop_sandbox(worker.sandbox)
    delay = 0.0 if worker.pod.metadata.deletion_timestamp is not None or worker.failed else TERMINAL_DELAY
    return _look_again(worker, kubelets.now + delay)


def _running(kubelets: Kubelets, worker: Worker) -> list[str]:
    found = []
    for name in worker.slots:
        current = _current(kubelets, worker, name)
        if current is not None and current.state == "running":
            found.append(name)
    return found


def _stop(kubelets: Kubelets, worker: Worker, name: str, current: Container) -> None:
    """Stop one container: its preStop hook, then SIGTERM, then SIGKILL at the end of the grace period."""
    grace = _grace(worker)
    kubelets.event(worker, "Normal", "Killing", "Stopping container " + name, name)
    spec = worker.pod.spec
    container = next((each for each in (*spec.containers, *spec.init_containers) if each.name == name), None)
    hook = container.lifecycle.pre_stop if container is not None and container.lifecycle is not None else None
    if hook is None or grace <= 0:
        kubelets.runtime.stop_container(current.id, grace)
        return
    answer = probes.attempt(kubelets, worker, container, hook, grace)
    if not answer.passed:
        kubelets.event(worker, "Warning", "FailedPreStopHook", "PreStopHook failed", name)
    if answer.seconds > 0:
        left = max(grace - answer.seconds, 2.0)
        kubelets.loop.schedule("kubelet", ("sigterm", worker.uid, current.id, left), delay=answer.seconds)
    else:
        kubelets.runtime.stop_container(current.id, grace)


def _sync_terminated(kubelets: Kubelets, worker: Worker) -> Worker | None:
    worker = _write_status(kubelets, worker)
    metadata = worker.pod.metadata
    if metadata.deletion_timestamp is None or worker.wakes is not None:
        return worker  # nobody deletes it, or its last status is still to be written
    try:
        client = kubelets.client(worker.node)
        client.delete(core.Pod, metadata.name, metadata.namespace, uid=worker.uid, grace_seconds=0)
    except (errors.NotFound, errors.Conflict):
        pass
    except errors.ApiError:
        return _look_again(worker, kubelets.now + STATUS_SECONDS)
    return None
