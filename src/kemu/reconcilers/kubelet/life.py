"""The life of a node: its registration, its heartbeats, and what a user does to a machine.

    what happens          the kubelet      its containers    what others see
    -------------------   --------------   ---------------   ----------------------------------------------
    crash, boot           gone, anew       gone at once      no heartbeats; then a status, and pods that start over
    stop, start           gone, anew       live on           no heartbeats; a status within ten seconds
    partition, heal       sees what it     live on           no heartbeats, and its pods reach nobody
                          saw

What others see of a node that is dark is worked out by the node lifecycle controller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from ... import errors
from ...objects import coordination, core, evolve
from ...objects.conditions import find_condition
from ...values.times import Time
from ...wellknown import NODE_LEASES
from .heartbeats import RENEW_SECONDS, come_back, gone_dark, next_beat, renewal
from .nodes import CONDITIONS, EVENTS, PRESSURES, RUNTIME_PATIENCE, Machine, lease_object, node_object

if TYPE_CHECKING:
    from .fleet import Kubelets

WELL = {kind: status for kind, status, _, _ in CONDITIONS}
TROUBLE = {"Ready": "NodeNotReady", **{each.condition: each.event for each in PRESSURES.values()}}
"""By condition, its status when all is well, and the event that says that it is not."""

RETRY_SECONDS = 10.0
"""Seconds until a heartbeat's end or a status that was refused is written again."""


def register(
    kubelets: Kubelets,
    name: str,
    *,
    cpu: str,
    memory: str,
    pods: int,
    labels: Mapping[str, str],
    taints: Sequence[Any],
    capacity: Mapping[str, str] | None = None,
) -> None:
    """Add a machine whose kubelet registers its Node, which is ready at once. Raises the ApiError that refuses it."""
    state, now = kubelets.state, kubelets.now
    index = state.machines
    machine = Machine(name=name, index=index, address=address_of(index), began=now)
    node = node_object(
        machine,
        cpu=cpu,
        memory=memory,
        pods=pods,
        labels=labels,
        taints=taints,
        now=kubelets.unix,
        pod_range=kubelets.network.ranges.of_node(index),
        extra=capacity or {},
    )
    created = kubelets.client(name).create(node)
    state.nodes[name] = attrs.evolve(machine, node=node)
    state.machines += 1
    renew(kubelets, name)
    state.events.recorders = len(state.nodes)
    kubelets.recorder(name).event(created, "Normal", "Starting", "Starting kubelet.")
    if kubelets.now:  # those that the cluster began with have long said it, and have their images
        kubelets.runtime.wipe(name)
        for kind in ("MemoryPressure", "DiskPressure", "PIDPressure", *EVENTS):
            say(kubelets, created, EVENTS[kind])


def address_of(index: int) -> str:
    """The address of the machine of some number."""
    return f"172.18.{index // 250}.{3 + index % 250}"


def darken(kubelets: Kubelets, name: str) -> None:
    """Nothing more is heard of a node: its Lease keeps the time of the last renewal."""
    kubelets.state.nodes[name] = gone_dark(kubelets.state.nodes[name], kubelets.now)
    end_renewals(kubelets, name)


def end_renewals(kubelets: Kubelets, name: str) -> None:
    """Write when a dark node's Lease was last renewed: from now on its age can be seen."""
    machine, client = kubelets.state.nodes[name], kubelets.control(name)
    if machine.dark is None:
        return
    last = renewal(machine, kubelets.loop.clock)
    try:
        lease = client.find(coordination.Lease, name, NODE_LEASES)
        if lease is not None and (lease.spec.renew_time or 0) < last:
            client.update(evolve(lease, {"spec.renew_time": last}))
    except errors.ApiError:
        kubelets.loop.schedule("kubelet", ("lease", name), delay=RETRY_SECONDS)


def lighten(kubelets: Kubelets, name: str, *, report_in: float) -> None:
    """A node is heard of again: its Lease is renewed at once, and its status reported after so many seconds."""
    machine = kubelets.state.nodes[name]
    if not (machine.running and machine.reachable):
        return
    kubelets.state.nodes[name] = come_back(machine, kubelets.now)
    renew(kubelets, name)
    kubelets.loop.schedule("kubelet", ("status", name), delay=report_in)


def miss_runtime(kubelets: Kubelets, name: str) -> None:
    """The runtime of a node has not answered for too long: its Node says so when its kubelet next reports."""
    machine = kubelets.state.nodes[name]
    if machine.lost_runtime is not None and kubelets.now - machine.lost_runtime >= RUNTIME_PATIENCE:
        kubelets.state.nodes[name] = machine = attrs.evolve(machine, missed_runtime=True)
        kubelets.loop.schedule_at("kubelet", ("status", name), next_beat(machine, kubelets.now))


