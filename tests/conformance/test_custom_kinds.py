"""Custom kinds: a row made from a schema goes through everything that a built-in kind goes through."""

import json
import pickle

import pytest

import kemu
from kemu import errors
from kemu.apiserver.resources import row
from kemu.objects import custom_kind

GROUP = "/apis/example.com/v1"
WIDGETS = f"{GROUP}/namespaces/default/widgets"
CONDITION = {"type": "object", "properties": {"type": {"type": "string"}, "status": {"type": "string"}}}
PORT = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "port": {"type": "integer", "default": 80}},
}
SCHEMA = {
    "type": "object",
    "required": ["spec"],
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "size": {"type": "integer", "minimum": 1},
                "mode": {"type": "string", "enum": ["A", "B"], "default": "A"},
                "ports": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    "items": PORT,
                },
                "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                "args": {"type": "array", "items": {"type": "string"}},
            },
        },
        "status": {
            "type": "object",
            "properties": {
                "ready": {"type": "integer"},
                "conditions": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["type"],
                    "items": CONDITION,
                },
            },
        },
    },
}
COLUMNS = [
    {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
    {"name": "Ready", "type": "string", "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
]


def served(**changes):
    """A cluster that serves widgets."""
    cluster = kemu.Cluster(nodes=0, seed=1)
    said = {"schema": SCHEMA, "subresources": ["status"], "short_names": ["wd"], "columns": COLUMNS}
    kind = custom_kind("example.com", "v1", "widgets", "Widget", **{**said, **changes})
    cluster.api.resources.add(row(kind))
    return cluster


@pytest.fixture
def world():
    return served()


def call(world, method, path, body=None, *, form="application/json", accept="application/json"):
    response = world.request(method, path, headers={"Content-Type": form, "Accept": accept}, body=json.dumps(body))
    warnings = [text for name, text in response.headers if name == "Warning"]
    return response.status, json.loads(bytes(response.body)), warnings


def widget(name="w", status=None, **spec):
    document = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name}, "spec": spec}
    return document if status is None else {**document, "status": status}


def test_a_create_prunes_defaults_and_drops_the_status(world):
    """With a warning for what is dropped; a new object starts at generation 1 and without a status."""
    status, created, warnings = call(world, "POST", WIDGETS, widget(size=1, odd=1, ports=[{"name": "x"}], status={}))
    assert status == 201 and warnings == ['299 - "unknown field \\"spec.odd\\""']
    assert created["spec"] == {"size": 1, "mode": "A", "ports": [{"name": "x", "port": 80}]}
    assert created["metadata"]["generation"] == 1 and "status" not in created


def test_strict_validation_names_all_unknown_fields(world):
    """In the fields of the kind and in metadata, sorted, with indexes."""
    given = widget(size=1, ports=[{"name": "x", "odd": 1}])
    given["metadata"]["odd"] = 1
    status, refusal, _ = call(world, "POST", f"{WIDGETS}?fieldValidation=Strict", given)
    assert status == 400 and refusal["message"] == (
        'Widget in version "v1" cannot be handled as a Widget: strict decoding error: '
        'unknown field "metadata.odd", unknown field "spec.ports[0].odd"'
    )


def test_values_are_checked_against_the_schema(world):
    """All complaints at once, on create and on update."""
    status, refusal, _ = call(world, "POST", WIDGETS, widget(size=0, mode="C"))
    assert (status, refusal["message"]) == (
        422,
        'Widget.example.com "w" is invalid: [spec.size: Invalid value: 0: spec.size in body should be greater than or '
        'equal to 1, spec.mode: Unsupported value: "C": supported values: "A", "B"]',
    )
    world.create(widget(size=1))
    patch = {"spec": {"size": "x"}}
    status, refusal, _ = call(world, "PATCH", f"{WIDGETS}/w", patch, form="application/merge-patch+json")
    assert refusal["details"]["causes"] == [
        {
            "reason": "FieldValueTypeInvalid",
            "message": 'Invalid value: "string": spec.size in body must be of type integer: "string"',
            "field": "spec.size",
        }
    ]


def test_every_patch_but_the_strategic_one(world):
    """JSON, merge and apply; the fourth is refused with the list of the others. Only the spec counts generations."""
    world.create(widget(size=1))
    item = f"{WIDGETS}/w"
    operations = [{"op": "replace", "path": "/spec/size", "value": 2}]
    assert call(world, "PATCH", item, operations, form="application/json-patch+json")[1]["metadata"]["generation"] == 2
    merged = call(world, "PATCH", item, {"spec": {"mode": "B"}}, form="application/merge-patch+json")[1]
    assert merged["spec"] == {"size": 2, "mode": "B"} and merged["metadata"]["generation"] == 3
    status, refusal, _ = call(world, "PATCH", item, {"spec": {}}, form="application/strategic-merge-patch+json")
    assert (status, refusal["message"]) == (
        415,
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
    )


