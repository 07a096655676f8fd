"""Talks and port-forwards over SPDY itself, as clients speak that were written before websockets took its place.

The connection of a request becomes one of SPDY (`spdy.py`) when it is answered with 101. A port-forward is then what it
is in a websocket (`tunnels.py`). A talk with a container has one stream for each of its channels, which the client
opens and names; what is said on a channel waits until its stream is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..apiserver.rest.exchange import Response
from ..containers.sessions import ERROR, STDERR, STDIN, STDOUT, Session
from ..reconcilers.kubelet.forwarding import Forward
from . import spdy
from .extra import needed
from .pulse import Pulse
from .tunnels import Tunnel

if TYPE_CHECKING:
    from aiohttp import web

CHANNELS = {"stdin": STDIN, "stdout": STDOUT, "stderr": STDERR, "error": ERROR}
"""By the type that a client gives a stream. Sizes of terminals mean nothing here."""

FAREWELL = 5.0
"""Real seconds that a client has to hang up by itself, once all was said."""

Send = Callable[[bytes], Any]


class Incoming:
    """What comes on the connection of a request, piece by piece; None at its end. It takes the place of a parser."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[bytes | None] = asyncio.Queue()

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Something has come."""
        self.pieces.put_nowait(data)
        return False, b""

    def feed_eof(self) -> None:
        """Nothing more will come."""
        self.pieces.put_nowait(None)


async def stream(request: web.BaseRequest, answer: Response, pulse: Pulse) -> web.StreamResponse:
    """Speak SPDY on the connection of a request, until its session has ended or the client has gone."""
    incoming = Incoming()
    parsed: Any = incoming  # which is all that the connection asks of a parser
    request.protocol.set_parser(parsed)
    response: web.StreamResponse = needed("aiohttp.web", "a server").StreamResponse(
        status=answer.status, headers=dict(answer.headers)
    )
    response.force_close()
    await response.prepare(request)
    await response.write(b"")
    with suppress(ValueError, ConnectionResetError):  # what is no SPDY is hung up on
        if isinstance(answer.session, Forward):
            await _forward(answer.session, response, incoming, pulse)
        else:
            await _talk(answer.session, response, incoming, pulse)
    return response


async def _forward(forward: Forward, response: web.StreamResponse, incoming: Incoming, pulse: Pulse) -> None:
    tunnel = Tunnel(forward)
    while (piece := await incoming.pieces.get()) is not None:
        for said in tunnel.receive(piece):
            await response.write(said)
        pulse.poke()


async def _talk(session: Session, response: web.StreamResponse, incoming: Incoming, pulse: Pulse) -> None:
    talk = Talk(session)
    heard = asyncio.create_task(_hear(talk, response, incoming, pulse))
    said = asyncio.create_task(_say(talk, response, pulse))
    try:
        await asyncio.wait((said, heard), return_when=asyncio.FIRST_COMPLETED)
        if not heard.done():
            await asyncio.wait((heard,), timeout=FAREWELL)
    finally:
        for task in (said, heard):
            task.cancel()
        results = await asyncio.gather(said, heard, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


class Talk:
    """A session, and the streams that the client has opened for its channels."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.spdy = spdy.Spdy()
        self.streams: dict[int, int] = {}
        self.opened = asyncio.Event()

    def receive(self, piece: bytes) -> bytes:
        """Take what has come, and give what is to be answered at once. Raises ValueError for what is no SPDY."""
        answers = []
        for event in self.spdy.receive(piece):
            if isinstance(event, spdy.Ping):
                answers.append(spdy.pong(event.number))
            elif isinstance(event, spdy.Opened):
                answers.append(self.spdy.accepted(event.stream))
                channel = CHANNELS.get(event.headers.get("streamtype", ""))
                if channel is not None:
                    self.streams[channel] = event.stream
                    self.opened.set()
            elif event.stream == self.streams.get(STDIN):
                if isinstance(event, spdy.Data) and event.data:
                    self.session.send(event.data)
                if isinstance(event, spdy.Reset) or event.ended:
                    self.session.close_input()
        return b"".join(answers)

    async def stream(self, channel: int) -> int:
        """The stream of a channel, as soon as the client has opened it."""
        while channel not in self.streams:
            self.opened.clear()
            await self.opened.wait()
        return self.streams[channel]


async def _hear(talk: Talk, response: web.StreamResponse, incoming: Incoming, pulse: Pulse) -> None:
    """Hand on what a client sends, until it is gone."""
    while (piece := await incoming.pieces.get()) is not None:
        if answers := talk.receive(piece):
            await response.write(answers)
        pulse.poke()
    talk.session.close_input()


async def _say(talk: Talk, response: web.StreamResponse, pulse: Pulse) -> None:
    """Send what a session says, up to its end, and end its streams."""
    await talk.stream(ERROR)
    while True:
        polled = talk.session.poll()
        for frame in polled.items:
            ended = frame.channel == ERROR
            if ended:
                for channel in (STDOUT, STDERR):
                    if channel in talk.streams:
                        await response.write(talk.spdy.data(talk.streams[channel], b"", ended=True))
            await response.write(talk.spdy.data(await talk.stream(frame.channel), frame.data, ended=ended))
        if polled.ended:
            return
        if not polled.items:
            await pulse.wait(b"", polled.until)
