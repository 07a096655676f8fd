"""Volumes of a pod: where files come from, and where they are mounted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..declare import Int64, Map, Quantity, always, field, pointer, required
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
    """A place for files that the containers of a pod can mount, and where it comes from."""

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


class HostPathVolumeSource(Struct):
    """A file or folder of the node."""

    path: str
    type: HostPathType | None = pointer


class EmptyDirVolumeSource(Struct):
    """An empty folder that lives as long as the pod."""

    medium: StorageMedium | None
    size_limit: Quantity | None


class GCEPersistentDiskVolumeSource(Struct):
    """A disk of Google Compute Engine."""

    pd_name: str
    fs_type: str | None
    partition: int | None
    read_only: bool | None


class AWSElasticBlockStoreVolumeSource(Struct):
    """A disk of Amazon's Elastic Block Store."""

    volume_id: str = field(json="volumeID")
    fs_type: str | None
    partition: int | None
    read_only: bool | None


class GitRepoVolumeSource(Struct):
    """A folder with a copy of a git repository."""

    repository: str
    revision: str | None
    directory: str | None


class SecretVolumeSource(Struct):
    """The keys of a secret as files."""

    secret_name: str | None
    items: tuple[KeyToPath, ...] = field(list_type="atomic")
    default_mode: int | None = pointer
    optional: bool | None = pointer


class KeyToPath(Struct):
    """Which key becomes which file."""

    key: str
    path: str
    mode: int | None = pointer


class NFSVolumeSource(Struct):
    """A folder on an NFS server."""

    server: str
    path: str
    read_only: bool | None


class ISCSIVolumeSource(Struct):
    """An iSCSI disk."""

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


class GlusterfsVolumeSource(Struct):
    """A Gluster volume."""

    endpoints: str
    path: str
    read_only: bool | None


class PersistentVolumeClaimVolumeSource(Struct):
    """A volume by way of a claim."""

    claim_name: str
    read_only: bool | None


class RBDVolumeSource(Struct):
    """A RADOS block device."""

    monitors: tuple[str, ...] = always
    image: str
    fs_type: str | None
    pool: str | None = field(default="rbd")
    user: str | None = field(default="admin")
    keyring: str | None = field(default="/etc/ceph/keyring")
    secret_ref: LocalObjectReference | None
    read_only: bool | None


class FlexVolumeSource(Struct):
    """A volume that a Flex driver provides."""

    driver: str
    fs_type: str | None
    secret_ref: LocalObjectReference | None
    read_only: bool | None
    options: Map[str]


class CinderVolumeSource(Struct):
    """An OpenStack Cinder volume."""

    volume_id: str = field(json="volumeID")
    fs_type: str | None
    read_only: bool | None
    secret_ref: LocalObjectReference | None


class CephFSVolumeSource(Struct):
    """A Ceph file system."""

    monitors: tuple[str, ...] = always
    path: str | None
    user: str | None
    secret_file: str | None
    secret_ref: LocalObjectReference | None
    read_only: bool | None


class FlockerVolumeSource(Struct):
    """A Flocker dataset."""

    dataset_name: str | None
    dataset_uuid: str | None = field(json="datasetUUID")


class DownwardAPIVolumeSource(Struct):
    """Fields of the pod as files."""

    items: tuple[DownwardAPIVolumeFile, ...] = field(list_type="atomic")
    default_mode: int | None = pointer


class DownwardAPIVolumeFile(Struct):
    """Which field becomes which file."""

    path: str
    field_ref: ObjectFieldSelector | None
    resource_field_ref: ResourceFieldSelector | None
    mode: int | None = pointer


class FCVolumeSource(Struct):
    """A Fibre Channel disk."""

    target_wwns: tuple[str, ...] = field(json="targetWWNs")
    lun: int | None = pointer
    fs_type: str | None
    read_only: bool | None
    wwids: tuple[str, ...]


class AzureFileVolumeSource(Struct):
    """A file share of Azure."""

    secret_name: str
    share_name: str
    read_only: bool | None


class ConfigMapVolumeSource(Struct):
    """The keys of a config map as files."""

    name: str | None = field(default="")
    items: tuple[KeyToPath, ...] = field(list_type="atomic")
    default_mode: int | None = pointer
    optional: bool | None = pointer


class VsphereVirtualDiskVolumeSource(Struct):
    """A virtual disk of vSphere."""

    volume_path: str
    fs_type: str | None
    storage_policy_name: str | None
    storage_policy_id: str | None = field(json="storagePolicyID")


class QuobyteVolumeSource(Struct):
    """A Quobyte volume."""

    registry: str
    volume: str
    read_only: bool | None
    user: str | None
    group: str | None
    tenant: str | None


