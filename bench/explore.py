"""How fast an exploration goes, and what its parts cost::

    python bench/explore.py [--budget 10s]

A state is one that was told apart from all others by its hash. The rows are a scenario of three objects and one with a
hundred pods, both with all of kemu's controllers; then what a run costs without checks, and each of the checks apart;
and how long it takes to find a bug, and from the failure to its shrunk script.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.pop(0)  # this folder, whose http.py is not the one of Python
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import kemu
from kemu.checks import no_double_binding, no_lost_update, observed_generation, outcome, owners_exist, quiet
from kemu.testing.explore import verdict
from kemu.testing.explore.search import Search, explore
from kemu.testing.explore.world import Run


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
    """States and steps in a second of process time of exploring one more Deployment."""
    began = time.process_time()
    report = explore(setup, [deployment(1)], budget=budget, most=1000)
    seconds = time.process_time() - began
    states, steps = report.states / seconds, report.units / seconds
    print(f"{setup.__name__:8} {states:8.0f} states/s {steps:8.0f} steps/s   {report}")


def cost(name: str, act: Callable[[], Any], times: int = 50) -> None:
    """Microseconds of process time of one call."""
    act()
    began = time.process_time()
    for _ in range(times):
        act()
    print(f"{name:44} {(time.process_time() - began) / times * 1e6:10.0f} us")


def parts(setup: Callable[[], kemu.Cluster]) -> None:
    """What one run costs without any check, and each of the checks that are made in it."""
    search = Search(setup, [deployment(1)], (), frozenset(), 1800.0, "auto", 0, ())
    search.run(search.start())
    run = Run(search.course, search.start())
    run.go(len(search.course.acts) - 1)
    cluster, since = run.cluster, run.cluster.now - 600.0
    last = cluster.store.revision
    print(f"{setup.__name__}: one run")

    def bare() -> None:
        again = Run(search.course, search.start())
        again.go(len(search.course.acts))

    cost(f"all of its {run.units} steps, without checks", bare, 3)
    cost("fork", cluster.fork)
    cost("state hash of a state that was hashed before", cluster.state_hash)
    cost("after a step: observed generation", lambda: observed_generation(cluster, last))
    cost("after a step: no double binding", lambda: no_double_binding(cluster, last))
    cost("in calm: quiet, no fight, no write storm", lambda: quiet(cluster, since))
    cost("in calm: converges", lambda: outcome(cluster))
    cost("in calm: owners exist", lambda: owners_exist(cluster))
    cost("in calm: no lost update", lambda: no_lost_update(cluster))
    cost("once: idempotent", lambda: verdict.idempotent(run), 3)
    run.go(len(search.course.acts))
    cost("afterwards: no leaks, nothing is stuck", lambda: verdict.gone(run, verdict.Reference()), 3)


def found() -> None:
    """For bugs of the zoo: how long it takes to find them, and from the failure to its shrunk script."""
    for name in ("lost_update", "stuck_finalizer", "retries_for_ever"):
        species = importlib.import_module(f"tests.zoo.{name}").SPECIES
        began = time.perf_counter()
        report = explore(species.with_bug, species.scenario, budget="1m")
        seconds = time.perf_counter() - began
        broken = report.failures[0]
        shrinking = f"of which {report.shrinking:.2f} s from failure to script"
        print(f"{name:20} {seconds:6.2f} s, {shrinking}; {report.runs} runs, {len(broken.script.splitlines())} lines")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", default="10s", help="how long each exploration may take (10s)")
    budget = parser.parse_args().budget
    warnings.simplefilter("ignore")
    rate(small, budget)
    rate(large, budget)
    for setup in (small, large):
        parts(setup)
    found()


if __name__ == "__main__":
    main()
