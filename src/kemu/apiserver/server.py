"""The API server: one door, behind which every verb takes its steps.

`ApiServer.do(request)` is the only way in, for REST, the typed client, the hand of a user, controllers, the scheduler
and kubelets alike. It authorises, looks up what is stored, takes the request through the steps of its verb
(`sequence.py`), compares and writes, appends one `Change` to the log, and tells who follows the log.

Objects are immutable: a typed caller gets the very object that the store keeps, and reading copies nothing. What is
simulated state here is the store, the log and one small record; all of it forks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import attrs

from .. import errors
from ..clock import Clock
from ..entropy import Entropy
from ..objects import codec, replaced
from ..store import Store
from ..values.evolving import evolved
from ..values.fork_map import ForkMap
from ..values.frozen import EMPTY_MAP, FrozenMap
from ..values.ranges import Ranges
from ..values.state import State
from ..values.times import Time
from . import (
    changes,
    components,
    discovery,
    failures,
    managed,
    measurements,
    rbac,
    reading,
    restoring,
    reviews,
    sequence,
    strategies,
    subresources,
)
from .admission import quota, running
from .calling import Dial, nowhere
from .changes import Change, ChangeLog
from .conversion import from_storage, to_storage
from .definitions.following import Definitions
from .desk import Lookups, ServerDesk
from .going_on import GoingOn
from .managed import Managed
from .request import Answer, Request, User
from .resources import Resource, Resources
from .watch import WatchCursor

if TYPE_CHECKING:
    from .audit import Audit
    from .policies.webhooks import Webhook

Next = Callable[[Request], Answer]
Wrapper = Callable[[Request, Next], Answer]

SELF = "kube-apiserver"
"""Who is named in the history for what the server does by itself."""

ETCD = "etcd"
"""Who is named in the history where a lease has run out."""

PATCH_ATTEMPTS = 5
"""How often a patch that names no resourceVersion is tried again when the object changes under it."""


@attrs.define(eq=False)
class ApiState(State):
    """What a server remembers beside the store and the log of changes."""

    moment: float = 0.0
    draws: ForkMap[str, int] = attrs.field(factory=ForkMap)
    """How often chance was drawn for what, at this moment of virtual time; earlier moments need no memory."""
    rehearsals: int = 0
    """How many objects were created as a dry run: what those show is drawn for them alone."""
    stamped: ForkMap[str, FrozenMap[str, tuple[Any, tuple[Any, ...], Any]]] = attrs.field(factory=ForkMap)
    """By controller: what admission made of its template. Forgotten with the controller's object."""
    completed: ForkMap[bytes, None] = attrs.field(factory=ForkMap)
    """The keys of new objects of which more is shown than a real server has stored: their first update is a write."""
    measures: tuple[measurements.Measure, ...] = ()
    """What is declared to be measured, the latest first."""
    nominal: bool = False
    """Whether containers use something of which nothing is declared."""
    impersonators: ForkMap[str, str] = attrs.field(factory=ForkMap)
    """By name of who has asked as somebody else: in which way they last might (see `impersonation.py`)."""
    switches: tuple[str, ...] = ()
    """Of the admission plugins, which were switched on or off: see `admission.base.switch`."""


