"""Endpoint slices: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..cells import UNSET, age, some
from ..policy import Policy


def _warns(endpoint_slice: Any, old: Any | None) -> Iterator[str]:
    if endpoint_slice.address_type == "FQDN":
        yield "spec.addressType: FQDN endpoints are deprecated"


def _cells(obj: Any, now: float) -> list[Any]:
    ports = some([str(port.port) if port.port is not None else "*" for port in obj.ports])
    if not obj.ports:
        ports = UNSET
    addresses = [address for endpoint in obj.endpoints for address in endpoint.addresses]
    shown = some(addresses) if addresses else UNSET
    return [obj.metadata.name, obj.address_type, ports, shown, age(obj.metadata.creation_timestamp, now)]


ENDPOINT_SLICE = Policy(
    "endpointslices.discovery.k8s.io",
    generation=True,
    defaults={"ports[*].name": "", "ports[*].protocol": "TCP"},
    warns=(_warns,),
    cells=_cells,
)

POLICIES = (ENDPOINT_SLICE,)
