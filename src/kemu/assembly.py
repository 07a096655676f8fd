"""The parts of a cluster, put together.

An `Assembly` builds the layers and wires them to one loop: clock, store, API server, processes, network, runtime,
kubelets, scheduler. It has no rules of Kubernetes, and no verbs of a user; those are the hand's (`cluster.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import attrs

from . import bootstrap, errors
from .apiserver.changes import Change, ChangeLog
from .apiserver.expiry import Expiry, ExpiryState
from .apiserver.request import ADMINISTRATOR, Request, User
from .apiserver.resources import Convert, Resources
from .apiserver.rest import Rest
from .apiserver.server import ApiServer, ApiState, Wrapper
from .clock import EPOCH, Clock
from .containers.sessions import Session
from .containers.state import RuntimeState
from .driver import JUMPS, Driver, Pace
from .entropy import Entropy
from .faults import Faults, FaultsState
from .fingerprints import ObjectsHash
from .history import Digest
from .kit import Cache, Client, EventRecorder, Process
from .kit.cache import CacheState
from .kit.process import ProcessState, Program, program_of
from .kit.recorder import RecorderState
from .loop import Loop, LoopState
from .network import Network, NetworkState
from .objects import core
from .proxies import proxied
from .reconcilers import chosen, kubelet
from .reconcilers.kubelet.state import KubeletsState
from .reconcilers.scheduler import Scheduler
from .reconcilers.scheduler.state import SchedulerState
from .runtime_fake import FakeRuntime
from .store import Store
from .streams import Source
from .values.ranges import Ranges, ranges_of
from .waiting import pending

SCHEDULER = User("system:kube-scheduler", trusted=True)
MANAGER = "kube-controller-manager"
"""The process of the built-in controllers, and who owns the fields that they write."""

WATCHERS = ("scheduler", "kubelet")
"""Who follows the cluster beside the processes with controllers: the scheduler, and what runs on nodes."""


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
class Record:
    """All that a cluster remembers, apart from how it is wired: what is pickled."""

    clock: Clock
    store: Store
    nodes_made: int = 0
    loop: LoopState | None = None
    resources: Resources | None = None
    log: ChangeLog | None = None
    api: ApiState | None = None
    wrappers: tuple[Wrapper, ...] = ()
    converters: dict[str, Convert] = attrs.field(factory=dict)
    faults: FaultsState | None = None
    caches: dict[str, CacheState] = attrs.field(factory=dict)
    network: NetworkState | None = None
    runtime: RuntimeState | None = None
    functions: dict[str, Any] = attrs.field(factory=dict)
    """The behaviours that are functions, by the pattern under which they are registered."""
    webhooks: dict[str, Any] = attrs.field(factory=dict)
    """Who answers for webhooks, by service or URL."""
    digest: Digest = attrs.field(factory=Digest)
    expiry: ExpiryState | None = None
    kubelets: KubeletsState | None = None
    scheduler: SchedulerState | None = None
    scheduler_plugins: tuple[tuple[Any, tuple[str, ...]], ...] = ()
    """The plugins that were registered, with the profiles that they are for."""
    scheduler_extenders: tuple[Any, ...] = ()
    scheduler_events: RecorderState | None = None
    processes: dict[str, tuple[Program | None, ProcessState]] = attrs.field(factory=dict)
    """None stands for the program of the built-in controllers, which follows from the plan."""

    def named(self) -> Iterator[tuple[str, Any]]:
        """The functions in it, with what they are."""
        yield from (("the wrapper", wrapper) for wrapper in self.wrappers)
        yield from (("the conversion", function) for function in self.converters.values())
        yield from (("the behaviour", function) for function in self.functions.values())
        yield from (("the webhook", webhook.answer) for webhook in self.webhooks.values())
        for program, _ in self.processes.values():
            for spec in () if program is None else program.specs.values():
                yield "the reconcile function", getattr(spec.reconcile, "function", spec.reconcile)
                mappers = (spec.wiring.changed, *(mapper for _, mapper in spec.wiring.watches))
                yield from (
                    ("the mapper", getattr(mapper, "function", mapper)) for mapper in mappers if mapper is not None
                )


@lru_cache(maxsize=4)
def _digest_of_common(epoch: float) -> Digest:
    """The hash over what all new clusters have in common that start at a time."""
    digest = Digest()
    digest.of(bootstrap.common(epoch))
    return digest


class Assembly:
    """The parts of one cluster, by name."""

    def __init__(self, plan: Plan) -> None:
        plan.check()
        self.plan = plan
        clock = Clock(epoch=self.plan.epoch)
        common = bootstrap.common(self.plan.epoch)
        record = Record(
            clock=clock,
            store=common.store.fork(clock),
            log=common.log.fork(),
            api=common.state.fork(),
            caches={name: CacheState() for name in WATCHERS},
            digest=_digest_of_common(self.plan.epoch).fork(),
        )
        self._build(record)
        specs = chosen(plan.controllers)
        program = program_of(MANAGER, specs, self.api.resources.of, manager=MANAGER, strict=plan.strict)
        self._run(MANAGER, program, ProcessState())
        for cache in self.caches.values():
            cache.catch_up()

    @classmethod
    def restored(cls, plan: Plan, record: Record) -> Assembly:
        """The parts around what an earlier assembly has recorded; they go on exactly as those would have."""
        parts = cls.__new__(cls)
        parts.plan = plan
        parts._build(record)
        for name, (program, state) in record.processes.items():
            if program is None:
                specs = chosen(plan.controllers)
                program = program_of(name, specs, parts.api.resources.of, manager=MANAGER, strict=plan.strict)
            else:
                program = program.resolved(parts.api.resources.of)
            parts._run(name, program, state)
        parts.driver.follow()
        return parts

    def _build(self, record: Record) -> None:
        """The parts that every cluster has, around a record."""
        plan = self.plan
        self.nodes_made = record.nodes_made
        self.clock = record.clock
        self.entropy = Entropy(plan.seed)
        self.loop = Loop(self.clock, self.entropy, shuffle=plan.shuffle, state=record.loop)
        self.store = record.store
        self.api = ApiServer(self.store, self.clock, self.entropy, plan.ranges, record.resources)
        if record.log is not None and record.api is not None:
            self.api.log, self.api.state = record.log, record.api
            self.api.look_around()
        self.api.definitions.converters = dict(record.converters)
        self.api.webhooks = record.webhooks
        for wrapper in reversed(record.wrappers):
            self.api.wrap(wrapper)
        caches = {name: Cache(f"cache/{name}", self.api, self.loop, record.caches.get(name)) for name in WATCHERS}
        self.network = Network(caches["kubelet"], self.clock, self.entropy, plan.ranges, record.network)
        self.runtime = FakeRuntime(self.loop, self.network, record.runtime, record.functions)
        self.processes: dict[str, Process] = {}
        self.digest = record.digest
        self.objects_hash = ObjectsHash()
        self._serve(caches, record.expiry, record.faults)
        self.kubelets = kubelet.Kubelets(**self._around_nodes(), state=record.kubelets)
        self.scheduler: Any = self._new_scheduler(record) if plan.scheduler else None

    def record(self) -> Record:
        """All that the parts remember, as one record. It is theirs still: pickle it, or fork it, before they go on."""
        manager = self.processes[MANAGER]
        return Record(
            clock=self.clock,
            store=self.store,
            nodes_made=self.nodes_made,
            loop=self.loop.state,
            resources=self.api.resources,
            log=self.api.log,
            api=self.api.state,
            wrappers=self.api.wrappers,
            converters=dict(self.api.definitions.converters),
            faults=self.faults.state,
            caches={name: self.caches[name].state for name in WATCHERS},
            network=self.network.state,
            runtime=self.runtime.state,
            functions=dict(self.runtime.functions),
            webhooks=dict(self.api.webhooks),
            digest=self.digest,
            expiry=self.expiry.state,
            kubelets=self.kubelets.state,
            scheduler=None if self.scheduler is None else self.scheduler.state,
            scheduler_plugins=() if self.scheduler is None else self.scheduler.wiring.added,
            scheduler_extenders=() if self.scheduler is None else self.scheduler.wiring.extenders,
            scheduler_events=None if self.scheduler is None else self.scheduler.recorder.state,
            processes={
                name: (None if process is manager else process.program.unresolved(), process.state)
                for name, process in self.processes.items()
            },
        )

    def _serve(self, caches: dict[str, Cache], expiry: ExpiryState | None, faults: FaultsState | None) -> None:
        self.caches = caches
        self.admin = Client(self.api, "user", user=ADMINISTRATOR, manager="kemu")
        self.expiry = Expiry(self.api, self.loop, self.plan.compaction, lambda: self.digest.of(self.api), expiry)
        self.driver = Driver(self.loop, lambda: self.store.revision, lambda: pending(self), self.plan.pace)
        self.rest = Rest(self.api, self.driver)
        self.faults = Faults(self, faults)
        self.api.notify = self._notify
        self.api.answering = self.loop.busy
        self.api.tokens = self.plan.tokens
        self.api.connect["pods", "log"] = self._logs
        for what in ("pods", "services"):
            self.api.connect[what, "proxy"] = self._proxied
        for how in ("exec", "attach"):
            self.api.connect["pods", how] = self._connection

    def _run(self, name: str, program: Program, state: ProcessState | None = None) -> Process:
        process = self.processes[name] = Process(name, program, self.api, self.loop, state)
        self.caches[process.cache.name] = process.cache
        return process

    def _around_nodes(self) -> dict[str, Any]:
        return {
            "server": self.api,
            "cache": self.caches["kubelet"],
            "runtime": self.runtime,
            "network": self.network,
            "loop": self.loop,
        }

    def _new_scheduler(self, record: Record) -> Any:
        client = Client(self.api, "kube-scheduler", user=SCHEDULER)
        return Scheduler(
            client=client,
            cache=self.caches["scheduler"],
            recorder=EventRecorder(client, "default-scheduler", state=record.scheduler_events),
            loop=self.loop,
            entropy=self.entropy,
            ties=self.plan.ties,
            config=self.plan.scheduler_config,
            extenders=record.scheduler_extenders,
            plugins=record.scheduler_plugins,
            state=record.scheduler,
        )

    def _notify(self, change: Change) -> None:
        self.expiry.notice(change)
        for cache in self.caches.values():
            cache.notice(change)
        self.kubelets.views.notice(change)

    def _logs(self, request: Request) -> Source[bytes]:
        """What the kubelet behind the log subresource answers."""
        pod = self.admin.get(core.Pod, request.name, request.namespace)
        return kubelet.log(self.kubelets, pod, request.options)

    def _proxied(self, request: Request) -> tuple[int, str]:
        """What is served behind the proxy subresource."""
        return proxied(self.admin, self.network, self.entropy, self.clock.now, request)

    def _connection(self, request: Request) -> Callable[[], Session]:
        """How somebody begins to talk to a container through the kubelet behind a pod."""
        pod = self.admin.get(core.Pod, request.name, request.namespace)
        begin = kubelet.connection(self.kubelets, pod, request)
        return lambda: Session(begin(), self.driver, self.driver.turns)

    def fork(self) -> Assembly:
        """The same parts at the same point, for a forked cluster."""
        twin = Assembly.__new__(Assembly)
        twin.plan = self.plan
        twin.nodes_made = self.nodes_made
        twin.clock = self.clock.fork()
        twin.entropy = self.entropy
        twin.loop = self.loop.fork(twin.clock, twin.entropy)
        twin.store = self.store.fork(twin.clock)
        twin.api = self.api.fork(twin.store, twin.clock, twin.entropy)
        caches = {name: self.caches[name].fork(twin.api, twin.loop) for name in WATCHERS}
        twin.network = self.network.fork(caches["kubelet"], twin.clock, twin.entropy)
        twin.runtime = self.runtime.fork(twin.loop, twin.network)
        twin.processes = {name: process.fork(twin.api, twin.loop) for name, process in self.processes.items()}
        caches |= {process.cache.name: process.cache for process in twin.processes.values()}
        twin.digest = self.digest.fork()
        twin.objects_hash = self.objects_hash.fork()
        twin._serve(caches, self.expiry.state.fork(), self.faults.state.fork())
        twin.kubelets = self.kubelets.fork(**twin._around_nodes())
        twin.scheduler = None
        if self.scheduler is not None:
            client = Client(twin.api, "kube-scheduler", user=SCHEDULER)
            twin.scheduler = self.scheduler.fork(
                client=client,
                cache=caches["scheduler"],
                recorder=self.scheduler.recorder.fork(client),
                loop=twin.loop,
                entropy=twin.entropy,
            )
        return twin

    def add_node(self, name: str, **more: Any) -> kubelet.NodeHandle:
        """Add a node with a kubelet: `node-0` and so on if it has no name."""
        if not name:
            name = f"node-{self.nodes_made}"
            self.nodes_made += 1
        return self.kubelets.add_node(name, **more)

    # Processes

    def new_processes(self, name: str, user: User | None, replicas: int, strict: bool | None) -> tuple[Process, ...]:
        """Start the replicas of a process, which has no controllers yet."""
        program = Program(name, user=user, rivals=replicas > 1, strict=self.plan.strict if strict is None else strict)
        found = []
        for number in range(replicas):
            process = self._run(f"{name}-{number}" if replicas > 1 else name, program)
            if program.rivals:
                process.election.begin()
            found.append(process)
        return tuple(found)

    def replicas(self, name: str) -> tuple[Process, ...]:
        """The processes of a name."""
        return tuple([process for process in self.processes.values() if process.program.name == name])
