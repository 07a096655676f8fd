"""The status of a pod, from what the runtime says about its containers. Everything here is a pure function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...objects import core, evolve, replaced
from ...objects.pods import FINISHED
from ...runtime_fake import Container, FakeRuntime
from ...values.quantity import Quantity
from ...values.times import Time
from . import totals
from .plan import restarts_all
from .restarts import is_sidecar, may_restart_all, starts_again
from .worker import TERMINATED, Resize, Slot, Worker

KUBELET_CONDITIONS = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady")
"""The conditions that a kubelet owns, in the order in which it writes them."""


MESSAGE_BYTES = 4096
"""How much of its termination file a container's status shows."""

FALLBACK_LINES = 80
FALLBACK_BYTES = 2048
"""How much of the end of its log, if there is no such file."""

RESIZE_CONDITIONS = ("PodResizePending", "PodResizeInProgress")
OWN_CONDITIONS = (*RESIZE_CONDITIONS, *KUBELET_CONDITIONS, "PodScheduled", "AllContainersRestarting")

DISRUPTED = "DisruptionTarget"
"""A condition of everybody who ends pods that are well."""

NO_MEMORY = Quantity("0")

RESTARTING = "RestartingAllContainers"
REMOVED = "The container is removed because RestartAllContainers in place"


def generate(worker: Worker, runtime: FakeRuntime, unix: float, epoch: float, *, closed: bool) -> tuple[Any, str]:
    """The whole status, and the phase that the pod has reached, which is not shown before all of it has stopped.

    `unix` is now in seconds since 1970, `epoch` the start of virtual time. It is `closed` if all containers of a pod
    that has ended are to have an end, also those that are not there.
    """
    pod = worker.pod
    spec = pod.spec
    inits = tuple([_container_status(worker, c, runtime, epoch, init=True) for c in spec.init_containers])
    mains = tuple([_container_status(worker, c, runtime, epoch, init=False) for c in spec.containers])
    reached = phase_of(worker, inits, mains)
    early = reached in FINISHED and worker.phase != TERMINATED and bool(worker.sandbox or worker.failed)
    early = early and not worker.static  # whose mirror nobody takes for a pod that could still run
    phase = (pod.status.phase or "Pending") if early else reached
    conditions = _conditions(worker, runtime, reached, inits, mains, Time.at(unix))
    if worker.phase == TERMINATED and closed:
        inits = _all_ended(inits, _reached(inits))
        mains = _all_ended(mains, len(mains) if worker.begun else 0)
        phase = phase if phase in FINISHED or worker.static else "Failed"
    old = pod.status
    granted, given = totals.of_pod(worker)
    status = replaced(
        old,
        observed_generation=pod.metadata.generation,
        phase=phase,
        conditions=conditions,
        reason=(worker.reason or None) if worker.phase == TERMINATED else None,
        message=(worker.message or None) if worker.phase == TERMINATED else None,
        host_ip=old.host_ip,
        start_time=old.start_time or Time.at(epoch + worker.started_at),
        init_container_statuses=inits,
        container_statuses=_by_name(mains) if mains[1:] else mains,
        allocated_resources=granted,
        resources=given,
    )
    if spec.ephemeral_containers:
        others = tuple([_ephemeral_status(worker, c, runtime, epoch) for c in spec.ephemeral_containers])
        status = evolve(status, ephemeral_container_statuses=_by_name(others))
    if worker.ip and (worker.sandbox or old.pod_ip) and worker.ip != old.pod_ip:
        status = evolve(status, pod_ip=worker.ip, pod_ips=({"ip": worker.ip},))
    return status, reached


def _by_name(statuses: tuple[Any, ...]) -> tuple[Any, ...]:
    """What is shown of containers whose turns come together: in the order of their names, however they are listed."""
    return tuple(sorted(statuses, key=lambda each: each.name))


def refused(worker: Worker, epoch: float) -> Any:
    """The status of a pod that its node did not take: nothing is said of its containers."""
    old = worker.pod.status
    return core.PodStatus(
        observed_generation=worker.pod.metadata.generation,
        phase="Failed",
        reason=worker.reason,
        message=worker.message,
        conditions=tuple([each for each in old.conditions if each.type not in OWN_CONDITIONS]),
        start_time=old.start_time or Time.at(epoch + worker.started_at),
        qos_class=old.qos_class,
        nominated_node_name=old.nominated_node_name,
        ephemeral_container_statuses=old.ephemeral_container_statuses,
    )


