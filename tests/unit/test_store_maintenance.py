"""Leases, forks, faults, space, hashes, snapshots and automatic compaction."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import pytest

from kemu.clock import Clock
from kemu.errors import (
    EtcdError,
    LeaderFailed,
    LeaseNotFound,
    NoLeader,
    NoSpace,
    RequestTimedOut,
    SnapshotError,
    UsageError,
)
from kemu.store import Compare, DeleteRangeRequest, LeaseTimeToLiveResponse, PutRequest, Store


def keys(store: Store) -> list[bytes]:
    return [pair.key for pair in store.items(b"")]


# -- leases --------------------------------------------------------------------------------------------------------


def test_a_lease_that_is_not_kept_alive_takes_its_keys_with_it() -> None:
    """Expiry happens when the owner says so, deletes all attached keys under one revision, in order."""
    store = Store(Clock())
    store.lease_grant(10, 1)
    for key in (b"b", b"a", b"c"):
        store.put(key, lease=1)
    store.put(b"c")
    assert store.next_expiry() == store.next_due() == 10.0
    store.clock.jump(9.5)
    assert store.lease_time_to_live(1, keys=True)[2:] == (0, 10, (b"a", b"b"))
    assert store.expire() == []
    store.clock.jump(10.0)
    assert keys(store) == [b"a", b"b", b"c"], "reading expires nothing"
    assert store.expire() == [1]
    assert [(e.type, e.kv.key, e.kv.mod_revision) for e in store.events(b"", 6)] == [
        ("DELETE", b"a", 6),
        ("DELETE", b"b", 6),
    ]
    assert store.next_expiry() is None
    store.check()


def test_keeping_a_lease_alive_starts_its_time_again() -> None:
    """A keep-alive answers with the granted TTL; one for an unknown lease with 0."""
    store = Store(Clock())
    store.lease_grant(10, 1)
    for second in range(5, 300, 5):
        store.clock.jump(float(second))
        assert store.lease_keep_alive(1).ttl == 10
        assert store.expire() == []
    assert store.next_expiry() == 305.0
    assert store.lease_keep_alive(2).ttl == 0
    assert store.lease_time_to_live(2) == LeaseTimeToLiveResponse(store.lease_revoke(1).header, 2, -1)
    with pytest.raises(LeaseNotFound):
        store.lease_revoke(1)


def test_the_store_chooses_lease_ids_and_a_least_ttl() -> None:
    """Id 0 lets the store choose, the same ids for the same calls; a TTL below two seconds becomes two."""
    one, two = Store(), Store()
    assert one.lease_grant(0) == two.lease_grant(0)
    assert one.lease_grant(0).id == one.lease_leases().leases[1]
    assert one.lease_grant(-5).ttl == 2


# -- forks ---------------------------------------------------------------------------------------------------------


def test_a_fork_shares_the_past_and_nothing_else() -> None:
    """Writes, compactions and leases after a fork stay on their side."""
    store = Store(Clock())
    for number in range(3000):
        store.put(b"%04d" % (number % 1500), b"%d" % number)
    store.lease_grant(10, 1)
    store.put(b"leased", lease=1)
    fork = store.fork()
    fork.delete_range(b"0", b"1")
    fork.compact(2000)
    fork.clock.jump(10.0)
    fork.tick()
    store.put(b"leased too", lease=1)
    store.lease_keep_alive(1)
    for each in (store, fork):
        each.check()
    assert (len(keys(store)), keys(fork)) == (1502, [b"%04d" % number for number in range(1000, 1500)])
    assert len(store.items(b"", 1000)) == 999
    assert store.lease_leases().leases == (1,) and fork.lease_leases().leases == ()
    assert store.lease_time_to_live(1, keys=True).keys == (b"leased", b"leased too")


def test_a_lease_that_a_fork_inherits_lives_its_own_life() -> None:
    """Both sides attach, keep alive and lose keys without the other noticing."""
    store = Store(Clock())
    store.lease_grant(10, 1)
    store.put(b"both", lease=1)
    fork = store.fork()
    store.put(b"here", lease=1)
    fork.put(b"there", lease=1)
    fork.clock.jump(5.0)
    fork.lease_keep_alive(1)
    for each in (store, fork):
        each.check()
    assert store.lease_time_to_live(1, keys=True).keys == (b"both", b"here")
    assert fork.lease_time_to_live(1, keys=True).keys == (b"both", b"there")
    assert (store.next_expiry(), fork.next_expiry()) == (10.0, 15.0)
    store.clock.jump(10.0)
    store.tick()
    assert (keys(store), keys(fork)) == ([], [b"both", b"there"])


def test_many_generations_of_forks_read_like_one_store() -> None:
    """A fork of a fork of a fork ... neither slows reads down nor mixes anything up."""
    store = Store()
    expected = {}
    for number in range(400):
        key = b"%03d" % (number * 7 % 97)
        store.put(key, b"%d" % number)
        expected[key] = b"%d" % number
        side, store = store, store.fork()
        side.put(key, b"never")
    assert {pair.key: pair.value for pair in store.items(b"")} == dict(sorted(expected.items()))
    store.check()


# -- faults --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [NoLeader, RequestTimedOut, LeaderFailed])
def test_without_a_leader_requests_fail_and_nothing_is_lost(fault: type[EtcdError]) -> None:
    """Requests fail with etcd's text until the leader is back; what was acknowledged is there; leases start anew."""
    store = Store(Clock())
    store.lease_grant(10, 1)
    store.put(b"a", b"acknowledged", lease=1)
    stream = store.watch(b"a")
    before = store.hash()
    store.fail(fault)
    requests = [
        lambda: store.get(b"a"),
        lambda: store.put(b"a"),
        lambda: store.put_if(b"a", b"x", 2),
        lambda: store.delete_if(b"a", 2),
        lambda: store.items(b""),
        lambda: store.range(b"a"),
        lambda: store.delete_range(b"a"),
        lambda: store.txn((Compare(b"a"),)),
        lambda: store.compact(2),
        lambda: store.lease_grant(5),
        lambda: store.lease_revoke(1),
        lambda: store.lease_keep_alive(1),
    ]
    for request in requests:
        with pytest.raises(fault, match=r"^etcdserver: "):
            request()
    store.clock.jump(100.0)
    store.tick()
    assert store.range(b"a", serializable=True).kvs[0].value == b"acknowledged"
    assert len(stream.receive()) == 1
    store.recover()
    assert store.get(b"a") is not None
    assert store.next_expiry() == 110.0
    assert store.hash() == before, "the lease has its whole time again, and nothing else changed"
    with pytest.raises(UsageError):
        store.fail(ValueError)  # type: ignore[arg-type]


