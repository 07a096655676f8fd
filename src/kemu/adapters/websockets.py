"""Talks with containers (exec, attach) by the websockets of `kubernetes.stream`, httpx-ws and aiohttp, in process."""

from __future__ import annotations

from importlib import import_module
from math import inf
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .exchange import Exchange
from .forwarding import PortForward
from .frames import BINARY, CLOSE, NORMAL, PING, PONG, TEXT, Frames, frame
from .patches import Patches
from .reading import Reader

if TYPE_CHECKING:
    from ..apiserver.rest import Response
    from ..cluster import Cluster
    from ..containers.sessions import Frame, Session

HANDSHAKE = [("Connection", "Upgrade"), ("Upgrade", "websocket")]


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
    """Lead `kubernetes.stream.stream` and `portforward` to the clusters."""
    client = import_module("kubernetes.stream.ws_client")
    newest = [client.V5_CHANNEL_PROTOCOL] if hasattr(client, "V5_CHANNEL_PROTOCOL") else []  # since release 36
    offered = ",".join([*newest, "v4.channel.k8s.io"])

    def create_websocket(configuration: Any, url: str, headers: Any = None) -> Any:
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
        forwards = urlsplit(url).path.endswith("/portforward")
        return answer.session if forwards else Socket(answer, exchange.cluster_at(url))

    patches.set(client, "create_websocket", create_websocket)
    patches.set(client, "select", _Select())
    patches.set(client, "PortForward", PortForward)


class SessionStream:
    """What stands where httpx-ws and aiohttp have a stream of bytes: frames of a websocket, read and made here."""

    def __init__(self, session: Session, cluster: Cluster) -> None:
        self._session = session
        self._reader: Reader[Frame] = Reader(session, cluster)
        self._frames = Frames()
        self._left = b""
        self.over = False
        """Whether all was said."""

    def take(self, data: bytes) -> None:
        """Take bytes that the client has written."""
        for kind, message in self._frames.receive(data):
            if kind in (BINARY, TEXT):
                self._session.receive(message)
            elif kind == PING:
                self._left += frame(message, PONG)
            elif kind == CLOSE:
                self.end()

    def _say(self, frames: list[Frame]) -> bytes:
        """The bytes of what was said, or of the end."""
        if not frames:
            self.over = True
            return frame(NORMAL.to_bytes(2), CLOSE)
        return b"".join([frame(each.message) for each in frames])

    def _part(self, count: int) -> bytes:
        data, self._left = self._left[:count], self._left[count:]
        return data

    async def write(self, data: bytes, timeout: float | None = None) -> None:
        """Take what a coroutine has written."""
        self.take(data)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What is said, once there is something."""
        if not self._left:
            self._left = self._say(await self._reader.read())
        return self._part(max_bytes)

    def end(self) -> None:
        """Say and hear no more."""
        self._session.close_input()
        self._session.close()

    async def aclose(self) -> None:
        """The same, as a coroutine has it."""
        self.end()
