"""The simulated network: pod addresses, cluster DNS, and connections through Services.

Names and addresses are read from the API objects as the network's cache shows them, when somebody asks; there is
nothing to keep in step, and connections go where they went while the API server cannot be reached. What answers on an
address is found by asking the runtime, through the kubelet, which container is behind it.

Complexity: who has an address or a port is asked of indexes of the cache, so that a connection costs O(endpoints of
the Service behind it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

import attrs

from .clock import Clock
from .containers.calls import Call
from .entropy import Entropy
from .kit import Cache
from .kit.endpoint_sets import BY_SERVICE
from .kit.indexes import Index
from .name_records import DOMAIN, Record, records, slices
from .network_policy import End, lets_through
from .objects import core, discovery, networking
from .values.fork_map import ForkMap
from .values.frozen import EMPTY_MAP, FrozenMap
from .values.ranges import Ranges
from .values.state import State

ADDRESSES = 252
"""How many pods of one node have an address at a time."""

FIRST_ADDRESS = 2
"""The first one in the range of a node that a pod gets: the one before it is the node's own."""


Answerer = Callable[[str, int, Call], "tuple[int, str] | str | None"]
HostPort = Callable[[str, str, int, str], "tuple[str, int] | None"]


def _addresses_of_service(service: Any) -> Iterable[str]:
    """Where a Service takes connections: inside of the cluster, outside, and at its load balancer."""
    spec = service.spec
    balancers = (each.ip for each in service.status.load_balancer.ingress if each.ip)
    return tuple(dict.fromkeys((*spec.cluster_ips, *spec.external_ips, *balancers)))


def _node_ports(service: Any) -> Iterable[str]:
    return tuple(str(each.node_port) for each in service.spec.ports if each.node_port)


def _addresses_of_node(node: Any) -> Iterable[str]:
    return tuple(each.address for each in node.status.addresses)


BY_ADDRESS = Index("address", _addresses_of_service, lambda service: service)
BY_NODE_PORT = Index("nodePort", _node_ports, lambda service: service.spec)
BY_NODE_ADDRESS = Index("address", _addresses_of_node, lambda node: node.status.addresses)
"""Indexes of the network's cache: Services and Nodes by what leads to them; slices are found by their Service."""
KEPT = (
    (core.Service, BY_ADDRESS),
    (core.Service, BY_NODE_PORT),
    (core.Node, BY_NODE_ADDRESS),
    (core.Namespace, None),
    (networking.NetworkPolicy, None),
    (discovery.EndpointSlice, BY_SERVICE),
)
"""What the network looks up."""


@attrs.define(eq=False)
class NetworkState(State):
    """What the network remembers."""

    given: ForkMap[int, int] = attrs.field(factory=ForkMap)
    """By the index of a node: how many addresses its pods were given so far."""
    hosts: FrozenMap[str, str] = FrozenMap()
    """Names outside of the cluster and their addresses."""


