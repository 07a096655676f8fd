"""The horizontal pod autoscaler: `controller` acts, `measuring` asks, `replicas` and `limits` decide."""

from .controller import COMPONENT, WIRING, reconcile

__all__ = ["COMPONENT", "WIRING", "reconcile"]
