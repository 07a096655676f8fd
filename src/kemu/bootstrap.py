"""What a cluster contains before anybody uses it: namespaces, priority classes, the API's own Service."""

from __future__ import annotations

from .kit import Client
from .objects import core, discovery, meta, networking, scheduling

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
SERVICE_RANGE = "10.96.0.0/16"
API_ADDRESS = "10.96.0.1"
HOST_ADDRESS = "172.18.0.2"
"""The address that the API server itself is said to have."""

CONTROL_PLANE_LABELS = {
    "node-role.kubernetes.io/control-plane": "",
    "node.kubernetes.io/exclude-from-external-load-balancers": "",
}
CONTROL_PLANE_TAINTS = ({"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},)

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


def create(admin: Client) -> None:
    """Write everything that a new cluster has."""
    for name in NAMESPACES:
        admin.create(core.Namespace(metadata=meta.ObjectMeta(name=name)))
    for name, value, description in PRIORITIES:
        admin.create(
            scheduling.PriorityClass(
                metadata=meta.ObjectMeta(name=name, generation=1), value=value, description=description
            )
        )
    labels = {"component": "apiserver", "provider": "kubernetes"}
    admin.create(networking.ServiceCIDR(metadata=meta.ObjectMeta(name="kubernetes"), spec={"cidrs": [SERVICE_RANGE]}))
    admin.create(
        core.Service(
            metadata=meta.ObjectMeta(name="kubernetes", namespace="default", labels=labels),
            spec={"clusterIP": API_ADDRESS, "ports": [{"name": "https", "port": 443, "targetPort": 6443}]},
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
            metadata=meta.ObjectMeta(
                name="kubernetes", namespace="default", labels={"kubernetes.io/service-name": "kubernetes"}
            ),
            address_type="IPv4",
            endpoints=[{"addresses": [HOST_ADDRESS], "conditions": {"ready": True}}],
            ports=[{"name": "https", "port": 6443, "protocol": "TCP"}],
        )
    )
