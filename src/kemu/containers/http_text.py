"""HTTP as bytes: what comes back on a connection to something that speaks it.

A connection is given bytes, and gives back the bytes of the answers to the requests that are whole by then; it keeps
nothing else, and no time passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus

import attrs

LONGEST_HEAD = 64 * 1024
"""Bytes of a request before its body."""

LONGEST_BODY = 4 * 1024 * 1024

_LINE = re.compile(rb"([A-Z]+) (\S+) HTTP/1\.([01])\r?\n")
_END = re.compile(rb"\r?\n\r?\n")
_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[^\r\n]*\r\n")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@attrs.frozen
class Asked:
    """A request that is whole."""

    path: str
    method: str = "GET"
    body: bytes = b""


@attrs.frozen
class _Head:
    """What is known of a request whose body is still to come."""

    path: str
    method: str
    length: int | None
    """Bytes of its body; None for one that comes in chunks."""
    last: bool
    """Whether the other side hangs up after it."""


Answers = Callable[[Asked], "tuple[int, str] | None"]
"""What is answered to a request; None once nobody listens any more."""


class Connection:
    """One connection to something that speaks HTTP. It is `over` once the other side has hung up."""

    __slots__ = ("_answers", "_head", "_left", "over")

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._left = b""
        self._head: _Head | None = None
        self.over = False

    def hear(self, data: bytes) -> bytes:
        """What comes back for some bytes: the answers to all requests that are whole. What is no HTTP is hung up on."""
        self._left += data
        said = b""
        while not self.over:
            if self._head is None:
                end = _END.search(self._left)
                if end is None:
                    self.over = (b"\n" in self._left and not _LINE.match(self._left)) or len(self._left) > LONGEST_HEAD
                    return said
                head, self._left = self._left[: end.end()], self._left[end.end() :]
                said += self._begun(head)
                continue
            body = self._body(self._head.length)
            if body is None:
                return said + self._too_long()
            said += self._answered(self._head, body)
            self._head = None
        return said

    def _begun(self, head: bytes) -> bytes:
        """Take the head of a request; what is said to it before its body comes."""
        line = _LINE.match(head)
        if line is None:
            self.over = True
            return b""
        pairs = (each.partition(b":") for each in head.lower().splitlines()[1:])
        headers = {name.strip(): value.strip() for name, _, value in pairs}
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            self.over = True
            return NOT_HTTP
        last = headers.get(b"connection", b"close" if line[3] == b"0" else b"") == b"close"
        chunked = headers.get(b"transfer-encoding", b"").endswith(b"chunked")
        self._head = _Head(line[2].decode("latin-1"), line[1].decode(), None if chunked else int(length), last)
        return _CONTINUE if headers.get(b"expect") == b"100-continue" else b""

    def _body(self, length: int | None) -> bytes | None:
        """The body of a request, which is taken from what has come; None if it is not all there."""
        if length is None:
            return self._chunks()
        if len(self._left) < length:
            return None
        body, self._left = self._left[:length], self._left[length:]
        return body

    def _chunks(self) -> bytes | None:
        """The same for one that comes in chunks. O(what has come)."""
        at, body = 0, b""
        while size := _SIZE.match(self._left, at):
            start, count = size.end(), int(size[1], 16)
            if len(self._left) < start + count + 2:
                return None
            body += self._left[start : start + count]
            at = start + count + 2
            if not count:
                self._left = self._left[at:]
                return body
        return None

    def _too_long(self) -> bytes:
        """What is said of a body that has become too long, which is hung up on; nothing otherwise."""
        length = self._head.length if self._head is not None else None
        if max(length or 0, len(self._left)) <= LONGEST_BODY:
            return b""
        self.over = True
        return _TOO_LONG

    def _answered(self, head: _Head, body: bytes) -> bytes:
        """The answer to one request."""
        found = self._answers(Asked(head.path, head.method, body))
        self.over = head.last or found is None
        return b"" if found is None else _response(*found, bodiless=head.method == "HEAD", last=head.last)


def _response(status: int, text: str, *, bodiless: bool, last: bool) -> bytes:
    """An answer as bytes."""
    phrase = HTTPStatus(status).phrase if status in {each.value for each in HTTPStatus} else "Unknown"
    body = text.encode()
    head = f"HTTP/1.1 {status} {phrase}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    end = "Connection: close\r\n\r\n" if last else "\r\n"
    return (head + end).encode() + (b"" if bodiless else body)


NOT_HTTP = _response(400, "400 Bad Request", bodiless=False, last=True)
"""What a server says that hears something else."""

_TOO_LONG = _response(413, "413 Request Entity Too Large", bodiless=False, last=True)
