"""A machine that runs short of something: its node says so, takes fewer pods, and ends one after the other.

    what       condition        who ends first
    --------   --------------   ---------------------------------------------------------------------------
    memory     MemoryPressure   who uses more than it asked for; then the least priority; then by how much
    disk       DiskPressure     the least priority
    pids       PIDPressure      the least priority

Every ten seconds a pod is evicted, as long as it lasts; critical ones never are. The condition stays for five minutes
more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from ...apiserver.measurements import Gauge
from ...clock import exact
from ...errors import UsageError
from ...objects import core
from ...objects.tolerations import untolerated
from ...values.quantity import Quantity
from ...wellknown import MEMORY_PRESSURE
from . import ending, life
from .admission import Refusal
from .nodes import PRESSURES, Machine
from .worker import SYNCING, Worker

if TYPE_CHECKING:
    from .fleet import Kubelets

LOOK_SECONDS = 10.0
"""How often a kubelet looks whether it has to evict a pod."""

STAYS_SECONDS = 300.0
"""How long a node still says that it is short of something when it no longer is."""

GRACE_SECONDS = 1.0
"""What an evicted pod gets to stop."""

EVICTED = "Evicted"
MEMORY_TAINT = core.Taint(key=MEMORY_PRESSURE, effect="NoSchedule")


def press(kubelets: Kubelets, node: str, what: str) -> None:
    """From now on a machine is short of something. Raises UsageError for what is not simulated."""
    if what not in PRESSURES:
        raise UsageError(f"a machine runs short of {', '.join(PRESSURES)}; not of {what!r}")
    lasts = any(until is None for until in kubelets.state.nodes[node].short_of.values())
    _set(kubelets, node, what, None)
    if not lasts:
        look(kubelets, node)


def relieve(kubelets: Kubelets, node: str, what: str) -> None:
    """A machine has enough of something again. Raises UsageError if it was not short of it."""
    if kubelets.state.nodes[node].short_of.get(what, 0.0) is not None:
        raise UsageError(f"node {node} is not short of {what!r}")
    _set(kubelets, node, what, exact(kubelets.now + STAYS_SECONDS))
    kubelets.loop.schedule("kubelet", ("pressure", node), delay=STAYS_SECONDS)


def _set(kubelets: Kubelets, node: str, what: str, until: float | None) -> None:
    machine = kubelets.state.nodes[node]
    kubelets.state.nodes[node] = attrs.evolve(machine, short_of=machine.short_of.with_({what: until}))
    life.report(kubelets, node)


def look(kubelets: Kubelets, node: str) -> None:
    """Evict the next pod of a machine that is short of something, and forget what is over."""
    machine = kubelets.state.nodes[node]
    if not machine.running:
        return
    left = {what: until for what, until in machine.short_of.items() if until is None or until > kubelets.now}
    if len(left) < len(machine.short_of):
        kubelets.state.nodes[node] = attrs.evolve(machine, short_of=type(machine.short_of)(left))
        life.report(kubelets, node)
    lasting = [what for what, until in left.items() if until is None]
    if lasting:
        _evict(kubelets, node, lasting[0])
        kubelets.loop.schedule("kubelet", ("pressure", node), delay=LOOK_SECONDS)


def _evict(kubelets: Kubelets, node: str, what: str) -> None:
    resource = PRESSURES[what].resource
    kubelets.recorder(node).event(
        kubelets.node_of(kubelets.state.nodes[node]),
        "Warning",
        "EvictionThresholdMet",
        f"Attempting to reclaim {resource}",
    )
    alive = [each for each in kubelets.state.on_node(node) if each.phase == SYNCING and not ending.is_critical(each)]
    gauge = Gauge(kubelets.server)
    used = {each.uid: gauge.usage(each.pod) for each in alive} if what == "memory" else {}
    ranked = sorted(alive, key=lambda each: _rank(each, used.get(each.uid, {})))
    if ranked:
        first = ranked[0]
        text = f"The node was low on resource: {resource}. " + _blamed(first.pod, used.get(first.uid, {}), resource)
        kubelets.event(first, "Warning", EVICTED, text)
        ending.end(kubelets, first, EVICTED, text, text, GRACE_SECONDS)


Usage = Mapping[str, Mapping[str, Quantity]]
"""By container, what it uses."""


def _rank(worker: Worker, usage: Usage) -> tuple[bool, int, int]:
    """Who ends first: the lowest. Pure."""
    spec = worker.pod.spec
    asked = sum(_bytes(each.resources.requests.get("memory")) for each in spec.containers)
    above = sum(_bytes(amounts.get("memory")) for amounts in usage.values()) - asked
    return above <= 0, spec.priority or 0, -above


def _blamed(pod: Any, usage: Usage, resource: str) -> str:
    """Which containers use more than they asked for."""
    found = []
    for container in pod.spec.containers:
        used, asked = usage.get(container.name, {}).get(resource), container.resources.requests.get(resource)
        if used is not None and _bytes(used) > _bytes(asked):
            more = f"has larger consumption of {resource}"
            found.append(f"Container {container.name} was using {used}, request is {asked or 0}, {more}. ")
    return "".join(found)


def _bytes(amount: Quantity | None) -> int:
    return 0 if amount is None else amount.nanos // 10**9


def refusal(worker: Worker, machine: Machine) -> Refusal | None:
    """Why a machine that is short of something does not take a pod; critical ones it always takes."""
    shown = [PRESSURES[what].condition for what in machine.short_of]
    if not shown or ending.is_critical(worker):
        return None
    pod = worker.pod
    if shown == ["MemoryPressure"]:
        if pod.status.qos_class != "BestEffort" or untolerated([MEMORY_TAINT], pod.spec.tolerations) is None:
            return None
    return Refusal(EVICTED, f"The node had condition: [{' '.join(shown)}]. ")
