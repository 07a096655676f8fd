"""How long until one can work: import, an empty cluster, a Deployment, a fork; and how that grows.

    python bench/startup.py

Every figure is the median of several runs in this process, but for the imports, which are fresh processes. Compare
figures of one run with each other, not with those of another day: the machine is not always equally fast.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

sys.path.pop(0)  # this folder, whose http.py is not the one of Python

import kemu

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers: [{{name: web, image: "nginx:1.29"}}]
"""


def median(function: Callable[[], object], runs: int) -> float:
    """Milliseconds of the middle one of several runs."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def fresh(code: str, runs: int = 7) -> float:
    """Milliseconds that a statement takes in a fresh interpreter, without the interpreter's own start."""
    script = f"import time; t = time.perf_counter()\n{code}\nprint((time.perf_counter() - t) * 1000)"
    values = [
        float(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)
        for _ in range(runs)
    ]
    return statistics.median(values)


def deployed(replicas: int, nodes: int) -> kemu.Cluster:
    """A cluster with a Deployment that is Available."""
    cluster = kemu.Cluster(nodes=nodes)
    cluster.apply(DEPLOYMENT.format(replicas))
    cluster.wait("deployment/web", "condition=Available", timeout="10m")
    return cluster


def rows() -> list[tuple[str, float, str]]:
    """What was measured, in milliseconds, and what it should be."""
    table = [
        ("import kemu (fresh process)", fresh("import kemu"), "<= 150"),
        ("import kemu and its cluster (fresh process)", fresh("import kemu; kemu.Cluster"), ""),
        ("first Cluster(nodes=3) (fresh process)", fresh("import kemu; kemu.Cluster(nodes=3)"), ""),
        ("Cluster(nodes=3)", median(lambda: kemu.Cluster(nodes=3), 15), "<= 10"),
        ("Cluster(nodes=30)", median(lambda: kemu.Cluster(nodes=30), 7), ""),
        ("Cluster(nodes=300)", median(lambda: kemu.Cluster(nodes=300), 3), ""),
    ]
    for replicas, nodes, runs, aim in ((3, 3, 15, "<= 25"), (30, 10, 5, ""), (300, 30, 3, "")):
        empty = median(lambda nodes=nodes: kemu.Cluster(nodes=nodes), runs)  # type: ignore[misc]
        whole = median(lambda replicas=replicas, nodes=nodes: deployed(replicas, nodes), runs)  # type: ignore[misc]
        table.append((f"Deployment of {replicas}, apply to Available", whole - empty, aim))
    for replicas in (10, 100, 1000):
        cluster = deployed(replicas, 20)
        table.append(
            (f"fork with {replicas} pods", median(cluster.fork, 15), "milliseconds" if replicas == 1000 else "")
        )
    return table


if __name__ == "__main__":
    print(f"{'what':46} {'ms':>9}  aim")
    for what, milliseconds, aim in rows():
        print(f"{what:46} {milliseconds:9.2f}  {aim}")
