"""Watching: the changes of a collection since a revision, as one reader with its selectors sees them.

A cursor is a revision and what to look for; it holds no queue, since the store keeps all history. An object that
starts to match a selector is ADDED, one that stops to is DELETED, as in Kubernetes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from ..objects import evolve, meta
from ..values.frozen import FrozenMap
from ..values.selectors import FieldSelector, Selector
from . import failures, fields
from .conversion import from_storage
from .resources import Resource
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
    prefix: bytes
    revision: int
    matches: Callable[[Any], bool]
    first: tuple[WatchEvent, ...] = ()

    @classmethod
    def start(
        cls,
        server: ApiServer,
        resource: Resource,
        namespace: str | None,
        *,
        labels: Selector | None = None,
        field_selector: FieldSelector | None = None,
        version: str = "",
        initial: bool = False,
        bookmarks: bool = False,
    ) -> WatchCursor:
        """A watch from a resourceVersion. Without one (or from "0") it begins with what exists, as ADDED.

        Raises BadRequest for a version that is no number, Expired for one that has been compacted.
        """
        wanted = _version(version)
        if wanted > server.store.revision:
            raise failures.future_revision(wanted, server.store.revision)
        if wanted and wanted < server.store.compacted:
            raise failures.expired_revision(wanted, server.store.compacted)
        reads = fields.matcher(resource, field_selector)

        def matches(obj: Any) -> bool:
            return (labels is None or labels.matches(obj.metadata.labels)) and (reads is None or reads(obj))

        cursor = cls(resource, resource.collection(namespace), wanted or server.store.revision, matches)
        if wanted and not initial:
            return cursor
        page = server.list(resource, namespace, labels=labels, field_selector=field_selector)
        first = [WatchEvent("ADDED", obj, page.revision) for obj in page.items]
        cursor.revision = page.revision
        if initial and bookmarks:
            first.append(WatchEvent("BOOKMARK", bookmark(resource, page.revision, INITIAL_END), page.revision))
        cursor.first = tuple(first)
        return cursor

    def has_more(self, server: ApiServer) -> bool:
        """Whether `poll` may return something. O(1) while nothing was written."""
        return bool(self.first) or server.store.revision > self.revision

    def poll(self, server: ApiServer) -> Iterator[WatchEvent]:
        """What has happened since the last call, in order. O(log n + changes under the prefix)."""
        first, self.first = self.first, ()
        yield from first
        if server.store.revision <= self.revision:
            return
        changes = server.store.events(self.prefix, self.revision + 1)
        self.revision = server.store.revision
        for change in changes:
            event = self._seen(change)
            if event is not None:
                yield event

    def _seen(self, change: Any) -> WatchEvent | None:
        revision = change.kv.mod_revision
        old = from_storage(self.resource, change.prev_kv.value) if change.prev_kv is not None else None
        before = old is not None and self.matches(old)
        if change.type == "DELETE":
            return WatchEvent("DELETED", at_revision(old, revision), revision) if before else None
        new = from_storage(self.resource, change.kv.value)
        after = self.matches(new)
        if after:
            return WatchEvent("MODIFIED" if before else "ADDED", new, revision)
        return WatchEvent("DELETED", at_revision(old, revision), revision) if before else None


def at_revision(obj: Any, revision: int) -> Any:
    """The object as it last was, with the resourceVersion of the change that took it away."""
    return evolve(obj, metadata=evolve(obj.metadata, resource_version=str(revision)))


def bookmark(resource: Resource, revision: int, annotations: FrozenMap[str, str] = FrozenMap()) -> Any:
    """An empty object that only says how far the watch has got."""
    return resource.type(metadata=meta.ObjectMeta(resource_version=str(revision), annotations=annotations))


def _version(text: str) -> int:
    if not text:
        return 0
    try:
        return int(text)
    except ValueError:
        raise failures.bad_version(text, "resourceVersion") from None
