"""Disruption budgets: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...values import names
from ..cells import AGE, NAME, cell, row
from ..failures import FieldError, invalid_inside
from ..policy import Policy
from ..rules import at_most_all, conditions, count_or_percent, label_selector, not_negative, one_of


def _amount(value: Any) -> str:
    return "N/A" if value is None else str(value)


def _one_bound(budget: Any) -> Iterator[FieldError]:
    spec = budget.spec
    if spec.min_available is not None and spec.max_unavailable is not None:
        yield invalid_inside("spec", spec, "minAvailable and maxUnavailable cannot be both set")


BOUND = (count_or_percent, at_most_all)

DISRUPTION_BUDGET = Policy(
    "poddisruptionbudgets.policy",
    generation=True,
    version_required=True,
    name_check=names.is_path_segment_name,
    metadata_checks=2,
    rules=(
        _one_bound,
        {
            "spec.minAvailable": BOUND,
            "spec.maxUnavailable": BOUND,
            "spec.selector": label_selector,
            "spec.unhealthyPodEvictionPolicy": one_of("AlwaysAllow", "IfHealthyBudget"),
        },
    ),
    declared=False,
    status_rules={
        "status.conditions": conditions,
        "status.disruptionsAllowed": not_negative,
        "status.currentHealthy": not_negative,
        "status.desiredHealthy": not_negative,
        "status.expectedPods": not_negative,
    },
    cells=row(
        NAME,
        cell(lambda obj: _amount(obj.spec.min_available)),
        cell(lambda obj: _amount(obj.spec.max_unavailable)),
        cell(lambda obj: obj.status.disruptions_allowed),
        AGE,
    ),
)

POLICIES = (DISRUPTION_BUDGET,)
