"""Mounting the volumes of a pod, bringing them up to date, and what each container sees of them."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from ...clock import exact
from ...containers.files import NOTHING, Stat, Tree
from ...containers.volumes import left_on
from ...runtime_fake import Mount
from ...values.evolving import evolved
from ...values.frozen import FrozenMap
from . import ending, life, volumes
from .environment import Misconfigured, expand
from .volumes import NotMounted, NotProcessed, Setting
from .worker import SYNCING, Worker

if TYPE_CHECKING:
    from .fleet import Kubelets

RESYNC_SECONDS = 60.0
"""A kubelet looks at each of its pods again after this time, and up to half as much more: then what is mounted is
brought up to date."""

AT_ONCE = 0.1
"""Seconds until that happens for a pod that has itself changed."""

VOLUME_FIRST, VOLUME_MAX = 0.5, 122.0
"""Seconds until a volume that could not be mounted is tried again: at first, and at most."""

LOOK_SECONDS = 10.0
"""How often a kubelet looks how full the volumes of its pods are."""

EVICTED_GRACE = 1.0


def setting_of(kubelets: Kubelets, worker: Worker) -> Setting:
    """What the volumes of a worker's pod follow from."""
    machine = kubelets.state.nodes[worker.node]
    view = kubelets.views.of(worker.node)
    return Setting(view, machine.address, worker.ip, lambda: kubelets.node_of(machine), worker.started_at)


@attrs.frozen
class Missing:
    """What keeps a pod from having its volumes."""

    unmounted: tuple[str, ...] = ()
    unattached: tuple[str, ...] = ()
    unprocessed: tuple[tuple[str, str], ...] = ()
    """The volumes of which it is not known what they are, and why."""
    said: tuple[str, ...] = ()
    """Why others cannot be set up."""

    @property
    def refusal(self) -> str:
        """What is said where it is not known what a volume is; empty if that is known of all."""
        if not self.unprocessed:
            return ""
        names = [" ".join(sorted(each)) for each in (self.unmounted, self.unattached, dict(self.unprocessed))]
        listed = "unmounted volumes=[{}], unattached volumes=[{}], failed to process volumes=[{}]".format(*names)
        return f"Unable to attach or mount volumes: {listed}: {'; '.join(why for _, why in self.unprocessed)}"


def mount(kubelets: Kubelets, worker: Worker) -> Missing | None:
    """Set up the volumes of a pod that is to start, or say what cannot be; nothing is done if something cannot."""
    pod, found = worker.pod, dict[tuple[str, str], Tree]()
    if not pod.spec.volumes:
        return None
    unmounted, unattached, unprocessed, said = list[str](), list[str](), list[tuple[str, str]](), list[str]()
    setting = setting_of(kubelets, worker)
    for volume in volumes.used(pod):
        try:
            volumes.process(setting.view, pod, volume)
            place, _ = volumes.place_of(setting.view, pod, volume)
            if not volumes.is_attached(setting, pod, volume):
                unattached.append(volume.name)
                unmounted.append(volume.name)
                continue
            if volume.host_path is not None:
                found[place] = volumes.checked_path(volume, found.get(place) or _disk(kubelets, worker.node))
            elif place[0] == worker.uid:
                found[place] = _left(kubelets, pod, volume) or volumes.contents(setting, pod, volume)
        except NotProcessed as problem:
            unprocessed.append((volume.name, str(problem)))
            unmounted.append(volume.name)
        except NotMounted as problem:
            said.append(str(problem))
            unmounted.append(volume.name)
    if unmounted:
        return Missing(tuple(unmounted), tuple(unattached), tuple(unprocessed), tuple(said))
    for place, tree in found.items():
        kubelets.runtime.state.fill(*place, tree)
    if not kubelets.state.nodes[worker.node].listed:
        for _ in filter(volumes.is_in_memory, volumes.used(pod)):
            life.imagine(kubelets, worker.node)
    _take_back(kubelets, worker)
    for what, key in volumes.sources(pod):
        kubelets.state.mounting.set(f"{what}/{key}", worker.uid, None)
    return None


def leave(kubelets: Kubelets, worker: Worker) -> None:
    """The machine of a pod goes off: what is on its disk stays there until it is on again."""
    for volume in worker.pod.spec.volumes:
        if volumes.is_on_disk(volume) and worker.volumes_ready:
            tree = kubelets.runtime.state.volume(worker.uid, volume.name)
            kubelets.runtime.state.fill(*volumes.left(worker.pod, volume), tree)


def _left(kubelets: Kubelets, pod: Any, volume: Any) -> Tree | None:
    """What was left of a volume on the disk of the machine; None if nothing was."""
    found = kubelets.runtime.state.volume(*volumes.left(pod, volume)) if volumes.is_on_disk(volume) else NOTHING
    return None if found is NOTHING else found


def _take_back(kubelets: Kubelets, worker: Worker) -> None:
    """What was left of the volumes of a pod is theirs again."""
    owner = left_on(worker.node)
    if owner in kubelets.runtime.state.volumes:
        names = [volumes.left(worker.pod, volume)[1] for volume in worker.pod.spec.volumes]
        kubelets.runtime.state.empty(owner, *names)


