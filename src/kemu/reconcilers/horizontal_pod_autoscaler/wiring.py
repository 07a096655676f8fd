"""What wakes the HorizontalPodAutoscaler controller, and what it keeps."""

from __future__ import annotations

from typing import Any

from ...kit import Cache, Wiring
from ...kit.indexes import BY_LABEL
from ...kit.wiring import Later, key_of
from ...objects import autoscaling_v2, core
from .limits import Memory

COMPONENT = "horizontal-pod-autoscaler"
SYNC_SECONDS = 15.0


def _soon(cache: Cache, old: Any, new: Any) -> tuple[Later, ...]:
    return () if new is None else (Later(key_of(new), SYNC_SECONDS),)


WIRING = Wiring(
    "horizontal-pod-autoscaler-controller",
    account="horizontal-pod-autoscaler",
    reconciles=autoscaling_v2.HorizontalPodAutoscaler,
    changed=_soon,
    indexes=((core.Pod, BY_LABEL),),
    memory=Memory,
    retry=(SYNC_SECONDS, SYNC_SECONDS),
    bucket=None,
)
