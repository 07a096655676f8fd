"""What a user does to objects: apply, create, replace, get, list, patch, delete, scale.

Kinds and names are as in `names.py`; every verb is about the namespace "default" if neither the call nor the object
says another one, and `namespace=None` is all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

import attrs

from . import errors, unsimulated
from .apiserver import patching
from .apiserver.changes import Change
from .apiserver.request import GET, DeleteOptions, Patch, Request, User, WriteOptions
from .apiserver.resources import Resource
from .apiserver.rest import Response
from .apiserver.rest.bodies import strictly_decoded
from .assembly import Assembly
from .manifests import Manifest, read_document, read_manifests
from .names import Fields, Labels, Target, find_resource, many, one, selected
from .notices import Notices
from .objects import Object, authorization, core
from .turns import Turns, by_turns

T = TypeVar("T")
Kept = TypeVar("Kept", bound=Object)
"""What the API server stores."""

Warn = Callable[[str], None]
"""Who is told what the server warns of."""


@by_turns("create", "replace", "get", "list", "patch", "delete", "scale")
class Verbs:
    """The part of the hand that is about objects."""

    parts: Assembly
    _turns: Turns

    if TYPE_CHECKING:

        def fork(self) -> Self: ...
        def settle(self) -> None: ...

    @overload
    def apply(self, manifest: Kept, *, namespace: str = ..., manager: str = ..., force: bool = ...) -> Kept: ...
    @overload
    def apply(self, manifest: Manifest, *, namespace: str = ..., manager: str = ..., force: bool = ...) -> Any: ...
    def apply(
        self, manifest: Manifest, *, namespace: str = "default", manager: str = "kemu", force: bool = False
    ) -> Any:
        """Server-side apply of a path, a folder, YAML text, a dict, a typed object, or a list of these.

        Returns the stored object, or a list of them if several were given. All or nothing: if one is refused, none is
        stored. What is accepted, but deprecated, odd or not simulated, is a Python warning: see `notices.py`. Raises
        ManifestError for what cannot be read, ApiError for what the API server refuses.
        """
        documents, single = read_manifests(manifest)
        if len(documents) > 1:
            rehearsal = self.fork()
            for request, _ in rehearsal._applying(documents, namespace, manager, force, None):
                rehearsal._made(request)
        stored = self._told(partial(self._applying, documents, namespace, manager, force))
        return stored[0] if single else stored

    def _applying(
        self, documents: Sequence[Mapping[str, Any]], namespace: str, manager: str, force: bool, warn: Warn | None
    ) -> Iterator[tuple[Request, Mapping[str, Any]]]:
        options = WriteOptions(force=force)
        for document in documents:
            target = self._target(document, namespace)
            patch = Patch("apply", document)
            yield _about(target, "patch", patch=patch, manager=manager, options=options, warn=warn), document

    @overload
    def create(self, manifest: Kept, *, namespace: str = ...) -> Kept: ...
    @overload
    def create(self, manifest: Manifest, *, namespace: str = ...) -> Any: ...
    def create(self, manifest: Manifest, *, namespace: str = "default") -> Any:
        """Create what a manifest describes, as POST does. Raises AlreadyExists; see `apply` for the rest."""
        documents, single = read_manifests(manifest)
        stored = self._told(partial(self._creating, documents, namespace))
        return stored[0] if single else stored

    def _creating(
        self, documents: Sequence[Mapping[str, Any]], namespace: str, warn: Warn
    ) -> Iterator[tuple[Request, Mapping[str, Any]]]:
        for document in documents:
            resource = self._kind_of(document)
            obj = strictly_decoded(resource, document)
            where = (obj.metadata.namespace or namespace) if resource.namespaced else None
            yield Request("create", resource, where, obj.metadata.name or "", obj=obj, warn=warn), document

    @overload
    def replace(self, obj: Kept, *, namespace: str = ...) -> Kept: ...
    @overload
    def replace(self, obj: Manifest, *, namespace: str = ...) -> Any: ...
    def replace(self, obj: Manifest, *, namespace: str = "default") -> Any:
        """Replace an object (typed, dict or YAML), as PUT does. Raises Conflict if it has changed since it was read."""
        documents, single = read_manifests(obj)
        if not single:
            raise errors.ManifestError(f"replace takes one object, these are {len(documents)}")
        target = self._target(documents[0], namespace)
        new = strictly_decoded(target.resource, documents[0])
        return self._told(lambda warn: iter([(_about(target, "update", obj=new, warn=warn), documents[0])]))[0]

    @overload
    def get(self, kind: type[T], name: str, *, namespace: str = ...) -> T: ...
    @overload
    def get(self, kind: Kept, *, namespace: str = ...) -> Kept: ...
    @overload
    def get(self, kind: Any, name: str = ..., *, namespace: str = ...) -> Any: ...
    def get(self, kind: Any, name: str = "", *, namespace: str = "default") -> Any:
        """One object, typed: `get("pod", "web-0")`, `get("pod/web-0")`, `get(Pod, "web-0")`, or `get(pod)` to see it
        as it is now. Raises NotFound."""
        target = one(self.parts.api.resources, kind, name, namespace)
        return self._do(_about(target, "get", options=GET))

    @overload
    def list(
        self, kind: type[T], *, namespace: str | None = ..., label_selector: Labels = ..., field_selector: Fields = ...
    ) -> tuple[T, ...]: ...
    @overload
    def list(
        self, kind: Any, *, namespace: str | None = ..., label_selector: Labels = ..., field_selector: Fields = ...
    ) -> tuple[Any, ...]: ...
    def list(
        self,
        kind: Any,
        *,
        namespace: str | None = "default",
        label_selector: Labels = "",
        field_selector: Fields = "",
    ) -> tuple[Any, ...]:
        """Objects of a kind in a namespace, or with `namespace=None` in all, in order of namespace and name.

        Selectors are kubectl's text, or a dict: `label_selector={"app": "web"}`. Raises BadRequest for none of these.
        """
        resource, where = many(self.parts.api.resources, kind, namespace)
        options = selected(label_selector, field_selector)
        found: tuple[Any, ...] = self._do(Request("list", resource, where, options=options)).items
        return found

    @overload
    def patch(
        self, kind: type[T], name: str, document: Any, *, namespace: str = ..., type: str = ..., subresource: str = ...
    ) -> T: ...
    @overload
    def patch(
        self,
        kind: Any,
        name: Any,
        document: Any = ...,
        *,
        namespace: str = ...,
        type: str = ...,
        subresource: str = ...,
    ) -> Any: ...
    def patch(
        self,
        kind: Any,
        name: Any,
        document: Any = None,
        *,
        namespace: str = "default",
        type: str = "strategic",
        subresource: str = "",
    ) -> Any:
        """Patch an object: `patch("pod/web-0", {...})` or `patch("pod", "web-0", {...})`.

        The patch is plain JSON, parts of typed objects, or YAML; `strategic` (default), `merge` or `json`. Raises
        NotFound, Invalid, an ApiError for a field that does not exist, and UnsupportedMediaType for a strategic patch
        of a custom kind.
        """
        name, document = _named(name, document)
        target = one(self.parts.api.resources, kind, name, namespace)
        given = patching.given(type, read_document(document) if isinstance(document, str) else document)
        patch = attrs.evolve(given, validation="Strict")
        with self._turns:
            notices, before = Notices(), self.parts.api.revision
            found = self._made(
                _about(target, "patch", patch=patch, subresource=subresource, warn=notices.server.append)
            )
            for change in self.parts.api.log.since(before + 1, target.resource.prefix):
                notices.unsimulated += self._newly_without_effect(change)
        notices.give()
        return found

    def _newly_without_effect(self, change: Change) -> Iterator[str]:
        """What has no effect in an object, and had not been there before the change."""
        resource, processes = change.resource, self.parts.processes.values()
        before = set(unsimulated.of(resource, change.old, processes)) if change.old is not None else set()
        if change.new is not None:
            yield from (text for text in unsimulated.of(resource, change.new, processes) if text not in before)

    def delete(
        self,
        kind: Any,
        name: str = "",
        *,
        namespace: str = "default",
        grace_seconds: int | None = None,
        propagation: str | None = "Background",
    ) -> None:
        """Delete an object, as `kubectl delete` does. Raises NotFound."""
        target = one(self.parts.api.resources, kind, name, namespace)
        options = DeleteOptions(grace_seconds=grace_seconds, propagation=propagation)
        self._do(_about(target, "delete", options=options))

    def scale(self, what: Any, name: Any, replicas: int | None = None, *, namespace: str = "default") -> Any:
        """Set the replicas of a workload: `scale("deployment/web", 5)` or `scale("deployment", "web", 5)`.

        Returns the Scale. Raises NotFound, Invalid.
        """
        name, replicas = _named(name, replicas)
        target = one(self.parts.api.resources, what, name, namespace)
        if target.resource.policy.scale is None:
            raise errors.UsageError(f"{target.resource.kind.plural} cannot be scaled: they have no scale subresource")
        if not isinstance(replicas, int) or isinstance(replicas, bool):
            raise errors.UsageError(f"replicas are a whole number, not {replicas!r}")
        patch = Patch("merge", {"spec": {"replicas": replicas}})
        return self._do(_about(target, "patch", subresource="scale", patch=patch))

    def _do(self, request: Request) -> Any:
        """One request of the hand, who is the administrator."""
        with self._turns:
            return self.parts.api.do(request).obj

    def _told(self, requests: Callable[[Warn], Iterator[tuple[Request, Mapping[str, Any]]]]) -> Any:
        """What comes of writes, whose maker is told of what is accepted and hardly meant, or not simulated.

        `requests` are made with whom the server warns, each with the document of which it is made.
        """
        notices, stored = Notices(), []
        for request, document in requests(notices.server.append):
            stored.append(self._made(request))
            notices.unsimulated += unsimulated.of_document(request.resource, document, self.parts.processes.values())
        notices.give()
        return stored

    def _made(self, request: Request) -> Any:
        """What comes of a request that may make an object.

        A new namespace gets its service account before its first pod, for which a real server waits as well.
        """
        try:
            return self._do(request)
        except errors.Forbidden:
            account = (core.ServiceAccount, "default", request.namespace)
            if request.resource.key != "pods" or self.parts.admin.find(*account) is not None:
                raise
            self.settle()
            return self._do(request)

    def _kind_of(self, document: Mapping[str, Any]) -> Resource:
        return find_resource(self.parts.api.resources, document.get("apiVersion", ""), document.get("kind", ""))

    def _target(self, document: Mapping[str, Any], namespace: str) -> Target:
        resource = self._kind_of(document)
        metadata = document.get("metadata") or {}
        name = metadata.get("name") or ""
        if not name:
            raise errors.ManifestError(
                f"{document.get('kind')} has no metadata.name: apply needs one; use create with generateName"
            )
        return Target(resource, name, (metadata.get("namespace") or namespace) if resource.namespaced else None)


class Someone(Verbs):
    """The hand of another user than the administrator, who may do only what roles grant."""

    def __init__(self, cluster: Any, user: User) -> None:
        self._cluster = cluster
        self._turns = cluster._turns
        self.parts = cluster.parts
        self.user = user

    def fork(self) -> Self:
        """The same user of a fork of the cluster."""
        return type(self)(self._cluster.fork(), self.user)

    def settle(self) -> None:
        """Do everything that is due now: see `Cluster.settle`."""
        self._cluster.settle()

    def may(
        self, verb: str, kind: Any, name: str = "", *, namespace: str | None = "default", subresource: str = ""
    ) -> bool:
        """Whether this user may do something, as `kubectl auth can-i` says it: `alice.may("delete", "pods")`."""
        asked, where = many(self.parts.api.resources, kind, namespace)
        attributes = authorization.ResourceAttributes(
            verb=verb,
            group=asked.kind.group,
            resource=asked.kind.plural,
            subresource=subresource or None,
            namespace=where,
            name=name or None,
        )
        spec = authorization.SelfSubjectAccessReviewSpec(resource_attributes=attributes)
        review = authorization.SelfSubjectAccessReview(spec=spec)
        resource = self.parts.api.resources.of(authorization.SelfSubjectAccessReview)
        return bool(self._do(Request("create", resource, obj=review)).status.allowed)

    def request(self, method: str, path: str, headers: Mapping[str, Any] | None = None, body: Any = None) -> Response:
        """The REST API in process, asked by this user: see `Cluster.request`."""
        who = {"Impersonate-User": self.user.name, "Impersonate-Group": list(self.user.groups)}
        return self.parts.rest.request(method, path, {**who, **(headers or {})}, body)

    def _do(self, request: Request) -> Any:
        return super()._do(attrs.evolve(request, user=self.user, actor=self.user.name))

    def __repr__(self) -> str:
        return f"<Someone {self.user.name} of {self._cluster!r}>"


def _about(target: Target, verb: str, **more: Any) -> Request:
    """A request about one object."""
    return Request(verb, target.resource, target.namespace, target.name, **more)


def _named(name: Any, value: Any) -> tuple[str, Any]:
    """The name and what follows it: where only one of them is given, the name stands with the kind (`pod/web-0`)."""
    return ("", name) if value is None else (name, value)
