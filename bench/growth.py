"""How the cost of a whole history grows with its size::

    python bench/growth.py [--sizes 400,800,1600] [--only WORD] [--how calls,bare,seconds]

Every row is a scenario with so many pods, and the exponent of its growth: 1 is proportional to the pods, 2 to their
square. The cost is measured in three ways: `calls` of functions, in thousands, which are the same on any machine;
`bare`, the seconds of process time without Python's garbage collector; and `seconds` with it. The last two waver by a
fifth on a busy machine, and grow a little more than the calls: a larger heap fits worse into the processor's caches,
and the collector goes through it now and then.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import sys
import time
from collections.abc import Callable, Iterator
from math import log
from pathlib import Path
from typing import Any

sys.path.pop(0)  # this folder, whose http.py is not the one of Python
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import kemu

PODS_PER_DEPLOYMENT = 10


def cluster_for(pods: int) -> kemu.Cluster:
    """A cluster with room for so many pods."""
    return kemu.Cluster(nodes=max(1, pods // 100 + 1))


def deployment(name: str, replicas: int) -> dict[str, Any]:
    """A Deployment such as people write."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]},
            },
        },
    }


def service(name: str) -> dict[str, Any]:
    """A Service for it."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80}]},
    }


def one_deployment(pods: int) -> Iterator[None]:
    """One Deployment of all pods, until it is available."""
    cluster = cluster_for(pods)
    yield
    cluster.apply(deployment("web", pods))
    cluster.wait("deployment/web", "condition=Available", timeout="10m")
    yield


def _many(cluster: kemu.Cluster, pods: int, services: bool) -> None:
    for number in range(pods // PODS_PER_DEPLOYMENT):
        name = f"web-{number}"
        if services:
            cluster.apply(service(name))
        cluster.apply(deployment(name, PODS_PER_DEPLOYMENT))
    cluster.advance("1m")
    ready = sum(pod.status.phase == "Running" for pod in cluster.list("pods"))
    assert ready == pods, (ready, pods)


def many_deployments(pods: int) -> Iterator[None]:
    """Deployments of ten in one namespace."""
    cluster = cluster_for(pods)
    yield
    _many(cluster, pods, services=False)
    yield


def with_services(pods: int) -> Iterator[None]:
    """The same with a Service each."""
    cluster = cluster_for(pods)
    yield
    _many(cluster, pods, services=True)
    yield


def deleting(pods: int) -> Iterator[None]:
    """Deleting all of it."""
    cluster = cluster_for(pods)
    _many(cluster, pods, services=True)
    yield
    for number in range(pods // PODS_PER_DEPLOYMENT):
        cluster.delete(f"deployment/web-{number}")
        cluster.delete(f"service/web-{number}")
    cluster.advance("2m")
    yield
    assert not cluster.list("pods")


def _workload(kind: str, name: str, **spec: Any) -> dict[str, Any]:
    """A workload of another kind, with the same pods."""
    like = deployment(name, PODS_PER_DEPLOYMENT)
    like.update(kind=kind, spec={**like["spec"], **spec})
    return like


def _running(cluster: kemu.Cluster, pods: int, workloads: list[dict[str, Any]]) -> None:
    cluster.apply(workloads)
    cluster.advance("1m")
    ready = sum(pod.status.phase == "Running" for pod in cluster.list("pods"))
    assert ready == pods, (ready, pods)


def stateful_sets(pods: int) -> Iterator[None]:
    """StatefulSets of ten in one namespace, one pod after the other, which are replaced then."""
    cluster = cluster_for(pods)
    yield
    names = [f"db-{number}" for number in range(pods // PODS_PER_DEPLOYMENT)]
    _running(cluster, pods, [_workload("StatefulSet", name, serviceName=name) for name in names])
    for name in names:
        cluster.patch("statefulset", name, {"spec": {"template": {"metadata": {"labels": {"version": "2"}}}}})
    cluster.advance("1m")
    yield
    assert all(pod.metadata.labels.get("version") == "2" for pod in cluster.list("pods"))


def daemon_sets(pods: int) -> Iterator[None]:
    """DaemonSets on ten nodes, of which some are cordoned and tainted."""
    cluster = kemu.Cluster(nodes=0)
    for number in range(PODS_PER_DEPLOYMENT):
        cluster.add_node(f"node-{number}", cpu="64", memory="256Gi", pods=pods)
    yield
    workloads = [_workload("DaemonSet", f"agent-{number}") for number in range(pods // PODS_PER_DEPLOYMENT)]
    for each in workloads:
        del each["spec"]["replicas"]
    _running(cluster, pods, workloads)
    cluster.patch("node", "node-0", {"spec": {"taints": [{"key": "k", "effect": "NoExecute"}]}}, type="merge")
    cluster.advance("1m")
    yield
    assert len(cluster.list("pods")) == pods - pods // PODS_PER_DEPLOYMENT


def replication_controllers(pods: int) -> Iterator[None]:
    """ReplicationControllers of ten, each with a budget."""
    cluster = cluster_for(pods)
    yield
    workloads: list[dict[str, Any]] = []
    for number in range(pods // PODS_PER_DEPLOYMENT):
        name = f"old-{number}"
        workloads.append({**_workload("ReplicationController", name, selector={"app": name}), "apiVersion": "v1"})
        spec = {"maxUnavailable": "10%", "selector": {"matchLabels": {"app": name}}}
        workloads.append(
            {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec}
        )
    _running(cluster, pods, workloads)
    yield
    assert all(budget.status.disruptions_allowed == 1 for budget in cluster.list("poddisruptionbudgets"))


def crashing_nodes(pods: int) -> Iterator[None]:
    """Nodes that crash and come back, four pods each."""
    nodes = pods // 4
    cluster = kemu.Cluster(nodes=nodes)
    cluster.apply(deployment("web", pods))
    cluster.wait("deployment/web", "condition=Available", timeout="10m")
    yield
    for number in range(nodes):
        cluster.node(f"node-{number}").crash()
    cluster.advance("10s")
    for number in range(nodes):
        cluster.node(f"node-{number}").boot()
    cluster.advance("1m")
    yield
    assert sum(pod.status.phase == "Running" for pod in cluster.list("pods")) == pods


SCENARIOS: dict[str, Callable[[int], Iterator[None]]] = {
    "one Deployment": one_deployment,
    "Deployments of ten": many_deployments,
    "the same with Services": with_services,
    "deleting all of it": deleting,
    "StatefulSets of ten": stateful_sets,
    "DaemonSets on ten nodes": daemon_sets,
    "ReplicationControllers of ten": replication_controllers,
    "nodes crash and come back": crashing_nodes,
}
AIM = 1.10


def calls(steps: Iterator[None]) -> float:
    """Thousands of calls of functions, Python's and built-in ones."""
    profile = cProfile.Profile()
    profile.enable()
    next(steps)
    profile.disable()
    return sum(entry.callcount for entry in profile.getstats()) / 1000


