"""What pod topology spread and inter-pod affinity depend on, kept up to date for one pod shape.

Both plugins count placed pods per topology value. Binding a pod changes the counts of the values of one node, so
these counts are kept from attempt to attempt and brought up to date by the snapshot's journal.

Nodes that agree in every topology value in use get the same verdict and the same raw scores from both plugins. A key
with few values (zones) is told apart by value. For a key with many (hosts) what counts is not the value but what is
counted there: its `Derived` row. `ledger.py` groups nodes by these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple

from ...wellknown import HOSTNAME
from .framework import Status, unresolvable, unschedulable
from .nodes import NodeInfo, Snapshot
from .plugins.inter_pod_affinity import (
    REASON_AFFINITY,
    REASON_ANTI_AFFINITY,
    REASON_EXISTING,
    InterPodAffinity,
    Required,
    bump,
    matches_all,
)
from .plugins.pod_topology_spread import (
    REASON,
    REASON_LABEL,
    Constraint,
    Counts,
    PodTopologySpread,
    go_round,
    has_keys,
    topology_weight,
)
from .shapes import PodInfo, Shape
from .terms import LabelMatcher

COARSE_VALUES = 64
"""A topology key with at most so many values is told apart by value, one with more by what is counted there."""

AFFINITY, SPREAD = InterPodAffinity.name, PodTopologySpread.name


class Derived(NamedTuple):
    """Everything that is counted at one (topology key, value)."""

    hard: tuple[int, ...]
    soft: tuple[int, ...]
    affinity: bool
    anti_affinity: bool
    existing: bool
    weight: int


class Effects(NamedTuple):
    """What a placed pod of one shape changes for the incoming shape."""

    hard: tuple[bool, ...]
    soft: tuple[bool, ...]
    existing: tuple[str, ...]
    affinity: bool
    anti_affinity: tuple[str, ...]
    weights: tuple[tuple[str, int], ...]
    any: bool


class Topology:
    """Counts for one shape under the two plugins; either may be missing from the profile."""

    def __init__(
        self,
        shape: Shape,
        snapshot: Snapshot,
        spread: tuple[PodTopologySpread | None, PodTopologySpread | None],
        affinity: tuple[InterPodAffinity | None, InterPodAffinity | None],
        order: Sequence[str],
    ) -> None:
        self.shape, self.snapshot = shape, snapshot
        self.spread_filter, self.spread_score = spread
        self.affinity_filter, self.affinity_score = affinity
        self.filters = [name for name in order if name in (SPREAD, AFFINITY)]
        self._effects: dict[Shape, Effects] = {}
        self.signature = self._sign()
        hard, soft, own_preferences, required = self.signature_parts
        self.hard = Counts(hard)
        self.soft: list[Constraint] = list(soft)
        self.soft_values: list[dict[str, int]] = [{} for _ in soft]
        self._on_nodes: list[dict[str, int]] = [{} for _ in soft]
        """Per soft constraint: the pods that are to be spread, by node."""
        self.required = required
        self.preferences = own_preferences
        self.table: dict[str, dict[str, list[int]]] = {}
        self._need_all = self.spread_score is not None and self.spread_score.needs_all_keys(shape)
        self.keys: tuple[str, ...] = ()
        self._histograms: list[dict[int, int]] = []
        self._count()
        self._find_keys()
        self._unknown_key = False
        for values in self.hard.values:
            histogram: dict[int, int] = {}
            for count in values.values():
                histogram[count] = histogram.get(count, 0) + 1
            self._histograms.append(histogram)

    def fork(self, snapshot: Snapshot) -> Topology:
        """Independent counts of the same, over a fork of the snapshot. O(values and nodes)."""
        twin = copy(self)
        twin.snapshot = snapshot
        twin.hard, twin.required = self.hard.clone(), self.required.clone()
        twin.soft_values = [values.copy() for values in self.soft_values]
        twin._on_nodes = [placed.copy() for placed in self._on_nodes]
        twin.table = {key: {value: row.copy() for value, row in rows.items()} for key, rows in self.table.items()}
        twin._histograms = [histogram.copy() for histogram in self._histograms]
        return twin

    # -- what it depends on beside nodes and pods

    def _sign(self) -> tuple[Any, ...]:
        """Values that must stay the same for the counts to stay valid: selectors, namespaces."""
        shape = self.shape
        hard = [] if self.spread_filter is None else self.spread_filter.constraints(shape, "DoNotSchedule")
        soft = [] if self.spread_score is None else self.spread_score.constraints(shape, "ScheduleAnyway")
        required = Required()
        preferences: tuple[Any, ...] = ()
        any_plugin = self.affinity_filter or self.affinity_score
        if any_plugin is not None:
            required.namespace_labels = any_plugin.namespace_labels(shape.namespace)
        if self.affinity_filter is not None:
            required.own_affinity = self.affinity_filter.resolved(shape.required_affinity)
            required.own_anti_affinity = self.affinity_filter.resolved(shape.required_anti_affinity)
        if self.affinity_score is not None:
            preferences = self.affinity_score.own_preferences(shape)
        self.signature_parts = (hard, soft, preferences, required)
        terms = (*required.own_affinity, *required.own_anti_affinity, *preferences)
        selectors: list[LabelMatcher] = [c.selector for c in (*hard, *soft)]
        return (
            tuple(s.requirements for s in selectors),
            tuple(t.namespaces for t in terms),
            tuple(sorted(required.namespace_labels.items())),
        )

    def stale(self) -> bool:
        """Whether services, controllers or namespaces have changed so that everything must be counted again."""
        kept = self.signature_parts
        fresh = self._sign()
        self.signature_parts = kept
        return fresh != self.signature

    def filtered_by(self, other: Shape) -> bool:
        """Whether pods of shape `other` count in one of the filters."""
        effects = self.effects(other)
        return any(effects.hard) or bool(effects.existing) or effects.affinity or bool(effects.anti_affinity)

    # -- counting

    def effects(self, other: Shape) -> Effects:
        """What a placed pod of shape `other` changes."""
        found = self._effects.get(other)
        if found is None:
            found = self._effects[other] = self._find_effects(other)
        return found

    def _find_effects(self, other: Shape) -> Effects:
        shape, required = self.shape, self.required
        same_namespace = other.namespace == shape.namespace

        def counted(constraints: Iterable[Constraint]) -> tuple[bool, ...]:
            return tuple(
                same_namespace and not c.selector.empty and c.selector.matches(other.labels) for c in constraints
            )

        existing: tuple[str, ...] = ()
        anti: tuple[str, ...] = ()
        matches = False
        if self.affinity_filter is not None:
            existing = tuple(
                t.topology_key
                for t in other.required_anti_affinity
                if t.matches(shape.namespace, shape.labels, required.namespace_labels)
            )
            matches = matches_all(required.own_affinity, other)
            anti = tuple(
                t.topology_key for t in required.own_anti_affinity if t.matches(other.namespace, other.labels, None)
            )
        weights: tuple[tuple[str, int], ...] = ()
        score = self.affinity_score
        if score is not None and not (score.ignore_existing and not self.preferences):
            weights = tuple(score.effects(shape, self.preferences, other))
        hard, soft = counted(self.hard.constraints), counted(self.soft)
        some = any(hard) or any(soft) or bool(existing) or matches or bool(anti) or bool(weights)
        return Effects(hard, soft, existing, matches, anti, weights, some)

    def _count(self) -> None:
        hard, shape = self.hard, self.shape
        for node in self.snapshot.nodes() if hard.constraints else ():
            labels = node.labels
            if has_keys(hard.constraints, labels):
                for values, constraint in zip(hard.values, hard.constraints, strict=True):
                    if constraint.includes(shape, node):
                        values.setdefault(labels[constraint.key], 0)
        for other, node, (staying, leaving) in self.snapshot.crowds(self._meant()):
            effects = self.effects(other)
            if effects.any:
                if staying:
                    self._add_spread(node, effects, staying)
                self._add_affinity(node, effects, staying + leaving)

    def _meant(self) -> dict[Shape, None]:
        """The shapes on nodes that can have effects: O(these)."""
        census, required = self.snapshot.census, self.required
        found = census.meant((*required.own_affinity, *required.own_anti_affinity, *self.preferences))
        found.update(dict.fromkeys(census.with_affinity()))
        for selector in dict.fromkeys(c.selector for c in (*self.hard.constraints, *self.soft)):
            found.update(dict.fromkeys(census.selected(self.shape.namespace, selector)))
        return found

    def change(self, node: NodeInfo, pod: PodInfo, sign: int) -> list[tuple[str, str]]:
        """A pod came to (`sign` 1) or left (-1) a node: the (topology key, value) pairs at which something changed."""
        effects = self.effects(pod.shape)
        if not effects.any:
            return []
        spread = [] if pod.terminating else self._add_spread(node, effects, sign)
        touched = dict.fromkeys([*spread, *self._add_affinity(node, effects, sign)])
        return [(key, node.labels[key]) for key in touched if key in node.labels]

    def _add_affinity(self, node: NodeInfo, effects: Effects, count: int) -> list[str]:
        """So many pods came to a node (left it, if negative): the keys at whose values affinity changed."""
        labels, required, touched = node.labels, self.required, []
        for key in effects.existing:
            bump(required.existing, labels, key, count)
            touched.append(key)
            if key not in self.keys:
                self._unknown_key = True
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
                if key not in self.keys:
                    self._unknown_key = True
        return touched

    def _weigh(self, key: str, value: str, weight: int, contributions: int) -> None:
        values = self.table.setdefault(key, {})
        row = values.setdefault(value, [0, 0])
        row[0] += weight
        row[1] += contributions
        if not row[1]:
            del values[value]
            if not values:
                del self.table[key]

    def _add_spread(self, node: NodeInfo, effects: Effects, count: int) -> list[str]:
        """The same for spreading, which does not count pods that are being deleted."""
        touched: list[str] = []
        labels, shape, hard = node.labels, self.shape, self.hard
        if any(effects.hard) and has_keys(hard.constraints, labels):
            for index, constraint in enumerate(hard.constraints):
                if effects.hard[index] and constraint.includes(shape, node):
                    self._add_hard(index, labels[constraint.key], count)
                    touched.append(constraint.key)
        for counted, placed in zip(effects.soft, self._on_nodes, strict=True):
            if counted:
                placed[node.name] = placed.get(node.name, 0) + count
        if any(effects.soft) and (not self._need_all or has_keys(self.soft, labels)):
            for counted, values, constraint in zip(effects.soft, self.soft_values, self.soft, strict=True):
                if counted and constraint.key != HOSTNAME and constraint.includes(shape, node):
                    value = labels.get(constraint.key, "")
                    values[value] = values.get(value, 0) + count
                    touched.append(constraint.key)
        return touched

    def _add_hard(self, index: int, value: str, count: int) -> None:
        values = self.hard.values[index]
        before = values.get(value)
        after = values[value] = (before or 0) + count
        if self._histograms:
            histogram = self._histograms[index]
            histogram[after] = histogram.get(after, 0) + 1
            if before is not None:
                histogram[before] -= 1
                if not histogram[before]:
                    del histogram[before]

    def minimum(self, index: int) -> int:
        """`Counts.minimum` without looking at every domain."""
        if len(self.hard.values[index]) < self.hard.constraints[index].min_domains:
            return 0
        return min(self._histograms[index], default=0)

    # -- grouping

    def _find_keys(self) -> None:
        """Which keys tell nodes apart, and which of them have many values."""
        keys = [c.key for c in self.hard.constraints] + [c.key for c in self.soft if c.key != HOSTNAME]
        keys += [t.topology_key for t in (*self.required.own_affinity, *self.required.own_anti_affinity)]
        keys += [key for key, _ in self.required.existing] + list(self.table)
        self.keys = tuple(dict.fromkeys(keys))
        self.fine: dict[str, None] = {}
        for key in self.keys:
            values: dict[str, None] = {}
            for node in self.snapshot.nodes():
                values[node.labels.get(key, "")] = None
                if len(values) > COARSE_VALUES:
                    self.fine[key] = None
                    break
        self.hosts = [i for i, c in enumerate(self.soft) if c.key == HOSTNAME]

    def new_key(self) -> bool:
        """Whether a key came into use that nodes are not told apart by yet."""
        return self._unknown_key

    @property
    def supported(self) -> bool:
        """Whether the scores can be found group by group: not with a soft constraint over a key with many values."""
        return not any(c.key in self.fine for c in self.soft if c.key != HOSTNAME)

    def group(self, node: NodeInfo) -> tuple[Any, ...]:
        """The node's part of a group key."""
        labels = node.labels
        found: list[Any] = []
        for key in self.keys:
            value = labels.get(key)
            found.append(value if value is None or key not in self.fine else self.derive(key, value))
        if self.soft:
            found.append(self._need_all and not has_keys(self.soft, labels))
            for index in self.hosts:
                found.append(self._on_nodes[index].get(node.name, 0) if HOSTNAME in labels else None)
        return tuple(found)

    def derive(self, key: str, value: str) -> Derived:
        """What is counted at a (topology key, value)."""
        required, pair = self.required, (key, value)
        row = self.table.get(key, {}).get(value)
        return Derived(
            tuple(
                values.get(value, 0)
                for values, c in zip(self.hard.values, self.hard.constraints, strict=True)
                if c.key == key
            ),
            tuple(
                values.get(value, 0)
                for values, c in zip(self.soft_values, self.soft, strict=True)
                if c.key == key != HOSTNAME
            ),
            required.affinity.get(pair, 0) > 0,
            required.anti_affinity.get(pair, 0) > 0,
            required.existing.get(pair, 0) > 0,
            row[0] if row else 0,
        )

    # -- verdicts

    def begin(self) -> Judge:
        """What is the same for all groups within one attempt."""
        return Judge(self)


