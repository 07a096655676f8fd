"""Watches: what comes out of a stream, when, and at whose cost."""

from __future__ import annotations

from typing import Any

import pytest

from kemu.checks import WATCH_GUARANTEES, GuaranteeBroken, WatchRecord, check_watch
from kemu.clock import Clock
from kemu.errors import UsageError
from kemu.mvcc import watching
from kemu.store import DeleteRangeRequest, Event, Header, PutRequest, Store, WatchResponse, WatchStream, prefix_end


def changes(messages: list[WatchResponse]) -> list[tuple[int, str, bytes, int]]:
    return [(m.watch_id, e.type, e.kv.key, e.kv.mod_revision) for m in messages for e in m.events]


def test_a_watch_gets_what_concerns_it_from_now_on() -> None:
    """The first message says that the watch was created; then each commit is one message."""
    store = Store()
    store.put(b"a/1")
    stream = store.watch(b"a/", prefix_end(b"a/"), prev_kv=True)
    store.put(b"a/1", b"new")
    store.put(b"b")
    store.delete_range(b"a/1")
    created, put, delete = stream.receive()
    assert created == WatchResponse(Header(2), 0, created=True)
    assert put.events[0].prev_kv is not None and put.events[0].prev_kv.mod_revision == 2
    assert (delete.events[0].type, delete.events[0].kv.value, delete.header.revision) == ("DELETE", None, 5)
    assert stream.receive() == []


def test_several_watches_share_a_stream_in_one_order() -> None:
    """Messages of different watches keep the order of the commits; a transaction is not split."""
    store = Store()
    stream = store.watch_stream()
    assert [stream.watch(b"a"), stream.watch(b"b"), stream.watch(b"a", b"c", watch_id=9)] == [0, 1, 9]
    store.put(b"b")
    store.txn(success=(PutRequest(b"a"), DeleteRangeRequest(b"b")))
    assert changes(stream.receive()) == [
        (1, "PUT", b"b", 2),
        (9, "PUT", b"b", 2),
        (0, "PUT", b"a", 3),
        (9, "PUT", b"a", 3),
        (9, "DELETE", b"b", 3),
        (1, "DELETE", b"b", 3),
    ]


