"""Incremental results: what every node is worth to one pod shape, brought up to date instead of computed again.

A `Ledger` holds, for one profile and one shape, a verdict and the node-local scores of every node. Binding a pod
changes one node; the next pod of the shape computes that node again and nothing else. What is left per attempt does
not depend on the number of nodes:

* Nodes are grouped by everything that is not local to a node: what taints and node affinity cost before
  normalisation, and what is counted at the node's topology values (`topology.py`). All nodes of a group share their
  verdict from the topology plugins and their normalised scores, so these are found once per group.
* Within a group, nodes are sorted into buckets by their local total. The best node of a group is in its highest
  bucket; the best of all is found by looking at the groups.
* `percentageOfNodesToScore` selects a stretch of the node order. Buckets are sorted by place in that order, so what
  is in the stretch is found by bisection.

The results are those of `algorithm.evaluate`: the same feasible nodes, scores, tie set, messages and, with the same
draw, the same node. A shape or profile that does not fit the scheme is left to it (`Ledger.of` returns None).

Complexity: building O(nodes); an attempt O(nodes changed since the last one x plugins + groups x log nodes).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any

from .algorithm import Search, nodes_to_find
from .framework import MAX_SCORE, Code, CycleState, Framework, Status
from .nodes import Change, NodeInfo, Snapshot
from .plugins.balanced_allocation import NodeResourcesBalancedAllocation
from .plugins.dynamic_resources import DynamicResources
from .plugins.image_locality import ImageLocality
from .plugins.inter_pod_affinity import InterPodAffinity, affinity_score
from .plugins.node_affinity import NodeAffinity
from .plugins.node_declared_features import NodeDeclaredFeatures
from .plugins.node_name import NodeName
from .plugins.node_ports import NodePorts
from .plugins.node_resources_fit import NodeResourcesFit
from .plugins.node_unschedulable import NodeUnschedulable
from .plugins.pod_topology_spread import PodTopologySpread, spread_score
from .plugins.taint_toleration import TaintToleration
from .shapes import PodInfo, Shape
from .ties import HEAP_LIMIT, Ties
from .topology import Judge, Topology
from .views import CHUNK, Chunk, Entry, Group, GroupKey, LedgerResult, View, Window, pick

_STATIC = (NodeUnschedulable, NodeName, TaintToleration, NodeAffinity, NodeDeclaredFeatures)
"""Filters that look at the Node object only."""

_LOCAL = (*_STATIC, NodePorts, NodeResourcesFit)
_TOPOLOGY = (PodTopologySpread, InterPodAffinity)
_LOCAL_SCORES = (NodeResourcesFit, NodeResourcesBalancedAllocation, ImageLocality)
_NORMALIZED = (TaintToleration, NodeAffinity)


class Plan:
    """How the plugins of a profile are taken apart; `possible` is False when one does not fit the scheme."""

    def __init__(self, framework: Framework, extenders: Sequence[Any] = ()) -> None:
        plugins = framework.plugins
        known = (*_LOCAL, *_TOPOLOGY, *_LOCAL_SCORES)
        self.possible = (
            bool(plugins["score"])
            and not extenders
            and all(type(p) in (*known, DynamicResources) for p in (*plugins["score"], *plugins["pre_score"]))
        )

        def one(point: str, kind: Any) -> Any:
            return next((p for p in plugins[point] if type(p) is kind), None)

        self.spread = (one("filter", PodTopologySpread), one("score", PodTopologySpread))
        self.affinity = (one("filter", InterPodAffinity), one("score", InterPodAffinity))


class Ledger:
    """See the module. Use `Ledger.of`, then `attempt` for every pod of the shape."""

    @classmethod
    def of(cls, framework: Framework, plan: Plan, snapshot: Snapshot, pod: PodInfo) -> Ledger | None:
        """A ledger for the pod's shape, or None when the shape or the profile needs the plain computation."""
        if not plan.possible or not pod.shape.simple or not len(snapshot):
            return None
        ledger = cls(framework, plan, snapshot, pod)
        return ledger if ledger.usable else None

    def __init__(self, framework: Framework, plan: Plan, snapshot: Snapshot, pod: PodInfo) -> None:
        self.framework, self.plan, self.snapshot, self.pod = framework, plan, snapshot, pod
        self.shape: Shape = pod.shape
        self.state = CycleState()
        self.context = 0
        self.owner: object = None
        self.usable = self._prepare()
        if self.usable:
            self._build()

    def fork(self, snapshot: Snapshot) -> Ledger:
        """An independent ledger of the same, over a fork of its snapshot. O(nodes), but nothing is computed."""
        twin = copy(self)
        twin.snapshot = snapshot
        twin.topology = self.topology.fork(snapshot)
        twin.groups = {key: group.fork() for key, group in self.groups.items()}
        twin.refused = {status: places.copy() for status, places in self.refused.items()}
        twin._fixed = self._fixed.copy()
        twin.chunks = self.chunks.copy()
        return twin

    # -- setting up

    def _prepare(self) -> bool:
        """Run what is the same for all nodes; False when a plugin does something the scheme does not cover."""
        framework, state, pod = self.framework, self.state, self.pod
        for plugin in framework.plugins["pre_filter"]:
            if type(plugin) in _TOPOLOGY:
                continue
            found = plugin.pre_filter(state, pod)
            if isinstance(found, Status) and found.code is Code.SKIP:
                state.skip_filter[plugin.name] = None
            elif found is not None:
                return False
        active = [p for p in framework.plugins["filter"] if p.name not in state.skip_filter]
        kinds = [type(p) in _TOPOLOGY for p in active]
        if any(type(p) not in (*_LOCAL, *_TOPOLOGY) for p in active) or kinds != sorted(kinds):
            return False
        local = [p for p in active if type(p) in _LOCAL]
        split = 0
        while split < len(local) and type(local[split]) in _STATIC:
            split += 1
        self._static, self._dynamic = local[:split], local[split:]
        for plugin in framework.plugins["pre_score"]:
            if type(plugin) not in _TOPOLOGY:
                status = plugin.pre_score(state, pod, ())
                if status is not None and status.code is Code.SKIP:
                    state.skip_score[plugin.name] = None
        scores = [p for p in framework.plugins["score"] if p.name not in state.skip_score]
        self.weights = framework.weights
        self._local_scores = [p for p in scores if type(p) in _LOCAL_SCORES]
        self._normalized = [p for p in scores if type(p) in _NORMALIZED]
        self.score_names = tuple(p.name for p in self._local_scores)
        self.idle_names = tuple(p.name for p in scores if type(p) is DynamicResources)
        return True

    def _build(self) -> None:
        snapshot = self.snapshot
        self.order, self.places = snapshot.order, snapshot.places
        order = [p.name for p in self.framework.plugins["filter"]]
        self.topology = Topology(self.shape, snapshot, self.plan.spread, self.plan.affinity, order)
        self.usable = self.topology.supported
        self.groups: dict[GroupKey, Group] = {}
        self.refused: dict[Status, list[int]] = {}
        self._statuses: dict[Status, Status] = {}
        self._by_value: dict[tuple[str, str], list[int]] = {}
        self._fixed: list[tuple[Any, Status | None, tuple[int, ...]]] = []
        entries: list[Entry] = []
        for place, node in enumerate(snapshot.nodes()):
            self._fixed.append(self._look(node))
            for key in self.topology.fine:
                value = node.labels.get(key)
                if value is not None:
                    self._by_value.setdefault((key, value), []).append(place)
            entry = self._evaluate(place, node)
            entries.append(entry)
            self._enter(place, entry)
        self.chunks: list[Chunk] = [tuple(entries[i : i + CHUNK]) for i in range(0, len(entries), CHUNK)]
        self._seen = snapshot.journal.end

    def _look(self, node: NodeInfo) -> tuple[Any, Status | None, tuple[int, ...]]:
        """What follows from the Node object alone: verdict and raw scores that are normalised over all nodes."""
        raw = tuple(plugin.score(self.state, self.pod, node) for plugin in self._normalized)
        return node.node, self._filter(self._static, node), raw

    def _filter(self, plugins: Sequence[Any], node: NodeInfo) -> Status | None:
        state, pod = self.state, self.pod
        for plugin in plugins:
            status = plugin.filter(state, pod, node)
            if status is not None:
                named = Status(status.code, *status.reasons, plugin=plugin.name)
                return self._statuses.setdefault(named, named)
        return None

    def _evaluate(self, place: int, node: NodeInfo) -> Entry:
        _, status, raw = self._fixed[place]
        if status is None:
            if self.framework.handle.nominated(node.name):
                status = self._with_nominated(node)
            if status is None:
                status = self._filter(self._dynamic, node)
        if status is not None:
            return Entry(status, (), ())
        state, pod, weights = self.state, self.pod, self.weights
        scores = tuple(p.score(state, pod, node) * weights[p.name] for p in self._local_scores)
        return Entry(None, scores, raw + self.topology.group(node))

    def _with_nominated(self, node: NodeInfo) -> Status | None:
        """The verdict with the pods of equal or higher priority that are nominated to the node."""
        others = [o for o in self.framework.handle.nominated(node.name) if o.priority >= self.pod.priority]
        if not others:
            return None
        trial = node.copy()
        for other in others:
            trial.add(other)
        return self._filter(self._dynamic, trial)

    def _enter(self, place: int, entry: Entry) -> None:
        if entry.status is not None:
            insort(self.refused.setdefault(entry.status, []), place)
            return
        group = self.groups.get(entry.group)
        if group is None:
            group = self.groups[entry.group] = Group()
        group.add(place, entry.total)

    def _leave(self, place: int, entry: Entry) -> None:
        if entry.status is not None:
            places = self.refused[entry.status]
            del places[bisect_left(places, place)]
            if not places:
                del self.refused[entry.status]
            return
        group = self.groups[entry.group]
        group.remove(place, entry.total)
        if not group.places:
            del self.groups[entry.group]

    # -- keeping up

    def update(self) -> bool:
        """Follow the journal; False when the ledger has to be thrown away."""
        snapshot = self.snapshot
        changes = snapshot.journal.since(self._seen)
        if changes is None:
            return False
        dirty: dict[int, None] = {}
        for kind, name, pod in changes:
            if kind is Change.LAYOUT:
                return False
            place = self.places.get(name)
            if place is None:
                continue
            dirty[place] = None
            node = snapshot.node(name)
            if node is None:
                return False
            if pod is not None:
                sign = 1 if kind is Change.POD_ADDED else -1
                for pair in self.topology.change(node, pod, sign):
                    if pair[0] in self.topology.fine:
                        dirty.update(dict.fromkeys(self._by_value.get(pair, ())))
            elif kind is Change.NODE and not self._node_changed(place, node):
                return False
        self._seen = snapshot.journal.end
        if dirty:
            if self.topology.new_key():
                return False
            self._refresh(dirty)
        return True

    def _node_changed(self, place: int, node: NodeInfo) -> bool:
        """Look at a changed Node object again; False when a change of labels or taints moves counted pods."""
        before = self._fixed[place][0]
        after = node.node
        if after is None:
            return False
        if before.metadata.labels != after.metadata.labels or before.spec.taints != after.spec.taints:
            if self.topology.keys or self.topology.soft:
                return False
        self._fixed[place] = self._look(node)
        return True

    def _refresh(self, dirty: Mapping[int, None]) -> None:
        snapshot, order, chunks = self.snapshot, self.order, self.chunks
        for place in dirty:
            row, column = divmod(place, CHUNK)
            old = chunks[row][column]
            new = self._evaluate(place, snapshot[order[place]])
            if new.status is old.status and new.scores == old.scores and new.group == old.group:
                continue
            self._leave(place, old)
            self._enter(place, new)
            chunk = list(chunks[row])
            chunk[column] = new
            chunks[row] = tuple(chunk)

    # -- deciding

    def nominations_matter(self, nominated: Iterable[Shape]) -> bool:
        """Whether pods of these shapes, nominated somewhere, count for the topology plugins: not covered here."""
        topology = self.topology
        if not topology.filters:
            return False
        return any(shape.priority >= self.shape.priority and topology.filtered_by(shape) for shape in nominated)

    def trial_state(self) -> CycleState:
        """What PreFilter would have left behind for this pod. Only clones of it may be changed."""
        state, topology = CycleState(), self.topology
        state.update(self.state)
        state.skip_filter = dict(self.state.skip_filter)
        if topology.hard.constraints:
            state[PodTopologySpread.name] = topology.hard
        else:
            state.skip_filter[PodTopologySpread.name] = None
        required = topology.required
        if required.own_affinity or required.own_anti_affinity or required.existing:
            state[InterPodAffinity.name] = required
        else:
            state.skip_filter[InterPodAffinity.name] = None
        return state

    def attempt(self, search: Search, percentage: int | None, ties: Ties) -> LedgerResult:
        """Decide for one pod of the shape. The ledger must be up to date."""
        view = View(self)
        result = LedgerResult(view)
        judge = self.topology.begin()
        total = len(self.order)
        rows = {}
        feasible: dict[GroupKey, Group] = {}
        raw = len(self._normalized)
        for key, group in self.groups.items():
            rows[key] = judge.rows(key[raw:])
            view.verdicts[key] = status = judge.status(rows[key])
            view.sizes[key] = len(group.places)
            if status is None:
                feasible[key] = group
        count = sum(len(group.places) for group in feasible.values())
        enough = nodes_to_find(total, percentage)
        start = search.start % total
        if count > enough:
            view.window, view.visited = self._stretch(list(feasible.values()), start, enough)
            sizes = {key: view.window.count(group.places) for key, group in feasible.items()}
            feasible = {key: group for key, group in feasible.items() if sizes[key]}
            count = enough
        else:
            sizes = {key: len(group.places) for key, group in feasible.items()}
        search.start = (search.start + view.visited) % total
        view.feasible_count = count
        result.evaluated = view.visited
        if not count:
            result.rejectors = result.verdicts.plugins()
            view.hopeful = self._hopeful(view)
            return result
        if count > 1:
            self._score(view, judge, rows, [(key, sizes[key]) for key in feasible])
        else:
            view.parts = {key: {} for key in feasible}
        result.node = self._choose(result, view, feasible, start, ties)
        return result

    def _hopeful(self, view: View) -> list[int]:
        """Places of the nodes on which preemption might help."""
        lists = [places for status, places in self.refused.items() if status.code is Code.UNSCHEDULABLE]
        for key, status in view.verdicts.items():
            if status is not None and status.code is Code.UNSCHEDULABLE:
                lists.append(self.groups[key].places)
        return sorted(place for places in lists for place in places) if len(lists) != 1 else lists[0].copy()

    def _stretch(self, groups: Sequence[Group], start: int, enough: int) -> tuple[Window, int]:
        """The part of the order that has just `enough` feasible nodes, up to the next one."""
        lists = [group.places for group in groups]
        total, count = len(self.order), sum(map(len, lists))
        before = sum(bisect_left(places, start) for places in lists)
        after = pick(lists, (before + enough) % count, total)
        visited = (after - start) % total or total
        return Window(start, visited, total), visited

    def _score(
        self, view: View, judge: Judge, rows: Mapping[GroupKey, Any], sizes: Sequence[tuple[GroupKey, int]]
    ) -> None:
        """Normalised, weighted scores per group."""
        raw = len(self._normalized)
        keys = [key for key, _ in sizes]
        parts: dict[GroupKey, dict[str, int]] = {key: {} for key in keys}
        for index, plugin in enumerate(self._normalized):
            reverse, weight = type(plugin) is TaintToleration, self.weights[plugin.name]
            highest = max(key[index] for key in keys)
            for key in keys:
                score = MAX_SCORE * key[index] // highest if highest > 0 else 0
                parts[key][plugin.name] = (MAX_SCORE - score if reverse else score) * weight
        topology = self.topology
        if topology.soft:
            weight = self.weights[PodTopologySpread.name]
            judge.weigh([(key[raw:], size) for key, size in sizes])
            spread = {key: judge.spread(key[raw:], rows[key]) for key in keys}
            counted = [score for score in spread.values() if score is not None]
            low, high = min(counted, default=0), max(counted, default=0)
            for key, score in spread.items():
                part = 0 if score is None else spread_score(score, low, high) * weight
                parts[key][PodTopologySpread.name] = part
        if topology.table:
            weight = self.weights[InterPodAffinity.name]
            affinity = {key: judge.affinity(rows[key]) for key in keys}
            low, high = min(affinity.values()), max(affinity.values())
            for key, value in affinity.items():
                parts[key][InterPodAffinity.name] = affinity_score(value, low, high) * weight
        view.parts = parts

    def _choose(
        self, result: LedgerResult, view: View, feasible: Mapping[GroupKey, Group], start: int, ties: Ties
    ) -> str:
        """One of the best nodes, by the same rule as `algorithm.evaluate`."""
        order = self.order
        if ties.steady and 1 < view.feasible_count <= HEAP_LIMIT:
            names, places = result.feasible, self.places
            first = next((i for i, name in enumerate(names) if places[name] >= start), 0)
            return ties.choose([*names[first:], *names[:first]], result.totals)
        best = self._best(view, feasible)
        count = sum(map(len, best))
        before = sum(bisect_left(places, start) for places in best)
        return order[pick(best, (before + ties.index(count)) % count, len(order))]

    @staticmethod
    def _best(view: View, feasible: Mapping[GroupKey, Group]) -> list[list[int]]:
        """The places of the best nodes, as sorted lists."""
        best = -1
        ties: list[list[int]] = []
        window = view.window
        for key, group in feasible.items():
            base = sum(view.parts[key].values())
            for local in sorted(group.buckets, reverse=True):
                if base + local < best:
                    break
                places = group.buckets[local] if window is None else window.cut(group.buckets[local])
                if not places:
                    continue
                if base + local > best:
                    best, ties = base + local, [places]
                else:
                    ties.append(places)
                break
        return ties

    def check(self) -> None:
        """Compute everything again and compare; raises AssertionError where it differs."""
        fresh = Ledger(self.framework, self.plan, self.snapshot, self.pod)
        for place, name in enumerate(self.order):
            mine, other = (x.chunks[place // CHUNK][place % CHUNK] for x in (self, fresh))
            assert mine.status == other.status, f"{name}: {mine.status} but {other.status}"
            assert mine.scores == other.scores, f"{name}: {mine.scores} but {other.scores}"
        assert self.refused == fresh.refused
        if self.topology.keys == fresh.topology.keys:
            assert {k: (g.places, g.buckets) for k, g in self.groups.items()} == {
                k: (g.places, g.buckets) for k, g in fresh.groups.items()
            }
        for place, entry in enumerate(entry for chunk in self.chunks for entry in chunk):
            if entry.status is None:
                assert place in self.groups[entry.group].buckets[entry.total], self.order[place]
