"""The typed client that controllers write with.

It enters the API server by its one door, behind the decoder: objects go in and come out as they are, and what comes
out is the stored object itself. Its verbs carry their preconditions, as those of client-go do: `update` and
`update_status` the resourceVersion that was read, `patch` the uid. So a controller that decided on the past meets a
Conflict, and does what a real one does about it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar, overload

from .. import errors
from ..apiserver import patching
from ..apiserver.request import GET, LIST, NO_RESOURCE, DeleteOptions, ListOptions, Patch, Request, User
from ..apiserver.resources import Resource
from ..apiserver.server import ApiServer
from ..apiserver.unread import create_unread
from ..objects import core, evolve, meta, replaced
from ..values.evolving import evolved
from ..values.frozen import FrozenMap
from ..values.ranges import Ranges
from ..values.selectors import parse_field_selector, parse_label_selector
from ..values.times import Time

T = TypeVar("T")


@lru_cache(maxsize=1024)
def _user_of(actor: str) -> User:
    """Who a component of kemu's own is for the API server, if nobody says otherwise."""
    return User(f"system:{actor}", trusted=True)


_NAMELESS = meta.ObjectMeta()


@lru_cache(maxsize=8192)
def _to_node(name: str) -> core.ObjectReference:
    """What a Binding names."""
    return core.ObjectReference(kind="Node", name=name)


