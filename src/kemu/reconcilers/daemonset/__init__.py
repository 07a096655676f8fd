"""The DaemonSet controller.

`controller.py` reconciles: it reads, asks `plan.py`, and writes. `placement.py` says on which nodes a pod is to run and
how it gets there, `history.py` keeps the revisions, `backoff.py` how long a node waits for a pod after one that failed.
"""

from ...values.late import late

late(__name__, "history", "plan")

from .controller import COMPONENT, WIRING, reconcile  # noqa: E402

__all__ = ["COMPONENT", "WIRING", "reconcile"]
