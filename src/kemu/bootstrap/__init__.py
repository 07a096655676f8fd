"""What a cluster contains before anybody uses it: namespaces, priority classes, roles, the API's own Service."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..apiserver.kinds.addresses import OWN_RANGE
from ..apiserver.request import ADMINISTRATOR
from ..apiserver.server import ApiServer
from ..clock import Clock
from ..entropy import Entropy
from ..kit import Client
from ..objects import core, discovery, evolve, meta, networking, scheduling
from ..store import Store
from ..values.ranges import Ranges, ranges_of
from ..wellknown import CONTROL_PLANE, NODE_LEASES, SERVICE_NAME
from . import roles, served

if TYPE_CHECKING:
    from ..reconcilers.kubelet import NodeHandle

NAMESPACES = ("default", NODE_LEASES, "kube-public", "kube-system")
HOST_ADDRESS = "172.18.0.2"
"""The address that an API server is said to have which runs on no machine of the cluster."""

CONTROL_PLANE_LABELS = {
    CONTROL_PLANE: "",
    "node.kubernetes.io/exclude-from-external-load-balancers": "",
}
CONTROL_PLANE_TAINTS = ({"key": CONTROL_PLANE, "effect": "NoSchedule"},)

PRIORITIES = (
    (
        "system-cluster-critical",
        2_000_000_000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
    (
        "system-node-critical",
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
)


@lru_cache(maxsize=4)
def common(epoch: float) -> ApiServer:
    """A server with what every new cluster has that starts at a time. It is made once, and only to be forked."""
    clock = Clock(epoch=epoch)
    server = ApiServer(Store(clock), clock, Entropy(0), ranges_of())
    admin = Client(server, "user", user=ADMINISTRATOR, manager="kemu")
    for name in NAMESPACES:
        admin.create(core.Namespace(metadata=meta.ObjectMeta(name=name)))
    for name, value, description in PRIORITIES:
        admin.create(
            scheduling.PriorityClass(
                metadata=meta.ObjectMeta(name=name, generation=1), value=value, description=description
            )
        )
    for obj in (*roles.objects(), *served.objects(admin.stamp())):
        created: Any = admin.create(obj)
        status = getattr(obj, "status", None)
        if status is not None and status != created.status:
            admin.update_status(evolve(created, status=status))
    return server


def create(admin: Client, ranges: Ranges, machines: Sequence[NodeHandle] = ()) -> None:
    """Write what a new cluster with these addresses has besides; `machines` are those of its control plane."""
    hosts = [machine.address for machine in machines] or [HOST_ADDRESS]
    labels = {"component": "apiserver", "provider": "kubernetes"}
    admin.create(
        networking.ServiceCIDR(metadata=meta.ObjectMeta(name=OWN_RANGE), spec={"cidrs": [str(ranges.services)]})
    )
    admin.create(
        core.Service(
            metadata=meta.ObjectMeta(name="kubernetes", namespace="default", labels=labels),
            spec={"clusterIP": ranges.api, "ports": [{"name": "https", "port": 443, "targetPort": 6443}]},
        )
    )
    admin.create(
        core.Endpoints(
            metadata=meta.ObjectMeta(
                name="kubernetes", namespace="default", labels={"endpointslice.kubernetes.io/skip-mirror": "true"}
            ),
            subsets=[{"addresses": [{"ip": host} for host in hosts], "ports": [{"name": "https", "port": 6443}]}],
        )
    )
    admin.create(
        discovery.EndpointSlice(
            metadata=meta.ObjectMeta(name="kubernetes", namespace="default", labels={SERVICE_NAME: "kubernetes"}),
            address_type="IPv4",
            endpoints=[{"addresses": [host], "conditions": {"ready": True}} for host in hosts],
            ports=[{"name": "https", "port": 6443, "protocol": "TCP"}],
        )
    )

    if machines:
        from . import kubeadm

        kubeadm.create(admin, ranges, machines)
