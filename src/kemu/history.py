"""The past: what changed and who changed it, the cluster as it once was, and a hash over all of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import attrs

from .apiserver import failures
from .apiserver.changes import Change
from .apiserver.request import Request
from .apiserver.resources import Resource
from .apiserver.server import ApiServer
from .names import Fields, Labels, many, one, selected
from .objects import codec, replaced

__all__ = ["Change", "Digest", "PastView", "changes"]


def changes(api: ApiServer, resource: Resource | None, namespace: str | None, since: int) -> Iterator[Change]:
    """Every change under a resource and namespace with a revision of at least `since`, oldest first.

    O(log n + changes of the resource since then).
    """
    for change in api.log.since(max(since, 1), None if resource is None else resource.prefix):
        if resource is not None:
            change = change.seen_through(resource)
        row = change.resource
        if namespace is None or not row.namespaced or change.object.metadata.namespace == namespace:
            yield change


class Digest:
    """A running hash over the history. Only what is new since the last call is encoded and hashed."""

    __slots__ = ("_revision", "_value")

    def __init__(self, revision: int = 0, value: bytes = b"") -> None:
        self._revision = revision
        self._value = value

    def fork(self) -> Digest:
        """The same state; the copy goes its own way."""
        return Digest(self._revision, self._value)

    def __reduce__(self) -> tuple[type[Digest], tuple[int, bytes]]:
        return (Digest, (self._revision, self._value))

    def of(self, api: ApiServer) -> str:
        """The hash of everything up to now, as hexadecimal text. O(changes since the last call).

        Each change is hashed together with the hash of all before it. Who owns which field follows from the rest, so
        it is not looked at; and objects are hashed as they are kept, so that nobody is needed who converts them.
        """
        for change in api.log.since(self._revision + 1):
            obj = change.stored
            bare = codec.encode(replaced(obj, metadata=replaced(obj.metadata, managed_fields=())))
            who = [change.actor, change.manager, change.subresource]
            line = [change.revision, change.time, change.type, change.kind, who, bare]
            text = json.dumps(line, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")
            self._value = hashlib.sha256(self._value + text).digest()
        self._revision = api.revision
        return hashlib.sha256(self._value).hexdigest()


class PastView:
    """The cluster as it was at one revision. Everything can be read, nothing can be written."""

    __slots__ = ("_api", "revision")

    def __init__(self, api: ApiServer, revision: int) -> None:
        self._api = api
        self.revision = revision

    @property
    def now(self) -> float:
        """When this revision was written, in virtual seconds since the start."""
        change = self._api.log.at(self.revision)
        return 0.0 if change is None else change.time

    def list(
        self,
        kind: Any,
        *,
        namespace: str | None = "default",
        label_selector: Labels = "",
        field_selector: Fields = "",
    ) -> tuple[Any, ...]:
        """The objects of a kind as they were. Raises Expired if the revision has been compacted."""
        resource, where = many(self._api.resources, kind, namespace)
        options = attrs.evolve(selected(label_selector, field_selector), revision=self.revision)
        found: tuple[Any, ...] = self._api.do(Request("list", resource, where, options=options)).obj.items
        return found

    def get(self, kind: Any, name: str = "", *, namespace: str = "default") -> Any:
        """One object as it was. Raises NotFound if it did not exist then."""
        target = one(self._api.resources, kind, name, namespace)
        options = attrs.evolve(selected("", {"metadata.name": target.name}), revision=self.revision)
        items = self._api.do(Request("list", target.resource, target.namespace, options=options)).obj.items
        if not items:
            raise failures.not_found(target.resource.kind, target.name)
        return items[0]

    def __repr__(self) -> str:
        return f"<the cluster at revision {self.revision}, {self.now:g}s after the start>"
