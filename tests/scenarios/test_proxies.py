"""The proxy subresources: what pods and Services serve, through the API server."""

import pytest

import kemu

SERVER = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {
        "containers": [
            {
                "name": "c",
                "image": "busybox",
                "command": ["httpd", "-f", "-p", "8080"],
                "ports": [{"containerPort": 8080, "name": "http"}],
            }
        ]
    },
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "name": "http", "targetPort": "http"}]},
}
ROOT = "/api/v1/namespaces/default"


@pytest.fixture
def world():
    cluster = kemu.Cluster(tokens={"secret": ("alice", [])})
    cluster.apply([SERVER, SERVICE])
    cluster.wait("pod/web", "condition=Ready")
    cluster.advance("2s")
    return cluster


@pytest.mark.parametrize(
    "way",
    [
        "pods/web/proxy/",
        "pods/web:8080/proxy/index.html",
        "pods/http:web:8080/proxy/",
        "services/web:80/proxy/",
        "services/web:http/proxy/",
        "services/http:web:http/proxy/",
    ],
)
def test_what_is_served_comes_through(world, way):
    """A simulated server answers with the name of its pod."""
    answer = world.request("GET", f"{ROOT}/{way}")
    assert (answer.status, answer.body) == (200, b"web\n")


def test_a_path_without_an_end_is_led_to_its_folder(world):
    answer = world.request("GET", f"{ROOT}/pods/web/proxy")
    assert answer.status == 301 and ("Location", f"{ROOT}/pods/web/proxy/") in answer.headers


@pytest.mark.parametrize(
    ("way", "status", "text"),
    [
        ("pods/none/proxy/", 404, 'pods "none" not found'),
        ("pods/a:b:c:d/proxy/", 400, 'invalid pod request "a:b:c:d"'),
        ("pods/web:81/proxy/", 503, "error trying to reach service: dial tcp"),
        ("services/web:81/proxy/", 503, 'no service port 81 found for service "web"'),
        ("services/web:other/proxy/", 503, 'no endpoints available for service "web"'),
        ("services/none:http/proxy/", 404, 'endpoints "none" not found'),
    ],
)
def test_where_nobody_answers_the_server_says_why(world, way, status, text):
    answer = world.request("GET", f"{ROOT}/{way}")
    assert answer.status == status and answer.json()["message"].startswith(text)


def test_a_proxy_is_for_who_may(world):
    answer = world.request("GET", f"{ROOT}/pods/web/proxy/", {"Authorization": "Bearer secret"})
    assert answer.status == 403 and 'cannot get resource "pods/proxy"' in answer.json()["message"]
