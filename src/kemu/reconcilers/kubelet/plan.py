"""What a kubelet is to do for the containers of a pod: pure functions of what it remembers and of what it sees.

Which containers run next, as a table; the order is that of the pod's specification:

    kind            runs                                       again after its end
    -------------   ----------------------------------------   ---------------------------------------------
    ephemeral       as soon as it is there                     never
    init            one at a time, before the others           until it succeeds, unless it is not to start again
    sidecar         from its turn on, beside all that follow   always
    main            once all init containers are done          as its rules, its policy, or that of its pod say

What runs is stopped if its image is another one by now, if a probe has condemned it, or if its new resources need a
start. If nothing is left that runs or is to run, the whole pod stops.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ...runtime_fake import Container
from . import resizing
from .restarts import RESTART_ALL, action_of, is_sidecar, may_restart_all, replaceable, starts_again, with_rules
from .worker import Worker

Seen = Mapping[str, Container]
"""The current attempt of each container that has one, as the runtime shows it."""


@attrs.frozen
class Kill:
    """A container that runs and is to stop, what is said of it, and the probe that has condemned it, if one has."""

    container: Any
    message: str
    probe: str = ""


@attrs.frozen
class Plan:
    """What is to be done now: first stop, then start."""

    kills: tuple[Kill, ...] = ()
    starts: tuple[Any, ...] = ()
    """Containers, in this order. An init container that does not start holds back those after it."""
    resizes: tuple[Any, ...] = ()
    """Containers that get other resources while they run."""
    stop: bool = False
    """Whether all of the pod is to stop: nothing of it is ever to run again."""
    reset: bool = False
    """Whether all containers are to be removed, to begin from the beginning."""


def plan(worker: Worker, seen: Seen) -> Plan:
    """What is to be done now for the containers of a pod that is to run."""
    spec = worker.pod.spec
    if restarts_all(worker, seen):
        return Plan(reset=True)
    ephemeral = tuple([each for each in spec.ephemeral_containers if each.name not in seen])
    kills: list[Kill] = []
    inits = _Inits(worker, seen)
    starts = inits.starts(kills)
    if starts is None:
        return Plan(stop=True, starts=ephemeral)
    if not inits.done:
        return Plan(tuple(kills), (*ephemeral, *starts))
    kept = 0
    mains = []
    for container in spec.containers:
        current = seen.get(container.name)
        if current is None or current.state != "running":
            if current is None or current.state == "created" or starts_again(spec, container, current.exit_code or 0):
                mains.append(container)
            continue
        kill, again = _kill_of(worker, container, current)
        if kill is None:
            kept += 1
            continue
        kills.append(kill)
        if again:
            mains.append(container)
    if not kept and not mains:
        return Plan(stop=True, starts=ephemeral)
    return Plan(tuple(kills), (*ephemeral, *starts, *mains), resizing.pending(worker, seen))


def restarts_all(worker: Worker, seen: Seen) -> bool:
    """Whether a container has ended in a way for which its rules start the whole pod again."""
    spec = worker.pod.spec
    if not may_restart_all(spec):
        return False
    ended = [(each, seen[each.name]) for each in with_rules(spec) if each.name in seen]
    return any(now.state == "exited" and action_of(each, now.exit_code or 0) == RESTART_ALL for each, now in ended)


def _kill_of(worker: Worker, container: Any, current: Container) -> tuple[Kill | None, bool]:
    """Why a main container that runs is to stop, if it is, and whether it starts again."""
    name, probe = container.name, worker.slot(container.name).failed_probe
    if current.image != container.image:
        return Kill(container, f"Container {name} definition changed, will be restarted"), True
    if probe:
        again = replaceable(worker.pod.spec, container)
        return Kill(container, f"Container {name} failed {probe} probe{', will be restarted' * again}", probe), again
    if resizing.needs_restart(worker, container):
        return Kill(container, f"Container {name} resize requires restart"), True
    return None, True


class _Inits:
    """What is to be done for the init containers of a pod. They are looked at from the last to the first: the last that
    has begun tells how far the pod is; of those before it only sidecars count."""

    def __init__(self, worker: Worker, seen: Seen) -> None:
        self.worker = worker
        self.seen = seen
        self.spec = worker.pod.spec
        begun = [seen.get(each.name) for each in self.spec.containers]
        self.done = not self.spec.init_containers or any(
            now is not None and now.state in ("created", "running") for now in begun
        )

    def starts(self, kills: list[Kill]) -> list[Any] | None:
        """The init containers to start, in their order; None if one has failed for good. Those to stop are noted."""
        inits = self.spec.init_containers
        reached = self.done
        found: list[Any] = []
        for index in reversed(range(len(inits))):
            container = inits[index]
            current = self.seen.get(container.name)
            if current is None:
                if reached and is_sidecar(container):
                    found.append(container)
                continue
            if reached and not is_sidecar(container):
                continue
            over = False
            if current.state == "running" and is_sidecar(container):
                over = self._sidecar(container, current, found, kills)
            elif current.state == "exited" and not is_sidecar(container) and not current.exit_code:
                over = True
            elif current.state == "exited" and not is_sidecar(container):
                if not starts_again(self.spec, container, current.exit_code or 0):
                    return None
                found.append(container)
            elif current.state != "running":
                found.append(container)
            if over and index == len(inits) - 1:
                self.done = True
            elif over and not reached:
                found.append(inits[index + 1])
            reached = True
        if not reached and inits:
            found.append(inits[0])
        return sorted(found, key=lambda each: [one.name for one in inits].index(each.name))

    def _sidecar(self, container: Any, current: Container, found: list[Any], kills: list[Kill]) -> bool:
        """Look at a sidecar that runs; whether it has started, so that what follows it may."""
        name, slot = container.name, self.worker.slot(container.name)
        if not slot.started:
            if slot.failed_probe == "startup":
                kills.append(Kill(container, f"Init container {name} failed startup probe", "startup"))
                found.append(container)
            return False
        why = ""
        if current.image != container.image:
            why = f"Init container {name} definition changed"
        elif slot.failed_probe:
            why = f"Init container {name} failed liveness probe"
        elif resizing.needs_restart(self.worker, container):
            why = f"Container {name} resize requires restart"
        if why:
            kills.append(Kill(container, why, slot.failed_probe))
            found.append(container)
        return True