class Network:
    """Addresses, names and connections of one cluster. `answers(ip, port, call)` says what a pod serves there.

    `cache` is what the nodes' kube-proxies and name servers have seen; `seen_from(address)` is what those of the node
    have on which something has an address. `reaches(source, target)` says whether the network leads from one to the
    other, `pod_at(address)` which pod has an address of its own, and `host_port(node, address, port, protocol)` where
    a port of a node leads to that one of its pods has there.
    """

    __slots__ = ("_clock", "_entropy", "answers", "host_port", "pod_at", "ranges", "reaches", "seen_from", "state")

    def __init__(
        self, cache: Cache, clock: Clock, entropy: Entropy, ranges: Ranges, state: NetworkState | None = None
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self.ranges = ranges
        cache.keep("network", *KEPT)
        self.state = state or NetworkState()
        self.answers: Answerer = lambda ip, port, call: None
        self.seen_from: Callable[[str], Cache] = lambda address: cache
        self.reaches: Callable[[str, str], bool] = lambda source, target: True
        self.pod_at: Callable[[str], Any] = lambda address: None
        self.host_port: HostPort = lambda node, address, port, protocol: None

    def add_host(self, name: str, address: str) -> None:
        """Let a name outside of the cluster resolve to an address."""
        self.state.hosts = self.state.hosts.with_({name: address})

    @property
    def dns(self) -> str:
        """The address of the cluster's DNS, which pods are told to ask for names."""
        return self.ranges.dns

    def pod_address(self, node_index: int, is_taken: Callable[[str], bool] = lambda address: False) -> str:
        """A fresh address for a pod on a node; addresses are reused only after all of the node's were used.

        One that is taken is passed over, unless all are. O(1), and O(addresses that are passed over).
        """
        count = self.state.given.get(node_index, 0)
        free = (each for each in range(count, count + ADDRESSES) if not is_taken(self._address(node_index, each)))
        number = next(free, count)
        self.state.given[node_index] = number + 1
        return self._address(node_index, number)

    def _address(self, node_index: int, number: int) -> str:
        """The address that a node gives its pod of some number."""
        return self.ranges.of_pod(node_index, FIRST_ADDRESS + number % ADDRESSES)

    # Names

    def resolve(self, name: str, namespace: str, source: str = "") -> tuple[str, tuple[str, ...]]:
        """The full name and addresses of a name as asked for in a namespace; no addresses if nothing has the name.

        `source` is the address of who asks.

        The search path is that of a pod: the namespace's services, all services, the cluster's domain. A name that
        ends in a dot is not searched for. Names are the same in capital letters.
        """
        if is_address(name):
            return name, (name,)
        name = name.lower()
        if name == "localhost":
            return name, ("127.0.0.1",)
        suffixes: tuple[str, ...] = (f".{namespace}.svc.{DOMAIN}", f".svc.{DOMAIN}", f".{DOMAIN}", "")
        if name.endswith("."):
            name, suffixes = name.rstrip("."), ("",)
        for suffix in suffixes if name else ():
            full = name + suffix
            addresses = self._lookup(full, self.seen_from(source))
            if addresses:
                return full, addresses
        return name if "." in name else name + suffixes[0], ()

    def records(self, name: str, type: str, source: str = "") -> tuple[Record, ...]:
        """The records of one type that a full name has, as who has an address is told."""
        view = self.seen_from(source)

        def called(address: str) -> list[Any]:
            return list(view.indexed(core.Service, BY_ADDRESS, address))

        return records(view, name, type, lambda full: self._lookup(full, view), called)

    def _lookup(self, full: str, view: Cache, aliases: int = 8) -> tuple[str, ...]:
        """The addresses of a full name, following at most so many aliases."""
        if full in self.state.hosts:
            return (self.state.hosts[full],)
        if not full.endswith("." + DOMAIN):
            return ()
        parts = full.removesuffix("." + DOMAIN).split(".")
        if parts[-1] == "svc" and len(parts) in (3, 4):
            return self._service_addresses(view, parts[-3], parts[-2], parts[0] if len(parts) == 4 else "", aliases)
        if parts[-1] == "pod" and len(parts) == 3 and is_address(parts[0].replace("-", ".")):
            return (parts[0].replace("-", "."),)
        return ()

    def _service_addresses(self, view: Cache, name: str, namespace: str, host: str, aliases: int) -> tuple[str, ...]:
        service: Any = view.get(core.Service, f"{namespace}/{name}")
        if service is None:
            return ()
        spec = service.spec
        if spec.type == "ExternalName":
            target = (spec.external_name or "").rstrip(".").lower()
            return (target,) if is_address(target) else self._lookup(target, view, aliases - 1) if aliases else ()
        if spec.cluster_ip and spec.cluster_ip != "None" and not host:
            return tuple(spec.cluster_ips) or (spec.cluster_ip,)
        found: dict[str, None] = {}
        for piece in slices(view, service):
            for endpoint in piece.endpoints:
                if endpoint.conditions.ready is False and not spec.publish_not_ready_addresses:
                    continue
                for address in endpoint.addresses:
                    if not host or host in (endpoint.hostname, address.replace(".", "-")):
                        found[address] = None
        return tuple(found)

    # Connections

    def connects(self, host: str, port: int, namespace: str, source: str = "") -> str:
        """Why a connection fails, or nothing if it succeeds."""
        answer = self.fetch(host, port, "", namespace, source)
        return answer if isinstance(answer, str) else ""

    def fetch(
        self, host: str, port: int, path: str, namespace: str, source: str = "", attempt: int = 0, *, token: str = ""
    ) -> tuple[int, str] | str:
        """The status and body that a GET gets, or why there is no answer. `source` is the address of who asks."""
        return self.ask(host, port, Call(path, source, token=token), namespace, attempt)

    def ask(self, host: str, port: int, call: Call, namespace: str = "", attempt: int = 0) -> tuple[int, str] | str:
        """What a call gets: a status and a body, or why there is no answer.

        Which endpoint of a Service answers is drawn for who asks, when, and the `attempt`: asking changes nothing, and
        asking again at the same moment leads to the same endpoint.
        """
        source = call.source
        _, addresses = self.resolve(host, namespace, source)
        if not addresses:
            return f"bad address '{host}'"
        address = addresses[0]
        target = self._behind(self.seen_from(source), address, port, call, f"{source}/{attempt}")
        if target is not None and not (self.reaches(source, target[0]) and self._lets_through(source, *target)):
            return f"can't connect to remote host ({address}): Connection timed out"
        answer = self.answers(*target, call) if target is not None else None
        if answer is None:
            return f"can't connect to remote host ({address}): Connection refused"
        return answer

    def _lets_through(self, source: str, address: str, port: int) -> bool:
        """Whether the policies that the nodes of both ends know let a connection through. O(policies)."""
        return self._agrees(self.seen_from(source), source, address, port) and self._agrees(
            self.seen_from(address), source, address, port
        )

    def _agrees(self, view: Cache, source: str, address: str, port: int) -> bool:
        policies = view.list(networking.NetworkPolicy)
        return not policies or lets_through(policies, self._end(view, source), self._end(view, address), port)

    def _end(self, view: Cache, address: str) -> End:
        pod = self.pod_at(address) if address else None
        space = None if pod is None else view.get(core.Namespace, pod.metadata.namespace)
        return End(address, pod, EMPTY_MAP if space is None else space.metadata.labels)

    def _behind(self, view: Cache, address: str, port: int, call: Call, client: str) -> tuple[str, int] | None:
        """The pod address and port behind an address and port.

        A Service's address leads to one of its ready endpoints, as does a node's with a node port; and a node's leads
        to the pod that has one of its ports.
        """
        services: Any = view.indexed(core.Service, BY_ADDRESS, address)
        if services:
            named = _port_of(services[0], "port", port, call.protocol)
            return self._endpoint(view, services[0], named, client) if named is not None else None
        inside = call.source if address.startswith("127.") or address == "::1" else address
        nodes: Any = view.indexed(core.Node, BY_NODE_ADDRESS, inside)
        if nodes:
            for service in view.indexed(core.Service, BY_NODE_PORT, str(port)):
                named = _port_of(service, "node_port", port, call.protocol)
                if named is not None:
                    return self._endpoint(view, service, named, client)
            found = self.host_port(nodes[0].metadata.name, address, port, call.protocol)
            if found is not None:
                return found
        return inside, port

    def _endpoint(self, view: Cache, service: Any, named: Any, client: str) -> tuple[str, int] | None:
        """A ready endpoint of a Service's port, by chance; with affinity to the client's address always the same."""
        choices: list[tuple[str, int]] = []
        for piece in slices(view, service):
            target = next((each.port for each in piece.ports if (each.name or "") == (named.name or "")), None)
            for endpoint in piece.endpoints:
                if endpoint.conditions.ready is not False and target is not None:
                    choices.extend((ip, target) for ip in endpoint.addresses)
        if choices and service.spec.session_affinity == "ClientIP":
            return min(choices)
        if not choices:
            return None
        return self._entropy.choice(choices, "endpoint", service.metadata.uid, named.port, client, self._clock.now)


def _port_of(service: Any, field: str, number: int, protocol: str) -> Any:
    """The port of a Service that has a number, for a protocol; None if there is none."""
    ports = (each for each in service.spec.ports if getattr(each, field) == number)
    return next((each for each in ports if (each.protocol or "TCP") == protocol), None)


def is_address(text: str) -> bool:
    """Whether text is an IP address and not a name."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
