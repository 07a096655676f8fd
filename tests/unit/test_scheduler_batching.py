"""Opportunistic batching: which pods count as identical, and what the second one is proposed."""

from __future__ import annotations

from typing import Any

import pytest

import kemu
from kemu.objects import Pod
from kemu.objects.codec import decode
from kemu.reconcilers.scheduler.framework import within
from kemu.reconcilers.scheduler.shapes import PodInfo

API = "kubescheduler.config.k8s.io/v1"
NO_DEFAULTS = {"name": "PodTopologySpread", "args": {"defaultConstraints": [], "defaultingType": "List"}}
PROFILE = {"schedulerName": "default-scheduler", "pluginConfig": [NO_DEFAULTS]}
SPREAD = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
CONFIG = {"apiVersion": API, "kind": "KubeSchedulerConfiguration", "profiles": [PROFILE]}


def cluster_of(config: Any, nodes: int = 4) -> kemu.Cluster:
    cluster = kemu.Cluster(nodes=0, controllers="", scheduler_config=config)
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "default"}}
    cluster.create({**account, "automountServiceAccountToken": False})
    for number in range(nodes):
        room = {"cpu": "2", "memory": f"{8 - number}Gi", "pods": "110"}
        metadata = {"name": f"n{number}"}
        cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": metadata, "status": {"allocatable": room}})
        cluster.patch("node", f"n{number}", {"spec": {"taints": None}}, type="merge")
    cluster.settle()
    return cluster


def signature(cluster: kemu.Cluster, pod: dict[str, Any]) -> Any:
    batching = next(iter(cluster.scheduler.wiring.batching.values()))
    with within(cluster.scheduler.desk):
        return batching.sign(PodInfo(decode(Pod, pod)))


def pod(container: Any = None, **spec: Any) -> dict[str, Any]:
    container = {"name": "c", "image": "i", **(container or {})}
    return {"metadata": {"name": "p", "namespace": "default"}, "spec": {"containers": [container], **spec}}


def affinity(*values: str) -> dict[str, Any]:
    wanted = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "In", "values": [*values]}]}]}
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": wanted}}}


def volume(name: str, **source: Any) -> dict[str, Any]:
    return {"volumes": [{"name": name, **source}]}


def port(number: int, protocol: str) -> dict[str, Any]:
    return {"ports": [{"containerPort": 80, "hostPort": number, "protocol": protocol}]}


@pytest.mark.parametrize(
    ("rule", "first", "second", "same"),
    [
        ("the same", pod(), pod(), True),
        ("another image", pod(), pod({"image": "j"}), False),
        ("other requests", pod(), pod({"resources": {"requests": {"cpu": "1"}}}), False),
        ("values in another order", pod(**affinity("a", "b")), pod(**affinity("b", "a")), True),
        ("other values", pod(**affinity("a", "b")), pod(**affinity("a")), False),
        ("names of volumes", pod(**volume("a", emptyDir={})), pod(**volume("b", emptyDir={})), True),
        ("other volumes", pod(**volume("a", emptyDir={})), pod(**volume("a", hostPath={"path": "/x"})), False),
        ("secrets", pod(**volume("a", secret={"secretName": "x"})), pod(), True),
        ("another port", pod(port(80, "TCP")), pod(port(81, "TCP")), False),
        ("another protocol", pod(port(80, "TCP")), pod(port(80, "UDP")), True),
        ("another priority", pod(priority=1), pod(priority=2), True),
    ],
)
def test_which_pods_are_identical(rule: str, first: Any, second: Any, same: bool) -> None:
    """What the plugins of the profile look at makes the difference, as far as upstream's signature says so."""
    cluster = cluster_of(CONFIG, 0)
    assert signature(cluster, first) is not None
    assert (signature(cluster, first) == signature(cluster, second)) is same, rule


@pytest.mark.parametrize(
    ("config", "spec"),
    [
        (None, {}),
        (CONFIG, {"resourceClaims": [{"name": "r", "resourceClaimName": "r"}]}),
        (
            CONFIG,
            {"topologySpreadConstraints": [SPREAD]},
        ),
    ],
)
def test_pods_that_are_never_batched(config: Any, spec: dict[str, Any]) -> None:
    """Spreading (the default profile spreads by default) and claims depend on more than one node."""
    assert signature(cluster_of(config, 0), pod(**spec)) is None


def test_the_next_pod_gets_the_next_node() -> None:
    """Pods that fill a node each follow the list of the first one; nothing is scored again."""
    cluster = cluster_of(CONFIG)
    for number in range(3):
        made = pod({"resources": {"requests": {"cpu": "1500m"}}})
        made["metadata"]["name"] = f"p{number}"
        cluster.create({"apiVersion": "v1", "kind": "Pod", **made})
    cluster.settle()
    attempts = list(cluster.scheduler.attempts)
    assert [len(attempt.feasible) for attempt in attempts] == [4, 1, 1]
    best = sorted(attempts[0].final_scores, key=lambda name: -attempts[0].final_scores[name])
    assert [attempt.node for attempt in attempts] == best[:3]
