"""What the plugins of a profile count at topology values, kept up to date for one pod shape.

Binding a pod changes the counts at the values of one node, so the tallies are kept from attempt to attempt and brought
up to date by the snapshot's journal.

Nodes that agree in every topology value in use get the same answers from the plugins that count. A key with few values
(zones) is told apart by value. For a key with many (hosts) what matters is not the value but what is counted there.
`ledger.py` groups nodes by their `Spot`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from copy import copy
from typing import Any, NamedTuple

from .framework import Framework
from .nodes import NodeInfo, Snapshot
from .shapes import PodInfo, Shape
from .tallies import Depends, Place, Tally, dependence

COARSE_VALUES = 64
"""A topology key with at most so many values is told apart by value, one with more by what is counted there."""


class Spot(NamedTuple):
    """Where a node is, as far as it matters to any tally."""

    values: tuple[Any, ...]
    """For every key in use, the node's value, or what is counted there; None if it lacks the key."""
    alone: tuple[Hashable, ...]
    """What every tally says of the node itself."""


def tallies_of(framework: Framework, shape: Shape) -> dict[str, Tally]:
    """The tallies of a profile for a shape, by plugin. Nothing is counted yet."""
    filters, scores = framework.plugins["filter"], framework.plugins["score"]
    return {
        plugin.name: plugin.tally(shape, filters=plugin in filters, scores=plugin in scores)
        for plugin in dict.fromkeys((*filters, *scores))
        if dependence(plugin, shape) is Depends.TOPOLOGY
    }


class Topology:
    """The tallies for one shape. Making it costs what they find, and O(nodes) for each key in use."""

    def __init__(self, framework: Framework, shape: Shape, snapshot: Snapshot) -> None:
        self._framework, self._shape = framework, shape
        self.tallies = tallies_of(framework, shape)
        for tally in self.tallies.values():
            tally.begin(snapshot)
        self.keys = tuple(dict.fromkeys(key for tally in self.tallies.values() for key in tally.keys))
        self.fine: dict[str, None] = dict.fromkeys(key for key in self.keys if _has_many(key, snapshot))
        self.counts = any(tally.counts for tally in self.tallies.values())
        self._unknown_key = False
        self.changes = 0
        """How often what is counted has changed."""

    def fork(self) -> Topology:
        """Independent counts of the same. O(values and nodes)."""
        twin = copy(self)
        twin.tallies = {name: tally.fork() for name, tally in self.tallies.items()}
        return twin

    def stale(self) -> bool:
        """Whether services, controllers or namespaces have changed so that everything must be counted again."""
        fresh = tallies_of(self._framework, self._shape)
        return any(tally.signature != fresh[name].signature for name, tally in self.tallies.items())

    def concerns(self, other: Shape) -> bool:
        """Whether pods of shape `other` count for a verdict."""
        return any(tally.concerns(other) for tally in self.tallies.values())

    # -- counting

    def change(self, node: NodeInfo, before: PodInfo | None, after: PodInfo | None) -> list[tuple[str, str]]:
        """A pod left a node, came to it or is another: the (topology key, value) pairs at which something changed."""
        labels = node.labels
        touched: dict[str, None] = {}
        replaced = before is not None and after is not None and before.terminating == after.terminating
        for tally in self.tallies.values():
            if replaced and tally.alike(before.shape, after.shape):  # type: ignore[union-attr]
                continue
            for pod, sign in ((before, -1), (after, 1)):
                if pod is None:
                    continue
                staying, leaving = (0, sign) if pod.terminating else (sign, 0)
                for key in tally.add(node, pod.shape, staying, leaving):
                    self.changes += 1
                    if key in labels:
                        touched[key] = None
                        self._unknown_key = self._unknown_key or key not in self.keys
        return [(key, labels[key]) for key in touched]

    def new_key(self) -> bool:
        """Whether a key came into use that nodes are not told apart by yet."""
        return self._unknown_key

    # -- grouping

    def spot(self, node: NodeInfo) -> Spot:
        """Where a node is."""
        labels, fine = node.labels, self.fine
        values: list[Any] = []
        for key in self.keys:
            value = labels.get(key)
            values.append(value if value is None or key not in fine else self._at(key, value))
        return Spot(tuple(values), tuple([tally.on(node) for tally in self.tallies.values()]))

    def _at(self, key: str, value: str) -> tuple[Hashable, ...]:
        return tuple([tally.at(key, value) for tally in self.tallies.values()])

    def places(self, spot: Spot) -> Mapping[str, Place]:
        """What every tally, by its plugin, is shown of a spot."""
        rows = {
            key: value if value is None or key in self.fine else self._at(key, value)
            for key, value in zip(self.keys, spot.values, strict=True)
        }
        return {
            name: Place({key: None if row is None else row[index] for key, row in rows.items()}, spot.alone[index])
            for index, name in enumerate(self.tallies)
        }


def _has_many(key: str, snapshot: Snapshot) -> bool:
    values: dict[str, None] = {}
    for node in snapshot.nodes():
        values[node.labels.get(key, "")] = None
        if len(values) > COARSE_VALUES:
            return True
    return False
