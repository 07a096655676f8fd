"""Watches as a client reads them: one line of JSON for every event, bookmarks between them, until the time is over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ... import errors
from .. import failures
from ..watch import WatchCursor, bookmark
from . import answers
from .exchange import Call, Response
from .negotiation import JSON

BOOKMARK_SECONDS = 60.0
BOOKMARK_MARGIN = 2.0


def watched(call: Call, cursor: WatchCursor, seconds: float, bookmarks: bool) -> Response:
    """The answer to a watch. Reading its lines lets virtual time pass."""
    return Response(200, [("Content-Type", JSON), answers.PRIVATE], chunks=_lines(call, cursor, seconds, bookmarks))


def failed(refusal: errors.ApiError) -> Response:
    """A watch that has begun, to say only that it cannot go on."""
    line = _line("ERROR", answers.compact(refusal.status).encode())
    return Response(200, [("Content-Type", JSON), answers.PRIVATE], chunks=iter((line,)))


def guarded(response: Response) -> Response:
    """The same answer, which ends with an event that says so when an exception escapes from kemu itself."""

    def pieces() -> Iterator[bytes]:
        try:
            yield from response.stream()
        except errors.KemuError:
            raise
        except Exception as problem:
            yield _line("ERROR", answers.compact(failures.internal(problem).status).encode())

    return Response(response.status, response.headers, chunks=pieces())


def _line(type_: str, obj: bytes) -> bytes:
    return b'{"type":"%s","object":%s}\n' % (type_.encode(), obj)


def _lines(call: Call, cursor: WatchCursor, seconds: float, bookmarks: bool) -> Iterator[bytes]:
    server = call.server
    deadline = server.clock.now + seconds
    marks = _bookmark_times(server.clock.now, deadline) if bookmarks else iter(())
    mark = next(marks, None)
    first = True

    def line(type_: str, obj: Any) -> bytes:
        nonlocal first
        columns, first = first, False
        return _line(type_, answers.shaped(call, obj, columns))

    while True:
        for event in cursor.poll(server):
            yield line(event.type, event.object)
        until = deadline if mark is None else mark
        if call.world.wait_until(lambda: cursor.has_more(server), until):
            continue
        if mark is None:
            return
        yield line("BOOKMARK", bookmark(call.target, cursor.revision))
        mark = next(marks, None)


def _bookmark_times(start: float, deadline: float) -> Iterator[float]:
    """When a watch gets bookmarks: every minute, and for the last time two seconds before its end."""
    last = deadline - BOOKMARK_MARGIN
    when = start + BOOKMARK_SECONDS
    while when < last:
        yield when
        when += BOOKMARK_SECONDS
    if last > start:
        yield last
