"""The scheduler in a cluster: custom plugins, permits, explanations, devices, forks and errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

import kemu
from kemu.errors import UsageError
from kemu.reconcilers.scheduler import Code, Depends, Extender, ExtenderFailed, Plugin, Status, unschedulable


def node(name: str, cpu: str = "4", **labels: str) -> dict[str, Any]:
    room = {"cpu": cpu, "memory": "8Gi", "pods": "110"}
    labels = {"kubernetes.io/hostname": name, **labels}
    status = {"capacity": room, "allocatable": room, "conditions": [{"type": "Ready", "status": "True"}]}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "status": status}


def pod(name: str, cpu: str = "100m", **spec: Any) -> dict[str, Any]:
    container = {"name": "c", "image": "i", "resources": {"requests": {"cpu": cpu}}}
    spec = {"containers": [container], "automountServiceAccountToken": False, **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def cluster_of(*nodes: dict[str, Any], **options: Any) -> kemu.Cluster:
    cluster = kemu.Cluster(nodes=0, controllers="serviceaccount", **options)
    for made in nodes:
        cluster.create(made)
        cluster.patch("node", made["metadata"]["name"], {"spec": {"taints": None}}, type="merge")
    cluster.settle()
    return cluster


def where(cluster: kemu.Cluster, name: str) -> str | None:
    return cluster.get("pod", name, namespace="default").spec.node_name


def message(cluster: kemu.Cluster, name: str) -> str:
    conditions = cluster.get("pod", name, namespace="default").status.conditions
    return next(c.message or "" for c in conditions if c.type == "PodScheduled")


class OnlyEven(Plugin):
    """A custom plugin: pods run on nodes with an even number, and prefer high ones."""

    name = "OnlyEven"
    weight = 10

    def filter(self, state: Any, pod: Any, node: Any) -> Status | None:
        return unschedulable("node(s) were odd") if int(node.name[-1]) % 2 else None

    def score(self, state: Any, pod: Any, node: Any) -> int:
        return int(node.name[-1])


def test_a_custom_plugin_filters_and_scores() -> None:
    """Registered by class; its reasons and scores are shown with the others."""
    cluster = cluster_of(*(node(f"n{i}") for i in range(5)))
    cluster.scheduler.register(OnlyEven)
    cluster.create(pod("a"))
    cluster.settle()
    assert where(cluster, "a") == "n4"
    attempt = cluster.scheduler.attempts[-1]
    assert attempt.scores["OnlyEven"] == {"n0": 0, "n2": 20, "n4": 40}
    assert attempt.filtered == {"n1": ["node(s) were odd"], "n3": ["node(s) were odd"]}
    assert where(cluster.fork(), "a") == "n4"


class Counting(Plugin):
    """Refuses nothing, and writes down which node it was asked about."""

    def __init__(self, name: str, depends: Depends) -> None:
        self.name, self.depends, self.asked = name, depends, list[str]()

    def filter(self, state: Any, pod: Any, node: Any) -> None:
        self.asked.append(node.name)

    def bound(self, cluster: kemu.Cluster, name: str) -> list[str]:
        """The nodes that it is asked about for one more pod."""
        self.asked.clear()
        cluster.create(pod(name))
        cluster.settle()
        assert where(cluster, name)
        return list(self.asked)


def test_only_a_plugin_that_declares_nothing_is_asked_about_every_node() -> None:
    """What is declared is kept until it changes, whatever other plugins the profile has."""
    names = [f"n{i}" for i in range(9)]
    cluster = cluster_of(*map(node, names))
    plugins = {each: Counting(each.name, each) for each in (Depends.NODE, Depends.NODE_PODS, Depends.ANYTHING)}
    for plugin in plugins.values():
        cluster.scheduler.register(plugin)
    for name in ("first", "second"):
        plugins[Depends.ANYTHING].bound(cluster, name)
    last = where(cluster, "second")
    for plugin in plugins.values():
        plugin.asked.clear()
    assert sorted(plugins[Depends.ANYTHING].bound(cluster, "third")) == names
    assert plugins[Depends.NODE_PODS].asked == [last]
    assert plugins[Depends.NODE].asked == [last]
    plugins[Depends.NODE_PODS].asked.clear()
    cluster.scheduler.add_extender(Extender("idle", filter=lambda pod, nodes: nodes))
    plugins[Depends.ANYTHING].bound(cluster, "fourth")
    plugins[Depends.ANYTHING].bound(cluster, "fifth")
    last = where(cluster, "fifth")
    assert plugins[Depends.NODE_PODS].bound(cluster, "sixth") == [last]


def test_registering_needs_a_free_name() -> None:
    """A plugin has a name, and only one plugin of a profile has it."""
    cluster = cluster_of()
    cluster.scheduler.register(OnlyEven)
    with pytest.raises(UsageError, match="has a plugin 'OnlyEven' already"):
        cluster.scheduler.register(OnlyEven)
    with pytest.raises(UsageError, match="there is no scheduler profile 'x'"):
        cluster.scheduler.register(OnlyEven, profiles=["x"])


class Ask(Plugin):
    """A custom plugin: somebody has to allow each pod within a minute."""

    name = "Ask"

    def permit(self, state: Any, pod: Any, node_name: str) -> tuple[Status | None, float]:
        return Status(Code.WAIT), 60.0


def test_a_permit_plugin_makes_pods_wait() -> None:
    """Allowed pods are bound, refused ones and those that waited too long are not."""
    cluster = cluster_of(node("n0"))
    cluster.scheduler.register(Ask)
    for name in ("a", "b", "c"):
        cluster.create(pod(name))
    cluster.settle()
    assert cluster.scheduler.waiting_pods == {f"default/{name}": ("Ask",) for name in "abc"}
    cluster.scheduler.allow("default/a", "Ask")
    cluster.scheduler.refuse("default/b", "Ask", "not today")
    cluster.settle()
    assert where(cluster, "a") == "n0"
    assert message(cluster, "b") == "0/1 nodes are available: 1 not today."
    cluster.advance(59)
    assert "default/c" in cluster.scheduler.waiting_pods
    cluster.advance(1)
    expected = "0/1 nodes are available: 1 rejected due to timeout after waiting 1m0s at plugin Ask."
    assert message(cluster, "c") == expected


def test_a_waiting_pod_gives_way_to_a_more_important_one() -> None:
    """It is turned back in the scheduler's memory and not deleted."""
    cluster = cluster_of(node("n0", "1"))
    cluster.scheduler.register(Ask)
    cluster.create(pod("low", "800m"))
    cluster.settle()
    assert "default/low" in cluster.scheduler.waiting_pods
    priority = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 9}
    cluster.create(priority)
    cluster.create(pod("high", "800m", priorityClassName="high"))
    cluster.advance(5)
    cluster.scheduler.allow("default/high", "Ask")
    cluster.settle()
    assert (where(cluster, "high"), where(cluster, "low")) == ("n0", None)
    uid = cluster.get("pod", "high", namespace="default").metadata.uid
    notes = [event.note for event in cluster.list("events.events.k8s.io") if event.reason == "Preempted"]
    assert notes == [f"Preempted by pod {uid} on node n0 (in kube-scheduler memory)."]


