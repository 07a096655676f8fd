"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from ..declare import Map, Quantity, Time, always, field, immutable, keyed, pointer, required
from ..model import Object, ObjectList, Struct
from .. import meta
from .placement import NodeSelector
from .reference import ObjectReference, SecretReference, TypedLocalObjectReference
from .volume import (
    AWSElasticBlockStoreVolumeSource, AzureDiskVolumeSource, FCVolumeSource, FlockerVolumeSource,
    GCEPersistentDiskVolumeSource, HostPathVolumeSource, NFSVolumeSource, PhotonPersistentDiskVolumeSource,
    PortworxVolumeSource, QuobyteVolumeSource, VsphereVirtualDiskVolumeSource
)
API_VERSION = 'v1'
PACKAGE = 'io.k8s.api.core.v1'
ClaimResourceStatus = str
ConditionStatus = str
PersistentVolumeAccessMode = str
PersistentVolumeClaimConditionType = str
PersistentVolumeClaimModifyVolumeStatus = Literal['InProgress', 'Infeasible', 'Pending']
PersistentVolumeClaimPhase = Literal['Bound', 'Lost', 'Pending']
PersistentVolumeMode = Literal['Block', 'Filesystem']
PersistentVolumePhase = Literal['Available', 'Bound', 'Failed', 'Pending', 'Released']
PersistentVolumeReclaimPolicy = Literal['Delete', 'Recycle', 'Retain']
ResourceList = Map[Quantity]

class PersistentVolume(Object):
    spec: PersistentVolumeSpec
    status: PersistentVolumeStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: PersistentVolumeSpec | Mapping[str, Any] | None = ...,
        status: PersistentVolumeStatus | Mapping[str, Any] | None = ..., kind: Literal["PersistentVolume"] | None = ...,
        api_version: Literal["v1"] | None = ...
    ) -> None: ...

class PersistentVolumeSpec(Struct):
    capacity: ResourceList
    gce_persistent_disk: GCEPersistentDiskVolumeSource | None
    aws_elastic_block_store: AWSElasticBlockStoreVolumeSource | None
    host_path: HostPathVolumeSource | None
    glusterfs: GlusterfsPersistentVolumeSource | None
    nfs: NFSVolumeSource | None
    rbd: RBDPersistentVolumeSource | None
    iscsi: ISCSIPersistentVolumeSource | None
    cinder: CinderPersistentVolumeSource | None
    cephfs: CephFSPersistentVolumeSource | None
    fc: FCVolumeSource | None
    flocker: FlockerVolumeSource | None
    flex_volume: FlexPersistentVolumeSource | None
    azure_file: AzureFilePersistentVolumeSource | None
    vsphere_volume: VsphereVirtualDiskVolumeSource | None
    quobyte: QuobyteVolumeSource | None
    azure_disk: AzureDiskVolumeSource | None
    photon_persistent_disk: PhotonPersistentDiskVolumeSource | None
    portworx_volume: PortworxVolumeSource | None
    scale_io: ScaleIOPersistentVolumeSource | None
    local: LocalVolumeSource | None
    storageos: StorageOSPersistentVolumeSource | None
    csi: CSIPersistentVolumeSource | None
    access_modes: tuple[PersistentVolumeAccessMode, ...]
    claim_ref: ObjectReference | None
    persistent_volume_reclaim_policy: PersistentVolumeReclaimPolicy | None
    storage_class_name: str | None
    mount_options: tuple[str, ...]
    volume_mode: PersistentVolumeMode | None
    node_affinity: VolumeNodeAffinity | None
    volume_attributes_class_name: str | None
    def __init__(self, *,
        capacity: Mapping[str, Quantity | str | int | float] | None = ...,
        gce_persistent_disk: GCEPersistentDiskVolumeSource | Mapping[str, Any] | None = ...,
        aws_elastic_block_store: AWSElasticBlockStoreVolumeSource | Mapping[str, Any] | None = ...,
        host_path: HostPathVolumeSource | Mapping[str, Any] | None = ...,
        glusterfs: GlusterfsPersistentVolumeSource | Mapping[str, Any] | None = ...,
        nfs: NFSVolumeSource | Mapping[str, Any] | None = ...,
        rbd: RBDPersistentVolumeSource | Mapping[str, Any] | None = ...,
        iscsi: ISCSIPersistentVolumeSource | Mapping[str, Any] | None = ...,
        cinder: CinderPersistentVolumeSource | Mapping[str, Any] | None = ...,
        cephfs: CephFSPersistentVolumeSource | Mapping[str, Any] | None = ...,
        fc: FCVolumeSource | Mapping[str, Any] | None = ..., flocker: FlockerVolumeSource | Mapping[str, Any] | None =
        ..., flex_volume: FlexPersistentVolumeSource | Mapping[str, Any] | None = ...,
        azure_file: AzureFilePersistentVolumeSource | Mapping[str, Any] | None = ...,
        vsphere_volume: VsphereVirtualDiskVolumeSource | Mapping[str, Any] | None = ...,
        quobyte: QuobyteVolumeSource | Mapping[str, Any] | None = ...,
        azure_disk: AzureDiskVolumeSource | Mapping[str, Any] | None = ...,
        photon_persistent_disk: PhotonPersistentDiskVolumeSource | Mapping[str, Any] | None = ...,
        portworx_volume: PortworxVolumeSource | Mapping[str, Any] | None = ...,
        scale_io: ScaleIOPersistentVolumeSource | Mapping[str, Any] | None = ...,
        local: LocalVolumeSource | Mapping[str, Any] | None = ...,
        storageos: StorageOSPersistentVolumeSource | Mapping[str, Any] | None = ...,
        csi: CSIPersistentVolumeSource | Mapping[str, Any] | None = ...,
        access_modes: list[PersistentVolumeAccessMode] | tuple[PersistentVolumeAccessMode, ...] | None = ...,
        claim_ref: ObjectReference | Mapping[str, Any] | None = ...,
        persistent_volume_reclaim_policy: PersistentVolumeReclaimPolicy | None = ..., storage_class_name: str | None =
        ..., mount_options: list[str] | tuple[str, ...] | None = ..., volume_mode: PersistentVolumeMode | None = ...,
        node_affinity: VolumeNodeAffinity | Mapping[str, Any] | None = ...,
        volume_attributes_class_name: str | None = ...
    ) -> None: ...

