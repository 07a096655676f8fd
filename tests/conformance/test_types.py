"""The declared types against what a real Kubernetes 1.36 server publishes about them, and says about bad bodies."""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from kemu import objects
from kemu.objects import codec, schema, scheme
from kemu.objects.columns import columns_of

DATA = Path(__file__).parent.parent / "data"
META = "io.k8s.apimachinery.pkg.apis.meta.v1."
SCALARS = {
    "quantity": "io.k8s.apimachinery.pkg.api.resource.Quantity",
    "time": META + "Time",
    "microtime": META + "MicroTime",
    "int_or_string": "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
}


@cache
def published(name: str) -> Any:
    return json.loads(gzip.decompress((DATA / name).read_bytes()))


TYPES: dict[str, dict[str, Any]] = published("fields.json.gz")["types"]
STRUCTS = sorted(name for name, row in TYPES.items() if row.get("fields"))


@cache
def declared() -> dict[str, Any]:
    """Every declared type by its published name."""
    modules = {*objects.GROUPS.values(), "meta", "autoscaling_v1"}
    found = {}
    for module in sorted(modules):
        for value in vars(import_module(f"kemu.objects.{module}")).values():
            if isinstance(value, type) and issubclass(value, objects.Struct) and not value._abstract:
                found[schema.openapi_name(value)] = value
    return found


def published_form(field: schema.Field) -> dict[str, Any]:
    """A field as the published table writes it."""
    row = type_form(field.type, field)
    if field.default is not None:
        row["default"] = field.default
    optional = {
        "list_type": field.list_type,
        "list_map_keys": list(field.list_map_keys),
        "map_type": field.map_type,
        "patch_merge_key": field.patch_merge_key,
        "patch_strategy": field.patch_strategy,
    }
    row.update((name, value) for name, value in optional.items() if value)
    return row


def type_form(held: schema.Type, field: schema.Field) -> dict[str, Any]:
    kind = held.kind
    if kind == "struct":
        return {"ref": schema.openapi_name(held.cls)}
    if kind == "list":
        return {"type": "array", "items": type_form(held.item, field)}
    if kind == "map":
        return {"type": "map", "values": type_form(held.item, field)}
    if kind in SCALARS:
        return {"ref": SCALARS[kind]}
    if kind == "json":
        return {"ref": next(name for name in TYPES if name.endswith(f".{field.schema}"))}
    row: dict[str, Any] = {"type": kind}
    if held.format:
        row["format"] = held.format
    if held.enum:
        row["enum"] = list(held.enum)
    return row


def test_every_published_type_is_declared_and_none_is_invented():
    """The declared classes and the published structs are the same set of names."""
    assert sorted(name for name, cls in declared().items() if schema.shape_of(cls).fields) == STRUCTS


@pytest.mark.parametrize("name", STRUCTS)
def test_every_field_has_the_published_properties(name: str):
    """Names, types, formats, enums, defaults, list and map types, keys and merge strategies, field by field."""
    cls, row = declared()[name], TYPES[name]
    assert {field.json: published_form(field) for field in schema.shape_of(cls).fields} == row["fields"]
    assert {field.json for field in schema.shape_of(cls).fields if field.required} == set(row.get("required", ()))
    assert schema.shape_of(cls).map_type == row.get("x-kubernetes-map-type")
    assert list(schema.shape_of(cls).unions) == row.get("x-kubernetes-unions", [])


def test_every_published_kind_is_a_kind():
    """A type with a published group, version and kind carries them as class attributes, and can be found by them."""
    for name, row in TYPES.items():
        for gvk in row.get("gvk", ()):
            if gvk["kind"] == "WatchEvent":
                continue  # travels without apiVersion and kind of its own
            api_version = f"{gvk['group']}/{gvk['version']}" if gvk["group"] else gvk["version"]
            cls = declared()[name]
            assert (cls.api_version, cls.kind) == (api_version, gvk["kind"])
            assert scheme.type_of(api_version, gvk["kind"]) is cls


def test_the_scheme_has_the_published_resources():
    """Names, scope, verbs, short names, categories and subresources, row by row."""
    for row in published("resources.json.gz"):
        kind = scheme.by_resource(row["group"], row["version"], row["resource"])
        assert kind is not None, row
        assert (kind.kind, kind.singular, kind.namespaced) == (
            row["kind"],
            row["singular"],
            row["scope"] == "Namespaced",
        )
        assert sorted(kind.verbs) == row["verbs"]
        assert (list(kind.short_names), list(kind.categories)) == (row["shortNames"], row["categories"])
        assert [subresource_form(each, kind) for each in kind.subresources.values()] == [
            (each["name"], each["kind"]["kind"], each["verbs"]) for each in row["subresources"]
        ]
    assert len(scheme.KINDS) == len(published("resources.json.gz")) == 68


