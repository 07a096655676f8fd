"""The schema of a custom kind as a shape, and what a server does to a document by it before anybody looks.

`compile_schema` turns an openAPIV3Schema into a `Shape`. `pruned` drops the fields that the schema does not have,
`defaulted` fills in those that it has a default for. Both give back the very value that they were given when there is
nothing to do. What a schema demands of values is checked in `schema_rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..values.frozen import FrozenMap, freeze, kept
from . import meta
from .schema import Field, Shape, Type

Json = Any

_SCALARS = ("string", "integer", "boolean", "number")


# From a schema to a shape


def compile_schema(schema: Mapping[str, Any], kind: str) -> Shape:
    """The shape of a kind whose objects look like this. Every object has `apiVersion`, `kind` and typed metadata."""
    return _shape(schema, kind, embedded=True)


def _shape(schema: Mapping[str, Any], name: str, embedded: bool) -> Shape:
    types = {key: _type(each) for key, each in (schema.get("properties") or {}).items()}
    if embedded:
        types |= {
            "apiVersion": Type("string"),
            "kind": Type("string"),
            "metadata": Type("struct", cls=meta.ObjectMeta, go="v1.ObjectMeta"),
        }
    required = schema.get("required") or ()
    fields = tuple([_field(key, held, key in required) for key, held in types.items()])
    return Shape(
        name=name,
        fields=fields,
        by_json=FrozenMap({field.json: field for field in fields}),
        map_type=schema.get("x-kubernetes-map-type"),
        preserve_unknown=bool(schema.get("x-kubernetes-preserve-unknown-fields")),
    )


def _field(name: str, held: Type, required: bool) -> Field:
    return Field(
        name=name,
        json=name,
        type=held,
        optional=True,
        pointer=True,
        always=False,
        omitzero=False,
        required=required,
        default=held.default,
        patch_merge_key=None,
        patch_strategy=None,
        immutable=False,
        stored=True,
    )


def _type(schema: Any) -> Type:
    """The type of a value. What has no type of its own may be any JSON."""
    if not isinstance(schema, Mapping):
        return Type("json", map_type="granular")
    said: dict[str, Any] = {
        "nullable": bool(schema.get("nullable")),
        "default": freeze(schema.get("default")),
        "format": schema.get("format"),
        "map_type": schema.get("x-kubernetes-map-type"),
    }
    kind = schema.get("type")
    if schema.get("x-kubernetes-int-or-string"):
        return Type("int_or_string", **said)
    if kind in _SCALARS:
        return Type(kind, **said)
    if kind == "array":
        return Type(
            "list",
            item=_type(schema.get("items")),
            list_type=schema.get("x-kubernetes-list-type", "atomic"),
            list_map_keys=tuple(schema.get("x-kubernetes-list-map-keys") or ()),
            **said,
        )
    if kind == "object":
        values = schema.get("additionalProperties")
        if values:
            return Type("map", item=_type(values), **said)
        embedded = bool(schema.get("x-kubernetes-embedded-resource"))
        return Type("struct", shape=_shape(schema, "", embedded), **said)
    return Type("json", **{**said, "map_type": said["map_type"] or "granular"})


# Pruning


def pruned(document: Mapping[str, Any], shape: Shape, unknown: Callable[[str], None]) -> Mapping[str, Any]:
    """A document without the fields that its shape does not have; `unknown` is told the path of each."""
    return _pruned_struct(document, shape, "", unknown)


def _pruned_struct(
    value: Mapping[str, Any], shape: Shape, path: str, unknown: Callable[[str], None]
) -> Mapping[str, Any]:
    result: dict[str, Any] = {}
    same = True
    for name, item in value.items():
        here = f"{path}.{name}" if path else name
        field = shape.by_json.get(name)
        if field is None:
            if shape.preserve_unknown:
                result[name] = item
            else:
                unknown(here)
                same = False
            continue
        now = result[name] = _pruned(item, field.type, here, unknown)
        same = same and now is item
    return value if same else result


def _pruned(value: Json, held: Type, path: str, unknown: Callable[[str], None]) -> Json:
    if isinstance(value, Mapping):
        if held.kind == "struct":
            return _pruned_struct(value, held.shape, path, unknown)
        if held.kind == "map" and held.item is not None:
            item = held.item
            entries = {name: _pruned(each, item, f"{path}.{name}", unknown) for name, each in value.items()}
            return value if all(entries[name] is value[name] for name in value) else entries
    elif isinstance(value, (list, tuple)) and held.kind == "list" and held.item is not None:
        items = [_pruned(each, held.item, f"{path}[{index}]", unknown) for index, each in enumerate(value)]
        return kept(value, items)
    return value


# Defaulting


def defaulted(document: Mapping[str, Any], shape: Shape) -> Mapping[str, Any]:
    """A document with the defaults of its schema. A `null` that says nothing is dropped, or gives way to a default."""
    result: dict[str, Any] = {}
    same = True
    for name, item in document.items():
        field = shape.by_json.get(name)
        if field is None:
            result[name] = item
        elif item is None and not field.type.nullable and field.default is None:
            same = False
        else:
            now = result[name] = _defaulted(item, field.type)
            same = same and now is item
    for field in shape.fields:
        if field.default is not None and field.json not in result:
            result[field.json] = _defaulted(field.default, field.type)
            same = False
    return document if same else result


def _defaulted(value: Json, held: Type) -> Json:
    """A value with the defaults that belong inside it; a `null` in its place may stand for its own default."""
    if value is None and not held.nullable:
        value = held.default
    if isinstance(value, Mapping):
        if held.kind == "struct":
            return defaulted(value, held.shape)
        if held.kind == "map" and held.item is not None:
            item = held.item
            entries = {
                name: _defaulted(each, item)
                for name, each in value.items()
                if each is not None or item.nullable or item.default is not None
            }
            same = len(entries) == len(value) and all(entries[name] is value[name] for name in value)
            return value if same else entries
    elif isinstance(value, (list, tuple)) and held.kind == "list" and held.item is not None:
        items = [_defaulted(each, held.item) for each in value]
        return kept(value, items)
    return value
