"""Webhooks that run in the cluster itself: a pod behind a Service, which the API server calls through the network."""

import pickle
from typing import Any

import pytest

import kemu
from kemu import errors

AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"
REGISTRATION = "admissionregistration.k8s.io/v1"
BUNDLE = "Y2E="


def server(subcommand: str) -> list[dict[str, Any]]:
    """A pod of the conformance suite's image that answers webhooks, and its Service."""
    probe = {"httpGet": {"scheme": "HTTPS", "port": 8444, "path": "/readyz"}, "periodSeconds": 1}
    container = {"name": "c", "image": AGNHOST, "args": [subcommand, "--port=8444"], "readinessProbe": probe}
    labels = {"app": "hook"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "hook", "labels": labels}}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hook"}}
    return [
        {**pod, "spec": {"containers": [container]}},
        {**service, "spec": {"selector": labels, "ports": [{"port": 8443, "targetPort": 8444}]}},
    ]


def client(path: str, **more: Any) -> dict[str, Any]:
    """How that server is reached."""
    return {"service": {"name": "hook", "namespace": "default", "port": 8443, "path": path}, "caBundle": BUNDLE, **more}


def hooks(kind: str, path: str, resource: str = "configmaps", operation: str = "CREATE", **more: Any) -> dict[str, Any]:
    """A configuration with one webhook."""
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": [operation], "resources": [resource]}
    hook = {"name": "a.example.com", "clientConfig": client(path), "rules": [rule], "sideEffects": "None"}
    return {
        "apiVersion": REGISTRATION,
        "kind": f"{kind}WebhookConfiguration",
        "metadata": {"name": "hooks"},
        "webhooks": [{**hook, "admissionReviewVersions": ["v1"], **more}],
    }


