"""Kinds and their names, custom objects, the official client's models, builders."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from kemu.errors import UsageError
from kemu.objects import CustomObject, Deployment, Event, Lease, Pod, codec, core, evolve, meta, references, scheme
from kemu.objects.client_models import from_client, to_client
from kemu.testing import builders
from kemu.values.quantity import Quantity


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("po", "v1/Pod"),
        ("pods", "v1/Pod"),
        ("pod", "v1/Pod"),
        ("Pod", "v1/Pod"),
        ("PODS", "v1/Pod"),
        ("v1/Pod", "v1/Pod"),
        ("deploy", "apps/v1/Deployment"),
        ("deployments.apps", "apps/v1/Deployment"),
        ("deployments.v1.apps", "apps/v1/Deployment"),
        ("Deployment.apps", "apps/v1/Deployment"),
        ("apps/v1/Deployment", "apps/v1/Deployment"),
        ("apps/v1/deployments", "apps/v1/Deployment"),
        ("hpa", "autoscaling/v2/HorizontalPodAutoscaler"),
        ("hpa.v1.autoscaling", "autoscaling/v1/HorizontalPodAutoscaler"),
        ("events", "v1/Event"),
        ("ev.events.k8s.io", "events.k8s.io/v1/Event"),
        ("netpol", "networking.k8s.io/v1/NetworkPolicy"),
        ("crd", "apiextensions.k8s.io/v1/CustomResourceDefinition"),
        ("sc", "storage.k8s.io/v1/StorageClass"),
    ],
)
def test_kinds_are_found_by_any_name(name: str, found: str):
    """Plural, singular, short name, kind; with group, with version, in any case."""
    kind = scheme.find(name)
    assert f"{kind.api_version}/{kind.kind}" == found


@pytest.mark.parametrize("name", ["", "nothing", "pods.apps", "v2/Pod", "apps/v1/Pod", "deployments.v2.apps"])
def test_unknown_names_are_refused_as_kubectl_does(name: str):
    """With kubectl's text, as an error that can be caught as LookupError."""
    with pytest.raises(LookupError) as refused:
        scheme.find(name)
    assert str(refused.value) == f'the server doesn\'t have a resource type "{name}"'
    assert isinstance(refused.value, UsageError)


def test_kinds_know_their_types():
    """Class, list class, subresources, and the way back from a class or object."""
    kind = scheme.find("deploy")
    assert kind.type is Deployment and kind.list_type.kind == kind.list_kind == "DeploymentList"
    assert scheme.of(Deployment) is scheme.of(Deployment()) is scheme.by_gvk("apps/v1", "Deployment") is kind
    assert scheme.by_resource("apps", "v1", "deployments") is kind
    assert kind.subresources["scale"].kind == "Scale" and "status" in kind.subresources
    assert scheme.type_of("v1", "Status") is meta.Status
    assert scheme.type_of("v1", "PodList") is core.PodList
    assert scheme.type_of("example.com/v1", "Widget") is None
    assert scheme.of(Event).group == ""
    with pytest.raises(scheme.UnknownResource):
        scheme.of(core.Container)


def test_all_kinds_have_distinct_names_within_their_group():
    """No two rows answer to the same URL or to the same kind."""
    assert len({(kind.group, kind.version, kind.plural) for kind in scheme.KINDS}) == len(scheme.KINDS)
    assert len({(kind.api_version, kind.kind) for kind in scheme.KINDS}) == len(scheme.KINDS)


WIDGET = CustomObject(
    {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": "w", "labels": {"a": "b"}},
        "spec": {"size": 3, "parts": [{"name": "x"}]},
    }
)


def test_custom_objects_are_read_by_attribute_and_by_item():
    """Documents inside, too; metadata is typed."""
    assert WIDGET.metadata == meta.ObjectMeta(name="w", labels={"a": "b"}) == WIDGET["metadata"]
    assert (WIDGET.kind, WIDGET.api_version) == ("Widget", "example.com/v1")
    assert WIDGET.spec.size == WIDGET["spec"]["size"] == 3
    assert WIDGET.spec.parts[0].name == "x"
    assert CustomObject({"status": {"readyParts": 1}}).status.ready_parts == 1
    assert "spec" in WIDGET and "status" not in WIDGET and WIDGET.get("status") is None
    assert WIDGET.status is None
    with pytest.raises(AttributeError, match="this Widget has no field 'data'"):
        WIDGET.data  # noqa: B018
    with pytest.raises(AttributeError, match="no field 'colour'; there are: parts, size"):
        WIDGET.spec.colour  # noqa: B018
    with pytest.raises(KeyError):
        WIDGET["status"]


def test_custom_objects_are_values():
    """Equal by content, hashable, picklable, immutable; changed copies are made by evolve."""
    same = CustomObject(WIDGET.to_dict())
    assert same == WIDGET and hash(same) == hash(WIDGET) and pickle.loads(pickle.dumps(WIDGET)) == WIDGET
    changed = WIDGET.evolve(status={"ready": True}, metadata=evolve(WIDGET.metadata, name="v"))
    assert (changed.status.ready, changed.metadata.name, changed.spec) == (True, "v", WIDGET.spec)
    assert changed.evolve(status=None, metadata=WIDGET.metadata) == WIDGET
    assert codec.decode_object(codec.encode(WIDGET)) == WIDGET
    with pytest.raises(AttributeError):
        WIDGET.spec = {}


