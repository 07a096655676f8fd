"""The rest of the core group: namespaces, nodes, settings, limits."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...objects import evolve
from ...objects.conditions import find_condition
from ...values import names
from ...values.frozen import FrozenMap
from ...wellknown import ROLE
from ..cells import AGE, CREATED, NAME, NONE, UNKNOWN, Cell, age, cell, joined, row
from ..failures import FieldError, invalid_value
from ..metadata import STANDARD_FINALIZERS
from ..pod_security.levels import labelled
from ..policy import Policy, always, whole
from ..rows import below
from ..updates import immutable
from .amounts import amounts, quota_resource
from .limit_rules import limits, scopes, scopes_stay
from .node_rules import node, node_changes, node_status, ranges
from .oddities import odd_range
from .settings_rules import config_map, fixed, secret, secret_warns

if TYPE_CHECKING:
    from ..request import Desk


# Namespaces


def _named_by_label(namespace: Any) -> Any:
    """A namespace has a label that always carries its name."""
    metadata = namespace.metadata
    if metadata.labels.get("kubernetes.io/metadata.name") == metadata.name:
        return namespace
    labels = FrozenMap({**metadata.labels, "kubernetes.io/metadata.name": metadata.name})
    return evolve(namespace, {"metadata.labels": labels})


def _create_namespace(namespace: Any, desk: Desk) -> Any:
    finalizers = namespace.spec.finalizers
    if "kubernetes" not in finalizers:
        finalizers = (*finalizers, "kubernetes")
    return evolve(namespace, {"spec.finalizers": finalizers, "status.phase": "Active"})


def _update_namespace(new: Any, old: Any, subresource: str, desk: Desk) -> Any:
    """Only `finalize` writes the finalizers of a namespace's contents."""
    if subresource == "" and new.spec.finalizers != old.spec.finalizers:
        return evolve(new, {"spec.finalizers": old.spec.finalizers})
    return evolve(new, status=old.status) if subresource == "finalize" else new


def _delete_namespace(namespace: Any, desk: Desk) -> Any:
    return evolve(namespace, {"status.phase": "Terminating"})


def _finalizers(finalizers: Sequence[str]) -> Iterator[FieldError]:
    """What holds the contents of a namespace is a standard finalizer or names its domain."""
    for name in finalizers:
        for text in names.is_qualified_name(name):
            yield invalid_value("", name, text)
        if "/" not in name and name not in STANDARD_FINALIZERS:
            yield invalid_value("", name, "name is neither a standard finalizer name nor is it fully qualified")


def _finalized(new: Any, old: Any) -> Iterator[FieldError]:
    for index, name in enumerate(new.spec.finalizers):
        yield from (problem._replace(field=f"spec.finalizers[{index}]") for problem in _finalizers((name,)))


def _phase(new: Any, old: Any) -> Iterator[FieldError]:
    """A namespace is on its way out if it has been deleted, and not otherwise."""
    phase = new.status.phase
    if new.metadata.deletion_timestamp is None:
        if phase != "Active":
            yield invalid_value("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty")
    elif phase != "Terminating":
        yield invalid_value("status.Phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")


NAMESPACE = Policy(
    "namespaces",
    guards=labelled,
    name_check=names.is_dns1123_label,
    status_on_create=True,
    returns_deleted=True,
    held=lambda namespace: bool(namespace.spec.finalizers),
    defaults={"": whole(_named_by_label), "status.phase": "Active"},
    prepare_create=_create_namespace,
    prepare_update=_update_namespace,
    prepare_delete=_delete_namespace,
    create_rules=(lambda namespace: below("spec.finalizers", _finalizers(namespace.spec.finalizers)),),
    through={"finalize": (_finalized,)},
    status_update=(_phase,),
    selectable={"status.phase": None},
    cells=row(NAME, cell(lambda obj: obj.status.phase or ""), AGE),
)


# Nodes


def _pod_ranges(spec: Any) -> Any:
    """The first range of addresses for pods stands by itself, too; where they differ, that is the one which counts."""
    own, listed = spec.pod_cidr, spec.pod_cidrs
    if own:
        return spec if listed and listed[0] == own else evolve(spec, pod_cidrs=(own,))
    return evolve(spec, pod_cidr=listed[0]) if listed else spec


def _node_allocatable(status: Any) -> Any:
    if status.allocatable or not status.capacity:
        return status
    return evolve(status, allocatable=status.capacity)


def _node_cells(obj: Any, now: float) -> list[Any]:
    ready = find_condition(obj.status.conditions, "Ready")
    words = ["Unknown" if ready is None else {"True": "Ready", "False": "NotReady"}.get(ready.status, "Unknown")]
    if obj.spec.unschedulable:
        words.append("SchedulingDisabled")
    roles = sorted(label.removeprefix(ROLE) for label in obj.metadata.labels if label.startswith(ROLE))
    info = obj.status.node_info
    addresses = {each.type: each.address for each in reversed(obj.status.addresses)}
    return [
        obj.metadata.name,
        ",".join(words),
        joined(roles),
        age(obj.metadata.creation_timestamp, now),
        info.kubelet_version if info else "",
        addresses.get("InternalIP", NONE),
        addresses.get("ExternalIP", NONE),
        (info.os_image if info else "") or UNKNOWN,
        (info.kernel_version if info else "") or UNKNOWN,
        (info.container_runtime_version if info else "") or UNKNOWN,
    ]