def config_map(name: str = "m", **data: str) -> dict[str, Any]:
    """A ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


@pytest.fixture
def world() -> kemu.Cluster:
    cluster = kemu.Cluster(nodes=1)
    cluster.apply(server("webhook"))
    cluster.wait("pod/hook", "condition=Ready")
    cluster.settle()
    return cluster


def test_a_webhook_in_the_cluster_refuses(world: kemu.Cluster) -> None:
    """The API server calls the pod behind the Service, and passes its refusal on."""
    world.apply(hooks("Validating", "/configmaps"))
    with pytest.raises(errors.ApiError, match="denied the request: the configmap contains unwanted key and value"):
        world.create(config_map(**{"webhook-e2e-test": "webhook-disallow"}))
    assert world.create(config_map(fine="yes")).data == {"fine": "yes"}


def test_a_webhook_in_the_cluster_changes_objects(world: kemu.Cluster) -> None:
    """Its patch is applied, and what it added gets its defaults."""
    world.apply(hooks("Mutating", "/mutating-pods", "pods"))
    spec = {"containers": [{"name": "c", "image": "nginx"}]}
    pod = world.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "webhook-to-be-mutated"}, "spec": spec})
    added = pod.spec.init_containers[0]
    assert (added.name, added.termination_message_policy) == ("webhook-added-init-container", "File")


def test_without_its_server_a_webhook_fails(world: kemu.Cluster) -> None:
    """When the pod is gone, what its configuration says of failures decides."""
    world.apply(hooks("Validating", "/configmaps"))
    world.delete("pod/hook", grace_seconds=0)
    world.settle()
    with pytest.raises(errors.InternalError, match='no endpoints available for service "hook"'):
        world.create(config_map())
    world.apply(hooks("Validating", "/configmaps", failurePolicy="Ignore"))
    world.create(config_map())


def test_a_webhook_without_a_bundle_is_not_trusted(world: kemu.Cluster) -> None:
    """D-310: nobody has signed the certificate of a Service but an authority of its own."""
    world.apply(hooks("Validating", "/configmaps", clientConfig=client("/configmaps", caBundle=None)))
    with pytest.raises(errors.InternalError, match="x509: certificate signed by unknown authority"):
        world.create(config_map())


@pytest.mark.parametrize(("timeout", "policy", "passes"), [(1, "Fail", False), (1, "Ignore", True), (10, "Fail", True)])
def test_a_slow_webhook_meets_its_timeout(world: kemu.Cluster, timeout: int, policy: str, passes: bool) -> None:
    """An answer that takes five seconds is too late for who waits for one."""
    world.apply(hooks("Validating", "/always-allow-delay-5s", timeoutSeconds=timeout, failurePolicy=policy))
    if passes:
        world.create(config_map())
        return
    with pytest.raises(errors.InternalError, match="context deadline exceeded"):
        world.create(config_map())


def test_a_connection_to_a_container_is_admitted(world: kemu.Cluster) -> None:
    """Who attaches is a CONNECT, whose object says how."""
    world.apply(hooks("Validating", "/pods/attach", "pods/attach", "CONNECT"))
    spec = {"containers": [{"name": "container1", "image": "nginx"}]}
    world.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "to-be-attached-pod"}, "spec": spec})
    world.wait("pod/to-be-attached-pod", "condition=Ready")
    path = "/api/v1/namespaces/default/pods/to-be-attached-pod/attach?container=container1"
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Protocol": "v5.channel.k8s.io"}
    refused = world.request("GET", f"{path}&stdin=true", upgrade)
    assert "attaching to pod 'to-be-attached-pod' is not allowed" in refused.json()["message"]
    assert world.request("GET", path, upgrade).status == 101


# Conversion

V1 = {"hostPort": {"type": "string"}}
V2 = {"host": {"type": "string"}, "port": {"type": "string"}}


def definition(stored: str) -> dict[str, Any]:
    """A kind of two versions that agnhost can convert."""
    versions = [
        {
            "name": name,
            "served": True,
            "storage": name == stored,
            "schema": {"openAPIV3Schema": {"type": "object", "properties": properties}},
        }
        for name, properties in (("v1", V1), ("v2", V2))
    ]
    bundle = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="
    webhook = {"clientConfig": client("/crdconvert", caBundle=bundle), "conversionReviewVersions": ["v1"]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "ends.stable.example.com"},
        "spec": {
            "group": "stable.example.com",
            "scope": "Namespaced",
            "names": {"plural": "ends", "singular": "end", "kind": "End", "listKind": "EndList"},
            "versions": versions,
            "conversion": {"strategy": "Webhook", "webhook": webhook},
        },
    }


def listed(world: kemu.Cluster, version: str) -> list[tuple[Any, ...]]:
    """Host and port of all objects as a version shows them."""
    path = f"/apis/stable.example.com/{version}/namespaces/default/ends"
    items = world.request("GET", path).json()["items"]
    return [tuple(item[name] for name in (V1 if version == "v1" else V2)) for item in items]


def test_objects_are_converted_by_a_server_in_the_cluster() -> None:
    """Whichever version is stored, each version shows all objects in its own form; forks and pickles as well."""
    world = kemu.Cluster(nodes=1)
    world.apply(server("crd-conversion-webhook"))
    world.wait("pod/hook", "condition=Ready")
    world.settle()
    world.apply(definition("v1"))
    end = {"apiVersion": "stable.example.com/v1", "kind": "End", "metadata": {"name": "a"}, "hostPort": "localhost:80"}
    world.create(end)
    world.apply(definition("v2"))
    world.create({**end, "metadata": {"name": "b"}})
    fork = world.fork()
    for each in (world, fork, pickle.loads(pickle.dumps(world))):
        assert listed(each, "v1") == [("localhost:80",)] * 2
        assert listed(each, "v2") == [("localhost", "80")] * 2
    fork.delete("pod/hook", grace_seconds=0)
    fork.settle()
    with pytest.raises(errors.InternalError, match=r"conversion webhook for stable\.example\.com/v2, Kind=End failed"):
        fork.create({**end, "metadata": {"name": "c"}})
    world.create({**end, "metadata": {"name": "c"}})


@pytest.mark.parametrize("stored", ["v1", "v2"])
def test_a_definition_goes_without_who_converted_its_objects(stored: str) -> None:
    """Objects that are kept in the form of today need nobody; with others the definition says why it stays, until
    somebody converts them again."""
    world = kemu.Cluster(nodes=1)
    world.apply(server("crd-conversion-webhook"))
    world.wait("pod/hook", "condition=Ready")
    world.settle()
    world.apply(definition("v1"))
    end = {"apiVersion": "stable.example.com/v1", "kind": "End", "metadata": {"name": "a"}, "hostPort": "localhost:80"}
    world.create(end)
    world.apply(definition(stored))
    world.delete("pod/hook", grace_seconds=0)
    world.settle()
    world.delete("crd/ends.stable.example.com")
    world.advance("1m")
    left = world.list("customresourcedefinitions")
    if stored == "v2":
        (said,) = [each for each in left[0].status.conditions if each.type == "Terminating"]
        assert said.reason == "InstanceDeletionFailed" and said.message.startswith("could not list instances: conv")
        world.apply(server("crd-conversion-webhook"))
        world.wait("pod/hook", "condition=Ready")
        world.advance("2s")  # until it is an endpoint
        world.patch("crd", "ends.stable.example.com", {"metadata": {"labels": {"look": "again"}}}, type="merge")
        left = world.list("customresourcedefinitions")
    assert not left


def test_history_is_hashed_and_compacted_without_who_converts_objects() -> None:
    """What was kept in an older form is hashed in that."""
    world = kemu.Cluster(nodes=1, compaction="5m")
    world.apply(server("crd-conversion-webhook"))
    world.wait("pod/hook", "condition=Ready")
    world.settle()
    world.apply(definition("v1"))
    end = {"apiVersion": "stable.example.com/v1", "kind": "End", "metadata": {"name": "a"}, "hostPort": "localhost:80"}
    world.create(end)
    world.apply(definition("v2"))
    split = {"host": "localhost", "port": "80"}
    world.create({"apiVersion": "stable.example.com/v2", "kind": "End", "metadata": {"name": "b"}, **split})
    world.delete("pod/hook", grace_seconds=0)
    world.delete("crd/ends.stable.example.com")
    world.advance("11m")
    assert world.parts.api.log.compacted > 0 and world.digest() == world.fork().digest()
