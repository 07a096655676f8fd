"""What single requests do and refuse: ranges, puts, deletes, transactions, compaction."""

from __future__ import annotations

from typing import Any

import pytest

from kemu.errors import (
    Compacted,
    DuplicateKey,
    EmptyKey,
    EtcdError,
    FutureRevision,
    InvalidSortOption,
    KeyNotFound,
    LeaseExists,
    LeaseNotFound,
    LeaseProvided,
    LeaseTtlTooLarge,
    TooManyOps,
    UsageError,
    ValueProvided,
)
from kemu.store import (
    Compare,
    DeleteRangeRequest,
    PutRequest,
    RangeRequest,
    Store,
    TxnRequest,
    prefix_end,
)


@pytest.fixture
def store() -> Store:
    """a at 2 and 7, b/1 at 3, b/2 at 4, b/3 at 5 (deleted at 8), c at 6, compacted at 3."""
    store = Store()
    for key in (b"a", b"b/1", b"b/2", b"b/3", b"c"):
        store.put(key, b"value of " + key)
    store.put(b"a", b"again")
    store.delete_range(b"b/3")
    store.compact(3)
    return store


RANGES: list[tuple[dict[str, Any], list[bytes], bool, int]] = [
    ({"key": b"a"}, [b"a"], False, 1),
    ({"key": b"missing"}, [], False, 0),
    ({"key": b"b", "range_end": b"c"}, [b"b/1", b"b/2"], False, 2),
    ({"key": b"b/", "range_end": prefix_end(b"b/"), "limit": 1}, [b"b/1"], True, 2),
    ({"key": b"b/2", "range_end": b"\0"}, [b"b/2", b"c"], False, 2),
    ({"key": b"\0", "range_end": b"\0", "limit": 4}, [b"a", b"b/1", b"b/2", b"c"], False, 4),
    ({"key": b"\0", "range_end": b"\0", "limit": -1}, [b"a", b"b/1", b"b/2", b"c"], False, 4),
    ({"key": b"c", "range_end": b"a"}, [], False, 0),
    ({"key": b"b", "range_end": b"c", "count_only": True}, [], False, 2),
    ({"key": b"b", "range_end": b"c", "revision": 7}, [b"b/1", b"b/2", b"b/3"], False, 3),
    ({"key": b"b", "range_end": b"c", "revision": 3}, [b"b/1"], False, 1),
    ({"key": b"a", "range_end": b"z", "sort_order": "DESCEND"}, [b"c", b"b/2", b"b/1", b"a"], False, 4),
    ({"key": b"a", "range_end": b"z", "sort_target": "MOD"}, [b"b/1", b"b/2", b"c", b"a"], False, 4),
    ({"key": b"a", "range_end": b"z", "sort_target": "MOD", "sort_order": "DESCEND", "limit": 1}, [b"a"], True, 4),
    ({"key": b"a", "range_end": b"z", "sort_target": "MOD", "limit": 2}, [b"b/1", b"b/2"], True, 4),
    ({"key": b"a", "range_end": b"z", "sort_target": "VALUE"}, [b"a", b"b/1", b"b/2", b"c"], False, 4),
    ({"key": b"a", "range_end": b"z", "min_mod_revision": 5}, [b"a", b"c"], False, 4),
    ({"key": b"a", "range_end": b"z", "max_create_revision": 3, "limit": 1}, [b"a"], True, 4),
    ({"key": b"a", "range_end": b"z", "min_create_revision": 3, "max_mod_revision": 4}, [b"b/1", b"b/2"], False, 4),
]


@pytest.mark.parametrize(("request_", "keys", "more", "count"), RANGES)
def test_a_range_reads_what_it_asks_for(
    store: Store, request_: dict[str, Any], keys: list[bytes], more: bool, count: int
) -> None:
    """Interval, limit, filters, revision and order give the pairs, `more` and `count` that etcd gives."""
    answer = store.range(**request_)
    assert ([pair.key for pair in answer.kvs], answer.more, answer.count) == (keys, more, count)
    assert answer.header.revision == 8


def test_keys_only_leaves_the_values_out(store: Store) -> None:
    """`keys_only` empties the values and nothing else."""
    (pair,) = store.range(b"a", keys_only=True).kvs
    assert (pair.value, pair.create_revision, pair.mod_revision, pair.version) == (b"", 2, 7, 2)


