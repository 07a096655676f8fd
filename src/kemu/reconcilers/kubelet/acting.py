"""Carrying out what is planned for the containers of a pod: pulling, starting, holding back, stopping."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from ...clock import exact
from ...containers import references
from ...runtime_fake import Container, RuntimeRefused
from ...values.durations import format_duration
from ...values.frozen import EMPTY_MAP, FrozenMap
from . import environment, probes
from .plan import Act, Action, Seen, backoff_of, next_act
from .worker import CRASH_FIRST, CRASH_FORGET, CRASH_MAX, PULL_FIRST, PULL_MAX, Slot, Worker

if TYPE_CHECKING:
    from .fleet import Kubelets

RETRY_SECONDS = 10.0
"""A pod that is in error is looked at again after this time, and up to half as much more."""

RESYNC_SECONDS = 60.0
"""A pod whose back-off is longer than this is looked at on the way."""


def seen(kubelets: Kubelets, worker: Worker) -> Seen:
    """The current attempt of each container of a pod that has one."""
    found = {name: current_of(kubelets, worker, name) for name in worker.slots}
    return {name: current for name, current in found.items() if current is not None}


def current_of(kubelets: Kubelets, worker: Worker, name: str) -> Container | None:
    container = worker.slot(name).container
    return kubelets.runtime.container(container) if container else None


def look_again(worker: Worker, when: float) -> Worker:
    """Have the worker synced at a time that nothing else would wake it at."""
    when = exact(when)
    return attrs.evolve(worker, wakes=when if worker.wakes is None else min(worker.wakes, when))


def in_error(kubelets: Kubelets, worker: Worker, backoff_ends: float | None = None) -> Worker:
    """Have a worker that could not do its work synced again: after its back-off, if one holds it, plus a jitter."""
    wait = RETRY_SECONDS if backoff_ends is None else min(max(backoff_ends - kubelets.now, 0.0), RESYNC_SECONDS)
    jitter = 1 + 0.5 * kubelets.loop.entropy.fraction("kubelet-resync", worker.uid, kubelets.now)
    return look_again(worker, kubelets.now + wait * jitter)


# Carrying out


def carry_out(kubelets: Kubelets, worker: Worker, actions: tuple[Action, ...]) -> Worker:
    """Do what is planned, in order; the worker after it. What waits for a container that does not start is left."""
    for action in actions:
        worker = _HOW[action.act](kubelets, worker, action)
        if action.gate and not worker.slot(action.container.name).started:
            break
    return worker


def _begin(kubelets: Kubelets, worker: Worker, action: Action) -> Worker:
    return _start(kubelets, worker, action.container, worker.slot(action.container.name))


def _begin_again(kubelets: Kubelets, worker: Worker, action: Action) -> Worker:
    slot, ended = worker.slot(action.container.name), current_of(kubelets, worker, action.container.name)
    assert ended is not None
    return _start(kubelets, worker, action.container, _restarted(kubelets, slot, ended))


def _hold(kubelets: Kubelets, worker: Worker, action: Action) -> Worker:
    slot, ended = worker.slot(action.container.name), current_of(kubelets, worker, action.container.name)
    assert ended is not None
    wait = backoff_of(slot, ended, kubelets.now) or 0.0
    worker = _backed_off(kubelets, worker, action.container, slot, wait)
    return in_error(kubelets, worker, (ended.finished_at or 0.0) + wait)


def _condemn(kubelets: Kubelets, worker: Worker, action: Action) -> Worker:
    """Stop a container that a probe has condemned; one that has ended at once goes on as one that ended by itself."""
    slot = worker.slot(action.container.name)
    kubelets.runtime.stop_container(slot.container, slot.unhealthy_grace)
    now = seen(kubelets, worker)
    if now[action.container.name].state != "exited":
        return worker
    act = next_act(worker, action.container, action.policy, now, kubelets.now)
    return worker if act is None else _HOW[act](kubelets, worker, attrs.evolve(action, act=act))


def _replace(kubelets: Kubelets, worker: Worker, action: Action) -> Worker:
    name = action.container.name
    text = f"Container {name} definition changed, will be restarted"
    kubelets.event(worker, "Normal", "Killing", text, name)
    kubelets.runtime.stop_container(worker.slot(name).container, grace_of(worker))
    return worker


_HOW: Mapping[Act, Callable[[Kubelets, Worker, Action], Worker]] = {
    Act.START: _begin,
    Act.RESTART: _begin_again,
    Act.HOLD: _hold,
    Act.CONDEMN: _condemn,
    Act.REPLACE: _replace,
}


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
        return look_again(worker.with_slot(container.name, slot), slot.pulled_at)
    if not ready:
        held = slot.pull_after if slot.waiting == "ImagePullBackOff" else None
        return in_error(kubelets, worker.with_slot(container.name, slot), held)
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
        return in_error(kubelets, worker.with_slot(container.name, slot))
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
        slot = attrs.evolve(slot, waiting="RunContainerError", message=str(refusal), started=False, ready=False)
        kubelets.relist(worker)
        return in_error(kubelets, worker.with_slot(container.name, slot))
    kubelets.event(worker, "Normal", "Started", "Container started", container.name)
    worker = worker.with_slot(container.name, slot)
    worker = _post_start(kubelets, worker, container, slot)
    for kind in probes.KINDS:
        if getattr(container, kind) is not None:
            worker = probes.begin(kubelets, worker, container, kind)
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
        kubelets.runtime.stop_container(slot.container, grace_of(worker))
    return worker


def _pull(kubelets: Kubelets, worker: Worker, container: Any, slot: Slot) -> tuple[Slot, bool]:
    """Make sure that the node has the image; whether it has."""
    image, policy, node = container.image, container.image_pull_policy, worker.node
    wrong = references.problem(image)
    if wrong:
        text = f'Failed to apply default image tag "{image}": couldn\'t parse image name "{image}": {wrong}'
        kubelets.event(worker, "Warning", "InspectFailed", text, container.name)
        kubelets.event(worker, "Warning", "Failed", "Error: InvalidImageName", container.name)
        return attrs.evolve(slot, waiting="InvalidImageName", message=text), False
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


def grace_of(worker: Worker) -> float:
    """Seconds that containers get to stop."""
    if worker.grace is not None:
        return worker.grace
    seconds = worker.pod.spec.termination_grace_period_seconds
    return 30.0 if seconds is None else float(seconds)
