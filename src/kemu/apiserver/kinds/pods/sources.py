"""Where the files of a volume come from: the rules of every kind of volume, of a pod's and of a PersistentVolume."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ....objects import core, meta
from ....objects.schema import Type, shape_of
from ....values import names
from ....values.frozen import is_given
from ...failures import FieldError, forbidden_field, invalid_value, not_supported, too_long
from ...failures import required as missing
from ...metadata import annotation_rules
from ...rows import Check, Rows, Rule, Spec, below, choice, each, first, struct
from ...rules import (
    between,
    demand,
    dns_label,
    dns_subdomain,
    file_mode,
    label_selector,
    labels,
    local_path,
    no_backsteps,
    relative_path,
    required,
    union,
)
from .references import container_amount, pod_field

MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
"""The ways in which a volume may be mounted, and how kubectl shortens them."""

SEVERAL = "may not specify more than 1 volume type"
PARTITION = between(0, 255, names.out_of_range(1, 255))
LUN = between(0, 255)
VOLUME_FIELDS = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
NAMED = {"name": required}
NAMED_ANYWHERE = {"name": required, "namespace": required}
"""References to secrets: beside the pod, or in a namespace that they say."""

SHOWN_AS = {"gcePersistentDisk": "persistentDisk"}
REFUSED_AS = {"cephfs": "cephFS", "downwardAPI": "downwarAPI"}
"""Where the server's complaints spell a source differently."""


def driver(name: str) -> Iterator[FieldError]:
    """The name of a CSI driver: a subdomain in letters of either case."""
    if len(name) > names.LABEL_MAX:
        yield too_long("", names.LABEL_MAX)
    for text in names.is_dns1123_subdomain(name.lower()):
        yield invalid_value("", name, text)


DRIVER = (required, driver)


# Machines in the network

INITIATORS = {
    "iqn": re.compile(r"iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$", re.ASCII),
    "eui": re.compile(r"^eui.[A-Za-z0-9]{16}$"),
    "naa": re.compile(r"^naa.[A-Za-z0-9]{32}$"),
}


def initiator(unknown: str) -> Check:
    """A name of iSCSI; `unknown` is said of one in none of its forms."""

    def check(name: str) -> Iterator[FieldError]:
        form = INITIATORS.get(name[:3])
        if form is None:
            yield invalid_value("", name, unknown)
        elif form.search(name) is None:
            yield invalid_value("", name, "must be valid format")

    return check


def _authenticates(iscsi: Any) -> Iterator[FieldError]:
    if (iscsi.chap_auth_discovery or iscsi.chap_auth_session) and iscsi.secret_ref is None:
        yield missing("secretRef")


def _initiator(unknown: str) -> Check:
    follows = initiator(unknown)

    def check(iscsi: Any) -> Iterator[FieldError]:
        if iscsi.initiator_name is not None:
            yield from below("initiatorname", follows(iscsi.initiator_name))

    return check


def iscsi(*, unknown: str, secret: Mapping[str, Spec]) -> Rule:
    """An iSCSI disk."""
    rows = {"targetPortal": required, "iqn": (required, initiator(unknown)), "lun": LUN}
    return struct(rows, _authenticates, {"secretRef": secret}, _initiator(unknown), declared=False)


def _fibre_channel(disk: Any) -> Iterator[FieldError]:
    if not disk.target_wwns and not disk.wwids:
        yield missing("targetWWNs", "must specify either targetWWNs or wwids, but not both")
    if disk.target_wwns and disk.wwids:
        yield invalid_value("targetWWNs", disk.target_wwns, "targetWWNs and wwids can not be specified simultaneously")
    if disk.target_wwns:
        if disk.lun is None:
            yield missing("lun", "lun is required if targetWWNs is specified")
        elif not 0 <= disk.lun <= 255:
            yield invalid_value("lun", disk.lun, names.out_of_range(0, 255))


