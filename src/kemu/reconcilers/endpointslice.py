"""Keep the EndpointSlices of every Service that has a selector.

Imitates  the endpoint slice controller of Kubernetes 1.36
Wakes on  Service; Pod it selects; EndpointSlice it controls
Writes    EndpointSlice create, update and delete
Differs   D-007: one slice for every distinct set of ports, however many endpoints there are; no topology hints
"""

from __future__ import annotations

from typing import Any

from ..kit import DONE, Api, Cache, Result, Wiring
from ..kit.endpoint_sets import INDEXES, has_endpoints, hostname_of, pods_behind, services_of_pod, target_port
from ..objects import core, discovery, evolve, meta
from ..objects.pods import is_ready
from ..objects.references import owner_reference
from ..values.frozen import FrozenMap
from ..wellknown import SERVICE_NAME, ZONE

COMPONENT = "endpoint-slice-controller"
MANAGER = "endpointslice-controller.k8s.io"
MANAGED_LABEL = "endpointslice.kubernetes.io/managed-by"

WIRING = Wiring(
    "endpointslice-controller",
    reconciles=core.Service,
    owns=(discovery.EndpointSlice,),
    watches=((core.Pod, services_of_pod),),
    reads=(core.Node,),
    indexes=INDEXES,
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Write what the Service's pods add up to, slice by slice, where it differs."""
    service: Any = cache.get(core.Service, key)
    if service is None or not has_endpoints(service):
        return DONE
    pods = pods_behind(cache, service)
    wanted = decide(service, pods, _zones(cache, pods))
    labels = FrozenMap({**service.metadata.labels, SERVICE_NAME: service.metadata.name, MANAGED_LABEL: MANAGER})
    if service.spec.cluster_ip == "None":
        labels = FrozenMap({**labels, "service.kubernetes.io/headless": ""})
    existing: list[Any] = list(cache.owned(discovery.EndpointSlice, by=service))
    for ports, endpoints in wanted.items():
        match = next((each for each in existing if each.ports == ports), existing[0] if existing else None)
        if match is None:
            metadata = meta.ObjectMeta(
                generate_name=f"{service.metadata.name}-",
                namespace=service.metadata.namespace,
                labels=labels,
                owner_references=(owner_reference(service),),
            )
            api.create(
                discovery.EndpointSlice(metadata=metadata, address_type="IPv4", ports=ports, endpoints=endpoints)
            )
            continue
        existing.remove(match)
        if (match.ports, match.endpoints, match.metadata.labels) != (ports, endpoints, labels):
            changed = evolve(match, {"metadata.labels": labels}, ports=ports, endpoints=endpoints)
            api.update(changed)
    for left in existing:
        api.delete(discovery.EndpointSlice, left.metadata.name, left.metadata.namespace)
    return DONE


def _zones(cache: Cache, pods: list[Any]) -> dict[str, str | None]:
    """The zones of the nodes that the pods are on."""
    found: dict[str, str | None] = {}
    for name in dict.fromkeys(pod.spec.node_name or "" for pod in pods):
        node: Any = cache.get(core.Node, name)
        if node is not None:
            found[name] = node.metadata.labels.get(ZONE)
    return found


def decide(service: Any, pods: list[Any], zones: dict[str, str | None]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Pure: the endpoints for every distinct set of ports. A Service without pods has one empty slice."""
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for pod in sorted(pods, key=lambda each: each.metadata.name):
        ports = []
        for port in service.spec.ports:
            number = target_port(pod, port)
            if number is not None:
                ports.append(
                    discovery.EndpointPort(
                        name=port.name or "", port=number, protocol=port.protocol, app_protocol=port.app_protocol
                    )
                )
        groups.setdefault(tuple(ports), []).append(_endpoint(service, pod, zones))
    return {ports: tuple(endpoints) for ports, endpoints in groups.items()} or {(): ()}


def _endpoint(service: Any, pod: Any, zones: dict[str, str | None]) -> Any:
    terminating = pod.metadata.deletion_timestamp is not None
    serving = is_ready(pod)
    ready = service.spec.publish_not_ready_addresses or (serving and not terminating)
    return discovery.Endpoint(
        addresses=(pod.status.pod_ip,),
        conditions={"ready": bool(ready), "serving": serving, "terminating": terminating},
        hostname=hostname_of(pod, service),
        node_name=pod.spec.node_name,
        zone=zones.get(pod.spec.node_name or ""),
        target_ref={
            "kind": "Pod",
            "namespace": pod.metadata.namespace,
            "name": pod.metadata.name,
            "uid": pod.metadata.uid,
        },
    )
