"""Taints of nodes, and which pods put up with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def covers(toleration: Any, taint: Any) -> bool:
    """Whether a toleration covers a taint."""
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    operator = toleration.operator
    equal = operator in (None, "", "Equal") and (toleration.value or "") == (taint.value or "")
    return equal or operator == "Exists"


def tolerates(tolerations: Iterable[Any], taint: Any) -> bool:
    """Whether one of the tolerations covers the taint."""
    return any(covers(toleration, taint) for toleration in tolerations)


def untolerated(taints: Iterable[Any], tolerations: Iterable[Any]) -> Any | None:
    """The first NoSchedule or NoExecute taint that is not tolerated, or None."""
    for taint in taints:
        if taint.effect in ("NoSchedule", "NoExecute") and not tolerates(tolerations, taint):
            return taint
    return None
