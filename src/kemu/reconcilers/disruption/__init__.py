"""The disruption controller.

`controller.py` reconciles budgets and pods, `scales.py` finds out how many pods there should be, `plan.py` counts.
"""

from .controller import COMPONENT, WIRING, reconcile

__all__ = ["COMPONENT", "WIRING", "reconcile"]
