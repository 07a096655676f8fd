"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from .declare import Int64, Map, Quantity, Time, always, field, immutable, keyed, pointer, required, unique
from .model import Object, ObjectList, Struct
from . import core, meta
API_VERSION = 'storage.k8s.io/v1'
PACKAGE = 'io.k8s.api.storage.v1'
FSGroupPolicy = str
VolumeBindingMode = Literal['Immediate', 'WaitForFirstConsumer']
VolumeLifecycleMode = str

class StorageClass(Object):
    provisioner: str
    parameters: Map[str]
    reclaim_policy: core.PersistentVolumeReclaimPolicy | None
    mount_options: tuple[str, ...]
    allow_volume_expansion: bool | None
    volume_binding_mode: VolumeBindingMode | None
    allowed_topologies: tuple[core.TopologySelectorTerm, ...]
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., provisioner: str | None = ...,
        parameters: Mapping[str, str] | None = ..., reclaim_policy: core.PersistentVolumeReclaimPolicy | None = ...,
        mount_options: list[str] | tuple[str, ...] | None = ..., allow_volume_expansion: bool | None = ...,
        volume_binding_mode: VolumeBindingMode | None = ...,
        allowed_topologies: Sequence[core.TopologySelectorTerm | Mapping[str, Any]] | None = ...,
        kind: Literal["StorageClass"] | None = ..., api_version: Literal["storage.k8s.io/v1"] | None = ...
    ) -> None: ...

class VolumeAttachment(Object):
    spec: VolumeAttachmentSpec
    status: VolumeAttachmentStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: VolumeAttachmentSpec | Mapping[str, Any] | None = ...,
        status: VolumeAttachmentStatus | Mapping[str, Any] | None = ..., kind: Literal["VolumeAttachment"] | None = ...,
        api_version: Literal["storage.k8s.io/v1"] | None = ...
    ) -> None: ...

class VolumeAttachmentSpec(Struct):
    attacher: str
    source: VolumeAttachmentSource
    node_name: str
    def __init__(self, *,
        attacher: str | None = ..., source: VolumeAttachmentSource | Mapping[str, Any] | None = ...,
        node_name: str | None = ...
    ) -> None: ...

class VolumeAttachmentSource(Struct):
    persistent_volume_name: str | None
    inline_volume_spec: core.PersistentVolumeSpec | None
    def __init__(self, *,
        persistent_volume_name: str | None = ...,
        inline_volume_spec: core.PersistentVolumeSpec | Mapping[str, Any] | None = ...
    ) -> None: ...

class VolumeAttachmentStatus(Struct):
    attached: bool
    attachment_metadata: Map[str]
    attach_error: VolumeError | None
    detach_error: VolumeError | None
    def __init__(self, *,
        attached: bool | None = ..., attachment_metadata: Mapping[str, str] | None = ...,
        attach_error: VolumeError | Mapping[str, Any] | None = ...,
        detach_error: VolumeError | Mapping[str, Any] | None = ...
    ) -> None: ...

class VolumeError(Struct):
    time: Time | None
    message: str | None
    error_code: int | None
    def __init__(self, *,
        time: Time | datetime | str | int | None = ..., message: str | None = ..., error_code: int | None = ...
    ) -> None: ...

class CSIDriver(Object):
    spec: CSIDriverSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: CSIDriverSpec | Mapping[str, Any] | None =
        ..., kind: Literal["CSIDriver"] | None = ..., api_version: Literal["storage.k8s.io/v1"] | None = ...
    ) -> None: ...

class CSIDriverSpec(Struct):
    attach_required: bool | None
    pod_info_on_mount: bool | None
    volume_lifecycle_modes: tuple[VolumeLifecycleMode, ...]
    storage_capacity: bool | None
    fs_group_policy: FSGroupPolicy | None
    token_requests: tuple[TokenRequest, ...]
    requires_republish: bool | None
    se_linux_mount: bool | None
    node_allocatable_update_period_seconds: Int64 | None
    service_account_token_in_secrets: bool | None
    prevent_pod_scheduling_if_missing: bool | None
    def __init__(self, *,
        attach_required: bool | None = ..., pod_info_on_mount: bool | None = ...,
        volume_lifecycle_modes: list[VolumeLifecycleMode] | tuple[VolumeLifecycleMode, ...] | None = ...,
        storage_capacity: bool | None = ..., fs_group_policy: FSGroupPolicy | None = ...,
        token_requests: Sequence[TokenRequest | Mapping[str, Any]] | None = ..., requires_republish: bool | None = ...,
        se_linux_mount: bool | None = ..., node_allocatable_update_period_seconds: Int64 | None = ...,
        service_account_token_in_secrets: bool | None = ..., prevent_pod_scheduling_if_missing: bool | None = ...
    ) -> None: ...