def renew(kubelets: Kubelets, name: str) -> None:
    """Write the first renewal of a row of them, as which a new Lease counts; the others follow from it."""
    machine, client = kubelets.state.nodes[name], kubelets.client(name)
    if machine.dark is not None:
        return
    try:
        lease = client.find(coordination.Lease, name, NODE_LEASES)
        node = client.find(core.Node, name) if lease is None else None
        if lease is not None:
            client.update(evolve(lease, {"spec.renew_time": renewal(machine, kubelets.loop.clock)}))
        elif node is not None:
            client.create(lease_object(name, node.metadata.uid or "", kubelets.unix))
    except errors.ApiError:
        kubelets.loop.schedule("kubelet", ("renew", name), delay=RETRY_SECONDS)


def report(kubelets: Kubelets, name: str) -> None:
    """Have the Node say what its kubelet knows of it, if it says anything else."""
    machine, client = kubelets.state.nodes[name], kubelets.client(name)
    if machine.dark is not None:
        return
    try:
        node = client.find(core.Node, name)
        if node is None:
            return
        conditions = _conditions(node, machine, Time.at(kubelets.unix))
        cordoned = bool(node.spec.unschedulable)
        changed = [(kind, status) for kind, status, _, _ in machine.conditions if _status(node, kind) != status]
        if changed:
            client.patch_to(node, evolve(node, {"status.conditions": conditions}), "status", subresource="status")
    except errors.ApiError:
        kubelets.loop.schedule("kubelet", ("status", name), delay=RETRY_SECONDS)
        return
    for kind, status in changed:
        well = status == WELL[kind]
        say(kubelets, node, EVENTS[kind] if well else TROUBLE[kind])
    if cordoned != machine.cordoned:
        kubelets.state.nodes[name] = attrs.evolve(kubelets.state.nodes[name], cordoned=cordoned)
        say(kubelets, node, "NodeNotSchedulable" if cordoned else "NodeSchedulable")


def say(kubelets: Kubelets, node: Any, reason: str) -> None:
    """An event about what has become of a condition of a node."""
    name = node.metadata.name
    kubelets.recorder(name).event(node, "Normal", reason, f"Node {name} status is now: {reason}")


def imagine(kubelets: Kubelets, name: str) -> None:
    """A kubelet needs its Node, which somebody has deleted: it takes the one that it would register, each time anew,
    and says of that what it says of a new one."""
    machine = kubelets.state.nodes[name]
    for kind, status, _, _ in machine.conditions:
        if kind != "Ready":
            say(kubelets, machine.node, EVENTS[kind] if status == WELL[kind] else TROUBLE[kind])


def _status(node: Any, kind: str) -> str | None:
    found = find_condition(node.status.conditions, kind)
    return None if found is None else found.status


def _conditions(node: Any, machine: Machine, stamp: Time) -> tuple[Any, ...]:
    """The conditions of a node with its kubelet's own as they are now, in their places."""
    own = {}
    for kind, status, reason, message in machine.conditions:
        old = find_condition(node.status.conditions, kind)
        since = old.last_transition_time if old is not None and old.status == status else stamp
        own[kind] = core.NodeCondition(
            type=kind,
            status=status,
            reason=reason,
            message=message,
            last_heartbeat_time=stamp,
            last_transition_time=since,
        )
    kept = [own.pop(condition.type, condition) for condition in node.status.conditions]
    return (*kept, *own.values())


def enrol(kubelets: Kubelets, name: str) -> None:
    """What a kubelet does first when it starts: it registers its node, unless there is one of that name."""
    machine, client, recorder = kubelets.state.nodes[name], kubelets.client(name), kubelets.recorder(name)
    try:
        node = client.find(core.Node, name)
        if node is None:
            stamp = Time.at(kubelets.unix)
            node = client.create(evolve(machine.node, {"status.conditions": _conditions(machine.node, machine, stamp)}))
            renew(kubelets, name)
        kubelets.state.nodes[name] = attrs.evolve(machine, listed=True)
    except errors.ApiError:
        kubelets.loop.schedule("kubelet", ("enrol", name), delay=RETRY_SECONDS)
        return
    recorder.event(node, "Normal", "Starting", "Starting kubelet.")
    for kind in 2 * ("MemoryPressure", "DiskPressure", "PIDPressure"):  # as it registers, and as it first reports
        say(kubelets, node, EVENTS[kind])


STARTING = 0.0
"""Seconds until a kubelet that begins on a machine that was started reports its status."""

LATER = RENEW_SECONDS
"""Seconds until one that comes back to its machine does: when it next looks at it."""
