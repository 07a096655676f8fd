"""Streams: what comes bit by bit, such as a watch, a followed log, or a command that runs in a container.

A *source* is a value that can be polled: it says what is there now, or until when there will be nothing. It never waits
and moves nothing. A `Stream` is a source in the hand of one reader, who polls it, or goes over it as over any iterator
and lets the world go on while it waits. It belongs to that reader: forks and pickles of the cluster know nothing of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from math import inf
from typing import Any, Generic, Protocol, TypeVar

import attrs

from .errors import UsageError

T = TypeVar("T")
U = TypeVar("U")


@attrs.frozen
class Polled(Generic[T]):
    """What there was when somebody looked: `items`, oldest first, and whether the stream has `ended` with them.

    If there are none, `until` is the virtual time (seconds since the start) before which none come: from a source by
    itself, whatever the world does; from a stream as long as nobody acts. Infinity means that none will.
    """

    items: tuple[T, ...] = ()
    until: float = inf
    ended: bool = False


NOTHING: Polled[Any] = Polled()
ENDED: Polled[Any] = Polled(ended=True)


class Source(Protocol[T]):
    """What can be polled. `poll` moves nothing but its reader's place in it, and is cheap where nothing has come."""

    def poll(self) -> Polled[T]: ...


class Ending(Generic[T]):
    """A source that tells somebody of its end, once: when it comes, or when its reader wants no more."""

    __slots__ = ("_done", "_source")

    def __init__(self, source: Source[T], done: Callable[[], None]) -> None:
        self._source = source
        self._done: Callable[[], None] | None = done

    def poll(self) -> Polled[T]:
        """What the other one has."""
        polled = self._source.poll()
        if polled.ended:
            self.close()
        return polled

    def close(self) -> None:
        """Nobody reads on."""
        done, self._done = self._done, None
        if done is not None:
            done()


class World(Protocol):
    """Who looks at sources, and lets the world go on while somebody waits for one: a driver."""

    @property
    def now(self) -> float:
        """What time it is for who waits, in seconds since the start: what time-outs are counted by."""
        ...

    def look(self, source: Source[T]) -> Polled[T]: ...

    def read(self, source: Source[T]) -> Polled[T]: ...


class Given(Generic[T]):
    """A source of what is known already."""

    __slots__ = ("_items",)

    def __init__(self, *items: T) -> None:
        self._items = items

    def poll(self) -> Polled[T]:
        """All of it, once."""
        items, self._items = self._items, ()
        return Polled(items, ended=True)


class Mapped(Generic[T, U]):
    """A source of what a function makes of another one's items."""

    __slots__ = ("_function", "_source")

    def __init__(self, source: Source[T], function: Callable[[T], U]) -> None:
        self._source = source
        self._function = function

    def poll(self) -> Polled[U]:
        """What the other one has, as the function shows it."""
        polled = self._source.poll()
        return Polled(tuple(map(self._function, polled.items)), polled.until, polled.ended)


class Stream(Generic[T]):
    """A source in the hand of its reader: an iterator that lets virtual time pass, and a value that can be polled."""

    __slots__ = ("_ended", "_left", "_source", "_world")

    def __init__(self, source: Source[T], world: World) -> None:
        self._source = source
        self._world = world
        self._left: deque[T] = deque()
        self._ended = False

    def at_end(self, done: Callable[[], None]) -> None:
        """Tell somebody when it has ended, by itself or because its reader closes it."""
        self._source = Ending(self._source, done)

    @property
    def ended(self) -> bool:
        """Whether nothing more will come, and everything was read."""
        return self._ended and not self._left

    def poll(self) -> Polled[T]:
        """What is there now, without waiting: nothing moves."""
        return self._with_the_rest(ENDED if self._ended else self._world.look(self._source))

    def take(self) -> Polled[T]:
        """What is there now, and until when nothing comes by itself, whatever the world may do meanwhile."""
        return self._with_the_rest(ENDED if self._ended else self._source.poll())

    def _with_the_rest(self, polled: Polled[T]) -> Polled[T]:
        items = (*self._left, *polled.items)
        self._left.clear()
        self._ended = polled.ended
        return attrs.evolve(polled, items=items)

    def close(self) -> None:
        """Read no more."""
        self._left.clear()
        self._ended = True
        if isinstance(self._source, Ending):
            self._source.close()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        """The next item. While there is none, work is done and virtual time passes.

        Raises NeverEnds if none can come any more, and UsageError inside a unit of work.
        """
        while not self._left:
            if self._ended:
                raise StopIteration
            polled = self._world.read(self._source)
            self._left.extend(polled.items)
            self._ended = polled.ended
        return self._left.popleft()

    def __reduce__(self) -> Any:
        raise UsageError("a stream belongs to its reader and cannot be pickled: open it again in the other cluster")
