"""Persistent volumes and the claims on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..declare import Map, Quantity, Time, always, field, immutable, keyed, pointer, required
from ..model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from .. import meta
    from .placement import NodeSelector
    from .reference import ObjectReference, SecretReference, TypedLocalObjectReference
    from .volume import (
        AWSElasticBlockStoreVolumeSource,
        AzureDiskVolumeSource,
        FCVolumeSource,
        FlockerVolumeSource,
        GCEPersistentDiskVolumeSource,
        HostPathVolumeSource,
        NFSVolumeSource,
        PhotonPersistentDiskVolumeSource,
        PortworxVolumeSource,
        QuobyteVolumeSource,
        VsphereVirtualDiskVolumeSource,
    )

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"

ClaimResourceStatus = str
ConditionStatus = str
PersistentVolumeAccessMode = str
PersistentVolumeClaimConditionType = str
PersistentVolumeClaimModifyVolumeStatus = Literal["InProgress", "Infeasible", "Pending"]
PersistentVolumeClaimPhase = Literal["Bound", "Lost", "Pending"]
PersistentVolumeMode = Literal["Block", "Filesystem"]
PersistentVolumePhase = Literal["Available", "Bound", "Failed", "Pending", "Released"]
PersistentVolumeReclaimPolicy = Literal["Delete", "Recycle", "Retain"]
ResourceList = Map[Quantity]


class PersistentVolume(Object):
    """A piece of storage that outlives pods."""

    spec: PersistentVolumeSpec
    status: PersistentVolumeStatus


class PersistentVolumeSpec(Struct):
    """Where storage comes from, how large it is, who may use it, and what happens to it afterwards."""

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
    scale_io: ScaleIOPersistentVolumeSource | None = field(json="scaleIO")
    local: LocalVolumeSource | None
    storageos: StorageOSPersistentVolumeSource | None
    csi: CSIPersistentVolumeSource | None
    access_modes: tuple[PersistentVolumeAccessMode, ...]
    claim_ref: ObjectReference | None = field(map_type="granular")
    persistent_volume_reclaim_policy: PersistentVolumeReclaimPolicy | None
    storage_class_name: str | None
    mount_options: tuple[str, ...]
    volume_mode: PersistentVolumeMode | None = field(pointer=True, immutable=True)
    node_affinity: VolumeNodeAffinity | None
    volume_attributes_class_name: str | None = pointer


class GlusterfsPersistentVolumeSource(Struct):
    """A Gluster volume behind a persistent volume."""

    endpoints: str
    path: str
    read_only: bool | None
    endpoints_namespace: str | None = pointer


class RBDPersistentVolumeSource(Struct):
    """A RADOS block device behind a persistent volume."""

    monitors: tuple[str, ...] = always
    image: str
    fs_type: str | None
    pool: str | None = field(default="rbd")
    user: str | None = field(default="admin")
    keyring: str | None = field(default="/etc/ceph/keyring")
    secret_ref: SecretReference | None
    read_only: bool | None


class ISCSIPersistentVolumeSource(Struct):
    """An iSCSI disk behind a persistent volume."""

    target_portal: str
    iqn: str
    lun: int
    iscsi_interface: str | None = field(default="default")
    fs_type: str | None
    read_only: bool | None
    portals: tuple[str, ...]
    chap_auth_discovery: bool | None
    chap_auth_session: bool | None
    secret_ref: SecretReference | None
    initiator_name: str | None = pointer


class CinderPersistentVolumeSource(Struct):
    """An OpenStack Cinder volume behind a persistent volume."""

    volume_id: str = field(json="volumeID")
    fs_type: str | None
    read_only: bool | None
    secret_ref: SecretReference | None


class CephFSPersistentVolumeSource(Struct):
    """A Ceph file system behind a persistent volume."""

    monitors: tuple[str, ...] = always
    path: str | None
    user: str | None
    secret_file: str | None
    secret_ref: SecretReference | None
    read_only: bool | None


class FlexPersistentVolumeSource(Struct):
    """A volume behind a persistent volume that a Flex driver provides."""

    driver: str
    fs_type: str | None
    secret_ref: SecretReference | None
    read_only: bool | None
    options: Map[str]


class AzureFilePersistentVolumeSource(Struct):
    """A file share of Azure behind a persistent volume."""

    secret_name: str
    share_name: str
    read_only: bool | None
    secret_namespace: str | None = field(pointer=True, always=True, required=False)


class ScaleIOPersistentVolumeSource(Struct):
    """A ScaleIO volume behind a persistent volume."""

    gateway: str
    system: str
    secret_ref: SecretReference | None = always
    ssl_enabled: bool | None
    protection_domain: str | None
    storage_pool: str | None
    storage_mode: str | None = field(default="ThinProvisioned")
    volume_name: str | None
    fs_type: str | None = field(default="xfs")
    read_only: bool | None


class LocalVolumeSource(Struct):
    """A disk or folder of one node."""

    path: str
    fs_type: str | None = pointer


class StorageOSPersistentVolumeSource(Struct):
    """A StorageOS volume behind a persistent volume."""

    volume_name: str | None
    volume_namespace: str | None
    fs_type: str | None
    read_only: bool | None
    secret_ref: ObjectReference | None


class CSIPersistentVolumeSource(Struct):
    """Storage that a CSI driver provides."""

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


class VolumeNodeAffinity(Struct):
    """The nodes from which a volume can be reached."""

    required: NodeSelector | None


class PersistentVolumeStatus(Struct):
    """The phase that a persistent volume is in."""

    phase: PersistentVolumePhase | None
    message: str | None
    reason: str | None
    last_phase_transition_time: Time | None


class PersistentVolumeClaim(Object):
    """A request for storage."""

    spec: PersistentVolumeClaimSpec
    status: PersistentVolumeClaimStatus


class PersistentVolumeClaimSpec(Struct):
    """How much storage is wanted, of which class, for which kind of access."""

    access_modes: tuple[PersistentVolumeAccessMode, ...] = immutable
    selector: meta.LabelSelector | None = immutable
    resources: VolumeResourceRequirements
    volume_name: str | None
    storage_class_name: str | None = field(pointer=True, immutable=True)
    volume_mode: PersistentVolumeMode | None = field(pointer=True, immutable=True)
    data_source: TypedLocalObjectReference | None = immutable
    data_source_ref: TypedObjectReference | None = immutable
    volume_attributes_class_name: str | None = pointer


class VolumeResourceRequirements(Struct):
    """How large a volume should be."""

    limits: ResourceList
    requests: ResourceList


class TypedObjectReference(Struct):
    """An object by group, kind, name and perhaps namespace."""

    api_group: str | None = field(pointer=True, always=True, required=False)
    kind: str
    name: str
    namespace: str | None = pointer


class PersistentVolumeClaimStatus(Struct):
    """The phase of a claim, and what it got."""

    phase: PersistentVolumeClaimPhase | None
    access_modes: tuple[PersistentVolumeAccessMode, ...]
    capacity: ResourceList
    conditions: tuple[PersistentVolumeClaimCondition, ...] = keyed("type", merge="type")
    allocated_resources: ResourceList
    allocated_resource_statuses: Map[ClaimResourceStatus] = field(map_type="granular")
    current_volume_attributes_class_name: str | None = pointer
    modify_volume_status: ModifyVolumeStatus | None


class PersistentVolumeClaimCondition(Struct):
    """One observation about a claim, such as that it is being resized."""

    type: PersistentVolumeClaimConditionType
    status: ConditionStatus
    last_probe_time: Time | None = always
    last_transition_time: Time | None = always
    reason: str | None
    message: str | None


class ModifyVolumeStatus(Struct):
    """How a change of the attributes of a volume gets on."""

    target_volume_attributes_class_name: str | None
    status: PersistentVolumeClaimModifyVolumeStatus


class PersistentVolumeList(ObjectList):
    """A page of persistent volumes."""

    items: tuple[PersistentVolume, ...] = required


class PersistentVolumeClaimList(ObjectList):
    """A page of persistent volume claims."""

    items: tuple[PersistentVolumeClaim, ...] = required
