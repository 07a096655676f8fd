"""What the runtime knows of sandboxes and containers, and what a container sees of the world."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from ..values.frozen import FrozenMap
from .behavior import Script
from .calls import Call
from .files import AS_ROOT, Content, Rights, Stat, Tree, Writer
from .resolving import Resolver, resolver_of, usual
from .tape import Tape

if TYPE_CHECKING:
    from .machine import Machine

PAUSE_IMAGE = "registry.k8s.io/pause:3.10.1"


class Net(Protocol):
    """What a container sees of the network."""

    @property
    def dns(self) -> str:
        """The address that containers are told to ask for names."""

    def resolve(
        self, name: str, namespace: str, source: str, resolver: Resolver | None
    ) -> tuple[str, tuple[str, ...]]: ...

    def ask(self, host: str, port: int, call: Call, namespace: str, attempt: int = 0) -> tuple[int, str] | str: ...

    def records(self, name: str, type: str, source: str = "") -> tuple[Any, ...]:
        """The records of one type that a full name has: each with a `name`, a `type` and `data`."""


@attrs.frozen(kw_only=True)
class Sandbox:
    """What containers share: an address, a host name, and the pause container that holds them."""

    id: str
    node: str
    owner: str
    """Whose sandbox it is: an opaque word of the caller's (the kubelet puts a pod's uid there)."""
    namespace: str
    name: str
    hostname: str
    ip: str
    attempt: int
    created_at: float
    pause_image: str = PAUSE_IMAGE
    """What the container runs that holds the sandbox open: it does nothing until the sandbox is stopped."""
    ready: bool = True
    shared: bool = False
    """Whether its containers see each other's processes: then the pause container is the first of all of them, and has
    those whose parents are gone."""
    hosts: str = ""
    """What is in `/etc/hosts`, if it is not the usual."""
    resolver: str = ""
    """What is in `/etc/resolv.conf`, if it is not the usual."""


@attrs.frozen(kw_only=True)
class Mount:
    """Where a container has a volume, or a part of one."""

    path: str
    volume: tuple[str, str] = ("", "")
    """Whose volume it is, and its name."""
    sub_path: str = ""
    """The folder or file of the volume that is there, rather than all of it."""
    is_file: bool = False
    """Whether `sub_path` is a file."""
    read_only: bool = False
    tree: Tree | None = None
    """What is there whatever becomes of the volume."""


@attrs.frozen(kw_only=True)
class Container:
    """One container and its process. Times are virtual seconds since the start."""

    id: str
    sandbox: str
    name: str
    image: str
    image_ref: str
    command: tuple[str, ...]
    args: tuple[str, ...]
    env: FrozenMap[str, str]
    links: FrozenMap[str, str] = FrozenMap()
    """What is in its environment beside `env`: the same map in all containers that find the same Services."""
    files: FrozenMap[str, Content]
    """What is in its files by path, among them those of its volumes as it last saw them (`seen`)."""
    stats: FrozenMap[str, Stat] = FrozenMap()
    mounts: tuple[Mount, ...] = ()
    """Its volumes, those that are inside of others behind them."""
    seen: tuple[Tree, ...] = ()
    rights: Rights = AS_ROOT
    cwd: str = "/"
    """The folder in which its processes begin."""
    attempt: int
    stdin: bool = False
    """Whether its process reads what somebody who attaches to it sends."""
    awaited: bool = False
    """Whether others wait for its end: then it ends, even if nobody knows what it does."""
    pid: int = 1
    """The number that its process has where others see it."""
    memory_limit: int = 0
    """How many bytes it may use; 0 for no limit."""
    state: str
    created_at: float
    script: Script = attrs.field(factory=Script)
    machine: Machine | None = None
    started_at: float | None = None
    finished_at: float | None = None
    exit_code: int | None = None
    reason: str = ""
    message: str = ""
    stopping: bool = False
    epoch: int = 0
    """Counts up whenever what was scheduled for the container no longer holds."""
    unknown: tuple[str, ...] = ()
    knows: Any = None
    """The state of a process that a user has written."""
    kept: str = ""
    """What a server in it remembers, if it is one that does."""


@attrs.frozen
class LogLine:
    """One line of a container's log: when, and the text without its line end, which it may lack."""

    time: float
    text: str
    cut: bool = False

    @property
    def whole(self) -> str:
        """The text with its line end, if it has one."""
        return self.text if self.cut else f"{self.text}\n"


NO_LINES: Tape[LogLine] = Tape()


@attrs.frozen
class ExecResult:
    """What became of a command that was run in a container. `seconds` is how long it took in virtual time.

    For `steady` seconds more the same command would come to the same; 0 where nobody can know. It is `refused` if the
    command could not be run at all: the exit code is a shell's then, and the output says why.
    """

    exit_code: int
    output: str
    seconds: float = 0.0
    steady: float = 0.0
    refused: bool = False


@attrs.frozen
class Peer:
    """A process that a container sees, and whose container's it is; empty for the pause container."""

    pid: int
    user: str
    command: str
    container: str


@attrs.frozen
class Inside:
    """The world as seen from inside a container."""

    sandbox: Sandbox
    net: Net
    now: float
    unix: float
    issue: Writer = str
    """Who writes a token that somebody reads."""
    peers: Callable[[], tuple[Peer, ...]] = tuple
    """The processes that it sees, beside those of what somebody runs in it."""

    @property
    def hostname(self) -> str:
        return self.sandbox.hostname

    @property
    def dns(self) -> str:
        return self.net.dns

    def resolve(self, name: str) -> tuple[str, tuple[str, ...]]:
        if name == self.sandbox.hostname and self.sandbox.ip:
            return name, (self.sandbox.ip,)
        for line in self.sandbox.hosts.splitlines():
            address, *names = line.split()[:1] + line.split()[1:] if line and line[0] != "#" else [""]
            if name in names and ":" not in address:
                return name, (address,)
        return self.net.resolve(name, self.sandbox.namespace, self.sandbox.ip, self.resolver)

    @property
    def resolver(self) -> Resolver:
        """Whom its containers ask for names."""
        sandbox = self.sandbox
        return resolver_of(sandbox.resolver) if sandbox.resolver else usual(sandbox.namespace, self.net.dns)

    def ask(self, host: str, port: int, call: Call, attempt: int = 0) -> tuple[int, str] | str:
        addresses = self.resolve(host)[1]
        if not addresses:
            return f"bad address '{host}'"
        return self.net.ask(addresses[0], port, attrs.evolve(call, source=self.sandbox.ip), "", attempt)

    def connects(self, host: str, port: int) -> str:
        answer = self.ask(host, port, Call())
        return answer if isinstance(answer, str) else ""

    def records(self, name: str, type: str) -> tuple[Any, ...]:
        return self.net.records(name, type, self.sandbox.ip) if self.net.dns in self.resolver.servers else ()
