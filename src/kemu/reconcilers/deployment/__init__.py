"""The Deployment controller: `controller.py` reconciles, `rollout.py` counts, `status.py` has the conditions."""

from .controller import COMPONENT, WIRING, reconcile

__all__ = ["COMPONENT", "WIRING", "reconcile"]
