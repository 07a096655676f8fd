"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from ..declare import Int64, Map, Quantity, always, field, pointer, required
from ..model import Struct
from .. import meta
from .container import ObjectFieldSelector, PullPolicy, ResourceFieldSelector
from .persistent import PersistentVolumeClaimSpec
from .reference import LocalObjectReference
API_VERSION = 'v1'
PACKAGE = 'io.k8s.api.core.v1'
AzureDataDiskCachingMode = Literal['None', 'ReadOnly', 'ReadWrite']
AzureDataDiskKind = Literal['Dedicated', 'Managed', 'Shared']
HostPathType = Literal[
    '', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'
]
MountPropagationMode = Literal['Bidirectional', 'HostToContainer', 'None']
RecursiveReadOnlyMode = str
StorageMedium = str

class Volume(Struct):
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
    downward_api: DownwardAPIVolumeSource | None
    fc: FCVolumeSource | None
    azure_file: AzureFileVolumeSource | None
    config_map: ConfigMapVolumeSource | None
    vsphere_volume: VsphereVirtualDiskVolumeSource | None
    quobyte: QuobyteVolumeSource | None
    azure_disk: AzureDiskVolumeSource | None
    photon_persistent_disk: PhotonPersistentDiskVolumeSource | None
    projected: ProjectedVolumeSource | None
    portworx_volume: PortworxVolumeSource | None
    scale_io: ScaleIOVolumeSource | None
    storageos: StorageOSVolumeSource | None
    csi: CSIVolumeSource | None
    ephemeral: EphemeralVolumeSource | None
    image: ImageVolumeSource | None
    def __init__(self, *,
        name: str | None = ..., host_path: HostPathVolumeSource | Mapping[str, Any] | None = ...,
        empty_dir: EmptyDirVolumeSource | Mapping[str, Any] | None = ...,
        gce_persistent_disk: GCEPersistentDiskVolumeSource | Mapping[str, Any] | None = ...,
        aws_elastic_block_store: AWSElasticBlockStoreVolumeSource | Mapping[str, Any] | None = ...,
        git_repo: GitRepoVolumeSource | Mapping[str, Any] | None = ...,
        secret: SecretVolumeSource | Mapping[str, Any] | None = ..., nfs: NFSVolumeSource | Mapping[str, Any] | None =
        ..., iscsi: ISCSIVolumeSource | Mapping[str, Any] | None = ...,
        glusterfs: GlusterfsVolumeSource | Mapping[str, Any] | None = ...,
        persistent_volume_claim: PersistentVolumeClaimVolumeSource | Mapping[str, Any] | None = ...,
        rbd: RBDVolumeSource | Mapping[str, Any] | None = ...,
        flex_volume: FlexVolumeSource | Mapping[str, Any] | None = ...,
        cinder: CinderVolumeSource | Mapping[str, Any] | None = ...,
        cephfs: CephFSVolumeSource | Mapping[str, Any] | None = ...,
        flocker: FlockerVolumeSource | Mapping[str, Any] | None = ...,
        downward_api: DownwardAPIVolumeSource | Mapping[str, Any] | None = ...,
        fc: FCVolumeSource | Mapping[str, Any] | None = ...,
        azure_file: AzureFileVolumeSource | Mapping[str, Any] | None = ...,
        config_map: ConfigMapVolumeSource | Mapping[str, Any] | None = ...,
        vsphere_volume: VsphereVirtualDiskVolumeSource | Mapping[str, Any] | None = ...,
        quobyte: QuobyteVolumeSource | Mapping[str, Any] | None = ...,
        azure_disk: AzureDiskVolumeSource | Mapping[str, Any] | None = ...,
        photon_persistent_disk: PhotonPersistentDiskVolumeSource | Mapping[str, Any] | None = ...,
        projected: ProjectedVolumeSource | Mapping[str, Any] | None = ...,
        portworx_volume: PortworxVolumeSource | Mapping[str, Any] | None = ...,
        scale_io: ScaleIOVolumeSource | Mapping[str, Any] | None = ...,
        storageos: StorageOSVolumeSource | Mapping[str, Any] | None = ...,
        csi: CSIVolumeSource | Mapping[str, Any] | None = ...,
        ephemeral: EphemeralVolumeSource | Mapping[str, Any] | None = ...,
        image: ImageVolumeSource | Mapping[str, Any] | None = ...
    ) -> None: ...

