"""Talks with containers (exec, attach) by the websockets of `kubernetes.stream` and of httpx-ws, without any socket."""

from __future__ import annotations

from importlib import import_module
from math import inf
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import UsageError
from .exchange import Exchange
from .patches import Patches
from .reading import Reader

if TYPE_CHECKING:
    from ..apiserver.rest import Response
    from ..cluster import Cluster
    from ..containers.sessions import Frame, Session

HANDSHAKE = [("Connection", "Upgrade"), ("Upgrade", "websocket")]
NORMAL = 1000
"""The code of a websocket that is closed since there is nothing more to say."""

BINARY, CLOSE = 2, 8
"""Kinds of frames of websockets."""


class Socket:
    """What stands where `kubernetes.stream` has a websocket of websocket-client."""

    def __init__(self, answer: Response, cluster: Cluster) -> None:
        self._session: Session = answer.session
        self._reader: Reader[Frame] = Reader(answer.session, cluster)
        self._left: list[Frame] = []
        self.subprotocol = dict(answer.headers).get("Sec-WebSocket-Protocol")
        self.connected = True

    @property
    def sock(self) -> Socket:
        """What the client waits for."""
        return self

    def wait(self, timeout: float | None) -> bool:
        """Whether there is something to read, now or within so many seconds."""
        return bool(self._left) or self._reader.wait(inf if timeout is None else timeout)

    def recv_data_frame(self, control_frame: bool = False) -> tuple[int, Any]:
        """The next message."""
        if not self._left and self._reader.wait(inf):
            self._left = self._reader.taken()
        if not self._left:
            return CLOSE, SimpleNamespace(data=NORMAL.to_bytes(2))
        return BINARY, SimpleNamespace(data=self._left.pop(0).message)

    def send(self, payload: bytes | str, opcode: int = BINARY) -> None:
        """Send a message."""
        self._session.receive(payload if isinstance(payload, bytes) else payload.encode())

    def getheaders(self) -> dict[str, str]:
        """The protocol is known already."""
        return {}

    def close(self, **more: Any) -> None:
        """Say and hear no more."""
        self._session.close_input()
        self._session.close()
        self.connected = False


class _Select:
    """What stands where `kubernetes.stream` has the module `select`."""

    @staticmethod
    def select(readers: Any, writers: Any, failing: Any, timeout: float | None = None) -> Any:
        """The sockets of which something can be read."""
        return [each for each in readers if each.wait(timeout)], (), ()


def install_stream(exchange: Exchange, patches: Patches) -> None:
    """Lead `kubernetes.stream.stream` to the clusters. Port-forwarding needs real sockets, and says so."""
    client = import_module("kubernetes.stream.ws_client")

    def create_websocket(configuration: Any, url: str, headers: Any = None) -> Socket:
        if urlsplit(url).path.endswith("/portforward"):
            raise UsageError("port-forwarding needs real sockets: let cluster.serve() serve the cluster")
        offered = f"{client.V5_CHANNEL_PROTOCOL},{client.V4_CHANNEL_PROTOCOL}"
        known = {name.lower(): value for name, value in (headers or {}).items()}
        asked = [*HANDSHAKE, ("Sec-WebSocket-Protocol", known.get("sec-websocket-protocol", offered))]
        if "authorization" in known:
            asked.append(("Authorization", known["authorization"]))
        answer = exchange.ask("GET", url, asked, b"")
        if answer.session is None:
            text = answer.body.decode(errors="replace")
            raise import_module("websocket").WebSocketBadStatusException(
                f"Handshake status {answer.status} -+-+- {text}", answer.status
            )
        return Socket(answer, exchange.cluster_at(url))

    patches.set(client, "create_websocket", create_websocket)
    patches.set(client, "select", _Select())


class SessionStream:
    """What stands where httpx-ws has a stream of bytes: frames of a websocket, which are read and made here."""

    def __init__(self, session: Session, cluster: Cluster) -> None:
        self._session = session
        self._reader: Reader[Frame] = Reader(session, cluster)
        self._events = import_module("wsproto.events")
        connection = import_module("wsproto.connection")
        self._connection = connection.Connection(connection.ConnectionType.SERVER)
        self._left = b""

    def _take(self, data: bytes) -> None:
        """Take bytes that the client has written."""
        self._connection.receive_data(data)
        for event in self._connection.events():
            if isinstance(event, self._events.BytesMessage):
                self._session.receive(bytes(event.data))
            elif isinstance(event, self._events.TextMessage):
                self._session.receive(event.data.encode())
            elif isinstance(event, self._events.Ping):
                self._left += self._connection.send(event.response())

    def _say(self, frames: list[Frame]) -> bytes:
        """The bytes of what was said, or of the end."""
        if not frames:
            return bytes(self._connection.send(self._events.CloseConnection(NORMAL)))
        return b"".join(self._connection.send(self._events.BytesMessage(frame.message)) for frame in frames)

    def _part(self, count: int) -> bytes:
        data, self._left = self._left[:count], self._left[count:]
        return data

    async def write(self, data: bytes, timeout: float | None = None) -> None:
        """Take what a coroutine has written."""
        self._take(data)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What is said, once there is something."""
        if not self._left:
            self._left = self._say(await self._reader.read())
        return self._part(max_bytes)

    async def aclose(self) -> None:
        """Say and hear no more."""
        self._session.close_input()
        self._session.close()
