"""Objects of another cluster, taken as they are, and what runs on its nodes."""

import json

import pytest
import yaml

import kemu
from kemu.errors import KemuWarning, ManifestError
from kemu.objects import evolve

PATHS = (
    "/api/v1/namespaces",
    "/api/v1/nodes",
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/replicasets",
    "/api/v1/pods",
    "/api/v1/services",
)
WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      initContainers: [{name: first, image: busybox, command: ["true"]}]
      containers: [{name: c, image: nginx, readinessProbe: {httpGet: {port: 80}}}]
---
apiVersion: v1
kind: Pod
metadata: {name: crash}
spec: {containers: [{name: c, image: busybox, command: [sh, -c, "sleep 1; exit 3"]}]}
"""


@pytest.fixture
def real():
    """A cluster that stands for a real one: two pods run, one crashes."""
    cluster = kemu.Cluster(nodes=2, seed=1)
    cluster.apply(WEB)
    cluster.wait("deployment/web", "condition=Available", timeout="1m")
    cluster.advance("2m")
    return cluster


@pytest.fixture
def dump(real):
    """What `kubectl get -A -o yaml` says of it, a list for each kind."""
    return dumped(real)


def dumped(cluster):
    return [json.loads(cluster.request("GET", path).body) for path in PATHS]


def new(cluster, **more):
    """An empty cluster that begins when another one is."""
    start = "2000-01-01T00:" + f"{int(cluster.now // 60):02}:{int(cluster.now % 60):02}Z"
    return kemu.Cluster(nodes=0, seed=9, start=start, **more)


def alike(one, other):
    """Whether two objects are the same but for their revision, which is the store's."""
    return evolve(one, {"metadata.resourceVersion": "", "metadata.managedFields": ()}) == evolve(
        other, {"metadata.resourceVersion": "", "metadata.managedFields": ()}
    )


def test_objects_are_restored_as_they_were(real, dump):
    """Status, uids, times, owners; also once all controllers and kubelets have looked at what does not crash."""
    cluster = new(real)
    cluster.restore(dump)
    for labels in ("", "app=web"):
        for kind in ("deployments", "replicasets", "pods"):
            before, after = (
                each.list(kind, label_selector=labels if kind == "pods" else "") for each in (real, cluster)
            )
            assert [each.metadata.name for each in after] == [each.metadata.name for each in before]
            assert all(map(alike, before, after)), kind
        cluster.settle()
    for before, after in zip(real.list("nodes"), cluster.list("nodes"), strict=True):  # but for their heartbeats
        assert before.metadata.uid == after.metadata.uid and before.spec == after.spec
        assert before.status.addresses == after.status.addresses


def test_managed_fields_are_restored(real, dump):
    """They are the client's in every other write."""
    cluster = new(real)
    cluster.restore(dump)
    before, after = (each.get("deployment/web").metadata.managed_fields for each in (real, cluster))
    assert [(each.manager, each.operation, each.time) for each in after] == [
        (each.manager, each.operation, each.time) for each in before
    ]


def test_what_runs_goes_on(real, dump):
    """No status is written, no container started; nobody is evicted in ten minutes; exec, scaling and deletion work."""
    cluster = new(real)
    cluster.restore(dump)
    before = cluster.store.revision
    cluster.advance("10m")
    names = {pod.metadata.name for pod in real.list("pods", label_selector="app=web")}
    assert not [change for change in cluster.history("pods", since=before + 1) if change.name in names]
    name = sorted(names)[0]
    assert cluster.exec(name, ["hostname"]).output == f"{name}\n"
    cluster.scale("deployment/web", 1)
    cluster.advance("1m")
    assert len(cluster.list("pods", label_selector="app=web")) == 1
    cluster.parts.kubelets.state.check()
    cluster.runtime.check()


def test_a_crash_loop_goes_on_where_it_was(real, dump):
    """With its restarts, and the end of the last attempt."""
    cluster = new(real)
    cluster.restore(dump)
    count = real.get("pod/crash").status.container_statuses[0].restart_count
    for each in (real, cluster):
        each.run_until(lambda c: c.get("pod/crash").status.container_statuses[0].restart_count == count + 1)
    ends = [each.get("pod/crash").status.container_statuses[0].last_state.terminated for each in (real, cluster)]
    assert ends[0] == ends[1] and ends[0].exit_code == 3


def test_a_container_that_was_taken_over_is_restarted_like_any_other(real, dump):
    """It counts one more restart, and the attempt that was taken over is the last."""
    cluster = new(real)
    cluster.restore(dump)
    cluster.settle()
    pod = cluster.list("pods", label_selector="app=web")[0]
    id = pod.status.container_statuses[0].container_id
    cluster.container(pod).crash(5)
    cluster.advance("5s")
    status = cluster.get(pod).status.container_statuses[0]
    assert status.restart_count == 1 and status.state.running and status.container_id != id
    assert status.last_state.terminated.exit_code == 5 and status.last_state.terminated.container_id == id


