"""OpenAPI documents, derived from the declarations: version 2 as a whole, version 3 for each group and version.

They say what a real server's say: the schema of every type with its descriptions, list types and merge keys, and the
paths of every resource (`openapi_paths.py`). A custom kind is described by its own schema. The words are those of
Kubernetes where somebody has installed them (`borrowed.py`), and kemu's own elsewhere. Documents are built on first
request and kept; callers must not change them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from hashlib import sha512
from json import dumps
from typing import Any

from ..values.frozen import thaw
from . import core, meta, scheme
from .borrowed import word, words
from .compiled import is_kind
from .custom_kinds import CustomKind
from .descriptions import describe_fields, describe_type
from .openapi_paths import group_path, gvk_of, resource_paths, version_path
from .schema import Field, Type, openapi_name, shape_of
from .scheme import Kind

VERSION = "v1.36.2"
"""The version of Kubernetes whose types these are."""

_META = "io.k8s.apimachinery.pkg.apis.meta.v1"
_SPECIAL_NAMES = {
    "quantity": "io.k8s.apimachinery.pkg.api.resource.Quantity",
    "time": f"{_META}.Time",
    "microtime": f"{_META}.MicroTime",
    "int_or_string": "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
}
_APIEXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1"
_JSON_NAMES = {
    "FieldsV1": f"{_META}.FieldsV1",
    "RawExtension": "io.k8s.apimachinery.pkg.runtime.RawExtension",
    "JSON": f"{_APIEXTENSIONS}.JSON",
    "JSONSchemaPropsOrArray": f"{_APIEXTENSIONS}.JSONSchemaPropsOrArray",
    "JSONSchemaPropsOrBool": f"{_APIEXTENSIONS}.JSONSchemaPropsOrBool",
    "JSONSchemaPropsOrStringArray": f"{_APIEXTENSIONS}.JSONSchemaPropsOrStringArray",
}
_OBJECT_NAMES = {"FieldsV1", "RawExtension"}
_EVERYWHERE = (meta.DeleteOptions, meta.WatchEvent)
"""Types that every group and version has."""

_SECURITY = {
    "BearerToken": {"type": "apiKey", "in": "header", "name": "authorization", "description": "A bearer token."}
}
_POSSIBLE = "Possible enum values:"
_INFO = {"title": "Kubernetes", "version": VERSION}

Json = dict[str, Any]


Kinds = tuple[Kind, ...]

REFERENCE = {False: "#/definitions/", True: "#/components/schemas/"}
"""Where schemas are, in versions 2 and 3."""

_UNSHARED = ("name", "fieldValidation", "dryRun")
"""Parameters that version 2 writes out at every operation: old clients look there for what a server can."""


def group_versions(kinds: Kinds = scheme.KINDS) -> tuple[str, ...]:
    """The groups and versions that are served: `v1`, `apps/v1`, and so on, the core group first."""
    return tuple(dict.fromkeys(kind.api_version for kind in kinds))


def v3_path(group_version: str) -> str:
    """The key of a group and version in the index: `api/v1`, `apis/apps/v1`."""
    return f"apis/{group_version}" if "/" in group_version else f"api/{group_version}"


def v3_paths(kinds: Kinds = scheme.KINDS) -> tuple[str, ...]:
    """The keys of all documents, sorted: for each group and version, and for each of the server's own groups."""
    groups = [f"apis/{kind.group}" for kind in kinds if kind.group and not kind.extension]
    return tuple(sorted(dict.fromkeys([*groups, *(v3_path(each) for each in group_versions(kinds))])))


@lru_cache(maxsize=64)
def v3_index(kinds: Kinds = scheme.KINDS, returned: frozenset[Kind] = frozenset()) -> Json:
    """What `/openapi/v3` answers: where each document is. The hash is that of its content."""
    paths = {}
    for path in v3_paths(kinds):
        text = dumps(v3(path, kinds, returned), sort_keys=True)
        digest = sha512(text.encode()).hexdigest().upper()[:128]
        paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"}
    return {"paths": paths}


