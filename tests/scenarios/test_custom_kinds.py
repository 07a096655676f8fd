"""A custom kind from end to end: what a user does with one, and a controller that reconciles it."""

import json
import subprocess
import sys

import pytest

import kemu
from kemu import errors
from kemu.apiserver.resources import row
from kemu.kit import DONE, Wiring, ownership, split
from kemu.objects import Deployment, Pod, custom_kind, evolve
from kemu.objects.references import owner_reference

GROUP = "/apis/example.com/v1"
WIDGETS = f"{GROUP}/namespaces/default/widgets"
ANY = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
NUMBER = {"type": "integer", "format": "int32"}
SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "size": {**NUMBER, "minimum": 0},
                "image": {"type": "string", "default": "nginx"},
                "colours": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            },
        },
        "status": {
            "type": "object",
            "properties": {
                "ready": NUMBER,
                "selector": {"type": "string"},
                "conditions": {"type": "array", "items": ANY},
            },
        },
    },
}
PATHS = {
    "specReplicasPath": ".spec.size",
    "statusReplicasPath": ".status.ready",
    "labelSelectorPath": ".status.selector",
}
SUBRESOURCES = {"status": {}, "scale": PATHS}


def serve(cluster, **said):
    """Serve widgets in a cluster, as a definition would have it."""
    said = {"schema": SCHEMA, "subresources": SUBRESOURCES, "short_names": ["wd"], **said}
    cluster.api.resources.add(row(custom_kind("example.com", "v1", "widgets", "Widget", **said)))
    return cluster


@pytest.fixture
def world():
    return serve(kemu.Cluster(nodes=1))


def widget(name="w", metadata=None, **spec):
    document = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name, **(metadata or {})}}
    return {**document, "spec": spec}


def owned_by(owner, **more):
    reference = {"apiVersion": owner.api_version, "kind": owner.kind, "name": owner.metadata.name}
    return [{**reference, "uid": owner.metadata.uid, **more}]


def config(name, **metadata):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}


def names(cluster, kind, namespace="default"):
    return {each.metadata.name for each in cluster.list(kind, namespace=namespace)} - {"kube-root-ca.crt"}


def call(cluster, method, path, body=None, form="application/json"):
    response = cluster.request(method, path, headers={"Content-Type": form}, body=body and json.dumps(body))
    return response.status, json.loads(bytes(response.body))


# The hand of a user


def test_everything_that_a_user_does(world):
    """Apply, create, read, wait, patch, replace, scale and delete; what it looked like, then and in another future."""
    world.apply(widget(size=1))
    world.create(widget("v", size=2))
    first = world.api.revision
    assert names(world, "wd") == {"v", "w"} and world.get("wd/w").spec.image == "nginx"
    world.patch("wd", "w", [{"op": "replace", "path": "/spec/size", "value": 2}], type="json")
    world.patch("wd", "w", {"spec": {"image": "b"}}, type="merge")
    world.apply(widget(colours=["red"]), manager="other")
    with pytest.raises(errors.UnsupportedMediaType):
        world.patch("wd", "w", {"spec": {"size": 3}}, type="strategic")
    found = world.get("wd/w")
    assert (found.spec.size, found.spec.image, found.spec.colours, found.metadata.generation) == (2, "b", ("red",), 4)
    world.replace(evolve(found, {"spec.size": 5}))
    with pytest.raises(errors.Conflict):
        world.replace(evolve(found, {"spec.size": 6}))
    assert world.scale("wd/w", 7).spec.replicas == 7 and world.get("wd/w").spec.size == 7
    assert world.at(first).get("wd/w").spec.size == 1
    fork = world.fork()
    fork.delete("wd/w")
    assert names(fork, "wd") == {"v"} and names(world, "wd") == {"v", "w"} and fork.digest() != world.digest()
    assert [change.type for change in world.history("wd")] == ["ADDED", "ADDED", *["MODIFIED"] * 5]
    assert "size: 7" in world.describe("wd/w") and world.table("wd").splitlines()[1].split() == ["v", "0s"]


