"""Random histories: what the scheduler keeps up to date is what it would compute from scratch, and rules hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kemu.objects import Node, Pod, evolve
from kemu.objects.codec import decode
from kemu.reconcilers.scheduler import Plugin, algorithm, config, topology, unschedulable
from kemu.reconcilers.scheduler.advised import decide
from kemu.reconcilers.scheduler.algorithm import Search
from kemu.reconcilers.scheduler.extenders import Extender
from kemu.reconcilers.scheduler.framework import (
    SKIP,
    CycleState,
    Listers,
    Status,
    Surroundings,
    default_normalize,
    enter,
    leave,
)
from kemu.reconcilers.scheduler.ledgers import Ledgers
from kemu.reconcilers.scheduler.nodes import NodeInfo, Snapshot
from kemu.reconcilers.scheduler.nominations import Nominations
from kemu.reconcilers.scheduler.plugins import REGISTRY
from kemu.reconcilers.scheduler.shapes import PodInfo, Shape
from kemu.reconcilers.scheduler.tallies import Depends, Place, Tally
from kemu.reconcilers.scheduler.ties import Ties

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"


def _term(key: str, app: str) -> dict[str, Any]:
    return {"topologyKey": key, "labelSelector": {"matchLabels": {"app": app}}}


def _spread(key: str, skew: int, action: str, **more: Any) -> dict[str, Any]:
    selector = {"matchLabels": {"app": "a"}}
    return {"topologyKey": key, "maxSkew": skew, "whenUnsatisfiable": action, "labelSelector": selector, **more}


REQUIRED, PREFERRED = (
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
)
SPECS: list[dict[str, Any]] = [
    {},
    {"hostPorts": True},
    {"priority": 10},
    {"tolerations": [{"key": "k", "operator": "Exists"}]},
    {"nodeSelector": {ZONE: "z0"}},
    {
        "affinity": {
            "nodeAffinity": {
                PREFERRED: [
                    {
                        "weight": 5,
                        "preference": {"matchExpressions": [{"key": ZONE, "operator": "In", "values": ["z1"]}]},
                    }
                ]
            }
        }
    },
    {"topologySpreadConstraints": [_spread(ZONE, 1, "DoNotSchedule")]},
    {"topologySpreadConstraints": [_spread(HOST, 1, "DoNotSchedule", minDomains=3)]},
    {"topologySpreadConstraints": [_spread(ZONE, 1, "ScheduleAnyway"), _spread(HOST, 2, "ScheduleAnyway")]},
    {
        "topologySpreadConstraints": [
            _spread(ZONE, 2, "DoNotSchedule", nodeTaintsPolicy="Honor"),
            _spread(HOST, 1, "ScheduleAnyway"),
        ]
    },
    {"affinity": {"podAffinity": {REQUIRED: [_term(ZONE, "a")]}}},
    {"affinity": {"podAntiAffinity": {REQUIRED: [_term(HOST, "a")]}}},
    {"affinity": {"podAntiAffinity": {REQUIRED: [_term(ZONE, "b")]}}},
    {
        "affinity": {
            "podAffinity": {PREFERRED: [{"weight": 3, "podAffinityTerm": _term(HOST, "b")}]},
            "podAntiAffinity": {PREFERRED: [{"weight": 7, "podAffinityTerm": _term(ZONE, "a")}]},
        }
    },
]


class World(Surroundings):
    """One profile over a snapshot, without a cluster around it."""

    def __init__(
        self, percentage: int, plugins: Sequence[type[Plugin]] = (), extenders: Sequence[Extender] = ()
    ) -> None:
        super().__init__(Snapshot(), Listers())
        self.extenders = extenders
        self.percentage = percentage
        self.nominations = Nominations(self.snapshot.touch)
        self.nominated = self.nominations.on
        self.search = Search()
        self.evicted: list[tuple[PodInfo, Any]] = []
        self.framework = config.build(config.Configuration().profiles[0], REGISTRY)
        for plugin in plugins:
            self.framework = self.framework.extended(plugin)
        self.profiles = {self.framework.name: self.framework}
        self.writer = self
        self.ledgers = Ledgers(self.snapshot, self.nominations)
        self.count = 0

    volumes = None

    def preempt(self, victim: Any, preemptor: Any, node_name: str, *, in_memory: bool = False) -> None:
        self.evicted.append((victim, preemptor))

    def clear_nomination(self, pod: Any) -> None:
        self.nominations.remove(pod.metadata.uid)

    def pod(self, which: int, app: str, cpu: str) -> PodInfo:
        self.count += 1
        spec = dict(SPECS[which])
        container: dict[str, Any] = {"name": "c", "image": "i", "resources": {"requests": {"cpu": cpu}}}
        if spec.pop("hostPorts", False):
            container["ports"] = [{"containerPort": 1, "hostPort": 80, "protocol": "TCP"}]
        spec |= {"schedulerName": "default-scheduler", "containers": [container]}
        metadata = {"name": f"p{self.count}", "namespace": "default", "uid": f"u{self.count}", "labels": {"app": app}}
        return self.snapshot.info(decode(Pod, {"metadata": metadata, "spec": spec}))

    def plain(self, pod: PodInfo, state: CycleState) -> algorithm.Result:
        ties = Ties(lambda limit: limit // 2, steady=False)
        return algorithm.evaluate(
            self.framework, pod, self.snapshot, self.search, state, percentage=self.percentage, ties=ties
        )


def node(name: str, zone: str, cpu: str, taints: list[dict[str, str]]) -> Any:
    labels = {HOST: name, **({ZONE: zone} if zone else {})}
    status = {
        "allocatable": {"cpu": cpu, "memory": "8Gi", "pods": "4"},
        "images": [{"names": ["i:latest"], "sizeBytes": 10**9}],
    }
    return decode(Node, {"metadata": {"name": name, "labels": labels}, "spec": {"taints": taints}, "status": status})


NAMES = [f"n{i}" for i in range(7)]
names = st.sampled_from(NAMES)
taint_lists = st.sampled_from(
    [[], [], [{"key": "k", "effect": "NoSchedule"}], [{"key": "s", "effect": "PreferNoSchedule"}]]
)


class SchedulerMachine(RuleBasedStateMachine):
    """Nodes and pods come and go; pods are scheduled with and without what was kept."""

    plugins: tuple[type[Plugin], ...] = ()
    extenders: tuple[Extender, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.world = World(0, self.plugins, self.extenders)
        self.placed: list[PodInfo] = []
        self.token = enter(self.world)

    def teardown(self) -> None:
        leave(self.token)

    @rule(name=names, zone=st.sampled_from(["z0", "z1", "z2", ""]), cpu=st.sampled_from(["1", "2"]), taints=taint_lists)
    def change_node(self, name: str, zone: str, cpu: str, taints: list[dict[str, str]]) -> None:
        """Create a node, or change its labels, room and taints."""
        snapshot = self.world.snapshot
        old = snapshot.node(name)
        snapshot.node_changed(None if old is None else old.node, node(name, zone, cpu, taints))

    @rule(name=names)
    def remove_node(self, name: str) -> None:
        """Delete a node; pods that were on it stay known until they are deleted."""
        old = self.world.snapshot.node(name)
        if old is not None:
            self.world.snapshot.node_changed(old.node, None)

    @precondition(lambda self: self.placed)
    @rule(data=st.data())
    def remove_pod(self, data: st.DataObject) -> None:
        """A pod ends."""
        pod = data.draw(st.sampled_from(self.placed))
        self.placed.remove(pod)
        self.world.snapshot.remove(pod.uid)

    @precondition(lambda self: any(True for _ in self.world.nominations.shapes()))
    @rule(data=st.data())
    def give_up_nomination(self, data: st.DataObject) -> None:
        """A pod that was to come to a node does not."""
        uid = data.draw(st.sampled_from([pod.uid for name in NAMES for pod in self.world.nominations.on(name)]))
        self.world.nominations.remove(uid)

    @precondition(lambda self: self.placed)
    @rule(data=st.data())
    def terminate_pod(self, data: st.DataObject) -> None:
        """A pod begins to terminate: spreading does not count it any more."""
        pod = data.draw(st.sampled_from(self.placed))
        found = self.world.snapshot.pod(pod.uid)
        assert found is not None
        stopping = evolve(pod.pod, {"metadata.deletion_timestamp": "2000-01-01T00:00:00Z"})
        self.world.snapshot.place(self.world.snapshot.info(stopping), found[1])

    @rule(which=st.integers(0, len(SPECS) - 1), app=st.sampled_from("ab"), cpu=st.sampled_from(["100m", "900m"]))
    def schedule(self, which: int, app: str, cpu: str) -> None:
        """Both ways come to the same; the pod takes its place, or its victims leave."""
        world = self.world
        pod, state = world.pod(which, app, cpu), CycleState()
        start = world.search.start
        result = world.plain(pod, state)
        ledger = world.ledgers.find(world.framework, pod) or world.ledgers.find(world.framework, pod)
        if ledger is not None:
            search, after = Search(start), CycleState()
            ties = Ties(lambda limit: limit // 2, steady=False)
            other = decide(ledger, pod, search, after, percentage=world.percentage, ties=ties)
            assert result.node or after.skip_filter == state.skip_filter
            self.compare(result, other)
            assert search.start == world.search.start
        if result.node:
            self.check_rules(pod, result.node)
            world.snapshot.place(pod, result.node, assumed=True)
            self.placed.append(pod)
        else:
            self.preempt(pod, state, result)

    def compare(self, result: algorithm.Result, other: algorithm.Result) -> None:
        places = self.world.snapshot.places
        assert other.findings(places) == result.findings(places)
        assert other.node == result.node
        assert sorted(other.feasible) == sorted(result.feasible)
        assert other.evaluated == result.evaluated
        assert other.scores == result.scores
        assert dict(other.totals) == dict(result.totals)
        assert dict(other.verdicts.items()) == dict(result.verdicts.items())
        if not result.node:
            total = len(self.world.snapshot)
            assert other.status == result.status
            assert other.verdicts.histogram(total) == result.verdicts.histogram(total) or not total
            assert other.rejectors == result.rejectors

    def check_rules(self, pod: PodInfo, name: str) -> None:
        """No node over its allocatable, no required rule broken."""
        info = self.world.snapshot[name]
        requests = pod.shape.requests
        assert info.requested.milli_cpu + requests.milli_cpu <= info.allocatable.milli_cpu
        assert len(info.pods) < info.allocatable.pods
        assert not info.conflicts(pod.shape.ports)
        assert pod.shape.required_nodes.matches(name, info.labels)
        for term in pod.shape.required_anti_affinity:
            value = info.labels.get(term.topology_key)
            for other in self.world.snapshot.nodes():
                if value is not None and other.labels.get(term.topology_key) == value:
                    assert not any(p.shape.labels == term_labels(term) for p in other.pods.values())

    def preempt(self, pod: PodInfo, state: CycleState, result: algorithm.Result) -> None:
        """Victims always have lower priority, and without them the pod fits."""
        world = self.world
        if result.status is not None:
            return
        world.evicted.clear()
        algorithm.post_filter(world.framework, pod, state, result, len(world.snapshot))
        for victim, _ in world.evicted:
            assert (victim.spec.priority or 0) < pod.priority
            world.snapshot.remove(victim.metadata.uid)
            self.placed = [p for p in self.placed if p.uid != victim.metadata.uid]
        if result.nominated:
            world.nominations.add(pod, result.nominated)
            trial, after = world.snapshot[result.nominated].copy(), CycleState()
            world.framework.pre_filter(after, pod)
            for other in list(trial.pods.values()):
                if other.terminating and other.priority < pod.priority:
                    trial.remove(other.uid)
                    world.framework.remove_pod(after, pod, other, trial)
            assert world.framework.filter(after, pod, trial) is None

    @invariant()
    def nothing_has_drifted(self) -> None:
        """Snapshot and ledgers say what a fresh count says."""
        self.world.snapshot.check()
        self.world.ledgers.check()


def term_labels(term: Any) -> dict[str, str]:
    """The labels that one of the terms used here means."""
    return {key: next(iter(values)) for key, _, values in term.selector.requirements}


class FineMachine(SchedulerMachine):
    """Every topology key counts as one with many values, so that nodes are grouped by what is counted there."""

    def __init__(self) -> None:
        super().__init__()
        self._coarse, topology.COARSE_VALUES = topology.COARSE_VALUES, 0

    def teardown(self) -> None:
        super().teardown()
        topology.COARSE_VALUES = self._coarse


class SamplingMachine(SchedulerMachine):
    """A handful of nodes is enough for the search to stop early."""

    def __init__(self) -> None:
        super().__init__()
        self._least, algorithm.MIN_FEASIBLE = algorithm.MIN_FEASIBLE, 2
        self.world.percentage = 40

    def teardown(self) -> None:
        super().teardown()
        algorithm.MIN_FEASIBLE = self._least


class Crowded(Plugin):
    """Declares that it looks at a node and its pods."""

    name = "Crowded"
    depends = Depends.NODE_PODS

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Three are a crowd."""
        return unschedulable("node(s) were crowded") if len(node.pods) > 2 else None

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        """The more the better."""
        return len(node.pods)

    def normalize(self, state: CycleState, pod: PodInfo, scores: dict[str, int]) -> None:
        """The most is 100."""
        default_normalize(scores)