def test_an_update_says_what_it_replaces(world):
    """Without a resourceVersion it is refused, with an old one it conflicts."""
    world.create(widget(size=1))
    status, refusal, _ = call(world, "PUT", f"{WIDGETS}/w", widget(size=2))
    assert (status, refusal["message"]) == (
        422,
        'widgets.example.com "w" is invalid: metadata.resourceVersion: Invalid value: 0: '
        "must be specified for an update",
    )


def test_status_is_written_by_itself(world):
    """Through `status` nothing else changes, not even labels; through the object the status does not."""
    world.create(widget(size=1))
    patch = {"status": {"ready": 1}, "spec": {"size": 9}, "metadata": {"labels": {"a": "b"}}}
    written = call(world, "PATCH", f"{WIDGETS}/w/status", patch, form="application/merge-patch+json")[1]
    assert written["status"] == {"ready": 1} and written["spec"]["size"] == 1
    assert "labels" not in written["metadata"] and written["metadata"]["generation"] == 1
    patch = {"status": {"ready": 2}}
    assert call(world, "PATCH", f"{WIDGETS}/w", patch, form="application/merge-patch+json")[1] == written
    without = served(subresources=[])
    without.create(widget(size=1, status={"ready": 1}))
    assert without.get("widget/w").status.ready == 1
    status, refusal, _ = call(without, "GET", f"{WIDGETS}/w/status")
    assert (status, refusal["message"]) == (404, 'widgets.example.com "w" not found')


def test_apply_follows_the_list_types_of_the_schema(world):
    """Keyed items and members of a set belong to those who name them, an atomic list to one manager."""
    world.apply(widget(size=1, ports=[{"name": "a"}], tags=["x"], args=["1"]), manager="alice")
    world.apply(widget(ports=[{"name": "b", "port": 1}], tags=["y"]), manager="bob")
    both = world.get("widget/w").spec
    assert [port.name for port in both.ports] == ["a", "b"] and both.tags == ("x", "y")
    with pytest.raises(errors.Conflict) as caught:
        world.apply(widget(size=2, args=["2"], ports=[{"name": "b"}]), manager="bob")
    assert str(caught.value) == ('Apply failed with 2 conflicts: conflicts with "alice":\n- .spec.args\n- .spec.size')
    world.apply(widget(size=1, tags=["x"]), manager="alice")
    left = world.get("widget/w").spec
    assert [port.name for port in left.ports] == ["b"] and left.tags == ("x", "y") and "args" not in left
    fields = {entry.manager: entry.fields_v1 for entry in world.get("widget/w").metadata.managed_fields}
    assert fields["alice"] == {"f:spec": {"f:size": {}, "f:tags": {'v:"x"': {}}}}
    port = 'k:{"name":"b"}'
    assert fields["bob"]["f:spec"]["f:ports"] == {port: {".": {}, "f:name": {}, "f:port": {}}}


def test_apply_refuses_what_the_schema_does_not_have(world):
    """With the complaint of the typed form of the configuration."""
    with pytest.raises(errors.InternalError, match=r"\.spec\.odd: field not declared in schema"):
        world.apply(widget(odd=1))
    nameless = r"\.spec\.ports: element 0: associative list with keys has an element that omits all key fields"
    with pytest.raises(errors.InternalError, match=nameless):
        world.apply(widget(ports=[{"port": 1}]))


def test_tables_show_the_columns_of_the_definition(world):
    """Read by JSONPath; without columns the age is shown."""
    world.create(widget(size=3))
    accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
    table = call(world, "GET", WIDGETS, accept=accept)[1]
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Size", "Ready"]
    assert table["rows"][0]["cells"] == ["w", 3, None]
    world.patch(
        "wd", "w", {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}, type="merge", subresource="status"
    )
    assert call(world, "GET", WIDGETS, accept=accept)[1]["rows"][0]["cells"] == ["w", 3, "True"]
    plain = served(columns=())
    plain.create(widget(size=3))
    assert call(plain, "GET", WIDGETS, accept=accept)[1]["rows"][0]["cells"] == ["w", "0s"]


