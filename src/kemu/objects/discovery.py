"""Endpoint slices (`discovery.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .declare import Map, field, immutable, pointer, required
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import core

API_VERSION = "discovery.k8s.io/v1"
PACKAGE = "io.k8s.api.discovery.v1"

AddressType = Literal["FQDN", "IPv4", "IPv6"]


class EndpointSlice(Object):
    """Some of the addresses behind a service."""

    address_type: AddressType = immutable
    endpoints: tuple[Endpoint, ...] = field(always=True, required=False)
    ports: tuple[EndpointPort, ...] = field(always=True, required=False)


class Endpoint(Struct):
    """One backend: its addresses, where it is, and whether it takes traffic."""

    addresses: tuple[str, ...] = field(always=True, list_type="set")
    conditions: EndpointConditions
    hostname: str | None = pointer
    target_ref: core.ObjectReference | None
    deprecated_topology: Map[str]
    node_name: str | None = pointer
    zone: str | None = pointer
    hints: EndpointHints | None


class EndpointConditions(Struct):
    """Whether a backend is ready, serving, terminating."""

    ready: bool | None = pointer
    serving: bool | None = pointer
    terminating: bool | None = pointer


class EndpointHints(Struct):
    """Which parts of the cluster should send their traffic to a backend."""

    for_zones: tuple[ForZone, ...]
    for_nodes: tuple[ForNode, ...]


class ForZone(Struct):
    """A zone whose traffic a backend should get."""

    name: str


class ForNode(Struct):
    """A node whose traffic a backend should get."""

    name: str


class EndpointPort(Struct, map_type="atomic"):
    """A port on which all backends of a slice listen."""

    name: str | None = pointer
    protocol: core.Protocol | None = pointer
    port: int | None = pointer
    app_protocol: str | None = pointer


class EndpointSliceList(ObjectList):
    """A page of endpoint slices."""

    items: tuple[EndpointSlice, ...] = required