def _absolute(nfs: Any) -> Iterator[FieldError]:
    if not nfs.path.startswith("/"):
        yield invalid_value("path", nfs.path, "must be an absolute path")


def _quobyte(volume: Any) -> Iterator[FieldError]:
    pairs = "must be a host:port pair or multiple pairs separated by commas"
    if not volume.registry:
        yield missing("registry", pairs)
    elif len(volume.tenant or "") >= 65:
        yield missing("tenant", "must be a UUID and may not exceed a length of 64 characters")
    else:
        for pair in volume.registry.split(","):
            host, colon, _ = pair.rpartition(":")
            if not colon or (":" in host and not host.startswith("[")):
                yield invalid_value("registry", volume.registry, pairs)
    if not volume.volume:
        yield missing("volume")


def _flocker(volume: Any) -> Iterator[FieldError]:
    if not volume.dataset_name and not volume.dataset_uuid:
        yield missing("", "one of datasetName and datasetUUID is required")
    if volume.dataset_name and volume.dataset_uuid:
        yield invalid_value("", "resource", "datasetName and datasetUUID can not be specified simultaneously")
    if "/" in (volume.dataset_name or ""):
        yield invalid_value("datasetName", volume.dataset_name, "must not contain '/'")


def _options(options: Mapping[str, str]) -> Iterator[FieldError]:
    for key in sorted(options):
        if f".{key.partition('/')[0].lower()}".endswith((".kubernetes.io", ".k8s.io")):
            yield invalid_value(f"[{key}]", key, "kubernetes.io and k8s.io namespaces are reserved")


def _azure_disk(disk: Any) -> Iterator[FieldError]:
    if disk.kind == "Managed" and not disk.disk_uri.startswith("/subscriptions/"):
        wanted = ("/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}",)
        yield not_supported("diskURI", disk.disk_uri, wanted)
    if disk.kind not in (None, "Managed") and not disk.disk_uri.startswith("https://"):
        wanted = ("https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",)
        yield not_supported("diskURI", disk.disk_uri, wanted)


HOST_PATH = (first({"path": required}), struct({"path": no_backsteps, "type": choice}))
NFS = struct({"server": required, "path": required}, _absolute)
RBD = {"monitors": required, "image": required}
QUOBYTE = struct(_quobyte)
FLOCKER = struct(_flocker)
FIBRE_CHANNEL = struct(_fibre_channel)
FLEX = {"driver": required, "options": _options}
AZURE_DISK = struct({"diskName": required, "diskURI": required, "cachingMode": choice, "kind": choice}, _azure_disk)
GCE_DISK = {"pdName": required, "partition": PARTITION}
AWS_DISK = {"volumeID": required, "partition": PARTITION}
VSPHERE = {"volumePath": required}
PHOTON = {"pdID": required}
PORTWORX = {"volumeID": required}
SCALE_IO = {"gateway": required, "system": required, "volumeName": required}
GLUSTERFS = {"endpoints": required, "path": required}


def storage_os(secret: Mapping[str, Spec]) -> Mapping[str, Spec]:
    """A StorageOS volume."""
    return {"volumeName": (required, dns_label), "volumeNamespace": dns_label, "secretRef": secret}


# Files from the API

KEY = {"key": required, "path": (required, local_path), "mode": file_mode}
KEYS = {"items": each(KEY)}


def _one_value(file: Any) -> Iterable[FieldError]:
    if file.field_ref is None and file.resource_field_ref is None:
        return (missing("", "one of fieldRef and resourceFieldRef is required"),)
    if file.field_ref is None:
        return below("resourceFieldRef", container_amount(file.resource_field_ref, named=True))
    if file.resource_field_ref is None:
        return ()
    return (invalid_value("", "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"),)


FILE = Rows(
    core.DownwardAPIVolumeFile,
    ({"path": (required, local_path), "fieldRef": pod_field(VOLUME_FIELDS)}, _one_value, {"mode": file_mode}),
    declared=False,
)