class ClientMeta:
    attribute_map: ClassVar = {"name": "name", "creation_timestamp": "creationTimestamp", "labels": "labels"}
    openapi_types: ClassVar = {"name": "str", "creation_timestamp": "datetime", "labels": "dict(str, str)"}

    def __init__(self, name: Any = None, creation_timestamp: Any = None, labels: Any = None) -> None:
        self.name, self.creation_timestamp, self.labels = name, creation_timestamp, labels


class ClientLeaseSpec:
    attribute_map: ClassVar = {"holder_identity": "holderIdentity", "renew_time": "renewTime"}
    openapi_types: ClassVar = {"holder_identity": "str", "renew_time": "datetime"}

    def __init__(self, holder_identity: Any = None, renew_time: Any = None) -> None:
        self.holder_identity, self.renew_time = holder_identity, renew_time


class ClientLease:
    attribute_map: ClassVar = {"api_version": "apiVersion", "kind": "kind", "metadata": "metadata", "spec": "spec"}
    openapi_types: ClassVar = {"api_version": "str", "kind": "str", "metadata": "V1ObjectMeta", "spec": "V1LeaseSpec"}

    def __init__(self, api_version: Any = None, kind: Any = None, metadata: Any = None, spec: Any = None) -> None:
        self.api_version, self.kind, self.metadata, self.spec = api_version, kind, metadata, spec


class Client:
    """The shape of the official client's models, as much of it as a lease needs."""

    V1Lease, V1LeaseSpec, V1ObjectMeta = ClientLease, ClientLeaseSpec, ClientMeta


def test_models_of_the_official_client_are_converted():
    """There and back, moments included."""
    lease = Lease(
        metadata={"name": "l", "labels": {"a": "b"}, "creation_timestamp": 60},
        spec={"holder_identity": "me", "renew_time": "2000-01-01T00:00:00.000000Z"},
    )
    model = to_client(lease, Client)
    assert model.metadata.creation_timestamp == datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
    assert model.spec.renew_time == datetime(2000, 1, 1, tzinfo=UTC)
    assert from_client(model) == lease
    assert from_client(model.metadata, meta.ObjectMeta) == lease.metadata
    with pytest.raises(UsageError, match="not a model"):
        from_client(5)
    with pytest.raises(UsageError, match="pass the type"):
        from_client(model.metadata)
    with pytest.raises(UsageError, match="no model for Pod"):
        to_client(Pod(), Client)


def test_builders_make_what_a_user_would_write():
    """Short keywords for the pod and its container, everything else as it is."""
    pod = builders.make_pod("web", image="nginx", cpu="100m", labels={"app": "web"}, node_name="n1", ports=[80])
    assert (pod.metadata.name, pod.metadata.namespace, pod.spec.node_name) == ("web", "default", "n1")
    assert pod.spec.containers[0].resources.requests == {"cpu": Quantity("100m")}
    assert pod.spec.containers[0].ports[0].container_port == 80
    deployment = builders.make_deployment("web", replicas=3, image="nginx", env={"A": "1"})
    assert deployment.spec.selector.match_labels == deployment.spec.template.metadata.labels == {"app": "web"}
    assert deployment.spec.template.spec.containers[0].env == (core.EnvVar(name="A", value="1"),)
    node = builders.make_node(
        "n1", cpu=8, resources={"example.com/gpu": 2}, taints=[{"key": "k", "effect": "NoExecute"}]
    )
    assert node.status.allocatable["example.com/gpu"] == Quantity(2) and node.metadata.namespace is None
    owned = builders.make_pod("p", owner=deployment)
    assert owned.metadata.owner_references[0].kind == "Deployment"
    running = builders.running(pod, node="n2")
    assert (running.status.phase, running.spec.node_name) == ("Running", "n2")


@pytest.mark.parametrize(
    "make",
    [
        builders.make_claim,
        builders.make_config_map,
        builders.make_cron_job,
        builders.make_daemon_set,
        builders.make_deployment,
        builders.make_job,
        builders.make_node,
        builders.make_pod,
        builders.make_replica_set,
        builders.make_service,
        builders.make_stateful_set,
        lambda: builders.make_budget(min_available=1),
        lambda: builders.make_namespace("ns"),
    ],
)
def test_builders_need_no_arguments(make: Any):
    """Each makes something that goes through the codec unchanged."""
    made = make()
    assert codec.decode_object(codec.encode(made), field_validation="Strict") == made


def test_custom_objects_evolve_like_all_others():
    """By keyword and by path, also through the function that typed objects use."""
    changed = evolve(
        WIDGET, {"spec.size": 4, "metadata.labels.a": "c", "status.ready": True, "spec.parts[0].name": "y"}
    )
    assert (changed.spec.size, changed.metadata.labels, changed.status.ready) == (4, {"a": "c"}, True)
    assert changed.spec.parts[0].name == "y" and WIDGET.spec.parts[0].name == "x"
    assert evolve(WIDGET, metadata={"name": "v"}).metadata.name == "v"
    assert hash(changed) != hash(WIDGET)


def test_references():
    """To an object, to a part of it, to an owner; and the way to the controller."""
    pod = Pod(metadata={"name": "p", "namespace": "n", "uid": "u", "resource_version": "5"})
    reference = references.reference_to(pod, "spec.containers{main}")
    assert (reference.kind, reference.api_version, reference.namespace, reference.name) == ("Pod", "v1", "n", "p")
    assert (reference.uid, reference.resource_version, reference.field_path) == ("u", "5", "spec.containers{main}")
    owned = builders.make_pod("q", owner=pod)
    assert references.controller_of(owned) == references.owner_reference(pod)
    assert references.owner_reference(pod, controller=False).controller is None
    assert references.controller_of(pod) is None
