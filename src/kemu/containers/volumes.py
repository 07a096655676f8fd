"""The folders that containers share, and the files that every container finds.

A volume is a `Tree`, kept once for all that mount it. A container has its volumes' files among its own while it works;
before it goes on they are brought up to date, and afterwards what it has changed in them is kept in the volume.
"""

from __future__ import annotations

from functools import lru_cache

import attrs

from ..values.frozen import FrozenMap
from ..values.names import KNOWN
from .files import AS_ROOT, ROOT, Content, Rights, Stat, Tree, User
from .records import Container, Mount, Sandbox
from .resolving import usual
from .state import RuntimeState

ALWAYS_WRITABLE = ("/dev/", "/proc/", "/sys/")
"""What can be written to even where the rest of a container's files cannot."""


def on_machine(node: str) -> str:
    """Who owns the files of a machine."""
    return f"node/{node}"


def left_on(node: str) -> str:
    """Who owns the volumes of pods while their machine is off."""
    return f"left/{node}"


def etc(sandbox: Sandbox, dns: str) -> dict[str, Content]:
    """The files that every container finds: who it is and whom it asks for names, which is `dns` if nothing is said."""
    return {
        "/etc/hostname": f"{sandbox.hostname}\n",
        "/etc/hosts": sandbox.hosts or f"127.0.0.1\tlocalhost\n{sandbox.ip}\t{sandbox.hostname}\n",
        "/etc/resolv.conf": sandbox.resolver or usual(sandbox.namespace, dns).text,
    }


def rights_of(mounts: tuple[Mount, ...], user: User, *, read_only: bool) -> Rights:
    """Who a container runs as and where it may write."""
    if user == ROOT and not read_only and not any(mount.read_only for mount in mounts):
        return AS_ROOT
    return _rights(tuple([(_place(mount), mount.read_only) for mount in mounts]), user, read_only)


@lru_cache(KNOWN)
def _rights(mounts: tuple[tuple[str, bool], ...], user: User, read_only: bool) -> Rights:
    """The same by where the mounts are: pods that look alike share it."""
    places = [("/", read_only), *[(place, False) for place in ALWAYS_WRITABLE], *mounts]
    places.sort(key=lambda each: len(each[0]), reverse=True)
    return Rights(user, tuple(places))


def _place(mount: Mount) -> str:
    return mount.path if mount.is_file else _prefix(mount.path)


def _prefix(folder: str) -> str:
    return folder.rstrip("/") + "/"


def volumes_of(state: RuntimeState, container: Container) -> tuple[Tree, ...]:
    """What is in the volumes of a container, in the order of its mounts. O(mounts)."""
    return tuple([state.volume(*mount.volume) if mount.tree is None else mount.tree for mount in container.mounts])


def with_volumes(state: RuntimeState, container: Container) -> Container:
    """The container with what is in its volumes by now among its files; the same if nothing is new.

    O(mounts), and O(files) if there is.
    """
    now = volumes_of(state, container)
    if len(now) == len(container.seen) and all(new is old for new, old in zip(now, container.seen, strict=True)):
        return container
    files, stats = dict(container.files), dict(container.stats)
    for mount, tree in zip(container.mounts, now, strict=True):
        _put(files, stats, mount, tree)
    return attrs.evolve(container, files=FrozenMap(files), stats=FrozenMap(stats), seen=now)


def _put(files: dict[str, Content], stats: dict[str, Stat], mount: Mount, tree: Tree) -> None:
    """Put what is in a volume in place of what was at its mount."""
    if mount.is_file:
        inner = mount.sub_path.strip("/")
        files[mount.path] = tree.files.get(inner, "")
        if inner in tree.stats:
            stats[mount.path] = tree.stats[inner]
        return
    prefix = _prefix(mount.path)
    for table in (files, stats):
        for path in [path for path in table if path.startswith(prefix)]:
            del table[path]
    inside = tree.below(mount.sub_path)
    files[prefix] = ""
    files.update({prefix + path: text for path, text in inside.files.items()})
    stats.update({prefix + path: stat for path, stat in inside.stats.items()})


def keep(state: RuntimeState, container: Container) -> Container:
    """Keep what a container has changed in its volumes; the container, which has seen what they are then.

    O(its files).
    """
    for mount, seen in zip(container.mounts, container.seen, strict=True):
        if mount.tree is not None or mount.read_only:
            continue
        before = state.volume(*mount.volume)
        if mount.is_file:
            inner = mount.sub_path.strip("/")
            text = container.files.get(mount.path, "")
            if text != seen.files.get(inner):
                state.fill(*mount.volume, attrs.evolve(before, files=before.files.with_({inner: text})))
            continue
        taken = _taken(container, mount)
        if taken != seen.below(mount.sub_path):
            state.fill(*mount.volume, before.with_below(mount.sub_path, taken))
    shared = len({mount.volume for mount in container.mounts}) < len(container.mounts)
    return with_volumes(state, container) if shared else attrs.evolve(container, seen=volumes_of(state, container))


def _taken(container: Container, mount: Mount) -> Tree:
    """What a container has at one of its mounts, but for what is mounted further inside."""
    prefix = _prefix(mount.path)
    inner = tuple(_place(each) for each in container.mounts if each is not mount and each.path.startswith(prefix))
    skipped = inner or ("//",)
    files = {
        path[len(prefix) :]: text
        for path, text in container.files.items()
        if path.startswith(prefix) and path != prefix and not path.startswith(skipped)
    }
    stats = {
        path[len(prefix) :]: stat
        for path, stat in container.stats.items()
        if path.startswith(prefix) and not path.startswith(skipped)
    }
    return Tree(FrozenMap(files), FrozenMap(stats))
