"""Deployments, ReplicaSets, endpoints, namespaces and garbage, with an invariant after every step."""

import pytest

from kemu import errors
from kemu.objects.pods import is_finished
from tests.scenarios.manifests import DEPLOYMENT, script_pod, service


def pods_of(cluster, app="web"):
    return [pod for pod in cluster.list("pods") if pod.metadata.labels.get("app") == app]


def is_ready(pod):
    return any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions)


@pytest.mark.parametrize(("surge", "unavailable"), [("25%", "25%"), (1, 0), (0, 1), (2, 2), ("100%", "0%")])
def test_a_rollout_stays_within_its_strategy_at_every_step(cluster, surge, unavailable):
    """Never more pods wanted than replicas + maxSurge, never fewer available than replicas - maxUnavailable."""
    replicas = 4
    cluster.apply(DEPLOYMENT)
    strategy = {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    cluster.patch("deployment", "web", {"spec": {"replicas": replicas, "strategy": strategy}})
    cluster.wait("deployment/web", "condition=Available")
    most = replicas + {"25%": 1, "100%": 4}.get(surge, surge)
    least = replicas - {"25%": 1, "0%": 0}.get(unavailable, unavailable)
    image = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "kemu/script:2"}]}}}}
    cluster.patch("deployment", "web", image)
    while cluster.loop.next() is not None and cluster.now < 120:
        cluster.step()
        alive = [pod for pod in pods_of(cluster) if pod.metadata.deletion_timestamp is None]
        assert sum(each.spec.replicas for each in cluster.list("replicasets")) <= most
        assert sum(is_ready(pod) for pod in alive) >= least
    assert {pod.spec.containers[0].image for pod in pods_of(cluster)} == {"kemu/script:2"}
    assert [each.spec.replicas for each in cluster.list("replicasets")].count(0) == 1
    status = cluster.get("deployment/web").status
    assert (status.replicas, status.updated_replicas, status.available_replicas) == (4, 4, 4)


def test_a_recreate_has_no_old_pod_beside_a_new_one(cluster):
    """All old pods have ended before the first new one exists."""
    cluster.apply(DEPLOYMENT)
    cluster.patch(
        "deployment", "web", {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}}, type="merge"
    )
    cluster.wait("deployment/web", "condition=Available")
    cluster.patch("deployment", "web", {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}})
    while cluster.loop.next() is not None and cluster.now < 60:
        cluster.step()
        assert len({pod.metadata.labels.get("v") for pod in pods_of(cluster) if not is_finished(pod)}) <= 1
    assert {pod.metadata.labels.get("v") for pod in pods_of(cluster)} == {"2"}


def test_a_rollout_that_does_not_progress_is_reported(cluster):
    """With an image that cannot be pulled the old pods stay, and after the deadline the condition says so."""
    cluster.images.missing("nowhere")
    cluster.apply(DEPLOYMENT)
    cluster.wait("deployment/web", "condition=Available")
    bad = {
        "spec": {
            "progressDeadlineSeconds": 60,
            "template": {"spec": {"containers": [{"name": "web", "image": "nowhere:1"}]}},
        }
    }
    cluster.patch("deployment", "web", bad)
    cluster.wait("deployment/web", "condition=Progressing=False", timeout="2m")
    progressing = next(c for c in cluster.get("deployment/web").status.conditions if c.type == "Progressing")
    assert progressing.reason == "ProgressDeadlineExceeded" and 60 <= cluster.now <= 65
    assert sum(is_ready(pod) for pod in pods_of(cluster)) == 3


def test_going_back_to_an_old_template_uses_its_replica_set_again(cluster):
    """A rollback finds the old ReplicaSet by its template and gives it the next revision."""
    cluster.apply(DEPLOYMENT)
    cluster.settle()
    first = cluster.list("replicasets")[0].metadata.name
    for label in ("2", None):
        cluster.patch("deployment", "web", {"spec": {"template": {"metadata": {"labels": {"v": label}}}}}, type="merge")
        cluster.advance("30s")
    sets = {each.metadata.name: each for each in cluster.list("replicasets")}
    assert len(sets) == 2 and sets[first].spec.replicas == 3
    assert cluster.get("deployment/web").metadata.annotations["deployment.kubernetes.io/revision"] == "3"


