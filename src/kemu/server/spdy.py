"""SPDY/3.1 as port-forwards of kubectl speak it, as far as a server needs it: bytes to events, and events to bytes.

A frame is a control frame or a piece of data of a stream:

    control   1 | version (15 bits) | type (16) || flags (8) | length (24) || content
    data      0 | stream (31 bits)              || flags (8) | length (24) || data

Headers are compressed, all of one direction as one stream of zlib that begins with a dictionary that both know.
Nothing here reads or writes a socket.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from struct import pack, unpack

import attrs

VERSION = 3
SYN_STREAM, SYN_REPLY, RST_STREAM, SETTINGS, PING, GOAWAY, HEADERS, WINDOW_UPDATE = 1, 2, 3, 4, 6, 7, 8, 9
FIN = 1
CONTROL = 1 << 31

LARGEST = 1 << 20
"""Bytes of one frame, and of the headers in it: more than any client sends."""

PIECE = 32 * 1024
"""Bytes of the data frames that are sent."""

_NAMES = """options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age
allow authorization cache-control connection content-base content-encoding content-language content-length
content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since
if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate
proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning
www-authenticate method get status"""
_PAIRS = ("200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin")
_TAIL = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden"
    "404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,"
    "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)


def _sized(text: str) -> bytes:
    return pack(">I", len(text)) + text.encode()


DICTIONARY = b"".join(map(_sized, (*_NAMES.split(), *_PAIRS))) + _TAIL.encode()
"""What the compression of headers begins with, as the protocol lays it down."""


@attrs.frozen
class Opened:
    """The client has opened a stream; `ended` says that it will send nothing on it."""

    stream: int
    headers: Mapping[str, str]
    ended: bool


@attrs.frozen
class Data:
    """Something has come on a stream, perhaps the last."""

    stream: int
    data: bytes
    ended: bool


@attrs.frozen
class Reset:
    """The client wants no more of a stream."""

    stream: int


@attrs.frozen
class Ping:
    """The client wants to hear the same number."""

    number: int


Event = Opened | Data | Reset | Ping


class Spdy:
    """One side of a connection: what was received so far, and both directions of the compression."""

    __slots__ = ("_left", "_packer", "_unpacker")

    def __init__(self) -> None:
        self._left = b""
        self._packer = zlib.compressobj(zdict=DICTIONARY)
        self._unpacker = zlib.decompressobj(zdict=DICTIONARY)

    def receive(self, data: bytes) -> Iterator[Event]:
        """The events in what has come; half a frame waits for the rest. Raises ValueError for what is no SPDY."""
        self._left += data
        while len(self._left) >= 8:
            first, second = unpack(">II", self._left[:8])
            flags, length = second >> 24, second & 0xFFFFFF
            if length > LARGEST:
                raise ValueError(f"a frame of {length} bytes is too large")
            if len(self._left) < 8 + length:
                return
            content, self._left = self._left[8 : 8 + length], self._left[8 + length :]
            if not first & CONTROL:
                yield Data(first, content, bool(flags & FIN))
                continue
            if first >> 16 & 0x7FFF != VERSION:
                raise ValueError(f"SPDY/{first >> 16 & 0x7FFF} is not spoken here")
            event = self._control(first & 0xFFFF, flags, content)
            if event is not None:
                yield event

    def _control(self, kind: int, flags: int, content: bytes) -> Event | None:
        """The event of a control frame; None for what a server need not know."""
        if kind == SYN_STREAM and len(content) >= 10:
            stream = int.from_bytes(content[:4]) & 0x7FFFFFFF
            return Opened(stream, self._headers(content[10:]), bool(flags & FIN))
        if kind == RST_STREAM and len(content) == 8:
            return Reset(int.from_bytes(content[:4]))
        if kind == PING and len(content) == 4:
            return Ping(int.from_bytes(content))
        if kind in (SETTINGS, GOAWAY, HEADERS, WINDOW_UPDATE):
            return None
        raise ValueError(f"a frame of type {kind} with {len(content)} bytes means nothing")

    def _headers(self, packed: bytes) -> dict[str, str]:
        try:
            text = self._unpacker.decompress(packed, LARGEST)
        except zlib.error as problem:
            raise ValueError(f"headers cannot be read: {problem}") from None
        words: list[str] = []
        at, count = 4, 2 * int.from_bytes(text[:4])
        while len(words) < count:
            size = int.from_bytes(text[at : at + 4])
            if at + 4 + size > len(text):
                raise ValueError("headers are cut off")
            words.append(text[at + 4 : at + 4 + size].decode("latin-1"))
            at += 4 + size
        return dict(zip(words[::2], words[1::2], strict=True))

    def accepted(self, stream: int) -> bytes:
        """The answer to a stream that was opened, without headers."""
        packed = self._packer.compress(bytes(4)) + self._packer.flush(zlib.Z_SYNC_FLUSH)
        return _frame(SYN_REPLY, pack(">I", stream) + packed)

    def data(self, stream: int, data: bytes, *, ended: bool = False) -> bytes:
        """Something for a stream, perhaps the last: frames of a moderate size."""
        pieces = [data[at : at + PIECE] for at in range(0, len(data), PIECE)] or [b""]
        heads = [pack(">II", stream, len(each)) for each in pieces]
        heads[-1] = pack(">II", stream, len(pieces[-1]) | (FIN * ended) << 24)
        return b"".join(head + piece for head, piece in zip(heads, pieces, strict=True))


def pong(number: int) -> bytes:
    """The answer to a ping."""
    return _frame(PING, pack(">I", number))


def _frame(kind: int, content: bytes) -> bytes:
    return pack(">II", CONTROL | VERSION << 16 | kind, len(content)) + content
