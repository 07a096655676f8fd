"""What can change in a pod that runs: containers that are added to look at it, its resources, its images."""

import pickle

import pytest

import kemu
from tests.scenarios.manifests import script_pod


@pytest.fixture
def cluster():
    return kemu.Cluster(nodes=1)


def grown(cluster, name, **resources):
    """Ask for other resources of the container of a pod."""
    spec = {"spec": {"containers": [{"name": "c", "resources": {"requests": resources}}]}}
    return cluster.patch("pod", name, spec, subresource="resize")


def conditions(cluster, name):
    """The conditions of a pod about its resize, with their reasons."""
    found = cluster.get("pod", name).status.conditions
    return [(each.type, each.reason) for each in found if each.type.startswith("PodResize")]


def said(cluster, name):
    return [event.reason for event in cluster.events(f"pod/{name}") if event.reason.startswith("Resize")]


def test_an_ephemeral_container_runs_once(cluster):
    """It is never started again, is never ready, and has events of its own; a pod that ends stops it."""
    cluster.apply(script_pod("p"))
    cluster.wait("pod/p", "condition=Ready")
    debugger = {"name": "dbg", "image": "kemu/script:1", "args": ["--run=5s", "--exit=3"]}
    cluster.patch("pod", "p", {"spec": {"ephemeralContainers": [debugger]}}, subresource="ephemeralcontainers")
    cluster.advance("2s")
    shown = cluster.get("pod/p").status.ephemeral_container_statuses[0]
    assert shown.state.running is not None and (shown.ready, shown.started) == (False, None)
    cluster.advance("1m")
    shown = cluster.get("pod/p").status.ephemeral_container_statuses[0]
    assert (shown.state.terminated.exit_code, shown.restart_count) == (3, 0)
    assert cluster.get("pod/p").status.phase == "Running"
    started = [event for event in cluster.events("pod/p") if event.reason == "Started"]
    assert started[-1].involved_object.field_path == "spec.ephemeralContainers{dbg}"


def test_a_resize_is_given_at_once_where_there_is_room(cluster):
    """The container goes on running, and its status shows what it was given."""
    cluster.apply(script_pod("p", container={"resources": {"requests": {"cpu": "100m"}}}))
    cluster.wait("pod/p", "condition=Ready")
    grown(cluster, "p", cpu="300m")
    cluster.settle()
    status = cluster.get("pod/p").status.container_statuses[0]
    assert str(status.resources.requests["cpu"]) == str(status.allocated_resources["cpu"]) == "300m"
    assert status.restart_count == 0 and conditions(cluster, "p") == []
    assert said(cluster, "p") == ["ResizeStarted", "ResizeCompleted"]


def test_a_resize_is_deferred_until_there_is_room():
    """What the node has granted counts until then, and a pod that goes makes room at once."""
    cluster = kemu.Cluster(nodes=0)
    cluster.add_node("n", cpu="1", memory="1Gi", pods=10)
    for name in ("p", "q"):
        cluster.apply(script_pod(name, container={"resources": {"requests": {"cpu": "400m"}}}))
    cluster.wait("pod/p", "condition=Ready")
    grown(cluster, "p", cpu="800m")
    cluster.settle()
    assert conditions(cluster, "p") == [("PodResizePending", "Deferred")]
    status = cluster.get("pod/p").status.container_statuses[0]
    assert str(status.allocated_resources["cpu"]) == str(status.resources.requests["cpu"]) == "400m"
    assert said(cluster, "p") == ["ResizeDeferred"]
    twin = pickle.loads(pickle.dumps(cluster.fork()))
    for one in (cluster, twin):
        one.delete("pod/q")
        one.advance("5s")
        assert conditions(one, "p") == []
        assert str(one.get("pod/p").status.container_statuses[0].resources.requests["cpu"]) == "800m"
    assert cluster.digest() == twin.digest()


def test_a_resize_that_is_taken_back_is_no_longer_deferred():
    """As if it had never been asked for."""
    cluster = kemu.Cluster(nodes=0)
    cluster.add_node("n", cpu="1", memory="1Gi", pods=10)
    for name in ("p", "q"):
        cluster.apply(script_pod(name, container={"resources": {"requests": {"cpu": "400m"}}}))
    cluster.wait("pod/q", "condition=Ready")
    grown(cluster, "p", cpu="700m")
    cluster.settle()
    assert conditions(cluster, "p") == [("PodResizePending", "Deferred")]
    grown(cluster, "p", cpu="400m")
    cluster.settle()
    assert conditions(cluster, "p") == [] and said(cluster, "p") == ["ResizeDeferred"]


def test_a_resize_beyond_the_node_is_refused(cluster):
    """Nobody waits for what can never be."""
    cluster.apply(script_pod("p", container={"resources": {"requests": {"cpu": "100m", "memory": "10Mi"}}}))
    cluster.wait("pod/p", "condition=Ready")
    with pytest.raises(kemu.errors.Forbidden, match="allocatable resources: cpu, requested: 90000, allocatable: 4000"):
        grown(cluster, "p", cpu="90", memory="10Mi")
    assert cluster.get("pod/p").metadata.generation == 1 and conditions(cluster, "p") == []


def test_a_resize_may_need_a_new_start(cluster):
    """The policy of the container says so: it is stopped and started, without a back-off."""
    policy = [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]
    wants = {"resources": {"requests": {"cpu": "100m"}}, "resizePolicy": policy}
    cluster.apply(script_pod("p", container=wants))
    cluster.wait("pod/p", "condition=Ready")
    grown(cluster, "p", cpu="200m")
    cluster.advance("100ms")
    status = cluster.get("pod/p").status.container_statuses[0]
    assert status.restart_count == 1 and str(status.resources.requests["cpu"]) == "200m"
    assert any(event.message == "Container c resize requires restart" for event in cluster.events("pod/p"))


def test_another_image_begins_another_back_off(cluster):
    """A container that is held back starts at once with a new image."""
    cluster.apply(script_pod("p", "--run=1s", "--exit=1"))
    cluster.advance("2m")
    before = cluster.get("pod/p").status.container_statuses[0]
    assert before.restart_count >= 3
    cluster.patch("pod", "p", {"spec": {"containers": [{"name": "c", "image": "kemu/script:2"}]}})
    cluster.advance("1s")
    assert cluster.get("pod/p").status.container_statuses[0].restart_count == before.restart_count + 1
