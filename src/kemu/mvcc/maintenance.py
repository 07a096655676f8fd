"""Hashes of the data, and compaction that happens by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..errors import UsageError
from .history import History
from .records import SUB_MASK, KeyValue

REVISION_INTERVAL = 300.0
"""By revisions: how often etcd compacts, in seconds."""

PERIODIC_LIMIT = 3600.0
"""By time: etcd compacts once per retention period, and at least this often, in seconds."""

PERIODIC_DIVISOR = 10
"""By time: how many times per compaction interval the revision is noted."""


def _castagnoli() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ 0x82F63B78 if value & 1 else value >> 1
        table.append(value)
    return tuple(table)


_TABLE = _castagnoli()


def crc32c(data: bytes, crc: int = 0) -> int:
    """The Castagnoli checksum that etcd hashes with. O(length)."""
    table = _TABLE
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def _varint(number: int) -> bytes:
    number &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def encode_pair(pair: KeyValue, value: bytes) -> bytes:
    """A pair as etcd keeps it on disk (protobuf); a tombstone is only its key. O(length)."""
    out = b"\x0a" + _varint(len(pair.key)) + pair.key
    if not pair.version:
        return out
    out += b"\x10" + _varint(pair.create_revision) + b"\x18" + _varint(pair.mod_revision)
    out += b"\x20" + _varint(pair.version)
    if value:
        out += b"\x2a" + _varint(len(value)) + value
    if pair.lease:
        out += b"\x30" + _varint(pair.lease)
    return out


def bytes_only(value: Any) -> bytes:
    """The default way to see a value as bytes: it must be bytes."""
    if not isinstance(value, bytes):
        raise UsageError(f"a value of type {type(value).__name__} needs encode=..., a function from it to bytes")
    return value


def bytes_in(value: Any) -> int:
    """The default size of a value: the length of bytes, nothing for anything else. O(1)."""
    return len(value) if isinstance(value, bytes) else 0


def hash_kv(history: History, revision: int, encode: Callable[[Any], bytes]) -> int:
    """etcd's HashKV: the same number that etcd has for the same history, as of `revision`. O(n log n + bytes)."""
    crc = crc32c(b"key")
    versions = [pair for pair in history.versions() if pair.mod_revision <= revision]
    shown = {pair.key: pair for pair in versions}
    keep_any = any(pair.version for pair in shown.values())
    for pair in versions:
        main = pair.mod_revision
        if main <= history.compacted:
            if keep_any and (shown[pair.key] is not pair or not pair.version):
                continue
            if main == history.compacted and not pair.version:
                continue
        name = main.to_bytes(8, "big") + b"_" + (pair.position & SUB_MASK).to_bytes(8, "big")
        if not pair.version:
            name += b"t"
        crc = crc32c(name + encode_pair(pair, encode(pair.value) if pair.version else b""), crc)
    return crc


class Space:
    """How many bytes all remembered keys and values are, counted when somebody wants to know.

    After a compaction (or a restore) everything is counted once more; then only what is new.
    """

    __slots__ = ("_counted", "_revision", "_total")

    def __init__(self, revision: int) -> None:
        self._revision = revision
        self._total = 0
        self._counted = revision == 1

    def measure(self, history: History, size_of: Callable[[Any], int]) -> int:
        """The bytes now. O(changes since it was last measured), O(n log n) after a compaction."""
        if not self._counted:
            self._counted, self._total = True, 0
            fresh = history.versions()
        else:
            fresh = history.log.between(self._revision + 1, history.revision + 1)
        self._total += sum(len(pair.key) + (size_of(pair.value) if pair.version else 0) for pair in fresh)
        self._revision = history.revision
        return self._total

    def fits(self, room: int, history: History, size_of: Callable[[Any], int]) -> bool:
        """Whether no more than `room` bytes are taken. As expensive as `measure`."""
        return self.measure(history, size_of) <= room

    def fork(self) -> Space:
        """An independent count of the same."""
        twin = Space(self._revision)
        twin._total, twin._counted = self._total, self._counted
        return twin


class AutoCompaction(NamedTuple):
    """Compaction by itself, as `--auto-compaction-mode` and `--auto-compaction-retention` set it.

    `mode` is "revision" (`retention` is how many revisions to keep; checked every five minutes) or "periodic"
    (`retention` is for how many seconds to keep them). `notes` are (time, revision), oldest first.
    """

    mode: str
    retention: float
    due: float
    compact_at: float = 0.0
    notes: tuple[tuple[float, int], ...] = ()

    @classmethod
    def starting(cls, mode: str, retention: float, now: float) -> AutoCompaction:
        if mode not in ("revision", "periodic"):
            raise UsageError(f'auto compaction has the modes "revision" and "periodic", got {mode!r}')
        if retention <= 0:
            raise UsageError(f"auto compaction needs a retention above 0, got {retention!r}")
        if mode == "revision":
            return cls(mode, retention, now + REVISION_INTERVAL)
        return cls(mode, retention, now, now + retention)

    def run(self, now: float, revision: int) -> tuple[AutoCompaction, int]:
        """What to compact at now (0: nothing), and the state after it. O(PERIODIC_DIVISOR)."""
        if self.mode == "revision":
            return self._replace(due=now + REVISION_INTERVAL), max(0, revision - int(self.retention))
        interval = min(self.retention, PERIODIC_LIMIT)
        notes = (*self.notes, (now, revision))
        following = self._replace(due=now + interval / PERIODIC_DIVISOR, notes=notes)
        if now < self.compact_at:
            return following, 0
        old = [note for note in notes if note[0] <= now - self.retention]
        kept = notes[max(0, len(old) - 1) :]
        return following._replace(notes=kept, compact_at=now + interval), old[-1][1] if old else 0
