"""The folders that containers of one owner share, and the files that every container finds."""

from __future__ import annotations

import attrs

from ..values.frozen import FrozenMap
from .records import Container, Sandbox
from .state import RuntimeState


def etc(sandbox: Sandbox, dns: str) -> dict[str, str]:
    """The files that every container finds: who it is and whom it asks for names, which is `dns`."""
    search = f"{sandbox.namespace}.svc.cluster.local svc.cluster.local cluster.local"
    return {
        "/etc/hostname": f"{sandbox.hostname}\n",
        "/etc/hosts": f"127.0.0.1\tlocalhost\n{sandbox.ip}\t{sandbox.hostname}\n",
        "/etc/resolv.conf": f"search {search}\nnameserver {dns}\noptions ndots:5\n",
    }


def mounted(state: RuntimeState, container: Container) -> dict[str, str]:
    """What is in the shared folders of a container, by path; each folder is there even if it is empty."""
    owner = state.sandboxes[container.sandbox].owner
    files = {}
    for folder, volume in container.mounts.items():
        prefix = _prefix(folder)
        files[prefix] = ""
        files.update({prefix + name: text for name, text in state.volume(owner, volume).items()})
    return files


def share(state: RuntimeState, container: Container) -> tuple[Container, ...]:
    """Let the others see what a container has changed in folders that it shares with them; these others are returned.

    O(files of the containers that share something), and O(1) for a container without shared folders.
    """
    owner = state.sandboxes[container.sandbox].owner
    changed = []
    for folder, volume in container.mounts.items():
        prefix = _prefix(folder)
        there = {path[len(prefix) :]: text for path, text in container.files.items() if path.startswith(prefix)}
        there.pop("", None)
        if there != state.volume(owner, volume):
            state.fill(owner, volume, FrozenMap(there))
            changed.append(volume)
    if not changed:
        return ()
    others = [other for other in state.inside(container.sandbox) if other.id != container.id]
    return tuple([each for each in (_updated(state, other, changed) for other in others) if each is not None])


def _updated(state: RuntimeState, container: Container, changed: list[str]) -> Container | None:
    """A running container after volumes have changed; None if it sees none of them."""
    folders = tuple(_prefix(folder) for folder, name in container.mounts.items() if name in changed)
    if container.machine is None or container.state != "running" or not folders:
        return None
    own = {path: text for path, text in container.machine.files.items() if not path.startswith(folders)}
    files = FrozenMap({**own, **mounted(state, container)})
    machine = attrs.evolve(container.machine, files=files)
    container = state.containers[container.id] = attrs.evolve(container, machine=machine, files=files)
    return container


def _prefix(folder: str) -> str:
    return folder.rstrip("/") + "/"
