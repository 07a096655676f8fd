"""The kubelet: keep the containers of every pod that is bound to a node as the pod wants them, and say how they are.

Imitates  the kubelet of Kubernetes 1.36 (pod workers, PLEG, status manager, prober, container runtime back-off)
Wakes on  Pod; containers that end; probes; timers
Writes    Pod status, and the final deletion of a Pod; Node and Lease; events
Differs   D-004: images pull and containers start in no time
"""

from .fleet import POD, Kubelets
from .forwarding import Forward, forward
from .nodes import KUBELET_PORT, NodeHandle
from .served_pages import answer
from .serving import connection, container_of, log, machine_of

__all__ = [
    "KUBELET_PORT",
    "POD",
    "Forward",
    "Kubelets",
    "NodeHandle",
    "answer",
    "connection",
    "container_of",
    "forward",
    "log",
    "machine_of",
]