# -- space ---------------------------------------------------------------------------------------------------------


def test_a_full_store_refuses_writes_until_the_alarm_is_off() -> None:
    """The first write that does not fit raises the alarm; reads and deletes go on; compaction makes room."""
    store = Store(quota_bytes=1000)
    store.put(b"a", b"x" * 900)
    for _ in range(2):
        with pytest.raises(NoSpace):
            store.put(b"b", b"x" * 200)
    assert store.alarms() == ("NOSPACE",)
    assert "NOSPACE" in store.status().errors[0]
    for refused in (
        lambda: store.put(b"c"),
        lambda: store.txn(success=(PutRequest(b"c"),)),
        lambda: store.lease_grant(5),
        lambda: store.put_if(b"c", b"", 0),
    ):
        with pytest.raises(NoSpace):
            refused()
    store.txn(success=(DeleteRangeRequest(b"a"),))
    store.compact(store.revision)
    store.disarm()
    assert store.status().db_size < 10
    store.put(b"b", b"x" * 200)
    assert store.alarms() == ()


# -- hashes, snapshots ---------------------------------------------------------------------------------------------


def test_the_hash_is_the_one_that_etcd_computes() -> None:
    """Numbers recorded from etcd 3.4.23 for the same four writes, before and after a compaction."""
    store = Store()
    store.put(b"a", b"1")
    store.put(b"b", b"2")
    store.put(b"a", b"")
    store.delete_range(b"b")
    assert store.hash_kv()[1:] == (3142368036, -1)
    store.compact(4)
    assert store.hash_kv()[1:] == (94515181, 4)


def busy() -> Store:
    """A store with everything in it: versions, tombstones, transactions, leases, a compaction."""
    store = Store(Clock(5.0))
    store.lease_grant(100, 7)
    for number in range(50):
        store.put(b"%d" % (number % 7), b"%d" % number, lease=7 if number % 5 == 0 else 0)
        if number % 9 == 0:
            store.txn(success=(PutRequest(b"x"), DeleteRangeRequest(b"3")))
    store.compact(30)
    return store


