"""Wiring: which changes wake a controller, and for which key.

    WIRING = Wiring("replicaset", reconciles=ReplicaSet, owns=(Pod,))

reads: the controller `replicaset` reconciles ReplicaSets, and wakes on every change of a Pod that one of them controls.
A request is a name, never an event: whatever happened, the reconciler looks at the world as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import attrs

Mapper = Callable[[Any, Any | None, Any | None], Iterable[str]]
"""`mapper(cache, old, new)` gives the keys to reconcile because of a change."""


@attrs.frozen
class Result:
    """What a reconcile leaves to do: look again `after` so many seconds of virtual time, or nothing."""

    after: float | None = None


DONE = Result()


@attrs.frozen
class Wiring:
    """What a controller is for and what wakes it."""

    name: str
    """Its name in the grammar of `--controllers`, such as `replicaset-controller`."""
    reconciles: Any = None
    owns: tuple[Any, ...] = ()
    watches: tuple[tuple[Any, Mapper], ...] = ()
    reads: tuple[Any, ...] = ()
    """Classes that it reads from the cache without being woken by them."""
    watches_everything: Mapper | None = None
    """For the one controller that looks at every stored object, whatever its kind."""


def key_of(obj: Any) -> str:
    """`namespace/name`, or `name` for what has no namespace."""
    metadata = obj.metadata
    return f"{metadata.namespace}/{metadata.name}" if metadata.namespace else metadata.name


def split(key: str) -> tuple[str | None, str]:
    """Namespace (or None) and name of a key."""
    namespace, slash, name = key.partition("/")
    return (namespace, name) if slash else (None, key)
