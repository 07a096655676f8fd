"""A CustomResourceDefinition is applied, and its kinds are there: served, judged, converted, forked and taken away."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

import kemu
from kemu import errors


def version(name: str = "v1", storage: bool = True, schema: Any = None, **more: Any) -> dict[str, Any]:
    spec = schema or {
        "type": "object",
        "properties": {"size": {"type": "integer", "default": 3, "minimum": 0}, "colour": {"type": "string"}},
        "x-kubernetes-validations": [{"rule": "self.size >= oldSelf.size", "message": "must not shrink"}],
    }
    whole = {"type": "object", "properties": {"spec": spec, "status": {"type": "object"}}}
    return {"name": name, "served": True, "storage": storage, "schema": {"openAPIV3Schema": whole}, **more}


def definition(*versions: dict[str, Any], **spec: Any) -> dict[str, Any]:
    names = {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"], "categories": ["all"]}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, **spec}
    spec["versions"] = list(versions or [version()])
    metadata = {"name": f"{spec['names']['plural']}.example.com"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": spec,
    }


def widget(name: str = "w", version: str = "v1", **spec: Any) -> dict[str, Any]:
    return {"apiVersion": f"example.com/{version}", "kind": "Widget", "metadata": {"name": name}, "spec": spec}


@pytest.fixture
def world() -> kemu.Cluster:
    return kemu.Cluster(nodes=0)


def conditions(cluster: kemu.Cluster, name: str = "widgets.example.com") -> dict[str, str]:
    found = cluster.get(f"crd/{name}").status.conditions
    return {each.type: each.status for each in found}


def test_a_definition_is_ready_at_once(world: kemu.Cluster) -> None:
    """Applied in one breath with an object of its kind; names, short names and categories are known."""
    world.apply([definition(), widget()])
    assert conditions(world) == {"NamesAccepted": "True", "Established": "True"}
    assert world.get("wd/w").spec == {"size": 3}
    assert [each.metadata.name for each in world.list("widgets")] == ["w"]
    groups = json.loads(world.request("GET", "/apis/example.com/v1").body)
    assert [each["name"] for each in groups["resources"]] == ["widgets"]


def test_rules_are_asked(world: kemu.Cluster) -> None:
    """Types, bounds and rules refuse with a server's text; what the schema lacks is not taken by hand."""
    world.apply([definition(), widget()])
    with pytest.raises(errors.ApiError, match="field not declared in schema"):
        world.apply(widget("x", nope=1))
    with pytest.raises(errors.BadRequest, match=r'unknown field "spec\.nope"'):
        world.create(widget("x", nope=1))
    with pytest.raises(errors.Invalid, match="should be greater than or equal to 0"):
        world.create(widget("x", size=-1))
    with pytest.raises(errors.Invalid, match="must not shrink"):
        world.patch("wd/w", {"spec": {"size": 1}}, type="merge")
    assert world.patch("wd/w", {"spec": {"size": 4}}, type="merge").spec.size == 4


def open_kind(**more: Any) -> dict[str, Any]:
    """A kind whose specification may have any field."""
    spec = {"type": "object", "x-kubernetes-preserve-unknown-fields": True, **more}
    return definition(version(schema=spec))


def sent(world: kemu.Cluster, method: str, body: Any, form: str = "application/json", query: str = "") -> Any:
    """The answer to a write of the widget `w`."""
    path = "/apis/example.com/v1/namespaces/default/widgets" + ("" if method == "POST" else "/w")
    return world.request(method, path + query, headers={"Content-Type": form}, body=body)