class Few(Tally):
    """How many pods of any kind there are in a zone."""

    keys = (ZONE,)

    def __init__(self, counted: dict[str, int]) -> None:
        self.counted = counted

    def fork(self) -> Few:
        return Few(dict(self.counted))

    def add(self, node: NodeInfo, other: Shape, staying: int, leaving: int) -> tuple[str, ...]:
        zone = node.labels.get(ZONE)
        if zone is not None:
            self.counted[zone] = self.counted.get(zone, 0) + staying + leaving
        return self.keys

    def concerns(self, other: Shape) -> bool:
        return True

    def at(self, key: str, value: str) -> int:
        return self.counted.get(value, 0) if key == ZONE else 0

    def status(self, place: Place) -> Status | None:
        return full(place.counted[ZONE])

    def scores(self, places: Sequence[tuple[Place, int]]) -> list[int]:
        return [100 - (place.counted[ZONE] or 0) for place, _ in places]


def full(count: int | None) -> Status | None:
    return unschedulable("node(s) were in a full zone") if count is not None and count > 4 else None


class FewInZone(Plugin):
    """Declares a tally."""

    name = "FewInZone"
    depends = Depends.TOPOLOGY

    def tally(self, shape: Shape, *, filters: bool, scores: bool) -> Few:
        return Few({})

    def count(self, node: NodeInfo) -> int | None:
        zone = node.labels.get(ZONE)
        nodes = self.handle.snapshot.nodes()
        return None if zone is None else sum(len(each.pods) for each in nodes if each.labels.get(ZONE) == zone)

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        return full(self.count(node))

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        return 100 - (self.count(node) or 0)


