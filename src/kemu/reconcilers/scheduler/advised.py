"""A profile with a ledger at its side: the ledger answers for the plugins it knows, the others are asked.

`algorithm.evaluate` takes it as it takes the profile itself. So what a plugin depends on that has declared nothing, and
what an extender says, is found out node by node, and all else is looked up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain

from .algorithm import Result, Search, evaluate
from .choosing import choose
from .framework import Code, CycleState, Framework, Status, verdict
from .ledger import Ledger
from .nodes import NodeInfo
from .shapes import PodInfo
from .tallies import Place
from .ties import Ties
from .views import GroupKey


def decide(
    ledger: Ledger, pod: PodInfo, search: Search, state: CycleState, *, percentage: int | None, ties: Ties
) -> Result:
    """As `algorithm.evaluate`, with a ledger for the pod's shape that is up to date.

    Of a pod that gets a node, `state` may be left with just what the binding asks for.
    """
    if not ledger.alone:
        return evaluate(Advised(ledger), pod, ledger.snapshot, search, state, percentage=percentage, ties=ties)
    result = choose(ledger, search, percentage, ties)
    if result.node:
        state.update(ledger.state)
    else:
        ledger.lend(state)
    return result


class Advised(Framework):
    """See the module. For one attempt, with a ledger that is up to date. Its plugins are those that are asked."""

    def __init__(self, ledger: Ledger) -> None:
        whole = self._whole = ledger.framework
        super().__init__(whole.name, ledger.asked, whole.weights, whole.handle)
        self._ledger = ledger
        self._filters = [(index, p) for index, p in enumerate(ledger.tail) if p in ledger.asked["filter"]]
        self._entries = dict(zip(ledger.order, chain.from_iterable(ledger.chunks), strict=True))
        self._nominated = self.handle.nominated
        self._places: dict[GroupKey, Mapping[str, Place]] = {}
        self._known: dict[GroupKey, tuple[int, Status | None]] = {}

    @property
    def scoring(self) -> bool:
        """Whether any plugin of the profile scores nodes."""
        return self._whole.scoring

    def pre_filter(self, state: CycleState, pod: PodInfo) -> tuple[frozenset[str] | None, Status | None, list[str]]:
        """As the profile would: what the ledger prepared is lent, but for plugins after the one that has refused."""
        self._ledger.lend(state)
        found = super().pre_filter(state, pod)
        refusal = found[1]
        if refusal is not None and refusal.code is Code.UNRESOLVABLE and refusal.plugin:
            names = [plugin.name for plugin in self._whole.plugins["pre_filter"]]
            for name in names[names.index(refusal.plugin) + 1 :]:
                state.pop(name, None)
        return found

    def filter_with_nominated(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """As the profile would. Where pods are nominated, it does."""
        if self._nominated(node.name) and self.nominated(pod, node.name):
            return self._whole.filter_with_nominated(state, pod, node)
        entry = self._entries[node.name]
        if entry.group is None:
            return entry.status
        known = self._known.get(entry.group)
        if known is None:
            known = self._known[entry.group] = self._ledger.verdict(entry.group, self._place(entry.group))
        last, status = known
        for index, plugin in self._filters:
            if index > last:
                break
            if plugin.name not in state.skip_filter:
                found = verdict(plugin, state, pod, node)
                if found is not None:
                    return found
        return status

    def _place(self, key: GroupKey) -> Mapping[str, Place]:
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = self._ledger.topology.places(key.spot)
        return found

    def score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> dict[str, dict[str, int]]:
        """As the profile would: the table of the ledger with the rows of those that are asked."""
        ledger = self._ledger
        names = [node.name for node in nodes]
        entries = [self._entries[name] for name in names]
        groups = [entry.group for entry in entries if entry.group is not None]
        sizes = Counter(groups)
        parts = ledger.parts(sizes, {group: self._place(group) for group in sizes})
        table: dict[str, dict[str, int]] = {}
        for index, plugin in enumerate(ledger.score_names):
            table[plugin] = {name: entry.scores[index] for name, entry in zip(names, entries, strict=True)}
        rows = [parts[group] for group in groups]
        for plugin in rows[0]:
            table[plugin] = {name: row[plugin] for name, row in zip(names, rows, strict=True)}
        return {**table, **super().score(state, pod, nodes)}
