"""Keys over time: the current state, every older version, compaction and forks.

A key lives in *generations*. A put on an absent key opens one with version 1, further puts count up, and a delete
closes it with a tombstone. One key that was put at 2, 4 and 5.0, deleted in the same transaction at 5.1, put again at
8 and 9 and deleted at 12 looks like this, each box being a revision that can be read::

    uncompacted      [2 v1] [4 v2] [5.0 v3] [5.1 †]    [8 v1] [9 v2] [12 †]
    compacted at 2   [2 v1] [4 v2] [5.0 v3] [5.1 †]    [8 v1] [9 v2] [12 †]
    compacted at 3   [2 v1] [4 v2] [5.0 v3] [5.1 †]    [8 v1] [9 v2] [12 †]
    compacted at 4          [4 v2] [5.0 v3] [5.1 †]    [8 v1] [9 v2] [12 †]
    compacted at 5                          [5.1 †]    [8 v1] [9 v2] [12 †]
    compacted at 6                                     [8 v1] [9 v2] [12 †]
    compacted at 8                                     [8 v1] [9 v2] [12 †]
    compacted at 9                                            [9 v2] [12 †]
    compacted at 11                                           [9 v2] [12 †]
    compacted at 12                                                  [12 †]
    compacted at 13  the key is forgotten

Compaction at C keeps, for each key, the newest version at or below C, because that is what a read at C shows; a
tombstone is kept only if it is of revision C itself, because a watch from C still has to report it.

How it is kept. `live` maps every present key to its newest version, `gone` every absent but remembered key to its
tombstone. The log has all versions of revision C and later. Versions below C that are still visible at C because a
later one replaced them after C are in `kept`, which is never changed in place. From any version, `trail` leads to the
older ones: one step back, or a jump far back (to the depth with the lowest set bit cleared, as in a Fenwick tree), so
the version at an old revision is found in O(log² v) steps for a key of v versions. Trails are numbers, not references,
so that compaction can free what they lead to; only a version below C that is about to be replaced is referred to
directly, with its own trail cut off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from . import key_index
from .key_index import KeyIndex
from .records import DELETE, PUT, SUB_BITS, SUB_MASK, Event, KeyValue, Trail
from .revision_log import RevisionLog

_pair = tuple.__new__


class History:
    """All versions of all keys. `n` is the number of keys, `v` of a key's versions, `r` the size of a result."""

    __slots__ = ("compacted", "gone", "kept", "leased", "live", "log", "pending", "revision")

    def __init__(self) -> None:
        self.revision = 1
        self.compacted = -1
        self.live = KeyIndex()
        self.gone = KeyIndex()
        self.log = RevisionLog(first=2)
        self.kept: dict[int, KeyValue] = {}
        self.pending: list[KeyValue] = []
        self.leased: list[tuple[bytes, int, int]] = []
        """What pending writes do to leases: (key, old lease, new lease)."""

    # -- writing: any number of puts and deletes, then commit or rollback ------------------------------------------

    def put(self, key: bytes, value: Any, lease: int) -> KeyValue:
        """Write a version under the next revision. O(log n) amortised."""
        main = self.revision + 1
        pending = self.pending
        sub = len(pending)
        live = self.live
        pair: KeyValue
        old = live.shards[hash(key) & live.mask].get(key)
        if old is not None:
            pair = _pair(KeyValue, (key, value, old[2], main, old[4] + 1, lease, self._trail(old, sub)))
            live.replace(key, pair)
            if lease or old[5]:
                self.leased.append((key, old[5], lease))
        else:
            trail: Trail | None = (0, 0, 0, sub) if sub else None
            if self.gone.size:
                tombstone = self.gone.get(key)
                if tombstone is not None:
                    trail = self._trail(tombstone, sub)
                    self.gone.pop(key)
            pair = _pair(KeyValue, (key, value, main, main, 1, lease, trail))
            live.insert(key, pair)
            if lease:
                self.leased.append((key, 0, lease))
        pending.append(pair)
        return pair

    def write(self, key: bytes, value: Any) -> KeyValue:
        """`put` without a lease and `commit` in one, for the most frequent request. O(log n) amortised."""
        live = self.live
        shard = live.shard_to_write(key)
        old = shard.get(key)
        if old is None:
            if self.gone.size and self.gone.get(key) is not None:
                return self._put_alone(key, value)
            self.revision = main = self.revision + 1
            pair = _pair(KeyValue, (key, value, main, main, 1, 0, None))
            live.insert(key, pair)
            self.log.append(pair)
            return pair
        if old[5]:
            return self._put_alone(key, value)
        self.revision = main = self.revision + 1
        _, _, create, mod, version, _, trail = old
        if trail is None and mod >= self.compacted:
            mod <<= SUB_BITS
            trail = (1, mod, mod, 0)
        else:
            trail = self._trail(old, 0)
        pair = _pair(KeyValue, (key, value, create, main, version + 1, 0, trail))
        stale = live.stale
        shard[key] = stale[key] = pair
        if len(stale) > key_index.STALE_LIMIT:
            live.settle()
        self.log.append(pair)
        return pair

    def _put_alone(self, key: bytes, value: Any) -> KeyValue:
        pair = self.put(key, value, 0)
        self.commit()
        return pair

    def delete(self, key: bytes) -> KeyValue:
        """Write a tombstone for a present key under the next revision; returns the tombstone. O(log n)."""
        sub = len(self.pending)
        old = self.live.pop(key)
        trail = self._trail(old, sub)
        tombstone: KeyValue = _pair(KeyValue, (key, None, 0, self.revision + 1, 0, 0, trail))
        self.gone.insert(key, tombstone)
        self.pending.append(tombstone)
        if old[5]:
            self.leased.append((key, old[5], 0))
        return tombstone

    def commit(self) -> list[KeyValue]:
        """Make what was written the next revision, and return it. Nothing written: nothing happens. O(r)."""
        changes = self.pending
        if changes:
            self.log.append(changes[0] if len(changes) == 1 else tuple(changes))
            self.revision += 1
            self.pending = []
        return changes

    def rollback(self) -> None:
        """Undo what was written since the last commit. O(r log n)."""
        for pair in reversed(self.pending):
            (self.live if pair.version else self.gone).pop(pair.key)
            before = self._prior(pair)
            if before is not None:
                (self.live if before.version else self.gone).insert(pair.key, before)
        self.pending = []
        self.leased = []

    def _trail(self, before: KeyValue, sub: int) -> Trail:
        """The trail of the version that comes after `before`. O(1) amortised."""
        trail = before[6]
        mod = before[3]
        if mod < self.compacted:
            if trail is not None:
                before = before._replace(trail=(0, 0, 0, trail[3]) if trail[3] else None)
            return (1, before, 0, sub)
        if trail is None:
            prior = mod << SUB_BITS
            return (1, prior, prior, sub)
        depth = trail[0] + 1
        prior = mod << SUB_BITS | trail[3]
        if depth & 1:
            return (depth, prior, prior, sub)
        jump = trail[2]
        for _ in range((depth & -depth).bit_length() - 2):
            node = self._lookup(jump)
            if node is None or node.trail is None:
                break
            jump = node.trail[2]
        return (depth, prior, jump, sub)

    # -- reading ---------------------------------------------------------------------------------------------------

    def _lookup(self, position: int) -> KeyValue | None:
        main = position >> SUB_BITS
        if main < self.compacted:
            return self.kept.get(position)
        if main > self.revision:
            return self.pending[position & SUB_MASK]
        return self.log.one(main, position & SUB_MASK)

    def _prior(self, pair: KeyValue) -> KeyValue | None:
        """The version just before `pair`, tombstones included, if it is still remembered."""
        prior = pair.trail[1] if pair.trail else 0
        if type(prior) is KeyValue:
            return prior
        return self._lookup(prior) if prior else None  # type: ignore[arg-type]

    def version_at(self, pair: KeyValue, revision: int) -> KeyValue | None:
        """The newest version of the same key at or below `revision`, maybe a tombstone. O(log² v)."""
        found: KeyValue | None = pair
        while found is not None and found.mod_revision > revision:
            trail = found.trail
            if trail is None:
                return None
            if trail[2] >> SUB_BITS > revision:
                found = self._lookup(trail[2])
            else:
                found = self._prior(found)
        return found

    def key_at(self, key: bytes, revision: int) -> KeyValue | None:
        """The pair of `key` as it was at `revision`, or None. O(log² v)."""
        newest = self.live.get(key) or self.gone.get(key)
        if newest is None:
            return None
        found = self.version_at(newest, revision)
        return found if found is not None and found.version else None

    def range_at(self, start: bytes, end: bytes | None, revision: int) -> list[KeyValue]:
        """The pairs of an interval as they were at `revision`. O(log n + k log² v) for k keys remembered there;
        parts that have not changed since are passed over as a whole."""
        found: list[KeyValue] = []
        for chunk, low, high in self.live.spans(start, end):
            if chunk.newest <= revision:
                found += chunk.pairs[low:high]
                continue
            part = chunk.pairs[low:high]
            same = [pair for pair in part if pair[3] <= revision]
            if len(same) == len(part):
                found += same
                continue
            for pair in part:
                if pair[3] <= revision:
                    found.append(pair)
                elif pair[6] is not None:
                    then = self.version_at(pair, revision)
                    if then is not None and then.version:
                        found.append(then)
        present = len(found)
        for chunk, low, high in self.gone.spans(start, end):
            if chunk.newest > revision:
                for tombstone in chunk.pairs[low:high]:
                    if tombstone.mod_revision > revision:
                        before = self.version_at(tombstone, revision)
                        if before is not None and before.version:
                            found.append(before)
        if present != len(found):
            found.sort(key=_by_key)
        return found

    def changes(self, start: bytes, end: bytes | None, since: int) -> list[KeyValue]:
        """All versions of revision >= `since` of the keys in an interval, tombstones included, in order of time.

        O(min(changes since, n / LOAD + keys in the chunks that changed since) + r log r): whichever is less of
        reading the log, which has what all keys did, and asking the keys of the interval.
        """
        since = max(since, self.compacted)
        in_log = self.revision - since + 1
        spans = []
        in_keys = 0
        if in_log > 16:
            for index in (self.live, self.gone):
                for span in index.spans(start, end):
                    if span[0].newest >= since:
                        spans.append(span)
                        in_keys += span[2] - span[1]
        if in_log <= 16 or in_log < in_keys:
            everything = self._logged(since)
            if end is None:
                return [pair for pair in everything if start <= pair[0]]
            return [pair for pair in everything if start <= pair[0] < end]
        found: list[KeyValue] = []
        for chunk, low, high in spans:
            for pair in chunk.pairs[low:high]:
                version: KeyValue | None = pair
                while version is not None and version.mod_revision >= since:
                    found.append(version)
                    version = self._prior(version)
        found.sort(key=_by_position)
        return self._remembered(found) if since == self.compacted else found

    def _logged(self, since: int) -> Iterable[KeyValue]:
        everything = self.log.between(since, self.revision + 1)
        return self._remembered(everything) if since <= self.compacted else everything

    def _remembered(self, pairs: Iterable[KeyValue]) -> list[KeyValue]:
        """Without those versions of the compacted revision that the same revision replaced. O(pairs)."""
        if not self.log.first <= self.compacted <= self.revision:
            return list(pairs)
        last = {pair.key: pair for pair in self.log.at(self.compacted)}
        return [pair for pair in pairs if pair.mod_revision != self.compacted or last[pair.key] is pair]

    def event(self, pair: KeyValue) -> Event:
        """The event that a change is, with the pair before its revision unless that was compacted. O(log² v)."""
        return Event(PUT if pair.version else DELETE, pair, self.before(pair))

    def before(self, pair: KeyValue) -> KeyValue | None:
        """The pair of the same key just before the revision of `pair`: None if that was compacted, and for the first
        version of a generation. O(log² v)."""
        if pair.trail is None or pair.mod_revision <= self.compacted or pair.create_revision == pair.mod_revision:
            return None
        then = self.version_at(pair, pair.mod_revision - 1)
        return then if then is not None and then.version else None

    # -- compaction, forks -----------------------------------------------------------------------------------------

    def compact(self, revision: int) -> None:
        """Forget what only reads below `revision` can see.

        O(changes after `revision` + tombstones × log n), besides letting go of what is forgotten: a version below
        `revision` is still seen only if it is the newest of its key, or if what replaced it came later.
        """
        kept: dict[int, KeyValue] = {}
        for pair in self.log.between(revision + 1, self.revision + 1):
            prior = pair[6][1] if pair[6] else 0
            if type(prior) is int and 0 < prior >> SUB_BITS < revision:
                before = self._lookup(prior)
                if before is not None and before.version:
                    kept[prior] = before
        for chunk, _, _ in list(self.gone.spans(b"", None)):
            for tombstone in chunk.pairs.copy():
                if tombstone.mod_revision < revision:
                    self.gone.pop(tombstone.key)
        self.kept = kept
        self.compacted = revision
        self.log.drop_before(revision)

    def versions(self, *, replaced: bool = False) -> Iterator[KeyValue]:
        """Everything that is remembered, in order of time; `replaced` adds what the compacted revision itself
        replaced, which only its numbering still needs. O(n log n)."""
        found = {pair.position: pair for pair in self.kept.values()}
        for index in (self.live, self.gone):
            for chunk, _, _ in index.spans(b"", None):
                for pair in chunk.pairs:
                    found[pair.position] = pair
                    if pair.trail and type(pair.trail[1]) is KeyValue and pair.mod_revision > self.compacted:
                        found[pair.trail[1].position] = pair.trail[1]
        logged = self.log.between(self.compacted, self.revision + 1) if replaced else self._logged(self.compacted)
        for pair in logged:
            found[pair.position] = pair
            if pair.trail and type(pair.trail[1]) is KeyValue and pair.mod_revision > self.compacted:
                found[pair.trail[1].position] = pair.trail[1]
        return (found[position] for position in sorted(found))

    def fork(self) -> History:
        """An independent history that shares everything up to now. O((n + changes) / LOAD) pointers."""
        twin = History.__new__(History)
        twin.revision = self.revision
        twin.compacted = self.compacted
        twin.live = self.live.fork()
        twin.gone = self.gone.fork()
        twin.log = self.log.fork()
        twin.kept = self.kept
        twin.pending = []
        twin.leased = []
        return twin

    @classmethod
    def restored(cls, revision: int, compacted: int, versions: Iterable[KeyValue]) -> History:
        """A history from what `versions` gave. O(versions × log n)."""
        history = cls()
        history.compacted = compacted
        history.revision = max(compacted, 2) - 1
        history.log = RevisionLog(first=history.revision + 1)
        for pair in versions:
            if pair.mod_revision < compacted:
                history.live.insert(pair.key, pair)
                continue
            if pair.mod_revision != history.revision + 1:
                history.commit()
            history._write_again(pair)
        history.commit()
        if history.revision != max(revision, 1):
            raise ValueError(f"the versions end at revision {history.revision}, not at {revision}")
        return history

    def _write_again(self, pair: KeyValue) -> None:
        sub = len(self.pending)
        before = self.live.get(pair.key) or self.gone.get(pair.key)
        trail: Trail | None = (0, 0, 0, sub) if sub else None
        if before is not None:
            trail = self._trail(before, sub)
            (self.live if before.version else self.gone).pop(pair.key)
        pair = pair._replace(trail=trail)
        (self.live if pair.version else self.gone).insert(pair.key, pair)
        self.pending.append(pair)

    def check(self) -> None:
        """Walk everything and raise AssertionError at the first thing that is wrong. O(n + changes)."""
        assert not self.pending, "between requests nothing is pending"
        self.live.check()
        self.gone.check()
        self.log.check(self.revision + 1)
        newest: dict[bytes, KeyValue] = {}
        for pair in self.log.between(self.compacted, self.revision + 1):
            before = newest.get(pair.key)
            if before is not None:
                assert self._prior(pair) is before, f"the trail of {pair} misses {before}"
                assert pair.version in (0, before.version + 1), f"{pair} after {before}"
            newest[pair.key] = pair
        for pair in newest.values():
            index, other = (self.live, self.gone) if pair.version else (self.gone, self.live)
            assert index.get(pair.key) is pair, f"{pair} is the newest version"
            assert other.get(pair.key) is None, f"{pair.key!r} is both present and absent"
        for chunk, _, _ in self.live.spans(b"", None):
            assert all(pair.version and pair.create_revision for pair in chunk.pairs), "no tombstone is live"
        for chunk, _, _ in self.gone.spans(b"", None):
            for pair in chunk.pairs:
                assert not pair.version and pair.mod_revision >= self.compacted, f"{pair} should be forgotten"
        for position, pair in self.kept.items():
            assert pair.position == position and pair.version, f"{pair} is kept for reads at {self.compacted}"
            assert pair.mod_revision < self.compacted, f"{pair} is in the log"


def _by_key(pair: KeyValue) -> bytes:
    return pair[0]


def _by_position(pair: KeyValue) -> int:
    return pair.position
