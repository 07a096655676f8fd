"""The schema of a custom kind as a shape, and what a server does to a document by it before anybody looks.

`compile_schema` turns an openAPIV3Schema into a `Shape`. `pruned` drops the fields that the schema does not have,
`defaulted` fills in those that it has a default for. Both give back the very value that they were given when there is
nothing to do. What a schema demands of values is checked in `schema_rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from operator import is_
from typing import Any

from ..values.frozen import FrozenMap, freeze, kept
from ..values.memo import Memo
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

Unknown = Callable[[str], None]
Prune = Callable[[Json, str, Unknown], Json]
"""What is left of a value that stands at a path."""


def pruned(document: Mapping[str, Any], shape: Shape, unknown: Unknown) -> Mapping[str, Any]:
    """A document without the fields that its shape does not have; `unknown` is told the path of each."""
    kept_of: Prune = _pruner(shape)
    result: Mapping[str, Any] = kept_of(document, "", unknown)
    return result


_PLAIN = frozenset({str, int, float, bool, type(None)})


def _left(value: Json, path: str, unknown: Unknown) -> Json:
    return value


def _emptied(value: Json, path: str, unknown: Unknown) -> Json:
    """What is left of a value where its schema has no fields: those that it has nevertheless are not known."""
    if isinstance(value, dict):
        for name in value:
            unknown(f"{path}.{name}")
        return {} if value else value
    if isinstance(value, (list, tuple)):
        return kept(value, [_emptied(each, f"{path}[{index}]", unknown) for index, each in enumerate(value)])
    return value


def _struct_pruner(shape: Shape) -> Prune:
    """What prunes a struct. Nothing is done about a field in which there is nothing to prune."""
    inner = {field.json: _value_pruner(field.type) for field in shape.fields}
    free = frozenset([field.json for field in shape.fields if field.type.kind == "json"])
    preserve = shape.preserve_unknown

    def prune(value: Json, path: str, unknown: Unknown) -> Json:
        if not isinstance(value, dict):
            return value if preserve else _emptied(value, path, unknown)
        result: dict[str, Any] | None = None
        for name, item in value.items():
            if name in inner:
                below = inner[name]
                if below is None and (item.__class__ in _PLAIN or name in free):
                    continue
                here = f"{path}.{name}" if path else name
                now = _emptied(item, here, unknown) if below is None else below(item, here, unknown)
                if now is not item:
                    result = dict(value) if result is None else result
                    result[name] = now
            elif not preserve:
                unknown(f"{path}.{name}" if path else name)
                result = dict(value) if result is None else result
                del result[name]
        return value if result is None else result

    return prune


_pruner = Memo(_struct_pruner)


def _value_pruner(held: Type) -> Prune | None:
    if held.kind == "struct":
        return _struct_pruner(held.shape)
    if held.kind not in ("map", "list") or held.item is None:
        return None
    item = _value_pruner(held.item)
    if item is None:
        item = _left if held.item.kind == "json" else _emptied
    return _map_pruner(item) if held.kind == "map" else _list_pruner(item)


def _map_pruner(item: Prune) -> Prune:
    plain = item in (_left, _emptied)

    def prune(value: Json, path: str, unknown: Unknown) -> Json:
        if not isinstance(value, dict):
            return _emptied(value, path, unknown)
        if plain and (item is _left or _PLAIN.issuperset(map(type, value.values()))):
            return value
        entries = {name: item(each, f"{path}.{name}", unknown) for name, each in value.items()}
        return value if all(map(is_, entries.values(), value.values())) else entries

    return prune


def _list_pruner(item: Prune) -> Prune:
    plain = item in (_left, _emptied)

    def prune(value: Json, path: str, unknown: Unknown) -> Json:
        if not isinstance(value, (list, tuple)):
            return _emptied(value, path, unknown)
        if plain and (item is _left or _PLAIN.issuperset(map(type, value))):
            return value
        return kept(value, [item(each, f"{path}[{index}]", unknown) for index, each in enumerate(value)])

    return prune


# Defaulting

Fill = Callable[[Json], Json]
"""A value with the defaults that belong inside it."""


def defaulted(document: Mapping[str, Any], shape: Shape, *, nulls: bool = False) -> Mapping[str, Any]:
    """A document with the defaults of its schema. A `null` that says nothing gives way to a default, or is dropped.

    With `nulls` those are kept that are wrong, for others to say so.
    """
    fill: Fill = _keeper(shape) if nulls else _filler(shape)
    result: Mapping[str, Any] = fill(document)
    return result


def _struct_filler(shape: Shape, nulls: bool = False) -> Fill:
    inner = {field.json: (_value_filler(field.type, nulls), field.type) for field in shape.fields}
    defaults = {name: _whole(held, below) for name, (below, held) in inner.items() if held.default is not None}

    def fill(value: Json) -> Json:
        if not isinstance(value, dict):
            return value
        result: dict[str, Any] | None = None
        for name, item in value.items():
            below, held = inner.get(name, _OPEN)
            if item is None and not held.nullable and name in inner:
                if name in defaults:
                    result = dict(value) if result is None else result
                    result[name] = defaults[name]
                elif not nulls or held.kind == "json":
                    result = dict(value) if result is None else result
                    del result[name]
            elif below is not None:
                now = below(item)
                if now is not item:
                    result = dict(value) if result is None else result
                    result[name] = now
        for name, default in defaults.items():
            if name not in value:
                result = dict(value) if result is None else result
                result[name] = default
        return value if result is None else result

    return fill


_filler = Memo(_struct_filler)
_keeper = Memo(partial(_struct_filler, nulls=True))
_OPEN: tuple[Fill | None, Type] = (None, Type("json"))


def _whole(held: Type, below: Fill | None) -> Json:
    """The default of a value, with the defaults inside it."""
    return held.default if below is None else below(held.default)


def _value_filler(held: Type, nulls: bool) -> Fill | None:
    """What fills in defaults below a value; None if there are none, and no `null` that would be dropped."""
    if held.kind == "struct":
        return _struct_filler(held.shape, nulls)
    if held.kind == "map" and held.item is not None:
        return _map_filler(held.item, nulls)
    if held.kind == "list" and held.item is not None:
        return _list_filler(held.item, nulls)
    return None


def _map_filler(item: Type, nulls: bool) -> Fill:
    below = _value_filler(item, nulls)
    default = _whole(item, below)

    def fill(value: Json) -> Json:
        if not isinstance(value, dict):
            return value
        if None in value.values() and not item.nullable:
            value = {name: default if each is None else each for name, each in value.items()}
            value = {name: each for name, each in value.items() if nulls or each is not None}
        if below is None:
            return value
        entries = {name: below(each) for name, each in value.items()}
        return value if all(map(is_, entries.values(), value.values())) else entries

    return fill


def _list_filler(item: Type, nulls: bool) -> Fill | None:
    below = _value_filler(item, nulls)
    default = _whole(item, below)
    if below is None and default is None:
        return None

    def filled(each: Json) -> Json:
        if each is None and not item.nullable:
            return default
        return each if below is None else below(each)

    def fill(value: Json) -> Json:
        return kept(value, [filled(each) for each in value]) if isinstance(value, (list, tuple)) else value

    return fill
