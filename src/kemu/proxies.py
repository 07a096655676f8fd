"""The API server in the simulated network: what it hands on to pods, Services and nodes, and what pods are told."""

from __future__ import annotations

from typing import Any

import attrs

from . import errors
from .apiserver.failures import not_found, shown
from .apiserver.request import ANONYMOUS, Proxied, ProxyOptions, Request
from .apiserver.rest import Rest
from .containers.calls import Call
from .entropy import Entropy
from .kit import Client
from .network import Answerer, Network
from .objects import core, discovery
from .objects.scheme import Kind
from .reconcilers.kubelet import KUBELET_PORT, Kubelets, served_pages, serving

ENDS = {"Connection refused": "connect: connection refused", "Connection timed out": "i/o timeout"}
"""How a connection that fails is told by who tried it in Go."""


@attrs.frozen
class ServedApi:
    """Answers in the network for the API server where its own Service leads, and leaves all else to who did before.

    A call with no token is nobody's. What goes on, such as a watch, is not to be had this way.
    """

    client: Client
    rest: Rest
    otherwise: Answerer

    def __call__(self, address: str, port: int, call: Call) -> tuple[int, str] | str | None:
        if port != API_PORT or not self._is_there(address):
            return self.otherwise(address, port, call)
        headers = {"Authorization": f"Bearer {call.token}"} if call.token else {}
        answer = self.rest.request("GET", call.path or "/healthz", headers, user=ANONYMOUS)
        return answer.status, "" if answer.lazy else answer.body.decode("utf-8", "replace")

    def _is_there(self, address: str) -> bool:
        found: Any = self.client.find(discovery.EndpointSlice, "kubernetes", "default")
        return found is not None and any(address in each.addresses for each in found.endpoints)


NOT_ASKED = Proxied(200, "")
"""For who only wants to know whether there is anybody to ask."""

API_PORT = 6443
"""Where an API server listens."""


def proxied(client: Client, network: Network, entropy: Entropy, now: float, request: Request) -> Proxied:
    """What is answered behind a pod or Service, which is named `[SCHEME:]NAME[:PORT]`.

    Raises NotFound, BadRequest for a name that is none, and ServiceUnavailable where nobody answers.
    """
    name, port = _named(request)
    namespace = request.namespace or ""
    if request.resource.key == "services":
        draw = entropy.below(1 << 30, "proxy", namespace, name, now)
        host, number = _endpoint(client, request.resource.kind, name, namespace, port, draw)
    else:
        host, number = _pod(client, name, namespace, port)
    return _asked(network, host, number, request)


def proxied_node(client: Client, network: Network, kubelets: Kubelets, request: Request) -> Proxied:
    """The same behind a node, which is named likewise: what its kubelet answers, or what listens on another port.

    Raises NotFound, BadRequest for a name that is none, ServiceUnavailable where nobody answers, InternalError for a
    node that no kubelet has registered.
    """
    name, port = _named(request)
    client.get(core.Node, name)
    if not request.options.path:
        return NOT_ASKED
    machine = serving.machine_of(kubelets, name)
    number = int(port) if port.isdecimal() else KUBELET_PORT
    if number != KUBELET_PORT:
        return _asked(network, machine.address, number, request)
    if not (machine.running and machine.reachable):
        raise _unreachable(machine.address, number, ENDS["Connection refused"])
    return served_pages.answer(kubelets, machine, request.options.path)


def _named(request: Request) -> tuple[str, str]:
    """The name and the port of what a path means by `[SCHEME:]NAME[:PORT]`; the port may be none. Raises BadRequest."""
    parts = request.name.split(":")
    if len(parts) > 3 or (len(parts) == 3 and parts[0] not in ("http", "https", "")):
        raise errors.BadRequest(f"invalid {request.resource.kind.singular} request {shown(request.name)}")
    return (parts[1], parts[2]) if len(parts) == 3 else (parts[0], parts[1] if len(parts) == 2 else "")


def _asked(network: Network, host: str, number: int, request: Request) -> Proxied:
    options: ProxyOptions = request.options
    if not options.path:
        return NOT_ASKED
    call = Call(options.path, method=options.method, sent=options.body)
    answered = network.ask(host, number, call, request.namespace or "")
    if isinstance(answered, str):
        raise _unreachable(host, number, next((text for word, text in ENDS.items() if word in answered), answered))
    return Proxied(*answered)


def _unreachable(host: str, number: int, why: str) -> errors.ServiceUnavailable:
    return errors.ServiceUnavailable(f"error trying to reach service: dial tcp {host}:{number}: {why}")


def _pod(client: Client, name: str, namespace: str, port: str) -> tuple[str, int]:
    pod: Any = client.get(core.Pod, name, namespace)
    if not pod.status.pod_ip:
        raise errors.BadRequest("address not allowed")
    given = [each.container_port for container in pod.spec.containers for each in container.ports]
    if port and not port.isdecimal():
        raise errors.BadRequest(f"invalid pod request {shown(f'{name}:{port}')}")
    return pod.status.pod_ip, int(port) if port else given[0] if given else 80


def _endpoint(client: Client, kind: Kind, name: str, namespace: str, port: str, draw: int) -> tuple[str, int]:
    """One of the ready endpoints behind a port of a Service, by its number or name."""
    if port.isdecimal():
        service: Any = client.get(core.Service, name, namespace)
        found = next((each for each in service.spec.ports if each.port == int(port)), None)
        if found is None:
            raise errors.ServiceUnavailable(f"no service port {port} found for service {shown(name)}")
        port = found.name or ""
    endpoints: Any = client.find(core.Endpoints, name, namespace)
    if endpoints is None:
        raise not_found(kind, name)
    known = [
        (address.ip, each.port)
        for subset in endpoints.subsets
        for each in subset.ports
        if (each.name or "") == port
        for address in subset.addresses
    ]
    if not known:
        raise errors.ServiceUnavailable(f"no endpoints available for service {shown(name)}")
    return known[draw % len(known)]
