"""What a real server says of definitions and custom objects that are malformed."""

from __future__ import annotations

import pytest

import kemu

WHERE = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture
def cluster():
    return kemu.Cluster(nodes=0, controllers="serviceaccount", scheduler=False)


def definition(spec, *more, **version):
    """A definition whose objects have this schema as their specification."""
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    first = {"name": "v1", "served": True, "storage": True, "schema": schema, **version}
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}
    others = [{"name": name, "served": True, "storage": False, "schema": of(other)} for name, other in more]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [first, *others]},
    }


def of(spec):
    return {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}


def answer(cluster, method, path, body, media="application/json"):
    return cluster.request(method, path, headers={"Content-Type": media}, body=body)


NUMBER = {"type": "integer"}
TEXT = {"type": "string"}
RULE = [{"rule": "self + 1"}]
OBJECT = {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}


@pytest.mark.parametrize(
    "spec", [{"type": "object", "items": []}, {"x-kubernetes-int-or-string": True, "default": {}}], ids=range(2)
)
def test_a_definition_is_taken(cluster, spec):
    """What says nothing, and defaults of what takes numbers and texts."""
    assert answer(cluster, "POST", WHERE, definition(spec)).status == 201


@pytest.mark.parametrize("default", [{}, {"spec": {}}], ids=range(2))
def test_an_object_by_default_says_what_it_is(cluster, default):
    """The default of the root is an object of its own."""
    body = definition({"type": "object"})
    body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["default"] = default
    said = answer(cluster, "POST", WHERE, body)
    fields = [each["field"].rpartition(".")[2] for each in said.json()["details"]["causes"]]
    assert (said.status, fields) == (422, ["apiVersion", "kind"])


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (
            {"type": "object", "properties": {"a": {"type": "array", "items": {"type": ["string"]}}}},
            "Go struct field JSONSchemaProps.spec.versions.schema.openAPIV3Schema.properties.properties.items.type of "
            "type string",
        ),
        ({"type": "string", "enum": 1}, "openAPIV3Schema.properties.enum of type []v1.JSON"),
        ({"type": "string", "default": {"a": 1}}, 'default: Invalid value: {"a":1}: must not have unknown fields'),
        (
            {"type": "object", "properties": {"a": {**NUMBER, "multipleOf": 2}}, "default": {"a": 1}},
            "properties[spec].default.a: Invalid value: 1: a in body should be a multiple of 2",
        ),
        (
            {"type": "object", "additionalProperties": {**NUMBER, "multipleOf": 2}, "default": {"a": 1}},
            "properties[spec].default.a: Invalid value: 1: .a in body should be a multiple of 2",
        ),
        (
            {"type": "array", "items": {"type": "string", "minLength": 2}, "default": ["a"]},
            "properties[spec].default.[0]: Invalid value",
        ),
        (
            {**NUMBER, "default": 1, "x-kubernetes-validations": RULE},
            'default: Invalid value: "integer": rule compile error: cel expression must evaluate to a bool',
        ),
        (
            {"type": "string", "format": "date-time", "x-kubernetes-validations": [{"rule": "self == 'a'"}]},
            "no matching overload for '_==_' applied to '(timestamp, string)'",
        ),
        ({"type": "object", "dependencies": {}}, "dependencies: Forbidden: dependencies is not supported"),
        ({"type": "object", "dependencies": {"a": 1}}, "dependencies: Forbidden: dependencies is not supported"),
        ({"type": "object", "dependencies": []}, "properties.dependencies of type v1.JSONSchemaDependencies"),
        ({"type": "object", "dependencies": {"a": [1]}}, "openAPIV3Schema.properties.dependencies of type string"),
        ({"type": "object", "definitions": []}, "properties.definitions of type v1.JSONSchemaDefinitions"),
        ({**OBJECT, "default": {"apiVersion": "v1", "kind": ""}}, 'default.kind: Invalid value: "": must not be empty'),
        (
            {"type": "array", "items": OBJECT, "default": [{"apiVersion": "v1", "kind": "A", "metadata": {"name": 1}}]},
            'default[0].metadata: Invalid value: {"name":1}: json: cannot unmarshal number into Go struct field '
            "ObjectMeta.name of type string",
        ),
        (
            {**OBJECT, "properties": {"metadata": {"type": "object", "default": {"generation": -1}}}},
            'properties[metadata].default: Invalid value: {"generation":-1}: must result in valid metadata: metadata.',
        ),
        (
            {**OBJECT, "properties": {"kind": {**TEXT, "default": ""}}},
            'default: Invalid value: "": must result in valid metadata: kind: Invalid value: "": must not be empty',
        ),
        (
            {"x-kubernetes-int-or-string": True, "format": "byte", "default": 1},
            'default: Invalid value: "int64":  in body must be of type byte: "int64"',
        ),
    ],
    ids=range(18),
)
def test_a_definition_is_refused(cluster, spec, text):
    """With the path of what is wrong."""
    said = answer(cluster, "POST", WHERE, definition(spec))
    assert said.status in (400, 422) and text in said.json()["message"], said.json()["message"]


