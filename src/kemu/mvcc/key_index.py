"""A map from keys to pairs that is ordered, hashed, and forks without being copied key by key.

Two views of the same entries are kept. Hash shards (dicts of about `SHARD_LOAD` keys) answer `get`. Sorted chunks
(two parallel lists, keys and pairs, of at most `2 * LOAD` entries) answer ranges with list slices. Both are copied
only when somebody writes to them after a fork: `fork` copies the two short lists that name the shards and the
chunks, and each side then owns none of what they name.

Writing a key that is already there changes the shard only; the sorted view is told when somebody next reads a range,
so a key that is written many times between two ranges is searched for once.

Every chunk carries an upper bound of the mod revisions in it, so that "what changed since" and "what was there at"
can pass over whole chunks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from .records import KeyValue

LOAD = 512
"""A chunk is split when it has more than twice as many entries. Larger: shorter lists to copy on fork and to search;
smaller: cheaper insertion and cheaper first write after a fork."""

STALE_LIMIT = 4096
"""How many rewritten keys may wait to be told to the sorted view: bounds what the next range has to do first."""

SHARD_LOAD = 1024
"""The number of hash shards doubles when there are more than this many keys per shard."""


class Owner:
    """Who may write to a chunk in place. Compared by identity; a fork gives both sides a new one."""

    __slots__ = ()


class Chunk:
    """Neighbouring keys with their pairs. `newest` is at least every mod revision in it."""

    __slots__ = ("keys", "newest", "owner", "pairs")

    def __init__(self, keys: list[bytes], pairs: list[KeyValue], newest: int, owner: Owner) -> None:
        self.keys = keys
        self.pairs = pairs
        self.newest = newest
        self.owner = owner


class KeyIndex:
    """Keys in order, each with one pair. `n` below is the number of keys, `r` the size of a result."""

    __slots__ = ("_chunks", "_maxes", "_mine", "_owner", "mask", "shards", "size", "stale")

    def __init__(self) -> None:
        self.size = 0
        self.stale: dict[bytes, KeyValue] = {}
        self._owner = Owner()
        self._chunks: list[Chunk] = []
        self._maxes: list[bytes] = []
        self.shards: list[dict[bytes, KeyValue]] = [{}]
        self._mine = bytearray(b"\1")
        self.mask = 0

    def __len__(self) -> int:
        return self.size

    def get(self, key: bytes) -> KeyValue | None:
        """The pair of `key`, or None. O(1)."""
        return self.shards[hash(key) & self.mask].get(key)

    def shard_to_write(self, key: bytes) -> dict[bytes, KeyValue]:
        """The shard that `key` is or would be in, as one that this index may change. O(1) amortised after a fork.

        Who gives a present key another pair there does the same in `stale`, as `replace` does.
        """
        at = hash(key) & self.mask
        if not self._mine[at]:
            self.shards[at] = self.shards[at].copy()
            self._mine[at] = 1
        return self.shards[at]

    def replace(self, key: bytes, pair: KeyValue) -> None:
        """Give a present key another pair. O(1) now, and O(log n) when the next range is read: until then the sorted
        view does not know it, however often the key is written."""
        stale = self.stale
        self.shard_to_write(key)[key] = stale[key] = pair
        if len(stale) > STALE_LIMIT:
            self.settle()

    def insert(self, key: bytes, pair: KeyValue) -> None:
        """Add a key that is absent. O(log n), and LOAD memory moves."""
        self.shard_to_write(key)[key] = pair
        self.size += 1
        maxes = self._maxes
        at = bisect_left(maxes, key)
        if at == len(maxes):
            if not maxes:
                self._chunks.append(Chunk([key], [pair], pair.mod_revision, self._owner))
                maxes.append(key)
                return
            at -= 1
            maxes[at] = key
        chunk = self._chunks[at]
        if chunk.owner is not self._owner:
            chunk = self._own(at, chunk)
        if pair[3] > chunk.newest:
            chunk.newest = pair[3]
        keys = chunk.keys
        inner = bisect_left(keys, key)
        keys.insert(inner, key)
        chunk.pairs.insert(inner, pair)
        if len(keys) > LOAD << 1:
            self._split(at, chunk)
        if self.size > SHARD_LOAD * len(self.shards):
            self._reshard(2 * len(self.shards))

    def pop(self, key: bytes) -> KeyValue:
        """Remove `key` and return its pair. Raises KeyError if it is absent. O(log n), and LOAD memory moves."""
        pair = self.shard_to_write(key).pop(key)
        self.stale.pop(key, None)
        self.size -= 1
        at = bisect_left(self._maxes, key)
        chunk = self._chunks[at]
        if chunk.owner is not self._owner:
            chunk = self._own(at, chunk)
        keys = chunk.keys
        inner = bisect_left(keys, key)
        del keys[inner], chunk.pairs[inner]
        if not keys:
            del self._chunks[at], self._maxes[at]
            return pair
        self._maxes[at] = keys[-1]
        if len(keys) < LOAD >> 1:
            self._merge(at)
        return pair

    def settle(self) -> None:
        """Bring what `replace` left behind into the sorted view. O(log n) each."""
        for key, pair in self.stale.items():
            at = bisect_left(self._maxes, key)
            chunk = self._chunks[at]
            if chunk.owner is not self._owner:
                chunk = self._own(at, chunk)
            if pair[3] > chunk.newest:
                chunk.newest = pair[3]
            chunk.pairs[bisect_left(chunk.keys, key)] = pair
        self.stale = {}

    def slice(self, start: bytes, end: bytes | None, limit: int = 0) -> list[KeyValue]:
        """The pairs of `start <= key < end` in key order (None: no end), at most `limit`. O(log n + r)."""
        found: list[KeyValue] = []
        for chunk, low, high in self.spans(start, end):
            pairs = chunk.pairs
            found += pairs if high - low == len(pairs) else pairs[low:high]
            if limit and len(found) >= limit:
                del found[limit:]
                break
        return found

    def count(self, start: bytes, end: bytes | None) -> int:
        """How many keys there are in `start <= key < end`. O(log n + n/LOAD)."""
        return sum(high - low for _, low, high in self.spans(start, end))

    def spans(self, start: bytes, end: bytes | None) -> Iterator[tuple[Chunk, int, int]]:
        """The chunks that hold `start <= key < end`, with the bounds of that part in each. O(log n) to begin."""
        if self.stale:
            self.settle()
        chunks = self._chunks
        at = bisect_left(self._maxes, start)
        if at == len(chunks) or (end is not None and end <= start):
            return
        low = bisect_left(chunks[at].keys, start)
        if end is None:
            for chunk in chunks[at:]:
                yield chunk, low, len(chunk.keys)
                low = 0
            return
        last = bisect_left(self._maxes, end)
        for chunk in chunks[at:last]:
            yield chunk, low, len(chunk.keys)
            low = 0
        if last < len(chunks):
            high = bisect_left(chunks[last].keys, end)
            if high > low:
                yield chunks[last], low, high

    def fork(self) -> KeyIndex:
        """An independent index with the same entries, sharing them. O(n / LOAD)."""
        if self.stale:
            self.settle()
        twin = KeyIndex.__new__(KeyIndex)
        twin.stale = {}
        twin.size = self.size
        self._owner = Owner()
        twin._owner = Owner()
        twin._chunks = self._chunks.copy()
        twin._maxes = self._maxes.copy()
        twin.shards = self.shards.copy()
        twin.mask = self.mask
        self._mine = bytearray(len(self.shards))
        twin._mine = bytearray(len(self.shards))
        return twin

    def _own(self, at: int, chunk: Chunk) -> Chunk:
        mine = Chunk(chunk.keys.copy(), chunk.pairs.copy(), chunk.newest, self._owner)
        self._chunks[at] = mine
        return mine

    def _split(self, at: int, chunk: Chunk) -> None:
        half = len(chunk.keys) >> 1
        tail = Chunk(chunk.keys[half:], chunk.pairs[half:], chunk.newest, self._owner)
        del chunk.keys[half:], chunk.pairs[half:]
        self._chunks.insert(at + 1, tail)
        self._maxes.insert(at, chunk.keys[-1])

    def _merge(self, at: int) -> None:
        """Join the small chunk `at` with a neighbour, if the two fit into one."""
        chunks = self._chunks
        left = at - 1 if at else at
        if left + 1 >= len(chunks) or len(chunks[left].keys) + len(chunks[left + 1].keys) > LOAD:
            return
        one, two = chunks[left], chunks[left + 1]
        newest = max(one.newest, two.newest)
        chunks[left] = Chunk(one.keys + two.keys, one.pairs + two.pairs, newest, self._owner)
        del chunks[left + 1], self._maxes[left]

    def _reshard(self, shards: int) -> None:
        """Spread the keys over `shards` dicts, a power of two. O(n), which doubling makes O(1) per insertion."""
        self.settle()
        self.mask = mask = shards - 1
        spread: list[dict[bytes, KeyValue]] = [{} for _ in range(shards)]
        self.shards = spread
        self._mine = bytearray(b"\1" * shards)
        for chunk in self._chunks:
            for key, pair in zip(chunk.keys, chunk.pairs, strict=True):
                spread[hash(key) & mask][key] = pair

    def __getstate__(self) -> dict[str, Any]:
        self.settle()
        # The shards depend on the interpreter's hash seed and are built again by the process that reads them.
        return {"size": self.size, "owner": self._owner, "chunks": self._chunks, "shards": len(self.shards)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.size = state["size"]
        self.stale = {}
        self._owner = state["owner"]
        self._chunks = state["chunks"]
        self._maxes = [chunk.keys[-1] for chunk in self._chunks]
        self._reshard(state["shards"])

    def check(self) -> None:
        """Walk the whole structure and raise AssertionError at the first thing that is wrong. O(n)."""
        self.settle()
        assert len(self._chunks) == len(self._maxes), "one maximum per chunk"
        assert len(self.shards) == len(self._mine) == self.mask + 1, "one owner flag per shard"
        keys = [key for chunk in self._chunks for key in chunk.keys]
        assert all(one < two for one, two in pairwise(keys)), f"keys in strict order: {keys}"
        assert len(keys) == self.size, f"{len(keys)} keys, but size {self.size}"
        assert self.size == sum(map(len, self.shards)), "every key in exactly one shard"
        for chunk, top in zip(self._chunks, self._maxes, strict=True):
            assert chunk.keys and chunk.keys[-1] == top, f"the maximum of a chunk is its last key: {top!r}"
            assert len(chunk.keys) == len(chunk.pairs) <= LOAD << 1, "chunks are parallel and bounded"
            for key, pair in zip(chunk.keys, chunk.pairs, strict=True):
                assert pair.key == key and self.get(key) is pair, f"both views agree on {key!r}"
                assert pair.mod_revision <= chunk.newest, f"newest bounds {key!r}"