def test_a_deployment_that_is_annotated_goes_back(cluster):
    """To a revision by its number, and says so; what others have written in the place of numbers changes nothing."""
    cluster.apply(DEPLOYMENT)
    cluster.settle()
    first = cluster.list("replicasets")[0].metadata.name
    cluster.patch("deployment", "web", {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}}, type="merge")
    cluster.advance("30s")
    annotations = {"deprecated.deployment.rollback.to": "1"}
    cluster.patch("deployment", "web", {"metadata": {"annotations": annotations}}, type="merge")
    cluster.advance("30s")
    assert {each.metadata.name: each.spec.replicas for each in cluster.list("replicasets")}[first] == 3
    shown = cluster.get("deployment/web").metadata.annotations
    assert shown["deployment.kubernetes.io/revision"] == "3" and not annotations.keys() & shown.keys()
    assert [each.message for each in cluster.events("deployment/web") if each.reason == "DeploymentRollback"] == [
        'Rolled back deployment "web" to revision 1'
    ]
    for each in cluster.list("replicasets"):
        told = {"deployment.kubernetes.io/revision": "soon", "deployment.kubernetes.io/desired-replicas": "many"}
        cluster.patch("replicaset", each.metadata.name, {"metadata": {"annotations": told}}, type="merge")
    cluster.advance("30s")
    cluster.patch("deployment", "web", {"spec": {"replicas": 5}})
    cluster.advance("30s")
    assert cluster.get("deployment/web").status.available_replicas == 5


def test_a_lost_pod_is_replaced(cluster):
    """Whoever deletes a pod, its ReplicaSet makes another; and says so in an event."""
    cluster.apply(DEPLOYMENT)
    cluster.settle()
    victim = pods_of(cluster)[0].metadata.name
    cluster.delete(f"pod/{victim}")
    cluster.advance("5s")
    names = [pod.metadata.name for pod in pods_of(cluster)]
    assert len(names) == 3 and victim not in names
    created = [e for e in cluster.events() if e.reason == "SuccessfulCreate"]
    assert len(created) == 4 and created[-1].involved_object.kind == "ReplicaSet"


def test_a_matching_orphan_is_adopted_and_a_stranger_released(cluster):
    """Labels decide whose a pod is, not who made it."""
    cluster.apply(DEPLOYMENT)
    cluster.settle()
    replica_set = cluster.list("replicasets")[0]
    orphan = script_pod("orphan")
    orphan["metadata"]["labels"] = dict(replica_set.spec.selector.match_labels)
    cluster.create(orphan)
    cluster.advance("40s")
    assert len(pods_of(cluster)) == 3
    mine = next(p for p in pods_of(cluster) if p.metadata.name != "orphan" and not p.metadata.deletion_timestamp)
    cluster.patch(
        "pod", mine.metadata.name, {"metadata": {"labels": {"app": "else", "pod-template-hash": None}}}, type="merge"
    )
    cluster.advance("5s")
    assert cluster.get("pod", mine.metadata.name).metadata.owner_references == ()
    assert len(pods_of(cluster)) == 3


def test_an_orphan_that_cannot_be_adopted_keeps_nobody_from_the_others(cluster):
    """All of them have their turn; nothing is made or deleted before the last one could be adopted."""
    cluster.apply(DEPLOYMENT)
    cluster.settle()
    replica_set = cluster.list("replicasets")[0]
    refusing = [True]

    def guard(request, go_on):
        if refusing[0] and request.verb == "patch" and request.name == "first":
            raise errors.Forbidden("not this one")
        return go_on(request)

    cluster.wrap(guard)
    for name in ("first", "second"):
        orphan = script_pod(name)
        orphan["metadata"]["labels"] = dict(replica_set.spec.selector.match_labels)
        cluster.create(orphan)
    cluster.settle()
    assert [len(cluster.get("pod", name).metadata.owner_references) for name in ("first", "second")] == [0, 1]
    assert len(pods_of(cluster)) == 5
    refusing.clear()
    refusing.append(False)
    cluster.advance("2m")
    assert len(pods_of(cluster)) == 3


def test_pods_that_a_selector_means_weigh_on_a_node_whosever_they_are(cluster):
    """Of like pods that one goes first that has more pods of its Deployment beside it, and strangers count as those."""

    def going(world):
        world.scale("deployment/web", 2)
        world.settle()
        return [pod.metadata.name for pod in pods_of(world) if pod.metadata.deletion_timestamp is not None]

    cluster.apply(DEPLOYMENT)
    cluster.advance("20s")
    spare = next(pod for pod in pods_of(cluster) if [pod.metadata.name] != going(cluster.fork()))
    note = cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}})
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "c", "uid": note.metadata.uid, "controller": True}
    for number in range(2):
        stranger = script_pod(f"stranger-{number}")
        labels = dict(cluster.list("replicasets")[0].spec.selector.match_labels)
        stranger["metadata"] |= {"labels": labels, "ownerReferences": [owner]}
        cluster.create({**stranger, "spec": {**stranger["spec"], "nodeName": spare.spec.node_name}})
    cluster.advance("20s")
    assert going(cluster) == [spare.metadata.name]


