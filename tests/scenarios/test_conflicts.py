"""What becomes of a cluster whose components meet refusals: nothing is lost, and it ends where it would have ended."""

from collections import Counter

import pytest

import kemu
from kemu import errors
from kemu.apiserver.request import DeleteOptions, Patch, Request
from kemu.entropy import Entropy
from kemu.objects import codec


def pod_spec(image="nginx"):
    return {"containers": [{"name": "c", "image": image, "resources": {"requests": {"cpu": "1"}}}]}


def deployment(replicas=3, image="nginx", name="web"):
    template = {"metadata": {"labels": {"app": name}}, "spec": pod_spec(image)}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def replica_set(replicas=1, app="web", **metadata):
    template = {"metadata": {"labels": {"app": app}}, "spec": pod_spec()}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": app}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web", **metadata}, "spec": spec}


def pod(name="p", labels=None, **spec):
    metadata = {"name": name, "labels": labels or {}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {**pod_spec(), **spec}}


def state(cluster):
    """What there is in the end, but for what chance and time decide: names of pods, addresses, hours."""
    found = Counter()
    for kind in ("deployments", "replicasets", "pods", "namespaces", "configmaps", "endpoints", "serviceaccounts"):
        for obj in cluster.list(kind):
            document = codec.encode(obj)
            spec, status = document.get("spec") or {}, document.get("status") or {}
            told = {name: status.get(name) for name in ("phase", "replicas", "readyReplicas", "availableReplicas")}
            true = sorted(each["type"] for each in status.get("conditions", ()) if each["status"] == "True")
            image = [each["image"] for each in spec.get("containers", ())]
            addresses = sum(len(each["addresses"]) for each in document.get("subsets") or ())
            name = obj.metadata.generate_name or obj.metadata.name
            labels = sorted(obj.metadata.labels.items())
            found[repr((kind, obj.metadata.namespace, name, labels, image, told, true, addresses))] += 1
    return found


class Race:
    """Somebody who writes to an object just before a component does, the first `times` times."""

    def __init__(self, cluster, chosen, times=1000):
        self.chosen, self.times = chosen, times
        self.raced = 0
        self.refused = Counter()
        cluster.wrap(self)

    def __call__(self, request, proceed):
        if request.actor != "user" and self.raced < self.times and self.chosen(request):
            self.raced += 1
            patch = Patch("merge", {"metadata": {"annotations": {"raced": str(self.raced)}}})
            proceed(Request("patch", request.resource, request.namespace, request.name, patch=patch))
        try:
            return proceed(request)
        except errors.Conflict:
            self.refused[request.actor, request.resource.key, request.subresource] += 1
            raise


def rollout(cluster):
    """A Deployment that is rolled and scaled, and a namespace that goes."""
    cluster.apply(deployment())
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gone"}})
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "gone"}})
    cluster.advance("20s")
    cluster.apply(deployment(5, "nginx:2"))
    cluster.delete("namespace/gone")
    cluster.advance("3m")


@pytest.fixture(scope="module")
def undisturbed():
    cluster = kemu.Cluster(nodes=3)
    rollout(cluster)
    return state(cluster)


@pytest.mark.parametrize(
    ("who", "key", "subresource"),
    [
        ("replicaset-controller", "replicasets.apps", "status"),
        ("deployment-controller", "deployments.apps", "status"),
        ("deployment-controller", "replicasets.apps", ""),
        ("namespace-controller", "namespaces", "status"),
        ("namespace-controller", "namespaces", "finalize"),
    ],
)
def test_a_write_over_another_one_is_refused_and_retried(undisturbed, who, key, subresource):
    """With a 409, as often as it happens; both writes stand in the end, and all is as if nobody had raced."""
    cluster = kemu.Cluster(nodes=3)

    def chosen(request):
        return (request.verb, request.actor) == ("update", who) and (
            request.resource.key,
            request.subresource,
        ) == (key, subresource)

    race = Race(cluster, chosen, times=3)
    rollout(cluster)
    assert race.refused[who, key, subresource] >= race.raced >= 1
    assert state(cluster) == undisturbed


def test_a_replica_set_reads_anew_once_and_then_waits():
    """A status that conflicts is written over what is read then; a second conflict puts the key back."""
    cluster = kemu.Cluster(nodes=1)
    verbs = []

    def record(request, proceed):
        if request.actor == "replicaset-controller" and request.resource.key == "replicasets.apps":
            verbs.append(request.verb)
        return proceed(request)

    cluster.wrap(record)
    race = Race(cluster, lambda request: request.subresource == "status" and request.verb == "update", times=2)
    cluster.apply(replica_set())
    cluster.advance("10s")
    assert verbs[:4] == ["update", "get", "update", "update"] and race.refused.total() == 2
    found = cluster.get("rs/web")
    assert found.status.ready_replicas == 1 and found.metadata.annotations["raced"] == "2"


