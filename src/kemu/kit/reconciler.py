"""Controllers as plain functions: `reconcile(request, client)`, with what controller-runtime gives to one.

The function is called with the name of what it is to look at, and with a client that reads from the informers and
writes to the server. It returns nothing, or `Requeue("5m")` to be called again. A refusal of the server that it lets
through puts the name back with a back-off. Nothing waits for the informers to have seen the function's own writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

import attrs

from ..objects import codec, evolve, meta
from .cache import Cache
from .process import Api
from .wiring import Mapper, Result, Wiring, key_of, split

VERSIONED = re.compile(r"(?P<plural>[^./]+)\.(?P<group>[^/]+)/(?P<version>v\d\w*)")
"""A kind as `plural.group/version`."""


@attrs.frozen
class Request:
    """What is to be looked at: a name, never an event. `namespace` is empty for what has none."""

    name: str
    namespace: str = ""

    @property
    def key(self) -> str:
        """`namespace/name`, or the name."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


@attrs.frozen
class Requeue:
    """Look again: after so much time (seconds, "5m", a timedelta)."""

    after: float | str | timedelta = 0.0


class ReconcileClient:
    """What a reconcile function reads and writes with. `verbs` are those of the server, `memory` what was remembered.

    Reads are those of the informers: what is not yet delivered is not seen.
    """

    __slots__ = ("_request", "cache", "memory", "verbs")

    def __init__(self, api: Api, cache: Cache, request: Request, memory: Any) -> None:
        self.verbs = api
        self.cache = cache
        self.memory = memory
        self._request = request

    def get(self, kind: Any, name: str = "", namespace: str | None = None) -> Any | None:
        """An object as the informer shows it, or None; without a name that of the request."""
        return self.cache.get(kind, self._key(name, namespace))

    def live(self, kind: Any, name: str = "", namespace: str | None = None) -> Any | None:
        """An object as the server has it, or None."""
        where, named = split(self._key(name, namespace))
        return self.verbs.find(kind if not isinstance(kind, str) else self.verbs.resources.of(kind), named, where)

    def _key(self, name: str, namespace: str | None) -> str:
        where = self._request.namespace if namespace is None else namespace
        return Request(name or self._request.name, where).key

    def list(self, kind: Any, namespace: str | None = None, labels: Mapping[str, str] | None = None) -> tuple[Any, ...]:
        """The objects of a kind in the request's namespace or another one, with these labels."""
        found = self.cache.list(kind, (self._request.namespace or None) if namespace is None else namespace or None)
        wanted = (labels or {}).items()
        return tuple([each for each in found if all(each.metadata.labels.get(key) == value for key, value in wanted)])

    def owned(self, kind: Any, by: Any) -> tuple[Any, ...]:
        """The objects of a kind whose controlling owner is `by`."""
        return self.cache.owned(kind, by=by)

    def create(self, obj: Any, *, owner: Any = None) -> Any:
        """Create an object, with `owner` as its controlling owner and in its namespace."""
        if owner is not None:
            reference = meta.OwnerReference(
                api_version=owner.api_version,
                kind=owner.kind,
                name=owner.metadata.name,
                uid=owner.metadata.uid,
                controller=True,
                block_owner_deletion=True,
            )
            where = obj.metadata.namespace or owner.metadata.namespace
            obj = evolve(obj, metadata=evolve(obj.metadata, namespace=where, owner_references=(reference,)))
        return self.verbs.create(obj)

    def update(self, obj: Any) -> Any:
        """Replace an object. Raises Conflict if it has changed since it was read."""
        return self.verbs.update(obj)

    def patch(self, obj: Any, document: Mapping[str, Any], **more: Any) -> Any:
        """Patch an object that was read."""
        return self.verbs.patch(obj, document, **more)

    def delete(self, obj: Any) -> None:
        """Delete this very object, and none that has its name by now. Raises NotFound, Conflict."""
        metadata = obj.metadata
        self.verbs.delete(self.verbs.resource_of(obj), metadata.name, metadata.namespace, uid=metadata.uid)

    def update_status(self, obj: Any, **status: Any) -> Any:
        """Replace the status, if it differs. Raises Conflict if the object has changed since it was read."""
        changed = evolve(obj, status=status)
        return obj if changed.status == obj.status else self.verbs.update_status(changed)

    def set_condition(self, obj: Any, type: str, status: bool, reason: str, message: str = "") -> Any:
        """Say in the status's conditions whether something is so, and why; since when changes only if that does.

        Nothing is written if it is said already. Raises Conflict if the object has changed since it was read.
        """
        conditions = (codec.encode(obj).get("status") or {}).get("conditions") or []
        before: dict[str, Any] = next((each for each in conditions if each["type"] == type), {})
        said = {"type": type, "status": str(bool(status)), "reason": reason, "message": message}
        said["observedGeneration"] = obj.metadata.generation
        if all(before.get(key) == value for key, value in said.items()):
            return obj
        same = before.get("status") == said["status"]
        said["lastTransitionTime"] = before["lastTransitionTime"] if same else str(self.verbs.stamp())
        others = [each for each in conditions if each["type"] != type]
        changed = {"status": {"conditions": [*others, said]}}
        return self.verbs.patch(
            obj, {"metadata": {"resourceVersion": obj.metadata.resource_version}, **changed}, subresource="status"
        )

    def add_finalizer(self, obj: Any, finalizer: str) -> Any:
        """Keep an object until the finalizer is taken away; nothing is written if it has it."""
        had = obj.metadata.finalizers
        if finalizer in had:
            return obj
        return self.verbs.update(evolve(obj, metadata=evolve(obj.metadata, finalizers=(*had, finalizer))))

    def remove_finalizer(self, obj: Any, finalizer: str) -> Any:
        """Let an object go; nothing is written if it does not have the finalizer."""
        left = tuple([each for each in obj.metadata.finalizers if each != finalizer])
        if len(left) == len(obj.metadata.finalizers):
            return obj
        return self.verbs.update(evolve(obj, metadata=evolve(obj.metadata, finalizers=left)))

    def event(self, obj: Any, reason: str, message: str, *, type: str = "Normal") -> None:
        """Record an event about an object."""
        self.verbs.event(obj, type, reason, message)

    def remember(self, record: Any) -> None:
        """Replace what is remembered of what is looked at."""
        self.verbs.remember(record)
        self.memory = record

    @property
    def now(self) -> float:
        """The virtual time in seconds since the start."""
        return self.verbs.now


