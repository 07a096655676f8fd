"""Places in a JSON Schema where Kubernetes takes a schema or something else: a boolean, a list.

What stands there is kept as frozen JSON, but read as a real API server reads it: a schema loses the fields that no
schema has.
"""

from __future__ import annotations

from typing import Any

from ..values.frozen import freeze

CHOICES = frozenset({"JSONSchemaPropsOrArray", "JSONSchemaPropsOrBool", "JSONSchemaPropsOrStringArray"})
"""The published names of such places."""


class Mismatch(Exception):
    """The JSON is not exactly what the type holds."""


def exact(choice: str, value: Any) -> Any:
    """The frozen JSON of a value that is exactly one of the choices, None where it says nothing. Raises Mismatch."""
    if isinstance(value, dict):
        return _schema(value)
    if isinstance(value, bool) and choice == "JSONSchemaPropsOrBool":
        return value
    if isinstance(value, (list, tuple)) and choice == "JSONSchemaPropsOrArray":
        return tuple([_schema(item) for item in value]) or None
    if value is None and choice == "JSONSchemaPropsOrStringArray":
        return None
    if isinstance(value, (list, tuple)) and choice == "JSONSchemaPropsOrStringArray":
        if all(isinstance(item, str) for item in value):
            return tuple(value)
    raise Mismatch


def _schema(value: Any) -> Any:
    from .apiextensions import JSONSchemaProps

    machine: Any = JSONSchemaProps
    return freeze(machine._encode(machine._decode(value)))
