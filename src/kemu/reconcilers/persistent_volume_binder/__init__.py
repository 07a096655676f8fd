"""The binder of volumes and claims: `claims` and `volumes` are the two sides, `writes` what either may write."""

from ...values.late import late

late(__name__, "volumes")

from .controller import COMPONENT, WIRING, reconcile  # noqa: E402

__all__ = ["COMPONENT", "WIRING", "reconcile"]