def test_what_a_rule_forgives_is_warned_of(world: kemu.Cluster) -> None:
    """What has not changed may stay, items of keyed lists in another order too; rules about all see the name."""
    item = {"type": "object", "properties": {"n": {"type": "string"}, "v": {"type": "integer"}}, "required": ["n"]}
    keyed = {"type": "array", "maxItems": 9, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"]}
    spec = {"type": "object", "properties": {"k": {**keyed, "items": item}, "other": {"type": "string"}}}
    world.apply(definition(version(schema=spec)))
    items = [{"n": "a", "v": 1}, {"n": "b", "v": 2}]
    assert sent(world, "POST", {**widget(), "spec": {"k": items}}).status == 201
    strict = {**item, "x-kubernetes-validations": [{"rule": "self.v > 1", "fieldPath": ".v"}]}
    spec["properties"]["k"]["items"] = strict
    world.apply(definition(version(schema=spec)))
    merge = "application/merge-patch+json"
    said = sent(world, "PATCH", {"spec": {"k": items[::-1]}}, merge)
    warnings = [value for name, value in said.headers if name == "Warning"]
    assert (said.status, warnings) == (200, ['299 - "spec.k[1].v: Invalid value: failed rule: self.v > 1"'])
    assert sent(world, "PATCH", {"spec": {"k": [{"n": "a", "v": 0}]}}, merge).status == 422
    served = version(schema=spec)
    served["schema"]["openAPIV3Schema"]["x-kubernetes-validations"] = [{"rule": "self.metadata.name == 'z'"}]
    world.apply(definition(served))
    assert "failed rule: self.metadata.name" in sent(world, "PATCH", {}, merge).json()["message"]


def test_true_is_not_one(world: kemu.Cluster) -> None:
    """Nor is 1.0, where any value may stand."""
    world.apply(open_kind())
    assert sent(world, "POST", {**widget(), "spec": {"x": 1, "y": [1]}}).status == 201
    merge, patch, apply = (
        f"application/{each}" for each in ("merge-patch+json", "json-patch+json", "apply-patch+yaml")
    )
    assert sent(world, "PATCH", {"spec": {"x": True}}, merge).json()["spec"]["x"] is True
    assert sent(world, "PATCH", {"spec": {"y": [True]}}, merge).json()["metadata"]["generation"] == 3
    assert sent(world, "PATCH", [{"op": "test", "path": "/spec/x", "value": 1}], patch).status == 422
    config = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"x": 1}}
    said = sent(world, "PATCH", config, apply, "?fieldManager=m&force=true")
    assert said.json()["spec"]["x"] is not True
    owners = {each["manager"]: each["fieldsV1"] for each in said.json()["metadata"]["managedFields"]}
    assert owners["m"] == {"f:spec": {"f:x": {}}}


def test_what_applies_and_creates_say_of_odd_values(world: kemu.Cluster) -> None:
    """An applied null is wrong where it is not allowed, and nobody owns what is no value of its type."""
    date = {"type": "string", "format": "date-time"}
    spec = {"properties": {"d": date, "m": {"type": "object", "nullable": True, "additionalProperties": date}}}
    world.apply(open_kind(**spec))
    config = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}
    apply, query = "application/apply-patch+yaml", "?fieldManager=m&force=true&dryRun=All"
    said = sent(world, "PATCH", {**config, "spec": {"d": None}}, apply, query)
    assert said.status == 422 and 'spec.d in body must be of type string: "null"' in said.json()["message"]
    said = sent(world, "PATCH", {**config, "spec": {"d": ["a"]}}, apply, query)
    assert said.status == 500 and ".spec.d: expected any scalar, got &{[a]}" in said.json()["message"]
    said = sent(world, "POST", {**config, "spec": {"d": ["a"]}}, query="?dryRun=All")
    assert said.status == 201 and "managedFields" not in said.json()["metadata"]
    assert sent(world, "POST", {**config, "spec": {"m": None}}).json()["spec"] == {"m": None}


def test_names_that_are_taken_are_not_served(world: kemu.Cluster) -> None:
    """The first definition keeps the name; the second is served when the first is gone."""
    other = definition(names={"plural": "gadgets", "kind": "Widget"})
    world.apply([definition(), other])
    assert conditions(world, "gadgets.example.com") == {"NamesAccepted": "False", "Established": "False"}
    world.delete("crd/widgets.example.com")
    assert conditions(world, "gadgets.example.com") == {"NamesAccepted": "True", "Established": "True"}


def test_a_definition_goes_after_its_objects(world: kemu.Cluster) -> None:
    """Objects with finalizers hold it up; new ones are not taken meanwhile; then the kind is no longer known."""
    held = widget()
    held["metadata"]["finalizers"] = ["example.com/hold"]
    world.apply([definition(), held, widget("free")])
    world.delete("crd/widgets.example.com")
    assert conditions(world)["Terminating"] == "True"
    assert [each.metadata.name for each in world.list("widgets")] == ["w"]
    with pytest.raises(errors.ApiError):
        world.create(widget("late"))
    world.patch("wd/w", {"metadata": {"finalizers": None}}, type="merge")
    world.settle()
    with pytest.raises(errors.KemuError):
        world.get("wd/w")
    world.apply([definition(), widget()])
    assert world.get("wd/w").spec == {"size": 3}


def test_what_is_served_belongs_to_the_state(world: kemu.Cluster) -> None:
    """Forks and pickled clusters serve what was defined, and what one of them defines the others do not know."""
    world.apply([definition(), widget()])
    fork, again = world.fork(), pickle.loads(pickle.dumps(world))
    assert len({each.state_hash() for each in (world, fork, again)}) == 1
    fork.delete("crd/widgets.example.com")
    for cluster in (world, again):
        assert cluster.apply(widget(size=5)).spec.size == 5
        cluster.advance("1m")
    assert world.digest() == again.digest()
    fork.settle()
    with pytest.raises(errors.KemuError):
        fork.apply(widget())


