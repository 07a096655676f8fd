"""Ingresses, network policies, service address ranges (`networking.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .declare import IntOrString, always, field, keyed, pointer
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import core, meta

API_VERSION = "networking.k8s.io/v1"
PACKAGE = "io.k8s.api.networking.v1"

PathType = Literal["Exact", "ImplementationSpecific", "Prefix"]
PolicyType = str


class NetworkPolicy(Object):
    """TODO"""

    spec: NetworkPolicySpec


class NetworkPolicySpec(Struct):
    """TODO"""

    pod_selector: meta.LabelSelector
    ingress: tuple[NetworkPolicyIngressRule, ...]
    egress: tuple[NetworkPolicyEgressRule, ...]
    policy_types: tuple[PolicyType, ...]


class NetworkPolicyIngressRule(Struct):
    """TODO"""

    ports: tuple[NetworkPolicyPort, ...]
    _from: tuple[NetworkPolicyPeer, ...]


class NetworkPolicyEgressRule(Struct):
    """TODO"""

    ports: tuple[NetworkPolicyPort, ...]
    to: tuple[NetworkPolicyPeer, ...]


class NetworkPolicyPort(Struct):
    """TODO"""

    protocol: core.Protocol | None = pointer
    port: IntOrString | None = pointer
    end_port: int | None = pointer


class IPBlock(Struct):
    """TODO"""

    cidr: str
    _except: tuple[str, ...]


class NetworkPolicyPeer(Struct):
    """TODO"""

    pod_selector: meta.LabelSelector | None
    namespace_selector: meta.LabelSelector | None
    ip_block: IPBlock | None


class NetworkPolicyList(ObjectList):
    """A page of network policies."""

    items: tuple[NetworkPolicy, ...] = field(required=True)


class Ingress(Object):
    """TODO"""

    spec: IngressSpec
    status: IngressStatus


class IngressList(ObjectList):
    """A page of ingresses."""

    items: tuple[Ingress, ...] = field(required=True)


class IngressSpec(Struct):
    """TODO"""

    ingress_class_name: str | None = pointer
    default_backend: IngressBackend | None
    tls: tuple[IngressTLS, ...]
    rules: tuple[IngressRule, ...]


class IngressTLS(Struct):
    """TODO"""

    hosts: tuple[str, ...]
    secret_name: str | None


class IngressStatus(Struct):
    """TODO"""

    load_balancer: IngressLoadBalancerStatus


class IngressLoadBalancerStatus(Struct):
    """TODO"""

    ingress: tuple[IngressLoadBalancerIngress, ...]


class IngressLoadBalancerIngress(Struct):
    """TODO"""

    ip: str | None
    hostname: str | None
    ports: tuple[IngressPortStatus, ...]


class IngressPortStatus(Struct):
    """TODO"""

    port: int
    protocol: core.Protocol
    error: str | None = pointer


class IngressRule(Struct):
    """TODO"""

    host: str | None
    http: HTTPIngressRuleValue | None


class HTTPIngressRuleValue(Struct):
    """TODO"""

    paths: tuple[HTTPIngressPath, ...] = always


class HTTPIngressPath(Struct):
    """TODO"""

    path: str | None
    path_type: PathType | None = field(pointer=True, always=True)
    backend: IngressBackend = field(required=True)


class IngressBackend(Struct):
    """TODO"""

    service: IngressServiceBackend | None
    resource: core.TypedLocalObjectReference | None


class IngressServiceBackend(Struct):
    """TODO"""

    name: str
    port: ServiceBackendPort


class ServiceBackendPort(Struct, map_type="atomic"):
    """TODO"""

    name: str | None
    number: int | None


class IngressClass(Object):
    """TODO"""

    spec: IngressClassSpec


class IngressClassSpec(Struct):
    """TODO"""

    controller: str | None
    parameters: IngressClassParametersReference | None


class IngressClassParametersReference(Struct):
    """TODO"""

    api_group: str | None = pointer
    kind: str
    name: str
    scope: str | None = field(pointer=True, always=True, required=False)
    namespace: str | None = pointer


class IngressClassList(ObjectList):
    """A page of ingress classes."""

    items: tuple[IngressClass, ...] = field(required=True)


class IPAddress(Object):
    """TODO"""

    spec: IPAddressSpec = field(required=True)


class IPAddressSpec(Struct):
    """TODO"""

    parent_ref: ParentReference | None = field(required=True)


class ParentReference(Struct):
    """TODO"""

    group: str | None
    resource: str | None = field(required=True)
    namespace: str | None
    name: str | None = field(required=True)


class IPAddressList(ObjectList):
    """A page of IP addresses."""

    items: tuple[IPAddress, ...] = field(required=True)


class ServiceCIDR(Object):
    """TODO"""

    spec: ServiceCIDRSpec
    status: ServiceCIDRStatus


class ServiceCIDRSpec(Struct):
    """TODO"""

    cidrs: tuple[str, ...]


class ServiceCIDRStatus(Struct):
    """TODO"""

    conditions: tuple[meta.Condition, ...] = keyed("type", merge="type")


class ServiceCIDRList(ObjectList):
    """A page of service CIDRs."""

    items: tuple[ServiceCIDR, ...] = field(required=True)
