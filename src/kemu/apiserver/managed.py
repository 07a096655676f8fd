"""managedFields of every write, computed when somebody looks.

A write that is no server-side apply makes its writer the owner of what it changed. To say so at once would cost more
than the rest of the write, and hardly anybody asks: so a stored object's `metadata.managedFields` is a `Managed`, a
sequence of entries that remembers the entries before, the object before, the object as it was sent, and the writer.
The first look folds all that has happened since the last look, oldest first, and keeps the result; from then on the
objects that it was made from are let go. Only a new object of a built-in kind that is to stay is looked at when it
is written, since what it has nearly always is what others had before it.

    create            update           status            <- stored objects
    Managed <-------- Managed <------- Managed           <- their managedFields
    (nothing, new)    (old, new)       (old, new)        one fold: take(take(take(none, ...), ...), ...)

A `Managed` is a value: what it says never changes, only whether it has been worked out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, overload

from ..objects import replaced
from ..objects.schema import shape_of
from ..values.times import Time
from . import strategies
from .differences import Untyped, difference
from .field_sets import Fields
from .ownership import Manager, Managers, entries_of, take
from .ownership import managers_of as owners_named
from .request import Request
from .resources import Resource

BEFORE_FIRST_APPLY = "before-first-apply"
"""Who is said to own what was there before ownership was recorded."""


class Managed(Sequence[Any]):
    """The managedFields of an object after a write. Reads like the tuple of its entries.

    `before` are the entries that the write found, `old` and `new` the object as it was stored and as it was sent.
    """

    __slots__ = ("_before", "_entries", "_ignored", "_managers", "_new", "_old", "_shape", "_writer")

    def __init__(
        self,
        before: Sequence[Any],
        old: Any | None,
        new: Any,
        shape: Any,
        writer: Manager,
        ignored: Fields = frozenset(),
    ) -> None:
        self._before: Sequence[Any] | None = before
        self._old = old
        self._new = new
        self._shape = shape
        self._writer = writer
        self._ignored = ignored
        self._managers: Managers | None = None
        self._entries: tuple[Any, ...] | None = None

    @property
    def managers(self) -> Managers:
        """Who owns which fields. The first look is a fold over the writes since the last one; later ones are O(1)."""
        if self._managers is not None:
            return self._managers
        if self._old is None and self._before == ():
            return self._fold({})
        waiting: list[Managed] = []
        at: Any = self
        while isinstance(at, Managed) and at._managers is None:
            waiting.append(at)
            at = at._before
        known = at._managers if isinstance(at, Managed) else None
        managers = (owners_named(at) if at else {}) if known is None else known
        for write in reversed(waiting):
            managers = write._fold(managers)
        return managers

    def _fold(self, before: Managers) -> Managers:
        """Find out who owns what after this write by who did before it, and let go of what that took."""
        managers = self._managers = self._taken(before)
        self._before = self._old = self._new = None
        return managers

    def _taken(self, managers: Managers) -> Managers:
        """Who owns which fields after this write. Of an object that is not what its type says nobody owns anything.

        Nor does somebody begin to own what nobody has owned since it was made, other than by applying.
        """
        if self._old is not None and not managers:
            return managers
        try:
            changed = difference(self._old, self._new, self._shape, self._ignored)
        except Untyped:
            return {}
        return take(managers, changed, self._writer)

    @property
    def entries(self) -> tuple[Any, ...]:
        """The entries as a real server lists them."""
        found = self._entries
        if found is None:
            found = self._entries = entries_of(self.managers)
        return found

    def __len__(self) -> int:
        return len(self._entries or self.entries)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._entries or self.entries)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Any, ...]: ...
    def __getitem__(self, index: Any) -> Any:
        return self.entries[index]

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if other == ():
            return False  # who writes owns something; asking is no look
        if isinstance(other, Managed):
            return self.entries == other.entries
        return self.entries == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.entries)

    def __repr__(self) -> str:
        return repr(self.entries)

    def __reduce__(self) -> tuple[Any, ...]:
        return (tuple, (self.entries,))


def managers_of(entries: Sequence[Any]) -> Managers:
    """Who owns which fields, by the managedFields of an object."""
    return entries.managers if isinstance(entries, Managed) else owners_named(entries)


def after(request: Request, stamp: Time) -> Managed:
    """The managedFields that an object has after a write that is no apply."""
    old, resource = request.shown, request.resource
    writer = writer_of(request.manager, resource, request.subresource, stamp)
    before = () if old is None else request.obj.metadata.managed_fields
    ignored = strategies.ignored(resource, request.subresource)
    found = Managed(before, old, request.written, resource.shape, writer, ignored)
    if old is None and resource.policy.ttl is None and resource.shape.cls is not None:
        found.entries  # noqa: B018  most new objects look like others before them: so it is known already
    return found


def kept(request: Request, stamp: Time) -> Sequence[Any]:
    """The managedFields that an object is stored with: those that an apply has found, or what this write adds to them.

    Of an object of which nobody says who owns what, nobody does after a change either.
    """
    said: Sequence[Any] = request.obj.metadata.managed_fields
    untracked = request.old is not None and said == ()
    return said if request.written is None or request.applies or untracked else after(request, stamp)


def stored(request: Request, revision: int, stamp: Time) -> Any:
    """The object of a request as a write of this revision stores it."""
    obj, owners = request.obj, kept(request, stamp)
    return replaced(obj, metadata=replaced(obj.metadata, resource_version=str(revision), managed_fields=owners))


def of_sent(request: Request, stamp: Time) -> Managed:
    """The managedFields of an object that is sent and not kept, such as a review: its sender owns what it says."""
    below = request.resource.kind.subresources.get(request.subresource)
    version = (below or request.resource.kind).api_version
    when = Manager(request.manager, "Update", version, request.subresource, stamp)
    return Managed((), None, request.obj, shape_of(type(request.obj)), when)


def before_first_apply(request: Request, stamp: Time) -> Managers:
    """The owners of an object that nobody is known to own, when the first apply meets it: one manager owns all."""
    resource = request.resource
    ignored = strategies.ignored(resource, request.subresource)
    everything = difference(None, request.old, resource.shape, ignored)
    return take({}, everything, writer_of(BEFORE_FIRST_APPLY, resource, request.subresource, stamp))


def takes_over(request: Request, stamp: Time) -> bool:
    """Whether a write that leaves the object as it is makes its writer the owner of something.

    That is so where the writer sent what the server then put back, such as an image in a resize.
    """
    old, written = request.shown, request.written
    if written is None or request.applies or not old.metadata.managed_fields or written == old:
        return False
    before = {manager.identity: fields for manager, fields in managers_of(old.metadata.managed_fields).items()}
    now = {manager.identity: fields for manager, fields in after(request, stamp).managers.items()}
    return before != now


@lru_cache(maxsize=1024)
def writer_of(name: str, resource: Resource, subresource: str, stamp: Time | None) -> Manager:
    """Who is said to own what a write changes.

    The same object each time, so that what is known of it need not be found out again.
    """
    return _writing(name, "Update", resource, subresource, stamp)


def applier_of(request: Request, stamp: Time) -> Manager:
    """Who is said to own what an apply sets."""
    return _writing(request.manager, "Apply", request.resource, request.subresource, stamp)


def _writing(name: str, how: str, resource: Resource, subresource: str, stamp: Time | None) -> Manager:
    """A line of managedFields; what is written of a Scale has no time."""
    when = stamp if subresource != "scale" else None
    return Manager(name, how, resource.kind.api_version, subresource, when)