class Secretive(Plugin):
    """Says nothing of what it looks at: the number of the pod, and the whole cluster."""

    name = "Secretive"

    def pre_filter(self, state: CycleState, pod: PodInfo) -> Status | frozenset[str] | None:
        """Some pods are turned away or confined to a few nodes."""
        number = self.number(pod)
        if number % 7 == 0:
            return unschedulable("pod was unlucky") if number % 2 else frozenset({"n0", "n1", "n2"})
        return SKIP if number % 5 == 0 else None

    @staticmethod
    def number(pod: PodInfo) -> int:
        return int(pod.uid[1:])

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Every pod dislikes another node."""
        return unschedulable("node(s) were disliked") if int(node.name[1:]) == self.number(pod) % 7 else None

    def pre_score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> Status | None:
        state[self.name] = len(nodes)
        return None

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        """Out of bounds now and then."""
        return (self.number(pod) * int(node.name[1:]) + int(state[self.name])) % 102


class DeclaredMachine(FineMachine):
    """With plugins of a user's own that declare what they depend on."""

    plugins = (Crowded, FewInZone)


class AskedMachine(SchedulerMachine):
    """With plugins of a user's own of which one declares nothing, and an extender."""

    plugins = (Secretive, Crowded)
    extenders = (
        Extender(
            "outside",
            filter=lambda pod, nodes: [node for node in nodes if node.metadata.name != "n3"],
            prioritize=lambda pod, nodes: {node.metadata.name: int(node.metadata.name[1:]) for node in nodes},
        ),
    )


TestScheduler = SchedulerMachine.TestCase
TestSchedulerDeclared = DeclaredMachine.TestCase
TestSchedulerAsked = AskedMachine.TestCase
TestSchedulerFine = FineMachine.TestCase
TestSchedulerSampling = SamplingMachine.TestCase
TestScheduler.settings = TestSchedulerFine.settings = TestSchedulerSampling.settings = settings(
    max_examples=30, stateful_step_count=40, deadline=None
)
TestSchedulerDeclared.settings = TestSchedulerAsked.settings = TestScheduler.settings