def test_explain_says_who_refused_which_node() -> None:
    """For a pending pod the cluster is asked as it is now; for a bound one the attempt that bound it."""
    cluster = cluster_of(node("n0", zone="a"), node("n1", "1", zone="b"))
    cluster.create(pod("big", "2", nodeSelector={"zone": "b"}))
    cluster.create(pod("small"))
    cluster.settle()
    answer = cluster.scheduler.explain("default/big")
    assert answer.outcome == "unschedulable"
    assert {a.node: (a.plugin, a.reasons) for a in answer.nodes} == {
        "n0": ("NodeAffinity", ("node(s) didn't match Pod's node affinity/selector",)),
        "n1": ("NodeResourcesFit", ("Insufficient cpu",)),
    }
    assert "NodeResourcesFit" in str(answer)
    bound = cluster.scheduler.explain("default/small")
    assert (bound.outcome, bound.chosen) == ("scheduled", "n0")
    assert bound.nodes[0].scores["NodeResourcesFit"] > 0
    with pytest.raises(UsageError, match="knows no pod"):
        cluster.scheduler.explain("default/nobody")


def test_what_if_changes_nothing() -> None:
    """Pods are tried one after the other on a copy."""
    cluster = cluster_of(node("n0", "1"))
    asked = kemu.load(json.dumps(pod("x", "600m")))[0]
    before = cluster.digest()
    first, second = cluster.scheduler.what_if([asked, asked])
    assert (first.node, second.node) == ("n0", "")
    assert second.message.startswith("0/1 nodes are available: 1 Insufficient cpu.")
    assert cluster.digest() == before
    assert len(cluster.list("pods")) == 0


