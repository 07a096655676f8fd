"""Devices and claims on them: dynamic resource allocation (`resource.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .declare import Bool, Int64, Json, Map, Quantity, Time, field, immutable, keyed, pointer, required
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
    """Devices that a driver offers, on one node or on several."""

    spec: ResourceSliceSpec = required


class ResourceSliceSpec(Struct):
    """Which driver offers which devices of which pool, and where."""

    driver: str = immutable
    pool: ResourcePool = required
    node_name: str | None = field(pointer=True, immutable=True)
    node_selector: core.NodeSelector | None
    all_nodes: bool | None = pointer
    devices: tuple[Device, ...]
    per_device_node_selection: bool | None = pointer
    shared_counters: tuple[CounterSet, ...]


class ResourcePool(Struct):
    """The pool that a slice belongs to, its generation, and of how many slices it consists."""

    name: str
    generation: Int64
    resource_slice_count: Int64


class Device(Struct):
    """One device: attributes, capacities, and where it can be used."""

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


class DeviceAttribute(Struct):
    """A property of a device: a number, a truth, a text or a version."""

    int: Int64 | None = pointer
    bool: Bool | None = pointer
    string: str | None = pointer
    version: str | None = pointer
    ints: tuple[Int64, ...]
    bools: tuple[Bool, ...]
    strings: tuple[str, ...]
    versions: tuple[str, ...]


class DeviceCapacity(Struct):
    """How much of something a device has, and how it can be shared out."""

    value: Quantity
    request_policy: CapacityRequestPolicy | None


class CapacityRequestPolicy(Struct):
    """Which amounts of a capacity can be requested."""

    default: Quantity | None
    valid_values: tuple[Quantity, ...]
    valid_range: CapacityRequestPolicyRange | None


class CapacityRequestPolicyRange(Struct):
    """Amounts between two bounds, in steps."""

    min: Quantity | None = required
    max: Quantity | None
    step: Quantity | None


class DeviceCounterConsumption(Struct):
    """What a device takes from a set of counters."""

    counter_set: str
    counters: Map[Counter] = required


class Counter(Struct):
    """An amount that devices can draw from."""

    value: Quantity


class DeviceTaint(Struct):
    """A reason not to use a device, which claims can tolerate."""

    key: str
    value: str | None
    effect: DeviceTaintEffect
    time_added: Time | None


class NodeAllocatableResourceMapping(Struct):
    """How a device counts against the resources that a node can allocate."""

    capacity_key: QualifiedName | None = pointer
    allocation_multiplier: Quantity | None


class CounterSet(Struct):
    """Named counters that several devices draw from."""

    name: str
    counters: Map[Counter] = required


class ResourceClaim(Object):
    """A claim on devices, which pods refer to."""

    spec: ResourceClaimSpec = field(required=True, immutable=True)
    status: ResourceClaimStatus


class ResourceClaimSpec(Struct):
    """The devices that are wanted."""

    devices: DeviceClaim


class DeviceClaim(Struct):
    """Requests for devices, what they must have in common, and how to configure them."""

    requests: tuple[DeviceRequest, ...] = field(always=True, required=False)
    constraints: tuple[DeviceConstraint, ...]
    config: tuple[DeviceClaimConfiguration, ...]


class DeviceRequest(Struct):
    """A request for devices: one form, or several in order of preference."""

    name: str
    exactly: ExactDeviceRequest | None
    first_available: tuple[DeviceSubRequest, ...]


class ExactDeviceRequest(Struct):
    """So many devices of a class with certain properties."""

    device_class_name: str
    selectors: tuple[DeviceSelector, ...]
    allocation_mode: DeviceAllocationMode | None
    count: Int64 | None
    admin_access: bool | None = pointer
    tolerations: tuple[DeviceToleration, ...]
    capacity: CapacityRequirements | None


class DeviceSelector(Struct):
    """A condition that a device must meet."""

    cel: CELDeviceSelector | None


class CELDeviceSelector(Struct):
    """A CEL expression that must be true for a device."""

    expression: str


class DeviceToleration(Struct):
    """A taint on devices that a request puts up with."""

    key: str | None
    operator: DeviceTolerationOperator | None = field(default="Equal")
    value: str | None
    effect: DeviceTaintEffect | None
    toleration_seconds: Int64 | None = pointer


class CapacityRequirements(Struct):
    """How much capacity of a device is wanted."""

    requests: Map[Quantity]


class DeviceSubRequest(Struct):
    """One of several acceptable forms of a request."""

    name: str
    device_class_name: str
    selectors: tuple[DeviceSelector, ...]
    allocation_mode: DeviceAllocationMode | None
    count: Int64 | None
    tolerations: tuple[DeviceToleration, ...]
    capacity: CapacityRequirements | None


class DeviceConstraint(Struct):
    """What the devices of several requests must have in common, or must not."""

    requests: tuple[str, ...]
    match_attribute: FullyQualifiedName | None = pointer
    distinct_attribute: FullyQualifiedName | None = pointer


class DeviceClaimConfiguration(Struct):
    """Configuration that a claim passes to a driver."""

    requests: tuple[str, ...]
    opaque: OpaqueDeviceConfiguration | None


class OpaqueDeviceConfiguration(Struct):
    """Configuration that only the driver understands."""

    driver: str
    parameters: Json = field(always=True, schema="RawExtension")


class ResourceClaimStatus(Struct):
    """What was allocated, for whom it is reserved, and what the drivers say."""

    allocation: AllocationResult | None
    reserved_for: tuple[ResourceClaimConsumerReference, ...] = keyed("uid", merge="uid")
    devices: tuple[AllocatedDeviceStatus, ...] = keyed("driver", "device", "pool", "shareID")


class AllocationResult(Struct):
    """What was allocated, and where it can be used."""

    devices: DeviceAllocationResult
    node_selector: core.NodeSelector | None
    allocation_timestamp: Time | None


class DeviceAllocationResult(Struct):
    """The devices that were allocated, and their configuration."""

    results: tuple[DeviceRequestAllocationResult, ...]
    config: tuple[DeviceAllocationConfiguration, ...]


class DeviceRequestAllocationResult(Struct):
    """One device that was allocated for one request."""

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
    """Configuration of allocated devices, and where it comes from."""

    source: AllocationConfigSource
    requests: tuple[str, ...]
    opaque: OpaqueDeviceConfiguration | None


class ResourceClaimConsumerReference(Struct):
    """Something that uses a claim, usually a pod."""

    api_group: str | None
    resource: str
    name: str
    uid: meta.UID


class AllocatedDeviceStatus(Struct):
    """What a driver says about an allocated device."""

    driver: str
    pool: str
    device: str
    share_id: str | None = field(json="shareID", pointer=True)
    conditions: tuple[meta.Condition, ...] = keyed("type", always=True, required=False)
    data: Json | None = field(schema="RawExtension")
    network_data: NetworkDeviceData | None


class NetworkDeviceData(Struct):
    """Addresses of an allocated network device."""

    interface_name: str | None
    ips: tuple[str, ...]
    hardware_address: str | None


class DeviceClass(Object):
    """A kind of device with its selectors and configuration, which requests choose by name."""

    spec: DeviceClassSpec = required


class DeviceClassSpec(Struct):
    """What belongs to a device class, and how its devices are configured."""

    selectors: tuple[DeviceSelector, ...]
    config: tuple[DeviceClassConfiguration, ...]
    extended_resource_name: str | None = pointer


class DeviceClassConfiguration(Struct):
    """Configuration that a class passes to a driver."""

    opaque: OpaqueDeviceConfiguration | None


class ResourceClaimTemplate(Object):
    """What the claims look like that are made for each pod."""

    spec: ResourceClaimTemplateSpec = field(required=True, immutable=True)


class ResourceClaimTemplateSpec(Struct):
    """The metadata and the spec of claims made from a template."""

    metadata: meta.ObjectMeta
    spec: ResourceClaimSpec = required


class ResourceSliceList(ObjectList):
    """A page of resource slices."""

    items: tuple[ResourceSlice, ...] = required


class ResourceClaimList(ObjectList):
    """A page of resource claims."""

    items: tuple[ResourceClaim, ...] = required


class DeviceClassList(ObjectList):
    """A page of device classes."""

    items: tuple[DeviceClass, ...] = required


class ResourceClaimTemplateList(ObjectList):
    """A page of resource claim templates."""

    items: tuple[ResourceClaimTemplate, ...] = required
