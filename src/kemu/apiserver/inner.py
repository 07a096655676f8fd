"""Values as a real server's own form of them: what it prints where it refuses a structure, or tells what has changed.

That form has Go's names, leaves nothing out, and orders some types differently from their versions. `WORDS` and `ORDER`
are where it cannot be derived.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from ..objects import Struct, codec, evolve, meta
from ..objects.schema import shape_of
from ..objects.writer import compact
from ..values.frozen import FrozenMap, is_given

CONTEXT = 3
"""Lines around a change."""

LINES_MAX = 4000
"""Two forms of more lines together are not compared: nobody would read it, and it could take long."""

ZEROS: Mapping[str, Any] = {"string": "", "integer": 0, "boolean": False, "number": 0}

WORDS = {
    "apiGroup": "APIGroup",
    "apiGroups": "APIGroups",
    "apiVersion": "APIVersion",
    "cel": "CEL",
    "chapAuthDiscovery": "DiscoveryCHAPAuth",
    "chapAuthSession": "SessionCHAPAuth",
    "cidr": "CIDR",
    "cephfs": "CephFS",
    "csi": "CSI",
    "diskURI": "DataDiskURI",
    "dnsConfig": "DNSConfig",
    "dnsPolicy": "DNSPolicy",
    "endpoints": "EndpointsName",
    "fc": "FC",
    "fsGroup": "FSGroup",
    "fsGroupChangePolicy": "FSGroupChangePolicy",
    "fsType": "FSType",
    "gcePersistentDisk": "GCEPersistentDisk",
    "awsElasticBlockStore": "AWSElasticBlockStore",
    "gid": "GID",
    "gmsaCredentialSpec": "GMSACredentialSpec",
    "gmsaCredentialSpecName": "GMSACredentialSpecName",
    "grpc": "GRPC",
    "http": "HTTP",
    "httpGet": "HTTPGet",
    "httpHeaders": "HTTPHeaders",
    "ip": "IP",
    "ipBlock": "IPBlock",
    "ipMode": "IPMode",
    "iqn": "IQN",
    "iscsi": "ISCSI",
    "iscsiInterface": "ISCSIInterface",
    "nfs": "NFS",
    "os": "OS",
    "pdName": "PDName",
    "rbd": "RBD",
    "seLinuxChangePolicy": "SELinuxChangePolicy",
    "seLinuxOptions": "SELinuxOptions",
    "sslEnabled": "SSLEnabled",
    "storageos": "StorageOS",
    "tcpSocket": "TCPSocket",
    "tls": "TLS",
    "ttlSecondsAfterFinished": "TTLSecondsAfterFinished",
    "tty": "TTY",
    "uid": "UID",
    "wwids": "WWIDs",
}

OF_RBD = {"image": "RBDImage", "monitors": "CephMonitors", "pool": "RBDPool", "user": "RadosUser"}
"""The names of a volume in Ceph."""

OF_PODS = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")
"""What a pod's specification says of its host, and the server's own form among what is secure."""

_SOURCES = (
    *("gcePersistentDisk", "awsElasticBlockStore", "hostPath", "glusterfs", "nfs", "rbd", "quobyte", "iscsi"),
    *("flexVolume", "cinder", "cephfs", "fc", "flocker", "azureFile", "vsphereVolume", "azureDisk"),
    *("photonPersistentDisk", "portworxVolume", "scaleIO", "local", "storageos", "csi"),
)

ORDER: Mapping[str, tuple[str, ...]] = {
    "Volume": (
        *("name", "hostPath", "emptyDir", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "secret", "nfs"),
        *("iscsi", "glusterfs", "persistentVolumeClaim", "rbd", "quobyte", "flexVolume", "cinder", "cephfs"),
        *("flocker", "downwardAPI", "fc", "azureFile", "configMap", "vsphereVolume", "azureDisk"),
        *("photonPersistentDisk", "projected", "portworxVolume", "scaleIO", "storageos", "csi", "ephemeral", "image"),
    ),
    "PodSpec": (
        *("volumes", "initContainers", "containers", "ephemeralContainers", "restartPolicy"),
        *("terminationGracePeriodSeconds", "activeDeadlineSeconds", "dnsPolicy", "nodeSelector", "serviceAccountName"),
        *("automountServiceAccountToken", "nodeName", "securityContext", "imagePullSecrets", "hostname", "subdomain"),
        *("setHostnameAsFQDN", "affinity", "schedulerName", "tolerations", "hostAliases", "priorityClassName"),
        *("priority", "preemptionPolicy", "dnsConfig", "readinessGates", "runtimeClassName", "overhead"),
        *("enableServiceLinks", "topologySpreadConstraints", "os", "schedulingGates", "resourceClaims", "resources"),
        *("hostnameOverride", "schedulingGroup"),
    ),
    "PodSecurityContext": (
        *("seLinuxOptions", "windowsOptions", "runAsUser", "runAsGroup", "runAsNonRoot", "supplementalGroups"),
        *("supplementalGroupsPolicy", "fsGroup", "fsGroupChangePolicy", "sysctls", "seccompProfile"),
        *("appArmorProfile", "seLinuxChangePolicy"),
    ),
    "PersistentVolumeSource": _SOURCES,
    "PersistentVolumeSpec": (
        *("capacity", *_SOURCES, "accessModes", "claimRef", "persistentVolumeReclaimPolicy", "storageClassName"),
        *("mountOptions", "volumeMode", "nodeAffinity", "volumeAttributesClassName"),
    ),
    "ContainerResourceMetricSource": ("name", "container", "target"),
    "JobSpec": (
        *("parallelism", "completions", "podFailurePolicy", "successPolicy", "activeDeadlineSeconds", "backoffLimit"),
        *("backoffLimitPerIndex", "maxFailedIndexes", "selector", "manualSelector", "template"),
        *("ttlSecondsAfterFinished", "completionMode", "suspend", "podReplacementPolicy", "managedBy"),
    ),
}
"""The fields of types that the server orders in its own way, or leaves out of their place."""


def in_order(value: Any) -> Any:
    """A value whose maps are in the order of their keys."""
    if isinstance(value, Mapping | tuple) and not value:
        return value
    if isinstance(value, Mapping):
        return FrozenMap({key: in_order(value[key]) for key in sorted(value)})
    if isinstance(value, tuple | list):
        return tuple([in_order(item) for item in value])
    if isinstance(value, Struct):
        names = [field.name for field in shape_of(type(value)).fields if field.stored]
        return evolve(value, **{name: in_order(getattr(value, name)) for name in names})
    return value


def inside(value: Any, before: Any = None) -> Any:
    """A structure in the server's own form, as JSON. What is shared by all kinds has no other form than its own.

    What is empty is null unless somebody wrote it so, and only now: what is the very same value as in `before` comes
    from the store, which knows no difference.
    """
    if isinstance(value, Struct) and type(value).__module__ != meta.__name__:
        return fields_of(value, ORDER.get(type(value).__name__, ()), before)
    if isinstance(value, Mapping | tuple) and not value:
        empty: Any = {} if isinstance(value, Mapping) else []
        return empty if value is not before and is_given(value) else None
    if isinstance(value, Mapping):
        had = before if isinstance(before, Mapping) else {}
        return {key: inside(value[key], had.get(key)) for key in sorted(value)}
    if isinstance(value, tuple):
        olds = before if isinstance(before, tuple) else ()
        return [inside(item, old) for item, old in zip_longest(value, olds[: len(value)])]
    return codec.encode(in_order(value))


def fields_of(value: Any, order: tuple[str, ...] = (), before: Any = None) -> dict[str, Any]:
    """Fields of a structure in the server's own form: all of them, or those that are named."""
    by_json = shape_of(type(value)).by_json
    names = OF_RBD if type(value).__name__.startswith("RBD") else {}
    found: dict[str, Any] = {}
    for field in [by_json[name] for name in order] or shape_of(type(value)).fields:
        part, was = getattr(value, field.name), getattr(before, field.name, None)
        if field.json == "metadata":  # it has its own form, in line with the rest
            found |= codec.encode(in_order(part))
        elif field.stored:
            zero = part is None and not field.pointer and field.kind in ZEROS
            found[names.get(field.json) or go_name(field.json)] = ZEROS[field.kind] if zero else inside(part, was)
            if field.json == "securityContext" and "hostUsers" in by_json:
                found["SecurityContext"] = fields_of(value, OF_PODS) | (found["SecurityContext"] or {})
    return found


@lru_cache
def go_name(name: str) -> str:
    """The name of a field in Go."""
    return WORDS.get(name) or name[:1].upper() + name[1:]


ESCAPED = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
"""Go's JSON is safe to stand in HTML."""


def dumped(value: Any) -> str:
    """JSON as Go writes it, in one line."""
    return compact(value).translate(ESCAPED)


def changes(old: Any, new: Any) -> str:
    """What has changed from one form to the next, as a unified diff of their JSON; empty if that would be too much."""
    before, after = (
        json.dumps(form, indent=1, ensure_ascii=False).translate(ESCAPED).split("\n") for form in (old, new)
    )
    if len(before) + len(after) > LINES_MAX:
        return ""
    from difflib import unified_diff

    return "".join([f"{line}\n" for line in [*unified_diff(before, after, n=CONTEXT, lineterm="")][2:]])
