"""etcd's v3 store in memory: keys with all their versions, transactions, watches, leases, compaction, forks.

It knows nothing of Kubernetes. Keys are bytes; a value is whatever immutable thing the caller puts there (bytes when
it is compared with etcd, API objects inside kemu) and is never copied or looked into.

Two ways to use it. The methods named as in etcd's API (`range`, `put`, `delete_range`, `txn`, `compact`, ...) take
and return what etcd's do, and refuse what etcd refuses with etcd's texts. The short ones (`get`, `put_if`,
`delete_if`, `items`, `events`) are the same operations without headers, for a caller in a hurry.

`n` below is the number of keys, `v` of a key's versions, `r` the size of a result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .clock import Clock, exact
from .errors import Compacted, EmptyKey, EtcdError, LeaseNotFound, NoSpace, UsageError
from .mvcc.member import CLUSTER_ID, MEMBER_ID, VERSION, Member
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
    check_types,
    prefix_end,
    upper,
)
from .mvcc.txn import check_choice, check_put, check_txn, choose, delete_range, execute, put
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

_tuple: Any = tuple.__new__  # what a NamedTuple's constructor calls, without the call around it


class Store(Member):
    """One etcd member that is its own cluster.

    `size_of` says how many bytes a value counts (by default bytes count their length, anything else nothing);
    `quota_bytes` is etcd's space quota, 0 meaning none. Time comes from `clock`; what is due (leases, automatic
    compaction, progress notification) happens when the owner calls `tick`, and `next_due` says when that is.
    """

    __slots__ = ()

    # -- the short way ---------------------------------------------------------------------------------------------

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
        if self._hub is not None or self.on_commit is not None or history.leased:
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

    def seal(self) -> Store:
        """A fork that nobody may write to: the same one until something is written here. O(1) then, unless there are
        leases."""
        last: Store | None = self._sealed
        if last is None or self._leases or last._standing() != self._standing():
            self._sealed = last = self.fork()
        return last

    def _standing(self) -> tuple[Any, ...]:
        history = self._history
        limits = (self.max_txn_ops, self.quota_bytes, self.size_of)
        return (history.revision, history.compacted, self._fault, self._no_space, self._auto, limits)

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
        if self._hub is not None or self.on_commit is not None or history.leased:
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

    # -- watches ---------------------------------------------------------------------------------------------------

    def watch_stream(self) -> WatchStream:
        """A stream that can carry any number of watches. Close it when done: what is not taken is kept. O(1)."""
        if self._hub is None:
            self._hub = Hub(self._history, self)
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
        ready = {} if self._hub is None else self._hub.ready
        found = [ready[serial] for serial in sorted(ready)]
        ready.clear()
        return found

    # -- inside ----------------------------------------------------------------------------------------------------

    def _ready(self, key: bytes) -> None:
        if self._fault is not None:
            raise self._fault
        if type(key) is not bytes:
            raise UsageError(f"a key is bytes, got {key!r}")
        if not key:
            raise EmptyKey

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
