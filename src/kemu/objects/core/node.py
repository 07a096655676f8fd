"""Nodes: what a machine offers and how it is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..declare import Int64, Time, always, field, keyed, pointer, required
from ..model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from .. import meta
    from .persistent import ConditionStatus, ResourceList
    from .placement import Taint

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"

NodeAddressType = str
NodeConditionType = str
NodePhase = Literal["Pending", "Running", "Terminated"]
UniqueVolumeName = str


class Node(Object):
    """A machine that runs pods."""

    spec: NodeSpec
    status: NodeStatus


class NodeSpec(Struct):
    """What is decided about a node: addresses of its pods, taints, whether it takes new pods."""

    pod_cidr: str | None = field(json="podCIDR")
    pod_cidrs: tuple[str, ...] = field(json="podCIDRs", list_type="set", strategy="merge")
    provider_id: str | None = field(json="providerID")
    unschedulable: bool | None
    taints: tuple[Taint, ...]
    config_source: NodeConfigSource | None
    external_id: str | None = field(json="externalID")


class NodeConfigSource(Struct):
    """Where a kubelet takes its configuration from; no longer used."""

    config_map: ConfigMapNodeConfigSource | None


class ConfigMapNodeConfigSource(Struct):
    """The config map with a kubelet's configuration; no longer used."""

    namespace: str
    name: str
    uid: meta.UID | None
    resource_version: str | None
    kubelet_config_key: str


class NodeStatus(Struct):
    """What a node offers and how it is doing."""

    capacity: ResourceList
    allocatable: ResourceList
    phase: NodePhase | None
    conditions: tuple[NodeCondition, ...] = keyed("type", merge="type")
    addresses: tuple[NodeAddress, ...] = keyed("type", merge="type")
    daemon_endpoints: NodeDaemonEndpoints
    node_info: NodeSystemInfo
    images: tuple[ContainerImage, ...]
    volumes_in_use: tuple[UniqueVolumeName, ...]
    volumes_attached: tuple[AttachedVolume, ...]
    config: NodeConfigStatus | None
    runtime_handlers: tuple[NodeRuntimeHandler, ...]
    features: NodeFeatures | None
    declared_features: tuple[str, ...]


class NodeCondition(Struct):
    """One observation about a node, such as whether it is ready."""

    type: NodeConditionType
    status: ConditionStatus
    last_heartbeat_time: Time | None = always
    last_transition_time: Time | None = always
    reason: str | None
    message: str | None


class NodeAddress(Struct):
    """An address or name of a node."""

    type: NodeAddressType
    address: str


class NodeDaemonEndpoints(Struct):
    """The ports of the components of a node."""

    kubelet_endpoint: DaemonEndpoint


class DaemonEndpoint(Struct):
    """A port on which a component of a node listens."""

    port: int = field(json="Port")


class NodeSystemInfo(Struct):
    """Identifiers and versions of a node."""

    machine_id: str = field(json="machineID")
    system_uuid: str = field(json="systemUUID")
    boot_id: str = field(json="bootID")
    kernel_version: str
    os_image: str
    container_runtime_version: str
    kubelet_version: str
    kube_proxy_version: str
    operating_system: str
    architecture: str
    swap: NodeSwapStatus | None


class NodeSwapStatus(Struct):
    """The swap space of a node."""

    capacity: Int64 | None = pointer


class ContainerImage(Struct):
    """An image that is present on a node."""

    names: tuple[str, ...] = field(always=True, required=False)
    size_bytes: Int64 | None


class AttachedVolume(Struct):
    """A volume that is attached to a node."""

    name: UniqueVolumeName
    device_path: str


class NodeConfigStatus(Struct):
    """Which configuration a kubelet uses; no longer used."""

    assigned: NodeConfigSource | None
    active: NodeConfigSource | None
    last_known_good: NodeConfigSource | None
    error: str | None


class NodeRuntimeHandler(Struct):
    """A runtime handler of a node."""

    name: str = field(required=False)
    features: NodeRuntimeHandlerFeatures | None


class NodeRuntimeHandlerFeatures(Struct):
    """What a runtime handler can do."""

    recursive_read_only_mounts: bool | None = pointer
    user_namespaces: bool | None = pointer


class NodeFeatures(Struct):
    """What the runtime of a node can do."""

    supplemental_groups_policy: bool | None = pointer


class NodeList(ObjectList):
    """A page of nodes."""

    items: tuple[Node, ...] = required
