"""Whom an endpoint is for: the zone that it is in, or its node, if its Service says so (`trafficDistribution`)."""

from __future__ import annotations

from typing import Any

from ...objects import discovery, evolve

CLOSE = frozenset(["PreferClose", "PreferSameZone", "PreferSameNode"])


def hinted(endpoints: tuple[Any, ...], distribution: str | None) -> tuple[Any, ...]:
    """Pure: the endpoints with their hints; the same tuple if they have the right ones.

    Where hints are given, an endpoint that is not ready keeps what it has.
    """
    done = tuple([_hinted(each, distribution) for each in endpoints])
    return endpoints if all(map(_is, done, endpoints)) else done


def _is(one: Any, other: Any) -> bool:
    return one is other


def _hinted(endpoint: Any, distribution: str | None) -> Any:
    if distribution in CLOSE and not endpoint.conditions.ready:
        return endpoint
    hints = _hints(endpoint, distribution == "PreferSameNode") if distribution in CLOSE else None
    return endpoint if endpoint.hints == hints else evolve(endpoint, hints=hints)


def _hints(endpoint: Any, by_node: bool) -> Any:
    zones = [{"name": endpoint.zone}] if endpoint.zone else []
    nodes = [{"name": endpoint.node_name}] if by_node and endpoint.node_name else []
    return discovery.EndpointHints(for_zones=zones, for_nodes=nodes) if zones or nodes else None
