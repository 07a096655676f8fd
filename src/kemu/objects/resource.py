"""Devices and claims on them: dynamic resource allocation (`resource.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .declare import Bool, Int64, Json, Map, Quantity, Time, always, field, keyed, pointer
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import core, meta

API_VERSION = "resource.k8s.io/v1"
PACKAGE = "io.k8s.api.resource.v1"

AllocationConfigSource = Literal["FromClaim", "FromClass"]
DeviceAllocationMode = Literal["All", "ExactCount"]
DeviceTaintEffect = Literal["NoExecute", "NoSchedule", "None"]
DeviceTolerationOperator = Literal["Equal", "Exists"]
FullyQualifiedName = str
QualifiedName = str


class ResourceSlice(Object):
    """TODO"""

    spec: ResourceSliceSpec = field(required=True)


class ResourceSliceSpec(Struct):
    """TODO"""

    driver: str
    pool: ResourcePool = field(required=True)
    node_name: str | None = pointer
    node_selector: core.NodeSelector | None
    all_nodes: bool | None = pointer
    devices: tuple[Device, ...]
    per_device_node_selection: bool | None = pointer
    shared_counters: tuple[CounterSet, ...]


class CounterSet(Struct):
    """TODO"""

    name: str
    counters: Map[Counter] = field(required=True)


class ResourcePool(Struct):
    """TODO"""

    name: str
    generation: Int64
    resource_slice_count: Int64


class Device(Struct):
    """TODO"""

    name: str
    attributes: Map[DeviceAttribute]
    capacity: Map[DeviceCapacity]
    consumes_counters: tuple[DeviceCounterConsumption, ...]
    node_name: str | None = pointer
    node_selector: core.NodeSelector | None
    all_nodes: bool | None = pointer
    taints: tuple[DeviceTaint, ...]
    binds_to_node: bool | None = pointer
    binding_conditions: tuple[str, ...]
    binding_failure_conditions: tuple[str, ...]
    allow_multiple_allocations: bool | None = pointer
    node_allocatable_resource_mappings: Map[NodeAllocatableResourceMapping]


class NodeAllocatableResourceMapping(Struct):
    """TODO"""

    capacity_key: QualifiedName | None = pointer
    allocation_multiplier: Quantity | None


class DeviceCounterConsumption(Struct):
    """TODO"""

    counter_set: str
    counters: Map[Counter] = field(required=True)


class DeviceCapacity(Struct):
    """TODO"""

    value: Quantity
    request_policy: CapacityRequestPolicy | None


class Counter(Struct):
    """TODO"""

    value: Quantity


class CapacityRequestPolicy(Struct):
    """TODO"""

    default: Quantity | None
    valid_values: tuple[Quantity, ...]
    valid_range: CapacityRequestPolicyRange | None


class CapacityRequestPolicyRange(Struct):
    """TODO"""

    min: Quantity | None = field(required=True)
    max: Quantity | None
    step: Quantity | None


class DeviceAttribute(Struct):
    """TODO"""

    int: Int64 | None = pointer
    bool: Bool | None = pointer
    string: str | None = pointer
    version: str | None = pointer
    ints: tuple[Int64, ...]
    bools: tuple[Bool, ...]
    strings: tuple[str, ...]
    versions: tuple[str, ...]


class DeviceTaint(Struct):
    """TODO"""

    key: str
    value: str | None
    effect: DeviceTaintEffect
    time_added: Time | None


class ResourceSliceList(ObjectList):
    """A page of resource slices."""

    items: tuple[ResourceSlice, ...] = field(required=True)


class ResourceClaim(Object):
    """TODO"""

    spec: ResourceClaimSpec = field(required=True)
    status: ResourceClaimStatus


class ResourceClaimSpec(Struct):
    """TODO"""

    devices: DeviceClaim


class DeviceClaim(Struct):
    """TODO"""

    requests: tuple[DeviceRequest, ...] = field(always=True, required=False)
    constraints: tuple[DeviceConstraint, ...]
    config: tuple[DeviceClaimConfiguration, ...]


class DeviceRequest(Struct):
    """TODO"""

    name: str
    exactly: ExactDeviceRequest | None
    first_available: tuple[DeviceSubRequest, ...]


class ExactDeviceRequest(Struct):
    """TODO"""

    device_class_name: str
    selectors: tuple[DeviceSelector, ...]
    allocation_mode: DeviceAllocationMode | None
    count: Int64 | None
    admin_access: bool | None = pointer
    tolerations: tuple[DeviceToleration, ...]
    capacity: CapacityRequirements | None


class DeviceSubRequest(Struct):
    """TODO"""

    name: str
    device_class_name: str
    selectors: tuple[DeviceSelector, ...]
    allocation_mode: DeviceAllocationMode | None
    count: Int64 | None
    tolerations: tuple[DeviceToleration, ...]
    capacity: CapacityRequirements | None


class CapacityRequirements(Struct):
    """TODO"""

    requests: Map[Quantity]


class DeviceSelector(Struct):
    """TODO"""

    cel: CELDeviceSelector | None


class CELDeviceSelector(Struct):
    """TODO"""

    expression: str


class DeviceConstraint(Struct):
    """TODO"""

    requests: tuple[str, ...]
    match_attribute: FullyQualifiedName | None = pointer
    distinct_attribute: FullyQualifiedName | None = pointer


class DeviceClaimConfiguration(Struct):
    """TODO"""

    requests: tuple[str, ...]
    opaque: OpaqueDeviceConfiguration | None


class OpaqueDeviceConfiguration(Struct):
    """TODO"""

    driver: str
    parameters: Json = field(always=True, schema="RawExtension")


class DeviceToleration(Struct):
    """TODO"""

    key: str | None
    operator: DeviceTolerationOperator | None = field(default="Equal")
    value: str | None
    effect: DeviceTaintEffect | None
    toleration_seconds: Int64 | None = pointer


class ResourceClaimStatus(Struct):
    """TODO"""

    allocation: AllocationResult | None
    reserved_for: tuple[ResourceClaimConsumerReference, ...] = keyed("uid", merge="uid")
    devices: tuple[AllocatedDeviceStatus, ...] = keyed("driver", "device", "pool", "shareID")


class ResourceClaimConsumerReference(Struct):
    """TODO"""

    api_group: str | None
    resource: str
    name: str
    uid: meta.UID


class AllocationResult(Struct):
    """TODO"""

    devices: DeviceAllocationResult
    node_selector: core.NodeSelector | None
    allocation_timestamp: Time | None


class DeviceAllocationResult(Struct):
    """TODO"""

    results: tuple[DeviceRequestAllocationResult, ...]
    config: tuple[DeviceAllocationConfiguration, ...]


class DeviceRequestAllocationResult(Struct):
    """TODO"""

    request: str
    driver: str
    pool: str
    device: str
    admin_access: bool | None = pointer
    tolerations: tuple[DeviceToleration, ...]
    binding_conditions: tuple[str, ...]
    binding_failure_conditions: tuple[str, ...]
    share_id: meta.UID | None = field(json="shareID", pointer=True)
    consumed_capacity: Map[Quantity]


class DeviceAllocationConfiguration(Struct):
    """TODO"""

    source: AllocationConfigSource
    requests: tuple[str, ...]
    opaque: OpaqueDeviceConfiguration | None


class ResourceClaimList(ObjectList):
    """A page of resource claims."""

    items: tuple[ResourceClaim, ...] = field(required=True)


class DeviceClass(Object):
    """TODO"""

    spec: DeviceClassSpec = field(required=True)


class DeviceClassSpec(Struct):
    """TODO"""

    selectors: tuple[DeviceSelector, ...]
    config: tuple[DeviceClassConfiguration, ...]
    extended_resource_name: str | None = pointer


class DeviceClassConfiguration(Struct):
    """TODO"""

    opaque: OpaqueDeviceConfiguration | None


class DeviceClassList(ObjectList):
    """A page of device classes."""

    items: tuple[DeviceClass, ...] = field(required=True)


class ResourceClaimTemplate(Object):
    """TODO"""

    spec: ResourceClaimTemplateSpec = field(required=True)


class ResourceClaimTemplateSpec(Struct):
    """TODO"""

    metadata: meta.ObjectMeta
    spec: ResourceClaimSpec = field(required=True)


class ResourceClaimTemplateList(ObjectList):
    """A page of resource claim templates."""

    items: tuple[ResourceClaimTemplate, ...] = field(required=True)


class AllocatedDeviceStatus(Struct):
    """TODO"""

    driver: str
    pool: str
    device: str
    share_id: str | None = field(json="shareID", pointer=True)
    conditions: tuple[meta.Condition, ...] = keyed("type", always=True, required=False)
    data: Json | None = field(schema="RawExtension")
    network_data: NetworkDeviceData | None


class NetworkDeviceData(Struct):
    """TODO"""

    interface_name: str | None
    ips: tuple[str, ...]
    hardware_address: str | None
