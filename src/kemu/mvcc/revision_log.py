"""What every revision changed: an append-only list in chunks, which forks share.

The last chunk is shared too, and each side knows how much of it is its own: who is the first to append does so in
place, the others copy it when it is their turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .records import KeyValue

CHUNK_BITS = 9
"""A chunk holds `2 ** CHUNK_BITS` revisions. The first write after a fork copies at most one chunk; compaction frees
whole chunks."""


class RevisionLog:
    """Entries for the consecutive revisions from `first` on: one pair, or a tuple of pairs of one transaction."""

    __slots__ = ("_chunks", "_held", "_tail", "bits", "first")

    def __init__(self, first: int) -> None:
        self.first = first
        self.bits = CHUNK_BITS
        self._tail: list[KeyValue | tuple[KeyValue, ...]] = []
        self._held = 0
        """How much of the last chunk is this log's."""
        self._chunks = [self._tail]

    def append(self, entry: KeyValue | tuple[KeyValue, ...]) -> None:
        """Add the changes of the next revision. O(1)."""
        tail, held = self._tail, self._held
        if held >> self.bits:
            self._tail, held = [], 0
            tail = self._tail
            self._chunks.append(tail)
        elif len(tail) > held:
            self._tail = tail = self._chunks[-1] = tail[:held]
        tail.append(entry)
        self._held = held + 1

    def at(self, revision: int) -> Sequence[KeyValue]:
        """The changes of one revision, which must be held. O(1)."""
        index = revision - self.first
        entry = self._chunks[index >> self.bits][index & ((1 << self.bits) - 1)]
        return (entry,) if isinstance(entry, KeyValue) else entry

    def one(self, revision: int, sub: int) -> KeyValue:
        """One change of a revision, which must be held. O(1)."""
        index = revision - self.first
        entry = self._chunks[index >> self.bits][index & ((1 << self.bits) - 1)]
        return entry if isinstance(entry, KeyValue) else entry[sub]

    def between(self, low: int, high: int) -> Iterator[KeyValue]:
        """All changes of the revisions `low <= revision < high` in order. O(1) each."""
        low, high = max(low, self.first) - self.first, high - self.first
        size = 1 << self.bits
        while low < high:
            chunk = self._chunks[low >> self.bits]
            begin = low & (size - 1)
            for entry in chunk[begin : begin + high - low]:
                if isinstance(entry, KeyValue):
                    yield entry
                else:
                    yield from entry
            low += size - begin

    def drop_before(self, revision: int) -> None:
        """Let go of whole chunks of older revisions. O(chunks)."""
        chunks = min((revision - self.first) >> self.bits, len(self._chunks) - 1)
        if chunks > 0:
            del self._chunks[:chunks]
            self.first += chunks << self.bits

    def fork(self) -> RevisionLog:
        """An independent log with the same entries. O(chunks)."""
        twin = RevisionLog(self.first)
        twin.bits = self.bits
        twin._chunks = self._chunks.copy()
        twin._tail, twin._held = self._tail, self._held
        return twin

    def __getstate__(self) -> tuple[int, int, list[list[KeyValue | tuple[KeyValue, ...]]]]:
        return self.first, self.bits, [*self._chunks[:-1], self._tail[: self._held]]

    def __setstate__(self, state: tuple[int, int, list[list[KeyValue | tuple[KeyValue, ...]]]]) -> None:
        self.first, self.bits, self._chunks = state
        self._tail = self._chunks[-1]
        self._held = len(self._tail)

    def check(self, next_revision: int) -> None:
        """Raise AssertionError unless the log holds exactly the revisions up to `next_revision`. O(entries)."""
        assert self._tail is self._chunks[-1], "the tail is the last chunk"
        assert all(len(chunk) == 1 << self.bits for chunk in self._chunks[:-1]), "all chunks but the last are full"
        assert self._held <= len(self._tail), "the last chunk holds what is counted"
        held = ((len(self._chunks) - 1) << self.bits) + self._held
        assert self.first + held == next_revision, f"log ends at {self.first + held}, not at {next_revision}"
        for revision in range(self.first, next_revision):
            for sub, pair in enumerate(self.at(revision)):
                assert pair.mod_revision == revision, f"{pair} is filed under {revision}"
                assert (pair.trail[3] if pair.trail else 0) == sub, f"{pair} is filed under sub {sub}"
