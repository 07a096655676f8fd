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
    world.apply([server, behind])
    world.apply({**SERVICE, "metadata": {"name": "v1.apps"}, "spec": spec}, force=True)
    world.advance("5s")
    assert world.list("deployments") == ()
    with pytest.raises(errors.KemuError, match="doesn't have a resource type"):
        world.list("mine")


def definition(*versions: str, served: bool = True) -> dict[str, Any]:
    schema = {"openAPIV3Schema": {"type": "object"}}
    rows = [{"name": each, "served": served, "storage": each == versions[0], "schema": schema} for each in versions]
    names = {"plural": "foos", "singular": "foo", "kind": "Foo"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "foos.a.example.com"},
        "spec": {"group": "a.example.com", "scope": "Namespaced", "names": names, "versions": rows},
    }


def registered(cluster: kemu.Cluster) -> dict[str, str]:
    """The API services of the group of the definition, with their labels."""
    label = "kube-aggregator.kubernetes.io/automanaged"
    found = cluster.list("apiservices")
    return {each.metadata.name: each.metadata.labels.get(label) for each in found if each.spec.group == "a.example.com"}


def test_what_the_server_serves_is_registered() -> None:
    """Every cluster has an API service for each version of its own groups, all of which are available."""
    services = kemu.Cluster(nodes=0).list("apiservices")
    assert {"v1.", "v1.apps", "v2.autoscaling"} <= {each.metadata.name for each in services}
    assert {each.status.conditions[0].reason for each in services} == {"Local"}


def test_the_versions_of_definitions_are_registered() -> None:
    """They come and go with them, and whoever deletes one finds it there again; one made by hand is left alone."""
    cluster = kemu.Cluster(nodes=0)
    cluster.apply(definition("v1", "v2"))
    cluster.settle()
    assert registered(cluster) == {"v1.a.example.com": "true", "v2.a.example.com": "true"}
    assert cluster.get("apiservice/v1.a.example.com").spec.group_priority_minimum == 1000
    cluster.delete("apiservice/v1.a.example.com")
    cluster.patch("apiservice", "v2.a.example.com", {"spec": {"versionPriority": 1}}, type="merge")
    cluster.settle()
    assert registered(cluster) == {"v1.a.example.com": "true", "v2.a.example.com": "true"}
    assert cluster.get("apiservice/v2.a.example.com").spec.version_priority == 100
    cluster.patch("apiservice", "v2.a.example.com", {"metadata": {"labels": None}}, type="merge")
    cluster.apply(definition("v1"))
    cluster.settle()
    assert registered(cluster) == {"v1.a.example.com": "true", "v2.a.example.com": None}
    cluster.delete("crd/foos.a.example.com")
    cluster.settle()
    assert registered(cluster) == {"v2.a.example.com": None}


def test_a_schema_says_whether_its_level_is_there() -> None:
    """As long as there is no priority level of that name, a flow schema dangles."""
    cluster = kemu.Cluster(nodes=0)
    api = "flowcontrol.apiserver.k8s.io/v1"
    spec = {"priorityLevelConfiguration": {"name": "mine"}, "rules": []}
    cluster.apply({"apiVersion": api, "kind": "FlowSchema", "metadata": {"name": "f"}, "spec": spec})

    def dangles() -> tuple[str, str]:
        cluster.settle()
        (condition,) = cluster.get("flowschema/f").status.conditions
        return condition.status, condition.message.partition('"mine" ')[2]

    assert dangles() == ("True", "but there is no such object")
    level = {"type": "Limited", "limited": {"limitResponse": {"type": "Reject"}}}
    cluster.apply(
        {"apiVersion": api, "kind": "PriorityLevelConfiguration", "metadata": {"name": "mine"}, "spec": level}
    )
    assert dangles() == ("False", "and it exists")
    cluster.delete("prioritylevelconfiguration/mine")
    assert dangles()[0] == "True"
