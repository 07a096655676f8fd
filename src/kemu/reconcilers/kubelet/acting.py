"""Carrying out what is planned for the containers of a pod: pulling, starting, holding back, stopping."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ...clock import exact
from ...runtime_fake import Container, RuntimeRefused
from ...values.durations import format_duration
from ...values.evolving import evolved
from ...values.frozen import EMPTY_MAP, FrozenMap
from . import environment, hooks, mounting, probes, stopping
from .plan import Plan, Seen
from .pulling import pull
from .restarts import is_sidecar
from .status import removed
from .worker import CRASH_FIRST, CRASH_FORGET, CRASH_MAX, Halt, Hook, Slot, Worker

if TYPE_CHECKING:
    from .fleet import Kubelets

RETRY_SECONDS = 10.0
"""A pod that is in error is looked at again after this time, and up to half as much more."""

A_MOMENT = 0.001
"""Seconds by which one thing is earlier than another that happens at the same time."""

RESYNC_SECONDS = 60.0
"""A pod whose back-off is longer than this is looked at on the way."""


def seen(kubelets: Kubelets, worker: Worker) -> Seen:
    """The current attempt of each container of a pod that has one."""
    found = {name: kubelets.current(worker, name) for name in worker.slots}
    return {name: current for name, current in found.items() if current is not None}


def look_again(worker: Worker, when: float) -> Worker:
    """Have the worker synced at a time that nothing else would wake it at."""
    when = exact(when)
    return evolved(worker, wakes=when if worker.wakes is None else min(worker.wakes, when))


def in_error(worker: Worker, backoff_ends: float | None = None) -> Worker:
    """The worker after something could not be done, or is held by a back-off that ends then."""
    ends = worker.backoff_ends
    if backoff_ends is not None:
        ends = backoff_ends if ends is None else min(ends, backoff_ends)
    return evolved(worker, erred=True, backoff_ends=ends)


def retried(kubelets: Kubelets, worker: Worker) -> Worker:
    """Have a worker that could not do its work synced again: after its back-off, if one holds it, plus a jitter."""
    ends = worker.backoff_ends
    wait = RETRY_SECONDS if ends is None else min(max(ends - kubelets.now, A_MOMENT), RESYNC_SECONDS)
    jitter = 1 + 0.5 * kubelets.loop.entropy.fraction("kubelet-resync", worker.uid, kubelets.now)
    return look_again(worker, kubelets.now + wait * jitter)


# Carrying out


def carry_out(kubelets: Kubelets, worker: Worker, planned: Plan) -> Worker:
    """Do what is planned; the worker after it. While containers stop, the sync waits in its `halt`."""
    if planned.reset:
        return _reset(kubelets, worker)
    if planned.stop:
        worker = _start_all(kubelets, worker, [each.name for each in planned.starts])
        return go_on(kubelets, stopping.begin_all(kubelets, worker))
    starts = tuple([each.name for each in planned.starts])
    for each in planned.resizes:
        worker = worker.with_slot(each.name, evolved(worker.slot(each.name), actuated=worker.allocated(each)))
        kubelets.state.keep(worker)
        kubelets.runtime.show_anew(worker.slot(each.name).container)
        kubelets.runtime.limit_memory(worker.slot(each.name).container, _memory_limit(worker, each))
    if planned.kills:
        for kill in planned.kills:
            probe = getattr(kill.container, f"{kill.probe}_probe") if kill.probe else None
            worker = stopping.begin(
                kubelets, worker, kill.container.name, kill.message, stopping.grace_of(worker, probe)
            )
        names = tuple([each.container.name for each in planned.kills])
        return go_on(kubelets, evolved(worker, halt=Halt(names=names, starts=starts)))
    return _done(kubelets, worker, _start_all(kubelets, worker, starts), changed=bool(planned.resizes))


def go_on(kubelets: Kubelets, worker: Worker) -> Worker:
    """The rest of a sync that waits until containers have stopped or a hook has ended, once that is so."""
    halt = worker.halt
    assert halt is not None
    if halt.hook is not None:
        return _hooked(kubelets, worker, halt, halt.hook)
    if halt.pull:
        return _fetched(kubelets, worker, halt)
    stopping.go_on(kubelets, worker)
    if stopping.running(kubelets, worker, halt.names):
        return worker
    worker = evolved(worker, halt=None)
    if halt.whole:
        kubelets.runtime.stop_sandbox(worker.sandbox)
        kubelets.queue(worker)
        return evolved(worker, sandbox_ready=False)
    return _done(kubelets, worker, _start_all(kubelets, worker, halt.starts), changed=True)


def _hooked(kubelets: Kubelets, worker: Worker, halt: Halt, hook: Hook) -> Worker:
    """The rest of a sync that has started a container, once the hook of that has ended."""
    if kubelets.now < hook.until:
        return look_again(worker, hook.until)
    before = worker
    worker, good = _hook_ended(kubelets, worker, hook)
    container = worker.container(hook.container)
    if not good or container is None:
        worker = in_error(worker)
    else:
        worker = begin_probes(kubelets, worker, container)
    return _done(kubelets, before, _start_all(kubelets, worker, halt.starts), changed=True)


def _fetched(kubelets: Kubelets, worker: Worker, halt: Halt) -> Worker:
    """The rest of a sync that fetches an image, once that is there."""
    due = worker.slot(halt.pull).pulled_at
    if due is not None and kubelets.now < due:
        return look_again(worker, due)
    before = evolved(worker, halt=None)
    return _done(kubelets, before, _start_all(kubelets, before, halt.starts), changed=True)


def _hook_ended(kubelets: Kubelets, worker: Worker, hook: Hook) -> tuple[Worker, bool]:
    """The worker when a postStart hook has ended, and whether all is well: a container whose hook has failed, or that
    has ended meanwhile, is stopped."""
    worker = evolved(worker, halt=None)
    if hook.passed and kubelets.runs(worker, hook.container):
        return worker, True
    kubelets.event(worker, "Warning", "FailedPostStartHook", "PostStartHook failed", hook.container)
    if kubelets.runs(worker, hook.container):
        grace = stopping.grace_of(worker)
        worker = stopping.begin(kubelets, worker, hook.container, "FailedPostStartHook", grace)
        stopping.go_on(kubelets, worker)
    slot = evolved(worker.slot(hook.container), waiting="PostStartHookError", message=hook.message)
    return worker.with_slot(hook.container, slot), False


def _done(kubelets: Kubelets, before: Worker, worker: Worker, *, changed: bool) -> Worker:
    """The worker after a sync has done what it could. What came of it is looked at soon if all went well, otherwise
    when the kubelet next asks the runtime; so is what fails in a new sandbox; nothing is while a hook runs or an image
    is fetched. A pod that is to end by now does so at once."""
    if worker.halt is not None:
        return go_on(kubelets, worker)
    failed = tuple([name for name, slot in worker.slots.items() if slot.stopping and kubelets.runs(worker, name)])
    if failed:
        return evolved(worker, halt=Halt(names=failed))  # their hooks have failed
    tried = any(slot.container != before.slot(name).container for name, slot in worker.slots.items())
    sandbox = kubelets.runtime.sandbox(worker.sandbox)
    if worker.is_to_end:
        kubelets.queue(worker)
    elif changed or tried or (worker.erred and sandbox is not None and sandbox.created_at == kubelets.now):
        kubelets.relist(worker) if worker.erred else kubelets.queue(worker)
    return retried(kubelets, worker) if worker.erred else worker


def _reset(kubelets: Kubelets, worker: Worker) -> Worker:
    """Remove all containers of a pod: it begins from the beginning, and counts one more restart for each of them."""
    slots = {}
    for name, slot in worker.slots.items():
        container = worker.container(name)
        if container in worker.pod.spec.ephemeral_containers or not slot.container:
            slots[name] = slot
            continue
        if kubelets.runs(worker, name):
            kubelets.event(worker, "Normal", "Killing", "killing", name)
            kubelets.runtime.kill_container(slot.container)
        for attempt in (slot.container, slot.last):
            kubelets.runtime.remove_container(attempt)
        slots[name] = removed(name, slot)
    kubelets.queue(worker)
    return evolved(worker, slots=FrozenMap(slots))


def _start_all(kubelets: Kubelets, worker: Worker, names: Iterable[str]) -> Worker:
    """Start containers, in this order; after an init container that does not start nothing more."""
    inits = {each.name: each for each in worker.pod.spec.init_containers}
    names = tuple(names)
    for place, name in enumerate(names):
        container = worker.container(name)
        slot, current = worker.slot(name), kubelets.current(worker, name)
        if container is None:
            continue
        ended = current if current is not None or not slot.last else kubelets.runtime.container(slot.last)
        if current is None and slot.pulled_at is not None:
            ended = None  # it is being started
        wait = backoff_of(slot, ended, container, _moment(kubelets, worker))
        if wait is not None:
            started = False
            worker = _held_back(kubelets, worker, container, ended, wait)
        else:
            if current is not None and current.state == "exited":
                slot = _restarted(kubelets, slot, current, container)
            elif ended is not None:
                slot = _longer(kubelets, slot, ended, container)
            worker = _start(kubelets, worker, container, slot)
            started = kubelets.runs(worker, name)
            if worker.halt is not None:
                left = names[place + 1 :] if worker.halt.hook is not None else names[place:]
                return evolved(worker, halt=evolved(worker.halt, starts=left))
            if started:
                worker = begin_probes(kubelets, worker, container)
        if not started and name in inits and not is_sidecar(inits[name]):
            break
    return worker


def _moment(kubelets: Kubelets, worker: Worker) -> float:
    """Now, or a moment before: which of two things comes first that happen at the same time is up to chance, and with
    probes of whole seconds, the end of a back-off and the next failure often do."""
    early = kubelets.loop.entropy.fraction("tie", worker.uid, kubelets.now) < 0.5
    return kubelets.now - A_MOMENT * early


def _begins_at(slot: Slot, ended: Container | None) -> float | None:
    """The end of the attempt from which a back-off counts: the last that had ended when the sync began."""
    if slot.stopping is not None:
        return slot.ended  # the sync itself has stopped the current one
    return None if ended is None or ended.state != "exited" else ended.finished_at or 0.0


def backoff_of(slot: Slot, ended: Container | None, container: Any, now: float) -> float | None:
    """The back-off, in seconds, that still holds a container that is to start, or None if it may."""
    since = _begins_at(slot, ended)
    if since is None or slot.backoff_for != kind_of(container) or since - slot.backoff_at > CRASH_FORGET:
        return None
    return slot.backoff if now < exact(since + slot.backoff) else None


def kind_of(container: Any) -> tuple[Any, ...]:
    """What a back-off is for: a container with another image or other resources begins a new one."""
    return (container.image, container.resources)


def _held_back(kubelets: Kubelets, worker: Worker, container: Any, ended: Container | None, wait: float) -> Worker:
    slot = worker.slot(container.name)
    since = _begins_at(slot, ended) or 0.0
    slot = evolved(slot, stopping=None, failed_probe="")
    return in_error(_backed_off(kubelets, worker, container, slot, wait), exact(since + wait))


def _backed_off(kubelets: Kubelets, worker: Worker, container: Any, slot: Slot, backoff: float) -> Worker:
    metadata = worker.pod.metadata
    whole = f"{metadata.name}_{metadata.namespace}({worker.uid})"
    text = f"Back-off restarting failed container {container.name} in pod {whole}"
    kubelets.event(worker, "Warning", "BackOff", text, container.name)
    message = f"back-off {format_duration(backoff)} restarting failed container={container.name} pod={whole}"
    return worker.with_slot(container.name, evolved(slot, waiting="CrashLoopBackOff", message=message))


def _longer(kubelets: Kubelets, slot: Slot, ended: Container | None, container: Any) -> Slot:
    """The record of a container that is tried once more after an end, be it in vain: next time it waits longer."""
    since, kind = _begins_at(slot, ended), kind_of(container)
    if since is None:
        return slot
    fresh = slot.backoff_for != kind or since - slot.backoff_at > CRASH_FORGET
    backoff = CRASH_FIRST if fresh else min(slot.backoff * 2, CRASH_MAX)
    return evolved(slot, backoff=backoff, backoff_at=kubelets.now, backoff_for=kind)


def _restarted(kubelets: Kubelets, slot: Slot, ended: Container, container: Any) -> Slot:
    """The record of a container that is about to start again: one more restart, and a longer back-off next time."""
    slot = _longer(kubelets, slot, ended, container)
    if slot.last:
        kubelets.runtime.remove_container(slot.last)
    return evolved(
        slot,
        restarts=slot.restarts + 1,
        last=ended.id,
        ended=ended.finished_at,
        container="",
        waiting="",
        message="",
        failed_probe="",
        carried=slot.stopping is not None and slot.started,
        stopping=None,
        adopted=None,
    )


def _start(kubelets: Kubelets, worker: Worker, container: Any, slot: Slot) -> Worker:
    slot, ready = pull(kubelets, worker, container, slot)
    if not ready and slot.pulled_at is not None:
        return evolved(worker.with_slot(container.name, slot), halt=Halt(pull=container.name))
    if not ready:
        return in_error(worker.with_slot(container.name, slot))
    try:
        created = create(kubelets, worker, container, slot)
    except environment.Misconfigured as problem:
        kubelets.event(worker, "Warning", "Failed", f"Error: {problem}", container.name)
        slot = evolved(slot, waiting="CreateContainerConfigError", message=str(problem))
        return in_error(worker.with_slot(container.name, slot))
    kubelets.event(worker, "Normal", "Created", "Container created", container.name)
    return _run(kubelets, worker, container, slot, created)


def create(kubelets: Kubelets, worker: Worker, container: Any, slot: Slot, id: str = "") -> str:
    """Create a container as its pod asks for it; its id, which is a new one if none is given. Raises Misconfigured."""
    user = environment.user_of(worker.pod, container)
    linked = worker.pod.spec.enable_service_links is not False
    links = kubelets.service_links(worker.node, worker.pod.metadata.namespace) if linked else EMPTY_MAP
    env = environment.variables(
        mounting.setting_of(kubelets, worker),
        worker.pod,
        container,
        links,
        lambda volume, path: mounting.text_in(kubelets, worker, volume, path),
    )
    created = kubelets.runtime.create_container(
        worker.sandbox,
        name=container.name,
        image=container.image,
        command=tuple(environment.expand(word, env) for word in container.command),
        args=tuple(environment.expand(word, env) for word in container.args),
        env=env.own,
        links=links,
        mounts=mounting.mounts_of(kubelets, worker, container, env),
        user=user,
        read_only=bool(container.security_context and container.security_context.read_only_root_filesystem),
        cwd=container.working_dir or "/",
        stdin=bool(container.stdin),
        awaited=container in worker.pod.spec.init_containers and not is_sidecar(container),
        memory_limit=_memory_limit(worker, container),
        attempt=slot.restarts - slot.earlier,
        id=id,
    )
    return created.id


def _memory_limit(worker: Worker, container: Any) -> int:
    """How many bytes a container may use: as much as it is given, or else as its whole pod; 0 for no limit."""
    allocated, whole = worker.allocated(container), worker.pod.spec.resources
    limits = [each.limits.get("memory") for each in (allocated, whole) if each is not None]
    return next((limit.value() for limit in limits if limit is not None), 0)


def _run(kubelets: Kubelets, worker: Worker, container: Any, slot: Slot, created: str) -> Worker:
    slot = evolved(slot, container=created, waiting="", message="", probes=FrozenMap(), declared_unready=False)
    slot = evolved(slot, actuated=worker.allocated(container))
    started = container.startup_probe is None or slot.carried
    slot = evolved(slot, started=started, ready=started and container.readiness_probe is None)
    try:
        kubelets.runtime.start_container(created)
    except RuntimeRefused as refusal:
        kubelets.event(worker, "Warning", "Failed", f"Error: {refusal}", container.name)
        slot = evolved(slot, waiting="RunContainerError", message=str(refusal), started=False, ready=False)
        return in_error(worker.with_slot(container.name, slot))
    kubelets.event(worker, "Normal", "Started", "Container started", container.name)
    worker = worker.with_slot(container.name, slot)
    kubelets.report(worker, container.name)
    return hooks.post_start(kubelets, worker, container)


def begin_probes(kubelets: Kubelets, worker: Worker, container: Any) -> Worker:
    """The worker with all probes of a container begun that runs."""
    for kind in probes.KINDS:
        if getattr(container, kind) is not None:
            worker = probes.begin(kubelets, worker, container, kind)
    return worker
