"""OpenAPI documents, derived from the declarations: version 2 as a whole, version 3 for each group and version.

They have what clients use: the schema of every type with its descriptions, list types and merge keys, and the paths
of every resource with the kinds that travel over them. A custom kind is described by its own schema. Documents are
built on first request and kept; callers must not change them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import sha512
from json import dumps
from typing import Any

from ..values.frozen import thaw
from . import meta, scheme
from .compiled import is_kind
from .custom_kinds import CustomKind
from .descriptions import describe_fields, describe_type
from .openapi_queries import queries
from .schema import Field, Type, openapi_name, shape_of
from .scheme import Kind, Subresource

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
_PATCH_TYPES = {
    "apply": "application/apply-patch+yaml",
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
}
"""By the form of a patch: kubectl sees here whether a kind knows strategic ones."""

_MEDIA_TYPES = ("application/json", "application/yaml")

Json = dict[str, Any]


Kinds = tuple[Kind, ...]


def group_versions(kinds: Kinds = scheme.KINDS) -> tuple[str, ...]:
    """The groups and versions that are served: `v1`, `apps/v1`, and so on, the core group first."""
    return tuple(dict.fromkeys(kind.api_version for kind in kinds))


def v3_path(group_version: str) -> str:
    """The key of a group and version in the index: `api/v1`, `apis/apps/v1`."""
    return f"apis/{group_version}" if "/" in group_version else f"api/{group_version}"


@lru_cache(maxsize=64)
def v3_index(kinds: Kinds = scheme.KINDS) -> Json:
    """What `/openapi/v3` answers: where the document of each group and version is. The hash is that of its content."""
    paths = {}
    for group_version in group_versions(kinds):
        text = dumps(v3(group_version, kinds), sort_keys=True)
        digest = sha512(text.encode()).hexdigest().upper()[:128]
        path = v3_path(group_version)
        paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"}
    return {"paths": paths}


def v3(group_version: str, kinds: Kinds = scheme.KINDS) -> Json:
    """The document of one group and version. Raises KeyError when it is not served."""
    own = tuple([kind for kind in kinds if kind.api_version == group_version])
    if not own:
        raise KeyError(group_version)
    return _v3(own)


@lru_cache(maxsize=256)
def _v3(kinds: Kinds) -> Json:
    writer = _Writer("#/components/schemas/", three=True)
    paths = {path: item for kind in kinds for path, item in _paths(kind, writer)}
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": VERSION},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": writer.schemas()},
    }


@lru_cache(maxsize=64)
def v2(kinds: Kinds = scheme.KINDS) -> Json:
    """The document of everything that is served, in version 2."""
    writer = _Writer("#/definitions/", three=False)
    paths = {path: item for kind in kinds for path, item in _paths(kind, writer)}
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": VERSION},
        "paths": dict(sorted(paths.items())),
        "definitions": writer.schemas(),
    }


STANDARD = "Standard object's metadata: name, identity, labels and more."
"""What is said of the metadata of a custom kind."""


class _Writer:
    """Writes schemas in one of the two versions, and remembers which types they lead to."""

    def __init__(self, prefix: str, three: bool) -> None:
        self.prefix = prefix
        self.three = three
        self.needed: dict[str, Callable[[], Json]] = {}
        for cls in (meta.APIGroup, meta.APIResourceList, meta.WatchEvent):  # answers of every group and version
            self.to_class(cls)

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
        said, shape = describe_fields(cls), shape_of(cls)
        schema: Json = {
            "description": describe_type(cls),
            "type": "object",
            "properties": {field.json: self.field(field, said[field.json]) for field in shape.fields},
        }
        required = [field.json for field in shape.fields if field.required]
        if required:
            schema["required"] = required
        if is_kind(cls):
            schema["x-kubernetes-group-version-kind"] = [_gvk(cls.api_version, cls.kind)]
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
            return {"type": "object", "x-kubernetes-group-version-kind": [_gvk(kind.api_version, kind.kind)]}
        metadata = self.to_class(meta.ObjectMeta)
        own = {**_type_meta(), "metadata": {"allOf": [metadata], "description": STANDARD} if self.three else metadata}
        schema["properties"] = {**schema.get("properties", {}), **own}
        schema["x-kubernetes-group-version-kind"] = [_gvk(kind.api_version, kind.kind)]
        return schema

    def custom_list(self, kind: CustomKind) -> Json:
        """The schema of a list of a custom kind."""
        properties = _type_meta()
        properties["items"] = {"type": "array", "items": self.to_kind(kind)}
        properties["metadata"] = self.to_class(meta.ListMeta)
        return {
            "description": f"{kind.list_kind} is a list of {kind.kind}",
            "type": "object",
            "required": ["items"],
            "properties": properties,
            "x-kubernetes-group-version-kind": [_gvk(kind.api_version, kind.list_kind)],
        }

    def field(self, field: Field, description: str) -> Json:
        schema = self.value(field.type, field)
        if "$ref" in schema:
            schema = {"allOf": [schema]} if self.three else schema
        schema = {"description": description, **schema}
        if field.default is not None and (self.three or "$ref" not in schema):
            schema["default"] = field.default
        extensions = {
            "list-type": field.list_type,
            "list-map-keys": list(field.list_map_keys),
            "map-type": field.map_type,
            "patch-merge-key": field.patch_merge_key,
            "patch-strategy": field.patch_strategy,
        }
        schema.update((f"x-kubernetes-{name}", value) for name, value in extensions.items() if value)
        return schema

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
    said = describe_fields(meta.Status)
    return {name: {"type": "string", "description": said[name]} for name in ("apiVersion", "kind")}


def custom_name(kind: Kind) -> str:
    """The name of a custom type in OpenAPI documents: `com.example.v1.Widget`."""
    return ".".join([*reversed(kind.group.split(".")), kind.version, kind.kind])


def _gvk(api_version: str, kind: str) -> Json:
    group, _, version = api_version.rpartition("/")
    return {"group": group, "kind": kind, "version": version}


_ACTIONS = (
    # verb, method, action, whether it is on one object
    ("list", "get", "list", False),
    ("create", "post", "post", False),
    ("deletecollection", "delete", "deletecollection", False),
    ("get", "get", "get", True),
    ("update", "put", "put", True),
    ("patch", "patch", "patch", True),
    ("delete", "delete", "delete", True),
)


def _paths(kind: Kind, writer: _Writer) -> Iterator[tuple[str, Json]]:
    """The paths of a resource and of its subresources, with the operations on them."""
    root = f"/{v3_path(kind.api_version)}"
    base = f"{root}/namespaces/{{namespace}}/{kind.plural}" if kind.namespaced else f"{root}/{kind.plural}"
    collection: Json = {}
    single: Json = {}
    for verb, method, action, one in _ACTIONS:
        if verb in kind.verbs:
            (single if one else collection)[method] = _operation(kind, action, writer)
    if collection:
        yield base, _with_parameters(collection, base, writer.three)
    if single:
        yield f"{base}/{{name}}", _with_parameters(single, f"{base}/{{name}}", writer.three)
    if kind.namespaced and "list" in kind.verbs:
        yield f"{root}/{kind.plural}", {"get": _operation(kind, "list", writer, everywhere=True)}
    for subresource in kind.subresources.values():
        path = f"{base}/{{name}}/{subresource.name}"
        methods = {"get": "get", "create": "post", "update": "put", "patch": "patch", "delete": "delete"}
        item = {
            methods[verb]: _operation(kind, methods[verb], writer, subresource=subresource)
            for verb in subresource.verbs
            if verb in methods
        }
        yield path, _with_parameters(item, path, writer.three)


def _with_parameters(item: Json, path: str, three: bool) -> Json:
    """The operations of a path, with the parameters that its braces ask for."""
    text: Json = {"type": "string", "uniqueItems": True}
    typed = {"schema": text} if three else text
    names = [name for name in ("name", "namespace") if f"{{{name}}}" in path]
    if names:
        item["parameters"] = [{"name": name, "in": "path", "required": True, **typed} for name in names]
    return item


def _operation(
    kind: Kind,
    action: str,
    writer: _Writer,
    *,
    everywhere: bool = False,
    subresource: Subresource | None = None,
) -> Json:
    """One operation: who travels in, who travels out."""
    api_version, name = (kind.api_version, kind.kind)
    if subresource is not None:
        api_version, name = subresource.api_version, subresource.kind
    group, _, version = kind.api_version.rpartition("/")
    scope = "Namespaced" if kind.namespaced and not everywhere else ""
    suffix = "ForAllNamespaces" if everywhere else (subresource.name.title() if subresource is not None else "")
    tag = (group.partition(".")[0] or "core") + "_" + version
    verb = {"get": "read", "put": "replace", "post": "create", "deletecollection": "deleteCollection"}
    words = "".join(part.title() for part in tag.split("_"))
    operation: Json = {
        "tags": [tag],
        "description": f"{verb.get(action, action)} {name}",
        "operationId": f"{verb.get(action, action)}{words}{scope}{kind.kind}{suffix}",
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": _gvk(api_version, name),
    }
    into: Json | None = None
    if action == "list":
        out = writer.to_list(kind)
    elif action.startswith("delete"):
        out, into = writer.to_class(meta.Status), writer.to_class(meta.DeleteOptions)
    else:
        travels = _travelling(kind, api_version, name, writer)
        out = travels or {"type": "string"}
        into = travels if action in ("post", "put") else None
    if action == "patch":
        into = writer.to_special(f"{_META}.Patch")
    takes: tuple[str, ...] = _MEDIA_TYPES
    if action == "patch":
        takes = tuple([media for form, media in _PATCH_TYPES.items() if form in kind.patches])
    return {**operation, **_traffic(action, takes, into, out, writer.three)}


def _travelling(kind: Kind, api_version: str, name: str, writer: _Writer) -> Json | None:
    """A reference to what travels over a path: the objects of the kind, or of a subresource."""
    if (api_version, name) == (kind.api_version, kind.kind):
        return writer.to_kind(kind)
    cls = scheme.type_of(api_version, name)
    return writer.to_class(cls) if cls is not None else None


def _traffic(action: str, takes: tuple[str, ...], into: Json | None, out: Json, three: bool) -> Json:
    """The body and the answers of an operation, in either version."""
    codes = {"post": ("200", "201", "202"), "put": ("200", "201"), "patch": ("200", "201")}.get(action, ("200",))
    if three:
        content = {kind: {"schema": out} for kind in _MEDIA_TYPES}
        traffic: Json = {"responses": {code: {"description": "OK", "content": content} for code in codes}}
        if into is not None:
            traffic["requestBody"] = {"content": {kind: {"schema": into} for kind in takes}}
        if asked := queries(action, three):
            traffic["parameters"] = asked
        return traffic
    traffic = {
        "consumes": list(takes),
        "produces": list(_MEDIA_TYPES),
        "schemes": ["https"],
        "responses": {code: {"description": "OK", "schema": out} for code in codes},
    }
    body = {"name": "body", "in": "body", "required": not action.startswith("delete"), "schema": into}
    parameters = [*queries(action, three), *([body] if into is not None else [])]
    return {**traffic, "parameters": parameters} if parameters else traffic
