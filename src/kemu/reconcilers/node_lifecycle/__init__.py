"""What becomes of nodes: who is alive, and the taints that say so."""

from .controller import COMPONENT, WIRING, reconcile

__all__ = ["COMPONENT", "WIRING", "reconcile"]
