"""What the examples of the official client do, in process on the cluster's clock and over HTTP."""

import json
import time

import pytest

import kemu

kubernetes = pytest.importorskip("kubernetes")
pytest.importorskip("time_machine")
pytest.importorskip("aiohttp", reason="aiohttp is not installed: pip install 'kemu[server]'")

TRIES = 100


@pytest.fixture(params=["in process", "served"])
def client(request):
    """The client's own module, which is led to a cluster one way or the other."""
    cluster = kemu.Cluster(nodes=2)
    cluster.metrics.nominal()
    if request.param == "in process":
        with kemu.mock_kubernetes(cluster), kemu.virtual_time(cluster):
            kubernetes.config.load_kube_config()
            yield kubernetes.client
        return
    before = kubernetes.client.Configuration._default
    with cluster.serve() as server:
        kubernetes.config.load_kube_config(server.kubeconfig)
        yield kubernetes.client
    kubernetes.client.Configuration.set_default(before)


def until(check):
    """Look every second until something is there, as scripts do."""
    for _ in range(TRIES):
        found = check()
        if found:
            return found
        time.sleep(1)
    raise AssertionError("it never came")


def template(app, image="redis", **spec):
    return {"metadata": {"labels": {"app": app}}, "spec": {"containers": [{"name": app, "image": image}], **spec}}


def test_a_daemon_set_is_rolled_back_to_a_revision(client):
    """`rollout-daemonset.py`: a revision's data is a patch of its owner."""
    apps = client.AppsV1Api()
    spec = {"selector": {"matchLabels": {"app": "redis"}}, "template": template("redis", "redis")}
    body = {"metadata": {"name": "redis"}, "spec": spec}
    apps.create_namespaced_daemon_set("default", body)
    until(lambda: apps.read_namespaced_daemon_set("redis", "default").status.number_ready == 2)
    spec["template"] = template("redis", "redis:6.2")
    apps.patch_namespaced_daemon_set("redis", "default", body)

    def revisions():
        found = apps.list_namespaced_controller_revision("default").items
        return sorted(found, key=lambda each: each.revision) if len(found) == 2 else None

    first, _ = until(revisions)
    apps.patch_namespaced_daemon_set(
        "redis", "default", apps.read_namespaced_controller_revision(first.metadata.name, "default").data
    )
    found = until(lambda: apps.read_namespaced_daemon_set("redis", "default"))
    assert found.spec.template.spec.containers[0].image == "redis"
    until(lambda: apps.read_namespaced_daemon_set("redis", "default").status.updated_number_scheduled == 2)


def test_a_cron_job_is_made_changed_and_deleted(client):
    """`cronjob_crud.py`: raw answers, and a patch with a whole body."""
    batch = client.BatchV1Api()
    job = {"spec": {"template": template("hello", "busybox", restartPolicy="Never")}}
    body = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "hello", "namespace": "default"},
        "spec": {"schedule": "*/1 * * * *", "suspend": False, "jobTemplate": job},
    }
    batch.create_namespaced_cron_job("default", body, pretty="true", _preload_content=False, async_req=False)
    body["spec"]["schedule"] = "*/2 * * * *"
    batch.patch_namespaced_cron_job("hello", "default", body, pretty="true", _preload_content=False)
    raw = batch.list_namespaced_cron_job("default", pretty="true", _preload_content=False).data
    assert b"\n" in raw.strip() and json.loads(raw)["items"][0]["spec"]["schedule"] == "*/2 * * * *"
    batch.delete_namespaced_cron_job("hello", "default", pretty="true", _preload_content=False)
    assert batch.list_namespaced_cron_job("default").items == []


def test_nodes_are_labelled_and_metrics_read(client):
    """`node_labels.py` and `metrics_example.py`."""
    core = client.CoreV1Api()
    for node in core.list_node().items:
        core.patch_node(node.metadata.name, {"metadata": {"labels": {"foo": "bar", "baz": None}}})
    assert {node.metadata.labels["foo"] for node in core.list_node().items} == {"bar"}
    metrics = until(
        lambda: client.CustomObjectsApi().list_cluster_custom_object("metrics.k8s.io", "v1beta1", "nodes")["items"]
    )
    assert len(metrics) == 2 and all(each["usage"]["cpu"] for each in metrics)


def test_a_server_says_which_apis_it_has(client):
    """`api_discovery.py` and `dynamic-client/request_timeout.py`."""
    groups = {
        group.name: [each.version for each in group.versions] for group in client.ApisApi().get_api_versions().groups
    }
    assert groups["apps"] == ["v1"] and client.CoreApi().get_api_versions().versions == ["v1"]
    dynamic = kubernetes.dynamic.DynamicClient(client.ApiClient())
    nodes = dynamic.resources.get(api_version="v1", kind="Node")
    assert len(nodes.get(_request_timeout=(5, 10)).items) == 2
    answer = dynamic.request(
        "GET",
        "/api/v1/nodes",
        header_params={"Accept": "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"},
    )
    assert answer.kind == "PartialObjectMetadataList"


def test_a_command_is_run_and_talked_to(client):
    """`pod_exec.py`, with and without somebody at the other end, and `pod_logs.py`."""
    core = client.CoreV1Api()
    container = {"name": "sleep", "image": "busybox", "args": ["/bin/sh", "-c", "while true; do date; sleep 5; done"]}
    core.create_namespaced_pod("default", {"metadata": {"name": "busybox"}, "spec": {"containers": [container]}})
    until(lambda: core.read_namespaced_pod("busybox", "default").status.phase == "Running")
    both = ["/bin/sh", "-c", "echo to stderr >&2; echo to stdout"]
    wanted = {"stderr": True, "stdin": False, "stdout": True, "tty": False}
    text = kubernetes.stream.stream(core.connect_get_namespaced_pod_exec, "busybox", "default", command=both, **wanted)
    assert sorted(text.split("\n")) == ["", "to stderr", "to stdout"]
    talk = kubernetes.stream.stream(
        core.connect_get_namespaced_pod_exec,
        "busybox",
        "default",
        command=["/bin/sh"],
        **{**wanted, "stdin": True},
        _preload_content=False,
    )
    talk.write_stdin("date +%Y\n")
    assert talk.readline_stdout(timeout=3).isdigit()
    talk.write_stdin("whoami\n")
    assert talk.readline_stdout(timeout=3) == "root"
    talk.write_stdin("exit 3\n")
    talk.run_forever(timeout=3)
    assert talk.returncode == 3
    assert core.read_namespaced_pod_log("busybox", "default", tail_lines=1).count("\n") == 1


def test_a_watch_goes_on_where_it_was(client):
    """`watch/watch_recovery.py`: from the last version that was seen."""
    core = client.CoreV1Api()
    made = [core.create_namespaced_config_map("default", {"metadata": {"name": name}}) for name in ("a", "b", "c")]
    seen = []
    for event in kubernetes.watch.Watch().stream(
        core.list_namespaced_config_map,
        "default",
        resource_version=made[0].metadata.resource_version,
        timeout_seconds=1,
        allow_watch_bookmarks=True,
    ):
        if event["type"] != "BOOKMARK":
            seen.append((event["type"], event["object"].metadata.name))
    assert seen == [("ADDED", "b"), ("ADDED", "c")]
