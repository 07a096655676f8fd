"""A definition in the server's own form.

There, what all versions have in common stands once at the top: complaints about the schema of the only version speak of
`spec.validation`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from ...objects import codec

Json = Any


@attrs.frozen(eq=False)
class Part:
    """What one version says, or all of them: a schema, subresources, columns, selectable fields; and where."""

    version: Any
    path: str
    schema: Json = None
    subresources: Json = None
    columns: Sequence[Any] = ()
    selectable: Sequence[Any] = ()


@attrs.frozen(eq=False)
class Form:
    """A specification: what all versions share, and what each has for itself."""

    spec: Any
    common: Part
    versions: tuple[Part, ...]

    def shown(self) -> Json:
        """The versions as a complaint prints them."""
        return [_version(part) for part in self.versions]


_PARTS: Mapping[str, tuple[Callable[[Any], Any], Any]] = {
    "schema": (lambda version: version.schema, None),
    "subresources": (lambda version: version.subresources, None),
    "columns": (lambda version: version.additional_printer_columns, ()),
    "selectable": (lambda version: version.selectable_fields, ()),
}


def form_of(spec: Any) -> Form:
    """The server's own form of a specification. O(versions) but for comparing their schemas."""
    common: dict[str, Any] = {}
    for name, (read, _) in _PARTS.items():
        held = [read(version) for version in spec.versions]
        if held and all(each == held[0] for each in held[1:]):
            common[name] = _plain(name, held[0])
    first = spec.versions[0] if spec.versions else None
    parts = []
    for number, version in enumerate(spec.versions):
        own = {
            name: absent if name in common else _plain(name, read(version)) for name, (read, absent) in _PARTS.items()
        }
        parts.append(Part(version, f"spec.versions[{number}]", **own))
    return Form(spec, Part(first, "spec", **common), tuple(parts))


def _plain(name: str, held: Any) -> Any:
    """A schema and subresources as JSON."""
    if name == "schema":
        return None if held is None or held.open_apiv3_schema is None else codec.encode(held.open_apiv3_schema)
    return codec.encode(held) if name == "subresources" and held is not None else held


def _version(part: Part) -> Json:
    version = part.version
    subresources = part.subresources
    return {
        "Name": version.name,
        "Served": bool(version.served),
        "Storage": bool(version.storage),
        "Deprecated": bool(version.deprecated),
        "DeprecationWarning": version.deprecation_warning,
        "Schema": None if part.schema is None else {"OpenAPIV3Schema": inner_schema(part.schema)},
        "Subresources": None if subresources is None else _subresources(subresources),
        "AdditionalPrinterColumns": [_column(each) for each in part.columns] or None,
        "SelectableFields": [{"JSONPath": each.json_path} for each in part.selectable] or None,
    }


def _subresources(said: Json) -> Json:
    scale = said.get("scale")
    return {
        "Status": said.get("status"),
        "Scale": None
        if scale is None
        else {
            "SpecReplicasPath": scale.get("specReplicasPath", ""),
            "StatusReplicasPath": scale.get("statusReplicasPath", ""),
            "LabelSelectorPath": scale.get("labelSelectorPath"),
        },
    }


def _column(column: Any) -> Json:
    return {
        "Name": column.name,
        "Type": column.type,
        "Format": column.format or "",
        "Description": column.description or "",
        "Priority": column.priority or 0,
        "JSONPath": column.json_path,
    }


FIELDS: Mapping[str, tuple[str, Any]] = {
    "ID": ("id", ""),
    "Schema": ("$schema", ""),
    "Ref": ("$ref", None),
    "Description": ("description", ""),
    "Type": ("type", ""),
    "Nullable": ("nullable", False),
    "Format": ("format", ""),
    "Title": ("title", ""),
    "Default": ("default", None),
    "Maximum": ("maximum", None),
    "ExclusiveMaximum": ("exclusiveMaximum", False),
    "Minimum": ("minimum", None),
    "ExclusiveMinimum": ("exclusiveMinimum", False),
    "MaxLength": ("maxLength", None),
    "MinLength": ("minLength", None),
    "Pattern": ("pattern", ""),
    "MaxItems": ("maxItems", None),
    "MinItems": ("minItems", None),
    "UniqueItems": ("uniqueItems", False),
    "MultipleOf": ("multipleOf", None),
    "Enum": ("enum", None),
    "MaxProperties": ("maxProperties", None),
    "MinProperties": ("minProperties", None),
    "Required": ("required", None),
    "Items": ("items", None),
    "AllOf": ("allOf", None),
    "OneOf": ("oneOf", None),
    "AnyOf": ("anyOf", None),
    "Not": ("not", None),
    "Properties": ("properties", None),
    "AdditionalProperties": ("additionalProperties", None),
    "PatternProperties": ("patternProperties", None),
    "Dependencies": ("dependencies", None),
    "AdditionalItems": ("additionalItems", None),
    "Definitions": ("definitions", None),
    "ExternalDocs": ("externalDocs", None),
    "Example": ("example", None),
    "XPreserveUnknownFields": ("x-kubernetes-preserve-unknown-fields", None),
    "XEmbeddedResource": ("x-kubernetes-embedded-resource", False),
    "XIntOrString": ("x-kubernetes-int-or-string", False),
    "XListMapKeys": ("x-kubernetes-list-map-keys", None),
    "XListType": ("x-kubernetes-list-type", None),
    "XMapType": ("x-kubernetes-map-type", None),
    "XValidations": ("x-kubernetes-validations", None),
}
"""The fields of a schema in their own order: the name in JSON, and what stands for nothing."""


def inner_schema(schema: Json) -> Json:
    """A schema in the server's own form."""
    return {name: _inner(json, schema.get(json, absent)) for name, (json, absent) in FIELDS.items()}


def _inner(name: str, value: Json) -> Json:
    if value is None:
        return None
    if name in ("not",):
        return inner_schema(value)
    if name in ("allOf", "oneOf", "anyOf"):
        return [inner_schema(each) for each in value]
    if name in ("properties", "patternProperties", "definitions"):
        return {key: inner_schema(value[key]) for key in sorted(value)}
    if name == "items":
        schemas = isinstance(value, (list, tuple))
        return {
            "Schema": None if schemas else inner_schema(value),
            "JSONSchemas": [inner_schema(each) for each in value] if schemas else None,
        }
    if name in ("additionalProperties", "additionalItems"):
        allows = value if isinstance(value, bool) else True
        return {"Allows": allows, "Schema": None if isinstance(value, bool) else inner_schema(value)}
    if name == "x-kubernetes-validations":
        return [inner_rule(each) for each in value]
    return value


def inner_rule(rule: Json) -> Json:
    """A rule of a schema in the server's own form."""
    return {
        "Rule": rule.get("rule", ""),
        "Message": rule.get("message", ""),
        "MessageExpression": rule.get("messageExpression", ""),
        "Reason": rule.get("reason"),
        "FieldPath": rule.get("fieldPath", ""),
        "OptionalOldSelf": rule.get("optionalOldSelf"),
    }
