"""Incremental results: what every node is worth to one pod shape, brought up to date instead of computed again.

A `Ledger` holds, for one profile and one shape, a verdict and the node-local scores of every node. Binding a pod
changes one node; the next pod of the shape computes that node again and nothing else. What is left per attempt does
not depend on the number of nodes:

* Nodes are grouped by everything that is not local to a node: scores before they are normalised, and what tallies count
  at the node's topology values (`topology.py`). All nodes of a group share the verdicts that follow from these and
  their normalised scores, so these are found once per group.
* Within a group, nodes are sorted into buckets by their local total. The best node of a group is in its highest
  bucket; the best of all is found by looking at the groups (`choosing.py`).

Which plugin is taken how follows from what it declares (`tallies.py`):

    filter, up to NODE_PODS      kept by node; what depends on the Node object alone is found again only if that changes
    filter, TOPOLOGY             found by group; filters that come later in the profile are then found by group, too
    score without `normalize`    kept by node, and added up
    score with `normalize`       kept by node, and part of the group
    score, TOPOLOGY              found by group
    ANYTHING, or not declared    asked about every node, every time (`advised.py`)

The results are those of `algorithm.evaluate`: the same feasible nodes, scores, tie set, messages and, with the same
draw, the same node. A shape for which PreFilter finds more to say than SKIP is left to it (`Ledger.of` returns None).

Complexity: building O(nodes); an attempt O(nodes changed since the last one x plugins + groups x log nodes).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple

import attrs

from .framework import MAX_SCORE, Code, CycleState, Framework, Status, implements, verdict
from .nodes import Change, NodeInfo, Snapshot
from .shapes import PodInfo, Shape
from .tallies import Depends, Place, Tally, dependence
from .topology import Topology
from .views import CHUNK, Chunk, Entry, Group, GroupKey

_POINTS = ("pre_filter", "filter", "pre_score", "score")


class Fixed(NamedTuple):
    """What follows from a Node object alone."""

    node: Any
    status: Status | None
    raw: tuple[int, ...]
    """Scores of plugins that look at nothing else, before they are normalised."""


@attrs.define(eq=False)
class Judged:
    """What follows for the groups of a ledger from their nodes and from what is counted."""

    moment: tuple[int, int]
    """When that was so: as many moves and changes of the topology as there were."""
    places: Mapping[GroupKey, Mapping[str, Place]]
    verdicts: Mapping[GroupKey, Status | None]
    sizes: Mapping[GroupKey, int]
    parts: dict[GroupKey, dict[str, int]] | None = None
    """Of the feasible ones, once somebody has asked."""


class Ledger:
    """See the module. Use `Ledger.of`, then `update` before every attempt."""

    @classmethod
    def of(cls, framework: Framework, snapshot: Snapshot, pod: PodInfo) -> Ledger | None:
        """A ledger for the pod's shape, or None when the shape needs the plain computation."""
        if not len(snapshot):
            return None
        ledger = cls(framework, snapshot, pod)
        return ledger if ledger.usable else None

    def __init__(self, framework: Framework, snapshot: Snapshot, pod: PodInfo) -> None:
        self.framework, self.snapshot, self.pod = framework, snapshot, pod
        self.shape: Shape = pod.shape
        self.state = CycleState()
        self.context = 0
        self.owner: object = None
        self.usable = True
        self._sort_out()
        if self._prepare():
            self._build()

    def fork(self, snapshot: Snapshot) -> Ledger:
        """An independent ledger of the same, over a fork of its snapshot. O(nodes), but nothing is computed."""
        twin = copy(self)
        twin.snapshot = snapshot
        twin.topology = self.topology.fork()
        twin.groups = {key: group.fork() for key, group in self.groups.items()}
        twin.refused = {status: places.copy() for status, places in self.refused.items()}
        twin._judged = None
        twin._fixed = self._fixed.copy()
        twin.chunks = self.chunks.copy()
        return twin

    # -- setting up

    def _sort_out(self) -> None:
        """Tell the plugins apart by what they depend on."""
        plugins, shape = self.framework.plugins, self.shape
        self._depends = {p.name: dependence(p, shape) for point in _POINTS for p in plugins[point]}
        self.asked = {point: [p for p in plugins[point] if self._asked(p)] for point in _POINTS}
        """The plugins that have to be asked every time, by extension point."""
        extenders = any(
            (each.filters or each.prioritizes) and each.interested(self.pod) for each in self.framework.handle.extenders
        )
        self.alone = self.framework.scoring and not extenders and not any(self.asked.values())
        """Whether it decides without asking anybody."""

    def _asked(self, plugin: Any) -> bool:
        return self._depends[plugin.name] is Depends.ANYTHING

    def _local(self, plugin: Any) -> bool:
        return self._depends[plugin.name] <= Depends.NODE_PODS

    def _prepare(self) -> bool:
        """Run what is the same for all nodes; False when a plugin does something the scheme does not cover."""
        framework, state, pod = self.framework, self.state, self.pod
        for plugin in filter(self._local, framework.plugins["pre_filter"]):
            found = plugin.pre_filter(state, pod)
            if isinstance(found, Status) and found.code is Code.SKIP:
                state.skip_filter[plugin.name] = None
            elif found is not None:
                self.usable = False
                return False
        for plugin in filter(self._local, framework.plugins["pre_score"]):
            status = plugin.pre_score(state, pod, ())
            if status is not None and status.code is Code.SKIP:
                state.skip_score[plugin.name] = None
        self._sort_filters([p for p in framework.plugins["filter"] if p.name not in state.skip_filter])
        scores = [p for p in framework.plugins["score"] if p.name not in state.skip_score and self._local(p)]
        self._local_scores = [p for p in scores if not implements(p, "normalize")]
        self.score_names = tuple(p.name for p in self._local_scores)
        normalized = [p for p in scores if implements(p, "normalize")]
        normalized.sort(key=lambda p: self._depends[p.name] > Depends.NODE)
        fixed = sum(self._depends[p.name] <= Depends.NODE for p in normalized)
        self.normalized, self._fixed_raw, self._other_raw = normalized, normalized[:fixed], normalized[fixed:]
        self.counting_scores = [p for p in framework.plugins["score"] if self._depends[p.name] is Depends.TOPOLOGY]
        return True

    def _sort_filters(self, active: Sequence[Any]) -> None:
        """Filters that are kept by node as far as the first one that is not; all from there on are the tail."""
        split = next((index for index, plugin in enumerate(active) if not self._local(plugin)), len(active))
        head, self.tail = active[:split], active[split:]
        self._late = [plugin for plugin in self.tail if self._local(plugin)]
        moving = (index for index, plugin in enumerate(head) if self._depends[plugin.name] > Depends.NODE)
        first = next(moving, len(head))
        self._static, self._dynamic = head[:first], head[first:]

    def _build(self) -> None:
        snapshot = self.snapshot
        self.order, self.places = snapshot.order, snapshot.places
        self.topology = Topology(self.framework, self.shape, snapshot)
        self.groups: dict[GroupKey, Group] = {}
        self.refused: dict[Status, list[int]] = {}
        self._statuses: dict[Status, Status] = {}
        self._by_value: dict[tuple[str, str], list[int]] = {}
        self._moves = 0
        """How often a node has come to a group or left one."""
        self._judged: Judged | None = None
        self._fixed: list[Fixed] = []
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

    def _look(self, node: NodeInfo) -> Fixed:
        """What follows from the Node object alone."""
        raw = tuple([plugin.score(self.state, self.pod, node) for plugin in self._fixed_raw])
        return Fixed(node.node, self._filter(self._static, node), raw)

    def _filter(self, plugins: Sequence[Any], node: NodeInfo) -> Status | None:
        state, pod = self.state, self.pod
        for plugin in plugins:
            status = verdict(plugin, state, pod, node)
            if status is not None:
                self.usable = self.usable and status.rejected
                return self._statuses.setdefault(status, status)
        return None

    def _evaluate(self, place: int, node: NodeInfo) -> Entry:
        _, status, raw = self._fixed[place]
        late = None
        if status is None:
            if self.framework.handle.nominated(node.name):
                status, late = self._with_nominated(node)
            if status is None:
                status = self._filter(self._dynamic, node)
        if status is not None:
            return Entry(status, (), None)
        if self._late and late is None:
            late = self._filter(self._late, node)
        state, pod, weights = self.state, self.pod, self.framework.weights
        scores = [plugin.score(state, pod, node) for plugin in self._local_scores]
        for score in scores:
            if not 0 <= score <= MAX_SCORE:
                self.usable = False
        weighed = tuple([s * weights[p.name] for s, p in zip(scores, self._local_scores, strict=True)])
        if self._other_raw:
            raw += tuple([plugin.score(state, pod, node) for plugin in self._other_raw])
        return Entry(None, weighed, GroupKey(late, raw, self.topology.spot(node)))

    def _with_nominated(self, node: NodeInfo) -> tuple[Status | None, Status | None]:
        """The verdict, and that of late filters, with the pods of equal or higher priority nominated to the node."""
        others = [o for o in self.framework.handle.nominated(node.name) if o.priority >= self.pod.priority]
        if not others:
            return None, None
        trial = node.copy()
        for other in others:
            trial.add(other)
        return self._filter(self._dynamic, trial), self._filter(self._late, trial)

    def _enter(self, place: int, entry: Entry) -> None:
        self._moves += 1
        if entry.group is None:
            assert entry.status is not None
            insort(self.refused.setdefault(entry.status, []), place)
            return
        group = self.groups.get(entry.group)
        if group is None:
            group = self.groups[entry.group] = Group()
        group.add(place, entry.total)

    def _leave(self, place: int, entry: Entry) -> None:
        if entry.group is None:
            assert entry.status is not None
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
        snapshot, topology = self.snapshot, self.topology
        changes = snapshot.journal.since(self._seen)
        if changes is None:
            return False
        dirty: dict[int, None] = {}
        for kind, name, before, after in changes:
            if kind is Change.LAYOUT:
                return False
            place = self.places.get(name)
            if place is None:
                continue
            dirty[place] = None
            node = snapshot.node(name)
            if node is None:
                return False
            if kind is Change.PODS:
                for pair in topology.change(node, before, after):
                    if pair[0] in topology.fine:
                        dirty.update(dict.fromkeys(self._by_value.get(pair, ())))
            elif kind is Change.NODE and not self._node_changed(place, node):
                return False
        self._seen = snapshot.journal.end
        if dirty:
            if topology.new_key():
                return False
            self._refresh(dirty)
        return self.usable

    def _node_changed(self, place: int, node: NodeInfo) -> bool:
        """Look at a changed Node object again; False when a change of labels or taints moves counted pods."""
        before = self._fixed[place].node
        after = node.node
        if after is None:
            return False
        if before.metadata.labels != after.metadata.labels or before.spec.taints != after.spec.taints:
            if self.topology.counts:
                return False
        self._fixed[place] = self._look(node)
        return True

    def _refresh(self, dirty: Mapping[int, None]) -> None:
        snapshot, order, chunks = self.snapshot, self.order, self.chunks
        for place in dirty:
            row, column = divmod(place, CHUNK)
            old = chunks[row][column]
            new = self._evaluate(place, snapshot[order[place]])
            if new.status is old.status and new.group == old.group:
                if new.scores == old.scores:
                    continue
                if new.group is not None:
                    self.groups[new.group].move(place, old.total, new.total)
            else:
                self._leave(place, old)
                self._enter(place, new)
            chunk = list(chunks[row])
            chunk[column] = new
            chunks[row] = tuple(chunk)

    # -- answering

    def judged(self) -> Judged:
        """What is to be said of the groups: the same as last time if none of them has changed."""
        found, moment = self._judged, (self._moves, self.topology.changes)
        if found is None or found.moment != moment:
            places = {key: self.topology.places(key.spot) for key in self.groups}
            found = self._judged = Judged(
                moment,
                places,
                {key: self.verdict(key, where)[1] for key, where in places.items()},
                {key: len(group.places) for key, group in self.groups.items()},
            )
        return found

    def weighed(self) -> dict[GroupKey, dict[str, int]]:
        """The `parts` of all groups that are feasible, with all their nodes."""
        judged = self.judged()
        if judged.parts is None:
            feasible = {key: judged.sizes[key] for key, status in judged.verdicts.items() if status is None}
            judged.parts = self.parts(feasible, judged.places) if feasible else {}
        return judged.parts

    def verdict(self, key: GroupKey, places: Mapping[str, Place]) -> tuple[int, Status | None]:
        """What the tail has against a group, apart from plugins that must be asked, and how far in the tail."""
        tallies: Mapping[str, Tally] = self.topology.tallies
        late = key.late
        for index, plugin in enumerate(self.tail):
            name = plugin.name
            tally = tallies.get(name)
            if tally is not None:
                status = tally.status(places[name])
                if status is not None:
                    return index, Status(status.code, *status.reasons, plugin=name)
            elif late is not None and late.plugin == name:
                return index, late
        return len(self.tail), None

    def parts(
        self, sizes: Mapping[GroupKey, int], places: Mapping[GroupKey, Mapping[str, Place]]
    ) -> dict[GroupKey, dict[str, int]]:
        """Normalised, weighted scores of groups with so many feasible nodes, by plugin.

        Raises ValueError for a score off limits.
        """
        framework, topology = self.framework, self.topology
        parts: dict[GroupKey, dict[str, int]] = {key: {} for key in sizes}
        for index, plugin in enumerate(self.normalized):
            raw = {key: key.raw[index] for key in sizes}
            for key, score in framework.weighted(plugin, self.state, self.pod, raw).items():
                parts[key][plugin.name] = score
        for plugin in self.counting_scores:
            name = plugin.name
            scores = topology.tallies[name].scores([(places[key][name], size) for key, size in sizes.items()])
            weight = framework.weights[name]
            for key, score in zip(sizes, scores or (), strict=scores is not None):
                parts[key][name] = score * weight
        return parts

    def nominations_matter(self, nominated: Iterable[Shape]) -> bool:
        """Whether pods of these shapes, nominated somewhere, count for the tallies: not covered here."""
        return any(shape.priority >= self.shape.priority and self.topology.concerns(shape) for shape in nominated)

    def lend(self, state: CycleState) -> None:
        """Put into `state` what PreFilter would have left behind for this pod. Only clones of it may be changed."""
        state.update(self.state)
        state.skip_filter, state.skip_score = dict(self.state.skip_filter), dict(self.state.skip_score)
        for plugin in self.framework.plugins["pre_filter"]:
            tally = self.topology.tallies.get(plugin.name)
            if tally is None:
                continue
            prepared = tally.prepared()
            if prepared is None:
                state.skip_filter[plugin.name] = None
            else:
                state[plugin.name] = prepared

    def check(self) -> None:
        """Compute everything again and compare; raises AssertionError where it differs."""
        fresh = Ledger(self.framework, self.snapshot, self.pod)
        for place, name in enumerate(self.order):
            mine, other = (x.chunks[place // CHUNK][place % CHUNK] for x in (self, fresh))
            assert mine.status == other.status, f"{name}: {mine.status} but {other.status}"
            assert mine.scores == other.scores, f"{name}: {mine.scores} but {other.scores}"
        assert self.refused == fresh.refused
        if self.topology.keys == fresh.topology.keys:
            assert {k: (g.places, g.buckets) for k, g in self.groups.items()} == {
                k: (g.places, g.buckets) for k, g in fresh.groups.items()
            }
            had, now = self.judged(), fresh.judged()
            assert (had.places, had.verdicts, had.sizes) == (now.places, now.verdicts, now.sizes)
            assert self.weighed() == fresh.weighed()
        for place, entry in enumerate(entry for chunk in self.chunks for entry in chunk):
            if entry.group is not None:
                assert place in self.groups[entry.group].buckets[entry.total], self.order[place]
