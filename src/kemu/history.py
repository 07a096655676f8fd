"""The past: what changed and who changed it, the cluster as it once was, and a hash over all of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import attrs

from .apiserver import failures
from .apiserver.conversion import from_storage
from .apiserver.resources import REGISTRY, Resource
from .apiserver.server import ApiServer
from .apiserver.watch import at_revision
from .names import locate
from .objects import codec
from .values.selectors import parse_field_selector, parse_label_selector


@attrs.frozen
class Change:
    """One change of one object.

    `time` is in virtual seconds since the start, `type` is ADDED, MODIFIED or DELETED, `object` the object after the
    change (of a deletion: as it last was), `actor` who wrote it.
    """

    revision: int
    time: float
    type: str
    object: Any
    actor: str

    @property
    def kind(self) -> str:
        """The object's kind."""
        return str(type(self.object).kind)

    @property
    def name(self) -> str:
        """`namespace/name` of the object, or its name."""
        metadata = self.object.metadata
        return f"{metadata.namespace}/{metadata.name}" if metadata.namespace else str(metadata.name)


def changes(api: ApiServer, resource: Resource | None, namespace: str | None, since: int) -> Iterator[Change]:
    """Every change under a resource and namespace with a revision of at least `since`, oldest first.

    O(log n + changes under the prefix).
    """
    prefix = REGISTRY if resource is None else resource.collection(namespace)
    for event in api.store.events(prefix, max(since, 1)):
        row = resource or api.resources.at(event.kv.key)
        if row is None:
            continue
        revision = event.kv.mod_revision
        commit = api.journal[revision]
        if event.type == "DELETE":
            kind, obj = "DELETED", at_revision(event.prev_kv.value if event.prev_kv else None, revision)
        else:
            kind, obj = "ADDED" if event.prev_kv is None else "MODIFIED", event.kv.value
        if namespace is None or not row.namespaced or obj.metadata.namespace == namespace:
            yield Change(revision, commit.time, kind, from_storage(row, obj), commit.actor)


class Digest:
    """A running hash over the history. Only what is new since the last call is encoded and hashed."""

    __slots__ = ("_hash", "_revision")

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._revision = 0

    def fork(self) -> Digest:
        """The same state; the copy goes its own way."""
        twin = Digest()
        twin._hash = self._hash.copy()
        twin._revision = self._revision
        return twin

    def of(self, api: ApiServer) -> str:
        """The hash of everything up to now, as hexadecimal text. O(changes since the last call)."""
        for change in changes(api, None, None, self._revision + 1):
            line = [change.revision, change.time, change.type, change.kind, change.actor, codec.encode(change.object)]
            self._hash.update(json.dumps(line, sort_keys=True, separators=(",", ":")).encode())
        self._revision = api.store.revision
        return self._hash.hexdigest()

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._hash = hashlib.sha256()
        self._revision = 0


class PastView:
    """The cluster as it was at one revision. Everything can be read, nothing can be written."""

    __slots__ = ("_api", "revision")

    def __init__(self, api: ApiServer, revision: int) -> None:
        self._api = api
        self.revision = revision

    @property
    def now(self) -> float:
        """When this revision was written, in virtual seconds since the start."""
        commits = self._api.journal
        return commits[self.revision].time if self.revision in commits else 0.0

    def list(
        self, kind: Any, *, namespace: str | None = None, label_selector: str = "", field_selector: str = ""
    ) -> tuple[Any, ...]:
        """The objects of a kind as they were. Raises Expired if the revision has been compacted."""
        resource, _ = locate(self._api.resources, kind)
        return self._api.list(
            resource,
            namespace,
            labels=parse_label_selector(label_selector) if label_selector else None,
            field_selector=parse_field_selector(field_selector) if field_selector else None,
            revision=self.revision,
        ).items

    def get(self, kind: Any, name: str = "", *, namespace: str = "default") -> Any:
        """One object as it was. Raises NotFound if it did not exist then."""
        resource, found = locate(self._api.resources, kind)
        name = name or found
        where = namespace if resource.namespaced else None
        answer = self._api.store.range(resource.path(where, name), revision=self.revision)
        if not answer.kvs:
            raise failures.not_found(resource.kind, name)
        return from_storage(resource, answer.kvs[0].value)
