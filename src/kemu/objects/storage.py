"""Storage classes, CSI drivers, attachments (`storage.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .declare import Int64, Map, Quantity, Time, always, field, keyed, pointer, unique
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import core, meta

API_VERSION = "storage.k8s.io/v1"
PACKAGE = "io.k8s.api.storage.v1"

FSGroupPolicy = str
VolumeBindingMode = Literal["Immediate", "WaitForFirstConsumer"]
VolumeLifecycleMode = str


class StorageClass(Object):
    """TODO"""

    provisioner: str
    parameters: Map[str]
    reclaim_policy: core.PersistentVolumeReclaimPolicy | None = pointer
    mount_options: tuple[str, ...]
    allow_volume_expansion: bool | None = pointer
    volume_binding_mode: VolumeBindingMode | None = pointer
    allowed_topologies: tuple[core.TopologySelectorTerm, ...]


class StorageClassList(ObjectList):
    """A page of storage classes."""

    items: tuple[StorageClass, ...] = field(required=True)


class VolumeAttachment(Object):
    """TODO"""

    spec: VolumeAttachmentSpec = field(required=True)
    status: VolumeAttachmentStatus


class VolumeAttachmentList(ObjectList):
    """A page of volume attachments."""

    items: tuple[VolumeAttachment, ...] = field(required=True)


class VolumeAttachmentSpec(Struct):
    """TODO"""

    attacher: str
    source: VolumeAttachmentSource = field(required=True)
    node_name: str


class VolumeAttachmentSource(Struct):
    """TODO"""

    persistent_volume_name: str | None = pointer
    inline_volume_spec: core.PersistentVolumeSpec | None


class VolumeAttachmentStatus(Struct):
    """TODO"""

    attached: bool
    attachment_metadata: Map[str]
    attach_error: VolumeError | None
    detach_error: VolumeError | None


class VolumeError(Struct):
    """TODO"""

    time: Time | None = field(always=True, required=False)
    message: str | None
    error_code: int | None = pointer


class CSIDriver(Object):
    """TODO"""

    spec: CSIDriverSpec = field(required=True)


class CSIDriverList(ObjectList):
    """A page of CSI drivers."""

    items: tuple[CSIDriver, ...] = field(required=True)


class CSIDriverSpec(Struct):
    """TODO"""

    attach_required: bool | None = pointer
    pod_info_on_mount: bool | None = pointer
    volume_lifecycle_modes: tuple[VolumeLifecycleMode, ...] = unique
    storage_capacity: bool | None = pointer
    fs_group_policy: FSGroupPolicy | None = pointer
    token_requests: tuple[TokenRequest, ...]
    requires_republish: bool | None = pointer
    se_linux_mount: bool | None = pointer
    node_allocatable_update_period_seconds: Int64 | None = pointer
    service_account_token_in_secrets: bool | None = pointer
    prevent_pod_scheduling_if_missing: bool | None = pointer


class TokenRequest(Struct):
    """TODO"""

    audience: str
    expiration_seconds: Int64 | None = pointer


class CSINode(Object):
    """TODO"""

    spec: CSINodeSpec = field(required=True)


class CSINodeSpec(Struct):
    """TODO"""

    drivers: tuple[CSINodeDriver, ...] = keyed("name", always=True, merge="name")


class CSINodeDriver(Struct):
    """TODO"""

    name: str
    node_id: str = field(json="nodeID")
    topology_keys: tuple[str, ...] = field(always=True, required=False)
    allocatable: VolumeNodeResources | None


class VolumeNodeResources(Struct):
    """TODO"""

    count: int | None = pointer


class CSINodeList(ObjectList):
    """A page of CSI nodes."""

    items: tuple[CSINode, ...] = field(required=True)


class CSIStorageCapacity(Object):
    """TODO"""

    node_topology: meta.LabelSelector | None
    storage_class_name: str
    capacity: Quantity | None
    maximum_volume_size: Quantity | None


class CSIStorageCapacityList(ObjectList):
    """A page of CSI storage capacities."""

    items: tuple[CSIStorageCapacity, ...] = field(required=True)


class VolumeAttributesClass(Object):
    """TODO"""

    driver_name: str
    parameters: Map[str]


class VolumeAttributesClassList(ObjectList):
    """A page of volume attributes classes."""

    items: tuple[VolumeAttributesClass, ...] = field(required=True)
