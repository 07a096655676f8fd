"""The controller of EndpointSlices.

`controller.py` reconciles; `endpoints.py` says which endpoints a Service should have, `packing.py` which slice has
which of them, `hints.py` whom an endpoint is for.
"""

from .controller import COMPONENT, WIRING, reconcile

__all__ = ["COMPONENT", "WIRING", "reconcile"]
