"""A container runtime that stops: its node is not ready after a while, and its kubelet catches up when it is back."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from kemu import Cluster, errors


def ready(cluster: Cluster) -> tuple[str, str]:
    found = next(each for each in cluster.get("node/node-0").status.conditions if each.type == "Ready")
    return found.status, found.message


def pod(name: str, **container: Any) -> dict[str, Any]:
    spec = {"nodeName": "node-0", "containers": [{"name": "c", "image": "busybox", **container}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def test_a_runtime_that_stops_and_comes_back() -> None:
    cluster = Cluster(nodes=2)
    cluster.create(pod("ends", command=["sh", "-c", "sleep 20; exit 3"]))
    cluster.create(pod("stays", image="nginx"))
    cluster.advance("5s")
    cluster.node("node-0").stop_runtime()
    cluster.create(pod("new", image="nginx"))
    cluster.advance("25s")
    assert ready(cluster) == ("True", "kubelet is posting ready status")
    assert cluster.get("pod/ends").status.container_statuses[0].restart_count == 0
    assert cluster.get("pod/new").status.container_statuses == ()
    with pytest.raises(errors.InternalError, match=r"containerd\.sock: connect: connection refused"):
        cluster.exec("stays", ["ls"])
    assert cluster.logs("pod/stays") == ""
    cluster.advance("20s")
    assert ready(cluster) == ("False", "container runtime is down")
    assert "NodeNotReady" in [each.reason for each in cluster.events("node/node-0")]
    taints = [(each.key, each.effect) for each in cluster.get("node/node-0").spec.taints]
    assert ("node.kubernetes.io/not-ready", "NoExecute") in taints
    cluster.delete("pod/stays")
    cluster.advance("30s")
    assert cluster.get("pod/stays").metadata.deletion_timestamp is not None
    twin = pickle.loads(pickle.dumps(cluster.fork()))
    for each in (cluster, twin):
        each.node("node-0").start_runtime()
        each.advance("15s")
        assert ready(each) == ("True", "kubelet is posting ready status") and not each.get("node/node-0").spec.taints
        assert [found.metadata.name for found in each.list("pods")] == ["ends", "new"]
        ended = each.get("pod/ends").status.container_statuses[0]
        assert ended.restart_count == 1 and ended.last_state.terminated.exit_code == 3
        assert each.get("pod/new").status.phase == "Running"
    assert cluster.digest() == twin.digest()


def test_one_that_is_back_soon_is_not_missed() -> None:
    cluster = Cluster(nodes=1)
    cluster.node("node-0").stop_runtime()
    cluster.advance("20s")
    cluster.node("node-0").start_runtime()
    cluster.advance("5m")
    assert ready(cluster)[0] == "True"
    assert "NodeNotReady" not in [each.reason for each in cluster.events("node/node-0")]


def test_a_machine_that_is_started_anew_has_a_runtime() -> None:
    cluster = Cluster(nodes=1)
    cluster.create(pod("p", image="nginx"))
    cluster.node("node-0").stop_runtime()
    cluster.advance("1m")
    cluster.node("node-0").crash()
    cluster.advance("1m")
    cluster.node("node-0").boot()
    cluster.advance("30s")
    assert ready(cluster)[0] == "True" and cluster.get("pod/p").status.phase == "Running"
