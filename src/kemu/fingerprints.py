"""The hash of a cluster's present: equal for two ways into the same state.

What counts is everything that decides what happens next: the objects, the work that is scheduled, what every component
remembers, and what its informers have not seen yet. What does not count is how the cluster got there: revision numbers,
who owns which field, serial numbers, and in which order things came. Names of events are made from revisions as well,
so of an Event only what it says counts.

It is a sum of hashes, kept up to date by what has changed since it was asked for last: of the objects change by change,
of the maps in which components remember things entry by entry (`ForkMap.summed`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import attrs

from .apiserver.changes import Change
from .apiserver.expiry import ExpiryState
from .apiserver.server import ApiServer
from .kit import Cache, Process
from .kit.cache import CacheState
from .kit.process import ProcessState
from .kit.queue import QueueState
from .kit.recorder import RecorderState
from .loop import Heap, Work
from .objects import codec, core, replaced
from .objects.model import Struct
from .reconcilers.kubelet.state import KubeletsState
from .reconcilers.scheduler.attempts import Attempts
from .values.memo import Memo
from .values.prints import Prints, fingerprint, hashed

if TYPE_CHECKING:
    from .assembly import Assembly

WHOLE = 1 << 128


def _bare(obj: Any) -> str:
    """An object as text, without what does not count."""
    metadata = replaced(obj.metadata, resource_version=None, managed_fields=())
    if isinstance(obj, core.Event):
        metadata = replaced(metadata, name=None, uid=None)
        involved = replaced(obj.involved_object, resource_version=None)
        obj = replaced(obj, involved_object=involved)
    return codec.written(replaced(obj, metadata=metadata))


_text = Memo(_bare, 4096)


def _canonical(value: Any) -> Any:
    """What stands for a value in a hash."""
    stands = _STANDS.get(value.__class__)
    if stands is not None:
        return stands(value)
    if isinstance(value, Struct) or hasattr(value, "metadata"):
        return _text(value) if hasattr(value, "metadata") else codec.written(value)
    return value


_prints = Prints(_canonical, 1 << 15)
_prints_of_sealed = _prints.of_sealed()


def _recorded(state: RecorderState) -> tuple[Any, ...]:
    """What recorders remember, without the names of events, and without the revisions of what they are about."""
    known = state.known.summed(_recorded, lambda key, entry: _told((key, entry[0], entry[2])), WHOLE)
    series = state.series.summed(_recorded, lambda key, entry: _told((key[:-3], key[-2:], entry[0], *entry[2:])), WHOLE)
    return (known, series, state.similar, state.tokens)


def _told(entry: Any) -> int:
    return _prints.fingerprint(entry)


def _scheduled(heap: Heap) -> Any:
    """The work that is scheduled, without the serial numbers by which it is known."""
    return heap.pending.summed(_scheduled, _of_scheduled, WHOLE)


def _of_scheduled(_: int, work: Work) -> int:
    told: int = _of_work(work)
    return told


_of_work = Memo(lambda work: _told((work.due, work.target, work.item)), 4096)


def _expiring(state: ExpiryState) -> Any:
    """When something goes; what does is an Event, whose name does not count."""
    return state.due.summed(_expiring, lambda _, due: _told(due), WHOLE)


def _attempted(attempts: Attempts) -> Any:
    """The scheduler's last attempts, without their numbers: each has its time."""
    return attempts.numbered.summed(_attempted, lambda _, attempt: _told(attempt), WHOLE)


def _queued(state: QueueState) -> tuple[Any, ...]:
    """The keys of a process that are to be reconciled, without the serial numbers of their timers. What of a bucket is
    spent counts as long as it is: see `_owed`."""
    timers = state.timers.summed(_queued, lambda key, timer: _told((key, timer[0])), WHOLE)
    return (state.life, state.queued, state.failures, timers)


def _seen(state: CacheState) -> tuple[Any, ...]:
    """What a node with a view of its own sees, without revisions."""
    apart = {name: attrs.evolve(position, prefix=b"", revision=0) for name, position in state.apart.items()}
    return (state.awake, state.scheduled, apart, state.objects)


def _remembered(state: ProcessState) -> tuple[Any, ...]:
    """What a process remembers, without what it has seen and what it waits for."""
    lately = (state.running, state.began, state.restarts, state.refused_lists, state.skew)
    kept = (state.queue, state.parked, state.refusals, state.memory, state.events, state.election)
    return (lately, *kept)


def _lasting(state: KubeletsState) -> tuple[Any, ...]:
    """What kubelets remember, but for the pods that they have met at one moment, which count only then."""
    return tuple([getattr(state, field.name) for field in attrs.fields(KubeletsState) if field.name != "met"])


