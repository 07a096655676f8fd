"""One policy row for every resource that the server serves.

A row answers the fixed questions of the write sequence (`writes.py`): where the object is kept, what a client may
write and when, whether `generation` counts, what a deletion does. Most answers follow from the kind; the tables below
hold the exceptions. Everything else is the same code for every resource.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import attrs

from ..objects import scheme
from ..objects.scheme import Kind
from ..values import names

NameCheck = Callable[[str], tuple[str, ...]]

REGISTRY = b"/registry/"
"""The prefix under which every API object is kept, as in a real cluster's etcd."""

CREATE_ON_UPDATE = frozenset(
    [
        "endpoints",
        "events",
        "limitranges",
        "services",
        "leases.coordination.k8s.io",
        "events.events.k8s.io",
        "runtimeclasses.node.k8s.io",
        "roles.rbac.authorization.k8s.io",
        "rolebindings.rbac.authorization.k8s.io",
        "clusterroles.rbac.authorization.k8s.io",
        "clusterrolebindings.rbac.authorization.k8s.io",
    ]
)
"""A PUT to a name that does not exist creates the object."""

VERSION_REQUIRED = frozenset(
    [
        "leases.coordination.k8s.io",
        "poddisruptionbudgets.policy",
        "runtimeclasses.node.k8s.io",
        "csidrivers.storage.k8s.io",
        "csinodes.storage.k8s.io",
        "csistoragecapacities.storage.k8s.io",
        "volumeattachments.storage.k8s.io",
        "customresourcedefinitions.apiextensions.k8s.io",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "validatingadmissionpolicies.admissionregistration.k8s.io",
        "validatingadmissionpolicybindings.admissionregistration.k8s.io",
        "mutatingadmissionpolicies.admissionregistration.k8s.io",
        "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
    ]
)
"""A PUT must name the resourceVersion that it replaces."""

RETURNS_DELETED = frozenset(
    [
        "pods",
        "podtemplates",
        "services",
        "serviceaccounts",
        "resourcequotas",
        "persistentvolumes",
        "persistentvolumeclaims",
        "namespaces",
        "csidrivers.storage.k8s.io",
        "csinodes.storage.k8s.io",
        "storageclasses.storage.k8s.io",
        "volumeattachments.storage.k8s.io",
        "volumeattributesclasses.storage.k8s.io",
        "deviceclasses.resource.k8s.io",
        "resourceclaims.resource.k8s.io",
        "resourceclaimtemplates.resource.k8s.io",
        "resourceslices.resource.k8s.io",
    ]
)
"""A DELETE that removes the object answers with the object instead of a Status."""

COUNTS_GENERATION = frozenset(
    [
        "pods",
        "replicationcontrollers",
        "podtemplates",
        "deployments.apps",
        "replicasets.apps",
        "statefulsets.apps",
        "daemonsets.apps",
        "jobs.batch",
        "cronjobs.batch",
        "endpointslices.discovery.k8s.io",
        "ingresses.networking.k8s.io",
        "ingressclasses.networking.k8s.io",
        "networkpolicies.networking.k8s.io",
        "poddisruptionbudgets.policy",
        "priorityclasses.scheduling.k8s.io",
        "customresourcedefinitions.apiextensions.k8s.io",
        "flowschemas.flowcontrol.apiserver.k8s.io",
        "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
        "deviceclasses.resource.k8s.io",
        "resourceslices.resource.k8s.io",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "validatingadmissionpolicies.admissionregistration.k8s.io",
        "validatingadmissionpolicybindings.admissionregistration.k8s.io",
        "mutatingadmissionpolicies.admissionregistration.k8s.io",
        "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
    ]
)
"""`metadata.generation` is 1 on create and counts the changes of the desired state."""

NAME_CHECKS: dict[str, NameCheck] = {
    "namespaces": names.is_dns1123_label,
    "services": names.is_dns1123_label,
    "roles.rbac.authorization.k8s.io": names.is_path_segment_name,
    "rolebindings.rbac.authorization.k8s.io": names.is_path_segment_name,
    "clusterroles.rbac.authorization.k8s.io": names.is_path_segment_name,
    "clusterrolebindings.rbac.authorization.k8s.io": names.is_path_segment_name,
}
"""What a name must look like where it is not a DNS subdomain."""

NOT_STORED = frozenset(
    [
        "bindings",
        "componentstatuses",
        "tokenreviews.authentication.k8s.io",
        "selfsubjectreviews.authentication.k8s.io",
        "subjectaccessreviews.authorization.k8s.io",
        "selfsubjectaccessreviews.authorization.k8s.io",
        "localsubjectaccessreviews.authorization.k8s.io",
        "selfsubjectrulesreviews.authorization.k8s.io",
    ]
)
"""Questions and commands that are answered at once and leave nothing behind."""

