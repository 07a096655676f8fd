"""kube-proxy: where a node sends a connection to a Service.

Every node has one of its own. It goes by the Services, EndpointSlices and Nodes that its node has seen, and what it
decides is a function of these: which endpoints a connection may lead to, or that it is refused, or lost. Which of them
it is then is for chance, or for the one that the client had before (`sessionAffinity`).

- An endpoint that is ready is used; where none is, one that still serves while it ends.
- `internalTrafficPolicy: Local` and `externalTrafficPolicy: Local` mean the endpoints of the node itself. What comes
  from outside to a balancer is led to nodes that have some; pods are led from their node to all endpoints.
- The hints of endpoints (`trafficDistribution`) choose between nodes and zones, if all that are ready have them and
  one of them is for the node.
- Without any endpoint a connection is refused; without one where only those of the node count it is dropped.
- A balancer is told by each node how many endpoints of a Service are on it, at the Service's port for health checks.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Any

import attrs

from ..kit import Cache
from ..name_records import slices
from ..network import DROPPED, REFUSED, Arrival
from ..objects import core
from ..wellknown import ZONE


@attrs.frozen
class _Endpoint:
    """One address behind a Service."""

    address: str
    port: int
    ready: bool
    ending: bool
    """Whether it serves while it ends."""
    node: str
    nodes: tuple[str, ...]
    zones: tuple[str, ...]


def choices(view: Cache, arrival: Arrival) -> tuple[tuple[str, int], ...] | str:
    """The addresses and ports that a connection may be led to, or why it is led nowhere. O(endpoints)."""
    if _is_kept_out(arrival):
        return DROPPED
    found = _endpoints(view, arrival)
    if not any(each.ready or each.ending for each in found):
        return REFUSED
    usable = _local(found, arrival.node) if _is_local(arrival) else _of_cluster(view, found, arrival.node)
    return tuple([(each.address, each.port) for each in usable]) or DROPPED


def health(view: Cache, service: Any, node: str) -> tuple[int, str]:
    """What a node answers a balancer that asks whether connections to a Service may come to it."""
    here = len(_local(_endpoints(view, Arrival(service, None, "", "", node)), node))
    about = {"namespace": service.metadata.namespace, "name": service.metadata.name}
    said = {"service": about, "localEndpoints": here, "serviceProxyHealthy": True}
    return 200 if here else 503, json.dumps(said, indent="\t")


def _is_kept_out(arrival: Arrival) -> bool:
    """Whether a balancer does not let a client in."""
    spec, source = arrival.service.spec, arrival.source
    balancers = [each.ip for each in arrival.service.status.load_balancer.ingress]
    if not spec.load_balancer_source_ranges or arrival.at_node or arrival.address not in balancers or not source:
        return False
    return not any(ip_address(source) in ip_network(each.strip(), False) for each in spec.load_balancer_source_ranges)


def _is_local(arrival: Arrival) -> bool:
    """Whether only the endpoints of the node count."""
    spec = arrival.service.spec
    if not arrival.is_external:
        return bool(spec.internal_traffic_policy == "Local" and arrival.node)
    return bool(spec.external_traffic_policy == "Local" and arrival.at_node and not arrival.from_pod)


def _endpoints(view: Cache, arrival: Arrival) -> list[_Endpoint]:
    """What is behind a port of a Service, of the family of the address that was asked for."""
    found, family = [], "IPv6" if ":" in arrival.address else "IPv4"
    for piece in slices(view, arrival.service):
        port = _number(piece, arrival.port)
        if port is None or piece.address_type != family:
            continue
        for endpoint in piece.endpoints:
            said, hints = endpoint.conditions, endpoint.hints
            ready = said.ready is not False
            serves = ready if said.serving is None else said.serving
            nodes = tuple([each.name for each in hints.for_nodes]) if hints is not None else ()
            zones = tuple([each.name for each in hints.for_zones]) if hints is not None else ()
            ending, node = bool(serves and said.terminating), endpoint.node_name or ""
            found += [_Endpoint(each, port, ready, ending, node, nodes, zones) for each in endpoint.addresses[:1]]
    return found


def _number(piece: Any, port: Any | None) -> int | None:
    """The number that a port of a Service has in a slice, or any of the slice's if none is meant."""
    return next((each.port for each in piece.ports if port is None or (each.name or "") == (port.name or "")), None)


def _local(found: Sequence[_Endpoint], node: str) -> list[_Endpoint]:
    """Those of a node: what is ready, or else what serves while it ends."""
    here = [each for each in found if each.node == node]
    return [each for each in here if each.ready] or [each for each in here if each.ending]


def _of_cluster(view: Cache, found: Sequence[_Endpoint], node: str) -> list[_Endpoint]:
    """Those of the cluster: what is ready and for the node, or else what serves while it ends."""
    ready = [each for each in found if each.ready]
    if not ready:
        return [each for each in found if each.ending]
    place: Any = view.get(core.Node, node) if node else None
    zone = place.metadata.labels.get(ZONE, "") if place is not None else ""
    near = [each for each in ready if node in each.nodes] if all(each.nodes for each in ready) else []
    if not near and all(each.zones for each in ready):
        near = [each for each in ready if zone in each.zones]
    return near or ready
