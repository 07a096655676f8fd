"""The Status bodies of refusals, and the field errors that fill them.

A validation rule yields `FieldError`s; `invalid` turns a list of them into the 422 that a client of Kubernetes sees.
The texts and reasons are those of Kubernetes' `field.Error` and `api/errors`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .. import errors
from ..objects import Struct, codec
from ..objects.scheme import Kind
from ..objects.writer import compact
from ..values.frozen import is_given
from ..values.times import MicroTime, Time
from .inner import ESCAPED, in_order, inside


class FieldError(NamedTuple):
    """One complaint about one field: `reason` is the cause's reason, `text` what follows the field's name."""

    field: str
    reason: str
    text: str

    def __str__(self) -> str:
        return f"{self.field}: {self.text}"


def shown(value: Any) -> str:
    """A rejected value as an API server prints it: strings quoted, structures as JSON, nothing as null."""
    if value.__class__ is str:
        return _quoted(value)
    if value is None or (isinstance(value, Mapping) and not value):
        return "{}" if is_given(value) else "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _quoted(str(value)) if isinstance(value, Time | MicroTime) else str(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping | list):
        return _json(codec.encode(in_order(value)))
    if isinstance(value, tuple | Struct):
        return _json(inside(value))
    return _quoted(str(value))


_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}


def _quoted(text: str) -> str:
    """A text as Go quotes it: what cannot be printed is escaped."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join([_ESCAPES.get(letter) or _printed(letter) for letter in text]) + '"'


def _printed(letter: str) -> str:
    code = ord(letter)
    if letter.isprintable():
        return letter
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json(value: Any) -> str:
    text = compact(value)
    return text.translate(ESCAPED)


def go_syntax(value: Any) -> str:
    """A JSON value as Go prints it with %#v: `map[string]interface {}{"a":1}`."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_quoted(key)}:{go_syntax(value[key])}" for key in sorted(value))
        return f"map[string]interface {{}}{{{inner}}}"
    if isinstance(value, list | tuple):
        return "[]interface {}{" + ", ".join(go_syntax(item) for item in value) + "}"
    if isinstance(value, str):
        return _quoted(value)
    return "interface {}(nil)" if value is None else go_text(value)


def go_text(value: Any) -> str:
    """A JSON value as Go prints it with %v: `map[a:1 b:[x y]]`."""
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{key}:{go_text(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list | tuple):
        return "[" + " ".join(go_text(item) for item in value) + "]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def required(field: str, detail: str = "") -> FieldError:
    return FieldError(field, "FieldValueRequired", "Required value" + (f": {detail}" if detail else ""))


def invalid_value(field: str, value: Any, detail: str) -> FieldError:
    return FieldError(field, "FieldValueInvalid", f"Invalid value: {shown(value)}" + (f": {detail}" if detail else ""))


def invalid_form(field: str, form: Any, detail: str) -> FieldError:
    """The same of a structure that is in the server's own form already."""
    return FieldError(field, "FieldValueInvalid", f"Invalid value: {_json(form)}: {detail}")


def invalid_inside(field: str, value: Any, detail: str) -> FieldError:
    """The same of a structure that the server shows in its own form."""
    return FieldError(field, "FieldValueInvalid", f"Invalid value: {_json(inside(value))}: {detail}")


def not_supported(field: str, value: Any, supported: Iterable[str]) -> FieldError:
    options = ", ".join(json.dumps(option) for option in supported)
    return FieldError(
        field, "FieldValueNotSupported", f"Unsupported value: {shown(value)}: supported values: {options}"
    )


def not_supported_inside(field: str, value: Any, supported: Iterable[str]) -> FieldError:
    """The same of a structure that the server shows in its own form."""
    options = ", ".join(json.dumps(option) for option in supported)
    text = f"Unsupported value: {_json(inside(value))}: supported values: {options}"
    return FieldError(field, "FieldValueNotSupported", text)


def duplicate(field: str, value: Any) -> FieldError:
    return FieldError(field, "FieldValueDuplicate", f"Duplicate value: {shown(value)}")


def duplicate_form(field: str, form: Any) -> FieldError:
    """The same of a structure that is in the server's own form already."""
    return FieldError(field, "FieldValueDuplicate", f"Duplicate value: {_json(form)}")


def duplicate_inside(field: str, value: Any) -> FieldError:
    """The same of a structure that the server shows in its own form."""
    return FieldError(field, "FieldValueDuplicate", f"Duplicate value: {_json(inside(value))}")


def forbidden_field(field: str, detail: str) -> FieldError:
    return FieldError(field, "FieldValueForbidden", f"Forbidden: {detail}")


def missing_reference(field: str, value: Any) -> FieldError:
    return FieldError(field, "FieldValueNotFound", f"Not found: {shown(value)}")


def too_long(field: str, limit: int, unit: str = "bytes") -> FieldError:
    return FieldError(field, "FieldValueTooLong", f"Too long: may not be more than {limit} {unit}")


def too_many(field: str, count: int, limit: int) -> FieldError:
    return FieldError(
        field, "FieldValueTooMany", f"Too many: {count}: must have at most {limit} item{'s' * (limit != 1)}"
    )


# Statuses


def qualified(kind: Kind) -> str:
    """`deployments.apps`, or `pods` in the core group: how messages name a resource."""
    return f"{kind.plural}.{kind.group}" if kind.group else kind.plural


