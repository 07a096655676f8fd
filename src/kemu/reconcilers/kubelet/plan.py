"""What a kubelet is to do for the containers of a pod: pure functions of what it remembers and of what it sees.

Which containers run next, as a table; the order is that of the pod's specification:

    kind            runs                                       again after its end
    -------------   ----------------------------------------   ---------------------------------------------
    init            one at a time, before the others           until it succeeds; never if the pod never restarts
    sidecar         from its turn on, beside all that follow   always
    main            once all init containers are done          as the pod's restart policy says
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import attrs

from ...clock import exact
from ...runtime_fake import Container
from .status import is_sidecar
from .worker import CRASH_FORGET, Slot, Worker

Seen = Mapping[str, Container]
"""The current attempt of each container that has one, as the runtime shows it."""


class Act(Enum):
    """What is to be done with one container."""

    START = "start"
    """There is no attempt yet."""
    RESTART = "restart"
    """The last one has ended, and its back-off as well."""
    HOLD = "hold"
    """The last one has ended, and its back-off still holds it."""
    CONDEMN = "condemn"
    """A probe has failed: it is stopped, and starts again."""
    REPLACE = "replace"
    """Its image is another one by now: it is stopped, and starts again."""


@attrs.frozen
class Action:
    """One thing to do with a container of the pod's specification, which runs by `policy`. If it is a `gate`, all that
    follows waits until the container has started."""

    act: Act
    container: Any
    policy: str
    gate: bool = False


def plan(worker: Worker, seen: Seen, now: float) -> tuple[Action, ...]:
    """What is to be done now for the containers of a pod that is to run, in this order."""
    spec = worker.pod.spec
    begun = any(worker.slot(container.name).container for container in spec.containers)
    found: list[Action] = []

    def add(container: Any, policy: str, gate: bool = False) -> Act | None:
        act = next_act(worker, container, policy, seen, now)
        if act is not None:
            found.append(Action(act, container, policy, gate))
        return act

    for container in spec.init_containers:
        if is_sidecar(container):
            act = add(container, "Always", gate=not begun)
            starts = act in (Act.START, Act.RESTART) and container.startup_probe is None
            if not (begun or starts or worker.slot(container.name).started):
                return tuple(found)
        elif not begun and not _succeeded(seen.get(container.name)):
            if not _failed_for_good(seen.get(container.name), spec.restart_policy):
                add(container, "OnFailure")
            return tuple(found)
    for container in spec.containers:
        add(container, spec.restart_policy)
    return tuple(found)


def _failed_for_good(current: Container | None, policy: str) -> bool:
    return current is not None and current.state == "exited" and policy == "Never"


def _succeeded(current: Container | None) -> bool:
    return current is not None and current.state == "exited" and current.exit_code == 0


def next_act(worker: Worker, container: Any, policy: str, seen: Seen, now: float) -> Act | None:
    """What is to be done with one container that is to run by a policy; None for nothing."""
    slot, current = worker.slot(container.name), seen.get(container.name)
    if current is None or current.state == "created":
        return Act.START
    if current.state == "running":
        if current.stopping:
            return None
        if slot.unhealthy:
            return Act.CONDEMN
        return Act.REPLACE if current.image != container.image else None
    if policy == "Never" or (policy == "OnFailure" and current.exit_code == 0):
        return None
    return Act.RESTART if backoff_of(slot, current, now) is None else Act.HOLD


def backoff_of(slot: Slot, ended: Container, now: float) -> float | None:
    """The back-off, in seconds, that still holds a container that has ended, or None if it may start."""
    finished = ended.finished_at or 0.0
    if not slot.backoff or finished - slot.backoff_at > CRASH_FORGET:
        return None
    return slot.backoff if now < exact(finished + slot.backoff) else None


def finished(worker: Worker, seen: Seen) -> bool:
    """Whether every container has ended for good."""
    spec = worker.pod.spec
    policy = spec.restart_policy
    if policy == "Always":
        return False
    for container in spec.init_containers:
        current = seen.get(container.name)
        if is_sidecar(container):
            continue
        if current is None or current.state != "exited":
            return False
        if current.exit_code != 0:
            return bool(policy == "Never")
    for container in spec.containers:
        current = seen.get(container.name)
        if current is None or current.state != "exited" or (policy == "OnFailure" and current.exit_code != 0):
            return False
    return True
