"""A process: who runs controllers, with informers, queues and a memory of its own, and a life.

Units of work are deliveries to its cache, and keys of its controllers. Each `reconcile(api, cache, key)` runs to its
end within one unit. Before a key is reconciled again, the informers must have seen what the last reconcile of that key
wrote; until then the key is parked, because a decision made on an older view would be made twice. A key whose reconcile
ends with a refusal of the server comes back after a back-off: that is what a real controller logs and retries.

The life of a process:

    state      on                                    to
    -------    -----------------------------------   -------
    stopped    start                                 running: lists everything, and reconciles all of it
    running    stop, crash                           stopped: forgets all but what is stored
    running    an exception that is no answer of     running, after a back-off, as a container that panics;
               the API                               in strict mode it reaches the test, its key put back before

What a process remembers is its `ProcessState`; what it runs is its `Program`, which forks share.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any, TypeVar

import attrs

from .. import errors
from ..apiserver.request import User
from ..apiserver.resources import Resource
from ..apiserver.server import ApiServer
from ..loop import Loop
from ..objects.references import controller_of, is_of
from ..values.durations import seconds_of
from ..values.fork_map import ForkMap
from ..values.state import State
from ..values.times import Time
from .cache import Cache, CacheState, Kinds
from .client import Client
from .election import Election, ElectionState
from .queue import Key, QueueState, WorkQueue
from .recorder import EventRecorder, RecorderState
from .wiring import Later, Mapper, Result, Spec, Wiring, key_of

SERVICE_ACCOUNTS = ("system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated")

T = TypeVar("T")
TRIES = 1000
"""How many objects a reconcile tries to create at most before it fails: so the tries of all of them have numbers."""

RESTART_FIRST = 10.0
"""Seconds of the back-off before the second restart of a process in a row; the first comes at once. It doubles."""

RESTART_MAX = 300.0
RESTART_FORGET = 600.0
"""A process that ran longer than this starts its back-off anew."""

LIST_FIRST = 0.8
"""Seconds until a refused first list is tried again; it doubles."""

LIST_MAX = 30.0


@attrs.define(eq=False)
class ProcessState(State):
    """What one process remembers. All but `running` and `restarts` is gone when it ends."""

    running: bool = True
    began: float = 0.0
    """When it last started, in seconds since the start of the cluster."""
    restarts: int = 0
    """How often it has ended by itself lately."""
    refused_lists: int = 0
    skew: float = 0.0
    """Seconds by which the clock of its machine is ahead; it stays so when the process ends."""
    cache: CacheState = attrs.field(factory=CacheState)
    queue: QueueState = attrs.field(factory=QueueState)
    barriers: ForkMap[Key, tuple[tuple[bytes, int], ...]] = attrs.field(factory=ForkMap)
    """By key: up to where which informer must have come before it is reconciled again."""
    parked: ForkMap[Key, None] = attrs.field(factory=ForkMap)
    """The keys that wait for that."""
    refusals: ForkMap[Key, str] = attrs.field(factory=ForkMap)
    """The last refusal of every key that has not succeeded since, for whoever asks why nothing happens."""
    memory: ForkMap[Key, Any] = attrs.field(factory=ForkMap)
    """By key: what a controller remembers, as its wiring declares it."""
    events: RecorderState = attrs.field(factory=RecorderState)
    election: ElectionState = attrs.field(factory=ElectionState)


Owned = tuple[str, str]
"""A kind of owners: its group and its name."""


@attrs.frozen
class Woken:
    """Controllers that changes of a kind wake, for which keys, and, if these are those of owners, of which kind."""

    controllers: tuple[str, ...]
    mapper: Mapper
    owner: Owned | None = None


@attrs.frozen(eq=False)
class Program:
    """What a process runs: wiring, which its replicas and forks share.

    `user` is who it is for the API server, `manager` who owns the fields that its controllers write (empty: each by its
    own name), `rivals` whether several replicas elect a leader.
    """

    name: str
    user: User | None = None
    delegates: bool = False
    """Whether each of its controllers is a service account of its own, that may do what roles say."""
    manager: str = ""
    rivals: bool = False
    strict: bool = True
    specs: dict[str, Spec] = attrs.field(factory=dict)
    kinds: Kinds = attrs.field(factory=Kinds)
    mappers: dict[str, tuple[Woken, ...]] = attrs.field(factory=dict)
    """By resource: who is woken by its changes, and for which keys."""
    everything: tuple[tuple[str, Mapper], ...] = ()
    subjects: frozenset[str] = frozenset()
    """The keys of the kinds that its controllers are for."""

    def user_of(self, wiring: Wiring) -> User:
        """Who a controller is: a service account in kube-system, which may do everything where nobody has said who its
        process is."""
        if self.user is not None and (not self.delegates or wiring.account.startswith("system:")):
            return self.user
        account = f"system:serviceaccount:kube-system:{wiring.account or wiring.name}"
        return User(account, SERVICE_ACCOUNTS, trusted=self.user is None)

    def running(self, spec: Spec, resource_of: Callable[[Any], Resource]) -> Program:
        """The same with one controller more. Raises UsageError for a kind that is not served."""
        wiring, name = spec.wiring, spec.wiring.name
        kinds, mappers = self.kinds, dict(self.mappers)

        def woken(kind: Any, mapper: Mapper | None, owner: Owned | None = None) -> None:
            nonlocal kinds
            resource = resource_of(kind)
            kinds = kinds.with_kind(resource)
            if mapper is not None:
                mappers[resource.name] = _with(mappers.get(resource.name, ()), Woken((name,), mapper, owner))

        if wiring.reconciles is not None:
            woken(wiring.reconciles, wiring.changed or _itself)
        for owned in wiring.owns:
            woken(owned, *_owner_of(resource_of(wiring.reconciles)))
        for watched, mapper in wiring.watches:
            woken(watched, mapper)
        for read in wiring.reads:
            woken(read, None)
        for kind, index in wiring.indexes:
            kinds = kinds.with_kind(resource_of(kind), index)
        subjects = [wiring.reconciles] if wiring.reconciles is not None else [kind for kind, _ in wiring.watches]
        everything = self.everything
        if wiring.watches_everything is not None:
            kinds = attrs.evolve(kinds, everything=True)
            everything = (*everything, (name, wiring.watches_everything))
        specs = {**self.specs, name: spec}
        return attrs.evolve(
            self,
            specs=specs,
            kinds=kinds,
            mappers=mappers,
            everything=everything,
            subjects=self.subjects.union(resource_of(kind).key for kind in subjects),
        )

    def reconciles(self, resource: Resource) -> bool:
        """Whether one of its controllers is for this kind, in whichever version.

        One that names no kind for which it is, since its keys are of several, is for all that wake it.
        """
        return resource.key in self.subjects

    def unresolved(self) -> Program:
        """The same without what follows from the wirings."""
        return attrs.evolve(self, kinds=Kinds(), mappers={}, everything=(), subjects=frozenset())

    def resolved(self, resource_of: Callable[[Any], Resource]) -> Program:
        """The same with what follows from the wirings."""
        program = attrs.evolve(self.unresolved(), specs={})
        for spec in self.specs.values():
            program = program.running(spec, resource_of)
        return program


def _itself(cache: Any, old: Any, new: Any) -> tuple[str, ...]:
    return (key_of(new if new is not None else old),)


def _owner_of(owner: Resource) -> tuple[Mapper, Owned]:
    """The keys of the controlling owners, if they are of this kind; and that kind."""

    def mapper(cache: Any, old: Any, new: Any) -> Iterator[str]:
        for obj in _owned_otherwise(old, new):
            reference = controller_of(obj)
            if reference is not None and is_of(reference, owner.kind):
                namespace = obj.metadata.namespace
                yield f"{namespace}/{reference.name}" if namespace else reference.name

    return mapper, (owner.kind.group, owner.kind.kind)


def _owned_otherwise(old: Any, new: Any) -> tuple[Any, ...]:
    """An object before and after a change; once, if it has the same owners as before."""
    if old is None:
        return () if new is None else (new,)
    if new is None or new.metadata.owner_references is old.metadata.owner_references:
        return (old,)
    return old, new


def _with(rows: tuple[Woken, ...], row: Woken) -> tuple[Woken, ...]:
    """One more; the keys that several ask for in the same way, one after the other, are found once."""
    last = rows[-1] if rows else None
    if last is None or last.mapper is not row.mapper:
        return (*rows, row)
    return (*rows[:-1], attrs.evolve(last, controllers=last.controllers + row.controllers))


def _owners(old: Any, new: Any) -> tuple[Owned, ...]:
    """Of which kinds the controlling owners of an object are, before and after."""
    references = [controller_of(obj) for obj in _owned_otherwise(old, new)]
    return tuple([((each.api_version or "").rpartition("/")[0], each.kind) for each in references if each is not None])


class Api(Client):
    """What a reconciler writes with: the typed client, events in the controller's name, and its memory."""

    __slots__ = ("_blank", "_key", "_memory", "_refused", "_state", "recorder", "wrote")

    def __init__(self, process: Process, spec: Spec) -> None:
        program, name = process.program, spec.wiring.name
        user = program.user_of(spec.wiring)
        super().__init__(process.server, name, user=user, manager=program.manager)
        self.wrote: dict[bytes, int] = {}
        """Where in the store the reconcile that is under way has written, and the revision of its last write there."""
        # Events are not waited for: they are never read back.
        client = Client(process.server, name, user=user, manager=program.manager)
        self.recorder = EventRecorder(client, spec.component, state=process.state.events)
        self._memory = process.state.memory
        self._state = process.state
        self._blank = None if spec.wiring.memory is None else spec.wiring.memory()
        self._key: Key = (name, "")
        self._refused = 0

    def create(self, obj: T, *, attempt: int = 0) -> T:
        """Create an object in the namespace that it names. Raises AlreadyExists, Invalid, Forbidden.

        If its name is drawn it is another one after each try that was refused, in this reconcile or in those before
        that failed.
        """
        failed = self._state.queue.failures
        tries = self._refused + (TRIES * failed.get(self._key, 0) if failed else 0)
        try:
            return super().create(obj, attempt=attempt or tries)
        except errors.ApiError:
            self._refused += 1
            raise

    def _write(self, request: Any) -> Any:
        found = super()._write(request)
        self.wrote[request.resource.prefix] = self._server.revision
        return found

    @property
    def now(self) -> float:
        """The virtual time in seconds since the start, by the clock of the process's machine."""
        return super().now + self._state.skew

    @property
    def unix(self) -> float:
        """The virtual time in seconds since 1970, by the clock of the process's machine."""
        return super().unix + self._state.skew

    def stamp(self) -> Time:
        """Now, as API objects write it, by the clock of the process's machine."""
        return Time.at(self.unix)

    def event(self, obj: Any, type: str, reason: str, message: str) -> None:
        """Record an event about an object."""
        self.recorder.event(obj, type, reason, message)

    def remember(self, record: Any, key: str | None = None) -> None:
        """Replace what is remembered of the key that is being reconciled, or of another one of the same controller: it
        counts from now on, whatever follows.

        A record that says nothing is the same as none.
        """
        whose = self._key if key is None else (self._key[0], key)
        if record == self._blank:
            self._memory.pop(whose, None)
        else:
            self._memory[whose] = record

    def recall(self, key: str) -> Any | None:
        """What is remembered of another key of the same controller, or None."""
        return self._memory.get((self._key[0], key))

    def forget(self) -> None:
        """Remember nothing of the key that is being reconciled any more."""
        self._memory.pop(self._key, None)

    def beginning(self, key: Key) -> None:
        """A reconcile of a key begins."""
        self._key = key
        self._refused = 0
        self.wrote = {}