SHARED_STORAGE = {
    "events.events.k8s.io": "events",
    "horizontalpodautoscalers.autoscaling/v1": "horizontalpodautoscalers.autoscaling/v2",
}
"""Resources that are another view of objects kept under a different resource."""

NAMESPACED_CONTENT_EXEMPT = frozenset({"namespaces"})


def resource_key(kind: Kind) -> str:
    """`pods`, `deployments.apps`: the resource's name with its group, which identifies it in tables."""
    return f"{kind.plural}.{kind.group}" if kind.group else kind.plural


@attrs.frozen(eq=False)
class Resource:
    """The policy of one resource in one served version."""

    kind: Kind
    key: str
    prefix: bytes
    namespaced: bool
    has_status: bool
    counts_generation: bool
    create_on_update: bool
    version_required: bool
    returns_deleted: bool
    name_check: NameCheck
    storage: str
    """The `key` of the resource in whose form the objects are kept; its own for nearly all."""
    canonical: bool = True
    """Whether the objects are kept in the form in which this resource shows them; true for nearly all."""
    custom: bool = False
    name: str = attrs.field(init=False)
    """The key with the version, which tells apart the views of one stored object."""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "name", f"{self.key}/{self.kind.version}")

    @property
    def type(self) -> Any:
        """The class of the objects."""
        return self.kind.type

    def path(self, namespace: str | None, name: str) -> bytes:
        """Where one object is kept in the store."""
        if self.namespaced:
            return self.prefix + f"{namespace}/{name}".encode()
        return self.prefix + name.encode()

    def collection(self, namespace: str | None) -> bytes:
        """The prefix of the objects of one namespace, or of all of them."""
        return self.prefix + f"{namespace}/".encode() if self.namespaced and namespace else self.prefix


def row(kind: Kind) -> Resource:
    """The policy row of a built-in kind, or of a custom one that has no exceptions."""
    key = resource_key(kind)
    storage = SHARED_STORAGE.get(f"{key}/{kind.version}", SHARED_STORAGE.get(key, key))
    stored_as = storage.split("/")[0]
    return Resource(
        kind=kind,
        key=key,
        prefix=REGISTRY + stored_as.encode() + b"/",
        namespaced=kind.namespaced,
        has_status="status" in kind.subresources,
        counts_generation=key in COUNTS_GENERATION,
        create_on_update=key in CREATE_ON_UPDATE,
        version_required=key in VERSION_REQUIRED,
        returns_deleted=key in RETURNS_DELETED,
        name_check=NAME_CHECKS.get(key, names.is_dns1123_subdomain),
        storage=storage,
        canonical=storage in (key, f"{key}/{kind.version}"),
    )


class Resources:
    """The rows of everything that is served, found by group, version and plural, by class, or by storage prefix."""

    __slots__ = ("_by_kind", "_by_path", "_by_plural", "_by_type")

    def __init__(self, kinds: Iterable[Kind] = ()) -> None:
        self._by_plural: dict[tuple[str, str, str], Resource] = {}
        self._by_type: dict[Any, Resource] = {}
        self._by_path: dict[bytes, Resource] = {}
        self._by_kind: dict[tuple[str, str], Resource] = {}
        for kind in kinds or scheme.KINDS:
            self.add(row(kind))

    def add(self, resource: Resource) -> None:
        """Serve one more resource."""
        kind = resource.kind
        self._by_plural[kind.group, kind.version, kind.plural] = resource
        self._by_kind[kind.api_version, kind.kind] = resource
        if resource.canonical:
            self._by_path[resource.prefix] = resource

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        """The row of a resource, or None if it is not served. O(1)."""
        return self._by_plural.get((group, version, plural))

    def by_kind(self, api_version: str, kind: str) -> Resource | None:
        """The row of what a manifest names, or None if it is not served. O(1)."""
        return self._by_kind.get((api_version, kind))

    def of(self, type_or_object: Any) -> Resource:
        """The row of a class, or of an object's class. O(1); raises UsageError through the scheme if unknown."""
        cls = type_or_object if isinstance(type_or_object, type) else type(type_or_object)
        found = self._by_type.get(cls)
        if found is None:
            kind = scheme.of(type_or_object)
            found = self._by_plural[kind.group, kind.version, kind.plural]
            if not found.custom:
                self._by_type[cls] = found
        return found

    def at(self, key: bytes) -> Resource | None:
        """The row whose objects are kept where `key` points. O(1)."""
        end = key.find(b"/", len(REGISTRY))
        return self._by_path.get(key[: end + 1])

    def all(self) -> Iterable[Resource]:
        """Every served resource, in the order of the scheme."""
        return self._by_plural.values()

    def fork(self) -> Resources:
        """An independent table with the same rows."""
        twin = Resources.__new__(Resources)
        twin._by_plural = dict(self._by_plural)
        twin._by_type = dict(self._by_type)
        twin._by_kind = dict(self._by_kind)
        twin._by_path = dict(self._by_path)
        return twin
