"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from . import (
    admissionregistration as admissionregistration, apiextensions as apiextensions, apiregistration as apiregistration,
    apps as apps, authentication as authentication, authorization as authorization, autoscaling_v1 as autoscaling_v1,
    autoscaling_v2 as autoscaling_v2, batch as batch, certificates as certificates, codec as codec,
    coordination as coordination, core as core, custom as custom, discovery as discovery, events as events,
    flowcontrol as flowcontrol, meta as meta, networking as networking, node as node, openapi as openapi,
    policy as policy, rbac as rbac, references as references, resource as resource, scheduling as scheduling,
    schema as schema, scheme as scheme, storage as storage
)
from .meta import APIGroup as APIGroup
from .meta import APIResourceList as APIResourceList
from .apiregistration import APIService as APIService
from .apiregistration import APIServiceList as APIServiceList
from .core import Binding as Binding
from .storage import CSIDriver as CSIDriver
from .storage import CSIDriverList as CSIDriverList
from .storage import CSINode as CSINode
from .storage import CSINodeList as CSINodeList
from .storage import CSIStorageCapacity as CSIStorageCapacity
from .storage import CSIStorageCapacityList as CSIStorageCapacityList
from .certificates import CertificateSigningRequest as CertificateSigningRequest
from .certificates import CertificateSigningRequestList as CertificateSigningRequestList
from .rbac import ClusterRole as ClusterRole
from .rbac import ClusterRoleBinding as ClusterRoleBinding
from .rbac import ClusterRoleBindingList as ClusterRoleBindingList
from .rbac import ClusterRoleList as ClusterRoleList
from .core import ComponentStatus as ComponentStatus
from .core import ComponentStatusList as ComponentStatusList
from .core import ConfigMap as ConfigMap
from .core import ConfigMapList as ConfigMapList
from .apps import ControllerRevision as ControllerRevision
from .apps import ControllerRevisionList as ControllerRevisionList
from .batch import CronJob as CronJob
from .batch import CronJobList as CronJobList
from .custom_kinds import CustomKind as CustomKind
from .custom import CustomObject as CustomObject
from .apiextensions import CustomResourceDefinition as CustomResourceDefinition
from .apiextensions import CustomResourceDefinitionList as CustomResourceDefinitionList
from .apps import DaemonSet as DaemonSet
from .apps import DaemonSetList as DaemonSetList
from .meta import DeleteOptions as DeleteOptions
from .apps import Deployment as Deployment
from .apps import DeploymentList as DeploymentList
from .resource import DeviceClass as DeviceClass
from .resource import DeviceClassList as DeviceClassList
from .discovery import EndpointSlice as EndpointSlice
from .discovery import EndpointSliceList as EndpointSliceList
from .core import Endpoints as Endpoints
from .core import EndpointsList as EndpointsList
from .core import Event as Event
from .core import EventList as EventList
from .policy import Eviction as Eviction
from .flowcontrol import FlowSchema as FlowSchema
from .flowcontrol import FlowSchemaList as FlowSchemaList
from .autoscaling_v2 import HorizontalPodAutoscaler as HorizontalPodAutoscaler
from .autoscaling_v2 import HorizontalPodAutoscalerList as HorizontalPodAutoscalerList
from .networking import IPAddress as IPAddress
from .networking import IPAddressList as IPAddressList
from .networking import Ingress as Ingress
from .networking import IngressClass as IngressClass
from .networking import IngressClassList as IngressClassList
from .networking import IngressList as IngressList
from .batch import Job as Job
from .batch import JobList as JobList
from .coordination import Lease as Lease
from .coordination import LeaseList as LeaseList
from .core import LimitRange as LimitRange
from .core import LimitRangeList as LimitRangeList
from .authorization import LocalSubjectAccessReview as LocalSubjectAccessReview
from .admissionregistration import MutatingAdmissionPolicy as MutatingAdmissionPolicy
from .admissionregistration import MutatingAdmissionPolicyBinding as MutatingAdmissionPolicyBinding
from .admissionregistration import MutatingAdmissionPolicyBindingList as MutatingAdmissionPolicyBindingList
from .admissionregistration import MutatingAdmissionPolicyList as MutatingAdmissionPolicyList
from .admissionregistration import MutatingWebhookConfiguration as MutatingWebhookConfiguration
from .admissionregistration import MutatingWebhookConfigurationList as MutatingWebhookConfigurationList
from .core import Namespace as Namespace
from .core import NamespaceList as NamespaceList
from .networking import NetworkPolicy as NetworkPolicy
from .networking import NetworkPolicyList as NetworkPolicyList
from .core import Node as Node
from .core import NodeList as NodeList
from .model import Object as Object
from .model import ObjectList as ObjectList
from .core import PersistentVolume as PersistentVolume
from .core import PersistentVolumeClaim as PersistentVolumeClaim
from .core import PersistentVolumeClaimList as PersistentVolumeClaimList
from .core import PersistentVolumeList as PersistentVolumeList
from .core import Pod as Pod
from .policy import PodDisruptionBudget as PodDisruptionBudget
from .policy import PodDisruptionBudgetList as PodDisruptionBudgetList
from .core import PodList as PodList
from .core import PodTemplate as PodTemplate
from .core import PodTemplateList as PodTemplateList
from .scheduling import PriorityClass as PriorityClass
from .scheduling import PriorityClassList as PriorityClassList
from .flowcontrol import PriorityLevelConfiguration as PriorityLevelConfiguration
from .flowcontrol import PriorityLevelConfigurationList as PriorityLevelConfigurationList
from .apps import ReplicaSet as ReplicaSet
from .apps import ReplicaSetList as ReplicaSetList
from .core import ReplicationController as ReplicationController
from .core import ReplicationControllerList as ReplicationControllerList
from .resource import ResourceClaim as ResourceClaim
from .resource import ResourceClaimList as ResourceClaimList
from .resource import ResourceClaimTemplate as ResourceClaimTemplate
from .resource import ResourceClaimTemplateList as ResourceClaimTemplateList
from .core import ResourceQuota as ResourceQuota
from .core import ResourceQuotaList as ResourceQuotaList
from .resource import ResourceSlice as ResourceSlice
from .resource import ResourceSliceList as ResourceSliceList
from .rbac import Role as Role
from .rbac import RoleBinding as RoleBinding
from .rbac import RoleBindingList as RoleBindingList
from .rbac import RoleList as RoleList
from .node import RuntimeClass as RuntimeClass
from .node import RuntimeClassList as RuntimeClassList
from .autoscaling_v1 import Scale as Scale
from .core import Secret as Secret
from .core import SecretList as SecretList
from .authorization import SelfSubjectAccessReview as SelfSubjectAccessReview
from .authentication import SelfSubjectReview as SelfSubjectReview
from .authorization import SelfSubjectRulesReview as SelfSubjectRulesReview
from .core import Service as Service
from .core import ServiceAccount as ServiceAccount
from .core import ServiceAccountList as ServiceAccountList
from .networking import ServiceCIDR as ServiceCIDR
from .networking import ServiceCIDRList as ServiceCIDRList
from .core import ServiceList as ServiceList
from .apps import StatefulSet as StatefulSet
from .apps import StatefulSetList as StatefulSetList
from .meta import Status as Status
from .storage import StorageClass as StorageClass
from .storage import StorageClassList as StorageClassList
from .model import Struct as Struct
from .authorization import SubjectAccessReview as SubjectAccessReview
from .authentication import TokenRequest as TokenRequest
from .authentication import TokenReview as TokenReview
from .model import TopLevel as TopLevel
from .admissionregistration import ValidatingAdmissionPolicy as ValidatingAdmissionPolicy
from .admissionregistration import ValidatingAdmissionPolicyBinding as ValidatingAdmissionPolicyBinding
from .admissionregistration import ValidatingAdmissionPolicyBindingList as ValidatingAdmissionPolicyBindingList
from .admissionregistration import ValidatingAdmissionPolicyList as ValidatingAdmissionPolicyList
from .admissionregistration import ValidatingWebhookConfiguration as ValidatingWebhookConfiguration
from .admissionregistration import ValidatingWebhookConfigurationList as ValidatingWebhookConfigurationList
from .storage import VolumeAttachment as VolumeAttachment
from .storage import VolumeAttachmentList as VolumeAttachmentList
from .storage import VolumeAttributesClass as VolumeAttributesClass
from .storage import VolumeAttributesClassList as VolumeAttributesClassList
from .custom_kinds import custom_kind as custom_kind
from .model import evolve as evolve
from .model import parts as parts
from .model import replaced as replaced

GROUPS: Mapping[str, str]
OTHERS: Mapping[str, str]
DECLARING: tuple[str, ...]
MODULES: tuple[str, ...]
