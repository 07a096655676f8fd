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
