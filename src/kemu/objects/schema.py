"""What generic code may know about a type: its `Shape`, with one `Field` per field.

A built-in class has a shape, derived from its declaration (`shape_of(cls)`); the schema of a custom kind compiles to
one (see `structural`). Everything that walks objects without knowing them (the codec, server-side apply, strategic
merge, pruning, defaulting, OpenAPI) reads shapes and nothing else, and so never asks whether a kind is custom.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Literal, get_args, get_origin

import attrs

from ..values.frozen import FrozenMap
from ..values.quantity import Quantity
from .declare import Hints, no_default

SCALARS = frozenset({"string", "integer", "boolean", "number", "quantity", "time", "microtime", "int_or_string"})
"""Kinds that hold one value."""

_BUILTIN = {
    "str": ("string", None, "string"),
    "int": ("integer", "int32", "int32"),
    "Int64": ("integer", "int64", "int64"),
    "bool": ("boolean", None, "bool"),
    "Bool": ("boolean", None, "bool"),
    "float": ("number", "double", "float64"),
    "Base64": ("string", "byte", "[]uint8"),
    "Quantity": ("quantity", None, "resource.Quantity"),
    "Time": ("time", "date-time", "v1.Time"),
    "MicroTime": ("microtime", "date-time", "v1.MicroTime"),
    "IntOrString": ("int_or_string", "int-or-string", "intstr.IntOrString"),
    "Json": ("json", None, "interface {}"),
}
_PYTHON_SCALARS = {str: "str", int: "int", bool: "bool", float: "float"}


@attrs.frozen(slots=True, eq=False)
class Shape:
    """A struct as a value: the fields of a built-in class, or of an object in a schema."""

    name: str
    """The class, or the kind of the schema: what error texts call the type."""
    fields: tuple[Field, ...]
    """In the order in which they are written."""
    by_json: Mapping[str, Field]
    map_type: str | None = None
    """`atomic` when it is owned as a whole in server-side apply."""
    unions: tuple[Mapping[str, Any], ...] = ()
    """The published unions: a discriminator and the fields it chooses among."""
    cls: type | None = None
    """The class whose instances have this shape; None where they are plain JSON."""
    preserve_unknown: bool = False
    """Whether fields that are not declared are kept."""


@attrs.frozen(slots=True, eq=False)
class Type:
    """What a field, a list item or a map value holds."""

    kind: str
    """`string`, `integer`, `boolean`, `number`, `quantity`, `time`, `microtime`, `int_or_string`, `struct`, `list`,
    `map` or `json`."""
    cls: type | None = None
    """The class of a struct."""
    item: Type | None = None
    """What a list or map holds."""
    format: str | None = None
    enum: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    """The values that are allowed, in the order in which they are declared and named to whoever chose another; also
    those of items, of which the published schema says nothing."""
    go: str = ""
    """The name of the Go type, for the error texts of a real API server."""
    schema: str | None = None
    """The name of the published type of a `json`, when it has one."""
    list_type: str | None = None
    """`atomic`, `set` or `map`: how the items of a list are owned."""
    list_map_keys: tuple[str, ...] = ()
    """The fields by which the items of a `map` list are told apart."""
    map_type: str | None = None
    """`atomic` when a struct or map is owned as a whole here; `granular` JSON is owned name by name."""
    nullable: bool = False
    """Whether `null` is a value of its own; where it is not, it stands for nothing."""
    default: Any = None
    """What a schema puts in the place of nothing, as frozen JSON."""
    _shape: Shape | None = None
    atomic: bool = attrs.field(init=False)
    """Whether it is owned as a whole in server-side apply: every scalar, and most lists."""

    @property
    def shape(self) -> Shape:
        """The shape of a struct."""
        if self._shape is not None:
            return self._shape
        assert self.cls is not None
        return shape_of(self.cls)

    @atomic.default
    def _owned_as_a_whole(self) -> bool:
        if self.kind == "struct":
            options: Any = self._shape or self.cls
            whole = options.map_type if self._shape is not None else options._options.get("map_type")
            return (self.map_type or whole) == "atomic"
        if self.kind == "list":
            return self.list_type not in ("map", "set")
        if self.kind == "json":
            return self.map_type != "granular"
        return self.kind != "map" or self.map_type == "atomic"


@attrs.frozen(slots=True, eq=False)
class Field:
    """One field of a type."""

    name: str
    """The attribute's name."""
    json: str
    """The name in JSON."""
    type: Type
    optional: bool
    """Whether None stands for unset: every scalar that is not always written, and every pointer."""
    pointer: bool
    """Whether the zero value differs from unset."""
    always: bool
    """Whether it is written even when it is empty."""
    omitzero: bool
    required: bool
    default: Any
    """The default that the published schema names, as JSON; None when there is none."""
    patch_merge_key: str | None
    patch_strategy: str | None
    immutable: bool
    stored: bool
    """False for the `apiVersion` and `kind` of a top-level type, which belong to the class."""

    @property
    def kind(self) -> str:
        """The kind of the type: see `Type.kind`."""
        return self.type.kind

    @property
    def list_type(self) -> str | None:
        """How the items of a list are owned: see `Type.list_type`."""
        return self.type.list_type

    @property
    def list_map_keys(self) -> tuple[str, ...]:
        """The fields by which the items of a list are told apart."""
        return self.type.list_map_keys

    @property
    def map_type(self) -> str | None:
        """`atomic` when a struct or map is owned as a whole here."""
        return self.type.map_type

    @property
    def format(self) -> str | None:
        """The published format, such as `int32` or `date-time`."""
        return self.type.format

    @property
    def schema(self) -> str | None:
        """The name of the published type of any JSON that the field holds, directly or in a list or map."""
        held = self.type
        while held.item is not None:
            held = held.item
        return held.schema

    @property
    def enum(self) -> tuple[str, ...]:
        """The values that the published schema allows, sorted; empty when any value may stand there."""
        return self.type.enum


