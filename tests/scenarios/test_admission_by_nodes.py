"""What a node does not take, although it was told to: pods that name their node themselves, and places given twice."""

import pickle

import pytest

import kemu
from tests.scenarios.manifests import script_pod


def bound(name, node="node-0", **spec):
    """A pod that names its node itself."""
    return script_pod(name, nodeName=node, **spec)


def asking(name, **requests):
    """One that asks for resources."""
    return bound(name, container={"resources": {"requests": requests}})


LACKING = "Node didn't have enough resource: "
REFUSED = {
    "cpu": (asking("p", cpu="3"), "OutOfcpu", f"{LACKING}cpu, requested: 3000, used: 500, capacity: 2000"),
    "memory": (
        asking("p", memory="2Gi"),
        "OutOfmemory",
        f"{LACKING}memory, requested: 2147483648, used: 0, capacity: 1073741824",
    ),
    "selector": (
        bound("p", nodeSelector={"disk": "ssd"}),
        "NodeAffinity",
        "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    ),
    "port": (
        bound("p", container={"ports": [{"containerPort": 80, "hostPort": 8080}]}),
        "NodePorts",
        "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    ),
    "system": (
        bound("p", os={"name": "windows"}),
        "PodOSNotSupported",
        "Failed to admit pod as the OS field doesn't match node OS",
    ),
}


@pytest.fixture
def small():
    """A cluster of one small node, on which something runs."""
    cluster = kemu.Cluster(nodes=0)
    cluster.add_node("node-0", cpu="2", memory="1Gi", pods=3)
    first = asking("first", cpu="500m")
    first["spec"]["containers"][0]["ports"] = [{"containerPort": 80, "hostPort": 8080}]
    cluster.apply(first)
    cluster.advance("1s")
    return cluster


@pytest.mark.parametrize("case", REFUSED)
def test_a_node_refuses_what_it_cannot_run(small, case):
    """The pod has failed, says why, and nothing of it was started; what runs goes on."""
    pod, reason, message = REFUSED[case]
    small.apply(pod)
    small.advance("5s")
    status = small.get("pod/p").status
    assert (status.phase, status.reason, status.message) == ("Failed", reason, f"Pod was rejected: {message}")
    assert status.conditions == () and status.container_statuses == () and status.qos_class
    assert [(each.type, each.reason, each.message) for each in small.events("pod/p")] == [("Warning", reason, message)]
    assert small.get("pod/first").status.phase == "Running"
    small.delete("pod/p")
    small.advance("5s")
    assert [pod.metadata.name for pod in small.list("pods")] == ["first"]


def test_a_place_is_free_again_once_the_pod_that_had_it_has_stopped(small):
    """Also after the cluster was written down, and after the machine was started anew."""
    for name in ("a", "b"):
        small.apply(bound(name))
    small.advance("1s")
    small.apply(bound("c"))
    small.advance("1s")
    assert small.get("pod/c").status.reason == "OutOfpods"
    small.delete("pod/a")
    small.advance("1s")
    twin = pickle.loads(pickle.dumps(small))
    for each in (small, twin):
        each.node("node-0").crash()
        each.node("node-0").boot()
        each.apply(bound("d"))
        each.advance("5s")
        assert each.get("pod/d").status.phase == "Running"
        each.parts.kubelets.state.check()
    assert small.digest() == twin.digest()


def test_extended_resources_that_a_node_does_not_have_are_none_of_its_business(small):
    """Others see to them; what it has is counted."""
    small.apply(bound("p", container={"resources": {"limits": {"example.com/chip": "1"}}}))
    small.advance("1s")
    assert small.get("pod/p").status.phase == "Running"


def test_of_two_pods_that_came_while_a_node_was_away_it_takes_what_fits():
    """In the order in which they were made."""
    cluster = kemu.Cluster(nodes=0)
    cluster.add_node("node-0", cpu="2", memory="1Gi", pods=10)
    cluster.node("node-0").partition()
    cluster.apply(asking("first", cpu="1500m"))
    cluster.apply(asking("second", cpu="1500m"))
    cluster.node("node-0").heal()
    cluster.advance("5s")
    assert {pod.metadata.name: pod.status.phase for pod in cluster.list("pods")} == {
        "first": "Running",
        "second": "Failed",
    }
