"""StatefulSets: pods with names and claims of their own, which come, go and are replaced in order."""

from itertools import pairwise

import pytest

from kemu import errors
from kemu.reconcilers.statefulset import plan
from kemu.reconcilers.statefulset.identity import ordinal_of
from tests.scenarios.manifests import script_pod

READY_LATE = {"exec": {"command": ["after", "2s"]}}


def stateful_set(name="db", *, claims=(), container=None, **spec):
    """A StatefulSet of three pods that are ready after two seconds; `claims` are the names of its claim templates."""
    containers = [{"name": "c", "image": "kemu/script:1", "readinessProbe": {**READY_LATE, "periodSeconds": 1}}]
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{**containers[0], **(container or {})}]}}
    storage = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    templates = [{"metadata": {"name": each}, "spec": storage} for each in claims]
    wanted = {"serviceName": name, "replicas": 3, "selector": {"matchLabels": {"app": name}}, "template": template}
    if templates:
        wanted["volumeClaimTemplates"] = templates
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name}, "spec": {**wanted, **spec}}


def image(cluster, to, name="db"):
    cluster.patch("statefulset", name, {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": to}]}}}})


def pods(cluster):
    return sorted((pod for pod in cluster.list("pods")), key=ordinal_of)


def names(cluster):
    return [pod.metadata.name for pod in pods(cluster)]


def images(cluster):
    return [pod.spec.containers[0].image.rpartition(":")[2] for pod in pods(cluster)]


def revisions(cluster):
    return sorted((each.revision, each.metadata.name) for each in cluster.list("controllerrevisions"))


def steps(cluster, until):
    """Step by step until a moment; after each no ordinal has two pods, and none stands before its predecessors."""
    while cluster.loop.next() is not None and cluster.now < until:
        cluster.step()
        found = [ordinal_of(pod) for pod in pods(cluster)]
        assert len(found) == len(set(found))
        yield
    cluster.advance(max(0.0, until - cluster.now))


def settled(cluster):
    """Run at least to the end of what a StatefulSet does for itself."""
    cluster.advance("40s")


def is_available(pod):
    return any(each.type == "Ready" and each.status == "True" for each in pod.status.conditions)


def created_in_order(cluster):
    """When each of its pods was created, by ordinal."""
    added = [change for change in cluster.history("pods") if change.type == "ADDED"]
    return [change.time for change in sorted(added, key=lambda change: ordinal_of(change.object))]


def test_pods_come_one_after_the_other(cluster):
    """Each is created when the one before it is available, and is known by its name, ordinal, host and revision."""
    cluster.apply(stateful_set())
    for _ in steps(cluster, 30):
        there = pods(cluster)
        assert [ordinal_of(pod) for pod in there] == list(range(len(there)))
        assert all(is_available(pod) for pod in there[:-1])
    assert names(cluster) == ["db-0", "db-1", "db-2"]
    pod = pods(cluster)[1]
    revision = cluster.get("statefulset/db").status.current_revision
    assert pod.metadata.labels == {
        "app": "db",
        "statefulset.kubernetes.io/pod-name": "db-1",
        "apps.kubernetes.io/pod-index": "1",
        "controller-revision-hash": revision,
    }
    assert (pod.spec.hostname, pod.spec.subdomain) == ("db-1", "db")
    status = cluster.get("statefulset/db").status
    assert (status.replicas, status.ready_replicas, status.current_replicas, status.updated_replicas) == (3, 3, 3, 3)
    said = [event.message for event in cluster.events("statefulset/db")]
    assert said == [f"Create Pod db-{number} in StatefulSet db successful" for number in range(3)]


def test_pods_come_at_once_if_they_may(cluster):
    """In parallel nobody waits for anybody."""
    cluster.apply(stateful_set(podManagementPolicy="Parallel"))
    cluster.settle()
    assert names(cluster) == ["db-0", "db-1", "db-2"]
    settled(cluster)
    cluster.scale("statefulset/db", 0)
    cluster.advance("2s")
    assert names(cluster) == []


def test_the_highest_goes_first(cluster):
    """Scaled down one goes after the other, the highest ordinal first, however long each takes."""
    cluster.apply(stateful_set(container={"args": ["--stop=3s"]}))
    settled(cluster)
    cluster.scale("statefulset/db", 0)
    start = cluster.now
    for _ in steps(cluster, start + 30):
        going = [pod for pod in pods(cluster) if pod.metadata.deletion_timestamp is not None]
        assert len(going) <= 1
        assert going in ([], pods(cluster)[-1:])
    gone = [change.object.metadata.name for change in cluster.history("pods") if change.type == "DELETED"]
    assert gone == ["db-2", "db-1", "db-0"]


def test_ordinals_begin_where_they_are_told(cluster):
    """With a start of 5 the pods are 5, 6 and 7; moved to 6 the fifth goes and the eighth comes."""
    cluster.apply(stateful_set(ordinals={"start": 5}))
    settled(cluster)
    assert names(cluster) == ["db-5", "db-6", "db-7"]
    cluster.patch("statefulset", "db", {"spec": {"ordinals": {"start": 6}}})
    settled(cluster)
    assert names(cluster) == ["db-6", "db-7", "db-8"]


def test_a_rollout_replaces_one_pod_at_a_time_from_the_top(cluster):
    """At every step at most one pod is not available, and those above it are of the new revision."""
    cluster.apply(stateful_set())
    settled(cluster)
    image(cluster, "kemu/script:2")
    for _ in steps(cluster, cluster.now + 40):
        there = pods(cluster)
        assert len(there) >= 2
        assert sum(map(is_available, there)) >= 2
        assert all(one <= other for one, other in pairwise(images(cluster)))
    assert images(cluster) == ["2", "2", "2"]
    status = cluster.get("statefulset/db").status
    assert status.current_revision == status.update_revision
    assert [number for number, _ in revisions(cluster)] == [1, 2]


def test_a_partition_holds_a_rollout(cluster):
    """Ordinals below it stay as they are, also if they are deleted; above it a new pod is of the new revision."""
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    cluster.apply(stateful_set(updateStrategy=strategy))
    settled(cluster)
    image(cluster, "kemu/script:2")
    settled(cluster)
    assert images(cluster) == ["1", "1", "2"]
    cluster.delete("pod/db-0")
    settled(cluster)
    assert images(cluster) == ["1", "1", "2"]
    status = cluster.get("statefulset/db").status
    assert (status.current_replicas, status.updated_replicas) == (2, 1)
    cluster.patch("statefulset", "db", {"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}})
    settled(cluster)
    assert images(cluster) == ["2", "2", "2"]


def test_on_delete_waits_for_somebody_to_delete(cluster):
    cluster.apply(stateful_set(updateStrategy={"type": "OnDelete"}))
    settled(cluster)
    image(cluster, "kemu/script:2")
    settled(cluster)
    assert images(cluster) == ["1", "1", "1"]
    cluster.delete("pod/db-1")
    settled(cluster)
    assert images(cluster) == ["1", "2", "1"]


def test_going_back_makes_an_old_revision_the_last(cluster):
    """A template that was there before needs no new revision: it gets the next number."""
    cluster.apply(stateful_set())
    settled(cluster)
    (first,) = revisions(cluster)
    image(cluster, "kemu/script:2")
    settled(cluster)
    image(cluster, "kemu/script:1")
    settled(cluster)
    assert images(cluster) == ["1", "1", "1"]
    assert (3, first[1]) in revisions(cluster) and len(revisions(cluster)) == 2


def test_only_so_many_revisions_are_kept(cluster):
    cluster.apply(stateful_set(replicas=1, revisionHistoryLimit=1))
    for number in range(4):
        image(cluster, f"kemu/script:{number}")
        settled(cluster)
    assert [number for number, _ in revisions(cluster)] == [3, 4]


def test_two_templates_of_one_hash_have_two_revisions(cluster):
    """A revision of another template under the name is left alone, and the collision is counted."""
    cluster.apply(stateful_set(replicas=0))
    cluster.settle()
    ((_, name),) = revisions(cluster)
    cluster.delete("statefulset/db")
    cluster.settle()
    taken = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": name}, "revision": 7}
    cluster.create({**taken, "data": {"spec": {}}})
    cluster.apply(stateful_set(replicas=0))
    cluster.settle()
    status = cluster.get("statefulset/db").status
    assert status.collision_count == 1
    assert status.update_revision != name


def test_a_pod_that_has_ended_is_replaced(cluster):
    """It is deleted, and made anew, whatever its node does."""
    cluster.apply(stateful_set())
    settled(cluster)
    first, node = pods(cluster)[1].metadata.uid, cluster.node(pods(cluster)[1].spec.node_name)
    node.stop_kubelet()
    cluster.patch("pod", "db-1", {"status": {"phase": "Failed"}}, subresource="status", type="merge")
    cluster.settle()
    assert pods(cluster)[1].metadata.uid != first
    node.start_kubelet()
    settled(cluster)
    assert names(cluster) == ["db-0", "db-1", "db-2"] and all(map(is_available, pods(cluster)))


def test_pods_must_be_available_for_long_enough(cluster):
    """With `minReadySeconds` the next pod waits that long after the one before it is ready."""
    cluster.apply(stateful_set(minReadySeconds=5))
    settled(cluster)
    assert all(after - before >= 5 for before, after in pairwise(created_in_order(cluster)))
    assert cluster.get("statefulset/db").status.available_replicas == 3


CLAIM_OWNERS = [
    ("Retain", "Retain", [], []),
    ("Delete", "Retain", ["StatefulSet"], ["StatefulSet"]),
    ("Retain", "Delete", [], None),
    ("Delete", "Delete", ["StatefulSet"], None),
]
"""whenDeleted, whenScaled; who owns a claim while its pod is wanted, and afterwards; None where it is gone."""


@pytest.mark.parametrize(("deleted", "scaled", "wanted", "left"), CLAIM_OWNERS)
def test_claims_go_as_the_policy_says(cluster, deleted, scaled, wanted, left):
    """Each pod has claims of its own; they go with the StatefulSet or with their pod, or stay."""
    cluster.storage.provisioner("example.com/disk", default_class="standard")
    policy = {"whenDeleted": deleted, "whenScaled": scaled}
    cluster.apply(stateful_set(claims=("data", "logs"), replicas=2, persistentVolumeClaimRetentionPolicy=policy))
    settled(cluster)

    def owners(name):
        found = [claim for claim in cluster.list("pvc") if claim.metadata.name == name]
        return [each.kind for each in found[0].metadata.owner_references] if found else None

    everything = [f"{what}-db-{number}" for what in ("data", "logs") for number in range(2)]
    assert sorted(claim.metadata.name for claim in cluster.list("pvc")) == everything
    assert [owners(name) for name in everything] == [wanted] * 4
    volumes = {each.name: each.persistent_volume_claim.claim_name for each in pods(cluster)[1].spec.volumes[:2]}
    assert volumes == {"data": "data-db-1", "logs": "logs-db-1"}
    cluster.scale("statefulset/db", 1)
    settled(cluster)
    assert [owners("data-db-0"), owners("data-db-1")] == [wanted, left]
    cluster.scale("statefulset/db", 2)
    settled(cluster)
    assert [owners(name) for name in everything] == [wanted] * 4 and len(names(cluster)) == 2
    cluster.delete("statefulset/db")
    cluster.advance("2m")
    assert len(cluster.list("pvc")) == (0 if deleted == "Delete" else 4)


def test_a_claim_of_somebody_else_is_left_alone(cluster):
    """One that another controller owns keeps it, and that is said."""
    cluster.storage.provisioner("example.com/disk", default_class="standard")
    other = cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}})
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "other", "uid": other.metadata.uid, "controller": True}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data-db-0"}}
    claim["metadata"]["ownerReferences"] = [owner]
    claim["spec"] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    cluster.create(claim)
    policy = {"whenDeleted": "Delete", "whenScaled": "Delete"}
    cluster.apply(stateful_set(claims=("data",), replicas=1, persistentVolumeClaimRetentionPolicy=policy))
    settled(cluster)
    assert [each.kind for each in cluster.get("pvc/data-db-0").metadata.owner_references] == ["ConfigMap"]
    assert "ConflictingController" in [event.reason for event in cluster.events("statefulset/db")]


