"""Run pods of a Job until enough of them have succeeded, or too many have failed.

Imitates  the Job controller of Kubernetes 1.36
Wakes on  Job, at once when what is wanted changes; Pod it controls or could adopt, and its own status, a second later;
          a Pod that has lost its Job
Writes    Pod create, delete, adoption and the finalizer by which it is counted; Job status
Differs   D-070: it waits for its own writes no longer than it must

A real controller remembers which of its own writes it has not seen yet: how many pods it expects to appear and to go,
and which finalizers. Here a key is not reconciled before the informers have seen what its last reconcile wrote
(`kit/process.py`), so that nothing is counted, created or deleted twice. What is left to remember is the back-off.

`controller.py` reads, asks the others, and writes. All that is decided is decided by pure functions: `view.py` counts
the pods of a Job, `ending.py` says whether and why it is over, `work.py` which pods to create and delete, `counting.py`
which pods enter the status and are let go. `policies.py`, `backoff.py` and `indexes.py` have the rules that these use,
`pods.py` what a pod of a Job says of itself and how a new one looks.
"""

from __future__ import annotations

from typing import Any

from ...kit import Api, Cache, Result
from ...values.late import late

late(__name__, "controller", "counting", "ending", "indexes", "view", "work")

from . import controller  # noqa: E402
from .wiring import COMPONENT, WIRING  # noqa: E402

__all__ = ["COMPONENT", "WIRING", "reconcile"]


def reconcile(api: Api, cache: Cache, memory: Any, key: str) -> Result:
    """Bring a Job's pods to what it needs, count those that have ended, and say how it stands."""
    return controller.reconcile(api, cache, memory, key)
