"""The Python clients of Kubernetes, unchanged, against a cluster in the same process."""

import asyncio

import pytest

import kemu
from kemu.errors import UsageError

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {"containers": [{"name": "c", "image": "nginx"}]},
}


@pytest.fixture
def inside(mock_kubernetes):
    return mock_kubernetes


# kubernetes


@pytest.fixture
def official(inside):
    kubernetes = pytest.importorskip("kubernetes")
    kubernetes.config.load_kube_config()
    return kubernetes


def test_the_official_client_creates_lists_patches_and_deletes(official, inside):
    core = official.client.CoreV1Api()
    assert core.create_namespaced_pod("default", POD).metadata.name == "web"
    inside.advance("5s")
    (pod,) = core.list_namespaced_pod("default", label_selector="app=web").items
    assert pod.status.phase == "Running" and inside.get("pod/web").status.phase == "Running"
    core.patch_namespaced_pod("web", "default", {"metadata": {"labels": {"a": "b"}}})
    assert inside.get("pod/web").metadata.labels == {"app": "web", "a": "b"}
    core.delete_namespaced_pod("web", "default", grace_period_seconds=0)
    with pytest.raises(official.client.ApiException) as caught:
        core.read_namespaced_pod("web", "default")
    assert caught.value.status == 404 and caught.value.reason


def test_a_watch_of_the_official_client_lets_time_pass(official, inside):
    core, phases = official.client.CoreV1Api(), []
    core.create_namespaced_pod("default", POD)
    for event in official.watch.Watch().stream(core.list_namespaced_pod, "default", timeout_seconds=60):
        phases.append(event["object"].status.phase)
        if phases[-1] == "Running":
            break
    assert phases[0] == "Pending" and 0 < inside.now < 10


def test_the_dynamic_client_and_utils_find_what_is_served(official, inside, tmp_path):
    (tmp_path / "pod.yaml").write_text(__import__("json").dumps(POD))
    api = official.client.ApiClient()
    official.utils.create_from_yaml(api, str(tmp_path / "pod.yaml"))
    dynamic = pytest.importorskip("kubernetes.dynamic").DynamicClient(api)
    pods = dynamic.resources.get(api_version="v1", kind="Pod")
    assert [pod.metadata.name for pod in pods.get(namespace="default").items] == ["web"]


WIDGETS = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
        ],
    },
}


@pytest.mark.parametrize("scope", ["Namespaced", "Cluster"])
def test_the_dynamic_client_knows_only_what_its_own_cluster_serves(official, inside, scope):
    """It keeps what it has found in a file, by an address that all clusters in a process share."""
    inside.apply({**WIDGETS, "spec": {**WIDGETS["spec"], "scope": scope}})
    client = pytest.importorskip("kubernetes.dynamic").DynamicClient(official.client.ApiClient())
    widgets = client.resources.get(api_version="example.com/v1", kind="Widget")
    body = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}
    made = widgets.create(body=body, namespace="default" if scope == "Namespaced" else None)
    assert made.metadata.namespace == ("default" if scope == "Namespaced" else None)


def test_a_log_is_read_and_followed(official, inside):
    command = ["sh", "-c", "for i in 1 2 3; do echo $i; sleep 1; done"]
    container = {"name": "c", "image": "busybox", "command": command}
    inside.apply({**POD, "spec": {"containers": [container], "restartPolicy": "Never"}})
    inside.advance("2s")
    core = official.client.CoreV1Api()
    answer = core.read_namespaced_pod_log("web", "default", follow=True, _preload_content=False)
    assert b"".join(answer.stream()) == b"1\n2\n3\n"
    assert core.read_namespaced_pod_log("web", "default") == "1\n2\n3\n"


def test_in_cluster_configuration_leads_to_the_cluster(official, inside):
    official.config.load_incluster_config()
    assert len(official.client.CoreV1Api().list_node().items) == len(inside.list("nodes"))


