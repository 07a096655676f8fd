"""What a pod costs, from created to Ready, and while it only runs::

    python bench/pods.py [--sizes 100,400,1600] [--rounds 3]

The first table is milliseconds of process time a pod, with its share of scheduler, controllers, kubelets and events:
pods that a user creates, those of one Deployment, and those of Deployments of ten. Then a day of pods that run and are
probed every ten seconds while nobody looks, and a day of a container that appends a line to a file every so many
seconds: seconds, and the kilobytes of the file.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.pop(0)  # this folder, whose http.py is not the one of Python
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import kemu

PROBE = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 10}
CONTAINER = {"name": "c", "image": "nginx"}


def pod(name: str, **container: Any) -> dict[str, Any]:
    """A pod with one container."""
    spec = {"containers": [{**CONTAINER, **container}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def deployment(name: str, replicas: int) -> dict[str, Any]:
    """A Deployment of such pods."""
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [CONTAINER]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


SHAPES: dict[str, Callable[[int], list[dict[str, Any]]]] = {
    "pods of a user": lambda pods: [pod(f"p-{number}") for number in range(pods)],
    "of one Deployment": lambda pods: [deployment("web", pods)],
    "of Deployments of ten": lambda pods: [deployment(f"web-{number}", 10) for number in range(pods // 10)],
}


def to_ready(manifests: list[dict[str, Any]], pods: int) -> float:
    """Milliseconds of process time a pod until all are Ready."""
    cluster = kemu.Cluster(nodes=max(2, pods // 100 + 1))
    cluster.settle()
    begun = time.process_time()
    for manifest in manifests:
        cluster.create(manifest)
    cluster.advance("1m")
    taken = time.process_time() - begun
    ready = sum(
        any(each.type == "Ready" and each.status == "True" for each in found.status.conditions)
        for found in cluster.list("pods")
    )
    assert ready == pods, (ready, pods)
    return taken / pods * 1000


def idle_day(pods: int) -> float:
    """Seconds for a day of pods that are probed."""
    cluster = kemu.Cluster(nodes=max(2, pods // 100 + 1))
    for number in range(pods):
        cluster.create(pod(f"p-{number}", readinessProbe=PROBE, livenessProbe=PROBE))
    cluster.advance("1m")
    begun = time.process_time()
    cluster.advance("24h")
    return time.process_time() - begun


def appending_day(every: int) -> tuple[float, int]:
    """Seconds for a day of a container that appends to a file, and how many bytes that has then."""
    cluster = kemu.Cluster(nodes=1)
    script = f"while true; do echo one more line of a log >> /d/log; sleep {every}; done"
    manifest = pod("p", image="busybox", command=["sh", "-c", script], volumeMounts=[{"name": "d", "mountPath": "/d"}])
    manifest["spec"]["volumes"] = [{"name": "d", "emptyDir": {}}]
    cluster.create(manifest)
    begun = time.process_time()
    cluster.advance("24h")
    taken = time.process_time() - begun
    return taken, int(cluster.exec("pod/p", ["sh", "-c", "wc -c < /d/log"]).output)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100,400,1600")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    for make in SHAPES.values():
        to_ready(make(20), 20)  # what is derived once in a process
    print(f"{'ms a pod, created to Ready':<28}" + "".join(f"{size:>10}" for size in sizes))
    for name, make in SHAPES.items():
        found = [min(to_ready(make(size), size) for _ in range(arguments.rounds)) for size in sizes]
        print(f"{name:<28}" + "".join(f"{cost:>10.2f}" for cost in found))
    print(f"{'s for a day of idle pods':<28}" + "".join(f"{idle_day(size):>10.2f}" for size in sizes))
    print("a line to a file, every      " + "".join(f"{f'{every} s':>18}" for every in (100, 10, 1)))
    found_days = [appending_day(every) for every in (100, 10, 1)]
    print(
        "s for a day, and kB          " + "".join(f"{f'{taken:.2f} {size // 1000}':>18}" for taken, size in found_days)
    )


if __name__ == "__main__":
    main()
