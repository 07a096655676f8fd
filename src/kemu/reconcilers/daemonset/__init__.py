"""The DaemonSet controller.

`controller.py` reconciles: it reads, asks `plan.py`, and writes. `placement.py` says on which nodes a pod is to run and
how it gets there, `history.py` keeps the revisions, `backoff.py` how long a node waits for a pod after one that failed.
"""

from .controller import COMPONENT, WIRING, reconcile

__all__ = ["COMPONENT", "WIRING", "reconcile"]
