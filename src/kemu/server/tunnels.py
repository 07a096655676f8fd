"""Port-forwards over a websocket, in the two ways in which clients speak of them.

    protocol                         what a message is
    ------------------------------   -----------------------------------------------------------------------------
    SPDY/3.1+portforward.k8s.io      some bytes of a SPDY connection (kubectl): a connection is a stream for data and
                                     one for errors, which name their port and have a number in common
    v4.channel.k8s.io, or none       a channel, and bytes (Python clients): two channels for each port that the query
                                     names, data and errors, on which the server says the port first

What is in a pod answers at once, so that nothing waits here but for the client. These classes are given messages and
give messages back; only `forward` knows of a socket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from ..apiserver.rest.exchange import Response
from ..apiserver.rest.verbs import CHANNELS, TUNNEL
from ..reconcilers.kubelet.forwarding import Connection, Forward
from . import spdy
from .channels import spoken
from .extra import needed
from .pulse import Pulse

if TYPE_CHECKING:
    from aiohttp import web


class Carrier(Protocol):
    """What speaks one of the protocols. `over` says that there is nothing more to say."""

    over: bool

    def greeting(self) -> Iterator[bytes]: ...

    def receive(self, message: bytes) -> Iterator[bytes]: ...


class Tunnel:
    """SPDY in a websocket."""

    __slots__ = ("_connections", "_errors", "_forward", "_spdy", "over")

    def __init__(self, forward: Forward) -> None:
        self._forward = forward
        self._spdy = spdy.Spdy()
        self._errors: dict[str, int] = {}
        """By the number of a connection, its stream for errors."""
        self._connections: dict[int, tuple[Connection, int]] = {}
        """By the stream for its data, a connection and its stream for errors."""
        self.over = False

    def greeting(self) -> Iterator[bytes]:
        """The client speaks first."""
        return iter(())

    def receive(self, message: bytes) -> Iterator[bytes]:
        """What is answered to a message. Raises ValueError for what is no SPDY."""
        for event in self._spdy.receive(message):
            if isinstance(event, spdy.Ping):
                yield spdy.pong(event.number)
            elif isinstance(event, spdy.Opened):
                yield self._spdy.accepted(event.stream)
                yield from self._opened(event)
            elif isinstance(event, spdy.Reset):
                self._connections.pop(event.stream, None)
            elif event.stream in self._connections:
                yield from self._heard(event)

    def _opened(self, event: spdy.Opened) -> Iterator[bytes]:
        kind, number, port = (event.headers.get(name, "") for name in ("streamtype", "requestid", "port"))
        if kind == "error":
            self._errors[number] = event.stream
            return
        errors = self._errors.pop(number, 0)
        if kind != "data" or not errors or not port.isdecimal():
            raise ValueError(f"a stream of type {kind!r} for port {port!r} means nothing")
        found = self._forward.open(int(port))
        if isinstance(found, str):
            yield self._spdy.data(errors, found.encode(), ended=True)
            yield self._spdy.data(event.stream, b"", ended=True)
        else:
            self._connections[event.stream] = (found, errors)

    def _heard(self, event: spdy.Data) -> Iterator[bytes]:
        connection, errors = self._connections[event.stream]
        said = connection.hear(event.data)
        over = connection.over or event.ended
        if said or over:
            yield self._spdy.data(event.stream, said, ended=over)
        if over:
            del self._connections[event.stream]
            yield self._spdy.data(errors, b"", ended=True)


class Channels:
    """Two channels for each port, of which each is one connection. It ends with the last of them."""

    __slots__ = ("_connections", "_forward", "over")

    def __init__(self, forward: Forward) -> None:
        self._forward = forward
        self._connections: dict[int, Connection] = {}
        self.over = False

    def greeting(self) -> Iterator[bytes]:
        """Which channels are for which port; and for which there is nobody."""
        for number, port in enumerate(self._forward.ports):
            data, errors = bytes((2 * number,)), bytes((2 * number + 1,))
            yield from (channel + port.to_bytes(2, "little") for channel in (data, errors))
            found = self._forward.open(port)
            if isinstance(found, str):
                yield errors + found.encode()
            else:
                self._connections[2 * number] = found
        self.over = not self._connections

    def receive(self, message: bytes) -> Iterator[bytes]:
        """What is answered to a message."""
        connection = self._connections.get(message[0]) if message else None
        if connection is None:
            return
        said = connection.hear(message[1:])
        if said:
            yield message[:1] + said
        if connection.over:
            del self._connections[message[0]]
            self.over = not self._connections


CARRIERS: dict[str, Callable[[Forward], Carrier]] = {TUNNEL: Tunnel, CHANNELS: Channels}


async def forward(request: web.BaseRequest, answer: Response, pulse: Pulse) -> web.StreamResponse:
    """Carry a port-forward until the client has gone, or says what means nothing."""
    protocol = spoken(answer)
    aiohttp = needed("aiohttp", "a server")
    socket: web.WebSocketResponse = aiohttp.web.WebSocketResponse(protocols=protocol and (protocol,), max_msg_size=0)
    await socket.prepare(request)
    carrier: Carrier = CARRIERS[protocol or CHANNELS](answer.session)
    for each in carrier.greeting():
        await socket.send_bytes(each)
    while not carrier.over:
        message = await socket.receive()
        if message.type not in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT):
            break
        try:
            given = message.data
            for each in carrier.receive(given if isinstance(given, bytes) else given.encode()):
                await socket.send_bytes(each)
        except ValueError as problem:
            await socket.close(code=aiohttp.WSCloseCode.PROTOCOL_ERROR, message=str(problem).encode()[:100])
            break
        pulse.poke()
    await socket.close()
    return socket
