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
from .containers.resolving import Resolver, usual
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
    """The ports of every node at which a Service is found, or asked after."""
    spec = service.spec
    numbers = [*[each.node_port for each in spec.ports], spec.health_check_node_port]
    return tuple([str(number) for number in numbers if number])


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


REFUSED, DROPPED = "Connection refused", "Connection timed out"

LED = 4096
"""Of how many clients it is remembered to which endpoint they were led."""

AFFINITY_SECONDS = 10_800
"""How long a client is led to the same endpoint after its last connection, if a Service does not say."""


@attrs.frozen
class Arrival:
    """A connection to a Service where a kube-proxy meets it: on a node (empty: outside of all), at one of its ports."""

    service: Any
    port: Any
    address: str
    """The address that was asked for: of the Service, of a balancer, of a node."""
    source: str
    node: str
    from_pod: bool = False
    """Whether it comes from a pod, or from the node itself."""
    at_node: bool = False
    """Whether it came to a port of a node."""

    @property
    def is_external(self) -> bool:
        """Whether it was not the cluster's own address that was asked for."""
        return self.at_node or self.address not in self.service.spec.cluster_ips


@attrs.frozen
class Reply:
    """What became of a call: a status and a body, or why there is no answer; and which address and port was asked."""

    status: int = 0
    body: str = ""
    problem: str = ""
    address: str = ""
    port: int = 0


Forward = Callable[[Cache, Arrival], "tuple[tuple[str, int], ...] | str"]


def affinity_of(service: Any) -> float:
    """For how many seconds a Service leads a client to the same endpoint; 0 if each connection is for itself."""
    if service.spec.session_affinity != "ClientIP":
        return 0.0
    config = service.spec.session_affinity_config
    said = config.client_ip.timeout_seconds if config is not None and config.client_ip is not None else None
    return float(said or AFFINITY_SECONDS)


@attrs.define(eq=False)
class NetworkState(State):
    """What the network remembers."""

    led: ForkMap[tuple[str, ...], tuple[tuple[str, int], float]] = attrs.field(factory=ForkMap)
    """By node, Service, port and client, where clients are led to the same endpoint: to which, and since when. Those
    who came last are the last."""

    given: ForkMap[int, int] = attrs.field(factory=ForkMap)
    """By the index of a node: how many addresses its pods were given so far."""
    asked: int = 0
    """How many requests somebody has sent by hand, each of which may come to another endpoint."""
    hosts: FrozenMap[str, str] = FrozenMap()
    """Names outside of the cluster and their addresses."""