class HostPathVolumeSource(Struct):
    path: str
    type: HostPathType | None
    def __init__(self, *, path: str | None = ..., type: HostPathType | None = ...) -> None: ...

class EmptyDirVolumeSource(Struct):
    medium: StorageMedium | None
    size_limit: Quantity | None
    def __init__(self, *,
        medium: StorageMedium | None = ..., size_limit: Quantity | str | int | float | None = ...
    ) -> None: ...

class GCEPersistentDiskVolumeSource(Struct):
    pd_name: str
    fs_type: str | None
    partition: int | None
    read_only: bool | None
    def __init__(self, *,
        pd_name: str | None = ..., fs_type: str | None = ..., partition: int | None = ..., read_only: bool | None = ...
    ) -> None: ...

class AWSElasticBlockStoreVolumeSource(Struct):
    volume_id: str
    fs_type: str | None
    partition: int | None
    read_only: bool | None
    def __init__(self, *,
        volume_id: str | None = ..., fs_type: str | None = ..., partition: int | None = ...,
        read_only: bool | None = ...
    ) -> None: ...

class GitRepoVolumeSource(Struct):
    repository: str
    revision: str | None
    directory: str | None
    def __init__(self, *,
        repository: str | None = ..., revision: str | None = ..., directory: str | None = ...
    ) -> None: ...

class SecretVolumeSource(Struct):
    secret_name: str | None
    items: tuple[KeyToPath, ...]
    default_mode: int | None
    optional: bool | None
    def __init__(self, *,
        secret_name: str | None = ..., items: Sequence[KeyToPath | Mapping[str, Any]] | None = ...,
        default_mode: int | None = ..., optional: bool | None = ...
    ) -> None: ...

class KeyToPath(Struct):
    key: str
    path: str
    mode: int | None
    def __init__(self, *, key: str | None = ..., path: str | None = ..., mode: int | None = ...) -> None: ...

class NFSVolumeSource(Struct):
    server: str
    path: str
    read_only: bool | None
    def __init__(self, *, server: str | None = ..., path: str | None = ..., read_only: bool | None = ...) -> None: ...

class ISCSIVolumeSource(Struct):
    target_portal: str
    iqn: str
    lun: int
    iscsi_interface: str | None
    fs_type: str | None
    read_only: bool | None
    portals: tuple[str, ...]
    chap_auth_discovery: bool | None
    chap_auth_session: bool | None
    secret_ref: LocalObjectReference | None
    initiator_name: str | None
    def __init__(self, *,
        target_portal: str | None = ..., iqn: str | None = ..., lun: int | None = ..., iscsi_interface: str | None =
        ..., fs_type: str | None = ..., read_only: bool | None = ..., portals: list[str] | tuple[str, ...] | None = ...,
        chap_auth_discovery: bool | None = ..., chap_auth_session: bool | None = ...,
        secret_ref: LocalObjectReference | Mapping[str, Any] | None = ..., initiator_name: str | None = ...
    ) -> None: ...

class GlusterfsVolumeSource(Struct):
    endpoints: str
    path: str
    read_only: bool | None
    def __init__(self, *,
        endpoints: str | None = ..., path: str | None = ..., read_only: bool | None = ...
    ) -> None: ...

class PersistentVolumeClaimVolumeSource(Struct):
    claim_name: str
    read_only: bool | None
    def __init__(self, *, claim_name: str | None = ..., read_only: bool | None = ...) -> None: ...

class RBDVolumeSource(Struct):
    monitors: tuple[str, ...]
    image: str
    fs_type: str | None
    pool: str | None
    user: str | None
    keyring: str | None
    secret_ref: LocalObjectReference | None
    read_only: bool | None
    def __init__(self, *,
        monitors: list[str] | tuple[str, ...] | None = ..., image: str | None = ..., fs_type: str | None = ...,
        pool: str | None = ..., user: str | None = ..., keyring: str | None = ...,
        secret_ref: LocalObjectReference | Mapping[str, Any] | None = ..., read_only: bool | None = ...
    ) -> None: ...