def test_a_kubelet_loses_nothing_and_conflicts_with_nobody():
    """It patches: what others write to the same pod at the same moment stays."""
    cluster = kemu.Cluster(nodes=1)
    race = Race(cluster, lambda request: request.actor == "kubelet" and request.subresource == "status")
    cluster.apply(pod())
    cluster.wait("pod/p", "condition=Ready")
    assert race.raced >= 2 and not race.refused
    assert cluster.get("pod/p").metadata.annotations["raced"] == str(race.raced)


@pytest.mark.parametrize("shuffle", [False, True])
def test_whoever_rewrites_everything_between_two_steps_delays_only(shuffle):
    """Controllers meet conflicts then, since what others write reaches their caches after their turn."""
    cluster = kemu.Cluster(nodes=3, shuffle=shuffle)
    refused = Counter()

    def count(request, proceed):
        try:
            return proceed(request)
        except errors.Conflict:
            refused[request.actor] += 1
            raise

    cluster.wrap(count)
    cluster.apply(deployment(5))
    for number in range(400):
        if cluster.now > 30 or cluster.step() is None:
            break
        for kind in ("replicasets", "pods", "deployments"):
            for obj in cluster.list(kind)[:3]:
                note = {"metadata": {"annotations": {"race": str(number)}}}
                cluster.patch(kind, obj.metadata.name, note, type="merge")
    assert refused["replicaset-controller"] or refused["deployment-controller"]
    cluster.advance("2m")
    found = cluster.get("deployment/web").status
    assert (found.replicas, found.ready_replicas, found.updated_replicas) == (5, 5, 5)
    assert len(cluster.list("pods")) == 5 and len(cluster.list("replicasets")) == 1


# A name that is used again


def replaced_by(cluster, chosen, **new):
    """Replace the object of the first request that is chosen by another one of its name; the refusals that follow."""
    refusals, done = [], []

    def wrapper(request, proceed):
        if request.actor != "user" and chosen(request) and not done:
            done.append(request)
            options = DeleteOptions(grace_seconds=0)
            where = (request.resource, request.namespace, request.name)
            proceed(Request("delete", *where, options=options))
            cluster.create(new["manifest"])
        try:
            return proceed(request)
        except errors.ApiError as refusal:
            if chosen(request):
                refusals.append(refusal)
            raise

    cluster.wrap(wrapper)
    return refusals


def patches_pod(who, subresource=""):
    return lambda request: (
        (request.verb, request.resource.key, request.actor, request.subresource)
        == (
            "patch",
            "pods",
            who,
            subresource,
        )
    )


@pytest.mark.parametrize("matches", [False, True])
def test_an_orphan_of_the_same_name_is_not_adopted_by_mistake(matches):
    """The patch carries the uid of the pod that was seen; a new one is looked at for itself."""
    cluster = kemu.Cluster(nodes=1)
    labels = {"app": "web"}
    cluster.apply(pod(labels=labels))
    manifest = pod(labels=labels if matches else {"app": "other"})
    refusals = replaced_by(cluster, patches_pod("replicaset-controller"), manifest=manifest)
    cluster.apply(replica_set(1))
    cluster.advance("5s")
    assert [type(each) for each in refusals] == [errors.Invalid]
    owned = [each.metadata.name for each in cluster.list("pods") if each.metadata.owner_references]
    assert len(owned) == 1 and (owned == ["p"]) is matches


@pytest.mark.parametrize("again", [False, True])
def test_an_owner_that_goes_adopts_nothing(again):
    """Neither one that is being deleted, nor one in whose place another of its name stands by now."""
    cluster = kemu.Cluster(nodes=1, controllers="replicaset-controller,serviceaccount-controller")
    cluster.apply(pod(labels={"app": "web"}))
    gone = []

    def wrapper(request, proceed):
        if (request.actor, request.verb, request.resource.key) == ("replicaset-controller", "get", "replicasets.apps"):
            gone.append(request)
            if len(gone) == 1:
                cluster.delete("rs/web")
                if again:
                    cluster.create(replica_set(0, "other"))
        return proceed(request)

    cluster.wrap(wrapper)
    finalizers = [] if again else ["example.com/wait"]
    cluster.apply(replica_set(1, finalizers=finalizers))
    cluster.advance("5s")
    assert gone and not cluster.get("pod/p").metadata.owner_references


