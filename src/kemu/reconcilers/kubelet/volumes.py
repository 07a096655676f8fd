"""The volumes of a pod: where they are kept, what is in them at first, and why one cannot be mounted yet.

    source                                       kept as                        written by
    ------------------------------------------   ----------------------------   -----------------------------------
    configMap, secret, downwardAPI, projected    the pod's own                  its kubelet, also when they change
    emptyDir, csi, image                         the pod's own                  containers (an image: nobody)
    hostPath, a volume that is on one machine    the files of the machine       containers of all its pods
    a claim, an ephemeral one                    the PersistentVolume's         containers of all pods that claim it

What stands in a volume is worked out from what the node has seen (`contents`), which is pure; what comes of it is
carried out by `mounting.py`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import attrs

from ...containers.files import Content, Issued, Stat, Tree, to_text
from ...containers.images import files_of
from ...containers.volumes import left_on, on_machine
from ...kit import Cache
from ...kit.volumes import attachable_name
from ...objects import core, storage
from ...values.frozen import FrozenMap
from ...values.names import KNOWN
from ...wellknown import PVC_PROTECTION
from .downward import field_value, resource_value
from .names import LOCAL

CLAIM, VOLUME, DRIVER = core.PersistentVolumeClaim, core.PersistentVolume, storage.CSIDriver
HOLDERS: Mapping[str, Any] = {"configmap": core.ConfigMap, "secret": core.Secret}
DEFAULT_MODE = 0o644
TOKEN_SECONDS = 3600
TOKEN_MODE = 0o600
"""The mode of a token whose reader is known."""

ON_DISK, IN_MEMORY = 0o777, 0o1777
"""The modes of volumes by where they are."""

SOCKETS = ("/run/containerd/containerd.sock",)
DEVICES = ("/dev/null", "/dev/zero", "/dev/tty", "/dev/random", "/dev/urandom")
FOLDERS = "bin dev etc home mnt opt proc root run sys tmp usr var/lib/kubelet var/log"
MACHINE = Tree(
    FrozenMap(
        {f"{each}/": "" for each in FOLDERS.split()}
        | {each[1:]: "" for each in (*SOCKETS, *DEVICES)}
        | {"etc/machine-id": "", "etc/os-release": 'NAME="kemu"\nID=kemu\n', "etc/hosts": LOCAL}
    ),
    FrozenMap({"tmp/": Stat(0o1777)}),
)
"""What is on the disk of a new machine."""


class NotMounted(Exception):
    """A volume cannot be set up yet; the text is the message of the FailedMount event."""


class NotProcessed(Exception):
    """What a volume is cannot be found out yet, since its claim is not as it has to be; the text says why."""


@attrs.frozen
class Setting:
    """What the volumes of a pod follow from, beside the pod: what its node has seen, and the node itself."""

    view: Cache
    host_ip: str
    ip: str
    node: Callable[[], Any]
    since: float
    """When the pod was first seen, from when on its token counts."""

    @property
    def allocatable(self) -> Mapping[str, Any]:
        """What the node has for its pods."""
        found: Mapping[str, Any] = self.node().status.allocatable
        return found


# Where volumes are kept


def machine(node: str) -> tuple[str, str]:
    """Under which names the files of a machine are kept."""
    return on_machine(node), ""


def left(pod: Any, volume: Any) -> tuple[str, str]:
    """Under which names an `emptyDir` is kept while its machine is off."""
    return left_on(pod.spec.node_name), f"{pod.metadata.uid}/{volume.name}"


def is_on_disk(volume: Any) -> bool:
    """Whether a volume of a pod's own is still there when its machine is started anew: an `emptyDir` on a disk."""
    return volume.empty_dir is not None and volume.empty_dir.medium != "Memory"


def is_in_memory(volume: Any) -> bool:
    """Whether a volume is kept in the memory of its machine."""
    if volume.empty_dir is not None:
        return bool(volume.empty_dir.medium == "Memory")
    return volume.projected is not None or volume.secret is not None or volume.downward_api is not None


def place_of(view: Cache, pod: Any, volume: Any) -> tuple[tuple[str, str], str]:
    """Under which names a volume is kept, and the folder in it that is the volume."""
    node = pod.spec.node_name or ""
    if volume.host_path is not None:
        return machine(node), volume.host_path.path
    name = claim_name(pod, volume)
    found = _bound(view, pod.metadata.namespace, name) if name else None
    if found is None:
        return (pod.metadata.uid, volume.name), ""
    local = found.spec.host_path or found.spec.local
    return (machine(node), local.path) if local is not None else ((f"pv/{found.metadata.name}", ""), "")


