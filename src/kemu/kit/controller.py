"""A controller at work: its wiring, its queue, and the rule that it has seen its own writes.

The loop hands it one unit of work at a time; `reconcile(api, cache, key)` runs to its end within that unit. Before a
key is reconciled again, the cache must have seen what the last reconcile of that key wrote; until then the key waits,
because a decision made on an older view would be made twice. A key whose reconcile ends with a refusal of the server,
whatever it is, comes back after a back-off: that is what a real controller logs and retries.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from .. import errors
from ..apiserver.request import User
from ..loop import Loop
from ..objects.references import is_of
from .cache import Cache
from .client import Client
from .queue import WorkQueue
from .recorder import EventRecorder
from .wiring import Result, Wiring, key_of

Reconcile = Callable[["Api", Cache, str], Result]

SERVICE_ACCOUNTS = ("system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated")

HELD_DELAY = 0.1
"""Seconds after which a key is looked at again whose cache is held back behind its own write."""


class Api(Client):
    """What a reconciler writes with: the typed client, and events in the controller's name."""

    __slots__ = ("recorder",)

    def __init__(self, server: Any, actor: str, component: str, *, manager: str = "") -> None:
        user = User(f"system:serviceaccount:kube-system:{actor}", SERVICE_ACCOUNTS, trusted=True)
        super().__init__(server, actor, user=user, manager=manager)
        self.recorder = EventRecorder(self, component)

    def event(self, obj: Any, type: str, reason: str, message: str) -> None:
        """Record an event about an object. It is not waited for: an event is never read back."""
        written = self.written
        self.recorder.event(obj, type, reason, message)
        self.written = written


class Controller:
    """One running controller."""

    __slots__ = ("_barrier", "_loop", "api", "cache", "last_error", "queue", "reconcile", "wiring")

    def __init__(
        self, wiring: Wiring, reconcile: Reconcile, api: Api, cache: Cache, loop: Loop, queue: WorkQueue | None = None
    ) -> None:
        self.wiring = wiring
        self.reconcile = reconcile
        self.api = api
        self.cache = cache
        self.queue = queue or WorkQueue(wiring.name, loop)
        self.last_error: dict[str, str] = {}
        """The last refusal of every key that has not succeeded since, for whoever asks why nothing happens."""
        self._loop = loop
        self._barrier: dict[str, int] = {}
        self._wire()
        loop.attach(wiring.name, self)

    def fork(self, api: Api, cache: Cache, loop: Loop) -> Controller:
        """The same controller in a forked cluster."""
        api.recorder = self.api.recorder.fork(api)
        twin = Controller(self.wiring, self.reconcile, api, cache, loop, self.queue.fork(loop))
        twin.last_error = dict(self.last_error)
        twin._barrier = dict(self._barrier)
        return twin

    def _wire(self) -> None:
        wiring, cache = self.wiring, self.cache
        main = wiring.reconciles
        if main is not None:
            cache.subscribe(main, lambda cls, old, new: self.queue.add(key_of(new if new is not None else old)))
        for owned in wiring.owns:
            cache.subscribe(owned, lambda cls, old, new: self._owned_changed(main, old, new))
        if wiring.watches_everything is not None:
            cache.subscribe_all(self._watcher(wiring.watches_everything))
        for watched, mapper in wiring.watches:
            cache.subscribe(watched, self._watcher(mapper))
        for read in wiring.reads:
            cache.subscribe(read)

    def _watcher(self, mapper: Any) -> Callable[[Any, Any, Any], None]:
        return lambda cls, old, new: self.queue.add_all(mapper(self.cache, old, new))

    def _owned_changed(self, owner: Any, old: Any, new: Any) -> None:
        kind = self.api.resource_of(owner).kind
        for obj in (old, new):
            if obj is None:
                continue
            for reference in obj.metadata.owner_references:
                if reference.controller and is_of(reference, kind):
                    namespace = obj.metadata.namespace
                    self.queue.add(f"{namespace}/{reference.name}" if namespace else reference.name)

    def run(self, item: tuple[Hashable, ...]) -> None:
        """One unit of work: reconcile one key, or let a timer put a key into the queue."""
        key = self.queue.take(item)
        if key is None:
            return
        if self._barrier.get(key, 0) > self.cache.revision:
            self.queue.add_after(key, HELD_DELAY if self.cache.held else 0.0)
            return
        api = self.api
        api.written = 0
        try:
            result = self.reconcile(api, self.cache, key)
        except errors.ApiError as refusal:
            self.last_error[key] = str(refusal)
            self.queue.retry(key)
            return
        finally:
            if api.written:
                self._barrier[key] = api.written
            else:
                self._barrier.pop(key, None)
        self.last_error.pop(key, None)
        self.queue.forget(key)
        if result.after is not None:
            self.queue.add_after(key, result.after)