class GlusterfsPersistentVolumeSource(Struct):
    endpoints: str
    path: str
    read_only: bool | None
    endpoints_namespace: str | None
    def __init__(self, *,
        endpoints: str | None = ..., path: str | None = ..., read_only: bool | None = ...,
        endpoints_namespace: str | None = ...
    ) -> None: ...

class RBDPersistentVolumeSource(Struct):
    monitors: tuple[str, ...]
    image: str
    fs_type: str | None
    pool: str | None
    user: str | None
    keyring: str | None
    secret_ref: SecretReference | None
    read_only: bool | None
    def __init__(self, *,
        monitors: list[str] | tuple[str, ...] | None = ..., image: str | None = ..., fs_type: str | None = ...,
        pool: str | None = ..., user: str | None = ..., keyring: str | None = ...,
        secret_ref: SecretReference | Mapping[str, Any] | None = ..., read_only: bool | None = ...
    ) -> None: ...

class ISCSIPersistentVolumeSource(Struct):
    target_portal: str
    iqn: str
    lun: int
    iscsi_interface: str | None
    fs_type: str | None
    read_only: bool | None
    portals: tuple[str, ...]
    chap_auth_discovery: bool | None
    chap_auth_session: bool | None
    secret_ref: SecretReference | None
    initiator_name: str | None
    def __init__(self, *,
        target_portal: str | None = ..., iqn: str | None = ..., lun: int | None = ..., iscsi_interface: str | None =
        ..., fs_type: str | None = ..., read_only: bool | None = ..., portals: list[str] | tuple[str, ...] | None = ...,
        chap_auth_discovery: bool | None = ..., chap_auth_session: bool | None = ...,
        secret_ref: SecretReference | Mapping[str, Any] | None = ..., initiator_name: str | None = ...
    ) -> None: ...

class CinderPersistentVolumeSource(Struct):
    volume_id: str
    fs_type: str | None
    read_only: bool | None
    secret_ref: SecretReference | None
    def __init__(self, *,
        volume_id: str | None = ..., fs_type: str | None = ..., read_only: bool | None = ...,
        secret_ref: SecretReference | Mapping[str, Any] | None = ...
    ) -> None: ...

class CephFSPersistentVolumeSource(Struct):
    monitors: tuple[str, ...]
    path: str | None
    user: str | None
    secret_file: str | None
    secret_ref: SecretReference | None
    read_only: bool | None
    def __init__(self, *,
        monitors: list[str] | tuple[str, ...] | None = ..., path: str | None = ..., user: str | None = ...,
        secret_file: str | None = ..., secret_ref: SecretReference | Mapping[str, Any] | None = ...,
        read_only: bool | None = ...
    ) -> None: ...

