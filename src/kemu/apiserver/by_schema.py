"""What the schema of a custom kind does not allow, as the field errors of a real server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .failures import (
    FieldError,
    duplicate,
    forbidden_field,
    not_supported,
    required,
    shown,
    too_long,
    too_many,
)

if TYPE_CHECKING:
    from ..objects.schema_rules import Violation


def field_error(violation: Violation) -> FieldError:
    """A complaint about a value in the words of the API server."""
    path, value = violation.path, violation.value
    if violation.code == "Omitted":
        return FieldError(path, "FieldValueInvalid", f"Invalid value: {violation.text}")
    if violation.code == "OmittedDuplicate":
        return FieldError(path, "FieldValueDuplicate", "Duplicate value")
    if violation.code == "Forbidden":
        return forbidden_field(path, violation.text)
    if violation.code == "Required":
        return required(path, violation.text)
    if violation.code == "NotSupported":
        problem = not_supported(path, None, violation.limit)
        return problem._replace(text=problem.text.replace("null", _shown(value), 1))
    if violation.code == "TooLong":
        return too_long(path, violation.limit)
    if violation.code == "TooMany":
        return too_many(path, value, violation.limit)
    if violation.code == "Duplicate":
        return duplicate(path, value)
    if violation.code == "TypeInvalid":
        return FieldError(path, "FieldValueTypeInvalid", f"Invalid value: {_shown(value)}: {violation.text}")
    detail = f": {violation.text}" if violation.text else ""
    return FieldError(path, "FieldValueInvalid", f"Invalid value: {_shown(value)}{detail}")


def _shown(value: Any) -> str:
    """A value as it was sent: an empty object is one, where a typed object has nothing."""
    return "{}" if isinstance(value, Mapping) and not value else shown(value)
