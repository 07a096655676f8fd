"""NodeRestriction: who is a node writes itself and the pods that run on it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...objects import core, evolve
from ...values.frozen import EMPTY_MAP
from ...wellknown import MIRROR, NODE_LEASES
from .. import failures
from ..node_authorizer import node_of
from ..request import Desk, Request
from .base import Plugin

OWN_LABELS = frozenset(
    {
        "beta.kubernetes.io/arch",
        "beta.kubernetes.io/instance-type",
        "beta.kubernetes.io/os",
        "failure-domain.beta.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "kubernetes.io/arch",
        "kubernetes.io/hostname",
        "kubernetes.io/os",
        "node.kubernetes.io/instance-type",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
    }
)
OWN_DOMAINS = ("kubelet.kubernetes.io", "node.kubernetes.io")
"""Labels in the domains of Kubernetes that a node may set: these, and all in these domains."""


class NodeRestriction(Plugin):
    """A node of Kubernetes' own kind of user is held to what is its own. kemu's own kubelets need no telling."""

    name = "NodeRestriction"
    resources = frozenset(
        {
            "pods",
            "nodes",
            "persistentvolumeclaims",
            "serviceaccounts",
            "leases.coordination.k8s.io",
            "csinodes.storage.k8s.io",
            "resourceslices.resource.k8s.io",
        }
    )
    operations = frozenset({"CREATE", "UPDATE", "DELETE"})
    subresources = frozenset()

    def validate(self, request: Request, desk: Desk) -> None:
        user = request.user
        node = None if user.trusted else node_of(user.name, user.groups)
        if node is None:
            return
        why = _JUDGES[request.resource.key](node, request, desk)
        if why:
            raise failures.forbidden(request.resource.kind, _name(request), why)


def _name(request: Request) -> str:
    return request.name or (request.obj.metadata.name if request.obj is not None else "") or ""


def _pod(node: str, request: Request, desk: Desk) -> str:
    """Mirror pods of its own are made, its own pods are deleted, and their status is written."""
    sub, operation = request.subresource, request.operation
    if sub == "status":
        return _pod_status(node, request.obj, request.old)
    if sub == "eviction":
        pod: Any = desk.find(core.Pod, request.namespace, _name(request))
        if pod is not None and pod.spec.node_name != node:
            return f"node {node} can only evict pods with spec.nodeName set to itself"
        return ""
    if sub:
        return f"unexpected pod subresource \"{sub}\", only 'status' and 'eviction' are allowed"
    if operation == "DELETE":
        mine = request.old.spec.node_name == node
        return "" if mine else f'node "{node}" can only delete pods with spec.nodeName set to itself'
    if operation == "UPDATE":
        return f'unexpected operation "UPDATE", node "{node}" can only create and delete mirror pods'
    return _mirror(node, request.obj, desk)


def _pod_status(node: str, new: Any, old: Any) -> str:
    if old.spec.node_name != node:
        return f'node "{node}" can only update pod status for pods with spec.nodeName set to itself'
    if new.metadata.labels != old.metadata.labels:
        return f'node "{node}" cannot update labels through pod status'
    if new.status.resource_claim_statuses != old.status.resource_claim_statuses:
        return f'node "{node}" cannot update resource claim statues'
    if new.status.extended_resource_claim_status != old.status.extended_resource_claim_status:
        return f'node "{node}" cannot update extended resource claim status'
    return ""


def _mirror(node: str, pod: Any, desk: Desk) -> str:
    """What keeps a pod from being a mirror of a static pod of a node."""
    start = f'node "{node}" can only create pods with'
    owners = pod.metadata.owner_references
    if MIRROR not in pod.metadata.annotations:
        return f'pod does not have "{MIRROR}" annotation, node "{node}" can only create mirror pods'
    if pod.spec.node_name != node:
        return f"{start} spec.nodeName set to itself"
    if len(owners) > 1:
        return f"{start} a single owner reference set to itself"
    if not owners or (owners[0].api_version, owners[0].kind, owners[0].name) != ("v1", "Node", node):
        return f"{start} an owner reference set to itself"
    if not owners[0].controller:
        return f"{start} a controller owner reference set to itself"
    if owners[0].block_owner_deletion:
        return f'node "{node}" must not set blockOwnerDeletion on an owner reference'
    found: Any = desk.find(core.Node, None, node)
    if found is None:
        raise failures.not_found(desk.resource_of(core.Node).kind, node)
    if owners[0].uid != found.metadata.uid:
        return f"node {node} UID mismatch: expected {owners[0].uid} got {found.metadata.uid}"
    return ""


def _node(node: str, request: Request, desk: Desk) -> str:
    """A node writes itself, and neither its taints nor labels that say more than what it is."""
    name = _name(request)
    if name != node:
        return f'node "{node}" is not allowed to modify node "{name}"'
    if request.operation == "CREATE":
        wrong = _forbidden_labels(request.obj.metadata.labels, EMPTY_MAP)
        return f'node "{node}" is not allowed to set the following labels: {", ".join(wrong)}' if wrong else ""
    if request.operation == "UPDATE":
        new, old = request.obj, request.old
        if new.spec.taints != old.spec.taints:
            return f'node "{node}" is not allowed to modify taints'
        if new.metadata.owner_references != old.metadata.owner_references:
            return f'node "{node}" is not allowed to modify ownerReferences'
        wrong = _forbidden_labels(new.metadata.labels, old.metadata.labels)
        return f"is not allowed to modify labels: {', '.join(wrong)}" if wrong else ""
    return ""


def _forbidden_labels(new: Mapping[str, str], old: Mapping[str, str]) -> list[str]:
    """The labels that have changed and are not a node's own."""
    changed = [key for key in {**old, **new} if new.get(key) != old.get(key)]
    return sorted(key for key in changed if not _own_label(key))


