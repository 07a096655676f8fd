"""The store against a list of events: whatever is done to it, it says what the list says."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kemu.checks import WatchRecord, check_watch
from kemu.errors import Compacted, DuplicateKey, FutureRevision, LeaseNotFound
from kemu.mvcc import key_index, revision_log
from kemu.store import Compare, DeleteRangeRequest, KeyValue, PutRequest, Store, WatchStream, prefix_end

KEYS = [bytes([letter]) + digit for letter in b"abc" for digit in (b"", b"0", b"1", b"2")]
keys = st.sampled_from(KEYS)
prefixes = st.sampled_from([b"a", b"b", b"c", b"a1", b""])
values = st.binary(max_size=2)

State = dict[bytes, tuple[bytes, int, int, int, int]]
Row = tuple[int, bytes, bytes | None, int]


class Model:
    """Every change that ever was: (revision, key, value or None, lease), and what follows from it."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.revision = 1
        self.compacted = 0
        self.leases: dict[int, float] = {}
        self.states: dict[int, State] = {1: {}}

    def fork(self) -> Model:
        twin = Model()
        twin.rows, twin.revision, twin.compacted = list(self.rows), self.revision, self.compacted
        twin.leases = dict(self.leases)
        twin.states = dict(self.states)
        return twin

    def at(self, revision: int) -> State:
        """Per present key, in order: value, create revision, mod revision, version, lease."""
        return self.states[revision]

    def write(self, changes: list[tuple[bytes, bytes | None, int]]) -> None:
        if not changes:
            return
        state = dict(self.states[self.revision])
        self.revision += 1
        for key, value, lease in changes:
            self.rows.append((self.revision, key, value, lease))
            old = state.pop(key, None)
            if value is not None:
                create, version = (old[1], old[3] + 1) if old else (self.revision, 1)
                state[key] = (value, create, self.revision, version, lease)
        self.states[self.revision] = dict(sorted(state.items()))


class Reader:
    """A watch stream, and the record that its guarantees are checked on."""

    def __init__(self, store: Store, prefix: bytes, since: int, filters: list[str]) -> None:
        range_end = prefix_end(prefix)
        self.stream: WatchStream = store.watch(prefix or b"\0", range_end, start_revision=since, filters=filters)
        following = since if since else store.revision + 1
        self.record = WatchRecord(store, 0, prefix or b"\0", range_end, next_revision=following, filters=filters)


def _state(pairs: list[KeyValue]) -> State:
    return {p.key: (p.value, p.create_revision, p.mod_revision, p.version, p.lease) for p in pairs}


class StoreMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.branches: list[tuple[Store, Model]] = [(Store(), Model())]
        self.at = 0
        self.readers: list[Reader] = []

    @property
    def store(self) -> Store:
        return self.branches[self.at][0]

    @property
    def model(self) -> Model:
        return self.branches[self.at][1]

    @rule(key=keys, value=values, lease=st.sampled_from([0, 0, 1, 2]))
    def put(self, key: bytes, value: bytes, lease: int) -> None:
        if lease and lease not in self.model.leases:
            with pytest.raises(LeaseNotFound):
                self.store.put(key, value, lease=lease)
            return
        answer = self.store.put(key, value, lease=lease, prev_kv=True)
        old = self.model.at(self.model.revision).get(key)
        assert (answer.prev_kv.value if answer.prev_kv else None) == (old[0] if old else None)
        self.model.write([(key, value, lease)])
        assert answer.header.revision == self.model.revision

    @rule(writes=st.lists(st.tuples(keys, st.none() | values), min_size=3, max_size=12))
    def write_a_lot(self, writes: list[tuple[bytes, bytes | None]]) -> None:
        for key, value in writes:
            if value is not None:
                self.store.put(key, value)
                self.model.write([(key, value, 0)])
            elif self.store.delete_range(key).deleted:
                self.model.write([(key, None, 0)])

    @rule(key=keys, count=st.integers(2, 20))
    def write_one_key_often(self, key: bytes, count: int) -> None:
        for number in range(count):
            self.store.put(key, b"%d" % number)
            self.model.write([(key, b"%d" % number, 0)])

    @rule(key=keys, value=values, right=st.booleans())
    def put_if(self, key: bytes, value: bytes, right: bool) -> None:
        old = self.model.at(self.model.revision).get(key)
        expected = (old[2] if old else 0) + (0 if right else 1)
        revision = self.store.put_if(key, value, expected)
        if right:
            self.model.write([(key, value, 0)])
        assert revision == (self.model.revision if right else None)

    @rule(key=keys, right=st.booleans())
    def delete_if(self, key: bytes, right: bool) -> None:
        old = self.model.at(self.model.revision).get(key)
        done = self.store.delete_if(key, (old[2] if old else 0) + (0 if right else 1))
        if old and right:
            self.model.write([(key, None, 0)])
        assert (done is not None) == bool(old and right)

    @rule(prefix=prefixes)
    def delete_prefix(self, prefix: bytes) -> None:
        gone = [key for key in self.model.at(self.model.revision) if key.startswith(prefix)]
        assert self.store.delete_range(prefix or b"\0", prefix_end(prefix)).deleted == len(gone)
        self.model.write([(key, None, 0) for key in gone])

    @rule(one=keys, two=keys, three=keys, value=values, exists=st.booleans())
    def txn(self, one: bytes, two: bytes, three: bytes, value: bytes, exists: bool) -> None:
        state = self.model.at(self.model.revision)
        compare = (Compare(one, "VERSION", "GREATER" if exists else "EQUAL", 0),)
        operations = (PutRequest(two, value), DeleteRangeRequest(three))
        if two == three:
            with pytest.raises(DuplicateKey):
                self.store.txn(compare, operations)
            return
        answer = self.store.txn(compare, operations)
        assert answer.succeeded == ((one in state) == exists)
        if answer.succeeded:
            removed: list[tuple[bytes, bytes | None, int]] = [(three, None, 0)] if three in state else []
            self.model.write([(two, value, 0), *removed])

    @rule(back=st.integers(-1, 40))
    def compact(self, back: int) -> None:
        revision = self.model.revision - back
        if revision == 0:
            return
        if revision > self.model.revision or revision <= (self.model.compacted or -1):
            with pytest.raises(FutureRevision if revision > self.model.revision else Compacted):
                self.store.compact(revision)
            return
        self.store.compact(revision)
        self.model.compacted = max(0, revision)

    @rule(lease=st.sampled_from([1, 2]), ttl=st.integers(2, 9))
    def grant(self, lease: int, ttl: int) -> None:
        if lease not in self.model.leases:
            self.store.lease_grant(ttl, lease)
            self.model.leases[lease] = self.store.clock.now + ttl

    @rule(seconds=st.integers(1, 5))
    def let_time_pass(self, seconds: int) -> None:
        now = self.store.clock.now + seconds
        self.store.clock.jump(now)
        self.store.tick()
        for lease, expiry in sorted(self.model.leases.items(), key=lambda item: (item[1], item[0])):
            if expiry <= now:
                del self.model.leases[lease]
                state = self.model.at(self.model.revision)
                self.model.write([(key, None, 0) for key, pair in state.items() if pair[4] == lease])

    @precondition(lambda self: len(self.branches) < 4)
    @rule()
    def fork(self) -> None:
        self.branches.append((self.store.fork(), self.model.fork()))

    @rule(number=st.integers(0, 3))
    def go_to_another_branch(self, number: int) -> None:
        self.at = number % len(self.branches)

    @precondition(lambda self: self.model.revision > 20)
    @rule()
    def pickle_the_branch(self) -> None:
        self._replace(pickle.loads(pickle.dumps(self.store)))

    @precondition(lambda self: self.model.revision > 20)
    @rule()
    def snapshot_and_restore(self) -> None:
        again = Store.restore(self.store.snapshot(), clock=self.store.clock)
        assert again.hash_kv() == self.store.hash_kv()
        self._replace(again)

    def _replace(self, store: Store) -> None:
        self._read_everything()
        self.readers = [reader for reader in self.readers if reader.record.store is not self.store]
        self.branches[self.at] = (store, self.model)

    @precondition(lambda self: len(self.readers) < 6)
    @rule(prefix=prefixes, back=st.integers(0, 8), past=st.booleans(), quiet=st.sampled_from([[], ["NODELETE"]]))
    def watch(self, prefix: bytes, back: int, past: bool, quiet: list[str]) -> None:
        since = max(1, self.model.compacted + 1, self.model.revision - back) if past else 0
        self.readers.append(Reader(self.store, prefix, since, quiet))

    @rule(number=st.integers(0, 5), limit=st.integers(0, 2))
    def read_a_watch(self, number: int, limit: int) -> None:
        if self.readers:
            reader = self.readers[number % len(self.readers)]
            reader.record.add(reader.stream.receive(limit))

    def _read_everything(self) -> None:
        for reader in self.readers:
            reader.stream.request_progress()
            reader.record.add(reader.stream.receive())
            check_watch(reader.record)

    @rule(prefix=prefixes, back=st.integers(-1, 15))
    def read_the_past(self, prefix: bytes, back: int) -> None:
        revision = self.model.revision - back
        if not max(1, self.model.compacted) <= revision <= self.model.revision:
            if revision > 0:
                with pytest.raises(FutureRevision if back < 0 else Compacted):
                    self.store.items(prefix, revision)
            return
        then = {key: pair for key, pair in self.model.at(revision).items() if key.startswith(prefix)}
        pairs = self.store.items(prefix, revision)
        assert _state(pairs) == then
        assert [pair.key for pair in pairs] == list(then)

    @rule(prefix=prefixes, back=st.integers(0, 20))
    def read_events(self, prefix: bytes, back: int) -> None:
        since = max(self.model.compacted + 1, self.model.revision - back)
        events = self.store.events(prefix, since)
        wanted = [row for row in self.model.rows if row[0] >= since and row[1].startswith(prefix)]
        assert [(e.kv.mod_revision, e.kv.key, e.kv.value, e.kv.lease) for e in events] == wanted
        for event in events:
            if event.kv.mod_revision > self.model.compacted + 1 or not self.model.compacted:
                before = self.model.at(event.kv.mod_revision - 1).get(event.kv.key)
                assert (event.prev_kv.value if event.prev_kv else None) == (before[0] if before else None)

    @invariant()
    def every_branch_is_whole_and_says_what_its_model_says(self) -> None:
        for store, model in self.branches:
            store.check()
            assert store.revision == model.revision
            state = model.at(model.revision)
            assert store.compacted == model.compacted
            for revision in range(max(1, model.compacted), model.revision + 1):
                assert _state(store.items(b"", revision)) == model.at(revision), f"at revision {revision}"
                for key in KEYS[:2]:
                    pairs = store.range(key, revision=revision).kvs
                    assert _state(pairs) == {k: pair for k, pair in model.at(revision).items() if k == key}
            for key in KEYS[:3]:
                pair = store.get(key)
                assert (pair.value if pair else None) == (state[key][0] if key in state else None)
        for reader in self.readers:
            check_watch(reader.record)


@pytest.fixture(autouse=True, params=[True, False], ids=["tiny chunks", "usual chunks"])
def chunk_sizes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Small limits, so that a handful of keys reaches every edge of the structure."""
    usual = (key_index.LOAD, key_index.SHARD_LOAD, key_index.STALE_LIMIT, revision_log.CHUNK_BITS)
    if request.param:
        key_index.LOAD, key_index.SHARD_LOAD, key_index.STALE_LIMIT, revision_log.CHUNK_BITS = 4, 2, 2, 1
    yield
    key_index.LOAD, key_index.SHARD_LOAD, key_index.STALE_LIMIT, revision_log.CHUNK_BITS = usual


def test_the_store_says_what_a_list_of_events_says() -> None:
    """Any sequence of writes, reads, compactions, forks and watches agrees with a plain list."""
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        StoreMachine,
        settings=settings(
            max_examples=100, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
