"""What a fork costs, and what follows it, in clusters of three sizes::

    python bench/forks.py [--sizes 100,1000,10000] [--rounds 100]

Every row is the median of some rounds in microseconds of process time, and how much more the largest cluster takes
than the smallest: 1 is what costs the same in any cluster. `calls` are those of functions, which are the same on any
machine. What schedules the first pods of their kind looks at every node once, of which there is one for 100 pods.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

sys.path.pop(0)  # this folder, whose http.py is not the one of Python
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import kemu

Act = Callable[[kemu.Cluster], Any]

SPEC = {"containers": [{"name": "c", "image": "nginx:1.27"}]}


def cluster_of(pods: int) -> kemu.Cluster:
    """A cluster with so many running pods, which has been looked at: its scheduler and its hash are up to date."""
    cluster = kemu.Cluster(nodes=pods // 100 + 1)
    template = {"metadata": {"labels": {"app": "web"}}, "spec": SPEC}
    spec = {"replicas": pods, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    cluster.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
    cluster.advance("1m")
    cluster.state_hash()
    return cluster


def create(cluster: kemu.Cluster) -> None:
    """A pod more, until it has a node."""
    name = f"more-{cluster.store.revision}"
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": SPEC})
    cluster.settle()


def patch(cluster: kemu.Cluster) -> None:
    """An annotation of one object."""
    cluster.patch("deployment", "web", {"metadata": {"annotations": {"note": str(cluster.now)}}})
    cluster.settle()


ROWS: tuple[tuple[str, tuple[Act, ...], Act], ...] = (
    ("fork", (), kemu.Cluster.fork),
    ("a pod, in a fork", (kemu.Cluster.fork,), create),
    ("the next pod there", (kemu.Cluster.fork, create), create),
    ("hash after no change", (kemu.Cluster.fork, kemu.Cluster.state_hash), kemu.Cluster.state_hash),
    ("hash after a patch", (kemu.Cluster.fork, patch), kemu.Cluster.state_hash),
    ("hash after a pod", (kemu.Cluster.fork, create), kemu.Cluster.state_hash),
)
"""What it is called, what is done before, and what is measured."""


def prepared(cluster: kemu.Cluster, before: tuple[Act, ...]) -> kemu.Cluster:
    """The cluster, or the fork of it, on which something is measured."""
    for act in before:
        made = act(cluster)
        cluster = made if isinstance(made, kemu.Cluster) else cluster
    return cluster


def microseconds(cluster: kemu.Cluster, before: tuple[Act, ...], act: Act, rounds: int) -> float:
    """The median of some rounds."""
    took = []
    for _ in range(rounds):
        at = prepared(cluster, before)
        began = time.process_time()
        act(at)
        took.append(time.process_time() - began)
    return median(took) * 1e6


def calls(cluster: kemu.Cluster, before: tuple[Act, ...], act: Act) -> float:
    """Calls of functions, Python's and built-in ones."""
    at = prepared(cluster, before)
    profile = cProfile.Profile()
    profile.enable()
    act(at)
    profile.disable()
    return float(sum(entry.callcount for entry in profile.getstats()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", default="100,1000,10000")
    parser.add_argument("--rounds", type=int, default=100)
    arguments = parser.parse_args()
    clusters = {int(size): cluster_of(int(size)) for size in arguments.sizes.split(",")}
    gc.collect()
    gc.freeze()
    print(" " * 32 + "".join(f"{size:>12,}" for size in clusters) + "     ratio")
    for name, before, act in ROWS:
        took = [microseconds(cluster, before, act, arguments.rounds) for cluster in clusters.values()]
        called = [calls(cluster, before, act) for cluster in clusters.values()]
        for unit, costs in (("us", took), ("calls", called)):
            cells = "".join(f"{each:12,.0f}" for each in costs)
            print(f"{name:26}{unit:6}{cells}{costs[-1] / costs[0]:10.2f}", flush=True)


if __name__ == "__main__":
    main()
