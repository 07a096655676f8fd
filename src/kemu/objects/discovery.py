"""Endpoint slices (`discovery.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .declare import Map, always, field, pointer
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import core

API_VERSION = "discovery.k8s.io/v1"
PACKAGE = "io.k8s.api.discovery.v1"

AddressType = Literal["FQDN", "IPv4", "IPv6"]


class EndpointSlice(Object):
    """TODO"""

    address_type: AddressType
    endpoints: tuple[Endpoint, ...] = field(always=True, required=False)
    ports: tuple[EndpointPort, ...] = field(always=True, required=False)


class Endpoint(Struct):
    """TODO"""

    addresses: tuple[str, ...] = field(always=True, list_type="set")
    conditions: EndpointConditions
    hostname: str | None = pointer
    target_ref: core.ObjectReference | None
    deprecated_topology: Map[str]
    node_name: str | None = pointer
    zone: str | None = pointer
    hints: EndpointHints | None


class EndpointConditions(Struct):
    """TODO"""

    ready: bool | None = pointer
    serving: bool | None = pointer
    terminating: bool | None = pointer


class EndpointHints(Struct):
    """TODO"""

    for_zones: tuple[ForZone, ...]
    for_nodes: tuple[ForNode, ...]


class ForZone(Struct):
    """TODO"""

    name: str


class ForNode(Struct):
    """TODO"""

    name: str


class EndpointPort(Struct, map_type="atomic"):
    """TODO"""

    name: str | None = pointer
    protocol: core.Protocol | None = pointer
    port: int | None = pointer
    app_protocol: str | None = pointer


class EndpointSliceList(ObjectList):
    """A page of endpoint slices."""

    items: tuple[EndpointSlice, ...] = field(required=True)