def subresource_form(subresource: scheme.Subresource, kind: scheme.Kind) -> tuple[str, str, list[str]]:
    return (subresource.name, subresource.kind, list(subresource.verbs))


def test_tables_have_the_published_columns():
    """Names, types, formats and priorities of the columns of every kind."""
    for name, rows in published("columns.json.gz").items():
        group, version, plural = name.split("/")
        kind = scheme.by_resource("" if group == "core" else group, version, plural)
        columns = [(column.name, column.type, column.format, column.priority) for column in columns_of(kind)]
        assert columns == [(row["name"], row["type"], row["format"], row["priority"]) for row in rows], name


BODIES = [json.loads(line) for line in gzip.decompress((DATA / "decoding.jsonl.gz").read_bytes()).splitlines()]


@pytest.mark.parametrize("case", BODIES, ids=lambda case: (case["error"] or case["warnings"][0])[:70])
def test_bad_bodies_get_the_recorded_text(case: dict[str, Any]):
    """Syntax errors, wrong types, unknown and repeated fields, word for word."""
    warnings: list[str] = []
    error = None
    try:
        body = codec.decode_bytes(case["body"].encode(), case["media_type"])
        cls = scheme.type_of(body["apiVersion"], body["kind"])
        codec.decode(cls, body, field_validation=case["field_validation"], on_warning=warnings.append)
    except codec.DecodeError as refused:
        error = str(refused)
    assert error == case["error"]
    assert warnings == case["warnings"]


# --- documents with every field set -----------------------------------------------------------------------------------

EXAMPLES: dict[str, Any] = {
    "string": "text",
    "integer": 7,
    "boolean": True,
    "number": 1.5,
    "quantity": "1500m",
    "time": "2000-01-02T03:04:05Z",
    "microtime": "2000-01-02T03:04:05.000006Z",
    "int_or_string": "25%",
    "json": {"any": [1, "two", None]},
}


def full(held: schema.Type, above: tuple[Any, ...] = ()) -> Any:
    """JSON in which every field is set; a type inside of itself stays empty."""
    if held.kind == "struct":
        if held.cls in above:
            return None
        return full_document(held.cls, above)
    if held.kind == "list":
        item = full(held.item, above)
        return None if item is None else [item]
    if held.kind == "map":
        item = full(held.item, above)
        return None if item is None else {"key": item}
    if held.format == "byte":
        return "AAEC"
    if held.kind == "json" and held.schema.startswith("JSONSchemaProps"):
        return {"title": "text"}
    return held.enum[0] if held.enum else EXAMPLES[held.kind]


def full_document(cls: Any, above: tuple[Any, ...] = ()) -> dict[str, Any]:
    found = {}
    for field in schema.shape_of(cls).fields:
        if not field.stored:
            value = cls.kind if field.json == "kind" else cls.api_version
        else:
            value = full(field.type, (*above, cls))
        if value is not None:
            found[field.json] = value
    return found


@pytest.mark.parametrize("name", STRUCTS)
def test_a_document_with_every_field_goes_through_unchanged(name: str):
    """Decoding and encoding loses nothing, and nothing is unknown to a strict reader."""
    cls = declared()[name]
    document = full_document(cls)
    decoded = codec.decode(cls, document, field_validation="Strict")
    encoded = codec.encode(decoded)
    assert without_headers_of_items(document) == encoded
    assert codec.decode(cls, encoded) == decoded


def without_headers_of_items(document: dict[str, Any]) -> dict[str, Any]:
    """Items of a list do not repeat the kind that the list names."""
    if str(document.get("kind", "")).endswith("List") and isinstance(document.get("items"), list):
        items = [{k: v for k, v in item.items() if k not in ("kind", "apiVersion")} for item in document["items"]]
        return {**document, "items": items}
    return document


RECORDED = [json.loads(line) for line in gzip.decompress((DATA / "objects.jsonl.gz").read_bytes()).splitlines()]


@pytest.mark.parametrize("kind", sorted({(document["apiVersion"], document["kind"]) for document in RECORDED}))
def test_what_a_server_wrote_is_written_the_same(kind: tuple[str, str]):
    """What survives empty survives, what does not is left out: recorded objects are decoded and encoded unchanged."""
    for document in RECORDED:
        if (document["apiVersion"], document["kind"]) == kind:
            cls = scheme.type_of(*kind)
            assert codec.encode(codec.decode(cls, document, field_validation="Strict")) == document
