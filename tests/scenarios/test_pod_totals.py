"""What the status of a pod says of all its containers together, and of the volumes that they mount."""

import json

import pytest

import kemu

PATH = "/api/v1/namespaces/default/pods/web"


def pod(*containers, **spec):
    named = [{"name": f"c{number}", "image": "nginx", **each} for number, each in enumerate(containers)]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": named, **spec}}


def asking(cpu, memory, /, **limits):
    return {"resources": {"requests": {"cpu": cpu, "memory": memory}, "limits": limits}}


@pytest.fixture
def status():
    cluster = kemu.Cluster(nodes=1)

    def after(pod, *patches):
        cluster.create(pod)
        cluster.wait("pod/web", "condition=Ready")
        for patch in patches:
            headers = {"Content-Type": "application/strategic-merge-patch+json"}
            answer = cluster.request("PATCH", f"{PATH}/resize", headers=headers, body=json.dumps(patch).encode())
            assert answer.status == 200
            cluster.advance("10s")
        return kemu.to_dict(cluster.get("pod/web"))["status"]

    return after


def test_what_is_granted_is_shown_of_the_whole_pod(status):
    shown = status(pod(asking("10m", "8Mi"), asking("20m", "8Mi", memory="16Mi")))
    assert shown["allocatedResources"] == {"cpu": "30m", "memory": "16Mi"}
    assert shown["resources"] == {"requests": {"cpu": "30m", "memory": "16Mi"}, "limits": {"memory": "16Mi"}}


def test_a_pod_that_asks_for_nothing_has_nothing(status):
    shown = status(pod({}))
    assert "allocatedResources" not in shown and shown["resources"] == {}


def test_a_resize_changes_what_a_pod_has_but_for_the_memory_that_it_asked_for_first(status):
    """Nobody can ask a node how much memory a pod that runs asks for; its processor time and its limits are known."""
    wanted = {"spec": {"containers": [{"name": "c0", **asking("20m", "16Mi", cpu="40m", memory="32Mi")}]}}
    shown = status(pod(asking("10m", "8Mi", cpu="40m", memory="32Mi")), wanted)
    assert shown["allocatedResources"] == {"cpu": "20m", "memory": "16Mi"}
    limits = {"cpu": "40m", "memory": "32Mi"}
    assert shown["resources"] == {"requests": {"cpu": "20m", "memory": "8Mi"}, "limits": limits}


def test_volumes_are_shown_where_they_are_mounted(status):
    mounts = [{"name": "v", "mountPath": "/v"}, {"name": "v", "mountPath": "/r", "readOnly": True}]
    whole = pod({"volumeMounts": mounts}, volumes=[{"name": "v", "emptyDir": {}}], automountServiceAccountToken=False)
    (container,) = status(whole)["containerStatuses"]
    assert container["volumeMounts"] == [mounts[0], {**mounts[1], "recursiveReadOnly": "Disabled"}]


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"requests": {"cpu": "10m"}}, {"requests": {"cpu": "10m", "memory": "0"}}),
        (
            {"requests": {"cpu": "10m", "memory": "8Mi"}, "limits": {"cpu": "20m"}},
            {"requests": {"cpu": "10m", "memory": "8Mi"}, "limits": {"cpu": "20m", "memory": "0"}},
        ),
        ({"requests": {"memory": "8Mi"}}, {"requests": {"memory": "8Mi"}}),
    ],
)
def test_a_container_that_runs_shows_the_memory_that_nobody_named_as_none(status, asked, shown):
    (container,) = status(pod({"resources": asked}))["containerStatuses"]
    assert container["resources"] == shown and container["allocatedResources"] == asked["requests"]


def test_a_pod_on_the_network_of_its_node_has_its_address_before_it_has_anything_else():
    cluster = kemu.Cluster(nodes=1)
    cluster.create(pod({}, hostNetwork=True))
    cluster.wait("pod/web", "condition=Ready")
    shown = [kemu.to_dict(change.object)["status"] for change in cluster.history("pods")]
    (first, *_) = [each for each in shown if each.get("hostIP")]
    assert first["podIP"] == first["hostIP"] and first["containerStatuses"][0]["state"] == {
        "waiting": {"reason": "ContainerCreating"}
    }


def test_containers_are_shown_in_the_order_of_their_names_and_named_in_their_own():
    cluster = kemu.Cluster(nodes=1)
    names = ("web", "cache", "log")
    cluster.create(pod(*[{"name": name} for name in names]))
    cluster.wait("pod/web", "condition=Ready")
    shown = [kemu.to_dict(change.object)["status"] for change in cluster.history("pods")]
    first, last = next(each for each in shown if each.get("containerStatuses")), shown[-1]
    assert [each["name"] for each in last["containerStatuses"]] == sorted(names)
    (unready,) = [each["message"] for each in first["conditions"] if each["type"] == "ContainersReady"]
    assert unready == "containers with unready status: [web cache log]"