def test_versions_without_conversion_differ_by_name_alone(world: kemu.Cluster) -> None:
    """What is stored as one version is read as another; only what both schemas have is seen in both."""
    small = {"type": "object", "properties": {"colour": {"type": "string"}}}
    world.apply([definition(version(), version("v2", storage=False, schema=small)), widget(colour="red")])
    path = "/apis/example.com/v2/namespaces/default/widgets/w"
    assert json.loads(world.request("GET", path).body)["spec"] == {"colour": "red"}
    assert list(world.get("crd/widgets.example.com").status.stored_versions) == ["v1"]


def test_what_was_stored_as_another_version_can_be_changed(world: kemu.Cluster) -> None:
    """When the storage version changes, older objects are of the new version, also for who patches them."""
    world.apply([definition(version(), version("v2", storage=False)), widget(colour="red")])
    world.apply(definition(version(storage=False), version("v2")))
    path = "/apis/example.com/v2/namespaces/default/widgets/w"
    patch = [{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}]
    kind = {"Content-Type": "application/json-patch+json"}
    changed = world.request("PATCH", path, kind, json.dumps(patch).encode()).json()
    assert (changed["apiVersion"], changed["spec"]["colour"]) == ("example.com/v2", "red")


def test_a_function_converts(world: kemu.Cluster) -> None:
    """It stands for the webhook, both ways; without it the webhook cannot be reached."""
    hook = {"conversionReviewVersions": ["v1"], "clientConfig": {"url": "https://hook.example.com/convert"}}
    second = {"type": "object", "properties": {"amount": {"type": "integer"}}}
    versions = version(), version("v2", storage=False, schema=second)
    world.apply(definition(*versions, conversion={"strategy": "Webhook", "webhook": hook}))
    world.apply(widget(size=4))
    path = "/apis/example.com/v2/namespaces/default/widgets/w"
    assert world.request("GET", path).status == 500

    def convert(document: dict[str, Any], wanted: str) -> dict[str, Any]:
        before, after = ("size", "amount") if wanted == "example.com/v2" else ("amount", "size")
        return {**document, "apiVersion": wanted, "spec": {after: document["spec"][before]}}

    world.conversion("widgets.example.com", convert)
    assert json.loads(world.request("GET", path).body)["spec"] == {"amount": 4}
    assert world.apply(widget("second", version="v2", amount=9)).spec == {"amount": 9}
    assert world.get("widgets.v1.example.com/second").spec == {"size": 9}
    assert json.loads(world.fork().request("GET", path).body)["spec"] == {"amount": 4}


def test_columns_scale_and_selectable_fields(world: kemu.Cluster) -> None:
    """What a version says of its tables, its scale and its fields is served like that of built-in kinds."""
    said = {
        "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.n"}},
        "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}],
        "selectableFields": [{"jsonPath": ".spec.colour"}],
    }
    world.apply([definition(version(**said)), widget("a", colour="red"), widget("b", colour="blue")])
    path = "/apis/example.com/v1/namespaces/default/widgets"
    table = world.request("GET", path, headers={"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"})
    found = json.loads(table.body)
    assert [each["name"] for each in found["columnDefinitions"]] == ["Name", "Size"]
    assert [each["cells"] for each in found["rows"]] == [["a", 3], ["b", 3]]
    chosen = json.loads(world.request("GET", f"{path}?fieldSelector=spec.colour%3Dred").body)
    assert [each["metadata"]["name"] for each in chosen["items"]] == ["a"]
    world.scale("widgets/a", 7)
    assert world.get("widgets/a").spec.size == 7


def test_a_kind_that_may_have_any_field_is_published_without_any(world: kemu.Cluster) -> None:
    """In OpenAPI version 2 an old client would refuse what is not named; version 3 says all there is to say."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    world.apply(definition({**version(), "schema": {"openAPIV3Schema": anything}}))
    second = world.request("GET", "/openapi/v2").json()["definitions"]["com.example.v1.Widget"]
    assert set(second) == {"type", "x-kubernetes-group-version-kind"}
    third = world.request("GET", "/openapi/v3/apis/example.com/v1").json()["components"]["schemas"]
    assert third["com.example.v1.Widget"]["properties"]["metadata"]["description"].startswith("Standard object's")


def test_finalizers_of_custom_objects_need_no_domain(world):
    """Nor those of definitions; others do."""
    world.apply({**definition(), "metadata": {**definition()["metadata"], "finalizers": ["mine"]}})
    world.patch("crd", definition()["metadata"]["name"], {"metadata": {"labels": {"a": "b"}}}, type="merge")
    with pytest.raises(errors.Invalid, match="neither a standard finalizer name nor is it fully qualified"):
        world.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "finalizers": ["mine"]}})
