"""What a PodDisruptionBudget says of itself: whether it allows a disruption."""

from __future__ import annotations

from typing import Any

from . import meta
from .conditions import find_condition, with_condition
from .model import evolve

ALLOWED = "DisruptionAllowed"
SYNC_FAILED = "SyncFailed"


def _said(status: Any) -> tuple[str, str]:
    """The status and the reason of the condition that a status should have."""
    return ("True", "SufficientPods") if status.disruptions_allowed > 0 else ("False", "InsufficientPods")


def with_allowed(status: Any, stamp: Any) -> Any:
    """The status with the condition that its number of allowed disruptions comes to."""
    whether, reason = _said(status)
    return with_said(status, whether, reason, "", stamp)


def with_said(status: Any, whether: str, reason: str, message: str, stamp: Any) -> Any:
    """The status with a condition about whether a disruption is allowed."""
    condition = meta.Condition(
        type=ALLOWED,
        status=whether,
        reason=reason,
        message=message,
        observed_generation=status.observed_generation,
        last_transition_time=stamp,
    )
    return evolve(status, conditions=with_condition(status.conditions, condition))


def says_so(status: Any) -> bool:
    """Whether the condition says what the number of allowed disruptions comes to."""
    condition = find_condition(status.conditions, ALLOWED)
    return condition is not None and (condition.status, condition.reason) == _said(status)