def test_an_orphan_of_its_name_is_adopted_and_a_stranger_not(cluster):
    """Labels alone make no member: the name has to be one that the StatefulSet gives."""
    for name in ("db-0", "other"):
        pod = script_pod(name)
        pod["metadata"]["labels"] = {"app": "db"}
        cluster.create(pod)
    cluster.advance("2s")
    cluster.apply(stateful_set(replicas=1))
    settled(cluster)
    assert [bool(pod.metadata.owner_references) for pod in cluster.list("pods")] == [True, False]
    assert cluster.get("pod/db-0").metadata.labels["statefulset.kubernetes.io/pod-name"] == "db-0"
    assert "SuccessfulUpdate" in [event.reason for event in cluster.events("statefulset/db")]


def test_what_cannot_be_created_is_told_and_tried_again(cluster):
    """While pods are refused nothing comes after them; when they are not any more it goes on."""

    def fault(request, following):
        if request.resource.key == "pods" and request.verb == "create" and cluster.now < 20:
            raise errors.Forbidden("exceeded quota")
        return following(request)

    cluster.wrap(fault)
    cluster.apply(stateful_set(podManagementPolicy="Parallel"))
    cluster.advance("10s")
    said = {event.message for event in cluster.events("statefulset/db") if event.reason == "FailedCreate"}
    assert said == {"Create Pod db-0 in StatefulSet db failed error: exceeded quota"}
    cluster.advance("1m")
    assert names(cluster) == ["db-0", "db-1", "db-2"]