def test_discovery_and_openapi_know_the_kind(world):
    """Group, version, resource, subresource, and the schema under its published name."""
    groups = [group["name"] for group in call(world, "GET", "/apis")[1]["groups"]]
    assert groups[-1] == "example.com"
    names = [(each["name"], each["kind"]) for each in call(world, "GET", GROUP)[1]["resources"]]
    assert names == [("widgets", "Widget"), ("widgets/status", "Widget")]
    document = call(world, "GET", f"/openapi/v3{GROUP}")[1]
    assert document["components"]["schemas"]["com.example.v1.Widget"]["properties"]["spec"]["type"] == "object"
    assert f"{GROUP}/namespaces/{{namespace}}/widgets/{{name}}/status" in document["paths"]
    assert kemu.Cluster(nodes=0).request("GET", GROUP).status == 404


def test_lists_hold_whole_objects(world):
    """The items of a list of custom objects say their kind, and the list its `continue`."""
    world.create(widget(size=1))
    listed = call(world, "GET", WIDGETS)[1]
    assert listed["kind"] == "WidgetList" and listed["metadata"]["continue"] == ""
    assert [item["kind"] for item in listed["items"]] == ["Widget"]


def test_fields_can_be_selected_where_the_definition_says_so():
    """Others are refused, in the same words where it names none."""
    with pytest.raises(errors.BadRequest, match=r"field label not supported: spec\.size"):
        served().list("wd", field_selector="spec.size=1")
    world = served(selectable=[".spec.mode"])
    world.create([widget("a", size=1), widget("b", size=1, mode="B")])
    assert [each.metadata.name for each in world.list("wd", field_selector="spec.mode=B")] == ["b"]
    with pytest.raises(errors.BadRequest, match=r"field label not supported: spec\.size"):
        world.list("wd", field_selector="spec.size=1")


def test_the_hand_works_on_custom_kinds(world):
    """Names of all sorts, reading, waiting, changing, deleting; history, digest and forks."""
    applied = world.apply(widget(size=1))
    for name in ("wd", "widget", "Widgets", "widgets.example.com", "widgets.v1.example.com", "example.com/v1/Widget"):
        assert world.get(name, "w") == applied
    assert applied.status is None and applied.spec.mode == "A" and pickle.loads(pickle.dumps(applied)) == applied
    fork = world.fork()
    conditions = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    world.patch("wd", "w", conditions, type="merge", subresource="status")
    world.wait("wd/w", "condition=Ready")
    assert fork.get("wd/w") == applied and fork.digest() != world.digest()
    world.delete("wd/w")
    changes = [(change.kind, change.type, change.name) for change in world.history() if change.kind == "Widget"]
    assert changes == [("Widget", each, "default/w") for each in ("ADDED", "MODIFIED", "DELETED")]


def test_garbage_is_collected_in_both_directions(world):
    """What a widget owns goes with it, and a widget goes with what owns it."""
    owner = world.apply(widget(size=1))
    reference = {"apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "uid": owner.metadata.uid}
    child = widget("child", size=1)
    child["metadata"]["ownerReferences"] = [reference]
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "ownerReferences": [reference]}}
    world.apply([child, config])
    world.delete("wd/w")
    world.settle()
    assert not world.list("wd") and "c" not in [each.metadata.name for each in world.list("cm", namespace="default")]


def test_versions_differ_in_their_schemas_only():
    """Objects are kept in one version, and shown under the name of the other without what that does not know."""
    world = kemu.Cluster(nodes=0)
    free, strict = ({"type": "object", "properties": {"spec": each}} for each in (FREE, STRICT))
    stored = custom_kind("example.com", "v1", "widgets", "Widget", schema=free)
    other = custom_kind("example.com", "v1beta1", "widgets", "Widget", schema=strict)
    world.api.resources.add(row(stored))
    world.api.resources.add(row(other, stored))
    world.create(widget(a="1", b="2"))
    shown = call(world, "GET", "/apis/example.com/v1beta1/namespaces/default/widgets/w")[1]
    assert (shown["apiVersion"], shown["spec"]) == ("example.com/v1beta1", {"a": "1"})
    assert call(world, "GET", f"{WIDGETS}/w")[1]["spec"] == {"a": "1", "b": "2"}
    world.create({**widget("v", a="3"), "apiVersion": "example.com/v1beta1"})
    assert world.get("widget/v").api_version == "example.com/v1"


POD = {"containers": [{"name": "c", "image": "i"}]}
FREE = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
STRICT = {"type": "object", "properties": {"a": {"type": "string"}}}


def test_cluster_scoped_objects_have_no_namespace():
    """One that is sent is dropped."""
    world = served(scope="Cluster")
    given = widget(size=1)
    given["metadata"]["namespace"] = "default"
    status, created, _ = call(world, "POST", f"{GROUP}/widgets", given)
    assert status == 201 and "namespace" not in created["metadata"]


def test_a_custom_kind_lives_beside_built_in_ones():
    """Its name never hides theirs."""
    world = served(short_names=["po"])
    world.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": POD})
    assert world.get("po/p").kind == "Pod"
