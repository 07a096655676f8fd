"""Cluster IPs and node ports: what the server allocates for a Service.

What is taken is what the stored Services hold, so that nothing can leak or be counted twice. The choice among what is
free is drawn from the cluster's seed, as a real allocator draws at random.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from ipaddress import ip_address
from itertools import chain
from typing import Any

from ...objects import core, evolve
from .. import failures
from ..request import Desk

NODE_PORTS = range(30000, 32768)


def allocate_service(desk: Desk, new: Any, old: Any | None) -> Any:
    """The service with cluster IP, IP families and node ports as its type wants them."""
    spec = new.spec
    if old is not None and old.spec is spec:
        return new
    if spec.type == "ExternalName":
        return evolve(new, spec=evolve(spec, cluster_ip=None, cluster_ips=(), ip_families=(), ip_family_policy=None))
    spec = _cluster_ip(desk, new, spec, old.spec if old is not None else None)
    spec = _node_ports(desk, new, spec, old.spec if old is not None else None)
    spec = _health_check_port(desk, new, spec, old.spec if old is not None else None)
    return evolve(new, spec=spec)


def _cluster_ip(desk: Desk, service: Any, spec: Any, old: Any | None) -> Any:
    if not spec.cluster_ip and spec.cluster_ips:
        spec = evolve(spec, cluster_ip=spec.cluster_ips[0])
    if not spec.cluster_ip and old is not None and old.type != "ExternalName":
        spec = evolve(spec, cluster_ip=old.cluster_ip)
    given = spec.cluster_ip
    if not given:
        given = _free_address(desk, service.metadata.uid)
    elif given != "None" and (old is None or old.cluster_ip != given):
        _check_address(desk, service, given)
    anything = given == "None" and not spec.selector
    families = ("IPv4", "IPv6") if anything else ("IPv4",)
    policy = "RequireDualStack" if anything else "SingleStack"
    return evolve(
        spec,
        cluster_ip=given,
        cluster_ips=(given,),
        ip_families=spec.ip_families or families,
        ip_family_policy=spec.ip_family_policy or policy,
    )


def _held(service: Any) -> Iterator[Hashable]:
    """The cluster IP and the node ports that a service holds."""
    spec = service.spec
    if spec.cluster_ip and spec.cluster_ip != "None":
        yield spec.cluster_ip
    yield from (port.node_port for port in spec.ports if port.node_port)
    if spec.health_check_node_port:
        yield spec.health_check_node_port


def _free_address(desk: Desk, uid: str) -> str:
    """The first free address from a drawn place on, or, if there is none, of those that are kept for requests."""
    addresses, low = desk.ranges.services, max(desk.ranges.reserved, 1)
    taken = desk.holders(core.Service, _held)
    end = addresses.num_addresses - 1
    drawn = low + desk.entropy.below(end - low, "cluster-ip", uid)
    for place in chain(range(drawn, end), range(low, drawn), range(1, low)):
        address = str(addresses[place])
        if taken.bucket(address) is None:
            return address
    raise failures.internal_error("failed to allocate a serviceIP: range is full")


def _check_address(desk: Desk, service: Any, given: str) -> None:
    kind = desk.resource_of(core.Service).kind
    try:
        inside = ip_address(given) in desk.ranges.services
    except ValueError:
        return  # validation says what is wrong with it
    where = "spec.clusterIPs"
    if not inside:
        why = (
            f"failed to allocate IP {given}: the provided IP ({given}) is not in the valid range. "
            f"The range of valid IPs is {desk.ranges.services}"
        )
        raise failures.invalid(kind, service.metadata.name, [failures.invalid_value(where, [given], why)])
    if desk.holders(core.Service, _held).bucket(given) is not None:
        why = f"failed to allocate IP {given}: provided IP is already allocated"
        raise failures.invalid(kind, service.metadata.name, [failures.invalid_value(where, [given], why)])


def _node_ports(desk: Desk, service: Any, spec: Any, old: Any | None) -> Any:
    wants = spec.type == "NodePort" or (
        spec.type == "LoadBalancer" and spec.allocate_load_balancer_node_ports is not False
    )
    if not wants:
        if spec.type == "ClusterIP" and any(port.node_port for port in spec.ports):
            had = {port.node_port for port in old.ports} if old is not None else set()
            if all(port.node_port in had for port in spec.ports if port.node_port):
                return evolve(spec, ports=tuple(evolve(port, node_port=None) for port in spec.ports))
        return spec
    kept = {(port.protocol, port.port): port.node_port for port in old.ports} if old is not None else {}
    held, own, chosen = desk.holders(core.Service, _held), service.metadata.uid, set()

    def is_taken(number: int) -> bool:
        return number in chosen or any(uid != own for uid in held.bucket(number) or ())

    kind = desk.resource_of(core.Service).kind
    ports = []
    for index, port in enumerate(spec.ports):
        number = port.node_port or kept.get((port.protocol, port.port))
        if port.node_port and is_taken(port.node_port):
            problem = failures.invalid_value(
                f"spec.ports[{index}].nodePort", port.node_port, "provided port is already allocated"
            )
            raise failures.invalid(kind, service.metadata.name, [problem])
        attempt = 0
        while not number or is_taken(number):
            number = desk.entropy.choice(NODE_PORTS, "node-port", service.metadata.uid, index, attempt)
            attempt += 1
        chosen.add(number)
        ports.append(evolve(port, node_port=number))
    return evolve(spec, ports=tuple(ports))


def _health_check_port(desk: Desk, service: Any, spec: Any, old: Any | None) -> Any:
    """A load balancer that keeps traffic on the node asks each node, at a port of its own, whether it has a pod."""
    if spec.type != "LoadBalancer" or spec.external_traffic_policy != "Local":
        return spec if not spec.health_check_node_port else evolve(spec, health_check_node_port=None)
    if spec.health_check_node_port:
        return spec
    number = old.health_check_node_port if old is not None else None
    held, chosen = desk.holders(core.Service, _held), {port.node_port for port in spec.ports}
    attempt = 0
    while not number or ((held.bucket(number) is not None or number in chosen) and old is None):
        number = desk.entropy.choice(NODE_PORTS, "health-check-port", service.metadata.uid, attempt)
        attempt += 1
    return evolve(spec, health_check_node_port=number)
