"""`matchLabelKeys` and `mismatchLabelKeys` of a new Pod become part of the selectors beside them.

The API server does this once, when the Pod is created: whoever schedules the Pod only reads selectors. A selector
that is absent matches nothing and stays absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....objects import evolve, meta
from ....values.frozen import mapped


def with_label_keys(spec: Any, labels: Mapping[str, str]) -> Any:
    """The spec with the pod's own values of those labels in its selectors; the same object when there are none."""
    constraints = mapped(spec.topology_spread_constraints, lambda constraint: _spread(constraint, labels))
    if constraints is not spec.topology_spread_constraints:
        spec = evolve(spec, topology_spread_constraints=constraints)
    if spec.affinity is None:
        return spec
    for name in ("pod_affinity", "pod_anti_affinity"):
        affinity = getattr(spec.affinity, name)
        if affinity is not None:
            merged = _affinity(affinity, labels)
            if merged is not affinity:
                spec = evolve(spec, {f"affinity.{name}": merged})
    return spec


def _affinity(affinity: Any, labels: Mapping[str, str]) -> Any:
    required = affinity.required_during_scheduling_ignored_during_execution
    preferred = affinity.preferred_during_scheduling_ignored_during_execution
    new_required = mapped(required, lambda term: _term(term, labels))
    new_preferred = mapped(preferred, lambda weighted: _weighted(weighted, labels))
    if new_required is required and new_preferred is preferred:
        return affinity
    return evolve(
        affinity,
        required_during_scheduling_ignored_during_execution=new_required,
        preferred_during_scheduling_ignored_during_execution=new_preferred,
    )


def _weighted(weighted: Any, labels: Mapping[str, str]) -> Any:
    term = _term(weighted.pod_affinity_term, labels)
    return weighted if term is weighted.pod_affinity_term else evolve(weighted, pod_affinity_term=term)


def _term(term: Any, labels: Mapping[str, str]) -> Any:
    if term.label_selector is None or not (term.match_label_keys or term.mismatch_label_keys):
        return term
    selector = _plus(term.label_selector, term.match_label_keys, "In", labels)
    selector = _plus(selector, term.mismatch_label_keys, "NotIn", labels)
    return term if selector is term.label_selector else evolve(term, label_selector=selector)


def _spread(constraint: Any, labels: Mapping[str, str]) -> Any:
    if constraint.label_selector is None or not constraint.match_label_keys:
        return constraint
    selector = _plus(constraint.label_selector, constraint.match_label_keys, "In", labels)
    return constraint if selector is constraint.label_selector else evolve(constraint, label_selector=selector)


def _plus(selector: Any, keys: tuple[str, ...], operator: str, labels: Mapping[str, str]) -> Any:
    added = tuple(
        meta.LabelSelectorRequirement(key=key, operator=operator, values=(labels[key],))
        for key in keys
        if key in labels
    )
    return evolve(selector, match_expressions=selector.match_expressions + added) if added else selector