def phase_of(worker: Worker, inits: tuple[Any, ...], mains: tuple[Any, ...]) -> str:
    """The phase that a pod has reached: what is still to come, what runs, and how the rest ended."""
    if worker.failed and (not worker.disruption or worker.phase == TERMINATED):
        return "Failed"
    spec = worker.pod.spec
    begun = any(each.state.running is not None for each in mains)
    pending, lost = _initialising(spec, inits, begun)
    if lost:
        return "Failed"
    ends = [_end_of(each) for each in mains]
    if pending or any(end is None and each.state.running is None for end, each in zip(ends, mains, strict=True)):
        return "Pending"
    if begun or any(each.state.running is not None for each in inits):
        return "Running"
    over = worker.phase == TERMINATED and not worker.static
    again = any(_again(spec, container, end) for container, end in zip(spec.containers, ends, strict=True))
    if again and not over:
        return "Running"
    return "Succeeded" if all(end.exit_code == 0 for end in ends if end is not None) else "Failed"


def _initialising(spec: Any, inits: tuple[Any, ...], begun: bool) -> tuple[bool, bool]:
    """Whether an init container is still to come or to end, and whether one has failed for good."""
    pending = lost = False
    for container, status in zip(spec.init_containers, inits, strict=True):
        state, end = status.state, _end_of(status)
        if is_sidecar(container):
            if state.running is not None:
                pending = pending or not (status.started or begun)
            else:
                pending = pending or end is None
        elif state.running is not None or end is None:
            pending = True
        elif end.exit_code != 0 and not _again(spec, container, end):
            lost = True
    return pending, lost


def _end_of(status: Any) -> Any | None:
    """How a container has ended that does not run; None if it runs, or has not ended yet."""
    state = status.state
    return None if state.running is not None else state.terminated or status.last_state.terminated


def _again(spec: Any, container: Any, end: Any | None) -> bool:
    """Whether a container that has ended starts again, by itself or with its whole pod."""
    return end is not None and (end.reason == RESTARTING or starts_again(spec, container, end.exit_code))


