"""The door of the API server: every read and write is a Request, and whoever holds the cluster can stand in the way."""

from collections import Counter

import attrs
import pytest

import kemu
from kemu import errors
from kemu.apiserver import sequence
from kemu.apiserver.request import Patch, Request, User
from kemu.objects import core

CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1"}}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [{"name": "c", "image": "nginx"}]},
        },
    },
}
READS = ("get", "list", "watch")
COMPONENTS = ("kubelet", "kube-scheduler")


@pytest.fixture
def world():
    return kemu.Cluster(nodes=2)


def test_every_change_came_through_the_door(world):
    """Controllers, the scheduler, kubelets, the garbage collector and the hand: as many writes as requests allow."""
    seen = []

    def record(request, following):
        before = world.api.revision
        answer = following(request)
        seen.append(
            (request.actor, request.verb, request.resource.key, request.subresource, before, world.api.revision)
        )
        return answer

    first = world.api.revision
    world.wrap(record)
    world.apply(DEPLOYMENT)
    world.wait("deployment/web", "condition=Available")
    world.delete("deployment/web")
    world.advance("1m")
    world.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}})
    world.settle()
    world.delete("namespace/n")
    world.advance("1m")
    assert world.list("pods") == () and "n" not in [each.metadata.name for each in world.list("namespaces")]
    written = {revision for *_, before, after in seen for revision in range(before + 1, after + 1)}
    assert written == set(range(first + 1, world.api.revision + 1))
    assert all(before == after for _, verb, *_, before, after in seen if verb in READS)
    actors = Counter(actor for actor, *_ in seen)
    assert {
        "user",
        "kubelet",
        "kube-scheduler",
        "deployment-controller",
        "replicaset-controller",
        "garbage-collector-controller",
        "namespace-controller",
    } <= set(actors)


def test_components_act_as_their_own_users(world):
    """A controller is its service account, a kubelet its node, the scheduler itself; none is the administrator."""
    users, nodes = {}, set()

    def note(request, following):
        users.setdefault(request.actor, set()).add(request.user.name)
        if request.actor == "kubelet":
            assert request.user.groups == ("system:nodes", "system:authenticated")
            assert request.manager == "kubelet"
        if request.actor == "kubelet" and (request.resource.key, request.subresource) == ("pods", "status"):
            nodes.add((world.get(core.Pod, request.name).spec.node_name, request.user.name))
        return following(request)

    world.wrap(note)
    world.apply(DEPLOYMENT)
    world.advance("10s")
    assert users["replicaset-controller"] == {"system:serviceaccount:kube-system:replicaset-controller"}
    assert users["kube-scheduler"] == {"system:kube-scheduler"}
    assert users["user"] == {"kubernetes-admin"}
    assert nodes == {(f"node-{number}", f"system:node:node-{number}") for number in range(2)}
    world.add_node("extra")
    twin = world.fork()
    twin.delete("deployment/web")
    twin.advance("1m")
    assert users["kubelet"] == {f"system:node:{name}" for name in ("node-0", "node-1", "extra")}
    assert all(name.startswith("system:") for actor, names in users.items() if actor != "user" for name in names)


def test_a_wrapper_may_refuse_answer_change_and_look(world):
    """The last wrapper laid around is the first to see a request; taking it off again restores the door."""
    order = []

    def refuse(request, following):
        order.append("refuse")
        if request.verb == "create" and request.resource.key == "configmaps":
            raise errors.ServiceUnavailable("not now")
        return following(request)

    def relabel(request, following):
        order.append("relabel")
        if request.verb == "create" and request.resource.key == "secrets":
            metadata = {**CONFIG["metadata"], "namespace": "default", "labels": {"seen": "yes"}}
            request = attrs.evolve(request, obj=core.Secret(metadata=metadata))
        return following(request)

    stop = world.wrap(refuse)
    world.wrap(relabel)
    with pytest.raises(errors.ServiceUnavailable, match="not now"):
        world.create(CONFIG)
    assert order == ["relabel", "refuse"]
    secret = world.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "c"}})
    assert secret.metadata.labels == {"seen": "yes"}
    response = world.request("POST", "/api/v1/namespaces/default/configmaps", {}, CONFIG)
    assert response.status == 503
    stop()
    assert world.create(CONFIG).data["a"] == "1"


