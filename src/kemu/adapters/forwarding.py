"""Port-forwards of `kubernetes.stream` in process: sockets whose other end is something in a pod.

They are halves of pairs of sockets, so that whatever reads sockets, or waits for them, can have them. What is sent on
one is answered at once, and the answer lies in the other half before `sendall` returns: there are no threads.
"""

from __future__ import annotations

import io
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..containers.http_text import Connection
    from ..reconcilers.kubelet.forwarding import Forward


class ForwardedSocket:
    """A socket to a port of a pod."""

    def __init__(self, connection: Connection | None) -> None:
        self._connection = connection
        self._socket, self._other = socket.socketpair()
        self._other.setblocking(False)
        self._said = b""
        """What is not yet in the other half, which has not room for everything."""
        if connection is None:
            self._other.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def setsockopt(self, level: int, name: int, value: Any) -> None:
        """Options of TCP mean nothing here."""
        if level != socket.IPPROTO_TCP:
            self._socket.setsockopt(level, name, value)

    def send(self, data: Any, flags: int = 0) -> int:
        """Send some bytes: all of them are taken."""
        self.sendall(data)
        return len(data)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send bytes. Raises BrokenPipeError once the other side has hung up."""
        if self._connection is None or self._connection.over:
            raise BrokenPipeError("the other side has hung up")
        self._said += self._connection.hear(bytes(data))
        self._flush()

    def recv(self, size: int, flags: int = 0) -> bytes:
        """What has come."""
        self._flush()
        return self._socket.recv(size, flags)

    def recv_into(self, buffer: Any, size: int = 0, flags: int = 0) -> int:
        """The same, into a buffer."""
        self._flush()
        return self._socket.recv_into(buffer, size, flags)

    def makefile(self, mode: str = "r", buffering: int | None = None, **more: Any) -> Any:
        """This as a file of bytes; nobody speaks HTTP in another way."""
        return io.BufferedReader(socket.SocketIO(self, "r"))  # type: ignore[arg-type]

    def _decref_socketios(self) -> None:
        """A file of this one was closed, which closes nothing else."""

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
        self._other.close()

    def _flush(self) -> None:
        """Put what was said, as far as there is room, into the other half; and the end, once it is all there."""
        if self._other.fileno() < 0:
            return
        with suppress(BlockingIOError):
            while self._said:
                self._said = self._said[self._other.send(self._said) :]
        if not self._said and self._connection is not None and self._connection.over:
            self._other.close()


class PortForward:
    """What stands where `kubernetes.stream` has a PortForward of a websocket."""

    def __init__(self, websocket: Forward, ports: Any) -> None:
        found = {port: websocket.open(port) for port in ports}
        self._errors = {port: each for port, each in found.items() if isinstance(each, str)}
        self._sockets = {port: ForwardedSocket(None if isinstance(each, str) else each) for port, each in found.items()}

    @property
    def connected(self) -> bool:
        """Whether anybody may still send anything."""
        return any(each.fileno() >= 0 for each in self._sockets.values())

    def socket(self, port_number: int) -> ForwardedSocket:
        """The socket to a port. Raises ValueError for one that was not asked for."""
        if port_number not in self._sockets:
            raise ValueError("Invalid port number")
        return self._sockets[port_number]

    def error(self, port_number: int) -> str | None:
        """Why nobody answers on a port; None if somebody does. Raises ValueError likewise."""
        if port_number not in self._sockets:
            raise ValueError("Invalid port number")
        return self._errors.get(port_number)

    def close(self) -> None:
        """Hang up on all of them."""
        for each in self._sockets.values():
            each.close()
