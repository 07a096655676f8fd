"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Bool, Int64, Json, Map, Quantity, Time, field, immutable, keyed, pointer, required
from .model import Object, ObjectList, Struct
from . import core, meta
API_VERSION = 'resource.k8s.io/v1'
PACKAGE = 'io.k8s.api.resource.v1'
AllocationConfigSource = Literal['FromClaim', 'FromClass']
DeviceAllocationMode = Literal['All', 'ExactCount']
DeviceTaintEffect = Literal['NoExecute', 'NoSchedule', 'None']
DeviceTolerationOperator = Literal['Equal', 'Exists']
FullyQualifiedName = str
QualifiedName = str

class ResourceSlice(Object):
    spec: ResourceSliceSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: ResourceSliceSpec | Mapping[str, Any] | None =
        ..., kind: Literal["ResourceSlice"] | None = ..., api_version: Literal["resource.k8s.io/v1"] | None = ...
    ) -> None: ...

class ResourceSliceSpec(Struct):
    driver: str
    pool: ResourcePool
    node_name: str | None
    node_selector: core.NodeSelector | None
    all_nodes: bool | None
    devices: tuple[Device, ...]
    per_device_node_selection: bool | None
    shared_counters: tuple[CounterSet, ...]
    def __init__(self, *,
        driver: str | None = ..., pool: ResourcePool | Mapping[str, Any] | None = ..., node_name: str | None = ...,
        node_selector: core.NodeSelector | Mapping[str, Any] | None = ..., all_nodes: bool | None = ...,
        devices: Sequence[Device | Mapping[str, Any]] | None = ..., per_device_node_selection: bool | None = ...,
        shared_counters: Sequence[CounterSet | Mapping[str, Any]] | None = ...
    ) -> None: ...

class ResourcePool(Struct):
    name: str
    generation: Int64
    resource_slice_count: Int64
    def __init__(self, *,
        name: str | None = ..., generation: Int64 | None = ..., resource_slice_count: Int64 | None = ...
    ) -> None: ...

class Device(Struct):
    name: str
    attributes: Map[DeviceAttribute]
    capacity: Map[DeviceCapacity]
    consumes_counters: tuple[DeviceCounterConsumption, ...]
    node_name: str | None
    node_selector: core.NodeSelector | None
    all_nodes: bool | None
    taints: tuple[DeviceTaint, ...]
    binds_to_node: bool | None
    binding_conditions: tuple[str, ...]
    binding_failure_conditions: tuple[str, ...]
    allow_multiple_allocations: bool | None
    node_allocatable_resource_mappings: Map[NodeAllocatableResourceMapping]
    def __init__(self, *,
        name: str | None = ..., attributes: Mapping[str, DeviceAttribute | Mapping[str, Any]] | None = ...,
        capacity: Mapping[str, DeviceCapacity | Mapping[str, Any]] | None = ...,
        consumes_counters: Sequence[DeviceCounterConsumption | Mapping[str, Any]] | None = ..., node_name: str | None =
        ..., node_selector: core.NodeSelector | Mapping[str, Any] | None = ..., all_nodes: bool | None = ...,
        taints: Sequence[DeviceTaint | Mapping[str, Any]] | None = ..., binds_to_node: bool | None = ...,
        binding_conditions: list[str] | tuple[str, ...] | None = ...,
        binding_failure_conditions: list[str] | tuple[str, ...] | None = ..., allow_multiple_allocations: bool | None =
        ...,
        node_allocatable_resource_mappings: Mapping[str, NodeAllocatableResourceMapping | Mapping[str, Any]] | None = ...
    ) -> None: ...

class DeviceAttribute(Struct):
    int: Int64 | None
    bool: Bool | None
    string: str | None
    version: str | None
    ints: tuple[Int64, ...]
    bools: tuple[Bool, ...]
    strings: tuple[str, ...]
    versions: tuple[str, ...]
    def __init__(self, *,
        int: Int64 | None = ..., bool: Bool | None = ..., string: str | None = ..., version: str | None = ...,
        ints: Sequence[Int64] | None = ..., bools: Sequence[Bool] | None = ...,
        strings: list[str] | tuple[str, ...] | None = ..., versions: list[str] | tuple[str, ...] | None = ...
    ) -> None: ...

class DeviceCapacity(Struct):
    value: Quantity
    request_policy: CapacityRequestPolicy | None
    def __init__(self, *,
        value: Quantity | str | int | float | None = ...,
        request_policy: CapacityRequestPolicy | Mapping[str, Any] | None = ...
    ) -> None: ...

