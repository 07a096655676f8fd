"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from ..declare import Int64, Time, always, field, keyed, pointer, required
from ..model import Object, ObjectList, Struct
from .. import meta
from .persistent import ConditionStatus, ResourceList
from .placement import Taint
API_VERSION = 'v1'
PACKAGE = 'io.k8s.api.core.v1'
NodeAddressType = str
NodeConditionType = str
NodePhase = Literal['Pending', 'Running', 'Terminated']
UniqueVolumeName = str

class Node(Object):
    spec: NodeSpec
    status: NodeStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: NodeSpec | Mapping[str, Any] | None = ...,
        status: NodeStatus | Mapping[str, Any] | None = ..., kind: Literal["Node"] | None = ...,
        api_version: Literal["v1"] | None = ...
    ) -> None: ...

class NodeSpec(Struct):
    pod_cidr: str | None
    pod_cidrs: tuple[str, ...]
    provider_id: str | None
    unschedulable: bool | None
    taints: tuple[Taint, ...]
    config_source: NodeConfigSource | None
    external_id: str | None
    def __init__(self, *,
        pod_cidr: str | None = ..., pod_cidrs: list[str] | tuple[str, ...] | None = ..., provider_id: str | None = ...,
        unschedulable: bool | None = ..., taints: Sequence[Taint | Mapping[str, Any]] | None = ...,
        config_source: NodeConfigSource | Mapping[str, Any] | None = ..., external_id: str | None = ...
    ) -> None: ...

class NodeConfigSource(Struct):
    config_map: ConfigMapNodeConfigSource | None
    def __init__(self, *, config_map: ConfigMapNodeConfigSource | Mapping[str, Any] | None = ...) -> None: ...

class ConfigMapNodeConfigSource(Struct):
    namespace: str
    name: str
    uid: meta.UID | None
    resource_version: str | None
    kubelet_config_key: str
    def __init__(self, *,
        namespace: str | None = ..., name: str | None = ..., uid: meta.UID | None = ..., resource_version: str | None =
        ..., kubelet_config_key: str | None = ...
    ) -> None: ...

class NodeStatus(Struct):
    capacity: ResourceList
    allocatable: ResourceList
    phase: NodePhase | None
    conditions: tuple[NodeCondition, ...]
    addresses: tuple[NodeAddress, ...]
    daemon_endpoints: NodeDaemonEndpoints
    node_info: NodeSystemInfo
    images: tuple[ContainerImage, ...]
    volumes_in_use: tuple[UniqueVolumeName, ...]
    volumes_attached: tuple[AttachedVolume, ...]
    config: NodeConfigStatus | None
    runtime_handlers: tuple[NodeRuntimeHandler, ...]
    features: NodeFeatures | None
    declared_features: tuple[str, ...]
    def __init__(self, *,
        capacity: Mapping[str, Quantity | str | int | float] | None = ...,
        allocatable: Mapping[str, Quantity | str | int | float] | None = ..., phase: NodePhase | None = ...,
        conditions: Sequence[NodeCondition | Mapping[str, Any]] | None = ...,
        addresses: Sequence[NodeAddress | Mapping[str, Any]] | None = ...,
        daemon_endpoints: NodeDaemonEndpoints | Mapping[str, Any] | None = ...,
        node_info: NodeSystemInfo | Mapping[str, Any] | None = ...,
        images: Sequence[ContainerImage | Mapping[str, Any]] | None = ...,
        volumes_in_use: list[UniqueVolumeName] | tuple[UniqueVolumeName, ...] | None = ...,
        volumes_attached: Sequence[AttachedVolume | Mapping[str, Any]] | None = ...,
        config: NodeConfigStatus | Mapping[str, Any] | None = ...,
        runtime_handlers: Sequence[NodeRuntimeHandler | Mapping[str, Any]] | None = ...,
        features: NodeFeatures | Mapping[str, Any] | None = ...,
        declared_features: list[str] | tuple[str, ...] | None = ...
    ) -> None: ...

class NodeCondition(Struct):
    type: NodeConditionType
    status: ConditionStatus
    last_heartbeat_time: Time | None
    last_transition_time: Time | None
    reason: str | None
    message: str | None
    def __init__(self, *,
        type: NodeConditionType | None = ..., status: ConditionStatus | None = ...,
        last_heartbeat_time: Time | datetime | str | int | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ...,
        message: str | None = ...
    ) -> None: ...

class NodeAddress(Struct):
    type: NodeAddressType
    address: str
    def __init__(self, *, type: NodeAddressType | None = ..., address: str | None = ...) -> None: ...

class NodeDaemonEndpoints(Struct):
    kubelet_endpoint: DaemonEndpoint
    def __init__(self, *, kubelet_endpoint: DaemonEndpoint | Mapping[str, Any] | None = ...) -> None: ...

class DaemonEndpoint(Struct):
    port: int
    def __init__(self, *, port: int | None = ...) -> None: ...

class NodeSystemInfo(Struct):
    machine_id: str
    system_uuid: str
    boot_id: str
    kernel_version: str
    os_image: str
    container_runtime_version: str
    kubelet_version: str
    kube_proxy_version: str
    operating_system: str
    architecture: str
    swap: NodeSwapStatus | None
    def __init__(self, *,
        machine_id: str | None = ..., system_uuid: str | None = ..., boot_id: str | None = ...,
        kernel_version: str | None = ..., os_image: str | None = ..., container_runtime_version: str | None = ...,
        kubelet_version: str | None = ..., kube_proxy_version: str | None = ..., operating_system: str | None = ...,
        architecture: str | None = ..., swap: NodeSwapStatus | Mapping[str, Any] | None = ...
    ) -> None: ...

class NodeSwapStatus(Struct):
    capacity: Int64 | None
    def __init__(self, *, capacity: Int64 | None = ...) -> None: ...

class ContainerImage(Struct):
    names: tuple[str, ...]
    size_bytes: Int64 | None
    def __init__(self, *, names: list[str] | tuple[str, ...] | None = ..., size_bytes: Int64 | None = ...) -> None: ...

class AttachedVolume(Struct):
    name: UniqueVolumeName
    device_path: str
    def __init__(self, *, name: UniqueVolumeName | None = ..., device_path: str | None = ...) -> None: ...

class NodeConfigStatus(Struct):
    assigned: NodeConfigSource | None
    active: NodeConfigSource | None
    last_known_good: NodeConfigSource | None
    error: str | None
    def __init__(self, *,
        assigned: NodeConfigSource | Mapping[str, Any] | None = ...,
        active: NodeConfigSource | Mapping[str, Any] | None = ...,
        last_known_good: NodeConfigSource | Mapping[str, Any] | None = ..., error: str | None = ...
    ) -> None: ...

class NodeRuntimeHandler(Struct):
    name: str
    features: NodeRuntimeHandlerFeatures | None
    def __init__(self, *,
        name: str | None = ..., features: NodeRuntimeHandlerFeatures | Mapping[str, Any] | None = ...
    ) -> None: ...

class NodeRuntimeHandlerFeatures(Struct):
    recursive_read_only_mounts: bool | None
    user_namespaces: bool | None
    def __init__(self, *,
        recursive_read_only_mounts: bool | None = ..., user_namespaces: bool | None = ...
    ) -> None: ...

class NodeFeatures(Struct):
    supplemental_groups_policy: bool | None
    def __init__(self, *, supplemental_groups_policy: bool | None = ...) -> None: ...

class NodeList(ObjectList):
    items: tuple[Node, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ..., items: Sequence[Node | Mapping[str, Any]] | None =
        ..., kind: Literal["NodeList"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...
