"""Frames of websockets as bytes: what a client has sent, and what a server says."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha1

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
"""Kinds of frames; 0 goes on with the message before."""

NORMAL = 1000
"""The code of a websocket that is closed since there is nothing more to say."""

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What a server adds to the key of a client (RFC 6455)."""

SHORT, MEDIUM = 126, 127
"""Below the first, a length is in the second byte of a frame; these say that it is in two bytes more, or in eight."""


def accepted(key: str) -> str:
    """What a server answers to the key of a client."""
    return b64encode(sha1(key.encode() + GUID, usedforsecurity=False).digest()).decode()


def frame(payload: bytes, kind: int = BINARY) -> bytes:
    """A whole message of a server."""
    size = len(payload)
    if size < SHORT:
        length = bytes((size,))
    elif size < 1 << 16:
        length = bytes((SHORT,)) + size.to_bytes(2)
    else:
        length = bytes((MEDIUM,)) + size.to_bytes(8)
    return bytes((0x80 | kind,)) + length + payload


class Frames:
    """Reads what a client sends, whose frames are masked."""

    __slots__ = ("_kind", "_left", "_message")

    def __init__(self) -> None:
        self._left = b""
        self._kind = 0
        self._message = b""
        """What is there of a message that comes in several frames."""

    def receive(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The messages that are whole by now, each with its kind."""
        self._left += data
        while (found := self._first()) is not None:
            last, kind, payload = found
            if kind >= CLOSE:
                yield kind, payload
                continue
            self._kind, self._message = kind or self._kind, self._message + payload
            if last:
                message, self._message = self._message, b""
                yield self._kind, message

    def _first(self) -> tuple[bool, int, bytes] | None:
        """The next frame: whether it ends a message, its kind, and what is in it; None if it is not all there."""
        if len(self._left) < 2:
            return None
        first, second = self._left[:2]
        more = {SHORT: 2, MEDIUM: 8}.get(second & 0x7F, 0)
        masked = 4 if second & 0x80 else 0
        start = 2 + more + masked
        size = int.from_bytes(self._left[2 : 2 + more]) if more else second & 0x7F
        if len(self._left) < start + size:
            return None
        mask = self._left[start - masked : start]
        payload, self._left = self._left[start : start + size], self._left[start + size :]
        if mask:
            payload = bytes([byte ^ mask[at % 4] for at, byte in enumerate(payload)])
        return bool(first & 0x80), first & 0x0F, payload
