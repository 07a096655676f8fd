"""Node selectors: which nodes a node selector, a required and a preferred node affinity mean, compiled once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Requirement = tuple[str, str, frozenset[str]]
"""A key, an operator, and values."""


def holds(key: str, operator: str, values: frozenset[str], labels: Mapping[str, str]) -> bool:
    """Whether labels meet a requirement."""
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
            if not holds(key, operator, values, labels):
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
        self.selector: Mapping[str, str] = spec.node_selector
        required = None
        if spec.affinity is not None and spec.affinity.node_affinity is not None:
            required = spec.affinity.node_affinity.required_during_scheduling_ignored_during_execution
        self.affinity = None if required is None else NodeMatcher(required)

    def matches(self, name: str, labels: Mapping[str, str]) -> bool:
        """Whether the pod may run on a node of this name and with these labels, as far as affinity goes."""
        if any(labels.get(key) != value for key, value in self.selector.items()):
            return False
        return self.affinity is None or self.affinity.matches(name, labels)
