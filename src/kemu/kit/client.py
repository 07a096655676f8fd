"""The typed client that controllers write with.

It enters the API server behind the decoder: objects go in and come out as they are, and what comes out is the stored
object itself. The client's `actor` is who the history names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .. import errors
from ..apiserver import patch, subresources
from ..apiserver.server import ApiServer, Context, DeleteOptions
from ..objects import codec
from ..values.frozen import FrozenMap
from ..values.selectors import parse_field_selector, parse_label_selector

T = TypeVar("T")


class Client:
    """Typed verbs for one actor. Every refusal is an `ApiError`, as a client of a real cluster gets it."""

    __slots__ = ("actor", "api", "context", "written")

    def __init__(self, api: ApiServer, actor: str, *, user: str = "") -> None:
        self.api = api
        self.actor = actor
        self.context = Context(user=user or f"system:{actor}", actor=actor, manager=actor)
        self.written = 0
        """The revision of this client's last write; what its own cache must have seen before it decides again."""

    # Reads (of the server, not of a cache)

    def get(self, cls: type[T], name: str, namespace: str | None = None) -> T:
        """The object as it is stored. Raises NotFound."""
        found: T = self.api.get(self.api.resources.of(cls), namespace, name)
        return found

    def find(self, cls: type[T], name: str, namespace: str | None = None) -> T | None:
        """The object as it is stored, or None."""
        found: T | None = self.api.find(self.api.resources.of(cls), namespace, name)
        return found

    def list(
        self, cls: type[T], namespace: str | None = None, *, label_selector: str = "", field_selector: str = ""
    ) -> tuple[T, ...]:
        """The objects of a namespace, or of all, in order of namespace and name."""
        page = self.api.list(
            self.api.resources.of(cls),
            namespace,
            labels=parse_label_selector(label_selector) if label_selector else None,
            field_selector=parse_field_selector(field_selector) if field_selector else None,
        )
        return page.items

    # Writes

    def create(self, obj: T) -> T:
        """Create an object in the namespace that it names. Raises AlreadyExists, Invalid, Forbidden."""
        created: T = self.api.create(self.api.resources.of(obj), obj, self.context)
        return self._wrote(created)

    def update(self, obj: T) -> T:
        """Replace an object. Raises Conflict if it has changed since `obj` was read."""
        return self._replace(obj, "")

    def update_status(self, obj: T) -> T:
        """Replace an object's status. Raises Conflict if the object has changed since `obj` was read."""
        return self._replace(obj, "status")

    def _replace(self, obj: Any, subresource: str) -> Any:
        metadata = obj.metadata
        return self._change(type(obj), metadata.name, metadata.namespace, lambda old: obj, subresource)

    def change(
        self, cls: type[T], name: str, namespace: str | None, function: Callable[[T], T], *, subresource: str = ""
    ) -> T:
        """Read, change with a pure function and write back in one step, as `kubectl patch` does on the server."""
        changed: T = self._change(cls, name, namespace, function, subresource)
        return changed

    def _change(self, cls: Any, name: str, namespace: str | None, function: Any, subresource: str) -> Any:
        resource = self.api.resources.of(cls)
        return self._wrote(self.api.update(resource, namespace, name, function, self.context, subresource=subresource))

    def patch(
        self,
        cls: type[T],
        name: str,
        namespace: str | None,
        document: Any,
        *,
        type: str = "merge",
        subresource: str = "",
    ) -> T:
        """Patch an object with plain JSON: `merge`, `strategic` or `json`."""

        def changed(old: Any) -> Any:
            before = codec.encode(old)
            if type == "merge":
                after = patch.merge(before, document)
            elif type == "strategic":
                after = patch.strategic(before, document, cls)
            elif type == "json":
                after = patch.json_patch(before, document)
            else:
                raise errors.UsageError(f"unknown patch type {type!r}: use merge, strategic or json")
            return codec.decode(cls, after)  # type: ignore[type-var]

        return self.change(cls, name, namespace, changed, subresource=subresource)

    def delete(
        self,
        cls: type[Any],
        name: str,
        namespace: str | None = None,
        *,
        uid: str | None = None,
        grace_seconds: int | None = None,
        propagation: str | None = None,
    ) -> None:
        """Delete an object. Raises NotFound, or Conflict if `uid` is not the object's."""
        options = DeleteOptions(grace_seconds=grace_seconds, uid=uid, propagation=propagation)
        self.api.delete(self.api.resources.of(cls), namespace, name, options, self.context)
        self.written = self.api.store.revision

    def bind(self, pod: Any, node: str, annotations: Mapping[str, str] = FrozenMap()) -> Any:
        """Assign a pod to a node through the binding subresource. Raises Conflict or NotFound."""
        metadata = pod.metadata
        return self._wrote(
            subresources.bind(
                self.api,
                metadata.namespace,
                metadata.name,
                node,
                self.context,
                uid=metadata.uid,
                annotations=annotations,
            )
        )

    def _wrote(self, obj: Any) -> Any:
        self.written = self.api.store.revision
        return obj

    @property
    def now(self) -> float:
        """The virtual time in seconds since the start."""
        return self.api.clock.now

    @property
    def unix(self) -> float:
        """The virtual time in seconds since 1970, as timestamps count."""
        return self.api.clock.unix
