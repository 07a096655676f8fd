"""Scale workloads so that their metrics come to what they should be.

Imitates  the HorizontalPodAutoscaler controller of Kubernetes 1.36
Wakes on  HorizontalPodAutoscaler, 15 s later; and every 15 s
Writes    the Scale of its target; HorizontalPodAutoscaler status
Differs   D-080: metrics are always of this moment; D-081: an average over no pods

The servers of metrics are asked through the API, as by anybody (`apiserver/measurements.py`); nothing wakes the
controller when a metric changes.

`controller.py` acts, `measuring.py` asks, `replicas.py` and `limits.py` decide.
"""

from __future__ import annotations

from typing import Any

from ...kit import Api, Cache, Result
from ...values.late import late

late(__name__, "controller", "measuring", "replicas")

from . import controller  # noqa: E402
from .wiring import COMPONENT, WIRING  # noqa: E402

__all__ = ["COMPONENT", "WIRING", "reconcile"]


def reconcile(api: Api, cache: Cache, memory: Any, key: str) -> Result:
    """Look at the target, ask for the metrics, decide, scale; then the status."""
    return controller.reconcile(api, cache, memory, key)
