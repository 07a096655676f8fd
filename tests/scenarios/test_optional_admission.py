"""Admission plugins that are off unless they are switched on, and those that can be switched off."""

import pickle

import pytest

import kemu
from kemu import errors


@pytest.fixture
def world():
    cluster = kemu.Cluster(nodes=1)
    cluster.settle()
    return cluster


def pod(name, **spec):
    """A pod of one container."""
    containers = spec.pop("containers", [{"name": "c", "image": "nginx:1.27"}])
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": containers, **spec}}


def config_map(name, owner=None, **reference):
    """A ConfigMap, which may have an owner."""
    metadata = {"name": name}
    if owner is not None:
        named = {"apiVersion": owner.api_version, "kind": owner.kind}
        metadata["ownerReferences"] = [{**named, "name": owner.metadata.name, "uid": owner.metadata.uid, **reference}]
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def test_which_are_on_is_known_and_forks_and_pickles(world):
    assert "AlwaysPullImages" not in world.admission.plugins
    world.admission.enable("AlwaysPullImages")
    world.admission.disable("PodSecurity")
    for cluster in (world, world.fork(), pickle.loads(pickle.dumps(world))):
        plugins = cluster.admission.plugins
        assert "AlwaysPullImages" in plugins and "PodSecurity" not in plugins
        assert plugins.index("TaintNodesByCondition") < plugins.index("AlwaysPullImages") < plugins.index("Priority")
    world.admission.disable("AlwaysPullImages")
    world.admission.enable("PodSecurity")
    assert world.admission.plugins == kemu.Cluster().admission.plugins


def test_a_name_that_is_no_plugin_is_a_mistake(world):
    with pytest.raises(errors.UsageError, match=r"no admission plugin 'AlwaysPullImage'.*AlwaysPullImages"):
        world.admission.enable("AlwaysPullImage")
    assert "AlwaysPullImages" not in world.admission.plugins


def test_what_is_off_has_nothing_to_say(world):
    namespace = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    world.patch("namespace/default", namespace)
    with pytest.raises(errors.Forbidden, match="PodSecurity"):
        world.create(pod("a"))
    world.admission.disable("PodSecurity")
    world.create(pod("a"))


def test_images_are_always_pulled(world):
    world.admission.enable("AlwaysPullImages")
    world.create(pod("a", initContainers=[{"name": "i", "image": "busybox:1", "imagePullPolicy": "Never"}]))
    spec = world.get("pod", "a").spec
    assert [each.image_pull_policy for each in (*spec.init_containers, *spec.containers)] == ["Always", "Always"]
    world.admission.disable("AlwaysPullImages")
    world.create(pod("b"))
    assert world.get("pod", "b").spec.containers[0].image_pull_policy == "IfNotPresent"


def test_who_asks_for_a_device_tolerates_its_taint(world):
    world.admission.enable("ExtendedResourceToleration")
    amounts = {"example.com/gpu": "1", "cpu": "1"}
    world.create(pod("a", containers=[{"name": "c", "image": "nginx", "resources": {"limits": amounts}}]))
    own = [(each.key, each.operator, each.effect) for each in world.get("pod", "a").spec.tolerations]
    assert ("example.com/gpu", "Exists", "NoSchedule") in own and len(own) == 3


def test_nobody_keeps_others_from_a_whole_zone(world):
    world.admission.enable("LimitPodHardAntiAffinityTopology")
    term = {"labelSelector": {"matchLabels": {"app": "a"}}, "topologyKey": "topology.kubernetes.io/zone"}

    def away(key):
        terms = [{**term, "topologyKey": key}]
        return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}

    with pytest.raises(errors.Forbidden) as caught:
        world.create(pod("a", affinity=away("topology.kubernetes.io/zone")))
    assert caught.value.message == (
        'pods "a" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey '
        "topology.kubernetes.io/zone but only key kubernetes.io/hostname is allowed"
    )
    world.create(pod("a", affinity=away("kubernetes.io/hostname")))


def test_external_addresses_stay_or_go(world):
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}
    world.create({**service, "spec": {"ports": [{"port": 80}], "externalIPs": ["192.0.2.1"]}})
    world.admission.enable("DenyServiceExternalIPs")
    world.patch("service/s", {"metadata": {"labels": {"a": "b"}}})
    with pytest.raises(errors.Forbidden, match='"s" is forbidden: Use of external IPs is denied by admission control'):
        world.patch("service/s", {"spec": {"externalIPs": ["192.0.2.1", "192.0.2.2"]}})
    world.patch("service/s", {"spec": {"externalIPs": None}})


class TestOwners:
    """OwnerReferencesPermissionEnforcement."""

    @pytest.fixture
    def alice(self, world):
        world.admission.enable("OwnerReferencesPermissionEnforcement")
        verbs = ["get", "create", "update", "patch"]
        rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": verbs}]
        group = "rbac.authorization.k8s.io"
        role = {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": {"name": "writer"}, "rules": rules}
        world.create(role)
        world.create(
            {
                "apiVersion": f"{group}/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": "alice"},
                "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "writer"},
                "subjects": [{"kind": "User", "name": "alice", "apiGroup": group}],
            }
        )
        return world.as_user("alice")

    def test_what_one_makes_may_have_an_owner(self, world, alice):
        owner = world.create(config_map("owner"))
        assert alice.create(config_map("a", owner)).metadata.owner_references[0].uid == owner.metadata.uid

    def test_an_owner_is_given_by_who_could_delete(self, world, alice):
        owner = world.create(config_map("owner"))
        world.create(config_map("a"))
        change = {"metadata": config_map("a", owner)["metadata"]}
        with pytest.raises(errors.Forbidden) as caught:
            alice.patch("configmap/a", change)
        assert caught.value.message == (
            'configmaps "a" is forbidden: cannot set an ownerRef on a resource you can\'t delete: , <nil>'
        )
        world.patch("clusterrole/writer", [{"op": "add", "path": "/rules/0/verbs/-", "value": "delete"}], type="json")
        alice.patch("configmap/a", change)
        alice.patch("configmap/a", {"data": {"k": "v"}})

    def test_to_hold_up_the_owner_takes_its_finalizers(self, world, alice):
        owner = world.create(config_map("owner"))
        blocking = config_map("a", owner, blockOwnerDeletion=True)
        with pytest.raises(errors.Forbidden) as caught:
            alice.create(blocking)
        assert caught.value.message == (
            'configmaps "a" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource '
            "you can't set finalizers on: , <nil>"
        )
        rule = {"apiGroups": [""], "resources": ["configmaps/finalizers"], "verbs": ["update"]}
        world.patch("clusterrole/writer", [{"op": "add", "path": "/rules/-", "value": rule}], type="json")
        alice.create(blocking)

    def test_an_owner_of_no_kind_blocks_nothing(self, world, alice):
        reference = {
            "apiVersion": "example.com/v1",
            "kind": "Nope",
            "name": "x",
            "uid": "1",
            "blockOwnerDeletion": True,
        }
        document = config_map("a")
        document["metadata"]["ownerReferences"] = [reference]
        with pytest.raises(errors.Forbidden, match=r"cannot find RESTMapping for APIVersion example.com/v1 Kind Nope"):
            alice.create(document)

    def test_controllers_go_on(self, world, alice):
        template = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
        spec = {"selector": {"matchLabels": {"app": "a"}}, "template": template}
        world.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": spec})
        world.wait("deployment/a", "condition=Available")
