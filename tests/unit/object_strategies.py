"""Hypothesis strategies for API objects, derived from the same records as the codec."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from hypothesis import strategies as st

from kemu import objects
from kemu.objects import schema
from kemu.objects.either import CHOICES
from kemu.values.frozen import FrozenMap, freeze
from kemu.values.quantity import Quantity
from kemu.values.times import MicroTime, Time

DEEPEST = 4

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)
moments = st.integers(-62_135_596_800, 253_402_300_799)
quantities = st.integers(-(2**60), 2**60).map(Quantity.of_nanos)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
).map(freeze)
SCALARS: dict[str, Any] = {
    "string": texts,
    "boolean": st.booleans(),
    "number": st.floats(allow_nan=False, allow_infinity=False).map(lambda value: value + 0.0),
    "quantity": quantities,
    "time": moments.map(Time),
    "microtime": moments.map(lambda seconds: MicroTime(seconds * 1_000_000 + 5)),
    "int_or_string": st.integers(-(2**31), 2**31 - 1) | texts,
    "json": json_values.filter(lambda value: value is not None),
}


def all_types() -> list[Any]:
    """Every declared type, by module and name."""
    found = {}
    for module in sorted({*objects.GROUPS.values(), "meta", "autoscaling_v1"}):
        for value in vars(import_module(f"kemu.objects.{module}")).values():
            if isinstance(value, type) and issubclass(value, objects.Struct) and not value._abstract:
                found[schema.openapi_name(value)] = value
    return [found[name] for name in sorted(found)]


@cache
def instances(cls: Any, depth: int = 0) -> Any:
    """Instances of a type, with a few of its fields set."""
    fields = [
        field for field in schema.shape_of(cls).fields if field.stored and (depth < DEEPEST or not nested(field.type))
    ]
    chosen = {field.name: values(field.type, depth) for field in fields}
    return st.fixed_dictionaries({}, optional=chosen).map(lambda given: cls(**given))


def nested(held: schema.Type) -> bool:
    """Whether a type leads to a struct."""
    return held.kind == "struct" or (held.item is not None and nested(held.item))


def values(held: schema.Type, depth: int) -> Any:
    """Values of one type."""
    if held.kind == "struct":
        return st.deferred(lambda: instances(held.cls, depth + 1))
    if held.kind == "list":
        return st.lists(values(held.item, depth), max_size=2).map(tuple)
    if held.kind == "map":
        return st.dictionaries(texts, values(held.item, depth), max_size=2).map(FrozenMap)
    if held.kind == "integer":
        limit = 2**63 if held.format == "int64" else 2**31
        return st.integers(-limit, limit - 1)
    if held.schema in CHOICES:
        return texts.filter(bool).map(lambda title: freeze({"title": title}))
    if held.format == "byte":
        return st.sampled_from(["", "AAEC", "YQ==", "YWI="])
    return SCALARS[held.kind]
