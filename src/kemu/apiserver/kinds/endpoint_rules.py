"""Addresses that services lead to, as endpoints, slices and services give them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address
from typing import Any

from ...values import names
from ..failures import FieldError, duplicate, invalid_value, required, too_many
from ..rows import below, choice, each, struct
from ..rules import dns_label, labels, port_number, qualified_name
from ..rules import required as is_required

ADDRESSES_MAX = 100
ENDPOINTS_MAX = 1000
HINTS_MAX = 8
PORTS_MAX = 20_000
TOPOLOGY_MAX = 16


def endpoint_ip(value: str) -> Iterator[FieldError]:
    """An address at which something outside of one machine can be."""
    address = names.address_of(value)
    if address is None:
        yield invalid_value("", value, "must be a valid IP address")
        return
    if address.is_unspecified:
        yield invalid_value("", value, f"may not be unspecified ({value})")
    if address.is_loopback:
        yield invalid_value("", value, "may not be in the loopback range (127.0.0.0/8, ::1/128)")
    if address.is_link_local:
        yield invalid_value("", value, "may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    if _is_link_local_multicast(address):
        yield invalid_value("", value, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")


def _is_link_local_multicast(address: Any) -> bool:
    if isinstance(address, IPv4Address):
        return int(address) >> 8 == 0xE00000
    return bool(address.packed[0] == 0xFF and address.packed[1] & 0x0F == 2)


# Endpoints


def _address(address: Any) -> Iterator[FieldError]:
    ip = address.ip or ""
    yield from (invalid_value("ip", ip, text) for text in names.is_strict_ip(ip))
    for name, value, check in (
        ("hostname", address.hostname or None, names.is_dns1123_label),
        ("nodeName", address.node_name, names.is_dns1123_subdomain),
    ):
        if value is not None:
            yield from (invalid_value(name, value, text) for text in check(value))
    yield from below("ip", endpoint_ip(ip))


def _has_addresses(subset: Any) -> Iterator[FieldError]:
    if not subset.addresses and not subset.not_ready_addresses:
        yield required("", "must specify `addresses` or `notReadyAddresses`")


def _several_are_named(subset: Any) -> Iterator[FieldError]:
    for index, port in enumerate(subset.ports):
        if len(subset.ports) > 1 and not port.name:
            yield required(f"ports[{index}].name")


SUBSET = struct(
    _has_addresses,
    {"addresses": each(_address), "notReadyAddresses": each(_address)},
    _several_are_named,
    {
        "ports": each(
            {
                "name": dns_label,
                "port": port_number,
                "protocol": (is_required, choice),
                "appProtocol": qualified_name,
            }
        )
    },
    declared=False,
)


# Slices


def slice_ports(ports: Sequence[Any]) -> Iterator[FieldError]:
    """The ports of a slice, each by a name of its own; one may have none."""
    if len(ports) > PORTS_MAX:
        yield too_many("", len(ports), PORTS_MAX)
        return
    seen: set[str] = set()
    for index, port in enumerate(ports):
        name = port.name or ""
        for text in names.is_dns1123_label(name) if name else ():
            yield invalid_value(f"[{index}].name", name, text)
        if name in seen:
            yield duplicate(f"[{index}].name", name)
        seen.add(name)
        yield from below(f"[{index}]", _protocol(port))


def _protocol(port: Any) -> Iterator[FieldError]:
    if port.protocol is None:
        yield required("protocol")
    elif port.protocol not in ("SCTP", "TCP", "UDP"):
        options = '"SCTP", "TCP", "UDP"'
        text = f'Unsupported value: "{port.protocol}": supported values: {options}'
        yield FieldError("protocol", "FieldValueNotSupported", text)
    if port.app_protocol is not None:
        for text in names.is_qualified_name(port.app_protocol):
            yield invalid_value("appProtocol", port.app_protocol, text)


def slice_endpoints(endpoint_slice: Any) -> Iterator[FieldError]:
    """The endpoints of a slice, all of one family of addresses."""
    endpoints = endpoint_slice.endpoints
    if len(endpoints) > ENDPOINTS_MAX:
        yield too_many("endpoints", len(endpoints), ENDPOINTS_MAX)
        return
    for index, endpoint in enumerate(endpoints):
        yield from below(f"endpoints[{index}]", _endpoint(endpoint, endpoint_slice.address_type))


def changed_endpoints(new: Any, old: Any) -> Iterator[FieldError]:
    """The endpoints of a slice, if they are not what they were."""
    if new.endpoints is not old.endpoints and new.endpoints != old.endpoints:
        yield from slice_endpoints(new)


def _endpoint(endpoint: Any, family: str) -> Iterator[FieldError]:
    addresses = endpoint.addresses
    if not addresses:
        yield required("addresses", "must contain at least 1 address")
    elif len(addresses) > ADDRESSES_MAX:
        yield too_many("addresses", len(addresses), ADDRESSES_MAX)
    for index, address in enumerate(addresses):
        yield from _of_family(address, family, f"addresses[{index}]")
    if endpoint.node_name is not None:
        for text in names.is_dns1123_subdomain(endpoint.node_name):
            yield invalid_value("nodeName", endpoint.node_name, text)
    if len(endpoint.deprecated_topology) > TOPOLOGY_MAX:
        yield too_many("deprecatedTopology", len(endpoint.deprecated_topology), TOPOLOGY_MAX)
    yield from labels(endpoint.deprecated_topology, "deprecatedTopology")
    if endpoint.hostname is not None:
        for text in names.is_dns1123_label(endpoint.hostname):
            yield invalid_value("hostname", endpoint.hostname, text)
    if endpoint.hints is not None:
        yield from below("hints", _hints(endpoint.hints))


def _of_family(address: str, family: str, where: str) -> Iterator[FieldError]:
    if family == "FQDN" and not address:
        yield required(where)
    elif family == "FQDN":
        yield from (invalid_value(where, address.removesuffix("."), text) for text in names.is_domain_name(address))
    elif family in ("IPv4", "IPv6"):
        check = names.is_strict_ip if family == "IPv4" else names.is_canonical_ip
        problems = check(address)
        yield from (invalid_value(where, address, text) for text in problems)
        if not problems:
            if (":" in address) is (family == "IPv4"):
                yield invalid_value("addresses", address, f"must be an {family} address")
            yield from below(where, endpoint_ip(address))


def _hints(hints: Any) -> Iterator[FieldError]:
    for name, places, check in (
        ("forZones", hints.for_zones, names.is_valid_label_value),
        ("forNodes", hints.for_nodes, names.is_dns1123_subdomain),
    ):
        if len(places) > HINTS_MAX:
            yield too_many(name, len(places), HINTS_MAX)
            return
        seen: set[str] = set()
        for index, place in enumerate(places):
            where = f"{name}[{index}].name"
            if place.name in seen:
                yield duplicate(where, place.name)
            seen.add(place.name)
            yield from (invalid_value(where, place.name, text) for text in check(place.name))