class ApiServer:
    """All verbs on all resources, over one store.

    `notify` is called with every change after it is stored; it only schedules deliveries. `connect` holds the
    subresources that lead to a node, by (resource key, subresource): what is behind them answers a request. `current`
    holds, by resource key, what of a stored object goes on by itself without being written: it is shown as of now.
    `open` is whether nothing is laid around the door. `answering` gives a context in which a wrapper of it is called.
    `used` is what a container of a pod uses by itself of `cpu` or `memory`, `shows_use` whether any says so.
    `tokens` are the static bearer tokens, `webhooks` who answers for webhooks; others are called through `dial`.
    """

    __slots__ = (
        "_chain",
        "_fault",
        "_stamp",
        "answering",
        "audit",
        "clock",
        "connect",
        "current",
        "definitions",
        "desk",
        "dial",
        "entropy",
        "log",
        "notify",
        "open",
        "ranges",
        "resources",
        "shows_use",
        "state",
        "store",
        "tokens",
        "used",
        "webhooks",
        "wrappers",
    )

    def __init__(
        self,
        store: Store,
        clock: Clock,
        entropy: Entropy,
        ranges: Ranges,
        resources: Resources | None = None,
        *,
        log: ChangeLog | None = None,
        state: ApiState | None = None,
        lookups: Lookups | None = None,
        definitions: Definitions | None = None,
        wrappers: tuple[Wrapper, ...] = (),
    ) -> None:
        self.store = store
        self.clock = clock
        self._stamp = (clock.now, Time.at(clock.unix))
        self.entropy = entropy
        self.ranges = ranges
        self.resources = resources or Resources()
        self.log = log or ChangeLog()
        self.notify: Callable[[Change], None] = lambda change: None
        self.connect: dict[tuple[str, str], Callable[[Request], Any]] = {}
        self.current: dict[str, GoingOn] = {}
        self.answering: Callable[[str], AbstractContextManager[None]] = lambda what: nullcontext()
        self.definitions = definitions or Definitions()
        self.tokens: Mapping[str, User] = {}
        self.webhooks: Mapping[str, Webhook] = {}
        self.dial: Dial = nowhere
        self.used: Callable[[Any, str, str], Any] = lambda pod, container, metric: None
        self.shows_use: Callable[[], bool] = lambda: False
        self.desk = ServerDesk(self, lookups)
        self.state = state or ApiState(moment=clock.now)
        self.wrappers = wrappers
        self.audit: Audit | None = None
        self._fault: Wrapper | None = None
        self.open = not wrappers
        self._chain: Next = self._chained() if wrappers else self._serve
        if lookups is None:
            self.desk.look_around()

    @property
    def lookups(self) -> Lookups:
        """What was looked up of what is stored, and need not be again."""
        return self.desk.lookups

    # The door

    def do(self, request: Request) -> Answer:
        """Answer one request. Raises the ApiError that refuses it; a refused write leaves no trace."""
        return self._chain(request)

    def wrap(self, wrapper: Wrapper) -> Callable[[], None]:
        """Lay `wrapper(request, next)` around the door; forks inherit it. Returns what takes it off again.

        It may look, answer by itself, raise, or call `next` with this or another request, any number of times. The
        last one laid around is the first to see a request.
        """
        self.wrappers = (wrapper, *self.wrappers)
        self._chain = self._chained()

        def take_off() -> None:
            self.wrappers = tuple(each for each in self.wrappers if each is not wrapper)
            self._chain = self._chained()

        return take_off

    def break_with(self, fault: Wrapper | None) -> None:
        """Let every request meet `fault(request, next)` behind all wrappers, or with None nothing any more.

        Unlike a wrapper it belongs to this server alone: forks have faults of their own.
        """
        self._fault = fault
        self._chain = self._chained()

    def audit_with(self, audit: Audit | None) -> None:
        """Let a log see every request first, and what becomes of it, or with None nobody any more.

        As a fault it belongs to this server alone.
        """
        self.audit = audit
        self._chain = self._chained()

    def _chained(self) -> Next:
        """One function for the wrappers, the first outermost, and what they are laid around."""
        chain: Next = self._serve if self._fault is None else self._around(self._fault, self._serve)
        for wrapper in reversed(self.wrappers):
            chain = self._around(wrapper, chain)
        audit = self.audit
        self.open = audit is None and self._fault is None and not self.wrappers
        return chain if audit is None else lambda request: audit.around(request, chain)

    def _around(self, wrapper: Wrapper, inner: Next) -> Next:
        def asked(request: Request) -> Answer:
            what = request.path or f"{request.resource.key} {request.name}".rstrip()
            with self.answering(f"the wrapper of {request.verb} {what}"):
                return wrapper(request, inner)

        return asked

    def _serve(self, request: Request) -> Answer:
        answer = self.serve(request)
        self.definitions.follow(self)
        return answer

    def serve(self, request: Request) -> Answer:
        """Answer a request that has passed all wrappers, or one of the server's own."""
        if request.resource is None:
            return self._plain(request)
        rbac.authorise(self.desk, request)
        resource = request.resource
        if not resource.policy.stored:
            handler: subresources.Handler | None = _COMMANDS.get((resource.key, request.verb))
        else:
            handler = _HANDLERS.get((request.subresource, request.verb))
        if handler is None:
            raise failures.method_not_allowed(None, request.verb)
        return handler(self, request)

    def _plain(self, request: Request) -> Answer:
        """What is no resource: a document about the server, for who may read it."""
        rbac.authorise(self.desk, request)
        return Answer(discovery.document(self.resources, request.path))

    # What everybody may see

    @property
    def plugins(self) -> tuple[str, ...]:
        """The names of the admission plugins that look at requests, in their order."""
        return running(self.desk.guarded)

    def switch(self, plugin: str, on: bool) -> None:
        """Have an admission plugin look at requests from now on, or not. Raises UsageError if there is none."""
        self.desk.switch(plugin, on)

    @property
    def revision(self) -> int:
        """The revision of the last write."""
        return self.store.revision

    def stamp(self) -> Time:
        """Now, as object metadata shows it: whole seconds."""
        now, stamp = self._stamp
        if now != self.clock.now:
            now, stamp = self._stamp = (self.clock.now, Time.at(self.clock.unix))
        return stamp

    def encoded(self, resource: Resource, obj: Any) -> bytes:
        """The JSON of an object without kind and apiVersion; made once for what is stored. O(1) then."""
        version = obj.metadata.resource_version
        if version:
            change = self.log.at(int(version))
            if change is not None and change.shown(resource) is obj:
                return b"".join(change.json(resource))
        return b"".join(codec.pieces(obj))

    # Reads

    def find(self, resource: Resource, namespace: str | None, name: str) -> Any | None:
        """The stored object as the resource shows it, or None. O(log n)."""
        pair = self.store.get(resource.path(namespace, name))
        return None if pair is None else self.shown(resource, pair)

    def shown(self, resource: Resource, pair: Any) -> Any:
        """A stored object as a resource shows it: the same view each time."""
        if resource.exact:
            return pair.value
        change = self.log.at(pair.mod_revision)
        return from_storage(resource, pair.value) if change is None else change.shown(resource)

    def as_of_now(self, resource: Resource, obj: Any) -> Any:
        """A stored object with what goes on by itself as it is at this moment."""
        going_on = self.current.get(resource.key)
        return obj if going_on is None else going_on.shown(obj)

    def _watch(self, request: Request) -> Answer:
        return Answer(WatchCursor.start(self, request))

    # Writes

    def _create(self, request: Request) -> Answer:
        return Answer(self._insert(sequence.run(sequence.CREATE, request, self.desk)), created=True)

    def _update(self, request: Request) -> Answer:
        found = self.store.get(request.resource.path(request.namespace, request.name))
        if found is None:
            return self._create_by_update(request)
        return self._change(sequence.UPDATE, request, found)

    def _create_by_update(self, request: Request) -> Answer:
        resource = request.resource
        if not resource.policy.create_on_update or request.subresource not in ("", "status"):
            raise failures.not_found(resource.kind, request.name)
        return Answer(self._insert(sequence.run(sequence.CREATE_BY_UPDATE, request, self.desk)), created=True)

    def _patch(self, request: Request) -> Answer:
        resource = request.resource
        for attempt in range(PATCH_ATTEMPTS):
            found = self.store.get(resource.path(request.namespace, request.name))
            if found is None:
                if request.applies and not request.subresource:
                    done = sequence.run(sequence.APPLY_NEW, request, self.desk)
                    return Answer(self._insert(done), created=True)
                raise failures.not_found(resource.kind, request.name)
            try:
                return self._change(sequence.APPLY if request.applies else sequence.PATCH, request, found)
            except Overtaken:
                if attempt == PATCH_ATTEMPTS - 1:
                    raise
        raise AssertionError("a patch ends with an answer or a refusal")

    def _change(self, steps: tuple[sequence.Step, ...], request: Request, found: Any) -> Answer:
        """Take a write through its steps, given what is stored, and store what comes of it."""
        old = self.shown(request.resource, found)
        request = request.meeting(old, found.value, found.mod_revision)
        done = sequence.run(steps, request, self.desk)
        charges = self._charges(done)
        stored = self.put(done)
        self._charge(charges)
        return Answer(self.as_of_now(request.resource, stored))

    def put(self, request: Request) -> Any:
        """Store what the steps made of an object; one that is on its way out may go. Returns the object."""
        new, old = request.obj, request.old
        if new is old:
            return request.shown
        if old.metadata.deletion_timestamp is not None and strategies.may_vanish(request.resource, new, old):
            return self._remove(request)
        return self.write(request)

    def delete(self, request: Request) -> Answer:
        """Delete an object: at once, gracefully, or by waiting for its finalizers. Not authorised again."""
        found = self.store.get(request.resource.path(request.namespace, request.name))
        if found is None:
            raise failures.not_found(request.resource.kind, request.name)
        old, shown = found.value, self.shown(request.resource, found)
        request = evolved(request, old=old, shown=shown, stored=old, obj=None, revision=found.mod_revision)
        request = sequence.run(sequence.DELETE, request, self.desk)
        if request.gone:
            removed = self._remove(request)
            if not request.options.dry_run:
                removed = changes.at_revision(removed, self.store.revision)
            return Answer(removed, gone=True)
        return Answer(shown if request.obj == old else self.write(request))

    def _delete_collection(self, request: Request) -> Answer:
        """Delete each object of a collection; one that vanishes meanwhile is no error. Answers with what there was."""
        page = reading.page(self, attrs.evolve(request, options=request.options.selection()))
        found = []
        for target in page.items:
            metadata = target.metadata
            one = attrs.evolve(request, verb="delete", namespace=metadata.namespace, name=metadata.name)
            try:
                self.delete(one)
            except errors.NotFound:
                continue
            found.append(target)
        return Answer(attrs.evolve(page, items=tuple(found)))

    # Committing

    def _insert(self, request: Request) -> Any:
        metadata = request.obj.metadata
        if request.options.dry_run:
            if self.find(request.resource, metadata.namespace, metadata.name) is not None:
                raise self._exists(request)
            self.state.rehearsals += 1
            return self.write(request)
        charges = self._charges(request)
        try:
            stored = self.write(request)
        except Overtaken:
            raise self._exists(request) from None
        self._charge(charges)
        self.drew(f"{request.resource.key}/{metadata.namespace or ''}/{metadata.name}")
        if request.generated:
            self.drew(request.generated)
        return stored

    def _charges(self, request: Request) -> list[tuple[Any, Any]]:
        """What a write uses up of quotas, each before and after; nothing of a write that changes nothing."""
        if "resourcequotas" not in self.desk.guarded or request.obj is request.old or request.options.dry_run:
            return []
        return list(quota.charges(request, self.desk))

    def _charge(self, charges: list[tuple[Any, Any]]) -> None:
        """Write what was used up of quotas, as the server's own doing."""
        for before, after in charges:
            row, metadata = self.resources.of(before), before.metadata
            inner = Request("update", row, metadata.namespace, metadata.name, after, "status", actor=SELF, manager=SELF)
            inner = inner.meeting(before, before, int(metadata.resource_version))
            self.put(sequence.run(sequence.OWN, inner, self.desk))

    def _exists(self, request: Request) -> errors.AlreadyExists:
        """The refusal of an object whose name is taken."""
        metadata = request.obj.metadata
        existing = self.find(request.resource, metadata.namespace, metadata.name)
        refusal = failures.already_exists(request.resource.kind, metadata.name)
        if existing is not None and existing.metadata.deletion_timestamp is not None:
            refusal.message = "object is being deleted: " + refusal.message
            refusal.status["message"] = refusal.message
        return refusal

    def write(self, request: Request) -> Any:
        """Write the object with the revision of this very write as its resourceVersion."""
        resource, obj = request.resource, request.obj
        if request.options.dry_run:
            owners = managed.kept(request, self.stamp())
            return self._as_shown(request, replaced(obj, metadata=replaced(obj.metadata, managed_fields=owners)))
        revision = self.store.revision + 1
        stored = managed.stored(request, revision, self.stamp())
        metadata = stored.metadata
        if resource.view is None:
            stored = to_storage(resource, stored)
        shown = from_storage(resource, stored)
        key = resource.path(metadata.namespace, metadata.name)
        if self.store.put_if(key, stored, request.revision) is None:
            raise _overtaken(resource, metadata.name)
        if request.completed:
            self.state.completed[key] = None
        elif self.state.completed:
            self.state.completed.pop(key, None)
        self.committed(request, revision, key, stored, shown)
        return shown

    def _remove(self, request: Request) -> Any:
        """Take the object out of the store. The answer keeps the resourceVersion that it last had."""
        resource, obj = request.resource, request.obj
        if request.options.dry_run:
            return self._as_shown(request, obj)
        key = resource.path(obj.metadata.namespace, obj.metadata.name)
        revision = self.store.delete_if(key, request.revision)
        if revision is None:
            raise _overtaken(resource, obj.metadata.name)
        self.state.stamped.pop(obj.metadata.uid, None)
        self.state.completed.pop(key, None)
        self.committed(request, revision, key, None, None)
        return self._as_shown(request, obj)

    def _as_shown(self, request: Request, obj: Any) -> Any:
        """What the steps made of an object, as the resource shows it: those of a view end with its stored form."""
        view = request.resource.view
        return obj if view is None else view.shown(obj)

    def committed(self, request: Request, revision: int, key: bytes, new: Any, shown: Any) -> None:
        """Note what has just been written, and tell of it."""
        resource = request.resource
        row = resource if resource.canonical else self.resources.at(key) or resource
        now = self.clock.now
        who = (request.actor, request.manager, request.subresource)
        change = Change(revision, now, *who, row, key, request.stored, new)
        if shown is not new:
            change.remember(resource, shown)
        self.log.append(change)
        guards = resource.policy.guards
        if guards is not None and new is not None and guards(new):
            self.desk.guard(resource.key)
        if resource.policy.grants:
            self.desk.forget_grants()
        self.notify(change)

    def stored(self) -> Sequence[Any]:
        """Every stored object, as a pair of the store. O(n)."""
        return self.store.items(b"/registry/")

    def expire(self, key: bytes) -> None:
        """Take away what is stored under a key, whose time is over. Nobody asked for it, and nobody is asked."""
        found, row = self.store.get(key), self.resources.at(key)
        if found is None or row is None:
            return
        revision = self.store.delete_if(key, found.mod_revision)
        assert revision is not None
        change = Change(revision, self.clock.now, ETCD, ETCD, "", row, key, found.value, None)
        self.log.append(change)
        self.notify(change)

    def compact(self, revision: int) -> None:
        """Forget the past up to a revision, in the store and in the log.

        Raises Compacted or FutureRevision. What owns which field is worked out first: it must not need the past.
        """
        for pair in self.stored():
            kept = pair.value.metadata.managed_fields
            if isinstance(kept, Managed):
                kept.managers  # noqa: B018  # the look is what works it out
        self.store.compact(revision)
        self.log.compact(revision)

    # Chance

    def drawn_before(self, what: str) -> int:
        """How often chance was drawn for something at this moment of virtual time."""
        state = self.state
        return state.draws.get(what, 0) if state.moment == self.clock.now else 0

    def drew(self, what: str) -> None:
        """Count that chance was drawn for something, so that the next draw for it is another one."""
        state = self.state
        if state.moment != self.clock.now:
            state.moment = self.clock.now
            state.draws.clear()
        state.draws[what] = state.draws.get(what, 0) + 1

    def stamped(self, owner: str, step: str, spec: Any, inputs: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """What `make` gives for a specification that several objects of one owner share; made once."""
        made = self.state.stamped.get(owner, EMPTY_MAP)
        known = made.get(step)
        if known is not None and known[0] is spec and known[1] == inputs:
            return known[2]
        result = make()
        self.state.stamped[owner] = FrozenMap({**made, step: (spec, inputs, result)})
        return result


class Overtaken(errors.Conflict):
    """The 409 of a write whose object was changed while it was under way."""


def _overtaken(resource: Resource, name: str) -> Overtaken:
    refusal = failures.conflict(resource.kind, name, failures.STALE)
    return Overtaken(refusal.message, details=refusal.status["details"])


_PARTS = ("status", "finalize", "ephemeralcontainers", "resize", "approval")
"""The subresources that are a part of the object."""

_HANDLERS: dict[tuple[str, str], subresources.Handler] = {
    ("", "get"): reading.get,
    ("", "list"): reading.listed,
    ("", "watch"): ApiServer._watch,
    ("", "create"): ApiServer._create,
    ("", "update"): ApiServer._update,
    ("", "patch"): ApiServer._patch,
    ("", "delete"): ApiServer.delete,
    ("", "deletecollection"): ApiServer._delete_collection,
    **{(part, "get"): reading.get for part in _PARTS},
    **{(part, "update"): ApiServer._update for part in _PARTS},
    **{(part, "patch"): ApiServer._patch for part in _PARTS},
    **subresources.HANDLERS,
    **reviews.HANDLERS,
    **restoring.HANDLERS,
}
"""What a verb does, by subresource."""

_COMMANDS: dict[tuple[str, str], subresources.Handler] = {
    **subresources.COMMANDS,
    **measurements.COMMANDS,
    **components.COMMANDS,
    **reviews.COMMANDS,
}
"""What a verb does with what is not kept, by resource."""