def test_the_status_of_a_subresource_says_nothing_more(cluster):
    body = definition(NUMBER, subresources={"status": {"x": 1}})
    made = answer(cluster, "POST", WHERE, body)
    assert made.json()["spec"]["versions"][0]["subresources"] == {"status": {}}
    assert [text for name, text in made.headers if name == "Warning"] == [
        '299 - "unknown field \\"spec.versions[0].subresources.status.x\\""'
    ]


def test_versions_of_the_same_name(cluster):
    body = definition(NUMBER)
    body["spec"]["versions"] *= 2
    said = answer(cluster, "POST", WHERE, body).json()["message"]
    assert 'status.storedVersions: Invalid value: ["v1"]: must have the storage version v1' in said


def test_a_served_kind_trusts_only_certificates(cluster):
    """Before it is served anything goes."""
    body = definition(NUMBER)
    client = {"service": {"name": "s", "namespace": "n"}, "caBundle": "Zm9v"}
    webhook = {"conversionReviewVersions": ["v1"], "clientConfig": client}
    cluster.apply(body)
    body["spec"]["conversion"] = {"strategy": "Webhook", "webhook": webhook}
    body["metadata"]["resourceVersion"] = cluster.get("crd/widgets.example.com").metadata.resource_version
    said = answer(cluster, "PUT", f"{WHERE}/widgets.example.com", body).json()["message"]
    assert "caBundle" in said and "unable to load root certificates: unable to parse bytes as PEM block" in said


SPEC = {"type": "object", "properties": {"a": NUMBER, "b": {"type": "array", "items": {"type": "string"}}}}


@pytest.mark.parametrize(
    ("spec", "unknown"),
    [({"a": {"x": 1}}, "spec.a.x"), ({"b": [{"y": 1}]}, "spec.b[0].y"), ({"b": {"z": 1}}, "spec.b.z")],
    ids=str,
)
def test_no_field_is_known_where_none_can_be(cluster, spec, unknown):
    """Whatever type a value has, its schema says which fields there are in it."""
    cluster.apply(definition(SPEC))
    where = "/apis/example.com/v1/namespaces/default/widgets?fieldValidation=Strict"
    body = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "x"}, "spec": spec}
    said = answer(cluster, "POST", where, body)
    assert said.status == 400 and f'unknown field "{unknown}"' in said.json()["message"]


def test_a_number_is_one_of_whole_ones_when_it_is_cut(cluster):
    """So Go converts what it compares."""
    cluster.apply(definition({"type": "object", "properties": {"a": {"type": "number", "enum": [1, 2]}}}))
    where = "/apis/example.com/v1/namespaces/default/widgets"
    body = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "x"}}
    assert answer(cluster, "POST", where, {**body, "spec": {"a": 3.5}}).status == 422
    assert answer(cluster, "POST", where, {**body, "spec": {"a": 1.5}}).status == 201


def test_a_number_that_is_none_of_its_type(cluster):
    cluster.apply(definition(SPEC))
    where = "/apis/example.com/v1/namespaces/default/widgets"
    body = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "x"}, "spec": {"a": 1.5}}
    said = answer(cluster, "POST", where, body).json()["message"]
    assert '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.a' in said


def test_an_object_that_another_version_has_written(cluster):
    """Nobody owns what does not fit; nothing can be applied to it; who applies is the same in all versions."""
    other = {"type": "object", "properties": {"a": {"type": "object", "properties": {"b": NUMBER}}, "c": NUMBER}}
    cluster.apply(definition(SPEC, ("v2", other)))
    kind, merge = "/apis/example.com/{}/namespaces/default/widgets", "application/merge-patch+json"
    body = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "x"}, "spec": {"a": 1}}
    assert answer(cluster, "POST", kind.format("v1"), body).status == 201
    config = {"apiVersion": "example.com/v2", "kind": "Widget", "metadata": {"name": "x"}, "spec": {"c": 1}}
    applied = "application/apply-patch+yaml"
    said = answer(cluster, "PATCH", f"{kind.format('v2')}/x?fieldManager=m", config, applied)
    assert said.status == 500 and said.json()["message"] == (
        "failed to create typed live object (default/x; example.com/v2, Kind=Widget): .spec.a: expected map, got &{1}"
    )
    changed = answer(cluster, "PATCH", f"{kind.format('v2')}/x", {"spec": {"a": {"b": 2}}}, merge)
    assert changed.status == 200 and "managedFields" not in changed.json()["metadata"]