def test_a_kubelet_writes_no_status_of_a_pod_that_was_replaced():
    """The new pod of the name has a status of its own."""
    cluster = kemu.Cluster(nodes=1)
    manifest = pod(nodeSelector={"no": "where"})
    refusals = replaced_by(cluster, patches_pod("kubelet", "status"), manifest=manifest)
    cluster.apply(pod())
    cluster.advance("10s")
    found = cluster.get("pod/p")
    assert [type(each) for each in refusals] == [errors.Invalid]
    assert found.status.phase == "Pending" and not found.status.container_statuses and not found.spec.node_name


def test_a_scheduler_writes_no_condition_of_a_pod_that_was_replaced():
    """It has a verdict of its own about the new one."""
    cluster = kemu.Cluster(nodes=1)
    refusals = replaced_by(cluster, patches_pod("kube-scheduler", "status"), manifest=pod())
    cluster.apply(pod(nodeSelector={"no": "where"}))
    cluster.advance("10s")
    assert [type(each) for each in refusals] == [errors.Invalid]
    assert cluster.get("pod/p").status.phase == "Running"


# Names that are taken


def test_names_that_are_taken_end_nothing():
    """Neither an event nor a pod whose generated name exists: the one is lost, the other created later."""
    cluster = kemu.Cluster(nodes=1)

    def taken(request, proceed):
        if request.verb == "create" and request.actor != "user" and request.resource.key in ("pods", "events"):
            raise errors.AlreadyExists(f'{request.resource.key} "x" already exists')
        return proceed(request)

    undo = cluster.wrap(taken)
    cluster.apply(deployment(2))
    cluster.advance("30s")
    involved = {each.involved_object.kind for each in cluster.list("events")}
    assert not cluster.list("pods") and involved == {"Node"}
    undo()
    cluster.wait("deployment/web", "condition=Available", timeout="5m")


def test_two_templates_of_one_hash_are_told_apart():
    """The Deployment counts the collision, and the next try has another name."""
    cluster = kemu.Cluster(nodes=1)
    cluster.apply(deployment(1))
    cluster.settle()
    (first,) = cluster.list("replicasets")
    other = kemu.Cluster(nodes=1)
    other.apply([replica_set(0, "stranger", name=first.metadata.name), deployment(1)])
    other.wait("deployment/web", "condition=Available")
    found = other.get("deployment/web")
    mine = [each for each in other.list("replicasets") if each.metadata.owner_references]
    assert found.status.collision_count == 1 and len(mine) == 1
    assert mine[0].metadata.name != first.metadata.name and not other.get("rs", first.metadata.name).spec.replicas


# A server that fails


def refusing(cluster, chosen, refusal=errors.ServiceUnavailable):
    """Refuse the requests of components that are chosen."""

    def wrapper(request, proceed):
        if request.actor != "user" and chosen(request):
            raise refusal("the server is currently unable to handle the request")
        return proceed(request)

    return cluster.wrap(wrapper)


def test_what_cannot_be_created_is_told():
    """In a condition of the Deployment and an event; and in those of the ReplicaSet for its pods."""
    cluster = kemu.Cluster(nodes=1)
    undo = refusing(cluster, lambda r: (r.verb, r.resource.key) == ("create", "replicasets.apps"))
    cluster.apply(deployment(1))
    cluster.advance("1s")
    (condition,) = cluster.get("deployment/web").status.conditions
    assert (condition.type, condition.status, condition.reason) == ("Progressing", "False", "ReplicaSetCreateError")
    assert "ReplicaSetCreateError" in {each.reason for each in cluster.events("deployment/web")}
    undo()
    cluster.wait("deployment/web", "condition=Progressing", timeout="5m")


def test_what_cannot_be_deleted_is_told():
    """With all that can be done done: the count and the condition are right, and the rest is tried again."""
    cluster = kemu.Cluster(nodes=1)
    cluster.apply(replica_set(3))
    cluster.advance("10s")
    undo = refusing(cluster, lambda r: (r.verb, r.actor) == ("delete", "replicaset-controller"))
    cluster.scale("rs/web", 1)
    cluster.advance("1s")
    found = cluster.get("rs/web").status
    assert [(each.type, each.reason) for each in found.conditions] == [("ReplicaFailure", "FailedDelete")]
    assert found.replicas == 3 and "FailedDelete" in {each.reason for each in cluster.events("rs/web")}
    undo()
    cluster.advance("5m")
    assert cluster.get("rs/web").status.replicas == 1 and not cluster.get("rs/web").status.conditions


