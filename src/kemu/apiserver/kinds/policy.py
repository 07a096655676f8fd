"""Disruption budgets: what the server knows of them."""

from __future__ import annotations

from typing import Any

from ..cells import AGE, NAME, cell, row
from ..policy import Policy
from ..rules import label_selector


def _amount(value: Any) -> str:
    return "N/A" if value is None else str(value)


DISRUPTION_BUDGET = Policy(
    "poddisruptionbudgets.policy",
    generation=True,
    version_required=True,
    rules={"spec.selector": label_selector},
    cells=row(
        NAME,
        cell(lambda obj: _amount(obj.spec.min_available)),
        cell(lambda obj: _amount(obj.spec.max_unavailable)),
        cell(lambda obj: obj.status.disruptions_allowed),
        AGE,
    ),
)

POLICIES = (DISRUPTION_BUDGET,)
