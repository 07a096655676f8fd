"""Storage classes, CSI drivers, attachments (`storage.k8s.io/v1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .declare import Int64, Map, Quantity, Time, always, field, immutable, keyed, pointer, required, unique
from .model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from . import core, meta

API_VERSION = "storage.k8s.io/v1"
PACKAGE = "io.k8s.api.storage.v1"

FSGroupPolicy = str
VolumeBindingMode = Literal["Immediate", "WaitForFirstConsumer"]
VolumeLifecycleMode = str


class StorageClass(Object):
    """A way to make volumes, which claims choose by name."""

    provisioner: str = immutable
    parameters: Map[str] = immutable
    reclaim_policy: core.PersistentVolumeReclaimPolicy | None = field(pointer=True, immutable=True)
    mount_options: tuple[str, ...]
    allow_volume_expansion: bool | None = pointer
    volume_binding_mode: VolumeBindingMode | None = field(pointer=True, immutable=True)
    allowed_topologies: tuple[core.TopologySelectorTerm, ...]


class VolumeAttachment(Object):
    """The wish, or the fact, that a volume is attached to a node."""

    spec: VolumeAttachmentSpec = field(required=True, immutable=True)
    status: VolumeAttachmentStatus


class VolumeAttachmentSpec(Struct):
    """Which volume on which node, and by which driver."""

    attacher: str
    source: VolumeAttachmentSource = required
    node_name: str


class VolumeAttachmentSource(Struct):
    """The volume to attach: a persistent volume, or the description of one."""

    persistent_volume_name: str | None = pointer
    inline_volume_spec: core.PersistentVolumeSpec | None


class VolumeAttachmentStatus(Struct):
    """Whether the volume is attached, and what went wrong."""

    attached: bool
    attachment_metadata: Map[str]
    attach_error: VolumeError | None
    detach_error: VolumeError | None


class VolumeError(Struct):
    """What went wrong with a volume, and when."""

    time: Time | None = always
    message: str | None
    error_code: int | None = pointer


class CSIDriver(Object):
    """What a storage driver can do and what it wants to be told."""

    spec: CSIDriverSpec = required


class CSIDriverSpec(Struct):
    """The abilities and wishes of a storage driver."""

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
    """A token that a storage driver wants to be given."""

    audience: str
    expiration_seconds: Int64 | None = pointer


class CSINode(Object):
    """The storage drivers on a node."""

    spec: CSINodeSpec = required


class CSINodeSpec(Struct):
    """The storage drivers on a node."""

    drivers: tuple[CSINodeDriver, ...] = keyed("name", always=True, merge="name")


class CSINodeDriver(Struct):
    """One storage driver on a node: what the node is called there, and where volumes can reach it."""

    name: str
    node_id: str = field(json="nodeID")
    topology_keys: tuple[str, ...] = field(always=True, required=False)
    allocatable: VolumeNodeResources | None


class VolumeNodeResources(Struct):
    """How many volumes of a driver a node can hold."""

    count: int | None = pointer


class CSIStorageCapacity(Object):
    """How much storage of a class is left in a part of the cluster."""

    node_topology: meta.LabelSelector | None = immutable
    storage_class_name: str = immutable
    capacity: Quantity | None
    maximum_volume_size: Quantity | None


class VolumeAttributesClass(Object):
    """Changeable attributes of volumes, which claims choose by name."""

    driver_name: str = immutable
    parameters: Map[str] = immutable


class StorageClassList(ObjectList):
    """A page of storage classes."""

    items: tuple[StorageClass, ...] = required


class VolumeAttachmentList(ObjectList):
    """A page of volume attachments."""

    items: tuple[VolumeAttachment, ...] = required


class CSIDriverList(ObjectList):
    """A page of CSI drivers."""

    items: tuple[CSIDriver, ...] = required


class CSINodeList(ObjectList):
    """A page of CSI nodes."""

    items: tuple[CSINode, ...] = required


class CSIStorageCapacityList(ObjectList):
    """A page of CSI storage capacities."""

    items: tuple[CSIStorageCapacity, ...] = required


class VolumeAttributesClassList(ObjectList):
    """A page of volume attributes classes."""

    items: tuple[VolumeAttributesClass, ...] = required
