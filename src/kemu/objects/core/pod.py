"""Pods and pod templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..declare import Int64, Map, Quantity, Time, always, field, keyed, pointer, required, unique
from ..model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from .. import meta
    from .container import (
        Container,
        ContainerExtendedResourceRequest,
        ContainerStatus,
        EphemeralContainer,
        ResourceRequirements,
    )
    from .persistent import ConditionStatus, ResourceList
    from .placement import Affinity, Toleration, TopologySpreadConstraint
    from .reference import LocalObjectReference
    from .security import PodSecurityContext
    from .volume import Volume

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"

DNSPolicy = Literal["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]
OSName = str
PodConditionType = str
PodPhase = Literal["Failed", "Pending", "Running", "Succeeded", "Unknown"]
PodQOSClass = Literal["BestEffort", "Burstable", "Guaranteed"]
PodResizeStatus = str
PreemptionPolicy = Literal["PreemptLowerPriority", "Never"]
RestartPolicy = Literal["Always", "OnFailure", "Never"]


class Pod(Object):
    """Containers that run together on one node: the unit of scheduling."""

    spec: PodSpec
    status: PodStatus


class PodSpec(Struct, cached_hash=True):
    """What a pod runs, where it may run, and what it may use."""

    volumes: tuple[Volume, ...] = keyed("name", merge="name", strategy="merge,retainKeys")
    init_containers: tuple[Container, ...] = keyed("name", merge="name")
    containers: tuple[Container, ...] = keyed("name", always=True, merge="name")
    ephemeral_containers: tuple[EphemeralContainer, ...] = keyed("name", merge="name")
    restart_policy: RestartPolicy | None
    termination_grace_period_seconds: Int64 | None = pointer
    active_deadline_seconds: Int64 | None = pointer
    dns_policy: DNSPolicy | None
    node_selector: Map[str] = field(map_type="atomic")
    service_account_name: str | None
    service_account: str | None
    automount_service_account_token: bool | None = pointer
    node_name: str | None
    host_network: bool | None
    host_pid: bool | None = field(json="hostPID")
    host_ipc: bool | None = field(json="hostIPC")
    share_process_namespace: bool | None = pointer
    security_context: PodSecurityContext | None
    image_pull_secrets: tuple[LocalObjectReference, ...] = keyed("name", merge="name")
    hostname: str | None
    subdomain: str | None
    affinity: Affinity | None
    scheduler_name: str | None
    tolerations: tuple[Toleration, ...]
    host_aliases: tuple[HostAlias, ...] = keyed("ip", merge="ip")
    priority_class_name: str | None
    priority: int | None = pointer
    dns_config: PodDNSConfig | None
    readiness_gates: tuple[PodReadinessGate, ...]
    runtime_class_name: str | None = pointer
    enable_service_links: bool | None = pointer
    preemption_policy: PreemptionPolicy | None = pointer
    overhead: ResourceList
    topology_spread_constraints: tuple[TopologySpreadConstraint, ...] = keyed(
        "topologyKey", "whenUnsatisfiable", merge="topologyKey"
    )
    set_hostname_as_fqdn: bool | None = field(json="setHostnameAsFQDN", pointer=True)
    os: PodOS | None
    host_users: bool | None = pointer
    scheduling_gates: tuple[PodSchedulingGate, ...] = keyed("name", merge="name")
    resource_claims: tuple[PodResourceClaim, ...] = keyed("name", merge="name", strategy="merge,retainKeys")
    resources: ResourceRequirements | None
    hostname_override: str | None = pointer
    scheduling_group: PodSchedulingGroup | None


class HostAlias(Struct):
    """Names for an address in the pod's hosts file."""

    ip: str
    hostnames: tuple[str, ...]


class PodDNSConfig(Struct):
    """Name servers, search domains and options of a pod."""

    nameservers: tuple[str, ...]
    searches: tuple[str, ...]
    options: tuple[PodDNSConfigOption, ...]


class PodDNSConfigOption(Struct):
    """One option of the resolver."""

    name: str | None
    value: str | None = pointer


class PodReadinessGate(Struct):
    """A condition that must be true, besides the usual ones, for a pod to be ready."""

    condition_type: PodConditionType


class PodOS(Struct):
    """The operating system that a pod is meant for."""

    name: OSName


class PodSchedulingGate(Struct):
    """Something that has to happen before a pod is scheduled."""

    name: str


class PodResourceClaim(Struct):
    """A claim on devices that a pod brings or refers to."""

    name: str
    resource_claim_name: str | None = pointer
    resource_claim_template_name: str | None = pointer


class PodSchedulingGroup(Struct, unions=({"fields-to-discriminateBy": {"podGroupName": "PodGroupName"}},)):
    """The group that a pod is scheduled with."""

    pod_group_name: str | None = pointer


class PodStatus(Struct):
    """What is known about a pod."""

    observed_generation: Int64 | None
    phase: PodPhase | None
    conditions: tuple[PodCondition, ...] = keyed("type", merge="type")
    message: str | None
    reason: str | None
    nominated_node_name: str | None
    host_ip: str | None = field(json="hostIP")
    host_ips: tuple[HostIP, ...] = field(json="hostIPs", merge="ip", strategy="merge")
    pod_ip: str | None = field(json="podIP")
    pod_ips: tuple[PodIP, ...] = keyed("ip", json="podIPs", merge="ip")
    start_time: Time | None
    init_container_statuses: tuple[ContainerStatus, ...]
    container_statuses: tuple[ContainerStatus, ...]
    qos_class: PodQOSClass | None
    ephemeral_container_statuses: tuple[ContainerStatus, ...]
    resize: PodResizeStatus | None
    resource_claim_statuses: tuple[PodResourceClaimStatus, ...] = keyed(
        "name", merge="name", strategy="merge,retainKeys"
    )
    extended_resource_claim_status: PodExtendedResourceClaimStatus | None
    allocated_resources: ResourceList
    resources: ResourceRequirements | None
    node_allocatable_resource_claim_statuses: tuple[NodeAllocatableResourceClaimStatus, ...]


class PodCondition(Struct):
    """One observation about a pod, such as whether it is ready."""

    type: PodConditionType
    observed_generation: Int64 | None
    status: ConditionStatus
    last_probe_time: Time | None = always
    last_transition_time: Time | None = always
    reason: str | None
    message: str | None


class HostIP(Struct):
    """An address of the node of a pod."""

    ip: str


class PodIP(Struct):
    """An address of a pod."""

    ip: str


class PodResourceClaimStatus(Struct):
    """The claim that was made for a pod."""

    name: str
    resource_claim_name: str | None = pointer


class PodExtendedResourceClaimStatus(Struct):
    """The claim that stands for the extended resources of a pod."""

    request_mappings: tuple[ContainerExtendedResourceRequest, ...] = always
    resource_claim_name: str


class NodeAllocatableResourceClaimStatus(Struct):
    """What a claim takes from the resources that the node can allocate."""

    resource_claim_name: str
    containers: tuple[str, ...] = unique
    resources: Map[Quantity] = always


class PodTemplate(Object):
    """A stored template of pods."""

    template: PodTemplateSpec


class PodTemplateSpec(Struct, cached_hash=True):
    """The metadata and the spec of pods made from a template."""

    metadata: meta.ObjectMeta
    spec: PodSpec


class PodList(ObjectList):
    """A page of pods."""

    items: tuple[Pod, ...] = required


class PodTemplateList(ObjectList):
    """A page of pod templates."""

    items: tuple[PodTemplate, ...] = required
