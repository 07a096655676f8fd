"""Roll every Deployment towards its template: one ReplicaSet per template, scaled up and down within the strategy.

Imitates  the Deployment controller of Kubernetes 1.36
Wakes on  Deployment; ReplicaSet it controls; Pod of those
Writes    ReplicaSet create, scale, annotations and delete; Deployment annotations and status
Differs   D-461: what is no revision to go back to is ignored

`controller.py` acts, `rollout.py` counts, `status.py` has the conditions, `rollback.py` goes back to a revision.
"""

from __future__ import annotations

from ...kit import Api, Cache, Result
from ...values.late import late

late(__name__, "controller", "rollback", "rollout", "status")

from . import controller  # noqa: E402
from .wiring import COMPONENT, WIRING  # noqa: E402

__all__ = ["COMPONENT", "WIRING", "reconcile"]


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """One sync: scale if only the size changed, else roll one step; then the status."""
    return controller.reconcile(api, cache, key)
