"""The kubelet: keep the containers of every pod that is bound to a node as the pod wants them, and say how they are.

Imitates  the kubelet of Kubernetes 1.36 (pod workers, PLEG, status manager, prober, container runtime back-off)
Wakes on  Pod; containers that end; probes; timers
Writes    Pod status, and the final deletion of a Pod; Node and Lease; events
Differs   D-004: images pull and containers start in no time
"""

from ...values.late import late

late(
    __name__,
    "adopting",
    "answering",
    "ending",
    "environment",
    "forwarding",
    "mounting",
    "pressure",
    "probes",
    "served_pages",
    "serving",
    "showing",
    "stopping",
    "sync",
    "usage",
    "volumes",
)

from . import forwarding, served_pages, serving, usage  # noqa: E402
from .fleet import POD, Kubelets  # noqa: E402
from .nodes import KUBELET_PORT, NodeHandle  # noqa: E402

__all__ = ["KUBELET_PORT", "POD", "Kubelets", "NodeHandle", "forwarding", "served_pages", "serving", "usage"]
