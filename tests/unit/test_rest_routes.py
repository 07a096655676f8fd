"""Routes, scheme and discovery tell the same story."""

from __future__ import annotations

import pytest

import kemu
from kemu.apiserver import measurements
from kemu.apiserver.resources import Resources
from kemu.apiserver.rest import routes
from kemu.apiserver.rest.routes import ROUTES

RESOURCES = {resource.key: resource for resource in (*Resources().all(), *measurements.SERVED)}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.resource}/{route.subresource}")
def test_a_route_is_for_something_that_is_served(route):
    """Its resource exists, and the scheme has every verb that it answers."""
    if route.resource != "*":
        assert set(route.handlers) <= set(routes.served(RESOURCES[route.resource], route.subresource))
    else:
        served = {verb for each in RESOURCES.values() for verb in routes.served(each, route.subresource)}
        assert set(route.handlers) <= served


def test_whatever_is_served_is_answered():
    """Every verb of every subresource has a handler."""
    missing = set()
    for key, resource in RESOURCES.items():
        for name, below in resource.kind.subresources.items():
            route = routes.route_of(resource, name)
            if route is None or set(below.verbs) - set(route.handlers):
                missing.add((key, name))
    assert not missing


def test_discovery_shows_the_kind_that_travels():
    """A subresource of another kind names its group and version, unless they are the resource's own."""
    cluster = kemu.Cluster(nodes=0, scheduler=False)
    rows = {row["name"]: row for row in cluster.request("GET", "/apis/apps/v1").json()["resources"]}
    scale = rows["deployments/scale"]
    assert (scale["group"], scale["version"], scale["kind"]) == ("autoscaling", "v1", "Scale")
    assert scale["verbs"] == ["get", "patch", "update"]
    assert "group" not in rows["deployments/status"] and rows["deployments/status"]["kind"] == "Deployment"
    core = {row["name"]: row for row in cluster.request("GET", "/api/v1").json()["resources"]}
    assert core["pods/eviction"]["group"] == "policy" and "group" not in core["pods/binding"]


def test_impersonation_needs_leave():
    """Whoever may not impersonate is refused, and a group without a user is no user."""
    cluster = kemu.Cluster(nodes=0, scheduler=False, tokens={"t": ("alice", ["dev"])})
    alice = {"Authorization": "Bearer t", "Impersonate-User": "bob"}
    answer = cluster.request("GET", "/api/v1/pods", alice).json()
    why = 'User "alice" cannot impersonate resource "users" in API group "" at the cluster scope'
    assert answer["message"] == f'users "bob" is forbidden: {why}'
    answer = cluster.request("GET", "/api/v1/pods", {"Impersonate-Group": ["dev"]}).json()
    assert answer["code"] == 400 and 'Groups:[]string{"dev"}' in answer["message"]
    masters = {"Impersonate-User": "bob", "Impersonate-Group": ["dev", "system:masters"]}
    assert cluster.request("GET", "/api/v1/pods", masters).status == 200
    assert cluster.request("GET", "/api/v1/pods", {"Impersonate-User": "bob"}).status == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [("/apis", 200), ("/apis/apps", 200), ("/apis/apps/v1", 405), ("/api", 405), ("/api/v1", 405), ("/version", 405)],
)
def test_the_list_of_groups_is_answered_whatever_the_method(path, status):
    """As the aggregator does, which looks at paths alone."""
    cluster = kemu.Cluster(nodes=0, scheduler=False)
    assert {cluster.request(method, path).status for method in ("POST", "PUT", "PATCH", "DELETE")} == {status}


def test_yaml_is_written_as_go_writes_it():
    """What could be read as something else is in double quotes, lines are a block."""
    cluster = kemu.Cluster(nodes=0, scheduler=False)
    data = {"a": "true", "b": "y", "c": "1.5", "d": "", "e": "a: b", "f": "one\ntwo\n", "g": "plain"}
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": data})
    path = "/api/v1/namespaces/default/configmaps/m"
    text = bytes(cluster.request("GET", path, headers={"Accept": "application/yaml"}).body).decode()
    wanted = 'a: "true"\n  b: "y"\n  c: "1.5"\n  d: ""\n  e: \'a: b\'\n  f: |\n    one\n    two\n  g: plain\n'
    assert f"data:\n  {wanted}" in text
    assert 'creationTimestamp: "2000-01-01T' in text


def test_a_watch_may_begin_with_what_comes():
    """Who does not want what exists is not sent it."""
    cluster = kemu.Cluster(nodes=0, scheduler=False)
    path = "/api/v1/namespaces/kube-system/serviceaccounts?watch=1&timeoutSeconds=1&resourceVersionMatch=NotOlderThan"
    assert cluster.request("GET", f"{path}&sendInitialEvents=true").body
    assert not cluster.request("GET", f"{path}&sendInitialEvents=false").body


@pytest.mark.parametrize(
    ("query", "body", "message"),
    [
        ("", {}, "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"),
        ("?fieldValidation=Ignore", {}, "json: cannot unmarshal object into Go value of type jsonpatch.Patch"),
        ("?fieldValidation=Ignore", [1], "json: cannot unmarshal number into Go value of type jsonpatch.Operation"),
        ("?fieldValidation=Ignore", [{"op": 1}], "the server rejected our request due to an error in our request"),
    ],
)
def test_who_ignores_mistakes_reads_json_patches_in_another_way(query, body, message):
    """The library that patches reads them, and nobody before it."""
    cluster = kemu.Cluster(nodes=0, scheduler=False)
    headers = {"Content-Type": "application/json-patch+json"}
    answer = cluster.request("PATCH", f"/api/v1/namespaces/default{query}", headers=headers, body=body)
    assert answer.json()["message"] == message


def test_a_set_that_was_not_there_is_taken_as_it_is():
    """A strategic patch merges only with what there is."""
    cluster = kemu.Cluster(nodes=0, scheduler=False)
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}})
    headers = {"Content-Type": "application/strategic-merge-patch+json"}
    path, body = "/api/v1/namespaces/default/configmaps/m", {"metadata": {"finalizers": ["a/b", "a/b"]}}
    found = cluster.request("PATCH", path, headers=headers, body=body).json()
    assert found["metadata"]["finalizers"] == ["a/b", "a/b"]
    found = cluster.request("PATCH", path, headers=headers, body=body).json()
    assert found["metadata"]["finalizers"] == ["a/b"]


def test_what_nodes_and_volumes_may_have_beside_the_rest():
    """A driver beside another source, and no configuration of a kubelet."""
    cluster = kemu.Cluster(nodes=0, scheduler=False)
    source = {"hostPath": {"path": "/x"}, "flexVolume": {"driver": "d"}}
    spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], **source}
    body = {"metadata": {"name": "v"}, "spec": spec}
    assert cluster.request("POST", "/api/v1/persistentvolumes", body=body).status == 201
    node = {"metadata": {"name": "n"}, "status": {"phase": "Running", "config": {"error": "x"}}}
    assert cluster.request("POST", "/api/v1/nodes", body=node).json()["status"]["phase"] == "Running"
    assert cluster.get("node/n").status.config is None
