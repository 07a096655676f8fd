"""managedFields of every write: who owns what, worked out when somebody looks."""

import json
import pickle

import pytest

import kemu
from kemu import errors
from kemu.apiserver.managed import Managed

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}},
    },
}


def owners(obj):
    """Manager, operation and subresource of every entry, with its fields."""
    return {
        (entry.manager, entry.operation, entry.subresource or ""): json.loads(json.dumps(entry.fields_v1))
        for entry in obj.metadata.managed_fields
    }


@pytest.fixture
def world():
    cluster = kemu.Cluster(nodes=1)
    cluster.apply(DEPLOYMENT)
    cluster.wait("deployment/web", "condition=Available")
    return cluster


def test_components_own_what_they_write(world):
    """The controller manager its pods, the kubelet their status; what binding set belongs to nobody."""
    pod = owners(world.list("pods")[0])
    assert set(pod) == {("kube-controller-manager", "Update", ""), ("kubelet", "Update", "status")}
    template = pod["kube-controller-manager", "Update", ""]
    assert "f:containers" in template["f:spec"] and "f:nodeName" not in template["f:spec"]
    assert "f:generateName" in template["f:metadata"]
    assert 'k:{"type":"Ready"}' in pod["kubelet", "Update", "status"]["f:status"]["f:conditions"]
    status = owners(world.get("deployment/web"))["kube-controller-manager", "Update", "status"]
    assert "f:availableReplicas" in status["f:status"]
    assert "f:deployment.kubernetes.io/revision" in status["f:metadata"]["f:annotations"]


def test_applying_over_what_a_controller_wrote_is_a_conflict(world):
    """Whoever scaled owns the replicas; a configuration that wants another number is told who."""
    world.scale("deployment/web", 3)
    with pytest.raises(errors.Conflict) as refused:
        world.apply(DEPLOYMENT, manager="gitops")
    assert refused.value.message == (
        'Apply failed with 1 conflict: conflict with "kemu" with subresource "scale" using apps/v1: .spec.replicas'
    )
    world.apply(DEPLOYMENT, manager="gitops", force=True)
    assert ("kemu", "Update", "scale") not in owners(world.get("deployment/web"))


def test_what_nobody_owns_belongs_to_before_the_first_apply(world):
    """The first apply that meets an object without managedFields finds all of it owned, but the status."""
    world.patch("deployment", "web", {"metadata": {"managedFields": [{}]}}, type="merge")
    assert world.get("deployment/web").metadata.managed_fields == ()
    wanted = {**DEPLOYMENT, "spec": {"replicas": 2}}
    with pytest.raises(errors.Conflict) as refused:
        world.apply(wanted, manager="gitops")
    assert refused.value.message == (
        'Apply failed with 1 conflict: conflict with "before-first-apply" using apps/v1: .spec.replicas'
    )
    world.apply(wanted, manager="gitops", force=True)
    found = owners(world.get("deployment/web"))
    assert found["gitops", "Apply", ""] == {"f:spec": {"f:replicas": {}}}
    left = found["before-first-apply", "Update", ""]
    assert "f:selector" in left["f:spec"] and "f:replicas" not in left["f:spec"] and "f:status" not in left


def test_nothing_is_worked_out_before_somebody_looks(world):
    """A write notes what it needs; the first look folds all writes since the last, and lets the objects go."""
    world.patch("deployment", "web", {"metadata": {"labels": {"x": "1"}}})
    kept = world.get("deployment/web").metadata.managed_fields
    assert isinstance(kept, Managed) and kept._managers is None
    assert len(kept) == len(list(kept)) > 1
    assert kept._managers is not None and kept._new is None and kept._before is None


def test_when_somebody_looks_does_not_matter():
    """Looking after every write and looking once at the end give the same."""

    def final(look):
        cluster = kemu.Cluster(nodes=1)
        cluster.apply(DEPLOYMENT)
        for number in range(4):
            cluster.advance("3s")
            cluster.patch("deployment", "web", {"metadata": {"labels": {"x": str(number)}}})
            cluster.scale("deployment/web", number % 3)
            if look:
                cluster.request("GET", "/api/v1/pods").json()
                cluster.request("GET", "/apis/apps/v1/deployments").json()
        cluster.advance("10s")
        listed = [cluster.request("GET", path).json() for path in ("/api/v1/pods", "/apis/apps/v1/deployments")]
        return listed, cluster.digest()

    assert final(True) == final(False)