def tidy(kubelets: Kubelets, node: str, uids: Collection[str]) -> None:
    """Take what is left of pods that a machine does not have any more off its disk. O(what is left)."""
    owner = left_on(node)
    left = kubelets.runtime.state.volumes.get(owner, ())
    kubelets.runtime.state.empty(owner, *[name for name in left if name.partition("/")[0] not in uids])


def _disk(kubelets: Kubelets, node: str) -> Tree:
    """What is on the disk of a machine."""
    found = kubelets.runtime.state.volume(*volumes.machine(node))
    return volumes.MACHINE if found is NOTHING else found


def forget(kubelets: Kubelets, worker: Worker) -> None:
    """The volumes of a pod are of nobody's interest any more."""
    for what, key in volumes.sources(worker.pod):
        kubelets.state.mounting.discard(f"{what}/{key}", worker.uid)


# A pod that its kubelet finds ended


def begin_in_vain(kubelets: Kubelets, worker: Worker) -> None:
    """A kubelet that starts mounts the volumes of all pods that go on as far as the API knows. One of which it finds
    then that all its containers have ended is never synced, and what its volumes are made of not kept at hand."""
    if not worker.sandbox and any(volumes.sources_of(worker.pod, volume) for volume in volumes.used(worker.pod)):
        kubelets.loop.schedule("kubelet", ("in-vain", worker.uid), delay=AT_ONCE)


def mount_in_vain(kubelets: Kubelets, worker: Worker) -> Worker:
    """Try to mount the volumes of such a pod, which fails until another pod needs the same, or until it is gone."""
    pod, failed = worker.pod, False
    if pod.metadata.deletion_timestamp is not None:
        return worker
    for volume in volumes.used(pod):
        lacking = dict.fromkeys(
            f'object "{pod.metadata.namespace}"/"{key.partition("/")[2]}" not registered'
            for what, key in volumes.sources_of(pod, volume)
            if not _at_hand(kubelets, worker.node, f"{what}/{key}")
        )
        if lacking:
            why = f"[{', '.join(lacking)}]" if len(lacking) > 1 else next(iter(lacking))
            text = f'MountVolume.SetUp failed for volume "{volume.name}" : {why}'
            kubelets.event(worker, "Warning", "FailedMount", text)
            failed = True
    if not failed:
        return worker
    worker = tried_again_later(worker)
    kubelets.loop.schedule("kubelet", ("in-vain", worker.uid), delay=worker.volume_backoff)
    return worker


def _at_hand(kubelets: Kubelets, node: str, source: str) -> bool:
    """Whether a kubelet keeps a ConfigMap or Secret at hand: a pod that it has started needs it."""
    state = kubelets.state
    workers = [state.workers.get(uid) for uid in state.mounting.bucket(source) or ()]
    return any(each is not None and each.node == node for each in workers)


def tried_again_later(worker: Worker) -> Worker:
    """The worker with a longer wait before its volumes are tried again."""
    delay = min(max(worker.volume_backoff * 2, VOLUME_FIRST), VOLUME_MAX)
    return evolved(worker, volume_backoff=delay)


# Bringing volumes up to date


def source_changed(kubelets: Kubelets, worker: Worker) -> None:
    """A ConfigMap or Secret that a pod mounts has changed, which it sees when its kubelet next looks at it."""
    kubelets.loop.schedule_at("kubelet", ("remount", worker.uid), next_look(kubelets, worker))


def next_look(kubelets: Kubelets, worker: Worker) -> float:
    """When a kubelet next looks at a pod that gives it no cause to do so earlier."""
    period = RESYNC_SECONDS * (1 + 0.5 * kubelets.loop.entropy.fraction("kubelet-looks", worker.uid))
    looks = (kubelets.now - worker.started_at) // period + 1
    return exact(worker.started_at + looks * period)


def pod_changed(kubelets: Kubelets, worker: Worker, old: Any) -> None:
    """A pod has changed: what it is told of itself is written anew, if that is something else."""
    new = worker.pod
    same = old.metadata.labels == new.metadata.labels and old.metadata.annotations == new.metadata.annotations
    if not (same and old.spec is new.spec) and any(volumes.is_written(each) for each in new.spec.volumes):
        kubelets.loop.schedule("kubelet", ("remount", worker.uid), delay=AT_ONCE)


def remount(kubelets: Kubelets, worker: Worker) -> None:
    """Write anew what is in the volumes of a pod. What cannot be written stays as it is, and is said."""
    if worker.phase != SYNCING or not worker.volumes_ready:
        return
    setting, state = setting_of(kubelets, worker), kubelets.runtime.state
    for volume in volumes.used(worker.pod):
        if not volumes.is_written(volume):
            continue
        place = (worker.uid, volume.name)
        try:
            tree = volumes.contents(setting, worker.pod, volume)
        except NotMounted as problem:
            kubelets.event(worker, "Warning", "FailedMount", str(problem))
            kubelets.loop.schedule_at("kubelet", ("remount", worker.uid), next_look(kubelets, worker))
            continue
        if tree != state.volume(*place):
            kubelets.runtime.fill(worker.sandbox, place, tree)


