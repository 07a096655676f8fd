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

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from .apiserver.request import ConnectOptions
from .clock import exact
from .containers import executing, listing, pages, peers, sessions, volumes
from .containers import machine as machines
from .containers.acting import StateMachine, turn_of
from .containers.behavior import SCRIPT_IMAGE, Script, checked
from .containers.deciding import Functions, RuntimeRefused, behavior_of, is_simulated, start_of
from .containers.files import NOTHING, ROOT, Content, Issued, Tree, User
from .containers.images import PullRefused, Rule, seconds_of_pull
from .containers.records import (
    NO_LINES,
    PAUSE_IMAGE,
    Container,
    ExecResult,
    Inside,
    LogLine,
    Mount,
    Net,
    Sandbox,
)
from .containers.state import RuntimeState
from .containers.tape import Tape
from .errors import UsageError
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

TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("created", "start"): "running",
    ("created", "fail"): "exited",
    ("running", "exit"): "exited",
    ("created", "remove"): "gone",
    ("exited", "remove"): "gone",
}
NOT_FOUND = 127
START_FAILED = 128
"""How a container ends whose process could not be started."""


FILE_BYTES, ROTATION_SECONDS = 10 * 1024 * 1024, 10.0
"""How many bytes the file of a log may have (`containerLogMaxSize`), and how often somebody looks."""

LINE_BYTES = 40
"""What a line has in the file beside its text: when it was written, to which stream, and its end."""


