"""The simulated network: pod addresses, cluster DNS, and connections through Services.

Names and addresses are read from the API objects as they are stored, when somebody asks; there is nothing to keep in
step. What answers on an address is found by asking the runtime, through the kubelet, which container is behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .apiserver.server import ApiServer
from .objects import core, discovery
from .values.frozen import FrozenMap

DOMAIN = "cluster.local"
POD_NETWORK = "10.244"
"""Pods of the n-th node get addresses in 10.244.n.0/24, or in 10.(244 + n // 256).(n % 256).0/24."""

Answerer = Callable[[str, int], "tuple[int, str] | None"]


class Network:
    """Addresses, names and connections of one cluster. `answers(ip, port)` says what a pod serves there."""

    __slots__ = ("_api", "_next", "answers", "hosts")

    def __init__(self, api: ApiServer) -> None:
        self._api = api
        self._next: dict[int, int] = {}
        self.hosts: FrozenMap[str, str] = FrozenMap()
        """Names outside of the cluster and their addresses; set it with `add_host`."""
        self.answers: Answerer = lambda ip, port: None

    def fork(self, api: ApiServer) -> Network:
        """The same addresses, over a forked server."""
        twin = Network(api)
        twin._next = dict(self._next)
        twin.hosts = self.hosts
        return twin

    def add_host(self, name: str, address: str) -> None:
        """Let a name outside of the cluster resolve to an address."""
        self.hosts = FrozenMap({**self.hosts, name: address})

    def pod_range(self, node_index: int) -> str:
        """The range of addresses of a node's pods, in CIDR form."""
        return f"10.{244 + node_index // 256}.{node_index % 256}.0/24"

    def pod_address(self, node_index: int) -> str:
        """A fresh address for a pod on a node; addresses are reused only after all of the node's were used."""
        count = self._next.get(node_index, 0)
        self._next[node_index] = count + 1
        return f"10.{244 + node_index // 256}.{node_index % 256}.{2 + count % 252}"

    # Names

    def resolve(self, name: str, namespace: str) -> tuple[str, tuple[str, ...]]:
        """The full name and addresses of a name as asked for in a namespace; no addresses if nothing has the name.

        The search path is that of a pod: the namespace's services, all services, the cluster's domain.
        """
        name = name.rstrip(".")
        if name in self.hosts:
            return name, (self.hosts[name],)
        if name == "localhost":
            return name, ("127.0.0.1",)
        if name.replace(".", "").isdigit():
            return name, (name,)
        suffixes = (f".{namespace}.svc.{DOMAIN}", f".svc.{DOMAIN}", f".{DOMAIN}", "")
        for suffix in suffixes:
            full = name + suffix
            addresses = self._lookup(full)
            if addresses:
                return full, addresses
        return name if "." in name else name + suffixes[0], ()

    def _lookup(self, full: str) -> tuple[str, ...]:
        if not full.endswith("." + DOMAIN):
            return ()
        parts = full.removesuffix("." + DOMAIN).split(".")
        if parts[-1] == "svc" and len(parts) in (3, 4):
            return self._service_addresses(parts[-3], parts[-2], parts[0] if len(parts) == 4 else "")
        if parts[-1] == "pod" and len(parts) == 3:
            return (parts[0].replace("-", "."),)
        return ()

    def _service_addresses(self, name: str, namespace: str, host: str) -> tuple[str, ...]:
        service = self._api.by_type(core.Service, namespace, name)
        if service is None:
            return ()
        spec = service.spec
        if spec.type == "ExternalName":
            return self.resolve(spec.external_name or "", namespace)[1]
        if spec.cluster_ip and spec.cluster_ip != "None" and not host:
            return (spec.cluster_ip,)
        found = []
        for endpoint in self._endpoints(namespace, name):
            if not host or endpoint.hostname == host:
                if endpoint.conditions.ready is not False or spec.publish_not_ready_addresses:
                    found.extend(endpoint.addresses)
        return tuple(found)

    def _endpoints(self, namespace: str, service: str) -> list[Any]:
        slices = self._api.resources.of(discovery.EndpointSlice)
        return [
            endpoint
            for pair in self._api.store.items(slices.collection(namespace))
            if pair.value.metadata.labels.get("kubernetes.io/service-name") == service
            for endpoint in pair.value.endpoints
        ]

    # Connections

    def connects(self, host: str, port: int, namespace: str) -> str:
        """Why a connection fails, or nothing if it succeeds."""
        answer = self.fetch(host, port, "/", namespace)
        return answer if isinstance(answer, str) else ""

    def fetch(self, host: str, port: int, path: str, namespace: str) -> tuple[int, str] | str:
        """The status and body that a GET gets, or why there is no answer."""
        _, addresses = self.resolve(host, namespace)
        if not addresses:
            return f"bad address '{host}'"
        address = addresses[0]
        target = self._behind(address, port)
        if target is None:
            return f"can't connect to remote host ({address}): Connection refused"
        answer = self.answers(*target)
        if answer is None:
            return f"can't connect to remote host ({address}): Connection refused"
        return answer

    def _behind(self, address: str, port: int) -> tuple[str, int] | None:
        """The pod address and port behind an address and port: a Service's leads to one of its ready endpoints."""
        service = self._service_at(address)
        if service is None:
            return address, port
        named = next((each for each in service.spec.ports if each.port == port), None)
        if named is None:
            return None
        choices: list[tuple[str, int]] = []
        slices = self._api.resources.of(discovery.EndpointSlice)
        for pair in self._api.store.items(slices.collection(service.metadata.namespace)):
            piece = pair.value
            if piece.metadata.labels.get("kubernetes.io/service-name") != service.metadata.name:
                continue
            target = next((each.port for each in piece.ports if (each.name or "") == (named.name or "")), None)
            for endpoint in piece.endpoints:
                if endpoint.conditions.ready is not False and target is not None:
                    choices.extend((ip, target) for ip in endpoint.addresses)
        return self._api.entropy.choice("endpoint", choices) if choices else None

    def _service_at(self, address: str) -> Any | None:
        services = self._api.resources.of(core.Service)
        for pair in self._api.store.items(services.prefix):
            if address in pair.value.spec.cluster_ips:
                return pair.value
        return None