def test_waiting_for_conditions_and_fields(world):
    """In virtual time, also for the end of an object."""
    world.apply(widget(size=1, metadata={"finalizers": ["example.com/wait"]}))
    status = {"ready": 1, "conditions": [{"type": "Ready", "status": "True"}]}
    world.patch("wd", "w", {"status": status}, type="merge", subresource="status")
    world.wait("wd/w", "condition=Ready")
    world.wait("wd/w", "jsonpath={.status.ready}=1")
    with pytest.raises(errors.NotReached):
        world.wait("wd/w", "jsonpath={.status.ready}=2", timeout="5s")
    world.delete("wd/w")
    with pytest.raises(errors.NotReached):
        world.wait("wd/w", "delete", timeout="5s")
    world.patch("wd", "w", {"metadata": {"finalizers": None}}, type="merge")
    world.wait("wd/w", "delete")


# REST


def test_every_verb(world):
    """Of the collection and of the item, with a watch that saw it all."""
    start = world.api.revision
    assert call(world, "POST", WIDGETS, widget(size=1))[0] == 201
    status, found = call(world, "GET", f"{WIDGETS}/w")
    assert status == 200 and found["spec"] == {"size": 1, "image": "nginx"}
    found["spec"]["size"] = 2
    assert call(world, "PUT", f"{WIDGETS}/w", found)[1]["metadata"]["generation"] == 2
    applied = call(
        world, "PATCH", f"{WIDGETS}/w?fieldManager=m&force=true", widget(size=3), "application/apply-patch+yaml"
    )
    assert applied[0] == 200 and applied[1]["spec"]["size"] == 3
    assert call(world, "DELETE", f"{WIDGETS}/w?dryRun=All")[0] == 200
    assert call(world, "DELETE", f"{WIDGETS}/w")[1]["status"] == "Success"
    call(world, "POST", WIDGETS, widget("v", size=1))
    assert call(world, "DELETE", WIDGETS)[1]["kind"] == "WidgetList" and not names(world, "wd")
    watched = world.request("GET", f"{GROUP}/widgets?watch=true&resourceVersion={start}&timeoutSeconds=1")
    events = [json.loads(line) for line in b"".join(watched.stream()).splitlines()]
    shown = [(event["type"], event["object"]["metadata"]["name"]) for event in events]
    assert shown == [
        ("ADDED", "w"),
        ("MODIFIED", "w"),
        ("MODIFIED", "w"),
        ("DELETED", "w"),
        ("ADDED", "v"),
        ("DELETED", "v"),
    ]


def test_scale_reads_and_writes_where_the_definition_says(world):
    """By update, patch and apply; it counts a generation and leaves all else alone."""
    world.apply(widget(size=1))
    world.patch("wd", "w", {"status": {"ready": 1, "selector": "a=b"}}, type="merge", subresource="status")
    item = f"{WIDGETS}/w/scale"
    status, scale = call(world, "GET", item)
    assert (status, scale["kind"], scale["spec"], scale["status"]) == (
        200,
        "Scale",
        {"replicas": 1},
        {"replicas": 1, "selector": "a=b"},
    )
    scale["spec"]["replicas"] = 2
    assert call(world, "PUT", item, scale)[1]["spec"] == {"replicas": 2}
    assert call(world, "PUT", item, scale)[0] == 409
    patch = {"spec": {"replicas": 3}}
    assert call(world, "PATCH", item, patch, "application/merge-patch+json")[1]["spec"] == {"replicas": 3}
    form = "application/apply-patch+yaml"
    config = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "w"}, "spec": {"replicas": 4}}
    assert call(world, "PATCH", f"{item}?fieldManager=m", config, form)[0] == 409
    assert call(world, "PATCH", f"{item}?fieldManager=m&force=true", config, form)[1]["spec"] == {"replicas": 4}
    found = world.get("wd/w")
    assert (found.spec.size, found.spec.image, found.metadata.generation, found.status.ready) == (4, "nginx", 4, 1)
    owners = {entry.manager: entry.fields_v1 for entry in found.metadata.managed_fields if entry.subresource == "scale"}
    assert owners == {"m": {"f:spec": {"f:size": {}}}}
    scale["metadata"].pop("resourceVersion")
    scale["spec"]["replicas"] = -1
    status, refusal = call(world, "PUT", item, scale)
    assert status == 422 and "should be a non-negative integer" in refusal["message"]