REFUSED: list[tuple[str, tuple[Any, ...], dict[str, Any], type[Exception]]] = [
    ("range", (b"",), {}, EmptyKey),
    ("range", (b"a",), {"revision": 9}, FutureRevision),
    ("range", (b"a",), {"revision": 2}, Compacted),
    ("range", (b"a",), {"sort_order": "UP"}, InvalidSortOption),
    ("range", (b"a",), {"sort_target": "AGE"}, InvalidSortOption),
    ("range", ("a",), {}, UsageError),
    ("range", (b"a",), {"limit": "3"}, UsageError),
    ("put", (b"",), {}, EmptyKey),
    ("put", ("a", b"x"), {}, UsageError),
    ("put", (b"a", b"x"), {"ignore_value": True}, ValueProvided),
    ("put", (b"a", b"x"), {"ignore_lease": True, "lease": 5}, LeaseProvided),
    ("put", (b"a", b"x"), {"lease": 5}, LeaseNotFound),
    ("put", (b"a", b"x"), {"lease": "5"}, UsageError),
    ("put", (b"new",), {"ignore_value": True}, KeyNotFound),
    ("put", (b"new", b"x"), {"ignore_lease": True}, KeyNotFound),
    ("put_if", (b"", b"x", 0), {}, EmptyKey),
    ("put_if", ("a", b"x", 0), {}, UsageError),
    ("delete_range", (b"",), {}, EmptyKey),
    ("delete_range", (b"a", "b"), {}, UsageError),
    ("get", ("a",), {}, UsageError),
    ("items", ("a",), {}, UsageError),
    ("events", ("a", 5), {}, UsageError),
    ("watch", ("a",), {}, UsageError),
    ("delete_if", ("a", 7), {}, UsageError),
    ("txn", ((Compare("a"),),), {}, UsageError),
    ("txn", ((Compare(b"a", operand=b"1"),),), {}, UsageError),
    ("txn", ((), (PutRequest(b"new"), PutRequest("b"))), {}, UsageError),
    ("txn", ((), (PutRequest(b"new"), RangeRequest(b"b", "c"))), {}, UsageError),
    ("txn", ((), (PutRequest(b"new"), DeleteRangeRequest("b"))), {}, UsageError),
    ("compact", (3,), {}, Compacted),
    ("compact", (9,), {}, FutureRevision),
    ("compact", ("5",), {}, UsageError),
    ("items", (b"", 9), {}, FutureRevision),
    ("items", (b"", 2), {}, Compacted),
    ("events", (b"", 2), {}, Compacted),
    ("lease_grant", (9_000_000_001,), {}, LeaseTtlTooLarge),
    ("lease_revoke", (5,), {}, LeaseNotFound),
    ("hash_kv", (9,), {}, FutureRevision),
    ("hash_kv", (2,), {}, Compacted),
    ("txn", ((), (PutRequest(b""),)), {}, EmptyKey),
    ("txn", ((Compare(b""),),), {}, EmptyKey),
    ("txn", ((), (None,)), {}, KeyNotFound),
    ("txn", ((), (RangeRequest(b"a", revision=9), PutRequest(b"new"))), {}, FutureRevision),
    ("txn", ((), (PutRequest(b"new"), RangeRequest(b"a", revision=2))), {}, Compacted),
    ("txn", ((), (PutRequest(b"new"), PutRequest(b"new"))), {}, DuplicateKey),
    ("txn", ((), (PutRequest(b"b/1"), DeleteRangeRequest(b"b", b"c"))), {}, DuplicateKey),
    ("txn", ((), (PutRequest(b"new"), TxnRequest(failure=(PutRequest(b"new"),)))), {}, DuplicateKey),
    ("txn", ((), (PutRequest(b"new"), PutRequest(b"other", lease=5))), {}, LeaseNotFound),
    ("txn", ((), (PutRequest(b"new"), PutRequest(b"other", ignore_value=True))), {}, KeyNotFound),
    ("txn", ((), (RangeRequest(b"a"),) * 129), {}, TooManyOps),
    ("txn", ((), (RangeRequest(b"a"),) * 64 + (TxnRequest(success=(RangeRequest(b"a"),) * 64),)), {}, TooManyOps),
    ("txn", (("a = 1",),), {}, UsageError),
    ("txn", ((), ("put a",)), {}, UsageError),
    # etcd's check of overlaps does not see this one; etcd 3.4 panics when it is carried out
    ("txn", ((), (DeleteRangeRequest(b"a", b"\0"), PutRequest(b"b/1", ignore_value=True))), {}, KeyNotFound),
]


@pytest.mark.parametrize(("method", "arguments", "options", "error"), REFUSED)
def test_a_refused_request_changes_nothing(
    store: Store, method: str, arguments: tuple[Any, ...], options: dict[str, Any], error: type[Exception]
) -> None:
    """A bad request raises what etcd answers, or says how to call it right, and leaves everything as it was."""
    before = store.hash()
    with pytest.raises(error) as raised:
        getattr(store, method)(*arguments, **options)
    assert store.hash() == before
    store.check()
    if isinstance(raised.value, EtcdError):
        assert str(raised.value).startswith("etcdserver: ")


def test_a_lease_id_is_granted_once(store: Store) -> None:
    """A second lease of the same id is refused."""
    store.lease_grant(10, 5)
    with pytest.raises(LeaseExists):
        store.lease_grant(10, 5)


