"""A profile with a ledger at its side: the ledger answers for the plugins it knows, the others are asked.

`algorithm.evaluate` takes it as it takes the profile itself. So what a plugin depends on that has declared nothing, and
what an extender says, is found out node by node, and all else is looked up.
"""

from __future__ import annotations

from collections.abc import Sequence

from .framework import CycleState, Framework, Status, verdict
from .ledger import Ledger
from .nodes import NodeInfo
from .shapes import PodInfo
from .views import GroupKey


class Advised(Framework):
    """See the module. For one attempt, with a ledger that is up to date. Its plugins are those that are asked."""

    def __init__(self, ledger: Ledger) -> None:
        whole = self._whole = ledger.framework
        super().__init__(whole.name, ledger.asked, whole.weights, whole.handle)
        self._ledger = ledger
        self._filters = [(index, p) for index, p in enumerate(ledger.tail) if p in ledger.asked["filter"]]
        self._known: dict[GroupKey, tuple[int, Status | None]] = {}

    @property
    def scoring(self) -> bool:
        """Whether any plugin of the profile scores nodes."""
        return self._whole.scoring

    def pre_filter(self, state: CycleState, pod: PodInfo) -> tuple[frozenset[str] | None, Status | None, list[str]]:
        """As the profile would: what the ledger prepared is lent."""
        self._ledger.lend(state)
        return super().pre_filter(state, pod)

    def filter_with_nominated(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """As the profile would. Where pods are nominated, it does."""
        if self.nominated(pod, node.name):
            return self._whole.filter_with_nominated(state, pod, node)
        ledger = self._ledger
        entry = ledger.entry(node.name)
        if entry.group is None:
            return entry.status
        known = self._known.get(entry.group)
        if known is None:
            places = ledger.topology.places(entry.group.spot)
            known = self._known[entry.group] = ledger.verdict(entry.group, places)
        last, status = known
        for index, plugin in self._filters:
            if index > last:
                break
            if plugin.name not in state.skip_filter:
                found = verdict(plugin, state, pod, node)
                if found is not None:
                    return found
        return status

    def score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> dict[str, dict[str, int]]:
        """As the profile would: the table of the ledger with the rows of those that are asked."""
        ledger = self._ledger
        names = [node.name for node in nodes]
        entries = [ledger.entry(name) for name in names]
        sizes: dict[GroupKey, int] = {}
        for entry in entries:
            if entry.group is not None:
                sizes[entry.group] = sizes.get(entry.group, 0) + 1
        parts = ledger.parts(sizes)
        table: dict[str, dict[str, int]] = {}
        for index, plugin in enumerate(ledger.score_names):
            table[plugin] = {name: entry.scores[index] for name, entry in zip(names, entries, strict=True)}
        for plugin in next(iter(parts.values())):
            table[plugin] = {
                name: parts[entry.group][plugin] for name, entry in zip(names, entries, strict=True) if entry.group
            }
        return {**table, **super().score(state, pod, nodes)}
