"""Say of every node for how long its kubelet may use what it has read: the longer, the more nodes there are.

Imitates  the ttl controller of Kubernetes 1.36
Wakes on  Node
Writes    Node: the annotation `node.alpha.kubernetes.io/ttl`
Differs   nothing known

As upstream a node learns of a new value when it changes itself.
"""

from __future__ import annotations

from typing import Any

from .. import errors
from ..kit import DONE, Api, Cache, Result, Wiring
from ..kit.indexes import BY_NAMESPACE
from ..objects import core

COMPONENT = "ttl-controller"
ANNOTATION = "node.alpha.kubernetes.io/ttl"
STEPS = ((0, 100, "0"), (90, 500, "15"), (450, 1000, "30"), (900, 2000, "60"), (1800, None, "300"))
"""From how many nodes to how many a value holds (seconds). They overlap, so that one node more or less is no matter."""

WIRING = Wiring("ttl-controller", reconciles=core.Node)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Annotate one node, if the number of nodes asks for another value."""
    node: Any = cache.get(core.Node, key)
    if node is None or node.metadata.deletion_timestamp is not None:
        return DONE
    now = node.metadata.annotations.get(ANNOTATION)
    wanted = decide(cache.count(core.Node, BY_NAMESPACE, ""), now)
    if wanted != now:
        try:
            api.patch(node, {"metadata": {"annotations": {ANNOTATION: wanted}}})
        except errors.NotFound:
            return DONE
    return DONE


def decide(nodes: int, now: str | None) -> str:
    """Pure: the value for so many nodes. The one that a node has stays as long as it may."""
    fitting = [value for least, most, value in STEPS if nodes >= least and (most is None or nodes <= most)]
    return now if now in fitting and now is not None else fitting[0]
