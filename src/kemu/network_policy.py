"""NetworkPolicies: which traffic may reach a pod, and which may leave it.

A pod that no policy selects for a direction takes, or sends, everything. One that is selected takes what a rule of any
of these policies lets through. Traffic inside of one pod is never asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

import attrs

from .values.frozen import EMPTY_MAP
from .values.selectors import selector_of


@attrs.frozen
class End:
    """One end of a connection: an address, and the pod that has it, if one has, with the labels of its namespace."""

    address: str
    pod: Any = None
    namespace_labels: Mapping[str, str] = EMPTY_MAP

    @property
    def namespace(self) -> str:
        """The namespace of its pod; empty without one."""
        return "" if self.pod is None else self.pod.metadata.namespace


def lets_through(policies: Iterable[Any], source: End, target: End, port: int) -> bool:
    """Whether a TCP connection from one end to a port of another is let through by all policies of a cluster. Pure."""
    known = tuple(policies)
    if source.address and source.address == target.address:
        return True
    inwards = [each for each in known if _selects(each, target, "Ingress")]
    outwards = [each for each in known if _selects(each, source, "Egress")]
    if inwards and not any(
        _rule(rule._from, rule.ports, policy, source, target, port)
        for policy in inwards
        for rule in policy.spec.ingress
    ):
        return False
    return not outwards or any(
        _rule(rule.to, rule.ports, policy, target, target, port) for policy in outwards for rule in policy.spec.egress
    )


def _selects(policy: Any, end: End, direction: str) -> bool:
    """Whether a policy is about a pod's traffic in one direction; without types it is about what comes in, and about
    what goes out if it has rules for that."""
    if end.pod is None or policy.metadata.namespace != end.namespace:
        return False
    types = policy.spec.policy_types or ("Ingress", *(["Egress"] if policy.spec.egress else []))
    return direction in types and selector_of(policy.spec.pod_selector).matches(end.pod.metadata.labels)


def _rule(peers: Any, ports: Any, policy: Any, other: End, target: End, port: int) -> bool:
    """Whether a rule lets traffic through: with any of its peers, if it names some, and to any of its ports."""
    return (not peers or any(_is_peer(peer, policy, other) for peer in peers)) and (
        not ports or any(_is_port(each, target, port) for each in ports)
    )


def _is_peer(peer: Any, policy: Any, end: End) -> bool:
    if peer.ip_block is not None:
        return bool(end.address) and _within(end.address, peer.ip_block)
    if end.pod is None:
        return False
    if peer.namespace_selector is None:
        if end.namespace != policy.metadata.namespace:
            return False
    elif not selector_of(peer.namespace_selector).matches(end.namespace_labels):
        return False
    return peer.pod_selector is None or selector_of(peer.pod_selector).matches(end.pod.metadata.labels)


def _within(address: str, block: Any) -> bool:
    where = ip_address(address)
    return where in ip_network(block.cidr, strict=False) and not any(
        where in ip_network(each, strict=False) for each in block._except
    )


def _is_port(rule: Any, target: End, port: int) -> bool:
    """Whether a port is one of a rule's: a number, the first of a range, or a name that a container gives it."""
    if (rule.protocol or "TCP") != "TCP":
        return False
    if rule.port is None:
        return True
    if isinstance(rule.port, int):
        return rule.port <= port <= (rule.end_port or rule.port)
    containers = () if target.pod is None else target.pod.spec.containers
    return any(each.name == rule.port and each.container_port == port for one in containers for each in one.ports)
