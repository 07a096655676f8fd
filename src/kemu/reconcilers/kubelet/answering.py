"""The ends of the network that are on nodes: where pods are, what nodes know, and what containers answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs

from ...clock import exact
from ...containers import agnhost_servers, pages
from ...containers.calls import LATE, Call
from ...containers.files import to_text
from ...containers.http_text import NOT_HTTP, Asked, Connection
from ...objects.pod_resources import ANY_ADDRESS, host_ports
from ...runtime_fake import Container, FakeRuntime
from .worker import Worker

if TYPE_CHECKING:
    from ...network import Network
    from .fleet import Kubelets


@attrs.frozen
class Ends:
    """What the network asks the kubelets."""

    kubelets: Kubelets

    def attach(self, network: Network) -> None:
        """Let a network ask here."""
        network.answers = self.answers
        network.node_of = self.node_of
        network.view_of = self.kubelets.views.of
        network.reaches = self.reaches
        network.pod_at = self.pod_at
        network.host_port = self.host_port

    def node_of(self, address: str) -> str:
        """The node on which a pod has an address; empty for what is no pod's."""
        return next((worker.node for worker in self.kubelets.state.with_address(address)), "")

    def reaches(self, source: str, target: str) -> bool:
        """Whether the network leads from one pod to another."""
        here, there = self.node_of(source), self.node_of(target)
        cut = [node for node in (here, there) if node and not self.kubelets.state.nodes[node].reachable]
        return here == there or not cut

    def pod_at(self, address: str) -> Any | None:
        """The pod that has an address of its own; None for that of a node."""
        workers = self.kubelets.state.with_address(address)
        return next((worker.pod for worker in workers if not worker.pod.spec.host_network), None)

    def host_port(self, node: str, address: str, port: int, protocol: str) -> tuple[str, int] | None:
        """Where a port of a node leads to that one of its pods has there."""
        return behind_host_port(self.kubelets.state.on_node(node), address, port, protocol)

    def answers(self, ip: str, port: int, call: Call) -> tuple[int, str] | str | None:
        """What a pod with an address answers to a call, or None if nothing listens there."""
        found = next(self._listening(ip, port, call), None)
        return None if found is None else answered(self.kubelets, *found, port, call)

    def listener(self, ip: str, port: int, call: Call) -> Worker | None:
        """The pod that answers a call at an address; None if none does."""
        return next((worker for worker, _ in self._listening(ip, port, call)), None)

    def _listening(self, ip: str, port: int, call: Call) -> Iterator[tuple[Worker, Container]]:
        """The containers that listen at an address and port, with their pods."""
        runtime = self.kubelets.runtime
        for worker in self.kubelets.state.with_address(ip):
            for name in worker.slots:
                container = runtime.container(worker.slot(name).container)
                if container is not None and runtime.listens(container, port, call.protocol):
                    yield worker, container


def behind_host_port(workers: Iterable[Worker], address: str, port: int, protocol: str) -> tuple[str, int] | None:
    """Where the port of a node leads that one of its pods has there. O(workers)."""
    for worker in workers:
        spec = worker.pod.spec
        wanted = [(where, protocol, port) for where in (ANY_ADDRESS, address)]
        if spec.host_network or not worker.ip or not any(each in wanted for each in host_ports(worker.pod)):
            continue
        for container in (*spec.init_containers, *spec.containers):
            for each in container.ports:
                if (each.host_ip or ANY_ADDRESS, each.protocol or "TCP", each.host_port) in wanted:
                    return worker.ip, each.container_port
    return None


def answered(kubelets: Kubelets, worker: Worker, container: Container, port: int, call: Call) -> tuple[int, str] | str:
    """What a container that listens on a port answers there, or why nothing."""
    script = container.script
    if call.sent and not call.path and call.protocol == "TCP" and container.machine is None:
        return 200, _heard(kubelets, worker, container, port, call)
    if script.program and (call.path or call.sent):
        server = _server(kubelets, worker, container, port, call)
        talk = agnhost_servers.datagram if call.protocol == "UDP" else agnhost_servers.answer
        reply = talk(script.program, server)
        if reply is not None and reply.seconds > call.patience:
            return LATE
        if reply is not None:
            _took(kubelets.runtime, container, reply)
            return reply.status, reply.body
        if call.protocol == "UDP":
            return 200, ""
    if script.serves is None and call.path and pages.is_gone(container, call.path):
        return 404, pages.NOT_FOUND
    said = pages.said(container, call.path) if script.serves is None else None
    if said is not None:
        return 200, said
    body = script.serves if script.serves is not None else f"{worker.pod.metadata.name}\n"
    return script.http_status_after(exact(kubelets.now - (container.started_at or 0.0))), body


def _heard(kubelets: Kubelets, worker: Worker, container: Container, port: int, call: Call) -> str:
    """What a server of HTTP says on a connection on which something is sent."""

    def asked(whole: Asked) -> tuple[int, str]:
        heard = attrs.evolve(call, path=whole.path, method=whole.method, sent=to_text(whole.body))
        found = answered(kubelets, worker, container, port, heard)
        return (504, found) if isinstance(found, str) else found

    connection = Connection(asked)
    said = connection.hear(call.sent.encode())
    return (said or (NOT_HTTP if connection.over else b"")).decode()


def _server(kubelets: Kubelets, worker: Worker, container: Container, port: int, call: Call) -> agnhost_servers.Server:
    """What a server in a container knows of itself and of who asks."""
    runtime, namespace = kubelets.runtime, worker.pod.metadata.namespace

    def shell(text: str) -> tuple[int, str]:
        found = runtime.exec(container.id, ("sh", "-c", text))
        return found.exit_code, found.output

    def ask(host: str, port: int, call: Call, attempt: int) -> tuple[int, str] | str:
        return kubelets.network.ask(host, port, attrs.evolve(call, source=worker.ip), namespace, attempt)

    def folder(path: str) -> list[str] | None:
        files = runtime.files(container)
        inside = [each[len(path) :] for each in files if each.startswith(path)]
        names = {name.partition("/")[0] + name.partition("/")[1]: None for name in inside if name}
        return sorted(names) if names or path in files else None

    sandbox = runtime.sandbox(container.sandbox)
    return agnhost_servers.Server(
        hostname=sandbox.hostname if sandbox is not None else "",
        port=port,
        call=call,
        unix=kubelets.unix,
        env=container.env,
        words=(*container.command, *container.args),
        kept=container.kept,
        ask=ask,
        shell=shell,
        file=lambda path: runtime.file(container, path),
        folder=folder,
    )


def _took(runtime: FakeRuntime, container: Container, reply: agnhost_servers.Reply) -> None:
    """What an answer has done to the server that gave it."""
    if reply.kept is not None:
        runtime.remember(container.id, reply.kept)
    if reply.log:
        runtime.say(container.id, (reply.log,))
    if reply.exit is not None:
        runtime.crash(container.id, reply.exit)