def is_attached(setting: Setting, pod: Any, volume: Any) -> bool:
    """Whether a volume that has to be attached to the node is, as the node shows."""
    name = claim_name(pod, volume)
    found = _bound(setting.view, pod.metadata.namespace, name) if name else None
    source = None if found is None else found.spec.csi
    if source is None:
        return True
    shown = attachable_name(found, setting.view.get(DRIVER, source.driver))
    return not shown or any(each.name == shown for each in setting.node().status.volumes_attached)


def used(pod: Any) -> Iterator[Any]:
    """The volumes of a pod that a container mounts: nobody waits for others."""
    names = {
        each.name for container in _containers(pod) for each in (*container.volume_mounts, *container.volume_devices)
    }
    return (volume for volume in pod.spec.volumes if volume.name in names)


def process(view: Cache, pod: Any, volume: Any) -> None:
    """Find out which volume it is that a pod claims. Raises NotProcessed."""
    name = claim_name(pod, volume)
    if not name:
        return
    namespace = pod.metadata.namespace
    claim: Any = view.get(CLAIM, f"{namespace}/{name}")
    why = _unclaimed(name, claim)
    if not why and volume.ephemeral is not None and not _owned_by(claim, pod):
        owner = f"{namespace}/{pod.metadata.name}"
        raise NotProcessed(f"PVC {namespace}/{name} was not created for pod {owner} (pod is not owner)")
    found: Any = None if why else view.get(VOLUME, claim.spec.volume_name)
    why = why or _unbound(claim, found)
    if why:
        raise NotProcessed(f"error processing PVC {namespace}/{name}: {why}")
    mode = found.spec.volume_mode or "Filesystem"
    kind, wrong = ("volume_mounts", "volumeMounts") if mode == "Block" else ("volume_devices", "volumeDevices")
    if any(each.name == volume.name for container in _containers(pod) for each in getattr(container, kind)):
        raise NotProcessed(f"volume {volume.name} has volumeMode {mode}, but is specified in {wrong}")


def _containers(pod: Any) -> tuple[Any, ...]:
    spec = pod.spec
    return (*spec.containers, *spec.init_containers, *spec.ephemeral_containers)


def _unclaimed(name: str, claim: Any) -> str:
    """Why a claim leads to no volume; empty if it does."""
    if claim is None:
        return f'failed to fetch PVC from API server: persistentvolumeclaims "{name}" not found'
    if claim.metadata.deletion_timestamp is not None and PVC_PROTECTION not in claim.metadata.finalizers:
        return "PVC is being deleted"
    if claim.status.phase != "Bound":
        return "PVC is not bound"
    return "" if claim.spec.volume_name else "PVC has empty pvc.Spec.VolumeName"


def _unbound(claim: Any, volume: Any) -> str:
    """Why the volume of a claim is not the claim's; empty if it is."""
    name, uid = claim.spec.volume_name, claim.metadata.uid
    if volume is None:
        return f'failed to fetch PV {name} from API server: persistentvolumes "{name}" not found'
    reference = volume.spec.claim_ref
    if reference is None:
        return f"found PV object {name} but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim"
    if reference.uid != uid:
        other = reference.uid or ""
        return f"found PV object {name} but its pv.Spec.ClaimRef.UID {other} does not point to claim.UID {uid}"
    return ""


def _owned_by(claim: Any, pod: Any) -> bool:
    return any(each.controller and each.uid == pod.metadata.uid for each in claim.metadata.owner_references)


def claim_name(pod: Any, volume: Any) -> str:
    """The claim that a volume is about; empty if it is about none."""
    if volume.persistent_volume_claim is not None:
        return str(volume.persistent_volume_claim.claim_name)
    return f"{pod.metadata.name}-{volume.name}" if volume.ephemeral is not None else ""


def _bound(view: Cache, namespace: str, name: str) -> Any | None:
    """The PersistentVolume behind a claim, or None."""
    claim = view.get(CLAIM, f"{namespace}/{name}")
    if claim is None or claim.status.phase != "Bound":
        return None
    return view.get(VOLUME, claim.spec.volume_name or "")


def is_fixed(volume: Any) -> bool:
    """Whether no container can write to a volume."""
    claimed = volume.persistent_volume_claim
    return is_written(volume) or volume.image is not None or bool(claimed is not None and claimed.read_only)


def is_written(volume: Any) -> bool:
    """Whether its kubelet writes what is in a volume."""
    return any(each is not None for each in (volume.config_map, volume.secret, volume.downward_api, volume.projected))


def sources(pod: Any) -> Iterator[tuple[str, str]]:
    """The ConfigMaps and Secrets of which something stands in the volumes of a pod: what they are, and their names."""
    for volume in pod.spec.volumes:
        yield from sources_of(pod, volume)


def sources_of(pod: Any, volume: Any) -> Iterator[tuple[str, str]]:
    """Those of which something stands in one volume of a pod."""
    for what, source in _projections(volume):
        if what in HOLDERS:
            name = source.secret_name if volume.secret is not None else source.name
            yield what, f"{pod.metadata.namespace}/{name or ''}"