def _files(source: Any) -> Iterator[FieldError]:
    """Complaints about a file about the pod do not say which of them is meant."""
    for file in source.items:
        yield from FILE(file)


# Several sources in one volume


def _lifetime(token: Any) -> Iterator[FieldError]:
    seconds = token.expiration_seconds or 0
    if seconds < 600:
        yield invalid_value("expirationSeconds", seconds, "may not specify a duration less than 10 minutes")
    if seconds > 1 << 32:
        yield invalid_value("expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds")


PROJECTION = Rows(
    core.VolumeProjection,
    {
        "secret": struct({"name": required} | KEYS, declared=False),
        "configMap": struct({"name": required} | KEYS, declared=False),
        "downwardAPI": _files,
        "serviceAccountToken": _lifetime,
    },
    declared=False,
)
PROJECTED = ("secret", "config_map", "downward_api", "service_account_token")


def _projected(volume: Any) -> Iterator[FieldError]:
    """Each source is one of its kinds, and no two of them write the same file."""
    taken: dict[str, None] = {}
    for index, source in enumerate(volume.sources):
        yield from below(f"sources[{index}]", PROJECTION(source))
        for shown, path in _written(source):
            if path in taken:
                yield invalid_value("", shown, "conflicting duplicate paths")
            taken[path] = None
        token = source.service_account_token
        if token is not None:
            yield from below("path", local_path(token.path)) if token.path else (missing("path"),)
        if sum([getattr(source, name) is not None for name in PROJECTED]) > 1:
            yield forbidden_field(f"sources[{index}]", "may not specify more than 1 volume type per source")


def _written(source: Any) -> Iterator[tuple[str, str]]:
    """The files that a source writes, each with what a complaint shows of it."""
    for part in (source.secret, source.config_map):
        if part is not None:
            yield from ((part.name or "", item.path) for item in part.items if item.path)
    if source.downward_api is not None:
        yield from ((item.path, item.path) for item in source.downward_api.items if item.path)


# Claims


def access_modes(modes: Sequence[str]) -> Iterator[FieldError]:
    """How a volume may be mounted: for one pod alone, or in other ways."""
    for mode in modes:
        if mode not in MODES:
            yield not_supported("", mode, sorted(MODES))
    if "ReadWriteOncePod" in modes and any(mode in MODES for mode in modes if mode != "ReadWriteOncePod"):
        yield forbidden_field("", "may not use ReadWriteOncePod with other access modes")


def _storage(spec: Any) -> Iterator[FieldError]:
    amount = spec.resources.requests.get("storage")
    if amount is None:
        yield missing("resources[storage]")
    elif amount.sign() <= 0:
        yield invalid_value("resources[storage]", str(amount), "must be greater than zero")


