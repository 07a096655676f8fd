"""What the schema of a custom kind does not allow, as the field errors of a real server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..objects import codec, evolve, meta
from ..values import names
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
from .metadata import created_metadata, owners_named

if TYPE_CHECKING:
    from ..objects.schema_rules import Violation


def field_errors(violations: Iterable[Violation]) -> Iterator[FieldError]:
    """Complaints about an object in the words of the API server, those about objects within it among them."""
    from ..objects.schema_lists import METADATA  # whoever has found something has loaded it

    for each in violations:
        if each.code == METADATA:
            yield from _of_metadata(each.value, each.path)
        else:
            yield field_error(each)


def _of_metadata(value: Any, path: str) -> Iterator[FieldError]:
    """What is wrong with the metadata of an object within another: its name may be left out."""
    metadata = codec.decode(meta.ObjectMeta, value)
    named = metadata if metadata.name else evolve(metadata, name="fakename")
    problems = created_metadata(named, bool(metadata.namespace), names.is_path_segment_name, extension=True)
    for each in (*problems, *owners_named(metadata.managed_fields)):
        yield each._replace(field=path + each.field.removeprefix("metadata"))


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
