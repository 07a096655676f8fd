"""The informers of one process: what it has seen of the cluster so far.

A cache is the store at a revision, for the kinds that its process looks at. Moving it forward is an ordinary unit of
work on the loop: it reads the changes since its revision, in the order in which they were made, and tells its
subscribers. A stale cache is one whose delivery has been held back; nothing else is different about it.

Every kind has an informer of its own. They move together as long as nobody holds one back; one that is held, or slow,
has a position by itself (`apart`) until it has caught up.

What it keeps are two tables: the objects by kind and key, and the keys by kind, index and value. An index is declared
(`indexes.py`), and a change touches only those whose values it changes.

Complexity: `get` O(1); `list` of a namespace, `owned` and `indexed` O(result); a delivery O(changes), and of one
change O(its subscribers).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

import attrs

from ..apiserver.changes import Change
from ..apiserver.request import User
from ..apiserver.resources import Resource
from ..apiserver.server import ApiServer
from ..clock import exact
from ..errors import UsageError
from ..loop import Loop
from ..values.durations import seconds_of
from ..values.fork_map import ForkIndex, ForkMap
from ..values.state import State
from .client import Client
from .indexes import ALWAYS, BY_NAMESPACE, BY_OWNER, Index, nobody
from .wiring import key_of

T = TypeVar("T")
Handler = Callable[[Any, Any | None, Any | None], None]
"""Called with the resource, the object before and the object after."""


@attrs.frozen
class Position:
    """Where an informer is that does not move with the others: it has seen everything up to `revision`.

    `held` stops it; `delay` is how many seconds it is behind; `prefix` is where its objects are stored. Of the next
    changes it misses `drops`, and is told of `repeats` twice.
    """

    prefix: bytes
    revision: int
    held: bool = False
    delay: float = 0.0
    drops: int = 0
    repeats: int = 0

    @property
    def apart(self) -> bool:
        """Whether it has a reason to be left behind once it has seen everything."""
        return bool(self.delay or self.drops or self.repeats)


@attrs.define(eq=False)
class CacheState(State):
    """What one process has seen."""

    revision: int = 0
    """Up to where every informer is that is not `apart`."""
    awake: bool = True
    """Whether the process runs at all: one that does not hears of nothing."""
    scheduled: bool = False
    apart: ForkMap[str, Position] = attrs.field(factory=ForkMap)
    """By resource: the informers that are held back."""
    objects: ForkIndex[str, Any] = attrs.field(factory=ForkIndex)
    """By resource: the objects by key."""
    keys: ForkIndex[tuple[str, str, str], None] = attrs.field(factory=ForkIndex)
    """By resource, index and value: the keys of the objects."""
    uids: ForkMap[str, Any] = attrs.field(factory=ForkMap)
    """Of a process that looks at everything: every object by its uid."""
    dependents: ForkIndex[str, Any] = attrs.field(factory=ForkIndex)
    """Of a process that looks at everything: by the uid of an owner, the objects that name it, by path."""


@attrs.frozen(eq=False)
class Kinds:
    """What a cache keeps: the resources by where their objects are stored (several may show the same objects), and
    their indexes. Wiring, which forks share."""

    by_prefix: dict[bytes, tuple[Resource, ...]] = attrs.field(factory=dict)
    indexes: dict[str, tuple[Index, ...]] = attrs.field(factory=dict)
    everything: bool = False
    """Whether every stored object is followed, of whatever kind; but for events."""
    always: tuple[Index, ...] = ALWAYS
    """The indexes of every kind."""
    declared: dict[tuple[Any, ...], str] = attrs.field(factory=dict)
    """The resource by the words of each declaration, a class and the names of indexes: a fork declares all of it again,
    and need not look anything up."""

    def resources(self) -> tuple[Resource, ...]:
        """The resources that are kept."""
        return tuple([row for rows in self.by_prefix.values() for row in rows])

    def with_kind(self, resource: Resource, *indexes: Index) -> Kinds:
        """The same with one kind more, or more indexes of it."""
        shown = self.by_prefix.get(resource.prefix, ())
        if resource.name not in self.indexes:
            shown = (*shown, resource)
        had = self.indexes.get(resource.name, self.always)
        more = tuple([index for index in indexes if not _has(had, index)])
        return attrs.evolve(
            self,
            by_prefix={**self.by_prefix, resource.prefix: shown},
            indexes={**self.indexes, resource.name: (*had, *more)},
        )


def _has(indexes: Sequence[Index], wanted: Index) -> bool:
    return wanted.name in [index.name for index in indexes]


class Owner(Protocol):
    """The process whose cache it is."""

    def changed(self, resource: Resource, old: Any, new: Any) -> None:
        """An object of a kind that is kept has changed."""

    def changed_anywhere(self, resource: Resource, old: Any, new: Any) -> None:
        """Any object but an event has changed; told only to who follows everything."""

    def delivered(self) -> None:
        """The informers have moved as far as they may."""

    def failed(self, problem: BaseException) -> bool:
        """Something that was told of a change has raised: whether that should reach the test."""


class Cache:
    """What one process sees. `name` is the loop's name for its deliveries."""

    __slots__ = (
        "_batched",
        "_client",
        "_everything",
        "_handlers",
        "_loop",
        "_owner",
        "_resources",
        "_server",
        "kinds",
        "name",
        "state",
    )

    def __init__(
        self,
        name: str,
        server: ApiServer,
        loop: Loop,
        state: CacheState | None = None,
        kinds: Kinds | None = None,
        user: User | None = None,
    ) -> None:
        self.name = name
        self.state = state or CacheState(revision=server.revision)
        self.kinds = kinds or Kinds()
        self._server = server
        self._client = Client(server, name, user=user)
        self._loop = loop
        self._handlers: dict[str, list[Handler]] = {}
        self._everything: list[Handler] = []
        self._owner: Owner | None = None
        self._batched = False
        self._resources: dict[Any, Resource] = {}
        """The rows of the kinds that were asked for, so that asking costs one look."""
        loop.attach(name, self)

    # Wiring

    def subscribe(self, kind: Any, handler: Handler | None = None, *indexes: Index) -> None:
        """Keep the objects of a kind, and call `handler(kind, old, new)` for every change that is delivered.

        Indexes must be declared before objects arrive.
        """
        words = (kind, *[index.name for index in indexes])
        name = self.kinds.declared.get(words)
        if name is None:
            resource = self._row(kind)
            name, kinds = resource.name, self.kinds
            had = kinds.indexes.get(name, ())
            if not had or [index for index in indexes if index not in had]:
                kinds = kinds.with_kind(resource, *indexes)
            self.kinds = attrs.evolve(kinds, declared={**kinds.declared, words: name})
        if handler is not None:
            self._handlers.setdefault(name, []).append(handler)

    def keep(self, who: str, *wanted: tuple[Any, Index | None]) -> None:
        """Keep the objects of several kinds, each with an index if one is named. One name wants the same every time,
        so that what a fork has to look at is the name. Must be declared before objects arrive."""
        if (who,) in self.kinds.declared:
            return
        for kind, index in wanted:
            self.subscribe(kind, None, *(() if index is None else (index,)))
        self.kinds = attrs.evolve(self.kinds, declared={**self.kinds.declared, (who,): ""})

    def watched_by(self, owner: Owner, *, batched: bool = False) -> None:
        """Tell one owner of every change, when all is delivered, and of handlers that fail.

        With `batched` deliveries wait their turn among the keys that are queued: what one controller writes the others
        see when they have looked at what has woken them all.
        """
        self._owner, self._batched = owner, batched

    def subscribe_all(self, handler: Handler) -> None:
        """Call `handler` for every change of every stored object but events, and keep track of who owns whom."""
        if not self.kinds.everything:
            self.kinds = attrs.evolve(self.kinds, everything=True)
        self._everything.append(handler)

    # Reading

    @property
    def revision(self) -> int:
        """Up to where this cache has seen everything that no informer holds back."""
        return self.state.revision

    def position(self, prefix: bytes) -> int:
        """The revision up to which the objects under a prefix of the store have been seen."""
        found = self.state.revision
        if self.state.apart:
            for resource in self.kinds.by_prefix.get(prefix, ()):
                apart = self.state.apart.get(resource.name)
                if apart is not None:
                    found = min(found, apart.revision)
        return found

    def keeps(self, prefix: bytes) -> bool:
        """Whether there is an informer for the objects under a prefix of the store."""
        return prefix in self.kinds.by_prefix

    def sees(self, kind: Any) -> bool:
        """Whether there is an informer for a kind. Raises UsageError for one that is not served."""
        return self._row(kind).name in self.kinds.indexes

    def dependents(self, uid: str) -> tuple[Any, ...]:
        """Everything that names an owner with this uid, of whatever kind; needs a `subscribe_all`."""
        return self.state.dependents.under(uid)

    def by_uid(self, uid: str) -> Any | None:
        """The object with this uid, of whatever kind, or None; needs a `subscribe_all`."""
        return self.state.uids.get(uid)

    def get(self, kind: type[T], key: str) -> T | None:
        """The object named `namespace/name` (or `name`), as this cache last saw it, or None."""
        return self.state.objects.find(self._kept(kind), key)

    def as_of_now(self, kind: type[T], key: str) -> T | None:
        """The same with what goes on by itself, such as the renewals of a Lease, as it is at this moment."""
        found = self.get(kind, key)
        shown: T | None = None if found is None else self._server.as_of_now(self._server.resources.of(kind), found)
        return shown

    def list(self, kind: type[T], namespace: str | None = None) -> tuple[T, ...]:
        """All objects of a kind, or those of a namespace, in the order in which they came. O(result)."""
        if namespace is None:
            return self.state.objects.under(self._kept(kind))
        return self.indexed(kind, BY_NAMESPACE, namespace)

    def is_empty(self, kind: Any) -> bool:
        """Whether there is no object of a kind. O(1)."""
        return self.state.objects.bucket(self._kept(kind)) is None

    def owned(self, kind: type[T], *, by: Any) -> tuple[T, ...]:
        """The objects of a kind whose controlling owner is `by`."""
        return self.indexed(kind, BY_OWNER, by.metadata.uid)

    def orphans(self, kind: type[T], namespace: str | None) -> tuple[T, ...]:
        """The objects of a kind in a namespace that no controller owns."""
        return self.indexed(kind, BY_OWNER, nobody(namespace))

    def indexed(self, kind: type[T], index: Index, value: str) -> tuple[T, ...]:
        """The objects of a kind under one value of an index."""
        name = self._kept(kind)
        keys = self.state.keys.bucket((name, index.name, value))
        if keys is None:
            declared = self.kinds.indexes[name]
            assert index in declared or _has(declared, index), f"{index.name} is not declared for {name}"
            return ()
        objects: Any = self.state.objects.bucket(name)
        return tuple([objects[key] for key in keys])

    def indexed_under(self, kind: type[T], index: Index, values: Sequence[str]) -> tuple[T, ...]:
        """The objects of a kind under several values of an index, one value after the other."""
        name = self._kept(kind)
        bucket, label = self.state.keys.bucket, index.name
        found: Any = []
        for value in values:
            keys = bucket((name, label, value))
            if keys is not None:
                objects: Any = self.state.objects.bucket(name)
                found += [objects[key] for key in keys]
        return tuple(found)

    def count(self, kind: Any, index: Index, value: str) -> int:
        """How many objects of a kind are under one value of an index. O(1)."""
        keys = self.state.keys.bucket((self._kept(kind), index.name, value))
        return 0 if keys is None else len(keys)

    def _row(self, kind: Any) -> Resource:
        found = self._resources.get(kind)
        if found is None:
            found = self._resources[kind] = self._client.resource_of(kind)
        return found

    def _kept(self, kind: Any) -> str:
        """The name of a kind's resource. Raises UsageError for one that this cache does not keep."""
        row = self._resources[kind] if kind in self._resources else self._row(kind)
        if row.name not in self.kinds.indexes:
            name = row.kind.kind
            raise UsageError(
                f"{self.name} has no informer for {row.kind.plural}: a controller sees what its wiring names, so add "
                f"{name} to owns, watches or reads, or ask the server with api.get({name}, ...)"
            )
        return row.name

    # Moving forward

    def notice(self, change: Change) -> None:
        """Something was written: have it delivered, if it concerns this cache. O(1)."""
        state = self.state
        if not state.scheduled and state.awake and self.cares_for(change):
            state.revision = change.revision - 1
            self._schedule()

    def cares_for(self, change: Change) -> bool:
        """Whether a change is of a kind that this cache follows."""
        return self.kinds.everything or change.resource.prefix in self.kinds.by_prefix

    def catch_up(self) -> None:
        """Have everything delivered that there is, whether or not somebody has noticed it."""
        if not self.state.scheduled and self.state.awake:
            self._schedule()

    def _schedule(self) -> None:
        self.state.scheduled = True
        self._loop.schedule(self.name, ("deliver",), batched=self._batched)

    def hold(self, kind: Any) -> None:
        """Stop an informer where it is, as behind a network that delivers nothing."""
        self._set_apart(kind, held=True)

    def _set_apart(self, kind: Any, **changes: Any) -> None:
        resource = self._row(kind)
        had = self.state.apart.get(resource.name) or Position(resource.prefix, self.state.revision)
        self.state.apart[resource.name] = attrs.evolve(had, **changes)

    def release(self, kind: Any) -> None:
        """End a hold or a delay: what was missed is delivered at once."""
        if self._row(kind).name in self.state.apart:
            self._set_apart(kind, held=False, delay=0.0)
            if not self.state.scheduled:
                self._schedule()

    def delay(self, kind: Any, seconds: float) -> None:
        """Let an informer see everything so many seconds after it was written."""
        self._set_apart(kind, delay=seconds)
        if not self.state.scheduled:
            self._schedule()

    def hasten(self) -> None:
        """End all delays: what is on the way is delivered at once."""
        apart = self.state.apart
        late = [(name, position) for name, position in apart.items() if position.delay]
        for name, position in late:
            apart[name] = attrs.evolve(position, delay=0.0)
        if late:
            self.catch_up()

    def miss(self, kind: Any, count: int) -> None:
        """Let an informer never hear of the next changes: what a watch loses that nobody knows to be broken."""
        self._set_apart(kind, drops=count)

    def repeat(self, kind: Any, count: int) -> None:
        """Let an informer be told twice of the next changes."""
        self._set_apart(kind, repeats=count)

    def expire(self, kind: Any) -> None:
        """Let an informer list anew, as one does whose watch has expired; what came and went meanwhile it never sees.

        It ends a hold and all else that keeps the informer apart.
        """
        if not self.state.awake:
            return
        resource = self._row(kind)
        self._relist(resource.name, Position(resource.prefix, self.state.revision))
        if self._owner is not None:
            self._owner.delivered()

    def unseen(self) -> tuple[Resource, ...]:
        """The kinds of which the next delivery brings something, in the order in which they have changed."""
        state, found = self.state, dict[str, Resource]()
        if state.scheduled and state.awake:
            for change in self._server.log.since(state.revision + 1):
                for kept in self.kinds.by_prefix.get(change.resource.prefix, ()):
                    if kept.name not in state.apart:
                        found[kept.name] = kept
        return tuple(found.values())

    def run(self, item: tuple[Hashable, ...]) -> None:
        """Deliver everything that has happened since this cache's revision."""
        state = self.state
        state.scheduled = False
        if not state.awake:
            return
        try:
            for change in self._server.log.since(state.revision + 1):
                state.revision = change.revision
                self._deliver(change)
            state.revision = self._server.revision
            for name, position in list(state.apart.items()):
                self._catch_up(name, position)
        except BaseException as problem:
            if self._owner is None:
                self._schedule()
                raise
            if self._owner.failed(problem):
                raise
            return
        if self._owner is not None:
            self._owner.delivered()

    def _deliver(self, change: Change) -> None:
        resource, apart = change.resource, self.state.apart
        for kept in self.kinds.by_prefix.get(resource.prefix, ()):
            if not apart or kept.name not in apart:
                seen = change.seen_through(kept)
                self._move(kept, change.key, seen.new)
        if self.kinds.everything and resource.key != "events" and (not apart or resource.name not in apart):
            self._follow(resource, change.key, change.old, change.new)

    def _catch_up(self, name: str, position: Position) -> None:
        """Move an informer that was left behind as far as it may see by now."""
        if position.held:
            return
        state, now = self.state, self._loop.clock.now
        if position.revision < self._server.log.compacted:
            self._relist(name, position)
            return
        kept = next((row for row in self.kinds.by_prefix.get(position.prefix, ()) if row.name == name), None)
        for change in self._server.log.since(position.revision + 1, position.prefix):
            due = exact(change.time + position.delay)
            if due > now:
                self._loop.schedule_at(self.name, ("deliver",), due)
                state.apart[name] = attrs.evolve(position, revision=change.revision - 1)
                return
            missed, twice = position.drops > 0, position.repeats > 0
            position = attrs.evolve(
                position, revision=change.revision, drops=position.drops - missed, repeats=position.repeats - twice
            )
            state.apart[name] = position
            if not missed:
                self._see(kept, change)
            if twice:
                self._see(kept, attrs.evolve(change, old=change.new) if change.new is not None else change)
        self._rejoin(name, position)

    def _see(self, kept: Resource | None, change: Change) -> None:
        """One change of an informer that is apart."""
        if kept is not None:
            seen = change.seen_through(kept)
            self._move(kept, change.key, seen.new)
        if self.kinds.everything and change.resource.key != "events":
            self._follow(change.resource, change.key, change.old, change.new)

    def _rejoin(self, name: str, position: Position) -> None:
        """An informer that has seen everything moves with the others, unless something keeps it apart."""
        if position.apart:
            self.state.apart[name] = attrs.evolve(position, revision=self.state.revision)
        else:
            self.state.apart.pop(name, None)

    def _relist(self, name: str, position: Position) -> None:
        """What an informer does whose revision has been compacted: it lists, and tells what is different by then."""
        state = self.state
        rows = [row for row in self.kinds.by_prefix.get(position.prefix, ()) if row.name == name]
        if not rows and self.kinds.everything:
            rows = [row for row in self._server.resources.all() if row.name == name]
        for row in rows:
            kept = name in self.kinds.indexes
            if kept:
                bucket = state.objects.bucket(name)
                had = {} if bucket is None else dict(bucket.items())
            else:
                had = {key_of(obj): obj for _, obj in state.uids.items() if self._row(obj).name == name}
            for obj in self._client.list(row):
                self._step(row, had.pop(key_of(obj), None), obj)
            for obj in had.values():
                self._step(row, obj, None)
        self._rejoin(name, position)

    def _step(self, row: Resource, old: Any | None, new: Any | None) -> None:
        """One difference that a list has shown."""
        if old is not None and new is not None and old.metadata.resource_version == new.metadata.resource_version:
            return
        metadata = (new if new is not None else old).metadata  # type: ignore[union-attr]
        path = row.path(metadata.namespace, metadata.name)
        if row.name in self.kinds.indexes:
            self._move(row, path, new)
        if self.kinds.everything and row.canonical and row.key != "events":
            self._follow(row, path, old, new)

    def _follow(self, resource: Resource, path: bytes, old: Any | None, new: Any | None) -> None:
        """Keep track of owners, and tell those who look at everything."""
        state = self.state
        if old is not None:
            if new is None:
                state.uids.pop(old.metadata.uid, None)
            for reference in old.metadata.owner_references:
                state.dependents.discard(reference.uid, path)
        if new is not None:
            state.uids[new.metadata.uid] = new
            for reference in new.metadata.owner_references:
                state.dependents.set(reference.uid, path, new)
        for handler in self._everything:
            handler(resource, old, new)
        if self._owner is not None:
            self._owner.changed_anywhere(resource, old, new)

    def _move(self, resource: Resource, path: bytes, new: Any | None) -> None:
        """An object is so by now, or gone. What it was before is what this cache has seen of it."""
        state, name = self.state, resource.name
        key = path[len(resource.prefix) :].decode()
        old = state.objects.find(name, key)
        if old is None and new is None:
            return
        for index in self.kinds.indexes[name]:
            if old is not None and new is not None and index.of(old) is index.of(new):
                continue
            before = index.values(old) if old is not None else ()
            after = index.values(new) if new is not None else ()
            for value in before:
                if value not in after:
                    state.keys.discard((name, index.name, value), key)
            for value in after:
                if value not in before:
                    state.keys.set((name, index.name, value), key, None)
        if new is None:
            state.objects.discard(name, key)
        else:
            state.objects.set(name, key, new)
        if self._owner is not None:
            self._owner.changed(resource, old, new)
        for handler in self._handlers.get(name, ()):
            handler(resource, old, new)

    # Starting and stopping

    def clear(self) -> None:
        """Forget everything, as a process does that ends, and hear of nothing until `fill`."""
        self._begin_anew(awake=False)

    def _begin_anew(self, *, awake: bool) -> None:
        scheduled = self.state.scheduled
        self.state.__init__(revision=self._server.revision, awake=awake, scheduled=scheduled)  # type: ignore[misc]

    def fill(self, revision: int = 0) -> None:
        """The initial list of everything, as a process makes it when it starts. Handlers see it as added.

        With a `revision` it is the list of that past, as of an API server that lags, and all informers are held there.
        Raises the ApiError that refuses a list; what was listed before is forgotten then.
        """
        rows = self.kinds.resources()
        listed = [(resource, self._client.list(resource, revision=revision)) for resource in rows]
        everything = self._stored() if self.kinds.everything else []
        self._begin_anew(awake=True)
        for resource in rows if revision else ():
            self.state.apart[resource.name] = Position(resource.prefix, revision, held=True)
        for resource, objects in listed:
            for obj in objects:
                self._move(resource, resource.path(obj.metadata.namespace, obj.metadata.name), obj)
        for resource, obj in everything:
            self._follow(resource, resource.path(obj.metadata.namespace, obj.metadata.name), None, obj)

    def _stored(self) -> Sequence[tuple[Resource, Any]]:
        """Every stored object but events, with its resource."""
        rows = [row for row in self._server.resources.all() if row.policy.stored and row.canonical]
        return [(row, obj) for row in rows if row.key != "events" for obj in self._client.list(row)]

    def check(self) -> None:
        """Walk everything and raise AssertionError where an index does not say what the objects say."""
        state = self.state
        state.objects.check()
        state.keys.check()
        wanted: dict[tuple[str, str, str], set[str]] = {}
        for name, objects in state.objects.items():
            for key, obj in objects.items():
                for index in self.kinds.indexes[name]:
                    for value in index.values(obj):
                        wanted.setdefault((name, index.name, value), set()).add(key)
        assert {place: set(keys) for place, keys in state.keys.items()} == wanted


class Informer:
    """What one process sees of one kind, for whoever wants to hold it back."""

    __slots__ = ("_caches", "_kind")

    def __init__(self, caches: tuple[Cache, ...], kind: Any) -> None:
        self._caches = caches
        self._kind = kind

    def hold(self) -> None:
        """From now on nothing of this kind is delivered."""
        self._each(Cache.hold)

    def release(self) -> None:
        """What was held back or delayed is delivered at once, and from now on as it comes."""
        self._each(Cache.release)

    def delay(self, duration: Any) -> None:
        """From now on everything of this kind is delivered so much later than it happens: seconds, or "2s"."""
        self._each(partial(_delayed, seconds_of(duration)))

    def _each(self, act: Callable[[Cache, Any], None]) -> None:
        for cache in self._caches:
            act(cache, self._kind)


def _delayed(seconds: float, cache: Cache, kind: Any) -> None:
    cache.delay(kind, seconds)