@attrs.frozen
class Reconciler:
    """A function of a request and a client, in the form that a process runs."""

    function: Callable[[Request, ReconcileClient], Requeue | None]

    def __call__(self, api: Api, cache: Cache, *rest: Any) -> Result | None:
        *memory, key = rest
        namespace, name = split(key)
        request = Request(name, namespace or "")
        said = self.function(request, ReconcileClient(api, cache, request, memory[0] if memory else None))
        return None if said is None else Result(after=said.after)


@attrs.frozen
class ByName:
    """Wakes, for what is watched, what has its name; or what a function of the object names."""

    function: Callable[[Any], Iterable[str]] | None = None

    def __call__(self, cache: Any, old: Any, new: Any) -> tuple[str, ...]:
        obj = old if new is None else new
        return (key_of(obj),) if self.function is None else tuple(self.function(obj))


def kind_of(said: Any) -> Any:
    """A kind as `plural.group/version` in the form in which all others are named."""
    found = VERSIONED.fullmatch(said) if isinstance(said, str) else None
    return said if found is None else f"{found['plural']}.{found['version']}.{found['group']}"


def wiring_of(
    name: str, for_: Any, owns: Iterable[Any], watches: Iterable[Any], reads: Iterable[Any], memory: Any
) -> Wiring:
    """The wiring of a reconcile function. What is watched is a kind, or a kind and a function of its objects that names
    whom to wake."""
    watched: list[tuple[Any, Mapper]] = []
    for each in watches:
        kind, mapper = each if isinstance(each, tuple) else (each, None)
        watched.append((kind_of(kind), ByName(mapper)))
    return Wiring(
        name,
        reconciles=kind_of(for_),
        owns=tuple(map(kind_of, owns)),
        watches=tuple(watched),
        reads=tuple(map(kind_of, reads)),
        memory=memory,
        expects=False,
    )