def _own_label(key: str) -> bool:
    domain = key.rpartition("/")[0]
    if _within(domain, "node-restriction.kubernetes.io"):
        return False
    if not _within(domain, "kubernetes.io") and not _within(domain, "k8s.io"):
        return True
    return key in OWN_LABELS or any(_within(domain, own) for own in OWN_DOMAINS)


def _within(domain: str, parent: str) -> bool:
    return domain == parent or domain.endswith(f".{parent}")


def _claim(node: str, request: Request, desk: Desk) -> str:
    """Of a claim, what a node knows about its size."""
    if request.subresource != "status":
        return "may only update PVC status"
    known = ("capacity", "conditions", "allocated_resources", "allocated_resource_statuses")
    new, old = request.obj, request.old
    same = evolve(new, status=evolve(new.status, **{name: getattr(old.status, name) for name in known}))
    if evolve(same, metadata=old.metadata) != old:
        return f'node "{node}" is not allowed to update fields other than status.quantity and status.conditions'
    return ""


def _token(node: str, request: Request, desk: Desk) -> str:
    """Tokens are asked for a pod that runs there."""
    if request.subresource != "token" or request.operation != "CREATE":
        return ""
    reference = request.obj.spec.bound_object_ref
    if reference is None or (reference.api_version, reference.kind) != ("v1", "Pod") or not reference.name:
        return "node requested token not bound to a pod"
    if not reference.uid:
        return "node requested token with a pod binding without a uid"
    pod: Any = desk.find(core.Pod, request.namespace, reference.name)
    if pod is None:
        raise failures.not_found(desk.resource_of(core.Pod).kind, reference.name)
    if pod.spec.node_name != node:
        return "node requested token bound to a pod scheduled on a different node"
    return ""


def _lease(node: str, request: Request, desk: Desk) -> str:
    """The lease of a node is its own, and in the namespace for them."""
    if request.namespace != NODE_LEASES:
        return f'can only access leases in the "{NODE_LEASES}" system namespace'
    return "" if _name(request) == node else "can only access node lease with the same name as the requesting node"


def _csi_node(node: str, request: Request, desk: Desk) -> str:
    return "" if _name(request) == node else "can only access CSINode with the same name as the requesting node"


def _slice(node: str, request: Request, desk: Desk) -> str:
    """A node tells of its own devices."""
    if request.operation == "UPDATE":
        return ""
    spec = (request.obj if request.obj is not None else request.old).spec
    what = "create" if request.operation == "CREATE" else "delete"
    return (
        "" if spec.node_name == node else f"can only {what} ResourceSlice with the same NodeName as the requesting node"
    )


_JUDGES: dict[str, Callable[[str, Request, Desk], str]] = {
    "pods": _pod,
    "nodes": _node,
    "persistentvolumeclaims": _claim,
    "serviceaccounts": _token,
    "leases.coordination.k8s.io": _lease,
    "csinodes.storage.k8s.io": _csi_node,
    "resourceslices.resource.k8s.io": _slice,
}
"""By resource: why a node may not do what it asks for; nothing if it may."""
