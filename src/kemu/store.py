"""etcd's v3 store in memory: keys with all their versions, transactions, watches, leases, compaction, forks.

It knows nothing of Kubernetes. Keys are bytes; a value is whatever immutable thing the caller puts there (bytes when
it is compared with etcd, API objects inside kemu) and is never copied or looked into.

Two ways to use it. The methods named as in etcd's API (`range`, `put`, `delete_range`, `txn`, `compact`, ...) take
and return what etcd's do, and refuse what etcd refuses with etcd's texts. The short ones (`get`, `put_if`,
`delete_if`, `items`, `events`) are the same operations without headers, for a caller in a hurry.

`n` below is the number of keys, `v` of a key's versions, `r` the size of a result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .clock import Clock, exact
from .errors import Compacted, EmptyKey, EtcdError, FutureRevision, LeaseNotFound, NoSpace, UsageError
from .mvcc.history import History
from .mvcc.leases import Leases
from .mvcc.maintenance import AutoCompaction, Space, bytes_in, bytes_only, crc32c, hash_kv
from .mvcc.ranges import check_range, check_revision, read
from .mvcc.records import (
    DELETE,
    PUT,
    CompactResponse,
    DeleteRangeResponse,
    Event,
    HashKvResponse,
    HashResponse,
    Header,
    KeyValue,
    LeaseGrantResponse,
    LeaseKeepAliveResponse,
    LeaseLeasesResponse,
    LeaseRevokeResponse,
    LeaseTimeToLiveResponse,
    PutResponse,
    RangeResponse,
    StatusResponse,
    TxnResponse,
    WatchResponse,
)
from .mvcc.requests import (
    Compare,
    DeleteRangeRequest,
    Operation,
    PutRequest,
    RangeRequest,
    TxnRequest,
    check_int,
    check_types,
    prefix_end,
    upper,
)
from .mvcc.snapshot import dump, load, seal
from .mvcc.txn import MAX_OPS, check_choice, check_put, check_txn, choose, delete_range, execute, put
from .mvcc.watching import PROGRESS_INTERVAL, Hub, WatchStream

__all__ = [
    "CLUSTER_ID",
    "DELETE",
    "MEMBER_ID",
    "PUT",
    "VERSION",
    "CompactResponse",
    "Compare",
    "DeleteRangeRequest",
    "DeleteRangeResponse",
    "Event",
    "HashKvResponse",
    "HashResponse",
    "Header",
    "KeyValue",
    "LeaseGrantResponse",
    "LeaseKeepAliveResponse",
    "LeaseLeasesResponse",
    "LeaseRevokeResponse",
    "LeaseTimeToLiveResponse",
    "PutRequest",
    "PutResponse",
    "RangeRequest",
    "RangeResponse",
    "StatusResponse",
    "Store",
    "TxnRequest",
    "TxnResponse",
    "WatchResponse",
    "WatchStream",
    "prefix_end",
]

VERSION = "3.4.23"
"""The etcd version that a store says it is: the one it is compared with."""

CLUSTER_ID = 0x6B656D75_C1057E20
MEMBER_ID = 0x6B656D75_3E3BE201


_tuple: Any = tuple.__new__  # what a NamedTuple's constructor calls, without the call around it


class Store:
    """One etcd member that is its own cluster.

    `size_of` says how many bytes a value counts (by default bytes count their length, anything else nothing);
    `quota_bytes` is etcd's space quota, 0 meaning none. Time comes from `clock`; what is due (leases, automatic
    compaction, progress notification) happens when the owner calls `tick`, and `next_due` says when that is.
    """

    __slots__ = (
        "_auto",
        "_fault",
        "_history",
        "_hub",
        "_leases",
        "_no_space",
        "_progress_due",
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
        self._hub = Hub(history, self)
        self._fault: type[EtcdError] | None = None
        self._no_space = False
        self._space = Space(revision=history.revision)
        self._auto: AutoCompaction | None = None
        self._progress_due = 0.0

    # -- the short way ---------------------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """The current revision; 1 when nothing was ever written. O(1)."""
        return self._history.revision

    @property
    def compacted(self) -> int:
        """The revision of the last compaction, 0 when there was none: older revisions cannot be read. O(1)."""
        return max(0, self._history.compacted)

    def get(self, key: bytes) -> KeyValue | None:
        """The pair of a key now, or None. Raises UsageError for a key that is not bytes. O(1)."""
        if self._fault is not None:
            raise self._fault
        live = self._history.live
        pair = live.shards[hash(key) & live.mask].get(key)
        if pair is None and type(key) is not bytes:
            raise UsageError(f"a key is bytes, got {key!r}")
        return pair

    def put_if(self, key: bytes, value: Any, mod_revision: int) -> int | None:
        """Write a key if it was last modified at `mod_revision` (0: if it does not exist).

        Returns the new revision, or None if the comparison failed. Raises EmptyKey. O(log n).
        """
        if self._fault is not None or type(key) is not bytes or not key:
            self._ready(key)
        history = self._history
        old = history.live.get(key)
        if mod_revision != (0 if old is None else old[3]):
            return None
        if self.quota_bytes or self._no_space:
            self._spend(key, value)
        pair = history.write(key, value)
        if self._hub.watching or self.on_commit is not None or history.leased:
            self._committed((pair,))
        return pair[3]

    def delete_if(self, key: bytes, mod_revision: int) -> int | None:
        """Delete a key if it was last modified at `mod_revision`; returns the new revision or None. O(log n)."""
        self._ready(key)
        history = self._history
        old = history.live.get(key)
        if old is None or old[3] != mod_revision:
            return None
        history.delete(key)
        return self._commit()

    def items(self, prefix: bytes, revision: int = 0) -> list[KeyValue]:
        """The pairs whose keys begin with `prefix`, in key order, now or as they were at `revision`.

        Raises Compacted or FutureRevision. O(log n + r) now; O(log n + k log² v) in the past, for k keys that are
        remembered under the prefix, where parts that have not changed since are passed over.
        """
        if self._fault is not None:
            raise self._fault
        history = self._history
        end = upper(prefix_end(prefix))
        if revision <= 0 or revision == history.revision:
            return history.live.slice(prefix, end)
        check_revision(history, revision)
        return history.range_at(prefix, end, revision)

    def events(self, prefix: bytes, since: int) -> list[Event]:
        """Every change of revision >= `since` under `prefix`, in order; none for a revision to come.

        Raises Compacted if some of them may be forgotten. O(min(changes since, n / 512 + keys near the changed
        ones) + r log r): what other prefixes did costs at most the reading of their log entries, and not even that
        when there are more of those than keys to ask. Works without a leader, as an open watch does.
        """
        return self.changes(prefix, prefix_end(prefix), since)

    def changes(self, key: bytes, range_end: bytes, since: int) -> list[Event]:
        """`events` for a key or any interval, as `range` takes them. As expensive as `events`."""
        history = self._history
        if since > history.revision:
            return []
        if since < history.compacted:
            raise Compacted
        end = upper(range_end) if range_end else key + b"\0"
        event = history.event
        return [event(pair) for pair in history.changes(key, end, since)]

    def fork(self, clock: Clock | None = None) -> Store:
        """An independent store that shares all history up to now. O((n + changes) / 512 + leases) pointers are
        copied; the first write to a shared piece copies that piece (about a thousand entries).

        Leases are inherited and live their own life, and so do alarm, fault and automatic compaction. Watch streams
        and `on_commit` are not inherited: they belong to whoever reads them. `clock` is the clock of the new store,
        by default a fork of this one's.
        """
        twin = Store.__new__(Store)
        twin._adopt(self.clock.fork() if clock is None else clock, self._history.fork(), self._leases.fork())
        twin.max_txn_ops = self.max_txn_ops
        twin.quota_bytes = self.quota_bytes
        twin.size_of = self.size_of
        twin._fault = self._fault
        twin._no_space = self._no_space
        twin._space = self._space.fork()
        twin._auto = self._auto
        return twin

    # -- keys ------------------------------------------------------------------------------------------------------

    def range(self, key: bytes, range_end: bytes = b"", **options: Any) -> RangeResponse:
        """Read a key or an interval; the options are the fields of `RangeRequest`.

        Raises EmptyKey, InvalidSortOption, Compacted, FutureRevision. A serializable read works without a leader.
        O(log n + r), plus O(r log r) to sort; see `items` for the past.
        """
        request = RangeRequest(key, range_end, **options) if options else RangeRequest(key, range_end)
        check_types(request)
        if self._fault is not None and not request.serializable:
            raise self._fault
        check_range(request)
        return read(self._history, request)

    def put(
        self,
        key: bytes,
        value: Any = b"",
        *,
        lease: int = 0,
        prev_kv: bool = False,
        ignore_value: bool = False,
        ignore_lease: bool = False,
    ) -> PutResponse:
        """Write a key, keeping the value or lease it has if that is asked for.

        Raises EmptyKey, ValueProvided, LeaseProvided, LeaseNotFound, KeyNotFound, NoSpace. O(log n).
        """
        if self._fault is not None or type(key) is not bytes or not key:
            self._ready(key)
        if ignore_value or ignore_lease or lease:
            return self._put(PutRequest(key, value, lease, prev_kv, ignore_value, ignore_lease))
        if self.quota_bytes or self._no_space:
            self._spend(key, value)
        history = self._history
        old = history.live.get(key) if prev_kv else None
        pair = history.write(key, value)
        if self._hub.watching or self.on_commit is not None or history.leased:
            self._committed((pair,))
        return _tuple(PutResponse, (_tuple(Header, (pair[3],)), old))

    def _put(self, request: PutRequest) -> PutResponse:
        check_types(request)
        check_put(request)
        if self.quota_bytes or self._no_space:
            self._spend(request.key, request.value)
        if request.lease and request.lease not in self._leases:
            raise LeaseNotFound
        answer = put(self._history, request)
        self._commit()
        return answer

    def delete_range(self, key: bytes, range_end: bytes = b"", *, prev_kv: bool = False) -> DeleteRangeResponse:
        """Delete a key or an interval. Raises EmptyKey. O(log n + r log n)."""
        self._ready(key)
        request = DeleteRangeRequest(key, range_end, prev_kv)
        check_types(request)
        answer = delete_range(self._history, request)
        self._commit()
        return answer

    def txn(
        self,
        compare: Sequence[Compare] = (),
        success: Sequence[Operation] = (),
        failure: Sequence[Operation] = (),
    ) -> TxnResponse:
        """If every comparison holds do `success`, else `failure`, all under one revision.

        Raises TooManyOps, DuplicateKey and what its operations raise; then nothing was changed.
        O(size of the request × log n + r).
        """
        if self._fault is not None:
            raise self._fault
        request = TxnRequest(tuple(compare), tuple(success), tuple(failure))
        check_txn(request, self.max_txn_ops)
        if self.quota_bytes or self._no_space:
            self._spend_txn(request)
        history = self._history
        choice = choose(history, request)
        check_choice(history, choice, self._leases)
        try:
            responses = execute(history, choice)
        except (EtcdError, TypeError):
            history.rollback()
            raise
        self._commit()
        return TxnResponse(Header(history.revision), choice.succeeded, responses)

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

    # -- watches ---------------------------------------------------------------------------------------------------

    def watch_stream(self) -> WatchStream:
        """A stream that can carry any number of watches. Close it when done: what is not taken is kept. O(1)."""
        if not self._hub.streams:
            self._progress_due = exact(self.clock.now + PROGRESS_INTERVAL)
        return self._hub.stream()

    def watch(self, key: bytes, range_end: bytes = b"", **options: Any) -> WatchStream:
        """A stream with one watch, whose first message says that it was created; options as for `WatchStream.watch`.

        O(1) from now on; from the past, what `changes` takes.
        """
        stream = self.watch_stream()
        stream.watch(key, range_end, **options)
        return stream

    def ready_streams(self) -> list[WatchStream]:
        """The streams with messages that arrived since the last call, in the order of their creation. O(r log r)."""
        ready = self._hub.ready
        found = [ready[serial] for serial in sorted(ready)]
        ready.clear()
        return found

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

    def next_due(self) -> float | None:
        """When `tick` has something to do next, in virtual seconds since the start, or None. O(log leases)."""
        times = [self._leases.next_expiry(), self._auto.due if self._auto else None]
        if self._hub.streams:
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
        if self._hub.streams and self._progress_due <= now:
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
    ) -> Store:
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

    def _ready(self, key: bytes) -> None:
        if self._fault is not None:
            raise self._fault
        if type(key) is not bytes:
            raise UsageError(f"a key is bytes, got {key!r}")
        if not key:
            raise EmptyKey

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
        if self._hub.watching:
            self._hub.publish(changes)
        if self.on_commit is not None:
            self.on_commit(history.revision)

    def _spend(self, key: bytes, value: Any) -> None:
        if not self._no_space:
            room = self.quota_bytes - len(key) - self.size_of(value)
            if not self._space.fits(room, self._history, self.size_of):
                self._no_space = True
        if self._no_space:
            raise NoSpace

    def _spend_txn(self, request: TxnRequest) -> None:
        for operation in (*request.success, *request.failure):
            if isinstance(operation, PutRequest):  # as in etcd 3.4, the puts of inner transactions are not counted
                self._spend(operation.key, operation.value)

    def __getstate__(self) -> dict[str, Any]:
        unsaved = ("_hub", "on_commit")
        return {name: getattr(self, name) for name in self.__slots__ if name not in unsaved}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self._hub = Hub(self._history, self)
        self.on_commit = None

    def check(self) -> None:
        """Walk the whole structure and raise AssertionError at the first thing that is wrong. O(n + changes)."""
        self._history.check()
        pairs = self._history.live.slice(b"", None)
        self._leases.check({pair.key: pair.lease for pair in pairs if pair.lease})
        self._hub.check()
