"""Cluster IPs and node ports: what the server allocates for a Service.

What is taken is what the stored Services hold, so that nothing can leak or be counted twice. The choice among what is
free is drawn from the cluster's seed, as a real allocator draws at random.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from ipaddress import IPv4Network, ip_address
from itertools import chain
from typing import Any

from ...objects import core, evolve, networking
from ...values.names import is_path_segment_name
from ...values.ranges import reserved_of
from .. import failures
from ..request import Desk
from .service_rules import addresses_of

OWN_RANGE = "kubernetes"
"""The ServiceCIDR of the range that the server was started with."""

NODE_PORTS = range(30000, 32768)
OUT_OF_RANGE = "provided port is not in the valid range. The range of valid ports is 30000-32767"
TAKEN = "provided port is already allocated"
FULL = "range is full"

DRAWS = 64
"""So many ports are drawn before the free ones are gone through."""


def allocate_service(desk: Desk, new: Any, old: Any | None) -> Any:
    """The service with cluster IP, IP families and node ports as its type wants them.

    Raises the refusal of addresses that do not fit together, are not the cluster's, or are taken.
    """
    if old is not None and old.spec is new.spec:
        return new
    spec = new.spec
    if old is not None:
        spec = _without_what_was(_patched(spec, old.spec), old.spec)
    spec = _in_step(spec, old.spec if old is not None else None)
    if spec.type != "ExternalName":
        spec = _families(desk, evolve(new, spec=spec), old.spec if old is not None else None)
        spec = _cluster_ip(desk, new, spec, old.spec if old is not None else None)
    spec = _node_ports(desk, new, spec, old.spec if old is not None else None)
    spec = _health_check_port(desk, new, spec, old.spec if old is not None else None)
    return new if spec is new.spec else evolve(new, spec=spec)


def _patched(spec: Any, old: Any) -> Any:
    """What has been allocated stays where an update does not say it, as long as the type wants it."""
    changes: dict[str, Any] = {}
    if "ExternalName" not in (spec.type, old.type):
        if not spec.cluster_ip and old.cluster_ip:
            changes["cluster_ip"] = old.cluster_ip
        if not spec.cluster_ips and old.cluster_ips:
            changes["cluster_ips"] = old.cluster_ips
    return evolve(spec, **changes) if changes else spec


def _without_what_was(spec: Any, old: Any) -> Any:
    """What only the old type had is dropped, if it is still as it was."""
    gone: list[str] = []
    if old.type != "ExternalName" and spec.type == "ExternalName":
        gone += [name for name in ("ip_families", "ip_family_policy") if getattr(spec, name) == getattr(old, name)]
        if spec.cluster_ips in ((), old.cluster_ips) and spec.cluster_ip in (None, old.cluster_ip):
            gone += ["cluster_ip", "cluster_ips"]
    if _on_nodes(old) and not _on_nodes(spec) and _ports_of(spec) == _ports_of(old):
        spec = evolve(spec, ports=tuple(evolve(port, node_port=None) for port in spec.ports))
    if old.type == "LoadBalancer" and spec.type != "LoadBalancer":
        names_of = ("allocate_load_balancer_node_ports", "load_balancer_class")
        gone += [name for name in names_of if getattr(spec, name) == getattr(old, name)]
    if _outside(old) and not _outside(spec) and spec.external_traffic_policy == old.external_traffic_policy:
        gone.append("external_traffic_policy")
    return evolve(spec, **dict.fromkeys(gone)) if gone else spec


def _on_nodes(spec: Any) -> bool:
    return spec.type in ("LoadBalancer", "NodePort")


def _ports_of(spec: Any) -> set[int]:
    """The ports of nodes that a service has."""
    return {port.node_port for port in spec.ports if port.node_port}


def _outside(spec: Any) -> bool:
    return _on_nodes(spec) or bool(spec.type == "ClusterIP" and spec.external_ips)


def _in_step(spec: Any, old: Any | None) -> Any:
    """One cluster IP is the first of several: who writes one of the two fields means both."""
    ip, ips = spec.cluster_ip or "", spec.cluster_ips
    if old is None:
        return evolve(spec, cluster_ips=(ip,)) if ip and not ips else spec
    was, had = old.cluster_ip or "", old.cluster_ips
    if had and not ips and ip == was:
        return evolve(spec, cluster_ips=had)
    if ip != was and ips == had:
        return evolve(spec, cluster_ips=(ip,) if ip else ())
    return spec


def _families(desk: Desk, service: Any, old: Any | None) -> Any:
    """The families of a service's addresses. This cluster has one, IPv4 or IPv6."""
    spec = service.spec
    own = f"IPv{desk.ranges.services.version}"
    anything = spec.cluster_ip == "None" and not spec.selector
    policy = spec.ip_family_policy or (old.ip_family_policy if old is not None else None)
    if policy is None:
        policy = "RequireDualStack" if anything else "SingleStack"
    spec = evolve(spec, ip_family_policy=policy)
    problems = [*addresses_of(evolve(service, spec=spec))]
    _refuse(desk, service, problems)
    families, where = spec.ip_families, "spec.ipFamilyPolicy"
    if policy == "SingleStack":
        text = "must be 'RequireDualStack' or 'PreferDualStack' when multiple"
        if len(spec.cluster_ips) == 2:
            problems.append(failures.invalid_value(where, policy, f"{text} cluster IPs are specified"))
        if len(families) == 2:
            problems.append(failures.invalid_value(where, policy, f"{text} IP families are specified"))
    for index, ip in enumerate(spec.cluster_ips):
        if ip == "None":
            break
        family = "IPv6" if ":" in ip else "IPv4"
        if index >= len(families) and family != own:
            text = f"{family} is not configured on this cluster"
            problems.append(failures.invalid_value(f"spec.clusterIPs[{index}]", list(spec.cluster_ips), text))
        elif index >= len(families):
            families = (*families, family)
    _refuse(desk, service, problems)
    if anything:
        other = {"IPv4": "IPv6", "IPv6": "IPv4"}
        families = families or (own,)
        if len(families) < 2 and policy != "SingleStack":
            families = (*families, other[families[0]])
        return evolve(spec, ip_families=families)
    if policy == "RequireDualStack":
        text = "this cluster is not configured for dual-stack services"
        problems.append(failures.invalid_value(where, policy, text))
    for index, family in enumerate(families):
        if family != own:
            text = "not configured on this cluster"
            problems.append(failures.invalid_value(f"spec.ipFamilies[{index}]", family, text))
    _refuse(desk, service, problems)
    return evolve(spec, ip_families=families or (own,))


