"""How many pods per second the scheduler binds: the workloads of Kubernetes' scheduler_perf, in kemu.

    python bench/scheduler.py                          all workloads at 500 nodes
    python bench/scheduler.py --nodes 500,5000 -k Basic
    python bench/scheduler.py --flat                   cost per pod against the number of nodes

Everything goes through the cluster: pods are created through the API server, bound through it, and the events are
written. `pods/s` counts from the first creation to the last binding, `scheduling` leaves the creation out; both in
CPU time, which on an idle machine is the time that passes, because kemu has one thread. All feasible nodes are scored
(percentageOfNodesToScore 100). `upstream` is what kube-scheduler reaches: measured on a machine of two cores, or else
the threshold that scheduler_perf sets for larger machines.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

sys.path.pop(0)  # this folder, whose http.py is not the one of Python

import kemu
from kemu.objects import Node, Pod, core, evolve, scheduling
from kemu.objects.codec import decode

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
Change = Callable[[dict[str, Any]], None]


def template(labels: dict[str, str] | None = None, cpu: str = "100m", memory: str = "500Mi", **spec: Any) -> Any:
    """A pod as scheduler_perf makes them."""
    requests = {"cpu": cpu, "memory": memory}
    container = {"name": "pause", "image": "registry.k8s.io/pause:3.10", "resources": {"requests": requests}}
    spec = {"containers": [container], "terminationGracePeriodSeconds": 0, **spec}
    return decode(Pod, {"metadata": {"namespace": "default", "labels": labels or {}}, "spec": spec})


def term(key: str, color: str) -> dict[str, Any]:
    return {"topologyKey": key, "labelSelector": {"matchLabels": {"color": color}}}


def spread(action: str) -> Any:
    constraint = {"maxSkew": 5, "whenUnsatisfiable": action, **term(ZONE, "blue")}
    return template({"color": "blue"}, topologySpreadConstraints=[constraint])


REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
IN_ZONES = {"matchExpressions": [{"key": ZONE, "operator": "In", "values": ["zone-0", "zone-1"]}]}


@dataclass
class Workload:
    """`zones` of the nodes, pods that are there before (`initial` of `before`), pods that are measured."""

    name: str
    pod: Any
    zones: int = 1
    before: Any = field(default_factory=template)
    initial: Callable[[int], int] = lambda nodes: nodes // 2
    pods: dict[int, int] = field(default_factory=lambda: {500: 1000, 5000: 5000})
    upstream: float = 0.0
    goal: float = 5.0


WORKLOADS = [
    Workload("SchedulingBasic", template(), pods={500: 1000, 5000: 10000}, upstream=240, goal=10),
    Workload(
        "SchedulingNodeAffinity",
        template(affinity={"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [IN_ZONES]}}}),
        zones=2,
        upstream=220,
    ),
    Workload("TopologySpreading", spread("DoNotSchedule"), zones=3, upstream=94),
    Workload("PreferredTopologySpreading", spread("ScheduleAnyway"), zones=3, upstream=125),
    Workload(
        "SchedulingPodAffinity",
        template({"color": "blue"}, affinity={"podAffinity": {REQUIRED: [term(ZONE, "blue")]}}),
        before=template({"color": "blue"}, affinity={"podAffinity": {REQUIRED: [term(ZONE, "blue")]}}),
        upstream=35,
    ),
    Workload(
        "SchedulingPodAntiAffinity",
        template({"color": "green"}, affinity={"podAntiAffinity": {REQUIRED: [term(HOST, "green")]}}),
        before=template({"color": "green"}, affinity={"podAntiAffinity": {REQUIRED: [term(HOST, "green")]}}),
        initial=lambda nodes: nodes // 5,
        pods={500: 400, 5000: 2000},
        upstream=60,
    ),
    Workload(
        "Unschedulable",
        template(),
        before=template(cpu="100"),
        initial=lambda nodes: 200,
        pods={500: 1000, 5000: 5000},
        upstream=170,
    ),
    Workload(
        "Preemption",
        template(cpu="3", priorityClassName="high"),
        before=template(cpu="900m", priorityClassName="low"),
        initial=lambda nodes: nodes * 4,
        pods={500: 500, 5000: 5000},
        upstream=160,
    ),
]


def build(nodes: int, zones: int, percentage: int) -> kemu.Cluster:
    """A cluster of nodes without kubelets."""
    config = {"percentageOfNodesToScore": percentage}
    cluster = kemu.Cluster(nodes=0, controllers="", scheduler_config=config)
    account = {"metadata": {"name": "default", "namespace": "default"}, "automountServiceAccountToken": False}
    cluster.admin.create(decode(core.ServiceAccount, account))
    for name, value in (("high", 10), ("low", 1)):
        cluster.admin.create(decode(scheduling.PriorityClass, {"metadata": {"name": name}, "value": value}))
    room = {"cpu": "4", "memory": "32Gi", "pods": "110"}
    for number in range(nodes):
        name = f"node-{number:05d}"
        labels = {HOST: name, ZONE: f"zone-{number % zones}"}
        node = cluster.admin.create(decode(Node, {"metadata": {"name": name, "labels": labels}}))
        node = cluster.admin.update(evolve(node, {"spec.taints": ()}))
        status = decode(Node, {"status": {"allocatable": room, "capacity": room}}).status
        cluster.admin.update_status(evolve(node, {"status": status}))
    cluster.settle()
    return cluster


def create(cluster: kemu.Cluster, pod: Any, prefix: str, count: int) -> None:
    for number in range(count):
        cluster.admin.create(evolve(pod, {"metadata.name": f"{prefix}-{number}"}))


def measure(workload: Workload, nodes: int, pods: int, percentage: int = 100) -> tuple[float, float]:
    """(seconds from the first creation, seconds of scheduling alone)."""
    cluster = build(nodes, workload.zones, percentage)
    create(cluster, workload.before, "before", workload.initial(nodes))
    cluster.settle()
    gc.collect()
    started = time.process_time()
    create(cluster, workload.pod, "pod", pods)
    created = time.process_time()
    cluster.settle()
    cluster.advance(0.1)
    while gone := [pod for pod in cluster.admin.list(Pod) if pod.metadata.deletion_timestamp is not None]:
        for pod in gone:  # what a kubelet does with victims
            cluster.admin.delete(Pod, pod.metadata.name, "default", grace_seconds=0)
        cluster.settle()
    ended = time.process_time()
    bound = sum(p.spec.node_name is not None and p.metadata.name.startswith("pod-") for p in cluster.admin.list(Pod))
    if bound != pods:
        raise SystemExit(f"{workload.name}: {bound} of {pods} pods were bound")
    return ended - started, ended - created


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", default="500", help="numbers of nodes, separated by commas")
    parser.add_argument("-k", "--match", default="", help="only workloads whose name contains this")
    parser.add_argument("--pods", type=int, default=0, help="how many pods to measure instead of the workload's number")
    parser.add_argument("--percentage", type=int, default=100, help="percentageOfNodesToScore, 0 is adaptive")
    parser.add_argument("--flat", action="store_true", help="the basic workload at growing numbers of nodes")
    options = parser.parse_args()
    sizes = [int(size) for size in options.nodes.split(",")]
    workloads = [w for w in WORKLOADS if options.match.lower() in w.name.lower()]
    if options.flat:
        sizes, workloads = [100, 500, 1000, 2000, 5000], [WORKLOADS[0], WORKLOADS[2]]
    columns = f"{'pods/s':>8} {'scheduling':>11} {'us/pod':>7} {'upstream':>9} {'factor':>7}"
    print(f"{'workload':28} {'nodes':>6} {'pods':>6} {columns}")
    for workload in workloads:
        for nodes in sizes:
            pods = options.pods or (3000 if options.flat else workload.pods.get(nodes, nodes))
            whole, alone = measure(workload, nodes, pods, options.percentage)
            rates = f"{pods / whole:8.0f} {pods / alone:11.0f} {alone / pods * 1e6:7.0f}"
            print(
                f"{workload.name:28} {nodes:6} {pods:6} {rates} {workload.upstream:9.0f} "
                f"{pods / whole / workload.upstream:6.1f}x",
                flush=True,
            )


if __name__ == "__main__":
    main()
