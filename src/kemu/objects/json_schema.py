"""JSON Schema of the API types, for editors and for checking manifests without a server.

What a schema can say is said: names, types, formats, allowed values, bounds of numbers. What only a server decides
(defaults, rules between fields) is not. Unknown fields are refused, required ones are asked for only when they cannot
be empty.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from .compiled import is_kind
from .descriptions import describe_fields, describe_type
from .schema import Field, Type, openapi_name, shape_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SCALARS: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "number": {"type": "number"},
    "quantity": {
        "anyOf": [
            {
                "type": "string",
                "pattern": r"^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(([KMGTPE]i)|[numkMGTPE]|[eE][-+]?[0-9]+)?\s*$",
            },
            {"type": "number"},
        ]
    },
    "time": {"type": "string", "format": "date-time"},
    "microtime": {"type": "string", "format": "date-time"},
    "int_or_string": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
    "json": {},
}


@cache
def json_schema(cls: Any) -> dict[str, Any]:
    """The schema of one type, with the types it leads to under `$defs`. Built once; callers must not change it."""
    needed: dict[str, Any] = {openapi_name(cls): cls}
    written: dict[str, Any] = {}
    while len(written) < len(needed):
        for name, each in list(needed.items()):
            if name not in written:
                written[name] = _struct(each, needed)
    return {"$schema": DIALECT, "$ref": f"#/$defs/{openapi_name(cls)}", "$defs": written}


def _struct(cls: Any, needed: dict[str, Any]) -> dict[str, Any]:
    said = describe_fields(cls)
    properties = {
        field.json: {"description": said[field.json], **_field(field, cls, needed)} for field in shape_of(cls).fields
    }
    return {
        "description": describe_type(cls),
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **({"required": ["apiVersion", "kind"]} if is_kind(cls) else {}),
    }


def _field(field: Field, cls: Any, needed: dict[str, Any]) -> dict[str, Any]:
    if not field.stored:
        return {"const": cls.kind if field.json == "kind" else cls.api_version}
    return {"anyOf": [_value(field.type, needed), {"type": "null"}]}


def _value(held: Type, needed: dict[str, Any]) -> dict[str, Any]:
    if held.kind == "struct":
        name = openapi_name(held.cls)  # type: ignore[arg-type]
        needed.setdefault(name, held.cls)
        return {"$ref": f"#/$defs/{name}"}
    if held.kind == "list":
        return {"type": "array", "items": _value(held.item, needed)}  # type: ignore[arg-type]
    if held.kind == "map":
        return {"type": "object", "additionalProperties": _value(held.item, needed)}  # type: ignore[arg-type]
    if held.kind == "integer":
        limit = 1 << (63 if held.format == "int64" else 31)
        return {"type": "integer", "minimum": -limit, "maximum": limit - 1}
    schema = _SCALARS[held.kind]
    if held.format == "byte":
        return {**schema, "contentEncoding": "base64"}
    return {**schema, "enum": list(held.enum)} if held.enum else schema
