"""The REST API as one function of a request: it is read, placed, authorised and handed to who answers it.

It knows nothing of sockets; a real one hands it the same four things.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import unquote

import attrs

from ... import errors
from ...objects import codec
from .. import failures, rbac, warnings
from ..request import ADMINISTRATOR, ANONYMOUS, AUTHENTICATED, NO_RESOURCE, Request, User
from ..server import ApiServer
from . import answers, negotiation, options, routes
from .exchange import Call, Response, World
from .places import METHODS, NOWHERE, place_of

TEXT = ("Content-Type", "text/plain; charset=utf-8")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ABSOLUTE = re.compile(r"https?://[^/?]*")


class Rest:
    """The REST API over one server. `tokens` maps bearer tokens to users; without credentials it is the administrator.

    Whatever a client gets wrong is answered with a Status. Should an exception escape from kemu itself, the answer is
    a 500 that says so; where `strict` is set, as in kemu's own tests, it is raised instead.
    """

    strict: ClassVar[bool] = False
    __slots__ = ("server", "tokens", "world")

    def __init__(self, server: ApiServer, world: World, tokens: Mapping[str, User]) -> None:
        self.server = server
        self.world = world
        self.tokens = tokens

    def request(
        self, method: str, target: str, headers: Mapping[str, Any] | None = None, body: bytes | str | Any = None
    ) -> Response:
        """Answer one request. Raises UsageError for arguments that no client could send, and nothing else."""
        call = self._call(method, target, headers or {}, body)
        if call is None:
            return Response(400, [TEXT, ("Connection", "close")], whole=b"400 Bad Request")
        try:
            response = self._dispatch(call)
        except errors.ApiError as refusal:
            response = answers.refused(negotiation.of_refusal(call.header("accept")), refusal)
        except Exception as problem:
            if self.strict:
                raise
            response = answers.refused(negotiation.PLAIN, failures.internal(problem))
        for text in dict.fromkeys(call.warnings):
            response.headers.append(("Warning", f"299 - {json.dumps(text, ensure_ascii=False)}"))
        if call.method == "HEAD":
            return Response(response.status, response.headers, whole=b"")
        return response

    # Reading a request

    def _call(self, method: str, target: str, headers: Mapping[str, Any], body: Any) -> Call | None:
        """The request, or None if it is none that HTTP could carry. Raises UsageError."""
        if not isinstance(method, str) or not isinstance(target, str):
            raise errors.UsageError(f"method and path are text: request('GET', '/api'), not {method!r}, {target!r}")
        read = _headers(headers)
        data = _bytes(body)
        absolute = _ABSOLUTE.match(target)
        target = target[absolute.end() :] or "/" if absolute is not None else target
        path, _, query = target.partition("?")
        sendable = path.startswith("/") and not _CONTROL.search(target) and options.well_escaped(path)
        if not sendable or _TOKEN.fullmatch(method) is None or not _encodable(target):
            return None
        if not all(_encodable(value) and "\n" not in value for values in read.values() for value in values):
            return None
        if "%" in path:
            path = unquote(path)
        return Call(self.server, self.world, method.upper(), path, options.parse_query(query), read, data)

    def _dispatch(self, call: Call) -> Response:
        call.user = self._user(call)
        place = call.place = place_of(call.path)
        call.verb = place.verb(call.method, call.query.flag("watch"))
        if place is NOWHERE:
            return self._plain(call)
        attempt = rbac.Attempt(
            call.verb, place.group, place.plural, place.subresource, place.namespace or "", place.name
        )
        rbac.check(self.server.desk, call.user, attempt)
        resource = self.server.resources.find(place.group, place.version, place.plural)
        if resource is None or (place.namespace is not None and not resource.namespaced):
            return self._missing(call)
        call.resource = resource
        route, handler = routes.handler_of(call)
        if call.verb == "patch":
            negotiation.patch_form(call.header("content-type"))
        form = negotiation.negotiated(call.header("accept"), routes.offers(route, call.verb))
        if negotiation.indented(call.query.first("pretty"), call.header("user-agent")):
            form = attrs.evolve(form, pretty=True)
        call.form = form
        call.travels = routes.travelling(resource, place.subresource)
        call.warnings.extend(warnings.of_resource(resource))
        return handler(call)

    # Who asks

    def _user(self, call: Call) -> User:
        header = call.header("authorization")
        user = ANONYMOUS if header else ADMINISTRATOR
        if header.lower().startswith("bearer "):
            found = self.tokens.get(header[7:].strip())
            if found is None:
                raise errors.Unauthorized("Unauthorized")
            user = found
        wanted = call.header("impersonate-user")
        return User(wanted, (AUTHENTICATED,)) if wanted else user

    # What is no resource

    def _plain(self, call: Call) -> Response:
        """The answer for a path that is no resource: a document, a text, or a plain 404."""
        verb = call.method.lower()
        request = Request(verb, NO_RESOURCE, path=call.path, user=call.user, actor=call.user.name)
        accept = call.header("accept")
        document = self.server.do(request).obj
        if document is None:
            return self._missing(call)
        if METHODS.get(call.method) != "get":
            raise failures.method_not_allowed(None, verb)
        if isinstance(document, str):
            return Response(200, [TEXT], whole=document.encode())
        form = negotiation.plain_json(accept) if call.path == "/version" else negotiation.negotiated(accept)
        return answers.document(negotiation.Form(form.media, pretty=form.pretty), document)

    def _missing(self, call: Call) -> Response:
        """A 404: a Status below a group that is served, plain text everywhere else."""
        parts = call.path.strip("/").split("/")
        groups = {resource.kind.group for resource in self.server.resources.all()}
        if len(parts) > 1 and (parts[0] == "api" or (parts[0] == "apis" and parts[1] in groups)):
            raise errors.NotFound("the server could not find the requested resource", details={})
        return Response(404, [TEXT], whole=b"404 page not found\n")


def _headers(headers: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Headers by lower-case names, each with its values. None is no header. Raises UsageError."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in headers.items():
        values = (value,) if isinstance(value, str | bytes) else () if value is None else value
        if not isinstance(name, str) or not isinstance(values, Sequence):
            raise errors.UsageError(f"a header is text, or a list of texts: {name!r}: {value!r} is neither")
        texts = tuple(each.decode("latin-1") if isinstance(each, bytes) else each for each in values)
        if not all(isinstance(each, str) for each in texts):
            raise errors.UsageError(f"a header is text, or a list of texts: {name!r}: {value!r} is neither")
        if texts:
            found[name.lower()] = (*found.get(name.lower(), ()), *texts)
    return found


def _bytes(body: Any) -> bytes:
    """A body as bytes: text as UTF-8, and anything else as JSON. Raises UsageError for what is no JSON."""
    if body is None:
        return b""
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    try:
        return json.dumps(codec.encode(body)).encode()
    except (TypeError, ValueError, RecursionError) as problem:
        raise errors.UsageError(
            f"the body cannot be sent: {problem}; use bytes, text, an API object, or what json.dumps takes"
        ) from None


def _encodable(text: str) -> bool:
    """Whether a text is one that can be sent: halves of surrogate pairs cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
