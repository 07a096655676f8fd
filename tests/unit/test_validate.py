"""`kemu.validate(definition, resource)`: every definition and every resource has a verdict, and soon."""

from __future__ import annotations

import cProfile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kemu
from kemu.errors import Invalid, KemuError, UsageError


def definition(schema: dict[str, Any], **version: Any) -> dict[str, Any]:
    """A definition of Widgets whose spec has a schema."""
    whole = {"type": "object", "properties": {"spec": schema}}
    served = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": whole}, **version}
    names = {"plural": "widgets", "kind": "Widget"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [served]},
    }


def widget(spec: Any, name: str = "w") -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name}, "spec": spec}


SIZE = definition(
    {
        "type": "object",
        "properties": {"size": {"type": "integer", "default": 3, "minimum": 1}, "name": {"type": "string"}},
        "x-kubernetes-validations": [
            {"rule": "self.size >= oldSelf.size", "message": "must not shrink"},
            {"rule": "self.size < 10", "messageExpression": "'%d is too large'.format([self.size])"},
        ],
    }
)


def test_what_would_be_stored() -> None:
    """Defaults are there, and what the schema does not know is not."""
    assert kemu.validate(SIZE, widget({"nope": 1})).spec == {"size": 3}


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ({"size": 0}, "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1"),
        ({"size": 10}, "spec: Invalid value: 10 is too large"),
        ({"size": "x"}, 'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'),
        ([], 'spec: Invalid value: "array": spec in body must be of type object: "array"'),
    ],
)
def test_what_would_be_refused(spec: Any, complaint: str) -> None:
    """The text is a server's."""
    with pytest.raises(Invalid) as raised:
        kemu.validate(SIZE, widget(spec))
    assert complaint in str(raised.value)


def test_updates() -> None:
    """Transition rules are asked of an update; what was wrong before and has not changed is forgiven."""
    with pytest.raises(Invalid, match="must not shrink"):
        kemu.validate(SIZE, widget({"size": 2}), old=widget({"size": 5}))
    assert kemu.validate(SIZE, widget({"size": 6}), old=widget({"size": 5})).spec == {"size": 6}
    with pytest.raises(UsageError, match="not called the same"):
        kemu.validate(SIZE, widget({}, name="a"), old=widget({}, name="b"))


def test_what_is_no_question() -> None:
    """A kind that the definition does not define, and a definition that is none."""
    with pytest.raises(UsageError, match="does not define"):
        kemu.validate(SIZE, widget({}) | {"kind": "Gadget"})
    with pytest.raises(Invalid, match='Unsupported value: "nope"'):
        kemu.validate(definition({"type": "nope"}), widget({}))


NAMES = st.sampled_from(["a", "b", "spec", "metadata", "x-y", "int", "namespace", "é"])
TYPES = st.sampled_from(["object", "array", "string", "integer", "number", "boolean"])
PATTERNS = st.sampled_from(["^a+$", "(", "(a+)+$", "[[:alpha:]]", r"\p{Greek}"])
RULES = st.sampled_from(
    ["self.a == 1", "self == oldSelf", "true", "self.size() > 1", "self.all(x, x == x)", "self.", "has(self.a)", ""]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats(allow_nan=False, allow_infinity=False) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)


def _schemas(inner: Any) -> Any:
    keywords = {
        "properties": st.dictionaries(NAMES, inner, max_size=3),
        "additionalProperties": inner | st.booleans(),
        "items": inner,
        "required": st.lists(NAMES, max_size=2),
        "enum": st.lists(JSON, max_size=2),
        "default": JSON,
        "pattern": PATTERNS,
        "format": st.sampled_from(["int32", "date-time", "ipv4", "byte", "duration", "uuid", "nope"]),
        "minimum": st.floats(-10, 10),
        "maximum": st.integers(-10, 10),
        "multipleOf": st.sampled_from([0, 0.1, 3, -1]),
        "maxLength": st.integers(-1, 5),
        "minItems": st.integers(-1, 5),
        "maxProperties": st.integers(-1, 5),
        "uniqueItems": st.booleans(),
        "nullable": st.booleans(),
        "allOf": st.lists(inner, max_size=2),
        "oneOf": st.lists(inner, max_size=2),
        "anyOf": st.lists(inner, max_size=2),
        "not": inner,
        "x-kubernetes-preserve-unknown-fields": st.booleans(),
        "x-kubernetes-int-or-string": st.booleans(),
        "x-kubernetes-embedded-resource": st.booleans(),
        "x-kubernetes-list-type": st.sampled_from(["atomic", "set", "map", "nope"]),
        "x-kubernetes-list-map-keys": st.lists(NAMES, max_size=2),
        "x-kubernetes-validations": st.lists(st.builds(lambda rule: {"rule": rule}, RULES), max_size=2),
    }
    return st.fixed_dictionaries({"type": TYPES}, optional=keywords)


