"""The handlers: each makes one `Request` of a call, hands it to the server's door, and writes what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from ... import errors
from ...objects import codec
from ...streams import Stream
from ...values.selectors import FieldRequirement, FieldSelector
from .. import failures, patching
from ..deletion import DONE, checked_delete_options, status_of
from ..request import DeleteOptions, Proxied, ProxyOptions, Request
from . import answers, bodies, html, negotiation, options, streams
from .exchange import Call, Response

NAME_PROBLEMS = {".": "may not be '.'", "..": "may not be '..'"}


def _request(call: Call, **more: Any) -> Request:
    """The request that every handler starts from."""
    place = call.place
    return Request(
        call.verb,
        call.target,
        place.namespace,
        place.name,
        subresource=place.subresource,
        user=call.user,
        actor=call.user.name,
        warn=call.warnings.append,
        note=call.note,
        **more,
    )


def _write(call: Call, **more: Any) -> Request:
    """The same for a write, which makes somebody the owner of fields."""
    return _request(call, manager=options.field_manager(call.query, call.header("user-agent")), **more)


def _check_name(call: Call) -> None:
    """Refuse a name that can be no part of a path, so that nothing can be stored under it."""
    name = call.place.name
    problem = NAME_PROBLEMS.get(name) or ("may not contain '%'" if "%" in name else "")
    if problem:
        raise errors.BadRequest(f"Name parameter invalid: {failures.shown(name)}: {problem}")


# Reads


def get(call: Call) -> Response:
    """One object, or what a subresource shows of it."""
    answers.expect_shape(call, many=False)
    wanted = options.get_options(call.query)
    _check_name(call)
    return answers.object_(call, call.server.do(_request(call, options=wanted)).obj)


def log(call: Call) -> Response:
    """What a container has written."""
    wanted = options.log_options(call.query, call.place.name)
    _check_name(call)
    lines = call.server.do(_request(call, options=wanted)).obj
    if not _wants_socket(call):
        return streams.logged(call, lines)
    return Response(101, _upgraded(call, (BINARY,)), whole=b"", session=Stream(lines, call.world))


BINARY = "binary.k8s.io"
"""The way in which a log is read over a websocket: message by message."""

PLAIN_CHANNELS = "channel.k8s.io"
PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io", PLAIN_CHANNELS)
"""The ways to talk over a websocket that are spoken here, the best first. In the last one a success is not told, and a
failure is a text; so it is with who names none."""

TUNNEL, CHANNELS = FORWARDS = ("SPDY/3.1+portforward.k8s.io", "v4.channel.k8s.io")
"""The same for port-forwards; who names none means the second."""


def proxy(call: Call) -> Response:
    """What is served behind a pod, a Service or a node. A path without an end is led to the folder that it is."""
    asked = "&".join(f"{name}={value}" for name, values in call.query.values.items() for value in values)
    query = f"{'?' if asked else ''}{asked}"
    leads = not call.place.below and call.method in ("GET", "HEAD")
    path = "" if leads else (call.place.below or "/") + query
    wanted = ProxyOptions(path, call.method, (call.body or b"").decode("utf-8", "replace"))
    request = attrs.evolve(_request(call, options=wanted), verb=call.verb or "get")
    answer: Proxied = call.server.do(request).obj
    if leads:
        return Response(301, [("Location", f"{call.path}/{query}")], whole=b"")
    body, is_page = answer.body, not answer.form and html.is_page(answer.body)
    if is_page:
        body = html.led_through(body, call.path.removesuffix(call.place.below))
    form = answer.form or f"text/{'html' if is_page else 'plain'}; charset=utf-8"
    return Response(answer.status, [("Content-Type", form)], whole=body.encode())


SPDY = "SPDY/3.1"
SPDY_TALKS = ("v4.channel.k8s.io",)
SPDY_FORWARDS = ("portforward.k8s.io",)
"""What is spoken over SPDY itself, as clients did before there were websockets for it."""


def connect(call: Call) -> Response:
    """A talk with a container. Who asks without wanting to change to a websocket, or to SPDY, is told to."""
    _check_name(call)
    wanted = options.connect_options(call.query)
    begin = call.server.do(attrs.evolve(_request(call, options=wanted), verb="create")).obj
    headers = _streaming(call, SPDY_TALKS) if wants_spdy(call.headers) else _upgraded(call, PROTOCOLS)
    return Response(101, headers, whole=b"", session=begin())


def forward(call: Call) -> Response:
    """A port-forward to a pod, by websocket or SPDY."""
    _check_name(call)
    wanted = options.forward_options(call.query)
    begin = call.server.do(attrs.evolve(_request(call, options=wanted), verb="create")).obj
    if wants_spdy(call.headers):
        return Response(101, _streaming(call, SPDY_FORWARDS), whole=b"", session=begin())
    headers = _upgraded(call, FORWARDS)
    if ("Sec-WebSocket-Protocol", TUNNEL) not in headers and not wanted.ports:
        raise errors.BadRequest('query parameter "port" is required')
    return Response(101, headers, whole=b"", session=begin())


def _wants_socket(call: Call) -> bool:
    """Whether a client wants to go on by websocket."""
    return "upgrade" in call.header("connection").lower() and call.header("upgrade").lower() == "websocket"


def wants_spdy(headers: Mapping[str, Sequence[str]]) -> bool:
    """Whether a client wants to go on by SPDY, without a websocket around it."""
    given = {name: ",".join(headers.get(name, ())).lower() for name in ("connection", "upgrade")}
    return "upgrade" in given["connection"] and given["upgrade"].strip() == SPDY.lower()


def _streaming(call: Call, protocols: tuple[str, ...]) -> list[tuple[str, str]]:
    """The headers of an answer after which SPDY is spoken, in the first of some protocols that the client offers."""
    given = ",".join(call.headers.get("x-stream-protocol-version", ())).split(",")
    offered = [each.strip() for each in given if each.strip()]
    protocol = next((each for each in protocols if each in offered), "")
    if not protocol:
        raise errors.Forbidden(
            f"unable to upgrade: unable to negotiate protocol: client supports [{' '.join(offered)}], "
            f"server accepts [{' '.join(protocols)}]"
        )
    return [("Connection", "Upgrade"), ("Upgrade", SPDY), ("X-Stream-Protocol-Version", protocol)]


def _upgraded(call: Call, protocols: tuple[str, ...]) -> list[tuple[str, str]]:
    """The headers of an answer after which a websocket speaks the first of some protocols that the client offers, if it
    offers any."""
    if not _wants_socket(call):
        raise errors.BadRequest("Upgrade request required")
    headers = [("Connection", "Upgrade"), ("Upgrade", "websocket")]
    given = ",".join(call.headers.get("sec-websocket-protocol", ()))
    if not given.strip():
        return headers
    offered = [each.strip() for each in given.split(",")]
    protocol = next((each for each in protocols if each in offered), "")
    if not protocol:
        raise errors.BadRequest(f"unable to upgrade: use one of the websocket protocols {', '.join(protocols)}")
    return [*headers, ("Sec-WebSocket-Protocol", protocol)]


def list_(call: Call) -> Response:
    """The objects of a collection, page by page if that is what is asked for."""
    wanted = options.list_options(call.query)
    answers.expect_shape(call, many=True)
    try:
        found = call.server.do(_request(call, options=wanted)).obj
    except errors.Expired:
        if not wanted.after:
            raise
        raise options.expired(wanted.after) from None
    return answers.page(call, found)


def watch(call: Call) -> Response:
    """The changes of a collection, or of the one object that a path of the old kind names."""
    wanted = options.watch_options(call.query)
    negotiation.streamed(call.form)
    if call.form.shape == "Table":
        options.include_object(call.query)
    seconds = options.watch_seconds(call.query)
    name = call.place.name
    if name:
        asked = wanted.fields.exact("metadata.name") if wanted.fields is not None else name
        if asked != name:
            raise errors.BadRequest("fieldSelector metadata.name doesn't match requested name")
        one = FieldSelector((FieldRequirement("metadata.name", "=", name),))
        wanted = attrs.evolve(wanted, fields=one)
    try:
        cursor = call.server.do(_request(call, options=wanted)).obj
    except errors.Expired as refusal:
        return streams.failed(refusal)
    return streams.watched(call, cursor, seconds, wanted.bookmarks)


# Writes


def create(call: Call) -> Response:
    """A new object, or what a subresource makes of one that is posted to it."""
    answers.expect_shape(call, many=False)
    wanted = options.write_options(call.query, "CreateOptions")
    answer = call.server.do(_write(call, obj=bodies.decoded(call), options=wanted))
    return answers.object_(call, answer.obj, 201)


def command(call: Call) -> Response:
    """An object that is posted to have something done, and not kept: a Binding, an Eviction."""
    wanted = options.write_options(call.query, "CreateOptions")
    obj = bodies.decoded(call)
    named, name = obj.metadata.name or "", call.place.name
    if not named and not name:
        raise errors.BadRequest("Name parameter required.")
    if name and named != name:
        kind = call.carried.kind.kind
        raise errors.BadRequest(f"name in URL does not match name in {kind} object")
    call.server.do(_write(call, obj=obj, options=wanted))
    return answers.succeeded(call, DONE, 201)


def update(call: Call) -> Response:
    """An object in the place of another."""
    answers.expect_shape(call, many=False)
    wanted = options.write_options(call.query, "UpdateOptions")
    obj = bodies.decoded(call)
    name, namespace = obj.metadata.name or "", obj.metadata.namespace
    if name != call.place.name:
        raise errors.BadRequest(patching.misnamed(name, call.place.name))
    if namespace and call.place.namespace and namespace != call.place.namespace:
        raise errors.BadRequest("the namespace of the provided object does not match the namespace sent on the request")
    _check_name(call)
    obj = codec.sharing(obj, call.server.find(call.target, call.place.namespace, name))
    answer = call.server.do(_write(call, obj=obj, options=wanted))
    return answers.object_(call, answer.obj, 201 if answer.created else 200)


def patch(call: Call) -> Response:
    """An object changed by a patch, or applied."""
    answers.expect_shape(call, many=False)
    form = negotiation.patch_form(call.header("content-type"), call.target.kind.patches)
    wanted = options.write_options(call.query, "PatchOptions", form)
    _check_name(call)
    answer = call.server.do(_write(call, patch=bodies.patch_of(call, form), options=wanted))
    return answers.object_(call, answer.obj, 201 if answer.created else 200)


# Deletions


def _delete_options(call: Call) -> DeleteOptions:
    given = bodies.delete_options(call)
    if given is not None and call.note is not None:
        call.note.deletes(given)
    found = options.delete_options(call.query) if given is None else checked_delete_options(given)
    if call.target.policy.warns_delete and not found.propagation:
        call.warnings.append(call.target.policy.warns_delete)
    return found


def delete(call: Call) -> Response:
    """An object that is to go: it is shown while something keeps it, and a Status says when it is gone."""
    answers.expect_shape(call, many=False)
    wanted = _delete_options(call)
    _check_name(call)
    answer = call.server.do(_request(call, options=wanted))
    if not answer.gone or call.target.policy.returns_deleted:
        return answers.object_(call, answer.obj)
    return answers.succeeded(call, status_of(call.target, answer.obj))


def delete_collection(call: Call) -> Response:
    """All objects of a collection that some selectors mean."""
    answers.expect_shape(call, many=True)
    which = options.list_options(call.query)
    wanted = _delete_options(call)
    chosen = attrs.evolve(wanted, labels=which.labels, fields=which.fields, limit=which.limit, after=which.after)
    return answers.page(call, call.server.do(_request(call, options=chosen)).obj)