def _projections(volume: Any) -> Iterator[tuple[str, Any]]:
    """What stands in a volume that its kubelet writes, one after the other."""
    parts = volume.projected.sources if volume.projected is not None else (volume,)
    for part in parts:
        if part.config_map is not None:
            yield "configmap", part.config_map
        if part.secret is not None:
            yield "secret", part.secret
        if part.downward_api is not None:
            yield "downward", part.downward_api
        if part is not volume and part.service_account_token is not None:
            yield "service_account_token", part.service_account_token
        if part is not volume and part.cluster_trust_bundle is not None:
            yield "cluster_trust_bundle", part.cluster_trust_bundle


# What is in them


def contents(setting: Setting, pod: Any, volume: Any) -> Tree:
    """What is in a volume that is the pod's own when it is mounted. Raises NotMounted."""
    if volume.image is not None:
        return Tree(FrozenMap(files_of(volume.image.reference or "")), FrozenMap({"": Stat(ON_DISK)}))
    if volume.csi is not None:
        _check_driver(setting.view, volume)
    if not is_written(volume):
        memory = volume.empty_dir is not None and volume.empty_dir.medium == "Memory"
        return _owned(pod, {}, {"": IN_MEMORY if memory else ON_DISK}, fixed=False)
    holder = volume.projected or volume.config_map or volume.secret or volume.downward_api
    mode = DEFAULT_MODE if holder.default_mode is None else holder.default_mode
    files: dict[str, Content] = {}
    modes = {"": ON_DISK if volume.config_map is not None else IN_MEMORY}
    owners: dict[str, int] = {}
    problems = []
    for what, source in _projections(volume):
        try:
            for path, text, own in _written(setting, pod, what, source):
                files[path] = text
                modes[path] = mode if own is None else own
                if isinstance(text, Issued):
                    owners.update(_reader(pod, path, modes))
        except NotMounted as problem:
            problems.append(str(problem))
    if problems:
        shown = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
        raise NotMounted(f'MountVolume.SetUp failed for volume "{volume.name}" : {shown}')
    return _owned(pod, files, modes, fixed=True, owners=owners)


def _check_driver(view: Cache, volume: Any) -> None:
    """Raise NotMounted for a volume of a driver that is not there, or that makes no volumes for single pods."""
    name = volume.csi.driver
    driver = view.get(DRIVER, name)
    if driver is None:
        why = f"SetUpAt failed to get CSI client: driver name {name} not found in the list of registered CSI drivers"
    elif "Ephemeral" in driver.spec.volume_lifecycle_modes:
        return
    else:
        modes = " ".join(f'"{each}"' for each in driver.spec.volume_lifecycle_modes)
        text = f'volume mode "Ephemeral" not supported by driver {name} (only supports [{modes}])'
        why = f"SetupAt failed to check volume lifecycle mode: {text}"
    raise NotMounted(f'MountVolume.SetUp failed for volume "{volume.name}" : kubernetes.io/csi: mounter.{why}')


def _reader(pod: Any, path: str, modes: dict[str, int]) -> dict[str, int]:
    """Whom a token belongs to: where all containers run as one user, him; where files go to a group, root."""
    security = pod.spec.security_context
    users = {_user_of(pod, each) for each in (*pod.spec.containers, *pod.spec.init_containers)}
    user = users.pop() if len(users) == 1 else None
    if user is not None or (security is not None and security.fs_group is not None):
        modes[path] = TOKEN_MODE
    return {} if user is None else {path: user}


def _user_of(pod: Any, container: Any) -> int | None:
    """The user that a container is said to run as, or None."""
    for security in (container.security_context, pod.spec.security_context):
        if security is not None and security.run_as_user is not None:
            return int(security.run_as_user)
    return None


def _owned(
    pod: Any,
    files: Mapping[str, Content],
    modes: Mapping[str, int],
    *,
    fixed: bool,
    owners: Mapping[str, int] = FrozenMap(),
) -> Tree:
    """Files with their modes; all of them go to the group that the pod names for it."""
    security = pod.spec.security_context
    group = security.fs_group if security is not None else None
    return Tree(FrozenMap(files), _stats(tuple(modes.items()), FrozenMap(owners), group, fixed))


@lru_cache(KNOWN)
def _stats(
    modes: tuple[tuple[str, int], ...], owners: FrozenMap[str, int], group: int | None, fixed: bool
) -> FrozenMap[str, Stat]:
    """What is not as usual of files with these modes and owners: volumes that look alike share it."""
    stats = {path: Stat(mode, owners.get(path, 0)) for path, mode in modes}
    if group is not None:
        stats = {path: in_group(path, stat, group, fixed=fixed) for path, stat in stats.items()}
    usual = Stat(DEFAULT_MODE)
    return FrozenMap({path: stat for path, stat in stats.items() if not path or stat != usual})


