"""HTTP as bytes: what comes back on a connection to something that speaks it.

A connection is given bytes, and gives back the bytes of the answers to the requests that are whole by then; it keeps
nothing else, and no time passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus

LONGEST_HEAD = 64 * 1024
"""Bytes of a request before its body."""

_LINE = re.compile(rb"([A-Z]+) (\S+) HTTP/1\.([01])\r?\n")
_END = re.compile(rb"\r?\n\r?\n")
Answers = Callable[[str], "tuple[int, str] | None"]
"""What is answered to a path; None once nobody listens any more."""


class Connection:
    """One connection to something that speaks HTTP. It is `over` once the other side has hung up."""

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


NOT_HTTP = _response(400, "400 Bad Request", bodiless=False, last=True)
"""What a server says that hears something else."""
