"""The census of a snapshot: which shapes of pods are on nodes, how many of each, and where.

What looks at other pods (topology spread, pod affinity) means them by their labels. Here it finds the shapes that it
means, and goes on with their numbers: its cost is what it finds, however many other pods there are.

Complexity: a pod that comes or goes O(its labels); `meant` O(shapes with the rarest label that is asked for).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ...values.fork_map import ForkIndex
from .shapes import PodInfo, Shape
from .terms import AffinityTerm, LabelMatcher

Label = tuple[str, str, str]
"""Namespace, key and value of a label; of the namespace as a whole, key and value are empty."""


class Number(NamedTuple):
    """How many pods of a shape are on a node: those that stay, and those that are being deleted."""

    staying: int = 0
    leaving: int = 0

    def plus(self, pod: PodInfo, sign: int) -> Number:
        """With one such pod more (`sign` 1) or less (-1)."""
        staying, leaving = self
        return Number(staying, leaving + sign) if pod.terminating else Number(staying + sign, leaving)


class Census:
    """See the module."""

    __slots__ = ("_by_label", "_numbers", "_with_affinity")

    def __init__(self) -> None:
        self._numbers: ForkIndex[Shape, Number] = ForkIndex()
        """By shape: its numbers, by the name of the node."""
        self._by_label: ForkIndex[Label, None] = ForkIndex()
        """By label: the shapes that have it."""
        self._with_affinity: dict[Shape, None] = {}
        """The shapes with any pod affinity or anti-affinity."""

    def fork(self) -> Census:
        """An independent census with the same numbers."""
        twin = Census()
        twin._numbers, twin._by_label = self._numbers.fork(), self._by_label.fork()
        twin._with_affinity = self._with_affinity.copy()
        return twin

    def add(self, pod: PodInfo, node: str) -> None:
        """A pod has come to a node."""
        shape = pod.shape
        if self._numbers.bucket(shape) is None:
            for label in _labels(shape):
                self._by_label.set(label, shape, None)
            if shape.has_affinity:
                self._with_affinity[shape] = None
        had = self._numbers.find(shape, node) or Number()
        self._numbers.set(shape, node, had.plus(pod, 1))

    def remove(self, pod: PodInfo, node: str) -> None:
        """A pod has left a node. Raises KeyError if none like it was there."""
        shape = pod.shape
        had = self._numbers.find(shape, node)
        if had is None:
            raise KeyError(pod.key)
        left = had.plus(pod, -1)
        if any(left):
            self._numbers.set(shape, node, left)
            return
        self._numbers.discard(shape, node)
        if self._numbers.bucket(shape) is None:
            for label in _labels(shape):
                self._by_label.discard(label, shape)
            self._with_affinity.pop(shape, None)

    # -- asking

    def on_nodes(self, shape: Shape) -> Iterable[tuple[str, Number]]:
        """The nodes that have pods of a shape, and how many."""
        numbers = self._numbers.bucket(shape)
        return () if numbers is None else numbers.items()

    def shapes(self) -> Iterable[Shape]:
        """All of them. O(shapes and nodes that have them)."""
        return {shape: None for shape, _ in self._numbers.items()}

    def with_affinity(self) -> Iterable[Shape]:
        """The shapes with any pod affinity or anti-affinity."""
        return self._with_affinity

    def selected(self, namespace: str, selector: LabelMatcher) -> list[Shape]:
        """The shapes of a namespace that a selector matches."""
        pairs = [(namespace, key, value) for key, value in selector.pairs()] or [(namespace, "", "")]
        buckets = [self._by_label.bucket(pair) for pair in pairs]
        rarest = min(buckets, key=lambda bucket: 0 if bucket is None else len(bucket))
        return [shape for shape in rarest or () if selector.matches(shape.labels)]

    def meant(self, terms: Iterable[AffinityTerm]) -> dict[Shape, None]:
        """The shapes that one of the terms means."""
        found: dict[Shape, None] = {}
        for term in terms:
            if term.everywhere:
                found.update({shape: None for shape, _ in self._numbers.items() if term.selector.matches(shape.labels)})
            for namespace in sorted(term.namespaces):
                found.update(dict.fromkeys(self.selected(namespace, term.selector)))
        return found

    def staying(self, namespace: str, selector: LabelMatcher) -> dict[str, int]:
        """By node: how many pods of a namespace a selector matches, without those that are being deleted.

        An empty selector counts nothing.
        """
        found: dict[str, int] = {}
        for shape in () if selector.empty else self.selected(namespace, selector):
            for node, number in self.on_nodes(shape):
                if number.staying:
                    found[node] = found.get(node, 0) + number.staying
        return found

    def check(self, nodes: Mapping[str, Iterable[PodInfo]]) -> None:
        """Count everything again and compare; raises AssertionError where it differs."""
        fresh = Census()
        for name, pods in nodes.items():
            for pod in pods:
                fresh.add(pod, name)
        assert fresh._numbers == self._numbers
        assert fresh._by_label == self._by_label
        assert fresh._with_affinity == self._with_affinity


def _labels(shape: Shape) -> Iterable[Label]:
    namespace = shape.namespace
    return ((namespace, "", ""), *((namespace, key, value) for key, value in shape.labels.items()))