class FlexVolumeSource(Struct):
    driver: str
    fs_type: str | None
    secret_ref: LocalObjectReference | None
    read_only: bool | None
    options: Map[str]
    def __init__(self, *,
        driver: str | None = ..., fs_type: str | None = ...,
        secret_ref: LocalObjectReference | Mapping[str, Any] | None = ..., read_only: bool | None = ...,
        options: Mapping[str, str] | None = ...
    ) -> None: ...

class CinderVolumeSource(Struct):
    volume_id: str
    fs_type: str | None
    read_only: bool | None
    secret_ref: LocalObjectReference | None
    def __init__(self, *,
        volume_id: str | None = ..., fs_type: str | None = ..., read_only: bool | None = ...,
        secret_ref: LocalObjectReference | Mapping[str, Any] | None = ...
    ) -> None: ...

class CephFSVolumeSource(Struct):
    monitors: tuple[str, ...]
    path: str | None
    user: str | None
    secret_file: str | None
    secret_ref: LocalObjectReference | None
    read_only: bool | None
    def __init__(self, *,
        monitors: list[str] | tuple[str, ...] | None = ..., path: str | None = ..., user: str | None = ...,
        secret_file: str | None = ..., secret_ref: LocalObjectReference | Mapping[str, Any] | None = ...,
        read_only: bool | None = ...
    ) -> None: ...

class FlockerVolumeSource(Struct):
    dataset_name: str | None
    dataset_uuid: str | None
    def __init__(self, *, dataset_name: str | None = ..., dataset_uuid: str | None = ...) -> None: ...

class DownwardAPIVolumeSource(Struct):
    items: tuple[DownwardAPIVolumeFile, ...]
    default_mode: int | None
    def __init__(self, *,
        items: Sequence[DownwardAPIVolumeFile | Mapping[str, Any]] | None = ..., default_mode: int | None = ...
    ) -> None: ...

class DownwardAPIVolumeFile(Struct):
    path: str
    field_ref: ObjectFieldSelector | None
    resource_field_ref: ResourceFieldSelector | None
    mode: int | None
    def __init__(self, *,
        path: str | None = ..., field_ref: ObjectFieldSelector | Mapping[str, Any] | None = ...,
        resource_field_ref: ResourceFieldSelector | Mapping[str, Any] | None = ..., mode: int | None = ...
    ) -> None: ...

class FCVolumeSource(Struct):
    target_wwns: tuple[str, ...]
    lun: int | None
    fs_type: str | None
    read_only: bool | None
    wwids: tuple[str, ...]
    def __init__(self, *,
        target_wwns: list[str] | tuple[str, ...] | None = ..., lun: int | None = ..., fs_type: str | None = ...,
        read_only: bool | None = ..., wwids: list[str] | tuple[str, ...] | None = ...
    ) -> None: ...

class AzureFileVolumeSource(Struct):
    secret_name: str
    share_name: str
    read_only: bool | None
    def __init__(self, *,
        secret_name: str | None = ..., share_name: str | None = ..., read_only: bool | None = ...
    ) -> None: ...

class ConfigMapVolumeSource(Struct):
    name: str | None
    items: tuple[KeyToPath, ...]
    default_mode: int | None
    optional: bool | None
    def __init__(self, *,
        name: str | None = ..., items: Sequence[KeyToPath | Mapping[str, Any]] | None = ..., default_mode: int | None =
        ..., optional: bool | None = ...
    ) -> None: ...

class VsphereVirtualDiskVolumeSource(Struct):
    volume_path: str
    fs_type: str | None
    storage_policy_name: str | None
    storage_policy_id: str | None
    def __init__(self, *,
        volume_path: str | None = ..., fs_type: str | None = ..., storage_policy_name: str | None = ...,
        storage_policy_id: str | None = ...
    ) -> None: ...

class QuobyteVolumeSource(Struct):
    registry: str
    volume: str
    read_only: bool | None
    user: str | None
    group: str | None
    tenant: str | None
    def __init__(self, *,
        registry: str | None = ..., volume: str | None = ..., read_only: bool | None = ..., user: str | None = ...,
        group: str | None = ..., tenant: str | None = ...
    ) -> None: ...

