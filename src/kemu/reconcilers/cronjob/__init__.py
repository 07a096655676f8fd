"""The CronJob controller: `controller.py` reconciles, `timing.py` says what is due and when to look again."""

from .controller import COMPONENT, WIRING, reconcile

__all__ = ["COMPONENT", "WIRING", "reconcile"]
