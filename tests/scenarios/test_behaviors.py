"""What containers do, by name, as a state machine, and where nobody knows."""

from __future__ import annotations

import pickle
from typing import Any

import attrs
import pytest

import kemu
from kemu import Cluster, Turn, behaviors, errors


def pod(name: str = "p", image: str = "mine", restart: str = "Always", **more: Any) -> dict[str, Any]:
    spec = {k: more.pop(k) for k in ("initContainers", "terminationGracePeriodSeconds") if k in more}
    container = {"name": "c", "image": image, **more}
    spec |= {"restartPolicy": restart, "containers": [container]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}}, "spec": spec}


def started(behavior: Any, **more: Any) -> Cluster:
    cluster = Cluster(nodes=1)
    cluster.runtime.on("mine", behavior)
    cluster.create(pod(**more))
    cluster.advance("1s")
    return cluster


def state(cluster: Cluster) -> Any:
    return cluster.get("pod/p").status.container_statuses[0]


def is_ready(cluster: Cluster) -> bool:
    return bool(state(cluster).ready)


PROBE = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 1}


def test_what_runs_runs_and_stops_at_once() -> None:
    cluster = started(behaviors.runs())
    cluster.advance("24h")
    assert state(cluster).state.running is not None and state(cluster).restart_count == 0
    cluster.delete("pod/p")
    cluster.advance("2s")
    assert cluster.list("pods") == ()


def test_what_ends_says_how() -> None:
    cluster = started(behaviors.exits(3, after="5s", message="no more"), restart="Never")
    cluster.advance("10s")
    ended = state(cluster).state.terminated
    assert (ended.exit_code, ended.message, cluster.get("pod/p").status.phase) == (3, "no more", "Failed")


def test_what_crashes_recovers() -> None:
    cluster = started(behaviors.crashes(times=2, code=7, after="2s"))
    cluster.advance("10m")
    shown = state(cluster)
    assert (shown.restart_count, shown.last_state.terminated.exit_code, shown.ready) == (2, 7, True)


def test_what_starts_slowly_is_ready_late() -> None:
    cluster = started(behaviors.slow_start("20s"), readinessProbe=PROBE)
    assert not is_ready(cluster)
    cluster.advance("15s")
    assert not is_ready(cluster)
    cluster.advance("7s")
    assert is_ready(cluster)


def test_what_hangs_is_killed() -> None:
    cluster = started(behaviors.hangs_on_stop(), terminationGracePeriodSeconds=20)
    cluster.delete("pod/p")
    cluster.advance("19s")
    assert cluster.get("pod/p").metadata.deletion_timestamp is not None
    cluster.advance("3s")
    assert cluster.list("pods") == ()


def test_what_leaks_is_killed_at_its_limit() -> None:
    cluster = started(behaviors.leaks_memory("10Mi"), resources={"limits": {"memory": "100Mi"}})
    cluster.advance("8s")
    assert state(cluster).restart_count == 0
    twin = pickle.loads(pickle.dumps(cluster.fork()))
    for each in (cluster, twin):
        each.advance("4s")
        ended = state(each).last_state.terminated
        assert (ended.exit_code, ended.reason, state(each).restart_count) == (137, "OOMKilled", 1)


def test_without_a_limit_of_its_own_that_of_the_pod_counts_and_without_any_none() -> None:
    cluster = started(behaviors.leaks_memory("10Mi"))
    whole = pod("limited")
    whole["spec"]["resources"] = {"limits": {"memory": "100Mi"}}
    cluster.create(whole)
    cluster.advance("1h")
    assert state(cluster).restart_count == 0
    assert cluster.get("pod/limited").status.container_statuses[0].last_state.terminated.reason == "OOMKilled"


def test_a_limit_that_is_raised_lets_it_live_longer() -> None:
    cluster = started(behaviors.leaks_memory("1Mi"), resources={"limits": {"memory": "30Mi"}})
    cluster.advance("20s")
    resized = {"spec": {"containers": [{"name": "c", "resources": {"limits": {"memory": "300Mi"}}}]}}
    cluster.patch("pod/p", resized, type="strategic", subresource="resize")
    cluster.advance("60s")
    assert state(cluster).restart_count == 0
    cluster.advance("4m")
    assert state(cluster).last_state.terminated.reason == "OOMKilled"


def test_what_is_used_is_measured_and_scaled_by() -> None:
    """An autoscaler sees what a behaviour uses; what is declared of a pod goes before it."""
    cluster = Cluster(nodes=2)
    cluster.runtime.on("mine", behaviors.uses(cpu="300m", memory="64Mi"))
    cluster.apply(WEB)
    cluster.advance("1m")
    path = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods"
    found = cluster.request("GET", path).json()["items"][0]["containers"][0]["usage"]
    assert found == {"cpu": "300m", "memory": "67108864"} or found == {"cpu": "300m", "memory": "64Mi"}
    cluster.advance("2m")
    assert cluster.get("deployment/web").spec.replicas == 3


WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: mine, resources: {requests: {cpu: 100m}}}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 3
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 100}}}]
"""


def test_what_serves_answers() -> None:
    cluster = started(behaviors.serves_http("hello", port=8080, status=201))
    ip = cluster.get("pod/p").status.pod_ip
    reply = cluster.http("GET", f"http://{ip}:8080/any")
    assert (reply.status, reply.body, reply.pod) == (201, "hello", "p")
    assert cluster.http("GET", f"http://{ip}:80/").status == 0


def test_what_becomes_unready_comes_back() -> None:
    cluster = started(behaviors.becomes_unready("20s", lasts="30s"), readinessProbe=PROBE)
    seen = []
    for _ in range(4):
        cluster.advance("14s")
        seen.append(is_ready(cluster))
    assert seen == [True, False, False, True]
    for_ever = started(behaviors.becomes_unready("20s"), readinessProbe=PROBE)
    for_ever.advance("1h")
    assert not is_ready(for_ever)


def test_parts_go_together() -> None:
    cluster = started(attrs.evolve(behaviors.serves_http("hi"), stop=5))
    cluster.delete("pod/p")
    cluster.advance("4s")
    ip = cluster.get("pod/p").status.pod_ip
    assert cluster.http("GET", f"http://{ip}").body == "hi"


def counts(now: Any, event: str, start: kemu.Start) -> Turn:
    """Writes a line every ten seconds, ready from the second on; ends at TERM, starts over at HUP."""
    if event == "TERM":
        return Turn(exit=0, log=f"bye at {now}")
    number = 0 if event in ("start", "HUP") else now + 1
    script = kemu.Script(listens=(80,) if number else (), serves=f"{number} of {start.attempt}")
    return Turn(state=number, wait="10s", log=f"{event} {number}", script=script)


def test_a_state_machine_is_asked_whenever_something_happens() -> None:
    cluster = started(kemu.StateMachine(counts), readinessProbe=PROBE)
    cluster.advance("5s")
    assert not is_ready(cluster)
    cluster.advance("20s")
    assert is_ready(cluster) and cluster.logs("pod/p") == "start 0\ntimer 1\ntimer 2\n"
    ip = cluster.get("pod/p").status.pod_ip
    assert cluster.http("GET", f"http://{ip}/").body == "2 of 0"
    twin = cluster.fork()
    assert cluster.exec("p", ["kill", "-HUP", "1"]).exit_code == 0
    assert cluster.logs("pod/p").endswith("HUP 0\n")
    twin.advance("10s")
    assert twin.logs("pod/p").endswith("timer 3\n")
    cluster.exec("p", ["sh", "-c", "kill 1"])
    cluster.advance("3s")
    assert state(cluster).restart_count == 1 and "bye at 0" in cluster.logs("pod/p", previous=True)
    twin.delete("pod/p")
    twin.advance("2s")
    assert twin.list("pods") == ()


def test_a_state_machine_that_does_not_end_is_killed() -> None:
    cluster = started(kemu.StateMachine(lambda now, event, start: Turn(log=event)), terminationGracePeriodSeconds=5)
    cluster.delete("pod/p")
    cluster.advance("4s")
    assert cluster.logs("pod/p") == "start\nTERM\n"
    cluster.advance("3s")
    assert cluster.list("pods") == ()


@pytest.mark.parametrize(
    ("turn", "says"),
    [
        (lambda now, event, start: None, "returned NoneType: return a kemu.Turn"),
        (lambda now, event, start: Turn(state=[]), "the state of mine is a list, which may change"),
    ],
)
def test_a_state_machine_that_is_none_says_so(turn: Any, says: str) -> None:
    with pytest.raises(errors.UsageError, match=says):
        started(kemu.StateMachine(turn))


def test_the_first_process_gets_the_signals_that_are_sent_to_it() -> None:
    """A server ends, a program that expects none ignores it, and KILL does not reach it from inside."""
    cluster = Cluster(nodes=1)
    cluster.create(pod(image="nginx"))
    cluster.create(pod("sleeps", image="busybox", command=["sleep", "1d"]))
    trap = "trap 'echo again' HUP; trap 'echo end; exit 4' TERM; while true; do sleep 1; done"
    cluster.create(pod("traps", image="busybox", command=["sh", "-c", trap]))
    cluster.advance("2s")
    for name in ("p", "sleeps", "traps"):
        for words in (["kill", "-9", "1"], ["kill", "-HUP", "1"]):
            assert cluster.exec(name, words).exit_code == 0
    cluster.advance("5s")
    assert [each.status.container_statuses[0].restart_count for each in cluster.list("pods")] == [0, 0, 0]
    assert cluster.logs("traps") == "again\n"
    for name in ("p", "sleeps", "traps"):
        cluster.exec(name, ["sh", "-c", "kill 1"])
    cluster.advance("5s")
    counts_of = {each.metadata.name: each.status.container_statuses[0] for each in cluster.list("pods")}
    assert {name: shown.restart_count for name, shown in counts_of.items()} == {"p": 1, "sleeps": 0, "traps": 1}
    assert counts_of["traps"].last_state.terminated.exit_code == 4


@pytest.mark.parametrize("more", [{}, {"command": ["migrate", "--up"]}])
def test_an_init_container_of_an_unknown_image_ends_and_says_so(more: dict[str, Any]) -> None:
    """Waiting for it for ever helps nobody; a known server is waited for, as it really would be."""
    init = {"name": "i", "image": "example.com/migrations:1", **more}
    cluster = Cluster(nodes=1)
    cluster.create(pod(image="nginx", initContainers=[init]))
    cluster.create(pod("waits", image="nginx", initContainers=[{"name": "i", "image": "nginx"}]))
    cluster.advance("10s")
    assert cluster.get("pod/p").status.phase == "Running" and cluster.get("pod/waits").status.phase == "Pending"
    said = [each for each in cluster.events("pod/p") if each.reason == "NotSimulated"]
    assert [(each.type, each.involved_object.field_path) for each in said] == [("Warning", "spec.initContainers{i}")]
    assert said[0].message == (
        "kemu does not simulate: what example.com/migrations:1 does: since others wait for its end, it has ended with "
        "0 at once"
    )
    cluster.runtime.on("example.com/migrations", {"run": "1h"})
    cluster.create(pod("told", image="nginx", initContainers=[init]))
    cluster.advance("10s")
    assert cluster.get("pod/told").status.phase == "Pending"


def test_a_log_that_grows_too_long_goes_on_in_a_new_file() -> None:
    """Past 10 MiB, looked at every ten seconds; who follows it sees all of it, and whoever asks later the new file."""
    line = "x" * (1024 * 1024 - 50)
    cluster = started(kemu.StateMachine(lambda now, event, start: Turn(state=(now or 0) + 1, wait="2s", log=line)))
    followed = cluster.logs("pod/p", follow=True)
    cluster.advance("18s")
    assert len(cluster.logs("pod/p").splitlines()) == 10
    cluster.advance("10s")
    assert len(cluster.logs("pod/p").splitlines()) == 15
    cluster.advance("3s")
    assert len(cluster.logs("pod/p", tail=100).splitlines()) == 1
    assert len(followed.poll().items) >= 15
    fork = cluster.fork()
    fork.advance("2s")
    assert len(fork.logs("pod/p").splitlines()) == 2


def test_containers_that_share_their_processes_see_each_other() -> None:
    """The pause container has the first process; others end by signals that they expect nothing of."""
    cluster = Cluster(nodes=1)
    for name, shared in (("p", True), ("apart", False)):
        made = pod(name, image="nginx")
        made["spec"] |= {"shareProcessNamespace": shared}
        made["spec"]["containers"].append({"name": "shell", "image": "busybox", "command": ["sleep", "1000"]})
        cluster.create(made)
    cluster.advance("2s")
    listed = cluster.exec("p", ["ps"], container="shell").output.splitlines()
    assert [line.split()[0] for line in listed] == ["PID", "1", "7", "15", "16"]
    assert [" ".join(line.split()[3:]) for line in listed] == ["COMMAND", "/pause", "nginx", "sleep 1000", "ps"]
    alone = cluster.exec("apart", ["ps"], container="shell").output
    assert "sleep 1000" in alone and "nginx" not in alone and "/pause" not in alone
    assert "No such process" in cluster.exec("apart", ["kill", "15"], container="shell").output
    for words in (["kill", "1"], ["kill", "-HUP", "7"], ["kill", "-9", "7"], ["kill", "15"]):
        assert cluster.exec("p", words, container="shell").exit_code == 0
    cluster.advance("5s")
    counts_of = {each.name: each for each in cluster.get("pod/p").status.container_statuses}
    assert counts_of["c"].last_state.terminated.exit_code == 137
    assert counts_of["shell"].last_state.terminated.exit_code == 143
    cluster.delete("pod/p")
    cluster.delete("pod/apart")
    cluster.advance("5s")
    assert [each.metadata.name for each in cluster.list("pods")] == ["apart"]  # its sleep is a first process
    cluster.advance("30s")
    assert cluster.list("pods") == ()