def test_a_pod_on_its_way_out_is_released_by_nobody(cluster):
    """It counts as terminating as long as it matches, and stays whose it was when it does not any more."""
    cluster.apply(DEPLOYMENT)
    cluster.advance("10s")
    name = pods_of(cluster)[0].metadata.name
    cluster.patch("pod", name, {"metadata": {"finalizers": ["example.com/kept"]}}, type="merge")
    cluster.delete("pod", name)
    cluster.settle()
    assert cluster.list("replicasets")[0].status.terminating_replicas == 1
    cluster.patch("pod", name, {"metadata": {"labels": {"app": "else"}}}, type="merge")
    cluster.settle()
    assert cluster.list("replicasets")[0].status.terminating_replicas == 0
    assert [each.kind for each in cluster.get("pod", name).metadata.owner_references] == ["ReplicaSet"]


def test_endpoints_follow_readiness(cluster):
    """Only ready pods stand behind a Service; both forms of endpoints agree."""
    cluster.apply([DEPLOYMENT, service("web", app="web")])
    cluster.advance("1s")
    (slice_,) = (each for each in cluster.list("endpointslices") if each.metadata.name.startswith("web-"))
    ready = {a for e in slice_.endpoints if e.conditions.ready for a in e.addresses}
    assert ready == {pod.status.pod_ip for pod in pods_of(cluster)} and len(ready) == 3
    assert {a.ip for a in cluster.get("endpoints/web").subsets[0].addresses} == ready
    cluster.scale("deployment/web", 1)
    cluster.advance("1m")
    assert len(cluster.get("endpoints/web").subsets[0].addresses) == 1


@pytest.mark.parametrize("propagation", ["Background", "Foreground", "Orphan"])
def test_deleting_an_owner(cluster, propagation):
    """Background and foreground take the dependents along, orphaning leaves them without an owner."""
    cluster.apply(DEPLOYMENT)
    cluster.settle()
    cluster.delete("deployment/web", propagation=propagation)
    cluster.advance("1m")
    with pytest.raises(errors.NotFound):
        cluster.get("deployment/web")
    sets = cluster.list("replicasets")
    if propagation == "Orphan":
        assert len(sets) == 1 and sets[0].metadata.owner_references == () and len(pods_of(cluster)) == 3
    else:
        assert sets == () and pods_of(cluster) == []


def test_a_namespace_takes_everything_in_it_along(cluster):
    """Nothing new is accepted while it terminates; afterwards it is gone with all its content."""
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}})
    cluster.settle()
    cluster.apply(DEPLOYMENT, namespace="team")
    cluster.settle()
    cluster.delete("namespace/team")
    cluster.settle()
    with pytest.raises(errors.Forbidden, match="because it is being terminated"):
        cluster.apply(service("late"), namespace="team")
    cluster.wait("namespace/team", "delete", timeout="2m")
    assert not cluster.list("pods", namespace="team") and not cluster.list("configmaps", namespace="team")


def test_drain_moves_the_pods_of_a_node(cluster):
    """Cordon and evict: the node ends up empty, the pods somewhere else."""
    cluster.apply(DEPLOYMENT)
    cluster.settle()
    node = pods_of(cluster)[0].spec.node_name
    cluster.drain(node)
    cluster.settle()
    cluster.wait("deployment/web", "condition=Available")
    assert node not in {pod.spec.node_name for pod in pods_of(cluster)} and len(pods_of(cluster)) == 3
    assert cluster.get("node", node).spec.unschedulable


def test_a_namespace_and_a_pod_in_it_are_applied_together(cluster):
    """The pod waits for the namespace's service account, as it does at a real server."""
    container = {"name": "c", "image": "nginx"}
    cluster.apply(
        [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "m"}},
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "p", "namespace": "m"},
                "spec": {"containers": [container]},
            },
        ]
    )
    cluster.wait("pod/p", "condition=Ready", namespace="m")
    assert cluster.get("pod/p", namespace="m").spec.service_account_name == "default"


