"""Keep EndpointSlices for Endpoints that somebody else writes, so that what reads slices alone sees them.

Imitates  the endpoint slice mirroring controller of Kubernetes 1.36
Wakes on  Endpoints; Service of that name; EndpointSlice of it
Writes    EndpointSlice create, update and delete; events about what it could not mirror
Differs   nothing known
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

import attrs

from ..kit import DONE, Api, Cache, Result, Wiring
from ..kit.endpoint_sets import (
    BY_SERVICE,
    CHANGED_AT,
    LEADER,
    MANAGED_BY,
    RETRY,
    create_slice,
    in_order,
    prefix_of,
    services_of_slice,
    slices_of,
)
from ..objects import core, discovery, evolve, meta
from ..objects.references import owner_reference
from ..values.frozen import FrozenMap
from ..wellknown import SERVICE_NAME

COMPONENT = "endpoint-slice-mirroring-controller"
MANAGER = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
NOT_MIRRORED = frozenset([CHANGED_AT, "kubectl.kubernetes.io/last-applied-configuration"])
MOST = 1000
"""How many addresses of a subset are mirrored (`--mirroring-max-endpoints-per-subset`)."""

Kind = tuple[str, tuple[Any, ...]]
"""The family of addresses, and the ports: what all endpoints of a slice have in common."""

WIRING = Wiring(
    "endpointslice-mirroring-controller",
    account="endpointslicemirroring-controller",
    reconciles=core.Endpoints,
    watches=(
        (core.Service, lambda cache, old, new: _named(new if new is not None else old)),
        (discovery.EndpointSlice, services_of_slice(MANAGER)),
    ),
    indexes=((discovery.EndpointSlice, BY_SERVICE),),
    retry=RETRY,
)


def _named(service: Any) -> tuple[str, ...]:
    """The Endpoints of a Service, if it may be one whose Endpoints are mirrored."""
    return () if service.spec.selector else (f"{service.metadata.namespace}/{service.metadata.name}",)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Bring the slices in line with the Endpoints; delete them if these are not to be mirrored any more."""
    endpoints: Any = cache.get(core.Endpoints, key)
    service: Any = cache.get(core.Service, key)
    slices = slices_of(cache, key, MANAGER)
    if endpoints is None or not _is_mirrored(endpoints) or service is None or service.spec.selector:
        _delete(api, slices)
        return DONE
    wanted, skipped = desired(endpoints)
    _tell(api, endpoints, skipped)
    create, update, delete = decide(endpoints, wanted, slices)
    if endpoints.metadata.deletion_timestamp is None:
        for each in create:
            if not create_slice(api, each):
                return DONE
    for each in update:
        api.update(each)
    _delete(api, delete)
    return DONE


def _delete(api: Api, slices: Iterable[Any]) -> None:
    for each in slices:
        api.delete(discovery.EndpointSlice, each.metadata.name, each.metadata.namespace)


def _is_mirrored(endpoints: Any) -> bool:
    metadata = endpoints.metadata
    return metadata.labels.get(SKIP) != "true" and LEADER not in metadata.annotations


@attrs.frozen
class Skipped:
    """How many addresses are not mirrored: those that are none, and all of them."""

    invalid: int = 0
    all: int = 0


def _tell(api: Api, endpoints: Any, skipped: Skipped) -> None:
    if skipped.invalid:
        text = f"Skipped {skipped.invalid} invalid IP addresses when mirroring to EndpointSlices"
        api.event(endpoints, "Warning", "InvalidIPAddress", text)
    if skipped.all > skipped.invalid:
        text = f"A max of {MOST} addresses can be mirrored to EndpointSlices per Endpoints subset."
        api.event(endpoints, "Warning", "TooManyAddressesToMirror", f"{text} {skipped.all} addresses were skipped")