# What containers see


def mounts_of(kubelets: Kubelets, worker: Worker, container: Any, variables: Mapping[str, str]) -> tuple[Mount, ...]:
    """The volumes of a container. Raises Misconfigured."""
    if not container.volume_mounts:
        return ()
    known = {volume.name: volume for volume in worker.pod.spec.volumes}
    found = []
    for each in container.volume_mounts:
        volume = known.get(each.name)
        if volume is None:
            text = f'cannot find volume "{each.name}" to mount into container "{container.name}"'
            raise Misconfigured(text)
        found.append(_mount(kubelets, worker, each, volume, _sub_path(each, variables)))
    return tuple(found)


def _sub_path(mount: Any, variables: Mapping[str, str]) -> str:
    """The part of a volume that is mounted; empty for all of it. Raises Misconfigured."""
    path = mount.sub_path or ""
    if mount.sub_path_expr:
        missing = sorted(name for name in _names_in(mount.sub_path_expr) if not variables.get(name))
        if missing:
            raise Misconfigured(f"missing value for {', '.join(missing)}")
        path = expand(mount.sub_path_expr, variables)
    if path.startswith("/"):
        raise Misconfigured(f"error SubPath `{path}` must not be an absolute path")
    if ".." in path.split("/"):
        raise Misconfigured(f"unable to provision SubPath `{path}`: must not contain '..'")
    return path


def _names_in(text: str) -> list[str]:
    """The variables that a text refers to as `$(NAME)`."""
    found: dict[str, str] = {}

    class Asked(dict[str, str]):
        def __contains__(self, name: object) -> bool:
            found[str(name)] = ""
            return False

    expand(text, Asked())
    return list(found)


def _mount(kubelets: Kubelets, worker: Worker, mount: Any, volume: Any, sub_path: str) -> Mount:
    """Where a container has a volume. A part of a volume that its kubelet writes stays as it is when mounted."""
    state = kubelets.runtime.state
    place, folder = volumes.place_of(kubelets.views.of(worker.node), worker.pod, volume)
    inner = posixpath.join(folder.strip("/"), sub_path).strip("/")
    tree = state.volume(*place)
    is_file = inner in tree.files
    read_only = bool(mount.read_only) or volumes.is_fixed(volume)
    if sub_path and not is_file and not any(path.startswith(f"{inner}/") for path in tree.files):
        tree = _with_folder(tree, inner, folder.strip("/"))
        state.fill(*place, tree)
    kept = tree if sub_path and volumes.is_written(volume) else None
    return Mount(path=mount.mount_path, volume=place, sub_path=inner, is_file=is_file, read_only=read_only, tree=kept)


def _with_folder(tree: Tree, folder: str, root: str) -> Tree:
    """A volume with one folder more, which is as the volume itself."""
    like = tree.stats.get(f"{root}/" if root else "", Stat(0o755))
    return Tree(tree.files.with_({f"{folder}/": ""}), FrozenMap({**tree.stats, f"{folder}/": like}))


def text_in(kubelets: Kubelets, worker: Worker, name: str, path: str) -> str | None:
    """The text of a file in a volume of a pod; None if there is none."""
    volume = next((each for each in worker.pod.spec.volumes if each.name == name), None)
    if volume is None:
        return None
    place, folder = volumes.place_of(kubelets.views.of(worker.node), worker.pod, volume)
    found = kubelets.runtime.state.volume(*place).files.get(posixpath.join(folder.strip("/"), path))
    return None if found is None else str(found)


# How full volumes are


def filled(kubelets: Kubelets, owner: str, name: str) -> None:
    """A volume has been written to: if it is too full, its pod is evicted when its kubelet next looks."""
    worker = kubelets.state.workers.get(owner)
    if worker is not None and _too_full(kubelets, worker, name):
        began = kubelets.state.nodes[worker.node].began
        looks = (kubelets.now - began) // LOOK_SECONDS + 1
        kubelets.loop.schedule_at("kubelet", ("full", owner, name), exact(began + looks * LOOK_SECONDS))


def _too_full(kubelets: Kubelets, worker: Worker, name: str) -> bool:
    limit = _limit(worker, name)
    return limit is not None and kubelets.runtime.state.volume(worker.uid, name).size() > limit.value()


def _limit(worker: Worker, name: str) -> Any | None:
    """How much may be in a volume, if there is a limit."""
    found = next((each.empty_dir for each in worker.pod.spec.volumes if each.name == name), None)
    return found.size_limit if found is not None and found.size_limit is not None and found.size_limit.nanos else None


def evict_full(kubelets: Kubelets, worker: Worker, name: str) -> None:
    """Evict a pod of which a volume has more in it than it may, if that is still so."""
    if worker.phase == SYNCING and not ending.is_critical(worker) and _too_full(kubelets, worker, name):
        text = f'Usage of EmptyDir volume "{name}" exceeds the limit "{_limit(worker, name)}". '
        kubelets.event(worker, "Warning", "Evicted", text)
        ending.end(kubelets, worker, "Evicted", text, text, EVICTED_GRACE)