class CapacityRequestPolicy(Struct):
    default: Quantity | None
    valid_values: tuple[Quantity, ...]
    valid_range: CapacityRequestPolicyRange | None
    def __init__(self, *,
        default: Quantity | str | int | float | None = ...,
        valid_values: Sequence[Quantity | str | int | float] | None = ...,
        valid_range: CapacityRequestPolicyRange | Mapping[str, Any] | None = ...
    ) -> None: ...

class CapacityRequestPolicyRange(Struct):
    min: Quantity | None
    max: Quantity | None
    step: Quantity | None
    def __init__(self, *,
        min: Quantity | str | int | float | None = ..., max: Quantity | str | int | float | None = ...,
        step: Quantity | str | int | float | None = ...
    ) -> None: ...

class DeviceCounterConsumption(Struct):
    counter_set: str
    counters: Map[Counter]
    def __init__(self, *,
        counter_set: str | None = ..., counters: Mapping[str, Counter | Mapping[str, Any]] | None = ...
    ) -> None: ...

class Counter(Struct):
    value: Quantity
    def __init__(self, *, value: Quantity | str | int | float | None = ...) -> None: ...

class DeviceTaint(Struct):
    key: str
    value: str | None
    effect: DeviceTaintEffect
    time_added: Time | None
    def __init__(self, *,
        key: str | None = ..., value: str | None = ..., effect: DeviceTaintEffect | None = ...,
        time_added: Time | datetime | str | int | None = ...
    ) -> None: ...

class NodeAllocatableResourceMapping(Struct):
    capacity_key: QualifiedName | None
    allocation_multiplier: Quantity | None
    def __init__(self, *,
        capacity_key: QualifiedName | None = ..., allocation_multiplier: Quantity | str | int | float | None = ...
    ) -> None: ...

class CounterSet(Struct):
    name: str
    counters: Map[Counter]
    def __init__(self, *,
        name: str | None = ..., counters: Mapping[str, Counter | Mapping[str, Any]] | None = ...
    ) -> None: ...

class ResourceClaim(Object):
    spec: ResourceClaimSpec
    status: ResourceClaimStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: ResourceClaimSpec | Mapping[str, Any] | None =
        ..., status: ResourceClaimStatus | Mapping[str, Any] | None = ..., kind: Literal["ResourceClaim"] | None = ...,
        api_version: Literal["resource.k8s.io/v1"] | None = ...
    ) -> None: ...

class ResourceClaimSpec(Struct):
    devices: DeviceClaim
    def __init__(self, *, devices: DeviceClaim | Mapping[str, Any] | None = ...) -> None: ...

class DeviceClaim(Struct):
    requests: tuple[DeviceRequest, ...]
    constraints: tuple[DeviceConstraint, ...]
    config: tuple[DeviceClaimConfiguration, ...]
    def __init__(self, *,
        requests: Sequence[DeviceRequest | Mapping[str, Any]] | None = ...,
        constraints: Sequence[DeviceConstraint | Mapping[str, Any]] | None = ...,
        config: Sequence[DeviceClaimConfiguration | Mapping[str, Any]] | None = ...
    ) -> None: ...

class DeviceRequest(Struct):
    name: str
    exactly: ExactDeviceRequest | None
    first_available: tuple[DeviceSubRequest, ...]
    def __init__(self, *,
        name: str | None = ..., exactly: ExactDeviceRequest | Mapping[str, Any] | None = ...,
        first_available: Sequence[DeviceSubRequest | Mapping[str, Any]] | None = ...
    ) -> None: ...

class ExactDeviceRequest(Struct):
    device_class_name: str
    selectors: tuple[DeviceSelector, ...]
    allocation_mode: DeviceAllocationMode | None
    count: Int64 | None
    admin_access: bool | None
    tolerations: tuple[DeviceToleration, ...]
    capacity: CapacityRequirements | None
    def __init__(self, *,
        device_class_name: str | None = ..., selectors: Sequence[DeviceSelector | Mapping[str, Any]] | None = ...,
        allocation_mode: DeviceAllocationMode | None = ..., count: Int64 | None = ..., admin_access: bool | None = ...,
        tolerations: Sequence[DeviceToleration | Mapping[str, Any]] | None = ...,
        capacity: CapacityRequirements | Mapping[str, Any] | None = ...
    ) -> None: ...

class DeviceSelector(Struct):
    cel: CELDeviceSelector | None
    def __init__(self, *, cel: CELDeviceSelector | Mapping[str, Any] | None = ...) -> None: ...

