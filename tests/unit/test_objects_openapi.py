"""OpenAPI documents and JSON Schema, as derived from the declarations."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kemu.objects import Deployment, Pod, Scale, core, custom_kind, meta, openapi, schema, scheme
from kemu.objects.descriptions import _BY_TYPE, _read, describe_fields, describe_type
from kemu.objects.json_schema import json_schema

DATA = Path(__file__).parent.parent / "data"


@cache
def published_types() -> dict[str, Any]:
    return json.loads(gzip.decompress((DATA / "fields.json.gz").read_bytes()))["types"]


def references(value: Any) -> Iterator[str]:
    """Every `$ref` in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_version_2_has_every_published_type():
    """By the published names, and nothing else."""
    document = openapi.v2()
    assert set(document["definitions"]) == set(published_types())
    places = {f"#/{where}/{name}" for where in ("definitions", "parameters") for name in document[where]}
    assert set(references(document)) == places


@pytest.mark.parametrize("group_version", openapi.group_versions())
def test_version_3_documents_stand_alone(group_version: str):
    """Every reference leads to a schema of the same document."""
    document = openapi.v3(group_version)
    schemas = document["components"]["schemas"]
    assert {ref.removeprefix("#/components/schemas/") for ref in references(document)} <= set(schemas)
    assert json.loads(json.dumps(document)) == document


def test_the_index_names_every_group_and_version():
    """With a hash of the content, so that clients can keep what they read."""
    paths = openapi.v3_index()["paths"]
    assert list(paths) == sorted(paths) and next(iter(paths)) == "api/v1"
    own = {"apis/" + kind.group for kind in scheme.KINDS if kind.group}
    assert set(paths) == own | {openapi.v3_path(each) for each in openapi.group_versions()}
    assert paths["apis/apps/v1"]["serverRelativeURL"].startswith("/openapi/v3/apis/apps/v1?hash=")
    with pytest.raises(KeyError):
        openapi.v3("v9")


@pytest.mark.parametrize("kind", scheme.KINDS, ids=lambda kind: kind.group_resource + "." + kind.version)
def test_explain_finds_its_way(kind: scheme.Kind):
    """From the path of a resource to its kind, and from the kind to its schema, as kubectl explain goes."""
    document = openapi.v3(kind.api_version)
    root = f"/{openapi.v3_path(kind.api_version)}"
    scope = "/namespaces/{namespace}" if kind.namespaced else ""
    item = document["paths"][f"{root}{scope}/{kind.plural}"]
    gvk = {"group": kind.group, "version": kind.version, "kind": kind.kind}
    assert all(operation["x-kubernetes-group-version-kind"] == gvk for operation in operations(item))
    found = [
        each
        for each in document["components"]["schemas"].values()
        if gvk in each.get("x-kubernetes-group-version-kind", ())
    ]
    assert len(found) == 1


def operations(item: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for method, operation in item.items() if method != "parameters"]


def test_operation_ids_are_unique():
    """Generators make functions of them."""
    ids = [operation["operationId"] for item in openapi.v2()["paths"].values() for operation in operations(item)]
    assert len(ids) == len(set(ids))


def test_a_path_says_what_clients_look_for():
    """Which patches there are, what a query may say, and which paths are only for watches."""
    paths = openapi.v3("apps/v1")["paths"]
    one = paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]
    assert list(one["patch"]["requestBody"]["content"]) == [
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/strategic-merge-patch+json",
        "application/apply-patch+yaml",
    ]
    assert [each["name"] for each in one["patch"]["parameters"]] == [
        "dryRun",
        "fieldManager",
        "fieldValidation",
        "force",
    ]
    assert [each["name"] for each in one["parameters"]] == ["name", "namespace", "pretty"]
    assert set(one["delete"]["responses"]) == {"200", "202", "401"} and one["delete"]["x-kubernetes-action"] == "delete"
    watch = paths["/apis/apps/v1/watch/namespaces/{namespace}/deployments"]["get"]
    assert watch["x-kubernetes-action"] == "watchlist" and "parameters" not in watch
    assert watch["operationId"] == "watchAppsV1NamespacedDeploymentList"
    proxy = openapi.v3("v1")["paths"]["/api/v1/namespaces/{namespace}/pods/{name}/proxy/{path}"]
    assert [method for method in proxy if method != "parameters"] == [
        "delete",
        "get",
        "head",
        "options",
        "patch",
        "post",
        "put",
    ]
    assert proxy["head"]["operationId"] == "connectCoreV1HeadNamespacedPodProxyWithPath"


