"""Lifecycle hooks: what a container does when it has started, and before it stops.

A hook takes as long as its command or its sleep. The sync that has started a container waits for its postStart hook:
nothing of the pod starts, is probed or is shown before that. A preStop hook counts for the grace period. Any answer
over HTTP is a success; what a command changes is there when it begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from ...clock import exact
from ...objects import evolve
from . import probes
from .worker import Halt, Hook, Worker

if TYPE_CHECKING:
    from .fleet import Kubelets

FOREVER = float("inf")


def post_start(kubelets: Kubelets, worker: Worker, container: Any) -> Worker:
    """Begin the hook that follows the start of a container: what comes of it is in the worker's `halt`, if any."""
    hook = container.lifecycle.post_start if container.lifecycle is not None else None
    if hook is None:
        return worker
    answer = attempt(kubelets, worker, container, hook, FOREVER)
    until = exact(kubelets.now + answer.seconds)
    return attrs.evolve(worker, halt=Halt(hook=Hook(container.name, until, bool(answer.passed), answer.output)))


def attempt(kubelets: Kubelets, worker: Worker, container: Any, hook: Any, timeout: float) -> probes.Answer:
    """Run a hook, at most for so many seconds; its output is the message where it fails."""
    if hook.http_get is not None and not hook.http_get.host:
        hook = evolve(hook, http_get=evolve(hook.http_get, host=worker.ip))
    answer = probes.attempt(kubelets, worker, container, hook, timeout)
    if answer.passed or (hook.http_get is not None and answer.answered):
        return attrs.evolve(answer, passed=True)
    metadata = worker.pod.metadata
    whole = f"{metadata.name}_{metadata.namespace}({worker.uid})"
    if hook._exec is not None:
        words = " ".join(hook._exec.command)
        why = f"command '{words}' exited with {answer.code}: , message: \"{answer.output}\""
        text = (
            f'Exec lifecycle hook ([{words}]) for Container "{container.name}" in Pod "{whole}" failed - error: {why}'
        )
    elif hook.http_get is not None:
        where = f'HTTP lifecycle hook ({hook.http_get.path or ""}) for Container "{container.name}"'
        text = f'{where} in Pod "{whole}" failed - error: {answer.output}'
    else:
        text = answer.output
    return attrs.evolve(answer, passed=False, output=text)
