"""Schemas of custom kinds: what they compile to, what is dropped and filled in, and what they refuse."""

import pytest

from kemu.objects import schema_lists, schema_rules
from kemu.objects.custom import view
from kemu.objects.structural import compile_schema, defaulted, pruned


def violations(value, given, old=None):
    """Everything that a schema does not allow of an object."""
    return [*schema_rules.violations(value, given, old), *schema_lists.violations(value, given, old)]


def schema(**properties):
    return {"type": "object", "properties": properties}


def widgets(**properties):
    """A kind whose spec has these fields."""
    return schema(spec=schema(**properties))


STRING, INTEGER = {"type": "string"}, {"type": "integer"}
FREE = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def test_a_schema_compiles_to_a_shape():
    """Fields, list and map types, required fields; metadata is typed as in every object."""
    ports = {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "items": schema(name=STRING),
    }
    shape = compile_schema(
        {
            **schema(
                ports=ports,
                tags={"type": "array", "items": STRING, "x-kubernetes-list-type": "set"},
                args={"type": "array", "items": STRING},
                labels={"type": "object", "additionalProperties": STRING},
                whole={**schema(a=STRING), "x-kubernetes-map-type": "atomic"},
                port={"x-kubernetes-int-or-string": True},
                anything={"x-kubernetes-preserve-unknown-fields": True},
            ),
            "required": ["ports"],
        },
        "Widget",
    )
    assert shape.name == "Widget" and shape.cls is None
    held = {name: field.type for name, field in shape.by_json.items()}
    assert held["ports"].list_map_keys == ("name",) and held["ports"].item.shape.by_json["name"].type.kind == "string"
    assert [held[name].list_type for name in ("ports", "tags", "args")] == ["map", "set", "atomic"]
    assert [name for name in held if held[name].atomic] == ["args", "whole", "port", "apiVersion", "kind"]
    assert (held["labels"].kind, held["port"].kind, held["anything"].kind) == ("map", "int_or_string", "json")
    assert shape.by_json["ports"].required and held["metadata"].shape.by_json["name"].type.kind == "string"


PRUNED = [
    (widgets(a=STRING), {"spec": {"a": "1"}}, {"spec": {"a": "1"}}, []),
    (widgets(a=STRING), {"spec": {"a": "1", "b": 2}, "other": 1}, {"spec": {"a": "1"}}, ["spec.b", "other"]),
    (widgets(a=FREE), {"spec": {"a": {"b": 1}}}, {"spec": {"a": {"b": 1}}}, []),
    (
        widgets(a={**FREE, "properties": {"x": schema(y=STRING)}}),
        {"spec": {"a": {"x": {"y": "1", "z": "1"}, "w": {"z": 1}}}},
        {"spec": {"a": {"x": {"y": "1"}, "w": {"z": 1}}}},
        ["spec.a.x.z"],
    ),
    (
        widgets(a={"type": "array", "items": schema(x=STRING)}),
        {"spec": {"a": [{"x": "1"}, {"y": "1"}]}},
        {"spec": {"a": [{"x": "1"}, {}]}},
        ["spec.a[1].y"],
    ),
    (
        widgets(a={"type": "object", "additionalProperties": schema(x=STRING)}),
        {"spec": {"a": {"k": {"x": "1", "y": "1"}}}},
        {"spec": {"a": {"k": {"x": "1"}}}},
        ["spec.a.k.y"],
    ),
    (
        widgets(a={**FREE, "x-kubernetes-embedded-resource": True}),
        {"spec": {"a": {"kind": "Pod", "metadata": {"name": "p", "bad": 1}}}},
        {"spec": {"a": {"kind": "Pod", "metadata": {"name": "p"}}}},
        ["spec.a.metadata.bad"],
    ),
    (widgets(a=STRING), {"spec": "text"}, {"spec": "text"}, []),
]


@pytest.mark.parametrize(("given", "document", "kept", "told"), PRUNED)
def test_fields_that_the_schema_lacks_are_dropped(given, document, kept, told):
    """And told with their path; below preserved fields only what has a schema is looked at."""
    unknown = []
    result = pruned(document, compile_schema(given, "Widget"), unknown.append)
    assert (result, unknown) == (kept, told)
    assert (result is document) == (not told)


