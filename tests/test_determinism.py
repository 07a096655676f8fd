"""One seed, one history: in any process, with any hash seed, in a fork as in its original."""

import os
import subprocess
import sys

import pytest

import kemu
from tests.scenarios.manifests import DEPLOYMENT, MYAPP, service

SCRIPT = """
import kemu
from tests.scenarios.manifests import DEPLOYMENT, MYAPP, service
cluster = kemu.Cluster(nodes=4, seed={seed})
cluster.apply(DEPLOYMENT)
cluster.apply(MYAPP)
cluster.advance("10s")
cluster.apply(service("myservice"))
cluster.scale("deployment/web", 7)
cluster.apply(service("mydb"))
cluster.advance("5m")
cluster.patch("deployment", "web", {{"spec": {{"template": {{"metadata": {{"labels": {{"v": "2"}}}}}}}}}})
cluster.advance("2m")
cluster.delete("deployment/web")
cluster.advance("2m")
print(cluster.digest())
"""


def _digest(seed, hash_seed):
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(seed=seed)], capture_output=True, text=True, env=environment, check=True
    )
    return done.stdout.strip()


def test_the_same_seed_gives_the_same_digest_in_any_process():
    """Two processes with different hash seeds write the same history, byte for byte."""
    assert _digest(5, 1) == _digest(5, 2) != _digest(6, 1)


def _final_state(cluster):
    """What a user cares about in the end: how many of what are in which state, without names and times."""
    return sorted(
        (pod.metadata.labels.get("app"), pod.status.phase, len(pod.status.container_statuses))
        for pod in cluster.list("pods")
    ), [(each.status.replicas, each.status.available_replicas) for each in cluster.list("deployments")]


@pytest.mark.parametrize("seed", range(6))
def test_a_shuffled_order_ends_in_the_same_state(seed):
    """Nobody depends on first-come order: work due at one moment may run in any order."""
    states = []
    for shuffle in (False, True):
        cluster = kemu.Cluster(nodes=3, seed=seed, shuffle=shuffle)
        cluster.apply([DEPLOYMENT, MYAPP, service("myservice")])
        cluster.advance("20s")
        cluster.apply(service("mydb"))
        cluster.scale("deployment/web", 5)
        cluster.advance("2m")
        cluster.patch("deployment", "web", {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}})
        cluster.advance("2m")
        states.append(_final_state(cluster))
    assert states[0] == states[1]


def test_a_fork_goes_on_exactly_as_its_original_would(cluster):
    """The same calls on a fork and on its original give the same history."""
    cluster.apply(DEPLOYMENT)
    branch = cluster.fork()
    for each in (cluster, branch):
        each.advance("30s")
        each.scale("deployment/web", 6)
        each.advance("30s")
    assert cluster.digest() == branch.digest()