class AzureDiskVolumeSource(Struct):
    disk_name: str
    disk_uri: str
    caching_mode: AzureDataDiskCachingMode | None
    fs_type: str | None
    read_only: bool | None
    kind: AzureDataDiskKind | None
    def __init__(self, *,
        disk_name: str | None = ..., disk_uri: str | None = ..., caching_mode: AzureDataDiskCachingMode | None = ...,
        fs_type: str | None = ..., read_only: bool | None = ..., kind: AzureDataDiskKind | None = ...
    ) -> None: ...

class PhotonPersistentDiskVolumeSource(Struct):
    pd_id: str
    fs_type: str | None
    def __init__(self, *, pd_id: str | None = ..., fs_type: str | None = ...) -> None: ...

class ProjectedVolumeSource(Struct):
    sources: tuple[VolumeProjection, ...]
    default_mode: int | None
    def __init__(self, *,
        sources: Sequence[VolumeProjection | Mapping[str, Any]] | None = ..., default_mode: int | None = ...
    ) -> None: ...

class VolumeProjection(Struct):
    secret: SecretProjection | None
    downward_api: DownwardAPIProjection | None
    config_map: ConfigMapProjection | None
    service_account_token: ServiceAccountTokenProjection | None
    cluster_trust_bundle: ClusterTrustBundleProjection | None
    pod_certificate: PodCertificateProjection | None
    def __init__(self, *,
        secret: SecretProjection | Mapping[str, Any] | None = ...,
        downward_api: DownwardAPIProjection | Mapping[str, Any] | None = ...,
        config_map: ConfigMapProjection | Mapping[str, Any] | None = ...,
        service_account_token: ServiceAccountTokenProjection | Mapping[str, Any] | None = ...,
        cluster_trust_bundle: ClusterTrustBundleProjection | Mapping[str, Any] | None = ...,
        pod_certificate: PodCertificateProjection | Mapping[str, Any] | None = ...
    ) -> None: ...

class SecretProjection(Struct):
    name: str | None
    items: tuple[KeyToPath, ...]
    optional: bool | None
    def __init__(self, *,
        name: str | None = ..., items: Sequence[KeyToPath | Mapping[str, Any]] | None = ..., optional: bool | None = ...
    ) -> None: ...

class DownwardAPIProjection(Struct):
    items: tuple[DownwardAPIVolumeFile, ...]
    def __init__(self, *, items: Sequence[DownwardAPIVolumeFile | Mapping[str, Any]] | None = ...) -> None: ...

class ConfigMapProjection(Struct):
    name: str | None
    items: tuple[KeyToPath, ...]
    optional: bool | None
    def __init__(self, *,
        name: str | None = ..., items: Sequence[KeyToPath | Mapping[str, Any]] | None = ..., optional: bool | None = ...
    ) -> None: ...

class ServiceAccountTokenProjection(Struct):
    audience: str | None
    expiration_seconds: Int64 | None
    path: str
    def __init__(self, *,
        audience: str | None = ..., expiration_seconds: Int64 | None = ..., path: str | None = ...
    ) -> None: ...

class ClusterTrustBundleProjection(Struct):
    name: str | None
    signer_name: str | None
    label_selector: meta.LabelSelector | None
    optional: bool | None
    path: str
    def __init__(self, *,
        name: str | None = ..., signer_name: str | None = ...,
        label_selector: meta.LabelSelector | Mapping[str, Any] | None = ..., optional: bool | None = ...,
        path: str | None = ...
    ) -> None: ...

class PodCertificateProjection(Struct):
    signer_name: str | None
    key_type: str | None
    max_expiration_seconds: int | None
    credential_bundle_path: str | None
    key_path: str | None
    certificate_chain_path: str | None
    user_annotations: Map[str]
    def __init__(self, *,
        signer_name: str | None = ..., key_type: str | None = ..., max_expiration_seconds: int | None = ...,
        credential_bundle_path: str | None = ..., key_path: str | None = ..., certificate_chain_path: str | None = ...,
        user_annotations: Mapping[str, str] | None = ...
    ) -> None: ...

class PortworxVolumeSource(Struct):
    volume_id: str
    fs_type: str | None
    read_only: bool | None
    def __init__(self, *,
        volume_id: str | None = ..., fs_type: str | None = ..., read_only: bool | None = ...
    ) -> None: ...

