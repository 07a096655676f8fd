"""Request bodies: from bytes to documents, from documents to typed objects, and the patches between them.

Whatever is wrong with a body ends in the Status that a real API server gives for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .. import errors
from ..objects import codec, scheme
from . import failures, patch
from .exchange import JSON, YAML, Call
from .failures import go_text
from .resources import Resource

SCHEME = "pkg/api/legacyscheme/scheme.go:30"
"""Where the real server's registry of kinds says that it is."""


def parsed(call: Call) -> Any:
    """The body as JSON, whatever of the accepted formats it is in."""
    media = call.headers.get("content-type", JSON).partition(";")[0].strip() or JSON
    try:
        return codec.decode_bytes(call.body, YAML if media == "application/apply-patch+yaml" else media)
    except codec.DecodeError as problem:
        kind = call.target.kind.kind
        raise errors.BadRequest(
            f"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; "
            f"json parse error: {problem}"
        ) from None


def strictly_decoded(resource: Resource, document: Mapping[str, Any]) -> Any:
    """A manifest as a typed object, read strictly: raises BadRequest for unknown fields and wrong types."""
    kind = resource.kind
    try:
        return codec.decode(kind.type, document, field_validation="Strict")
    except codec.DecodeError as problem:
        raise errors.BadRequest(
            f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {problem}'
        ) from None


def decoded(call: Call, resource: Resource, document: Any) -> Any:
    kind = resource.kind
    if not isinstance(document, Mapping):
        raise errors.BadRequest(
            f"the object provided is unrecognized (must be of type {kind.kind}): couldn't get version/kind; "
            "json parse error: json: cannot unmarshal into Go value"
        )
    version = document.get("apiVersion") or kind.api_version
    name = document.get("kind") or kind.kind
    if (version, name) != (kind.api_version, kind.kind):
        raise errors.BadRequest(_mismatch(resource, str(version), str(name)))
    validation = call.query.get("fieldValidation") or "Warn"
    try:
        return codec.decode(kind.type, document, field_validation=validation, on_warning=call.warnings.append)
    except codec.DecodeError as problem:
        raise errors.BadRequest(
            f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {problem}'
        ) from None


def _mismatch(resource: Resource, api_version: str, kind: str) -> str:
    """The complaint about a body that is of another kind or version than its path."""
    wanted = resource.kind
    start = f'{kind} in version "{api_version.rpartition("/")[2]}" cannot be handled as a {wanted.kind}: '
    other = scheme.by_gvk(api_version, kind)
    if other is None:
        return start + f'no kind "{kind}" is registered for version "{api_version}" in scheme "{SCHEME}"'
    if other.kind == wanted.kind:
        expected = f"does not match the expected API version ({wanted.api_version})"
        return f"the API version in the data ({api_version}) {expected}"
    group = wanted.group.partition(".")[0] or "core"
    return start + f"converting ({other.version}.{kind}) to ({group}.{wanted.kind}): unknown conversion"


# Patches


def patch_document(call: Call, form: str) -> Any:
    """The patch itself, which must be a list of operations (`json`) or an object."""
    prefix = "error decoding patch: " if form in ("json", "merge") else ""
    try:
        document = codec.decode_bytes(call.body, JSON)
    except codec.DecodeError as problem:
        raise errors.BadRequest(f"{prefix}{problem}") from None
    call.warnings.extend(codec.duplicates(document))
    if document is None:
        if form == "merge":
            raise errors.BadRequest("Invalid JSON Patch")
        return [] if form == "json" else {}
    if form == "json":
        if not isinstance(document, list):
            wrong = f"cannot unmarshal {_noun(document)} into Go value of type []handlers.jsonPatchOp"
            raise errors.BadRequest(f"{prefix}json: {wrong}")
        for operation in document:
            if not isinstance(operation, Mapping):
                wrong = f"cannot unmarshal {_noun(operation)} into Go value of type handlers.jsonPatchOp"
                raise errors.BadRequest(f"{prefix}json: {wrong}")
    elif not isinstance(document, Mapping):
        wrong = f"cannot unmarshal {_noun(document)} into Go value of type map[string]interface {{}}"
        raise errors.BadRequest(f"{prefix}json: {wrong}")
    return document


def applied_config(call: Call) -> Any:
    """The body of a server-side apply: an object of the kind and name that the path says.

    A name that occurs twice is a warning, or with Strict an error.
    """
    try:
        config = codec.decode_bytes(call.body, YAML)
    except codec.DecodeError as problem:
        raise errors.BadRequest(f"error decoding YAML: error converting YAML to JSON: {problem}") from None
    twice = [each.removeprefix("yaml: unmarshal errors:\n  ") for each in codec.duplicates(config)]
    validation = call.query.get("fieldValidation") or "Warn"
    if twice and validation == "Strict":
        lines = "".join(f"\n  {each}" for each in twice)
        raise errors.BadRequest(
            f"error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:{lines}"
        )
    if validation == "Warn":
        call.warnings.extend(twice)
    if config is not None and not isinstance(config, Mapping):
        wrong = f"cannot unmarshal {_noun(config)} into Go value of type map[string]interface {{}}"
        raise errors.BadRequest(f"error decoding YAML: error unmarshaling JSON: while decoding JSON: json: {wrong}")
    config = config or {}
    _check_kind(call.target, config)
    metadata = config.get("metadata") or {}
    if isinstance(metadata, Mapping):
        name = metadata.get("name") or ""
        if name != call.name:
            raise errors.BadRequest(misnamed(str(name), call.name))
    return config


def _check_kind(resource: Resource, config: Mapping[str, Any]) -> None:
    version, name = str(config.get("apiVersion") or ""), str(config.get("kind") or "")
    if not version or not name:
        group, _, number = version.rpartition("/")
        raise errors.BadRequest(f"invalid object type: {group}/{number}, Kind={name}")


def decode_patched(call: Call, resource: Resource, form: str, document: Any, given: Any) -> Any:
    """The patched document as an object. What is no object of the kind any more is an Invalid that shows it.

    A strategic patch shows itself, as Go prints it; the others show what they made of the object.
    """
    validation = call.query.get("fieldValidation") or "Warn"
    strategic = form == "strategic"
    try:
        return codec.decode(
            resource.type,
            document,
            field_validation=validation,
            on_warning=call.warnings.append,
            unstructured=strategic,
        )
    except codec.DecodeError as problem:
        text = go_text(given) if strategic else json.dumps(document, separators=(",", ":"), ensure_ascii=False)
        field = failures.invalid_value("patch", text, str(problem))
        causes = [{"reason": field.reason, "message": field.text, "field": field.field}]
        raise errors.Invalid(f' "" is invalid: {field}', details={"causes": causes}) from None


def patched(resource: Resource, form: str, before: Any, document: Any) -> Any:
    """A document with a patch of one of the classic forms applied."""
    if form == "merge":
        return patch.merge(before, document)
    if form == "strategic":
        return patch.strategic(before, document or {}, resource.type)
    try:
        return patch.json_patch(before, document or ())
    except patch.PatchFailed:
        raise errors.Invalid(patch.REJECTED, details={}) from None


def misnamed(name: str, wanted: str) -> str:
    """The complaint about an object whose name is not the one in the path."""
    if not name:
        return f"the name of the object ({wanted} based on URL) was undeterminable: name must be provided"
    return f"the name of the object ({name}) does not match the name on the URL ({wanted})"


def _noun(value: Any) -> str:
    """What Go calls a JSON value in its complaints."""
    if isinstance(value, bool):
        return "bool"
    for kind, name in ((str, "string"), (int, "number"), (float, "number"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "object"