def v3(path: str, kinds: Kinds = scheme.KINDS, returned: frozenset[Kind] = frozenset()) -> Json:
    """The document with a key of the index, or of a group and version. Raises KeyError when there is none.

    `returned` are the kinds whose objects are given back by who deletes them, rather than a Status.
    """
    name = path.removeprefix("apis/").removeprefix("api/")
    own = tuple([kind for kind in kinds if kind.api_version == name])
    if own:
        return _v3(own, returned)
    if path not in v3_paths(kinds):
        raise KeyError(path)
    writer = _Writer(("v1",), three=True)
    return _document([group_path(name, writer)], writer, False)


@lru_cache(maxsize=256)
def _v3(kinds: Kinds, returned: frozenset[Kind]) -> Json:
    writer = _Writer(tuple(dict.fromkeys(("v1", kinds[0].api_version))), three=True)
    custom = all(kind.extension for kind in kinds)
    paths = [] if custom else [version_path(kinds[0].api_version, writer)]
    for kind in kinds:
        paths += resource_paths(kind, writer, kind in returned)
    return _document(paths, writer, custom)


def _document(paths: list[tuple[str, Json]], writer: _Writer, custom: bool) -> Json:
    """A document of version 3, of the server's own kinds or of custom ones."""
    secured = {} if custom else {"securitySchemes": _SECURITY}
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes CRD Swagger", "version": "v0.1.0"} if custom else _INFO,
        "paths": dict(sorted(paths)),
        "components": {"schemas": writer.schemas(), **secured},
    }


@lru_cache(maxsize=64)
def v2(kinds: Kinds = scheme.KINDS, returned: frozenset[Kind] = frozenset()) -> Json:
    """The document of everything that is served, in version 2."""
    own = [kind for kind in kinds if not kind.extension]
    versions = tuple(sorted(dict.fromkeys(kind.api_version for kind in own), key=lambda each: ("/" in each, each)))
    writer = _Writer(versions, three=False)
    paths = [version_path(each, writer) for each in versions]
    paths += [group_path(each, writer) for each in dict.fromkeys(kind.group for kind in own) if each]
    for kind in kinds:
        paths += resource_paths(kind, writer, kind in returned)
    shared = _shared(item for _, item in paths)
    return {
        "swagger": "2.0",
        "info": _INFO,
        "paths": dict(sorted(paths)),
        "definitions": writer.schemas(),
        "parameters": shared,
        "securityDefinitions": _SECURITY,
        "security": [{"BearerToken": []}],
    }


def _shared(items: Iterable[Json]) -> Json:
    """Parameters that many operations have, by a name of their own; in their places stand references from now on."""
    shared: Json = {}
    for item in items:
        for place in item.values():
            found = place if isinstance(place, list) else place.get("parameters", [])
            for number, parameter in enumerate(found):
                kept = parameter["name"] in _UNSHARED or (parameter["in"] == "body" and not _general(parameter))
                if not kept:
                    text = dumps(parameter, sort_keys=True)
                    name = f"{parameter['name']}-{sha512(text.encode()).hexdigest()[:8]}"
                    shared[name] = parameter
                    found[number] = {"$ref": f"#/parameters/{name}"}
    return dict(sorted(shared.items()))


def _general(body: Json) -> bool:
    """Whether a body is no object of a kind: a patch, or options."""
    return str(body["schema"].get("$ref", "")).startswith(f"{REFERENCE[False]}io.k8s.apimachinery")


STANDARD = "Standard object's metadata: name, identity, labels and more."
"""What is said of the metadata of a custom kind, if nobody knows better."""


