"""The table of kinds: what a Kubernetes 1.36 server serves, and every name by which a person may call it.

One row per resource, in the order in which kubectl looks for a name: the core group first, then the other groups by
name, the preferred version of a group before the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import attrs

from ..errors import UsageError
from ..values.frozen import FrozenMap
from . import GROUPS
from .columns import Column, columns_of
from .schema import Shape, shape_of

if TYPE_CHECKING:
    from .schema_rules import Violation

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


class UnknownResource(UsageError, LookupError):
    """No kind has this name; the text is kubectl's."""


@attrs.frozen(slots=True)
class Subresource:
    """A path below an object, such as `status`: which kind travels through it, and which verbs it knows."""

    name: str
    api_version: str
    kind: str
    verbs: tuple[str, ...]


@attrs.frozen(slots=True, eq=False)
class Kind:
    """One served resource. `type` is its class, imported when it is first asked for."""

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    short_names: tuple[str, ...]
    categories: tuple[str, ...]
    namespaced: bool
    verbs: tuple[str, ...]
    subresources: FrozenMap[str, Subresource]

    @property
    def api_version(self) -> str:
        """`group/version`, or the version alone in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def list_kind(self) -> str:
        """The kind of a list of these."""
        return f"{self.kind}List"

    @property
    def group_resource(self) -> str:
        """The name in error texts: `pods`, `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def type(self) -> Any:
        """The class of the objects."""
        return getattr(_module(self.group, self.version), self.kind)

    @property
    def list_type(self) -> Any:
        """The class of a list of them; None for kinds that are never listed."""
        return getattr(_module(self.group, self.version), self.list_kind, None)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of a table of these objects."""
        return columns_of(self)

    @property
    def extension(self) -> bool:
        """Whether the extension server serves it, which has its own manners.

        The items of a list are whole objects, a list says its `continue` even if it is empty, and a missing
        subresource is spoken of as a missing object.
        """
        return False

    @property
    def selectable(self) -> tuple[str, ...]:
        """The paths of the fields that field selectors may name, where the schema says so."""
        return ()

    @property
    def patches(self) -> tuple[str, ...]:
        """The forms of patches that the kind knows."""
        return ("json", "merge", "strategic", "apply")

    @property
    def shape(self) -> Shape:
        """The shape of the objects: all that generic code needs to know of them."""
        return shape_of(self.type)

    def empty(self) -> Any:
        """An object of this kind with nothing in it."""
        return self.type()

    def decode(
        self,
        document: Any,
        *,
        field_validation: str = "Ignore",
        on_warning: Callable[[str], None] | None = None,
        unstructured: bool = False,
    ) -> Any:
        """An object from JSON: see `codec.decode`."""
        from .codec import decode

        return decode(
            self.type,
            document,
            field_validation=field_validation,
            on_warning=on_warning,
            unstructured=unstructured,
        )

    def __reduce_ex__(self, protocol: Any) -> Any:
        """A built-in kind is itself again where it is unpickled."""
        place = (self.group, self.version, self.plural)
        return (by_resource, place) if by_resource(*place) is self else super().__reduce_ex__(protocol)

    def encode(self, obj: Any) -> dict[str, Any]:
        """Plain JSON of an object, as a real API server writes it."""
        from .codec import to_dict

        return to_dict(obj)

    def settled(self, obj: Any) -> Any:
        """An object as it is after its way through JSON. A typed one is so already."""
        return obj

    def converted(self, obj: Any) -> Any:
        """An object of another version as this one shows it. Built-in kinds have views for that: `conversion.py`."""
        return obj

    def violations(self, obj: Any, old: Any | None, part: str = "") -> Iterable[Violation]:
        """What the kind's schema does not allow of an object. The rules of built-in kinds are no schema's.

        `part` is the subresource that is written, if only that is judged.
        """
        return ()


def _module_name(group: str, version: str) -> str:
    return "autoscaling_v1" if (group, version) == ("autoscaling", "v1") else GROUPS[group]


@cache
def _module(group: str, version: str) -> Any:
    return import_module(f"{__package__}.{_module_name(group, version)}")


_OBJECT_VERBS = ("get", "patch", "update")
_PROXY_VERBS = ("create", "delete", "get", "patch", "update")
_STREAM_VERBS = ("create", "get")

_OF_THE_SAME_KIND = {
    "approval": _OBJECT_VERBS,
    "ephemeralcontainers": _OBJECT_VERBS,
    "finalize": ("update",),
    "log": ("get",),
    "resize": _OBJECT_VERBS,
    "status": _OBJECT_VERBS,
}
_OF_ANOTHER_KIND = {
    "attach": ("v1", "PodAttachOptions", _STREAM_VERBS),
    "binding": ("v1", "Binding", ("create",)),
    "eviction": ("policy/v1", "Eviction", ("create",)),
    "exec": ("v1", "PodExecOptions", _STREAM_VERBS),
    "portforward": ("v1", "PodPortForwardOptions", _STREAM_VERBS),
    "scale": ("autoscaling/v1", "Scale", _OBJECT_VERBS),
    "token": ("authentication.k8s.io/v1", "TokenRequest", ("create",)),
}


def subresource(name: str, api_version: str, kind: str) -> Subresource:
    """What travels through a subresource of a kind, and how."""
    if name == "proxy":
        return Subresource(name, "v1", f"{kind}ProxyOptions", _PROXY_VERBS)
    if name in _OF_ANOTHER_KIND:
        return Subresource(name, *_OF_ANOTHER_KIND[name])
    return Subresource(name, api_version, kind, _OF_THE_SAME_KIND[name])


def _row(
    group: str,
    version: str,
    plural: str,
    kind: str,
    *,
    short: str = "",
    categories: str = "",
    namespaced: bool = True,
    verbs: str = "",
    subresources: str = "",
) -> Kind:
    api_version = f"{group}/{version}" if group else version
    return Kind(
        group=group,
        version=version,
        kind=kind,
        plural=plural,
        singular=kind.lower(),
        short_names=tuple(short.split()),
        categories=tuple(categories.split()),
        namespaced=namespaced,
        verbs=tuple(verbs.split()) or ALL_VERBS,
        subresources=FrozenMap({name: subresource(name, api_version, kind) for name in subresources.split()}),
    )


# fmt: off
KINDS: tuple[Kind, ...] = (
    _row("", "v1", "bindings", "Binding", verbs="create"),
    _row("", "v1", "componentstatuses", "ComponentStatus", short="cs", namespaced=False, verbs="get list"),
    _row("", "v1", "configmaps", "ConfigMap", short="cm"),
    _row("", "v1", "endpoints", "Endpoints", short="ep"),
    _row("", "v1", "events", "Event", short="ev"),
    _row("", "v1", "limitranges", "LimitRange", short="limits"),
    _row("", "v1", "namespaces", "Namespace",
         short="ns", namespaced=False, verbs="create delete get list patch update watch",
         subresources="finalize status"),
    _row("", "v1", "nodes", "Node", short="no", namespaced=False, subresources="proxy status"),
    _row("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", short="pvc", subresources="status"),
    _row("", "v1", "persistentvolumes", "PersistentVolume", short="pv", namespaced=False, subresources="status"),
    _row("", "v1", "pods", "Pod",
         short="po", categories="all",
         subresources="attach binding ephemeralcontainers eviction exec log portforward proxy resize status"),
    _row("", "v1", "podtemplates", "PodTemplate"),
    _row("", "v1", "replicationcontrollers", "ReplicationController",
         short="rc", categories="all", subresources="scale status"),
    _row("", "v1", "resourcequotas", "ResourceQuota", short="quota", subresources="status"),
    _row("", "v1", "secrets", "Secret"),
    _row("", "v1", "serviceaccounts", "ServiceAccount", short="sa", subresources="token"),
    _row("", "v1", "services", "Service", short="svc", categories="all", subresources="proxy status"),
    _row("admissionregistration.k8s.io", "v1", "mutatingadmissionpolicies", "MutatingAdmissionPolicy",
         namespaced=False, categories="api-extensions"),
    _row("admissionregistration.k8s.io", "v1", "mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding",
         namespaced=False, categories="api-extensions"),
    _row("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration",
         namespaced=False, categories="api-extensions"),
    _row("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy",
         namespaced=False, categories="api-extensions", subresources="status"),
    _row("admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding",
         namespaced=False, categories="api-extensions"),
    _row("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration",
         namespaced=False, categories="api-extensions"),
    _row("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition",
         short="crd crds", namespaced=False, categories="api-extensions", subresources="status"),
    _row("apiregistration.k8s.io", "v1", "apiservices", "APIService",
         namespaced=False, categories="api-extensions", subresources="status"),
    _row("apps", "v1", "controllerrevisions", "ControllerRevision"),
    _row("apps", "v1", "daemonsets", "DaemonSet", short="ds", categories="all", subresources="status"),
    _row("apps", "v1", "deployments", "Deployment", short="deploy", categories="all", subresources="scale status"),
    _row("apps", "v1", "replicasets", "ReplicaSet", short="rs", categories="all", subresources="scale status"),
    _row("apps", "v1", "statefulsets", "StatefulSet", short="sts", categories="all", subresources="scale status"),
    _row("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", namespaced=False, verbs="create"),
    _row("authentication.k8s.io", "v1", "tokenreviews", "TokenReview", namespaced=False, verbs="create"),
    _row("authorization.k8s.io", "v1", "localsubjectaccessreviews", "LocalSubjectAccessReview", verbs="create"),
    _row("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview",
         namespaced=False, verbs="create"),
    _row("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview",
         namespaced=False, verbs="create"),
    _row("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", namespaced=False, verbs="create"),
    _row("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler",
         short="hpa", categories="all", subresources="status"),
    _row("autoscaling", "v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler",
         short="hpa", categories="all", subresources="status"),
    _row("batch", "v1", "cronjobs", "CronJob", short="cj", categories="all", subresources="status"),
    _row("batch", "v1", "jobs", "Job", categories="all", subresources="status"),
    _row("certificates.k8s.io", "v1", "certificatesigningrequests", "CertificateSigningRequest",
         short="csr", namespaced=False, subresources="approval status"),
    _row("coordination.k8s.io", "v1", "leases", "Lease"),
    _row("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
    _row("events.k8s.io", "v1", "events", "Event", short="ev"),
    _row("flowcontrol.apiserver.k8s.io", "v1", "flowschemas", "FlowSchema", namespaced=False, subresources="status"),
    _row("flowcontrol.apiserver.k8s.io", "v1", "prioritylevelconfigurations", "PriorityLevelConfiguration",
         namespaced=False, subresources="status"),
    _row("networking.k8s.io", "v1", "ingressclasses", "IngressClass", namespaced=False),
    _row("networking.k8s.io", "v1", "ingresses", "Ingress", short="ing", subresources="status"),
    _row("networking.k8s.io", "v1", "ipaddresses", "IPAddress", short="ip", namespaced=False),
    _row("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", short="netpol"),
    _row("networking.k8s.io", "v1", "servicecidrs", "ServiceCIDR", namespaced=False, subresources="status"),
    _row("node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", namespaced=False),
    _row("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", short="pdb", subresources="status"),
    _row("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", namespaced=False),
    _row("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", namespaced=False),
    _row("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
    _row("rbac.authorization.k8s.io", "v1", "roles", "Role"),
    _row("resource.k8s.io", "v1", "deviceclasses", "DeviceClass", namespaced=False),
    _row("resource.k8s.io", "v1", "resourceclaims", "ResourceClaim", subresources="status"),
    _row("resource.k8s.io", "v1", "resourceclaimtemplates", "ResourceClaimTemplate"),
    _row("resource.k8s.io", "v1", "resourceslices", "ResourceSlice", namespaced=False),
    _row("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", short="pc", namespaced=False),
    _row("storage.k8s.io", "v1", "csidrivers", "CSIDriver", namespaced=False),
    _row("storage.k8s.io", "v1", "csinodes", "CSINode", namespaced=False),
    _row("storage.k8s.io", "v1", "csistoragecapacities", "CSIStorageCapacity"),
    _row("storage.k8s.io", "v1", "storageclasses", "StorageClass", short="sc", namespaced=False),
    _row("storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", namespaced=False, subresources="status"),
    _row("storage.k8s.io", "v1", "volumeattributesclasses", "VolumeAttributesClass", short="vac", namespaced=False),
)
# fmt: on
"""Every served resource."""

_BY_RESOURCE = {(kind.group, kind.version, kind.plural): kind for kind in KINDS}
_BY_GVK = {(kind.api_version, kind.kind): kind for kind in KINDS}
_BY_NAME: dict[str, Kind] = {}
for _kind in KINDS:
    for _name in (_kind.plural, _kind.singular, *_kind.short_names):
        _BY_NAME.setdefault(_name, _kind)

_OTHER_KINDS = {
    "v1": ("meta", ("APIGroup", "APIResourceList", "DeleteOptions", "Status")),
    "autoscaling/v1": ("autoscaling_v1", ("Scale",)),
    "policy/v1": ("policy", ("Eviction",)),
    "authentication.k8s.io/v1": ("authentication", ("TokenRequest",)),
}


def find(name: str) -> Kind:
    """The kind that a person means: `po`, `pods`, `Pod`, `deployments.apps`, `deploy.v1.apps`, `v1/Pod`,
    `apps/v1/Deployment`. Raises UnknownResource with kubectl's text. O(1).
    """
    found = _find(name)
    if found is None:
        raise UnknownResource(f'the server doesn\'t have a resource type "{name}"')
    return found


def _find(name: str) -> Kind | None:
    if "/" in name:
        api_version, _, kind = name.rpartition("/")
        return _BY_GVK.get((api_version, kind)) or _within(kind, *_split(api_version))
    head, _, group = name.partition(".")
    if not group:
        return _BY_NAME.get(head.lower())
    version, _, rest = group.partition(".")
    return _within(head, group, None) or _within(head, rest, version)


def _split(api_version: str) -> tuple[str, str]:
    group, _, version = api_version.rpartition("/")
    return group, version


def _within(name: str, group: str, version: str | None) -> Kind | None:
    wanted = name.lower()
    for kind in KINDS:
        if kind.group == group and version in (None, kind.version):
            if wanted in (kind.plural, kind.singular, *kind.short_names):
                return kind
    return None


def by_resource(group: str, version: str, plural: str) -> Kind | None:
    """The kind behind a URL, or None. O(1)."""
    return _BY_RESOURCE.get((group, version, plural))


def by_gvk(api_version: str, kind: str) -> Kind | None:
    """The kind that a manifest names, or None. O(1)."""
    return _BY_GVK.get((api_version, kind))


def of(thing: Any) -> Kind:
    """The kind of a class or object. Raises UnknownResource when it is none that is served. O(1)."""
    found = _BY_GVK.get((getattr(thing, "api_version", ""), getattr(thing, "kind", "")))
    if found is None:
        raise UnknownResource(f"{thing!r} is not of a kind that the server serves")
    return found


def type_of(api_version: str, kind: str) -> Any:
    """The class that a manifest names: a served kind, a list of one, or a kind that only travels, such as `Status`
    or `Scale`. None when there is none.
    """
    row = _BY_GVK.get((api_version, kind))
    if row is not None:
        return row.type
    if kind.endswith("List"):
        row = _BY_GVK.get((api_version, kind.removesuffix("List")))
        if row is not None:
            return row.list_type
    module, kinds = _OTHER_KINDS.get(api_version, ("", ()))
    return getattr(import_module(f"{__package__}.{module}"), kind) if kind in kinds else None


@lru_cache(maxsize=1)
def homes() -> Mapping[str, str]:
    """The module of every top-level type by its bare name; of two types with one name, the older one."""
    found: dict[str, str] = {}
    for kind in KINDS:
        names = (kind.kind, f"{kind.kind}List") if "list" in kind.verbs else (kind.kind,)
        for name in names:
            found.setdefault(name, _module_name(kind.group, kind.version))
    for module, others in _OTHER_KINDS.values():
        found.update(dict.fromkeys(others, module))
    return found
