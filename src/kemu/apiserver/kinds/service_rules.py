"""What a service may be: its type, ports, addresses and policies, and what of them may change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ...objects import core
from ...values import names
from ..failures import (
    FieldError,
    duplicate,
    duplicate_inside,
    forbidden_field,
    invalid_value,
    not_supported,
)
from ..failures import required as missing
from ..rows import NONE, Rows, below, choice
from ..rules import labels, one_of, port, port_number, qualified_name
from ..rules import required as is_required
from .endpoint_rules import endpoint_ip

HEADLESS = "None"
AFFINITY_MAX = 86400
HINTS = "service.kubernetes.io/topology-aware-hints"
MODE = "service.kubernetes.io/topology-mode"
RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
FAMILIES = ("IPv4", "IPv6")
POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
BALANCED = "may only be used when `type` is 'LoadBalancer'"
ONCE = "may not change once set"
NOT_EXTERNAL = "may not be set for ExternalName services"


def headless(service: Any) -> bool:
    """Whether a service has no address of its own on purpose."""
    return bool(service.spec.cluster_ips == (HEADLESS,))


def _reachable(service: Any) -> Iterable[FieldError]:
    """A service with an address has ports; one without is the name of something else."""
    spec = service.spec
    if spec.type == "ExternalName":
        return _external_name(spec)
    found = []
    if not headless(service):
        return NONE if spec.ports else (missing("spec.ports"),)
    if spec.type in ("LoadBalancer", "NodePort"):
        text = f"may not be set to 'None' for {spec.type} services"
        found.append(invalid_value("spec.clusterIPs[0]", HEADLESS, text))
    return found


def _external_name(spec: Any) -> Iterator[FieldError]:
    for name, given in (
        ("clusterIPs", spec.cluster_ips),
        ("ipFamilies", spec.ip_families),
        ("ipFamilyPolicy", spec.ip_family_policy),
    ):
        if given:
            yield forbidden_field(f"spec.{name}", NOT_EXTERNAL)
    name = (spec.external_name or "").removesuffix(".")
    if not name:
        yield missing("spec.externalName")
    for text in names.is_dns1123_subdomain(name) if name else ():
        yield invalid_value("spec.externalName", name, text)


def _ports(ports: Sequence[Any]) -> Iterator[FieldError]:
    """The only port may do without a name; several have one each."""
    seen: set[str] = set()
    for index, opened in enumerate(ports):
        name, where = opened.name or "", f"[{index}].name"
        if not name and len(ports) > 1:
            yield missing(where)
        elif name:
            yield from (invalid_value(where, name, text) for text in names.is_dns1123_label(name))
            if name in seen:
                yield duplicate(where, name)
            seen.add(name)
        problems = NUMBERS(opened)
        if problems:
            yield from below(f"[{index}]", problems)


NUMBERS = Rows(
    core.ServicePort,
    {"port": port_number, "protocol": (is_required, choice), "targetPort": port, "appProtocol": qualified_name},
    declared=False,
)


def _affinity(service: Any) -> Iterator[FieldError]:
    config, where = service.spec.session_affinity_config, "spec.sessionAffinityConfig"
    if service.spec.session_affinity == "ClientIP":
        text = "when session affinity type is ClientIP"
        if config is None:
            yield missing(where, text)
        elif config.client_ip is None:
            yield missing(f"{where}.clientIP", text)
        elif config.client_ip.timeout_seconds is None:
            yield missing(f"{where}.clientIP.timeoutSeconds", text)
        elif not 0 < config.client_ip.timeout_seconds <= AFFINITY_MAX:
            seconds, text = config.client_ip.timeout_seconds, f"must be greater than 0 and less than {AFFINITY_MAX}"
            yield invalid_value(f"{where}.clientIP.timeoutSeconds", seconds, text)
    elif service.spec.session_affinity == "None" and config is not None:
        yield forbidden_field(where, "must not be set when session affinity is None")


# Addresses


def addresses_of(service: Any) -> Iterator[FieldError]:
    """Cluster IPs and families of addresses fit together."""
    spec = service.spec
    first, ips = spec.cluster_ip or "", spec.cluster_ips
    where = "spec.clusterIPs"
    if first and not ips:
        yield missing(where)
    elif first and ips[0] != first:
        yield invalid_value(where, ips, "first value must match `clusterIP`")
    elif not first and ips:
        yield invalid_value(where, ips, "must be empty when `clusterIP` is not specified")
    yield from _families(spec)
    wrong = False
    for index, ip in enumerate(ips):
        if index == 0 and ip == HEADLESS:
            if len(ips) > 1:
                wrong = True
                yield invalid_value(where, ips, "'None' must be the first and only value")
            continue
        problems = names.is_strict_ip(ip)
        wrong = wrong or bool(problems)
        yield from (invalid_value(f"{where}[{index}]", ip, text) for text in problems)
    if len(ips) > 2:
        yield invalid_value(where, ips, "may only hold up to 2 values")
    if wrong:
        return
    if len(ips) > 1 and len({":" in ip for ip in ips}) < 2:
        yield invalid_value(where, ips, "may specify no more than one IP for each IP family")
    if not headless(service):
        for index, (ip, family) in enumerate(zip(ips, spec.ip_families, strict=False)):
            if family in FAMILIES and (":" in ip) is not (family == "IPv6"):
                text = f"expected an {family} value as indicated by `ipFamilies[{index}]`"
                yield invalid_value(f"{where}[{index}]", ip, text)


def _families(spec: Any) -> Iterator[FieldError]:
    seen: set[str] = set()
    for index, family in enumerate(spec.ip_families):
        if family not in FAMILIES:
            yield not_supported(f"spec.ipFamilies[{index}]", family, FAMILIES)
        if family in seen:
            yield duplicate(f"spec.ipFamilies[{index}]", family)
        seen.add(family)
    if spec.ip_family_policy is not None and spec.ip_family_policy not in POLICIES:
        yield not_supported("spec.ipFamilyPolicy", spec.ip_family_policy, POLICIES)


def _inner_addresses(service: Any) -> Iterable[FieldError]:
    return NONE if service.spec.type == "ExternalName" else addresses_of(service)


def _external_ips(addresses: Sequence[str]) -> Iterator[FieldError]:
    for index, ip in enumerate(addresses):
        problems = names.is_strict_ip(ip)
        yield from (invalid_value(f"[{index}]", ip, text) for text in problems)
        if not problems:
            yield from below(f"[{index}]", endpoint_ip(ip))


# Ports taken once, and what belongs to load balancers


def _taken_once(service: Any) -> Iterator[FieldError]:
    """A number is one port of each protocol, and a port of the node leads to one of them."""
    spec = service.spec
    ports = spec.ports
    if spec.type == "ClusterIP":
        for index, opened in enumerate(ports):
            if opened.node_port:
                where = f"spec.ports[{index}].nodePort"
                yield forbidden_field(where, "may not be used when `type` is 'ClusterIP'")
    if len(ports) < 2:
        return
    seen: set[Any] = set()
    for index, opened in enumerate(ports):
        key = ("node", opened.protocol, opened.node_port)
        if opened.node_port and key in seen:
            yield duplicate(f"spec.ports[{index}].nodePort", opened.node_port)
        seen.add(key)
    for index, opened in enumerate(ports):
        key = ("port", opened.protocol, opened.port)
        if key in seen:
            shown = core.ServicePort(protocol=opened.protocol, port=opened.port)
            yield duplicate_inside(f"spec.ports[{index}]", shown)
        seen.add(key)


def _ranges(service: Any) -> Iterator[FieldError]:
    """From where a load balancer may be reached: by the field, or by the annotation from before there was one."""
    spec = service.spec
    where = "spec.LoadBalancerSourceRanges"
    if spec.load_balancer_source_ranges:
        if spec.type != "LoadBalancer":
            yield forbidden_field(where, BALANCED)
        for index, value in enumerate(spec.load_balancer_source_ranges):
            value = value.strip()
            yield from (invalid_value(f"{where}[{index}]", value, text) for text in names.is_strict_cidr(value))
        return
    annotation = service.metadata.annotations.get(RANGES)
    if annotation is None:
        return
    where = f"metadata.annotations[{RANGES}]"
    if spec.type != "LoadBalancer":
        yield forbidden_field(where, BALANCED)
    for value in annotation.split(",") if annotation.strip() else ():
        value = value.strip()
        yield from (invalid_value(where, value, text) for text in names.is_strict_cidr(value))


def _balanced(service: Any) -> Iterator[FieldError]:
    allocates, balances = service.spec.allocate_load_balancer_node_ports, service.spec.type == "LoadBalancer"
    if allocates is not None and not balances:
        yield forbidden_field("spec.allocateLoadBalancerNodePorts", BALANCED)
    if allocates is None and balances:
        yield missing("allocateLoadBalancerNodePorts")
    yield from _class(service)


def _class(service: Any) -> Iterator[FieldError]:
    """Who makes the load balancer."""
    chosen, balances = service.spec.load_balancer_class, service.spec.type == "LoadBalancer"
    if chosen is not None and balances:
        yield from (invalid_value("spec.loadBalancerClass", chosen, text) for text in names.is_qualified_name(chosen))
    elif chosen is not None:
        yield forbidden_field("spec.loadBalancerClass", BALANCED)


def _traffic(service: Any) -> Iterator[FieldError]:
    """Where traffic from outside may go, and where its sender learns whether there is anybody."""
    spec = service.spec
    policy, where = spec.external_traffic_policy, "spec.externalTrafficPolicy"
    outside = spec.type in ("LoadBalancer", "NodePort") or (spec.type == "ClusterIP" and spec.external_ips)
    if not outside and policy:
        yield invalid_value(where, policy, "may only be set for externally-accessible services")
    elif outside and not policy:
        yield missing(where)
    elif outside and policy not in ("Cluster", "Local"):
        yield not_supported(where, policy, ("Cluster", "Local"))
    number, where = spec.health_check_node_port or 0, "spec.healthCheckNodePort"
    if not asks_health(service):
        if number:
            text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
            yield invalid_value(where, number, text)
    elif not number:
        yield missing(where)
    else:
        yield from (invalid_value(where, number, text) for text in names.is_valid_port_num(number))
    if spec.internal_traffic_policy is None and spec.type in ("NodePort", "LoadBalancer", "ClusterIP"):
        yield missing("spec.internalTrafficPolicy")


def asks_health(service: Any) -> bool:
    """Whether a load balancer asks each node if it has a pod of the service."""
    spec = service.spec
    return bool(spec.type == "LoadBalancer" and spec.external_traffic_policy == "Local")


RULES = (
    _reachable,
    {"spec.ports": _ports, "spec.selector": labels, "spec.sessionAffinity": (is_required, choice)},
    _affinity,
    _inner_addresses,
    {"spec.externalIPs": _external_ips, "spec.type": (is_required, choice)},
    _taken_once,
    _ranges,
    _balanced,
    _traffic,
    {
        "spec.internalTrafficPolicy": one_of("Cluster", "Local"),
        "spec.trafficDistribution": one_of("PreferClose", "PreferSameZone", "PreferSameNode"),
    },
)


def annotations_agree(service: Any, old: Any | None) -> Iterable[FieldError]:
    """The old and the new name of the topology mode say the same."""
    annotations = service.metadata.annotations
    mode, hints = annotations.get(MODE), annotations.get(HINTS)
    if mode is None or hints is None or mode == hints:
        return NONE
    text = f"must match annotations[{HINTS}] when both are specified"
    return (invalid_value(f"metadata.annotations[{MODE}]", mode, text),)


# What may change


def keeps_addresses(new: Any, old: Any) -> Iterator[FieldError]:
    """The first address and the first family stay; a second comes and goes."""
    if "ExternalName" in (new.spec.type, old.spec.type) or (headless(new) and headless(old)):
        return
    yield from _stay("clusterIPs", new.spec.cluster_ips, old.spec.cluster_ips, new.spec)
    if not headless(new) and not headless(old):
        yield from _stay("ipFamilies", new.spec.ip_families, old.spec.ip_families, new.spec)


def _stay(name: str, now: Sequence[str], was: Sequence[str], spec: Any) -> Iterator[FieldError]:
    primary = "clusterIP" if name == "clusterIPs" else "ipFamily"
    where = f"spec.{name}[0]"
    if len(now) == len(was):
        for index, (one, other) in enumerate(zip(now, was, strict=True)):
            if one != other:
                yield invalid_value(f"spec.{name}[{index if name == 'clusterIPs' else 0}]", list(now), ONCE)
        return
    if len(now) < len(was) and not now:
        yield invalid_value(where, list(now), f"primary {primary} can not be unset")
    if now and was and now[0] != was[0]:
        yield invalid_value(where, list(spec.cluster_ips), ONCE)
    if len(now) == 1 and len(was) > 1 and spec.ip_family_policy != "SingleStack":
        text = f"must be set to 'SingleStack' when releasing the secondary {primary}"
        yield invalid_value("spec.ipFamilyPolicy", spec.ip_family_policy, text)


def keeps_balancer(new: Any, old: Any) -> Iterator[FieldError]:
    """A load balancer stays with who made it, and at the port where it asks for health."""
    yield from _class(new)
    both = new.spec.type == old.spec.type == "LoadBalancer"
    if both and new.spec.load_balancer_class != old.spec.load_balancer_class:
        yield invalid_value("spec.loadBalancerClass", new.spec.load_balancer_class, ONCE)
    if asks_health(new) and asks_health(old) and new.spec.health_check_node_port != old.spec.health_check_node_port:
        yield forbidden_field("spec.healthCheckNodePort", "field is immutable")


def balancer_status(new: Any, old: Any) -> Iterator[FieldError]:
    """Where a load balancer is reached: only of a service that has one."""
    where = "status.loadBalancer.ingress"
    ingress = new.status.load_balancer.ingress
    if new.spec.type != "LoadBalancer":
        if ingress:
            yield forbidden_field(where, "may only be used when `spec.type` is 'LoadBalancer'")
        return
    for index, entry in enumerate(ingress):
        yield from below(f"{where}[{index}]", _entry(entry))


def _entry(entry: Any) -> Iterator[FieldError]:
    ip, mode, host = entry.ip or "", entry.ip_mode, entry.hostname or ""
    yield from (invalid_value("ip", ip, text) for text in (names.is_strict_ip(ip) if ip else ()))
    if mode is None and ip:
        yield missing("ipMode", "must be specified when `ip` is set")
    elif mode is not None and not ip:
        yield forbidden_field("ipMode", "may not be specified when `ip` is not set")
    elif mode not in (None, "Proxy", "VIP"):
        yield not_supported("ipMode", mode, ("Proxy", "VIP"))
    if host:
        yield from (invalid_value("hostname", host, text) for text in names.is_dns1123_subdomain(host))
        if names.address_of(host) is not None:
            yield invalid_value("hostname", host, "must be a DNS name, not an IP address")
