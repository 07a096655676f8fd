"""Talks over a websocket: the frames of a session, and what a client sends in between."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..apiserver.rest.exchange import Response
from ..apiserver.rest.verbs import PLAIN_CHANNELS
from ..containers.sessions import ERROR, Frame, Session
from .extra import needed
from .pulse import Pulse

if TYPE_CHECKING:
    from aiohttp import web


def spoken(answer: Response) -> str:
    """The protocol that a websocket speaks; empty where the client has named none."""
    return dict(answer.headers).get("Sec-WebSocket-Protocol", "")


async def talk(request: web.BaseRequest, answer: Response, pulse: Pulse) -> web.StreamResponse:
    """Carry a session until its process has ended, or the client has gone."""
    protocol = spoken(answer)
    socket: web.WebSocketResponse = needed("aiohttp.web", "a server").WebSocketResponse(
        protocols=protocol and (protocol,), max_msg_size=0
    )
    await socket.prepare(request)
    said = asyncio.create_task(_say(socket, answer.session, pulse, protocol))
    heard = asyncio.create_task(_hear(socket, answer.session, pulse))
    try:
        await asyncio.wait((said, heard), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (said, heard):
            task.cancel()
        await asyncio.gather(said, heard, return_exceptions=True)
    await socket.close()
    return socket


async def _say(socket: web.WebSocketResponse, session: Session, pulse: Pulse, protocol: str) -> None:
    """Send what a session says, up to its end."""
    while True:
        polled = session.poll()
        for frame in polled.items:
            if protocol in ("", PLAIN_CHANNELS) and frame.channel == ERROR:
                if session.status is not None and session.status.get("status") != "Success":
                    await socket.send_bytes(Frame(ERROR, str(session.status.get("message", "")).encode()).message)
                continue
            await socket.send_bytes(frame.message)
        if polled.ended:
            return
        if not polled.items:
            await pulse.wait(b"", polled.until)


async def _hear(socket: web.WebSocketResponse, session: Session, pulse: Pulse) -> None:
    """Hand on what a client sends, as bytes or as text, until it sends no more."""
    kinds = needed("aiohttp", "a server").WSMsgType
    async for message in socket:
        if message.type in (kinds.BINARY, kinds.TEXT):
            session.receive(message.data if message.type == kinds.BINARY else message.data.encode())
            pulse.poke()
    session.close_input()


async def recite(request: web.BaseRequest, answer: Response, pulse: Pulse) -> web.StreamResponse:
    """Send what somebody only reads, message by message, to its end."""
    protocol = spoken(answer)
    socket: web.WebSocketResponse = needed("aiohttp.web", "a server").WebSocketResponse(
        protocols=protocol and (protocol,)
    )
    await socket.prepare(request)
    ended = False
    while not ended and not socket.closed:
        polled = answer.session.poll()
        for piece in polled.items:
            await socket.send_bytes(piece)
        ended = polled.ended
        if not ended and not polled.items:
            await pulse.wait(b"", polled.until)
    await socket.close()
    return socket