def shape_of(cls: type) -> Shape:
    """The shape of an API type. Derived once per class, then O(1)."""
    found: Shape = cls._shape  # type: ignore[attr-defined]
    return found


def openapi_name(cls: type) -> str:
    """The name of the type in OpenAPI documents, such as `io.k8s.api.core.v1.Pod`."""
    module = sys.modules[cls.__module__]
    return f"{module.PACKAGE}.{cls.__name__}"


def go_name(cls: type) -> str:
    """The name of the type in Go's error texts, such as `v1.Pod`."""
    return f"{sys.modules[cls.__module__].PACKAGE.rsplit('.', 1)[1]}.{cls.__name__}"


def derive(cls: type) -> tuple[Field, ...]:
    """Read the declaration of a class. Called once per class, on first use."""
    declared: dict[str, tuple[str, Hints, str]] = cls._declared  # type: ignore[attr-defined]
    return tuple(_derive(name, *line) for name, line in declared.items())


def camel(name: str) -> str:
    """`node_name` as `nodeName`; a leading underscore, which only avoids a Python word, is dropped."""
    head, *rest = name.lstrip("_").split("_")
    return head + "".join(part.title() for part in rest)


def _derive(name: str, annotation: str, hints: Hints, module: str) -> Field:
    text, optional = annotation, False
    if text.endswith(" | None"):
        text, optional = text.removesuffix(" | None"), True
    declared = _named(resolve(text, module), hints.get("schema"))
    if "go" in hints:
        declared = attrs.evolve(declared, go=hints["go"])
    kind = declared.kind
    stored = hints.get("stored", True)
    omitzero = hints.get("omitzero", False)
    pointer = hints.get("pointer", False) or (optional and kind in ("struct", "quantity", "time", "microtime"))
    always = hints.get("always", False) or (not optional and not omitzero and (kind in SCALARS or kind == "struct"))
    scalar_zero = {"string": "", "integer": 0, "boolean": False, "number": 0, "struct": {}}
    default = hints.get("default")
    if default is no_default:
        default = None
    elif default is None and not optional and kind in scalar_zero and declared.format != "byte" and stored:
        default = scalar_zero[kind]
    if kind == "list" or "list_type" in hints:
        list_type = hints.get("list_type", "atomic" if name != "items" else None)
        declared = attrs.evolve(
            declared, list_type=None if list_type == "none" else list_type, list_map_keys=hints.get("keys", ())
        )
    elif "map_type" in hints:
        declared = attrs.evolve(declared, map_type=hints["map_type"])
    return Field(
        name=name,
        json=hints.get("json") or camel(name),
        type=declared,
        optional=optional,
        pointer=pointer,
        always=always,
        omitzero=omitzero,
        required=hints.get("required", stored and always and _demanded(kind, optional)),
        default=default,
        patch_merge_key=hints.get("merge"),
        patch_strategy=hints.get("strategy"),
        immutable=hints.get("immutable", False),
        stored=stored,
    )


