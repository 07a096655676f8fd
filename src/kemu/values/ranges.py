"""The ranges of addresses of one cluster: what Services, nodes and pods get out of them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import attrs

from ..errors import UsageError
from ..wellknown import POD_RANGE, SERVICE_RANGE

NODE_PREFIX = 24
"""How long the prefix of a node's own range is (`--node-cidr-mask-size`)."""

SMALLEST_SERVICE_PREFIX = 28
"""The smallest range of Services that has a tenth address for the cluster's DNS."""

DNS_PLACE = 10


@attrs.frozen
class Ranges:
    """Which addresses a cluster gives out: cluster IPs to Services, a range to each node, and of it one to each pod."""

    services: IPv4Network
    pods: IPv4Network

    @property
    def api(self) -> str:
        """The cluster IP of the Service `kubernetes`: the first of the range."""
        return str(self.services[1])

    @property
    def dns(self) -> str:
        """The cluster IP of the cluster's DNS: the tenth of the range."""
        return str(self.services[DNS_PLACE])

    @property
    def nodes(self) -> int:
        """For how many nodes the cluster's range has room."""
        return 1 << (NODE_PREFIX - self.pods.prefixlen)

    def of_node(self, index: int) -> str:
        """The range of the pods of one node. Nodes for which the cluster's range has no room get those behind it."""
        return f"{self._first_of_node(index)}/{NODE_PREFIX}"

    def of_pod(self, index: int, number: int) -> str:
        """The address with a number in the range of a node."""
        return str(self._first_of_node(index) + number)

    def _first_of_node(self, index: int) -> IPv4Address:
        return self.pods.network_address + (index << (32 - NODE_PREFIX))


def reserved_of(services: IPv4Network) -> int:
    """How many addresses at the start of a range Services get only on request, or once all others are taken.

    One in sixteen, but at least 16 and at most 256; none if there are no more than 16.
    """
    size = services.num_addresses
    return 0 if size <= 16 else min(max(size // 16, 16), 256)


def ranges_of(services: str = SERVICE_RANGE, pods: str = POD_RANGE) -> Ranges:
    """The ranges that are written as CIDRs. Raises UsageError for what is none, is too small, or lies in the other."""
    found = Ranges(_range("service_cidr", services, SMALLEST_SERVICE_PREFIX), _range("pod_cidr", pods, NODE_PREFIX))
    if found.services.overlaps(found.pods):
        raise UsageError(f"service_cidr {services} and pod_cidr {pods} overlap")
    return found


def _range(name: str, text: str, longest: int) -> IPv4Network:
    try:
        found = IPv4Network(text if isinstance(text, str) and "/" in text else "")
    except ValueError:
        raise UsageError(f'{name} must be an IPv4 range such as "10.96.0.0/12", got {text!r}') from None
    if found.prefixlen > longest:
        raise UsageError(f"{name} must have a prefix of at most /{longest}, got {text}")
    return found
