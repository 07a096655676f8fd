"""OpenAPI documents in protobuf, as gnostic's messages say them and kubectl asks for them.

The messages are the documents' own, but for three things: what JSON has as a map is a list of names and values, what
may be one of several things is a message with a field for each of them, and a value of any kind is a YAML text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from . import protobuf
from .protobuf import Field

MEDIA = {
    "application/com.github.proto-openapi.spec.v2@v1.0+protobuf": "openapi.v2",
    "application/com.github.proto-openapi.spec.v3@v1.0+protobuf": "openapi.v3",
}
"""The media types that clients ask for, and the package of the messages in each."""


def shown(media: str) -> str:
    """The media type of an answer: the same without the `@`, which is no letter of media types."""
    return media.replace("@", ".")


MAPS = ("additional_properties", "path", "response_code", "response_or_reference", "callback")
"""Fields that hold what is a map in JSON: names that the message itself does not have."""

EXTENSIONS = ("vendor_extension", "specification_extension")
_CAPITAL = re.compile(r"(?<!^)([A-Z])")

Choice = Callable[[Any], str]


def _or_reference(field: str, reference: str) -> Choice:
    return lambda value: reference if isinstance(value, Mapping) and "$ref" in value else field


def _or_boolean(field: str) -> Choice:
    return lambda value: "boolean" if isinstance(value, bool) else field


def _scalar(value: Any) -> str:
    """Version 3 has no word for a default that is a map or a list: it says then that there is one, not which."""
    if isinstance(value, dict | list):
        return ""
    return "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"


CHOICES: Mapping[str, Choice] = {
    "openapi.v2.AdditionalPropertiesItem": _or_boolean("schema"),
    "openapi.v2.ItemsItem": lambda _: "schema",
    "openapi.v2.TypeItem": lambda _: "value",
    "openapi.v2.StringArray": lambda _: "value",
    "openapi.v2.ParametersItem": _or_reference("parameter", "json_reference"),
    "openapi.v2.Parameter": lambda value: "body_parameter" if value.get("in") == "body" else "non_body_parameter",
    "openapi.v2.NonBodyParameter": lambda value: f"{value.get('in')}_parameter_sub_schema",
    "openapi.v2.ResponseValue": _or_reference("response", "json_reference"),
    "openapi.v2.SecurityDefinitionsItem": lambda _: "api_key_security",
    "openapi.v2.SchemaItem": lambda value: "file_schema" if value.get("type") == "file" else "schema",
    "openapi.v3.AdditionalPropertiesItem": _or_boolean("schema_or_reference"),
    "openapi.v3.ItemsItem": lambda _: "schema_or_reference",
    "openapi.v3.DefaultType": _scalar,
    "openapi.v3.StringArray": lambda _: "value",
    "openapi.v3.AnyOrExpression": lambda _: "any",
}
"""Messages for what may be several things: which of its fields says a value."""


def encode(package: str, document: Mapping[str, Any]) -> bytes:
    """The bytes of a document. Raises UsageError where the package `protobuf` is missing."""
    name = f"{package}.Document"
    return protobuf.serialized(name, _shaped(name, document))


def _shaped(message: str, value: Any) -> Any:
    """A value as the JSON of a message."""
    if message.endswith(".Any"):
        return {"yaml": json.dumps(value, ensure_ascii=False) + "\n"}
    fields = _fields(message)
    choice = CHOICES.get(message)
    if choice is None and message.endswith("OrReference"):
        own = next(name for name in fields if name != "reference")
        choice = _or_reference(own, "reference")
    if choice is not None:
        name = choice(value)
        return {name: _field(fields[name], value)} if name else {}
    found: dict[str, Any] = {}
    for key, own in value.items():
        name = "_ref" if key == "$ref" else _CAPITAL.sub(r"_\1", key).lower()
        into = next((each for each in EXTENSIONS if each in fields), None) if key.startswith("x-") else None
        if into is not None:
            found.setdefault(into, []).append({"name": key, "value": _shaped(_value_of(fields[into]), own)})
        elif name in fields and not (name in MAPS and len(fields) <= 3):
            found[name] = _field(fields[name], own)
        else:
            into = next(each for each in MAPS if each in fields)
            inner = _value_of(fields[into])
            shaped = own if inner in protobuf.SCALARS else _shaped(inner, own)
            found.setdefault(into, []).append({"name": key, "value": shaped})
    return found


def _field(field: Field, value: Any) -> Any:
    if field.type in protobuf.SCALARS:
        return [*value] if field.repeated and isinstance(value, list) else [value] if field.repeated else value
    if field.repeated:
        return [_shaped(field.type, each) for each in (value if isinstance(value, list) else [value])]
    return _shaped(field.type, value)


def _value_of(field: Field) -> str:
    """The type of the values in a list of names and values."""
    return _fields(field.type)["value"].type


@lru_cache(maxsize=256)
def _fields(message: str) -> Mapping[str, Field]:
    return {field.name: field for field in protobuf.messages()[message].values()}
