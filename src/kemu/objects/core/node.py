"""Nodes: what a machine offers and how it is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..declare import Int64, Time, always, field, keyed, pointer
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


class NodeSpec(Struct):
    """TODO"""

    pod_cidr: str | None = field(json="podCIDR")
    pod_cidrs: tuple[str, ...] = field(json="podCIDRs", list_type="set", strategy="merge")
    provider_id: str | None = field(json="providerID")
    unschedulable: bool | None
    taints: tuple[Taint, ...]
    config_source: NodeConfigSource | None
    external_id: str | None = field(json="externalID")


class NodeConfigSource(Struct):
    """TODO"""

    config_map: ConfigMapNodeConfigSource | None


class ConfigMapNodeConfigSource(Struct):
    """TODO"""

    namespace: str
    name: str
    uid: meta.UID | None
    resource_version: str | None
    kubelet_config_key: str


class DaemonEndpoint(Struct):
    """TODO"""

    port: int = field(json="Port")


class NodeDaemonEndpoints(Struct):
    """TODO"""

    kubelet_endpoint: DaemonEndpoint


class NodeRuntimeHandlerFeatures(Struct):
    """TODO"""

    recursive_read_only_mounts: bool | None = pointer
    user_namespaces: bool | None = pointer


class NodeRuntimeHandler(Struct):
    """TODO"""

    name: str = field(required=False)
    features: NodeRuntimeHandlerFeatures | None


class NodeFeatures(Struct):
    """TODO"""

    supplemental_groups_policy: bool | None = pointer


class NodeSystemInfo(Struct):
    """TODO"""

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
    """TODO"""

    capacity: Int64 | None = pointer


class NodeConfigStatus(Struct):
    """TODO"""

    assigned: NodeConfigSource | None
    active: NodeConfigSource | None
    last_known_good: NodeConfigSource | None
    error: str | None


class NodeStatus(Struct):
    """TODO"""

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


class AttachedVolume(Struct):
    """TODO"""

    name: UniqueVolumeName
    device_path: str


class ContainerImage(Struct):
    """TODO"""

    names: tuple[str, ...] = field(always=True, required=False)
    size_bytes: Int64 | None


class NodeCondition(Struct):
    """TODO"""

    type: NodeConditionType
    status: ConditionStatus
    last_heartbeat_time: Time | None = field(always=True, required=False)
    last_transition_time: Time | None = field(always=True, required=False)
    reason: str | None
    message: str | None


class NodeAddress(Struct):
    """TODO"""

    type: NodeAddressType
    address: str


class Node(Object):
    """TODO"""

    spec: NodeSpec
    status: NodeStatus


class NodeList(ObjectList):
    """A page of nodes."""

    items: tuple[Node, ...] = field(required=True)
