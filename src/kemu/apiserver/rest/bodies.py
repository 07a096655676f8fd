"""Request bodies: from bytes to documents, and from documents to typed objects.

Whatever is wrong with a body ends in the Status that a real API server gives for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ... import errors
from ...objects import codec, meta, protobuf
from ...objects.lenient import noun
from ...objects.scheme import Kind
from .. import patching
from ..patch import REJECTED
from ..request import Patch
from ..resources import Resource
from . import negotiation
from .exchange import Call
from .negotiation import JSON, PROTOBUF, YAML

META_SCHEME = "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"
MAX_OPERATIONS = 10_000
"""Of one JSON patch."""

SHOWN = 30
"""How many bytes of a body that is not understood are shown."""


def decoded(call: Call) -> Any:
    """The body as an object of the kind that travels here. Raises BadRequest, UnsupportedMediaType and others."""
    body, kind = call.content(), call.carried.kind
    media = negotiation.media_of(call.header("content-type"))

    def unrecognised(why: str) -> errors.BadRequest:
        return errors.BadRequest(
            f"the object provided is unrecognized (must be of type {kind.kind}): {why} ({_shown(body)})"
        )

    document = _document(body, media, unrecognised)
    version = document.get("apiVersion") or ""
    if version.count("/") > 1:
        raise unrecognised(f"unexpected GroupVersion string: {version}")
    return typed(call.carried, document, call.validation, call.warnings.append)


def _document(body: bytes, media: str, refused: Callable[[str], errors.ApiError]) -> Mapping[str, Any]:
    """The JSON object in a body; an empty one for `null`."""
    try:
        document = protobuf.decode(body) if media == PROTOBUF else codec.decode_bytes(body, media)
    except codec.DecodeError as problem:
        raise refused(f"{patching.NO_KIND}{problem}" if media == JSON else str(problem)) from None
    document = {} if document is None else document
    if not isinstance(document, dict):
        raise refused(patching.NO_KIND + patching.kindless(document))
    for name in ("apiVersion", "kind"):
        if not isinstance(document.get(name) or "", str):
            where = f"Go struct field .{name} of type string"
            raise refused(f"{patching.NO_KIND}json: cannot unmarshal {noun(document[name])} into {where}")
    return document


def _shown(body: bytes) -> str:
    if not body:
        return "<empty>"
    text = body[:SHOWN].decode("utf-8", "replace") if body[:1] == b"{" else body[:SHOWN].hex()
    return f"{text} ..." if len(body) > SHOWN else text


def typed(resource: Resource, document: Mapping[str, Any], validation: str, warn: Callable[[str], None]) -> Any:
    """A document as an object of a kind, if it does not say that it is of another one. Raises BadRequest."""
    kind = resource.kind
    version, name = document.get("apiVersion") or kind.api_version, document.get("kind") or kind.kind
    if (version, name) != (kind.api_version, kind.kind) and version not in ALSO_READ.get(name, ()):
        if kind.extension and version != kind.api_version:
            expected = f"does not match the expected API version ({kind.api_version})"
            raise errors.BadRequest(f"the API version in the data ({version}) {expected}")
        raise errors.BadRequest(patching.mismatch(kind, str(version), str(name)))
    try:
        document = _of_version(patching.resetting(document), kind.api_version)
        return kind.decode(document, field_validation=validation, on_warning=warn)
    except codec.DecodeError as problem:
        raise errors.BadRequest(
            f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {problem}'
        ) from None


ALSO_READ = {"Eviction": ("policy/v1beta1",)}
"""Versions of what only travels that are read as well."""


def _of_version(document: Mapping[str, Any], version: str) -> Mapping[str, Any]:
    return document if document.get("apiVersion", version) in (version, None) else {**document, "apiVersion": version}


def strictly_decoded(resource: Resource, document: Mapping[str, Any]) -> Any:
    """A manifest as a typed object, read strictly: raises BadRequest for unknown fields and wrong types."""
    kind = resource.kind
    try:
        return kind.decode(document, field_validation="Strict")
    except codec.DecodeError as problem:
        raise errors.BadRequest(
            f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {problem}'
        ) from None


def delete_options(call: Call) -> meta.DeleteOptions | None:
    """The DeleteOptions in a body; None without a body. Raises BadRequest."""
    body = call.content()
    if not body:
        return None
    media = negotiation.media_of(call.header("content-type"))
    document = _document(body, media, errors.BadRequest)
    version, kind = document.get("apiVersion") or "meta.k8s.io/v1", document.get("kind") or "DeleteOptions"
    if kind != "DeleteOptions":
        raise errors.BadRequest(f'no kind "{kind}" is registered for version "{version}" in scheme "{META_SCHEME}"')
    try:
        return codec.decode(meta.DeleteOptions, {**document, "apiVersion": "v1", "kind": kind})
    except codec.DecodeError as problem:
        raise errors.BadRequest(str(problem)) from None


# Patches


def patch_of(call: Call, form: str) -> Patch:
    """What the body of a PATCH says. Raises BadRequest or RequestEntityTooLarge."""
    body = call.content()
    document = _applied(call, body) if form == "apply" else _patch_document(call, body, form)
    return Patch(form, document, call.validation)


def _patch_document(call: Call, body: bytes, form: str) -> Any:
    """A classic patch, which must be a list of operations (`json`) or an object."""
    prefix = "error decoding patch: " if form in ("json", "merge") else ""
    late = form == "merge" and call.validation == "Ignore"  # nobody reads it before it meets the object
    try:
        document = codec.decode_bytes(body, JSON)
    except codec.DecodeError as problem:
        if late:
            raise errors.BadRequest(patching.UNREADABLE) from None
        said = "" if form == "json" and call.validation == "Ignore" else prefix
        raise errors.BadRequest(f"{said}{problem}") from None
    if call.validation == "Warn":
        call.warnings.extend(codec.duplicates(document))
    if late:
        return document
    if document is None:
        if form == "merge":
            raise errors.BadRequest(patching.UNREADABLE)
        return [] if form == "json" else {}
    if form == "json":
        _check_operations(document, call.validation)
    elif not isinstance(document, dict):
        wrong = f"cannot unmarshal {noun(document)} into Go value of type map[string]interface {{}}"
        raise errors.BadRequest(f"{prefix}json: {wrong}")
    return document


def _check_operations(document: Any, validation: str) -> None:
    """A strict reader, or one that warns, reads the operations as its own first."""
    strict = validation != "Ignore"
    prefix = "error decoding patch: json: " if strict else "json: "
    whole, one = (
        ("[]handlers.jsonPatchOp", "handlers.jsonPatchOp") if strict else ("jsonpatch.Patch", "jsonpatch.Operation")
    )
    if not isinstance(document, list):
        wrong = f"cannot unmarshal {noun(document)} into Go value of type {whole}"
        raise errors.BadRequest(prefix + wrong)
    for operation in document:
        if operation is not None and not isinstance(operation, dict):
            wrong = f"cannot unmarshal {noun(operation)} into Go value of type {one}"
            raise errors.BadRequest(prefix + wrong)
        for name in ("op", "path", "from"):
            value = (operation or {}).get(name)
            if value is not None and not isinstance(value, str):
                if not strict:
                    raise errors.Invalid(REJECTED, details={})
                wrong = f"cannot unmarshal {noun(value)} into Go struct field jsonPatchOp.{name} of type string"
                raise errors.BadRequest(prefix + wrong)
    if len(document) > MAX_OPERATIONS:
        raise errors.RequestEntityTooLarge(
            f"Request entity too large: The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, "
            f"got {len(document)}"
        )


def _applied(call: Call, body: bytes) -> Any:
    """The body of a server-side apply: an object of the kind that the path says.

    A name that occurs twice is a warning, or with Strict an error.
    """
    try:
        config = codec.decode_bytes(body, YAML)
    except codec.DecodeError as problem:
        raise errors.BadRequest(f"error decoding YAML: error converting YAML to JSON: {problem}") from None
    if config is not None and not isinstance(config, dict):
        wrong = f"cannot unmarshal {noun(config)} into Go value of type map[string]interface {{}}"
        raise errors.BadRequest(f"error decoding YAML: error unmarshaling JSON: while decoding JSON: json: {wrong}")
    found = config or {}
    _check_kind(found, call.carried.kind)
    twice = [each.removeprefix("yaml: unmarshal errors:\n  ") for each in codec.duplicates(config)]
    if twice and call.validation == "Strict":
        lines = "".join(f"\n  {each}" for each in twice)
        raise errors.BadRequest(
            f"error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:{lines}"
        )
    if call.validation == "Warn":
        call.warnings.extend(twice)
    return found


def _check_kind(config: Mapping[str, Any], wanted: Kind) -> None:
    version, name = str(config.get("apiVersion") or ""), str(config.get("kind") or "")
    if (version, name) != (wanted.api_version, wanted.kind):
        group, _, number = version.rpartition("/")
        raise errors.BadRequest(f"invalid object type: {group}/{number}, Kind={name}")