class Process:
    """One running process. `name` is its own: of several replicas each has one."""

    __slots__ = ("_apis", "_loop", "cache", "election", "name", "program", "queue", "server", "state")

    def __init__(
        self, name: str, program: Program, server: ApiServer, loop: Loop, state: ProcessState | None = None
    ) -> None:
        self.name = name
        self.server = server
        self._loop = loop
        if state is None:
            seen = CacheState(revision=server.revision, awake=not program.rivals)
            state = ProcessState(cache=seen, began=loop.clock.now)
        self.state = state
        self.cache = Cache(f"{name}/informers", server, loop, self.state.cache, user=program.user)
        self.queue = WorkQueue(name, loop, self.state.queue)
        self.election = Election(self, self.state.election)
        self._apis: dict[str, Api] = {}
        self._run_program(program)
        self.cache.watched_by(self, batched=program.delegates)
        loop.attach(name, self)

    def _run_program(self, program: Program) -> None:
        self.program = program
        self.cache.kinds = program.kinds

    # What wakes controllers

    def changed(self, resource: Resource, old: Any, new: Any) -> None:
        """Wake whoever looks at this kind."""
        woken = self.program.mappers.get(resource.name)
        if woken is None:
            return
        owners = _owners(old, new)
        for each in woken:
            if each.owner is None or each.owner in owners:
                keys = tuple(each.mapper(self.cache, old, new))
                for controller in each.controllers if keys else ():
                    for key in keys:
                        self._wake(controller, key)

    def changed_anywhere(self, resource: Resource, old: Any, new: Any) -> None:
        """Wake whoever looks at everything."""
        for controller, mapper in self.program.everything:
            for key in mapper(self.cache, old, new):
                self._wake(controller, key)

    def _wake(self, controller: str, key: str | Later) -> None:
        if isinstance(key, Later):
            self.queue.add_after((controller, key.key), key.seconds)
        else:
            self.queue.add((controller, key))

    def delivered(self) -> None:
        """The informers have moved: the keys that waited for that are looked at again."""
        state = self.state
        if state.barriers and not state.cache.apart:
            state.barriers.clear()
        if state.parked:
            waiting = tuple(state.parked)
            state.parked.clear()
            self.queue.add_all(waiting)

    # Work

    def run(self, item: tuple[Hashable, ...]) -> None:
        """One unit of work: reconcile one key, or let a timer put a key into the queue, or something of its life."""
        what, life = item[0], item[1]
        if what in ("restart", "begin", "elect"):
            if life == self.state.queue.life:
                self._live(str(what))
            return
        key = self.queue.take(item)
        if key is not None:
            self._reconcile(key)

    def described(self, item: tuple[Hashable, ...]) -> tuple[str, tuple[Hashable, ...]]:
        """Who a unit of work is for, and what it is, for people."""
        if len(item) == 4:
            return str(item[2]), (item[0], item[3])
        return self.name, item[:1]

    def _reconcile(self, key: Key) -> None:
        state = self.state
        if not all(self.cache.position(prefix) >= revision for prefix, revision in state.barriers.get(key, ())):
            state.parked[key] = None
            return
        spec = self.program.specs[key[0]]
        api = self._api(spec)
        api.beginning(key)
        try:
            result = self._call(spec, api, key)
            if result is not None and not isinstance(result, Result):
                raise errors.UsageError(f"a reconcile returns a Result or nothing, not {result!r}")
            after = None if result is None or result.after is None else seconds_of(result.after)
        except errors.ApiError as refusal:
            state.refusals[key] = str(refusal)
            self.queue.retry(key, *spec.wiring.retry, spec.wiring.bucket)
            return
        except errors.ProcessCrash:
            self.fall()
            return
        except BaseException as problem:
            self.queue.retry(key, bucket=spec.wiring.bucket)
            problem.add_note(f"{key[0]} of {self.name} on {key[1]}, {self._loop.clock.now:g}s after the start")
            if self.program.strict or not isinstance(problem, Exception):
                raise
            self.fall()
            return
        finally:
            if spec.wiring.expects:
                self._own_writes(key, api)
        state.refusals.pop(key, None)
        self.queue.forget(key)
        if after is not None:
            self.queue.add_after(key, after)

    def _call(self, spec: Spec, api: Api, key: Key) -> Any:
        wiring, memory = spec.wiring, self.state.memory
        if wiring.memory is None:
            return spec.reconcile(api, self.cache, key[1])
        remembered = memory.get(key)
        result = spec.reconcile(api, self.cache, wiring.memory() if remembered is None else remembered, key[1])
        if wiring.reconciles is not None and self.cache.get(wiring.reconciles, key[1]) is None:
            memory.pop(key, None)
        return result

    def _own_writes(self, key: Key, api: Api) -> None:
        """What the informers must have seen before the key is reconciled again."""
        wrote = tuple([(prefix, at) for prefix, at in api.wrote.items() if self.cache.keeps(prefix)])
        if wrote and self.state.running:
            self.state.barriers[key] = wrote
        else:
            self.state.barriers.pop(key, None)

    def _api(self, spec: Spec) -> Api:
        name = spec.wiring.name
        found = self._apis.get(name)
        if found is None:
            found = self._apis[name] = Api(self, spec)
        return found

    # Life

    def add(self, spec: Spec) -> None:
        """Run one more controller, which is woken for everything that exists already.

        Raises UsageError for a name that is taken, or a kind that is not served.
        """
        if spec.wiring.name in self.program.specs:
            raise errors.UsageError(f"there is a controller {spec.wiring.name!r} already: give the wiring another name")
        self._run_program(self.program.running(spec, self.server.resources.of))
        if self.state.running and self.leads:
            self.begin()

    def replace(self, spec: Spec) -> None:
        """Run a controller in the place of the one of its name, whose wiring is the same; or one more."""
        if spec.wiring.name not in self.program.specs:
            self.add(spec)
            return
        self._run_program(attrs.evolve(self.program, specs={**self.program.specs, spec.wiring.name: spec}))

    @property
    def leads(self) -> bool:
        """Whether its controllers work: of several replicas only one's do."""
        return not self.program.rivals or self.state.election.leading

    def start(self, revision: int = 0) -> None:
        """Begin to run, as a process that knows nothing, or only the past of a `revision`; nothing happens if it
        runs."""
        if self.state.running:
            return
        self.state.running = True
        self.state.began = self._loop.clock.now
        if self.program.rivals:
            self.election.begin()
        else:
            self.begin(revision)

    def begin(self, revision: int = 0) -> None:
        """List everything, and have all of it reconciled; what is refused is listed later."""
        try:
            self.cache.fill(revision)
        except errors.ApiError as refusal:
            self.state.refusals[self.name, "list"] = str(refusal)
            delay = min(LIST_FIRST * 2 ** min(self.state.refused_lists, 40), LIST_MAX)
            self.state.refused_lists += 1
            self.queue.later("begin", delay)
            return
        except BaseException as problem:
            if self.failed(problem):
                raise
            return
        self.state.refused_lists = 0
        self.state.refusals.pop((self.name, "list"), None)

    def stop(self) -> None:
        """End in good order: a leader gives up its lease."""
        if self.state.running and self.state.election.leading:
            self.election.release()
        self.crash()

    def crash(self) -> None:
        """End at once: all is forgotten but what is stored."""
        state = self.state
        state.running = False
        state.refused_lists = 0
        self.cache.clear()
        self.queue.clear()
        for table in (state.barriers, state.parked, state.refusals, state.memory):
            table.clear()
        state.events.clear()
        state.election.clear()

    def fall(self) -> None:
        """End by itself, and start again after a back-off, as a container does that panics."""
        state, now = self.state, self._loop.clock.now
        if now - state.began > RESTART_FORGET:
            state.restarts = 0
        delay = min(RESTART_FIRST * 2 ** min(state.restarts - 1, 40), RESTART_MAX) if state.restarts else 0.0
        state.restarts += 1
        self.crash()
        self.queue.later("restart", delay)

    def _live(self, what: str) -> None:
        if what == "restart":
            self.start()
        elif what == "begin":
            self.begin()
        elif self.state.running:
            try:
                self.election.run()
            except errors.ProcessCrash:
                self.fall()

    def failed(self, problem: BaseException) -> bool:
        """What becomes of the process when a handler raises: it ends, and starts again. Whether to raise, too."""
        self.fall()
        return not isinstance(problem, errors.ProcessCrash) and (
            self.program.strict or not isinstance(problem, Exception)
        )

    def check(self) -> None:
        """Raise AssertionError where an index does not say what the objects say."""
        self.cache.check()


def program_of(name: str, specs: tuple[Spec, ...], resource_of: Callable[[Any], Resource], **more: Any) -> Program:
    """The program that runs some controllers."""
    program = Program(name, **more)
    for spec in specs:
        program = program.running(spec, resource_of)
    return program


__all__ = ["Api", "Process", "ProcessState", "Program", "program_of"]