class FakeRuntime:
    """One runtime for all nodes of a cluster. `on_exit` is called with a container that has ended by
    itself, `on_write` with one that has written, and the lines, `on_page` with one whose page has come or gone,
    `on_fill` with the owner and name of a volume that processes have changed; `issue` writes tokens, and `shows` says
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
        for owner in (f"node/{node}", f"left/{node}"):
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

    def _machine(self, container: Container, words: tuple[str, ...], stdin: bool) -> Machine:
        """A machine that is about to run a command line with what the container has."""
        disk = {"files": container.files, "stats": container.stats, "rights": container.rights}
        return machines.Machine.executing(words, container.env, container.links, stdin, container.cwd, **disk)

    def _ready(self, container: Container) -> Container:
        """The container with all the files that it finds, as they are by now. O(its mounts), if none is new."""
        if "/etc/hostname" not in container.files:
            found, shown = volumes.etc(self.state.sandboxes[container.sandbox], self._net.dns), self.shows(container)
            files = FrozenMap({**pages.files_of(container.image), **found, **shown.files, **container.files})
            container = evolved(container, files=files, stats=FrozenMap({**shown.stats, **container.stats}))
        return volumes.with_volumes(self.state, container)

    def show_anew(self, container: str) -> None:
        """What a container is shown of itself has changed."""
        found = self.state.containers[container]
        if "/etc/hostname" in found.files:
            files = found.files.with_(self.shows(found).files)
            self.state.containers[container] = evolved(found, files=files)

    # Running processes

    def run(self, item: tuple[Hashable, ...]) -> None:
        """What the loop asks for: a process goes on, ends, or is killed."""
        what, container = str(item[0]), str(item[1])
        found = self.state.containers.get(container)
        if what == "rotate":
            self._rotate(container)
        if what == "rotate" or found is None or found.state != "running":
            return
        if what == "kill":
            self._exit(found, executing.KILLED)
        elif what == "memory":
            self._watch_memory(container)
        elif found.epoch != item[2]:
            return
        elif what == "resume":
            self._resume(found)
        elif what == "exit":
            self._exit(found, found.script.exit_code(found.attempt))
        elif what == "stopped":
            self._exit(found, found.script.stop_exit)
        elif what == "turn":
            self._turn(found, "timer")

    def _rotate(self, container: str) -> None:
        """The log of a container goes on in a new file, which is the one that is shown from then on."""
        if container in self.state.logs:
            self.state.file_from[container] = len(self.state.logs[container])
            self.state.file_bytes[container] = 0

    def file_begins(self, container: str) -> int:
        """With which of the lines that a container has written the file begins that is its log."""
        return self.state.file_from.get(container, 0)

    def _turn(self, container: Container, event: str) -> None:
        """Ask a process that a user has written what it does when something happens to it."""
        name = container.script.acts
        machine, start = self.functions.get(name), start_of(container)
        if not isinstance(machine, StateMachine):
            raise UsageError(f"the behavior of {name} is a state machine that this cluster does not have: runtime.on")
        turn = turn_of(machine, container.knows, event, start, name)
        script = container.script if turn.script is None else evolved(turn.script, acts=name)
        found = evolved(container, knows=turn.state, script=script, epoch=container.epoch + 1)
        self.state.containers[container.id] = found
        self.say(container.id, turn.log.splitlines())
        self.on_page(found)
        if turn.exit is not None:
            self._exit(found, turn.exit)
        elif turn.wait is not None:
            self._schedule(found, "turn", turn.wait)

    def limit_memory(self, container: str, limit: int) -> None:
        """From now on a container may use so many bytes; 0 for no limit."""
        found = self.state.containers.get(container)
        if found is not None and found.memory_limit != limit:
            self.state.containers[container] = evolved(found, memory_limit=limit)
            self._watch_memory(container)

    def _watch_memory(self, container: str) -> None:
        """Kill a process that uses more memory than it may, or look again when it will."""
        found = self.state.containers[container]
        if found.state != "running" or not found.memory_limit or found.started_at is None:
            return
        after = found.script.too_much_after(found.memory_limit)
        if after is None:
            return
        ran = exact(self.loop.clock.now - found.started_at)
        if ran >= after:
            self._exit(found, executing.KILLED, reason="OOMKilled")
        else:
            self.loop.schedule_at("runtime", ("memory", container), exact(found.started_at + after))

    def memory_used(self, container: Container) -> int:
        """How many bytes a container uses now, as far as its behaviour says."""
        return container.script.memory_after(exact(self.loop.clock.now - (container.started_at or 0.0)))

    def _schedule(self, container: Container, what: str, delay: float) -> None:
        self._schedule_at(container, what, self.loop.clock.now + delay)

    def _schedule_at(self, container: Container, what: str, due: float) -> None:
        self.loop.schedule_at("runtime", (what, container.id, container.epoch), due)

    def _resume(self, container: Container) -> None:
        container = self._ready(container)
        machine, lines = self._inner(container).resume(self._host(container))
        self._went_on(container, machine, lines)

    def _signal(self, container: Container, name: str) -> None:
        container = self._ready(container)
        before = self._inner(container)
        machine, lines = before.signal(name, self._host(container))
        if machine is not before:
            self._went_on(container, machine, lines)

    def _inner(self, container: Container) -> Machine:
        """The machine of a container, with the container's files."""
        machine = container.machine
        assert machine is not None
        if machine.files is container.files and machine.stats is container.stats:
            return machine
        return evolved(machine, files=container.files, stats=container.stats)

    def _went_on(self, container: Container, machine: Machine, lines: tuple[str, ...]) -> None:
        """Note what became of a machine, and when it goes on; when it was to go on before no longer counts."""
        container = evolved(
            container,
            machine=evolved(machine, unknown=()),
            unknown=tuple(dict.fromkeys((*container.unknown, *machine.unknown))),
            epoch=container.epoch + 1,
        )
        self._left_files(container, machine)
        self.say(container.id, lines, cut=machine.exit_code is not None and bool(machine.partial))
        if machine.exit_code is not None:
            self._exit(self.state.containers[container.id], machine.exit_code)
        elif machine.wakes is not None and machine.wakes < inf:
            self._schedule_at(container, "resume", machine.wakes)

    def _left_files(self, container: Container, machine: Machine) -> None:
        """Let a container have the files as its processes have left them, and others see what is shared with them."""
        before, owner, was = container.seen, self.state.sandboxes[container.sandbox], container
        if machine.files is not container.files:
            container = evolved(container, files=machine.files, stats=machine.stats)
            if container.mounts:
                container = volumes.keep(self.state, container)
        self.state.containers[container.id] = container
        if pages.is_gone(was) != pages.is_gone(container):
            self.on_page(container)
        for mount, old, new in zip(container.mounts, before, container.seen, strict=False):
            if old is not new:
                self.on_fill(*mount.volume)
                self._changed_volume(owner.id, mount.volume, but=container.id)

    def _changed_volume(self, sandbox: str, volume: tuple[str, str], but: str = "") -> None:
        """Let those go on in a sandbox who wait for something in a volume."""
        for other in self.state.inside(sandbox):
            waits = other.machine is not None and other.state == "running" and other.machine.watches_files
            if waits and other.id != but and any(mount.volume == volume for mount in other.mounts):
                self._schedule(other, "resume", 0.0)

    def fill(self, sandbox: str, volume: tuple[str, str], tree: Tree) -> None:
        """Put something in place of what is in a volume, for all that are in a sandbox."""
        self.state.fill(*volume, tree)
        self._changed_volume(sandbox, volume)

    def say(self, container: str, lines: Sequence[str], *, cut: bool = False) -> None:
        """Have lines in the log of a container, of which the last one may not have been ended."""
        if lines:
            now, last = self.loop.clock.now, len(lines) - 1
            written = tuple(LogLine(now, line, cut and place == last) for place, line in enumerate(lines))
            self.state.logs[container] = self.state.logs.get(container, Tape()).plus(*written)
            size = self.state.file_bytes.get(container, 0) + sum(map(len, lines)) + LINE_BYTES * len(lines)
            if size > FILE_BYTES >= self.state.file_bytes.get(container, 0):
                due = (now // ROTATION_SECONDS + 1) * ROTATION_SECONDS
                self.loop.schedule_at("runtime", ("rotate", container), exact(due))
            self.state.file_bytes[container] = size
            self.on_write(self.state.containers[container], written)

    def _exit(self, container: Container, code: int, *, told: bool = True, reason: str = "") -> None:
        script = container.script
        natural = code == script.exit_code(container.attempt) and not container.stopping
        reason = reason or (script.reason if natural and script.reason else "Completed" if code == 0 else "Error")
        ended = evolved(
            container,
            state=TRANSITIONS["running", "exit"],
            finished_at=self.loop.clock.now,
            exit_code=code,
            reason=reason,
            message=script.message,
            epoch=container.epoch + 1,
        )
        self.state.containers[container.id] = ended
        if told:
            self.on_exit(ended)

    def _host(self, container: Container) -> Inside:
        clock = self.loop.clock
        sandbox, seen = self.state.sandboxes[container.sandbox], partial(peers.seen_from, self.state, container)
        return Inside(sandbox, self._net, clock.now, clock.unix, self.issue, seen)

    # Exec

    def _shell_exec(self, container: Container, command: tuple[str, ...], timeout: float) -> ExecResult:
        try:
            machine = self._executing(container, command)
        except RuntimeRefused as refusal:
            text = f"{refusal}; kemu simulates only some programs: see cluster.runtime.on"
            return ExecResult(NOT_FOUND, text, refused=True)
        machine, result = executing.run_through(machine, self._host(container), timeout)
        self._was_in(container.id, machine)
        return result

    def _executing(self, container: Container, command: tuple[str, ...], stdin: bool = False) -> Machine:
        """A machine that is about to run a command in a container. Raises RuntimeRefused for an unknown program."""
        is_simulated(container, command, True)
        return evolved(self._machine(container, command, stdin), guest=True)

    def _was_in(self, name: str, machine: Machine) -> None:
        """A command has run in a container: whoever waits there for a file that it has changed goes on."""
        container = self.state.containers[name]
        if machine.files is not container.files:
            self._left_files(container, machine)
            if container.machine is not None and container.machine.watches_files:
                self._schedule(container, "resume", 0.0)
        for pid, signal in machine.sent:
            for peer in peers.seen_from(self.state, self.state.containers[name]):
                if peer.pid == pid and peer.container:
                    self._sent(peer.container, signal)

    def _told(self, container: Container, signal: str) -> None:
        """Deliver a signal to a process of the machine. The first process of a namespace ignores what it has no trap
        for; others end by it."""
        machine, shared = container.machine, self.state.sandboxes[container.sandbox].shared
        assert machine is not None
        if shared and machine.processes and not machine.processes[0].traps.get(signal) and signal in machines.SIGNALS:
            self._exit(container, 128 + machines.SIGNALS[signal])
        else:
            self._signal(container, signal)

    def _sent(self, name: str, signal: str) -> None:
        """Somebody in a pod has sent the process of a container a signal.

        Servers expect to be ended, and to read again what they go by; KILL is no signal that the first process of a
        namespace gets from inside.
        """
        container = self.state.containers[name]
        if container.state != "running":
            return
        if signal == "KILL":
            if self.state.sandboxes[container.sandbox].shared:
                self._exit(container, executing.KILLED)
        elif container.machine is not None:
            self._told(container, signal)
        elif container.script.acts:
            self._turn(container, signal)
        elif signal in ("TERM", "INT", "QUIT"):
            self._schedule(container, "stopped", container.script.stop)

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
                f'exec: "{options.command[0]}": executable file not found in $PATH'
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
