"""What the runtime remembers: sandboxes, containers, their logs and volumes, images, and what images do."""

from __future__ import annotations

import attrs

from ..values.fork_map import ForkIndex, ForkMap
from ..values.frozen import FrozenMap
from ..values.state import State
from .behavior import Script
from .files import NOTHING, Tree
from .images import Rule
from .records import Container, LogLine, Sandbox
from .tape import Tape


@attrs.define(eq=False)
class RuntimeState(State):
    """The state of the runtime of all nodes. What belongs to something that is gone is gone with it."""

    serial: int = 0
    """How many ids were drawn."""
    sandboxes: ForkMap[str, Sandbox] = attrs.field(factory=ForkMap)
    by_owner: ForkIndex[str, None] = attrs.field(factory=ForkIndex)
    """The ids of the sandboxes of an owner."""
    containers: ForkMap[str, Container] = attrs.field(factory=ForkMap)
    by_sandbox: ForkIndex[str, None] = attrs.field(factory=ForkIndex)
    """The ids of the containers of a sandbox, oldest first."""
    logs: ForkMap[str, Tape[LogLine]] = attrs.field(factory=ForkMap)
    file_bytes: ForkMap[str, int] = attrs.field(factory=ForkMap)
    """How many bytes the file has to which a container writes its log."""
    file_from: ForkMap[str, int] = attrs.field(factory=ForkMap)
    """With which line of a log that file begins, where it is not the first: a log that is too long is rotated."""
    volumes: ForkMap[str, FrozenMap[str, Tree]] = attrs.field(factory=ForkMap)
    """By the owner of the sandboxes that share them: what is in its volumes. Owners with a slash in their names are
    others, whose volumes stay whatever becomes of sandboxes."""
    images: ForkIndex[str, None] = attrs.field(factory=ForkIndex)
    """By node: the full references of what was pulled."""
    wiped: ForkMap[str, None] = attrs.field(factory=ForkMap)
    """The nodes that have nothing but what was pulled: machines that were started anew."""
    registry: tuple[Rule, ...] = ()
    """What is declared of images, the latest first."""
    behaviors: tuple[tuple[str, Script | str], ...] = ()
    """What containers of images do, by pattern, the latest first: a script, or the name of a function that says it."""

    def add_sandbox(self, sandbox: Sandbox) -> None:
        """Remember a new sandbox. O(1)."""
        self.sandboxes[sandbox.id] = sandbox
        self.by_owner.set(sandbox.owner, sandbox.id, None)

    def drop_sandbox(self, sandbox: str) -> None:
        """Forget an empty sandbox; with the last one of its owner its volumes go. O(1)."""
        gone = self.sandboxes.pop(sandbox, None)
        if gone is None:
            return
        self.by_owner.discard(gone.owner, sandbox)
        if self.by_owner.bucket(gone.owner) is None:
            self.volumes.pop(gone.owner, None)

    def add_container(self, container: Container) -> None:
        """Remember a new container. O(1)."""
        self.containers[container.id] = container
        self.by_sandbox.set(container.sandbox, container.id, None)

    def drop_container(self, container: str) -> None:
        """Forget a container and its log. O(1)."""
        gone = self.containers.pop(container, None)
        if gone is not None:
            self.logs.pop(container, None)
            self.file_bytes.pop(container, None)
            self.file_from.pop(container, None)
            self.by_sandbox.discard(gone.sandbox, container)

    def inside(self, sandbox: str) -> tuple[Container, ...]:
        """The containers of a sandbox, oldest first. O(result)."""
        ids = self.by_sandbox.bucket(sandbox)
        return () if ids is None else tuple([self.containers[each] for each in ids])

    def volume(self, owner: str, name: str) -> Tree:
        """What is in a volume. O(1)."""
        return self.volumes.get(owner, NO_VOLUMES).get(name, NOTHING)

    def fill(self, owner: str, name: str, tree: Tree) -> None:
        """Put something in place of what is in a volume. O(volumes of the owner)."""
        self.volumes[owner] = self.volumes.get(owner, NO_VOLUMES).with_({name: tree})

    def empty(self, owner: str, *names: str) -> None:
        """Forget some volumes of an owner. O(its volumes)."""
        kept = self.volumes.get(owner, NO_VOLUMES).without(*names)
        if kept:
            self.volumes[owner] = kept
        else:
            self.volumes.pop(owner, None)

    def check(self) -> None:
        """Raise AssertionError where a record contradicts another. O(n)."""
        for container in self.containers.values():
            assert container.sandbox in self.sandboxes, container
            assert container.id in (self.by_sandbox.bucket(container.sandbox) or ()), container
            assert (container.state == "exited") == (container.exit_code is not None), container
            never_ran = container.state == "created" or container.reason == "StartError"
            assert never_ran == (container.started_at is None), container
        for sandbox in self.sandboxes.values():
            assert sandbox.id in (self.by_owner.bucket(sandbox.owner) or ()), sandbox
        assert sum(len(ids) for _, ids in self.by_sandbox.items()) == len(self.containers)
        assert sum(len(ids) for _, ids in self.by_owner.items()) == len(self.sandboxes)
        assert all(container in self.containers for container in self.logs)
        assert all("/" in owner or self.by_owner.bucket(owner) is not None for owner in self.volumes)


NO_VOLUMES: FrozenMap[str, Tree] = FrozenMap()
