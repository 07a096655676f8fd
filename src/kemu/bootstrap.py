"""What a cluster contains before anybody uses it: namespaces, priority classes, the API's own Service."""

from __future__ import annotations

from .kit import Client
from .objects import core, discovery, meta, networking, scheduling
from .values.ranges import Ranges
from .wellknown import CONTROL_PLANE, NODE_LEASES, SERVICE_NAME

NAMESPACES = ("default", NODE_LEASES, "kube-public", "kube-system")
HOST_ADDRESS = "172.18.0.2"
"""The address that the API server itself is said to have."""

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


def create(admin: Client, ranges: Ranges) -> None:
    """Write everything that a new cluster with these addresses has."""
    for name in NAMESPACES:
        admin.create(core.Namespace(metadata=meta.ObjectMeta(name=name)))
    for name, value, description in PRIORITIES:
        admin.create(
            scheduling.PriorityClass(
                metadata=meta.ObjectMeta(name=name, generation=1), value=value, description=description
            )
        )
    labels = {"component": "apiserver", "provider": "kubernetes"}
    admin.create(
        networking.ServiceCIDR(metadata=meta.ObjectMeta(name="kubernetes"), spec={"cidrs": [str(ranges.services)]})
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
            subsets=[{"addresses": [{"ip": HOST_ADDRESS}], "ports": [{"name": "https", "port": 6443}]}],
        )
    )
    admin.create(
        discovery.EndpointSlice(
            metadata=meta.ObjectMeta(name="kubernetes", namespace="default", labels={SERVICE_NAME: "kubernetes"}),
            address_type="IPv4",
            endpoints=[{"addresses": [HOST_ADDRESS], "conditions": {"ready": True}}],
            ports=[{"name": "https", "port": 6443, "protocol": "TCP"}],
        )
    )
