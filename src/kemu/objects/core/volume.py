"""Volumes of a pod: where files come from, and where they are mounted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..declare import Int64, Map, Quantity, always, field, pointer
from ..model import Struct

if TYPE_CHECKING:
    from .. import meta
    from .container import ObjectFieldSelector, PullPolicy, ResourceFieldSelector
    from .persistent import PersistentVolumeClaimSpec
    from .reference import LocalObjectReference

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"

AzureDataDiskCachingMode = Literal["None", "ReadOnly", "ReadWrite"]
AzureDataDiskKind = Literal["Dedicated", "Managed", "Shared"]
HostPathType = Literal[
    "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"
]
MountPropagationMode = Literal["Bidirectional", "HostToContainer", "None"]
RecursiveReadOnlyMode = str
StorageMedium = str


class Volume(Struct):
    """TODO"""

    name: str
    host_path: HostPathVolumeSource | None
    empty_dir: EmptyDirVolumeSource | None
    gce_persistent_disk: GCEPersistentDiskVolumeSource | None
    aws_elastic_block_store: AWSElasticBlockStoreVolumeSource | None
    git_repo: GitRepoVolumeSource | None
    secret: SecretVolumeSource | None
    nfs: NFSVolumeSource | None
    iscsi: ISCSIVolumeSource | None
    glusterfs: GlusterfsVolumeSource | None
    persistent_volume_claim: PersistentVolumeClaimVolumeSource | None
    rbd: RBDVolumeSource | None
    flex_volume: FlexVolumeSource | None
    cinder: CinderVolumeSource | None
    cephfs: CephFSVolumeSource | None
    flocker: FlockerVolumeSource | None
    downward_api: DownwardAPIVolumeSource | None = field(json="downwardAPI")
    fc: FCVolumeSource | None
    azure_file: AzureFileVolumeSource | None
    config_map: ConfigMapVolumeSource | None
    vsphere_volume: VsphereVirtualDiskVolumeSource | None
    quobyte: QuobyteVolumeSource | None
    azure_disk: AzureDiskVolumeSource | None
    photon_persistent_disk: PhotonPersistentDiskVolumeSource | None
    projected: ProjectedVolumeSource | None
    portworx_volume: PortworxVolumeSource | None
    scale_io: ScaleIOVolumeSource | None = field(json="scaleIO")
    storageos: StorageOSVolumeSource | None
    csi: CSIVolumeSource | None
    ephemeral: EphemeralVolumeSource | None
    image: ImageVolumeSource | None


class PersistentVolumeClaimVolumeSource(Struct):
    """TODO"""

    claim_name: str
    read_only: bool | None


class HostPathVolumeSource(Struct):
    """TODO"""

    path: str
    type: HostPathType | None = pointer


class EmptyDirVolumeSource(Struct):
    """TODO"""

    medium: StorageMedium | None
    size_limit: Quantity | None


class GlusterfsVolumeSource(Struct):
    """TODO"""

    endpoints: str
    path: str
    read_only: bool | None


class RBDVolumeSource(Struct):
    """TODO"""

    monitors: tuple[str, ...] = always
    image: str
    fs_type: str | None
    pool: str | None = field(default="rbd")
    user: str | None = field(default="admin")
    keyring: str | None = field(default="/etc/ceph/keyring")
    secret_ref: LocalObjectReference | None
    read_only: bool | None


class CinderVolumeSource(Struct):
    """TODO"""

    volume_id: str = field(json="volumeID")
    fs_type: str | None
    read_only: bool | None
    secret_ref: LocalObjectReference | None


class CephFSVolumeSource(Struct):
    """TODO"""

    monitors: tuple[str, ...] = always
    path: str | None
    user: str | None
    secret_file: str | None
    secret_ref: LocalObjectReference | None
    read_only: bool | None


class FlockerVolumeSource(Struct):
    """TODO"""

    dataset_name: str | None
    dataset_uuid: str | None = field(json="datasetUUID")


class GCEPersistentDiskVolumeSource(Struct):
    """TODO"""

    pd_name: str
    fs_type: str | None
    partition: int | None
    read_only: bool | None


class QuobyteVolumeSource(Struct):
    """TODO"""

    registry: str
    volume: str
    read_only: bool | None
    user: str | None
    group: str | None
    tenant: str | None


class FlexVolumeSource(Struct):
    """TODO"""

    driver: str
    fs_type: str | None
    secret_ref: LocalObjectReference | None
    read_only: bool | None
    options: Map[str]


class AWSElasticBlockStoreVolumeSource(Struct):
    """TODO"""

    volume_id: str = field(json="volumeID")
    fs_type: str | None
    partition: int | None
    read_only: bool | None


class GitRepoVolumeSource(Struct):
    """TODO"""

    repository: str
    revision: str | None
    directory: str | None


class SecretVolumeSource(Struct):
    """TODO"""

    secret_name: str | None
    items: tuple[KeyToPath, ...] = field(list_type="atomic")
    default_mode: int | None = pointer
    optional: bool | None = pointer


class SecretProjection(Struct):
    """TODO"""

    name: str | None = field(default="")
    items: tuple[KeyToPath, ...] = field(list_type="atomic")
    optional: bool | None = pointer


class NFSVolumeSource(Struct):
    """TODO"""

    server: str
    path: str
    read_only: bool | None


class ISCSIVolumeSource(Struct):
    """TODO"""

    target_portal: str
    iqn: str
    lun: int
    iscsi_interface: str | None = field(default="default")
    fs_type: str | None
    read_only: bool | None
    portals: tuple[str, ...]
    chap_auth_discovery: bool | None
    chap_auth_session: bool | None
    secret_ref: LocalObjectReference | None
    initiator_name: str | None = pointer


class FCVolumeSource(Struct):
    """TODO"""

    target_wwns: tuple[str, ...] = field(json="targetWWNs")
    lun: int | None = pointer
    fs_type: str | None
    read_only: bool | None
    wwids: tuple[str, ...]


class AzureFileVolumeSource(Struct):
    """TODO"""

    secret_name: str
    share_name: str
    read_only: bool | None


class VsphereVirtualDiskVolumeSource(Struct):
    """TODO"""

    volume_path: str
    fs_type: str | None
    storage_policy_name: str | None
    storage_policy_id: str | None = field(json="storagePolicyID")


class PhotonPersistentDiskVolumeSource(Struct):
    """TODO"""

    pd_id: str = field(json="pdID")
    fs_type: str | None


class AzureDiskVolumeSource(Struct):
    """TODO"""

    disk_name: str
    disk_uri: str = field(json="diskURI")
    caching_mode: AzureDataDiskCachingMode | None = field(pointer=True, default="ReadWrite")
    fs_type: str | None = field(pointer=True, default="ext4")
    read_only: bool | None = field(pointer=True, default=False)
    kind: AzureDataDiskKind | None = field(pointer=True, default="Shared")


class PortworxVolumeSource(Struct):
    """TODO"""

    volume_id: str = field(json="volumeID")
    fs_type: str | None
    read_only: bool | None


class ScaleIOVolumeSource(Struct):
    """TODO"""

    gateway: str
    system: str
    secret_ref: LocalObjectReference | None = field(always=True, required=True)
    ssl_enabled: bool | None
    protection_domain: str | None
    storage_pool: str | None
    storage_mode: str | None = field(default="ThinProvisioned")
    volume_name: str | None
    fs_type: str | None = field(default="xfs")
    read_only: bool | None


class StorageOSVolumeSource(Struct):
    """TODO"""

    volume_name: str | None
    volume_namespace: str | None
    fs_type: str | None
    read_only: bool | None
    secret_ref: LocalObjectReference | None


class ConfigMapVolumeSource(Struct):
    """TODO"""

    name: str | None = field(default="")
    items: tuple[KeyToPath, ...] = field(list_type="atomic")
    default_mode: int | None = pointer
    optional: bool | None = pointer


class ConfigMapProjection(Struct):
    """TODO"""

    name: str | None = field(default="")
    items: tuple[KeyToPath, ...] = field(list_type="atomic")
    optional: bool | None = pointer


class ServiceAccountTokenProjection(Struct):
    """TODO"""

    audience: str | None
    expiration_seconds: Int64 | None = pointer
    path: str


class ClusterTrustBundleProjection(Struct):
    """TODO"""

    name: str | None = pointer
    signer_name: str | None = pointer
    label_selector: meta.LabelSelector | None
    optional: bool | None = pointer
    path: str


class PodCertificateProjection(Struct):
    """TODO"""

    signer_name: str | None = field(required=True)
    key_type: str | None = field(required=True)
    max_expiration_seconds: int | None = pointer
    credential_bundle_path: str | None
    key_path: str | None
    certificate_chain_path: str | None
    user_annotations: Map[str]


class ProjectedVolumeSource(Struct):
    """TODO"""

    sources: tuple[VolumeProjection, ...] = field(always=True, required=False)
    default_mode: int | None = pointer


class VolumeProjection(Struct):
    """TODO"""

    secret: SecretProjection | None
    downward_api: DownwardAPIProjection | None = field(json="downwardAPI")
    config_map: ConfigMapProjection | None
    service_account_token: ServiceAccountTokenProjection | None
    cluster_trust_bundle: ClusterTrustBundleProjection | None
    pod_certificate: PodCertificateProjection | None


class KeyToPath(Struct):
    """TODO"""

    key: str
    path: str
    mode: int | None = pointer


class CSIVolumeSource(Struct):
    """TODO"""

    driver: str
    read_only: bool | None = pointer
    fs_type: str | None = pointer
    volume_attributes: Map[str]
    node_publish_secret_ref: LocalObjectReference | None


class EphemeralVolumeSource(Struct):
    """TODO"""

    volume_claim_template: PersistentVolumeClaimTemplate | None


class PersistentVolumeClaimTemplate(Struct):
    """TODO"""

    metadata: meta.ObjectMeta
    spec: PersistentVolumeClaimSpec = field(required=True)


class VolumeMount(Struct):
    """TODO"""

    name: str
    read_only: bool | None
    recursive_read_only: RecursiveReadOnlyMode | None = pointer
    mount_path: str
    sub_path: str | None
    mount_propagation: MountPropagationMode | None = pointer
    sub_path_expr: str | None


class VolumeDevice(Struct):
    """TODO"""

    name: str
    device_path: str


class VolumeMountStatus(Struct):
    """TODO"""

    name: str
    mount_path: str
    read_only: bool | None
    recursive_read_only: RecursiveReadOnlyMode | None = pointer
    volume_status: VolumeStatus | None


class VolumeStatus(Struct):
    """TODO"""

    image: ImageVolumeStatus | None


class ImageVolumeStatus(Struct):
    """TODO"""

    image_ref: str | None = field(required=True)


class DownwardAPIVolumeSource(Struct):
    """TODO"""

    items: tuple[DownwardAPIVolumeFile, ...] = field(list_type="atomic")
    default_mode: int | None = pointer


class DownwardAPIVolumeFile(Struct):
    """TODO"""

    path: str
    field_ref: ObjectFieldSelector | None
    resource_field_ref: ResourceFieldSelector | None
    mode: int | None = pointer


class DownwardAPIProjection(Struct):
    """TODO"""

    items: tuple[DownwardAPIVolumeFile, ...] = field(list_type="atomic")


class ImageVolumeSource(Struct):
    """TODO"""

    reference: str | None
    pull_policy: PullPolicy | None