DEFAULTED = [
    (widgets(a={**STRING, "default": "x"}), {"spec": {}}, {"spec": {"a": "x"}}),
    (widgets(a={**STRING, "default": "x"}), {"spec": {"a": "y"}}, {"spec": {"a": "y"}}),
    (widgets(a={**STRING, "default": "x"}), {}, {}),
    (
        schema(spec={**schema(a={**STRING, "default": "x"}), "default": {}}),
        {},
        {"spec": {"a": "x"}},
    ),
    (widgets(a={**STRING, "default": "x"}), {"spec": {"a": None}}, {"spec": {"a": "x"}}),
    (widgets(a={**STRING, "default": "x", "nullable": True}), {"spec": {"a": None}}, {"spec": {"a": None}}),
    (widgets(a={**STRING, "default": "x", "nullable": True}), {"spec": {}}, {"spec": {"a": "x"}}),
    (widgets(a=STRING), {"spec": {"a": None}}, {"spec": {}}),
    (widgets(a={**STRING, "nullable": True}), {"spec": {"a": None}}, {"spec": {"a": None}}),
    (
        widgets(a={"type": "array", "items": schema(x={**INTEGER, "default": 5})}),
        {"spec": {"a": [{}, {"x": 1}]}},
        {"spec": {"a": [{"x": 5}, {"x": 1}]}},
    ),
    (
        widgets(a={"type": "object", "additionalProperties": {**STRING, "default": "x"}}),
        {"spec": {"a": {"k": None, "l": "y"}}},
        {"spec": {"a": {"k": "x", "l": "y"}}},
    ),
    (
        widgets(a={"type": "object", "additionalProperties": STRING}),
        {"spec": {"a": {"k": None}}},
        {"spec": {"a": {}}},
    ),
]


@pytest.mark.parametrize(("given", "document", "filled"), DEFAULTED)
def test_defaults_of_the_schema_are_filled_in(given, document, filled):
    """A `null` that may not be one gives way to the default, or goes."""
    result = defaulted(document, compile_schema(given, "Widget"))
    assert result == filled
    assert (result is document) == (filled == document)


def complaint(violation):
    """A violation as a person reads it."""
    limit = "" if violation.limit is None else f" {violation.limit}"
    return f"{violation.path} {violation.code}{limit}: {violation.text}".rstrip(": ")


def body(text):
    return f"spec.a in body {text}"


def wrong_type(wanted, given):
    return "spec.a TypeInvalid: " + body(f'must be of type {wanted}: "{given}"')