def test_a_watch_from_the_past_catches_up() -> None:
    """Everything since its start comes first, whole revisions at a time."""
    store = Store()
    for number in range(2500):
        store.txn(success=(PutRequest(b"a", b"%d" % number), PutRequest(b"b")))
    stream = store.watch(b"a", b"c", start_revision=2)
    messages = stream.receive()[1:]
    assert [len(message.events) for message in messages] == [2000, 2000, 1000]
    assert [e.kv.mod_revision for m in messages for e in m.events] == [2 + n // 2 for n in range(5000)]


def test_a_watch_from_the_future_waits_for_its_revision() -> None:
    """Revisions before the start are not delivered."""
    store = Store()
    stream = store.watch(b"a", start_revision=4)
    for _ in range(4):
        store.put(b"a")
    assert [row[3] for row in changes(stream.receive())] == [4, 5]


def test_a_start_that_was_compacted_cancels_the_watch() -> None:
    """The cancellation names the compacted revision, from which a new watch could begin."""
    store = Store()
    for _ in range(5):
        store.put(b"a")
    store.compact(4)
    stream = store.watch(b"a", start_revision=3)
    created, canceled = stream.receive()
    assert created.created and not created.canceled
    assert canceled.canceled and canceled.compact_revision == 4
    store.put(b"a")
    assert stream.receive() == []
    assert changes(store.watch(b"a", start_revision=4).receive())[0] == (0, "PUT", b"a", 4)


def test_compaction_does_not_reach_what_already_waits() -> None:
    """A slow reader loses nothing when its events are compacted before it reads them."""
    store = Store()
    stream = store.watch(b"a")
    for _ in range(100):
        store.put(b"a")
    store.compact(101)
    assert [row[3] for row in changes(stream.receive())] == list(range(2, 102))


def test_filters_hide_a_type() -> None:
    """NOPUT hides puts, NODELETE deletes."""
    store = Store()
    stream = store.watch_stream()
    stream.watch(b"a", filters=["NOPUT"])
    stream.watch(b"a", filters=["NODELETE"])
    store.put(b"a")
    store.delete_range(b"a")
    assert changes(stream.receive()) == [(1, "PUT", b"a", 2), (0, "DELETE", b"a", 3)]


def test_a_refused_watch_is_a_message() -> None:
    """An empty interval and an id in use are answered in the stream, as etcd does; a wrong filter is a mistake."""
    store = Store()
    stream = store.watch_stream()
    assert stream.watch(b"b", b"a") == -1
    assert stream.watch(b"a", watch_id=3) == 3
    assert stream.watch(b"a", watch_id=3) == -1
    empty, _, twice = stream.receive()
    assert (empty.created, empty.canceled, empty.cancel_reason) == (True, True, "mvcc: watcher range is empty")
    assert twice.cancel_reason == "mvcc: duplicate watch ID provided on the WatchStream"
    with pytest.raises(UsageError):
        stream.watch(b"a", filters=["NOTHING"])


def test_a_canceled_watch_is_silent() -> None:
    """What waited before the cancellation is still delivered, then the cancellation, then nothing."""
    store = Store()
    stream = store.watch(b"a")
    store.put(b"a")
    assert stream.cancel(0) and not stream.cancel(0)
    store.put(b"a")
    messages = stream.receive()
    assert [len(m.events) for m in messages] == [0, 1, 0]
    assert messages[-1].canceled


def test_progress_is_told_on_request_and_by_time() -> None:
    """A quiet watch that asked for it hears every ten minutes how far it has seen; a busy one does not need it."""
    store = Store(Clock())
    stream = store.watch_stream()
    stream.watch(b"a", progress_notify=True)
    stream.watch(b"b", progress_notify=True)
    stream.request_progress()
    assert stream.receive()[-1] == WatchResponse(Header(1), -1)
    store.put(b"a")
    stream.receive()
    assert store.next_due() == 600.0
    store.clock.jump(600.0)
    store.tick()
    assert stream.receive() == [WatchResponse(Header(2), 1)]
    store.clock.jump(1200.0)
    store.tick()
    assert stream.receive() == [WatchResponse(Header(2), 0), WatchResponse(Header(2), 1)]


def test_a_large_message_is_fragmented_if_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """All fragments but the last say that more of the same revision follows."""
    monkeypatch.setattr(watching, "MAX_BYTES", 100)
    store = Store()
    stream = store.watch(b"\0", b"\0", fragment=True)
    store.txn(success=tuple(PutRequest(b"%d" % n, b"x" * 40) for n in range(5)))
    first, *rest = stream.receive()[1:]
    assert [(len(m.events), m.fragment) for m in [first, *rest]] == [(2, True), (2, True), (1, False)]


def test_a_commit_looks_only_at_the_watches_it_concerns() -> None:
    """With 10,000 watches on different prefixes, keys and intervals, a commit finds its own in a few steps."""
    store = Store()
    stream = store.watch_stream()
    for number in range(2500):
        stream.watch(b"/pods/%04d/" % number, prefix_end(b"/pods/%04d/" % number))
        stream.watch(b"/nodes/%04d" % number)
        stream.watch(b"/range/%04d" % number, b"/range/%04d~" % number)
        stream.watch(b"/wide/%04d" % number, b"/wide/%04d" % (number + 2))
    stream.receive()
    concerned = store._hub._concerned
    assert len(concerned.matching(b"/pods/0007/x")) == 1
    assert len(concerned.matching(b"/range/0007x")) == 1
    assert len(concerned.matching(b"/wide/0007x")) == 2
    assert concerned.matching(b"/other") == []
    store.put(b"/nodes/1234")
    assert len(stream.receive()) == 1
    stream.close()
    assert store._hub.watching == 0 and concerned.matching(b"/nodes/1234") == []


def test_the_owner_is_told_of_every_commit_and_a_fork_is_not() -> None:
    """`on_commit` is called once per revision, and belongs to one store only."""
    store, seen = Store(), []
    store.on_commit = seen.append
    store.put(b"a")
    store.txn(success=(PutRequest(b"a"), PutRequest(b"b")))
    store.delete_range(b"nothing")
    store.fork().put(b"c")
    assert seen == [2, 3]
    assert store.ready_streams() == []


class OnlyLooksAhead(Store):
    """A store with a mistake: its watches do not begin where they are asked to."""

    __slots__ = ()

    def watch(self, key: bytes, range_end: bytes = b"", **options: Any) -> WatchStream:
        return super().watch(key, range_end, **{**options, "start_revision": 0})


def test_what_a_sound_store_delivers_keeps_all_six() -> None:
    """Delivered in pieces, with progress in between, everything is in order."""
    store = Store()
    store.put(b"a")
    stream = store.watch(b"a", prefix_end(b"a"), start_revision=2)
    record = WatchRecord(store, 0, b"a", prefix_end(b"a"), next_revision=2)
    for number in range(30):
        store.txn(success=(PutRequest(b"a%d" % (number % 3)), PutRequest(b"b"), PutRequest(b"a")))
        if number % 4 == 0:
            stream.request_progress()
        record.add(stream.receive(number % 3))
        check_watch(record)


BROKEN = ["Ordered", "Unique", "Atomic", "Reliable", "Resumable", "Bookmarkable"]


@pytest.mark.parametrize("name", BROKEN)
def test_each_guarantee_notices_its_own_violation(name: str) -> None:
    """Messages that break one guarantee are reported by its name."""
    store = OnlyLooksAhead() if name == "Resumable" else Store()
    for key in (b"a", b"b", b"c"):
        store.txn(success=(PutRequest(key), PutRequest(key + b"2")))
    record = WatchRecord(store, 0, b"\0", b"\0", next_revision=2)
    two, three, four = (tuple(store.changes(b"\0", b"\0", since)) for since in (2, 3, 4))
    two, three = two[:2], three[:2]

    def message(*events: Event) -> WatchResponse:
        return WatchResponse(Header(4), 0, events=events)

    progress = WatchResponse(Header(3), -1)
    shown = {
        "Ordered": [message(*three), message(*two)],
        "Unique": [message(*two), message(*two)],
        "Atomic": [message(two[0]), message(two[1])],
        "Reliable": [message(*two), message(*four)],
        "Resumable": [message(*two)],
        "Bookmarkable": [message(*two), progress],
    }[name]
    record.add(shown)
    with pytest.raises(GuaranteeBroken) as raised:
        WATCH_GUARANTEES[name](record)
    assert raised.value.name == name
