"""Groups of the API for which a server in the cluster answers."""

import pickle
from typing import Any

import pytest

import kemu
from kemu import errors

NAME = "v1alpha1.wardle.example.com"
PATH = "/apis/wardle.example.com/v1alpha1/namespaces/default/flunders"
FLUNDER = {"apiVersion": "wardle.example.com/v1alpha1", "kind": "Flunder", "metadata": {"name": "f"}, "spec": {"a": 1}}
SERVICE = {
    "apiVersion": "apiregistration.k8s.io/v1",
    "kind": "APIService",
    "metadata": {"name": NAME},
    "spec": {
        "group": "wardle.example.com",
        "version": "v1alpha1",
        "service": {"namespace": "default", "name": "sample", "port": 7443},
        "groupPriorityMinimum": 2000,
        "versionPriority": 200,
    },
}
LABELS = {"app": "sample"}
SERVER: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "sample", "labels": LABELS},
    "spec": {"containers": [{"name": "c", "image": "registry.k8s.io/e2e-test-images/sample-apiserver:1.33.3"}]},
}
BEHIND = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "sample"},
    "spec": {"selector": LABELS, "ports": [{"port": 7443, "targetPort": 443}]},
}


def available(cluster: kemu.Cluster) -> tuple[str, str]:
    """Status and reason of the condition of the API service."""
    conditions = cluster.get(f"apiservice/{NAME}").status.conditions
    return next((each.status, each.reason) for each in conditions if each.type == "Available")


@pytest.fixture
def world() -> kemu.Cluster:
    cluster = kemu.Cluster(nodes=1)
    cluster.apply([SERVER, BEHIND, SERVICE])
    cluster.wait(f"apiservice/{NAME}", "condition=Available")
    return cluster


def test_kinds_are_served_as_long_as_somebody_answers_for_them() -> None:
    """The condition says why they are not, and comes and goes with the server behind the Service."""
    cluster = kemu.Cluster(nodes=1)
    cluster.apply(SERVICE)
    cluster.settle()
    assert available(cluster) == ("False", "ServiceNotFound")
    assert cluster.request("GET", PATH).status == 404
    cluster.apply([BEHIND, SERVER])
    cluster.wait("pod/sample", "condition=Ready")
    cluster.settle()
    assert available(cluster) == ("True", "Passed")
    assert cluster.request("GET", PATH).json()["items"] == []
    cluster.delete("pod/sample", grace_seconds=0)
    cluster.settle()
    assert available(cluster) == ("False", "MissingEndpoints")
    assert cluster.request("GET", PATH).status == 404


def test_objects_are_like_those_of_other_kinds(world: kemu.Cluster) -> None:
    """They are created, listed, changed and deleted; forks and pickled clusters go on serving them."""
    world.create(FLUNDER)
    found = world.request("GET", "/apis/wardle.example.com/v1alpha1").json()["resources"]
    assert [each["name"] for each in found] == ["fischers", "flunders"]
    for each in (world, world.fork(), pickle.loads(pickle.dumps(world))):
        assert [item["metadata"]["name"] for item in each.request("GET", PATH).json()["items"]] == ["f"]
        each.delete("flunder/f")
        each.delete(f"apiservice/{NAME}")
        each.settle()
        assert each.request("GET", PATH).status == 404


def test_what_the_server_has_itself_nobody_takes_away(world: kemu.Cluster) -> None:
    """A kind that is served already stays what it is."""
    world.runtime.on("mine", {"serves": '{"resources": [{"name": "deployments", "kind": "Mine", "verbs": []}]}'})
    server = {**SERVER, "metadata": {"name": "mine", "labels": {"app": "mine"}}}
    server = {**server, "spec": {"containers": [{"name": "c", "image": "mine"}]}}
    behind = {**BEHIND, "metadata": {"name": "mine"}, "spec": {**BEHIND["spec"], "selector": {"app": "mine"}}}
    spec = {**SERVICE["spec"], "group": "apps", "version": "v1", "service": {"namespace": "default", "name": "mine"}}
    world.apply([server, behind, {**SERVICE, "metadata": {"name": "v1.apps"}, "spec": spec}])
    world.advance("5s")
    assert world.list("deployments") == ()
    with pytest.raises(errors.KemuError, match="doesn't have a resource type"):
        world.list("mine")
