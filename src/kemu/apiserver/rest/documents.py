"""What is no resource: versions, health, discovery and OpenAPI, in the forms in which clients ask for them.

Discovery has two: a document for every group and version, or all of them at once ("aggregated"), which is what current
clients ask for first. What is large has an entity tag, by which a client asks whether it has changed.
"""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha512
from typing import Any

from ... import errors
from ...objects.writer import compact
from .. import discovery, failures, health
from ..request import NO_RESOURCE, Request
from . import answers, negotiation
from .exchange import Call, Response
from .negotiation import JSON
from .places import METHODS

TEXT = ("Content-Type", "text/plain; charset=utf-8")
AGGREGATED = f"{JSON};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
IMMUTABLE = ("Cache-Control", "public, immutable")
RAW = ("/", "/index.html", "/version")
"""What is no object of the API at all: JSON for people, whoever asks."""

ISSUER = {"/.well-known/openid-configuration": JSON, "/openid/v1/jwks": "application/jwk-set+json"}
"""What is said of who issues tokens, and in which form."""

HOURLY = ("Cache-Control", "public, max-age=3600")
VARY = ("Vary", "Accept")


def plain(call: Call) -> Response:
    """The answer for a path that is no resource: a document, a text, or a plain 404. Raises MethodNotAllowed.

    Only what a real server has a router for asks for the method.
    """
    verb = call.method.lower()
    request = Request(verb, NO_RESOURCE, path=call.path, user=call.user, actor=call.user.name, note=call.note)
    found = call.server.do(request).obj
    if found is None:
        return missing(call)
    parts = call.path.strip("/").split("/")
    of_groups = parts[0] == "apis" and len(parts) <= 2  # which the aggregator answers, whatever the method
    routed = call.path == "/version" or call.path in ISSUER or (parts[0] in ("api", "apis") and not of_groups)
    if METHODS.get(call.method) != "get" and routed:
        raise failures.method_not_allowed(None, verb)
    if isinstance(found, str):
        shown = health.answer(call.path, "verbose" in call.query, call.query.all("exclude"))
        return Response(200, [TEXT], whole=(found if shown is None else shown).encode())
    if parts[0] == "openapi":
        return _openapi(call, found)
    if parts in (["api"], ["apis"]) and _wants_all(call):
        every = discovery.aggregated(call.server.resources, parts[0])
        return _tagged(call, [("Content-Type", AGGREGATED), VARY], answers.compact(every).encode() + b"\n")
    accept = call.header("accept")
    issues = ISSUER.get(call.path.rstrip("/"))
    if issues is not None:
        negotiation.check_takes(accept, issues)
        return Response(200, [("Content-Type", issues), HOURLY], whole=compact(found).encode())
    if call.path in RAW:
        if call.path == "/version":
            negotiation.check_takes(accept)
        return Response(200, [("Content-Type", JSON)], whole=json.dumps(found, indent=2, ensure_ascii=False).encode())
    offered = () if of_groups else negotiation.OFFERED
    form = negotiation.negotiated(accept, offered, negotiation.OFFERED, tables=False)
    if form.media == negotiation.PROTOBUF:  # in which these documents are not written
        form = negotiation.negotiated(accept, offered, tables=False)
    return answers.document(negotiation.Form(form.media, pretty=form.pretty), found)


def missing(call: Call) -> Response:
    """A 404: a Status below a group that is served, plain text everywhere else."""
    parts = ("" if call.path.startswith("//") else call.path.strip("/")).split("/")
    served = call.server.resources.of_group(parts[1]) if len(parts) > 1 and parts[0] == "apis" else ()
    known = len(parts) > 1 and (parts[0] == "api" or any(not each.kind.extension for each in served))
    if known:
        raise errors.NotFound("the server could not find the requested resource", details={})
    if call.path.startswith("/openapi/v3/"):
        return Response(404, [], whole=b"")
    return Response(404, [TEXT], whole=b"404 page not found\n")


def _wants_all(call: Call) -> bool:
    """Whether a client wants all of discovery at once, rather than anything else that is served."""
    for clause in negotiation.clauses(call.header("accept")):
        settings = dict(clause.parameters)
        if settings.get("g") == "apidiscovery.k8s.io":
            if settings.get("v") == "v2" and settings.get("as") == "APIGroupDiscoveryList" and clause.takes(JSON):
                return True
        elif clause.takes(JSON) and "as" not in settings:
            return False
    return False


def _openapi(call: Call, document: Any) -> Response:
    """An OpenAPI document, as JSON or in protobuf. Raises NotAcceptable."""
    from ...objects import gnostic, protobuf

    three = call.path.startswith("/openapi/v3/")
    wanted = f"openapi.v{3 if three else 2}"
    media = JSON
    for clause in negotiation.clauses(call.header("accept")):
        name = f"{clause.type}/{clause.subtype}"
        if clause.takes(JSON):
            break
        asked = next((each for each in gnostic.MEDIA if name in (each, gnostic.shown(each))), "")
        if gnostic.MEDIA.get(asked) == wanted and protobuf.available():
            media = asked
            break
    else:
        if call.header("accept"):
            negotiation.negotiated(call.header("accept"), (JSON, *gnostic.MEDIA), (JSON,))
    headers = [("Content-Type", gnostic.shown(media)), VARY]
    if three and call.query.first("hash"):
        headers.append(IMMUTABLE)
    return _tagged(call, headers, _written(call.path, discovery.served(call.server.resources), media))


@lru_cache(maxsize=128)
def _written(path: str, served: discovery.Served, media: str) -> bytes:
    """The bytes of a document, which take long to make and depend on nothing but what is served."""
    document = discovery.openapi_document(*served, path)
    if media == JSON:
        return compact(document).encode()
    from ...objects import gnostic

    return gnostic.encode(gnostic.MEDIA[media], document)


@lru_cache(maxsize=128)
def _tag(text: bytes) -> str:
    return f'"{sha512(text).hexdigest().upper()}"'


def _tagged(call: Call, headers: list[tuple[str, str]], text: bytes) -> Response:
    """An answer with its entity tag; or, to a client that has it already, only that it has not changed."""
    tag = _tag(text)
    headers.append(("ETag", tag))
    if tag in [each.strip() for each in call.header("if-none-match").split(",")]:
        return Response(304, headers, whole=b"")
    return Response(200, headers, whole=text)
