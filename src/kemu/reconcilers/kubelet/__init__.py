"""The kubelet: keep the containers of every pod that is bound to a node as the pod wants them, and say how they are.

Imitates  the kubelet of Kubernetes 1.36 (pod workers, PLEG, status manager, prober, container runtime back-off)
Wakes on  Pod; containers that end; probes; timers
Writes    Pod status, and the final deletion of a Pod; Node and Lease; events
Differs   D-004: images pull and containers start in no time
"""

from .fleet import POD, Kubelets
from .forwarding import Forward, forward
from .nodes import NodeHandle
from .serving import connection, container_of, log

__all__ = ["POD", "Forward", "Kubelets", "NodeHandle", "connection", "container_of", "forward", "log"]
