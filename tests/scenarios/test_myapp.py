"""The main job: a pod whose init containers wait for two services."""

import pytest

from kemu.apiserver.kinds.pods.cells import pod_status
from tests.scenarios.manifests import MYAPP, service


def words(cluster, name):
    """The states of a pod in order, as kubectl shows them, each once."""
    shown = []
    for change in cluster.history("pods"):
        if change.object.metadata.name == name and change.type != "DELETED":
            word = pod_status(change.object)
            if not shown or shown[-1] != word:
                shown.append(word)
    return shown


def test_the_pod_waits_for_both_services_and_then_runs(cluster):
    """Pending, Init:0/2, Init:1/2, PodInitializing, Running: each because a name begins to resolve."""
    cluster.apply(MYAPP)
    cluster.advance("10s")
    assert pod_status(cluster.get("pod/myapp-pod")) == "Init:0/2"
    cluster.apply(service("myservice"))
    cluster.advance("10s")
    assert pod_status(cluster.get("pod/myapp-pod")) == "Init:1/2"
    cluster.apply(service("mydb"))
    cluster.wait("pod/myapp-pod", "condition=Ready", timeout="10s")
    assert words(cluster, "myapp-pod") == ["Pending", "Init:0/2", "Init:1/2", "PodInitializing", "Running"]
    assert cluster.logs("myapp-pod") == "The app is running!\n"


def test_it_asks_every_two_seconds_and_says_so(cluster):
    """The loop of the init container is really run: a line every two seconds, none after the name resolves."""
    cluster.apply(MYAPP)
    cluster.advance("9s")
    text = cluster.logs("myapp-pod", container="init-myservice")
    assert text.count("waiting for myservice\n") == 5
    cluster.apply(service("myservice"))
    cluster.advance("1m")
    text = cluster.logs("myapp-pod", container="init-myservice")
    assert text.count("waiting for myservice\n") == 5
    assert cluster.get("service/myservice").spec.cluster_ip in text


def test_the_completed_container_is_restarted_under_restart_policy_always(cluster):
    """At 3600 s of its life the container completes, and a new attempt starts."""
    cluster.apply([MYAPP, service("myservice"), service("mydb")])
    cluster.advance("3595s")
    assert cluster.get("pod/myapp-pod").status.container_statuses[0].restart_count == 0
    cluster.advance("10s")
    status = cluster.get("pod/myapp-pod").status.container_statuses[0]
    assert status.restart_count == 1 and status.state.running is not None
    ended = status.last_state.terminated
    assert (ended.exit_code, ended.reason, ended.finished_at - ended.started_at) == (0, "Completed", 3600)


@pytest.mark.parametrize(
    ("name", "rest", "init"),
    [("other-svc", "sleep 5", "cache"), ("x", "sleep 7200", "queue-1")],
)
def test_nothing_about_the_manifest_is_special(cluster, name, rest, init):
    """Other names, other waits: the same behaviour follows from the same rules."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "initContainers": [
                {
                    "name": "wait",
                    "image": "docker.io/library/busybox:1.36",
                    "command": ["/bin/sh", "-c", f"while ! nslookup {init} > /dev/null; do sleep 3; done; echo found"],
                }
            ],
            "containers": [{"name": "main", "image": "alpine", "command": ["sh", "-c", f"echo up; {rest}"]}],
        },
    }
    cluster.apply(pod)
    cluster.advance("7s")
    assert cluster.get("pod", name).status.phase == "Pending"
    cluster.apply(service(init))
    cluster.wait(f"pod/{name}", "condition=Ready", timeout="5s")
    assert cluster.logs(name, container="wait") == "found\n"
    assert cluster.logs(name) == "up\n"