REFUSED = [
    (STRING, 5, wrong_type("string", "integer")),
    (INTEGER, "x", wrong_type("integer", "string")),
    (INTEGER, 1.5, wrong_type("integer", "number")),
    (INTEGER, 2.0, ""),
    ({"type": "number"}, 1, ""),
    ({"type": "boolean"}, 0, wrong_type("boolean", "integer")),
    ({"type": "array", "items": STRING}, {}, wrong_type("array", "object")),
    (schema(), [], wrong_type("object", "array")),
    (STRING, None, wrong_type("string", "null")),
    ({**STRING, "nullable": True}, None, ""),
    ({"x-kubernetes-int-or-string": True}, True, wrong_type("integer,string", "boolean")),
    ({"x-kubernetes-int-or-string": True}, "50%", ""),
    ({**STRING, "enum": ["A", "B"]}, "C", "spec.a NotSupported ('A', 'B')"),
    ({**STRING, "minLength": 2}, "x", "spec.a Invalid: " + body("should be at least 2 chars long")),
    ({**STRING, "maxLength": 2}, "xxx", "spec.a TooLong 2"),
    ({**STRING, "pattern": "^[a-z]+$"}, "X", "spec.a Invalid: " + body("should match '^[a-z]+$'")),
    ({**INTEGER, "minimum": 1}, 0, "spec.a Invalid: " + body("should be greater than or equal to 1")),
    ({**INTEGER, "maximum": 1}, 2, "spec.a Invalid: " + body("should be less than or equal to 1")),
    (
        {**INTEGER, "minimum": 1, "exclusiveMinimum": True},
        1,
        "spec.a Invalid: " + body("should be greater than 1"),
    ),
    ({**INTEGER, "maximum": 1, "exclusiveMaximum": True}, 1, "spec.a Invalid: " + body("should be less than 1")),
    ({**INTEGER, "multipleOf": 2}, 3, "spec.a Invalid: " + body("should be a multiple of 2")),
    ({"type": "array", "items": STRING, "minItems": 1}, [], "spec.a Invalid: " + body("should have at least 1 items")),
    ({"type": "array", "items": STRING, "maxItems": 1}, ["a", "b"], "spec.a TooMany 1"),
    ({**INTEGER, "minimum": 2, "exclusiveMinimum": True}, 2, "spec.a Invalid: " + body("should be greater than 2")),
    ({"type": "number", "maximum": 1.5}, 2, "spec.a Invalid: " + body("should be less than or equal to 1")),
    ({"x-kubernetes-preserve-unknown-fields": True, "enum": [1, 2]}, True, "spec.a NotSupported ('1', '2')"),
    ({**FREE, "minProperties": 1}, {}, "spec.a Invalid: " + body("should have at least 1 properties")),
    ({**FREE, "maxProperties": 1}, {"x": 1, "y": 1}, "spec.a TooMany 1"),
    ({**schema(x=STRING), "required": ["x"]}, {}, "spec.a.x Required"),
    (
        {"type": "array", "items": STRING},
        ["x", 1],
        'spec.a[1] TypeInvalid: spec.a[1] in body must be of type string: "integer"',
    ),
    (
        {"type": "object", "additionalProperties": INTEGER},
        {"k": "x"},
        'spec.a.k TypeInvalid: spec.a.k in body must be of type integer: "string"',
    ),
    ({"type": "array", "items": STRING, "x-kubernetes-list-type": "set"}, ["x", "x"], "spec.a[1] Duplicate"),
    ({**STRING, "format": "ipv4"}, "x", "spec.a TypeInvalid: " + body('must be of type ipv4: "x"')),
    ({**STRING, "format": "ipv4"}, "10.0.0.1", ""),
    ({**STRING, "format": "unheard-of"}, "x", ""),
    (
        {**INTEGER, "not": {"minimum": 5}},
        5,
        '<nil> Invalid: "spec.a" must not validate the schema (not)',
    ),
    (
        {**INTEGER, "oneOf": [{"minimum": 5}, {"minimum": 6}]},
        7,
        '<nil> Invalid: "spec.a" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ),
]


@pytest.mark.parametrize(("given", "value", "text"), REFUSED)
def test_what_a_schema_refuses(given, value, text):
    """One demand after the other, in the words of a real server; of a number that is none of its type all is said."""
    found = [complaint(each) for each in violations({"spec": {"a": value}}, widgets(a=given))]
    found = [each for each in found if "Checked value must be of type integer (default format)" not in each]
    assert found == ([text] if text else [])


def test_an_object_within_an_object_says_what_it_is():
    """`apiVersion` and `kind` are required there."""
    given = widgets(a={**FREE, "x-kubernetes-embedded-resource": True})
    found = [complaint(each) for each in violations({"spec": {"a": {"kind": "", "metadata": {}}}}, given)]
    assert found == ["spec.a.apiVersion Required", "spec.a.kind Invalid: must not be empty", "spec.a.metadata Metadata"]


def test_alternatives_say_what_the_nearest_of_them_lacks():
    """`anyOf` and `allOf` add the complaints of single schemas."""
    given = {**INTEGER, "anyOf": [{"minimum": 5}, {"maximum": 1}]}
    found = [complaint(each) for each in violations({"spec": {"a": 3}}, widgets(a=given))]
    assert found[0] == '<nil> Invalid: "spec.a" must validate at least one schema (anyOf)' and len(found) == 2
    given = {**INTEGER, "allOf": [{"minimum": 5}, {"maximum": 9}]}
    found = [complaint(each) for each in violations({"spec": {"a": 3}}, widgets(a=given))]
    assert found == [
        "spec.a Invalid: " + body("should be greater than or equal to 5"),
        '<nil> Invalid: "spec.a" must validate all the schemas (allOf)',
    ]


@pytest.mark.parametrize("word", ["anyOf", "oneOf", "allOf"])
def test_alternatives_within_alternatives_are_looked_at_once(word):
    """Twenty deep, none of which fits: the time grows with the schema, not with a power of its depth."""

    class Counted(dict):
        looks = 0

        def get(self, name, default=None):
            Counted.looks += name == "maximum"
            return super().get(name, default)

    given = Counted(INTEGER, maximum=1)
    for _ in range(20):
        given = {"type": "integer", word: [given]}
    found = [complaint(each) for each in violations({"spec": {"a": 3}}, widgets(a=given))]
    assert len(found) == 21 and Counted.looks <= 2


def test_what_has_not_changed_is_not_checked_again():
    """An object that a stricter schema would refuse can still be changed elsewhere."""
    given = widgets(a={**INTEGER, "minimum": 5}, b=STRING)
    old = view({"spec": {"a": 1, "b": "x"}})
    assert not list(violations(view({"spec": {"a": 1, "b": "y"}}), given, old))
    assert len(list(violations(view({"spec": {"a": 2, "b": "x"}}), given, old))) == 1
