"""InterPodAffinity: run near some pods, and not near others.

Symmetric: the required anti-affinity of pods that are already there keeps new pods away, and their preferences (and,
with `hardPodAffinityWeight`, their required affinity) count in the score.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple, Self

from ..census import Census
from ..events import NODE, POD, Action, Registration
from ..framework import MAX_SCORE, SKIP, CycleState, Handle, Plugin, Status, unresolvable, unschedulable
from ..nodes import NodeInfo
from ..shapes import PodInfo, Shape
from ..tallies import Depends, Place, Tally
from ..terms import AffinityTerm, affinity_terms

REASON_EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"
REASON_AFFINITY = "node(s) didn't match pod affinity rules"
REASON_ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"

Pair = tuple[str, str]


def bump(counts: dict[Pair, int], labels: Mapping[str, str], key: str, amount: int) -> None:
    """Add to the count of the node's (key, value) pair; nothing when the node lacks the key; zeros are dropped."""
    value = labels.get(key)
    if value is None:
        return
    pair = (key, value)
    count = counts.get(pair, 0) + amount
    if count:
        counts[pair] = count
    else:
        counts.pop(pair, None)


def matches_all(terms: Sequence[AffinityTerm], shape: Shape) -> bool:
    """Whether pods of a shape are meant by every one of the terms (and there are some)."""
    return bool(terms) and all(t.matches(shape.namespace, shape.labels, None) for t in terms)


class Required:
    """PreFilter state: how many matching terms and pods each (topology key, value) has."""

    __slots__ = ("affinity", "anti_affinity", "existing", "namespace_labels", "own_affinity", "own_anti_affinity")

    def __init__(self) -> None:
        self.existing: dict[Pair, int] = {}
        self.affinity: dict[Pair, int] = {}
        self.anti_affinity: dict[Pair, int] = {}
        self.own_affinity: Sequence[AffinityTerm] = ()
        self.own_anti_affinity: Sequence[AffinityTerm] = ()
        self.namespace_labels: Mapping[str, str] = {}

    def clone(self) -> Required:
        """An independent copy."""
        twin = Required()
        twin.existing, twin.affinity = dict(self.existing), dict(self.affinity)
        twin.anti_affinity = dict(self.anti_affinity)
        twin.own_affinity, twin.own_anti_affinity = self.own_affinity, self.own_anti_affinity
        twin.namespace_labels = self.namespace_labels
        return twin

    def update(self, shape: Shape, other: Shape, labels: Mapping[str, str], delta: int) -> None:
        """So many pods of shape `other` came to (left, if negative) a node with these labels."""
        for term in other.required_anti_affinity:
            if term.matches(shape.namespace, shape.labels, self.namespace_labels):
                bump(self.existing, labels, term.topology_key, delta)
        if matches_all(self.own_affinity, other):
            for term in self.own_affinity:
                bump(self.affinity, labels, term.topology_key, delta)
        for term in self.own_anti_affinity:
            if term.matches(other.namespace, other.labels, None):
                bump(self.anti_affinity, labels, term.topology_key, delta)

    def verdict(self, shape: Shape, labels: Mapping[str, str]) -> Status | None:
        """Whether a node with these labels satisfies all rules."""
        exists = True
        for term in self.own_affinity:
            value = labels.get(term.topology_key)
            if value is None:
                return unresolvable(REASON_AFFINITY)
            if self.affinity.get((term.topology_key, value), 0) <= 0:
                exists = False
        if not exists and (self.affinity or not matches_all(self.own_affinity, shape)):
            return unresolvable(REASON_AFFINITY)
        if self.anti_affinity:
            for term in self.own_anti_affinity:
                value = labels.get(term.topology_key)
                if value is not None and self.anti_affinity.get((term.topology_key, value), 0) > 0:
                    return unschedulable(REASON_ANTI_AFFINITY)
        for (key, value), count in self.existing.items():
            if count > 0 and labels.get(key) == value:
                return unschedulable(REASON_EXISTING)
        return None


