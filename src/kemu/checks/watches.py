"""The guarantees of a watch, which can be evaluated after every step.

There are six, by the names that etcd's own robustness tests use:

- *Ordered*: events come in the order of their revisions, and never one older than what was already delivered
- *Unique*: no event is delivered twice
- *Atomic*: the events of one revision come together, in one message or its fragments
- *Reliable*: nothing in between is missing: who got an older and a newer event got all between them
- *Resumable*: a new watch from the revision after the last one delivered gets exactly what is still owed
- *Bookmarkable*: a progress notification of a revision comes after everything up to that revision

A `WatchRecord` collects what a watch delivered; `check_watch` holds it against the store's history. Each check looks
at what was delivered since the last one, so running it after every step costs what the step delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..store import DELETE, PUT, Event, Store, WatchResponse


class GuaranteeBroken(AssertionError):
    """A guarantee does not hold; the text begins with its name."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name


class WatchRecord:
    """One watch as its reader sees it: what was asked for, and the messages since the last check."""

    __slots__ = ("filters", "fresh", "key", "next_revision", "range_end", "store", "watch_id")

    def __init__(
        self,
        store: Store,
        watch_id: int,
        key: bytes,
        range_end: bytes = b"",
        *,
        next_revision: int,
        filters: Sequence[str] = (),
    ) -> None:
        self.store = store
        self.watch_id = watch_id
        self.key = key
        self.range_end = range_end
        self.next_revision = next_revision
        """The first revision that was not delivered and checked yet."""
        self.filters = tuple(filters)
        self.fresh: list[WatchResponse] = []

    def add(self, messages: Sequence[WatchResponse]) -> None:
        """Note what a stream delivered; messages for other watches are passed over. O(messages)."""
        for message in messages:
            if message.watch_id in (self.watch_id, -1) and not (message.created or message.canceled):
                self.fresh.append(message)

    def events(self) -> list[Event]:
        """What was delivered since the last check."""
        return [event for message in self.fresh for event in message.events]

    def owed(self, since: int) -> list[Event]:
        """What the history holds for this watch, from revision `since` on."""
        hidden = {PUT} if "NOPUT" in self.filters else set()
        hidden |= {DELETE} if "NODELETE" in self.filters else set()
        since = max(since, self.store.compacted)
        return [event for event in self.store.changes(self.key, self.range_end, since) if event.type not in hidden]


def _name(event: Event) -> tuple[str, bytes, int]:
    return (event.type, event.kv.key, event.kv.mod_revision)


def ordered(record: WatchRecord) -> None:
    """Events come in the order of their revisions. O(events)."""
    last = record.next_revision
    for event in record.events():
        if event.kv.mod_revision < last:
            raise GuaranteeBroken("Ordered", f"{event} came after revision {last}")
        last = event.kv.mod_revision


def unique(record: WatchRecord) -> None:
    """No event is delivered twice. O(events)."""
    seen: dict[tuple[str, bytes, int], None] = {}
    for event in record.events():
        name = _name(event)
        if name in seen or event.kv.mod_revision < record.next_revision:
            raise GuaranteeBroken("Unique", f"{event} was delivered twice")
        seen[name] = None


def atomic(record: WatchRecord) -> None:
    """The events of one revision come in one message or in the fragments of one. O(events)."""
    ended = record.next_revision - 1
    open_fragment = False
    for message in record.fresh:
        for event in message.events:
            if event.kv.mod_revision <= ended:
                raise GuaranteeBroken("Atomic", f"revision {event.kv.mod_revision} was split before {event}")
        open_fragment = message.fragment
        if message.events and not open_fragment:
            ended = message.events[-1].kv.mod_revision


def reliable(record: WatchRecord) -> None:
    """Nothing is missing up to the newest event delivered. O(events + what `Store.changes` takes)."""
    events = record.events()
    if not events:
        return
    newest = events[-1].kv.mod_revision
    low = max(record.next_revision, record.store.compacted + 1)
    got = [_name(event) for event in events if event.kv.mod_revision >= low]
    wanted = [_name(event) for event in record.owed(low) if event.kv.mod_revision <= newest]
    if got != wanted:
        missing = [name for name in wanted if name not in got] or [name for name in got if name not in wanted]
        raise GuaranteeBroken("Reliable", f"delivered {got}, owed {wanted}; first difference {missing[:1]}")


def resumable(record: WatchRecord) -> None:
    """A new watch that begins after what was delivered gets exactly what is owed. O(what `Store.changes` takes)."""
    events = record.events()
    since = max(record.next_revision, events[-1].kv.mod_revision + 1 if events else 0)
    if since <= record.store.compacted:
        return
    stream = record.store.watch(record.key, record.range_end, start_revision=since, filters=record.filters)
    got = [_name(event) for message in stream.receive() for event in message.events]
    stream.close()
    wanted = [_name(event) for event in record.owed(since)]
    if got != wanted:
        raise GuaranteeBroken("Resumable", f"from revision {since} on a new watch got {got}, owed {wanted}")


def bookmarkable(record: WatchRecord) -> None:
    """What a progress notification says was seen had been delivered before it. O(what `Store.changes` takes)."""
    got: list[tuple[str, bytes, int]] = []
    for message in record.fresh:
        got += [_name(event) for event in message.events]
        if not message.events:
            low = max(record.next_revision, record.store.compacted + 1)
            revision = message.header.revision
            missing = [
                event for event in record.owed(low) if event.kv.mod_revision <= revision and _name(event) not in got
            ]
            if missing:
                raise GuaranteeBroken("Bookmarkable", f"progress at {revision} came before {missing[0]}")


WATCH_GUARANTEES: dict[str, Callable[[WatchRecord], None]] = {
    "Ordered": ordered,
    "Unique": unique,
    "Atomic": atomic,
    "Reliable": reliable,
    "Resumable": resumable,
    "Bookmarkable": bookmarkable,
}


def check_watch(record: WatchRecord) -> None:
    """Check all six guarantees on what was delivered since the last check. Raises GuaranteeBroken."""
    for check in WATCH_GUARANTEES.values():
        check(record)
    for message in record.fresh:
        for event in message.events:
            record.next_revision = max(record.next_revision, event.kv.mod_revision + 1)
    record.fresh = []