class FlexPersistentVolumeSource(Struct):
    driver: str
    fs_type: str | None
    secret_ref: SecretReference | None
    read_only: bool | None
    options: Map[str]
    def __init__(self, *,
        driver: str | None = ..., fs_type: str | None = ..., secret_ref: SecretReference | Mapping[str, Any] | None =
        ..., read_only: bool | None = ..., options: Mapping[str, str] | None = ...
    ) -> None: ...

class AzureFilePersistentVolumeSource(Struct):
    secret_name: str
    share_name: str
    read_only: bool | None
    secret_namespace: str | None
    def __init__(self, *,
        secret_name: str | None = ..., share_name: str | None = ..., read_only: bool | None = ...,
        secret_namespace: str | None = ...
    ) -> None: ...

class ScaleIOPersistentVolumeSource(Struct):
    gateway: str
    system: str
    secret_ref: SecretReference | None
    ssl_enabled: bool | None
    protection_domain: str | None
    storage_pool: str | None
    storage_mode: str | None
    volume_name: str | None
    fs_type: str | None
    read_only: bool | None
    def __init__(self, *,
        gateway: str | None = ..., system: str | None = ..., secret_ref: SecretReference | Mapping[str, Any] | None =
        ..., ssl_enabled: bool | None = ..., protection_domain: str | None = ..., storage_pool: str | None = ...,
        storage_mode: str | None = ..., volume_name: str | None = ..., fs_type: str | None = ...,
        read_only: bool | None = ...
    ) -> None: ...

class LocalVolumeSource(Struct):
    path: str
    fs_type: str | None
    def __init__(self, *, path: str | None = ..., fs_type: str | None = ...) -> None: ...

class StorageOSPersistentVolumeSource(Struct):
    volume_name: str | None
    volume_namespace: str | None
    fs_type: str | None
    read_only: bool | None
    secret_ref: ObjectReference | None
    def __init__(self, *,
        volume_name: str | None = ..., volume_namespace: str | None = ..., fs_type: str | None = ...,
        read_only: bool | None = ..., secret_ref: ObjectReference | Mapping[str, Any] | None = ...
    ) -> None: ...

class CSIPersistentVolumeSource(Struct):
    driver: str
    volume_handle: str
    read_only: bool | None
    fs_type: str | None
    volume_attributes: Map[str]
    controller_publish_secret_ref: SecretReference | None
    node_stage_secret_ref: SecretReference | None
    node_publish_secret_ref: SecretReference | None
    controller_expand_secret_ref: SecretReference | None
    node_expand_secret_ref: SecretReference | None
    def __init__(self, *,
        driver: str | None = ..., volume_handle: str | None = ..., read_only: bool | None = ..., fs_type: str | None =
        ..., volume_attributes: Mapping[str, str] | None = ...,
        controller_publish_secret_ref: SecretReference | Mapping[str, Any] | None = ...,
        node_stage_secret_ref: SecretReference | Mapping[str, Any] | None = ...,
        node_publish_secret_ref: SecretReference | Mapping[str, Any] | None = ...,
        controller_expand_secret_ref: SecretReference | Mapping[str, Any] | None = ...,
        node_expand_secret_ref: SecretReference | Mapping[str, Any] | None = ...
    ) -> None: ...

class VolumeNodeAffinity(Struct):
    required: NodeSelector | None
    def __init__(self, *, required: NodeSelector | Mapping[str, Any] | None = ...) -> None: ...

class PersistentVolumeStatus(Struct):
    phase: PersistentVolumePhase | None
    message: str | None
    reason: str | None
    last_phase_transition_time: Time | None
    def __init__(self, *,
        phase: PersistentVolumePhase | None = ..., message: str | None = ..., reason: str | None = ...,
        last_phase_transition_time: Time | datetime | str | int | None = ...
    ) -> None: ...

