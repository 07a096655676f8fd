"""The binder of volumes and claims: `claims` and `volumes` are the two sides, `writes` what either may write."""

from .controller import COMPONENT, WIRING, reconcile

__all__ = ["COMPONENT", "WIRING", "reconcile"]