class AzureDiskVolumeSource(Struct):
    """A disk of Azure."""

    disk_name: str
    disk_uri: str = field(json="diskURI")
    caching_mode: AzureDataDiskCachingMode | None = field(pointer=True, default="ReadWrite")
    fs_type: str | None = field(pointer=True, default="ext4")
    read_only: bool | None = field(pointer=True, default=False)
    kind: AzureDataDiskKind | None = field(pointer=True, default="Shared")


class PhotonPersistentDiskVolumeSource(Struct):
    """A disk of Photon Controller."""

    pd_id: str = field(json="pdID")
    fs_type: str | None


class ProjectedVolumeSource(Struct):
    """Several sources in one folder."""

    sources: tuple[VolumeProjection, ...] = field(always=True, required=False)
    default_mode: int | None = pointer


class VolumeProjection(Struct):
    """One of several sources in one folder."""

    secret: SecretProjection | None
    downward_api: DownwardAPIProjection | None = field(json="downwardAPI")
    config_map: ConfigMapProjection | None
    service_account_token: ServiceAccountTokenProjection | None
    cluster_trust_bundle: ClusterTrustBundleProjection | None
    pod_certificate: PodCertificateProjection | None


class SecretProjection(Struct):
    """The keys of a secret as files, next to other sources."""

    name: str | None = field(default="")
    items: tuple[KeyToPath, ...] = field(list_type="atomic")
    optional: bool | None = pointer


class DownwardAPIProjection(Struct):
    """Fields of the pod as files, next to other sources."""

    items: tuple[DownwardAPIVolumeFile, ...] = field(list_type="atomic")


class ConfigMapProjection(Struct):
    """The keys of a config map as files, next to other sources."""

    name: str | None = field(default="")
    items: tuple[KeyToPath, ...] = field(list_type="atomic")
    optional: bool | None = pointer


class ServiceAccountTokenProjection(Struct):
    """A token of the pod's service account as a file."""

    audience: str | None
    expiration_seconds: Int64 | None = pointer
    path: str


class ClusterTrustBundleProjection(Struct):
    """Certificates to trust as a file."""

    name: str | None = pointer
    signer_name: str | None = pointer
    label_selector: meta.LabelSelector | None
    optional: bool | None = pointer
    path: str


class PodCertificateProjection(Struct):
    """A key and certificate of the pod's own as files."""

    signer_name: str | None = required
    key_type: str | None = required
    max_expiration_seconds: int | None = pointer
    credential_bundle_path: str | None
    key_path: str | None
    certificate_chain_path: str | None
    user_annotations: Map[str]


class PortworxVolumeSource(Struct):
    """A Portworx volume."""

    volume_id: str = field(json="volumeID")
    fs_type: str | None
    read_only: bool | None


class ScaleIOVolumeSource(Struct):
    """A ScaleIO volume."""

    gateway: str
    system: str
    secret_ref: LocalObjectReference | None = always
    ssl_enabled: bool | None
    protection_domain: str | None
    storage_pool: str | None
    storage_mode: str | None = field(default="ThinProvisioned")
    volume_name: str | None
    fs_type: str | None = field(default="xfs")
    read_only: bool | None


class StorageOSVolumeSource(Struct):
    """A StorageOS volume."""

    volume_name: str | None
    volume_namespace: str | None
    fs_type: str | None
    read_only: bool | None
    secret_ref: LocalObjectReference | None


class CSIVolumeSource(Struct):
    """A volume that a CSI driver makes for the pod alone."""

    driver: str
    read_only: bool | None = pointer
    fs_type: str | None = pointer
    volume_attributes: Map[str]
    node_publish_secret_ref: LocalObjectReference | None


class EphemeralVolumeSource(Struct):
    """A claim that is made for the pod and goes away with it."""

    volume_claim_template: PersistentVolumeClaimTemplate | None


class PersistentVolumeClaimTemplate(Struct):
    """The metadata and the spec of a claim that is made for a pod."""

    metadata: meta.ObjectMeta
    spec: PersistentVolumeClaimSpec = required


class ImageVolumeSource(Struct):
    """The files of an image."""

    reference: str | None
    pull_policy: PullPolicy | None


class VolumeMount(Struct):
    """Where a container sees a volume."""

    name: str
    read_only: bool | None
    recursive_read_only: RecursiveReadOnlyMode | None = pointer
    mount_path: str
    sub_path: str | None
    mount_propagation: MountPropagationMode | None = pointer
    sub_path_expr: str | None


class VolumeDevice(Struct):
    """Where a container sees a volume as a block device."""

    name: str
    device_path: str


class VolumeMountStatus(Struct):
    """How a volume was mounted."""

    name: str
    mount_path: str
    read_only: bool | None
    recursive_read_only: RecursiveReadOnlyMode | None = pointer
    volume_status: VolumeStatus | None


class VolumeStatus(Struct):
    """How a volume was provided."""

    image: ImageVolumeStatus | None


class ImageVolumeStatus(Struct):
    """The image behind a volume."""

    image_ref: str | None = required
