"""The informer cache: what one process has seen of the cluster so far.

A cache is the store at a revision. Moving it forward is an ordinary unit of work on the loop: it reads every change
since its revision, in the order in which the changes were made, and tells its subscribers. A stale cache is one whose
delivery has been held back; nothing else is different about it.

Complexity: `get` O(1); `list` of a namespace, `owned` and `indexed` O(result); a delivery O(changes), and of one
change O(its subscribers).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from ..apiserver.changes import Change
from ..apiserver.resources import Resource
from ..apiserver.server import ApiServer
from ..loop import Loop
from .client import Client

T = TypeVar("T")
Handler = Callable[[Any, Any | None, Any | None], None]
Indexer = Callable[[Any], Iterable[str]]


def controller_uid(obj: Any) -> tuple[str, ...]:
    """The index value behind `owned`: the uid of the controlling owner."""
    return tuple(reference.uid for reference in obj.metadata.owner_references if reference.controller)


class Shelf:
    """The objects of one resource in a cache, with their indexes."""

    __slots__ = ("by_index", "by_namespace", "objects")

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self.by_namespace: dict[str, dict[str, Any]] = {}
        self.by_index: dict[str, dict[str, dict[str, Any]]] = {}

    def fork(self) -> Shelf:
        twin = Shelf()
        twin.objects = dict(self.objects)
        twin.by_namespace = {name: dict(inner) for name, inner in self.by_namespace.items()}
        twin.by_index = {
            index: {value: dict(inner) for value, inner in values.items()} for index, values in self.by_index.items()
        }
        return twin


class Cache:
    """What one process sees. `name` is the loop's name for its deliveries, `client` whom it lists as.

    `held` stops deliveries: the cache stays where it is, as behind a slow network, until `release`.
    """

    __slots__ = (
        "_by_prefix",
        "_client",
        "_everything",
        "_handlers",
        "_indexers",
        "_loop",
        "_owned_by",
        "_scheduled",
        "_server",
        "_shelves",
        "_uids",
        "held",
        "name",
        "revision",
    )

    def __init__(self, name: str, server: ApiServer, loop: Loop) -> None:
        self.name = name
        self.revision = server.revision
        self.held = False
        self._server = server
        self._client = Client(server, name)
        self._loop = loop
        self._scheduled = False
        self._shelves: dict[str, Shelf] = {}
        self._by_prefix: dict[bytes, tuple[Resource, ...]] = {}
        """The resources that are kept, by where their objects are stored: several may show the same objects."""
        self._handlers: dict[str, list[Handler]] = {}
        self._indexers: dict[str, dict[str, Indexer]] = {}
        self._everything: list[Handler] = []
        self._owned_by: dict[str, dict[bytes, Any]] = {}
        self._uids: dict[str, Any] = {}
        loop.attach(name, self)

    def fork(self, server: ApiServer, loop: Loop) -> Cache:
        """The same view for a forked cluster; subscribers subscribe anew."""
        twin = Cache(self.name, server, loop)
        twin.revision = self.revision
        twin.held = self.held
        twin._scheduled = self._scheduled
        twin._shelves = {name: shelf.fork() for name, shelf in self._shelves.items()}
        twin._owned_by = {uid: dict(inner) for uid, inner in self._owned_by.items()}
        twin._uids = dict(self._uids)
        return twin

    # Wiring

    def subscribe(self, kind: Any, handler: Handler | None = None) -> None:
        """Keep the objects of a kind, and call `handler(kind, old, new)` for every change that is delivered."""
        resource = self._client.resource_of(kind)
        if resource.name not in self._shelves:
            self._shelves[resource.name] = Shelf()
        shown = self._by_prefix.get(resource.prefix, ())
        if resource not in shown:
            self._by_prefix[resource.prefix] = (*shown, resource)
        self._indexers.setdefault(resource.name, {"owner": controller_uid})
        handlers = self._handlers.setdefault(resource.name, [])
        if handler is not None:
            handlers.append(handler)

    def index(self, kind: Any, name: str, indexer: Indexer) -> None:
        """Keep an index over a kind that `indexed` can ask. Must be declared before objects arrive."""
        self.subscribe(kind)
        self._indexers[self._client.resource_of(kind).name][name] = indexer

    def subscribe_all(self, handler: Handler) -> None:
        """Call `handler` for every change of every stored object but events, and keep track of who owns whom."""
        self._everything.append(handler)

    # Reading

    def dependents(self, uid: str) -> tuple[Any, ...]:
        """Everything that names an owner with this uid, of whatever kind; needs a `subscribe_all`."""
        return tuple(self._owned_by.get(uid, {}).values())

    def by_uid(self, uid: str) -> Any | None:
        """The object with this uid, of whatever kind, or None; needs a `subscribe_all`."""
        return self._uids.get(uid)

    def get(self, cls: type[T], key: str) -> T | None:
        """The object named `namespace/name` (or `name`), as this cache last saw it, or None."""
        return self._shelf(cls).objects.get(key)

    def list(self, cls: type[T], namespace: str | None = None) -> tuple[T, ...]:
        """All objects of a class, or those of a namespace, in the order in which they came."""
        shelf = self._shelf(cls)
        if namespace is None:
            return tuple(shelf.objects.values())
        return tuple(shelf.by_namespace.get(namespace, {}).values())

    def owned(self, cls: type[T], *, by: Any) -> tuple[T, ...]:
        """The objects of a class whose controlling owner is `by`."""
        return self.indexed(cls, "owner", by.metadata.uid)

    def indexed(self, cls: type[T], index: str, value: str) -> tuple[T, ...]:
        """The objects of a class under one value of an index."""
        return tuple(self._shelf(cls).by_index.get(index, {}).get(value, {}).values())

    def _shelf(self, kind: Any) -> Shelf:
        return self._shelves[self._client.resource_of(kind).name]

    # Moving forward

    def notice(self, change: Change) -> None:
        """Something was written: have it delivered, if it concerns this cache. O(1)."""
        if not self._scheduled and not self.held and (self._everything or change.resource.prefix in self._by_prefix):
            self._scheduled = True
            self._loop.schedule(self.name, ("deliver",))

    def release(self) -> None:
        """End a hold: what was missed is delivered at once."""
        self.held = False
        if not self._scheduled:
            self._scheduled = True
            self._loop.schedule(self.name, ("deliver",))

    def run(self, item: tuple[Hashable, ...]) -> None:
        """Deliver everything that has happened since this cache's revision."""
        self._scheduled = False
        if self.held:
            return
        since, self.revision = self.revision + 1, self._server.revision
        for change in self._server.log.since(since):
            resource = change.resource
            for kept in self._by_prefix.get(resource.prefix, ()):
                seen = change.seen_through(kept)
                self._move(kept, change.key, seen.old, seen.new)
            if self._everything and resource.key != "events":
                self._follow(resource, change.key, change.old, change.new)

    def _follow(self, resource: Resource, path: bytes, old: Any | None, new: Any | None) -> None:
        """Keep track of owners, and tell those who look at everything."""
        if old is not None:
            if new is None:
                self._uids.pop(old.metadata.uid, None)
            for reference in old.metadata.owner_references:
                inner = self._owned_by.get(reference.uid)
                if inner is not None:
                    inner.pop(path, None)
                    if not inner:
                        del self._owned_by[reference.uid]
        if new is not None:
            self._uids[new.metadata.uid] = new
            for reference in new.metadata.owner_references:
                self._owned_by.setdefault(reference.uid, {})[path] = new
        for handler in self._everything:
            handler(resource, old, new)

    def fill(self) -> None:
        """The initial list of everything subscribed, as a process does when it starts. Handlers see it as added."""
        self.revision = self._server.revision
        for kept in self._by_prefix.values():
            for resource in kept:
                self._shelves[resource.name] = Shelf()
                for obj in self._client.list(resource):
                    path = resource.path(obj.metadata.namespace, obj.metadata.name)
                    self._move(resource, path, None, obj)

    def _move(self, resource: Resource, path: bytes, old: Any | None, new: Any | None) -> None:
        shelf = self._shelves[resource.name]
        key = path[len(resource.prefix) :].decode()
        namespace = key.partition("/")[0] if resource.namespaced else ""
        indexers = self._indexers[resource.name]
        if old is not None:
            for name, indexer in indexers.items():
                if new is None or indexer(old) != indexer(new):
                    for value in indexer(old):
                        entries = shelf.by_index.get(name, {}).get(value)
                        if entries is not None:
                            entries.pop(key, None)
                            if not entries:
                                del shelf.by_index[name][value]
        if new is None:
            shelf.objects.pop(key, None)
            inner = shelf.by_namespace.get(namespace)
            if inner is not None:
                inner.pop(key, None)
                if not inner:
                    del shelf.by_namespace[namespace]
        else:
            shelf.objects[key] = new
            shelf.by_namespace.setdefault(namespace, {})[key] = new
            for name, indexer in indexers.items():
                for value in indexer(new):
                    shelf.by_index.setdefault(name, {}).setdefault(value, {})[key] = new
        for handler in self._handlers[resource.name]:
            handler(resource, old, new)

    def check(self) -> None:
        """Walk everything and raise AssertionError where an index does not say what the objects say."""
        for resource_key, shelf in self._shelves.items():
            for key, obj in shelf.objects.items():
                namespace = obj.metadata.namespace or ""
                assert shelf.by_namespace[namespace][key] is obj, (resource_key, key)
                for name, indexer in self._indexers[resource_key].items():
                    for value in indexer(obj):
                        assert shelf.by_index[name][value][key] is obj, (resource_key, name, value, key)
            assert sum(map(len, shelf.by_namespace.values())) == len(shelf.objects), resource_key
