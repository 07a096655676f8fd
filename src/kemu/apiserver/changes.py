"""The log of changes: what every commit did, by whom, through which door.

One `Change` is appended for every stored write. Caches, watches, history, digest and narration read slices of this
log; nobody asks the store to rebuild what an object was before. The log is kept in chunks, so that a fork shares all
but the last one; beside the whole there is one log per collection, so that a watch of a quiet resource does not read
what busy ones did.

What others want to know of a change is made at most once and kept with it: the object as another version of its kind
shows it, and its JSON, in pieces that objects which look alike share.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from ..objects import codec, replaced
from .conversion import from_storage
from .resources import Resource

CHUNK = 512
"""Changes in a chunk. A fork copies at most one chunk; compaction frees whole ones."""

Pieces = tuple[bytes, ...]
"""A JSON text as what it is joined from."""


@attrs.define(eq=False, slots=True, repr=False)
class Change:
    """One stored write of one object.

    `time` is in virtual seconds since the start, `actor` who wrote it, `manager` who owns the fields, `subresource`
    the part of the object that was written (empty: all of it). `old` is None for a new object, `new` is None for one
    that was removed. `object` is the object after the change; of a removal, as it last was, with the resourceVersion
    of the removal.
    """

    revision: int
    time: float
    actor: str
    manager: str
    subresource: str
    resource: Resource
    key: bytes
    old: Any
    new: Any
    _views: dict[str, Any] | None = None
    _json: dict[str, Pieces] | None = None

    @property
    def type(self) -> str:
        """ADDED, MODIFIED or DELETED."""
        return "ADDED" if self.old is None else "DELETED" if self.new is None else "MODIFIED"

    @property
    def object(self) -> Any:
        """The object after the change, or as it last was."""
        return self.shown(self.resource)

    @property
    def stored(self) -> Any:
        """The same as it is kept, whatever version it was written in."""
        return self.new if self.new is not None else at_revision(self.old, self.revision)

    @property
    def kind(self) -> str:
        """The object's kind."""
        return self.resource.kind.kind

    @property
    def name(self) -> str:
        """`namespace/name` of the object, or its name."""
        metadata = (self.old if self.new is None else self.new).metadata
        return f"{metadata.namespace}/{metadata.name}" if metadata.namespace else str(metadata.name)

    def __repr__(self) -> str:
        what = f"{self.resource.key}/{self.subresource}" if self.subresource else self.resource.key
        return f"<{self.type} {what} {self.name} by {self.actor}, revision {self.revision} at {self.time:g}s>"

    def shown(self, resource: Resource) -> Any:
        """The object as `resource` shows it: the same one each time. O(1) after the first."""
        if self.new is not None and resource.exact:
            return self.new
        if self._views is None:
            self._views = {}
        found = self._views.get(resource.shows)
        if found is None:
            found = self._views[resource.shows] = from_storage(resource, self.stored)
        return found

    def remember(self, resource: Resource, shown: Any) -> None:
        """Keep what a resource shows of the object, for whoever wrote it through that resource."""
        self._views = {resource.shows: shown}

    def seen_through(self, resource: Resource) -> Change:
        """The same change of the same object, as another version of its kind shows it."""
        if resource.name == self.resource.name:
            return self
        old = None if self.old is None else from_storage(resource, self.old)
        shown = self.shown(resource)
        new = None if self.new is None else shown
        if self._json is None:
            self._json = {}
        return attrs.evolve(self, resource=resource, old=old, new=new, views={resource.shows: shown}, json=self._json)

    def json(self, resource: Resource) -> Pieces:
        """The JSON of the object as `resource` shows it, without kind and apiVersion. Made once. O(1) afterwards."""
        kept, shows = self._json, resource.shows
        if kept is not None and shows in kept:
            return kept[shows]
        found = codec.pieces(self.shown(resource))
        if kept is None:
            self._json = {shows: found}
        else:
            kept[shows] = found
        return found


def at_revision(obj: Any, revision: int) -> Any:
    """The object as it last was, with the resourceVersion of the change that took it away."""
    return replaced(obj, metadata=replaced(obj.metadata, resource_version=str(revision)))