def _node_warns(node: Any, old: Any | None) -> Iterator[str]:
    if node.spec.external_id:
        yield "spec.externalID: this field is deprecated, and is unused by Kubernetes"
    for index, value in enumerate(node.spec.pod_cidrs):
        yield from odd_range(f"spec.podCIDRs[{index}]", value)


def _new_node(node: Any, desk: Desk) -> Any:
    """Of a status that is sent with a new node, what kubelets once read is not kept."""
    return node if node.status is None or node.status.config is None else evolve(node, {"status.config": None})


NODE = Policy(
    "nodes",
    warns=(_node_warns,),
    status_on_create=True,
    dropped=("spec.config_source",),
    prepare_create=_new_node,
    defaults={"status": whole(_node_allocatable), "spec": whole(_pod_ranges)},
    rules=(node, ranges),
    declared=False,
    metadata_checks=4,
    update=(node_changes,),
    status_update=(lambda new, old: node_status(new),),
    selectable={"spec.unschedulable": lambda node: bool(node.spec.unschedulable)},
    cells=_node_cells,
)


# Settings


def _string_data(secret: Any) -> Any:
    """`stringData` is another way to write `data`, and is never read back."""
    if not secret.string_data:
        return secret
    written = {key: base64.b64encode(text.encode()).decode() for key, text in secret.string_data.items()}
    return evolve(secret, data=FrozenMap({**secret.data, **written}), string_data=FrozenMap())


def _named_secrets(account: Any) -> Any:
    """Of the secrets that a service account mentions only the names are kept."""
    secrets = tuple(
        evolve(each, kind=None, namespace=None, uid=None, api_version=None, resource_version=None, field_path=None)
        for each in account.secrets
    )
    return account if secrets == account.secrets else evolve(account, secrets=secrets)


CONFIG_MAP = Policy(
    "configmaps",
    rules=(config_map,),
    update=(fixed("data", "binaryData"),),
    metadata_checks=4,
    cells=row(NAME, cell(lambda obj: len(obj.data) + len(obj.binary_data)), AGE),
)

SECRET = Policy(
    "secrets",
    defaults={"type": "Opaque", "": whole(_string_data)},
    rules=(secret,),
    update=(*immutable("type"), fixed("data")),
    judged_last=True,
    warns=(secret_warns,),
    metadata_checks=4,
    selectable={"type": None},
    cells=row(NAME, cell(lambda obj: obj.type or ""), cell(lambda obj: len(obj.data)), AGE),
)

SERVICE_ACCOUNT = Policy(
    "serviceaccounts",
    returns_deleted=True,
    defaults={"": whole(_named_secrets)},
    metadata_checks=4,
    cells=row(NAME, AGE),
)


# Limits and quotas


def _limit_range_item(item: Any) -> Any:
    """For containers, a maximum is a default limit, and a default limit a default request."""
    if item.type != "Container":
        return item
    limit = dict(item.max) | dict(item.default)
    request = limit | dict(item.min) if not item.default_request else {}
    request = {name: limit.get(name, amount) for name, amount in request.items()}
    request.update({name: amount for name, amount in item.min.items() if name not in limit})
    request.update(item.default_request)
    for name, amount in limit.items():
        request.setdefault(name, amount)
    new = evolve(item, default=FrozenMap(limit), default_request=FrozenMap(request))
    return item if new == item else new


def _quota(prefix: str) -> Cell:
    def text(obj: Any) -> str:
        shown = []
        for name in sorted(obj.status.hard):
            if name.startswith("limits.") is (prefix == "limits."):
                shown.append(f"{name}: {obj.status.used.get(name, '0')}/{obj.status.hard[name]}")
        return ", ".join(shown)

    return cell(text)


LIMIT_RANGE = Policy(
    "limitranges",
    create_on_update=True,
    guards=always,
    defaults={"spec.limits[*]": whole(_limit_range_item)},
    rules={"spec.limits": limits},
    cells=row(NAME, CREATED),
)

AMOUNTS = amounts(quota_resource)


def _quota_warns(quota: Any, old: Any | None) -> Iterator[str]:
    """A new quota has room for as much of requests as of limits."""
    hard = quota.spec.hard
    for name in ("cpu", "memory", "storage", "ephemeral-storage") if old is None else ():
        asked, limit = f"requests.{name}", f"limits.{name}"
        if asked not in hard and name in ("cpu", "memory"):
            asked = name
        if asked in hard and limit in hard and hard[asked] > hard[limit]:
            yield f"ResourceQuota {asked} ({hard[asked]}) should be less than {limit} ({hard[limit]})"


RESOURCE_QUOTA = Policy(
    "resourcequotas",
    warns=(_quota_warns,),
    returns_deleted=True,
    guards=always,
    rules=({"spec.hard": AMOUNTS, "spec": scopes},),
    declared=False,
    update=(scopes_stay,),
    status_rules={"status.hard": AMOUNTS, "status.used": AMOUNTS},
    cells=row(NAME, _quota(""), _quota("limits."), AGE),
)


# Questions and commands

BINDING = Policy("bindings", stored=False)

COMPONENT_STATUS = Policy(
    "componentstatuses",
    stored=False,
    deprecated="v1 ComponentStatus is deprecated in v1.19+",
)

POLICIES = (
    NAMESPACE,
    NODE,
    CONFIG_MAP,
    SECRET,
    SERVICE_ACCOUNT,
    LIMIT_RANGE,
    RESOURCE_QUOTA,
    BINDING,
    COMPONENT_STATUS,
)
