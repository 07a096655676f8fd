"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from ..declare import Int64, Map, Quantity, Time, always, field, keyed, pointer, required, unique
from ..model import Object, ObjectList, Struct
from .. import meta
from .container import (
    Container, ContainerExtendedResourceRequest, ContainerStatus, EphemeralContainer, ResourceRequirements
)
from .persistent import ConditionStatus, ResourceList
from .placement import Affinity, Toleration, TopologySpreadConstraint
from .reference import LocalObjectReference
from .security import PodSecurityContext
from .volume import Volume
API_VERSION = 'v1'
PACKAGE = 'io.k8s.api.core.v1'
DNSPolicy = Literal['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
OSName = str
PodConditionType = str
PodPhase = Literal['Failed', 'Pending', 'Running', 'Succeeded', 'Unknown']
PodQOSClass = Literal['BestEffort', 'Burstable', 'Guaranteed']
PodResizeStatus = str
PreemptionPolicy = Literal['PreemptLowerPriority', 'Never']
RestartPolicy = Literal['Always', 'OnFailure', 'Never']

class Pod(Object):
    spec: PodSpec
    status: PodStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: PodSpec | Mapping[str, Any] | None = ...,
        status: PodStatus | Mapping[str, Any] | None = ..., kind: Literal["Pod"] | None = ...,
        api_version: Literal["v1"] | None = ...
    ) -> None: ...

class PodSpec(Struct):
    volumes: tuple[Volume, ...]
    init_containers: tuple[Container, ...]
    containers: tuple[Container, ...]
    ephemeral_containers: tuple[EphemeralContainer, ...]
    restart_policy: RestartPolicy | None
    termination_grace_period_seconds: Int64 | None
    active_deadline_seconds: Int64 | None
    dns_policy: DNSPolicy | None
    node_selector: Map[str]
    service_account_name: str | None
    service_account: str | None
    automount_service_account_token: bool | None
    node_name: str | None
    host_network: bool | None
    host_pid: bool | None
    host_ipc: bool | None
    share_process_namespace: bool | None
    security_context: PodSecurityContext | None
    image_pull_secrets: tuple[LocalObjectReference, ...]
    hostname: str | None
    subdomain: str | None
    affinity: Affinity | None
    scheduler_name: str | None
    tolerations: tuple[Toleration, ...]
    host_aliases: tuple[HostAlias, ...]
    priority_class_name: str | None
    priority: int | None
    dns_config: PodDNSConfig | None
    readiness_gates: tuple[PodReadinessGate, ...]
    runtime_class_name: str | None
    enable_service_links: bool | None
    preemption_policy: PreemptionPolicy | None
    overhead: ResourceList
    topology_spread_constraints: tuple[TopologySpreadConstraint, ...]
    set_hostname_as_fqdn: bool | None
    os: PodOS | None
    host_users: bool | None
    scheduling_gates: tuple[PodSchedulingGate, ...]
    resource_claims: tuple[PodResourceClaim, ...]
    resources: ResourceRequirements | None
    hostname_override: str | None
    scheduling_group: PodSchedulingGroup | None
    def __init__(self, *,
        volumes: Sequence[Volume | Mapping[str, Any]] | None = ...,
        init_containers: Sequence[Container | Mapping[str, Any]] | None = ...,
        containers: Sequence[Container | Mapping[str, Any]] | None = ...,
        ephemeral_containers: Sequence[EphemeralContainer | Mapping[str, Any]] | None = ...,
        restart_policy: RestartPolicy | None = ..., termination_grace_period_seconds: Int64 | None = ...,
        active_deadline_seconds: Int64 | None = ..., dns_policy: DNSPolicy | None = ...,
        node_selector: Mapping[str, str] | None = ..., service_account_name: str | None = ...,
        service_account: str | None = ..., automount_service_account_token: bool | None = ..., node_name: str | None =
        ..., host_network: bool | None = ..., host_pid: bool | None = ..., host_ipc: bool | None = ...,
        share_process_namespace: bool | None = ..., security_context: PodSecurityContext | Mapping[str, Any] | None =
        ..., image_pull_secrets: Sequence[LocalObjectReference | Mapping[str, Any]] | None = ..., hostname: str | None =
        ..., subdomain: str | None = ..., affinity: Affinity | Mapping[str, Any] | None = ...,
        scheduler_name: str | None = ..., tolerations: Sequence[Toleration | Mapping[str, Any]] | None = ...,
        host_aliases: Sequence[HostAlias | Mapping[str, Any]] | None = ..., priority_class_name: str | None = ...,
        priority: int | None = ..., dns_config: PodDNSConfig | Mapping[str, Any] | None = ...,
        readiness_gates: Sequence[PodReadinessGate | Mapping[str, Any]] | None = ..., runtime_class_name: str | None =
        ..., enable_service_links: bool | None = ..., preemption_policy: PreemptionPolicy | None = ...,
        overhead: Mapping[str, Quantity | str | int | float] | None = ...,
        topology_spread_constraints: Sequence[TopologySpreadConstraint | Mapping[str, Any]] | None = ...,
        set_hostname_as_fqdn: bool | None = ..., os: PodOS | Mapping[str, Any] | None = ..., host_users: bool | None =
        ..., scheduling_gates: Sequence[PodSchedulingGate | Mapping[str, Any]] | None = ...,
        resource_claims: Sequence[PodResourceClaim | Mapping[str, Any]] | None = ...,
        resources: ResourceRequirements | Mapping[str, Any] | None = ..., hostname_override: str | None = ...,
        scheduling_group: PodSchedulingGroup | Mapping[str, Any] | None = ...
    ) -> None: ...