def test_a_scale_of_what_has_no_replicas(world):
    """Cannot be read, can be written; kinds without the subresource have none."""
    world.create(widget())
    status, refusal = call(world, "GET", f"{WIDGETS}/w/scale")
    assert (status, refusal["message"]) == (
        500,
        'Internal error occurred: the spec replicas field ".spec.size" does not exist',
    )
    assert world.scale("wd/w", 2).spec.replicas == 2 and world.get("wd/w").spec.size == 2
    plain = serve(kemu.Cluster(nodes=0), subresources=["status"])
    plain.create(widget(size=1))
    assert call(plain, "GET", f"{WIDGETS}/w/scale")[0] == 404
    with pytest.raises(errors.UsageError, match="cannot be scaled"):
        plain.scale("wd/w", 2)


# Names, scopes, versions


def test_a_kind_may_have_the_name_of_a_built_in_one():
    """Its short name stays the built-in one's; with its group it is meant, and events go on."""
    cluster = kemu.Cluster(nodes=1)
    cluster.api.resources.add(row(custom_kind("example.com", "v1", "events", "Event", schema=ANY)))
    mine = {"apiVersion": "example.com/v1", "kind": "Event", "metadata": {"name": "party"}}
    cluster.apply(mine)
    cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [CONTAINER]}})
    cluster.advance("5s")
    assert names(cluster, "events.example.com") == {"party"} and "party" not in names(cluster, "events")
    assert {event.reason for event in cluster.events("pod/p")} >= {"Scheduled", "Started"}
    cluster.delete("events.example.com", "party")
    assert not names(cluster, "events.example.com")


def test_a_cluster_scoped_kind_owns_what_is_in_namespaces():
    """And scales, and is found without a namespace."""
    cluster = serve(kemu.Cluster(nodes=0), scope="Cluster")
    owner = cluster.apply(widget(size=1))
    assert owner.metadata.namespace is None and cluster.scale("wd/w", 2).spec.replicas == 2
    cluster.apply(config("c", ownerReferences=owned_by(owner)))
    cluster.delete("wd/w")
    cluster.settle()
    assert "c" not in names(cluster, "cm")


def test_two_versions_of_one_object():
    """Each is read, watched, patched, scaled and owned through either; it is kept once."""
    cluster = kemu.Cluster(nodes=0)
    stored = custom_kind("example.com", "v1", "widgets", "Widget", schema=SCHEMA, subresources=SUBRESOURCES)
    beta = custom_kind("example.com", "v1beta1", "widgets", "Widget", schema=ANY, subresources=SUBRESOURCES)
    cluster.api.resources.add(row(stored))
    cluster.api.resources.add(row(beta, stored))
    old = "/apis/example.com/v1beta1/namespaces/default/widgets/w"
    cluster.create({**widget(size=1), "apiVersion": "example.com/v1beta1"})
    merge = "application/merge-patch+json"
    assert call(cluster, "PATCH", old, {"spec": {"size": 2}}, merge)[1]["apiVersion"] == "example.com/v1beta1"
    assert call(cluster, "GET", f"{old}/scale")[1]["spec"] == {"replicas": 2}
    assert call(cluster, "PATCH", f"{old}/scale", {"spec": {"replicas": 3}}, merge)[0] == 200
    found = cluster.get("widgets.v1.example.com", "w")
    assert (found.api_version, found.spec.size) == ("example.com/v1", 3)
    owner = cluster.get("widgets.v1beta1.example.com", "w")
    cluster.apply(config("c", ownerReferences=owned_by(owner)))
    cluster.settle()
    assert owner.api_version == "example.com/v1beta1" and "c" in names(cluster, "cm")
    assert [change.type for change in cluster.history("widgets.v1.example.com")] == ["ADDED", "MODIFIED", "MODIFIED"]
    cluster.delete("widgets.v1beta1.example.com", "w")
    cluster.settle()
    assert "c" not in names(cluster, "cm") and not cluster.list("widgets.v1.example.com")


# Garbage and namespaces


CONTAINER = {"name": "c", "image": "nginx"}