WILD = st.recursive(st.builds(lambda kind: {"type": kind}, TYPES), _schemas, max_leaves=6)
TAME = st.recursive(
    st.builds(lambda kind: {"type": kind}, st.sampled_from(["string", "integer", "number", "boolean"])),
    lambda inner: (
        st.builds(lambda fields: {"type": "object", "properties": fields}, st.dictionaries(NAMES, inner))
        | st.builds(lambda items: {"type": "array", "items": items}, inner)
        | st.builds(lambda values: {"type": "object", "additionalProperties": values}, inner)
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(WILD | TAME, JSON, JSON)
def test_everything_has_a_verdict(schema: dict[str, Any], old: Any, new: Any) -> None:
    """A definition or a resource is taken, or refused with a complaint; there is nothing else."""
    for before in (None, widget(old)):
        try:
            kemu.validate(definition(schema), widget(new), before)
        except KemuError as problem:
            assert str(problem)


def nested(levels: int, key: str = "a") -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {key: schema}}
    return schema


def deep(levels: int) -> Any:
    held: Any = 1
    for _ in range(levels):
        held = {"a": held}
    return held


PATHOLOGICAL: dict[str, tuple[dict[str, Any], Any]] = {
    "deep schema": (nested(90), deep(90)),
    "far too deep a schema": (nested(400), deep(3)),
    "deep value": ({"type": "object", "x-kubernetes-preserve-unknown-fields": True}, deep(400)),
    "many alternatives": (
        {"type": "object", "properties": {"a": {"type": "integer"}}, "allOf": [{"required": ["a"]}] * 3000},
        {"a": 1},
    ),
    "alternatives in alternatives": (
        {"type": "string", "anyOf": [{"anyOf": [{"anyOf": [{"pattern": "b"}] * 12}] * 12}] * 12},
        "aaaa",
    ),
    "catastrophic pattern": ({"type": "string", "pattern": "^(a+)+$"}, "a" * 5000 + "b"),
    "huge pattern": ({"type": "string", "pattern": "(((a{100}){100}){100})"}, "a"),
    "many properties": (
        {"type": "object", "properties": {f"p{n}": {"type": "integer", "default": n} for n in range(1000)}},
        {},
    ),
    "long list": ({"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "atomic"}, ["x"] * 20000),
    "long set": ({"type": "array", "items": {"type": "integer"}, "x-kubernetes-list-type": "set"}, list(range(5000))),
    "many rules": (
        {"type": "integer", "x-kubernetes-validations": [{"rule": f"self != {n}"} for n in range(300)]},
        -1,
    ),
    "long rule": ({"type": "integer", "x-kubernetes-validations": [{"rule": " + ".join(["self"] * 200) + " > 0"}]}, 1),
    "nested loops": (
        {
            "type": "array",
            "maxItems": 100,
            "items": {"type": "integer"},
            "x-kubernetes-validations": [{"rule": "self.all(a, self.exists(b, b > a))"}],
        },
        list(range(100)),
    ),
}


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_what_is_pathological_is_answered_soon(name: str) -> None:
    """Refused or taken, but with no more calls than a second has room for."""
    schema, spec = PATHOLOGICAL[name]
    profile = cProfile.Profile()
    try:
        with profile:
            kemu.validate(definition(schema), widget(spec))
    except KemuError as problem:
        assert str(problem)
    assert sum(entry.callcount for entry in profile.getstats()) < 2_000_000
