"""A store as bytes: a magic line with a format version, a checksum, and every version of every key.

The body is zlib-compressed. Numbers are unsigned LEB128; a byte string is its length and itself. It holds: revision,
compacted revision + 1, next lease id, alarm flag; the leases (id, ttl, what remains in microseconds); the versions in
order of time (main, sub, version, create revision, lease, key, value), a tombstone having version 0 and no value.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from ..errors import SnapshotError
from .history import History
from .leases import Leases
from .records import SUB_MASK, KeyValue

MAGIC = b"kemu store snapshot "
VERSION = 1


class Writer:
    """Appends numbers and byte strings."""

    def __init__(self) -> None:
        self.out = bytearray()

    def number(self, value: int) -> None:
        while value > 0x7F:
            self.out.append(value & 0x7F | 0x80)
            value >>= 7
        self.out.append(value)

    def data(self, value: bytes) -> None:
        self.number(len(value))
        self.out += value


class Reader:
    """Reads what a `Writer` wrote."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 0

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.body[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def data(self) -> bytes:
        size = self.number()
        value = self.body[self.at : self.at + size]
        if len(value) != size:
            raise IndexError("cut short")
        self.at += size
        return value


def dump(history: History, leases: Leases, alarm: bool, now: float, encode: Callable[[Any], bytes]) -> bytes:
    """Everything but clock, streams and hooks, not yet sealed. O(versions)."""
    writer = Writer()
    versions = list(history.versions(replaced=True))
    for number in (history.revision, history.compacted + 1, leases.next_id, int(alarm)):
        writer.number(number)
    everything = leases.all()
    writer.number(len(everything))
    for lease in everything:
        writer.number(lease.id)
        writer.number(lease.ttl)
        writer.number(max(0, round((lease.expiry - now) * 1_000_000)))
    writer.number(len(versions))
    for pair in versions:
        for number in (pair.mod_revision, pair.position & SUB_MASK, pair.version, pair.create_revision, pair.lease):
            writer.number(number)
        writer.data(pair.key)
        if pair.version:
            writer.data(encode(pair.value))
    return bytes(writer.out)


def seal(plain: bytes) -> bytes:
    """What `dump` gave, compressed, with magic, format version and checksum. O(length)."""
    body = zlib.compress(plain, 1)
    head = MAGIC + b"%d\n" % VERSION
    return head + sha256(head + body).digest() + body


def load(data: bytes, now: float, decode: Callable[[bytes], Any]) -> tuple[History, Leases, bool]:
    """The reverse of `dump` and `seal`. Raises SnapshotError for anything else. O(versions × log n)."""
    if not data.startswith(MAGIC):
        raise SnapshotError("these bytes are not a snapshot of a kemu store: they do not begin as one")
    line, _, rest = data.partition(b"\n")
    version = line[len(MAGIC) :]
    if not version.isdigit() or int(version) != VERSION:
        told = version.decode("ascii", "replace")
        raise SnapshotError(f"the snapshot has format version {told}; this kemu reads version {VERSION}")
    head, digest, body = line + b"\n", rest[:32], rest[32:]
    if sha256(head + body).digest() != digest:
        raise SnapshotError(f"the snapshot is damaged: its checksum does not fit its {len(body)} bytes")
    try:
        return _read(Reader(zlib.decompress(body)), now, decode)
    except (LookupError, ValueError, zlib.error) as error:
        raise SnapshotError(f"the snapshot is inconsistent: {error}") from error


def _read(reader: Reader, now: float, decode: Callable[[bytes], Any]) -> tuple[History, Leases, bool]:
    revision, compacted, next_id, alarm = (reader.number() for _ in range(4))
    leases = Leases(next_id)
    for _ in range(reader.number()):
        lease_id, ttl, remaining = reader.number(), reader.number(), reader.number()
        leases.restore(lease_id, ttl, now + remaining / 1_000_000)
    versions = []
    for _ in range(reader.number()):
        main, sub, version, create, lease = (reader.number() for _ in range(5))
        key = reader.data()
        value = decode(reader.data()) if version else None
        versions.append(KeyValue(key, value, create, main, version, lease, (0, 0, 0, sub) if sub else None))
    history = History.restored(revision, compacted - 1, versions)
    for chunk, _, _ in history.live.spans(b"", None):
        for pair in chunk.pairs:
            if pair.lease:
                leases.move(pair.key, 0, pair.lease)
    return history, leases, bool(alarm)