def test_nothing_more_is_said_of_a_pod_that_has_ended_and_been_cleared_up_after():
    """Not even that its specification is another by now."""
    cluster = kemu.Cluster(nodes=1)
    cluster.create(pod({"image": "kemu/script:1", "args": ["--run=2s"]}, restartPolicy="Never"))
    cluster.advance("10s")
    ended = cluster.get("pod/web").status
    cluster.patch("pod/web", {"spec": {"containers": [{"name": "c0", "image": "kemu/script:2"}]}})
    cluster.advance("1m")
    changed = cluster.get("pod/web")
    assert ended.phase == "Succeeded" and changed.metadata.generation == 2 and changed.status == ended


def test_a_start_in_vain_counts_as_none_and_makes_the_next_one_later():
    """What has ended is tried again after a back-off that grows with every try, whatever it was that failed."""
    cluster = kemu.Cluster(nodes=1)
    cluster.images.missing("*missing*")
    cluster.create(pod({"image": "kemu/script:1"}))
    cluster.wait("pod/web", "condition=Ready")
    cluster.patch("pod/web", {"spec": {"containers": [{"name": "c0", "image": "kemu/missing:1"}]}})
    cluster.advance("2m")
    shown = [change.object.status.container_statuses for change in cluster.history("pods")]
    waits = [each[0] for each in shown if each and each[0].state.waiting is not None]
    assert {each.restart_count for each in waits} == {0}
    said = {each.state.waiting.reason for each in waits[2:]}
    assert said == {"ErrImagePull", "ImagePullBackOff", "CrashLoopBackOff"}


def test_all_gates_that_hold_a_pod_back_are_named():
    gates = ("example.com/a", "example.com/b")
    cluster = kemu.Cluster(nodes=1)
    cluster.create(pod({}, readinessGates=[{"conditionType": gate} for gate in gates]))
    cluster.advance("5s")
    (said,) = [each.message for each in cluster.get("pod/web").status.conditions if each.type == "Ready"]
    assert said == ", ".join(
        f'corresponding condition of pod readiness gate "{gate}" does not exist.' for gate in gates
    )


def test_an_attempt_that_replaces_another_at_once_passes_for_started_until_its_probe_has_met_it():
    after = {"exec": {"command": ["after", "5s"]}, "periodSeconds": 2, "failureThreshold": 9}
    before = {"exec": {"command": ["before", "12s"]}, "periodSeconds": 2, "failureThreshold": 1}
    cluster = kemu.Cluster(nodes=1)
    cluster.create(pod({"image": "kemu/script:1", "startupProbe": after, "livenessProbe": before}))
    cluster.advance("27s")
    told = []
    for change in cluster.history("pods"):
        for each in change.object.status.container_statuses:
            shown = (each.restart_count, each.started, each.ready)
            told += [(round(change.time), *shown)] if not told or told[-1][1:] != shown else []
    assert told[-4:] == [(6, 0, True, True), (14, 1, True, True), (16, 1, False, False), (20, 1, True, True)]


def test_an_attempt_that_replaces_another_at_once_is_asked_at_once_whether_it_is_ready():
    ready = {"exec": {"command": ["before", "6s"]}, "periodSeconds": 2, "failureThreshold": 1}
    alive = {"exec": {"command": ["before", "12s"]}, "periodSeconds": 2, "failureThreshold": 2}
    cluster = kemu.Cluster(nodes=1)
    cluster.create(pod({"image": "kemu/script:1", "readinessProbe": ready, "livenessProbe": alive}))
    cluster.advance("17s")
    (shown,) = cluster.get("pod/web").status.container_statuses
    assert shown.ready and shown.restart_count == 1


def test_a_pod_that_is_past_its_deadline_still_shows_why_it_could_not_start():
    cluster = kemu.Cluster(nodes=1)
    cluster.images.missing("*missing*")
    cluster.create(pod({"image": "kemu/missing:1"}, activeDeadlineSeconds=8))
    cluster.advance("20s")
    shown = [change.object.status for change in cluster.history("pods")]
    failing = next(each for each in shown if any(said.reason == "PodFailed" for said in each.conditions))
    assert failing.container_statuses[0].state.waiting.reason == "ImagePullBackOff"
    assert shown[-1].phase == "Failed"