class _Writer:
    """Writes schemas in one of the two versions, and remembers which types they lead to."""

    def __init__(self, versions: tuple[str, ...], three: bool) -> None:
        self.versions = versions
        self.prefix = REFERENCE[three]
        self.three = three
        self.needed: dict[str, Callable[[], Json]] = {}

    def reference(self, name: str, write: Callable[[], Json]) -> Json:
        """A reference to a named type, and a note to write its schema."""
        self.needed.setdefault(name, write)
        return {"$ref": self.prefix + name}

    def to_class(self, cls: Any) -> Json:
        return self.reference(openapi_name(cls), lambda: self.struct(cls))

    def to_special(self, name: str) -> Json:
        return self.reference(name, lambda: self.special(name))

    def to_kind(self, kind: Kind) -> Json:
        """A reference to the objects of a kind."""
        if not isinstance(kind, CustomKind):
            return self.to_class(kind.type)
        return self.reference(custom_name(kind), lambda: self.custom(kind))

    def to_list(self, kind: Kind) -> Json:
        """A reference to lists of a kind."""
        if not isinstance(kind, CustomKind):
            return self.to_class(kind.list_type)
        return self.reference(f"{custom_name(kind)}List", lambda: self.custom_list(kind))

    def schemas(self) -> Json:
        """The schemas of all types that were referred to, and of those that they refer to."""
        written: Json = {}
        while len(written) < len(self.needed):
            for name, write in list(self.needed.items()):
                if name not in written:
                    written[name] = write()
        return dict(sorted(written.items()))

    def struct(self, cls: Any) -> Json:
        said, shape = words(openapi_name(cls)), shape_of(cls)
        own: Mapping[str, str | None] = describe_fields(cls)
        if said is not None:
            own = {field.json: word(said, field.json) for field in shape.fields}
        about = describe_type(cls) if said is None else said[""]
        schema: Json = {"description": about, "type": "object"}
        if shape.fields:
            schema["properties"] = {field.json: self.field(field, own[field.json]) for field in shape.fields}
        required = [field.json for field in shape.fields if field.required]
        if required:
            schema["required"] = required
        if cls in _EVERYWHERE:
            schema["x-kubernetes-group-version-kind"] = [gvk_of(each, cls.__name__) for each in self.versions]
        elif is_kind(cls):
            schema["x-kubernetes-group-version-kind"] = [gvk_of(cls.api_version, cls.kind)]
        if shape.map_type:
            schema["x-kubernetes-map-type"] = shape.map_type
        if shape.unions:
            schema["x-kubernetes-unions"] = list(shape.unions)
        return schema

    def custom(self, kind: CustomKind) -> Json:
        """The schema of a custom kind as it was given, with what every object has.

        In version 2 nothing is said of a kind that may have any field: old clients would refuse what is not named.
        """
        schema: Json = thaw(kind.schema)
        if not self.three and schema.get("x-kubernetes-preserve-unknown-fields"):
            return {"type": "object", "x-kubernetes-group-version-kind": [gvk_of(kind.api_version, kind.kind)]}
        self.embedded(schema)
        own = {**_type_meta(), "metadata": self.standard(meta.ObjectMeta, core.Pod)}
        schema["properties"] = {**schema.get("properties", {}), **own}
        schema["x-kubernetes-group-version-kind"] = [gvk_of(kind.api_version, kind.kind)]
        if self.three and kind.selectable:
            fields = [{"fieldPath": each.removeprefix(".")} for each in kind.selectable]
            schema["x-kubernetes-selectable-fields"] = fields
        return schema

    def embedded(self, schema: Json) -> None:
        """Says in a schema what every object has, wherever it has objects within objects."""
        for inner in schema.get("properties", {}).values():
            self.embedded(inner)
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                self.embedded(schema[key])
        anything = not self.three and schema.get("x-kubernetes-preserve-unknown-fields")
        if schema.get("x-kubernetes-embedded-resource") and not anything:
            own = {**_type_meta(), "metadata": self.standard(meta.ObjectMeta, core.Pod)}
            schema["properties"] = {**schema.get("properties", {}), **own}
            schema["required"] = [*dict.fromkeys([*schema.get("required", []), "kind", "apiVersion"])]

    def custom_list(self, kind: CustomKind) -> Json:
        """The schema of a list of a custom kind."""
        properties = _type_meta()
        properties["items"] = {
            "description": f"The {kind.plural} of this page.",
            "type": "array",
            "items": self.to_kind(kind),
        }
        properties["metadata"] = self.standard(meta.ListMeta, core.PodList)
        return {
            "description": f"{kind.list_kind} is a list of {kind.kind}",
            "type": "object",
            "required": ["items"],
            "properties": properties,
            "x-kubernetes-group-version-kind": [gvk_of(kind.api_version, kind.list_kind)],
        }

    def standard(self, cls: Any, example: Any) -> Json:
        """The field `metadata` of objects and lists, as it is described in another type."""
        said = words(openapi_name(example))
        return self.described(self.to_class(cls), STANDARD if said is None else word(said, "metadata"))

    def described(self, schema: Json, description: str | None) -> Json:
        """A schema with a description; version 3 allows none beside a reference."""
        if description is None:
            return schema
        return {"description": description, **({"allOf": [schema]} if self.three and "$ref" in schema else schema)}

    def field(self, field: Field, description: str | None) -> Json:
        schema = self.value(field.type, field)
        if "enum" in schema:
            lines = "".join([f'\n - `"{each}"`' for each in schema["enum"]])
            description = f"{description}\n\n{_POSSIBLE}{lines}" if description else _POSSIBLE + lines
        default = field.default if self.three else None
        if default is not None and "$ref" in schema:
            schema = {"allOf": [schema]}
        schema = self.described(schema, description)
        if default is not None:
            schema["default"] = default
        extensions = {
            "list-type": field.list_type,
            "list-map-keys": list(field.list_map_keys),
            "map-type": field.map_type,
            "patch-merge-key": field.patch_merge_key,
            "patch-strategy": field.patch_strategy,
        }
        extended = {f"x-kubernetes-{name}": value for name, value in extensions.items() if value}
        if extended and self.three and "$ref" in schema:
            schema = {"allOf": [schema]}
        return {**schema, **extended}

    def value(self, held: Type, field: Field) -> Json:
        kind = held.kind
        if kind == "struct":
            return self.to_class(held.cls)
        if kind == "list":
            return {"type": "array", "items": self.value(held.item, field)}  # type: ignore[arg-type]
        if kind == "map":
            return {"type": "object", "additionalProperties": self.value(held.item, field)}  # type: ignore[arg-type]
        if kind in _SPECIAL_NAMES:
            return self.to_special(_SPECIAL_NAMES[kind])
        if kind == "json":
            return self.to_special(_JSON_NAMES[field.schema]) if field.schema else {"type": "object"}
        schema: Json = {"type": kind}
        if held.format:
            schema["format"] = held.format
        if held.enum:
            schema["enum"] = list(held.enum)
        return schema

    def special(self, name: str) -> Json:
        """The schema of a type that is no struct."""
        short = name.rsplit(".", 1)[1]
        if short in ("Time", "MicroTime"):
            return {"description": "A moment, as RFC 3339 writes it.", "type": "string", "format": "date-time"}
        if short == "Quantity":
            said = {"description": "An exact amount, such as 100m or 1Gi."}
            either = [{"type": "string"}, {"type": "number"}]
            return {**said, **({"oneOf": either} if self.three else {"type": "string"})}
        if short == "IntOrString":
            said = {"description": "A number or a text.", "format": "int-or-string"}
            either = [{"type": "integer"}, {"type": "string"}]
            return {**said, **({"oneOf": either} if self.three else {"type": "string"})}
        if short == "Patch":
            return {"description": "A change, in the notation that the media type names.", "type": "object"}
        said = {"description": "Any JSON object." if short in _OBJECT_NAMES else "Any JSON."}
        return {**said, "type": "object"} if short in _OBJECT_NAMES else said


def _type_meta() -> Json:
    """The fields with which every object says what it is."""
    said, own = words(openapi_name(meta.Status)), describe_fields(meta.Status)
    return {
        name: {"type": "string", "description": own[name] if said is None else word(said, name)}
        for name in ("apiVersion", "kind")
    }


def custom_name(kind: Kind) -> str:
    """The name of a custom type in OpenAPI documents: `com.example.v1.Widget`."""
    return ".".join([*reversed(kind.group.split(".")), kind.version, kind.kind])