@pytest.mark.parametrize("who", ["kubelet", "kube-scheduler", "replicaset-controller", "everybody"])
def test_components_live_through_an_outage(world, who):
    """Whatever the server does not answer is tried again later; once it answers, everything becomes as it should be."""
    refused = []

    def outage(request, following):
        out = 5 < world.now < 25 or 45 < world.now < 65
        if out and request.actor in (
            (who,)
            if who != "everybody"
            else {*world.parts.processes["kube-controller-manager"].program.specs, *COMPONENTS}
        ):
            refused.append(request.verb)
            raise errors.ServiceUnavailable("not now")
        return following(request)

    world.wrap(outage)
    world.advance("6s")
    world.apply(DEPLOYMENT)
    world.advance("39s")
    world.wait("deployment/web", "condition=Available")
    world.advance("6s")
    world.delete("deployment/web")
    world.advance("2m")
    assert refused and world.list("pods") == () and world.list("replicasets") == ()


def test_forks_inherit_wrappers_and_then_go_their_own_way(world):
    """What was laid around before a fork is around both doors; what comes later is not."""
    calls = []
    world.wrap(lambda request, following: (calls.append("both"), following(request))[1])
    twin = world.fork()
    twin.wrap(lambda request, following: (calls.append("twin"), following(request))[1])
    world.get("namespace/default")
    twin.get("namespace/default")
    assert calls == ["both", "twin", "both"]


def test_a_typed_caller_is_authorised_too(world):
    """A request of somebody without rights is forbidden, whether or not it came over REST."""
    resource = world.api.resources.of(core.ConfigMap)
    alice = User("alice", ("system:authenticated",))
    with pytest.raises(errors.Forbidden, match='User "alice" cannot list resource "configmaps"'):
        world.api.do(Request("list", resource, "default", user=alice))
    with pytest.raises(errors.Forbidden):
        world.api.do(Request("patch", resource, "default", "c", patch=Patch("apply", CONFIG), user=alice))


def test_the_order_of_a_write_is_data():
    """What a create and an update do, in the words of their steps."""
    assert [step.__name__ for step in sequence.CREATE] == [
        "owned_once",
        "placed",
        "defaulted",
        "mutated",
        "named",
        "converted",
        "prepared_new",
        "validated_new",
        "finished_new",
        "warned",
        "admitted",
        "unversioned",
    ]
    assert [step.__name__ for step in sequence.UPDATE] == [
        "owned_once",
        "preconditioned",
        "defaulted",
        "mutated",
        "converted",
        "prepared",
        "validated",
        "warned",
        "admitted",
    ]
    assert (sequence.patched, *sequence.UPDATE) == sequence.PATCH


def test_admission_sees_what_travels_through_a_subresource(world, monkeypatch):
    """A Binding, an Eviction and a Scale are themselves: nobody is shown a pod or a Deployment in their place."""
    seen = []
    original = sequence.mutated

    def look(request, desk):
        seen.append((request.operation, request.resource.key, request.subresource, request.obj.kind))
        return original(request, desk)

    monkeypatch.setattr(sequence, "mutated", look)
    world.apply(DEPLOYMENT)
    world.wait("deployment/web", "condition=Available")
    world.scale("deployment/web", 1)
    world.evict(world.list("pods")[0].metadata.name)
    assert ("CREATE", "pods", "binding", "Binding") in seen
    assert ("CREATE", "pods", "eviction", "Eviction") in seen
    assert ("UPDATE", "deployments.apps", "scale", "Scale") in seen