class CELDeviceSelector(Struct):
    expression: str
    def __init__(self, *, expression: str | None = ...) -> None: ...

class DeviceToleration(Struct):
    key: str | None
    operator: DeviceTolerationOperator | None
    value: str | None
    effect: DeviceTaintEffect | None
    toleration_seconds: Int64 | None
    def __init__(self, *,
        key: str | None = ..., operator: DeviceTolerationOperator | None = ..., value: str | None = ...,
        effect: DeviceTaintEffect | None = ..., toleration_seconds: Int64 | None = ...
    ) -> None: ...

class CapacityRequirements(Struct):
    requests: Map[Quantity]
    def __init__(self, *, requests: Mapping[str, Quantity | str | int | float] | None = ...) -> None: ...

class DeviceSubRequest(Struct):
    name: str
    device_class_name: str
    selectors: tuple[DeviceSelector, ...]
    allocation_mode: DeviceAllocationMode | None
    count: Int64 | None
    tolerations: tuple[DeviceToleration, ...]
    capacity: CapacityRequirements | None
    def __init__(self, *,
        name: str | None = ..., device_class_name: str | None = ...,
        selectors: Sequence[DeviceSelector | Mapping[str, Any]] | None = ...,
        allocation_mode: DeviceAllocationMode | None = ..., count: Int64 | None = ...,
        tolerations: Sequence[DeviceToleration | Mapping[str, Any]] | None = ...,
        capacity: CapacityRequirements | Mapping[str, Any] | None = ...
    ) -> None: ...

class DeviceConstraint(Struct):
    requests: tuple[str, ...]
    match_attribute: FullyQualifiedName | None
    distinct_attribute: FullyQualifiedName | None
    def __init__(self, *,
        requests: list[str] | tuple[str, ...] | None = ..., match_attribute: FullyQualifiedName | None = ...,
        distinct_attribute: FullyQualifiedName | None = ...
    ) -> None: ...

class DeviceClaimConfiguration(Struct):
    requests: tuple[str, ...]
    opaque: OpaqueDeviceConfiguration | None
    def __init__(self, *,
        requests: list[str] | tuple[str, ...] | None = ...,
        opaque: OpaqueDeviceConfiguration | Mapping[str, Any] | None = ...
    ) -> None: ...

class OpaqueDeviceConfiguration(Struct):
    driver: str
    parameters: Json
    def __init__(self, *, driver: str | None = ..., parameters: Any = ...) -> None: ...

class ResourceClaimStatus(Struct):
    allocation: AllocationResult | None
    reserved_for: tuple[ResourceClaimConsumerReference, ...]
    devices: tuple[AllocatedDeviceStatus, ...]
    def __init__(self, *,
        allocation: AllocationResult | Mapping[str, Any] | None = ...,
        reserved_for: Sequence[ResourceClaimConsumerReference | Mapping[str, Any]] | None = ...,
        devices: Sequence[AllocatedDeviceStatus | Mapping[str, Any]] | None = ...
    ) -> None: ...

class AllocationResult(Struct):
    devices: DeviceAllocationResult
    node_selector: core.NodeSelector | None
    allocation_timestamp: Time | None
    def __init__(self, *,
        devices: DeviceAllocationResult | Mapping[str, Any] | None = ...,
        node_selector: core.NodeSelector | Mapping[str, Any] | None = ...,
        allocation_timestamp: Time | datetime | str | int | None = ...
    ) -> None: ...

class DeviceAllocationResult(Struct):
    results: tuple[DeviceRequestAllocationResult, ...]
    config: tuple[DeviceAllocationConfiguration, ...]
    def __init__(self, *,
        results: Sequence[DeviceRequestAllocationResult | Mapping[str, Any]] | None = ...,
        config: Sequence[DeviceAllocationConfiguration | Mapping[str, Any]] | None = ...
    ) -> None: ...

class DeviceRequestAllocationResult(Struct):
    request: str
    driver: str
    pool: str
    device: str
    admin_access: bool | None
    tolerations: tuple[DeviceToleration, ...]
    binding_conditions: tuple[str, ...]
    binding_failure_conditions: tuple[str, ...]
    share_id: meta.UID | None
    consumed_capacity: Map[Quantity]
    def __init__(self, *,
        request: str | None = ..., driver: str | None = ..., pool: str | None = ..., device: str | None = ...,
        admin_access: bool | None = ..., tolerations: Sequence[DeviceToleration | Mapping[str, Any]] | None = ...,
        binding_conditions: list[str] | tuple[str, ...] | None = ...,
        binding_failure_conditions: list[str] | tuple[str, ...] | None = ..., share_id: meta.UID | None = ...,
        consumed_capacity: Mapping[str, Quantity | str | int | float] | None = ...
    ) -> None: ...

