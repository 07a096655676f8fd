"""A member of etcd beside the keys that it serves: what it keeps, leases, compaction, upkeep, faults.

`n` below is the number of keys, `v` of a key's versions, `r` the size of a result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

from ..clock import Clock, exact
from ..errors import Compacted, EtcdError, FutureRevision, NoSpace, UsageError
from .history import History
from .leases import Leases
from .maintenance import AutoCompaction, Space, bytes_in, bytes_only, crc32c, hash_kv
from .records import (
    CompactResponse,
    HashKvResponse,
    HashResponse,
    Header,
    KeyValue,
    LeaseGrantResponse,
    LeaseKeepAliveResponse,
    LeaseLeasesResponse,
    LeaseRevokeResponse,
    LeaseTimeToLiveResponse,
    StatusResponse,
)
from .requests import check_int
from .snapshot import dump, load, seal
from .txn import MAX_OPS
from .watching import PROGRESS_INTERVAL, Hub

VERSION = "3.4.23"
"""The etcd version that a store says it is: the one it is compared with."""

CLUSTER_ID = 0x6B656D75_C1057E20
MEMBER_ID = 0x6B656D75_3E3BE201


class Member:
    """All that `Store` is but for reading and writing keys, and watching them."""

    __slots__ = (
        "_auto",
        "_fault",
        "_history",
        "_hub",
        "_leases",
        "_no_space",
        "_progress_due",
        "_sealed",
        "_space",
        "clock",
        "max_txn_ops",
        "on_commit",
        "quota_bytes",
        "size_of",
    )

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        max_txn_ops: int = MAX_OPS,
        quota_bytes: int = 0,
        size_of: Callable[[Any], int] = bytes_in,
    ) -> None:
        self._adopt(Clock() if clock is None else clock, History(), Leases())
        self.max_txn_ops = max_txn_ops
        self.quota_bytes = quota_bytes
        self.size_of = size_of

    def _adopt(self, clock: Clock, history: History, leases: Leases) -> None:
        self.clock = clock
        self.on_commit: Callable[[int], None] | None = None
        """Called with the new revision after every commit. Not part of the state: forks and pickles have none."""
        self._history = history
        self._leases = leases
        self._hub: Hub | None = None
        """Who serves watches; it is there once somebody watches, and belongs to this store alone."""
        self._fault: type[EtcdError] | None = None
        self._no_space = False
        self._space = Space(revision=history.revision)
        self._auto: AutoCompaction | None = None
        self._progress_due = 0.0
        self._sealed: Any = None

    @property
    def revision(self) -> int:
        """The current revision; 1 when nothing was ever written. O(1)."""
        return self._history.revision

    @property
    def compacted(self) -> int:
        """The revision of the last compaction, 0 when there was none: older revisions cannot be read. O(1)."""
        return max(0, self._history.compacted)

    # -- leases ----------------------------------------------------------------------------------------------------

    def lease_grant(self, ttl: int, id: int = 0) -> LeaseGrantResponse:
        """A lease of `ttl` virtual seconds, at least 2; the store chooses an id for 0.

        Raises LeaseExists, LeaseTtlTooLarge, NoSpace while the alarm is on. O(log leases).
        """
        if self._fault is not None:
            raise self._fault
        check_int("ttl", ttl)
        check_int("id", id)
        if self._no_space:
            raise NoSpace
        lease = self._leases.grant(ttl, id, self.clock.now)
        return LeaseGrantResponse(Header(self._history.revision), lease.id, lease.ttl)

    def lease_revoke(self, id: int) -> LeaseRevokeResponse:
        """Forget a lease and delete its keys under one revision. Raises LeaseNotFound. O(r log n)."""
        if self._fault is not None:
            raise self._fault
        for key in self._leases.remove(id):
            self._history.delete(key)
        return LeaseRevokeResponse(Header(self._commit()))

    def lease_keep_alive(self, id: int) -> LeaseKeepAliveResponse:
        """Start a lease's time again; the answer has a TTL of 0 if there is no such lease. O(log leases)."""
        if self._fault is not None:
            raise self._fault
        lease = self._leases.renew(id, self.clock.now)
        return LeaseKeepAliveResponse(Header(self._history.revision), id, lease.ttl if lease else 0)

    def lease_time_to_live(self, id: int, keys: bool = False) -> LeaseTimeToLiveResponse:
        """What remains of a lease, and its keys in order if asked for; TTL -1 if there is none. O(r log r)."""
        if self._fault is not None:
            raise self._fault
        lease = self._leases.find(id)
        header = Header(self._history.revision)
        if lease is None:
            return LeaseTimeToLiveResponse(header, id, -1)
        attached = tuple(self._leases.keys(id)) if keys else ()
        return LeaseTimeToLiveResponse(header, id, int(lease.expiry - self.clock.now), lease.ttl, attached)

    def lease_leases(self) -> LeaseLeasesResponse:
        """The ids of all leases, the one that expires first coming first. O(leases × log leases)."""
        if self._fault is not None:
            raise self._fault
        return LeaseLeasesResponse(Header(self._history.revision), tuple(lease.id for lease in self._leases.all()))

    def next_expiry(self) -> float | None:
        """When the next lease expires, in virtual seconds since the start, or None. O(log leases) amortised."""
        return self._leases.next_expiry()

    def expire(self, now: float | None = None) -> list[int]:
        """Revoke every lease that is due, each under a revision of its own if it had keys; returns their ids.

        Without a leader nothing expires. O(what they held × log n).
        """
        if self._fault is not None:
            return []
        due = self._leases.due(self.clock.now if now is None else now)
        for lease_id in due:
            self.lease_revoke(lease_id)
        return due

    # -- maintenance -----------------------------------------------------------------------------------------------

    def compact(self, revision: int) -> CompactResponse:
        """Forget what only reads below `revision` can see. Raises Compacted, FutureRevision.

        O(changes after `revision` + tombstones × log n), besides letting go of what is forgotten.
        """
        if self._fault is not None:
            raise self._fault
        check_int("revision", revision)
        history = self._history
        if revision <= history.compacted:
            raise Compacted
        if revision > history.revision:
            raise FutureRevision
        history.compact(revision)
        self._space = Space(revision=history.revision)
        return CompactResponse(Header(history.revision))

    def next_due(self) -> float | None:
        """When `tick` has something to do next, in virtual seconds since the start, or None. O(log leases)."""
        times = [self._leases.next_expiry(), self._auto.due if self._auto else None]
        if self._hub is not None and self._hub.streams:
            times.append(self._progress_due)
        return min((time for time in times if time is not None), default=None)

    def tick(self, now: float | None = None) -> None:
        """Do what is due: expire leases, compact automatically, notify watches of progress. O(what that takes)."""
        now = self.clock.now if now is None else now
        self.expire(now)
        if self._auto is not None and self._auto.due <= now and self._fault is None:
            self._auto, revision = self._auto.run(now, self._history.revision)
            if revision > max(0, self._history.compacted):
                self.compact(revision)
        if self._hub is not None and self._hub.streams and self._progress_due <= now:
            self._progress_due = exact(now + PROGRESS_INTERVAL)
            self._hub.notify_progress()

    def compact_automatically(self, mode: str, retention: float) -> None:
        """Compact by itself from now on: keep `retention` revisions (mode "revision") or seconds ("periodic").
        An empty mode ends it. Raises UsageError. O(1)."""
        self._auto = AutoCompaction.starting(mode, retention, self.clock.now) if mode else None

    def status(self) -> StatusResponse:
        """Size, revision, version and alarms. O(changes since it was last asked), O(versions) after a compaction."""
        size = self._space.measure(self._history, self.size_of)
        errors = (f"memberID:{MEMBER_ID} alarm:NOSPACE ",) if self._no_space else ()
        revision = self._history.revision
        return StatusResponse(Header(revision), VERSION, size, revision, errors)

    def alarms(self) -> tuple[str, ...]:
        """The alarms that are on: nothing, or `NOSPACE`. O(1)."""
        return ("NOSPACE",) if self._no_space else ()

    def arm(self) -> None:
        """Switch the NOSPACE alarm on by hand: writes are refused until it is off. O(1)."""
        self._no_space = True

    def disarm(self) -> None:
        """Switch all alarms off. The next write that does not fit switches it on again. O(1)."""
        self._no_space = False

    def hash_kv(self, revision: int = 0, encode: Callable[[Any], bytes] = bytes_only) -> HashKvResponse:
        """etcd's checksum of all versions up to `revision`: equal for equal histories, also in a real etcd.

        Values that are not bytes need `encode`. Raises Compacted, FutureRevision, UsageError. O(n log n + bytes).
        """
        history = self._history
        if 0 < revision < history.compacted:
            raise Compacted
        if revision > history.revision:
            raise FutureRevision
        number = hash_kv(history, revision if revision > 0 else history.revision, encode)
        return HashKvResponse(Header(history.revision), number, history.compacted)

    def hash(self, encode: Callable[[Any], bytes] = bytes_only) -> HashResponse:
        """A checksum of everything a snapshot would hold. O(n log n + bytes)."""
        return HashResponse(Header(self._history.revision), crc32c(self._dump(encode)))

    def _dump(self, encode: Callable[[Any], bytes]) -> bytes:
        return dump(self._history, self._leases, self._no_space, self.clock.now, encode)

    def snapshot(self, encode: Callable[[Any], bytes] = bytes_only) -> bytes:
        """Everything as bytes, with a format version and a checksum, for `Store.restore`. O(n log n + bytes)."""
        return seal(self._dump(encode))

    @classmethod
    def restore(
        cls, data: bytes, clock: Clock | None = None, decode: Callable[[bytes], Any] = bytes, **options: Any
    ) -> Self:
        """A store from a snapshot; options as for `Store`. Leases have the time left that they had.

        Raises SnapshotError for foreign, damaged or newer bytes. O(versions × log n).
        """
        store = cls(clock, **options)
        history, leases, no_space = load(data, store.clock.now, decode)
        size_of, quota_bytes, max_txn_ops = store.size_of, store.quota_bytes, store.max_txn_ops
        store._adopt(store.clock, history, leases)
        store.size_of, store.quota_bytes, store.max_txn_ops = size_of, quota_bytes, max_txn_ops
        store._no_space = no_space
        return store

    # -- faults ----------------------------------------------------------------------------------------------------

    def fail(self, fault: type[EtcdError]) -> None:
        """From now on refuse requests as a member without leader or quorum does: with `NoLeader`,
        `RequestTimedOut`, `LeaderFailed`, `LeaderChanged`, `Stopped` or `Corrupt`.

        What was acknowledged stays. Serializable reads and open watches go on; leases do not expire. O(1).
        """
        if not (isinstance(fault, type) and issubclass(fault, EtcdError)):
            raise UsageError(f"a store fails with a class of EtcdError, for example NoLeader; got {fault!r}")
        self._fault = fault

    def recover(self) -> None:
        """End a fault. The new leader gives every lease its whole time again, as in etcd. O(leases)."""
        if self._fault is not None:
            self._fault = None
            for lease in self._leases.all():
                self._leases.renew(lease.id, self.clock.now)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _commit(self) -> int:
        changes = self._history.commit()
        if changes:
            self._committed(changes)
        return self._history.revision

    def _committed(self, changes: Sequence[KeyValue]) -> None:
        """Tell leases, watches and the owner what the newest revision changed."""
        history = self._history
        if history.leased:
            for move in history.leased:
                self._leases.move(*move)
            history.leased = []
        if self._hub is not None and self._hub.watching:
            self._hub.publish(changes)
        if self.on_commit is not None:
            self.on_commit(history.revision)

    def __getstate__(self) -> dict[str, Any]:
        unsaved = ("_hub", "_sealed", "on_commit")
        return {name: getattr(self, name) for name in Member.__slots__ if name not in unsaved}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self._hub = self.on_commit = self._sealed = None

    def check(self) -> None:
        """Walk the whole structure and raise AssertionError at the first thing that is wrong. O(n + changes)."""
        self._history.check()
        pairs = self._history.live.slice(b"", None)
        self._leases.check({pair.key: pair.lease for pair in pairs if pair.lease})
        if self._hub is not None:
            self._hub.check()
