"""Selectors in the form the scheduler evaluates them: compiled once per pod shape, matched many times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...objects.node_selectors import Requirement, holds


class LabelMatcher:
    """A label selector as a tuple of requirements; `None` instead of a tuple matches nothing."""

    __slots__ = ("requirements",)

    def __init__(self, requirements: Iterable[Requirement] | None) -> None:
        self.requirements = None if requirements is None else tuple(requirements)

    @property
    def empty(self) -> bool:
        """Whether it has no requirement and therefore matches everything."""
        return self.requirements is not None and not self.requirements

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether `labels` meet every requirement."""
        if self.requirements is None:
            return False
        return all(holds(key, operator, values, labels) for key, operator, values in self.requirements)

    def pairs(self) -> list[tuple[str, str]]:
        """The labels that it asks for by key and value."""
        exact = (each for each in self.requirements or () if each[1] == "In" and len(each[2]) == 1)
        return [(key, value) for key, _, values in exact for value in values]

    def plus(self, labels: Mapping[str, str]) -> LabelMatcher:
        """The same selector, also requiring these exact labels."""
        if self.requirements is None:
            return self
        return LabelMatcher((exactly(labels).requirements or ()) + self.requirements)

    def both(self, other: LabelMatcher) -> LabelMatcher:
        """Matches what both match."""
        if self.requirements is None or other.requirements is None:
            return NOTHING
        return LabelMatcher(self.requirements + other.requirements)


NOTHING = LabelMatcher(None)
EVERYTHING = LabelMatcher(())


def exactly(labels: Mapping[str, str]) -> LabelMatcher:
    """A selector that requires every one of these labels."""
    return LabelMatcher((key, "In", frozenset((labels[key],))) for key in sorted(labels))


def label_matcher(selector: Any) -> LabelMatcher:
    """Compile a metav1.LabelSelector; None matches nothing, an empty one everything."""
    if selector is None:
        return NOTHING
    found: list[Requirement] = list(exactly(selector.match_labels).requirements or ())
    for expression in selector.match_expressions:
        found.append((expression.key, expression.operator, frozenset(expression.values)))
    return LabelMatcher(found)


class AffinityTerm:
    """One pod (anti-)affinity term, seen from a pod in `namespace`."""

    __slots__ = ("namespace_selector", "namespaces", "selector", "topology_key", "weight")

    def __init__(self, namespace: str, term: Any, weight: int = 0) -> None:
        self.selector = label_matcher(term.label_selector)
        self.topology_key: str = term.topology_key
        self.namespace_selector = label_matcher(term.namespace_selector)
        own = not term.namespaces and term.namespace_selector is None
        self.namespaces = frozenset((namespace,)) if own else frozenset(term.namespaces)
        self.weight = weight

    @property
    def everywhere(self) -> bool:
        """Whether it means pods in namespaces of which nothing is known."""
        return self.namespace_selector.matches({})

    def matches(self, namespace: str, labels: Mapping[str, str], namespace_labels: Mapping[str, str] | None) -> bool:
        """Whether a pod in `namespace` with `labels` is meant; `namespace_labels` are those of its namespace."""
        if namespace in self.namespaces or self.namespace_selector.matches(namespace_labels or {}):
            return self.selector.matches(labels)
        return False


def affinity_terms(namespace: str, terms: Iterable[Any]) -> tuple[AffinityTerm, ...]:
    """Compile required terms."""
    return tuple(AffinityTerm(namespace, term) for term in terms)


def weighted_terms(namespace: str, terms: Iterable[Any]) -> tuple[AffinityTerm, ...]:
    """Compile preferred terms with their weights."""
    return tuple(AffinityTerm(namespace, term.pod_affinity_term, term.weight) for term in terms)
