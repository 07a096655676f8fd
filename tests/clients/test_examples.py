"""The operator of `examples/` that lightkube runs, and what the official client's examples do, in virtual time."""

import importlib.util
import threading
import time
from pathlib import Path

import pytest

import kemu
from kemu.testing.requests import asked, assert_asked, assert_not_asked

pytest.importorskip("time_machine")
EXAMPLES = Path(__file__).parents[2] / "examples" / "operators"

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "nginx"},
    "spec": {
        "replicas": 3,
        "selector": {"matchLabels": {"app": "nginx"}},
        "template": {
            "metadata": {"labels": {"app": "nginx"}},
            "spec": {"containers": [{"name": "nginx", "image": "nginx:1.15.4", "ports": [{"containerPort": 80}]}]},
        },
    },
}


@pytest.fixture
def inside(mock_kubernetes):
    """A cluster to which clients are led, and whose time is theirs."""
    with kemu.virtual_time(mock_kubernetes):
        yield mock_kubernetes


def namespace(name, **labels):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def test_the_operator_written_with_lightkube(inside):
    """It runs in a thread, as it would in a process of its own, and the test goes on beside it."""
    pytest.importorskip("lightkube")
    spec = importlib.util.spec_from_file_location("tenant_operator", EXAMPLES / "tenant_operator.py")
    operator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(operator)
    threading.Thread(target=operator.main, daemon=True).start()
    inside.apply(namespace("one", team="a"))
    inside.apply(namespace("other"))
    inside.advance("10s")
    inside.apply(namespace("two", team="b", pods="3"))
    inside.advance("1h")
    assert str(inside.get("resourcequota/team", namespace="two").spec.hard["pods"]) == "3"
    assert inside.get("rolebinding/team", namespace="one").subjects[0].name == "a"
    assert inside.get("namespace/two").metadata.annotations["tenant"] == "ready"
    assert not inside.list("resourcequotas", namespace="other")
    assert_asked(inside, "PATCH /api/v1/namespaces/two/resourcequotas/team", status=201, times=1, agent="python-httpx*")
    assert_not_asked(inside, "DELETE *")


def test_what_was_asked_is_told_where_an_assertion_fails(cluster):
    """With the latest requests, and how often it was asked."""
    with pytest.raises(AssertionError, match="nothing was asked at all"):
        assert_asked(cluster, "GET /healthz")
    cluster.request("GET", "/healthz", {"User-Agent": "me"})
    assert [each.path for each in asked(cluster, "* /health?", agent="m*")] == ["/healthz"]
    with pytest.raises(AssertionError, match=r"asked 1 times, not 2 times; .*\n  GET /healthz 200 me"):
        assert_asked(cluster, "GET /healthz", times=2)
    with pytest.raises(AssertionError):
        assert_not_asked(cluster, "GET *")


# What the examples of the official client do


@pytest.fixture
def official(inside):
    kubernetes = pytest.importorskip("kubernetes")
    kubernetes.config.load_kube_config()
    return kubernetes


def test_a_deployment_is_created_updated_restarted_and_deleted(official, inside):
    """`deployment_crud.py`: waits by looking every second."""
    apps = official.client.AppsV1Api()
    apps.create_namespaced_deployment("default", DEPLOYMENT)

    def wait_for(image):
        while True:
            found = apps.read_namespaced_deployment("nginx", "default")
            status = found.status
            if (status.observed_generation or 0) >= found.metadata.generation and status.updated_replicas == 3:
                if status.available_replicas == 3 and found.spec.template.spec.containers[0].image == image:
                    return found
            time.sleep(1)

    found = wait_for("nginx:1.15.4")
    found.spec.template.spec.containers[0].image = "nginx:1.16.0"
    apps.patch_namespaced_deployment("nginx", "default", found)
    wait_for("nginx:1.16.0")
    options = official.client.V1DeleteOptions(propagation_policy="Foreground", grace_period_seconds=5)
    apps.delete_namespaced_deployment("nginx", "default", body=options)
    while inside.list("pods"):
        time.sleep(1)
    assert 0 < inside.now < 120