def test_who_deletes_is_told_of_a_status_or_given_the_object():
    """As the policies of the kinds say, which the server hands over."""
    pods, secrets = scheme.find("pods"), scheme.find("secrets")
    paths = openapi.v3("v1", (pods, secrets), frozenset([pods]))["paths"]
    answers = [
        paths[f"/api/v1/namespaces/{{namespace}}/{plural}/{{name}}"]["delete"]["responses"]["200"]
        for plural in ("pods", "secrets")
    ]
    names = [answer["content"]["application/json"]["schema"]["$ref"].rsplit(".", 1)[1] for answer in answers]
    assert names == ["Pod", "Status"]


def test_custom_kinds_have_the_paths_of_the_extension_server():
    """Without paths for watches, strategic patches and protobuf; with the fields that selectors may name."""
    kind = custom_kind("example.com", "v1", "widgets", "Widget", schema=WIDGET, subresources=("status",))
    document = openapi.v3("example.com/v1", (kind,))
    assert set(document["paths"]) == {
        "/apis/example.com/v1/widgets",
        "/apis/example.com/v1/namespaces/{namespace}/widgets",
        "/apis/example.com/v1/namespaces/{namespace}/widgets/{name}",
        "/apis/example.com/v1/namespaces/{namespace}/widgets/{name}/status",
    }
    patch = document["paths"]["/apis/example.com/v1/namespaces/{namespace}/widgets/{name}"]["patch"]
    assert "application/strategic-merge-patch+json" not in patch["requestBody"]["content"]
    assert patch["tags"] == ["exampleCom_v1"] and patch["operationId"] == "patchExampleComV1NamespacedWidget"
    assert list(patch["responses"]["200"]["content"]) == ["application/json", "application/yaml"]
    schema = document["components"]["schemas"]["com.example.v1.Widget"]["properties"]["inner"]
    assert schema["required"] == ["kind", "apiVersion"] and set(schema["properties"]) == {
        "apiVersion",
        "kind",
        "metadata",
    }


WIDGET = {
    "type": "object",
    "properties": {
        "inner": {
            "type": "object",
            "x-kubernetes-embedded-resource": True,
            "x-kubernetes-preserve-unknown-fields": True,
        }
    },
}


def test_version_2_says_nothing_of_defaults_and_shares_parameters():
    """As a real server's has it, but for two parameters that old clients look for at every operation."""
    document = openapi.v2()
    assert "default" not in document["definitions"]["io.k8s.api.core.v1.Container"]["properties"]["name"]
    item = document["paths"]["/api/v1/namespaces/{namespace}/pods/{name}"]
    named = [each.get("name") for each in item["put"]["parameters"]]
    assert named == ["body", "dryRun", None, "fieldValidation"]
    shared = item["patch"]["parameters"][0]["$ref"].removeprefix("#/parameters/")
    assert document["parameters"][shared]["schema"]["$ref"].endswith(".Patch")


def test_the_values_of_a_field_are_in_its_description():
    """In the place where a real server lists them."""
    field = openapi.v3("v1")["components"]["schemas"]["io.k8s.api.core.v1.PodSpec"]["properties"]["restartPolicy"]
    assert field["description"].endswith('\n\nPossible enum values:\n - `"Always"`\n - `"Never"`\n - `"OnFailure"`')


def test_fields_carry_what_patches_and_apply_need():
    """List types, keys and strategies as extensions, enums and formats as they are."""
    schemas = openapi.v3("v1")["components"]["schemas"]
    containers = schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert containers["x-kubernetes-list-map-keys"] == ["name"] and containers["x-kubernetes-list-type"] == "map"
    assert containers["x-kubernetes-patch-merge-key"] == "name" and containers["x-kubernetes-patch-strategy"] == "merge"
    policy = schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["restartPolicy"]
    assert policy["enum"] == ["Always", "Never", "OnFailure"]
    spec = schemas["io.k8s.api.core.v1.Pod"]["properties"]["spec"]
    assert spec["allOf"] == [{"$ref": "#/components/schemas/io.k8s.api.core.v1.PodSpec"}] and spec["default"] == {}


