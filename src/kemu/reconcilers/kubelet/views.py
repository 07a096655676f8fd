"""What each node sees of the cluster: its kubelet, its kube-proxy and its name server.

All nodes see the same, and so they share one cache, however many they are. A node from which something is held back, or
which the network does not reach, gets a fork of it, which costs next to nothing, and goes on from there by itself. When
it has caught up, it shares with the others again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from ...apiserver.changes import Change
from ...apiserver.server import ApiServer
from ...kit import Cache
from ...kit.cache import CacheState
from ...loop import Loop
from ...objects import core
from ...values.fork_map import ForkMap
from ...values.state import Records, State

Pods = Callable[[str, Any, Any], None]
"""Called with a node, and a pod before and after a change that it has seen."""

Sources = Callable[[Any], None]
"""Called with a ConfigMap or Secret that a node has seen change."""

Services = Callable[[str, Any], None]
"""Called with a node (empty: all that share) and a Service that it has seen change."""


@attrs.define(eq=False)
class ViewsState(State):
    """What the nodes see that have a view of their own, and which they are."""

    caches: Records[str, CacheState] = attrs.field(factory=Records)
    apart: ForkMap[str, None] = attrs.field(factory=ForkMap)


class Views:
    """The view of every node. `pods`, `services` and `sources` are told what a node has seen."""

    __slots__ = ("_loop", "_own", "_pods", "_server", "_services", "_sources", "shared", "state")

    def __init__(
        self,
        shared: Cache,
        server: ApiServer,
        loop: Loop,
        state: ViewsState,
        *,
        pods: Pods,
        services: Services,
        sources: Sources,
    ) -> None:
        self.shared = shared
        self.state = state
        self._server = server
        self._loop = loop
        self._pods = pods
        self._services = services
        self._sources = sources
        shared.subscribe(core.Pod, self._seen_by_all)
        shared.subscribe(core.Service, lambda kind, old, new: services("", old if new is None else new))
        self._subscribe_sources(shared)
        self._own = {node: self._cache(node, record) for node, record in state.caches.items()}

    def of(self, node: str) -> Cache:
        """What a node has seen. O(1)."""
        return self._own[node] if node in self.state.apart else self.shared

    def own(self, node: str) -> Cache:
        """A view of a node's own, for whoever wants to hold something back from it."""
        if node in self.state.apart:
            return self._own[node]
        record = self.shared.state.fork()
        record.scheduled = False
        found = self._own.get(node)
        if found is None:
            found = self._own[node] = self._cache(node, record)
        found.state = self.state.caches[node] = record
        self.state.apart[node] = None
        found.catch_up()
        return found

    def part(self, node: str) -> None:
        """From now on a node sees nothing new."""
        cache = self.own(node)
        for kind in cache.kinds.resources():
            cache.hold(kind)

    def blind(self, node: str) -> None:
        """Who looks for a node that is apart has forgotten what it saw."""
        if node in self.state.apart:
            self._own[node].clear()

    def join(self, node: str) -> None:
        """A node that is apart sees everything again, and is told what it has missed of its pods."""
        if node not in self.state.apart:
            return
        cache = self._own[node]
        if not cache.state.awake:
            cache.fill()
        for kind in cache.kinds.resources():
            cache.release(kind)
        cache.catch_up()

    def share(self, node: str) -> None:
        """A node that sees what the others see shares their view."""
        self.state.apart.pop(node, None)
        self._own[node].clear()

    def notice(self, change: Change) -> None:
        """Something was written: have it delivered to those who see for themselves."""
        for node in self.state.apart:
            self._own[node].notice(change)

    def _cache(self, node: str, record: CacheState) -> Cache:
        cache = Cache(f"cache/kubelet/{node}", self._server, self._loop, record, self.shared.kinds)
        cache.subscribe(core.Pod, lambda kind, old, new: self._seen_by_one(node, old, new))
        cache.subscribe(core.Service, lambda kind, old, new: self._services(node, old if new is None else new))
        self._subscribe_sources(cache)
        cache.watched_by(_Rejoining(self, node, cache))
        return cache

    def _subscribe_sources(self, cache: Cache) -> None:
        for kind in (core.ConfigMap, core.Secret):
            cache.subscribe(kind, lambda kind, old, new: self._sources(old if new is None else new))

    def _seen_by_all(self, kind: Any, old: Any, new: Any) -> None:
        node = (old if new is None else new).spec.node_name
        if node and node not in self.state.apart:
            self._pods(node, old, new)

    def _seen_by_one(self, node: str, old: Any, new: Any) -> None:
        if (old if new is None else new).spec.node_name == node:
            self._pods(node, old, new)


class _Rejoining:
    """Who has a node share the view of the others as soon as nothing is held back from it any more."""

    __slots__ = ("_cache", "_node", "_views")

    def __init__(self, views: Views, node: str, cache: Cache) -> None:
        self._views = views
        self._node = node
        self._cache = cache

    def changed(self, resource: Any, old: Any, new: Any) -> None:
        """Nothing more is to be done than the subscribers do."""

    def changed_anywhere(self, resource: Any, old: Any, new: Any) -> None:
        """No node looks at everything."""

    def delivered(self) -> None:
        """Share again, if there is no difference any more."""
        shared = self._views.shared
        if not self._cache.state.apart and (not shared.state.scheduled or shared.revision == self._cache.revision):
            self._views.share(self._node)

    def failed(self, problem: BaseException) -> bool:
        """What was not delivered comes again."""
        self._cache.catch_up()
        return True
