"""Ingresses, network policies, service address ranges (`networking.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .declare import IntOrString, always, field, immutable, keyed, pointer, required
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import core, meta

API_VERSION = "networking.k8s.io/v1"
PACKAGE = "io.k8s.api.networking.v1"

PathType = Literal["Exact", "ImplementationSpecific", "Prefix"]
PolicyType = str


class NetworkPolicy(Object):
    """Which traffic may reach and leave some pods."""

    spec: NetworkPolicySpec


class NetworkPolicySpec(Struct):
    """The pods a policy is about, and the traffic it lets through."""

    pod_selector: meta.LabelSelector
    ingress: tuple[NetworkPolicyIngressRule, ...]
    egress: tuple[NetworkPolicyEgressRule, ...]
    policy_types: tuple[PolicyType, ...]


class NetworkPolicyIngressRule(Struct):
    """Traffic that may come in: from where, to which ports."""

    ports: tuple[NetworkPolicyPort, ...]
    _from: tuple[NetworkPolicyPeer, ...]


class NetworkPolicyPort(Struct):
    """A port or a range of ports."""

    protocol: core.Protocol | None = pointer
    port: IntOrString | None = pointer
    end_port: int | None = pointer


class NetworkPolicyPeer(Struct):
    """One end of traffic: pods, namespaces, or addresses."""

    pod_selector: meta.LabelSelector | None
    namespace_selector: meta.LabelSelector | None
    ip_block: IPBlock | None


class IPBlock(Struct):
    """A range of addresses, without some parts of it."""

    cidr: str
    _except: tuple[str, ...]


class NetworkPolicyEgressRule(Struct):
    """Traffic that may go out: to where, to which ports."""

    ports: tuple[NetworkPolicyPort, ...]
    to: tuple[NetworkPolicyPeer, ...]


class Ingress(Object):
    """Routes HTTP requests from outside to services, by host and path."""

    spec: IngressSpec
    status: IngressStatus


class IngressSpec(Struct):
    """The rules of an ingress, its certificates, and where unmatched requests go."""

    ingress_class_name: str | None = pointer
    default_backend: IngressBackend | None
    tls: tuple[IngressTLS, ...]
    rules: tuple[IngressRule, ...]


class IngressBackend(Struct):
    """Where requests go: a service or another object."""

    service: IngressServiceBackend | None
    resource: core.TypedLocalObjectReference | None


class IngressServiceBackend(Struct):
    """A service and one of its ports."""

    name: str
    port: ServiceBackendPort


class ServiceBackendPort(Struct, map_type="atomic"):
    """A port by name or by number."""

    name: str | None
    number: int | None


class IngressTLS(Struct):
    """Hosts, and the secret that holds their certificate."""

    hosts: tuple[str, ...]
    secret_name: str | None


class IngressRule(Struct):
    """Paths below one host."""

    host: str | None
    http: HTTPIngressRuleValue | None


class HTTPIngressRuleValue(Struct):
    """Paths and where they lead."""

    paths: tuple[HTTPIngressPath, ...] = always


class HTTPIngressPath(Struct):
    """A path, how it is compared, and where it leads."""

    path: str | None
    path_type: PathType | None = field(pointer=True, always=True)
    backend: IngressBackend = required


class IngressStatus(Struct):
    """Where an ingress can be reached."""

    load_balancer: IngressLoadBalancerStatus


class IngressLoadBalancerStatus(Struct):
    """The addresses of the load balancer of an ingress."""

    ingress: tuple[IngressLoadBalancerIngress, ...]


class IngressLoadBalancerIngress(Struct):
    """One address of the load balancer of an ingress."""

    ip: str | None
    hostname: str | None
    ports: tuple[IngressPortStatus, ...]


class IngressPortStatus(Struct):
    """A port of a load balancer, and what went wrong with it."""

    port: int
    protocol: core.Protocol
    error: str | None = pointer


class IngressClass(Object):
    """A way to implement ingresses, which they choose by name."""

    spec: IngressClassSpec


class IngressClassSpec(Struct):
    """The controller of an ingress class, and its parameters."""

    controller: str | None = immutable
    parameters: IngressClassParametersReference | None


class IngressClassParametersReference(Struct):
    """The object that holds the parameters of an ingress class."""

    api_group: str | None = pointer
    kind: str
    name: str
    scope: str | None = field(pointer=True, always=True, required=False)
    namespace: str | None = pointer


class IPAddress(Object):
    """An address that is taken, and by which object."""

    spec: IPAddressSpec = required


class IPAddressSpec(Struct):
    """The object that an address belongs to."""

    parent_ref: ParentReference | None = field(required=True, immutable=True)


class ParentReference(Struct):
    """The object that an address belongs to."""

    group: str | None
    resource: str | None = required
    namespace: str | None
    name: str | None = required


class ServiceCIDR(Object):
    """Ranges from which services get their addresses."""

    spec: ServiceCIDRSpec
    status: ServiceCIDRStatus


class ServiceCIDRSpec(Struct):
    """The ranges of addresses for services."""

    cidrs: tuple[str, ...]


class ServiceCIDRStatus(Struct):
    """What is known about ranges of addresses for services."""

    conditions: tuple[meta.Condition, ...] = keyed("type", merge="type")


class NetworkPolicyList(ObjectList):
    """A page of network policies."""

    items: tuple[NetworkPolicy, ...] = required


class IngressList(ObjectList):
    """A page of ingresses."""

    items: tuple[Ingress, ...] = required


class IngressClassList(ObjectList):
    """A page of ingress classes."""

    items: tuple[IngressClass, ...] = required


class IPAddressList(ObjectList):
    """A page of IP addresses."""

    items: tuple[IPAddress, ...] = required


class ServiceCIDRList(ObjectList):
    """A page of service CIDRs."""

    items: tuple[ServiceCIDR, ...] = required
