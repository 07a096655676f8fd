"""Wiring: which changes wake a controller, for which key, and what it looks up and remembers.

    WIRING = Wiring("replicaset", reconciles=ReplicaSet, owns=(Pod,))

reads: the controller `replicaset` reconciles ReplicaSets, and wakes on every change of a Pod that one of them controls.
A request is a name, never an event: whatever happened, the reconciler looks at the world as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import attrs

from .indexes import Index
from .queue import BASE_DELAY, DEFAULT_BUCKET, MAX_DELAY, Bucket


@attrs.frozen
class Later:
    """A key that is to be reconciled so many seconds from now; of several wishes for one key the earliest counts.

    A controller that wakes `Later` answers with one reconcile for all that happens in that time.
    """

    key: str
    seconds: float


Mapper = Callable[[Any, Any | None, Any | None], Iterable[str | Later]]
"""`mapper(cache, old, new)` gives the keys to reconcile because of a change: at once, or `Later`."""


@attrs.frozen
class Result:
    """What a reconcile leaves to do: look again `after` so much time (seconds, "5m", a timedelta), or nothing."""

    after: float | str | timedelta | None = None


DONE = Result()


@attrs.frozen
class Wiring:
    """What a controller is for and what wakes it. A kind is a class, a `Resource`, or a name as in `kubectl get`."""

    name: str
    """Its name in the grammar of `--controllers`, such as `replicaset-controller`."""
    reconciles: Any = None
    changed: Mapper | None = None
    """Whom a change of what it reconciles wakes; if nothing is said the object itself, at once."""
    owns: tuple[Any, ...] = ()
    watches: tuple[tuple[Any, Mapper], ...] = ()
    reads: tuple[Any, ...] = ()
    """Kinds that it reads from the cache without being woken by them."""
    watches_everything: Mapper | None = None
    """For the one controller that looks at every stored object, whatever its kind."""
    indexes: tuple[tuple[Any, Index], ...] = ()
    """What it looks up: pairs of a kind and an index over it."""
    memory: Any = None
    """The class of what it remembers of a key between reconciles: frozen, with defaults. It is handed to `reconcile`
    as `reconcile(api, cache, memory, key)`, replaced with `api.remember(...)`, and gone when its process ends."""
    account: str = ""
    """Its service account in kube-system, where that is not called as the controller is; a user `system:...` for one
    that acts as its process does."""
    expects: bool = True
    """Whether a key waits until the informers have seen what its last reconcile wrote. client-go's own controllers keep
    expectations for that; one that is built with controller-runtime, kopf or by hand decides on what it sees."""
    retry: tuple[float, float] = (BASE_DELAY, MAX_DELAY)
    """Seconds until a key that was refused is tried again, at first and at most; they double in between."""
    bucket: Bucket | None = DEFAULT_BUCKET
    """What the retries of all its keys share beside that, as client-go's default has it; None is nothing."""


@attrs.frozen
class Spec:
    """One controller: its wiring, its reconcile function, and the name that its events carry."""

    wiring: Wiring
    reconcile: Callable[..., Result | None]
    component: str


def key_of(obj: Any) -> str:
    """`namespace/name`, or `name` for what has no namespace."""
    metadata = obj.metadata
    return f"{metadata.namespace}/{metadata.name}" if metadata.namespace else metadata.name


def split(key: str) -> tuple[str | None, str]:
    """Namespace (or None) and name of a key."""
    namespace, slash, name = key.partition("/")
    return (namespace, name) if slash else (None, key)