def test_compaction_and_pickling_keep_the_owners(world):
    """What owns which field does not depend on the past being there."""
    before = owners(world.get("deployment/web"))
    twin = world.fork()
    twin.api.compact(twin.api.revision)
    assert owners(twin.get("deployment/web")) == before
    obj = world.get("deployment/web")
    assert owners(pickle.loads(pickle.dumps(obj))) == before
    twin.patch("deployment", "web", {"metadata": {"labels": {"y": "1"}}})
    assert len(owners(twin.get("deployment/web"))) >= len(before)


def test_a_look_changes_neither_equality_nor_hash(world):
    """Two versions of one object are equal or not, whoever looked at either."""
    obj = world.get("deployment/web")
    other = world.fork().get("deployment/web")
    assert obj == other and hash(obj) == hash(other)
    assert obj.metadata.managed_fields == tuple(other.metadata.managed_fields)
    assert obj.metadata.managed_fields != ()


def test_a_conflict_over_a_scale_is_told_in_the_version_of_the_scale(world):
    """Its entry has no time, and nobody's managedFields are reset through a part of the object."""
    path = "/apis/apps/v1/namespaces/default/deployments/web"
    scale = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web"}, "spec": {"replicas": 3}}
    headers = {"Content-Type": "application/apply-patch+yaml"}
    world.scale("deployment/web", 2)
    refused = world.request("PATCH", f"{path}/scale?fieldManager=m", headers, scale).json()
    assert refused["message"] == (
        'Apply failed with 1 conflict: conflict with "kemu" with subresource "scale" using autoscaling/v1: '
        ".spec.replicas"
    )
    assert world.request("PATCH", f"{path}/scale?fieldManager=m&force=true", headers, scale).status == 200
    (entry,) = [each for each in world.get("deployment/web").metadata.managed_fields if each.manager == "m"]
    assert (entry.operation, entry.subresource, entry.api_version, entry.time) == ("Apply", "scale", "apps/v1", None)
    before = owners(world.get("deployment/web"))
    merge = {"Content-Type": "application/merge-patch+json"}
    world.request("PATCH", f"{path}/status", merge, {"metadata": {"managedFields": [{}]}})
    assert owners(world.get("deployment/web")) == before
    world.request("PATCH", path, merge, {"metadata": {"managedFields": [{}]}})
    assert owners(world.get("deployment/web")) == {}


REVIEWS = "/apis/authorization.k8s.io/v1"


@pytest.mark.parametrize(
    ("path", "sent", "version", "subresource", "fields"),
    [
        (
            "/api/v1/namespaces/default/serviceaccounts/default/token",
            {"spec": {"audiences": ["a"]}},
            "authentication.k8s.io/v1",
            "token",
            {"f:spec": {"f:audiences": {}, "f:expirationSeconds": {}}},
        ),
        (
            f"{REVIEWS}/selfsubjectaccessreviews",
            {"spec": {"nonResourceAttributes": {"verb": "get", "path": "/"}}},
            "authorization.k8s.io/v1",
            None,
            {"f:spec": {"f:nonResourceAttributes": {".": {}, "f:path": {}, "f:verb": {}}}},
        ),
        (
            "/apis/authentication.k8s.io/v1/tokenreviews",
            {"spec": {"token": "x"}},
            "authentication.k8s.io/v1",
            None,
            {"f:spec": {"f:token": {}}},
        ),
        (
            f"{REVIEWS}/selfsubjectrulesreviews",
            {"spec": {"namespace": "default"}},
            None,
            None,
            None,
        ),
    ],
)
def test_who_asks_owns_the_question(world, path, sent, version, subresource, fields):
    """Of what is sent and not kept; an answer that is no question any more belongs to nobody."""
    answer = world.request("POST", path, {"User-Agent": "asker/1"}, sent).json()
    found = answer["metadata"].get("managedFields", [])
    assert [each["fieldsV1"] for each in found] == ([] if fields is None else [fields])
    assert [(each["manager"], each["apiVersion"], each.get("subresource")) for each in found] == (
        [] if fields is None else [("asker", version, subresource)]
    )
