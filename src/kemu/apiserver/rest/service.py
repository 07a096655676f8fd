"""The REST API as one function of a request: it is read, placed, authorised and handed to who answers it.

It knows nothing of sockets; a real one hands it the same four things.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import unquote

import attrs

from ... import errors
from ...objects import codec
from ...streams import World
from ...values.frozen import FrozenMap
from ...values.garbage import kept
from .. import failures, impersonation, rbac, tokens, warnings
from ..audit_policy import LASTING
from ..request import ADMINISTRATOR, ANONYMOUS, User
from ..server import ApiServer
from . import answers, documents, negotiation, options, routes
from .audited import audited
from .exchange import Asked, Call, Response
from .places import METHODS, NOWHERE, place_of

EXTRA = "impersonate-extra-"
MAX_HEADERS = 128 * 1024
"""Letters of a target and its headers."""

REMEMBERED = 10_000
"""Requests that are remembered of what was asked."""

LARGE = 128 * 1024
"""Bytes of a body that makes so many objects that it is worth keeping the garbage collector out."""

MALFORMED = "400 Bad Request"
TEXT = ("Content-Type", "text/plain; charset=utf-8")
NOSNIFF = ("X-Content-Type-Options", "nosniff")
UNCLEAR = (
    'Internal Server Error: "{0}": failed to create RequestInfo: unable to determine kind and namespace from url, {0}\n'
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ABSOLUTE = re.compile(r"https?://[^/?]*")


class Rest:
    """The REST API over one server.

    Who shows no credentials is who the transport says it is; in process, the administrator.

    Whatever a client gets wrong is answered with a Status. Should an exception escape from kemu itself, the answer is
    a 500 that says so; where `strict` is set, as in kemu's own tests, it is raised instead.
    """

    strict: ClassVar[bool] = False
    __slots__ = ("asked", "server", "world")

    def __init__(self, server: ApiServer, world: World) -> None:
        self.asked: deque[Asked] = deque(maxlen=REMEMBERED)
        """The latest requests. No part of what is simulated: forks begin without."""
        self.server = server
        self.world = world

    def request(
        self,
        method: str,
        target: str,
        headers: Mapping[str, Any] | None = None,
        body: bytes | str | Any = None,
        *,
        user: User = ADMINISTRATOR,
    ) -> Response:
        """Answer one request of `user`, if it does not say who else it is from.

        Raises UsageError for arguments that no client could send, and nothing else.
        """
        call = self._call(method, target, headers or {}, body)
        if isinstance(call, str):
            self.asked.append(Asked(method, target, int(call[:3]), ""))
            return Response(int(call[:3]), [TEXT, ("Connection", "close")], whole=call.encode())
        call.user = user
        response = self._answer(call)
        self.asked.append(Asked(call.method, target, response.status, call.header("user-agent")))
        return response

    def _answer(self, call: Call) -> Response:
        try:
            response = (self._dispatch if len(call.body or b"") < LARGE else kept()(self._dispatch))(call)
        except errors.ApiError as refusal:
            response = answers.refused(negotiation.of_refusal(call.header("accept")), refusal)
        except Exception as problem:
            if self.strict:
                raise
            response = answers.refused(negotiation.PLAIN, failures.internal(problem))
        for text in warnings.told(call.warnings):
            response.headers.append(("Warning", f"299 - {json.dumps(text, ensure_ascii=False)}"))
        if call.method == "HEAD":
            return Response(response.status, response.headers, whole=b"")
        return response

    # Reading a request

    def _call(self, method: str, target: str, headers: Mapping[str, Any], body: Any) -> Call | str:
        """The request, or what an HTTP server says before anybody has looked at it. Raises UsageError."""
        if not isinstance(method, str) or not isinstance(target, str):
            raise errors.UsageError(f"method and path are text: request('GET', '/api'), not {method!r}, {target!r}")
        read = _headers(headers)
        data = _bytes(body)
        if len(target) + sum(len(value) for values in read.values() for value in values) > MAX_HEADERS:
            return "431 Request Header Fields Too Large"
        if not target.startswith("/"):
            absolute = _ABSOLUTE.match(target)
            if absolute is None:
                return MALFORMED
            target = target[absolute.end() :] or "/"
        path, _, query = target.partition("?")
        if not _sendable(target) or not (method in METHODS or _TOKEN.fullmatch(method)):
            return MALFORMED
        if not all(_sendable(value) for values in read.values() for value in values):
            return MALFORMED
        if "%" in path:
            if not options.well_escaped(path):
                return MALFORMED
            path = unquote(path)
        query_read = options.parse_query(query)
        call = Call(self.server, self.world, method.upper(), path, query_read, read, data, target)
        call.guarded = not self.strict
        return call

    def _dispatch(self, call: Call) -> Response:
        place = call.place = place_of(call.path)
        if place.unclear:
            return _unclear(call)
        call.verb = place.verb(call.method, call.query.flag("watch"))
        if self.server.audit is not None:
            return audited(call, self.server.audit, self._authenticated, self._served)
        return self._served(call, self._authenticated(call))

    def _served(self, call: Call, user: User) -> Response:
        """The answer to a request of a user who is known."""
        place = call.place
        inside = place.namespace or (place.name if place.plural == "namespaces" and not place.group else "")
        name = place.name or (options.only_name(call.query) if call.verb in ("list", "watch") else "")
        attempt = rbac.Attempt(call.verb, place.group, place.plural, place.subresource, inside, name)
        if place is NOWHERE:
            attempt = rbac.Attempt(call.method.lower(), path=call.path)
        call.user = self._impersonated(call, user, attempt)
        if "timeout" in call.query and call.verb != "watch" and place.subresource not in LASTING:
            options.timeout(call.query)
        if place is NOWHERE:
            return documents.plain(call)
        if call.note is not None:
            call.note.judged(call.user, attempt)
        rbac.check(self.server.desk, call.user, attempt)
        resource = self.server.resources.find(place.group, place.version, place.plural)
        if resource is None or (place.namespace is not None and not resource.namespaced):
            return documents.missing(call)
        call.resource = resource
        route, handler = routes.handler_of(call)
        if route.offers is routes.ANYTHING:
            return handler(call)  # who is behind it reads what it is sent, and answers as it likes
        if call.verb == "patch":
            negotiation.patch_form(call.header("content-type"), resource.kind.patches)
        call.travels = travels = routes.travelling(resource, place.subresource)
        kind = travels.kind
        served = negotiation.of_kind(kind.api_version, kind.kind)
        offers, tables = routes.offers(route, call.verb), not kind.verbs or "get" in kind.verbs
        form = negotiation.negotiated(call.header("accept"), offers, served, tables=tables)
        if negotiation.indented(call.query.first("pretty"), call.header("user-agent")):
            form = attrs.evolve(form, pretty=True)
        call.form = form
        call.warnings.extend(warnings.of_resource(resource))
        return handler(call)

    # Who asks

    def _authenticated(self, call: Call) -> User:
        header = call.header("authorization")
        user = ANONYMOUS if header else call.user
        if header.lower().startswith("bearer "):
            try:
                known = tokens.authenticated(self.server, header[7:].strip())
            except tokens.Unauthenticated as problem:
                call.told = problem.notes
                raise errors.Unauthorized("Unauthorized") from None
            user, call.told = known.user, known.notes
            call.warnings.extend(filter(None, [known.warning]))
        return user

    def _impersonated(self, call: Call, user: User, attempt: rbac.Attempt) -> User:
        """The user that a request wants to be taken for, if `user` may do that."""
        wanted = _wanted(call)
        if wanted is None:
            return user
        known = self.server.state.impersonators
        found = impersonation.impersonated(self.server.desk, user, wanted, attempt, known.get(user.name))
        if known.get(user.name) != found.mode:
            known[user.name] = found.mode
        if call.note is not None:
            call.note.asks_as(found.user, found.constraint)
        return found.user


def _wanted(call: Call) -> User | None:
    """Whom a request names as the user that it is from, if it does."""
    name, uid = call.header("impersonate-user"), call.header("impersonate-uid")
    groups = tuple(call.headers.get("impersonate-group", ()))
    extra = {
        unquote(key.removeprefix(EXTRA)): values
        for key, values in sorted(call.headers.items())
        if key.startswith(EXTRA)
    }
    if name:
        return User(name, groups, uid=uid, extra=FrozenMap(extra))
    if groups or uid or extra:
        raise errors.BadRequest(f"requested {_go_user(uid, groups, extra)} without impersonating a user name")
    return None


def _go_user(uid: str, groups: Sequence[str], extra: Mapping[str, Sequence[str]]) -> str:
    """A user without a name, as Go shows one."""

    def listed(values: Sequence[str]) -> str:
        return "{" + ", ".join(map(failures.shown, values)) + "}"

    shown = "[]string" + listed(groups) if groups else "[]string(nil)"
    pairs = ", ".join(f"{failures.shown(key)}:[]string{listed(values)}" for key, values in extra.items())
    more = "map[string][]string{" + pairs + "}" if extra else "map[string][]string(nil)"
    return f'&user.DefaultInfo{{Name:"", UID:{failures.shown(uid)}, Groups:{shown}, Extra:{more}}}'


def _headers(headers: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Headers by lower-case names, each with its values. None is no header. Raises UsageError."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in headers.items():
        if value.__class__ is str and name.__class__ is str:  # as nearly all are
            lower = name.lower()
            found[lower] = (*found.get(lower, ()), value)
            continue
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


def _sendable(text: str) -> bool:
    """Whether a text can be part of a request: control characters and halves of surrogate pairs cannot."""
    if text.isascii() and text.isprintable():
        return True
    if _CONTROL.search(text):
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unclear(call: Call) -> Response:
    """The answer to a path that is none of a resource, nor of anything else."""
    from html import escape

    return Response(500, [TEXT, NOSNIFF], whole=UNCLEAR.format(escape(call.target_uri, quote=False)).encode())