def test_another_context_is_another_cluster(cluster):
    kubernetes = pytest.importorskip("kubernetes")
    other = kemu.Cluster(nodes=1)
    with kemu.mock_kubernetes(cluster, {"prod": other}):
        kubernetes.config.load_kube_config(context="prod")
        kubernetes.client.CoreV1Api().create_namespaced_pod("default", POD)
        assert [each["name"] for each in kubernetes.config.list_kube_config_contexts()[0]] == ["kemu", "prod"]
    assert other.get("pod/web") and not cluster.list("pods")


def test_no_other_server_is_reached(official):
    configuration = official.client.Configuration(host="https://10.0.0.1:6443")
    with pytest.raises(UsageError, match=r"https://10\.0\.0\.1:6443/api/v1/nodes is not in the simulated cluster"):
        official.client.CoreV1Api(official.client.ApiClient(configuration)).list_node()


def test_everything_is_put_back(cluster):
    rest = pytest.importorskip("kubernetes.client.rest")
    before = dict(vars(rest.RESTClientObject))
    with kemu.mock_kubernetes(cluster):
        assert "pool_manager" in vars(rest.RESTClientObject)
        with pytest.raises(UsageError, match="in use already"), kemu.mock_kubernetes(cluster):
            pass
    assert dict(vars(rest.RESTClientObject)) == before


def test_it_decorates_a_function(cluster):
    kubernetes = pytest.importorskip("kubernetes")

    @kemu.mock_kubernetes(cluster)
    def nodes():
        kubernetes.config.load_config()
        return len(kubernetes.client.CoreV1Api().list_node().items)

    assert nodes() == nodes() == len(cluster.list("nodes"))


# pykube


def test_pykube_creates_and_reads(inside):
    pykube = pytest.importorskip("pykube")
    api = pykube.HTTPClient(pykube.KubeConfig.from_env())
    pykube.Pod(api, POD).create()
    inside.advance("5s")
    pod = pykube.Pod.objects(api).filter(namespace="default").get(name="web")
    assert pod.ready and [event.type for event in zip_first(pykube.Pod.objects(api).watch())] == ["ADDED"]
    pod.delete()
    inside.advance("1m")
    assert not inside.list("pods")


def zip_first(stream):
    """The first item of a stream."""
    return [next(iter(stream))]


# lightkube


def test_lightkube_creates_waits_and_watches(inside):
    lightkube = pytest.importorskip("lightkube")
    core = pytest.importorskip("lightkube.resources.core_v1")
    client = lightkube.Client()
    client.create(core.Pod.from_dict(POD))
    ready = client.wait(core.Pod, "web", for_conditions=["Ready"])
    assert ready.status.phase == "Running"
    assert [pod.metadata.name for pod in client.list(core.Pod, namespace="default")] == ["web"]
    with pytest.raises(lightkube.ApiError) as caught:
        client.get(core.Pod, "none")
    assert caught.value.status.code == 404 and caught.value.status.reason == "NotFound"


def test_lightkube_works_with_asyncio(inside):
    lightkube = pytest.importorskip("lightkube")
    core = pytest.importorskip("lightkube.resources.core_v1")

    async def main():
        client = lightkube.AsyncClient()
        await client.create(core.Pod.from_dict(POD))
        async for _, pod in client.watch(core.Pod, namespace="default"):
            if pod.status.phase == "Running":
                break

    asyncio.run(main())
    assert inside.get("pod/web").status.phase == "Running"


def test_the_log_of_requests_tells_what_was_asked(official, inside):
    official.client.CoreV1Api().list_node()
    asked = inside.request_log()[-1]
    assert (asked.method, asked.path, asked.status) == ("GET", "/api/v1/nodes", 200)
    assert asked.agent.startswith("OpenAPI-Generator/") or "kubernetes" in asked.agent.lower()
    assert str(asked).startswith("GET /api/v1/nodes 200")


# kr8s


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_kr8s_creates_and_waits(inside):
    kr8s = pytest.importorskip("kr8s")
    pods = pytest.importorskip("kr8s.objects")
    pod = pods.Pod(POD)
    pod.create()
    pod.wait("condition=Ready")
    assert [each.name for each in kr8s.get("pods", namespace="default")] == ["web"]
    assert inside.get("pod/web").status.phase == "Running"
