"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import IntOrString, always, field, immutable, keyed, pointer, required
from .model import Object, ObjectList, Struct
from . import core, meta
API_VERSION = 'networking.k8s.io/v1'
PACKAGE = 'io.k8s.api.networking.v1'
PathType = Literal['Exact', 'ImplementationSpecific', 'Prefix']
PolicyType = str

class NetworkPolicy(Object):
    spec: NetworkPolicySpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: NetworkPolicySpec | Mapping[str, Any] | None =
        ..., kind: Literal["NetworkPolicy"] | None = ..., api_version: Literal["networking.k8s.io/v1"] | None = ...
    ) -> None: ...

class NetworkPolicySpec(Struct):
    pod_selector: meta.LabelSelector
    ingress: tuple[NetworkPolicyIngressRule, ...]
    egress: tuple[NetworkPolicyEgressRule, ...]
    policy_types: tuple[PolicyType, ...]
    def __init__(self, *,
        pod_selector: meta.LabelSelector | Mapping[str, Any] | None = ...,
        ingress: Sequence[NetworkPolicyIngressRule | Mapping[str, Any]] | None = ...,
        egress: Sequence[NetworkPolicyEgressRule | Mapping[str, Any]] | None = ...,
        policy_types: list[PolicyType] | tuple[PolicyType, ...] | None = ...
    ) -> None: ...

class NetworkPolicyIngressRule(Struct):
    ports: tuple[NetworkPolicyPort, ...]
    _from: tuple[NetworkPolicyPeer, ...]
    def __init__(self, *,
        ports: Sequence[NetworkPolicyPort | Mapping[str, Any]] | None = ...,
        _from: Sequence[NetworkPolicyPeer | Mapping[str, Any]] | None = ...
    ) -> None: ...

class NetworkPolicyPort(Struct):
    protocol: core.Protocol | None
    port: IntOrString | None
    end_port: int | None
    def __init__(self, *,
        protocol: core.Protocol | None = ..., port: IntOrString | None = ..., end_port: int | None = ...
    ) -> None: ...

class NetworkPolicyPeer(Struct):
    pod_selector: meta.LabelSelector | None
    namespace_selector: meta.LabelSelector | None
    ip_block: IPBlock | None
    def __init__(self, *,
        pod_selector: meta.LabelSelector | Mapping[str, Any] | None = ...,
        namespace_selector: meta.LabelSelector | Mapping[str, Any] | None = ...,
        ip_block: IPBlock | Mapping[str, Any] | None = ...
    ) -> None: ...

class IPBlock(Struct):
    cidr: str
    _except: tuple[str, ...]
    def __init__(self, *, cidr: str | None = ..., _except: list[str] | tuple[str, ...] | None = ...) -> None: ...

class NetworkPolicyEgressRule(Struct):
    ports: tuple[NetworkPolicyPort, ...]
    to: tuple[NetworkPolicyPeer, ...]
    def __init__(self, *,
        ports: Sequence[NetworkPolicyPort | Mapping[str, Any]] | None = ...,
        to: Sequence[NetworkPolicyPeer | Mapping[str, Any]] | None = ...
    ) -> None: ...

class Ingress(Object):
    spec: IngressSpec
    status: IngressStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: IngressSpec | Mapping[str, Any] | None = ...,
        status: IngressStatus | Mapping[str, Any] | None = ..., kind: Literal["Ingress"] | None = ...,
        api_version: Literal["networking.k8s.io/v1"] | None = ...
    ) -> None: ...

class IngressSpec(Struct):
    ingress_class_name: str | None
    default_backend: IngressBackend | None
    tls: tuple[IngressTLS, ...]
    rules: tuple[IngressRule, ...]
    def __init__(self, *,
        ingress_class_name: str | None = ..., default_backend: IngressBackend | Mapping[str, Any] | None = ...,
        tls: Sequence[IngressTLS | Mapping[str, Any]] | None = ...,
        rules: Sequence[IngressRule | Mapping[str, Any]] | None = ...
    ) -> None: ...

class IngressBackend(Struct):
    service: IngressServiceBackend | None
    resource: core.TypedLocalObjectReference | None
    def __init__(self, *,
        service: IngressServiceBackend | Mapping[str, Any] | None = ...,
        resource: core.TypedLocalObjectReference | Mapping[str, Any] | None = ...
    ) -> None: ...

class IngressServiceBackend(Struct):
    name: str
    port: ServiceBackendPort
    def __init__(self, *,
        name: str | None = ..., port: ServiceBackendPort | Mapping[str, Any] | None = ...
    ) -> None: ...

class ServiceBackendPort(Struct):
    name: str | None
    number: int | None
    def __init__(self, *, name: str | None = ..., number: int | None = ...) -> None: ...

class IngressTLS(Struct):
    hosts: tuple[str, ...]
    secret_name: str | None
    def __init__(self, *, hosts: list[str] | tuple[str, ...] | None = ..., secret_name: str | None = ...) -> None: ...

class IngressRule(Struct):
    host: str | None
    http: HTTPIngressRuleValue | None
    def __init__(self, *,
        host: str | None = ..., http: HTTPIngressRuleValue | Mapping[str, Any] | None = ...
    ) -> None: ...

class HTTPIngressRuleValue(Struct):
    paths: tuple[HTTPIngressPath, ...]
    def __init__(self, *, paths: Sequence[HTTPIngressPath | Mapping[str, Any]] | None = ...) -> None: ...

