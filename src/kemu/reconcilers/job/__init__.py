"""The Job controller.

`controller.py` reconciles: it reads, asks the others, and writes. All that is decided is decided by pure functions:
`view.py` counts the pods of a Job, `ending.py` says whether and why it is over, `work.py` which pods to create and
delete, `counting.py` which pods enter the status and are let go. `policies.py`, `backoff.py` and `indexes.py` have the
rules that these use, `pods.py` what a pod of a Job says of itself and how a new one looks.
"""

from .controller import COMPONENT, WIRING, reconcile

__all__ = ["COMPONENT", "WIRING", "reconcile"]
