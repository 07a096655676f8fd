"""Services and endpoints: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...objects import evolve
from ...values import names
from ..cells import NONE, age, joined, labels_text, some
from ..policy import Policy, whole
from ..rows import each
from .addresses import allocate_service
from .endpoint_rules import SUBSET
from .oddities import balanced_addresses, odd_address, odd_range
from .service_rules import (
    HINTS,
    MODE,
    RULES,
    annotations_agree,
    balancer_status,
    headless,
    keeps_addresses,
    keeps_balancer,
)

if TYPE_CHECKING:
    from ..request import Desk


# Defaults


def _service_affinity(spec: Any) -> Any:
    if spec.session_affinity == "ClientIP":
        return {"clientIP": {"timeoutSeconds": 10800}}
    return None


def _internal_traffic(spec: Any) -> str | None:
    return "Cluster" if spec.type in ("NodePort", "LoadBalancer", "ClusterIP") else None


def _external_traffic(spec: Any) -> str | None:
    external = spec.type in ("NodePort", "LoadBalancer") or (spec.type == "ClusterIP" and spec.external_ips)
    return "Cluster" if external else None


def _no_affinity(spec: Any) -> Any:
    """Without session affinity there is nothing to configure about it."""
    if spec.session_affinity in ("ClientIP", None) or spec.session_affinity_config is None:
        return spec
    return evolve(spec, session_affinity_config=None)


def _target_port(port: Any) -> Any:
    """A Service's port leads to the same number unless it says otherwise."""
    return port if port.target_port not in (None, 0, "") else evolve(port, target_port=port.port)


# Preparation


def _create(service: Any, desk: Desk) -> Any:
    return allocate_service(desk, service, None)


def _update(new: Any, old: Any, subresource: str, desk: Desk) -> Any:
    if subresource == "status":
        return new
    spec, was = new.spec, old.spec
    if spec.type == "ExternalName" != was.type and spec.internal_traffic_policy == was.internal_traffic_policy:
        new = evolve(new, {"spec.internal_traffic_policy": None})
    return allocate_service(desk, new, old)


# Warnings and cells


def _service_warns(service: Any, old: Any | None) -> Iterator[str]:
    spec, alone = service.spec, headless(service)
    if HINTS in service.metadata.annotations:
        yield f"annotation {HINTS} is deprecated, please use {MODE} instead"
    if not alone and spec.type != "ExternalName":
        for index, ip in enumerate(spec.cluster_ips):
            yield from odd_address(f"spec.clusterIPs[{index}]", ip)
    if alone and spec.load_balancer_ip:
        yield "spec.loadBalancerIP is ignored for headless services"
    if alone and spec.external_ips:
        yield "spec.externalIPs is ignored for headless services"
    if alone and spec.session_affinity != "None":
        yield "spec.SessionAffinity is ignored for headless services"
    for index, ip in enumerate(spec.external_ips):
        yield from odd_address(f"spec.externalIPs[{index}]", ip)
    if spec.external_ips and not alone and spec.type != "ExternalName":
        yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
    if spec.load_balancer_ip:
        yield from odd_address("spec.loadBalancerIP", spec.load_balancer_ip)
    for index, value in enumerate(spec.load_balancer_source_ranges):
        yield from odd_range(f"spec.loadBalancerSourceRanges[{index}]", value)
    if spec.type == "ExternalName" and spec.external_ips:
        yield 'spec.externalIPs is ignored when spec.type is "ExternalName"'
    if spec.external_name and spec.type != "ExternalName":
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'
    if spec.traffic_distribution == "PreferClose":
        yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'


MANAGED_ENDPOINTS = "endpoints.kubernetes.io/managed-by"


def _endpoints_warns(endpoints: Any, old: Any | None) -> Iterator[str]:
    if endpoints.metadata.labels.get(MANAGED_ENDPOINTS) == "endpoint-controller":
        return
    for index, subset in enumerate(endpoints.subsets):
        for name, listed in (("addresses", subset.addresses), ("notReadyAddresses", subset.not_ready_addresses)):
            for number, each_address in enumerate(listed):
                yield from odd_address(f"subsets[{index}].{name}[{number}].ip", each_address.ip)


def _service_cells(obj: Any, now: float) -> list[Any]:
    spec = obj.spec
    external = joined(spec.external_ips)
    if spec.type == "ExternalName":
        external = spec.external_name or NONE
    elif spec.type == "LoadBalancer":
        ingress = [each.ip or each.hostname or "" for each in obj.status.load_balancer.ingress]
        external = ",".join([*ingress, *spec.external_ips]) or "<pending>"
    ports = joined(
        f"{port.port}:{port.node_port}/{port.protocol}" if port.node_port else f"{port.port}/{port.protocol}"
        for port in spec.ports
    )
    cluster_ip = spec.cluster_ip or NONE
    return [
        obj.metadata.name,
        spec.type,
        cluster_ip,
        external,
        ports,
        age(obj.metadata.creation_timestamp, now),
        labels_text(spec.selector),
    ]


def _endpoints_cells(obj: Any, now: float) -> list[Any]:
    shown: list[str] = []
    for subset in obj.subsets:
        if not subset.ports:
            shown += [address.ip for address in subset.addresses]
        for port in subset.ports:
            shown += [f"{address.ip}:{port.port}" for address in subset.addresses]
    return [obj.metadata.name, some(shown), age(obj.metadata.creation_timestamp, now)]


SERVICE = Policy(
    "services",
    name_check=names.is_dns1123_label,
    create_on_update=True,
    returns_deleted=True,
    defaults={
        "spec.sessionAffinity": "None",
        "spec.sessionAffinityConfig": _service_affinity,
        "spec.type": "ClusterIP",
        "spec.internalTrafficPolicy": _internal_traffic,
        "spec.externalTrafficPolicy": _external_traffic,
        "spec.allocateLoadBalancerNodePorts": lambda spec: True if spec.type == "LoadBalancer" else None,
        "spec": whole(_no_affinity),
        "spec.ports[*]": whole(_target_port),
        "status.loadBalancer.ingress[*].ipMode": lambda ingress: "VIP" if ingress.ip else None,
    },
    prepare_create=_create,
    prepare_update=_update,
    rules=RULES,
    declared=False,
    metadata_rules=(annotations_agree,),
    update=(keeps_addresses, keeps_balancer),
    status_update=(balancer_status,),
    warns=(_service_warns,),
    status_warns=(balanced_addresses,),
    selectable={"spec.clusterIP": None, "spec.type": None},
    cells=_service_cells,
)

ENDPOINTS = Policy(
    "endpoints",
    create_on_update=True,
    defaults={"subsets[*].ports[*].protocol": "TCP"},
    rules={"subsets": each(SUBSET)},
    warns=(_endpoints_warns,),
    deprecated="v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    cells=_endpoints_cells,
)

POLICIES = (SERVICE, ENDPOINTS)
