"""A real etcd to compare with: found on PATH, started on free loopback ports, gone afterwards."""

from __future__ import annotations

import http.client
import json
import select
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MISSING = "no etcd on PATH: install Debian's etcd-server to compare the store with a real etcd"


def etcd_binary() -> str | None:
    """Where etcd is, or None."""
    return shutil.which("etcd")


def free_ports(count: int) -> list[int]:
    """Loopback ports that were free a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


@contextmanager
def running_etcd() -> Iterator[int]:
    """The client port of an empty etcd. Its data is in memory where the system has /dev/shm: nothing has to last."""
    binary = etcd_binary()
    assert binary is not None, MISSING
    client, peer = free_ports(2)
    shared_memory = Path("/dev/shm")
    place = str(shared_memory) if shared_memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="kemu-etcd-", dir=place) as folder:
        process = subprocess.Popen(
            [
                binary,
                *("--name", "real", "--data-dir", f"{folder}/data", "--log-level", "error", "--logger", "zap"),
                *("--listen-client-urls", f"http://127.0.0.1:{client}"),
                *("--advertise-client-urls", f"http://127.0.0.1:{client}"),
                *("--listen-peer-urls", f"http://127.0.0.1:{peer}"),
                *("--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}"),
                *("--initial-cluster", f"real=http://127.0.0.1:{peer}"),
                *("--snapshot-count", "1000000"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _await_health(process, client)
            yield client
        finally:
            process.kill()
            process.wait()


def _await_health(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, f"etcd ended with code {process.returncode}"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            if b"true" in connection.getresponse().read():
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError("etcd did not become healthy within 30 seconds")


class HttpClient:
    """One persistent connection: requests go out as one packet, answers are read by their Content-Length."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Send one request and wait for its answer: status and body."""
        head = b"POST %s HTTP/1.1\r\nHost: e\r\nContent-Length: %d\r\n\r\n" % (path.encode(), len(body))
        self._socket.sendall(head + body)
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        status = int(head[9:12])
        at = head.find(b"Content-Length: ")
        if at < 0:
            return status, self._chunks()
        length = int(head[at + 16 :].split(b"\r\n", 1)[0])
        while len(self._buffer) < length:
            self._fill()
        answer, self._buffer = self._buffer[:length], self._buffer[length:]
        return status, answer

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._fill()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _chunks(self) -> bytes:
        answer = b""
        while size := int(self._line(), 16):
            while len(self._buffer) < size + 2:
                self._fill()
            answer += self._buffer[:size]
            self._buffer = self._buffer[size + 2 :]
        while self._line():
            pass  # trailers
        return answer

    def _fill(self) -> None:
        more = self._socket.recv(1 << 16)
        if not more:
            raise ConnectionError("etcd closed the connection")
        self._buffer += more

    def close(self) -> None:
        self._socket.close()


class WatchClient:
    """One watch stream: all requests at once (Go's HTTP/1.1 reads the whole body first), the answer in lines."""

    def __init__(self, port: int, text: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        body = text.encode()
        self._socket.sendall(b"POST /v3/watch HTTP/1.1\r\nHost: e\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        self._raw = b""
        self._text = b""
        self._begun = False
        self._waiting: list[dict[str, Any]] = []

    def fileno(self) -> int:
        """For `select`."""
        return self._socket.fileno()

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 10.0) -> dict[str, Any]:
        """The next message that is wanted; the ones around it are kept for `receive`."""
        deadline = time.monotonic() + seconds
        seen = 0
        while time.monotonic() < deadline:
            for at in range(seen, len(self._waiting)):
                if wanted(self._waiting[at]):
                    return self._waiting.pop(at)
            seen = len(self._waiting)
            self._read(0.2)
        raise AssertionError(f"no such message within {seconds} s; there were {self._waiting}")

    def receive(self) -> list[dict[str, Any]]:
        """The messages that are there."""
        self._read(0.0)
        messages, self._waiting = self._waiting, []
        return messages

    def _read(self, seconds: float) -> None:
        ready, _, _ = select.select([self._socket], [], [], seconds)
        if not ready:
            return
        more = self._socket.recv(1 << 20)
        if not more:
            raise ConnectionError("the watch stream ended")
        self._raw += more
        if not self._begun:
            head, found, rest = self._raw.partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 200"), head
            self._begun, self._raw = True, rest
        while b"\r\n" in self._raw:
            size_line, _, rest = self._raw.partition(b"\r\n")
            size = int(size_line, 16)
            if len(rest) < size + 2:
                break
            self._text += rest[:size]
            self._raw = rest[size + 2 :]
        *lines, self._text = self._text.split(b"\n")
        self._waiting += [json.loads(line)["result"] for line in lines if line]

    def close(self) -> None:
        self._socket.close()
