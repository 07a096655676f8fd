"""Selectors in the form the scheduler evaluates them: compiled once per pod shape, matched many times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Requirement = tuple[str, str, frozenset[str]]


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
        return all(_holds(key, operator, values, labels) for key, operator, values in self.requirements)

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


def _holds(key: str, operator: str, values: frozenset[str], labels: Mapping[str, str]) -> bool:
    value = labels.get(key)
    if operator == "In":
        return value is not None and value in values
    if operator == "NotIn":
        return value is None or value not in values
    if operator == "Exists":
        return value is not None
    if operator == "DoesNotExist":
        return value is None
    if value is None:
        return False
    number, bound = whole_number(value), whole_number(min(values, default=""))
    if number is None or bound is None:
        return False
    return number > bound if operator == "Gt" else number < bound


def whole_number(text: str) -> int | None:
    """A signed decimal number of 64 bits as Go's ParseInt reads it, or None."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not digits.isascii() or not digits.isdigit():
        return None
    number = int(text)
    return number if -(1 << 63) <= number < 1 << 63 else None


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


class NodeTerm:
    """One term of a node selector. A term that does not parse matches no node."""

    __slots__ = ("fields", "labels", "valid")

    def __init__(self, term: Any) -> None:
        self.valid = True
        self.labels: tuple[Requirement, ...] = tuple(
            (e.key, e.operator, frozenset(e.values)) for e in term.match_expressions
        )
        for _, operator, values in self.labels:
            if operator in ("Gt", "Lt") and (len(values) != 1 or whole_number(next(iter(values))) is None):
                self.valid = False
        self.fields: list[tuple[str, bool, str]] = []
        for field in term.match_fields:
            if len(field.values) != 1 or field.operator not in ("In", "NotIn"):
                self.valid = False
            else:
                self.fields.append((field.key, field.operator == "In", field.values[0]))

    def matches(self, name: str, labels: Mapping[str, str]) -> bool:
        """Whether a node of this name and with these labels is selected."""
        if not self.valid:
            return False
        for key, operator, values in self.labels:
            if not _holds(key, operator, values, labels):
                return False
        if name:
            for key, equal, value in self.fields:
                if ((name if key == "metadata.name" else "") == value) != equal:
                    return False
        return True


def _empty_term(term: Any) -> bool:
    return not term.match_expressions and not term.match_fields


class NodeMatcher:
    """A core/v1 NodeSelector: the node matches when one of the terms does. No terms: no node."""

    __slots__ = ("terms",)

    def __init__(self, selector: Any) -> None:
        self.terms = tuple(NodeTerm(term) for term in selector.node_selector_terms if not _empty_term(term))

    def matches(self, name: str, labels: Mapping[str, str]) -> bool:
        """Whether a node of this name and with these labels is selected."""
        return any(term.matches(name, labels) for term in self.terms)


class PreferredNodes:
    """Weighted terms of a preferred node affinity."""

    __slots__ = ("terms",)

    def __init__(self, terms: Iterable[Any]) -> None:
        self.terms = tuple(
            (t.weight, NodeTerm(t.preference)) for t in terms if t.weight and not _empty_term(t.preference)
        )

    def score(self, name: str, labels: Mapping[str, str]) -> int:
        """The sum of the weights of the terms that match."""
        return sum(weight for weight, term in self.terms if term.matches(name, labels))


class RequiredNodes:
    """A pod's node selector and required node affinity together."""

    __slots__ = ("affinity", "selector")

    def __init__(self, spec: Any) -> None:
        self.selector = exactly(spec.node_selector) if spec.node_selector else None
        required = None
        if spec.affinity is not None and spec.affinity.node_affinity is not None:
            required = spec.affinity.node_affinity.required_during_scheduling_ignored_during_execution
        self.affinity = None if required is None else NodeMatcher(required)

    def matches(self, name: str, labels: Mapping[str, str]) -> bool:
        """Whether the pod may run on a node of this name and with these labels, as far as affinity goes."""
        if self.selector is not None and not self.selector.matches(labels):
            return False
        return self.affinity is None or self.affinity.matches(name, labels)


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