class TokenRequest(Struct):
    audience: str
    expiration_seconds: Int64 | None
    def __init__(self, *, audience: str | None = ..., expiration_seconds: Int64 | None = ...) -> None: ...

class CSINode(Object):
    spec: CSINodeSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., spec: CSINodeSpec | Mapping[str, Any] | None = ...,
        kind: Literal["CSINode"] | None = ..., api_version: Literal["storage.k8s.io/v1"] | None = ...
    ) -> None: ...

class CSINodeSpec(Struct):
    drivers: tuple[CSINodeDriver, ...]
    def __init__(self, *, drivers: Sequence[CSINodeDriver | Mapping[str, Any]] | None = ...) -> None: ...

class CSINodeDriver(Struct):
    name: str
    node_id: str
    topology_keys: tuple[str, ...]
    allocatable: VolumeNodeResources | None
    def __init__(self, *,
        name: str | None = ..., node_id: str | None = ..., topology_keys: list[str] | tuple[str, ...] | None = ...,
        allocatable: VolumeNodeResources | Mapping[str, Any] | None = ...
    ) -> None: ...

class VolumeNodeResources(Struct):
    count: int | None
    def __init__(self, *, count: int | None = ...) -> None: ...

class CSIStorageCapacity(Object):
    node_topology: meta.LabelSelector | None
    storage_class_name: str
    capacity: Quantity | None
    maximum_volume_size: Quantity | None
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        node_topology: meta.LabelSelector | Mapping[str, Any] | None = ..., storage_class_name: str | None = ...,
        capacity: Quantity | str | int | float | None = ..., maximum_volume_size: Quantity | str | int | float | None =
        ..., kind: Literal["CSIStorageCapacity"] | None = ..., api_version: Literal["storage.k8s.io/v1"] | None = ...
    ) -> None: ...

class VolumeAttributesClass(Object):
    driver_name: str
    parameters: Map[str]
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ..., driver_name: str | None = ...,
        parameters: Mapping[str, str] | None = ..., kind: Literal["VolumeAttributesClass"] | None = ...,
        api_version: Literal["storage.k8s.io/v1"] | None = ...
    ) -> None: ...

class StorageClassList(ObjectList):
    items: tuple[StorageClass, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[StorageClass | Mapping[str, Any]] | None = ..., kind: Literal["StorageClassList"] | None = ...,
        api_version: Literal["storage.k8s.io/v1"] | None = ...
    ) -> None: ...

class VolumeAttachmentList(ObjectList):
    items: tuple[VolumeAttachment, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[VolumeAttachment | Mapping[str, Any]] | None = ...,
        kind: Literal["VolumeAttachmentList"] | None = ..., api_version: Literal["storage.k8s.io/v1"] | None = ...
    ) -> None: ...

class CSIDriverList(ObjectList):
    items: tuple[CSIDriver, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[CSIDriver | Mapping[str, Any]] | None = ..., kind: Literal["CSIDriverList"] | None = ...,
        api_version: Literal["storage.k8s.io/v1"] | None = ...
    ) -> None: ...

class CSINodeList(ObjectList):
    items: tuple[CSINode, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ..., items: Sequence[CSINode | Mapping[str, Any]] | None =
        ..., kind: Literal["CSINodeList"] | None = ..., api_version: Literal["storage.k8s.io/v1"] | None = ...
    ) -> None: ...

class CSIStorageCapacityList(ObjectList):
    items: tuple[CSIStorageCapacity, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[CSIStorageCapacity | Mapping[str, Any]] | None = ...,
        kind: Literal["CSIStorageCapacityList"] | None = ..., api_version: Literal["storage.k8s.io/v1"] | None = ...
    ) -> None: ...

class VolumeAttributesClassList(ObjectList):
    items: tuple[VolumeAttributesClass, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[VolumeAttributesClass | Mapping[str, Any]] | None = ...,
        kind: Literal["VolumeAttributesClassList"] | None = ..., api_version: Literal["storage.k8s.io/v1"] | None = ...
    ) -> None: ...