_STANDS: dict[type, Callable[[Any], Any]] = {
    RecorderState: _recorded,
    ExpiryState: _expiring,
    Attempts: _attempted,
    QueueState: _queued,
    CacheState: _seen,
    ProcessState: _remembered,
    KubeletsState: _lasting,
}
"""What stands for a record of which not all counts."""


@attrs.define(eq=False)
class ObjectsHash:
    """The sum of the hashes of all objects, up to a revision."""

    revision: int = 0
    total: int = 0

    def fork(self) -> ObjectsHash:
        """The same; the copy goes its own way."""
        return ObjectsHash(self.revision, self.total)

    def of(self, api: ApiServer) -> int:
        """The sum now. O(changes since the last call)."""
        if self.revision < api.log.compacted:
            self.revision, self.total = api.revision, sum(map(_hash_of, self._stored(api))) % WHOLE
            return self.total
        for change in api.log.since(self.revision + 1):
            if change.old is not None:
                self.total -= _hash_of((change.key, change.old))
            if change.new is not None:
                self.total += _hash_of((change.key, change.new))
        self.revision = api.revision
        self.total %= WHOLE
        return self.total

    def _stored(self, api: ApiServer) -> Iterable[tuple[bytes, Any]]:
        return [(pair.key, pair.value) for pair in api.stored()]


def _hash_of(entry: tuple[bytes, Any]) -> int:
    key, obj = entry
    return fingerprint((b"events" if isinstance(obj, core.Event) else key, _text(obj)))


def _lag(cache: Cache, api: ApiServer) -> tuple[Any, ...]:
    """What a cache has not seen yet, and what holds it back; nothing if it is up to date."""
    state = cache.state
    if state.awake and not state.scheduled and not state.apart:
        return ()
    apart = {
        name: (attrs.evolve(position, revision=0), _unseen(cache, api, position.revision, position.prefix))
        for name, position in state.apart.items()
    }
    unseen = _unseen(cache, api, state.revision, None) if state.scheduled else 0
    return (state.awake, state.scheduled, unseen, apart)


def _unseen(cache: Cache, api: ApiServer, revision: int, prefix: bytes | None) -> int:
    """The changes that are still to come, as a sum: those of different objects may come in any order, and those of one
    follow from each other. O(changes that were not seen yet)."""
    since = api.log.since(revision + 1, prefix)
    return sum([_of_change(change) for change in since if cache.cares_for(change)]) % WHOLE


def _hash_of_change(change: Change) -> int:
    old, new = change.old, change.new
    key = b"events" if isinstance(change.object, core.Event) else change.key
    return fingerprint((key, change.time, None if old is None else _text(old), None if new is None else _text(new)))


_of_change = Memo(_hash_of_change, 4096)


def _behind(process: Process) -> dict[Any, tuple[bytes, ...]]:
    """Of what a process waits for, only what it has not seen yet counts."""
    position = process.cache.position
    behind = {
        key: tuple(prefix for prefix, revision in barrier if position(prefix) < revision)
        for key, barrier in process.state.barriers.items()
    }
    return {key: prefixes for key, prefixes in behind.items() if prefixes}


def _owed(process: Process, now: float) -> dict[str, float]:
    """Of the buckets of a process those that are not full."""
    return {controller: full for controller, full in process.queue.state.buckets.items() if full > now}


def state_hash(parts: Assembly, *, sealed: bool = False) -> str:
    """The hash of everything that decides what happens next, as hexadecimal text.

    It is worked out sooner if a snapshot of just this state was taken before, so that all records are `sealed`.
    """
    prints = _prints_of_sealed if sealed else _prints
    api, scheduler, names = parts.api, parts.scheduler, sorted(parts.processes)
    rest: tuple[Any, ...] = (
        parts.clock.now,
        parts.nodes_made,
        parts.objects_hash.of(api),
        _scheduled(parts.loop.state.heap),
        api.state.rehearsals,
        api.state.impersonators,
        met if (met := parts.kubelets.state.met)[0] == parts.clock.now else (),
        api.state.draws if api.state.moment == parts.clock.now else (),
        tuple([(name, lag) for name in sorted(parts.caches) if (lag := _lag(parts.caches[name], api))]),
        tuple([(name, behind) for name in names if (behind := _behind(parts.processes[name]))]),
        tuple([(name, owed) for name in names if (owed := _owed(parts.processes[name], parts.clock.now))]),
    )
    states = (parts.runtime.state, parts.network.state, parts.kubelets.state, parts.expiry.state, parts.faults.state)
    found: list[str] = []
    prints.write(rest, found)
    found += [prints.printed(state) for state in states]
    found += [f"{name}={prints.printed(parts.processes[name].state)}" for name in names]
    if scheduler is not None:
        found.append(prints.printed(scheduler.state))
    return f"{hashed(' '.join(found)):032x}"