def test_a_snapshot_restores_everything() -> None:
    """Versions, revisions, leases with the time they had left, and the next id that the store would choose."""
    store = busy()
    data = store.snapshot()
    again = Store.restore(data, Clock(1000.0))
    again.check()
    assert again.hash_kv() == store.hash_kv()
    for revision in range(30, store.revision + 1):
        assert again.items(b"", revision) == store.items(b"", revision)
    assert again.events(b"", 31) == store.events(b"", 31)
    assert again.lease_time_to_live(7, keys=True) == store.lease_time_to_live(7, keys=True)
    assert again.next_expiry() == 1100.0
    assert again.lease_grant(5).id == store.lease_grant(5).id
    assert Store.restore(Store().snapshot()).revision == 1


def test_objects_are_saved_with_their_own_encoding() -> None:
    """Values that are not bytes need `encode` and `decode`; without them the mistake is named."""
    store = Store()
    store.put(b"k", ("a", 1))
    with pytest.raises(UsageError, match="encode="):
        store.snapshot()
    again = Store.restore(store.snapshot(encode=pickle.dumps), decode=pickle.loads)
    assert again.get(b"k") == store.get(b"k")


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda data: b"", "not a snapshot"),
        (lambda data: b"\x1f\x8b" + data, "not a snapshot"),
        (lambda data: data.replace(b"snapshot 1\n", b"snapshot 9\n", 1), "format version 9"),
        (lambda data: data[:-1], "damaged"),
        (lambda data: data[:-10] + b"x" * 10, "damaged"),
        (lambda data: data[:25], "damaged"),
    ],
)
def test_a_damaged_or_foreign_snapshot_is_refused(damage, complaint: str) -> None:  # type: ignore[no-untyped-def]
    """Anything but a whole snapshot of a known version is refused with a reason."""
    with pytest.raises(SnapshotError, match=complaint):
        Store.restore(damage(busy().snapshot()))


def test_a_pickled_store_works_under_another_hash_seed() -> None:
    """The index by hash is built again by whoever unpickles it."""
    script = (
        "import pickle, sys; store = pickle.load(sys.stdin.buffer); store.check(); store.put(b'new', b'x');"
        "store.check(); sys.stdout.write(f'{store.get(b\"3\")} {store.hash_kv().hash}')"
    )
    store = busy()
    source = os.path.dirname(os.path.dirname(sys.modules["kemu"].__path__[0]))
    environment = {"PYTHONHASHSEED": "12345", "PYTHONPATH": os.path.join(source, "src")}
    done = subprocess.run(
        [sys.executable, "-c", script], input=pickle.dumps(store), capture_output=True, env=environment, check=True
    )
    store.put(b"new", b"x")
    assert done.stdout.decode() == f"{store.get(b'3')} {store.hash_kv().hash}"


# -- automatic compaction ------------------------------------------------------------------------------------------


def write_for(store: Store, seconds: int) -> None:
    """One write every ten seconds, with everything done that becomes due on the way."""
    for _ in range(seconds // 10):
        store.put(b"a")
        end = store.clock.now + 10
        while (due := store.next_due()) is not None and due <= end:
            store.clock.jump(due)
            store.tick()
        store.clock.jump(end)


def test_compaction_by_revisions_keeps_so_many() -> None:
    """Every five minutes all but the newest revisions are compacted."""
    store = Store(Clock())
    store.compact_automatically("revision", 10)
    write_for(store, 290)
    assert store.compacted == 0
    write_for(store, 20)
    assert store.compacted == store.revision - 11
    store.compact_automatically("", 0)
    assert store.next_due() is None


def test_compaction_by_time_keeps_so_long() -> None:
    """Once per retention period, what is older than the period is compacted."""
    store = Store(Clock())
    store.compact_automatically("periodic", 600)
    write_for(store, 590)
    assert store.compacted == 0
    write_for(store, 1300)
    assert store.compacted > 0
    kept = store.revision - store.compacted
    assert 60 <= kept <= 60 + 61, "between one and two periods of one write per ten seconds"
    with pytest.raises(UsageError):
        store.compact_automatically("sometimes", 5)
    with pytest.raises(UsageError):
        store.compact_automatically("periodic", 0)