class HostAlias(Struct):
    ip: str
    hostnames: tuple[str, ...]
    def __init__(self, *, ip: str | None = ..., hostnames: list[str] | tuple[str, ...] | None = ...) -> None: ...

class PodDNSConfig(Struct):
    nameservers: tuple[str, ...]
    searches: tuple[str, ...]
    options: tuple[PodDNSConfigOption, ...]
    def __init__(self, *,
        nameservers: list[str] | tuple[str, ...] | None = ..., searches: list[str] | tuple[str, ...] | None = ...,
        options: Sequence[PodDNSConfigOption | Mapping[str, Any]] | None = ...
    ) -> None: ...

class PodDNSConfigOption(Struct):
    name: str | None
    value: str | None
    def __init__(self, *, name: str | None = ..., value: str | None = ...) -> None: ...

class PodReadinessGate(Struct):
    condition_type: PodConditionType
    def __init__(self, *, condition_type: PodConditionType | None = ...) -> None: ...

class PodOS(Struct):
    name: OSName
    def __init__(self, *, name: OSName | None = ...) -> None: ...

class PodSchedulingGate(Struct):
    name: str
    def __init__(self, *, name: str | None = ...) -> None: ...

class PodResourceClaim(Struct):
    name: str
    resource_claim_name: str | None
    resource_claim_template_name: str | None
    def __init__(self, *,
        name: str | None = ..., resource_claim_name: str | None = ..., resource_claim_template_name: str | None = ...
    ) -> None: ...

class PodSchedulingGroup(Struct):
    pod_group_name: str | None
    def __init__(self, *, pod_group_name: str | None = ...) -> None: ...