def controller(name="old", **spec):
    """A ReplicationController whose selector is made from its template."""
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [{"name": "c", "image": "kemu/script:1"}]},
    }
    wanted = {"replicas": 3, "template": template, **spec}
    return {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": name}, "spec": wanted}


def test_a_replication_controller_does_as_a_replica_set(cluster):
    """It makes pods, adopts, deletes what is too many, and says so by its own name."""
    stray = script_pod("stray")
    stray["metadata"]["labels"] = {"app": "old"}
    cluster.create(stray)
    cluster.apply(controller())
    cluster.advance("10s")
    pods = pods_of(cluster, "old")
    assert len(pods) == 3 and "stray" in [pod.metadata.name for pod in pods]
    assert {pod.metadata.owner_references[0].kind for pod in pods} == {"ReplicationController"}
    status = cluster.get("rc/old").status
    assert (status.replicas, status.fully_labeled_replicas, status.ready_replicas) == (3, 3, 3)
    assert {event.source.component for event in cluster.events("rc/old")} == {"replication-controller"}
    cluster.scale("rc/old", 1)
    cluster.advance("5s")
    assert len(pods_of(cluster, "old")) == 1
    (pod,) = pods_of(cluster, "old")
    cluster.patch("pod", pod.metadata.name, {"metadata": {"labels": {"app": "free"}}})
    cluster.advance("5s")
    assert not cluster.get("pod", pod.metadata.name).metadata.owner_references
    assert len(pods_of(cluster, "old")) == 1


def test_each_pod_that_is_refused_was_to_have_another_name(cluster):
    """So that the first refusals are events of their own, and those after them one event together."""
    cluster.create(
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": {"pods": "1"}}}
    )
    cluster.settle()
    cluster.apply(DEPLOYMENT)
    cluster.advance("20s")
    refused = [event for event in cluster.events() if event.reason == "FailedCreate"]
    names = [event.message.split('"')[1] for event in refused]
    assert len(names) == len(set(names)) == 10 and all(event.count == 1 for event in refused[:9])
    assert refused[9].count > 1 and refused[9].message.startswith("(combined from similar events): ")


def test_events_that_are_alike_become_one(cluster):
    """From the tenth on they are counted in one event, which says the last of them."""
    cluster.apply(controller(replicas=15))
    cluster.settle()
    said = [event for event in cluster.events("rc/old") if event.reason == "SuccessfulCreate"]
    assert len(said) == 10
    (combined,) = [event for event in said if event.message.startswith("(combined from similar events): ")]
    assert combined.count == 6


def test_a_service_that_is_only_a_name_has_no_endpoints(cluster):
    cluster.create(script_pod("p"))
    spec = {"type": "ExternalName", "externalName": "db.example.com", "selector": {"app": "p"}, "ports": [{"port": 80}]}
    cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "outside"}, "spec": spec})
    cluster.create(service("inside", app="p"))
    cluster.advance("5s")
    names = [each.metadata.name for each in cluster.list("endpoints")]
    slices = [each.metadata.labels["kubernetes.io/service-name"] for each in cluster.list("endpointslices")]
    assert "outside" not in [*names, *slices] and "inside" in names and "inside" in slices


@pytest.mark.parametrize("first", ["owner", "dependent"])
def test_an_owner_in_another_namespace_is_told_of(cluster, first):
    """Whichever is seen first. What names only such an owner goes; what has no namespace stays."""
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}})
    cluster.settle()
    config = {"apiVersion": "v1", "kind": "ConfigMap"}
    owner = cluster.create({**config, "metadata": {"name": "owner", "namespace": "other"}})
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner.metadata.uid}
    if first == "dependent":
        cluster.process("kube-controller-manager").crash()
    cluster.create({**config, "metadata": {"name": "child", "ownerReferences": [reference]}})
    wide = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "x"}
    cluster.create({**wide, "metadata": {"name": "wide", "ownerReferences": [reference]}})
    cluster.process("kube-controller-manager").start()
    cluster.advance("10s")
    told = [each for each in cluster.list("events") if each.reason == "OwnerRefInvalidNamespace"]
    assert sorted(each.involved_object.name for each in told) == ["child", "wide"]
    where = f"[v1/ConfigMap, namespace: default, name: owner, uid: {owner.metadata.uid}]"
    assert f'ownerRef {where} does not exist in namespace "default"' in [each.message for each in told]
    assert "child" not in [each.metadata.name for each in cluster.list("configmaps")]
    assert cluster.get("storageclass/wide")