@pytest.mark.parametrize("custom_owner", [True, False])
@pytest.mark.parametrize("propagation", ["Background", "Foreground", "Orphan"])
def test_dependents_of_both_sorts(world, custom_owner, propagation):
    """A built-in one of a custom owner, a custom one of a built-in owner: gone with it, before it, or left behind."""
    kinds = ("wd", "cm") if custom_owner else ("cm", "wd")
    owner = world.apply(widget("owner") if custom_owner else config("owner"))
    references = owned_by(owner, blockOwnerDeletion=True)
    metadata = {"ownerReferences": references, "finalizers": ["example.com/wait"]}
    world.apply(config("child", **metadata) if custom_owner else widget("child", metadata=metadata))
    world.settle()
    world.delete(kinds[0], "owner", propagation=propagation)
    world.settle()
    child = world.get(kinds[1], "child")
    if propagation == "Orphan":
        assert names(world, kinds[0]) == set() and not child.metadata.owner_references
        assert child.metadata.deletion_timestamp is None
        return
    assert child.metadata.deletion_timestamp is not None
    assert names(world, kinds[0]) == ({"owner"} if propagation == "Foreground" else set())
    world.patch(kinds[1], "child", {"metadata": {"finalizers": None}}, type="merge")
    world.settle()
    assert names(world, kinds[0]) == set() and "child" not in names(world, kinds[1])


def test_foreground_waits_for_those_that_block_only(world):
    """A dependent that does not block the deletion of its owner is no reason to wait."""
    owner = world.apply(widget("owner"))
    metadata = {"ownerReferences": owned_by(owner), "finalizers": ["example.com/wait"]}
    world.apply(widget("child", metadata=metadata))
    world.settle()
    world.delete("wd/owner", propagation="Foreground")
    world.settle()
    assert names(world, "wd") == {"child"} and world.get("wd/child").metadata.deletion_timestamp is not None


def test_a_namespace_goes_with_its_custom_objects(world):
    """It waits for their finalizers, and says so."""
    world.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}})
    world.apply(widget("held", metadata={"namespace": "n", "finalizers": ["example.com/wait"]}))
    world.apply(widget("free", metadata={"namespace": "n"}))
    world.delete("namespace/n")
    world.advance("30s")
    assert names(world, "wd", "n") == {"held"}
    said = {each.type: each.message for each in world.get("namespace/n").status.conditions}
    assert said["NamespaceContentRemaining"] == (
        "Some resources are remaining: widgets.example.com has 1 resource instances"
    )
    assert said["NamespaceFinalizersRemaining"] == (
        "Some content in the namespace has finalizers remaining: example.com/wait in 1 resource instances"
    )
    world.patch("wd", "held", {"metadata": {"finalizers": None}}, namespace="n", type="merge")
    world.wait("namespace/n", "delete", timeout="2m")


# Controllers


def reconcile_widget(api, cache, key):
    """A Deployment for every widget, whose status the widget shows; it adopts what carries the widget's name."""
    widget = cache.get("widgets.example.com", key)
    if widget is None:
        return DONE
    namespace, name = split(key)

    def mine(each):
        return each.metadata.labels.get("widget") == name

    owned = ownership.claim(api, widget, cache.owned(Deployment, by=widget), cache.list(Deployment, namespace), mine)
    if not owned and widget.metadata.deletion_timestamp is None:
        labels = {"widget": name}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{**CONTAINER, "image": widget.spec.image}]}}
        spec = {"replicas": widget.spec.size, "selector": {"matchLabels": labels}, "template": template}
        references = (owner_reference(widget),)
        metadata = {"name": name, "namespace": namespace, "labels": labels, "ownerReferences": references}
        api.create(Deployment(metadata=metadata, spec=spec))
        api.event(widget, "Normal", "Created", f"Created deployment {name}")
    for each in owned:
        if each.spec.replicas != widget.spec.size:
            api.update(evolve(each, {"spec.replicas": widget.spec.size}))
    ready = sum(each.status.ready_replicas or 0 for each in owned)
    true = "True" if ready == widget.spec.size else "False"
    status = {"ready": ready, "conditions": [{"type": "Ready", "status": true}]}
    if widget.status != status:
        api.update_status(widget.evolve(status=status))
    return DONE


WIRING = Wiring("widget-controller", reconciles="widgets.example.com", owns=(Deployment,))


def reconcile_pod(api, cache, key):
    """A widget for every pod that asks for one."""
    pod = cache.get(Pod, key)
    if pod is not None and pod.metadata.labels.get("wants") == "widget" and not cache.owned(WIDGET, by=pod):
        row = api.resource_of(WIDGET)
        made = row.kind.empty().evolve(spec={"size": 1}, metadata=evolve(pod.metadata, **BLANK))
        api.create(made.evolve(metadata=evolve(made.metadata, owner_references=(owner_reference(pod),))))
    return DONE


WIDGET = "widgets.example.com"
BLANK = {"uid": None, "resource_version": None, "labels": {}, "managed_fields": (), "creation_timestamp": None}


