"""Keep a pod of its own name, with claims of its own, for every ordinal of a StatefulSet.

Imitates  the StatefulSet controller of Kubernetes 1.36
Wakes on  StatefulSet; Pod it controls or could adopt
Writes    Pod create, delete, adoption, its name in its labels; PersistentVolumeClaim create and owners;
          ControllerRevision create, number, adoption and delete; StatefulSet status
Differs   nothing known; `maxUnavailable` is behind a feature that is off in 1.36, so that one pod is replaced at a time

`controller.py` reads, asks `plan.py` what to do, and has `worker.py` do it. `identity.py` says who a pod is and how a
new one looks, `claims.py` which claims it has and who owns them.
"""

from __future__ import annotations

from ...kit import Api, Cache, Result
from ...values.late import late

late(__name__, "claims", "controller", "identity", "plan", "worker")

from . import controller  # noqa: E402
from .wiring import COMPONENT, WIRING  # noqa: E402

__all__ = ["COMPONENT", "WIRING", "reconcile"]


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Keep the history, do what the plan says, write the status, and forget revisions that nobody needs."""
    return controller.reconcile(api, cache, key)
