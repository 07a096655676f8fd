"""What a cluster is made of, what it remembers, and both of a moment, kept: a plan, a record, a snapshot.

A record is all state of the parts of a cluster. Around the same record the same parts go on in the same way, so that
a fork, an unpickled cluster and one that is opened from a snapshot are one thing: parts that are built around a record
(`assembly.py`). What a snapshot holds is shared with the cluster that it was taken of as long as neither changes, so
that the next snapshot of a cluster costs what has changed since the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from . import errors
from .apiserver.audit import AuditState
from .apiserver.changes import ChangeLog
from .apiserver.definitions.following import Definitions
from .apiserver.desk import Lookups
from .apiserver.expiry import ExpiryState
from .apiserver.request import User
from .apiserver.resources import Convert, Resources
from .apiserver.server import ApiState, Wrapper
from .clock import EPOCH, Clock
from .containers.state import RuntimeState
from .driver import JUMPS, Pace
from .faults import FaultsState
from .fingerprints import ObjectsHash
from .history import Digest
from .kit.cache import CacheState, Kinds
from .kit.process import ProcessState, Program
from .kit.recorder import RecorderState
from .loop import LoopState
from .network import NetworkState
from .reconcilers.kubelet.state import KubeletsState
from .reconcilers.scheduler.component import Standing
from .reconcilers.scheduler.state import SchedulerState
from .store import Store
from .values.frozen import EMPTY_MAP
from .values.ranges import Ranges, ranges_of
from .values.state import Records, State


@attrs.frozen
class Plan:
    """What a cluster is made of: the arguments that it was made with. Wiring, which forks share."""

    seed: int = 0
    controllers: str = "*"
    scheduler: bool = True
    scheduler_config: Any = None
    ties: str = "random"
    tokens: dict[str, User] = attrs.field(factory=dict)
    shuffle: bool = False
    strict: bool = True
    compaction: float | None = None
    """Every how many seconds history is compacted; None for never."""
    ranges: Ranges = attrs.field(factory=ranges_of)
    """Which addresses are given out."""
    pace: Pace = JUMPS
    """The policy of the clock."""
    epoch: float = EPOCH
    """What its clock shows at the start, in seconds since 1970."""

    def check(self) -> None:
        """Raise UsageError for what no cluster can be made of."""
        if self.ties not in ("random", "heap"):
            raise errors.UsageError(f'ties must be "random" or "heap", got {self.ties!r}')


@attrs.define(eq=False)
class Record(State):
    """All that a cluster remembers, apart from how it is wired. `portable` is what is pickled of it.

    Behind the states stands what follows from them and need not be worked out again; it may be missing.
    """

    clock: Clock
    store: Store
    nodes_made: int = 0
    loop: LoopState | None = None
    resources: Resources | None = None
    log: ChangeLog | None = None
    api: ApiState | None = None
    wrappers: tuple[Wrapper, ...] = ()
    converters: Mapping[str, Convert] = EMPTY_MAP
    faults: FaultsState | None = None
    audit: AuditState | None = None
    caches: Records[str, CacheState] = attrs.field(factory=Records)
    network: NetworkState | None = None
    runtime: RuntimeState | None = None
    functions: Mapping[str, Any] = EMPTY_MAP
    """The behaviours that are functions, by the pattern under which they are registered."""
    webhooks: Mapping[str, Any] = EMPTY_MAP
    """Who answers for webhooks, by service or URL."""
    digest: Digest = attrs.field(factory=Digest)
    expiry: ExpiryState | None = None
    kubelets: KubeletsState | None = None
    scheduler: SchedulerState | None = None
    scheduler_plugins: tuple[tuple[Any, tuple[str, ...]], ...] = ()
    """The plugins that were registered, with the profiles that they are for."""
    scheduler_extenders: tuple[Any, ...] = ()
    scheduler_events: RecorderState | None = None
    processes: Records[str, ProcessState] = attrs.field(factory=Records)
    programs: Mapping[str, Program] = EMPTY_MAP
    """What the processes run; that of the built-in controllers is not pickled, since it follows from the plan."""

    kinds: Mapping[str, Kinds] = EMPTY_MAP
    lookups: Lookups | None = None
    definitions: Definitions | None = None
    standing: Standing | None = None
    hashed: ObjectsHash | None = None

    def fork(self) -> Record:
        """An independent record of the same. O(fields), and for a map what it has changed since its last fork."""
        twin = super().fork()
        twin.store.clock = twin.clock
        return twin

    def portable(self, built_in: str) -> Record:
        """The same for another process of the interpreter. `built_in` is the process of the built-in controllers."""
        programs = {name: program.unresolved() for name, program in self.programs.items() if name != built_in}
        bare = attrs.evolve(self, programs=programs, kinds=EMPTY_MAP)
        bare.lookups = bare.definitions = bare.standing = bare.hashed = None
        return bare

    def named(self) -> Iterator[tuple[str, Any]]:
        """The functions in it, with what they are."""
        yield from (("the wrapper", wrapper) for wrapper in self.wrappers)
        yield from (("the conversion", function) for function in self.converters.values())
        yield from (("the behaviour", function) for function in self.functions.values())
        yield from (("the webhook", webhook.answer) for webhook in self.webhooks.values())
        for program in self.programs.values():
            for spec in program.specs.values():
                yield "the reconcile function", getattr(spec.reconcile, "function", spec.reconcile)
                mappers = (spec.wiring.changed, *(mapper for _, mapper in spec.wiring.watches))
                yield from (
                    ("the mapper", getattr(mapper, "function", mapper)) for mapper in mappers if mapper is not None
                )
