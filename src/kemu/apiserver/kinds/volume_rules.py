"""What volumes and claims may be, and what of them may change."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from ...objects import core, evolve
from ...objects.schema import Type
from ...values import names
from ..failures import FieldError, forbidden_field, invalid_inside, invalid_value, not_supported
from ..failures import required as missing
from ..inner import ORDER, changes, fields_of, inside
from ..rows import Rule, below, choice, struct
from ..rules import NEGATIVE, demand, dns_label, dns_subdomain, no_backsteps, required, union
from ..updates import IMMUTABLE
from .amounts import resource_name
from .pods.placement import NODE_SELECTOR
from .pods.sources import (
    AWS_DISK,
    AZURE_DISK,
    DRIVER,
    FIBRE_CHANNEL,
    FLEX,
    FLOCKER,
    GCE_DISK,
    GLUSTERFS,
    HOST_PATH,
    NAMED,
    NAMED_ANYWHERE,
    NFS,
    PHOTON,
    PORTWORX,
    QUOBYTE,
    RBD,
    REFUSED_AS,
    SCALE_IO,
    SEVERAL,
    SHOWN_AS,
    VSPHERE,
    access_modes,
    iscsi,
    storage_os,
)

BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
"""The annotation that named the class of a claim before there was a field for it."""

SECRET = {"name": (required, dns_subdomain), "namespace": (required, dns_label)}
CSI = {
    "driver": DRIVER,
    "volumeHandle": required,
    "controllerPublishSecretRef": SECRET,
    "controllerExpandSecretRef": SECRET,
    "nodePublishSecretRef": SECRET,
    "nodeExpandSecretRef": SECRET,
}


def _endpoints_namespace(volume: Any) -> Iterator[FieldError]:
    namespace, where = volume.endpoints_namespace, "endpointsNamespace"
    if namespace == "":
        yield invalid_value(where, namespace, "if the endpointnamespace is set, it must be a valid namespace name")
    elif namespace is not None:
        yield from (invalid_value(where, namespace, text) for text in names.is_dns1123_label(namespace))


def _secret_namespace(volume: Any) -> Iterator[FieldError]:
    if volume.secret_namespace == "":
        yield missing("secretNamespace")


SOURCE = union(
    {
        "hostPath": HOST_PATH,
        "gcePersistentDisk": GCE_DISK,
        "awsElasticBlockStore": AWS_DISK,
        "glusterfs": struct(GLUSTERFS, _endpoints_namespace, declared=False),
        "flocker": FLOCKER,
        "nfs": NFS,
        "rbd": RBD,
        "quobyte": QUOBYTE,
        "cephfs": {"monitors": required},
        "iscsi": iscsi(unknown="must be valid format", secret=NAMED),
        "cinder": {"volumeID": required, "secretRef": NAMED_ANYWHERE},
        "fc": FIBRE_CHANNEL,
        "flexVolume": FLEX,
        "azureFile": struct({"secretName": required, "shareName": required}, _secret_namespace, declared=False),
        "vsphereVolume": VSPHERE,
        "photonPersistentDisk": PHOTON,
        "portworxVolume": PORTWORX,
        "azureDisk": AZURE_DISK,
        "scaleIO": SCALE_IO,
        "local": {"path": (required, no_backsteps)},
        "storageos": storage_os(NAMED_ANYWHERE),
        "csi": CSI,
    },
    none="must specify a volume type",
    several=SEVERAL,
    shown=SHOWN_AS,
    refused_as=REFUSED_AS,
    beside=("flexVolume",),
)


def _capacity(spec: Any) -> Iterator[FieldError]:
    """A volume has some storage, and nothing else."""
    amounts = spec.capacity
    if not amounts:
        yield missing("capacity")
    if tuple(amounts) != ("storage",):
        yield not_supported("capacity", amounts, ("storage",))
    for name, value in amounts.items():
        where = f"capacity[{name}]"
        if value.value() < 0:
            yield invalid_value(where, value.value(), "must be a valid resource quantity")
        if value.sign() <= 0:
            yield invalid_value(where, str(value), "must be greater than zero")


def _placed(spec: Any) -> Iterator[FieldError]:
    if spec.local is not None and spec.node_affinity is None:
        yield missing("nodeAffinity", "Local volume requires node affinity")


def _recycled(spec: Any) -> Iterator[FieldError]:
    path = spec.host_path.path if spec.host_path is not None else ""
    if path and posixpath.normpath(path) in ("/", "//") and spec.persistent_volume_reclaim_policy == "Recycle":
        yield forbidden_field("persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'")


def _attributes(spec: Any) -> Iterator[FieldError]:
    chosen, where = spec.volume_attributes_class_name, "volumeAttributesClassName"
    if chosen is None:
        return
    if not chosen:
        yield missing(where, "an empty string is disallowed")
    else:
        yield from (invalid_value(where, chosen, text) for text in names.is_dns1123_subdomain(chosen))
    if spec.csi is None:
        yield missing("csi", "has to be specified when using volumeAttributesClassName")


VOLUME_SPEC: Rule = struct(
    {"accessModes": required},
    {"accessModes": access_modes},
    _capacity,
    {
        "persistentVolumeReclaimPolicy": choice,
        "nodeAffinity": struct(
            {"required": (demand("must specify required node constraints"), NODE_SELECTOR)}, declared=False
        ),
    },
    SOURCE,
    _placed,
    _recycled,
    {"storageClassName": dns_subdomain, "volumeMode": choice},
    _attributes,
    declared=False,
)


ELSEWHERE = "in the context of inline volumes"
"""What may not be said of a volume that stands in an attachment."""


def _inline(spec: Any) -> Iterator[FieldError]:
    if spec.claim_ref is not None:
        yield forbidden_field("claimRef", f"may not be specified {ELSEWHERE}")
    if spec.capacity:
        yield forbidden_field("capacity", f"may not be specified {ELSEWHERE}")
    if spec.csi is None:
        yield missing("csi", f"has to be specified {ELSEWHERE}")


def _inline_fate(spec: Any) -> Iterator[FieldError]:
    if spec.persistent_volume_reclaim_policy not in (None, "", "Retain"):
        yield forbidden_field("persistentVolumeReclaimPolicy", f"may only be Retain {ELSEWHERE}")
    if spec.node_affinity is not None:
        yield forbidden_field("nodeAffinity", f"may not be specified {ELSEWHERE}")


def _inline_class(spec: Any) -> Iterator[FieldError]:
    if spec.local is not None:
        yield missing("nodeAffinity", "Local volume requires node affinity")
    yield from _recycled(spec)
    if spec.storage_class_name:
        yield forbidden_field("storageClassName", f"may not be specified {ELSEWHERE}")
    if spec.volume_mode not in (None, "Filesystem"):
        yield forbidden_field("volumeMode", f"may not specify volumeMode other than Filesystem {ELSEWHERE}")


INLINE_SPEC: Rule = struct(
    _inline,
    {"accessModes": required},
    {"accessModes": access_modes},
    _inline_fate,
    SOURCE,
    _inline_class,
    declared=False,
)
inline_spec = INLINE_SPEC.bind(Type("struct", core.PersistentVolumeSpec))
SPEC = VOLUME_SPEC.bind(Type("struct", core.PersistentVolumeSpec))


# What may change


def volume_changes(new: Any, old: Any) -> Iterator[FieldError]:
    """A volume stays where it is; only a secret for its growth may come. What is wrong with it is said once more."""
    yield from below("spec", SPEC(new.spec))
    now, was = new.spec, old.spec
    if now.csi is not None and was.csi is not None and was.csi.controller_expand_secret_ref is None:
        now = evolve(now, {"csi.controller_expand_secret_ref": None})
    order = ORDER["PersistentVolumeSource"]
    one, other = fields_of(now, order, was), fields_of(was, order, was)
    if one != other:
        text = f"spec.persistentvolumesource is immutable after creation\n{changes(other, one)}"
        yield forbidden_field("spec.persistentvolumesource", text)
    if new.spec.volume_mode != was.volume_mode:
        yield invalid_value("volumeMode", new.spec.volume_mode, IMMUTABLE)
    if was.node_affinity is not None and new.spec.node_affinity != was.node_affinity:
        text = f"{IMMUTABLE}, except for updating from beta label to GA"
        yield invalid_inside("nodeAffinity", new.spec.node_affinity, text)
    if was.volume_attributes_class_name is not None and now.volume_attributes_class_name is None:
        yield forbidden_field("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden")


CLAIM_CHANGES = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
)


def claim_changes(new: Any, old: Any) -> Iterator[FieldError]:
    """A claim stays as it is; one that is bound may grow, and change its attributes."""
    now, was, bound = new.spec, old.spec, new.status.phase == "Bound"
    munged = now
    if not was.volume_name:
        was = evolve(was, volume_name=now.volume_name)
    had, has = old.metadata.annotations.get(BETA_CLASS), new.metadata.annotations.get(BETA_CLASS)
    upgraded = had is not None and was.storage_class_name is None and now.storage_class_name == had
    if upgraded and has in (None, had):
        munged = evolve(munged, storage_class_name=None)
    else:
        if had != has:
            yield invalid_value(f"metadata.annotations.{BETA_CLASS}", has or "", IMMUTABLE)
        chosen = now.storage_class_name
        if was.storage_class_name is None and chosen is not None and had in (None, chosen):
            munged = evolve(munged, storage_class_name=None)
    if bound and now.resources.requests:
        storage = was.resources.requests.get("storage")
        munged = evolve(munged, {"resources.requests": {**now.resources.requests, "storage": storage}})
    if bound:
        munged = evolve(munged, volume_attributes_class_name=was.volume_attributes_class_name)
    if munged != was:
        yield forbidden_field("spec", f"{CLAIM_CHANGES}\n{changes(inside(was, was), inside(munged, was))}")
    yield from _size(now, was, old.status)
    if now.volume_mode != was.volume_mode:
        yield invalid_value("volumeMode", now.volume_mode, IMMUTABLE)
    chosen, where = now.volume_attributes_class_name, "spec.volumeAttributesClassName"
    if chosen != was.volume_attributes_class_name and old.status.current_volume_attributes_class_name is not None:
        if not chosen:
            kind = "nil" if chosen is None else "empty string"
            text = f"update to {kind} is forbidden when status.currentVolumeAttributesClassName is not nil"
            yield forbidden_field(where, text)


def _size(now: Any, was: Any, status: Any) -> Iterator[FieldError]:
    """A claim shrinks no further than to what it has."""
    size, before = now.resources.requests.get("storage"), was.resources.requests.get("storage")
    has = status.capacity.get("storage")
    if before is None or (size is not None and not size < before):
        return
    if size is None or not size > (has if has is not None else size * 0):
        where = "spec.resources.requests.storage"
        yield forbidden_field(where, "field can not be less than status.capacity")


RESIZES = (
    "ControllerResizeInProgress",
    "ControllerResizeInfeasible",
    "NodeResizeInProgress",
    "NodeResizeInfeasible",
    "NodeResizePending",
)


def claim_status(new: Any, old: Any) -> Iterator[FieldError]:
    """What a claim has and is getting: storage, in amounts that exist."""
    status = new.status
    for name, value in status.capacity.items():
        if value.value() < 0:
            yield invalid_value(f"status.capacity[{name}]", value.value(), "must be a valid resource quantity")
    where = "status.allocatedResourceStatuses"
    for name, word in status.allocated_resource_statuses.items():
        yield from below(where, _claim_resource(name))
        if word not in RESIZES:
            yield not_supported(where, name, sorted(RESIZES))
    where = "status.allocatedResources"
    for name, value in status.allocated_resources.items():
        problems = [*_claim_resource(name)]
        yield from below(where, problems)
        if not problems and value.sign() < 0:
            yield invalid_value(f"{where}[{name}]", str(value), NEGATIVE)


def _claim_resource(name: str) -> Iterator[FieldError]:
    problems = [problem for problem in resource_name(name) if "qualified" not in problem.text]
    yield from problems
    if not problems and "/" not in name and name != "storage":
        yield not_supported("", name, ("storage",))
