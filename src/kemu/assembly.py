"""The parts of a cluster, put together.

An `Assembly` builds the layers and wires them to one loop: clock, store, API server, processes, network, runtime,
kubelets, scheduler. It has no rules of Kubernetes, and no verbs of a user; those are the hand's (`cluster.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from . import bootstrap
from .apiserver import addresses, aggregator, flows, measurements
from .apiserver.addresses import Addresses
from .apiserver.aggregator import Aggregator
from .apiserver.audit import Audit
from .apiserver.changes import Change
from .apiserver.expiry import Expiry, ExpiryState
from .apiserver.flows import Flows
from .apiserver.request import ADMINISTRATOR, AUTHENTICATED, Proxied, Request, User
from .apiserver.rest import Rest
from .apiserver.server import ApiServer
from .bootstrap import flow_control
from .clock import Clock
from .containers import sessions
from .driver import Driver
from .entropy import Entropy
from .faults import Faults, FaultsState
from .fingerprints import ObjectsHash
from .history import Digest
from .kit import Cache, Client, EventRecorder, Process
from .kit.cache import CacheState, Kinds
from .kit.indexes import BY_NAMESPACE
from .kit.process import ProcessState, Program, program_of
from .loop import Loop
from .network import Call, Network
from .proxies import ServedApi, proxied, proxied_node
from .reconcilers import chosen, kube_proxy, kubelet
from .reconcilers.scheduler import Scheduler
from .record import Plan, Record
from .runtime_fake import FakeRuntime
from .streams import Source
from .values.garbage import emptied
from .values.state import Records
from .waiting import pending

SCHEDULER = User("system:kube-scheduler", (AUTHENTICATED,))
MANAGER = "kube-controller-manager"
"""The process of the built-in controllers, and who owns the fields that they write."""
CONTROLLERS = User(f"system:{MANAGER}", (AUTHENTICATED,))
"""Who reads for them; each writes as a service account of its own."""

WATCHERS = ("scheduler", "kubelet")
"""Who follows the cluster beside the processes with controllers: the scheduler, and what runs on nodes."""


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
        clock = Clock(epoch=plan.epoch)
        common = bootstrap.common(plan.epoch)
        record = Record(
            clock=clock,
            store=common.store.fork(clock),
            log=common.log.fork(),
            api=common.state.fork(),
            digest=_digest_of_common(plan.epoch).fork(),
        )
        self._build(plan, record)
        self._run(MANAGER, self._built_in(), ProcessState())
        for cache in self.caches.values():
            cache.catch_up()

    @classmethod
    def around(cls, plan: Plan, record: Record) -> Assembly:
        """The parts around what an earlier assembly has recorded; they go on exactly as those would have."""
        parts = cls.__new__(cls)
        parts._build(plan, record)
        for name, state in record.processes.items():
            program = record.programs.get(name)
            if program is None:
                program = parts._built_in()
            elif not record.kinds:
                program = program.resolved(parts.api.resources.of)
            parts._run(name, program, state)
        return parts

    def _built_in(self) -> Program:
        plan = self.plan
        manager = {"user": CONTROLLERS, "delegates": True, "manager": MANAGER, "strict": plan.strict}
        return program_of(MANAGER, chosen(plan.controllers), self.api.resources.of, **manager)

    def _build(self, plan: Plan, record: Record) -> None:
        """The parts that every cluster has, around a record."""
        self.plan = plan
        self.nodes_made = record.nodes_made
        self.clock = record.clock
        self.entropy = Entropy(plan.seed)
        self.loop = Loop(self.clock, self.entropy, shuffle=plan.shuffle, state=record.loop)
        self.store = record.store
        self.api = ApiServer(
            self.store,
            self.clock,
            self.entropy,
            plan.ranges,
            record.resources,
            log=record.log,
            state=record.api,
            lookups=record.lookups,
            definitions=record.definitions,
            wrappers=record.wrappers,
        )
        self.api.definitions.converters = record.converters
        self.api.webhooks = record.webhooks
        caches = {}
        for name in WATCHERS:
            state = record.caches[name] if record.caches else CacheState()
            kinds = record.kinds.get(name) or Kinds(always=(BY_NAMESPACE,))
            caches[name] = Cache(f"cache/{name}", self.api, self.loop, state, kinds)
        self.network = Network(caches["kubelet"], self.clock, self.entropy, plan.ranges, record.network)
        self.runtime = FakeRuntime(self.loop, self.network, record.runtime, record.functions)
        self.processes: dict[str, Process] = {}
        self.digest = record.digest
        self.objects_hash = record.hashed or ObjectsHash()
        self.audit = Audit(self.api, record.audit)
        self._serve(caches, record.expiry, record.faults)
        self.kubelets = kubelet.Kubelets(**self._around_nodes(), state=record.kubelets)
        self.api.used = partial(kubelet.usage.used, self.kubelets)
        self.runtime.on_use = partial(measurements.serve_usage, self.api)
        self.api.shows_use = partial(kubelet.usage.shows_use, self.kubelets)
        self.network.forward, self.network.health = kube_proxy.choices, kube_proxy.health
        self.network.answers = ServedApi(self.admin, self.rest, self.network.answers)
        self.scheduler: Any = self._new_scheduler(record) if plan.scheduler else None

    def record(self) -> Record:
        """All that the parts remember, as one record. It is theirs still: fork or seal it before they go on."""
        scheduler = self.scheduler
        return Record(
            clock=self.clock,
            store=self.store,
            nodes_made=self.nodes_made,
            loop=self.loop.state,
            resources=self.api.resources,
            log=self.api.log,
            api=self.api.state,
            wrappers=self.api.wrappers,
            converters=self.api.definitions.converters,
            faults=self.faults.state,
            audit=self.audit.state,
            caches=Records({name: self.caches[name].state for name in WATCHERS}),
            network=self.network.state,
            runtime=self.runtime.state,
            functions=self.runtime.functions,
            webhooks=self.api.webhooks,
            digest=self.digest,
            expiry=self.expiry.state,
            kubelets=self.kubelets.state,
            scheduler=None if scheduler is None else scheduler.state,
            scheduler_plugins=() if scheduler is None else scheduler.wiring.added,
            scheduler_extenders=() if scheduler is None else scheduler.wiring.extenders,
            scheduler_events=None if scheduler is None else scheduler.recorder.state,
            processes=Records({name: process.state for name, process in self.processes.items()}),
            programs={name: process.program for name, process in self.processes.items()},
            kinds={name: self.caches[name].kinds for name in WATCHERS},
            lookups=self.api.lookups,
            definitions=self.api.definitions,
            standing=None if scheduler is None else scheduler.standing(),
            hashed=self.objects_hash,
        )

    def _serve(self, caches: dict[str, Cache], expiry: ExpiryState | None, faults: FaultsState | None) -> None:
        self.caches = caches
        self.admin = Client(self.api, "user", user=ADMINISTRATOR, manager="kemu")
        self.expiry = Expiry(self.api, self.loop, self.plan.compaction, lambda: self.digest.of(self.api), expiry)
        services, schemas = Aggregator(self.api, self.loop), Flows(self.api, self.loop, flow_control.objects)
        taken = Addresses(self.api, self.loop)
        self._followers = (
            dict.fromkeys(aggregator.NOTICED, services)
            | dict.fromkeys(flows.NOTICED, schemas)
            | dict.fromkeys(addresses.NOTICED, taken)
        )
        self.driver = Driver(self.loop, lambda: self.api.log.revision, lambda: pending(self), self.plan.pace)
        self.rest = Rest(self.api, self.driver)
        self.faults = Faults(self, faults)
        self.api.notify = self._notify
        self.api.answering = self.loop.busy
        self.api.tokens = self.plan.tokens
        self.api.dial = self._dial
        self.api.definitions.wire(self.api)
        self.api.connect["pods", "log"] = self._logs
        for what in ("pods", "services", "nodes"):
            self.api.connect[what, "proxy"] = self._proxied
        self.api.connect["pods", "portforward"] = self._forward
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
            standing=record.standing,
        )

    def _notify(self, change: Change) -> None:
        self.expiry.notice(change)
        for cache in self.caches.values():
            if not cache.state.scheduled:
                cache.notice(change)
        if self.kubelets.views.state.apart:
            self.kubelets.views.notice(change)
        follower = self._followers.get(change.resource.key)
        if follower is not None:
            follower.notice(change)

    def _logs(self, request: Request) -> Source[bytes]:
        """What the kubelet behind the log subresource answers."""
        return kubelet.serving.log(self.kubelets, request.old, request.options)

    def _dial(self, host: str, port: int, path: str, body: str, seconds: float) -> tuple[int, str] | str:
        """What the API server is answered by somebody in the cluster."""
        return self.network.ask(host, port, Call(path, method="POST", sent=body, patience=seconds))

    def _proxied(self, request: Request) -> Proxied:
        """What is served behind the proxy subresource."""
        if request.resource.key == "nodes":
            return proxied_node(self.admin, self.network, self.kubelets, request)
        return proxied(self.admin, self.network, self.entropy, self.clock.now, request)

    def _forward(self, request: Request) -> Callable[[], kubelet.forwarding.Forward]:
        """How somebody begins to be led to the ports of a pod."""
        begun = kubelet.forwarding.forward(self.kubelets, request.old, request.options.ports, self.driver.turns)
        return lambda: begun

    def _connection(self, request: Request) -> Callable[[], sessions.Session]:
        """How somebody begins to talk to a container through the kubelet behind a pod."""
        begin = kubelet.serving.connection(self.kubelets, request.old, request)
        return lambda: sessions.Session(begin(), self.driver, self.driver.turns)

    def fork(self) -> Assembly:
        """The same parts at the same point, for a forked cluster."""
        return Assembly.around(self.plan, self.record().fork())

    def take_apart(self) -> None:
        """Let go of everything; nothing can be done with these parts any more.

        They hold each other, so that what they remember would stay until the interpreter looks for garbage, and who
        makes hundreds of clusters a second would have it look all the time.
        """
        api, kubelets = self.api, self.kubelets
        around = (self.loop, self.driver, self.rest, self.faults, self.audit, self.expiry, self.network, self.runtime)
        within = (*self.processes.values(), *self.caches.values(), api.desk, kubelets.views, self.scheduler)
        for part in (*around, *within, api, kubelets, self):
            emptied(part)

    def add_node(self, name: str, **more: Any) -> kubelet.NodeHandle:
        """Add a node with a kubelet: `node-0` and so on if it has no name."""
        if not name:
            while (name := f"node-{self.nodes_made}") in self.kubelets.state.nodes:
                self.nodes_made += 1
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