def _named(held: Type, schema: str | None) -> Type:
    """A type in which any JSON has its published name."""
    if schema is None:
        return held
    if held.item is not None:
        item = _named(held.item, schema)
        return attrs.evolve(held, item=item, go=held.go.replace(held.item.go, item.go))
    return attrs.evolve(held, schema=schema, go=f"v1.{schema}")


def _demanded(kind: str, optional: bool) -> bool:
    """Whether the published schema usually requires a field that is always written: not where empty is all right."""
    return kind not in ("time", "microtime") and (kind != "struct" or optional)


def resolve(text: str, module: str) -> Type:
    """The type that an annotation names, as seen from `module`."""
    if text.startswith("tuple["):
        item = _item(text.removeprefix("tuple[").removesuffix(", ...]"), module)
        return Type("list", item=item, go="[]" + item.go)
    if text.startswith("Map["):
        item = _item(text.removeprefix("Map[").removesuffix("]"), module)
        return Type("map", item=item, go="map[string]" + item.go)
    if text in _BUILTIN:
        kind, form, go = _BUILTIN[text]
        return Type(kind, format=form, go=go)
    found, home = _lookup(text, module)
    package = sys.modules[home].PACKAGE.rsplit(".", 1)[1] if hasattr(sys.modules[home], "PACKAGE") else "v1"
    go = f"{package}.{text.rsplit('.', 1)[-1]}" if not text.endswith("UID") else "types.UID"
    if get_origin(found) is Literal:
        return Type("string", enum=tuple(sorted(get_args(found))), choices=get_args(found), go=go)
    if found in _PYTHON_SCALARS:
        kind, form, _ = _BUILTIN[_PYTHON_SCALARS[found]]
        return Type(kind, format=form, go=go)
    if isinstance(found, type) and not get_origin(found) and hasattr(found, "_declared"):
        return Type("struct", cls=found, go=go)
    return attrs.evolve(_of_alias(found), go=go)


def _item(text: str, module: str) -> Type:
    """The type of an item. The published schema names the allowed values of fields only, not of items."""
    item = resolve(text, module)
    return attrs.evolve(item, enum=()) if item.enum else item


def _of_alias(alias: Any) -> Type:
    """The type of a named list or map, such as `ResourceList`."""
    names = {str: "str", int: "int", bool: "bool", float: "float", Quantity: "Quantity", Any: "Json"}
    origin, held = get_origin(alias), get_args(alias)
    if origin is tuple:
        return Type("list", item=resolve(names[held[0]], __name__))
    if origin is FrozenMap:
        return Type("map", item=resolve(names[held[0]], __name__))
    raise TypeError(f"{alias!r} is nothing that a field can hold")


def _lookup(text: str, module: str) -> tuple[Any, str]:
    """Find a name from inside a module: its own, its package's, or `module.Name` of another API group."""
    if "." in text:
        group, text = text.split(".")
        module = f"{__package__}.{group}"
        return _lookup(text, module)
    for home in _homes(module):
        found = getattr(import_module(home), text, None)
        if found is not None:
            return found, getattr(found, "__module__", home) if hasattr(found, "_declared") else home
    raise TypeError(f"no type {text!r} in {module}")


def _homes(module: str) -> Iterator[str]:
    yield module
    parent = module.rpartition(".")[0]
    if parent != __package__:
        yield parent