def test_a_namespace_says_what_cannot_be_deleted():
    """The rest goes meanwhile."""
    cluster = kemu.Cluster(nodes=1)
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}})
    held = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n"}}
    cluster.apply([held, {**held, "kind": "Secret"}])
    undo = refusing(cluster, lambda r: (r.verb, r.resource.key) == ("delete", "configmaps"))
    cluster.delete("namespace/n")
    cluster.advance("10s")
    said = {each.type: each for each in cluster.get("namespace/n").status.conditions}
    failure = said["NamespaceDeletionContentFailure"]
    assert (failure.status, failure.reason) == ("True", "ContentDeletionFailed")
    assert failure.message == (
        "Failed to delete all resource types, 1 remaining: the server is currently unable to handle the request"
    )
    assert not cluster.list("secrets", namespace="n")
    undo()
    cluster.wait("namespace/n", "delete", timeout="5m")


def test_a_preemption_that_is_refused_is_tried_again():
    """The pod is not left waiting for victims that nobody evicts."""
    cluster = kemu.Cluster(nodes=1)
    priority = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}}
    cluster.apply([{**priority, "value": 1000}, *[pod(f"low-{n}") for n in range(4)]])
    cluster.advance("5s")
    undo = refusing(cluster, lambda r: (r.verb, r.actor) == ("delete", "kube-scheduler"))
    cluster.apply(pod("high", priorityClassName="high"))
    cluster.advance("10s")
    assert not cluster.get("pod/high").spec.node_name and len(cluster.list("pods")) == 5
    undo()
    cluster.wait("pod/high", "condition=Ready", timeout="2m")


def test_a_pod_whose_node_has_not_seen_its_configuration_starts_later():
    """It is looked for among what the node has seen."""
    cluster = kemu.Cluster(nodes=1)
    seen = cluster.process("kubelet/node-0").informer("configmaps")
    seen.hold()
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "b"}})
    mounting = pod("mounts", volumes=[{"name": "v", "configMap": {"name": "c"}}])
    mounting["spec"]["containers"][0]["volumeMounts"] = [{"name": "v", "mountPath": "/v"}]
    cluster.apply([mounting, env_pod()])
    cluster.advance("5s")
    (told,) = {each.message for each in cluster.events("pod/mounts") if each.reason == "FailedMount"}
    assert told == 'MountVolume.SetUp failed for volume "v" : configmap "c" not found'
    waiting = cluster.get("pod/env").status.container_statuses[0].state.waiting
    assert (waiting.reason, waiting.message) == ("CreateContainerConfigError", 'configmap "c" not found')
    seen.release()
    for name in ("mounts", "env"):
        cluster.wait(f"pod/{name}", "condition=Ready", timeout="2m")


def env_pod():
    document = pod("env")
    document["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": "c"}}]
    return document


def test_the_network_does_not_need_the_server():
    """Connections go where they went, whoever cannot reach the API server."""
    cluster = kemu.Cluster(nodes=1)
    port = {"name": "c", "image": "nginx", "ports": [{"containerPort": 80}]}
    web = pod("web", {"app": "web"}, containers=[port])
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80}]}
    cluster.apply([web, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec}])
    cluster.wait("pod/web", "condition=Ready")
    cluster.advance("2s")
    refusing(cluster, lambda request: True)
    assert cluster.network.connects("web", 80, "default") == ""


@pytest.mark.parametrize("seed", range(4))
def test_a_server_that_fails_at_random_delays_and_changes_nothing(undisturbed, seed):
    """A fifth of all requests fails for two minutes: nothing escapes `advance`, and the end is the same."""
    cluster = kemu.Cluster(nodes=3)
    chance, count = Entropy(seed), Counter()

    def flaky(request, proceed):
        if request.actor != "user":
            count["all"] += 1
            draw = chance.below(10, "fault", count["all"])
            if draw < 2:
                count["failed"] += 1
                raise (errors.InternalError, errors.ServiceUnavailable)[draw]("injected")
        return proceed(request)

    undo = cluster.wrap(flaky)
    rollout(cluster)
    undo()
    assert count["failed"] > count["all"] / 10
    cluster.advance("15m")
    assert state(cluster) == undisturbed
