"""`kemu etcd`: the store over etcd's v3 JSON gateway, on loopback.

The clock follows the wall clock, so leases expire as they do in etcd. One thread, one event loop: requests are done
in the order in which they arrive.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
import sys
from email.utils import formatdate
from typing import NoReturn

from ..errors import EtcdError, UsageError
from ..store import VERSION, Store, WatchStream
from ..values.durations import parse_duration
from .etcd_service import EtcdService, KeepAliveSession, Session, WatchSession, error_text
from .go_json import JsonError

DEFAULT_PORT = 2379
_CORS = (
    "Access-Control-Allow-Headers: accept, content-type, authorization\r\n"
    "Access-Control-Allow-Methods: POST, GET, OPTIONS, PUT, DELETE\r\n"
    "Access-Control-Allow-Origin: *\r\n"
)
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout"}
_REASONS |= {412: "Precondition Failed", 429: "Too Many Requests", 500: "Internal Server Error"}
_REASONS |= {431: "Request Header Fields Too Large", 501: "Not Implemented", 503: "Service Unavailable"}
_GRPC = "Grpc-Metadata-Content-Type: application/grpc\r\n"
_SESSIONS: dict[str, type[WatchSession] | type[KeepAliveSession]] = {
    "/v3/watch": WatchSession,
    "/v3/lease/keepalive": KeepAliveSession,
}


MOST_HEAD_BYTES = (1 << 20) + 4096
"""How long the head of a request may be, as in Go."""

MOST_CHUNK_LINE_BYTES = 4096
_REQUEST_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP/1\.[01]", re.ASCII)
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)", re.ASCII | re.DOTALL)
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK_LENGTH = re.compile(rb"[0-9A-Fa-f]{1,15}")


class Gateway:
    """All connections to one store, and the clock that drives it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.service = EtcdService(store)
        self.sessions: dict[WatchStream, Connection] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time() - store.clock.now

    def look_at_the_clock(self) -> None:
        """Let virtual time catch up with the wall clock, and do what is due."""
        clock = self.store.clock
        clock.jump(round(self._loop.time() - self._began, 6))
        due = self.store.next_due()
        if due is not None and due <= clock.now:
            self.store.tick()

    def after(self) -> None:
        """Send what watches have to say, and set the alarm clock anew."""
        for stream in self.store.ready_streams():
            connection = self.sessions.get(stream)
            if connection is not None:
                connection.flush()
        due = self.store.next_due()
        if self._timer is not None and (due is None or self._timer.when() != self._began + due):
            self._timer.cancel()
            self._timer = None
        if due is not None and self._timer is None:
            self._timer = self._loop.call_at(self._began + due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.look_at_the_clock()
        self.after()


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection: requests one after the other, the last of which may be a stream."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._buffer = b""
        self._body = b""
        self._request: tuple[str, str] | None = None
        self._left = 0
        self._chunked = False
        self._session: Session | None = None
        self._streaming = False
        self._without_body = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_session()

    def eof_received(self) -> None:
        """The client sends no more: what there is of a body is all of it, but half a chunk is nothing."""
        if self._request is None:
            return
        if self._chunked:
            self._break("unexpected EOF")
        elif self._left:
            self._take(b"", complete=True)
        self._gateway.after()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        gateway = self._gateway
        gateway.look_at_the_clock()
        while self._advance():
            pass
        gateway.after()

    def _advance(self) -> bool:
        """Do the next piece of what has arrived; False when more must arrive first."""
        if self._request is None:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if len(head) > MOST_HEAD_BYTES:
                return self._refuse(431)
            if not found:
                return False
            self._buffer = rest
            return self._begin(head.decode("latin-1"))
        if self._chunked:
            return self._take_chunk()
        piece = self._buffer[: self._left]
        self._buffer = self._buffer[len(piece) :]
        self._left -= len(piece)
        if self._left and not piece:
            return False
        return self._take(piece, complete=not self._left)

    def _begin(self, head: str) -> bool:
        first, *lines = head.lstrip("\r\n").split("\r\n")
        asked = _REQUEST_LINE.fullmatch(first)
        found = [_HEADER.fullmatch(line) for line in lines]
        if asked is None or None in found:
            return self._refuse(400)
        headers = {header[1].lower(): header[2].strip() for header in found if header is not None}
        length = headers.get("content-length", "0")
        if not _LENGTH.fullmatch(length):
            return self._refuse(400)
        if headers.get("transfer-encoding", "chunked").lower() != "chunked":
            return self._refuse(501)
        method, path = asked[1], asked[2].partition("?")[0]
        self._request = (method, path)
        self._without_body = method == "HEAD"
        self._body = b""
        self._chunked = "transfer-encoding" in headers
        self._left = int(length)
        if headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if method == "POST" and path in _SESSIONS:
            self._session = _SESSIONS[path](self._gateway.service)
            if isinstance(self._session, WatchSession):
                self._gateway.sessions[self._session.stream] = self
        return True

    def _take_chunk(self) -> bool:
        size_line, found, rest = self._buffer.partition(b"\r\n")
        if len(size_line) > MOST_CHUNK_LINE_BYTES:
            return self._break("header line too long")
        if not found:
            return False
        digits = size_line.partition(b";")[0].strip()
        if not _CHUNK_LENGTH.fullmatch(digits):
            return self._break("invalid byte in chunk length")
        size = int(digits, 16)
        if not size:
            return self._end_chunks(rest)
        if len(rest) < size + 2:
            return False
        if rest[size : size + 2] != b"\r\n":
            return self._break("malformed chunked encoding")
        self._buffer = rest[size + 2 :]
        return self._take(rest[:size], complete=False)

    def _end_chunks(self, rest: bytes) -> bool:
        """What follows the last chunk: trailers, which nobody reads, and an empty line."""
        _, found, behind = (b"\r\n" + rest).partition(b"\r\n\r\n")
        if not found:
            return False
        self._buffer = behind
        return self._take(b"", complete=True)

    def _refuse(self, status: int) -> bool:
        """The answer to what is no request of HTTP/1.1, in Go's words, and the end of the connection."""
        text = f"{status} {_REASONS[status]}"
        kind = "Content-Type: text/plain; charset=utf-8\r\nConnection: close"
        return self._end(f"HTTP/1.1 {text}\r\n{kind}\r\n\r\n{text}".encode())

    def _break(self, message: str) -> bool:
        """The answer to a body that can never be read to its end, and the end of the connection."""
        if not self._streaming:
            self._send(*error_text(message, 3 if self._session is None else 2))
        return self._end(b"")

    def _end(self, last: bytes) -> bool:
        self._end_session()
        self._request, self._buffer = None, b""
        self._transport.write(last)
        self._transport.close()
        return False

    def _take(self, piece: bytes, complete: bool) -> bool:
        assert self._request is not None
        if self._session is not None:
            return self._feed(piece, complete)
        self._body += piece
        if complete:
            method, path = self._request
            self._request = None
            self._answer(method, path, self._body)
        return True

    def _answer(self, method: str, path: str, body: bytes) -> None:
        service = self._gateway.service
        if path == "/version":
            self._send(200, f'{{"etcdserver":"{VERSION}","etcdcluster":"3.4.0"}}')
        elif path == "/health":
            self._send(200, '{"health":"true"}', "text/plain; charset=utf-8")
        elif not service.knows(path) and path not in _SESSIONS:
            self._send(404, "Not Found\n", "text/plain; charset=utf-8", "X-Content-Type-Options: nosniff\r\n")
        elif method == "OPTIONS":
            head = f"HTTP/1.1 200 OK\r\n{_CORS}Date: {formatdate(usegmt=True)}\r\nContent-Length: 0\r\n\r\n"
            self._transport.write(head.encode())
        elif method != "POST":
            nosniff = "X-Content-Type-Options: nosniff\r\n"
            self._send(405, "Method Not Allowed\n", "text/plain; charset=utf-8", nosniff)
        else:
            status, text = service.call(path, body)
            self._send(status, text, extra=_GRPC if status == 200 else "")

    def _send(self, status: int, text: str, kind: str = "application/json", extra: str = "") -> None:
        body = text.encode()
        head = (
            f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}\r\n{_CORS}Content-Type: {kind}\r\n{extra}"
            f"Date: {formatdate(usegmt=True)}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._transport.write(head.encode() + (b"" if self._without_body else body))

    # -- streams ---------------------------------------------------------------------------------------------------

    def _feed(self, piece: bytes, complete: bool) -> bool:
        assert self._session is not None
        try:
            self._write_lines(self._session.feed(piece.decode("utf-8", "replace"), complete))
        except (JsonError, EtcdError, UsageError) as error:
            if self._streaming:
                self._transport.close()
                return False
            self._end_session()
            self._request = None
            self._send(*error_text(str(error), 2))
            return True
        if complete and isinstance(self._session, KeepAliveSession):
            self._start_stream()
            self._transport.write(b"0\r\n\r\n")
            self._end_session()
            self._request = None
            return True
        return not complete  # a watch goes on until the client leaves

    def flush(self) -> None:
        """Send what the watches of this connection have to say."""
        if isinstance(self._session, WatchSession):
            self._write_lines(self._session.lines())

    def _write_lines(self, lines: list[str]) -> None:
        if lines:
            self._start_stream()
            for line in lines:
                data = line.encode()
                self._transport.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _start_stream(self) -> None:
        if not self._streaming:
            self._streaming = True
            head = f"HTTP/1.1 200 OK\r\n{_CORS}Content-Type: application/json\r\n{_GRPC}"
            head += f"Date: {formatdate(usegmt=True)}\r\nTransfer-Encoding: chunked\r\n\r\n"
            self._transport.write(head.encode())

    def _end_session(self) -> None:
        if self._session is not None:
            if isinstance(self._session, WatchSession):
                self._gateway.sessions.pop(self._session.stream, None)
            self._session.close()
            self._session = None
            self._streaming = False


async def serve(store: Store, port: int, ready: asyncio.Future[int] | None = None) -> None:
    """Serve the store on 127.0.0.1 until cancelled; `ready` gets the port (port 0 takes a free one)."""
    gateway = Gateway(store)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(gateway), "127.0.0.1", port)
    async with server:
        if ready is not None:
            ready.set_result(server.sockets[0].getsockname()[1])
        await server.serve_forever()


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def _whole(text: str) -> int:
    """A whole number; -1 for all that is none, or has too many digits to be one of use."""
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else -1


