"""What a user sees of containers and does to them: listings, crashes, readiness on command."""

import pickle

import pytest

import kemu
from tests.scenarios.manifests import script_pod

PROBE = {"exec": {"command": ["true"]}, "periodSeconds": 2, "failureThreshold": 1}


@pytest.fixture
def cluster():
    return kemu.Cluster(nodes=2)


def rows(text):
    """A listing without its head, in columns."""
    return [line.split() for line in text.splitlines()[1:]]


def test_containers_are_listed_as_by_a_container_engine(cluster):
    """Those that run, the youngest first; with `all` also what has ended, and of one node if it is named."""
    cluster.create(script_pod("a", nodeName="node-0"))
    cluster.create(script_pod("b", "--run=1s", restart="Never", nodeName="node-1"))
    cluster.advance("5s")
    text = cluster.runtime.ps()
    assert text.splitlines()[0].split() == [
        "CONTAINER",
        "IMAGE",
        "CREATED",
        "STATE",
        "NAME",
        "ATTEMPT",
        "POD",
        "NAMESPACE",
        "NODE",
    ]
    assert [row[1:] for row in rows(text)] == [
        ["kemu/script:1", "4s", "ago", "Running", "c", "0", "a", "default", "node-0"]
    ]
    assert [row[4] for row in rows(cluster.runtime.ps(all=True))] == ["Exited", "Running"]
    assert rows(cluster.runtime.ps("node-1")) == []


def test_images_are_listed_as_by_a_container_engine(cluster):
    """What nodes have pulled, with tags and digests apart."""
    digest = "sha256:" + "a" * 64
    for number, image in enumerate(("nginx:1.27", f"ghcr.io/acme/app@{digest}", "busybox")):
        pod = script_pod(f"p{number}", container={"image": image, "args": []}, nodeName="node-0")
        cluster.create(pod)
    cluster.advance("5s")
    assert rows(cluster.runtime.images()) == [
        ["docker.io/library/busybox", "latest", "<none>", "node-0"],
        ["docker.io/library/nginx", "1.27", "<none>", "node-0"],
        ["ghcr.io/acme/app", "<none>", digest, "node-0"],
    ]
    assert rows(cluster.runtime.images("node-1")) == []


def test_a_container_crashes_on_command(cluster):
    """With the exit code that is asked for; it restarts as its pod says."""
    cluster.create(script_pod("p"))
    cluster.wait("pod/p", "condition=Ready")
    cluster.container("pod/p", "c").crash(137)
    cluster.advance("2s")
    status = cluster.get("pod/p").status.container_statuses[0]
    assert status.restart_count == 1 and status.last_state.terminated.exit_code == 137
    with pytest.raises(kemu.errors.UsageError, match="from 0 to 255"):
        cluster.container("p").crash(256)


def test_a_container_is_unready_until_it_is_said_to_be_ready(cluster):
    """Its probe fails from its next tick on, also where it was left out because it could not fail."""
    cluster.create(script_pod("p", container={"readinessProbe": PROBE}))
    cluster.wait("pod/p", "condition=Ready")
    cluster.advance("1h")
    container = cluster.container("pod/p")
    container.unready()
    twin = pickle.loads(pickle.dumps(cluster))
    for one in (cluster, twin):
        one.wait("pod/p", "condition=Ready=False", timeout="3s")
        one.container("pod/p").ready()
        one.wait("pod/p", "condition=Ready", timeout="3s")
        one.advance("1h")
        assert one.get("pod/p").status.container_statuses[0].ready
    assert cluster.digest() == twin.digest()


def test_a_container_that_starts_again_has_forgotten_that_it_was_unready(cluster):
    """What was said was said of its process."""
    cluster.create(script_pod("p", container={"readinessProbe": PROBE}))
    cluster.wait("pod/p", "condition=Ready")
    container = cluster.container("pod/p")
    container.unready()
    cluster.wait("pod/p", "condition=Ready=False", timeout="3s")
    container.crash()
    cluster.wait("pod/p", "condition=Ready", timeout="5s")


def test_what_cannot_be_done_to_a_container_is_said(cluster):
    """It does not run, has no probe, or is not there."""
    cluster.create(script_pod("p", "--run=1s", restart="Never"))
    cluster.create(script_pod("q"))
    cluster.advance("5s")
    with pytest.raises(kemu.errors.UsageError, match="does not run"):
        cluster.container("pod/p").crash()
    with pytest.raises(kemu.errors.UsageError, match="has no readinessProbe"):
        cluster.container("pod/q").unready()
    with pytest.raises(kemu.errors.BadRequest, match="not valid"):
        cluster.container("pod/q", "other")
