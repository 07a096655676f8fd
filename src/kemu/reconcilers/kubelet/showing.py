"""What a container finds of itself and of the system under it: files below `/proc` and `/sys`, and the file for its
last words.

They follow from the pod, its node and what the container has been given; a container has them once it looks around, and
they are written anew when it is resized.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...containers.files import NOTHING, Stat, Tree
from ...runtime_fake import Container
from ...values.frozen import FrozenMap
from ...values.quantity import Quantity
from .worker import Worker

if TYPE_CHECKING:
    from .fleet import Kubelets

PERIOD = 100_000
"""Microseconds in which a container may use the CPU for as long as its limit says."""

LEAST_QUOTA = 1_000
LEAST_SHARES = 2
LAST_WORDS = "/dev/termination-log"
ANYBODY = Stat(0o666)


def shown(kubelets: Kubelets, container: Container) -> Tree:
    """The files that a container of a pod is shown; none for one that belongs to nobody."""
    sandbox = kubelets.runtime.sandbox(container.sandbox)
    worker = None if sandbox is None else kubelets.state.workers.get(sandbox.owner)
    if worker is None:
        return NOTHING
    spec = worker.pod.spec
    every = (*spec.containers, *spec.init_containers, *spec.ephemeral_containers)
    found = next((each for each in every if each.name == container.name), None)
    if found is None:
        return NOTHING
    node = kubelets.node_of(kubelets.state.nodes[worker.node])
    files = {**_cgroup(worker, found), **_settings(worker.pod), **_process(worker, found, node)}
    path = found.termination_message_path or LAST_WORDS
    return Tree(FrozenMap({**files, path: ""}), FrozenMap({path: ANYBODY}))


def _amount(amounts: Any, name: str) -> Quantity | None:
    return None if amounts is None else amounts.get(name)


def _cgroup(worker: Worker, container: Any) -> dict[str, str]:
    """What limits a container, as the second version of control groups says it."""
    resources = worker.slot(container.name).actuated or container.resources
    requests, limits = (resources.requests, resources.limits) if resources is not None else (None, None)
    memory, limit, request = _amount(limits, "memory"), _amount(limits, "cpu"), _amount(requests, "cpu")
    weighed = request if request is not None else limit
    shares = LEAST_SHARES if weighed is None else max(LEAST_SHARES, weighed.milli_value() * 1024 // 1000)
    quota = "max" if limit is None else str(max(LEAST_QUOTA, limit.milli_value() * PERIOD // 1000))
    return {
        "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory hugetlb pids rdma misc\n",
        "/sys/fs/cgroup/cpu.max": f"{quota} {PERIOD}\n",
        "/sys/fs/cgroup/cpu.weight": f"{1 + (shares - 2) * 9999 // 262142}\n",
        "/sys/fs/cgroup/memory.max": f"{'max' if memory is None else memory.value()}\n",
    }


def _settings(pod: Any) -> dict[str, str]:
    """The settings of the kernel that a pod wants to be others."""
    security = pod.spec.security_context
    wanted = security.sysctls if security is not None else ()
    return {f"/proc/sys/{each.name.replace('.', '/')}": f"{each.value}\n" for each in wanted}


def _process(worker: Worker, container: Any, node: Any) -> dict[str, str]:
    """What is known of a process of a container."""
    security = container.security_context
    escalates = security is None or security.allow_privilege_escalation is not False
    last = max(node.status.capacity["cpu"].value() - 1, 0) if "cpu" in node.status.capacity else 0
    status = f"Name:\tsh\nNoNewPrivs:\t{int(not escalates)}\nCpus_allowed_list:\t{f'0-{last}' if last else '0'}\n"
    score = f"{_score(worker, container, node)}\n"
    return {"/proc/self/status": status, "/proc/1/oom_score_adj": score, "/proc/self/oom_score_adj": score}


def _score(worker: Worker, container: Any, node: Any) -> int:
    """How readily a container is killed when its node is short of memory."""
    qos = worker.pod.status.qos_class
    if qos != "Burstable":
        return -997 if qos == "Guaranteed" else 1000
    wanted = _amount(container.resources.requests if container.resources is not None else None, "memory")
    has = _amount(node.status.capacity, "memory")
    share = 0 if wanted is None or not has else 1000 * wanted.value() // has.value()
    return min(max(1000 - share, 3), 999)
