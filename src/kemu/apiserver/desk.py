"""What the steps of a write see of a server beyond their request: other objects, the clock and chance."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from ..entropy import Entropy, Purpose
from ..objects.references import controller_of
from ..values.fork_map import ForkIndex, ForkMap
from ..values.ranges import Ranges
from ..values.state import Records, State
from ..values.times import Time
from .admission import GUARDS, named, switch
from .holders import Held, Holders
from .policy import always
from .request import Request
from .resources import Resource

if TYPE_CHECKING:
    from .calling import Dial
    from .policies.webhooks import Webhook
    from .server import ApiServer


@attrs.define(eq=False)
class Lookups(State):
    """What was looked up of what is stored, and need not be again."""

    lists: ForkMap[str, tuple[int, tuple[Any, ...]]] = attrs.field(factory=ForkMap)
    """What was listed of a whole collection, with the revision of its last change: most of them rarely change."""
    holders: Records[tuple[str, Held], Holders] = attrs.field(factory=Records)
    """By resource, and what is asked of its objects."""
    guarded: frozenset[str] = frozenset()
    """The kinds with a say in what is admitted, of which there are objects."""
    granted: frozenset[Hashable] = frozenset()
    """What roles allow, of what was asked since they last changed."""


class ServerDesk:
    """What the steps of a write see of a server: see `request.Desk`."""

    __slots__ = ("_server", "lookups")

    def __init__(self, server: ApiServer, lookups: Lookups | None = None) -> None:
        self._server = server
        self.lookups = lookups or Lookups()

    @property
    def guarded(self) -> frozenset[str]:
        return self.lookups.guarded

    @property
    def granted(self) -> frozenset[Hashable]:
        return self.lookups.granted

    def grant(self, what: Hashable) -> None:
        self.lookups.granted |= {what}

    @property
    def entropy(self) -> Entropy:
        return self._server.entropy

    @property
    def ranges(self) -> Ranges:
        return self._server.ranges

    @property
    def unix(self) -> float:
        return self._server.clock.unix

    def stamp(self) -> Time:
        return self._server.stamp()

    def resource_of(self, kind: Any) -> Resource:
        return kind if isinstance(kind, Resource) else self._server.resources.of(kind)

    def row_of_kind(self, api_version: str, kind: str) -> Resource | None:
        return self._server.resources.by_kind(api_version, kind)

    @property
    def webhooks(self) -> Mapping[str, Webhook]:
        return self._server.webhooks

    @property
    def dial(self) -> Dial:
        return self._server.dial

    def versions_of(self, resource: Resource) -> Iterable[Resource]:
        kind = resource.kind
        return [row for row in self._server.resources.of_group(kind.group) if row.kind.plural == kind.plural]

    def find(self, kind: Any, namespace: str | None, name: str) -> Any | None:
        return self._server.find(self.resource_of(kind), namespace, name)

    def list(self, kind: Any, namespace: str | None = None) -> Iterable[Any]:
        resource = self.resource_of(kind)
        if namespace is None:
            return self._whole(resource)
        return (self._server.shown(resource, pair) for pair in self._server.store.items(resource.collection(namespace)))

    def _whole(self, resource: Resource) -> tuple[Any, ...]:
        server = self._server
        last = server.log.last(resource.prefix)
        lists = self.lookups.lists
        known = lists.get(resource.name)
        if known is None or known[0] != last:
            pairs = server.store.items(resource.prefix)
            known = lists[resource.name] = (last, tuple([server.shown(resource, pair) for pair in pairs]))
        return known[1]

    def look_around(self) -> None:
        """Find out what has a say in what is admitted, of a server that was given what it stores."""
        found = []
        for key in GUARDS:
            row = self._server.resources.by_name(key)
            pairs = self._server.store.items(row.prefix) if row is not None else ()
            if row is not None and any((row.policy.guards or always)(pair.value) for pair in pairs):
                found.append(key)
        self.lookups.guarded = frozenset(found).union(self._server.state.switches)

    def switch(self, name: str, on: bool) -> None:
        """Have an admission plugin look at requests from now on, or not. Raises UsageError if there is none."""
        state, gone = self._server.state, switch(named(name), not on)
        state.switches = (*[each for each in state.switches if each not in (gone, switch(name, on))], switch(name, on))
        self.lookups.guarded = (self.guarded - {gone}).union(state.switches)

    def forget_grants(self) -> None:
        """Who may do what has changed."""
        if self.lookups.granted:
            self.lookups.granted = frozenset()

    def guard(self, key: str) -> None:
        """An object of a kind with a say in what is admitted has been stored."""
        if key not in self.guarded:
            self.lookups.guarded |= {key}

    def holders(self, kind: Any, held: Held) -> ForkIndex[Hashable, Any]:
        resource = self.resource_of(kind)
        found = self.lookups.holders.get((resource.name, held))
        if found is None:
            found = self.lookups.holders[resource.name, held] = Holders(held)
        return found.seen(self._server.log, resource, lambda: self._whole(resource))

    def completed(self, request: Request) -> bool:
        return request.resource.path(request.namespace, request.name) in self._server.state.completed

    def occasion(self, request: Request, what: str) -> tuple[Purpose, ...]:
        if request.options.dry_run:
            return ("dry run", self._server.state.rehearsals)
        return (self._server.clock.now, self._server.drawn_before(what))

    def stamped(self, obj: Any, step: str, inputs: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        owner = controller_of(obj)
        return self._server.stamped(owner.uid, step, obj.spec, inputs, make) if owner and owner.uid else make()