def devices(cluster: kemu.Cluster, *claims: str, **device: Any) -> None:
    """One device on n1; claims for such a device, and a pod of the same name for each."""
    pool = {"name": "n1", "generation": 1, "resourceSliceCount": 1}
    spec = {"driver": "gpu.example.com", "nodeName": "n1", "pool": pool, "devices": [{"name": "g0", **device}]}
    api = "resource.k8s.io/v1"
    cluster.create({"apiVersion": api, "kind": "ResourceSlice", "metadata": {"name": "s"}, "spec": spec})
    cluster.create({"apiVersion": api, "kind": "DeviceClass", "metadata": {"name": "gpu"}, "spec": {}})
    for name in claims:
        requests = [{"name": "r", "exactly": {"deviceClassName": "gpu"}}]
        metadata, spec = {"name": name, "namespace": "default"}, {"devices": {"requests": requests}}
        cluster.create({"apiVersion": api, "kind": "ResourceClaim", "metadata": metadata, "spec": spec})
        cluster.create(pod(name, resourceClaims=[{"name": "gpu", "resourceClaimName": name}]))
    cluster.settle()


def test_devices_are_allocated_and_reserved() -> None:
    """The claim's pod runs where the device is; the next one does not fit; the claim says who has it."""
    cluster = cluster_of(node("n0"), node("n1"))
    devices(cluster, "one", "two")
    assert where(cluster, "one") == "n1"
    claim = cluster.get("resourceclaim", "one", namespace="default")
    assert [(r.driver, r.pool, r.device) for r in claim.status.allocation.devices.results] == [
        ("gpu.example.com", "n1", "g0")
    ]
    assert [user.name for user in claim.status.reserved_for] == ["one"]
    assert where(cluster, "two") is None
    assert message(cluster, "two").startswith("0/2 nodes are available: 2 cannot allocate all claims.")


def test_devices_that_have_to_get_ready() -> None:
    """The pod waits for the binding conditions; a failure gives the device back, and the pod is tried again."""
    cluster = cluster_of(node("n0"), node("n1"))
    devices(cluster, "one", bindingConditions=["ready"], bindingFailureConditions=["broken"])

    def say(kind: str) -> None:
        conditions = [{"type": kind, "status": "True", "reason": "Dev", "message": kind, "lastTransitionTime": None}]
        conditions[0]["lastTransitionTime"] = "2026-01-01T00:00:00Z"
        status = {"driver": "gpu.example.com", "pool": "n1", "device": "g0", "conditions": conditions}
        cluster.patch(
            "resourceclaim",
            "one",
            {"status": {"devices": [status]}},
            type="merge",
            namespace="default",
            subresource="status",
        )

    assert where(cluster, "one") is None
    assert cluster.get("pod", "one", namespace="default").status.nominated_node_name == "n1"
    say("broken")
    cluster.advance(5)
    claim = cluster.get("resourceclaim", "one", namespace="default")
    failed = 'running PreBind plugin "DynamicResources": device binding failed: claim=one, reason=Dev, message="broken"'
    assert message(cluster, "one") == failed
    assert not claim.status.reserved_for
    cluster.advance(5)
    claim = cluster.get("resourceclaim", "one", namespace="default")
    assert claim.status.allocation and not claim.status.devices
    say("ready")
    cluster.advance(5)
    assert where(cluster, "one") == "n1"


def test_a_fork_schedules_as_the_original_would() -> None:
    """Both futures place the same pods on the same nodes, whatever was kept from before."""
    cluster = cluster_of(*(node(f"n{i}") for i in range(6)), seed=7)
    for number in range(8):
        cluster.create(pod(f"a{number}"))
    cluster.settle()
    twin = cluster.fork()
    for branch in (cluster, twin):
        for number in range(8):
            branch.create(pod(f"b{number}"))
        branch.settle()
    placed = [{p.metadata.name: p.spec.node_name for p in branch.list("pods")} for branch in (cluster, twin)]
    assert placed[0] == placed[1]
    assert all(placed[0].values())


def test_nobody_is_left_out_once_there_is_room() -> None:
    """Pods that did not fit are scheduled when a node comes, without waiting for a timeout."""
    cluster = cluster_of(node("n0", "1"))
    for number in range(4):
        cluster.create(pod(f"p{number}", "600m"))
    cluster.settle()
    assert sum(where(cluster, f"p{number}") is not None for number in range(4)) == 1
    for number in range(1, 4):
        cluster.create(node(f"n{number}", "1"))
        cluster.patch("node", f"n{number}", {"spec": {"taints": None}}, type="merge")
    cluster.settle()
    assert all(where(cluster, f"p{number}") for number in range(4))


