"""etcd's v3 store in memory: keys with all their versions, transactions, watches, leases, compaction, forks.

It knows nothing of Kubernetes. Keys are bytes; a value is whatever immutable thing the caller puts there (bytes when
it is compared with etcd, API objects inside kemu) and is never copied or looked into.

Two ways to use it. The methods named as in etcd's API (`range`, `put`, `delete_range`, `txn`, `compact`, ...) take
and return what etcd's do, and refuse what etcd refuses with etcd's texts. The short ones (`get`, `put_if`,
`delete_if`, `items`, `events`) are the same operations without headers, for a caller in a hurry.

`n` below is the number of keys, `v` of a key's versions, `r` the size of a result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .clock import Clock
from .errors import Compacted, EmptyKey, FutureRevision, LeaseNotFound, UsageError
from .mvcc.history import History
from .mvcc.ranges import check_range, read
from .mvcc.records import (
    DELETE,
    PUT,
    CompactResponse,
    DeleteRangeResponse,
    Event,
    Header,
    KeyValue,
    PutResponse,
    RangeResponse,
    TxnResponse,
)
from .mvcc.requests import (
    Compare,
    DeleteRangeRequest,
    Operation,
    PutRequest,
    RangeRequest,
    TxnRequest,
    prefix_end,
)
from .mvcc.txn import MAX_OPS, check_choice, check_put, check_txn, choose, delete_range, execute, put

__all__ = [
    "DELETE",
    "PUT",
    "CompactResponse",
    "Compare",
    "DeleteRangeRequest",
    "DeleteRangeResponse",
    "Event",
    "Header",
    "KeyValue",
    "PutRequest",
    "PutResponse",
    "RangeRequest",
    "RangeResponse",
    "Store",
    "TxnRequest",
    "TxnResponse",
    "prefix_end",
]


class Store:
    """One etcd member that is its own cluster."""

    __slots__ = ("_history", "_leases", "clock", "max_txn_ops", "on_commit")

    def __init__(self, clock: Clock | None = None, *, max_txn_ops: int = MAX_OPS) -> None:
        self.clock = Clock() if clock is None else clock
        self.max_txn_ops = max_txn_ops
        self.on_commit: Callable[[int], None] | None = None
        """Called with the new revision after every commit. Not part of the state: a fork has none."""
        self._history = History()
        self._leases: dict[int, Any] = {}

    # -- the short way ---------------------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """The current revision; 1 when nothing was ever written. O(1)."""
        return self._history.revision

    @property
    def compacted(self) -> int:
        """The revision of the last compaction, 0 when there was none: older revisions cannot be read. O(1)."""
        return self._history.compacted

    def get(self, key: bytes) -> KeyValue | None:
        """The pair of a key now, or None. O(1)."""
        return self._history.live.get(key)

    def put_if(self, key: bytes, value: Any, mod_revision: int) -> int | None:
        """Write a key if it was last modified at `mod_revision` (0: if it does not exist).

        Returns the new revision, or None if the comparison failed. Raises EmptyKey. O(log n).
        """
        history = self._history
        old = history.live.get(key)
        if mod_revision != (0 if old is None else old[3]):
            return None
        if not key:
            raise EmptyKey
        history.put(key, value, 0)
        return self._commit()

    def delete_if(self, key: bytes, mod_revision: int) -> int | None:
        """Delete a key if it was last modified at `mod_revision`; returns the new revision or None. O(log n)."""
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
        history = self._history
        if revision <= 0 or revision == history.revision:
            return history.live.slice(prefix, _end_of(prefix))
        if revision > history.revision:
            raise FutureRevision
        if revision < history.compacted:
            raise Compacted
        return history.range_at(prefix, _end_of(prefix), revision)

    def events(self, prefix: bytes, since: int) -> list[Event]:
        """Every change of revision >= `since` under `prefix`, in order.

        Raises Compacted if some of them may be forgotten. O(min(changes since, n / 512 + keys near the changed
        ones) + r log r): what other prefixes did costs at most the reading of their log entries, and not even that
        when there are more of those than keys to ask.
        """
        history = self._history
        if since > history.revision:
            return []
        if since < history.compacted:
            raise Compacted
        return [history.event(pair) for pair in history.changes(prefix, _end_of(prefix), since)]

    def fork(self, clock: Clock | None = None) -> Store:
        """An independent store that shares all history up to now. O((n + changes) / 512) pointers are copied.

        Leases are inherited and live their own life; watch streams and `on_commit` are not. `clock` is the clock
        of the new store, by default a fork of this one's.
        """
        twin = Store.__new__(Store)
        twin.clock = self.clock.fork() if clock is None else clock
        twin.max_txn_ops = self.max_txn_ops
        twin.on_commit = None
        twin._history = self._history.fork()
        twin._leases = dict(self._leases)
        return twin

    # -- etcd's way ------------------------------------------------------------------------------------------------

    def range(self, key: bytes, range_end: bytes = b"", **options: Any) -> RangeResponse:
        """Read a key or an interval; the options are the fields of `RangeRequest`.

        Raises EmptyKey, InvalidSortOption, Compacted, FutureRevision. O(log n + r); see `items` for the past.
        """
        request = _request(RangeRequest, key, range_end, options)
        check_range(request)
        return read(self._history, request)

    def put(self, key: bytes, value: Any = b"", **options: Any) -> PutResponse:
        """Write a key; the options are the fields of `PutRequest`.

        Raises EmptyKey, ValueProvided, LeaseProvided, LeaseNotFound, KeyNotFound. O(log n).
        """
        request = _request(PutRequest, key, value, options)
        check_put(request)
        if request.lease and request.lease not in self._leases:
            raise LeaseNotFound
        answer = put(self._history, request)
        self._commit()
        return answer

    def delete_range(self, key: bytes, range_end: bytes = b"", *, prev_kv: bool = False) -> DeleteRangeResponse:
        """Delete a key or an interval. Raises EmptyKey. O(log n + r log n)."""
        if not key:
            raise EmptyKey
        answer = delete_range(self._history, DeleteRangeRequest(key, range_end, prev_kv))
        self._commit()
        return answer

    def txn(
        self,
        compare: tuple[Compare, ...] = (),
        success: tuple[Operation, ...] = (),
        failure: tuple[Operation, ...] = (),
    ) -> TxnResponse:
        """If every comparison holds do `success`, else `failure`, all under one revision.

        Raises what its operations raise, TooManyOps, DuplicateKey; then nothing was changed.
        O(size of the request × log n + r).
        """
        request = TxnRequest(tuple(compare), tuple(success), tuple(failure))
        check_txn(request, self.max_txn_ops)
        history = self._history
        choice = choose(history, request)
        check_choice(history, choice, self._leases)
        try:
            responses = execute(history, choice)
        except Exception:
            history.rollback()
            raise
        self._commit()
        return TxnResponse(Header(history.revision), choice.succeeded, responses)

    def compact(self, revision: int) -> CompactResponse:
        """Forget what only reads below `revision` can see. Raises Compacted, FutureRevision.

        O(c log n) for the c changes up to `revision` that were not compacted before.
        """
        history = self._history
        if revision <= history.compacted:
            raise Compacted
        if revision > history.revision:
            raise FutureRevision
        history.compact(revision)
        return CompactResponse(Header(history.revision))

    # -- inside ----------------------------------------------------------------------------------------------------

    def _commit(self) -> int:
        history = self._history
        if history.commit() and self.on_commit is not None:
            self.on_commit(history.revision)
        return history.revision

    def check(self) -> None:
        """Walk the whole structure and raise AssertionError at the first thing that is wrong. O(n + changes)."""
        self._history.check()


def _end_of(prefix: bytes) -> bytes | None:
    end = prefix_end(prefix)
    return None if end == b"\0" else end


def _request(kind: Any, key: bytes, second: Any, options: dict[str, Any]) -> Any:
    try:
        return kind(key, second, **options)
    except TypeError:
        wrong = ", ".join(sorted(set(options) - set(kind._fields)))
        raise UsageError(f"{wrong or 'key'}: no such option; there are: {', '.join(kind._fields)}") from None
