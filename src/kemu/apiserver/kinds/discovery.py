"""Endpoint slices: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...objects import evolve
from ..cells import UNSET, age, some
from ..policy import Policy
from ..rows import choice
from ..rules import required
from ..updates import immutable
from .endpoint_rules import changed_endpoints, slice_endpoints, slice_ports
from .oddities import odd_address

if TYPE_CHECKING:
    from ..request import Desk


MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
OWN_MANAGERS = ("endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io")
"""Who writes no odd addresses."""


def _warns(endpoint_slice: Any, old: Any | None) -> Iterator[str]:
    if old is None and endpoint_slice.address_type == "FQDN":
        yield "spec.addressType: FQDN endpoints are deprecated"
    if endpoint_slice.metadata.labels.get(MANAGED_BY) in OWN_MANAGERS:
        return
    for index, endpoint in enumerate(endpoint_slice.endpoints):
        for number, address in enumerate(endpoint.addresses):
            yield from odd_address(f"endpoints[{index}].addresses[{number}]", address)


def _cells(obj: Any, now: float) -> list[Any]:
    ports = some([str(port.port) if port.port is not None else "*" for port in obj.ports])
    if not obj.ports:
        ports = UNSET
    addresses = [address for endpoint in obj.endpoints for address in endpoint.addresses]
    shown = some(addresses) if addresses else UNSET
    return [obj.metadata.name, obj.address_type, ports, shown, age(obj.metadata.creation_timestamp, now)]


def _create(endpoint_slice: Any, desk: Desk) -> Any:
    return _without_topology(endpoint_slice)


def _update(new: Any, old: Any, subresource: str, desk: Desk) -> Any:
    return new if new.endpoints == old.endpoints else _without_topology(new)


def _without_topology(endpoint_slice: Any) -> Any:
    """The topology of an endpoint was only written by an older version of the kind."""
    if not any(endpoint.deprecated_topology for endpoint in endpoint_slice.endpoints):
        return endpoint_slice
    endpoints = [evolve(endpoint, deprecated_topology={}) for endpoint in endpoint_slice.endpoints]
    return evolve(endpoint_slice, endpoints=endpoints)


ENDPOINT_SLICE = Policy(
    "endpointslices.discovery.k8s.io",
    generation=True,
    labels_count=True,
    prepare_create=_create,
    prepare_update=_update,
    defaults={"ports[*].name": "", "ports[*].protocol": "TCP"},
    rules={"addressType": (required, choice), "ports": slice_ports},
    create_rules=(slice_endpoints,),
    update=(changed_endpoints, *immutable("addressType")),
    warns=(_warns,),
    cells=_cells,
)

POLICIES = (ENDPOINT_SLICE,)
