"""Answers that come bit by bit: watches, one line of JSON for every event and bookmarks between them, until their time
is over; and what the log of a container says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ... import errors
from ...clock import exact
from ...objects import protobuf
from ...streams import ENDED, Given, Polled, Source, Stream
from .. import failures
from ..watch import WatchCursor, bookmark
from . import answers
from .exchange import NOBODY, Call, Response
from .negotiation import JSON, PROTOBUF

BOOKMARK_SECONDS = 60.0
BOOKMARK_MARGIN = 2.0


class Watch:
    """A source of the lines of a watch, which ends by itself after some seconds."""

    __slots__ = ("_call", "_columns", "_cursor", "_deadline", "_mark", "_marks")

    def __init__(self, call: Call, cursor: WatchCursor, seconds: float, bookmarks: bool) -> None:
        self._call = call
        self._cursor = cursor
        start = call.world.now
        self._deadline = exact(start + seconds)
        self._marks = _bookmark_times(start, self._deadline) if bookmarks else iter(())
        self._mark = next(self._marks, None)
        self._columns = True
        """Whether a Table still has to say what its columns are: the first line does."""

    def poll(self) -> Polled[bytes]:
        """The events since the last look; or a bookmark, if it is time; or the end."""
        server = self._call.server
        lines = tuple([self._line(event.type, event.object) for event in self._cursor.poll(server)])
        if lines:
            return Polled(lines)
        now, mark = self._call.world.now, self._mark
        if mark is not None and now >= mark:
            self._mark = next(self._marks, None)
            return Polled((self._line("BOOKMARK", bookmark(self._call.target, self._cursor.revision)),))
        if now >= self._deadline:
            return ENDED
        return Polled(until=min(self._deadline if mark is None else mark, self._cursor.until(server)))

    def _line(self, type_: str, obj: Any) -> bytes:
        columns, self._columns = self._columns, False
        text = answers.shaped(self._call, obj, columns)
        if self._call.form.media == PROTOBUF:
            return protobuf.frame(type_, json.loads(text))
        return _line(type_, text)


class Guarded:
    """A source that ends with an event that says so when an exception escapes from kemu itself."""

    __slots__ = ("_source",)

    def __init__(self, source: Source[bytes]) -> None:
        self._source = source

    def poll(self) -> Polled[bytes]:
        """What the source has, or what is wrong with it."""
        try:
            return self._source.poll()
        except errors.KemuError:
            raise
        except Exception as problem:
            return Polled((_line("ERROR", answers.compact(failures.internal(problem).status).encode()),), ended=True)


def watched(call: Call, cursor: WatchCursor, seconds: float, bookmarks: bool) -> Response:
    """The answer to a watch. Going over its lines lets virtual time pass."""
    source: Source[bytes] = Watch(call, cursor, seconds, bookmarks)
    source = Guarded(source) if call.guarded else source
    media = call.form.media
    headers = [("Content-Type", media if media == JSON else f"{media};stream=watch"), answers.PRIVATE]
    return Response(200, headers, chunks=Stream(source, call.world), about=cursor.resource.prefix)


def failed(refusal: errors.ApiError) -> Response:
    """A watch that has begun, to say only that it cannot go on."""
    line = _line("ERROR", answers.compact(refusal.status).encode())
    return Response(200, [("Content-Type", JSON), answers.PRIVATE], chunks=Stream(Given(line), NOBODY))


def logged(call: Call, source: Source[bytes]) -> Response:
    """What the log of a container says, line by line."""
    return Response(200, [("Content-Type", "text/plain")], chunks=Stream(source, call.world))


def _line(type_: str, obj: bytes) -> bytes:
    return b'{"type":"%s","object":%s}\n' % (type_.encode(), obj)


def _bookmark_times(start: float, deadline: float) -> Iterator[float]:
    """When a watch gets bookmarks: every minute, and for the last time two seconds before its end."""
    last = deadline - BOOKMARK_MARGIN
    when = start + BOOKMARK_SECONDS
    while when < last:
        yield exact(when)
        when += BOOKMARK_SECONDS
    if last > start:
        yield exact(last)