def _data_source(source: Any) -> Iterator[FieldError]:
    if not source.api_group and source.kind != "PersistentVolumeClaim":
        yield invalid_value("", source.kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")


def _same_source(spec: Any) -> Iterator[FieldError]:
    old, new = spec.data_source, spec.data_source_ref
    if old is None or new is None:
        return
    if new.namespace:
        yield _of_path("may not be specified when dataSourceRef.namespace is specified")
    elif (old.api_group, old.kind, old.name) != (new.api_group, new.kind, new.name):
        yield _of_path("must match dataSourceRef")


def _of_path(text: str) -> FieldError:
    """The server shows the path of the field where its value should stand; as JSON there is nothing in it."""
    return FieldError("", "FieldValueInvalid", f"Invalid value: {{}}: {text}")


DATA_SOURCE = {"name": required, "kind": required}
CLAIM_SPEC: Rule = struct(
    {"accessModes": demand("at least 1 access mode is required"), "selector": label_selector},
    {"accessModes": access_modes},
    _storage,
    {
        "storageClassName": dns_subdomain,
        "volumeMode": choice,
        "dataSource": struct(DATA_SOURCE, _data_source, {"apiGroup": dns_subdomain}),
        "dataSourceRef": struct(DATA_SOURCE, _data_source, {"apiGroup": dns_subdomain, "namespace": dns_label}),
    },
    _same_source,
    {"volumeAttributesClassName": dns_subdomain},
    declared=False,
)
"""What a claim asks for; also the template of one."""


def stamped_metadata(metadata: Any) -> Iterator[FieldError]:
    """Of a template's metadata only labels and annotations count."""
    yield from below("annotations", annotation_rules(metadata.annotations))
    yield from below("labels", labels(metadata.labels))
    for field in shape_of(meta.ObjectMeta).fields:
        value = getattr(metadata, field.name)
        if field.json not in ("annotations", "labels") and (value or is_given(value)):
            yield forbidden_field("uID" if field.json == "uid" else field.json, "cannot be set")


def _stamped(ephemeral: Any) -> Iterator[FieldError]:
    template = ephemeral.volume_claim_template
    if template is None:
        yield missing("volumeClaimTemplate")
    else:
        yield from below("volumeClaimTemplate.metadata", stamped_metadata(template.metadata))
        yield from below("volumeClaimTemplate.spec", STAMPED_CLAIM(template.spec))


STAMPED_CLAIM = CLAIM_SPEC.bind(Type("struct", core.PersistentVolumeClaimSpec))


# Volumes


def _small_enough(size: Any) -> Iterator[FieldError]:
    if size.sign() < 0:
        yield forbidden_field("", "SizeLimit field must be a valid resource quantity")


def _published(csi: Any) -> Iterator[FieldError]:
    secret = csi.node_publish_secret_ref
    if secret is not None and not secret.name:
        yield missing("nodePublishSecretRef.name")
    elif secret is not None:
        yield from (invalid_value("name", secret.name, text) for text in names.is_dns1123_subdomain(secret.name))


def sources(*, of_pod: bool) -> Rule:
    """The source of a pod's volume. What a template may leave to who stamps it, a pod says."""
    image: Mapping[str, Spec] = {"reference": required} if of_pod else {}
    kinds: Mapping[str, Spec] = {
        "emptyDir": {"sizeLimit": _small_enough},
        "hostPath": HOST_PATH,
        "gitRepo": {"repository": required, "directory": relative_path},
        "gcePersistentDisk": GCE_DISK,
        "awsElasticBlockStore": AWS_DISK,
        "secret": struct({"secretName": required, "defaultMode": file_mode} | KEYS, declared=False),
        "nfs": NFS,
        "iscsi": iscsi(unknown="must be valid format starting with iqn, eui, or naa", secret={}),
        "glusterfs": GLUSTERFS,
        "flocker": FLOCKER,
        "persistentVolumeClaim": {"claimName": required},
        "rbd": RBD,
        "cinder": {"volumeID": required, "secretRef": NAMED},
        "cephfs": {"monitors": required},
        "quobyte": QUOBYTE,
        "downwardAPI": struct({"defaultMode": file_mode}, _files, declared=False),
        "fc": FIBRE_CHANNEL,
        "flexVolume": FLEX,
        "configMap": struct({"name": required, "defaultMode": file_mode} | KEYS, declared=False),
        "azureFile": {"secretName": required, "shareName": required},
        "vsphereVolume": VSPHERE,
        "photonPersistentDisk": PHOTON,
        "portworxVolume": PORTWORX,
        "azureDisk": AZURE_DISK,
        "storageos": storage_os(NAMED),
        "projected": struct({"defaultMode": file_mode}, _projected, declared=False, memo=True),
        "scaleIO": SCALE_IO,
        "csi": struct({"driver": DRIVER}, _published, declared=False),
        "ephemeral": _stamped,
        "image": {**image, "pullPolicy": (required, choice)},
    }
    return union(kinds, none="must specify a volume type", several=SEVERAL, shown=SHOWN_AS, refused_as=REFUSED_AS)