class Client:
    """Typed verbs for one actor. Every refusal is an `ApiError`, as a client of a real cluster gets it.

    `actor` is who the history names, `user` who the server authorises, `manager` who owns the fields that are written
    (default: the actor). A kind is a class, an object, or a `Resource`.
    """

    __slots__ = ("_asked", "_server", "actor", "manager", "user")

    def __init__(self, server: ApiServer, actor: str, *, user: User | None = None, manager: str = "") -> None:
        self._server = server
        self.actor = actor
        self.user = user or _user_of(actor)
        self.manager = manager or actor
        self._asked = Request("", NO_RESOURCE, user=self.user, actor=self.actor, manager=self.manager)

    def resource_of(self, kind: Any) -> Resource:
        """The resource of a kind. Raises UsageError for one that is not served."""
        return self._server.resources.of(kind)

    def named(self, text: str) -> Resource | None:
        """The resource of a name such as `deployments.apps`, or None if none is served."""
        return self._server.resources.by_name(text)

    def rows(self) -> tuple[Resource, ...]:
        """The resources of all kinds that are served."""
        return tuple(self._server.resources.all())

    def _request(self, verb: str, kind: Any, namespace: str | None, name: str, **more: Any) -> Request:
        resource = self._server.resources.of(kind)
        return evolved(self._asked, verb=verb, resource=resource, namespace=namespace, name=name, **more)

    def _write(self, request: Request) -> Any:
        return self._server.do(request).obj

    # Reads (of the server, not of a cache)

    @overload
    def get(self, kind: type[T], name: str, namespace: str | None = None) -> T: ...
    @overload
    def get(self, kind: Resource, name: str, namespace: str | None = None) -> Any: ...
    def get(self, kind: Any, name: str, namespace: str | None = None) -> Any:
        """The object as it is stored. Raises NotFound."""
        return self._server.do(self._request("get", kind, namespace, name, options=GET)).obj

    @overload
    def find(self, kind: type[T], name: str, namespace: str | None = None) -> T | None: ...
    @overload
    def find(self, kind: Resource, name: str, namespace: str | None = None) -> Any: ...
    def find(self, kind: Any, name: str, namespace: str | None = None) -> Any:
        """The object as it is stored, or None."""
        try:
            return self.get(kind, name, namespace)
        except errors.NotFound:
            return None

    @overload
    def list(
        self,
        kind: type[T],
        namespace: str | None = None,
        *,
        label_selector: str = "",
        field_selector: str = "",
        revision: int = 0,
    ) -> tuple[T, ...]: ...
    @overload
    def list(
        self,
        kind: Resource,
        namespace: str | None = None,
        *,
        label_selector: str = "",
        field_selector: str = "",
        revision: int = 0,
    ) -> tuple[Any, ...]: ...
    def list(
        self,
        kind: Any,
        namespace: str | None = None,
        *,
        label_selector: str = "",
        field_selector: str = "",
        revision: int = 0,
    ) -> tuple[Any, ...]:
        """The objects of a namespace, or of all, in order of namespace and name: now, or as they were at a revision."""
        options = LIST
        if label_selector or field_selector or revision:
            options = ListOptions(
                revision=revision,
                labels=parse_label_selector(label_selector) if label_selector else None,
                fields=parse_field_selector(field_selector) if field_selector else None,
            )
        found: tuple[Any, ...] = self._server.do(self._request("list", kind, namespace, "", options=options)).obj.items
        return found

    def ask(
        self,
        kind: Any,
        name: str,
        namespace: str | None = None,
        *,
        subresource: str = "",
        verb: str = "get",
        labels: Any = None,
    ) -> Any:
        """What is worked out for who asks: the Scale of a workload, the values of a metric. Raises NotFound."""
        options = LIST if labels is None else ListOptions(labels=labels)
        return self._server.do(self._request(verb, kind, namespace, name, subresource=subresource, options=options)).obj

    # Writes

    def create(self, obj: T, *, attempt: int = 0) -> T:
        """Create an object in the namespace that it names. Raises AlreadyExists, Invalid, Forbidden.

        `attempt` counts the tries that were refused before: if its name is drawn, it is another one each time.
        """
        metadata: Any = obj.metadata  # type: ignore[attr-defined]
        request = self._request("create", obj, metadata.namespace, metadata.name or "", obj=obj, attempt=attempt)
        created: T = self._write(request)
        return created

    def create_unread(self, kind: Any, name: str, namespace: str, make: Callable[[], Any]) -> None:
        """Create an object that hardly anybody will ever read. Raises AlreadyExists, NotFound, Forbidden.

        `make` gives it, the same whenever it is called: often that is when somebody first looks. It must be acceptable.
        """
        request = self._request("create", kind, namespace, name)
        if not create_unread(self._server, request, make):
            self.create(make())

    def update(self, obj: T, *, subresource: str = "") -> T:
        """Replace an object. Raises Conflict if it has changed since `obj` was read.

        Raises UsageError for an object that was never read: what it would replace is not known.
        """
        metadata: Any = obj.metadata  # type: ignore[attr-defined]
        if not metadata.resource_version:
            raise errors.UsageError(
                f"{metadata.name!r} has no resourceVersion: update an object that was read, or use patch or create"
            )
        request = self._request("update", obj, metadata.namespace, metadata.name, obj=obj, subresource=subresource)
        updated: T = self._write(request)
        return updated

    def update_status(self, obj: T) -> T:
        """Replace an object's status. Raises Conflict if the object has changed since `obj` was read."""
        return self.update(obj, subresource="status")

    def rescale(self, kind: Any, scale: Any) -> Any:
        """Write the Scale of a workload of some kind. Raises Conflict if the workload has changed since it was read."""
        metadata = scale.metadata
        return self._write(
            self._request("update", kind, metadata.namespace, metadata.name, obj=scale, subresource="scale")
        )

    def patch(self, obj: T, document: Mapping[str, Any], *, type: str = "merge", subresource: str = "") -> T:
        """Patch an object that was read, whatever became of it since: `merge`, `strategic` or `json`.

        Raises Invalid if another object has the name by now: the patch carries the uid. Values of a merge or strategic
        patch may be typed ones. Raises NotFound, UsageError for an unknown type.
        """
        metadata: Any = obj.metadata  # type: ignore[attr-defined]
        if type != "json":
            said = document.get("metadata") or {}
            document = {**document, "metadata": {**said, "uid": metadata.uid}}
        patched: T = self.patch_named(
            obj, metadata.name, metadata.namespace, document, type=type, subresource=subresource
        )
        return patched

    def patch_to(self, old: T, new: T, *parts: str, subresource: str = "") -> T:
        """Patch what differs between two versions of an object in some parts of it, such as "status".

        What others have written elsewhere in the meantime stays. Returns the stored object; `old` if nothing differs.
        """
        change = patching.Difference(old, new, parts)
        if not change:
            return old
        metadata: Any = old.metadata  # type: ignore[attr-defined]
        written: T = self._write(
            self._request("patch", old, metadata.namespace, metadata.name, patch=change, subresource=subresource)
        )
        return written

    def patch_named(
        self,
        kind: Any,
        name: str,
        namespace: str | None,
        document: Any,
        *,
        type: str = "merge",
        subresource: str = "",
    ) -> Any:
        """Patch whatever object has this name: `merge`, `strategic` or `json`. Raises NotFound, Invalid."""
        return self._write(
            self._request("patch", kind, namespace, name, patch=Patch(type, document), subresource=subresource)
        )

    def delete(
        self,
        kind: Any,
        name: str,
        namespace: str | None = None,
        *,
        uid: str | None = None,
        resource_version: str | None = None,
        grace_seconds: int | None = None,
        propagation: str | None = None,
    ) -> None:
        """Delete an object. Raises NotFound, or Conflict if `uid` or `resource_version` are not the object's."""
        options = DeleteOptions(
            grace_seconds=grace_seconds, uid=uid, resource_version=resource_version, propagation=propagation
        )
        self._write(self._request("delete", kind, namespace, name, options=options))

    def bind(self, pod: Any, node: str, annotations: Mapping[str, str] = FrozenMap()) -> Any:
        """Assign a pod to a node through the binding subresource. Raises Conflict or NotFound."""
        metadata = pod.metadata
        name, namespace = metadata.name, metadata.namespace
        about = replaced(_NAMELESS, name=name, namespace=namespace, uid=metadata.uid)
        if annotations:
            about = evolve(about, annotations=annotations)
        binding = core.Binding(metadata=about, target=_to_node(node))
        return self._write(self._request("create", core.Pod, namespace, name, obj=binding, subresource="binding"))

    # Time

    @property
    def now(self) -> float:
        """The virtual time in seconds since the start."""
        return self._server.clock.now

    @property
    def epoch(self) -> float:
        """When the cluster started, in seconds since 1970."""
        return self._server.clock.epoch

    @property
    def unix(self) -> float:
        """The virtual time in seconds since 1970, as timestamps count."""
        return self._server.clock.unix

    def stamp(self) -> Time:
        """Now, as API objects write it: whole seconds."""
        return self._server.stamp()

    @property
    def ranges(self) -> Ranges:
        """The ranges of addresses of the cluster."""
        return self._server.ranges

    @property
    def resources(self) -> Any:
        """Everything that the server serves: see `Resources`."""
        return self._server.resources

    @property
    def entropy(self) -> Any:
        """The cluster's chance by purpose."""
        return self._server.entropy
