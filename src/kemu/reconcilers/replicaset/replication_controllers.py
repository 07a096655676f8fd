"""Keep `spec.replicas` live pods under every ReplicationController: see `controller.py`.

Imitates  the ReplicationController controller of Kubernetes 1.36
Wakes on  ReplicationController; Pod it controls, or could adopt
Writes    Pod create, delete and adoption; ReplicationController status
Differs   nothing known
"""

from __future__ import annotations

from typing import Any

from ...kit import Api, Cache, Result
from ...objects import core
from .controller import Form, could_adopt, sync, wiring

COMPONENT = "replication-controller"
FORM = Form(core.ReplicationController, core.ReplicationControllerCondition, counts_terminating=False)


def _could_adopt(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    return could_adopt(core.ReplicationController, cache, new)


WIRING = wiring(
    "replicationcontroller-controller", core.ReplicationController, _could_adopt, account="replication-controller"
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Bring the number of pods of a ReplicationController to `spec.replicas`, then the status up to date."""
    return sync(FORM, api, cache, key)
