"""Watching: the changes of a collection since a revision, as one reader with its selectors sees them.

A cursor is a revision and what to look for; it holds no queue, since the log of changes keeps all history. An object
that starts to match a selector is ADDED, one that stops to is DELETED, as in Kubernetes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf
from typing import TYPE_CHECKING, Any

import attrs

from ..objects import evolve, meta
from ..values.frozen import FrozenMap
from . import failures, fields, reading
from .changes import Change, at_revision
from .request import ListOptions, Request
from .resources import Resource

if TYPE_CHECKING:
    from .server import ApiServer

INITIAL_END = FrozenMap({"k8s.io/initial-events-end": "true"})


@attrs.frozen
class WatchEvent:
    """One line of a watch: ADDED, MODIFIED, DELETED or BOOKMARK, and the object."""

    type: str
    object: Any
    revision: int


@attrs.define(eq=False)
class WatchCursor:
    """Where one watcher has got to. `revision` is the last one that it has seen."""

    resource: Resource
    namespace: str | None
    revision: int
    matches: Callable[[Any], bool]
    first: tuple[WatchEvent, ...] = ()
    looked: float = 0.0
    """When it was last polled, in seconds since the start."""

    @classmethod
    def start(cls, server: ApiServer, request: Request) -> WatchCursor:
        """A watch from a resourceVersion. Without one (or from "0") it begins with what exists, as ADDED, if nothing
        else is said; from one that is still to come it waits for what is written after it.

        Raises BadRequest for a version that is no number, Expired for one that has been compacted, and Timeout if what
        exists is asked for at one that is still to come.
        """
        resource, options = request.resource, request.options
        wanted = _version(options.version)
        if wanted > server.revision and options.initial:
            raise failures.future_revision(wanted, server.revision)
        if wanted and wanted < server.store.compacted:
            raise failures.expired_revision(wanted, server.store.compacted)
        labels, reads = options.labels, fields.matcher(resource, options.fields)

        def matches(obj: Any) -> bool:
            return (labels is None or labels.matches(obj.metadata.labels)) and (reads is None or reads(obj))

        namespace = request.namespace if resource.namespaced else None
        name = request.name
        if name:
            inner = matches

            def matches(obj: Any) -> bool:
                return obj.metadata.name == name and inner(obj)

        cursor = cls(resource, namespace, wanted or server.revision, matches, looked=server.clock.now)
        if options.initial is False or (wanted and not options.initial):
            return cursor
        page = reading.page(server, attrs.evolve(request, options=ListOptions(labels=labels, fields=options.fields)))
        first = [WatchEvent("ADDED", obj, page.revision) for obj in page.items if not name or matches(obj)]
        cursor.revision = page.revision
        if options.initial and options.bookmarks:
            first.append(WatchEvent("BOOKMARK", bookmark(resource, page.revision, INITIAL_END), page.revision))
        cursor.first = tuple(first)
        return cursor

    def poll(self, server: ApiServer) -> Iterator[WatchEvent]:
        """What has happened since the last call, in order. O(log n + changes of the resource since then)."""
        first, self.first = self.first, ()
        yield from first
        since, self.revision = self.revision + 1, max(self.revision, server.revision)
        written: set[bytes] = set()
        going_on = server.current.get(self.resource.key)
        for change in server.log.since(since, self.resource.prefix):
            event = self._seen(change)
            if event is not None:
                written.add(change.key)
                if going_on is not None and event.type != "DELETED":
                    event = attrs.evolve(event, object=going_on.shown(event.object))
                yield event
        looked, self.looked = self.looked, server.clock.now
        if going_on is not None and looked < self.looked:
            for key, obj in self._watched(server):
                due = going_on.after(obj, looked)
                if due is not None and due <= self.looked and key not in written:
                    yield WatchEvent("MODIFIED", going_on.shown(obj), int(obj.metadata.resource_version))

    def until(self, server: ApiServer) -> float:
        """Before when nothing comes that goes on by itself, in seconds since the start. O(1) for nearly all kinds, and
        O(what is watched) for the others."""
        going_on = server.current.get(self.resource.key)
        if going_on is None:
            return inf
        now = server.clock.now
        found = [going_on.after(obj, now) for _, obj in self._watched(server)]
        return min([due for due in found if due is not None], default=inf)

    def _watched(self, server: ApiServer) -> Iterator[tuple[bytes, Any]]:
        """What is stored of what is watched, with where it is."""
        for pair in server.store.items(self.resource.collection(self.namespace)):
            obj = server.shown(self.resource, pair)
            if self.matches(obj):
                yield pair.key, obj

    def _seen(self, change: Change) -> WatchEvent | None:
        change = change.seen_through(self.resource)
        revision, old, new = change.revision, change.old, change.new
        if self.namespace is not None and (old if new is None else new).metadata.namespace != self.namespace:
            return None
        before = old is not None and self.matches(old)
        if new is not None and self.matches(new):
            return WatchEvent("MODIFIED" if before else "ADDED", new, revision)
        if not before:
            return None
        gone = change.object if new is None else at_revision(old, revision)
        return WatchEvent("DELETED", gone, revision)


def bookmark(resource: Resource, revision: int, annotations: FrozenMap[str, str] = FrozenMap()) -> Any:
    """An empty object that only says how far the watch has got."""
    return evolve(
        resource.kind.empty(), metadata=meta.ObjectMeta(resource_version=str(revision), annotations=annotations)
    )


def _version(text: str) -> int:
    if not text:
        return 0
    try:
        return int(text)
    except ValueError:
        raise failures.bad_version(text, "resourceVersion") from None