def _all_ended(statuses: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    """The first containers of a pod that has ended: nobody knows how those did that are gone, which is a failure."""
    return (*[_known_to_have_ended(status) for status in statuses[:count]], *statuses[count:])


def _reached(inits: tuple[Any, ...]) -> int:
    """How many init containers had their turn; the first one always has."""
    return max([n for n, each in enumerate(inits, 1) if each.state.waiting is None or _ever_started(each)], default=1)


def _known_to_have_ended(status: Any) -> Any:
    return status if status.state.terminated is not None else evolve(status, state=UNACCOUNTED)


def has_begun(pod: Any) -> bool:
    """Whether the turn of the main containers of a pod had come when its status was last written."""
    mains, inits = pod.status.container_statuses, pod.status.init_container_statuses
    if not pod.spec.init_containers or any(each.state.waiting is None or _ever_started(each) for each in mains):
        return True
    if not inits:
        return False
    container, status = pod.spec.init_containers[-1], inits[-1]
    if is_sidecar(container):
        return bool(status.state.running is not None and status.started)
    ends = (status.state.terminated, status.last_state.terminated)
    return any(ended is not None and ended.exit_code == 0 for ended in ends)


def _ever_started(status: Any) -> bool:
    return status.last_state.terminated is not None


# Containers

CHANGING = ("state", "last_state", "ready", "restart_count", "started")
"""What changes in the status of an attempt of a container; the rest stays."""

_NO_STATUS = core.ContainerStatus()
NO_STATE = core.ContainerState()
CREATING = core.ContainerState(waiting=core.ContainerStateWaiting(reason="ContainerCreating"))


def _unknown(message: str) -> Any:
    ended = core.ContainerStateTerminated(exit_code=137, reason="ContainerStatusUnknown", message=message)
    return core.ContainerState(terminated=ended)


LOST = _unknown("The container could not be located when the pod was deleted.  The container used to be Running")
UNACCOUNTED = _unknown("The container could not be located when the pod was terminated")
INITIALIZING = core.ContainerState(waiting=core.ContainerStateWaiting(reason="PodInitializing"))


def _container_status(worker: Worker, container: Any, runtime: FakeRuntime, epoch: float, *, init: bool) -> Any:
    slot = worker.slot(container.name)
    current = runtime.container(slot.container) if slot.container else None
    last = runtime.container(slot.last) if slot.last else None

    if slot.before is not None and not slot.container and not slot.last:
        shown = _as_before(slot)
        if shown is not None:
            return shown

    def ended(which: Container) -> Any:
        return _ended(which, _message(which, container, runtime), epoch)

    state, last_state = _states(slot, current, last, epoch, ended, bool(worker.pod.spec.init_containers))
    if slot.waiting and _shows_waiting(worker, container, current, init):
        last_state = state if state.terminated is not None else last_state
        state = _waits(slot) if slot.waiting != RESTARTING or _is_new(worker, container, init) else state
    running = current is not None and current.state == "running"
    fields: dict[str, Any] = {
        "name": container.name,
        "state": state,
        "last_state": last_state,
        "ready": _is_ready(container, slot, current, init),
        "restart_count": slot.restarts - (current is None and last is not None),  # one counts that has been made
        "image": container.image if current is None else current.image,
        "image_id": "" if current is None else current.image_ref,
        "started": running and slot.started,
        "volume_mounts": totals.mounts(container.volume_mounts),
    }
    if slot.adopted is not None and current is not None:
        fields["last_state"] = slot.adopted.last_state if running else last_state
        return replaced(slot.adopted, **{name: fields[name] for name in CHANGING})
    if current is not None and current.state != "created":
        allocated = worker.allocated(container)
        fields["container_id"] = f"containerd://{current.id}"
        given = slot.actuated if running and slot.actuated is not None else allocated
        if running and (given.limits or given.requests):
            given = _measured(given)
        fields["resources"] = _without_claims(given)
        fields["allocated_resources"] = allocated.requests
    return replaced(_NO_STATUS, **fields)


def _ephemeral_status(worker: Worker, container: Any, runtime: FakeRuntime, epoch: float) -> Any:
    """The status of a container that was added to look at the others: nobody asks whether it is ready."""
    shown = _container_status(worker, container, runtime, epoch, init=False)
    return evolve(shown, ready=False, started=None)


def _shows_waiting(worker: Worker, container: Any, current: Container | None, init: bool) -> bool:
    """Whether a container that could not start is shown to wait: only if it is to start. None of a deleted pod is,
    and no init container, even a sidecar, that has succeeded."""
    if worker.pod.metadata.deletion_timestamp is not None:
        return False
    if current is None or current.state != "exited":
        return current is None or current.state != "running"
    if init and current.exit_code == 0:
        return False
    return starts_again(worker.pod.spec, container, current.exit_code or 0)


def _is_new(worker: Worker, container: Any, init: bool) -> bool:
    """Whether it was not yet shown that a container waits: that all of a pod restarts is said once."""
    status = worker.pod.status
    shown = status.init_container_statuses if init else status.container_statuses
    return all(each.state.waiting is None for each in shown if each.name == container.name)


def _waits(slot: Slot) -> Any:
    waiting = core.ContainerStateWaiting(reason=slot.waiting, message=slot.message or None)
    return core.ContainerState(waiting=waiting)


def removed(name: str, slot: Slot) -> Slot:
    """The record of a container that was removed because its whole pod starts again."""
    ended = core.ContainerStateTerminated(exit_code=137, reason=RESTARTING, message=REMOVED)
    last = core.ContainerState(terminated=ended)
    waiting = core.ContainerState(waiting=core.ContainerStateWaiting(reason=RESTARTING, message=REMOVED))
    before = core.ContainerStatus(name=name, state=waiting, last_state=last)
    count = slot.restarts + 1
    return Slot(restarts=count, earlier=count, before=before, waiting=RESTARTING, message=REMOVED, ticks=slot.ticks)


def _as_before(slot: Slot) -> Any | None:
    """The status of a container that is not there any more, and had ended; None if it has to start first."""
    return slot.before if slot.before.state.terminated is not None and not slot.waiting else None


def _last_before(slot: Slot) -> Any:
    """How a container ended in an earlier life of its machine, as far as anybody knows."""
    if slot.before is None:
        return NO_STATE
    unseen = slot.before.state.running is not None and slot.before.last_state.terminated is None
    return LOST if unseen else slot.before.last_state


def _without_claims(resources: Any) -> Any:
    """The requests and limits of a container, which are what its status shows of its resources."""
    return resources if not resources.claims else evolve(resources, claims=())


def _measured(resources: Any) -> Any:
    """What a container that runs has, where its runtime says nothing of it: a memory that nobody named is none, and is
    shown so beside whatever was named."""
    named = {"limits": resources.limits, "requests": resources.requests}
    lacking = {name: {**given, "memory": NO_MEMORY} for name, given in named.items() if given and "memory" not in given}
    return evolve(resources, **lacking) if lacking else resources


def _is_ready(container: Any, slot: Slot, current: Container | None, init: bool) -> bool:
    if init and not is_sidecar(container):
        return current is not None and current.state == "exited" and current.exit_code == 0
    return current is not None and current.state == "running" and slot.ready


def _states(
    slot: Slot,
    current: Container | None,
    last: Container | None,
    epoch: float,
    ended: Callable[[Container], Any],
    initialising: bool,
) -> tuple[Any, Any]:
    """The state, and the state before it."""
    previous = _last_before(slot)
    if last is not None and last.state == "exited":
        previous = core.ContainerState(terminated=ended(last))
    if current is None or current.state == "created":
        return INITIALIZING if initialising else CREATING, previous
    if current.state == "running":
        started = Time.at(epoch + (current.started_at or 0.0))
        return core.ContainerState(running=core.ContainerStateRunning(started_at=started)), previous
    return core.ContainerState(terminated=ended(current)), previous


def _message(container: Container, spec: Any, runtime: FakeRuntime) -> str:
    """What a container left to be read after its end: its termination file, or the end of its log."""
    path = spec.termination_message_path or "/dev/termination-log"
    text = container.message or str(container.files.get(path, ""))
    if text or spec.termination_message_policy != "FallbackToLogsOnError" or not container.exit_code:
        return _cut(text, MESSAGE_BYTES, end=False)
    lines = list(runtime.logs(container.id))[-FALLBACK_LINES:]
    return _cut("".join(line.whole for line in lines), FALLBACK_BYTES, end=True)


def _cut(text: str, limit: int, *, end: bool) -> str:
    """At most `limit` bytes of a text, its end or its beginning."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= limit:
        return text
    return (raw[-limit:] if end else raw[:limit]).decode(errors="ignore")


def _ended(container: Container, message: str, epoch: float) -> Any:
    return core.ContainerStateTerminated(
        exit_code=container.exit_code or 0,
        reason=container.reason or None,
        message=message or None,
        started_at=Time.at(0 if container.started_at is None else epoch + container.started_at),
        finished_at=Time.at(epoch + (container.finished_at or 0.0)),
        container_id=f"containerd://{container.id}",
    )


def with_readiness(worker: Worker, unix: float) -> Any:
    """The status that a pod has, with what probes have found out since about containers that it shows as running."""
    status = worker.pod.status

    def asked(shown: Any) -> Any:
        slot = worker.slot(shown.name)
        ready = (
            shown.state.running is not None and slot.ready and f"containerd://{slot.container}" == shown.container_id
        )
        return shown if shown.state.running is None or shown.ready == ready else evolve(shown, ready=ready)

    mains = tuple([asked(each) for each in status.container_statuses])
    sidecars = {each.name for each in worker.pod.spec.init_containers if is_sidecar(each)}
    inits = tuple([asked(each) if each.name in sidecars else each for each in status.init_container_statuses])
    if mains == status.container_statuses and inits == status.init_container_statuses:
        return status
    verdict = _containers_ready(worker, status.phase or "", inits, mains)
    said = {"ContainersReady": verdict, "Ready": _ready(worker, verdict)}
    generation, now = worker.pod.metadata.generation, Time.at(unix)
    conditions = [
        _condition(each, each.type, said[each.type], generation, now) if each.type in said else each
        for each in status.conditions
    ]
    return evolve(status, container_statuses=mains, init_container_statuses=inits, conditions=tuple(conditions))


# Conditions


def _conditions(
    worker: Worker, runtime: FakeRuntime, phase: str, inits: tuple[Any, ...], mains: tuple[Any, ...], now: Time
) -> tuple[Any, ...]:
    generation = worker.pod.metadata.generation
    ready_to_start = worker.sandbox_ready and worker.phase != TERMINATED
    computed = {
        "PodReadyToStartContainers": ("True" if ready_to_start else "False", None, None),
        "Initialized": _initialized(worker, phase, inits, mains),
        "ContainersReady": _containers_ready(worker, phase, inits, mains),
    }
    computed["Ready"] = _ready(worker, computed["ContainersReady"])
    had = {condition.type: condition for condition in worker.pod.status.conditions}
    conditions = [each for each in worker.pod.status.conditions if each.type not in OWN_CONDITIONS]
    if worker.disruption and worker.phase == TERMINATED:
        ended: Verdict = ("True", "TerminationByKubelet", worker.disruption)
        conditions = [each for each in conditions if each.type != DISRUPTED]
        conditions.append(_condition(had.get(DISRUPTED), DISRUPTED, ended, generation, now))
    if worker.resize is not None and worker.phase != TERMINATED:
        conditions += _of_resize(worker.resize)
    for name in KUBELET_CONDITIONS:
        conditions.append(_condition(had.get(name), name, computed[name], generation, now))
    scheduled = had.get("PodScheduled") or core.PodCondition(
        type="PodScheduled", status="True", last_transition_time=now
    )
    if scheduled.observed_generation != generation:
        scheduled = evolve(scheduled, observed_generation=generation)
    conditions.append(scheduled)
    if may_restart_all(worker.pod.spec):
        verdict = _restarting_all(worker, runtime, phase)
        conditions.append(_condition(had.get("AllContainersRestarting"), "AllContainersRestarting", verdict, None, now))
    return tuple(conditions)


def _of_resize(resize: Resize) -> list[Any]:
    """The conditions of a pod that waits for other resources, or is being given them."""
    found = []
    if resize.deferred is not None:
        deferred = _held("PodResizePending", resize.deferred, resize.deferred_at)
        found.append(evolve(deferred, reason="Deferred", message=resize.message))
    if resize.in_progress is not None:
        found.append(_held("PodResizeInProgress", resize.in_progress, resize.started))
    return found


def _held(name: str, generation: int, since: float) -> Any:
    stamp = Time.at(since)
    return core.PodCondition(type=name, status="True", observed_generation=generation, last_transition_time=stamp)


def _restarting_all(worker: Worker, runtime: FakeRuntime, phase: str) -> Verdict:
    """Whether the containers of a pod are being removed, to begin from the beginning."""
    if phase in FINISHED:
        return "False", "PodCompleted" if phase == "Succeeded" else "PodFailed", None
    current = {name: runtime.container(slot.container) for name, slot in worker.slots.items() if slot.container}
    if not restarts_all(worker, {name: each for name, each in current.items() if each is not None}):
        return "False", None, None
    return "True", "RestartAllContainersStarted", "container exited with restart policy rule"


Verdict = tuple[str, str | None, str | None]
_NO_CONDITION = core.PodCondition()


def _condition(old: Any | None, name: str, verdict: Verdict, generation: int | None, now: Time) -> Any:
    """A condition as it is now: the very same one if nothing has changed, with its old time if its status has not.

    It is `objects.conditions.following`, but makes no new one just to find that it says the same: most syncs do.
    """
    status, reason, message = verdict
    if old is not None and old.status == status:
        if (old.reason, old.message, old.observed_generation) == (reason, message, generation):
            return old
        now = old.last_transition_time
    return replaced(
        _NO_CONDITION,
        type=name,
        status=status,
        reason=reason,
        message=message,
        last_transition_time=now,
        observed_generation=generation,
    )


def _initialized(worker: Worker, phase: str, inits: tuple[Any, ...], mains: tuple[Any, ...]) -> Verdict:
    """Whether the init containers are done: once they are, they stay so."""
    if phase == "Succeeded":
        return "True", "PodCompleted", None
    incomplete = [
        container.name
        for container, status in zip(worker.pod.spec.init_containers, inits, strict=True)
        if not (status.started if is_sidecar(container) else status.ready)
    ]
    if not incomplete or any(each.state.running is not None or each.state.terminated is not None for each in mains):
        return "True", None, None
    if any(each.type == "Initialized" and each.status == "True" for each in worker.pod.status.conditions):
        return "True", None, None
    return "False", "ContainersNotInitialized", f"containers with incomplete status: [{' '.join(incomplete)}]"


def _containers_ready(worker: Worker, phase: str, inits: tuple[Any, ...], mains: tuple[Any, ...]) -> Verdict:
    if phase in FINISHED:
        return "False", "PodCompleted" if phase == "Succeeded" else "PodFailed", None
    unready = [
        container.name
        for container, status in zip(worker.pod.spec.init_containers, inits, strict=True)
        if is_sidecar(container) and not status.ready
    ]
    lacking = [status.name for status in mains if not status.ready]
    if lacking:
        unready += [each.name for each in worker.pod.spec.containers if each.name in lacking]
    if not unready:
        return "True", None, None
    return "False", "ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]"


def _ready(worker: Worker, containers: Verdict) -> Verdict:
    if containers[0] != "True":
        return containers
    gates = worker.pod.spec.readiness_gates
    true = {condition.type for condition in worker.pod.status.conditions if condition.status == "True"}
    known = {condition.type for condition in worker.pod.status.conditions}
    missing = []
    for gate in gates:
        if gate.condition_type not in known:
            missing.append(f'corresponding condition of pod readiness gate "{gate.condition_type}" does not exist.')
        elif gate.condition_type not in true:
            missing.append(f'the status of pod readiness gate "{gate.condition_type}" is not "True", but False')
    if missing:
        return "False", "ReadinessGatesNotReady", ", ".join(missing)
    return "True", None, None
