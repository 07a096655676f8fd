"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Map, field, immutable, pointer, required
from .model import Object, ObjectList, Struct
from . import core
API_VERSION = 'discovery.k8s.io/v1'
PACKAGE = 'io.k8s.api.discovery.v1'
AddressType = Literal['FQDN', 'IPv4', 'IPv6']

class EndpointSlice(Object):
    address_type: AddressType
    endpoints: tuple[Endpoint, ...]
    ports: tuple[EndpointPort, ...]
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., address_type: AddressType | None = ...,
        endpoints: Sequence[Endpoint | Mapping[str, Any]] | None = ...,
        ports: Sequence[EndpointPort | Mapping[str, Any]] | None = ..., kind: Literal["EndpointSlice"] | None = ...,
        api_version: Literal["discovery.k8s.io/v1"] | None = ...
    ) -> None: ...

class Endpoint(Struct):
    addresses: tuple[str, ...]
    conditions: EndpointConditions
    hostname: str | None
    target_ref: core.ObjectReference | None
    deprecated_topology: Map[str]
    node_name: str | None
    zone: str | None
    hints: EndpointHints | None
    def __init__(self, *,
        addresses: list[str] | tuple[str, ...] | None = ..., conditions: EndpointConditions | Mapping[str, Any] | None =
        ..., hostname: str | None = ..., target_ref: core.ObjectReference | Mapping[str, Any] | None = ...,
        deprecated_topology: Mapping[str, str] | None = ..., node_name: str | None = ..., zone: str | None = ...,
        hints: EndpointHints | Mapping[str, Any] | None = ...
    ) -> None: ...

class EndpointConditions(Struct):
    ready: bool | None
    serving: bool | None
    terminating: bool | None
    def __init__(self, *,
        ready: bool | None = ..., serving: bool | None = ..., terminating: bool | None = ...
    ) -> None: ...

class EndpointHints(Struct):
    for_zones: tuple[ForZone, ...]
    for_nodes: tuple[ForNode, ...]
    def __init__(self, *,
        for_zones: Sequence[ForZone | Mapping[str, Any]] | None = ...,
        for_nodes: Sequence[ForNode | Mapping[str, Any]] | None = ...
    ) -> None: ...

class ForZone(Struct):
    name: str
    def __init__(self, *, name: str | None = ...) -> None: ...

class ForNode(Struct):
    name: str
    def __init__(self, *, name: str | None = ...) -> None: ...

class EndpointPort(Struct):
    name: str | None
    protocol: core.Protocol | None
    port: int | None
    app_protocol: str | None
    def __init__(self, *,
        name: str | None = ..., protocol: core.Protocol | None = ..., port: int | None = ...,
        app_protocol: str | None = ...
    ) -> None: ...

class EndpointSliceList(ObjectList):
    items: tuple[EndpointSlice, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[EndpointSlice | Mapping[str, Any]] | None = ..., kind: Literal["EndpointSliceList"] | None =
        ..., api_version: Literal["discovery.k8s.io/v1"] | None = ...
    ) -> None: ...
