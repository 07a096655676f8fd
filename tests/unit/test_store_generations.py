"""The drawing of a key's generations in `kemu.mvcc.history`, swept revision by revision."""

from __future__ import annotations

import pytest

from kemu.errors import Compacted
from kemu.store import DeleteRangeRequest, PutRequest, Store, TxnRequest

VERSIONS = {2: 1, 3: 1, 4: 2, 5: 0, 6: 0, 7: 0, 8: 1, 9: 2, 10: 2, 11: 2, 12: 0, 13: 0}
"""Which version of the key a read at each revision shows; 0 is none."""

REMEMBERED = {
    0: [2, 4, 5, 5, 8, 9, 12],
    2: [2, 4, 5, 5, 8, 9, 12],
    3: [2, 4, 5, 5, 8, 9, 12],
    4: [4, 5, 5, 8, 9, 12],
    5: [5, 8, 9, 12],
    6: [8, 9, 12],
    7: [8, 9, 12],
    8: [8, 9, 12],
    9: [9, 12],
    10: [9, 12],
    11: [9, 12],
    12: [12],
    13: [],
}
"""The revisions of the versions that are left after compaction at each revision."""


def drawn() -> Store:
    """The store of the drawing: the key at 2, 4, 5.0, 5.1 (deleted), 8, 9, 12 (deleted); others in between."""
    store = Store()
    store.put(b"key", b"at 2")
    store.put(b"other")
    store.put(b"key", b"at 4")
    nested = TxnRequest(success=(PutRequest(b"key", b"at 5.0"),)), TxnRequest(success=(DeleteRangeRequest(b"key"),))
    store.txn(success=nested)
    store.put(b"other")
    store.put(b"other")
    store.put(b"key", b"at 8")
    store.put(b"key", b"at 9")
    store.put(b"other")
    store.put(b"other")
    store.delete_range(b"key")
    store.put(b"other")
    assert store.revision == 13
    return store


def versions_left(store: Store) -> list[int]:
    return [pair.mod_revision for pair in store._history.versions() if pair.key == b"key"]


@pytest.mark.parametrize("compacted", sorted(REMEMBERED))
def test_every_revision_of_the_drawing_reads_as_drawn(compacted: int) -> None:
    """After compaction at C every revision from C on shows the same as before, and what is below C is refused."""
    store = drawn()
    if compacted:
        store.compact(compacted)
    store.check()
    assert versions_left(store) == REMEMBERED[compacted]
    for revision, version in VERSIONS.items():
        if revision < compacted:
            with pytest.raises(Compacted):
                store.range(b"key", revision=revision)
        else:
            pairs = store.range(b"key", revision=revision).kvs
            assert (pairs[0].version if pairs else 0) == version, f"at {revision}"
            assert [pair for pair in store.items(b"", revision) if pair.key == b"key"] == pairs


@pytest.mark.parametrize("compacted", [4, 6, 9, 12])
def test_compacting_step_by_step_leaves_what_compacting_at_once_leaves(compacted: int) -> None:
    """Compaction of compacted history forgets no more and no less."""
    at_once, by_steps = drawn(), drawn()
    at_once.compact(compacted)
    for revision in range(2, compacted + 1):
        by_steps.compact(revision)
        by_steps.check()
    assert versions_left(by_steps) == versions_left(at_once)
    assert by_steps.hash_kv() == at_once.hash_kv()


def test_a_key_that_is_created_again_starts_at_version_one() -> None:
    """A generation begins with version 1 and a create revision of its own."""
    store = drawn()
    store.put(b"key", b"again")
    pair = store.get(b"key")
    assert pair is not None
    assert (pair.version, pair.create_revision, pair.mod_revision) == (1, 14, 14)


def test_an_old_version_is_found_in_few_steps() -> None:
    """Among 100,000 versions of one key any of them is reached by following fewer than 300 references."""
    store = Store()
    for number in range(100_000):
        store.put(b"hot", number)
    history = store._history
    steps = 0
    for revision in (2, 3, 50_000, 65_537, 99_999, 100_001):
        pair = history.live.get(b"hot")
        while pair is not None and pair.mod_revision > revision:
            assert pair.trail is not None
            jump = pair.trail[2]
            pair = history._lookup(jump) if jump >> 32 > revision else history._prior(pair)
            steps += 1
        assert pair is not None
        assert pair.value == revision - 2
    assert steps < 6 * 300