class PersistentVolumeClaim(Object):
    spec: PersistentVolumeClaimSpec
    status: PersistentVolumeClaimStatus
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: PersistentVolumeClaimSpec | Mapping[str, Any] | None = ...,
        status: PersistentVolumeClaimStatus | Mapping[str, Any] | None = ...,
        kind: Literal["PersistentVolumeClaim"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class PersistentVolumeClaimSpec(Struct):
    access_modes: tuple[PersistentVolumeAccessMode, ...]
    selector: meta.LabelSelector | None
    resources: VolumeResourceRequirements
    volume_name: str | None
    storage_class_name: str | None
    volume_mode: PersistentVolumeMode | None
    data_source: TypedLocalObjectReference | None
    data_source_ref: TypedObjectReference | None
    volume_attributes_class_name: str | None
    def __init__(self, *,
        access_modes: list[PersistentVolumeAccessMode] | tuple[PersistentVolumeAccessMode, ...] | None = ...,
        selector: meta.LabelSelector | Mapping[str, Any] | None = ...,
        resources: VolumeResourceRequirements | Mapping[str, Any] | None = ..., volume_name: str | None = ...,
        storage_class_name: str | None = ..., volume_mode: PersistentVolumeMode | None = ...,
        data_source: TypedLocalObjectReference | Mapping[str, Any] | None = ...,
        data_source_ref: TypedObjectReference | Mapping[str, Any] | None = ...,
        volume_attributes_class_name: str | None = ...
    ) -> None: ...

class VolumeResourceRequirements(Struct):
    limits: ResourceList
    requests: ResourceList
    def __init__(self, *,
        limits: Mapping[str, Quantity | str | int | float] | None = ...,
        requests: Mapping[str, Quantity | str | int | float] | None = ...
    ) -> None: ...

class TypedObjectReference(Struct):
    api_group: str | None
    kind: str
    name: str
    namespace: str | None
    def __init__(self, *,
        api_group: str | None = ..., kind: str | None = ..., name: str | None = ..., namespace: str | None = ...
    ) -> None: ...

class PersistentVolumeClaimStatus(Struct):
    phase: PersistentVolumeClaimPhase | None
    access_modes: tuple[PersistentVolumeAccessMode, ...]
    capacity: ResourceList
    conditions: tuple[PersistentVolumeClaimCondition, ...]
    allocated_resources: ResourceList
    allocated_resource_statuses: Map[ClaimResourceStatus]
    current_volume_attributes_class_name: str | None
    modify_volume_status: ModifyVolumeStatus | None
    def __init__(self, *,
        phase: PersistentVolumeClaimPhase | None = ...,
        access_modes: list[PersistentVolumeAccessMode] | tuple[PersistentVolumeAccessMode, ...] | None = ...,
        capacity: Mapping[str, Quantity | str | int | float] | None = ...,
        conditions: Sequence[PersistentVolumeClaimCondition | Mapping[str, Any]] | None = ...,
        allocated_resources: Mapping[str, Quantity | str | int | float] | None = ...,
        allocated_resource_statuses: Mapping[str, ClaimResourceStatus] | None = ...,
        current_volume_attributes_class_name: str | None = ...,
        modify_volume_status: ModifyVolumeStatus | Mapping[str, Any] | None = ...
    ) -> None: ...

class PersistentVolumeClaimCondition(Struct):
    type: PersistentVolumeClaimConditionType
    status: ConditionStatus
    last_probe_time: Time | None
    last_transition_time: Time | None
    reason: str | None
    message: str | None
    def __init__(self, *,
        type: PersistentVolumeClaimConditionType | None = ..., status: ConditionStatus | None = ...,
        last_probe_time: Time | datetime | str | int | None = ...,
        last_transition_time: Time | datetime | str | int | None = ..., reason: str | None = ...,
        message: str | None = ...
    ) -> None: ...

class ModifyVolumeStatus(Struct):
    target_volume_attributes_class_name: str | None
    status: PersistentVolumeClaimModifyVolumeStatus
    def __init__(self, *,
        target_volume_attributes_class_name: str | None = ...,
        status: PersistentVolumeClaimModifyVolumeStatus | None = ...
    ) -> None: ...

class PersistentVolumeList(ObjectList):
    items: tuple[PersistentVolume, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[PersistentVolume | Mapping[str, Any]] | None = ...,
        kind: Literal["PersistentVolumeList"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...

class PersistentVolumeClaimList(ObjectList):
    items: tuple[PersistentVolumeClaim, ...]
    def __init__(self, *,
        metadata: meta.ListMeta | Mapping[str, Any] | None = ...,
        items: Sequence[PersistentVolumeClaim | Mapping[str, Any]] | None = ...,
        kind: Literal["PersistentVolumeClaimList"] | None = ..., api_version: Literal["v1"] | None = ...
    ) -> None: ...