class DeviceAllocationConfiguration(Struct):
    source: AllocationConfigSource
    requests: tuple[str, ...]
    opaque: OpaqueDeviceConfiguration | None
    def __init__(self, *,
        source: AllocationConfigSource | None = ..., requests: list[str] | tuple[str, ...] | None = ...,
        opaque: OpaqueDeviceConfiguration | Mapping[str, Any] | None = ...
    ) -> None: ...

class ResourceClaimConsumerReference(Struct):
    api_group: str | None
    resource: str
    name: str
    uid: meta.UID
    def __init__(self, *,
        api_group: str | None = ..., resource: str | None = ..., name: str | None = ..., uid: meta.UID | None = ...
    ) -> None: ...

class AllocatedDeviceStatus(Struct):
    driver: str
    pool: str
    device: str
    share_id: str | None
    conditions: tuple[meta.Condition, ...]
    data: Json | None
    network_data: NetworkDeviceData | None
    def __init__(self, *,
        driver: str | None = ..., pool: str | None = ..., device: str | None = ..., share_id: str | None = ...,
        conditions: Sequence[meta.Condition | Mapping[str, Any]] | None = ..., data: Any = ...,
        network_data: NetworkDeviceData | Mapping[str, Any] | None = ...
    ) -> None: ...

class NetworkDeviceData(Struct):
    interface_name: str | None
    ips: tuple[str, ...]
    hardware_address: str | None
    def __init__(self, *,
        interface_name: str | None = ..., ips: list[str] | tuple[str, ...] | None = ...,
        hardware_address: str | None = ...
    ) -> None: ...

class DeviceClass(Object):
    spec: DeviceClassSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: DeviceClassSpec | Mapping[str, Any] | None =
        ..., kind: Literal["DeviceClass"] | None = ..., api_version: Literal["resource.k8s.io/v1"] | None = ...
    ) -> None: ...

class DeviceClassSpec(Struct):
    selectors: tuple[DeviceSelector, ...]
    config: tuple[DeviceClassConfiguration, ...]
    extended_resource_name: str | None
    def __init__(self, *,
        selectors: Sequence[DeviceSelector | Mapping[str, Any]] | None = ...,
        config: Sequence[DeviceClassConfiguration | Mapping[str, Any]] | None = ...,
        extended_resource_name: str | None = ...
    ) -> None: ...

class DeviceClassConfiguration(Struct):
    opaque: OpaqueDeviceConfiguration | None
    def __init__(self, *, opaque: OpaqueDeviceConfiguration | Mapping[str, Any] | None = ...) -> None: ...

class ResourceClaimTemplate(Object):
    spec: ResourceClaimTemplateSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: ResourceClaimTemplateSpec | Mapping[str, Any] | None = ...,
        kind: Literal["ResourceClaimTemplate"] | None = ..., api_version: Literal["resource.k8s.io/v1"] | None = ...
    ) -> None: ...

class ResourceClaimTemplateSpec(Struct):
    metadata: meta.ObjectMeta
    spec: ResourceClaimSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: ResourceClaimSpec | Mapping[str, Any] | None = ...
    ) -> None: ...

class ResourceSliceList(ObjectList):
    items: tuple[ResourceSlice, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ResourceSlice | Mapping[str, Any]] | None = ..., kind: Literal["ResourceSliceList"] | None =
        ..., api_version: Literal["resource.k8s.io/v1"] | None = ...
    ) -> None: ...

class ResourceClaimList(ObjectList):
    items: tuple[ResourceClaim, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ResourceClaim | Mapping[str, Any]] | None = ..., kind: Literal["ResourceClaimList"] | None =
        ..., api_version: Literal["resource.k8s.io/v1"] | None = ...
    ) -> None: ...

class DeviceClassList(ObjectList):
    items: tuple[DeviceClass, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[DeviceClass | Mapping[str, Any]] | None = ..., kind: Literal["DeviceClassList"] | None = ...,
        api_version: Literal["resource.k8s.io/v1"] | None = ...
    ) -> None: ...

class ResourceClaimTemplateList(ObjectList):
    items: tuple[ResourceClaimTemplate, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[ResourceClaimTemplate | Mapping[str, Any]] | None = ...,
        kind: Literal["ResourceClaimTemplateList"] | None = ..., api_version: Literal["resource.k8s.io/v1"] | None = ...
    ) -> None: ...