class Judge:
    """Verdicts and raw scores for groups, as the counts stand now."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        hard = topology.hard
        self.minimums = [topology.minimum(i) for i in range(len(hard.constraints))]
        self.own = [1 if c.selector.matches(topology.shape.labels) else 0 for c in hard.constraints]
        required = topology.required
        self.first = not required.affinity and matches_all(required.own_affinity, topology.shape)
        self.weights: list[float] = []

    def rows(self, group: tuple[Any, ...]) -> dict[str, Derived | None]:
        """What is counted at each key's value of a group; None where the nodes lack the key."""
        topology = self.topology
        found: dict[str, Derived | None] = {}
        for key, value in zip(topology.keys, group, strict=False):
            found[key] = value if value is None or isinstance(value, Derived) else topology.derive(key, value)
        return found

    def status(self, rows: Mapping[str, Derived | None]) -> Status | None:
        """Whether the group is feasible, by the filters in their order."""
        for name in self.topology.filters:
            status = self._spread(rows) if name == SPREAD else self._affinity(rows)
            if status is not None:
                return Status(status.code, *status.reasons, plugin=name)
        return None

    def _spread(self, rows: Mapping[str, Derived | None]) -> Status | None:
        seen: dict[str, int] = {}
        for index, constraint in enumerate(self.topology.hard.constraints):
            row = rows[constraint.key]
            if row is None:
                return unresolvable(REASON_LABEL)
            place = seen.get(constraint.key, 0)
            seen[constraint.key] = place + 1
            if row.hard[place] + self.own[index] - self.minimums[index] > constraint.max_skew:
                return unschedulable(REASON)
        return None

    def _affinity(self, rows: Mapping[str, Derived | None]) -> Status | None:
        required = self.topology.required
        exists = True
        for term in required.own_affinity:
            row = rows[term.topology_key]
            if row is None:
                return unresolvable(REASON_AFFINITY)
            exists = exists and row.affinity
        if not exists and not self.first:
            return unresolvable(REASON_AFFINITY)
        for term in required.own_anti_affinity:
            row = rows[term.topology_key]
            if row is not None and row.anti_affinity:
                return unschedulable(REASON_ANTI_AFFINITY)
        if required.existing and any(row is not None and row.existing for row in rows.values()):
            return unschedulable(REASON_EXISTING)
        return None

    def weigh(self, groups: Sequence[tuple[tuple[Any, ...], int]]) -> None:
        """Find the weights of the soft constraints from the feasible groups and their sizes."""
        topology = self.topology
        if not topology.soft:
            return
        flag = len(topology.keys)
        counted = [(group, size) for group, size in groups if not group[flag]]
        hosts = sum(size for _, size in counted)
        self.weights = []
        for constraint in topology.soft:
            if constraint.key == HOSTNAME:
                self.weights.append(topology_weight(hosts))
            else:
                place = topology.keys.index(constraint.key)
                self.weights.append(topology_weight(len({group[place] for group, _ in counted})))

    def spread(self, group: tuple[Any, ...], rows: Mapping[str, Derived | None]) -> int | None:
        """Raw spreading score; None for nodes that are ignored."""
        topology = self.topology
        flag = len(topology.keys)
        if group[flag]:
            return None
        total, host = 0.0, flag + 1
        seen: dict[str, int] = {}
        for constraint, weight in zip(topology.soft, self.weights, strict=True):
            if constraint.key == HOSTNAME:
                count = group[host]
                host += 1
            else:
                row = rows[constraint.key]
                place = seen.get(constraint.key, 0)
                seen[constraint.key] = place + 1
                count = None if row is None else row.soft[place]
            if count is not None:
                total += float(count) * weight + float(constraint.max_skew - 1)
        return go_round(total)

    @staticmethod
    def affinity(rows: Mapping[str, Derived | None]) -> int:
        """Raw affinity score."""
        return sum(row.weight for row in rows.values() if row is not None)
