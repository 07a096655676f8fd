"""A real etcd to compare with: found on PATH, started on free loopback ports, gone afterwards."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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

    def _chunks(self) -> bytes:
        answer = b""
        while True:
            while b"\r\n" not in self._buffer:
                self._fill()
            size_line, _, self._buffer = self._buffer.partition(b"\r\n")
            size = int(size_line, 16)
            while len(self._buffer) < size + 2:
                self._fill()
            answer += self._buffer[:size]
            self._buffer = self._buffer[size + 2 :]
            if not size:
                return answer

    def _fill(self) -> None:
        more = self._socket.recv(1 << 16)
        if not more:
            raise ConnectionError("etcd closed the connection")
        self._buffer += more

    def close(self) -> None:
        self._socket.close()
