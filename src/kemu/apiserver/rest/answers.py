"""Writing answers: objects, lists, tables and Statuses, in the form that was negotiated.

The bytes of an object come from the server (`encoded`), without its kind; here they get their kind in front, and lists
are the same bytes joined.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ... import errors
from ...objects import protobuf
from ...objects.scheme import Kind
from .. import tables
from ..changes import Pieces
from ..request import Page
from . import options
from .exchange import Call, Response
from .negotiation import OFFERED, PROTOBUF, YAML, Form

PRIVATE = ("Cache-Control", "no-cache, private")
_HEADERS = {media: (("Content-Type", media), PRIVATE) for media in OFFERED}

compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode
"""JSON text without spaces."""


def written(form: Form, text: bytes, status: int = 200) -> Response:
    """An answer from the JSON text of its body, which is a line."""
    if form.media == PROTOBUF:
        encoded = protobuf.encode(json.loads(text))
        assert encoded is not None, text
        text = encoded
    elif form.media == YAML:
        from ...objects.shown import go_yaml

        text = go_yaml(json.loads(text)).encode()
    elif form.pretty:
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False).encode()
    return Response(status, list(_HEADERS[form.media]), whole=text)


def document(form: Form, value: Any, status: int = 200) -> Response:
    """An answer from JSON."""
    return written(form, compact(value).encode() + b"\n", status)


def refused(form: Form, refusal: errors.ApiError) -> Response:
    """The Status of a refusal, with the header that says when to come back."""
    response = document(form, refusal.status, refusal.status["code"])
    seconds = refusal.status.get("details", {}).get("retryAfterSeconds")
    if seconds:
        response.headers.append(("Retry-After", str(seconds)))
    return response


def succeeded(call: Call, body: Mapping[str, Any], status: int = 200) -> Response:
    """A Status in place of an object."""
    if call.note is not None:
        call.note.succeeds(body)
    return document(Form(call.form.media, pretty=call.form.pretty), body, status)


@lru_cache(maxsize=512)
def _head(kind: str, api_version: str) -> bytes:
    return compact({"kind": kind, "apiVersion": api_version}).encode()[:-1]


def headed(kind: str, api_version: str, bare: bytes) -> bytes:
    """The bytes of an object with its kind in front."""
    head = _head(kind, api_version)
    return head + b"}" if bare == b"{}" else head + b"," + bare[1:]


def whole(call: Call, obj: Any) -> bytes:
    """The JSON text of an object, with its kind."""
    kind = call.carried.kind
    return headed(kind.kind, kind.api_version, call.server.encoded(call.carried, obj))


def expect_shape(call: Call, many: bool) -> None:
    """Refuse a shape that what will be answered cannot have. Raises NotAcceptable or BadRequest.

    A real server finds out when it has written already; here nothing is written.
    """
    shape = call.form.shape
    if shape == "Table":
        options.include_object(call.query)
    elif shape == "PartialObjectMetadata" and many:
        name = f"*{_package(call.carried.kind)}.{call.carried.kind.list_kind}"
        raise errors.NotAcceptable(f"you requested {shape}, but the requested object is a list ({name})")
    elif shape == "PartialObjectMetadataList" and not many:
        name = f"*{_package(call.carried.kind)}.{call.carried.kind.kind}"
        raise errors.NotAcceptable(f"you requested {shape}, but the requested object is not a list ({name})")


def _package(kind: Kind) -> str:
    """The name of the Go package in which a real server has a kind."""
    return kind.group.partition(".")[0] or "core"


def shaped(call: Call, obj: Any, columns: bool = True) -> bytes:
    """The JSON text of one object in the shape that was negotiated."""
    form = call.form
    if form.shape == "Table":
        return compact(_table(call, (obj,), _version_of(obj), columns)).encode()
    if form.shape:
        return compact(tables.partial(call.carried, obj, f"meta.k8s.io/{form.version}")).encode()
    return whole(call, obj)


def _version_of(obj: Any) -> dict[str, Any]:
    """The metadata of a Table of one object; what is not stored has no version."""
    version = obj.metadata.resource_version
    return {"resourceVersion": version} if version else {}


def object_(call: Call, obj: Any, status: int = 200) -> Response:
    """An answer with one object."""
    return written(call.form, shaped(call, obj) + b"\n", status)


def page(call: Call, found: Page) -> Response:
    """An answer with a list."""
    form, kind = call.form, call.carried.kind
    metadata = options.list_metadata(kind, found, whole=not form.shape)
    if form.shape == "Table":
        return document(form, _table(call, found.items, metadata))
    if form.shape:
        version = f"meta.k8s.io/{form.version}"
        head = {"kind": form.shape, "apiVersion": version, "metadata": metadata}
        items: list[Pieces] = [(compact(tables.partial(call.carried, item, version)).encode(),) for item in found.items]
    else:
        head = {"kind": kind.list_kind, "apiVersion": kind.api_version, "metadata": metadata}
        items = _items(call, found)
    pieces = [compact(head).encode()[:-1] + b',"items":[']
    for item in items:
        pieces += item
        pieces.append(b",")
    if items:
        pieces.pop()
    pieces.append(b"]}\n")
    return written(form, b"".join(pieces))


def _items(call: Call, found: Page) -> list[Pieces]:
    """The items of a list; those of an extension server say their kind once more."""
    kind = call.carried.kind
    texts = call.server.log.texts(call.carried, found.items)
    if not kind.extension:
        return texts
    return [(headed(kind.kind, kind.api_version, b"".join(text)),) for text in texts]


def _table(call: Call, objects: tuple[Any, ...], metadata: dict[str, Any], columns: bool = True) -> dict[str, Any]:
    include = options.include_object(call.query)
    version = f"meta.k8s.io/{call.form.version}"
    table = tables.table(call.carried, objects, metadata, include, call.server.clock.unix, version)
    return table if columns else {**table, "columnDefinitions": None}
