"""Volumes that are attached to a node before a pod there has them."""

import pickle

import pytest

import kemu

DRIVER = "disk.example.com"


@pytest.fixture
def world():
    cluster = kemu.Cluster(nodes=2)
    cluster.storage.provisioner(DRIVER, default_class="fast", attaches="2s")
    cluster.settle()
    return cluster


def claim(name="data", mode="ReadWriteOnce"):
    """A claim of the default class."""
    spec = {"accessModes": [mode], "resources": {"requests": {"storage": "1Gi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def pod(name, node="node-0", of="data", **metadata):
    """A pod on a node that mounts a claim."""
    container = {"name": "c", "image": "nginx", "volumeMounts": [{"name": "v", "mountPath": "/data"}]}
    volume = {"name": "v", "persistentVolumeClaim": {"claimName": of}}
    spec = {"nodeSelector": {"kubernetes.io/hostname": node}, "containers": [container], "volumes": [volume]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **metadata}, "spec": spec}


def attached(cluster):
    """Which node has a volume, by the attachments and by what the nodes show."""
    found = [(each.spec.node_name, bool(each.status.attached)) for each in cluster.list("volumeattachments")]
    shown = [(node.metadata.name, len(node.status.volumes_attached)) for node in cluster.list("nodes")]
    return found, [name for name, count in shown for _ in range(count)]


def said(cluster, name):
    """The reasons of the events about a pod."""
    return [event.reason for event in cluster.events(f"pod/{name}")]


def test_a_pod_waits_until_its_volume_is_attached(world):
    world.apply([claim(), pod("p")])
    world.advance("1s")
    assert attached(world) == ([("node-0", False)], [])
    assert world.get("pod", "p").status.phase == "Pending"
    fork = pickle.loads(pickle.dumps(world.fork()))
    for cluster in (world, fork):
        cluster.wait("pod/p", "condition=Ready")
        assert attached(cluster) == ([("node-0", True)], ["node-0"])
        assert 2.0 <= cluster.now < 6.0
        [event] = [each for each in cluster.events("pod/p") if each.reason == "SuccessfulAttachVolume"]
        volume = cluster.get("pvc", "data").spec.volume_name
        assert event.message == f'AttachVolume.Attach succeeded for volume "{volume}" '
        assert event.source.component == "attachdetach-controller"
        assert "FailedMount" not in said(cluster, "p")
    [node] = [each for each in world.list("nodes") if each.status.volumes_attached]
    assert node.status.volumes_attached[0].name == f"kubernetes.io/csi/{DRIVER}^{volume}"
    assert world.digest() == fork.digest()


def test_it_is_detached_when_no_pod_wants_it_there(world):
    world.apply([claim(), pod("p")])
    world.wait("pod/p", "condition=Ready")
    world.delete("pod/p")
    world.advance("1s")
    assert attached(world)[1] == []
    world.advance("5s")
    assert attached(world) == ([], [])
    world.apply(pod("q", node="node-1"))
    world.wait("pod/q", "condition=Ready")
    assert attached(world) == ([("node-1", True)], ["node-1"])
    assert "FailedAttachVolume" not in said(world, "q")


def test_one_that_has_ended_wants_nothing(world):
    ending = pod("p")
    ending["spec"]["containers"][0].update(image="busybox", command=["sh", "-c", "exit 0"])
    ending["spec"]["restartPolicy"] = "Never"
    world.apply([claim(), ending])
    world.advance("30s")
    assert world.get("pod", "p").status.phase == "Succeeded"
    assert attached(world) == ([], [])


def test_a_volume_is_on_one_node_alone(world):
    world.apply([claim(), pod("p")])
    world.wait("pod/p", "condition=Ready")
    world.apply(pod("q", node="node-1"))
    world.advance("2m")
    [event] = [each for each in world.events("pod/q") if each.reason == "FailedAttachVolume"]
    volume = world.get("pvc", "data").spec.volume_name
    assert (event.type, event.message) == (
        "Warning",
        f'Multi-Attach error for volume "{volume}" '
        "Volume is already exclusively attached to one node and can't be attached to another",
    )
    assert world.get("pod", "q").status.phase == "Pending"
    world.delete("pod/p")
    world.wait("pod/q", "condition=Ready", timeout="5m")
    assert attached(world) == ([("node-1", True)], ["node-1"])


def test_two_pods_of_one_node_share_it(world):
    world.apply([claim(), pod("p"), pod("q")])
    world.wait("pod/p", "condition=Ready")
    world.wait("pod/q", "condition=Ready")
    assert attached(world) == ([("node-0", True)], ["node-0"])
    world.delete("pod/p")
    world.advance("10s")
    assert attached(world) == ([("node-0", True)], ["node-0"])


def test_what_may_be_shared_is_on_several_nodes(world):
    world.apply([claim(mode="ReadWriteMany"), pod("p"), pod("q", node="node-1")])
    world.wait("pod/p", "condition=Ready")
    world.wait("pod/q", "condition=Ready")
    assert sorted(attached(world)[1]) == ["node-0", "node-1"]


def test_a_lost_node_keeps_it_for_six_minutes(world):
    """The pod that runs elsewhere instead waits, as long as the lost one is there, and six minutes more."""
    world.apply([claim(), pod("p")])
    world.wait("pod/p", "condition=Ready")
    world.node("node-0").crash()
    world.advance("2m")
    world.delete("pod/p", grace_seconds=0)
    world.apply(pod("q", node="node-1"))
    world.advance("5m")
    assert world.get("pod", "q").status.phase == "Pending"
    assert "FailedAttachVolume" in said(world, "q")
    world.wait("pod/q", "condition=Ready", timeout="5m")
    assert attached(world) == ([("node-1", True)], ["node-1"])


def test_a_node_that_is_declared_lost_keeps_nothing(world):
    world.apply([claim(), pod("p")])
    world.wait("pod/p", "condition=Ready")
    world.node("node-0").crash()
    world.advance("2m")
    taint = {"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"}
    world.patch("node/node-0", [{"op": "add", "path": "/spec/taints/-", "value": taint}], type="json")
    world.apply(pod("q", node="node-1"))
    world.wait("pod/q", "condition=Ready", timeout="3m")
    assert attached(world) == ([("node-1", True)], ["node-1"])


def test_a_driver_that_does_not_attach_is_reached_at_once():
    cluster = kemu.Cluster(nodes=1)
    cluster.storage.provisioner(DRIVER, default_class="fast")
    cluster.apply([claim(), pod("p")])
    cluster.wait("pod/p", "condition=Ready")
    assert cluster.list("volumeattachments") == () and cluster.now < 2.0


def test_a_driver_that_fails_is_told(world):
    world.apply([claim(), pod("p")])
    world.advance("1s")
    [found] = world.list("volumeattachments")
    failure = {"status": {"attached": False, "attachError": {"message": "no such disk"}}}
    world.patch(found, failure, subresource="status")
    world.advance("0.5s")
    messages = [event.message for event in world.events("pod/p") if event.reason == "FailedAttachVolume"]
    assert messages == [
        f'AttachVolume.Attach failed for volume "{found.spec.source.persistent_volume_name}" : no such disk'
    ]
    world.wait("pod/p", "condition=Ready")


def test_a_stateful_set_takes_its_volume_along(world):
    template = {
        "metadata": {"labels": {"app": "db"}},
        "spec": {"containers": [{"name": "c", "image": "nginx", "volumeMounts": [{"name": "d", "mountPath": "/d"}]}]},
    }
    spec = {
        "serviceName": "db",
        "replicas": 2,
        "selector": {"matchLabels": {"app": "db"}},
        "template": template,
        "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": claim()["spec"]}],
    }
    world.apply({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": spec})
    world.wait("statefulset/db", "jsonpath={.status.readyReplicas}=2", timeout="2m")
    where = world.get("pod", "db-0").spec.node_name
    world.cordon(where)
    world.delete("pod/db-0")
    world.advance("1m")
    moved = world.get("pod", "db-0").spec.node_name
    assert moved != where and world.get("statefulset", "db").status.ready_replicas == 2


def test_an_attachment_of_a_volume_that_never_was_is_left_alone():
    """Whoever has made it may have reasons; nothing is known of what it would be detached from."""
    cluster = kemu.Cluster(nodes=1)
    spec = {"attacher": "other.example.com", "nodeName": "node-0", "source": {"persistentVolumeName": "nowhere"}}
    head = {"apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment", "metadata": {"name": "mine"}}
    cluster.create({**head, "spec": spec})
    cluster.advance("10m")
    assert cluster.get("volumeattachment/mine").metadata.deletion_timestamp is None
