"""Static pods: what a kubelet runs by itself, and the mirror pods by which it shows them."""

import pickle

import pytest

import kemu
from tests.scenarios.manifests import script_pod


@pytest.fixture
def cluster():
    return kemu.Cluster(nodes=2)


def images(cluster):
    """What runs on the machines."""
    found = [each for sandbox in cluster.runtime.sandboxes() for each in cluster.runtime.containers(sandbox.id)]
    return sorted(each.image for each in found if each.state == "running")


def test_a_manifest_on_a_machine_runs_and_is_shown(cluster):
    """The pod is named after its node, belongs to it, and its node has no mind to drive it out."""
    cluster.node("node-1").static_pods.add(script_pod("web"))
    cluster.wait("pod/web-node-1", "condition=Ready")
    pod = cluster.get("pod/web-node-1")
    assert pod.metadata.annotations["kubernetes.io/config.mirror"] != pod.metadata.uid
    assert [(owner.kind, owner.name) for owner in pod.metadata.owner_references] == [("Node", "node-1")]
    assert (pod.spec.tolerations[0].operator, pod.spec.tolerations[0].effect) == ("Exists", "NoExecute")
    assert cluster.logs("web-node-1") is not None and cluster.exec("web-node-1", ["true"]).exit_code == 0
    assert list(cluster.node("node-1").static_pods) == ["default/web-node-1"]


def test_a_mirror_pod_that_is_deleted_comes_back_at_once(cluster):
    """The containers of the static pod know nothing of it."""
    cluster.node("node-0").static_pods.add(script_pod("web"))
    cluster.wait("pod/web-node-0", "condition=Ready")
    before = cluster.get("pod/web-node-0")
    cluster.delete("pod/web-node-0")
    cluster.settle()
    cluster.wait("pod/web-node-0", "condition=Ready", timeout="2s")
    after = cluster.get("pod/web-node-0")
    assert after.metadata.uid != before.metadata.uid
    assert after.status.container_statuses[0].container_id == before.status.container_statuses[0].container_id


def test_a_manifest_that_goes_takes_its_pod_along(cluster):
    """First the containers stop, then the mirror pod goes."""
    pods = cluster.node("node-0").static_pods
    pods.add(script_pod("web", "--stop=5s"))
    cluster.wait("pod/web-node-0", "condition=Ready")
    pods.remove("web")
    cluster.advance("4s")
    assert cluster.get("pod/web-node-0").status.phase == "Running" and images(cluster) == ["kemu/script:1"]
    cluster.advance("6s")
    assert cluster.list("pods") == () and images(cluster) == []
    with pytest.raises(kemu.errors.UsageError, match="no static pod 'web'"):
        pods.remove("web")


def test_a_manifest_that_changes_is_another_pod(cluster):
    """It comes when the old one has gone, and so does its mirror pod; forks and pickles go on alike."""
    pods = cluster.node("node-0").static_pods
    pods.add(script_pod("web"))
    cluster.wait("pod/web-node-0", "condition=Ready")
    pods.add(script_pod("web", container={"image": "kemu/script:2"}))
    twins = [cluster, cluster.fork(), pickle.loads(pickle.dumps(cluster))]
    for one in twins:
        one.advance("20s")
        assert one.get("pod/web-node-0").spec.containers[0].image == "kemu/script:2"
        assert images(one) == ["kemu/script:2"]
    assert len({one.digest() for one in twins}) == 1


def test_static_pods_live_without_an_api_server(cluster):
    """A machine that nobody reaches runs them, and a machine that is started anew begins with them."""
    node = cluster.node("node-0")
    node.partition()
    node.static_pods.add(script_pod("web"))
    cluster.advance("5s")
    assert images(cluster) == ["kemu/script:1"] and cluster.list("pods") == ()
    node.heal()
    cluster.advance("30s")
    node.crash()
    assert images(cluster) == []
    node.boot()
    cluster.advance("5s")
    assert images(cluster) == ["kemu/script:1"]


def test_a_manifest_that_goes_while_its_kubelet_does_not_run_is_missed_later(cluster):
    """The kubelet looks at the manifests when it starts."""
    node = cluster.node("node-0")
    node.static_pods.add(script_pod("web"))
    cluster.advance("5s")
    node.stop_kubelet()
    node.static_pods.remove("web")
    cluster.advance("5s")
    assert images(cluster) == ["kemu/script:1"]
    node.start_kubelet()
    cluster.advance("10s")
    assert images(cluster) == [] and cluster.list("pods") == ()


@pytest.mark.parametrize("manifest", ["kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}", {"spec": {}}, 7])
def test_what_is_no_pod_is_refused(cluster, manifest):
    """A real kubelet writes it to its log; here it is a mistake of the test."""
    with pytest.raises(kemu.errors.ManifestError, match="one Pod that has a name"):
        cluster.node("node-0").static_pods.add(manifest)