def desired(endpoints: Any) -> tuple[dict[Kind, tuple[Any, ...]], Skipped]:
    """Pure: the endpoints of each kind of slice, and what is left out."""
    found: dict[Kind, dict[Any, Any]] = {}
    invalid = skipped = 0
    for subset in repacked(endpoints.subsets):
        ports = in_order([_port(each) for each in subset.ports])
        addresses = [(each, True) for each in subset.addresses] + [(each, False) for each in subset.not_ready_addresses]
        added = 0
        for address, ready in addresses:
            if added >= MOST:
                break
            family = _family(address.ip)
            if family is None:
                invalid += 1
                continue
            endpoint = _endpoint(address, ready)
            found.setdefault((family, ports), {})[endpoint.addresses, endpoint.hostname, endpoint.target_ref] = endpoint
            added += 1
        skipped += len(addresses) - added
    return {kind: tuple(held.values())[:MOST] for kind, held in found.items()}, Skipped(invalid, skipped)


def repacked(subsets: Iterable[Any]) -> Iterator[Any]:
    """Pure: the same with one subset for all ports that the same addresses have.

    Who is listed twice for a port is ready there only if it is so both times. One without a port stands for itself.
    """
    addresses: dict[tuple[str, str], Any] = {}
    offered: dict[Any, dict[tuple[str, str], bool]] = {}
    for subset in subsets:
        listed = [(each, True) for each in subset.addresses] + [(each, False) for each in subset.not_ready_addresses]
        for address, ready in listed:
            key = (address.ip, "" if address.target_ref is None else address.target_ref.uid or "")
            addresses.setdefault(key, address)
            for port in subset.ports or (None,):
                states = offered.setdefault(port, {})
                states[key] = ready and states.get(key, True)
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for port, states in offered.items():
        groups.setdefault(tuple(sorted(states.items())), []).append(port)
    for held, ports in groups.items():
        yield core.EndpointSubset(
            addresses=tuple([addresses[key] for key, ready in held if ready]),
            not_ready_addresses=tuple([addresses[key] for key, ready in held if not ready]),
            ports=in_order(port for port in ports if port is not None),
        )


def _family(text: str) -> str | None:
    try:
        return f"IPv{ip_address(text).version}"
    except ValueError:
        return None


def _port(port: Any) -> Any:
    return discovery.EndpointPort(
        name=port.name or "", port=port.port, protocol=port.protocol, app_protocol=port.app_protocol
    )


def _endpoint(address: Any, ready: bool) -> Any:
    return discovery.Endpoint(
        addresses=(str(ip_address(address.ip)),),
        conditions={"ready": ready},
        hostname=address.hostname or None,
        node_name=address.node_name,
        target_ref=address.target_ref,
    )


def decide(
    endpoints: Any, wanted: Mapping[Kind, tuple[Any, ...]], slices: Sequence[Any]
) -> tuple[list[Any], list[Any], list[Any]]:
    """Pure: the slices to create, to update and to delete. One for each kind; what is left over is made use of."""
    metadata = endpoints.metadata
    labels = FrozenMap({**metadata.labels, SERVICE_NAME: metadata.name, MANAGED_BY: MANAGER})
    kept = {key: value for key, value in metadata.annotations.items() if key not in NOT_MIRRORED}
    described: dict[str, Any] = {
        "labels": labels,
        "annotations": FrozenMap(kept),
        "owner_references": (owner_reference(endpoints),),
    }
    by_kind: dict[Kind, list[Any]] = {}
    for each in slices:
        by_kind.setdefault((each.address_type, in_order(each.ports)), []).append(each)
    matched = {kind: by_kind[kind].pop(0) for kind in wanted if kind in by_kind}
    spare = [each for held in by_kind.values() for each in held]
    create, update = [], []
    for kind, held in wanted.items():
        family: Any
        family, ports = kind
        found = matched.get(kind) or next((each for each in spare if each.address_type == family), None)
        if found is None:
            name = meta.ObjectMeta(generate_name=prefix_of(metadata.name), namespace=metadata.namespace, **described)
            create.append(discovery.EndpointSlice(metadata=name, address_type=family, ports=ports, endpoints=held))
            continue
        spare = [each for each in spare if each is not found]
        changed = evolve(found, metadata=evolve(found.metadata, **described), ports=ports, endpoints=held)
        if changed != found:
            update.append(evolve(changed, {"metadata.generate_name": None}))
    return create, update, spare