def in_group(path: str, stat: Stat, group: int, *, fixed: bool) -> Stat:
    """A file or folder (whose path is empty or ends in a slash) that goes to a group."""
    mode = stat.mode | (0o440 if fixed else 0o660)
    if not path or path.endswith("/"):
        mode |= 0o2110
    return Stat(mode, stat.uid, int(group))


Entry = tuple[str, Content, int | None]
"""A file: its path in the volume, its content, and its own mode."""


def _written(setting: Setting, pod: Any, what: str, source: Any) -> Iterable[Entry]:
    """The files of one source. Raises NotMounted."""
    if what == "downward":
        return [_told(setting, pod, item) for item in source.items]
    if what == "service_account_token":
        return [(source.path, _token(setting, pod, source), None)]
    if what == "cluster_trust_bundle":
        if source.optional:
            return [(source.path, "", None)]
        raise NotMounted("ClusterTrustBundle projection is not supported in this cluster")
    return _of_holder(setting.view, pod, what, source)


def _told(setting: Setting, pod: Any, item: Any) -> Entry:
    if item.field_ref is not None:
        return item.path, field_value(pod, item.field_ref.field_path, setting.ip, setting.host_ip), item.mode
    return item.path, resource_value(pod, None, item.resource_field_ref, setting.allocatable), item.mode


def _token(setting: Setting, pod: Any, source: Any) -> Issued:
    metadata, spec = pod.metadata, pod.spec
    seconds = int(source.expiration_seconds or TOKEN_SECONDS)
    account, node = spec.service_account_name or "default", spec.node_name or ""
    audience = source.audience or ""
    return Issued(metadata.namespace, account, metadata.name, metadata.uid, node, audience, seconds, setting.since)


def _of_holder(view: Cache, pod: Any, what: str, source: Any) -> list[Entry]:
    """The files of a ConfigMap or Secret. Raises NotMounted."""
    name = source.secret_name if isinstance(source, core.SecretVolumeSource) else source.name
    holder = view.get(HOLDERS[what], f"{pod.metadata.namespace}/{name or ''}")
    if holder is None:
        if source.optional:
            return []
        raise NotMounted(f'{what} "{name}" not found')
    if not source.items:
        return [(key, text_of(holder, key), None) for key in keys_of(holder)]
    found: list[Entry] = []
    known = keys_of(holder)
    for item in source.items:
        if item.key in known:
            found.append((item.path, text_of(holder, item.key), item.mode))
        elif not source.optional:
            if what == "configmap":
                raise NotMounted(f"configmap references non-existent config key: {item.key}")
            raise NotMounted(f"references non-existent secret key: {item.key}")
    return found


def keys_of(holder: Any) -> list[str]:
    """The keys of a ConfigMap or Secret."""
    return [*holder.data, *(holder.binary_data if isinstance(holder, core.ConfigMap) else ())]


def text_of(holder: Any, key: str) -> str:
    """The text under a key of a ConfigMap or Secret."""
    if isinstance(holder, core.ConfigMap) and key in holder.data:
        return str(holder.data[key])
    encoded = holder.data[key] if isinstance(holder, core.Secret) else holder.binary_data[key]
    return to_text(base64.b64decode(encoded))


# The disk of a machine


def checked_path(volume: Any, disk: Tree) -> Tree:
    """The disk of a machine with the folder or file on it that a hostPath volume means. Raises NotMounted."""
    path, kind = volume.host_path.path, volume.host_path.type or ""
    inner = path.strip("/")
    is_folder = not inner or any(each.startswith(f"{inner}/") for each in disk.files)
    is_file = inner in disk.files
    special = path in SOCKETS or path in DEVICES
    expected = {
        "Directory": (is_folder, "a directory"),
        "File": (is_file and not special, "a file"),
        "Socket": (is_file and path in SOCKETS, "a socket file"),
        "CharDevice": (is_file and path in DEVICES, "a character device"),
        "BlockDevice": (False, "a block device"),
        "DirectoryOrCreate": (is_folder or not is_file, "a directory"),
        "FileOrCreate": (is_file or not is_folder, "a file"),
    }
    good, what = expected.get(kind, (True, ""))
    if not good:
        text = f"hostPath type check failed: {path} is not {what}"
        raise NotMounted(f'MountVolume.SetUp failed for volume "{volume.name}" : {text}')
    if is_folder or is_file:
        return disk
    if kind == "FileOrCreate":
        return attrs.evolve(disk, files=disk.files.with_({inner: ""}))
    return attrs.evolve(disk, files=disk.files.with_({f"{inner}/": ""}))