def test_a_caught_up_controller_writes_nothing(cluster):
    """Woken without a reason, it leaves everything as it is."""
    cluster.storage.provisioner("example.com/disk", default_class="standard")
    cluster.apply(stateful_set(claims=("data",)))
    settled(cluster)
    before = cluster.store.revision
    manager = cluster.process("kube-controller-manager")
    manager.crash()
    manager.start()
    cluster.settle()
    written = [change for change in cluster.history(since=before) if change.revision > before]
    assert [change for change in written if change.actor == "statefulset-controller"] == []


def test_nothing_is_planned_for_what_is_going(cluster):
    """A StatefulSet on its way out does nothing but count."""
    cluster.apply(stateful_set())
    settled(cluster)
    going = cluster.get("statefulset/db")
    view = plan.View(stateful_set=going, pods=(), condemned=tuple(pods(cluster)), update="", found=lambda name: None)
    assert [verb for tasks in plan.decide(view, 1e9 * 2).rounds for task in tasks for verb, _ in task] == ["delete"]
    cluster.patch("statefulset", "db", {"metadata": {"finalizers": ["example.com/hold"]}})
    cluster.delete("statefulset/db")
    settled(cluster)
    going = cluster.get("statefulset/db")
    view = plan.View(stateful_set=going, pods=(), condemned=tuple(pods(cluster)), update="", found=lambda name: None)
    assert plan.decide(view, 1e9 * 2).rounds == ()