class ScaleIOVolumeSource(Struct):
    gateway: str
    system: str
    secret_ref: LocalObjectReference | None
    ssl_enabled: bool | None
    protection_domain: str | None
    storage_pool: str | None
    storage_mode: str | None
    volume_name: str | None
    fs_type: str | None
    read_only: bool | None
    def __init__(self, *,
        gateway: str | None = ..., system: str | None = ...,
        secret_ref: LocalObjectReference | Mapping[str, Any] | None = ..., ssl_enabled: bool | None = ...,
        protection_domain: str | None = ..., storage_pool: str | None = ..., storage_mode: str | None = ...,
        volume_name: str | None = ..., fs_type: str | None = ..., read_only: bool | None = ...
    ) -> None: ...

class StorageOSVolumeSource(Struct):
    volume_name: str | None
    volume_namespace: str | None
    fs_type: str | None
    read_only: bool | None
    secret_ref: LocalObjectReference | None
    def __init__(self, *,
        volume_name: str | None = ..., volume_namespace: str | None = ..., fs_type: str | None = ...,
        read_only: bool | None = ..., secret_ref: LocalObjectReference | Mapping[str, Any] | None = ...
    ) -> None: ...

class CSIVolumeSource(Struct):
    driver: str
    read_only: bool | None
    fs_type: str | None
    volume_attributes: Map[str]
    node_publish_secret_ref: LocalObjectReference | None
    def __init__(self, *,
        driver: str | None = ..., read_only: bool | None = ..., fs_type: str | None = ...,
        volume_attributes: Mapping[str, str] | None = ...,
        node_publish_secret_ref: LocalObjectReference | Mapping[str, Any] | None = ...
    ) -> None: ...

class EphemeralVolumeSource(Struct):
    volume_claim_template: PersistentVolumeClaimTemplate | None
    def __init__(self, *,
        volume_claim_template: PersistentVolumeClaimTemplate | Mapping[str, Any] | None = ...
    ) -> None: ...

class PersistentVolumeClaimTemplate(Struct):
    metadata: meta.ObjectMeta
    spec: PersistentVolumeClaimSpec
    def __init__(self, *,
        metadata: meta.ObjectMeta | Mapping[str, Any] | None = ...,
        spec: PersistentVolumeClaimSpec | Mapping[str, Any] | None = ...
    ) -> None: ...

class ImageVolumeSource(Struct):
    reference: str | None
    pull_policy: PullPolicy | None
    def __init__(self, *, reference: str | None = ..., pull_policy: PullPolicy | None = ...) -> None: ...

class VolumeMount(Struct):
    name: str
    read_only: bool | None
    recursive_read_only: RecursiveReadOnlyMode | None
    mount_path: str
    sub_path: str | None
    mount_propagation: MountPropagationMode | None
    sub_path_expr: str | None
    def __init__(self, *,
        name: str | None = ..., read_only: bool | None = ..., recursive_read_only: RecursiveReadOnlyMode | None = ...,
        mount_path: str | None = ..., sub_path: str | None = ..., mount_propagation: MountPropagationMode | None = ...,
        sub_path_expr: str | None = ...
    ) -> None: ...

class VolumeDevice(Struct):
    name: str
    device_path: str
    def __init__(self, *, name: str | None = ..., device_path: str | None = ...) -> None: ...

class VolumeMountStatus(Struct):
    name: str
    mount_path: str
    read_only: bool | None
    recursive_read_only: RecursiveReadOnlyMode | None
    volume_status: VolumeStatus | None
    def __init__(self, *,
        name: str | None = ..., mount_path: str | None = ..., read_only: bool | None = ...,
        recursive_read_only: RecursiveReadOnlyMode | None = ...,
        volume_status: VolumeStatus | Mapping[str, Any] | None = ...
    ) -> None: ...

class VolumeStatus(Struct):
    image: ImageVolumeStatus | None
    def __init__(self, *, image: ImageVolumeStatus | Mapping[str, Any] | None = ...) -> None: ...

class ImageVolumeStatus(Struct):
    image_ref: str | None
    def __init__(self, *, image_ref: str | None = ...) -> None: ...
