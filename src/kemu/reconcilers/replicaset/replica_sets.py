"""Keep `spec.replicas` live pods under every ReplicaSet: see `controller.py`.

Imitates  the ReplicaSet controller of Kubernetes 1.36
Wakes on  ReplicaSet; Pod it controls, or could adopt
Writes    Pod create, delete and adoption; ReplicaSet status
Differs   nothing known
"""

from __future__ import annotations

from typing import Any

from ...kit import Api, Cache, Result
from ...objects import apps
from .controller import Form, could_adopt, sync, wiring

COMPONENT = "replicaset-controller"
FORM = Form(apps.ReplicaSet, apps.ReplicaSetCondition, counts_terminating=True)


def _could_adopt(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    return could_adopt(apps.ReplicaSet, cache, new)


WIRING = wiring("replicaset-controller", apps.ReplicaSet, _could_adopt)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Bring the number of pods of a ReplicaSet to `spec.replicas`, then the status up to date."""
    return sync(FORM, api, cache, key)
