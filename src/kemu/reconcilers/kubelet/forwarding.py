"""Port-forwards: connections from outside of the cluster to what listens in a pod, as its kubelet opens them.

What listens in a simulated pod speaks HTTP. A connection is given bytes, and gives back the bytes of the answers to the
requests that are whole by then; it keeps nothing else, and no time passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ... import errors
from ...network import Call
from . import answering
from .serving import check_node

if TYPE_CHECKING:
    from .fleet import Kubelets

LONGEST_HEAD = 64 * 1024
"""Bytes of a request before its body."""

_LINE = re.compile(rb"([A-Z]+) (\S+) HTTP/1\.([01])\r?\n")
_END = re.compile(rb"\r?\n\r?\n")
LOCAL = "127.0.0.1"

Answers = Callable[[str], "tuple[int, str] | None"]
"""What is answered to a path; None once nobody listens any more."""


class Connection:
    """One connection to a port of a pod. It is `over` once the other side has hung up."""

    __slots__ = ("_answers", "_left", "_skip", "over")

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._left = b""
        self._skip = 0
        """Bytes of a body that are still to come."""
        self.over = False

    def hear(self, data: bytes) -> bytes:
        """What comes back for some bytes: the answers to all requests that are whole. What is no HTTP is hung up on."""
        self._left += data
        said = b""
        while not self.over:
            dropped = min(self._skip, len(self._left))
            self._left, self._skip = self._left[dropped:], self._skip - dropped
            end = _END.search(self._left)
            if self._skip or end is None:
                self.over = (b"\n" in self._left and not _LINE.match(self._left)) or len(self._left) > LONGEST_HEAD
                return said
            head, self._left = self._left[: end.end()], self._left[end.end() :]
            said += self._answered(head)
        return said

    def _answered(self, head: bytes) -> bytes:
        """The answer to one request, of whose body only the length matters."""
        line = _LINE.match(head)
        found = None if line is None else self._answers(line[2].decode("latin-1"))
        if line is None or found is None:
            self.over = True
            return b""
        pairs = (each.partition(b":") for each in head.lower().splitlines()[1:])
        headers = {name.strip(): value.strip() for name, _, value in pairs}
        length = headers.get(b"content-length", b"0")
        self._skip = int(length) if length.isdigit() else 0
        asked = headers.get(b"connection", b"close" if line[3] == b"0" else b"")
        self.over = asked == b"close" or b"transfer-encoding" in headers or not length.isdigit()
        return _response(*found, bodiless=line[1] == b"HEAD", last=self.over)


def _response(status: int, text: str, *, bodiless: bool, last: bool) -> bytes:
    """An answer as bytes."""
    phrase = HTTPStatus(status).phrase if status in {each.value for each in HTTPStatus} else "Unknown"
    body = text.encode()
    head = f"HTTP/1.1 {status} {phrase}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    end = "Connection: close\r\n\r\n" if last else "\r\n"
    return (head + end).encode() + (b"" if bodiless else body)


class Forward:
    """A port-forward to one pod, in the hands of who has asked for it."""

    __slots__ = ("_kubelets", "_pod", "_turns", "ports")

    def __init__(
        self, kubelets: Kubelets, pod: Any, turns: AbstractContextManager[Any], ports: tuple[int, ...]
    ) -> None:
        self._kubelets = kubelets
        self._pod = pod
        self._turns = turns
        self.ports = ports
        """Those that were asked for from the start."""

    def open(self, port: int) -> Connection | str:
        """A connection to a port of the pod, or why there is none."""
        worker = self._kubelets.worker_of(self._pod)
        sandbox = worker.sandbox if worker is not None and worker.sandbox_ready else ""
        if not sandbox:
            return f"error forwarding port {port} to pod: failed to find sandbox of pod {self._pod.metadata.name}"
        if self._asked(port, "") is None:
            inside = f'failed to connect to localhost:{port} inside namespace "{sandbox}"'
            why = f"IPv4: dial tcp4 {LOCAL}:{port}: connect: connection refused"
            return f"error forwarding port {port} to pod {sandbox}, uid : {inside}, {why}"
        return Connection(lambda path: self._asked(port, path))

    def _asked(self, port: int, path: str) -> tuple[int, str] | None:
        """What the pod answers there; for no path, whether it listens."""
        with self._turns:
            worker = self._kubelets.worker_of(self._pod)
            if worker is None or not worker.ip:
                return None
            answer = answering.answers(self._kubelets, worker.ip, port, Call(path, LOCAL))
            return None if isinstance(answer, str) else answer


def forward(kubelets: Kubelets, pod: Any, ports: tuple[int, ...], turns: AbstractContextManager[Any]) -> Forward:
    """A port-forward to a pod. Raises BadRequest for a pod without a node, InternalError if its node is not there."""
    if not pod.spec.node_name:
        raise errors.BadRequest(f"pod {pod.metadata.name} does not have a host assigned")
    check_node(kubelets, pod)
    return Forward(kubelets, pod, turns, ports)