def _refuse(desk: Desk, service: Any, problems: list[failures.FieldError]) -> None:
    if problems:
        raise failures.invalid(desk.resource_of(core.Service).kind, service.metadata.name or "", problems)


def _cluster_ip(desk: Desk, service: Any, spec: Any, old: Any | None) -> Any:
    given = spec.cluster_ip
    if old is not None and old.type != "ExternalName" and spec.cluster_ips == old.cluster_ips:
        return spec
    if not given:
        again = "" if old is None else f"/{service.metadata.resource_version}"
        given = _free_address(desk, f"{service.metadata.uid}{again}")
    elif given != "None" and (old is None or old.type == "ExternalName"):
        _check_address(desk, service, given)
    if spec.cluster_ip == given:
        return spec
    _check_parent(desk, service, given)
    return evolve(spec, cluster_ip=given, cluster_ips=(given,))


def _check_parent(desk: Desk, service: Any, address: str) -> None:
    """An address belongs to its service by name: one that cannot be said in a path cannot be allocated for."""
    name = service.metadata.name or ""
    texts = [f'Invalid value: "{name}": {text}' for text in is_path_segment_name(name)] if name else ["Required value"]
    for text in texts:
        inner = f'IPAddress.networking.k8s.io "{address}" is invalid: spec.parentRef.name: {text}'
        problem = failures.invalid_value("spec.clusterIPs", [""], f"failed to allocate IP: {inner}")
        _refuse(desk, service, [problem])


def cluster_ips(service: Any) -> tuple[str, ...]:
    """The cluster IPs of a Service."""
    return tuple([address for address in service.spec.cluster_ips if address != "None"])


def held(service: Any) -> Iterator[Hashable]:
    """The cluster IPs and the node ports that a Service holds."""
    spec = service.spec
    yield from cluster_ips(service)
    yield from (port.node_port for port in spec.ports if port.node_port)
    if spec.health_check_node_port:
        yield spec.health_check_node_port


def _free_address(desk: Desk, uid: str) -> str:
    """The first free address from a drawn place on, or, if there is none, of those that are kept for requests.

    Of the range of the server first, and then of others, in the order of their names.
    """
    for addresses in _ranges(desk):
        low, end = max(reserved_of(addresses), 1), addresses.num_addresses - 1
        drawn = low + desk.entropy.below(end - low, "cluster-ip", uid) if end > low else low
        for place in chain(range(drawn, end), range(low, drawn), range(1, low)):
            address = str(addresses[place])
            if not _is_taken(desk, address):
                return address
    raise failures.internal_error(f"failed to allocate a serviceIP: {FULL}")


def _is_taken(desk: Desk, address: str) -> bool:
    is_held = desk.holders(core.Service, held).bucket(address) is not None
    return is_held or desk.find(networking.IPAddress, None, address) is not None


