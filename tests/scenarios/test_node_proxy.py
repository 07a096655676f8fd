"""The proxy of a node: what its kubelet answers over HTTP, through the API server."""

import pytest

import kemu

NODE = "/api/v1/nodes/node-0/proxy"
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web"},
    "spec": {
        "nodeName": "node-0",
        "containers": [
            {
                "name": "c",
                "image": "busybox",
                "command": ["sh", "-c", "echo hello; sleep 3600"],
                "resources": {"requests": {"cpu": "200m", "memory": "64Mi"}},
            }
        ],
    },
}


@pytest.fixture
def world():
    cluster = kemu.Cluster(nodes=2, tokens={"secret": ("alice", [])})
    cluster.metrics.nominal()
    cluster.apply(POD)
    cluster.wait("pod/web", "condition=Ready")
    cluster.advance("60s")
    return cluster


def got(world, path, **more):
    answer = world.request("GET", path, **more)
    return answer.status, answer.body.decode()


@pytest.mark.parametrize("name", ["node-0", "node-0:10250", "https:node-0:10250"])
def test_a_kubelet_says_that_it_is_well(world, name):
    assert got(world, f"/api/v1/nodes/{name}/proxy/healthz") == (200, "ok")


def test_a_kubelet_knows_its_own_pods(world):
    answer = world.request("GET", f"{NODE}/pods")
    assert ("Content-Type", "application/json") in answer.headers
    (pod,) = answer.json()["items"]
    assert pod["metadata"]["uid"] == world.get("pod/web").metadata.uid
    (running,) = world.request("GET", f"{NODE}/runningpods/").json()["items"]
    assert running["metadata"]["name"] == "web"
    assert world.request("GET", "/api/v1/nodes/node-1/proxy/pods").json()["items"] == []


def test_a_kubelet_says_what_is_used(world):
    """By the node and by each container, in JSON and as Prometheus reads it."""
    summary = world.request("GET", f"{NODE}/stats/summary").json()
    (pod,) = summary["pods"]
    (container,) = pod["containers"]
    assert summary["node"]["nodeName"] == "node-0" and pod["podRef"]["name"] == "web"
    assert container["cpu"]["usageNanoCores"] == pod["cpu"]["usageNanoCores"] == 100_000_000
    assert container["memory"]["workingSetBytes"] == summary["node"]["memory"]["workingSetBytes"] == 32 * 1024**2
    _, metrics = got(world, f"{NODE}/metrics/resource")
    labels = '{container="c",namespace="default",pod="web"}'
    assert f"container_memory_working_set_bytes{labels} 33554432\n" in metrics
    assert "kubelet_running_pods 1\n" in got(world, f"{NODE}/metrics")[1]


def test_a_kubelet_shows_the_logs_of_containers(world):
    """As files, as a runtime keeps them, and one by one, as the log subresource does."""
    uid = world.get("pod/web").metadata.uid
    folder = f"default_web_{uid}/"
    assert f'<a href="{folder}">' in got(world, f"{NODE}/logs/pods/")[1]
    status, text = got(world, f"{NODE}/logs/pods/{folder}c/0.log")
    assert status == 200 and text.endswith("Z stdout F hello\n")
    assert got(world, f"{NODE}/containerLogs/default/web/c?tailLines=1") == (200, "hello\n")
    assert got(world, f"{NODE}/logs/nothing")[0] == got(world, f"{NODE}/nothing")[0] == 404


def test_another_port_leads_to_what_listens_there(world):
    """To a pod in the network of the node; where nothing listens nobody answers."""
    status, text = got(world, "/api/v1/nodes/node-0:1234/proxy/")
    assert status == 503 and "connect: connection refused" in text
    server = {"name": "s", "image": "busybox", "command": ["httpd", "-f", "-p", "1234"]}
    spec = {"nodeName": "node-0", "hostNetwork": True, "containers": [server]}
    world.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "host"}, "spec": spec})
    world.wait("pod/host", "condition=Ready")
    assert got(world, "/api/v1/nodes/node-0:1234/proxy/") == (200, "host\n")


def test_who_is_not_there_does_not_answer(world):
    """Neither a kubelet that does not run nor one that there never was."""
    assert got(world, "/api/v1/nodes/nobody/proxy/healthz")[0] == 404
    world.node("node-0").stop_kubelet()
    status, text = got(world, f"{NODE}/healthz")
    assert status == 503 and ":10250: connect: connection refused" in text
    world.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "bare"}})
    assert got(world, "/api/v1/nodes/bare/proxy/healthz")[0] == 500


def test_the_proxy_of_a_node_is_for_who_may(world):
    assert got(world, f"{NODE}/pods", headers={"Authorization": "Bearer secret"})[0] == 403