def test_a_job_runs_to_its_end(official, inside):
    """`job_crud.py`."""
    batch = official.client.BatchV1Api()
    command = ["sh", "-c", "sleep 20; echo 3.14"]
    template = {
        "spec": {"restartPolicy": "Never", "containers": [{"name": "pi", "image": "busybox", "command": command}]}
    }
    batch.create_namespaced_job("default", {"metadata": {"name": "pi"}, "spec": {"template": template}})
    while not batch.read_namespaced_job_status("pi", "default").status.succeeded:
        time.sleep(1)
    (pod,) = official.client.CoreV1Api().list_namespaced_pod("default", label_selector="job-name=pi").items
    assert official.client.CoreV1Api().read_namespaced_pod_log(pod.metadata.name, "default").strip() == "3.14"
    assert 20 <= inside.now < 30


def test_a_shared_informer_follows_in_a_thread(official, inside):
    """Its thread watches, re-lists and ends in virtual time; events come in their order."""
    informer_of = pytest.importorskip("kubernetes.informer").SharedInformer
    core, told = official.client.CoreV1Api(), []
    informer = informer_of(list_func=core.list_namespaced_config_map, namespace="default", resync_period=300)
    informer.add_event_handler("ADDED", lambda obj: told.append(("ADDED", obj.metadata.name, inside.now)))
    informer.add_event_handler("DELETED", lambda obj: told.append(("DELETED", obj.metadata.name, inside.now)))
    informer.start()
    time.sleep(60)
    core.create_namespaced_config_map("default", {"metadata": {"name": "a"}})
    time.sleep(60)
    core.delete_namespaced_config_map("a", "default")
    time.sleep(600)
    assert [each for each in told if each[1] == "a"] == [("ADDED", "a", 60), ("DELETED", "a", 120)]
    informer.stop()
    assert not any(thread.name.startswith("SharedInformer") for thread in threading.enumerate())


def test_candidates_in_threads_elect_a_leader(official, inside):
    """`leaderelection`: the second leads once the lease of the first is over, and not earlier."""
    election = pytest.importorskip("kubernetes.leaderelection.leaderelection")
    locks = pytest.importorskip("kubernetes.leaderelection.resourcelock.configmaplock")
    config = pytest.importorskip("kubernetes.leaderelection.electionconfig")
    led = []

    class Failing(locks.ConfigMapLock):
        """Of a candidate who loses touch after a minute."""

        def update(self, *args):
            return inside.now < 60 and super().update(*args)

    def candidate(name, kind):
        lock = kind("lock", "default", name)
        wanted = config.Config(
            lock,
            lease_duration=17,
            renew_deadline=15,
            retry_period=5,
            onstarted_leading=lambda: led.append((name, inside.now)),
            onstopped_leading=None,
        )
        election.LeaderElection(wanted).run()

    for each in (("first", Failing), ("second", locks.ConfigMapLock)):
        threading.Thread(target=candidate, args=each, daemon=True).start()
    inside.advance("1m")
    assert led == [("first", 0)]
    inside.advance("1m")
    (_, (name, at)) = led
    assert name == "second" and 70 <= at <= 85


def test_a_real_configuration_is_never_read(inside, tmp_path, monkeypatch):
    """Nor a kubeconfig that a program names itself: that leads to the cluster, too."""
    kubernetes = pytest.importorskip("kubernetes")
    real = tmp_path / "config"
    real.write_text("{apiVersion: v1, clusters: [{name: real, cluster: {server: 'https://10.0.0.1'}}]}")
    kubernetes.config.load_kube_config(config_file=str(real))
    assert kubernetes.client.Configuration.get_default_copy().host == "http://kemu.kemu.invalid"
    assert len(kubernetes.client.CoreV1Api().list_node().items) == 3
