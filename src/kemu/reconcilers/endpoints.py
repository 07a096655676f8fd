"""Keep the Endpoints of every Service that has a selector.

Imitates  the endpoints controller of Kubernetes 1.36
Wakes on  Service; Pod it selects; Endpoints
Writes    Endpoints create, update and delete
Differs   nothing known
"""

from __future__ import annotations

from typing import Any

from .. import errors
from ..kit import DONE, Api, Cache, Result, Wiring, key_of, split
from ..kit.endpoint_sets import INDEXES, has_endpoints, hostname_of, pods_behind, services_of_pod, target_port
from ..objects import core, evolve, meta
from ..objects.pods import is_ready
from ..values.frozen import FrozenMap

COMPONENT = "endpoint-controller"
MANAGED = "endpoints.kubernetes.io/managed-by"

WIRING = Wiring(
    "endpoints-controller",
    account="endpoint-controller",
    reconciles=core.Service,
    watches=(
        (core.Pod, services_of_pod),
        (core.Endpoints, lambda cache, old, new: (key_of(new if new is not None else old),)),
    ),
    indexes=INDEXES,
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Write what the Service's pods add up to, if it differs."""
    namespace, name = split(key)
    service: Any = cache.get(core.Service, key)
    found: Any = cache.get(core.Endpoints, key)
    if service is None:
        if found is not None and MANAGED in found.metadata.labels:
            try:
                api.delete(core.Endpoints, name, namespace)
            except errors.NotFound:
                return DONE
        return DONE
    if not has_endpoints(service):
        return DONE
    subsets = decide(service, pods_behind(cache, service))
    labels = FrozenMap({**service.metadata.labels, MANAGED: "endpoint-controller"})
    if service.spec.cluster_ip == "None":
        labels = FrozenMap({**labels, "service.kubernetes.io/headless": ""})
    if found is None:
        metadata = meta.ObjectMeta(name=name, namespace=namespace, labels=labels)
        api.create(core.Endpoints(metadata=metadata, subsets=subsets))
    elif found.subsets != subsets or found.metadata.labels != labels:
        api.update(evolve(found, {"metadata.labels": labels}, subsets=subsets))
    return DONE


def decide(service: Any, pods: list[Any]) -> tuple[Any, ...]:
    """Pure: the subsets, one for every distinct set of ports, addresses in order."""
    groups: dict[tuple[Any, ...], tuple[list[Any], list[Any]]] = {}
    for pod in sorted(pods, key=lambda each: each.status.pod_ip):
        if pod.metadata.deletion_timestamp is not None and not service.spec.publish_not_ready_addresses:
            continue
        ports = []
        for port in service.spec.ports:
            number = target_port(pod, port)
            if number is not None:
                ports.append(
                    core.EndpointPort(
                        name=port.name, port=number, protocol=port.protocol, app_protocol=port.app_protocol
                    )
                )
        if service.spec.ports and not ports:
            continue
        address = core.EndpointAddress(
            ip=pod.status.pod_ip,
            hostname=hostname_of(pod, service),
            node_name=pod.spec.node_name,
            target_ref={
                "kind": "Pod",
                "namespace": pod.metadata.namespace,
                "name": pod.metadata.name,
                "uid": pod.metadata.uid,
            },
        )
        ready, unready = groups.setdefault(tuple(ports), ([], []))
        (ready if is_ready(pod) or service.spec.publish_not_ready_addresses else unready).append(address)
    return tuple(
        core.EndpointSubset(addresses=tuple(ready), not_ready_addresses=tuple(unready), ports=ports)
        for ports, (ready, unready) in groups.items()
    )
