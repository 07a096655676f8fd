"""Give every node a range of addresses for its pods, out of the cluster's.

Imitates  the node IPAM controller of Kubernetes 1.36, as `--allocate-node-cidrs` runs it
Wakes on  Node that has no range
Writes    Node: `spec.podCIDR` and `spec.podCIDRs`; events about nodes for which there is no range left
Differs   D-251: a node with a kubelet brings its range along
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from ..kit import DONE, Api, Cache, Result, Wiring, key_of
from ..kit.indexes import Index
from ..objects import core

COMPONENT = "cidrAllocator"
ALL = "nodes"
"""The one key: what is given to one node counts for the next."""


def _ranges(node: Any) -> tuple[str, ...]:
    """The ranges of a node; of one without, that it has none."""
    return tuple(node.spec.pod_cidrs) or ((NONE,) if node.metadata.deletion_timestamp is None else ())


NONE = ""
BY_RANGE = Index("range", _ranges, attrgetter("spec.pod_cidrs", "metadata.deletion_timestamp"))


def _changed(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """Whoever has no range, or gives one back while somebody waits for it."""
    waits = cache.count(core.Node, BY_RANGE, NONE) > 0
    return (ALL,) if waits and (new is None or not new.spec.pod_cidrs) else ()


WIRING = Wiring(
    "node-ipam-controller",
    account="node-controller",
    reconciles=core.Node,
    changed=_changed,
    indexes=((core.Node, BY_RANGE),),
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Give a range to each node that has none, in order of their names."""
    waiting = sorted(cache.indexed(core.Node, BY_RANGE, NONE), key=key_of)
    taken: set[str] = set()
    for node in waiting:
        found = free(api.ranges.of_node, api.ranges.nodes, lambda each: each in taken or _is_taken(cache, each))
        if found is None:
            text = f"Node {node.metadata.name} status is now: CIDRNotAvailable"
            api.event(node, "Normal", "CIDRNotAvailable", text)
            continue
        taken.add(found)
        api.patch(node, {"spec": {"podCIDR": found, "podCIDRs": [found]}}, type="strategic")
    return DONE


def _is_taken(cache: Cache, wanted: str) -> bool:
    return cache.count(core.Node, BY_RANGE, wanted) > 0


def free(range_of: Callable[[int], str], number: int, is_taken: Callable[[str], bool]) -> str | None:
    """Pure: the first range of so many that nobody has; None if all are taken."""
    return next((each for each in map(range_of, range(number)) if not is_taken(each)), None)