def test_subresources_name_the_kind_that_travels():
    """The scale of a deployment is a Scale."""
    item = openapi.v3("apps/v1")["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"]
    assert item["get"]["x-kubernetes-group-version-kind"]["kind"] == Scale.kind
    eviction = openapi.v3("v1")["paths"]["/api/v1/namespaces/{namespace}/pods/{name}/eviction"]
    assert list(eviction) == ["post", "parameters"] and "parameters" not in eviction["post"]


def all_classes() -> set[Any]:
    found: set[Any] = set()

    def walk(cls: Any) -> None:
        if cls in found:
            return
        found.add(cls)
        for field in schema.shape_of(cls).fields:
            held = field.type
            while held.item is not None:
                held = held.item
            if held.cls is not None:
                walk(held.cls)

    for kind in scheme.KINDS:
        walk(kind.type)
    return found


def test_every_type_and_field_is_described():
    """In one or two sentences that end with a full stop."""
    for cls in all_classes():
        assert describe_type(cls).endswith("."), cls
        for name, said in describe_fields(cls).items():
            assert said.endswith(".") and said[0].isupper(), (cls, name, said)


def test_descriptions_are_of_fields_that_exist():
    """A field that is renamed takes its description with it."""
    classes = {cls.__name__: cls for cls in all_classes() | {meta.ListMeta}}
    for name, text in _BY_TYPE.items():
        assert set(_read(text)) <= {field.json for field in schema.shape_of(classes[name]).fields}


@pytest.mark.slow
def test_json_schemas_are_valid():
    """For every kind, by the rules of their dialect."""
    for kind in scheme.KINDS:
        jsonschema.Draft202012Validator.check_schema(json_schema(kind.type))


def test_recorded_objects_satisfy_their_schema():
    """What a real server wrote is valid."""
    for line in gzip.decompress((DATA / "objects.jsonl.gz").read_bytes()).splitlines():
        document = json.loads(line)
        cls = scheme.type_of(document["apiVersion"], document["kind"])
        if cls is not None and not document["kind"].endswith("List"):
            jsonschema.Draft202012Validator(json_schema(cls)).validate(document)


@pytest.mark.parametrize(
    "document",
    [
        {"apiVersion": "v1", "kind": "Pod", "bogus": 1},
        {"apiVersion": "v1", "kind": "Node"},
        {"kind": "Pod"},
        {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": 5}]}},
        {"apiVersion": "v1", "kind": "Pod", "spec": {"restartPolicy": "Sometimes"}},
        {"apiVersion": "v1", "kind": "Pod", "spec": {"priority": 2**31}},
        {"apiVersion": "v1", "kind": "Pod", "spec": {"overhead": {"cpu": "1x"}}},
    ],
)
def test_json_schemas_refuse_what_is_wrong(document: dict[str, Any]):
    """Unknown names, other kinds, wrong types, values out of their set or range."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json_schema(Pod)).validate(document)


def test_schema_accessors():
    """What generic code asks for."""
    assert schema.shape_of(core.PodSpec).by_json["containers"].type.item.cls is core.Container
    assert "nothing" not in schema.shape_of(core.PodSpec).by_json
    assert schema.shape_of(Deployment).by_json["kind"].stored is False
    assert schema.shape_of(core.Container).by_json["args"].type.item.kind == "string"
    assert schema.shape_of(meta.LabelSelector).map_type == "atomic" and schema.shape_of(core.Pod).map_type is None
    assert schema.shape_of(core.SeccompProfile).unions[0]["discriminator"] == "type"
    assert schema.shape_of(core.PersistentVolumeClaimSpec).by_json["storageClassName"].immutable
    assert schema.go_name(core.Pod) == "v1.Pod"
    assert schema.camel("host_network") == "hostNetwork"