def _ranges(desk: Desk) -> list[IPv4Network]:
    """The ranges of which Services get addresses now."""
    ready = desk.holders(networking.ServiceCIDR, _ready).under("ready")
    found = sorted(ready, key=lambda each: (each.metadata.name != OWN_RANGE, each.metadata.name))
    return [IPv4Network(cidr) for each in found for cidr in each.spec.cidrs if ":" not in cidr]


def _ready(service_cidr: Any) -> Iterator[Hashable]:
    """Whether Services can get addresses of a ServiceCIDR. The server's own range is ready from the beginning."""
    said = [each.status for each in service_cidr.status.conditions if each.type == "Ready"]
    is_own = service_cidr.metadata.name == OWN_RANGE and not said
    if service_cidr.metadata.deletion_timestamp is None and (is_own or said == ["True"]):
        yield "ready"


def _check_address(desk: Desk, service: Any, given: str) -> None:
    kind = desk.resource_of(core.Service).kind
    try:
        address = ip_address(given)
    except ValueError:
        return  # validation says what is wrong with it
    found = next((each for each in _ranges(desk) if address in each), None)
    if found is None:
        why = "the provided network does not match the current range"
    elif address in (found.network_address, found.broadcast_address):
        why = f"the provided IP ({given}) is not in the valid range. The range of valid IPs is {found}"
    elif _is_taken(desk, given):
        why = "provided IP is already allocated"
    else:
        return
    problem = failures.invalid_value("spec.clusterIPs", [given], f"failed to allocate IP {given}: {why}")
    raise failures.invalid(kind, service.metadata.name, [problem])


def _node_ports(desk: Desk, service: Any, spec: Any, old: Any | None) -> Any:
    wants = spec.type == "NodePort" or (
        spec.type == "LoadBalancer" and spec.allocate_load_balancer_node_ports is not False
    )
    if not wants:
        return spec
    kept = {(port.protocol, port.port): port.node_port for port in old.ports} if old is not None else {}
    taken, own, chosen = desk.holders(core.Service, held), service.metadata.uid, set()

    def is_taken(number: int) -> bool:
        return number in chosen or any(uid != own for uid in taken.bucket(number) or ())

    kind = desk.resource_of(core.Service).kind
    ports = []
    for index, port in enumerate(spec.ports):
        number = port.node_port or kept.get((port.protocol, port.port))
        if port.node_port and port.node_port not in NODE_PORTS and port.node_port not in kept.values():
            where = f"spec.ports[{index}].nodePort"
            problem = failures.invalid_value(where, port.node_port, OUT_OF_RANGE)
            raise failures.invalid(kind, service.metadata.name or "", [problem])
        if port.node_port and is_taken(port.node_port):
            problem = failures.invalid_value(f"spec.ports[{index}].nodePort", port.node_port, TAKEN)
            raise failures.invalid(kind, service.metadata.name, [problem])
        if not number or is_taken(number):
            number = _free_port(desk, is_taken, "node-port", own, index)
            if number is None:
                raise failures.internal_error(f"failed to allocate a nodePort: {FULL}")
        chosen.add(number)
        ports.append(evolve(port, node_port=number))
    return evolve(spec, ports=tuple(ports))


def _health_check_port(desk: Desk, service: Any, spec: Any, old: Any | None) -> Any:
    """A load balancer that keeps traffic on the node asks each node, at a port of its own, whether it has a pod."""
    if spec.type != "LoadBalancer" or spec.external_traffic_policy != "Local":
        kept = old is not None and spec.health_check_node_port == old.health_check_node_port
        return evolve(spec, health_check_node_port=None) if kept and spec.health_check_node_port else spec
    taken, chosen = desk.holders(core.Service, held), {port.node_port for port in spec.ports}
    asked, had = spec.health_check_node_port, old.health_check_node_port if old is not None else None
    if asked:
        problem = OUT_OF_RANGE if asked not in NODE_PORTS else ""
        if taken.bucket(asked) is not None or asked in chosen:
            problem = TAKEN
        if problem and asked != had:
            raise failures.internal_error(f"failed to allocate requested HealthCheck NodePort {asked}: {problem}")
        return spec
    if had:
        return evolve(spec, health_check_node_port=had)

    def is_taken(number: int) -> bool:
        return number in chosen or taken.bucket(number) is not None

    number = _free_port(desk, is_taken, "health-check-port", service.metadata.uid)
    if number is None:
        raise failures.internal_error(f"failed to allocate a HealthCheck NodePort 0: {FULL}")
    return evolve(spec, health_check_node_port=number)


def _free_port(desk: Desk, is_taken: Callable[[int], bool], *purpose: Any) -> int | None:
    """A port of the nodes that is drawn, or, if those that are drawn are taken, the first that is not; None if all
    are."""
    for attempt in range(DRAWS):
        number = desk.entropy.choice(NODE_PORTS, *purpose, attempt)
        if not is_taken(number):
            return number
    return next((number for number in NODE_PORTS if not is_taken(number)), None)
