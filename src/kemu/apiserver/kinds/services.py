"""Services and endpoints: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...objects import evolve
from ...values import names
from ..cells import NONE, age, joined, labels_text, some
from ..failures import FieldError, duplicate, invalid_value, required
from ..policy import Policy, whole
from ..rows import choice, each
from ..rules import dns_label, labels, port, port_number
from ..rules import required as is_required
from .addresses import allocate_service

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


# Rules


def _reachable(service: Any) -> Iterator[FieldError]:
    """A service with an address has ports; one without is the name of something else."""
    spec = service.spec
    if not spec.ports and spec.cluster_ip != "None" and spec.type != "ExternalName":
        yield required("spec.ports")
    if spec.type == "ExternalName":
        if not spec.external_name:
            yield required("spec.externalName")
            return
        for text in names.is_dns1123_subdomain(spec.external_name.removesuffix(".")):
            yield invalid_value("spec.externalName", spec.external_name, text)


def _several_are_named(ports: Sequence[Any]) -> Iterator[FieldError]:
    """The only port may do without a name."""
    for index, opened in enumerate(ports):
        if len(ports) > 1 and not opened.name:
            yield required(f"[{index}].name")


def _taken_once(service: Any) -> Iterator[FieldError]:
    """A number is one port of each protocol."""
    taken: dict[tuple[Any, Any], None] = {}
    for index, opened in enumerate(service.spec.ports):
        key = (opened.protocol, opened.port)
        if key in taken:
            yield duplicate(f"spec.ports[{index}]", opened)
        taken[key] = None


PORT = {
    "name": dns_label,
    "port": port_number,
    "protocol": (is_required, choice),
    "targetPort": port,
}


def _keeps_address(new: Any, old: Any) -> Iterator[FieldError]:
    """The first cluster IP stays while the service's type needs one."""
    before, after = old.spec, new.spec
    if "ExternalName" not in (before.type, after.type) and before.cluster_ip != after.cluster_ip:
        yield invalid_value("spec.clusterIPs[0]", list(after.cluster_ips), "may not change once set")


# Preparation


def _create(service: Any, desk: Desk) -> Any:
    return allocate_service(desk, service, None)


def _update(new: Any, old: Any, subresource: str, desk: Desk) -> Any:
    return new if subresource == "status" else allocate_service(desk, new, old)


# Warnings and cells


def _service_warns(service: Any, old: Any | None) -> Iterator[str]:
    spec = service.spec
    if spec.external_ips:
        yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
    if spec.external_name and spec.type != "ExternalName":
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'


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
        for address in subset.addresses:
            shown += [f"{address.ip}:{port.port}" for port in subset.ports] or [address.ip]
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
    rules={
        "": _reachable,
        "spec.ports": (_several_are_named, each(PORT, unique="name")),
        "spec.selector": labels,
        "spec.sessionAffinity": (is_required, choice),
        "spec.type": (is_required, choice),
    },
    across=(_taken_once,),
    update=(_keeps_address,),
    warns=(_service_warns,),
    selectable={"spec.clusterIP": None, "spec.type": None},
    cells=_service_cells,
)

ENDPOINTS = Policy(
    "endpoints",
    create_on_update=True,
    defaults={"subsets[*].ports[*].protocol": "TCP"},
    deprecated="v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    cells=_endpoints_cells,
)

POLICIES = (SERVICE, ENDPOINTS)
