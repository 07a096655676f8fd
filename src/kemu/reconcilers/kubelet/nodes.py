"""Nodes: what a kubelet says about the machine it runs on, and a handle for what happens to machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor
from typing import TYPE_CHECKING, Any

import attrs

from ...clock import exact
from ...errors import UsageError
from ...objects import coordination, core, meta
from ...values.durations import seconds_of
from ...values.frozen import FrozenMap
from ...values.times import MicroTime, Time
from ...wellknown import HOSTNAME, NODE_LEASES
from .static_pods import StaticPods

if TYPE_CHECKING:
    from .fleet import Kubelets

LEASE_SECONDS = 40
RELIST_SECONDS = 1.0
"""How often a kubelet asks the runtime what became of its containers."""

APART = 0.618
"""Seconds between the moments at which two machines that follow each other do so: as many as there are, no two of them
are close."""

VERSION = "v1.36.2"
KUBELET_PORT = 10250
"""Where a kubelet listens."""

CONDITIONS = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)
EVENTS = {
    "MemoryPressure": "NodeHasSufficientMemory",
    "DiskPressure": "NodeHasNoDiskPressure",
    "PIDPressure": "NodeHasSufficientPID",
    "Ready": "NodeReady",
}
"""By condition, the event that says that all is well again."""


@attrs.frozen
class Pressure:
    """What a node says that is short of something."""

    condition: str
    reason: str
    message: str
    event: str
    resource: str


PRESSURES = {
    "memory": Pressure(
        "MemoryPressure",
        "KubeletHasInsufficientMemory",
        "kubelet has insufficient memory available",
        "NodeHasInsufficientMemory",
        "memory",
    ),
    "disk": Pressure(
        "DiskPressure",
        "KubeletHasDiskPressure",
        "kubelet has disk pressure",
        "NodeHasDiskPressure",
        "ephemeral-storage",
    ),
    "pids": Pressure(
        "PIDPressure",
        "KubeletHasInsufficientPID",
        "kubelet has insufficient PID available",
        "NodeHasInsufficientPID",
        "pids",
    ),
}
"""By what a machine can be short of."""

FEATURES = (
    "ExtendWebSocketsToKubelet",
    "InPlacePodLevelResourcesVerticalScaling",
    "InPlacePodVerticalScalingInitContainers",
    "RestartAllContainersOnContainerExits",
)
"""What a kubelet of this version says that it can do, of what older ones cannot."""


@attrs.frozen(kw_only=True)
class Shutdown:
    """A shutdown that goes on: until when pods have time to stop, at first those that are not critical."""

    normal_until: float
    until: float
    critical: bool = False
    """Whether it is the turn of the critical ones."""


@attrs.frozen(kw_only=True)
class Machine:
    """A node as its kubelet knows it. `index` decides its addresses."""

    name: str
    index: int
    address: str
    running: bool = True
    """Whether the kubelet runs."""
    reachable: bool = True
    """Whether the network leads from it to the others."""
    lost_runtime: float | None = None
    """Since when its container runtime does not answer; None while it does."""
    missed_runtime: bool = False
    """Whether that has been so for too long."""
    began: float = 0.0
    """Since when its kubelet's heartbeats are heard, in seconds since the start."""
    dark: float | None = None
    """Since when nothing is heard of it; None while it is."""
    node: Any = None
    """The Node that its kubelet registers."""
    pulls_until: float = 0.0
    """Until when it fetches images, one after the other."""
    shutdown: Shutdown | None = None
    short_of: FrozenMap[str, float | None] = FrozenMap()
    """What it is short of: None as long as it is, and then until when its node still says so."""
    listed: bool = True
    """Whether there is a Node of its name, as far as its kubelet knows."""
    cordoned: bool = False
    """Whether its Node was unschedulable when its kubelet last looked."""

    def relist_after(self, moment: float) -> float:
        """When its kubelet next asks the runtime what became of its containers: once a second, and each kubelet at a
        part of the second of its own."""
        offset = exact(self.index * APART % RELIST_SECONDS)
        return exact(floor(exact(moment - offset) / RELIST_SECONDS) * RELIST_SECONDS + RELIST_SECONDS + offset)

    @property
    def works(self) -> bool:
        """Whether its kubelet runs, and has a runtime to work with."""
        return self.running and self.lost_runtime is None

    @property
    def conditions(self) -> tuple[tuple[str, str, str, str], ...]:
        """What its kubelet says of it: type, status, reason, message."""
        if self.shutdown is None and not self.short_of and not self.missed_runtime:
            return CONDITIONS
        found = {row[0]: row for row in CONDITIONS}
        for each in [PRESSURES[what] for what in self.short_of]:
            found[each.condition] = (each.condition, "True", each.reason, each.message)
        if self.missed_runtime:
            found["Ready"] = ("Ready", "False", "KubeletNotReady", "container runtime is down")
        if self.shutdown is not None:
            found["Ready"] = ("Ready", "False", "KubeletNotReady", "node is shutting down")
        return tuple(found.values())

    @property
    def platform(self) -> str:
        """What images it can run."""
        info = self.node.status.node_info
        return f"{info.operating_system}/{info.architecture}"