class PodStatus(Struct):
    observed_generation: Int64 | None
    phase: PodPhase | None
    conditions: tuple[PodCondition, ...]
    message: str | None
    reason: str | None
    nominated_node_name: str | None
    host_ip: str | None
    host_ips: tuple[HostIP, ...]
    pod_ip: str | None
    pod_ips: tuple[PodIP, ...]
    start_time: Time | None
    init_container_statuses: tuple[ContainerStatus, ...]
    container_statuses: tuple[ContainerStatus, ...]
    qos_class: PodQOSClass | None
    ephemeral_container_statuses: tuple[ContainerStatus, ...]
    resize: PodResizeStatus | None
    resource_claim_statuses: tuple[PodResourceClaimStatus, ...]
    extended_resource_claim_status: PodExtendedResourceClaimStatus | None
    allocated_resources: ResourceList
    resources: ResourceRequirements | None
    node_allocatable_resource_claim_statuses: tuple[NodeAllocatableResourceClaimStatus, ...]
    def __init__(self, *,
        observed_generation: Int64 | None = ..., phase: PodPhase | None = ...,
        conditions: Sequence[PodCondition | Mapping[str, Any]] | None = ..., message: str | None = ...,
        reason: str | None = ..., nominated_node_name: str | None = ..., host_ip: str | None = ...,
        host_ips: Sequence[HostIP | Mapping[str, Any]] | None = ..., pod_ip: str | None = ...,
        pod_ips: Sequence[PodIP | Mapping[str, Any]] | None = ..., start_time: Time | datetime | str | int | None = ...,
        init_container_statuses: Sequence[ContainerStatus | Mapping[str, Any]] | None = ...,
        container_statuses: Sequence[ContainerStatus | Mapping[str, Any]] | None = ..., qos_class: PodQOSClass | None =
        ..., ephemeral_container_statuses: Sequence[ContainerStatus | Mapping[str, Any]] | None = ...,
        resize: PodResizeStatus | None = ...,
        resource_claim_statuses: Sequence[PodResourceClaimStatus | Mapping[str, Any]] | None = ...,
        extended_resource_claim_status: PodExtendedResourceClaimStatus | Mapping[str, Any] | None = ...,
        allocated_resources: Mapping[str, Quantity | str | int | float] | None = ...,
        resources: ResourceRequirements | Mapping[str, Any] | None = ...,
        node_allocatable_resource_claim_statuses: Sequence[NodeAllocatableResourceClaimStatus | Mapping[str, Any]] | None = ...
    ) -> None: ...

class PodCondition(Struct):
    type: PodConditionType
    observed_generation: Int64 | None
    status: ConditionStatus
    last_probe_time: Time | None
    last_transition_time: Time | None
    reason: str | None
    message: str | None
    def __init__(self, *,
        type: PodConditionType | None = ..., observed_generation: Int64 | None = ..., status: ConditionStatus | None =
        ..., last_probe_time: Time | datetime | str | int | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ...,
        message: str | None = ...
    ) -> None: ...

class HostIP(Struct):
    ip: str
    def __init__(self, *, ip: str | None = ...) -> None: ...

class PodIP(Struct):
    ip: str
    def __init__(self, *, ip: str | None = ...) -> None: ...

class PodResourceClaimStatus(Struct):
    name: str
    resource_claim_name: str | None
    def __init__(self, *, name: str | None = ..., resource_claim_name: str | None = ...) -> None: ...

class PodExtendedResourceClaimStatus(Struct):
    request_mappings: tuple[ContainerExtendedResourceRequest, ...]
    resource_claim_name: str
    def __init__(self, *,
        request_mappings: Sequence[ContainerExtendedResourceRequest | Mapping[str, Any]] | None = ...,
        resource_claim_name: str | None = ...
    ) -> None: ...

class NodeAllocatableResourceClaimStatus(Struct):
    resource_claim_name: str
    containers: tuple[str, ...]
    resources: Map[Quantity]
    def __init__(self, *,
        resource_claim_name: str | None = ..., containers: list[str] | tuple[str, ...] | None = ...,
        resources: Mapping[str, Quantity | str | int | float] | None = ...
    ) -> None: ...

class PodTemplate(Object):
    template: PodTemplateSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        template: PodTemplateSpec | Mapping[str, Any] | None = ..., kind: Literal["PodTemplate"] | None = ...,
        api_version: Literal["v1"] | None = ...
    ) -> None: ...

class PodTemplateSpec(Struct):
    metadata: meta.ObjectMeta
    spec: PodSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: PodSpec | Mapping[str, Any] | None = ...
    ) -> None: ...

class PodList(ObjectList):
    items: tuple[Pod, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ..., items: Sequence[Pod | Mapping[str, Any]] | None = ...,
        kind: Literal["PodList"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class PodTemplateList(ObjectList):
    items: tuple[PodTemplate, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[PodTemplate | Mapping[str, Any]] | None = ..., kind: Literal["PodTemplateList"] | None = ...,
        api_version: Literal["v1"] | None = ...
    ) -> None: ...