def seconds(steps: Iterator[None]) -> float:
    """Seconds of process time."""
    began = time.process_time()
    next(steps)
    return time.process_time() - began


def bare(steps: Iterator[None]) -> float:
    """Seconds of process time while nothing looks for garbage."""
    gc.disable()
    try:
        return seconds(steps)
    finally:
        gc.enable()


WAYS: dict[str, Callable[[Iterator[None]], float]] = {"calls": calls, "bare": bare, "seconds": seconds}


def cost(scenario: Callable[[int], Iterator[None]], pods: int, way: str) -> float:
    """What it costs between the two stops of a scenario."""
    steps = scenario(pods)
    next(steps)
    gc.collect()
    took = WAYS[way](steps)
    next(steps, None)
    return took


def exponent(scenario: Callable[[int], Iterator[None]], sizes: list[int], way: str) -> tuple[list[float], float]:
    """The cost at each size, and how it grows from the first to the last."""
    costs = [cost(scenario, size, way) for size in sizes]
    return costs, log(costs[-1] / costs[0]) / log(sizes[-1] / sizes[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", default="400,800,1600")
    parser.add_argument("--only", default="")
    parser.add_argument("--how", default=",".join(WAYS))
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    print(" " * 36 + "".join(f"{size:>12,}" for size in sizes) + "    exponent   aim")
    for name, scenario in SCENARIOS.items():
        for way in arguments.how.split(",") if arguments.only in name else ():
            costs, grows = exponent(scenario, sizes, way)
            cells = "".join(f"{each:12,.2f}" for each in costs)
            print(f"{name:28}{way:8}{cells}{grows:12.2f}  {AIM:.2f}", flush=True)


if __name__ == "__main__":
    main()
