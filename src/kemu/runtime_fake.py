"""The fake container runtime: sandboxes, images, containers and processes behind an interface shaped like the CRI.

It knows no Pod: the kubelet asks it for sandboxes and containers as a real kubelet asks containerd, and it says what
became of them. Nothing real is executed; what a process does comes from `containers.behavior` and from the shell
machine. A container's life is this table, and nothing else changes its state:

    state     on       to
    -------   ------   -------
    created   start    running
    created   fail     exited
    running   exit     exited
    created   remove   (gone)
    exited    remove   (gone)

What it remembers is one record, `containers.state.RuntimeState`. Functions that users gave it are wiring: the record
has their names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING, Any

from .apiserver.request import ConnectOptions
from .clock import exact
from .containers import executing, listing, peers, sessions, volumes
from .containers import machine as machines
from .containers.behavior import SCRIPT_IMAGE, Script, checked
from .containers.deciding import Functions, RuntimeRefused, behavior_of, not_found
from .containers.files import NOTHING, ROOT, Content, Issued, Tree, User
from .containers.images import PullRefused, Rule, seconds_of_pull
from .containers.records import (
    NO_LINES,
    PAUSE_IMAGE,
    Container,
    ExecResult,
    LogLine,
    Mount,
    Net,
    Sandbox,
)
from .containers.running import TRANSITIONS, Running
from .containers.state import RuntimeState
from .loop import Loop
from .values.evolving import evolved
from .values.frozen import EMPTY_MAP, FrozenMap
from .values.image_references import read

if TYPE_CHECKING:
    from .containers.machine import Machine
    from .containers.sessions import Talk

__all__ = [
    "PAUSE_IMAGE",
    "Container",
    "ExecResult",
    "FakeRuntime",
    "LogLine",
    "Mount",
    "Net",
    "RuntimeRefused",
    "Sandbox",
]

START_FAILED = 128
"""How a container ends whose process could not be started."""


class FakeRuntime(Running):
    """One runtime for all nodes of a cluster.

    `on_exit` is called with a container that has ended by itself, `on_write` with one that has written, and the lines,
    `on_page` with one whose page has come or gone, `on_fill` with the owner and name of a volume that processes have
    changed, `on_use` when a behaviour is registered that says what it uses; `issue` writes tokens, and `shows` says
    what a container finds of itself below `/proc` and the like, by paths from the root.

    `functions` are the behaviours that are functions, by the names under which the state speaks of them.
    """

    __slots__ = (
        "_net",
        "functions",
        "issue",
        "loop",
        "on_exit",
        "on_fill",
        "on_page",
        "on_use",
        "on_write",
        "shows",
        "state",
    )

    def __init__(
        self, loop: Loop, net: Net, state: RuntimeState | None = None, functions: Functions = EMPTY_MAP
    ) -> None:
        self.loop = loop
        self._net = net
        self.state = state or RuntimeState()
        self.functions = functions
        self.on_exit: Callable[[Container], None] = lambda container: None
        self.on_page: Callable[[Container], None] = lambda container: None
        self.on_write: Callable[[Container, Sequence[LogLine]], None] = lambda container, lines: None
        self.on_fill: Callable[[str, str], None] = lambda owner, volume: None
        self.on_use: Callable[[], None] = lambda: None
        self.issue: Callable[[Issued], str] = str
        self.shows: Callable[[Container], Tree] = lambda container: NOTHING
        loop.attach("runtime", self)

    def on(self, image_pattern: str, behavior: Any) -> None:
        """Have containers of matching images behave so: a `Script`, a dict of its fields, a function of a `Start`, or a
        `StateMachine`. `kemu.behaviors` has some by name.

        The pattern is a shell wildcard over the image's name; without a tag it means every tag. The latest matching
        registration counts, for containers that start from now on. Raises UsageError for anything that is no behaviour.
        """
        given = checked(behavior)
        others = (each for each in self.state.behaviors if each[0] != image_pattern)
        if isinstance(given, Script):
            self.state.behaviors = ((image_pattern, given), *others)
            if given.uses:
                self.on_use()
        else:
            self.functions = {**self.functions, image_pattern: given}
            self.state.behaviors = ((image_pattern, image_pattern), *others)

    # Images

    def has_image(self, node: str, image: str) -> bool:
        """Whether a node has an image already. Those of `kemu/script` are on every node that was not wiped."""
        if read(image).repository == SCRIPT_IMAGE and node not in self.state.wiped:
            return True
        return read(image).full in (self.state.images.bucket(node) or ())

    def seconds_of_pull(self, image: str, platform: str) -> float:
        """How long a node of a platform takes to fetch an image. Raises RuntimeRefused for one that it cannot have."""
        try:
            return seconds_of_pull(self.state.registry, image, platform)
        except PullRefused as refusal:
            raise RuntimeRefused(str(refusal)) from None

    def add_image(self, node: str, image: str) -> None:
        """A node has fetched an image."""
        self.state.images.set(node, read(image).full, None)

    def images_of(self, node: str) -> Iterable[str]:
        """The images that a node has pulled, by their full names. O(1)."""
        return self.state.images.bucket(node) or ()

    def images(self, node: str = "") -> str:
        """The images that nodes have pulled, or one of them, as a container engine lists them: a text."""
        return listing.list_images(self.state, node)

    def ps(self, node: str = "", *, all: bool = False) -> str:
        """The containers that run on nodes, or on one of them, as a container engine lists them: a text. With `all`
        also those that have ended or not begun."""
        return listing.list_containers(self.state, self.loop.clock.now, node, all)

    def wipe(self, node: str) -> None:
        """A node has no images any more, and nothing on its disk."""
        self.state.wiped[node] = None
        for image in tuple(self.state.images.bucket(node) or ()):
            self.state.images.discard(node, image)
        for owner in (volumes.on_machine(node), volumes.left_on(node)):
            self.state.volumes.pop(owner, None)

    def declare(self, pattern: str, **more: Any) -> None:
        """From now on something more holds for the images that a pattern names: see `Rule`."""
        old = next((rule for rule in self.state.registry if rule.pattern == pattern), Rule(pattern))
        others = (rule for rule in self.state.registry if rule.pattern != pattern)
        self.state.registry = (evolved(old, **more), *others)

    # Sandboxes

    def run_sandbox(
        self,
        *,
        node: str,
        owner: str,
        namespace: str,
        name: str,
        hostname: str,
        ip: str,
        attempt: int,
        hosts: str = "",
        resolver: str = "",
        shared: bool = False,
    ) -> Sandbox:
        """Start a sandbox with its pause container.

        `hosts` and `resolver` are what its containers find in `/etc/hosts` and `/etc/resolv.conf`, if not the usual.
        """
        sandbox = Sandbox(
            id=self._id(),
            node=node,
            owner=owner,
            namespace=namespace,
            name=name,
            hostname=hostname,
            ip=ip,
            attempt=attempt,
            created_at=self.loop.clock.now,
            hosts=hosts,
            resolver=resolver,
            shared=shared,
        )
        self.state.add_sandbox(sandbox)
        return sandbox

    def stop_sandbox(self, sandbox: str) -> None:
        """End a sandbox: its containers are killed at once, its address is free."""
        found = self.state.sandboxes.get(sandbox)
        if found is None:
            return
        for container in self.containers(sandbox):
            if container.state == "running":
                self._exit(container, executing.KILLED, told=False)
        self.state.sandboxes[sandbox] = evolved(found, ready=False)

    def remove_sandbox(self, sandbox: str) -> None:
        """Forget a sandbox and everything in it, and with the last one of its owner its volumes. O(its containers)."""
        self.stop_sandbox(sandbox)
        for container in self.containers(sandbox):
            self.remove_container(container.id)
        self.state.drop_sandbox(sandbox)

    def sandbox(self, sandbox: str) -> Sandbox | None:
        """The sandbox, or None once it is gone."""
        return self.state.sandboxes.get(sandbox)

    def sandboxes(self) -> tuple[Sandbox, ...]:
        """All sandboxes of all nodes, oldest first."""
        return tuple(self.state.sandboxes.values())

    # Containers

    def create_container(
        self,
        sandbox: str,
        *,
        name: str,
        image: str,
        command: tuple[str, ...],
        args: tuple[str, ...],
        env: Mapping[str, str],
        attempt: int,
        files: Mapping[str, Content] = EMPTY_MAP,
        links: FrozenMap[str, str] = EMPTY_MAP,
        mounts: Iterable[Mount] = (),
        user: User = ROOT,
        read_only: bool = False,
        cwd: str = "/",
        stdin: bool = False,
        awaited: bool = False,
        memory_limit: int = 0,
        id: str = "",
    ) -> Container:
        """Create a container in a sandbox. Raises RuntimeRefused if the sandbox is gone.

        Its environment is `env`, and of `links` what that does not have; they are kept as they are, for many to share.
        `mounts` are its volumes. What is in them stays when a container is restarted; those of the sandbox's owner are
        gone with the sandbox. Its processes begin in the folder `cwd` as a `user`, and if it is `read_only` they can
        write to its volumes only. With `stdin` its process reads what is fed to it. If its end is `awaited`, and nobody
        knows what its image does, it ends at once and says so. It is known by `id`, if no other one is. Beyond its
        `memory_limit` in bytes, if there is one, it is killed.
        """
        mounts = tuple(sorted(mounts, key=lambda mount: len(mount.path)))
        if sandbox not in self.state.sandboxes:
            raise RuntimeRefused(f"sandbox {sandbox} not found")
        container = Container(
            id=id if id and id not in self.state.containers else self._id(),
            sandbox=sandbox,
            name=name,
            image=image,
            image_ref=read(image).full,
            command=command,
            args=args,
            env=FrozenMap(env),
            links=links,
            files=FrozenMap(files),
            mounts=mounts,
            rights=volumes.rights_of(mounts, user, read_only=read_only),
            cwd=cwd,
            attempt=attempt,
            stdin=stdin,
            awaited=awaited,
            memory_limit=memory_limit,
            pid=peers.next_pid(self.state, sandbox) if self.state.sandboxes[sandbox].shared else 1,
            state="created",
            created_at=self.loop.clock.now,
        )
        self.state.add_container(container)
        return container

    def start_container(self, container: str) -> Container:
        """Start the process. It runs up to its first wait before this returns.

        Raises RuntimeRefused if it cannot be started: then the container has ended with 128, and was never running.
        """
        found = self._at(container, "start")
        try:
            script, words = behavior_of(self.state.behaviors, self.functions, found)
            if words is not None:
                found = self._ready(found)
            machine = None if words is None else self._machine(found, words, found.stdin)
        except RuntimeRefused as refusal:
            self._failed(found, str(refusal))
            raise
        found = evolved(
            found,
            state=TRANSITIONS[found.state, "start"],
            started_at=self.loop.clock.now,
            script=script,
            machine=machine,
            unknown=(script.not_simulated,) if script.not_simulated else (),
        )
        self.state.containers[container] = found
        if script.log:
            self.say(container, script.log.splitlines())
        if machine is not None:
            self._resume(found)
        elif script.acts:
            self._turn(found, "start")
        elif (runs := script.runs_for(found.attempt)) is not None:
            self._schedule(found, "exit", runs)
        self._watch_memory(container)
        return self.state.containers[container]

    def take_over(self, container: str, started_at: float) -> None:
        """Start the process of a container that runs since a time; one that cannot be simulated is only said to."""
        try:
            self.start_container(container)
        except RuntimeRefused:
            failed = self.state.containers[container]
            self.state.containers[container] = evolved(
                failed, state="running", finished_at=None, exit_code=None, reason="", message=""
            )
        self.state.containers[container] = evolved(self.state.containers[container], started_at=started_at)

    def ended_before(
        self, container: str, started_at: float | None, finished_at: float, exit_code: int, reason: str, message: str
    ) -> None:
        """A container that was created has ended already, and how. It has no log any more."""
        self.state.containers[container] = evolved(
            self.state.containers[container],
            state="exited",
            started_at=started_at,
            finished_at=finished_at,
            exit_code=exit_code,
            reason=reason,
            message=message,
        )

    def _failed(self, container: Container, why: str) -> None:
        """A container could not be started."""
        self.state.containers[container.id] = evolved(
            container,
            state=TRANSITIONS[container.state, "fail"],
            finished_at=self.loop.clock.now,
            exit_code=START_FAILED,
            reason="StartError",
            message=why,
        )

    def stop_container(self, container: str, grace_seconds: float) -> None:
        """Send SIGTERM, and SIGKILL after the grace period if the process is still there."""
        found = self.state.containers.get(container)
        if found is None or found.state != "running" or found.stopping:
            return
        found = evolved(found, stopping=True)
        self.state.containers[container] = found
        if found.machine is not None:
            self._told(found, "TERM")
            found = self.state.containers[container]
            if found.state == "running":
                self.loop.schedule("runtime", ("kill", container), delay=grace_seconds)
            return
        if found.script.acts:
            self.loop.schedule("runtime", ("kill", container), delay=grace_seconds)
            self._turn(found, "TERM")
            return
        found = evolved(found, epoch=found.epoch + 1)
        self.state.containers[container] = found
        if found.script.stop > grace_seconds:
            self.loop.schedule("runtime", ("kill", container), delay=grace_seconds)
        elif found.script.stop > 0:
            self._schedule(found, "stopped", found.script.stop)
        else:
            self._exit(found, found.script.stop_exit)

    def crash(self, container: str, exit_code: int) -> None:
        """Have a process end by itself at once. Nothing happens to one that does not run."""
        found = self.state.containers.get(container)
        if found is not None and found.state == "running":
            self._exit(found, exit_code)

    def kill_container(self, container: str) -> None:
        """Send SIGKILL."""
        found = self.state.containers.get(container)
        if found is not None and found.state == "running":
            self._exit(found, executing.KILLED)

    def remove_container(self, container: str) -> None:
        """Forget a container that is not running, with its log."""
        self.state.drop_container(container)

    def container(self, container: str) -> Container | None:
        """The container as it is now, or None once it is gone."""
        return self.state.containers.get(container)

    def containers(self, sandbox: str) -> tuple[Container, ...]:
        """The containers of a sandbox, oldest first."""
        return self.state.inside(sandbox)

    def logs(self, container: str) -> Sequence[LogLine]:
        """Everything that a container has written so far; what it writes later is not in it."""
        return self.state.logs.get(container, NO_LINES)

    def listens(self, container: Container, port: int, protocol: str = "TCP") -> bool:
        """Whether a running container takes connections on a port, or datagrams."""
        if container.state != "running":
            return False
        script = container.script
        if script.opens and self.loop.clock.now < (container.started_at or 0.0) + script.opens:
            return False
        listens = script.listens if container.machine is None else container.machine.listens
        if protocol != "TCP":
            listens = container.script.datagrams if container.machine is None else ()
        return listens is None or port in listens

    def files(self, container: Container) -> Mapping[str, Content]:
        """What a container finds in its files by now, by path; a folder's path ends in a slash."""
        return self._ready(container).files

    def file(self, container: Container, path: str) -> str | None:
        """The text of a file that a container finds; None if there is none."""
        content = None if path.endswith("/") else self.files(container).get(path)
        return self.issue(content) if isinstance(content, Issued) else None if content is None else str(content)

    def remember(self, container: str, text: str) -> None:
        """Let the server in a container keep a text while it runs."""
        self.state.containers[container] = evolved(self.state.containers[container], kept=text)

    def exec(self, container: str, command: tuple[str, ...], timeout: float = inf, ago: float = 0.0) -> ExecResult:
        """Run a command in a running container. It sees and changes the container's files.

        The answer says how long it took; at `timeout` seconds it is cut off. A scripted container answers as it did
        `ago` seconds before. Raises RuntimeRefused if the container does not run.
        """
        found = self.state.containers.get(container)
        if found is None or found.state != "running":
            raise RuntimeRefused(f"container {container} is not running")
        if found.script.scripted:
            ran = exact(self.loop.clock.now - (found.started_at or 0.0) - ago)
            return executing.scripted_exec(ran, command, timeout)
        found = self.state.containers[container] = self._ready(found)
        return self._shell_exec(found, command, timeout)

    # Sessions

    def begin(self, container: str, options: ConnectOptions) -> Talk:
        """Begin to run a command in a running container. Raises RuntimeRefused if that does not run.

        Nothing happens before somebody looks at what comes of it.
        """
        found = self.state.containers.get(container)
        if found is None or found.state != "running":
            raise RuntimeRefused(f"container {container} is not running")
        if found.script.scripted:
            ran = exact(self.loop.clock.now - (found.started_at or 0.0))
            return sessions.Told(self, options, executing.scripted_exec(ran, options.command, inf))
        found = self.state.containers[container] = self._ready(found)
        try:
            machine = self._executing(found, options.command, options.stdin)
        except RuntimeRefused:
            return sessions.Refused(
                "failed to exec in container: OCI runtime exec failed: exec failed: unable to start container process: "
                + not_found(options.command[0])
            )
        return sessions.Execution(self, container, options, machine)

    def went_on(self, container: str, machine: Machine, moment: float) -> tuple[Machine, str, str]:
        """Let a command in a running container go on; what it has printed to its output, and as errors."""
        found = self.state.containers[container] = self._ready(self.state.containers[container])
        host = self._host(found)
        host = evolved(host, now=moment, unix=host.unix + moment - host.now)
        machine = evolved(machine, files=found.files, stats=found.stats)
        machine, out, err = machine.resume_apart(host)
        self._was_in(container, machine)
        return evolved(machine, sent=()), out, err

    def feed(self, container: str, text: str) -> None:
        """Write to the standard input of a container, if its process has one."""
        self._changed_input(container, lambda machine: machine.fed_with(text))

    def close_input(self, container: str) -> None:
        """Say that no more input comes for a container."""
        self._changed_input(container, machines.Machine.without_input)

    def _changed_input(self, container: str, change: Callable[[Machine], Machine]) -> None:
        found = self.state.containers.get(container)
        if found is not None and found.machine is not None and found.state == "running":
            found = self.state.containers[container] = evolved(found, machine=change(found.machine))
            self._schedule(found, "resume", 0.0)

    # Small things

    def _at(self, container: str, event: str) -> Container:
        found = self.state.containers.get(container)
        if found is None:
            raise RuntimeRefused(f"container {container} not found")
        if (found.state, event) not in TRANSITIONS:
            raise RuntimeRefused(f"container {container} is {found.state}: it cannot {event}")
        return found

    def _id(self) -> str:
        self.state.serial = serial = self.state.serial + 1
        return f"{self.loop.entropy.bits('container', serial):032x}{serial:032x}"

    def check(self) -> None:
        """Walk everything and raise AssertionError where a record contradicts another."""
        self.state.check()
