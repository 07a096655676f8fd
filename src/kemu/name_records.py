"""What the cluster's name server has of a name: its records, as they are asked for by type.

A, AAAA the addresses of a Service or of what is behind a headless one, of a pod, and of what an alias leads to
CNAME   what an ExternalName stands for
SRV     the named ports of a Service: `_PORT._PROTOCOL.SERVICE.NAMESPACE.svc.cluster.local`
PTR     what the address of a Service is called
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from .containers.resolving import CLUSTER as DOMAIN
from .kit import Cache
from .kit.endpoint_sets import BY_SERVICE
from .objects import core, discovery

REVERSE = ".in-addr.arpa"


@attrs.frozen
class Record:
    """One record: whose it is, of which type, and what it says."""

    name: str
    type: str
    data: str


def records(
    view: Cache, full: str, type: str, addresses: Callable[[str], tuple[str, ...]], called: Callable[[str], list[Any]]
) -> tuple[Record, ...]:
    """The records of a full name. `addresses` finds those of a name, `called` the Services that have an address."""
    full = full.rstrip(".").lower()
    if type == "PTR":
        return tuple(_reverse(view, full, called))
    if type == "SRV":
        return tuple(_ports(view, full))
    alias = _alias(view, full)
    found = [Record(full, "CNAME", f"{alias}.")] if alias else []
    if type in ("A", "AAAA"):
        found += [Record(alias or full, type, each) for each in addresses(full) if (":" in each) == (type == "AAAA")]
    return tuple(found) if type in ("A", "AAAA", "CNAME") else ()


def _service(view: Cache, full: str) -> Any:
    """The Service that a full name is the name of; None if there is none."""
    parts = full.removesuffix(f".{DOMAIN}").split(".")
    if not full.endswith(f".{DOMAIN}") or len(parts) != 3 or parts[2] != "svc":
        return None
    return view.get(core.Service, f"{parts[1]}/{parts[0]}")


def _alias(view: Cache, full: str) -> str:
    service = _service(view, full)
    return (service.spec.external_name or "").rstrip(".") if service and service.spec.type == "ExternalName" else ""


def _ports(view: Cache, full: str) -> Iterator[Record]:
    """The named ports of a Service: where each is to be had, and its number there."""
    port, _, rest = full.partition(".")
    protocol, _, name = rest.partition(".")
    service = _service(view, name)
    if service is None or service.spec.type == "ExternalName":
        return
    wanted = (port.removeprefix("_"), protocol.removeprefix("_").upper())
    if service.spec.cluster_ip != "None":
        for each in service.spec.ports:
            if ((each.name or "").lower(), each.protocol or "TCP") == wanted:
                yield Record(full, "SRV", f"0 100 {each.port} {name}.")
        return
    for piece in slices(view, service):
        for each in piece.ports:
            if ((each.name or "").lower(), each.protocol or "TCP") != wanted:
                continue
            for endpoint in piece.endpoints:
                if endpoint.conditions.ready is not False:
                    for address in endpoint.addresses:
                        host = endpoint.hostname or address.replace(".", "-")
                        yield Record(full, "SRV", f"0 100 {each.port} {host}.{name}.")


def _reverse(view: Cache, full: str, called: Callable[[str], list[Any]]) -> Iterator[Record]:
    """What an address is called that is written backwards."""
    address = ".".join(reversed(full.removesuffix(REVERSE).split(".")))
    for service in called(address) if full.endswith(REVERSE) else ():
        metadata = service.metadata
        yield Record(full, "PTR", f"{metadata.name}.{metadata.namespace}.svc.{DOMAIN}.")


def slices(view: Cache, service: Any) -> list[Any]:
    """The endpoint slices of a Service, in the order of their names. O(result)."""
    key = f"{service.metadata.namespace}/{service.metadata.name}"
    pieces: Any = view.indexed(discovery.EndpointSlice, BY_SERVICE, key)
    return sorted(pieces, key=lambda piece: piece.metadata.name)