def test_who_applies_is_the_same_in_all_versions(cluster):
    """And what it still owns stays when all in it is given up."""
    cluster.apply(definition(SPEC, ("v2", SPEC)))
    kind, applied = "/apis/example.com/{}/namespaces/default/widgets/x?fieldManager=m", "application/apply-patch+yaml"
    for version, spec in (("v1", {"a": 1}), ("v2", {})):
        config = {"apiVersion": f"example.com/{version}", "kind": "Widget", "metadata": {"name": "x"}, "spec": spec}
        said = answer(cluster, "PATCH", kind.format(version), config, applied)
        assert said.status < 300
    found = said.json()
    assert found["spec"] == {}
    assert [entry["apiVersion"] for entry in found["metadata"]["managedFields"]] == ["example.com/v2"]


WHOLE = {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}
OBJECTS = {"type": "object", "additionalProperties": WHOLE}


def within(cluster, inner):
    """What is answered to a widget that has an object within."""
    cluster.apply(definition(OBJECTS))
    where = "/apis/example.com/v1/namespaces/default/widgets"
    within = {"apiVersion": "v1", "kind": "Pod", **inner}
    body = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "x"}, "spec": {"a": within}}
    return answer(cluster, "POST", where, body)


@pytest.mark.parametrize(
    ("metadata", "field", "text"),
    [
        ({"name": "a/b"}, "spec[a].metadata.name", "Invalid value: \"a/b\": may not contain '/'"),
        ({"namespace": "A"}, "spec[a].metadata.namespace", 'Invalid value: "A": a lowercase RFC 1123 label must'),
        ({"labels": {"a": "-"}}, "spec[a].metadata.labels", 'Invalid value: "-": a valid label must be'),
        ({"annotations": {"/": ""}}, "spec[a].metadata.annotations", 'Invalid value: "/": prefix part must be'),
        (
            {"managedFields": [{"operation": "Foo", "fieldsType": "Bar"}]},
            "spec[a].metadata.managedFields[0].operation",
            'Invalid value: "Foo": must be `Apply` or `Update`',
        ),
    ],
    ids=str,
)
def test_the_metadata_of_an_object_within_is_judged(cluster, metadata, field, text):
    said = within(cluster, {"metadata": metadata})
    assert said.status == 422
    first = said.json()["details"]["causes"][0]
    assert first["field"] == field and first["message"].startswith(text)


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ({"apiVersion": 1}, "spec[a].apiVersion: Invalid value: 1: must be a string"),
        (
            {"metadata": {"name": 1}},
            'spec[a].metadata: Invalid value: {"name":1}: json: cannot unmarshal number into Go struct field '
            "ObjectMeta.name of type string",
        ),
    ],
    ids=str,
)
def test_an_object_within_that_cannot_be_read(cluster, inner, text):
    said = within(cluster, inner)
    assert said.status == 400 and text in said.json()["message"]


def test_the_metadata_of_an_object_within_is_as_it_is_written(cluster):
    """What is empty is left out; what metadata does not have goes."""
    said = within(cluster, {"metadata": {"name": "", "generateName": "g-", "labels": {"a": "b"}, "other": 1}})
    assert said.json()["spec"]["a"]["metadata"] == {"generateName": "g-", "labels": {"a": "b"}}


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({**NUMBER, "default": 1.5}, "Checked value must be of type integer (default format) in "),
        ({**NUMBER, "format": "int64", "default": 1.5}, "must be of type integer with format int64 in "),
        ({"type": "array", "items": NUMBER, "not": {"maxItems": 9}, "default": [1]}, '"" must not validate'),
        (
            {"type": "object", "properties": {"a": {**NUMBER, "multipleOf": 0}}, "default": {"a": 0}},
            "factor MultipleOf declared for a must be positive: 0",
        ),
    ],
    ids=str,
)
def test_a_default_stands_for_itself(cluster, spec, text):
    """What is wrong with it is told as if it had no name."""
    said = answer(cluster, "POST", WHERE, definition(spec)).json()["message"]
    assert text in said and "default." not in said.replace(".default.", "")


def test_rules_about_what_was_stored_otherwise(cluster):
    """They fail, where what another version has stored is of another type."""
    rule = {"rule": "!has(self.b)"}
    held = {"type": "object", "properties": {"b": NUMBER}, "x-kubernetes-validations": [rule]}
    other = {"type": "object", "properties": {"a": held, "c": NUMBER}}
    cluster.apply(definition(SPEC, ("v2", other)))
    where = "/apis/example.com/{}/namespaces/default/widgets"
    body = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "x"}, "spec": {"a": 1}}
    made = answer(cluster, "POST", where.format("v1"), body).json()
    body |= {"apiVersion": "example.com/v2", "spec": {"a": 1, "c": 2}}
    body["metadata"] = {"name": "x", "resourceVersion": made["metadata"]["resourceVersion"]}
    said = answer(cluster, "PUT", where.format("v2") + "/x", body)
    assert said.status == 422
    assert "invalid data, expected a map for the provided schema with type=object evaluating rule" in said.body.decode()
