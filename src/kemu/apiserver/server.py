"""The API server's verbs, and the one sequence that every write goes through.

A write is, in this order: find the resource, decode (done by the caller that has bytes), default, mutating admission,
prepare (what the server owns and the client may not set), validate, validating admission, store with a compare on the
revision that was read. Every step either leaves the request as it is, changes it, or refuses it; nothing is stored
before the last one, so a refused write leaves no trace.

Objects are immutable: a typed caller gets the very object that the store keeps, and reading copies nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs

from .. import errors
from ..clock import Clock
from ..entropy import Entropy
from ..objects import evolve
from ..store import Store
from ..values.selectors import FieldSelector, Selector
from ..values.times import Time
from . import failures, fields, strategies, validation, warnings
from .admission import ADMISSION
from .conversion import from_storage, to_storage
from .defaults import with_defaults
from .resources import Resource, Resources

GENERATED_NAME_MAX = 58
"""A generateName is cut to this length before the suffix is added, so that a label can hold the name."""

GENERATE_ATTEMPTS = 8
"""How many suffixes are tried before a generated name that is taken is reported."""


@attrs.frozen
class Context:
    """Who asks, and with which of the options that all writes share."""

    user: str = "kubernetes-admin"
    groups: tuple[str, ...] = ("system:masters", "system:authenticated")
    actor: str = "user"
    """Who is named in the history: a user, or the component that wrote."""
    dry_run: bool = False
    manager: str = "kemu"
    warn: Callable[[str], None] | None = None
    """What to tell of things that are accepted but hardly meant; None if nobody listens."""
    track: Callable[[Resource, Any, Any | None, str], Any] | None = None
    """`track(resource, new, old, subresource)` notes in managedFields who wrote what; None leaves them alone."""


@attrs.frozen
class DeleteOptions:
    """How to delete: see metav1.DeleteOptions."""

    grace_seconds: int | None = None
    uid: str | None = None
    resource_version: str | None = None
    propagation: str | None = None
    """Background, Foreground or Orphan; None leaves it to the object's finalizers."""


@attrs.frozen
class Page:
    """A list: its items, the revision at which it is true, and where it goes on."""

    items: tuple[Any, ...]
    revision: int
    resume: str | None = None
    remaining: int | None = None


@attrs.frozen(eq=False)
class Commit:
    """One stored write, as `ApiServer.journal` keeps it for the history."""

    time: float
    actor: str