class Network:
    """Addresses, names and connections of one cluster. `answers(ip, port, call)` says what a pod serves there.

    `cache` is what the nodes' kube-proxies and name servers have seen; `view_of(node)` is what those of one node have,
    and `node_of(address)` the node on which something has an address. `forward(view, arrival)` is what the kube-proxy
    there does with a connection to a Service, `health(view, service, node)` what it tells balancers.
    `reaches(source, target)` says whether the network leads from one to the other, `pod_at(address)` which pod has an
    address of its own, and `host_port(node, address, port, protocol)` where a port of a node leads to that one of its
    pods has there.
    """

    __slots__ = (
        "_clock",
        "_entropy",
        "answers",
        "forward",
        "health",
        "host_port",
        "node_of",
        "pod_at",
        "ranges",
        "reaches",
        "state",
        "view_of",
    )

    def __init__(
        self, cache: Cache, clock: Clock, entropy: Entropy, ranges: Ranges, state: NetworkState | None = None
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self.ranges = ranges
        cache.keep("network", *KEPT)
        self.state = state or NetworkState()
        self.answers: Answerer = lambda ip, port, call: None
        self.node_of: Callable[[str], str] = lambda address: ""
        self.view_of: Callable[[str], Cache] = lambda node: cache
        self.forward: Forward = lambda view, arrival: REFUSED
        self.health: Callable[[Cache, Any, str], tuple[int, str]] = lambda view, service, node: (503, "")
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

    def seen_from(self, address: str) -> Cache:
        """What the node knows of the cluster on which something has an address."""
        return self.view_of(self._node_at(address))

    def _node_at(self, address: str) -> str:
        """The node on which something has an address, or that has it itself; empty for what is outside."""
        found = self.node_of(address)
        nodes: Any = self.view_of("").indexed(core.Node, BY_NODE_ADDRESS, address) if address and not found else ()
        return nodes[0].metadata.name if nodes else found

    # Names

    def resolve(
        self, name: str, namespace: str, source: str = "", resolver: Resolver | None = None
    ) -> tuple[str, tuple[str, ...]]:
        """The full name and addresses of a name as asked for in a namespace; no addresses if nothing has the name.

        `source` is the address of who asks, `resolver` whom that one asks; by default the cluster's name server, for
        the namespace's services, all services and the cluster's domain. Others know only names outside. A name that
        ends in a dot is not searched for. Names are the same in capital letters.
        """
        if is_address(name):
            return name, (name,)
        name = name.lower()
        if name == "localhost":
            return name, ("127.0.0.1",)
        resolver = resolver or usual(namespace, self.dns)
        inside, view = self.dns in resolver.servers, self.seen_from(source)
        asked = resolver.completed(name)
        for full in asked if resolver.servers else ():
            if inside or not full.endswith("." + DOMAIN):
                addresses = self._lookup(full, view)
                if addresses:
                    return full, addresses
        return name.rstrip(".") if "." in name else asked[0], ()

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
        """What a call gets: a status and a body, or why there is no answer."""
        reply = self.reply(host, port, call, namespace, attempt)
        return reply.problem or (reply.status, reply.body)

    def reply(self, host: str, port: int, call: Call, namespace: str = "", attempt: int = 0) -> Reply:
        """What a call gets, and from whom.

        Which endpoint of a Service answers is drawn for who asks, when, and the `attempt`: asking again at the same
        moment leads to the same endpoint. Asking changes nothing but where a Service with affinity leads its client.
        """
        source = call.source
        _, addresses = self.resolve(host, namespace, source)
        if not addresses:
            return Reply(problem=f"bad address '{host}'")
        address = addresses[0]
        target = self._behind(address, port, call, f"{source}/{attempt}")
        if isinstance(target, Reply):
            return target
        if isinstance(target, tuple):
            if not (self.reaches(source, target[0]) and self._lets_through(source, *target)):
                target = DROPPED
            else:
                answer = self.answers(*target, call)
                if isinstance(answer, tuple):
                    return Reply(*answer, address=target[0], port=target[1])
                target = answer or REFUSED
                if answer:
                    return Reply(problem=answer, address=target[0])
        return Reply(problem=f"can't connect to remote host ({address}): {target}")

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

    def _behind(self, address: str, port: int, call: Call, client: str) -> tuple[str, int] | str | Reply:
        """The pod address and port behind an address and port, or why there is none; or what a node answers itself.

        A Service's address leads to one of its endpoints, as does a node's with a node port; and a node's leads to the
        pod that has one of its ports.
        """
        node = self._node_at(call.source)
        view = self.view_of(node)
        services: Any = view.indexed(core.Service, BY_ADDRESS, address)
        if services:
            named = _port_of(services[0], "port", port, call.protocol)
            if named is None:
                return REFUSED
            return self._led(view, Arrival(services[0], named, address, call.source, node), client)
        inside = call.source if address.startswith("127.") or address == "::1" else address
        nodes: Any = view.indexed(core.Node, BY_NODE_ADDRESS, inside)
        if nodes:
            there = nodes[0].metadata.name
            return self._at_node(there, address, inside, port, call, client) or (inside, port)
        return inside, port

    def _at_node(
        self, node: str, asked: str, address: str, port: int, call: Call, client: str
    ) -> tuple[str, int] | str | Reply | None:
        """Where a port of a node leads, or what the node answers there; None if it has nothing to do with it.

        `asked` is its address, or one that means whoever asks.
        """
        view = self.view_of(node)
        for service in view.indexed(core.Service, BY_NODE_PORT, str(port)):
            if service.spec.health_check_node_port == port:
                return Reply(*self.health(view, service, node), address=address, port=port)
            named = _port_of(service, "node_port", port, call.protocol)
            if named is not None:
                from_pod = self.pod_at(call.source) is not None or call.source == address
                arrival = Arrival(service, named, address, call.source, node, from_pod, at_node=True)
                return self._led(view, arrival, client)
        return self.host_port(node, asked, port, call.protocol)

    def _led(self, view: Cache, arrival: Arrival, client: str) -> tuple[str, int] | str:
        """The endpoint that a connection is led to, or why to none: by chance, or where its client was led before."""
        choices = self.forward(view, arrival)
        if isinstance(choices, str):
            return choices
        service, now = arrival.service, self._clock.now
        uid, seconds = service.metadata.uid, affinity_of(service)
        if not seconds:
            return self._entropy.choice(choices, "endpoint", uid, arrival.port.port, client, now)
        led, key = self.state.led, (arrival.node, uid, arrival.port.name or "", arrival.source)
        before, since = led.pop(key, (None, now))
        if before not in choices or now - since >= seconds:
            before = self._entropy.choice(choices, "endpoint", uid, arrival.port.port, client, now)
        assert before is not None
        led[key] = (before, now)
        while len(led) > LED:
            del led[next(iter(led))]
        return before


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
