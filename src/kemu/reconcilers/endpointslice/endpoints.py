"""Which endpoints a Service should have: of each family of addresses, by the ports that its pods have for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any

from ...kit.endpoint_sets import hostname_of, in_order, target_port
from ...objects import discovery
from ...objects.pods import is_ready

Ports = tuple[Any, ...]
Identity = tuple[Any, ...]
Desired = dict[Ports, dict[Identity, Any]]
"""By the ports of a slice: the endpoints that are to stand in slices with these."""


def families(service: Any) -> tuple[str, ...]:
    """The families of addresses of a Service, as the address types of its slices."""
    return tuple(dict.fromkeys(service.spec.ip_families)) or ("IPv4",)


def desired(service: Any, pods: Iterable[Any], zones: Mapping[str, str | None], family: str) -> Desired:
    """Pure: the endpoints of one family. `zones` are those of the nodes that there are, by name.

    A pod on a node that is not there is left out, unless its Service publishes whatever it has.
    """
    found: Desired = {}
    for pod in sorted(pods, key=lambda each: each.metadata.name):
        group = found.setdefault(_ports(service, pod), {})
        if (pod.spec.node_name or "") not in zones and not service.spec.publish_not_ready_addresses:
            continue
        endpoint = _endpoint(service, pod, zones, family)
        if endpoint.addresses:
            group[identity(endpoint)] = endpoint
    return {in_order(ports): group for ports, group in found.items()}


def identity(endpoint: Any) -> Identity:
    """What makes an endpoint the same one, whatever else becomes of it."""
    target = endpoint.target_ref
    named = (None, None) if target is None else (target.namespace, target.name)
    return (endpoint.addresses, endpoint.hostname or "", *named)


def _ports(service: Any, pod: Any) -> Ports:
    found = []
    for port in service.spec.ports:
        number = target_port(pod, port)
        if number is not None:
            found.append(
                discovery.EndpointPort(
                    name=port.name or "", port=number, protocol=port.protocol, app_protocol=port.app_protocol
                )
            )
    return tuple(found)


def _endpoint(service: Any, pod: Any, zones: Mapping[str, str | None], family: str) -> Any:
    terminating = pod.metadata.deletion_timestamp is not None
    serving = is_ready(pod)
    ready = service.spec.publish_not_ready_addresses or (serving and not terminating)
    return discovery.Endpoint(
        addresses=_addresses(pod, family),
        conditions={"ready": bool(ready), "serving": serving, "terminating": terminating},
        hostname=hostname_of(pod, service),
        node_name=pod.spec.node_name,
        zone=zones.get(pod.spec.node_name or "") or None,
        target_ref={
            "kind": "Pod",
            "namespace": pod.metadata.namespace,
            "name": pod.metadata.name,
            "uid": pod.metadata.uid,
        },
    )


def _addresses(pod: Any, family: str) -> tuple[str, ...]:
    version = 6 if family == "IPv6" else 4
    held = [each.ip for each in pod.status.pod_ips] or [pod.status.pod_ip]
    return tuple([address for address in held if ip_address(address).version == version])
