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
        ("services/none:http/proxy/", 404, 'services "none" not found'),
    ],
)
def test_where_nobody_answers_the_server_says_why(world, way, status, text):
    answer = world.request("GET", f"{ROOT}/{way}")
    assert answer.status == status and answer.json()["message"].startswith(text)


def test_a_proxy_is_for_who_may(world):
    answer = world.request("GET", f"{ROOT}/pods/web/proxy/", {"Authorization": "Bearer secret"})
    assert answer.status == 403 and 'cannot get resource "pods/proxy"' in answer.json()["message"]


PORTER = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "porter"},
    "spec": {
        "containers": [
            {
                "name": "c",
                "image": "registry.k8s.io/e2e-test-images/agnhost:2.63.0",
                "command": ["/agnhost", "porter", "--json-response"],
                "env": [{"name": "SERVE_PORT_80", "value": "foo"}],
            },
            {
                "name": "page",
                "image": "registry.k8s.io/e2e-test-images/agnhost:2.63.0",
                "command": ["/agnhost", "porter"],
                "env": [{"name": "SERVE_PORT_81", "value": '<a href="/rewriteme">test</a>'}],
            },
        ]
    },
}


@pytest.mark.parametrize("method", ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"])
def test_every_method_comes_through(world, method):
    """As does the path behind; only who reads is led to the folder first."""
    world.apply(PORTER)
    world.wait("pod/porter", "condition=Ready")
    for path in ("proxy/some/path", "proxy" if method != "GET" else "proxy/"):
        answer = world.request(method, f"{ROOT}/pods/porter/{path}?method={method}")
        assert (answer.status, answer.json()) == (200, {"Method": method, "Body": "foo"})


def test_the_links_of_a_page_lead_through_the_proxy(world):
    world.apply(PORTER)
    world.wait("pod/porter", "condition=Ready")
    answer = world.request("GET", f"{ROOT}/pods/porter:81/proxy/")
    assert answer.body.decode() == f'<a href="{ROOT}/pods/porter:81/proxy/rewriteme">test</a>'
    assert ("Content-Type", "text/html; charset=utf-8") in answer.headers


def test_who_is_led_to_the_folder_keeps_the_query(world):
    answer = world.request("GET", f"{ROOT}/pods/web/proxy?method=GET")
    assert answer.status == 301 and ("Location", f"{ROOT}/pods/web/proxy/?method=GET") in answer.headers