def node_object(
    machine: Machine,
    *,
    cpu: str,
    memory: str,
    pods: int,
    labels: Mapping[str, str],
    taints: Sequence[Any],
    now: float,
    pod_range: str,
    extra: Mapping[str, str],
) -> Any:
    """The Node that a kubelet registers. `now` is in seconds since 1970."""
    stamp = Time.at(now)
    capacity = {"cpu": cpu, "memory": memory, "ephemeral-storage": "0", "pods": str(pods), **extra}
    base = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        HOSTNAME: machine.name,
        "kubernetes.io/os": "linux",
    }
    return core.Node(
        metadata=meta.ObjectMeta(
            name=machine.name,
            labels={**base, **labels},
            annotations={"volumes.kubernetes.io/controller-managed-attach-detach": "true"},
        ),
        spec={"podCIDR": pod_range, "podCIDRs": [pod_range], "taints": list(taints)},
        status={
            "capacity": capacity,
            "allocatable": capacity,
            "conditions": [
                core.NodeCondition(
                    type=type_,
                    status=status,
                    reason=reason,
                    message=message,
                    last_heartbeat_time=stamp,
                    last_transition_time=stamp,
                )
                for type_, status, reason, message in CONDITIONS
            ],
            "addresses": [
                {"type": "InternalIP", "address": machine.address},
                {"type": "Hostname", "address": machine.name},
            ],
            "declaredFeatures": list(FEATURES),
            "daemonEndpoints": {"kubeletEndpoint": {"Port": KUBELET_PORT}},
            "nodeInfo": {
                "machineID": machine.name,
                "systemUUID": machine.name,
                "bootID": machine.name,
                "kernelVersion": "6.1.0",
                "osImage": "kemu",
                "containerRuntimeVersion": "kemu://0.1",
                "kubeletVersion": VERSION,
                "kubeProxyVersion": "",
                "operatingSystem": "linux",
                "architecture": "amd64",
            },
        },
    )


def lease_object(name: str, uid: str, now: float) -> Any:
    """The Lease by which a kubelet shows that it lives."""
    owner = meta.OwnerReference(api_version="v1", kind="Node", name=name, uid=uid)
    return coordination.Lease(
        metadata=meta.ObjectMeta(name=name, namespace=NODE_LEASES, owner_references=(owner,)),
        spec={
            "holderIdentity": name,
            "leaseDurationSeconds": LEASE_SECONDS,
            "renewTime": MicroTime(round(now * 1_000_000)),
        },
    )


RUNTIME_PATIENCE = 30.0
"""For how many seconds a container runtime may not answer before its node is not ready."""


class NodeHandle:
    """What can happen to a machine. Every method says what a real machine's user would see."""

    __slots__ = ("_kubelets", "name")

    def __init__(self, kubelets: Kubelets, name: str) -> None:
        self._kubelets = kubelets
        self.name = name

    def crash(self) -> None:
        """The machine is gone at once: its kubelet and all its containers."""
        self._kubelets.crash(self.name)

    def boot(self) -> None:
        """The machine is back with its disk: pods that are still bound to it start anew, those that ended do not."""
        self._kubelets.boot(self.name)

    def shutdown(self, grace: Any = "30s", *, critical: Any = "10s") -> None:
        """Shut the machine down in good order: its node is not ready and takes no pods any more, its pods have `grace`
        to stop, of which the end is for critical ones, and then it is off. Raises UsageError if its kubelet does not
        run."""
        seconds, last = seconds_of(grace), min(seconds_of(critical), seconds_of(grace))
        if not self._kubelets.state.nodes[self.name].running:
            raise UsageError(
                f"the kubelet of node {self.name} does not run: there is nothing to shut down in good order"
            )
        self._kubelets.shut_down(self.name, seconds, last)

    def pressure(self, what: str) -> None:
        """From now on the machine is short of `memory`, `disk` or `pids`: its node says so and is tainted, takes fewer
        pods, and evicts one after the other. Raises UsageError for anything else."""
        self._kubelets.press(self.name, what)

    def relieve(self, what: str) -> None:
        """It has enough again; the node says so after five minutes. Raises UsageError if it was not short of it."""
        self._kubelets.relieve(self.name, what)

    def stop_kubelet(self) -> None:
        """The kubelet stops; containers live on, and nobody reports on them."""
        self._kubelets.stop_kubelet(self.name)

    def start_kubelet(self) -> None:
        """The kubelet is back and catches up with what it missed."""
        self._kubelets.start_kubelet(self.name)

    def stop_runtime(self) -> None:
        """The container runtime stops: containers live on, and the kubelet can do nothing with them.

        After half a minute the node is not ready.
        """
        self._kubelets.stop_runtime(self.name)

    def start_runtime(self) -> None:
        """The container runtime is back, and the kubelet catches up."""
        self._kubelets.start_runtime(self.name)

    def partition(self) -> None:
        """The network no longer leads to the machine: its kubelet and its pods live on, and see what they saw."""
        self._kubelets.partition(self.name)

    def heal(self) -> None:
        """The network leads to it again."""
        self._kubelets.heal(self.name)

    @property
    def address(self) -> str:
        """The address of the machine."""
        return self._kubelets.state.nodes[self.name].address

    @property
    def static_pods(self) -> StaticPods:
        """The manifests on the machine, whose pods its kubelet runs by itself: `add(manifest)`, `remove(name)`."""
        return StaticPods(self._kubelets, self.name)

    def __repr__(self) -> str:
        return f"<node {self.name}>"