def test_a_node_that_was_not_ready_has_no_kubelet(real):
    """Its pods are evicted as they would have been."""
    real.node("node-1").crash()
    real.wait("node/node-1", "condition=Ready=Unknown", timeout="2m")
    cluster = new(real)
    cluster.restore(dumped(real))
    cluster.advance("10m")
    ready = {each.metadata.name: each.status.conditions[-1].status for each in cluster.list("nodes")}
    assert ready == {"node-0": "True", "node-1": "Unknown"}
    assert {pod.spec.node_name for pod in cluster.list("pods") if not pod.metadata.deletion_timestamp} == {"node-0"}


def test_new_nodes_have_other_names(real, dump):
    """Those of the dump are taken."""
    cluster = new(real)
    cluster.restore(dump)
    assert cluster.add_node().name == "node-2"


def test_a_pod_without_its_config_still_runs(real):
    """A dump without the Secret that its volume and environment name."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {
            "volumes": [{"name": "v", "secret": {"secretName": "s"}}],
            "containers": [
                {
                    "name": "c",
                    "image": "nginx",
                    "envFrom": [{"secretRef": {"name": "s"}}],
                    "volumeMounts": [{"name": "v", "mountPath": "/v"}],
                }
            ],
        },
    }
    real.apply([{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"A": "b"}}, pod])
    real.wait("pod/p", "condition=Ready", timeout="1m")
    cluster = new(real)
    cluster.restore(dumped(real))
    cluster.advance("2m")
    assert alike(cluster.get("pod/p"), real.get("pod/p"))


def test_a_definition_and_its_instances_come_in_any_order():
    """The definition is restored first, with its status."""
    real = kemu.Cluster(nodes=0)
    real.apply(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "widgets.example.com"},
            "spec": {
                "group": "example.com",
                "scope": "Namespaced",
                "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
                "versions": [
                    {
                        "name": "v1",
                        "served": True,
                        "storage": True,
                        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                    }
                ],
            },
        }
    )
    real.apply({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "size": 3})
    texts = [
        json.loads(real.request("GET", path).body)
        for path in (
            "/apis/example.com/v1/widgets",
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com",
        )
    ]
    cluster = kemu.Cluster(nodes=0)
    cluster.restore("---\n".join(map(yaml.safe_dump, texts)))
    assert cluster.get("widget/w").metadata.uid == real.get("widget/w").metadata.uid
    assert json.loads(cluster.request("GET", "/apis/example.com/v1/namespaces/default/widgets/w").body)["size"] == 3


def test_a_namespace_that_is_missing_is_made_and_one_that_is_there_is_replaced():
    """Objects need one to be found, and deleted with."""
    cluster = kemu.Cluster(nodes=0)
    uid = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
    default = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default", "uid": uid}}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "other"}}
    cluster.restore([config, default])
    assert cluster.get("namespace/default").metadata.uid == uid
    assert cluster.get("namespace/other").status.phase == "Active"


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"kind": "Widget", "apiVersion": "example.com/v1", "metadata": {"name": "w"}}, 'no matches for kind "Widget"'),
        ({"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {"name": "t"}}, "are not kept"),
        ({"kind": "Pod", "apiVersion": "v1", "metadata": {}}, "what is restored has a name"),
        ({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p"}, "spec": 5}, "Pod p: "),
    ],
)
def test_what_cannot_be_restored_is_said_before_anything_is_stored(document, text):
    """All or nothing."""
    cluster = kemu.Cluster(nodes=0)
    before = cluster.state_hash()
    with pytest.raises(ManifestError, match=text):
        cluster.restore([{"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "c"}}, document])
    assert cluster.state_hash() == before


def test_what_has_lost_its_owner_is_warned_of(real):
    """A dump of pods alone: the garbage collector does what it would do in a real cluster."""
    pods = json.loads(real.request("GET", "/api/v1/pods?labelSelector=app%3Dweb").body)
    cluster = new(real)
    with pytest.warns(KemuWarning, match="garbage collector will delete them"):
        cluster.restore(pods)
    cluster.advance("2m")
    assert not cluster.list("pods")


def test_a_restored_cluster_can_be_forked_pickled_and_hashed(real, dump):
    """Also while its kubelets have not yet seen what runs."""
    import pickle

    cluster = new(real)
    cluster.restore(dump)
    twins = (cluster.fork(), pickle.loads(pickle.dumps(cluster)))
    for each in (cluster, *twins):
        each.advance("5m")
    assert {each.digest() for each in twins} == {cluster.digest()}
    assert {each.state_hash() for each in twins} == {cluster.state_hash()}
