"""Keep a node's NoSchedule taints in step with its conditions.

Imitates  the node lifecycle controller of Kubernetes 1.36
Wakes on  Node
Writes    Node taints and labels
Differs   D-006: nodes whose kubelet has fallen silent are not yet marked Unknown, and pods are not evicted from them
"""

from __future__ import annotations

from typing import Any

from ..kit import DONE, Api, Cache, Result, Wiring
from ..objects import core, evolve
from ..objects.conditions import is_true
from ..wellknown import (
    DISK_PRESSURE,
    MEMORY_PRESSURE,
    NETWORK_UNAVAILABLE,
    NOT_READY,
    PID_PRESSURE,
    UNREACHABLE,
    UNSCHEDULABLE,
)

COMPONENT = "node-controller"
WIRING = Wiring("node-lifecycle-controller", reconciles=core.Node)

TAINTS = {
    ("Ready", "False"): NOT_READY,
    ("Ready", "Unknown"): UNREACHABLE,
    ("MemoryPressure", "True"): MEMORY_PRESSURE,
    ("DiskPressure", "True"): DISK_PRESSURE,
    ("PIDPressure", "True"): PID_PRESSURE,
    ("NetworkUnavailable", "True"): NETWORK_UNAVAILABLE,
}
OWN = frozenset((*TAINTS.values(), UNSCHEDULABLE))


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Write the taints that the conditions call for."""
    node: Any = cache.get(core.Node, key)
    if node is None:
        return DONE
    taints = decide(node)
    if taints != node.spec.taints:
        api.update(evolve(node, {"spec.taints": taints}))
        if is_true(node.status.conditions, "Ready"):
            api.recorder.event(
                node, "Normal", "RegisteredNode", f"Node {key} event: Registered Node {key} in Controller"
            )
    return DONE


def decide(node: Any) -> tuple[Any, ...]:
    """Pure: the taints of others as they are, and those that the node's conditions and `unschedulable` call for."""
    wanted = [TAINTS[c.type, c.status] for c in node.status.conditions if (c.type, c.status) in TAINTS]
    if node.spec.unschedulable:
        wanted.append(UNSCHEDULABLE)
    kept = tuple(
        taint
        for taint in node.spec.taints
        if not (taint.effect == "NoSchedule" and taint.key in OWN) or taint.key in wanted
    )
    present = {taint.key for taint in kept if taint.effect == "NoSchedule"}
    added = tuple(core.Taint(key=key, effect="NoSchedule") for key in wanted if key not in present)
    return (*kept, *added)
