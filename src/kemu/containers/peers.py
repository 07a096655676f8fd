"""Which processes a container sees: its own, or those of all containers of its pod (`shareProcessNamespace`)."""

from __future__ import annotations

import attrs

from ..values.image_references import read
from .records import Container, Peer
from .state import RuntimeState

FIRST_SHARED, APART = 7, 8
"""The number of the first container's process where the pause container has the first one, and how far they lie
apart."""


def next_pid(state: RuntimeState, sandbox: str) -> int:
    """The number that the process of a new container has in a namespace that is shared."""
    taken = [each.pid for each in state.inside(sandbox)]
    return max(taken) + APART if taken else FIRST_SHARED


def seen_from(state: RuntimeState, container: Container) -> tuple[Peer, ...]:
    """The first processes of the containers that a container sees. O(containers of the pod)."""
    if not state.sandboxes[container.sandbox].shared:
        return (attrs.evolve(_peer(container), pid=1),)
    running = [each for each in state.inside(container.sandbox) if each.state == "running"]
    return (Peer(1, "65535", "/pause", ""), *map(_peer, running))


def _peer(container: Container) -> Peer:
    words = (*container.command, *container.args) or (read(container.image).name,)
    user = container.rights.user.uid
    return Peer(container.pid, "root" if user == 0 else str(user), " ".join(words), container.id)
