"""One seed, one history: in any process, with any hash seed, in a fork as in its original."""

import json
import os
import re
import subprocess
import sys

import pytest
import yaml

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


PLACED = ("pods", "events", "events.events.k8s.io")
"""Kinds of objects that tell on which node a pod is."""

VERSION = re.compile(r'"resourceVersion": "\d+"')
GENERATION = re.compile(r'"(generation|observedGeneration)": \d+')
SINCE = re.compile(r'"(lastTransitionTime|lastUpdateTime)": "[^"]*"')
PLACE = re.compile(r"\bnode-\d+\b|\b(?:10\.244|172\.18)(?:\.\d+){2}\b|containerd://[0-9a-f]+")


def _comparable(resource, obj):
    """An object as JSON, without what the order of work decides.

    * resourceVersion: a write counts those before it, of anybody.
    * The node of a pod, its addresses and the ids of its containers: of two pods that wait in the same moment the
      first one gets the better node, and the next address and number there.
    * In how many steps a Deployment scales its sets, as the generation of a ReplicaSet counts them: that depends on
      which pods become ready in the same moment. The events that tell of it are left out as a whole.
    * Since when a Deployment is available: whether it was not for a moment depends on the same.
    * The name and uid of an Event, which are drawn for what it says, so also for the node.

    Everything else is equal to the letter, also names, uids and times.
    """
    document = kemu.to_dict(obj)
    if obj.kind == "Event":
        document["metadata"] = {**document["metadata"], "name": "", "uid": ""}
    text = VERSION.sub('"resourceVersion": ""', json.dumps(document, sort_keys=True))
    if resource.key == "replicasets.apps":
        text = GENERATION.sub(r'"\1": 0', text)
    if resource.key == "deployments.apps":
        text = SINCE.sub(r'"\1": ""', text)
    return PLACE.sub("<place>", text) if resource.key in PLACED else text


def _final_state(cluster):
    """Every object of every kind in the end."""
    state = {}
    for resource in cluster.api.resources.all():
        if resource.policy.stored:
            objects = cluster.list(resource.key, namespace=None)
            told = [obj for obj in objects if getattr(obj, "reason", None) != "ScalingReplicaSet"]
            state[resource.key] = sorted(_comparable(resource, obj) for obj in told)
    return state


@pytest.mark.parametrize("seed", range(10))
def test_a_shuffled_order_ends_in_the_same_state(seed):
    """Nobody depends on first-come order: work due at one moment may run in any order.

    The pod whose containers end is at home on one node: every kubelet asks its runtime at moments of its own what has
    ended, so that where a pod is decides in which second it goes on.
    """
    states = []
    myapp = yaml.safe_load(MYAPP.read_text())
    myapp["spec"]["nodeSelector"] = {"kubernetes.io/hostname": "node-1"}
    for shuffle in (False, True):
        cluster = kemu.Cluster(nodes=3, seed=seed, shuffle=shuffle)
        cluster.advance("1s")  # all nodes are ready, and take pods
        cluster.apply([DEPLOYMENT, myapp, service("myservice")])
        cluster.advance("20s")
        cluster.apply(service("mydb"))
        cluster.scale("deployment/web", 5)
        cluster.advance("2m")
        cluster.patch("deployment", "web", {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}})
        cluster.advance("2m")
        states.append(_final_state(cluster))
    assert states[0] == states[1]
    assert sum(map(len, states[0].values())) > 150


def test_a_fork_goes_on_exactly_as_its_original_would(cluster):
    """The same calls on a fork and on its original give the same history."""
    cluster.apply(DEPLOYMENT)
    branch = cluster.fork()
    for each in (cluster, branch):
        each.advance("30s")
        each.scale("deployment/web", 6)
        each.advance("30s")
    assert cluster.digest() == branch.digest()