class ApiServer:
    """All verbs on all resources, over one store.

    `notify` is called with the resource and the revision after every stored write; it only schedules deliveries.
    """

    __slots__ = ("clock", "entropy", "journal", "memo", "notify", "resources", "store")

    def __init__(self, store: Store, clock: Clock, entropy: Entropy, resources: Resources | None = None) -> None:
        self.store = store
        self.clock = clock
        self.entropy = entropy
        self.resources = resources or Resources()
        self.journal: dict[int, Commit] = {}
        self.memo: dict[str, Any] = {}
        """What admission remembers between writes, such as the token volume of a template. Simulated state: forks."""
        self.notify: Callable[[Resource, int], None] = lambda resource, revision: None

    def fork(self, store: Store, clock: Clock, entropy: Entropy) -> ApiServer:
        """The same server over a forked store. O(writes so far), a pointer each."""
        twin = ApiServer(store, clock, entropy, self.resources.fork())
        twin.journal = dict(self.journal)
        twin.memo = dict(self.memo)
        return twin

    # Reads

    def find(self, resource: Resource, namespace: str | None, name: str) -> Any | None:
        """The object, or None. O(log n)."""
        pair = self.store.get(resource.path(namespace, name))
        return None if pair is None else from_storage(resource, pair.value)

    def get(self, resource: Resource, namespace: str | None, name: str) -> Any:
        """The object; raises NotFound. O(log n)."""
        found = self.find(resource, namespace, name)
        if found is None:
            raise failures.not_found(resource.kind, name)
        return found

    def list(
        self,
        resource: Resource,
        namespace: str | None = None,
        *,
        labels: Selector | None = None,
        field_selector: FieldSelector | None = None,
        revision: int = 0,
        limit: int = 0,
        after: str = "",
    ) -> Page:
        """Objects in order of namespace and name; `revision` reads the past, `after` is the key to go on behind.

        O(log n + objects in the namespace). Raises Expired for a compacted revision.
        """
        prefix = resource.collection(namespace)
        at = revision or self.store.revision
        matches = fields.matcher(resource, field_selector)
        items: list[Any] = []
        last = ""
        remaining = 0
        pairs = self.store.items(prefix, revision)
        for number, pair in enumerate(pairs):
            key = pair.key[len(resource.prefix) :].decode()
            if after and key <= after:
                continue
            obj = from_storage(resource, pair.value)
            if labels is not None and not labels.matches(obj.metadata.labels):
                continue
            if matches is not None and not matches(obj):
                continue
            if limit and len(items) == limit:
                remaining = len(pairs) - number
                break
            items.append(obj)
            last = key
        exact = labels is None and field_selector is None
        return Page(
            tuple(items), at, resume=last if remaining else None, remaining=remaining if remaining and exact else None
        )

    # Writes

    def create(self, resource: Resource, obj: Any, context: Context, *, namespace: str | None = None) -> Any:
        """Store a new object. Raises AlreadyExists, Invalid, Forbidden, NotFound (namespace) or BadRequest."""
        obj = self._placed(resource, obj, namespace)
        if obj.metadata.resource_version:
            raise failures.unexplained("resourceVersion should not be set on objects to be created")
        obj = self._named(resource, obj)
        obj = with_defaults(obj)
        if context.track is not None:
            obj = context.track(resource, obj, None, "")
        for plugin in ADMISSION:
            if plugin.admits(resource, "CREATE"):
                obj = plugin.admit(self, resource, obj, None, context)
        obj = self._prepared(resource, obj)
        self._valid(resource, obj, validation.of_create(resource, obj))
        for plugin in ADMISSION:
            if plugin.admits(resource, "CREATE"):
                plugin.validate(self, resource, obj, None, context)
        self._warn(resource, obj, None, context)
        return self._insert(resource, obj, context)

    def update(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        change: Callable[[Any], Any],
        context: Context,
        *,
        subresource: str = "",
        create: bool = False,
    ) -> Any:
        """Replace an object by `change(old)`, which may raise.

        The answer of `change` carries the preconditions in its metadata: a uid and a resourceVersion that must match.
        Raises NotFound, Conflict, Invalid or Forbidden. A change that changes nothing writes nothing.
        """
        path = resource.path(namespace, name)
        pair = self.store.get(path)
        if pair is None:
            if not (create and resource.create_on_update and not subresource):
                raise failures.not_found(resource.kind, name)
            fresh = change(None)
            if fresh.metadata.resource_version:
                raise failures.conflict(resource.kind, name, failures.STALE)
            return self.create(resource, fresh, context, namespace=namespace)
        old = from_storage(resource, pair.value)
        new = change(old)
        if new is old:
            return old
        new = self._owned(resource, new, old, subresource)
        new = with_defaults(new)
        if context.track is not None:
            new = context.track(resource, new, old, subresource)
        for plugin in ADMISSION:
            if plugin.admits(resource, "UPDATE", subresource):
                new = plugin.admit(self, resource, new, old, context)
        new = strategies.before_update(self, resource, new, old, subresource)
        if new == old:
            return old
        self._valid(resource, new, validation.of_update(resource, new, old, subresource))
        for plugin in ADMISSION:
            if plugin.admits(resource, "UPDATE", subresource):
                plugin.validate(self, resource, new, old, context)
        if not subresource:
            self._warn(resource, new, old, context)
        if old.metadata.deletion_timestamp is not None and strategies.may_vanish(resource, new, old):
            return self._remove(resource, path, new, pair.mod_revision, context)
        return self._store(resource, path, new, pair.mod_revision, context)

    def delete(
        self, resource: Resource, namespace: str | None, name: str, options: DeleteOptions, context: Context
    ) -> tuple[Any, bool]:
        """Delete an object: at once, gracefully, or by waiting for its finalizers.

        Returns the object and whether it is gone. Raises NotFound, Conflict (preconditions) or Forbidden.
        """
        path = resource.path(namespace, name)
        pair = self.store.get(path)
        if pair is None:
            raise failures.not_found(resource.kind, name)
        old = from_storage(resource, pair.value)
        self._deletable(resource, old, options)
        for plugin in ADMISSION:
            if plugin.admits(resource, "DELETE"):
                plugin.validate(self, resource, old, old, context)
        new, gone = strategies.before_delete(self, resource, old, options)
        if gone:
            removed = self._remove(resource, path, new, pair.mod_revision, context)
            version = removed.metadata.resource_version if context.dry_run else str(self.store.revision)
            return evolve(removed, metadata=evolve(removed.metadata, resource_version=version)), True
        if new == old:
            return old, False
        return self._store(resource, path, new, pair.mod_revision, context), False

    def delete_collection(
        self, resource: Resource, targets: Iterable[Any], options: DeleteOptions, context: Context
    ) -> tuple[Any, ...]:
        """Delete each of `targets`; one that vanishes meanwhile is no error. Returns them as they were left."""
        left = []
        for target in targets:
            try:
                left.append(self.delete(resource, target.metadata.namespace, target.metadata.name, options, context)[0])
            except errors.NotFound:
                continue
        return tuple(left)

    # The steps of a write

    def _warn(self, resource: Resource, new: Any, old: Any | None, context: Context) -> None:
        if context.warn is not None:
            for text in warnings.of_write(resource, new, old):
                context.warn(text)

    def _placed(self, resource: Resource, obj: Any, namespace: str | None) -> Any:
        """The object with the namespace of the request, which must not contradict its own."""
        own = obj.metadata.namespace
        if not resource.namespaced:
            if own:
                raise failures.bad_request("namespace must not be specified for cluster-scoped objects")
            return obj
        if namespace is None:
            namespace = own or "default"
        if own and own != namespace:
            raise failures.bad_request(
                "the namespace of the provided object does not match the namespace sent on the request"
            )
        return obj if own else evolve(obj, metadata=evolve(obj.metadata, namespace=namespace))

    def _named(self, resource: Resource, obj: Any) -> Any:
        """The object with a name: its own, or one made from generateName that is free."""
        metadata = obj.metadata
        if metadata.name or not metadata.generate_name:
            return obj
        base = metadata.generate_name[:GENERATED_NAME_MAX]
        for _ in range(GENERATE_ATTEMPTS):
            name = base + self.entropy.suffix()
            if self.store.get(resource.path(metadata.namespace, name)) is None:
                break
        return evolve(obj, metadata=evolve(metadata, name=name))

    def _prepared(self, resource: Resource, obj: Any) -> Any:
        """The object with what the server owns filled in, and nothing else of that kind left from the client."""
        metadata = evolve(
            obj.metadata,
            uid=self.entropy.uid(),
            creation_timestamp=self.timestamp(),
            deletion_timestamp=None,
            deletion_grace_period_seconds=None,
            generation=1 if resource.counts_generation else None,
            self_link=None,
        )
        return strategies.before_create(self, resource, evolve(obj, metadata=metadata))

    def _owned(self, resource: Resource, new: Any, old: Any, subresource: str) -> Any:
        """The new object with the server's own metadata from the old one, once its preconditions hold."""
        had, wants = old.metadata, new.metadata
        if wants.uid and wants.uid != had.uid:
            why = f"Precondition failed: UID in precondition: {wants.uid}, UID in object meta: {had.uid}"
            path = resource.path(had.namespace, had.name).decode()
            detail = (
                f"StorageError: invalid object, Code: 4, Key: {path}, ResourceVersion: 0, AdditionalErrorMsg: {why}"
            )
            raise failures.conflict(resource.kind, had.name, detail)
        if wants.resource_version:
            if not wants.resource_version.isdigit():
                raise failures.bad_version(wants.resource_version)
            if wants.resource_version != had.resource_version:
                raise failures.conflict(resource.kind, had.name, failures.STALE)
        elif resource.version_required and not subresource:
            problem = failures.invalid_value("metadata.resourceVersion", 0, "must be specified for an update")
            raise failures.invalid(resource.kind, had.name, [problem])
        kept = evolve(
            wants,
            name=had.name,
            namespace=had.namespace,
            generate_name=wants.generate_name or had.generate_name,
            uid=had.uid,
            resource_version=had.resource_version,
            creation_timestamp=had.creation_timestamp,
            deletion_timestamp=had.deletion_timestamp,
            deletion_grace_period_seconds=had.deletion_grace_period_seconds,
            generation=had.generation,
            self_link=None,
        )
        return evolve(new, metadata=kept)

    def _deletable(self, resource: Resource, old: Any, options: DeleteOptions) -> None:
        """Raise Conflict if the object is not the one that the preconditions of a deletion mean."""
        had = old.metadata
        if options.uid and options.uid != had.uid:
            what, given, found, why = "UID", options.uid, had.uid, "deleted and then recreated"
        elif options.resource_version and options.resource_version != had.resource_version:
            what, given, found, why = "ResourceVersion", options.resource_version, had.resource_version, "modified"
        else:
            return
        kind = resource.kind
        text = f"the {what} in the precondition ({given}) does not match the {what} in record ({found}). "
        text += f"The object might have been {why}"
        named = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
        details = {"name": had.name, **({"group": kind.group} if kind.group else {}), "kind": kind.kind}
        raise errors.Conflict(f'Operation cannot be fulfilled on {named} "{had.name}": {text}', details=details)

    def _valid(self, resource: Resource, obj: Any, problems: Sequence[failures.FieldError]) -> None:
        if problems:
            raise failures.invalid(resource.kind, obj.metadata.name or "", problems)

    def _insert(self, resource: Resource, obj: Any, context: Context) -> Any:
        path = resource.path(obj.metadata.namespace, obj.metadata.name)
        existing = self.store.get(path)
        if existing is not None:
            refusal = failures.already_exists(resource.kind, obj.metadata.name)
            if existing.value.metadata.deletion_timestamp is not None:
                refusal.message = "object is being deleted: " + refusal.message
                refusal.status["message"] = refusal.message
            raise refusal
        return self._store(resource, path, obj, 0, context)

    def _store(self, resource: Resource, path: bytes, obj: Any, expected: int, context: Context) -> Any:
        """Write the object with the revision of this very write as its resourceVersion."""
        if context.dry_run:
            return obj
        revision = self.store.revision + 1
        stored = evolve(obj, metadata=evolve(obj.metadata, resource_version=str(revision)))
        if self.store.put_if(path, to_storage(resource, stored), expected) is None:
            raise failures.conflict(resource.kind, obj.metadata.name, failures.STALE)
        self._committed(resource, revision, context)
        return stored

    def _remove(self, resource: Resource, path: bytes, obj: Any, expected: int, context: Context) -> Any:
        """Take the object out of the store. The answer keeps the resourceVersion that it last had."""
        if context.dry_run:
            return obj
        revision = self.store.delete_if(path, expected)
        if revision is None:
            raise failures.conflict(resource.kind, obj.metadata.name, failures.STALE)
        self._committed(resource, revision, context)
        return obj

    def _committed(self, resource: Resource, revision: int, context: Context) -> None:
        self.journal[revision] = Commit(self.clock.now, context.actor)
        self.notify(resource, revision)

    # Small things that the steps share

    def timestamp(self) -> Time:
        """Now, as object metadata shows it: whole seconds."""
        return Time(int(self.clock.unix))

    def by_type(self, cls: Any, namespace: str | None, name: str) -> Any | None:
        """Look something else up while a write is under way, such as a service account; None if it is missing."""
        return self.find(self.resources.of(cls), namespace, name)
