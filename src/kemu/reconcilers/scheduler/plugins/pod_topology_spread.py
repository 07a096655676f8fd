"""PodTopologySpread: spread pods evenly over zones, hosts or any other topology.

Constraints with `DoNotSchedule` filter nodes, those with `ScheduleAnyway` score them. Pods without constraints of
their own get the profile's defaults, aimed at the pods of the same services and controller.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple, Self

from ....objects.references import controller_of
from ....objects.tolerations import untolerated
from ....wellknown import HOSTNAME, ZONE
from ..census import Census
from ..events import NODE, POD, Action, Registration
from ..framework import MAX_SCORE, SKIP, CycleState, Handle, Plugin, Status, unresolvable, unschedulable
from ..nodes import NodeInfo, Snapshot
from ..shapes import PodInfo, Shape
from ..tallies import Depends, Place, Tally
from ..terms import LabelMatcher, exactly, label_matcher

REASON = "node(s) didn't match pod topology spread constraints"
REASON_LABEL = REASON + " (missing required label)"

_SYSTEM_DEFAULTS = (
    {"topologyKey": HOSTNAME, "whenUnsatisfiable": "ScheduleAnyway", "maxSkew": 3},
    {"topologyKey": ZONE, "whenUnsatisfiable": "ScheduleAnyway", "maxSkew": 5},
)


class Constraint:
    """One compiled spread constraint."""

    __slots__ = ("honor_affinity", "honor_taints", "key", "max_skew", "min_domains", "selector")

    def __init__(
        self,
        key: str,
        max_skew: int,
        selector: LabelMatcher,
        min_domains: int = 1,
        honor_affinity: bool = True,
        honor_taints: bool = False,
    ) -> None:
        self.key = key
        self.max_skew = max_skew
        self.selector = selector
        self.min_domains = min_domains
        self.honor_affinity = honor_affinity
        self.honor_taints = honor_taints

    def includes(self, shape: Shape, node: NodeInfo) -> bool:
        """Whether the node counts as part of its domain for pods of this shape."""
        if self.honor_affinity and not shape.required_nodes.matches(node.name, node.labels):
            return False
        if self.honor_taints and node.node is not None and node.node.spec.taints:
            return untolerated(node.node.spec.taints, shape.spec.tolerations) is None
        return True


def has_keys(constraints: Sequence[Constraint], labels: Mapping[str, str]) -> bool:
    """Whether a node has every topology key."""
    return all(c.key in labels for c in constraints)


class Counts:
    """PreFilter state: matching pods per constraint and topology value."""

    def __init__(self, constraints: Sequence[Constraint]) -> None:
        self.constraints = constraints
        self.values: list[dict[str, int]] = [{} for _ in constraints]

    def clone(self) -> Counts:
        """An independent copy."""
        twin = Counts(self.constraints)
        twin.values = [dict(v) for v in self.values]
        return twin

    def minimum(self, index: int) -> int:
        """Fewest matching pods of any domain; 0 while there are fewer domains than `minDomains`."""
        values = self.values[index]
        if len(values) < self.constraints[index].min_domains:
            return 0
        return min(values.values(), default=0)


class Soft:
    """PreScore state: constraints, ignored nodes, pods per node and per topology value, weight of each topology."""

    def __init__(self, constraints: Sequence[Constraint]) -> None:
        self.constraints = constraints
        self.ignored: dict[str, None] = {}
        self.on_nodes: list[dict[str, int]] = []
        """Per constraint: the pods that are to be spread, by node."""
        self.values: list[dict[str, int]] = [{} for _ in constraints]
        self.weights: list[float] = []


def topology_weight(size: int) -> float:
    """How much a pod in a domain weighs when there are `size` domains."""
    return math.log(float(size + 2))


def go_round(value: float) -> int:
    """Round half away from zero (for values that are not negative)."""
    return math.floor(value + 0.5) if value < 4503599627370496 else int(value)


class PodTopologySpread(Plugin):
    """Spreads pods over topologies."""

    name = "PodTopologySpread"
    depends = Depends.TOPOLOGY

    def __init__(self, args: Mapping[str, Any], handle: Handle) -> None:
        super().__init__(args, handle)
        self.system_defaulted = (args.get("defaultingType") or "System") == "System"
        self.defaults = _SYSTEM_DEFAULTS if self.system_defaulted else tuple(args.get("defaultConstraints") or ())

    # -- constraints

    def constraints(self, shape: Shape, action: str) -> list[Constraint]:
        """The constraints that apply to pods of this shape, of one `whenUnsatisfiable`."""
        own = shape.spec.topology_spread_constraints
        if own:
            return [self._own(c, shape.labels) for c in own if c.when_unsatisfiable == action]
        defaults = [c for c in self.defaults if c["whenUnsatisfiable"] == action]
        if not defaults:
            return []
        selector = self.default_selector(shape)
        if selector.empty:
            return []
        return [
            Constraint(
                c["topologyKey"],
                c["maxSkew"],
                selector,
                c.get("minDomains") or 1,
                c.get("nodeAffinityPolicy", "Honor") == "Honor",
                c.get("nodeTaintsPolicy", "Ignore") == "Honor",
            )
            for c in defaults
        ]

    @staticmethod
    def _own(constraint: Any, labels: Mapping[str, str]) -> Constraint:
        selector = label_matcher(constraint.label_selector)
        same = {key: labels[key] for key in constraint.match_label_keys if key in labels}
        if same:
            selector = selector.plus(same)
        return Constraint(
            constraint.topology_key,
            constraint.max_skew,
            selector,
            constraint.min_domains or 1,
            (constraint.node_affinity_policy or "Honor") == "Honor",
            (constraint.node_taints_policy or "Ignore") == "Honor",
        )

    def default_selector(self, shape: Shape) -> LabelMatcher:
        """Selects the pods of the services and of the controller that the pod belongs to; empty without any."""
        listers = self.handle.listers
        labels: dict[str, str] = {}
        for service in listers.selecting("Service", shape.sample):
            labels.update(service.spec.selector)
        owner = controller_of(shape.sample)
        if owner is None:
            return exactly(labels)
        controller = listers.get(owner.kind, f"{shape.namespace}/{owner.name}")
        if controller is None or controller.api_version != owner.api_version:
            return exactly(labels)
        if owner.kind == "ReplicationController":
            labels.update(controller.spec.selector)
            return exactly(labels)
        if owner.kind in ("ReplicaSet", "StatefulSet"):
            return exactly(labels).both(label_matcher(controller.spec.selector))
        return exactly(labels)

    def tally(self, shape: Shape, *, filters: bool, scores: bool) -> Spread:
        """The pods that the constraints count."""
        hard = self.constraints(shape, "DoNotSchedule") if filters else ()
        soft = self.constraints(shape, "ScheduleAnyway") if scores else ()
        return Spread(shape, hard, soft, need_all=self.needs_all_keys(shape))

    # -- batching

    @property
    def signs(self) -> bool:
        """Not while pods are spread by default: what is a good node changes with every one of them."""
        return not self.defaults

    def sign(self, pod: PodInfo) -> Hashable:
        """Nothing, as long as the pod is not spread."""
        return None if pod.pod.spec.topology_spread_constraints else ()

    # -- filtering

    def pre_filter(self, state: CycleState, pod: PodInfo) -> Status | None:
        """Count matching pods per domain."""
        shape = pod.shape
        constraints = self.constraints(shape, "DoNotSchedule")
        if not constraints:
            return SKIP
        counts, on_nodes = Counts(constraints), self._on_nodes(shape, constraints)
        for node in self.handle.snapshot.nodes():
            if not has_keys(constraints, node.labels):
                continue
            for values, constraint, placed in zip(counts.values, constraints, on_nodes, strict=True):
                if constraint.includes(shape, node):
                    value = node.labels[constraint.key]
                    values[value] = values.get(value, 0) + placed.get(node.name, 0)
        state[self.name] = counts
        return None

    def _on_nodes(self, shape: Shape, constraints: Sequence[Constraint]) -> list[dict[str, int]]:
        """Per constraint: the pods that are to be spread, by node."""
        census = self.handle.snapshot.census
        return [census.staying(shape.namespace, constraint.selector) for constraint in constraints]

    def add_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        """Count one more."""
        self._update(state, pod, other, node, 1)

    def remove_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        """Count one less."""
        self._update(state, pod, other, node, -1)

    def _update(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo, delta: int) -> None:
        counts: Counts = state[self.name]
        if other.shape.namespace != pod.shape.namespace or not has_keys(counts.constraints, node.labels):
            return
        for values, constraint in zip(counts.values, counts.constraints, strict=True):
            if constraint.selector.matches(other.shape.labels) and constraint.includes(pod.shape, node):
                value = node.labels[constraint.key]
                values[value] = values.get(value, 0) + delta

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Refuse a node whose domain would be too full compared with the emptiest."""
        counts: Counts = state[self.name]
        for index, constraint in enumerate(counts.constraints):
            value = node.labels.get(constraint.key)
            if value is None:
                return unresolvable(REASON_LABEL)
            own = 1 if constraint.selector.matches(pod.shape.labels) else 0
            if counts.values[index].get(value, 0) + own - counts.minimum(index) > constraint.max_skew:
                return unschedulable(REASON)
        return None

    # -- scoring

    def needs_all_keys(self, shape: Shape) -> bool:
        """Whether nodes that lack one of the keys are ignored; the system defaults tolerate it."""
        return bool(shape.spec.topology_spread_constraints) or not self.system_defaulted

    def pre_score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> Status | None:
        """Count matching pods per domain of the feasible nodes."""
        shape = pod.shape
        constraints = self.constraints(shape, "ScheduleAnyway")
        if not constraints:
            return SKIP
        soft, need_all = Soft(constraints), self.needs_all_keys(shape)
        soft.on_nodes = self._on_nodes(shape, constraints)
        for node in nodes:
            if need_all and not has_keys(constraints, node.labels):
                soft.ignored[node.name] = None
                continue
            for values, constraint in zip(soft.values, constraints, strict=True):
                if constraint.key != HOSTNAME:
                    values.setdefault(node.labels.get(constraint.key, ""), 0)
        hosts = len(nodes) - len(soft.ignored)
        soft.weights = [
            topology_weight(hosts if c.key == HOSTNAME else len(v))
            for v, c in zip(soft.values, constraints, strict=True)
        ]
        for node in self.handle.snapshot.nodes():
            if need_all and not has_keys(constraints, node.labels):
                continue
            for values, constraint, placed in zip(soft.values, constraints, soft.on_nodes, strict=True):
                value = node.labels.get(constraint.key, "")
                if value in values and constraint.includes(shape, node):
                    values[value] += placed.get(node.name, 0)
        state[self.name + "/score"] = soft
        return None

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        """Weighted number of matching pods in the node's domains; fewer is better."""
        soft: Soft = state[self.name + "/score"]
        if node.name in soft.ignored:
            return 0
        total = 0.0
        rows = zip(soft.constraints, soft.values, soft.on_nodes, soft.weights, strict=True)
        for constraint, values, placed, weight in rows:
            value = node.labels.get(constraint.key)
            if value is not None:
                count = placed.get(node.name, 0) if constraint.key == HOSTNAME else values[value]
                total += float(count) * weight + float(constraint.max_skew - 1)
        return go_round(total)

    def normalize(self, state: CycleState, pod: PodInfo, scores: dict[str, int]) -> None:
        """Turn it round: the emptiest domain gets the most; ignored nodes get 0."""
        soft: Soft = state[self.name + "/score"]
        counted = [score for name, score in scores.items() if name not in soft.ignored]
        lowest, highest = min(counted, default=0), max(counted, default=0)
        for name, score in scores.items():
            scores[name] = spread_score(score, lowest, highest) if name not in soft.ignored else 0

    # -- events

    def events(self) -> Iterable[Registration]:
        """Pods came, went or changed; nodes came, went or changed."""
        pods = Action.ADD | Action.POD_LABEL | Action.POD_TOLERATION | Action.DELETE
        nodes = Action.ADD | Action.DELETE | Action.NODE_LABEL | Action.NODE_TAINT
        return (Registration(POD, pods, "after_pod"), Registration(NODE, nodes, "after_node"))

    def after_pod(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """A pod that is counted by one of the constraints appeared, left, or began or ceased to be counted."""
        for other in (new, old):
            if other is None or other.metadata.uid == pod.uid:
                continue
            if not other.spec.node_name and not other.status.nominated_node_name:
                return False
            if other.metadata.namespace != pod.shape.namespace:
                return False
        constraints = self.constraints(pod.shape, "DoNotSchedule")
        if old is not None and new is not None:
            if new.metadata.uid == pod.uid and new.spec.tolerations != old.spec.tolerations:
                if any(c.honor_taints for c in constraints):
                    return True
            before, after = old.metadata.labels, new.metadata.labels
            if before == after:
                return False
            return any(c.selector.matches(before) != c.selector.matches(after) for c in constraints)
        labels = (new or old).metadata.labels
        return any(c.selector.matches(labels) for c in constraints)

    def after_node(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """A node joined or left the topology, or moved within it."""
        constraints = self.constraints(pod.shape, "DoNotSchedule")
        was = old is not None and has_keys(constraints, old.metadata.labels)
        now = new is not None and has_keys(constraints, new.metadata.labels)
        if old is None or new is None or was != now:
            return was or now
        moved = any(old.metadata.labels.get(c.key) != new.metadata.labels.get(c.key) for c in constraints)
        return now and (moved or old.spec.taints != new.spec.taints)


def spread_score(score: int, lowest: int, highest: int) -> int:
    """Normalised score of a node that is not ignored."""
    if highest == 0:
        return MAX_SCORE
    return MAX_SCORE * (highest + lowest - score) // highest


class Counted(NamedTuple):
    """What is counted at one topology value, by constraint over its key."""

    hard: tuple[int, ...]
    soft: tuple[int, ...]
    value: str
    """The value itself where it matters how many there are, or empty."""


class Spread(Tally):
    """The pods that a shape's constraints count, at topology values and on nodes."""

    def __init__(self, shape: Shape, hard: Sequence[Constraint], soft: Sequence[Constraint], *, need_all: bool) -> None:
        self._shape, self._soft, self._need_all = shape, soft, need_all
        self.signature = tuple(c.selector.requirements for c in (*hard, *soft))
        self._counts = Counts(hard)
        self._histograms: list[dict[int, int]] = [{} for _ in hard]
        """Per hard constraint: how many domains have so many pods."""
        self._values: list[dict[str, int]] = [{} for _ in soft]
        """Per soft constraint: its pods, by topology value."""
        self._placed: list[dict[str, int]] = [{} for _ in soft]
        """Per soft constraint: its pods, by node."""
        self._own = [1 if c.selector.matches(shape.labels) else 0 for c in hard]
        self._ranks = _ranks(hard)
        self._soft_ranks = _ranks(soft)
        self._found: dict[Shape, tuple[tuple[bool, ...], tuple[bool, ...]]] = {}

    @property
    def keys(self) -> Iterable[str]:
        """Those of the constraints; hosts, for which nodes are scored, are nodes."""
        return dict.fromkeys(
            [*(c.key for c in self._counts.constraints), *(c.key for c in self._soft if c.key != HOSTNAME)]
        )

    @property
    def counts(self) -> bool:
        """Whether there is any constraint."""
        return bool(self._counts.constraints or self._soft)

    def fork(self) -> Self:
        """An independent tally with the same counts."""
        twin = copy(self)
        twin._counts = self._counts.clone()
        twin._histograms = [histogram.copy() for histogram in self._histograms]
        twin._values = [values.copy() for values in self._values]
        twin._placed = [placed.copy() for placed in self._placed]
        return twin

    # -- counting

    def begin(self, snapshot: Snapshot) -> None:
        """Every domain counts, also an empty one."""
        hard, shape = self._counts.constraints, self._shape
        for node in snapshot.nodes() if hard else ():
            if has_keys(hard, node.labels):
                for index, constraint in enumerate(hard):
                    if constraint.includes(shape, node):
                        self._add_hard(index, node.labels[constraint.key], 0)
        super().begin(snapshot)

    def meant(self, census: Census) -> Iterable[Shape]:
        """Those that the constraints select."""
        selectors = dict.fromkeys(c.selector for c in (*self._counts.constraints, *self._soft))
        return dict.fromkeys(shape for s in selectors for shape in census.selected(self._shape.namespace, s))

    def _counting(self, other: Shape) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
        """Which of the constraints, hard and soft, count pods of a shape."""
        found = self._found.get(other)
        if found is None:
            here = other.namespace == self._shape.namespace
            hard, soft = (
                tuple(here and not c.selector.empty and c.selector.matches(other.labels) for c in constraints)
                for constraints in (self._counts.constraints, self._soft)
            )
            found = self._found[other] = (hard if any(hard) else (), soft if any(soft) else ())
        return found

    def alike(self, one: Shape, other: Shape) -> bool:
        """Pods that the same constraints count."""
        return self._counting(one) == self._counting(other)

    def concerns(self, other: Shape) -> bool:
        """Whether a hard constraint counts pods of a shape."""
        return bool(self._counting(other)[0])

    def add(self, node: NodeInfo, other: Shape, staying: int, leaving: int) -> Iterable[str]:
        """Pods that are being deleted do not count."""
        in_hard, in_soft = self._counting(other)
        if not staying or not (in_hard or in_soft):
            return ()
        touched: list[str] = []
        labels, shape, hard = node.labels, self._shape, self._counts.constraints
        if in_hard and has_keys(hard, labels):
            for index, constraint in enumerate(hard):
                if in_hard[index] and constraint.includes(shape, node):
                    self._add_hard(index, labels[constraint.key], staying)
                    touched.append(constraint.key)
        if in_soft:
            touched += self._add_soft(node, in_soft, staying)
        return touched

    def _add_hard(self, index: int, value: str, count: int) -> None:
        values, histogram = self._counts.values[index], self._histograms[index]
        before = values.get(value)
        after = values[value] = (before or 0) + count
        histogram[after] = histogram.get(after, 0) + 1
        if before is not None:
            histogram[before] -= 1
            if not histogram[before]:
                del histogram[before]

    def _add_soft(self, node: NodeInfo, counting: tuple[bool, ...], count: int) -> list[str]:
        touched: list[str] = []
        labels = node.labels
        for counted, placed in zip(counting, self._placed, strict=True):
            if counted:
                placed[node.name] = placed.get(node.name, 0) + count
        if self._need_all and not has_keys(self._soft, labels):
            return touched
        for counted, values, constraint in zip(counting, self._values, self._soft, strict=True):
            if counted and constraint.key != HOSTNAME and constraint.includes(self._shape, node):
                value = labels.get(constraint.key, "")
                values[value] = values.get(value, 0) + count
                touched.append(constraint.key)
        return touched

    # -- answering

    def at(self, key: str, value: str) -> Counted:
        """The counts at a value."""
        hard = zip(self._counts.values, self._counts.constraints, strict=True)
        soft = zip(self._values, self._soft, strict=True)
        found = tuple([values.get(value, 0) for values, c in soft if c.key == key != HOSTNAME])
        return Counted(
            tuple([values.get(value, 0) for values, c in hard if c.key == key]), found, value if found else ""
        )

    def on(self, node: NodeInfo) -> tuple[bool, tuple[int | None, ...]] | None:
        """Whether the node is ignored when nodes are scored, and what is on it, by soft constraint over hosts."""
        if not self._soft:
            return None
        host = HOSTNAME in node.labels
        on_node = [
            placed.get(node.name, 0) if host else None
            for placed, c in zip(self._placed, self._soft, strict=True)
            if c.key == HOSTNAME
        ]
        return self._need_all and not has_keys(self._soft, node.labels), tuple(on_node)

    def _minimum(self, index: int) -> int:
        """`Counts.minimum` without looking at every domain."""
        if len(self._counts.values[index]) < self._counts.constraints[index].min_domains:
            return 0
        return min(self._histograms[index], default=0)

    def status(self, place: Place) -> Status | None:
        """As `filter`."""
        for index, constraint in enumerate(self._counts.constraints):
            counted: Counted | None = place.counted[constraint.key]
            if counted is None:
                return unresolvable(REASON_LABEL)
            if counted.hard[self._ranks[index]] + self._own[index] - self._minimum(index) > constraint.max_skew:
                return unschedulable(REASON)
        return None

    def scores(self, places: Sequence[tuple[Place, int]]) -> Sequence[int] | None:
        """As `pre_score`, `score` and `normalize`."""
        if not self._soft:
            return None
        counted = [(place, size) for place, size in places if not place.alone[0]]
        hosts = sum(size for _, size in counted)
        weights = [
            topology_weight(hosts if c.key == HOSTNAME else len({_value(place, c.key) for place, _ in counted}))
            for c in self._soft
        ]
        raw = {index: self._raw(place, weights) for index, (place, _) in enumerate(places) if not place.alone[0]}
        lowest, highest = min(raw.values(), default=0), max(raw.values(), default=0)
        return [spread_score(raw[index], lowest, highest) if index in raw else 0 for index in range(len(places))]

    def _raw(self, place: Place, weights: Sequence[float]) -> int:
        total = 0.0
        for constraint, rank, weight in zip(self._soft, self._soft_ranks, weights, strict=True):
            if constraint.key == HOSTNAME:
                count: int | None = place.alone[1][rank]
            else:
                counted: Counted | None = place.counted[constraint.key]
                count = None if counted is None else counted.soft[rank]
            if count is not None:
                total += float(count) * weight + float(constraint.max_skew - 1)
        return go_round(total)

    def prepared(self) -> Counts | None:
        """As `pre_filter`."""
        return self._counts if self._counts.constraints else None


def _ranks(constraints: Sequence[Constraint]) -> list[int]:
    """The how-manieth constraint over its key each of them is."""
    return [sum(other.key == c.key for other in constraints[:index]) for index, c in enumerate(constraints)]


def _value(place: Place, key: str) -> str | None:
    counted: Counted | None = place.counted[key]
    return None if counted is None else counted.value
