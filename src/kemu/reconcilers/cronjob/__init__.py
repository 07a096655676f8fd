"""Create a Job whenever the schedule of a CronJob says so, and keep track of those that run.

Imitates  the CronJob controller of Kubernetes 1.36
Wakes on  CronJob; Job it controls; the time of its schedule
Writes    Job create and delete; CronJob status
Differs   D-072: time zones are those of the machine

`controller.py` acts, `timing.py` says what is due and when to look again.
"""

from __future__ import annotations

from typing import Any

from ...kit import Api, Cache, Result
from ...values.late import late

late(__name__, "controller", "timing")

from . import controller  # noqa: E402
from .wiring import COMPONENT, WIRING  # noqa: E402

__all__ = ["COMPONENT", "WIRING", "reconcile"]


def reconcile(api: Api, cache: Cache, memory: Any, key: str) -> Result:
    """Delete old Jobs, take note of those that ended, start one if it is due; then the status."""
    return controller.reconcile(api, cache, memory, key)
