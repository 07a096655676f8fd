"""The front: HTTP requests to a cluster, and its answers, on aiohttp.

A request is read, handed to the REST API of the cluster in one piece, and its answer written: whole, or bit by bit for
as long as it goes on. Requests are answered one at a time, in the order in which they have arrived whole; what goes on
waits at the pulse.
"""

from __future__ import annotations

import gzip
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import attrs

from ..apiserver.request import ADMINISTRATOR, ANONYMOUS, User
from ..apiserver.rest import Rest
from ..apiserver.rest.exchange import MAX_BODY, Response
from ..apiserver.rest.service import MAX_HEADERS
from ..apiserver.rest.verbs import SPDY
from ..reconcilers.kubelet import forwarding
from . import channels, tunnels
from .extra import needed
from .page import Page
from .pulse import Pulse

if TYPE_CHECKING:
    from aiohttp import web

    from ..cluster import Cluster

Handler = Callable[["web.BaseRequest"], Awaitable["web.StreamResponse"]]
Log = Callable[[str], None]

LARGE = 128 * 1024
"""Bytes of an answer from which on it is compressed for who takes that, as a real server does."""

NAME = "kemu"

READS = ("GET", "HEAD", "OPTIONS")


def _carrier(answer: Response) -> Callable[[web.BaseRequest, Response, Pulse], Awaitable[web.StreamResponse]]:
    """Who carries what passes over a websocket, or over SPDY."""
    from ..containers.sessions import Session

    session = answer.session
    if ("Upgrade", SPDY) in answer.headers:
        from .streaming import stream

        return stream
    if isinstance(session, forwarding.Forward):
        return tunnels.forward
    return channels.talk if isinstance(session, Session) else channels.recite


@attrs.define
class Front:
    """What answers the requests of one server. `open_to_all` says that who shows no credentials is the administrator,
    as behind `kubectl proxy`; else such a client is anonymous. `log` is told of every answer."""

    rest: Rest
    pulse: Pulse
    open_to_all: bool
    log: Log | None = None
    page: Page | None = None
    """What a browser is shown; only where everybody is the administrator."""

    @classmethod
    def of(cls, cluster: Cluster, pulse: Pulse, open_to_all: bool, log: Log | None) -> Front:
        """The front of a cluster, in the world of a pulse."""
        parts = cluster.parts
        rest = Rest(parts.api, pulse)
        rest.asked = parts.rest.asked
        return cls(rest, pulse, open_to_all, log, Page(cluster, pulse) if open_to_all else None)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        if self.page is not None and self.page.wanted(request):
            return await self.page.answer(request)
        body = await _body(request)
        headers: dict[str, list[str]] = {}
        for name, value in request.headers.items():
            headers.setdefault(name.lower(), []).append(value)
        answer = self.rest.request(request.method, request.raw_path, headers, body, user=self._user(request))
        self.pulse.asked(writes=request.method not in READS)
        if self.log is not None:
            agent = request.headers.get("User-Agent", "-")
            self.log(f"{request.remote} {request.method} {request.raw_path} {answer.status} {agent}")
        if answer.session is not None:
            return await _carrier(answer)(request, answer, self.pulse)
        if answer.lazy:
            return await self._go_on(request, answer)
        return self._whole(request, answer)

    def _user(self, request: web.BaseRequest) -> User:
        """Who a client is by its connection: the subject of its certificate, if it has shown one."""
        secure = request.transport.get_extra_info("ssl_object") if request.transport is not None else None
        if isinstance(secure, ssl.SSLObject):
            subject: Any = (secure.getpeercert() or {}).get("subject", ())
            fields = [pair for part in subject for pair in part]
            names = [value for key, value in fields if key == "commonName"]
            if names:
                groups = tuple(value for key, value in fields if key == "organizationName")
                return User(names[0], (*groups, "system:authenticated"))
        return ADMINISTRATOR if self.open_to_all else ANONYMOUS

    def _whole(self, request: web.BaseRequest, answer: Response) -> web.StreamResponse:
        response: web.Response = needed("aiohttp.web", "a server").Response(
            status=answer.status, headers=_headers(answer)
        )
        body = answer.body
        if len(body) > LARGE and "gzip" in request.headers.get("Accept-Encoding", "") and request.method == "GET":
            body = gzip.compress(body, 1, mtime=0)
            response.headers["Content-Encoding"] = "gzip"
            response.headers.add("Vary", "Accept-Encoding")
        if answer.status != 304:
            response.body = body
        return response

    async def _go_on(self, request: web.BaseRequest, answer: Response) -> web.StreamResponse:
        """Write what comes, when it comes, until it ends or the client is gone."""
        response: web.StreamResponse = needed("aiohttp.web", "a server").StreamResponse(
            status=answer.status, headers=_headers(answer)
        )
        await response.prepare(request)
        with suppress(ConnectionResetError):
            await self._tell(response, answer)
        return response

    async def _tell(self, response: web.StreamResponse, answer: Response) -> None:
        await response.write(b"")
        stream = answer.stream()
        try:
            while True:
                polled = stream.poll()
                if polled.items:
                    await response.write(b"".join(polled.items))
                if polled.ended:
                    return await response.write_eof()
                if not polled.items:
                    await self.pulse.wait(answer.about, polled.until)
        finally:
            stream.close()


def _headers(answer: Response) -> Any:
    headers = needed("multidict", "a server").CIMultiDict(answer.headers)
    headers["Server"] = NAME
    return headers


async def _body(request: web.BaseRequest) -> bytes:
    """The body of a request; of one that is too large, enough to say so."""
    if not request.can_read_body:
        return b""
    read = bytearray()
    async for piece in request.content.iter_any():
        read += piece
        if len(read) > MAX_BODY:
            break
    return bytes(read)


def runner(front: Front) -> Any:
    """What serves a front: aiohttp's own runner, with the limits of a real API server."""
    web = needed("aiohttp.web", "a server")
    return web.ServerRunner(
        web.Server(
            front.handle,
            handler_cancellation=True,
            access_log=None,
            max_line_size=MAX_HEADERS,
            max_field_size=MAX_HEADERS,
            keepalive_timeout=180.0,
        ),
        shutdown_timeout=1.0,
    )
