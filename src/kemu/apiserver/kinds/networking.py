"""Ingresses, network policies, addresses of services: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...objects import core, evolve
from ...objects.schema import Type
from ...values import names
from ..cells import AGE, NAME, NONE, cell, joined, row, selector_text, some
from ..failures import FieldError, forbidden_field, invalid_value, not_supported, shown
from ..failures import required as missing
from ..policy import Policy, whole
from ..rows import below, choice, each, first, struct
from ..rules import (
    at_most_bytes,
    demand,
    dns_subdomain,
    domain_prefixed_path,
    label_selector,
    path_segment,
    port,
    required,
)
from ..updates import IMMUTABLE, immutable
from .oddities import balanced_addresses, odd_range

CLASS = "kubernetes.io/ingress.class"
"""The annotation that named the class of an ingress before there was a field for it."""

NOT_IN_PATHS = ("//", "/./", "/../", "%2f", "%2F")
NOT_AT_THE_END = ("/..", "/.")


# Ingresses


def _host(host: str) -> Iterator[FieldError]:
    """A name of DNS, or all names below one."""
    if not names.is_valid_ip(host):
        yield invalid_value("", host, "must be a DNS name, not an IP address")
    yield from _certified_host(host)


def _certified_host(host: str) -> Iterator[FieldError]:
    check = names.is_wildcard_dns1123_subdomain if "*" in host else names.is_dns1123_subdomain
    for text in check(host):
        yield invalid_value("", host, text)


def _path(path: Any) -> Iterator[FieldError]:
    """What a path may look like depends on how it is matched."""
    text = path.path or ""
    if path.path_type in ("Exact", "Prefix"):
        if not text.startswith("/"):
            yield invalid_value("path", text, "must be an absolute path")
        for part in NOT_IN_PATHS:
            if part in text:
                yield invalid_value("path", text, f"must not contain '{part}'")
        for part in NOT_AT_THE_END:
            if text.endswith(part):
                yield invalid_value("path", text, f"cannot end with '{part}'")
    elif path.path_type == "ImplementationSpecific" and text and not text.startswith("/"):
        yield invalid_value("path", text, "must be an absolute path")


def _one_backend(backend: Any) -> Iterator[FieldError]:
    """A backend is a port of a service, by name or by number, or another object."""
    service = backend.service
    if backend.resource is not None:
        if service is not None:
            yield invalid_value("", "", "cannot set both resource and service backends")
        else:
            yield from below("resource", _other_object(backend.resource))
        return
    if service is None:
        yield invalid_value("", "", "resource or service backend is required")
        return
    if not service.name:
        yield missing("service.name")
    for text in names.is_dns1123_label(service.name) if service.name else ():
        yield invalid_value("service.name", service.name, text)
    name, number = service.port.name, service.port.number
    if name and number:
        yield invalid_value("", "", "cannot set both port name & port number")
    elif name:
        for text in names.is_valid_port_name(name):
            yield invalid_value("service.port.name", name, text)
    elif number:
        for text in names.is_valid_port_num(number):
            yield invalid_value("service.port.number", number, text)
    else:
        yield missing("", "port name or number is required")


OTHER_OBJECT = struct(
    {
        "apiGroup": dns_subdomain,
        "kind": (required, path_segment),
        "name": (required, path_segment),
    }
)
_other_object = OTHER_OBJECT.bind(Type("struct", core.TypedLocalObjectReference))
BACKEND = struct(across=(_one_backend,))
PATH = (
    first({"pathType": demand("pathType must be specified")}),
    struct({"pathType": choice, "": _path, "backend": BACKEND}),
)


def _leads_somewhere(ingress: Any) -> Iterator[FieldError]:
    if not ingress.spec.rules and ingress.spec.default_backend is None:
        yield invalid_value("spec", ingress.spec.rules, "either `defaultBackend` or `rules` must be specified")


def _one_class(ingress: Any) -> Iterator[FieldError]:
    """The old annotation of a new ingress does not contradict the field."""
    old, new = ingress.metadata.annotations.get(CLASS), ingress.spec.ingress_class_name
    if old is not None and new is not None and old != new:
        yield invalid_value(f"annotations.{CLASS}", old, "must match `ingressClassName` when both are specified")


def _load_balancer(entry: Any) -> Iterator[FieldError]:
    for text in names.is_valid_ip(entry.ip) if entry.ip else ():
        yield invalid_value("ip", entry.ip, text)
    if entry.hostname:
        for text in names.is_dns1123_subdomain(entry.hostname):
            yield invalid_value("hostname", entry.hostname, text)
        if not names.is_valid_ip(entry.hostname):
            yield invalid_value("hostname", entry.hostname, "must be a DNS name, not an IP address")


def _ingress_warns(ingress: Any, old: Any | None) -> Iterator[str]:
    if CLASS in ingress.metadata.annotations and (old is None or CLASS not in old.metadata.annotations):
        yield f"annotation {shown(CLASS)} is deprecated, please use 'spec.ingressClassName' instead"


def _hosts(obj: Any) -> str:
    hosts = [rule.host for rule in obj.spec.rules if rule.host]
    return some(hosts) if hosts else "*"


def _address(obj: Any) -> str:
    return ",".join(each.ip or each.hostname or "" for each in obj.status.load_balancer.ingress)


INGRESS = Policy(
    "ingresses.networking.k8s.io",
    generation=True,
    rules={
        "": _leads_somewhere,
        "spec.defaultBackend": BACKEND,
        "spec.rules": each({"host": _host, "http.paths": (required, each(PATH))}),
        "spec.tls": each({"hosts": each(_certified_host), "secretName": dns_subdomain}),
        "spec.ingressClassName": dns_subdomain,
    },
    create_rules=(_one_class,),
    status_rules={"status.loadBalancer.ingress": each(_load_balancer)},
    warns=(_ingress_warns,),
    status_warns=(balanced_addresses,),
    cells=row(
        NAME,
        cell(lambda obj: obj.spec.ingress_class_name or NONE),
        cell(_hosts),
        cell(_address),
        cell(lambda obj: "80, 443" if obj.spec.tls else "80"),
        AGE,
    ),
)


# Classes of ingresses


SCOPES = ("Cluster", "Namespace")


def _in_scope(parameters: Any) -> Iterator[FieldError]:
    """Only parameters that live in a namespace name one."""
    if parameters.scope not in SCOPES:
        yield not_supported("scope", parameters.scope, SCOPES)
    if parameters.scope == "Namespace":
        if parameters.namespace is None:
            yield missing("namespace", "`parameters.scope` is set to 'Namespace'")
        else:
            for text in names.is_dns1123_label(parameters.namespace):
                yield invalid_value("namespace", parameters.namespace, text)
    if parameters.scope == "Cluster" and parameters.namespace is not None:
        yield forbidden_field("namespace", "`parameters.scope` is set to 'Cluster'")


def _parameters(obj: Any) -> str:
    found = obj.spec.parameters
    if found is None:
        return NONE
    kind = f"{found.kind}.{found.api_group}" if found.api_group else found.kind
    return f"{kind}/{found.name}"


CONTROLLER_MAX = 250

INGRESS_CLASS = Policy(
    "ingressclasses.networking.k8s.io",
    generation=True,
    defaults={"spec.parameters.scope": "Cluster"},
    rules={
        "spec.controller": (at_most_bytes(CONTROLLER_MAX), required, domain_prefixed_path),
        "spec.parameters": struct(OTHER_OBJECT, across=(_in_scope,), declared=False),
    },
    declared=False,
    update=immutable("spec.controller"),
    judged_last=True,
    cells=row(NAME, cell(lambda obj: obj.spec.controller or ""), cell(_parameters), AGE),
)


# Network policies and addresses


def _policy_types(spec: Any) -> Any:
    if spec.policy_types:
        return spec
    return evolve(spec, policy_types=("Ingress", "Egress") if spec.egress else ("Ingress",))


def _parent(obj: Any) -> str:
    reference = obj.spec.parent_ref
    if reference is None:
        return ""
    where = f"{reference.namespace}/" if reference.namespace else ""
    group = f".{reference.group}" if reference.group else ""
    return f"{reference.resource}{group}/{where}{reference.name}"


PROTOCOLS = ("TCP", "UDP", "SCTP")


def _protocol(opened: Any) -> Iterator[FieldError]:
    if opened.protocol not in PROTOCOLS:
        yield not_supported("protocol", opened.protocol or "", PROTOCOLS)


def _range(opened: Any) -> Iterator[FieldError]:
    """A range of ports has a number at both ends."""
    first, last = opened.port, opened.end_port
    if last is None:
        return
    if first is None:
        yield invalid_value("endPort", last, "may not be specified when `port` is not specified")
    elif isinstance(first, str):
        yield invalid_value("endPort", last, "may not be specified when `port` is non-numeric")
    else:
        if last < first:
            yield invalid_value("endPort", first, "must be greater than or equal to `port`")
        yield from (invalid_value("endPort", last, text) for text in names.is_valid_port_num(last))


def _block(block: Any) -> Iterator[FieldError]:
    """A range of addresses, without some ranges in it."""
    if not block.cidr:
        yield missing("cidr")
        return
    yield from (invalid_value("cidr", block.cidr, text) for text in names.is_strict_cidr(block.cidr))
    whole = names.network_of(block.cidr)
    if whole is None:
        return
    for index, part in enumerate(block._except):
        yield from (invalid_value(f"except[{index}]", part, text) for text in names.is_strict_cidr(part))
        inner = names.network_of(part)
        if inner is not None and (inner.prefixlen <= whole.prefixlen or inner.network_address not in whole):
            yield invalid_value(f"except[{index}]", part, "must be a strict subset of `cidr`")


def _one_peer(peer: Any) -> Iterator[FieldError]:
    given = sum([part is not None for part in (peer.pod_selector, peer.namespace_selector, peer.ip_block)])
    if not given:
        yield missing("", "must specify a peer")
    elif given > 1 and peer.ip_block is not None:
        yield forbidden_field("", "may not specify both ipBlock and another peer")


def _types(spec: Any) -> Iterator[FieldError]:
    if len(spec.policy_types) > 2:
        yield invalid_value("policyTypes", spec.policy_types, "may not specify more than two policyTypes")
        return
    for index, name in enumerate(spec.policy_types):
        if name not in ("Ingress", "Egress"):
            yield not_supported(f"policyTypes[{index}]", name, ("Ingress", "Egress"))


PORT = struct(_protocol, _range, {"port": port}, declared=False)
PEER = struct(
    {"podSelector": label_selector, "namespaceSelector": label_selector, "ipBlock": _block},
    _one_peer,
    declared=False,
)


def _policy_warns(policy: Any, old: Any | None) -> Iterator[str]:
    for name, rules, peers in (("ingress", policy.spec.ingress, "from"), ("egress", policy.spec.egress, "to")):
        for index, rule in enumerate(rules):
            for number, peer in enumerate(rule._from if peers == "from" else rule.to):
                if peer.ip_block is None:
                    continue
                where = f"spec.{name}[{index}].{peers}[{number}].ipBlock"
                yield from odd_range(f"{where}.cidr", peer.ip_block.cidr)
                for which, value in enumerate(peer.ip_block._except):
                    yield from odd_range(f"{where}.except[{which}]", value)


NETWORK_POLICY = Policy(
    "networkpolicies.networking.k8s.io",
    warns=(_policy_warns,),
    generation=True,
    defaults={
        "spec": whole(_policy_types),
        "spec.ingress[*].ports[*].protocol": "TCP",
        "spec.egress[*].ports[*].protocol": "TCP",
    },
    rules={
        "spec.podSelector": label_selector,
        "spec.ingress": each({"ports": each(PORT), "from": each(PEER)}),
        "spec.egress": each({"ports": each(PORT), "to": each(PEER)}),
        "spec": _types,
    },
    declared=False,
    cells=row(NAME, cell(lambda obj: selector_text(obj.spec.pod_selector)), AGE),
)


def _cidrs(service_cidr: Any) -> Iterator[FieldError]:
    """One range of each family."""
    cidrs, where = service_cidr.spec.cidrs, "spec.cidrs"
    if not cidrs:
        yield missing(where, "at least one CIDR required")
    if len(cidrs) > 2:
        yield invalid_value(where, {"CIDRs": list(cidrs)}, "may only hold up to 2 values")
        return
    for index, cidr in enumerate(cidrs):
        yield from (invalid_value(f"{where}[{index}]", cidr, text) for text in names.is_canonical_cidr(cidr))
    if len(cidrs) == 2 and all(map(names.network_of, cidrs)) and len({":" in cidr for cidr in cidrs}) < 2:
        text = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"
        yield invalid_value(where, cidrs, text)


def _cidrs_stay(new: Any, old: Any) -> Iterator[FieldError]:
    now, was = new.spec.cidrs, old.spec.cidrs
    if len(now) != len(was) and (len(was), len(now)) != (1, 2):
        yield invalid_value("spec.cidrs", now, IMMUTABLE)
        return
    for index, (one, other) in enumerate(zip(now, was, strict=False)):
        if one != other:
            yield invalid_value(f"spec.cidrs[{index}]", one, IMMUTABLE)
    if len(now) != len(was):
        yield from _cidrs(new)


PARENT = {
    "group": dns_subdomain,
    "resource": (required, path_segment),
    "name": (required, path_segment),
    "namespace": path_segment,
}
IP_ADDRESS = Policy(
    "ipaddresses.networking.k8s.io",
    name_check=names.is_canonical_ip,
    rules={"spec.parentRef": (required, struct(PARENT))},
    cells=row(NAME, cell(_parent)),
)

SERVICE_CIDR = Policy(
    "servicecidrs.networking.k8s.io",
    declared=False,
    create_rules=(_cidrs,),
    update=(_cidrs_stay,),
    cells=row(NAME, cell(lambda obj: joined(obj.spec.cidrs)), AGE),
)

POLICIES = (INGRESS, INGRESS_CLASS, NETWORK_POLICY, IP_ADDRESS, SERVICE_CIDR)
