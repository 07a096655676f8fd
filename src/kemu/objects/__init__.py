"""Every API type that a Kubernetes 1.36 server serves, as immutable Python values.

Top-level kinds are here by name (`from kemu.objects import Pod, Deployment`), nested types in one module per API
group (`core.Container`, `meta.LabelSelector`). Modules are imported when they are first asked for.
"""

# ruff: noqa: F401, I001

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

GROUPS = {
    "": "core",
    "admissionregistration.k8s.io": "admissionregistration",
    "apiextensions.k8s.io": "apiextensions",
    "apiregistration.k8s.io": "apiregistration",
    "apps": "apps",
    "authentication.k8s.io": "authentication",
    "authorization.k8s.io": "authorization",
    "autoscaling": "autoscaling_v2",
    "batch": "batch",
    "certificates.k8s.io": "certificates",
    "coordination.k8s.io": "coordination",
    "discovery.k8s.io": "discovery",
    "events.k8s.io": "events",
    "flowcontrol.apiserver.k8s.io": "flowcontrol",
    "networking.k8s.io": "networking",
    "node.k8s.io": "node",
    "policy": "policy",
    "rbac.authorization.k8s.io": "rbac",
    "resource.k8s.io": "resource",
    "scheduling.k8s.io": "scheduling",
    "storage.k8s.io": "storage",
}
"""Which module holds the types of an API group (`autoscaling/v1` is in `autoscaling_v1`)."""

if TYPE_CHECKING:
    # fmt: off
    from .admissionregistration import (
        MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, MutatingAdmissionPolicyBindingList,
        MutatingAdmissionPolicyList, MutatingWebhookConfiguration, MutatingWebhookConfigurationList,
        ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ValidatingAdmissionPolicyBindingList,
        ValidatingAdmissionPolicyList, ValidatingWebhookConfiguration, ValidatingWebhookConfigurationList,
    )
    from .apiextensions import CustomResourceDefinition, CustomResourceDefinitionList
    from .apiregistration import APIService, APIServiceList
    from .apps import (
        ControllerRevision, ControllerRevisionList, DaemonSet, DaemonSetList, Deployment, DeploymentList,
        ReplicaSet, ReplicaSetList, StatefulSet, StatefulSetList,
    )
    from .authentication import SelfSubjectReview, TokenRequest, TokenReview
    from .authorization import (
        LocalSubjectAccessReview, SelfSubjectAccessReview, SelfSubjectRulesReview, SubjectAccessReview,
    )
    from .autoscaling_v1 import Scale
    from .autoscaling_v2 import HorizontalPodAutoscaler, HorizontalPodAutoscalerList
    from .batch import CronJob, CronJobList, Job, JobList
    from .certificates import CertificateSigningRequest, CertificateSigningRequestList
    from .coordination import Lease, LeaseList
    from .core import (
        Binding, ComponentStatus, ComponentStatusList, ConfigMap, ConfigMapList, Endpoints, EndpointsList,
        Event, EventList, LimitRange, LimitRangeList, Namespace, NamespaceList, Node, NodeList,
        PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimList, PersistentVolumeList, Pod, PodList,
        PodTemplate, PodTemplateList, ReplicationController, ReplicationControllerList, ResourceQuota,
        ResourceQuotaList, Secret, SecretList, Service, ServiceAccount, ServiceAccountList, ServiceList,
    )
    from .discovery import EndpointSlice, EndpointSliceList
    from .flowcontrol import FlowSchema, FlowSchemaList, PriorityLevelConfiguration, PriorityLevelConfigurationList
    from .meta import APIGroup, APIResourceList, DeleteOptions, Status
    from .networking import (
        IPAddress, IPAddressList, Ingress, IngressClass, IngressClassList, IngressList, NetworkPolicy,
        NetworkPolicyList, ServiceCIDR, ServiceCIDRList,
    )
    from .node import RuntimeClass, RuntimeClassList
    from .policy import Eviction, PodDisruptionBudget, PodDisruptionBudgetList
    from .rbac import (
        ClusterRole, ClusterRoleBinding, ClusterRoleBindingList, ClusterRoleList, Role, RoleBinding,
        RoleBindingList, RoleList,
    )
    from .resource import (
        DeviceClass, DeviceClassList, ResourceClaim, ResourceClaimList, ResourceClaimTemplate,
        ResourceClaimTemplateList, ResourceSlice, ResourceSliceList,
    )
    from .scheduling import PriorityClass, PriorityClassList
    from .storage import (
        CSIDriver, CSIDriverList, CSINode, CSINodeList, CSIStorageCapacity, CSIStorageCapacityList,
        StorageClass, StorageClassList, VolumeAttachment, VolumeAttachmentList, VolumeAttributesClass,
        VolumeAttributesClassList,
    )
    from .custom import CustomObject
    from .custom_kinds import CustomKind, custom_kind
    from .model import Object, ObjectList, Struct, TopLevel, evolve, parts, replaced
    # fmt: on

_MODULES = frozenset(GROUPS.values()) | {
    "meta",
    "autoscaling_v1",
    "codec",
    "scheme",
    "schema",
    "openapi",
    "custom",
    "references",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name in ("evolve", "parts", "replaced", "Struct", "Object", "ObjectList", "TopLevel"):
        return getattr(import_module(".model", __name__), name)
    if name in ("CustomKind", "custom_kind"):
        return getattr(import_module(".custom_kinds", __name__), name)
    if name == "CustomObject":
        return import_module(".custom", __name__).CustomObject
    if name[:1].isupper():
        from . import scheme

        home = scheme.home_of(name)
        if home is not None:
            found = getattr(import_module(home), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