class Series:
    """Changes in the order of their revisions, in chunks, which forks share.

    Of the last chunk each side knows how much is its own: who appends first does so in place, the others to a copy.
    """

    __slots__ = ("_chunks", "_firsts", "_held", "_tail")

    def __init__(self) -> None:
        self._tail: list[Change] = []
        self._held = 0
        """How much of the last chunk is this series'."""
        self._chunks: list[list[Change]] = [self._tail]
        self._firsts: list[int] = []

    def append(self, change: Change) -> None:
        """Add the newest change. O(1)."""
        tail, held = self._tail, self._held
        if held == CHUNK:
            self._tail, held = [], 0
            tail = self._tail
            self._chunks.append(tail)
        elif len(tail) > held:
            self._tail = tail = self._chunks[-1] = tail[:held]
        if not held:
            self._firsts.append(change.revision)
        tail.append(change)
        self._held = held + 1

    def last(self) -> int:
        """The revision of the newest change, 0 if there is none. O(1)."""
        return self._tail[self._held - 1].revision if self._held else 0

    def at(self, revision: int) -> Change | None:
        """The change of this revision, or None. O(1) where every revision has a change, else O(log n)."""
        place = bisect_right(self._firsts, revision) - 1
        if place < 0:
            return None
        chunk = self._chunks[place]
        size = self._held if chunk is self._tail else CHUNK
        index = revision - self._firsts[place]
        if index < size:
            change = chunk[index]
            if change.revision == revision:
                return change
        index = bisect_left(chunk, revision, 0, size, key=_revision)
        return chunk[index] if index < size and chunk[index].revision == revision else None

    def since(self, revision: int) -> Iterator[Change]:
        """The changes of this revision and all later ones, as they are now. O(log n + result)."""
        place = max(bisect_left(self._firsts, revision + 1) - 1, 0)
        for number in range(place, len(self._chunks)):
            chunk, size, begin = self._chunks[number], self._size(number), 0
            if number == place and size:
                begin = revision - self._firsts[place]
                if not 0 <= begin < size or chunk[begin].revision != revision:
                    begin = bisect_left(chunk, revision, 0, size, key=_revision)
            yield from chunk[begin:size]

    def drop_before(self, revision: int) -> None:
        """Let go of whole chunks of older changes. O(chunks)."""
        while len(self._chunks) > 1 and self._chunks[1][0].revision <= revision:
            del self._chunks[0]
            del self._firsts[0]

    def fork(self) -> Series:
        """An independent series with the same changes. O(n / 512) pointers."""
        twin = Series()
        twin._chunks = self._chunks.copy()
        twin._firsts = self._firsts.copy()
        twin._tail, twin._held = self._tail, self._held
        return twin

    def __getstate__(self) -> tuple[list[list[Change]], list[int]]:
        return [*self._chunks[:-1], self._tail[: self._held]], self._firsts

    def __setstate__(self, state: tuple[list[list[Change]], list[int]]) -> None:
        self._chunks, self._firsts = state
        self._tail = self._chunks[-1]
        self._held = len(self._tail)

    def _size(self, place: int) -> int:
        return self._held if place == len(self._chunks) - 1 else CHUNK


def _revision(change: Change) -> int:
    return change.revision


class ChangeLog:
    """Every change, and the changes of every collection. `compacted` is the revision up to which they may be gone."""

    __slots__ = ("_all", "_by_prefix", "_own", "_sealed", "compacted")

    def __init__(self) -> None:
        self._all = Series()
        self._by_prefix: dict[bytes, Series] = {}
        self._own: dict[bytes, None] = {}
        """The collections whose series no fork has: it may be written to."""
        self._sealed: ChangeLog | None = None
        self.compacted = 0

    def append(self, change: Change) -> None:
        """Add the newest change. O(1), and once after a fork one chunk of the collection."""
        self._all.append(change)
        prefix = change.resource.prefix
        series = self._by_prefix[prefix] if prefix in self._own else self._to_write(prefix)
        series.append(change)

    def at(self, revision: int) -> Change | None:
        """The change of one revision, or None if that is none of the API server's."""
        return self._all.at(revision)

    def texts(self, resource: Resource, objects: Iterable[Any]) -> list[Pieces]:
        """The JSON of objects without kind and apiVersion; of those that are stored it is made once. O(1) each then."""
        at, name = self._all.at, resource.name
        found = []
        for obj in objects:
            change = at(int(obj.metadata.resource_version or 0))
            if change is None or (change.new is not obj and change.shown(resource) is not obj):
                found.append(codec.pieces(obj))
            else:
                kept = change._json
                found.append(kept[name] if kept and name in kept else change.json(resource))
        return found

    def since(self, revision: int, prefix: bytes | None = None) -> Iterator[Change]:
        """The changes of this revision and all later ones, oldest first; of one collection if a prefix is given."""
        if prefix is None:
            return self._all.since(revision)
        series = self._by_prefix.get(prefix)
        return iter(()) if series is None else series.since(revision)

    @property
    def revision(self) -> int:
        """The revision of the newest change of all, 0 if there is none. O(1)."""
        return self._all.last()

    def last(self, prefix: bytes) -> int:
        """The revision of the newest change of a collection, 0 if there is none. O(1)."""
        series = self._by_prefix.get(prefix)
        return 0 if series is None else series.last()

    def compact(self, revision: int) -> None:
        """Forget the changes up to a revision, as far as whole chunks go."""
        self.compacted = revision
        self._all.drop_before(revision)
        for prefix in self._by_prefix:
            self._to_write(prefix).drop_before(revision)

    def _to_write(self, prefix: bytes) -> Series:
        if prefix not in self._own:
            series = self._by_prefix.get(prefix)
            self._by_prefix[prefix] = Series() if series is None else series.fork()
            self._own[prefix] = None
        return self._by_prefix[prefix]

    def fork(self) -> ChangeLog:
        """An independent log with the same changes. O(n / 512 + collections) pointers."""
        twin = ChangeLog()
        twin.compacted = self.compacted
        twin._all = self._all.fork()
        twin._by_prefix = self._by_prefix.copy()
        self._own = {}
        return twin

    def __getstate__(self) -> tuple[int, Series, dict[bytes, Series]]:
        return self.compacted, self._all, self._by_prefix

    def __setstate__(self, state: tuple[int, Series, dict[bytes, Series]]) -> None:
        self.__init__()  # type: ignore[misc]
        self.compacted, self._all, self._by_prefix = state

    def seal(self) -> ChangeLog:
        """A fork that nobody may write to: the same one until something is added or forgotten here."""
        last = self._sealed
        if last is None or (last._all.last(), last.compacted) != (self._all.last(), self.compacted):
            self._sealed = last = self.fork()
        return last