def test_a_transaction_is_one_revision_with_sub_revisions(store: Store) -> None:
    """All writes of a transaction get one main revision, and a read in it sees the writes before it."""
    answer = store.txn(
        (Compare(b"a", "VERSION", "EQUAL", 2), Compare(b"b", "CREATE", "LESS", 5, b"c")),
        (
            RangeRequest(b"x"),
            PutRequest(b"x", b"1"),
            RangeRequest(b"x"),
            TxnRequest((Compare(b"x", "VERSION", "EQUAL", 0),), (PutRequest(b"y", b"2", prev_kv=True),)),
            DeleteRangeRequest(b"b", b"c", prev_kv=True),
        ),
        (PutRequest(b"never"),),
    )
    assert answer.succeeded
    before, _, after, nested, deleted = answer.responses
    assert (before.header.revision, before.count, after.header.revision, after.count) == (8, 0, 9, 1)
    assert nested.succeeded, "comparisons of inner transactions are made before anything is written"
    assert (deleted.deleted, [pair.key for pair in deleted.prev_kvs]) == (2, [b"b/1", b"b/2"])
    assert answer.header.revision == store.revision == 9
    changes = [(event.type, event.kv.key, event.kv.mod_revision) for event in store.events(b"", 9)]
    assert changes == [("PUT", b"x", 9), ("PUT", b"y", 9), ("DELETE", b"b/1", 9), ("DELETE", b"b/2", 9)]


COMPARISONS = [
    (Compare(b"a", "VERSION", "EQUAL", 2), True),
    (Compare(b"a", "VERSION", "NOT_EQUAL", 2), False),
    (Compare(b"a", "MOD", "GREATER", 6), True),
    (Compare(b"a", "MOD", "LESS", 7), False),
    (Compare(b"a", "CREATE", "LESS", 3), True),
    (Compare(b"a", "VALUE", "EQUAL", b"again"), True),
    (Compare(b"a", "VALUE", "GREATER", b"aaaa"), True),
    (Compare(b"a", "LEASE", "EQUAL", 0), True),
    (Compare(b"no", "VERSION", "EQUAL", 0), True),
    (Compare(b"no", "VALUE", "EQUAL", b""), False),
    (Compare(b"no", "VALUE", "NOT_EQUAL", b"x"), False),
    (Compare(b"b", "MOD", "LESS", 5, b"c"), True),
    (Compare(b"b", "MOD", "LESS", 4, b"c"), False),
    (Compare(b"x", "CREATE", "EQUAL", 0, b"\0"), True),
]


@pytest.mark.parametrize(("compare", "holds"), COMPARISONS)
def test_a_comparison_holds_for_every_key_of_its_interval(store: Store, compare: Compare, holds: bool) -> None:
    """An absent key compares as zeros, but its value compares to nothing."""
    assert store.txn((compare,)).succeeded is holds


def test_ignored_value_and_lease_are_kept(store: Store) -> None:
    """`ignore_value` keeps the value and moves the lease, `ignore_lease` the other way round."""
    store.lease_grant(60, 5)
    store.put(b"a", lease=5, ignore_value=True)
    store.put(b"a", b"third", ignore_lease=True)
    pair = store.get(b"a")
    assert pair is not None
    assert (pair.value, pair.lease, pair.version) == (b"third", 5, 4)
    assert store.lease_time_to_live(5, keys=True).keys == (b"a",)


def test_conditional_writes_compare_the_mod_revision(store: Store) -> None:
    """`put_if` and `delete_if` act only on the revision that the caller has seen; 0 means absent."""
    assert store.put_if(b"a", b"x", 6) is None
    assert store.put_if(b"a", b"x", 7) == 9
    assert store.put_if(b"new", b"x", 1) is None
    assert store.put_if(b"new", b"x", 0) == 10
    assert store.put_if(b"new", b"x", 0) is None
    assert store.delete_if(b"new", 9) is None
    assert store.delete_if(b"new", 10) == 11
    assert store.delete_if(b"new", 0) is None


def test_any_value_can_be_kept_by_ignoring_it() -> None:
    """`ignore_value` refuses a value of any kind, and keeps one of any kind."""
    store = Store()
    store.put(b"k", ["anything"])
    with pytest.raises(ValueProvided):
        store.put(b"k", ["else"], ignore_value=True)
    store.put(b"k", ignore_value=True)
    pair = store.get(b"k")
    assert pair is not None and (pair.value, pair.version) == (["anything"], 2)


def test_values_are_never_looked_into() -> None:
    """A value is the very object that was put."""
    store, value = Store(), object()
    store.put(b"k", value)
    store.put_if(b"k", value, 2)
    pair = store.get(b"k")
    assert pair is not None and pair.value is value
    assert [event.kv.value is value for event in store.events(b"", 2)] == [True, True]


@pytest.mark.parametrize(
    ("prefix", "end"), [(b"a", b"b"), (b"a\xff", b"b"), (b"\xff\xff", b"\0"), (b"", b"\0"), (b"a/", b"a0")]
)
def test_a_prefix_ends_before_the_next_one(prefix: bytes, end: bytes) -> None:
    """The end of a prefix is the prefix with its last byte that can be counted up, counted up."""
    assert prefix_end(prefix) == end
