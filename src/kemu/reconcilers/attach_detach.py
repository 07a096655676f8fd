"""Have the volumes of pods attached to their nodes, and detached when no pod there wants them any more.

Imitates  the attach-detach controller of Kubernetes 1.36
Wakes on  PersistentVolume; Pod and PersistentVolumeClaim that lead to it; VolumeAttachment; Node that fails or recovers
Writes    VolumeAttachment create and delete; Node status: what is attached to it; events of pods
Differs   D-350: a driver counts only if there is a CSIDriver of it; what a kubelet still uses is told by its node

Its keys are the names of volumes. Who attaches them is the driver's: `cluster.storage.provisioner(..., attaches=...)`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Any

import attrs

from .. import errors
from ..clock import exact
from ..kit import DONE, Api, Cache, Result, Wiring
from ..kit.claimed import BY_CLAIM, claims_of
from ..kit.indexes import Index
from ..kit.volumes import attachable_name
from ..objects import core, evolve, meta, storage
from ..objects.conditions import is_true
from ..objects.pods import is_finished
from ..values.frozen import EMPTY_MAP, FrozenMap
from ..wellknown import OUT_OF_SERVICE

COMPONENT = "attachdetach-controller"
UNMOUNT_SECONDS = 360.0
"""How long a node that is not ready may keep a volume that no pod on it wants any more."""

SHARED = ("ReadWriteMany", "ReadOnlyMany")
"""The modes of access in which a volume may be attached to several nodes."""

BY_VOLUME = Index("volume", lambda found: _volume_of(found), attrgetter("spec"))
BY_NODE = Index("node", lambda found: (found.spec.node_name,), attrgetter("spec"))


def _volume_of(attachment: Any) -> tuple[str, ...]:
    name = attachment.spec.source.persistent_volume_name
    return (name,) if name else ()


def _of_pod(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    """The volumes behind the claims of a pod, when it comes to a node, ends or goes."""
    if old is not None and new is not None and _stands(old) == _stands(new):
        return
    for key in claims_of(new if new is not None else old):
        claim: Any = cache.get(core.PersistentVolumeClaim, key)
        if claim is not None and claim.spec.volume_name:
            yield claim.spec.volume_name


def _stands(pod: Any) -> tuple[Any, ...]:
    return pod.spec.node_name, is_finished(pod)


def _of_claim(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    """The volume that a claim is bound to, when that is new, or the claim goes."""
    names = [each.spec.volume_name for each in (old, new) if each is not None and each.spec.volume_name]
    if new is None or old is None or old.spec.volume_name != new.spec.volume_name:
        yield from dict.fromkeys(names)


def _of_attachment(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    return _volume_of(new if new is not None else old)


def _of_node(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    """The volumes on a node that fails, recovers, is declared lost or goes."""
    if old is not None and new is not None and _condition(old) == _condition(new):
        return
    for attachment in cache.indexed(storage.VolumeAttachment, BY_NODE, (new if new is not None else old).metadata.name):
        yield from _volume_of(attachment)


def _condition(node: Any) -> tuple[bool, bool]:
    """Whether a node is ready, and whether it was declared lost."""
    lost = any(taint.key == OUT_OF_SERVICE for taint in node.spec.taints)
    return is_true(node.status.conditions, "Ready"), lost


@attrs.frozen
class Memory:
    """What is remembered of a volume: under which name nodes show it; since when no pod wants it on a node that keeps
    it, in seconds since the start; which pods were told that it is elsewhere; and what went wrong by node, if told."""

    name: str = ""
    since: FrozenMap[str, float] = EMPTY_MAP
    told: tuple[str, ...] = ()
    failed: FrozenMap[str, str] = EMPTY_MAP


WIRING = Wiring(
    "persistentvolume-attach-detach-controller",
    account="attachdetach-controller",
    reconciles=core.PersistentVolume,
    watches=(
        (core.Pod, _of_pod),
        (core.PersistentVolumeClaim, _of_claim),
        (storage.VolumeAttachment, _of_attachment),
        (core.Node, _of_node),
    ),
    reads=(storage.CSIDriver,),
    indexes=((core.Pod, BY_CLAIM), (storage.VolumeAttachment, BY_VOLUME), (storage.VolumeAttachment, BY_NODE)),
    memory=Memory,
)


def reconcile(api: Api, cache: Cache, memory: Memory, key: str) -> Result:
    """Attach one volume where pods want it, and detach it elsewhere."""
    volume: Any = cache.get(core.PersistentVolume, key)
    attachments = cache.indexed(storage.VolumeAttachment, BY_VOLUME, key)
    name = "" if volume is None else attachable_name(volume, _driver(cache, volume))
    wanted = _wanted(cache, volume) if name else {}
    memory = attrs.evolve(memory, name=name or memory.name)
    if not wanted and not (attachments and memory.name):  # an attachment of a volume that never was is not ours
        api.forget()
        return DONE
    memory, wait = _detach(api, cache, memory, attachments, wanted)
    memory = _attach(api, memory, volume, attachments, wanted)
    memory = _report(api, cache, memory, attachments, wanted)
    api.remember(memory)
    return Result(after=wait)


def _driver(cache: Cache, volume: Any) -> Any:
    source = volume.spec.csi
    return None if source is None else cache.get(storage.CSIDriver, source.driver)


def _wanted(cache: Cache, volume: Any) -> dict[str, list[Any]]:
    """By node, the pods that want a volume there."""
    reference = volume.spec.claim_ref
    key = "" if reference is None else f"{reference.namespace}/{reference.name}"
    claim: Any = cache.get(core.PersistentVolumeClaim, key) if key else None
    if claim is None or claim.spec.volume_name != volume.metadata.name or claim.metadata.uid != reference.uid:
        return {}
    found: dict[str, list[Any]] = {}
    for pod in cache.indexed(core.Pod, BY_CLAIM, key):
        if pod.spec.node_name and not is_finished(pod):
            found.setdefault(pod.spec.node_name, []).append(pod)
    return found


def _detach(
    api: Api, cache: Cache, memory: Memory, attachments: Sequence[Any], wanted: Mapping[str, Any]
) -> tuple[Memory, float | None]:
    """Detach a volume from the nodes that do not want it; and the seconds until one that keeps it may no longer."""
    since: dict[str, float] = {}
    left: list[float] = []
    for attachment in attachments:
        node_name = attachment.spec.node_name
        if node_name in wanted or attachment.metadata.deletion_timestamp is not None:
            continue
        node: Any = cache.get(core.Node, node_name)
        began = memory.since.get(node_name, api.now)
        wait = 0.0 if node is None or any(_condition(node)) else exact(began + UNMOUNT_SECONDS - api.now)
        if wait > 0:
            since[node_name] = began
            left.append(wait)
            continue
        if node is not None:
            _show(api, node, memory.name, False)
        with suppress(errors.NotFound):
            api.delete(storage.VolumeAttachment, attachment.metadata.name, uid=attachment.metadata.uid)
    return attrs.evolve(memory, since=FrozenMap(since)), min(left, default=None)


def _attach(
    api: Api, memory: Memory, volume: Any, attachments: Sequence[Any], wanted: Mapping[str, Sequence[Any]]
) -> Memory:
    """Have a volume attached to the nodes that want it: to one alone, unless it may be on several."""
    there = {each.spec.node_name for each in attachments}
    shared = volume is not None and any(mode in SHARED for mode in volume.spec.access_modes)
    told: list[str] = []
    for node_name, pods in wanted.items():
        if node_name in there:
            continue
        if there and not shared:
            told += _refused(api, memory, volume, pods)
            continue
        _attach_to(api, volume, node_name)
        there.add(node_name)
    return attrs.evolve(memory, told=tuple(told))


def _refused(api: Api, memory: Memory, volume: Any, pods: Sequence[Any]) -> Iterator[str]:
    """Tell pods once that a volume is on another node; their uids."""
    text = "Volume is already exclusively attached to one node and can't be attached to another"
    for pod in pods:
        if pod.metadata.uid not in memory.told:
            name = volume.metadata.name
            api.event(pod, "Warning", "FailedAttachVolume", f'Multi-Attach error for volume "{name}" {text}')
        yield pod.metadata.uid


def _attach_to(api: Api, volume: Any, node_name: str) -> None:
    source = volume.spec.csi
    spec = {
        "attacher": source.driver,
        "nodeName": node_name,
        "source": {"persistentVolumeName": volume.metadata.name},
    }
    name = hashlib.sha256(f"{source.volume_handle}{source.driver}{node_name}".encode()).hexdigest()
    with suppress(errors.AlreadyExists):
        api.create(storage.VolumeAttachment(metadata=meta.ObjectMeta(name=f"csi-{name}"), spec=spec))


def _report(
    api: Api, cache: Cache, memory: Memory, attachments: Sequence[Any], wanted: Mapping[str, Sequence[Any]]
) -> Memory:
    """Let nodes show what is attached to them by now, and tell pods of it, or of what went wrong."""
    failed: dict[str, str] = {}
    for attachment in attachments:
        node_name, status = attachment.spec.node_name, attachment.status
        pods, volume_name = wanted.get(node_name, ()), attachment.spec.source.persistent_volume_name
        node: Any = cache.get(core.Node, node_name)
        if not pods or node is None or attachment.metadata.deletion_timestamp is not None:
            continue
        if status.attached:
            if _show(api, node, memory.name, True):
                for pod in pods:
                    text = f'AttachVolume.Attach succeeded for volume "{volume_name}" '
                    api.event(pod, "Normal", "SuccessfulAttachVolume", text)
        elif status.attach_error is not None:
            failed[node_name] = said = status.attach_error.message or ""
            for pod in pods if memory.failed.get(node_name) != said else ():
                text = f'AttachVolume.Attach failed for volume "{volume_name}" : {said}'
                api.event(pod, "Warning", "FailedAttachVolume", text)
    return attrs.evolve(memory, failed=FrozenMap(failed))


def _show(api: Api, node: Any, name: str, attached: bool) -> bool:
    """Have a node show a volume as attached, or no longer; whether that was news."""
    if any(each.name == name for each in node.status.volumes_attached) == attached:
        return False
    live: Any = api.find(core.Node, node.metadata.name)
    shown = () if live is None else live.status.volumes_attached
    others = tuple([each for each in shown if each.name != name])
    if live is None or (len(others) < len(shown)) == attached:
        return False
    now = (*others, core.AttachedVolume(name=name, device_path="")) if attached else others
    with suppress(errors.NotFound, errors.Invalid):
        api.patch_to(live, evolve(live, {"status.volumes_attached": now}), "status", subresource="status")
    return True
