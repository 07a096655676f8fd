"""Resource arithmetic: what a pod asks for and what a node has left, as whole numbers.

CPU is counted in thousandths, everything else in units, rounded up as `Quantity.value()` rounds. Sums are taken on
exact quantities and rounded once, as kube-scheduler and kubelets do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..values.names import is_qualified_name
from ..values.quantity import Quantity

DEFAULT_MILLI_CPU = 100
"""What a container without a CPU request counts as when nodes are scored (never when they are filtered)."""

DEFAULT_MEMORY = 200 * 1024 * 1024
"""What a container without a memory request counts as when nodes are scored, in bytes."""

CPU, MEMORY, EPHEMERAL_STORAGE, PODS = "cpu", "memory", "ephemeral-storage", "pods"

Amounts = dict[str, Quantity]


def is_extended(name: str) -> bool:
    """Whether `name` is an extended resource such as `example.com/gpu`."""
    if "/" not in name or "kubernetes.io/" in name or name.startswith("requests."):
        return False
    return not is_qualified_name("requests." + name)


def is_scalar(name: str) -> bool:
    """Whether the scheduler tracks `name` beside CPU, memory, ephemeral storage and pods."""
    return name.startswith(("hugepages-", "attachable-volumes-")) or "kubernetes.io/" in name or is_extended(name)


class Resources:
    """An amount of every resource that the scheduler knows."""

    __slots__ = ("ephemeral", "memory", "milli_cpu", "pods", "scalars")

    def __init__(self, amounts: Mapping[str, Quantity] | None = None) -> None:
        self.milli_cpu = 0
        self.memory = 0
        self.ephemeral = 0
        self.pods = 0
        self.scalars: dict[str, int] = {}
        for name, quantity in (amounts or {}).items():
            if name == CPU:
                self.milli_cpu = quantity.milli_value()
            elif name == MEMORY:
                self.memory = quantity.value()
            elif name == EPHEMERAL_STORAGE:
                self.ephemeral = quantity.value()
            elif name == PODS:
                self.pods = quantity.value()
            elif is_scalar(name):
                self.scalars[name] = quantity.value()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Resources) and all(getattr(self, n) == getattr(other, n) for n in self.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def get(self, name: str) -> int:
        """The amount of one resource by its name, 0 when there is none."""
        if name == CPU:
            return self.milli_cpu
        if name == MEMORY:
            return self.memory
        if name == EPHEMERAL_STORAGE:
            return self.ephemeral
        if name == PODS:
            return self.pods
        return self.scalars.get(name, 0)

    def add(self, other: Resources, sign: int = 1) -> None:
        """Add (or with `sign=-1` subtract) another amount in place."""
        self.milli_cpu += sign * other.milli_cpu
        self.memory += sign * other.memory
        self.ephemeral += sign * other.ephemeral
        for name, amount in other.scalars.items():
            self.scalars[name] = self.scalars.get(name, 0) + sign * amount

    def frozen(self) -> tuple[int, int, int, tuple[tuple[str, int], ...]]:
        """CPU, memory, ephemeral storage and all else, as a value that can be hashed."""
        return self.milli_cpu, self.memory, self.ephemeral, tuple(sorted(self.scalars.items()))

    def copy(self) -> Resources:
        """An independent amount of the same size."""
        twin = Resources()
        twin.milli_cpu, twin.memory, twin.ephemeral, twin.pods = (
            self.milli_cpu,
            self.memory,
            self.ephemeral,
            self.pods,
        )
        twin.scalars = dict(self.scalars)
        return twin


def _add(total: Amounts, more: Mapping[str, Quantity]) -> None:
    for name, quantity in more.items():
        total[name] = total[name] + quantity if name in total else quantity


def _raise_to(total: Amounts, least: Mapping[str, Quantity]) -> None:
    for name, quantity in least.items():
        if name not in total or total[name] < quantity:
            total[name] = quantity


def reported(pod: Any) -> list[Any]:
    """What the status of a pod has to say about what it takes: nothing, as long as no kubelet has said anything."""
    status = pod.status
    found: list[Any] = []
    for each in (*status.container_statuses, *status.init_container_statuses):
        if each.resources is not None:
            found += (each.name, each.resources, each.allocated_resources)
    if found:
        found += [condition for condition in status.conditions if condition.type == "PodResizePending"]
    return found


def _effective(pod: Any, spec: Mapping[str, Quantity], status: Any) -> Mapping[str, Quantity]:
    """Requests of a container that may be in the middle of a resize: the largest of spec, actual and allocated."""
    if status is None or status.resources is None:
        return spec
    infeasible = any(c.type == "PodResizePending" and c.reason == "Infeasible" for c in pod.status.conditions)
    total: Amounts = {} if infeasible else dict(spec)
    _raise_to(total, status.resources.requests)
    _raise_to(total, status.allocated_resources)
    return total


def _restarts_always(container: Any) -> bool:
    return bool(container.restart_policy == "Always")


def pod_level_requests(pod: Any) -> dict[str, Quantity]:
    """Requests that `spec.resources` sets for the pod as a whole."""
    resources = pod.spec.resources
    if resources is None:
        return {}
    return {n: q for n, q in resources.requests.items() if for_pods(n)}


def pod_requests(
    pod: Any, *, missing: Mapping[str, Quantity] | None = None, use_status: bool = False, pod_level: bool = True
) -> Amounts:
    """What a pod asks for, with init containers, sidecars, overhead and (`pod_level`) pod-level resources.

    `missing` fills in for containers that do not ask for a resource. With `use_status` a container whose status
    reports resources counts with the largest of what it asks for, has, and was allocated.
    """
    statuses = {}
    if use_status:
        for status in (*pod.status.container_statuses, *pod.status.init_container_statuses):
            statuses[status.name] = status

    def requests_of(container: Any) -> Mapping[str, Quantity]:
        spec: Mapping[str, Quantity] = container.resources.requests
        asked = _effective(pod, spec, statuses.get(container.name)) if statuses else spec
        if missing:
            asked = {**asked, **{n: q for n, q in missing.items() if n not in asked}}
        return asked

    total: Amounts = {}
    for container in pod.spec.containers:
        _add(total, requests_of(container))
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container in pod.spec.init_containers:
        asked = requests_of(container)
        if _restarts_always(container):
            _add(total, asked)
            _add(sidecars, asked)
            _raise_to(peak, sidecars)
        else:
            running = dict(asked)
            _add(running, sidecars)
            _raise_to(peak, running)
    _raise_to(total, peak)
    if pod_level:
        total.update(pod_level_requests(pod))
    _add(total, pod.spec.overhead)
    return total


def container_totals(spec: Any, part: str) -> Amounts:
    """The `requests` or the `limits` of all containers of a pod at the same time, at most."""
    total: Amounts = {}
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container in spec.containers:
        _add(total, getattr(container.resources, part))
    for container in spec.init_containers:
        amounts = getattr(container.resources, part)
        if _restarts_always(container):
            _add(total, amounts)
            _add(sidecars, amounts)
            _raise_to(peak, sidecars)
        else:
            running = dict(amounts)
            _add(running, sidecars)
            _raise_to(peak, running)
    _raise_to(total, peak)
    return total


def spec_totals(spec: Any, part: str) -> Amounts:
    """The `requests` or the `limits` of a pod as a whole, with init containers, sidecars and pod-level resources."""
    total = container_totals(spec, part)
    if spec.resources is not None:
        total.update({n: q for n, q in getattr(spec.resources, part).items() if for_pods(n)})
    return total


def spec_requests(spec: Any) -> Amounts:
    """What a pod asks for as a whole, with its overhead."""
    total = spec_totals(spec, "requests")
    _add(total, spec.overhead)
    return total


def spec_limits(spec: Any) -> Amounts:
    """What a pod may use, with its overhead, where it is limited at all."""
    total = spec_totals(spec, "limits")
    _add(total, {name: amount for name, amount in spec.overhead.items() if name in total})
    return total


def for_pods(name: str) -> bool:
    """Whether a resource can be asked for by a pod as a whole."""
    return name in (CPU, MEMORY) or name.startswith("hugepages-")


_MISSING = {CPU: Quantity(f"{DEFAULT_MILLI_CPU}m"), MEMORY: Quantity(DEFAULT_MEMORY)}


def scoring_requests(pod: Any) -> Amounts:
    """Requests as the scoring of LeastAllocated and its kin sees an incoming pod: nothing asked counts a little.

    Pod-level resources are not looked at here, as in kube-scheduler 1.36.
    """
    return pod_requests(pod, missing=_MISSING, pod_level=False)


def node_use(pod: Any, *, use_status: bool = False) -> tuple[Resources, int, int]:
    """What a pod takes on its node: requests, and the CPU and memory that scoring counts for it."""
    requests = pod_requests(pod, use_status=use_status)
    missing: Mapping[str, Quantity] = _MISSING
    if pod_level_requests(pod):
        missing = {name: quantity for name, quantity in _MISSING.items() if name not in requests}
    counted = pod_requests(pod, missing=missing, use_status=use_status) if missing else requests
    cpu, memory = counted.get(CPU), counted.get(MEMORY)
    return Resources(requests), cpu.milli_value() if cpu else 0, memory.value() if memory else 0


Port = tuple[str, str, int]
"""Address, protocol and number of a host port."""

ANY_ADDRESS = "0.0.0.0"


def clash(wanted: Iterable[Port], taken: Iterable[Port]) -> bool:
    """Whether one of the wanted host ports is taken: the same number and protocol, on the same or on any address."""
    return any(
        port == had_port and protocol == had_protocol and (address == had or ANY_ADDRESS in (address, had))
        for address, protocol, port in wanted
        for had, had_protocol, had_port in taken
    )


def host_ports(pod: Any) -> tuple[Port, ...]:
    """(address, protocol, port) of every host port that the pod's containers and sidecars want."""
    containers: Iterable[Any] = (*(c for c in pod.spec.init_containers if _restarts_always(c)), *pod.spec.containers)
    return tuple(
        (port.host_ip or ANY_ADDRESS, port.protocol or "TCP", port.host_port)
        for container in containers
        for port in container.ports
        if port.host_port and port.host_port > 0
    )
