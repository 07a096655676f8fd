"""The Node authorizer: what a kubelet may do, which no role says.

A node may read what its pods refer to, and no more of that kind; and do to itself, its lease and its pods what a
kubelet has to do. What it may do to which of them is held to its own by the NodeRestriction plugin. See `judged`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING, Any

from ..objects import core, resource, storage
from ..objects.pod_references import references
from ..wellknown import MIRROR, NODE_LEASES, NODE_USER, NODES
from .request import Desk

if TYPE_CHECKING:
    from .rbac import Attempt

READ = ("get", "list", "watch")
OWNED = ("get", "create", "update", "patch", "delete")

RULES: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "services"): READ,
    ("", "endpoints"): ("get",),
    ("", "events"): ("create", "update", "patch"),
    ("events.k8s.io", "events"): ("create", "update", "patch"),
    ("authentication.k8s.io", "tokenreviews"): ("create",),
    ("authorization.k8s.io", "subjectaccessreviews"): ("create",),
    ("authorization.k8s.io", "localsubjectaccessreviews"): ("create",),
    ("certificates.k8s.io", "certificatesigningrequests"): ("create", *READ),
    ("storage.k8s.io", "csidrivers"): READ,
    ("node.k8s.io", "runtimeclasses"): READ,
}
"""What every node may do to the kinds of which none is its own."""

Opinion = str | None
"""None: it may. Otherwise why not, as far as there is anything to say: a role may still allow it."""


def node_of(name: str, groups: tuple[str, ...]) -> str | None:
    """The name of the node that a user is, empty where the user says none; None for who is no node."""
    if NODES not in groups:
        return None
    return name.removeprefix(NODE_USER) if name.startswith(NODE_USER) else None


def judged(desk: Desk, node: str, attempt: Attempt) -> Opinion:
    """Whether a node may do something. O(its pods) for what they refer to."""
    if not node:
        return f'unknown node for user "{NODE_USER}"'
    if attempt.path:
        return ""
    judge = _JUDGES.get((attempt.group, attempt.resource))
    if judge is not None:
        return judge(desk, node, attempt)
    verbs = RULES.get((attempt.group, attempt.resource), ())
    return None if attempt.verb in verbs and not attempt.subresource else ""


# What is behind a request


def _related(desk: Desk, node: str, attempt: Attempt) -> Opinion:
    """It may if the object has to do with the node."""
    if not attempt.name:
        return "No Object name found"
    relates = _RELATIONS[attempt.resource]
    if desk.find(core.Node, None, node) is not None and relates(desk, node, attempt.namespace, attempt.name):
        return None
    return f"no relationship found between node '{node}' and this object"


def _get(desk: Desk, node: str, attempt: Attempt) -> Opinion:
    if attempt.verb != "get":
        return "can only get individual resources of this type"
    return "cannot get subresource" if attempt.subresource else _related(desk, node, attempt)


def _read(desk: Desk, node: str, attempt: Attempt) -> Opinion:
    if attempt.verb not in READ:
        return "can only read resources of this type"
    if attempt.subresource:
        return "cannot read subresource"
    if not attempt.namespace:
        return "can only read namespaced object of this type"
    return _related(desk, node, attempt)


def _claim(desk: Desk, node: str, attempt: Attempt) -> Opinion:
    if attempt.subresource != "status":
        return _get(desk, node, attempt)
    if attempt.verb not in ("update", "patch"):
        return "can only get/update/patch this type"
    return _related(desk, node, attempt)


def _account(desk: Desk, node: str, attempt: Attempt) -> Opinion:
    if attempt.verb == "get" and not attempt.subresource:
        return _read(desk, node, attempt)
    if attempt.verb != "create" or not attempt.name:
        return "can only create tokens for individual service accounts"
    if attempt.subresource != "token":
        return "can only create token subresource of serviceaccount"
    return _related(desk, node, attempt)


def _lease(desk: Desk, node: str, attempt: Attempt) -> Opinion:
    if attempt.verb not in OWNED:
        return "can only get, create, update, patch, or delete a node lease"
    if attempt.namespace != NODE_LEASES:
        return f'can only access leases in the "{NODE_LEASES}" system namespace'
    if attempt.verb != "create" and attempt.name != node:
        return "can only access node lease with the same name as the requesting node"
    return None


def _csi_node(desk: Desk, node: str, attempt: Attempt) -> Opinion:
    if attempt.verb not in OWNED:
        return "can only get, create, update, patch, or delete a CSINode"
    if attempt.subresource:
        return "cannot authorize CSINode subresources"
    if attempt.verb != "create" and attempt.name != node:
        return "can only access CSINode with the same name as the requesting node"
    return None


def _slice(desk: Desk, node: str, attempt: Attempt) -> Opinion:
    if attempt.subresource:
        return "cannot authorize ResourceSlice subresources"
    if attempt.verb == "create":
        return None
    if attempt.verb in ("get", "update", "patch", "delete"):
        return _related(desk, node, attempt)
    if attempt.verb in ("watch", "list", "deletecollection"):
        if attempt.node == node:
            return None
        return "can only list/watch/deletecollection resourceslices with nodeName field selector"
    return (
        "only the following verbs are allowed for a ResourceSlice: "
        "get, watch, list, create, update, patch, delete, deletecollection"
    )


def _node(desk: Desk, node: str, attempt: Attempt) -> Opinion:
    changes = attempt.verb in ("update", "patch")
    if attempt.subresource:
        return None if attempt.subresource == "status" and changes else ""
    if changes or attempt.verb == "create":
        return None
    if attempt.verb not in READ:
        return ""
    if not attempt.name:
        return f"node '{node}' cannot read all nodes, only its own Node object"
    if attempt.name != node:
        return f"node '{node}' cannot read '{attempt.name}', only its own Node object"
    return None


def _pod(desk: Desk, node: str, attempt: Attempt) -> Opinion:
    verb, part = attempt.verb, attempt.subresource
    if part:
        written = (part == "status" and verb in ("update", "patch")) or (part == "eviction" and verb == "create")
        return None if written else ""
    if verb == "get":
        return _get(desk, node, attempt)
    if verb in ("create", "delete"):
        return None
    if verb not in ("list", "watch"):
        return ""
    if attempt.node == node:
        return None
    if attempt.name:
        return _related(desk, node, attempt)
    return "can only list/watch pods with spec.nodeName field selector"


_JUDGES: dict[tuple[str, str], Callable[[Desk, str, Attempt], Opinion]] = {
    ("", "secrets"): _read,
    ("", "configmaps"): _read,
    ("", "persistentvolumeclaims"): _claim,
    ("", "persistentvolumes"): _get,
    ("resource.k8s.io", "resourceclaims"): _get,
    ("storage.k8s.io", "volumeattachments"): _get,
    ("", "serviceaccounts"): _account,
    ("coordination.k8s.io", "leases"): _lease,
    ("storage.k8s.io", "csinodes"): _csi_node,
    ("resource.k8s.io", "resourceslices"): _slice,
    ("", "nodes"): _node,
    ("", "pods"): _pod,
}


# What has to do with a node


def _bound(pod: Any) -> Iterator[Hashable]:
    if pod.spec.node_name:
        yield pod.spec.node_name


def _referred(resource_name: str) -> Callable[[Desk, str, str, str], bool]:
    """Whether a pod of the node refers to an object of a kind. What mirrors a pod of the node refers to nothing."""

    def relates(desk: Desk, node: str, namespace: str, name: str) -> bool:
        for pod in desk.holders(core.Pod, _bound).under(node):
            if pod.metadata.namespace == namespace and MIRROR not in pod.metadata.annotations:
                if (resource_name, name) in references(pod):
                    return True
        return False

    return relates


def _pod_is_bound(desk: Desk, node: str, namespace: str, name: str) -> bool:
    pod = desk.find(core.Pod, namespace, name)
    return pod is not None and pod.spec.node_name == node


def _volume_is_claimed(desk: Desk, node: str, namespace: str, name: str) -> bool:
    volume = desk.find(core.PersistentVolume, None, name)
    claim = None if volume is None else volume.spec.claim_ref
    return claim is not None and _RELATIONS["persistentvolumeclaims"](desk, node, claim.namespace, claim.name)


def _is_of(kind: Any, named: Callable[[Any], Any]) -> Callable[[Desk, str, str, str], bool]:
    """Whether an object of a kind names the node."""

    def relates(desk: Desk, node: str, namespace: str, name: str) -> bool:
        found = desk.find(kind, None, name)
        return found is not None and named(found) == node

    return relates


_RELATIONS: dict[str, Callable[[Desk, str, str, str], bool]] = {
    **{
        name: _referred(name)
        for name in ("secrets", "configmaps", "persistentvolumeclaims", "serviceaccounts", "resourceclaims")
    },
    "pods": _pod_is_bound,
    "persistentvolumes": _volume_is_claimed,
    "volumeattachments": _is_of(storage.VolumeAttachment, lambda found: found.spec.node_name),
    "resourceslices": _is_of(resource.ResourceSlice, lambda found: found.spec.node_name),
}
