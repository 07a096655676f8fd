"""Services and endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..declare import IntOrString, Map, field, keyed, pointer, required
from ..model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from .. import meta
    from .container import Protocol
    from .reference import ObjectReference

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"

IPFamily = str
IPFamilyPolicy = Literal["PreferDualStack", "RequireDualStack", "SingleStack"]
LoadBalancerIPMode = str
ServiceAffinity = Literal["ClientIP", "None"]
ServiceExternalTrafficPolicy = Literal["Cluster", "Local"]
ServiceInternalTrafficPolicy = Literal["Cluster", "Local"]
ServiceType = Literal["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]


class Service(Object):
    """A stable name and address for some pods."""

    spec: ServiceSpec
    status: ServiceStatus


class ServiceSpec(Struct):
    """Which pods stand behind a service, on which ports, and how it is reached."""

    ports: tuple[ServicePort, ...] = keyed("port", "protocol", merge="port")
    selector: Map[str] = field(map_type="atomic")
    cluster_ip: str | None = field(json="clusterIP")
    cluster_ips: tuple[str, ...] = field(json="clusterIPs")
    type: ServiceType | None
    external_ips: tuple[str, ...] = field(json="externalIPs")
    session_affinity: ServiceAffinity | None
    load_balancer_ip: str | None = field(json="loadBalancerIP")
    load_balancer_source_ranges: tuple[str, ...]
    external_name: str | None
    external_traffic_policy: ServiceExternalTrafficPolicy | None
    health_check_node_port: int | None
    publish_not_ready_addresses: bool | None
    session_affinity_config: SessionAffinityConfig | None
    ip_families: tuple[IPFamily, ...]
    ip_family_policy: IPFamilyPolicy | None = pointer
    allocate_load_balancer_node_ports: bool | None = pointer
    load_balancer_class: str | None = pointer
    internal_traffic_policy: ServiceInternalTrafficPolicy | None = pointer
    traffic_distribution: str | None = pointer


class ServicePort(Struct):
    """A port of a service and where it leads."""

    name: str | None
    protocol: Protocol | None = field(default="TCP")
    app_protocol: str | None = pointer
    port: int
    target_port: IntOrString = field(required=False)
    node_port: int | None


class SessionAffinityConfig(Struct):
    """How clients stay with their backend."""

    client_ip: ClientIPConfig | None = field(json="clientIP")


class ClientIPConfig(Struct):
    """How long a client's address stays with its backend."""

    timeout_seconds: int | None = pointer


class ServiceStatus(Struct):
    """Where a service can be reached from outside."""

    load_balancer: LoadBalancerStatus
    conditions: tuple[meta.Condition, ...] = keyed("type", merge="type")


class LoadBalancerStatus(Struct):
    """The addresses of a load balancer."""

    ingress: tuple[LoadBalancerIngress, ...]


class LoadBalancerIngress(Struct):
    """One address of a load balancer."""

    ip: str | None
    hostname: str | None
    ip_mode: LoadBalancerIPMode | None = pointer
    ports: tuple[PortStatus, ...]


class PortStatus(Struct):
    """A port of a load balancer, and what went wrong with it."""

    port: int
    protocol: Protocol
    error: str | None = pointer


class Endpoints(Object):
    """All addresses behind a service, in one object."""

    subsets: tuple[EndpointSubset, ...]


class EndpointSubset(Struct):
    """Addresses that share their ports."""

    addresses: tuple[EndpointAddress, ...]
    not_ready_addresses: tuple[EndpointAddress, ...]
    ports: tuple[EndpointPort, ...]


class EndpointAddress(Struct, map_type="atomic"):
    """One address behind a service."""

    ip: str
    hostname: str | None
    node_name: str | None = pointer
    target_ref: ObjectReference | None


class EndpointPort(Struct, map_type="atomic"):
    """One port behind a service."""

    name: str | None
    port: int
    protocol: Protocol | None
    app_protocol: str | None = pointer


class ServiceList(ObjectList):
    """A page of services."""

    items: tuple[Service, ...] = required


class EndpointsList(ObjectList):
    """A page of endpoints."""

    items: tuple[Endpoints, ...] = required
