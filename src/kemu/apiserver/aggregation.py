"""Cluster roles that are made of others: which rules they have."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from ..values.selectors import selector_of


def aggregated(role: Any, roles: Iterable[Any]) -> tuple[Any, ...]:
    """The rules of a role with an aggregation rule: those of all others that it selects, by name, each rule once.

    O(selectors * roles).
    """
    others = sorted(
        (each for each in roles if each.metadata.name != role.metadata.name), key=attrgetter("metadata.name")
    )
    found: dict[Any, None] = {}
    for selector in map(selector_of, role.aggregation_rule.cluster_role_selectors):
        for other in others:
            if selector.matches(other.metadata.labels):
                found |= dict.fromkeys(other.rules)
    return tuple(found)
