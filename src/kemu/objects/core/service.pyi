"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from ..declare import IntOrString, Map, field, keyed, pointer, required
from ..model import Object, ObjectList, Struct
from .. import meta
from .container import Protocol
from .reference import ObjectReference
API_VERSION = 'v1'
PACKAGE = 'io.k8s.api.core.v1'
IPFamily = str
IPFamilyPolicy = Literal['PreferDualStack', 'RequireDualStack', 'SingleStack']
LoadBalancerIPMode = str
ServiceAffinity = Literal['ClientIP', 'None']
ServiceExternalTrafficPolicy = Literal['Cluster', 'Local']
ServiceInternalTrafficPolicy = Literal['Cluster', 'Local']
ServiceType = Literal['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']

class Service(Object):
    spec: ServiceSpec
    status: ServiceStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: ServiceSpec | Mapping[str, Any] | None = ...,
        status: ServiceStatus | Mapping[str, Any] | None = ..., kind: Literal["Service"] | None = ...,
        api_version: Literal["v1"] | None = ...
    ) -> None: ...

class ServiceSpec(Struct):
    ports: tuple[ServicePort, ...]
    selector: Map[str]
    cluster_ip: str | None
    cluster_ips: tuple[str, ...]
    type: ServiceType | None
    external_ips: tuple[str, ...]
    session_affinity: ServiceAffinity | None
    load_balancer_ip: str | None
    load_balancer_source_ranges: tuple[str, ...]
    external_name: str | None
    external_traffic_policy: ServiceExternalTrafficPolicy | None
    health_check_node_port: int | None
    publish_not_ready_addresses: bool | None
    session_affinity_config: SessionAffinityConfig | None
    ip_families: tuple[IPFamily, ...]
    ip_family_policy: IPFamilyPolicy | None
    allocate_load_balancer_node_ports: bool | None
    load_balancer_class: str | None
    internal_traffic_policy: ServiceInternalTrafficPolicy | None
    traffic_distribution: str | None
    def __init__(self, *,
        ports: Sequence[ServicePort | Mapping[str, Any]] | None = ..., selector: Mapping[str, str] | None = ...,
        cluster_ip: str | None = ..., cluster_ips: list[str] | tuple[str, ...] | None = ..., type: ServiceType | None =
        ..., external_ips: list[str] | tuple[str, ...] | None = ..., session_affinity: ServiceAffinity | None = ...,
        load_balancer_ip: str | None = ..., load_balancer_source_ranges: list[str] | tuple[str, ...] | None = ...,
        external_name: str | None = ..., external_traffic_policy: ServiceExternalTrafficPolicy | None = ...,
        health_check_node_port: int | None = ..., publish_not_ready_addresses: bool | None = ...,
        session_affinity_config: SessionAffinityConfig | Mapping[str, Any] | None = ...,
        ip_families: list[IPFamily] | tuple[IPFamily, ...] | None = ..., ip_family_policy: IPFamilyPolicy | None = ...,
        allocate_load_balancer_node_ports: bool | None = ..., load_balancer_class: str | None = ...,
        internal_traffic_policy: ServiceInternalTrafficPolicy | None = ..., traffic_distribution: str | None = ...
    ) -> None: ...

class ServicePort(Struct):
    name: str | None
    protocol: Protocol | None
    app_protocol: str | None
    port: int
    target_port: IntOrString
    node_port: int | None
    def __init__(self, *,
        name: str | None = ..., protocol: Protocol | None = ..., app_protocol: str | None = ..., port: int | None = ...,
        target_port: IntOrString | None = ..., node_port: int | None = ...
    ) -> None: ...

class SessionAffinityConfig(Struct):
    client_ip: ClientIPConfig | None
    def __init__(self, *, client_ip: ClientIPConfig | Mapping[str, Any] | None = ...) -> None: ...

class ClientIPConfig(Struct):
    timeout_seconds: int | None
    def __init__(self, *, timeout_seconds: int | None = ...) -> None: ...

class ServiceStatus(Struct):
    load_balancer: LoadBalancerStatus
    conditions: tuple[meta.Condition, ...]
    def __init__(self, *,
        load_balancer: LoadBalancerStatus | Mapping[str, Any] | None = ...,
        conditions: Sequence[meta.Condition | Mapping[str, Any]] | None = ...
    ) -> None: ...

class LoadBalancerStatus(Struct):
    ingress: tuple[LoadBalancerIngress, ...]
    def __init__(self, *, ingress: Sequence[LoadBalancerIngress | Mapping[str, Any]] | None = ...) -> None: ...

class LoadBalancerIngress(Struct):
    ip: str | None
    hostname: str | None
    ip_mode: LoadBalancerIPMode | None
    ports: tuple[PortStatus, ...]
    def __init__(self, *,
        ip: str | None = ..., hostname: str | None = ..., ip_mode: LoadBalancerIPMode | None = ...,
        ports: Sequence[PortStatus | Mapping[str, Any]] | None = ...
    ) -> None: ...

class PortStatus(Struct):
    port: int
    protocol: Protocol
    error: str | None
    def __init__(self, *, port: int | None = ..., protocol: Protocol | None = ..., error: str | None = ...) -> None: ...

class Endpoints(Object):
    subsets: tuple[EndpointSubset, ...]
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        subsets: Sequence[EndpointSubset | Mapping[str, Any]] | None = ..., kind: Literal["Endpoints"] | None = ...,
        api_version: Literal["v1"] | None = ...
    ) -> None: ...

class EndpointSubset(Struct):
    addresses: tuple[EndpointAddress, ...]
    not_ready_addresses: tuple[EndpointAddress, ...]
    ports: tuple[EndpointPort, ...]
    def __init__(self, *,
        addresses: Sequence[EndpointAddress | Mapping[str, Any]] | None = ...,
        not_ready_addresses: Sequence[EndpointAddress | Mapping[str, Any]] | None = ...,
        ports: Sequence[EndpointPort | Mapping[str, Any]] | None = ...
    ) -> None: ...

class EndpointAddress(Struct):
    ip: str
    hostname: str | None
    node_name: str | None
    target_ref: ObjectReference | None
    def __init__(self, *,
        ip: str | None = ..., hostname: str | None = ..., node_name: str | None = ...,
        target_ref: ObjectReference | Mapping[str, Any] | None = ...
    ) -> None: ...

class EndpointPort(Struct):
    name: str | None
    port: int
    protocol: Protocol | None
    app_protocol: str | None
    def __init__(self, *,
        name: str | None = ..., port: int | None = ..., protocol: Protocol | None = ..., app_protocol: str | None = ...
    ) -> None: ...

class ServiceList(ObjectList):
    items: tuple[Service, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ..., items: Sequence[Service | Mapping[str, Any]] | None =
        ..., kind: Literal["ServiceList"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class EndpointsList(ObjectList):
    items: tuple[Endpoints, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[Endpoints | Mapping[str, Any]] | None = ..., kind: Literal["EndpointsList"] | None = ...,
        api_version: Literal["v1"] | None = ...
    ) -> None: ...