def _port(text: str) -> int:
    if not 0 <= _whole(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a port (0 to 65535)")
    return int(text)


def _positive(text: str) -> int:
    if _whole(text) < 1:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number above 0")
    return int(text)


def _store(arguments: argparse.Namespace) -> Store:
    store = Store(max_txn_ops=arguments.max_txn_ops, quota_bytes=arguments.quota_backend_bytes)
    mode, retention = arguments.auto_compaction_mode, arguments.auto_compaction_retention
    if retention != "0":
        number = _whole(retention)
        if mode == "revision":
            store.compact_automatically(mode, number)
        else:
            store.compact_automatically(mode, parse_duration(retention) if number < 0 else number * 3600.0)
    return store


def main(argv: list[str]) -> int:
    """Run `kemu etcd` with these arguments; returns the exit code."""
    parser = _Arguments(prog="kemu etcd", description="Serve an empty store over etcd's v3 JSON gateway on 127.0.0.1.")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="port to listen on; 0 takes a free one")
    parser.add_argument("--max-txn-ops", type=_positive, default=128, help="operations allowed in a transaction")
    parser.add_argument(
        "--quota-backend-bytes", type=_positive, default=2 << 30, help="space quota for keys and values"
    )
    parser.add_argument("--auto-compaction-mode", choices=("periodic", "revision"), default="periodic")
    parser.add_argument(
        "--auto-compaction-retention", default="0", help="hours or a duration, or revisions; 0 does not compact"
    )
    arguments = parser.parse_args(argv)
    try:
        store = _store(arguments)
    except (ValueError, UsageError):
        return _refuse(f"--auto-compaction-retention {arguments.auto_compaction_retention[:40]!r} is not understood")
    try:
        asyncio.run(_run(store, arguments.port))
    except OSError as error:
        return _refuse(f"cannot listen on 127.0.0.1:{arguments.port}: {error.strerror or error}", 1)
    except KeyboardInterrupt:
        return _refuse("interrupted", 130)
    return 0


def _refuse(message: str, code: int = 2) -> int:
    print(f"kemu etcd: {message}", file=sys.stderr)
    return code


async def _run(store: Store, port: int) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[int] = loop.create_future()
    task = asyncio.ensure_future(serve(store, port, ready))
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, task.cancel)
    await asyncio.wait((task, ready), return_when=asyncio.FIRST_COMPLETED)
    if ready.done():
        print(f"kemu etcd: listening on http://127.0.0.1:{ready.result()}", flush=True)
    try:
        await task
    except asyncio.CancelledError:
        return