class InterPodAffinity(Plugin):
    """Pod affinity and anti-affinity."""

    name = "InterPodAffinity"
    depends = Depends.TOPOLOGY

    def __init__(self, args: Mapping[str, Any], handle: Handle) -> None:
        super().__init__(args, handle)
        weight = args.get("hardPodAffinityWeight")
        self.hard_weight = 1 if weight is None else int(weight)
        self.ignore_existing = bool(args.get("ignorePreferredTermsOfExistingPods"))

    # -- namespaces

    def namespace_labels(self, namespace: str) -> Mapping[str, str]:
        """Labels of a namespace, empty when it is unknown."""
        found = self.handle.listers.get("Namespace", namespace)
        return {} if found is None else found.metadata.labels

    def resolved(self, terms: Sequence[AffinityTerm]) -> tuple[AffinityTerm, ...]:
        """Terms of an incoming pod with the namespaces that their selector finds now added to their list."""
        return tuple(self._resolved(term) for term in terms)

    def _resolved(self, term: AffinityTerm) -> AffinityTerm:
        selector = term.namespace_selector
        if selector.requirements is None or selector.empty:
            return term
        twin = AffinityTerm.__new__(AffinityTerm)
        twin.selector, twin.topology_key, twin.weight = term.selector, term.topology_key, term.weight
        twin.namespace_selector = selector
        found = (n.metadata.name for n in self.handle.listers.list("Namespace") if selector.matches(n.metadata.labels))
        twin.namespaces = term.namespaces | frozenset(found)
        return twin

    def tally(self, shape: Shape, *, filters: bool, scores: bool) -> Affinities:
        """The terms and pods that match, of those that are required and of those that are preferred."""
        return Affinities(self, shape, filters=filters, scores=scores)

    def sign(self, pod: PodInfo) -> Hashable:
        """The labels, which terms of other pods may mean; pods with terms of their own are like no others."""
        if pod.shape.has_affinity:
            return None
        return () if self.ignore_existing else tuple(sorted(pod.shape.labels.items()))

    # -- filtering

    def pre_filter(self, state: CycleState, pod: PodInfo) -> Status | None:
        """Count matching pods and terms per topology."""
        shape, snapshot = pod.shape, self.handle.snapshot
        required = Required()
        required.own_affinity = self.resolved(shape.required_affinity)
        required.own_anti_affinity = self.resolved(shape.required_anti_affinity)
        required.namespace_labels = self.namespace_labels(shape.namespace)
        own = (*required.own_affinity, *required.own_anti_affinity)
        shapes = {**snapshot.census.meant(own), **dict.fromkeys(snapshot.census.with_affinity())}
        for other, node, number in snapshot.crowds(shapes):
            required.update(shape, other, node.labels, sum(number))
        if not own and not required.existing:
            return SKIP
        state[self.name] = required
        return None

    def add_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        """Count one more."""
        state[self.name].update(pod.shape, other.shape, node.labels, 1)

    def remove_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        """Count one less."""
        state[self.name].update(pod.shape, other.shape, node.labels, -1)

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Refuse a node on which a required rule of this pod or of another would be broken."""
        required: Required = state[self.name]
        return required.verdict(pod.shape, node.labels)

    # -- scoring

    def effects(self, shape: Shape, own: Sequence[AffinityTerm], other: Shape) -> list[tuple[str, int]]:
        """(topology key, weight) of every term by which a placed pod of shape `other` attracts or repels.

        `own` are the resolved preferred terms of the incoming shape, anti-affinity with negative weight.
        """
        found = [(t.topology_key, t.weight) for t in own if t.matches(other.namespace, other.labels, None)]
        if not other.has_affinity:
            return found
        labels = self.namespace_labels(shape.namespace)
        if self.hard_weight > 0:
            found += [
                (t.topology_key, self.hard_weight)
                for t in other.required_affinity
                if t.matches(shape.namespace, shape.labels, labels)
            ]
        for sign, terms in ((1, other.preferred_affinity), (-1, other.preferred_anti_affinity)):
            found += [
                (t.topology_key, sign * t.weight) for t in terms if t.matches(shape.namespace, shape.labels, labels)
            ]
        return found

    def own_preferences(self, shape: Shape) -> tuple[AffinityTerm, ...]:
        """The resolved preferred terms of a shape, those of anti-affinity with negative weight."""
        attracted = self.resolved(shape.preferred_affinity)
        repelled = tuple(_negative(t) for t in self.resolved(shape.preferred_anti_affinity))
        return attracted + repelled

    def pre_score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> Status | None:
        """Sum the weights per topology value."""
        shape, snapshot = pod.shape, self.handle.snapshot
        own = self.own_preferences(shape)
        if self.ignore_existing and not own:
            return SKIP
        table: dict[str, dict[str, int]] = {}
        shapes = {**snapshot.census.meant(own), **dict.fromkeys(snapshot.census.with_affinity())}
        weights = {other: self.effects(shape, own, other) for other in shapes}
        for other, node, number in snapshot.crowds(shapes):
            for key, weight in weights[other]:
                value = node.labels.get(key)
                if value is not None:
                    values = table.setdefault(key, {})
                    values[value] = values.get(value, 0) + weight * sum(number)
        if not table:
            return SKIP
        state[self.name + "/score"] = table
        return None

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        """The sum over the node's topology values."""
        table: dict[str, dict[str, int]] = state[self.name + "/score"]
        return sum(values.get(node.labels[key], 0) for key, values in table.items() if key in node.labels)

    def normalize(self, state: CycleState, pod: PodInfo, scores: dict[str, int]) -> None:
        """The lowest becomes 0, the highest 100."""
        lowest, highest = min(scores.values(), default=0), max(scores.values(), default=0)
        for name, score in scores.items():
            scores[name] = affinity_score(score, lowest, highest)

    # -- events

    def events(self) -> Iterable[Registration]:
        """Pods came, went or changed labels; nodes came or changed labels."""
        return (
            Registration(POD, Action.ADD | Action.POD_LABEL | Action.DELETE, "after_pod"),
            Registration(NODE, Action.ADD | Action.NODE_LABEL, "after_node"),
        )

    def after_pod(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """A pod that the rules mean appeared, or one that they shun left."""
        if old is not None and new is not None and new.metadata.uid == pod.uid:
            return True
        for other in (new, old):
            if other is not None and not other.spec.node_name and not other.status.nominated_node_name:
                return False
        wanted, shunned = pod.shape.required_affinity, pod.shape.required_anti_affinity
        if old is not None and new is not None:
            if not _means(wanted, old) and _means(wanted, new):
                return True
            return _means(shunned, old) and not _means(shunned, new)
        if new is not None:
            return _means(wanted, new)
        if _means(shunned, old):
            return True
        anti = old.spec.affinity.pod_anti_affinity if old.spec.affinity is not None else None
        if anti is None:
            return False
        terms = affinity_terms(old.metadata.namespace, anti.required_during_scheduling_ignored_during_execution)
        return matches_all(terms, pod.shape)

    def after_node(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """A node joined or left one of the topologies, or moved within it."""
        after = new.metadata.labels
        before = None if old is None else old.metadata.labels
        for term in pod.shape.required_affinity:
            value = after.get(term.topology_key)
            if value is not None and (before is None or before.get(term.topology_key) != value):
                return True
        for term in pod.shape.required_anti_affinity:
            if before is None:
                return True
            value = before.get(term.topology_key)
            if value is not None and after.get(term.topology_key) != value:
                return True
        return False


def _negative(term: AffinityTerm) -> AffinityTerm:
    twin = AffinityTerm.__new__(AffinityTerm)
    twin.selector, twin.topology_key, twin.weight = term.selector, term.topology_key, -term.weight
    twin.namespaces, twin.namespace_selector = term.namespaces, term.namespace_selector
    return twin


def _means(terms: Sequence[AffinityTerm], pod: Any) -> bool:
    return bool(terms) and all(t.matches(pod.metadata.namespace, pod.metadata.labels, None) for t in terms)


def affinity_score(score: int, lowest: int, highest: int) -> int:
    """Normalised score between the lowest and the highest sum."""
    if highest <= lowest:
        return 0
    return int(float(MAX_SCORE) * (float(score - lowest) / float(highest - lowest)))


class Effects(NamedTuple):
    """What a placed pod of one shape changes for the incoming shape."""

    existing: tuple[str, ...]
    """The keys of its own required anti-affinity terms that mean the incoming pod."""
    affinity: bool
    """Whether all required affinity terms of the incoming pod mean it."""
    anti_affinity: tuple[str, ...]
    """The keys of the incoming pod's required anti-affinity terms that mean it."""
    weights: tuple[tuple[str, int], ...]
    """(key, weight) of preferences, of either of the two."""


_NONE = Effects((), False, (), ())


class Counted(NamedTuple):
    """What is counted at one topology value."""

    affinity: bool
    anti_affinity: bool
    existing: bool
    weight: int


class Affinities(Tally):
    """The pods and terms that matter to one shape, at topology values."""

    def __init__(self, plugin: InterPodAffinity, shape: Shape, *, filters: bool, scores: bool) -> None:
        self._plugin, self._shape, self._filters = plugin, shape, filters
        required = self._required = Required()
        required.namespace_labels = plugin.namespace_labels(shape.namespace)
        if filters:
            required.own_affinity = plugin.resolved(shape.required_affinity)
            required.own_anti_affinity = plugin.resolved(shape.required_anti_affinity)
        self._preferences = plugin.own_preferences(shape) if scores else ()
        self._weighs = scores and not (plugin.ignore_existing and not self._preferences)
        self._table: dict[str, dict[str, list[int]]] = {}
        """By key and value: the sum of the weights, and how many pods it is made of."""
        self._attracts_itself = matches_all(required.own_affinity, shape)
        self._found: dict[Shape, Effects] = {}
        terms = self._terms = (*required.own_affinity, *required.own_anti_affinity, *self._preferences)
        self.signature = (tuple(t.namespaces for t in terms), tuple(sorted(required.namespace_labels.items())))

    @property
    def keys(self) -> Iterable[str]:
        """Those of the terms that are required, and of whatever was found."""
        required = self._required
        own = (t.topology_key for t in (*required.own_affinity, *required.own_anti_affinity))
        return dict.fromkeys((*own, *(key for key, _ in required.existing), *self._table))

    def fork(self) -> Self:
        """An independent tally with the same counts."""
        twin = copy(self)
        twin._required = self._required.clone()
        twin._table = {key: {value: row.copy() for value, row in rows.items()} for key, rows in self._table.items()}
        return twin

    # -- counting

    def meant(self, census: Census) -> Iterable[Shape]:
        """Those that its own terms mean, and those that have terms."""
        return {**census.meant(self._terms), **dict.fromkeys(census.with_affinity())}

    def _effects(self, other: Shape) -> Effects:
        found = self._found.get(other)
        if found is None:
            found = self._find_effects(other)
            found = self._found[other] = _NONE if found == _NONE else found
        return found

    def _find_effects(self, other: Shape) -> Effects:
        shape, required = self._shape, self._required
        existing: Iterable[str] = ()
        if self._filters:
            labels = required.namespace_labels
            shunning = (t for t in other.required_anti_affinity if t.matches(shape.namespace, shape.labels, labels))
            existing = (t.topology_key for t in shunning)
        shunned = (t for t in required.own_anti_affinity if t.matches(other.namespace, other.labels, None))
        return Effects(
            tuple(existing),
            matches_all(required.own_affinity, other),
            tuple(t.topology_key for t in shunned),
            tuple(self._plugin.effects(shape, self._preferences, other)) if self._weighs else (),
        )

    def alike(self, one: Shape, other: Shape) -> bool:
        """Pods that have the same effects."""
        return self._effects(one) == self._effects(other)

    def concerns(self, other: Shape) -> bool:
        """Whether pods of a shape count for what is required."""
        found = self._effects(other)
        return bool(found.existing or found.affinity or found.anti_affinity)

    def add(self, node: NodeInfo, other: Shape, staying: int, leaving: int) -> Iterable[str]:
        """All of them count, whether they are being deleted or not."""
        effects = self._effects(other)
        if effects is _NONE:
            return ()
        labels, required, count = node.labels, self._required, staying + leaving
        touched: list[str] = []
        for key in effects.existing:
            bump(required.existing, labels, key, count)
            touched.append(key)
        if effects.affinity:
            for term in required.own_affinity:
                bump(required.affinity, labels, term.topology_key, count)
                touched.append(term.topology_key)
        for key in effects.anti_affinity:
            bump(required.anti_affinity, labels, key, count)
            touched.append(key)
        for key, weight in effects.weights:
            value = labels.get(key)
            if value is not None:
                self._weigh(key, value, count * weight, count)
                touched.append(key)
        return touched

    def _weigh(self, key: str, value: str, weight: int, contributions: int) -> None:
        values = self._table.setdefault(key, {})
        row = values.setdefault(value, [0, 0])
        row[0] += weight
        row[1] += contributions
        if not row[1]:
            del values[value]
            if not values:
                del self._table[key]

    # -- answering

    def at(self, key: str, value: str) -> Counted:
        """The counts at a value."""
        required, pair = self._required, (key, value)
        row = self._table.get(key, {}).get(value)
        return Counted(
            required.affinity.get(pair, 0) > 0,
            required.anti_affinity.get(pair, 0) > 0,
            required.existing.get(pair, 0) > 0,
            row[0] if row else 0,
        )

    def status(self, place: Place) -> Status | None:
        """As `filter`."""
        required, exists = self._required, True
        for term in required.own_affinity:
            counted: Counted | None = place.counted[term.topology_key]
            if counted is None:
                return unresolvable(REASON_AFFINITY)
            exists = exists and counted.affinity
        if not exists and (required.affinity or not self._attracts_itself):
            return unresolvable(REASON_AFFINITY)
        for term in required.own_anti_affinity:
            counted = place.counted[term.topology_key]
            if counted is not None and counted.anti_affinity:
                return unschedulable(REASON_ANTI_AFFINITY)
        if required.existing and any(row is not None and row.existing for row in place.counted.values()):
            return unschedulable(REASON_EXISTING)
        return None

    def scores(self, places: Sequence[tuple[Place, int]]) -> Sequence[int] | None:
        """As `pre_score`, `score` and `normalize`."""
        if not self._table:
            return None
        raw = [sum(row.weight for row in place.counted.values() if row is not None) for place, _ in places]
        lowest, highest = min(raw), max(raw)
        return [affinity_score(score, lowest, highest) for score in raw]

    def prepared(self) -> Required | None:
        """As `pre_filter`."""
        required = self._required
        return required if required.own_affinity or required.own_anti_affinity or required.existing else None
