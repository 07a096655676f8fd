"""How fast an exploration goes, and what its parts cost::

    python bench/explore.py [--budget 10s]

A state is one that was told apart from all others by its hash. The rows are a scenario of three objects and one with a
hundred pods, both with all of kemu's controllers; then what a fork, a step, a hash and the checks of one run cost; and
how long it takes from the start to the shrunk script of a bug.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import kemu
from kemu.checks import outcome, owners_exist
from kemu.testing.explore.search import Search, explore


def deployment(replicas: int) -> dict[str, Any]:
    """A Deployment such as people write."""
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def small() -> kemu.Cluster:
    """One node: a Deployment, its ReplicaSet and its pod will be three objects."""
    return kemu.Cluster(nodes=1)


def large() -> kemu.Cluster:
    """A hundred pods that run."""
    cluster = kemu.Cluster(nodes=2)
    cluster.apply({**deployment(100), "metadata": {"name": "many"}})
    cluster.advance("1m")
    return cluster


def rate(setup: Callable[[], kemu.Cluster], budget: str) -> None:
    """States and steps in a second of exploring one more Deployment."""
    report = explore(setup, [deployment(1)], budget=budget, most=1000)
    states, steps = report.states / report.seconds, report.units / report.seconds
    print(f"{setup.__name__:8} {states:8.0f} states/s {steps:8.0f} steps/s   {report}")


def cost(name: str, act: Callable[[], Any], times: int = 50) -> None:
    """Microseconds of process time of one call."""
    act()
    began = time.process_time()
    for _ in range(times):
        act()
    print(f"{name:44} {(time.process_time() - began) / times * 1e6:10.0f} us")


def parts() -> None:
    """What one state is made of, and the checks apart."""
    search = Search(small, [deployment(1)], (), frozenset(), 1800.0, "auto", 0, ())
    run = search.run(search.start())
    cluster = run.cluster
    began = time.process_time()
    search.run(search.start())
    whole = time.process_time() - began
    print(f"{'a run without forks, with its checks':44} {whole * 1e6:10.0f} us for {run.units} steps")
    cost("fork", cluster.fork)
    cost("state hash of a state that was hashed before", cluster.state_hash)
    cost("checks: what the world has come to", lambda: outcome(cluster))
    cost("checks: owners exist", lambda: owners_exist(cluster))


def found() -> None:
    """From the start to the shrunk script of a bug of the zoo."""
    from tests.zoo.lost_update import SPECIES

    began = time.perf_counter()
    report = explore(SPECIES.with_bug, SPECIES.scenario, budget="1m")
    seconds = time.perf_counter() - began
    print(f"{'a lost update, found and shrunk':44} {seconds:10.2f} s, {report.runs} runs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", default="10s", help="how long each exploration may take (10s)")
    budget = parser.parse_args().budget
    warnings.simplefilter("ignore")
    rate(small, budget)
    rate(large, budget)
    parts()
    found()


if __name__ == "__main__":
    main()
