"""What the containers of pods answer on the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...clock import exact
from ...containers import agnhost, pages
from ...network import LATE, Call
from ...runtime_fake import Container
from .worker import Worker

if TYPE_CHECKING:
    from .fleet import Kubelets


def answers(kubelets: Kubelets, ip: str, port: int, call: Call) -> tuple[int, str] | str | None:
    """What a pod with an address answers to a call, or None if nothing listens there."""
    for worker in kubelets.state.with_address(ip):
        for name in worker.slots:
            container = kubelets.runtime.container(worker.slot(name).container)
            if container is not None and kubelets.runtime.listens(container, port):
                return _answered(kubelets, worker, container, port, call)
    return None


def _answered(kubelets: Kubelets, worker: Worker, container: Container, port: int, call: Call) -> tuple[int, str] | str:
    script, runtime = container.script, kubelets.runtime
    if script.program and call.path:

        def shell(text: str) -> tuple[int, str]:
            found = runtime.exec(container.id, ("sh", "-c", text))
            return found.exit_code, found.output

        def fetch(host: str, port: int, path: str) -> tuple[int, str] | str:
            return kubelets.network.fetch(host, port, path, worker.pod.metadata.namespace, worker.ip)

        sandbox = runtime.sandbox(container.sandbox)
        name = sandbox.hostname if sandbox is not None else ""
        words = (*container.command[1:], *container.args)[1:]
        server = agnhost.Server(name, port, call.source, kubelets.unix, container.env, fetch, shell, words)
        reply = agnhost.answer(script.program, call.path, server, call.body)
        if reply is not None:
            if reply.seconds > call.patience:
                return LATE
            if reply.log:
                runtime.say(container.id, (reply.log,))
            if reply.exit is not None:
                runtime.crash(container.id, reply.exit)
            return reply.status, reply.body
    if script.serves is None and call.path and pages.is_gone(container, call.path):
        return 404, pages.NOT_FOUND
    said = pages.said(container, call.path) if script.serves is None else None
    if said is not None:
        return 200, said
    body = script.serves if script.serves is not None else f"{worker.pod.metadata.name}\n"
    return script.http_status_after(exact(kubelets.now - (container.started_at or 0.0))), body