class HTTPIngressPath(Struct):
    path: str | None
    path_type: PathType | None
    backend: IngressBackend
    def __init__(self, *,
        path: str | None = ..., path_type: PathType | None = ...,
        backend: IngressBackend | Mapping[str, Any] | None = ...
    ) -> None: ...

class IngressStatus(Struct):
    load_balancer: IngressLoadBalancerStatus
    def __init__(self, *, load_balancer: IngressLoadBalancerStatus | Mapping[str, Any] | None = ...) -> None: ...

class IngressLoadBalancerStatus(Struct):
    ingress: tuple[IngressLoadBalancerIngress, ...]
    def __init__(self, *, ingress: Sequence[IngressLoadBalancerIngress | Mapping[str, Any]] | None = ...) -> None: ...

class IngressLoadBalancerIngress(Struct):
    ip: str | None
    hostname: str | None
    ports: tuple[IngressPortStatus, ...]
    def __init__(self, *,
        ip: str | None = ..., hostname: str | None = ...,
        ports: Sequence[IngressPortStatus | Mapping[str, Any]] | None = ...
    ) -> None: ...

class IngressPortStatus(Struct):
    port: int
    protocol: core.Protocol
    error: str | None
    def __init__(self, *,
        port: int | None = ..., protocol: core.Protocol | None = ..., error: str | None = ...
    ) -> None: ...

class IngressClass(Object):
    spec: IngressClassSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: IngressClassSpec | Mapping[str, Any] | None =
        ..., kind: Literal["IngressClass"] | None = ..., api_version: Literal["networking.k8s.io/v1"] | None = ...
    ) -> None: ...

class IngressClassSpec(Struct):
    controller: str | None
    parameters: IngressClassParametersReference | None
    def __init__(self, *,
        controller: str | None = ..., parameters: IngressClassParametersReference | Mapping[str, Any] | None = ...
    ) -> None: ...

class IngressClassParametersReference(Struct):
    api_group: str | None
    kind: str
    name: str
    scope: str | None
    namespace: str | None
    def __init__(self, *,
        api_group: str | None = ..., kind: str | None = ..., name: str | None = ..., scope: str | None = ...,
        namespace: str | None = ...
    ) -> None: ...

class IPAddress(Object):
    spec: IPAddressSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: IPAddressSpec | Mapping[str, Any] | None =
        ..., kind: Literal["IPAddress"] | None = ..., api_version: Literal["networking.k8s.io/v1"] | None = ...
    ) -> None: ...

class IPAddressSpec(Struct):
    parent_ref: ParentReference | None
    def __init__(self, *, parent_ref: ParentReference | Mapping[str, Any] | None = ...) -> None: ...

class ParentReference(Struct):
    group: str | None
    resource: str | None
    namespace: str | None
    name: str | None
    def __init__(self, *,
        group: str | None = ..., resource: str | None = ..., namespace: str | None = ..., name: str | None = ...
    ) -> None: ...

class ServiceCIDR(Object):
    spec: ServiceCIDRSpec
    status: ServiceCIDRStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: ServiceCIDRSpec | Mapping[str, Any] | None =
        ..., status: ServiceCIDRStatus | Mapping[str, Any] | None = ..., kind: Literal["ServiceCIDR"] | None = ...,
        api_version: Literal["networking.k8s.io/v1"] | None = ...
    ) -> None: ...

class ServiceCIDRSpec(Struct):
    cidrs: tuple[str, ...]
    def __init__(self, *, cidrs: list[str] | tuple[str, ...] | None = ...) -> None: ...

class ServiceCIDRStatus(Struct):
    conditions: tuple[meta.Condition, ...]
    def __init__(self, *, conditions: Sequence[meta.Condition | Mapping[str, Any]] | None = ...) -> None: ...

class NetworkPolicyList(ObjectList):
    items: tuple[NetworkPolicy, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[NetworkPolicy | Mapping[str, Any]] | None = ..., kind: Literal["NetworkPolicyList"] | None =
        ..., api_version: Literal["networking.k8s.io/v1"] | None = ...
    ) -> None: ...

class IngressList(ObjectList):
    items: tuple[Ingress, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ..., items: Sequence[Ingress | Mapping[str, Any]] | None =
        ..., kind: Literal["IngressList"] | None = ..., api_version: Literal["networking.k8s.io/v1"] | None = ...
    ) -> None: ...

class IngressClassList(ObjectList):
    items: tuple[IngressClass, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[IngressClass | Mapping[str, Any]] | None = ..., kind: Literal["IngressClassList"] | None = ...,
        api_version: Literal["networking.k8s.io/v1"] | None = ...
    ) -> None: ...

class IPAddressList(ObjectList):
    items: tuple[IPAddress, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[IPAddress | Mapping[str, Any]] | None = ..., kind: Literal["IPAddressList"] | None = ...,
        api_version: Literal["networking.k8s.io/v1"] | None = ...
    ) -> None: ...

class ServiceCIDRList(ObjectList):
    items: tuple[ServiceCIDR, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ServiceCIDR | Mapping[str, Any]] | None = ..., kind: Literal["ServiceCIDRList"] | None = ...,
        api_version: Literal["networking.k8s.io/v1"] | None = ...
    ) -> None: ...