def test_another_schedulers_pods_are_left_alone() -> None:
    """A pod that names a profile that does not exist here is not touched."""
    cluster = cluster_of(node("n0"))
    cluster.create(pod("a", schedulerName="somebody-else"))
    cluster.settle()
    assert where(cluster, "a") is None
    assert not cluster.scheduler.attempts


def test_an_extender_filters_scores_and_is_named() -> None:
    """It sees what the plugins left over; its scores count ten times its weight."""
    cluster = cluster_of(*(node(f"n{i}") for i in range(4)))
    asked: list[list[str]] = []

    def keep_high(pod: Any, nodes: Any) -> Any:
        asked.append([n.metadata.name for n in nodes])
        return [n for n in nodes if n.metadata.name != "n0"], {"n0": "too low"}, {}

    extender = Extender("mine", filter=keep_high, prioritize=lambda pod, nodes: {"n2": 10}, weight=2)
    cluster.scheduler.add_extender(extender)
    cluster.create(pod("a"))
    cluster.settle()
    assert where(cluster, "a") == "n2"
    attempt = cluster.scheduler.attempts[-1]
    assert asked == [["n0", "n1", "n2", "n3"]]
    assert attempt.filtered == {"n0": ["too low"]}
    assert attempt.scores["mine"] == {"n2": 200}


def test_a_failing_extender_fails_the_pod_unless_it_is_ignorable() -> None:
    """The pod is tried again after a backoff; an ignorable extender is left out."""

    def broken(pod: Any, nodes: Any) -> Any:
        raise ExtenderFailed("no answer")

    cluster = cluster_of(node("n0"))
    twin = cluster.fork()
    for branch, ignorable in ((cluster, False), (twin, True)):
        branch.scheduler.add_extender(Extender("mine", filter=broken, ignorable=ignorable))
        branch.create(pod("a"))
        branch.settle()
    assert where(cluster, "a") is None
    assert message(cluster, "a") == "no answer"
    assert where(twin, "a") == "n0"


def test_a_pod_that_is_refused_again_and_again_is_one_event() -> None:
    """Events about the same version of a pod are a series; the first attempt, before its condition, is one alone."""
    cluster = cluster_of(node("n0"))
    cluster.create(pod("big", cpu="64"))
    cluster.advance("30m")
    found = [event for event in cluster.list("events") if event.reason == "FailedScheduling"]
    assert len(found) == 2
    first, second = found
    assert first.series is None
    assert second.series is not None
    attempts = [attempt for attempt in cluster.scheduler.attempts if attempt.pod == "default/big"]
    assert second.series.count == len(attempts) - 1
    assert second.series.last_observed_time > second.event_time


def test_a_series_of_events_ends_after_six_minutes() -> None:
    """And an event that was deleted is written anew."""
    cluster = cluster_of(node("n0"))
    cluster.create(pod("p"))
    cluster.settle()
    stored = cluster.get("pod", "p", namespace="default")
    recorder = cluster.scheduler.recorder

    def counts() -> list[int]:
        found = [event for event in cluster.list("events") if event.reason == "Odd"]
        return [event.series.count if event.series is not None else 1 for event in found]

    def happen() -> None:
        recorder.event(stored, "Warning", "Odd", "odd", action="Looking")

    happen()
    cluster.advance("5m")
    happen()
    assert counts() == [2]
    cluster.advance("5m59s")
    happen()
    assert counts() == [3]
    cluster.advance("6m1s")
    happen()
    assert sorted(counts()) == [1, 3]
    for event in cluster.list("events"):
        cluster.delete(f"event/{event.metadata.name}")
    happen()
    assert counts() == [1]


def test_a_bound_pod_is_nominated_no_more() -> None:
    """The nomination of a preemptor ends with its binding."""
    cluster = cluster_of(node("n0", cpu="1"))
    cluster.create({**pod("low", cpu="800m"), "spec": {**pod("low", cpu="800m")["spec"], "priority": 0}})
    cluster.settle()
    cluster.create(
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": "high"},
            "value": 1000,
        }
    )
    cluster.create(pod("high", cpu="800m", priorityClassName="high"))
    cluster.settle()
    assert cluster.get("pod", "high").status.nominated_node_name == "n0"
    cluster.delete("pod/low", grace_seconds=0)
    cluster.advance("1m")
    assert where(cluster, "high") == "n0"
    assert cluster.get("pod", "high").status.nominated_node_name is None