def test_a_controller_of_a_custom_kind(world):
    """It is woken by the kind and by what the kind owns, writes status and events, and owns the fields it writes."""
    world.add_controller(WIRING, reconcile_widget)
    world.apply(widget(size=2))
    world.wait("wd/w", "condition=Ready", timeout="1m")
    assert len(world.list("pods")) == 2 and world.get("deployment/w").metadata.owner_references[0].kind == "Widget"
    (event,) = world.events("wd/w")
    assert (event.reason, event.involved_object.api_version) == ("Created", "example.com/v1")
    assert "Created deployment w" in world.describe("wd/w")
    owners = {(e.manager, e.subresource): e.fields_v1 for e in world.get("wd/w").metadata.managed_fields}
    assert owners["widget-controller", "status"]["f:status"].keys() >= {"f:ready", "f:conditions"}
    assert owners["kemu", None]["f:spec"] == {"f:size": {}}
    world.scale("wd/w", 3)
    world.wait("wd/w", "jsonpath={.status.ready}=3", timeout="1m")
    world.delete("deployment/w")
    world.advance("1m")
    assert len(world.list("pods")) == 3
    world.delete("wd/w", propagation="Foreground")
    world.advance("1m")
    assert not world.list("wd") and not world.list("deployments") and not world.list("pods")


def test_a_custom_owner_adopts_and_releases(world):
    """A Deployment that carries its mark becomes its own, and is let go when it does not any more."""
    template = {"metadata": {"labels": {"widget": "w"}}, "spec": {"containers": [CONTAINER]}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"widget": "w"}}, "template": template}
    metadata = {"name": "orphan", "labels": {"widget": "w"}}
    world.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})
    world.add_controller(WIRING, reconcile_widget)
    world.apply(widget(size=1))
    world.advance("5s")
    (reference,) = world.get("deployment/orphan").metadata.owner_references
    assert (reference.kind, reference.name, reference.controller) == ("Widget", "w", True)
    world.patch("deployment", "orphan", {"metadata": {"labels": {"widget": "other"}}})
    world.advance("5s")
    assert not world.get("deployment/orphan").metadata.owner_references and names(world, "deployments") == {
        "orphan",
        "w",
    }


def test_a_custom_object_that_a_controller_owns(world):
    """A controller of a built-in kind is woken by the widget it owns, and makes it anew."""
    world.add_controller(Wiring("wisher", reconciles=Pod, owns=(WIDGET,)), reconcile_pod)
    metadata = {"name": "p", "labels": {"wants": "widget"}}
    world.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [CONTAINER]}})
    world.advance("2s")
    first = world.get("wd/p")
    world.delete("wd/p")
    world.advance("2s")
    second = world.get("wd/p")
    assert first.metadata.uid != second.metadata.uid and second.metadata.owner_references[0].name == "p"
    world.delete("pod/p", grace_seconds=0)
    world.advance("2s")
    assert not world.list("wd")


def test_a_custom_orphan_is_adopted_with_the_version_that_was_seen(world):
    """There is no strategic merge for it: the owners are replaced as a whole, or the write conflicts."""
    owner = world.apply(config("owner"))
    seen = world.apply(widget("orphan"))
    client = world.admin
    world.patch("wd", "orphan", {"metadata": {"labels": {"a": "b"}}}, type="merge")
    with pytest.raises(errors.Conflict):
        ownership.adopt(client, seen, owner)
    adopted = ownership.adopt(client, world.get("wd/orphan"), owner)
    assert [each.name for each in adopted.metadata.owner_references] == ["owner"]
    ownership.release(client, adopted, owner)
    assert not world.get("wd/orphan").metadata.owner_references


def scenario():
    """A controller over a custom kind, forked halfway."""
    cluster = serve(kemu.Cluster(nodes=2, seed=7))
    cluster.add_controller(WIRING, reconcile_widget)
    cluster.apply(widget(size=2))
    cluster.advance("5s")
    twin = cluster.fork()
    for each in (cluster, twin):
        each.scale("wd/w", 4)
        each.advance("1m")
    assert twin.digest() == cluster.digest() and cluster.get("wd/w").status.ready == 4
    return cluster.digest()


def test_two_processes_give_one_digest():
    """Also with another hash seed; and a fork goes the same way."""
    code = "from tests.scenarios.test_custom_kinds import scenario; print(scenario())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert found == scenario()
