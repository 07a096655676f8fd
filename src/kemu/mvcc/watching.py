"""Watches: streams of messages that wait to be taken, plain data without callbacks.

A commit hands its changes to the watches they concern, found through `Intervals`, and to no others. What a stream has
not taken yet waits in it for as long as it likes: nothing is lost, dropped or reordered because a reader is slow, and
compaction does not reach events that are already waiting.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ..errors import UsageError
from .history import History
from .intervals import Intervals
from .records import DELETE, PUT, Event, Header, KeyValue, WatchResponse
from .requests import check_int, upper

MAX_BYTES = 1536 * 1024
"""A fragmenting watch splits a message with more bytes than this (etcd's `--max-request-bytes`)."""

CATCH_UP_REVISIONS = 1000
"""A watch from the past gets at most this many revisions in one message."""

PROGRESS_INTERVAL = 600.0
"""How often a quiet watch that asked for it is told how far it has seen, in seconds."""

FILTERS = ("NOPUT", "NODELETE")

_tuple: Any = tuple.__new__

EMPTY_RANGE = "mvcc: watcher range is empty"
DUPLICATE_ID = "mvcc: duplicate watch ID provided on the WatchStream"


class Watcher:
    """One watch of a stream."""

    __slots__ = (
        "filters",
        "fragment",
        "id",
        "key",
        "prev_kv",
        "progress_notify",
        "quiet",
        "range_end",
        "registered",
        "serial",
        "since",
        "stream",
    )

    def __init__(
        self,
        stream: WatchStream,
        watch_id: int,
        serial: int,
        key: bytes,
        range_end: bytes,
        since: int,
        *,
        filters: frozenset[str],
        prev_kv: bool,
        progress_notify: bool,
        fragment: bool,
    ) -> None:
        self.stream = stream
        self.id = watch_id
        self.serial = serial
        self.key = key
        self.range_end = range_end
        self.since = since
        self.filters = filters
        self.prev_kv = prev_kv
        self.progress_notify = progress_notify
        self.fragment = fragment
        self.quiet = True
        self.registered = False

    def wants(self, event: Event) -> bool:
        """Whether the filters let this event pass."""
        return not self.filters or ("NOPUT" if event.type == PUT else "NODELETE") not in self.filters

    def send(self, header: Header, events: list[Event]) -> None:
        """Append one message to the stream. O(events)."""
        self.quiet = False
        message = (header, self.id, False, False, 0, "", False, tuple(events))
        self.stream.push(_tuple(WatchResponse, message))


class Sizes(Protocol):
    """Whoever knows how many bytes a value counts."""

    @property
    def size_of(self) -> Callable[[Any], int]: ...


class Hub:
    """All streams of a store. It does not survive a fork: a stream belongs to whoever reads it."""

    __slots__ = ("_concerned", "_history", "_serial", "_sizes", "ready", "streams", "watching")

    def __init__(self, history: History, sizes: Sizes) -> None:
        self._history = history
        self._concerned: Intervals[Watcher] = Intervals()
        self._serial = 0
        self._sizes = sizes
        self.streams: dict[int, WatchStream] = {}
        self.ready: dict[int, WatchStream] = {}
        """Streams with messages that arrived since somebody last emptied this."""
        self.watching = 0

    def stream(self) -> WatchStream:
        """A new stream. O(1)."""
        self._serial += 1
        stream = self.streams[self._serial] = WatchStream(self, self._serial)
        return stream

    def publish(self, changes: Sequence[KeyValue]) -> None:
        """Hand the changes of one revision to those they concern. O(changes × what `Intervals.matching` takes)."""
        messages: dict[Watcher, list[Event]] = {}
        for pair in changes:
            concerned = self._concerned.matching(pair[0])
            if not concerned:
                continue
            plain = full = Event(PUT if pair[4] else DELETE, pair, None)
            if any(watcher.prev_kv for watcher in concerned):
                full = self._history.event(pair)
            for watcher in concerned:
                if pair[3] >= watcher.since and (not watcher.filters or watcher.wants(plain)):
                    event = full if watcher.prev_kv else plain
                    if watcher in messages:
                        messages[watcher].append(event)
                    else:
                        messages[watcher] = [event]
        if messages:
            header = Header(changes[0].mod_revision)
            for watcher, events in messages.items():
                watcher.send(header, events)

    def register(self, watcher: Watcher) -> None:
        watcher.registered = True
        self._concerned.add(watcher.serial, watcher.key, watcher.range_end, watcher)
        self.watching += 1

    def forget(self, watcher: Watcher) -> None:
        if not watcher.registered:
            return
        watcher.registered = False
        self._concerned.remove(watcher.serial, watcher.key, watcher.range_end)
        self.watching -= 1

    def next_serial(self) -> int:
        self._serial += 1
        return self._serial

    @property
    def history(self) -> History:
        return self._history

    def size_of(self, value: Any) -> int:
        return self._sizes.size_of(value)

    def check(self) -> None:
        """Raise AssertionError unless every watch is registered, and counted. O(watches × what a match takes)."""
        watchers = [
            watcher for stream in self.streams.values() for watcher in stream.watchers.values() if watcher.registered
        ]
        assert len(watchers) == self.watching, f"{len(watchers)} watches, but {self.watching} are counted"
        for watcher in watchers:
            assert watcher in self._concerned.matching(watcher.key), f"watch {watcher.id} does not get its own key"

    def notify_progress(self) -> None:
        """Tell every watch that asked for it, and had nothing since the last time, how far it has seen.
        O(watches)."""
        header = Header(self._history.revision)
        for stream in self.streams.values():
            for watcher in stream.watchers.values():
                if watcher.progress_notify and watcher.registered:
                    if watcher.quiet:
                        stream.push(WatchResponse(header, watcher.id))
                    watcher.quiet = True


class WatchStream:
    """Any number of watches whose messages come out in one order. Take them with `receive`."""

    __slots__ = ("_fragmenting", "_hub", "_next_id", "_serial", "waiting", "watchers")

    def __init__(self, hub: Hub, serial: int) -> None:
        self._hub = hub
        self._serial = serial
        self._next_id = 0
        self._fragmenting = False
        self.watchers: dict[int, Watcher] = {}
        self.waiting: deque[WatchResponse] = deque()

    def watch(
        self,
        key: bytes,
        range_end: bytes = b"",
        *,
        start_revision: int = 0,
        filters: Sequence[str] = (),
        prev_kv: bool = False,
        progress_notify: bool = False,
        fragment: bool = False,
        watch_id: int = 0,
    ) -> int:
        """Begin a watch, from now on or from `start_revision` on; returns its id, -1 if it was refused.

        As in etcd, a refusal (an empty interval, an id that is in use) is a message with `created`, `canceled` and
        `cancel_reason`, and a start that was compacted cancels the watch with `compact_revision`. Raises UsageError
        for an unknown filter. O(1) from now on; from the past, what `History.changes` takes.
        """
        for each in filters:
            if each not in FILTERS:
                raise UsageError(f"a watch can filter {FILTERS}, got {each!r}")
        if type(key) is not bytes or type(range_end) is not bytes:
            raise UsageError(f"keys are bytes, got {key!r} and {range_end!r}")
        check_int("start_revision", start_revision)
        check_int("watch_id", watch_id)
        history = self._hub.history
        header = Header(history.revision)
        reason = ""
        key = key or b"\0"
        if range_end and range_end != b"\0" and range_end <= key:
            reason = EMPTY_RANGE
        elif watch_id and watch_id in self.watchers:
            reason = DUPLICATE_ID
        if reason:
            self.push(WatchResponse(header, -1, created=True, canceled=True, cancel_reason=reason))
            return -1
        if not watch_id:
            while self._next_id in self.watchers:
                self._next_id += 1
            watch_id = self._next_id
            self._next_id += 1
        watcher = Watcher(
            self,
            watch_id,
            self._hub.next_serial(),
            key,
            range_end,
            start_revision,
            filters=frozenset(filters),
            prev_kv=prev_kv,
            progress_notify=progress_notify,
            fragment=fragment,
        )
        self._fragmenting |= fragment
        self.push(WatchResponse(header, watch_id, created=True))
        if start_revision and start_revision <= history.revision:
            if start_revision < history.compacted:
                self.push(WatchResponse(Header(0), watch_id, canceled=True, compact_revision=history.compacted))
                self.watchers[watch_id] = watcher  # as in etcd, its id stays taken until it is canceled by name
                return watch_id
            self._catch_up(watcher, start_revision)
        self.watchers[watch_id] = watcher
        self._hub.register(watcher)
        return watch_id

    def _catch_up(self, watcher: Watcher, since: int) -> None:
        history = self._hub.history
        end = upper(watcher.range_end) if watcher.range_end else watcher.key + b"\0"
        batch: list[Event] = []
        revisions, last = 0, 0
        header = Header(history.revision)
        for pair in history.changes(watcher.key, end, since):
            event = history.event(pair) if watcher.prev_kv else Event(PUT if pair.version else DELETE, pair, None)
            if not watcher.wants(event):
                continue
            if pair.mod_revision != last:
                last = pair.mod_revision
                revisions += 1
                if revisions > CATCH_UP_REVISIONS:
                    watcher.send(header, batch)
                    batch, revisions = [], 1
            batch.append(event)
        if batch:
            watcher.send(header, batch)

    def push(self, message: WatchResponse) -> None:
        """Append a message. O(1)."""
        self.waiting.append(message)
        self._hub.ready[self._serial] = self

    def cancel(self, watch_id: int) -> bool:
        """End one watch; False if there is none of this id. Its waiting messages are still delivered. O(1)."""
        watcher = self.watchers.pop(watch_id, None)
        if watcher is None:
            return False
        self._hub.forget(watcher)
        self.push(WatchResponse(Header(self._hub.history.revision), watch_id, canceled=True))
        return True

    def request_progress(self) -> None:
        """Ask for a message, to no watch in particular (id -1), that says how far the stream has seen. O(1)."""
        self.push(WatchResponse(Header(self._hub.history.revision), -1))

    def receive(self, limit: int = 0) -> list[WatchResponse]:
        """Take the messages that wait, at most `limit` of them. O(messages)."""
        waiting = self.waiting
        if not limit and not self._fragmenting:
            taken = list(waiting)
            waiting.clear()
            return taken
        taken = []
        while waiting and (not limit or len(taken) < limit):
            message = waiting.popleft()
            watcher = self.watchers.get(message.watch_id)
            if watcher is not None and watcher.fragment and len(message.events) > 1 and not message.fragment:
                pieces = self._fragments(message)
                taken.append(pieces[0])
                waiting.extendleft(reversed(pieces[1:]))
            else:
                taken.append(message)
        return taken

    def _fragments(self, message: WatchResponse) -> list[WatchResponse]:
        pieces: list[list[Event]] = [[]]
        size = 0
        for event in message.events:
            weight = self._weight(event.kv) + (self._weight(event.prev_kv) if event.prev_kv else 0)
            if pieces[-1] and size + weight > MAX_BYTES:
                pieces.append([])
                size = 0
            pieces[-1].append(event)
            size += weight
        return [message._replace(events=tuple(piece), fragment=piece is not pieces[-1]) for piece in pieces]

    def _weight(self, pair: KeyValue) -> int:
        return len(pair.key) + (self._hub.size_of(pair.value) if pair.version else 0)

    def close(self) -> None:
        """End all watches and forget what waits. O(watches)."""
        for watcher in self.watchers.values():
            self._hub.forget(watcher)
        self.watchers = {}
        self.waiting.clear()
        self._hub.streams.pop(self._serial, None)
        self._hub.ready.pop(self._serial, None)
