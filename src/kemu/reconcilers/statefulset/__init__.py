"""The StatefulSet controller.

`controller.py` reconciles: it reads, asks `plan.py` what to do, and has `worker.py` do it. `identity.py` says who a pod
is and how a new one looks, `claims.py` which claims it has and who owns them.
"""

from .controller import COMPONENT, WIRING, reconcile

__all__ = ["COMPONENT", "WIRING", "reconcile"]
