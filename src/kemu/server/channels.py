"""Talks over a websocket: the frames of a session, and what a client sends in between."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..apiserver.rest.exchange import Response
from ..containers.sessions import Session
from .extra import needed
from .pulse import Pulse

if TYPE_CHECKING:
    from aiohttp import web


async def talk(request: web.BaseRequest, answer: Response, pulse: Pulse) -> web.StreamResponse:
    """Carry a session until its process has ended, or the client has gone."""
    protocol = dict(answer.headers)["Sec-WebSocket-Protocol"]
    socket: web.WebSocketResponse = needed("aiohttp.web", "a server").WebSocketResponse(
        protocols=(protocol,), max_msg_size=0
    )
    await socket.prepare(request)
    said = asyncio.create_task(_say(socket, answer.session, pulse))
    heard = asyncio.create_task(_hear(socket, answer.session, pulse))
    try:
        await asyncio.wait((said, heard), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (said, heard):
            task.cancel()
        await asyncio.gather(said, heard, return_exceptions=True)
    await socket.close()
    return socket


async def _say(socket: web.WebSocketResponse, session: Session, pulse: Pulse) -> None:
    """Send what a session says, up to its end."""
    while True:
        polled = session.poll()
        for frame in polled.items:
            await socket.send_bytes(frame.message)
        if polled.ended:
            return
        if not polled.items:
            await pulse.wait(b"", polled.until)


async def _hear(socket: web.WebSocketResponse, session: Session, pulse: Pulse) -> None:
    """Hand on what a client sends, until it sends no more."""
    binary = needed("aiohttp", "a server").WSMsgType.BINARY
    async for message in socket:
        if message.type == binary:
            session.receive(message.data)
            pulse.poke()
    session.close_input()
