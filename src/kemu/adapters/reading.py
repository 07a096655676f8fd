"""Readers: an answer that comes bit by bit, in the hands of a coroutine. While nothing comes, others have their turns.

In a loop of its own time, that of the cluster does not jump while somebody can go on, or waits for a moment that is
near; but those who have had their turns for a while, and have done nothing in the cluster, are waited for no longer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING, Generic, TypeVar

from ..driver import PATIENCE
from ..errors import NeverEnds

if TYPE_CHECKING:
    from ..cluster import Cluster
    from ..streams import Stream

T = TypeVar("T")

PAUSE = 0.001
"""Real seconds for which a reader in a loop of its own time leaves the floor to others before virtual time passes."""


class Reader(Generic[T]):
    """Reads a stream of a cluster: the body of an answer, one piece after the other, or what is said in a session."""

    _resting = 0
    """How many readers wait in real time."""
    _passing = 0
    """How many only let others have their turns."""

    def __init__(self, stream: Stream[T], cluster: Cluster, about: bytes = b"") -> None:
        self._stream = stream
        self._about = about
        self._api = cluster.parts.api
        self._seen = -1
        self._left = -1
        """The revision that this reader has left behind: with another one, somebody else has acted."""
        self._since = -inf
        """Since when, in real time, nobody has."""
        self.driver = cluster.parts.driver
        self._pieces: list[T] = []
        self._ended = False
        self.until = -inf
        """Before when nothing comes by itself."""

    def look(self) -> bool:
        """Whether there is something now, or its end. O(1) if nothing has happened in the collection of a watch."""
        if self._pieces or self._ended:
            return True
        if self._about and self.driver.now < self.until and self._api.log.last(self._about) <= self._seen:
            return False
        self._seen = self._api.revision
        with self.driver.turns:
            polled = self._stream.take()
        self._pieces += polled.items
        self._ended = polled.ended
        self.until = -inf if polled.items else polled.until
        return bool(self._pieces) or self._ended

    def taken(self) -> list[T]:
        """All that has come since, without waiting."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def wait(self, seconds: float) -> bool:
        """Let time pass until there is something, or for so many seconds; whether there is. Raises NeverEnds."""
        end = self.driver.now + seconds
        while not self.look():
            if self.driver.now >= end:
                return False
            self.driver.wait_until(self.look, min(end, self.until))
        return True

    async def read(self) -> list[T]:
        """All that has come since, once there is something; nothing at the end. Raises NeverEnds."""
        from .event_loop import ClusterLoop

        while not self.look():
            loop = asyncio.get_running_loop()
            if isinstance(loop, ClusterLoop) and loop.driver is self.driver:
                await loop.change(self)
            elif (_is_busy(loop) and self._is_patient(loop)) or self.driver.nudge(self.driver.now):
                with _counted("_passing"):
                    await asyncio.sleep(0)
            else:
                await self._rest(loop)
        return self.taken()

    async def _rest(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait in real time for others to act; if nobody seems to, let virtual time pass. Raises NeverEnds if there is
        nobody who could act."""
        revision = self._api.revision
        while self._api.revision == revision:
            with _counted("_resting"):
                await asyncio.sleep(PAUSE)
            patient = self._is_patient(loop)
            if self._api.revision != revision or (patient and (_is_busy(loop) or _timers(loop, PATIENCE))):
                continue
            if self.driver.nudge(self.until):
                self._left = self._api.revision
                return
            if not patient and not _timers(loop, inf):
                raise NeverEnds(
                    "this wait never ends: nothing is due in the cluster any more, and no other task waits for a time "
                    f"(now {self.driver.now:g}s)"
                )

    def _is_patient(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether others may still be about to act: not if they have had their turns for a while, and did not."""
        if self._left != self._api.revision:
            self._left, self._since = self._api.revision, loop.time()
        return loop.time() <= self._since + PATIENCE


def _timers(loop: asyncio.AbstractEventLoop, within: float) -> bool:
    """Whether somebody else waits for a time of the loop's own, within so many seconds."""
    latest = loop.time() + within
    known = getattr(loop, "_scheduled", ())
    return sum(not timer.cancelled() and timer.when() <= latest for timer in known) > Reader._resting


def _is_busy(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether somebody else in the loop can go on."""
    return len(getattr(loop, "_ready", ())) > Reader._passing


@contextmanager
def _counted(what: str) -> Iterator[None]:
    setattr(Reader, what, getattr(Reader, what) + 1)
    try:
        yield
    finally:
        setattr(Reader, what, getattr(Reader, what) - 1)