def _details(kind: Kind, name: str) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if name:
        details["name"] = name
    if kind.group:
        details["group"] = kind.group
    details["kind"] = kind.plural
    return details


def not_found(kind: Kind, name: str) -> errors.NotFound:
    return errors.NotFound(f'{qualified(kind)} "{name}" not found', details=_details(kind, name))


def not_found_single(kind: Kind, name: str) -> errors.NotFound:
    """The same where a real server names the kind in the singular, and no group."""
    return errors.NotFound(f'{kind.singular} "{name}" not found', details={"name": name, "kind": kind.singular})


def already_exists(kind: Kind, name: str) -> errors.AlreadyExists:
    return errors.AlreadyExists(f'{qualified(kind)} "{name}" already exists', details=_details(kind, name))


def conflict(kind: Kind, name: str, why: str) -> errors.Conflict:
    return errors.Conflict(
        f'Operation cannot be fulfilled on {qualified(kind)} "{name}": {why}', details=_details(kind, name)
    )


STALE = "the object has been modified; please apply your changes to the latest version and try again"


def forbidden(kind: Kind, name: str, why: str) -> errors.Forbidden:
    subject = f'{qualified(kind)} "{name}"' if name else qualified(kind)
    return errors.Forbidden(f"{subject} is forbidden: {why}", details=_details(kind, name))


def denied(kind: Kind, name: str, why: str, reason: str) -> errors.ApiError:
    """The refusal of an admission policy, in the form of a 403 but with the reason and the code that it wants."""
    found = forbidden(kind, name, why)
    details = {**found.status["details"], "causes": [{"message": why}]}
    return DENIALS.get(reason, errors.Forbidden)(found.message, details=details)


DENIALS: Mapping[str, type[errors.ApiError]] = {
    "Forbidden": errors.Forbidden,
    "Invalid": errors.Invalid,
    "RequestEntityTooLarge": errors.RequestEntityTooLarge,
    "Unauthorized": errors.Unauthorized,
}


def bad_request(message: str) -> errors.BadRequest:
    return errors.BadRequest(message)


def method_not_allowed(kind: Kind | None, verb: str) -> errors.MethodNotAllowed:
    if kind is None:
        return errors.MethodNotAllowed("the server does not allow this method on the requested resource", details={})
    return errors.MethodNotAllowed(
        f"{verb} is not supported on resources of kind {json.dumps(qualified(kind))}", details=_details(kind, "")
    )


def invalid(kind: Kind, name: str, problems: Sequence[FieldError]) -> errors.Invalid:
    """The 422 that lists every complaint, once each, in the order in which they were found."""
    return _invalid(kind.kind, kind.group, name, problems)


def invalid_as(kind: str, group: str, name: str, problems: Sequence[FieldError]) -> errors.Invalid:
    """The same of an object that calls itself something else."""
    return _invalid(kind, group, name, problems)


def unversioned(kind: Kind, name: str) -> errors.Invalid:
    """The 422 about an update that does not say what it replaces; it speaks of the resource, not of the kind."""
    problem = invalid_value("metadata.resourceVersion", 0, "must be specified for an update")
    return _invalid(kind.plural, kind.group, name, [problem])


def invalid_options(
    kind: str, problems: Sequence[FieldError], *, group: str = "meta.k8s.io", name: str = ""
) -> errors.Invalid:
    """The same about the options in a request's query, such as `PatchOptions`."""
    return _invalid(kind, group, name, problems)


def _invalid(kind: str, group: str, name: str, problems: Sequence[FieldError]) -> errors.Invalid:
    unique = list(dict.fromkeys(problems))
    text = str(unique[0]) if len(unique) == 1 else "[" + ", ".join(str(problem) for problem in unique) + "]"
    details: dict[str, Any] = {"name": name} if name else {}
    if group:
        details["group"] = group
    if kind:
        details["kind"] = kind
    details["causes"] = [
        {"reason": problem.reason, "message": problem.text, "field": problem.field} for problem in problems
    ]
    shown_kind = f"{kind}.{group}" if group else kind
    return errors.Invalid(f'{shown_kind} "{name}" is invalid: {text}', details=details)


ELSEWHERE = "the namespace of the provided object does not match the namespace sent on the request"


def unexplained(message: str) -> errors.InternalError:
    """A 500 without a reason: what a real server answers where it did not foresee the mistake."""
    return errors.InternalError(message, reason="")


def internal(problem: Exception) -> errors.InternalError:
    """The 500 for an exception that nobody foresaw: a mistake in kemu itself."""
    return internal_error(f"{type(problem).__name__}: {problem}".encode("utf-8", "replace").decode())


def internal_error(text: str) -> errors.InternalError:
    """The 500 with a reason and a cause."""
    return errors.InternalError(f"Internal error occurred: {text}", details={"causes": [{"message": text}]})


def bad_version(text: str, field: str = "") -> errors.InternalError:
    """A resourceVersion that is no number."""
    problem = f'strconv.ParseUint: parsing "{text}": invalid syntax'
    return unexplained(str(invalid_value(field, text, problem)) if field else problem)


def expired_revision(wanted: int, oldest: int) -> errors.Expired:
    return errors.Expired(f"too old resource version: {wanted} ({oldest})")


def future_revision(wanted: int, current: int) -> errors.Timeout:
    return errors.Timeout(
        f"Timeout: Too large resource version: {wanted}, current: {current}",
        details={
            "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
            "retryAfterSeconds": 1,
        },
    )
