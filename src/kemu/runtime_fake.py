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

from collections.abc import Callable, Hashable, Mapping, Sequence
from math import inf
from typing import Any

import attrs

from .apiserver.request import ConnectOptions
from .clock import exact
from .containers.behavior import (
    PROGRAMS,
    SCRIPT_IMAGE,
    SERVERS,
    SHELL_IMAGES,
    Script,
    Start,
    agnhost,
    checked,
    program_of,
    scripted,
)
from .containers.executing import KILLED, run_through, scripted_exec
from .containers.images import PullRefused, Rule, seconds_of_pull
from .containers.listing import list_containers, list_images
from .containers.machine import Machine
from .containers.records import (
    NO_LINES,
    PAUSE_IMAGE,
    Container,
    ExecResult,
    Inside,
    LogLine,
    Net,
    Sandbox,
)
from .containers.references import matches, read
from .containers.sessions import Execution, Refused, Talk, Told
from .containers.state import RuntimeState
from .containers.tape import Tape
from .containers.volumes import etc, mounted, share
from .errors import KemuError, UsageError
from .loop import Loop
from .values.frozen import EMPTY_MAP, FrozenMap

__all__ = ["PAUSE_IMAGE", "Container", "ExecResult", "FakeRuntime", "LogLine", "Net", "RuntimeRefused", "Sandbox"]

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

EVERYWHERE = ("sh", "bash", "ash", "dash", "sleep", "echo", "true", "false", "cat", "tail")
"""Programs that are simulated in every image, and not only in those that are little more than a shell."""

Functions = Mapping[str, Callable[[Start], Script]]


class RuntimeRefused(KemuError):
    """The runtime cannot do what it was asked to; the text is what a real one says."""


class FakeRuntime:
    """One runtime for all nodes of a cluster. `on_exit` is called with a container that has ended by
    itself, `on_write` with one that has written, and the lines.

    `functions` are the behaviours that are functions, by the names under which the state speaks of them.
    """

    __slots__ = ("_net", "functions", "loop", "on_exit", "on_write", "state")

    def __init__(
        self, loop: Loop, net: Net, state: RuntimeState | None = None, functions: Functions = EMPTY_MAP
    ) -> None:
        self.loop = loop
        self._net = net
        self.state = state or RuntimeState()
        self.functions = functions
        self.on_exit: Callable[[Container], None] = lambda container: None
        self.on_write: Callable[[Container, Sequence[LogLine]], None] = lambda container, lines: None
        loop.attach("runtime", self)

    def on(self, image_pattern: str, behavior: Any) -> None:
        """Have containers of matching images behave so: a `Script`, a dict of its fields, or a function of a `Start`.

        The pattern is a shell wildcard over the image's name; without a tag it means every tag. The latest matching
        registration counts, for containers that start from now on. Raises UsageError for anything that is no behaviour.
        """
        given = checked(behavior)
        others = (each for each in self.state.behaviors if each[0] != image_pattern)
        if isinstance(given, Script):
            self.state.behaviors = ((image_pattern, given), *others)
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
        return list_images(self.state, node)

    def ps(self, node: str = "", *, all: bool = False) -> str:
        """The containers that run on nodes, or on one of them, as a container engine lists them: a text. With `all`
        also those that have ended or not begun."""
        return list_containers(self.state, self.loop.clock.now, node, all)

    def wipe(self, node: str) -> None:
        """A node has no images any more."""
        self.state.wiped[node] = None
        for image in tuple(self.state.images.bucket(node) or ()):
            self.state.images.discard(node, image)

    def declare(self, pattern: str, **more: Any) -> None:
        """From now on something more holds for the images that a pattern names: see `Rule`."""
        old = next((rule for rule in self.state.registry if rule.pattern == pattern), Rule(pattern))
        others = (rule for rule in self.state.registry if rule.pattern != pattern)
        self.state.registry = (attrs.evolve(old, **more), *others)

    # Sandboxes

    def run_sandbox(
        self, *, node: str, owner: str, namespace: str, name: str, hostname: str, ip: str, attempt: int
    ) -> Sandbox:
        """Start a sandbox with its pause container."""
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
                self._exit(container, KILLED, told=False)
        self.state.sandboxes[sandbox] = attrs.evolve(found, ready=False)

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
        files: Mapping[str, str],
        attempt: int,
        links: FrozenMap[str, str] = EMPTY_MAP,
        mounts: Mapping[str, str] = EMPTY_MAP,
        stdin: bool = False,
    ) -> Container:
        """Create a container in a sandbox. Raises RuntimeRefused if the sandbox is gone.

        Its environment is `env`, and of `links` what that does not have; they are kept as they are, for many to share.
        `mounts` are folders that it shares with other containers of the sandbox's owner, and the names of the volumes
        behind them. What is in them stays when a container is restarted, and is gone with the sandbox. With `stdin` its
        process reads what is fed to it.
        """
        if sandbox not in self.state.sandboxes:
            raise RuntimeRefused(f"sandbox {sandbox} not found")
        container = Container(
            id=self._id(),
            sandbox=sandbox,
            name=name,
            image=image,
            image_ref=read(image).full,
            command=command,
            args=args,
            env=FrozenMap(env),
            links=links,
            files=FrozenMap(files),
            mounts=FrozenMap(mounts),
            attempt=attempt,
            stdin=stdin,
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
            script, machine = self._behavior(found)
        except RuntimeRefused as refusal:
            self._failed(found, str(refusal))
            raise
        found = attrs.evolve(
            found,
            state=TRANSITIONS[found.state, "start"],
            started_at=self.loop.clock.now,
            script=script,
            machine=machine,
            unknown=(script.not_simulated,) if script.not_simulated else (),
        )
        self.state.containers[container] = found
        if script.log:
            self._log(container, script.log.splitlines())
        if machine is not None:
            self._resume(found)
        elif script.run is not None:
            self._schedule(found, "exit", script.run)
        return self.state.containers[container]

    def _failed(self, container: Container, why: str) -> None:
        """A container could not be started."""
        self.state.containers[container.id] = attrs.evolve(
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
        found = attrs.evolve(found, stopping=True)
        self.state.containers[container] = found
        if found.machine is not None:
            self._signal(found, "TERM")
            found = self.state.containers[container]
            if found.state == "running":
                self.loop.schedule("runtime", ("kill", container), delay=grace_seconds)
            return
        found = attrs.evolve(found, epoch=found.epoch + 1)
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
            self._exit(found, KILLED)

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

    def listens(self, container: Container, port: int) -> bool:
        """Whether a running container takes connections on a port."""
        if container.state != "running":
            return False
        listens = container.script.listens if container.machine is None else container.machine.listens
        return listens is None or port in listens

    def exec(self, container: str, command: tuple[str, ...], timeout: float = inf, ago: float = 0.0) -> ExecResult:
        """Run a command in a running container. It sees and changes the container's files.

        The answer says how long it took; at `timeout` seconds it is cut off. A scripted container answers as it did
        `ago` seconds before. Raises RuntimeRefused if the container does not run.
        """
        found = self.state.containers.get(container)
        if found is None or found.state != "running":
            raise RuntimeRefused(f"container {container} is not running")
        if found.script.scripted:
            return scripted_exec(exact(self.loop.clock.now - (found.started_at or 0.0) - ago), command, timeout)
        return self._shell_exec(found, command, timeout)

    # Deciding what a container does

    def _behavior(self, container: Container) -> tuple[Script, Machine | None]:
        start = Start(image=container.image, command=container.command, args=container.args, attempt=container.attempt)
        for pattern, behavior in self.state.behaviors:
            if matches(pattern, container.image):
                return self._script(pattern, behavior, start), None
        image = read(container.image)
        if image.repository == SCRIPT_IMAGE:
            try:
                return scripted((*container.command, *container.args)), None
            except ValueError as problem:
                raise RuntimeRefused(str(problem)) from None
        words = (*container.command, *container.args)
        name = image.name
        if self._is_simulated(container, words, name in SHELL_IMAGES):
            found = etc(self.state.sandboxes[container.sandbox], self._net.dns)
            files = FrozenMap({**found, **container.files, **mounted(self.state, container)})
            machine = Machine.executing(words or ("sh",), container.env, files, container.links, container.stdin)
            return Script(listens=()), machine
        if name == "agnhost":
            return agnhost(container.command, container.args), None
        return Script(listens=SERVERS.get(name)), None

    def _script(self, pattern: str, behavior: Script | str, start: Start) -> Script:
        """What a registered behaviour says of a container. Raises UsageError for a function that gives no script."""
        if isinstance(behavior, Script):
            return behavior
        if behavior not in self.functions:
            raise UsageError(f"the behavior of {pattern} is a function that this cluster does not have: see runtime.on")
        script = self.functions[behavior](start)
        if not isinstance(script, Script):
            raise UsageError(f"the behavior of {pattern} returned {type(script).__name__}: return a kemu.Script")
        return script

    def _is_simulated(self, container: Container, words: tuple[str, ...], is_shell_image: bool) -> bool:
        """Whether the machine runs a command line, rather than that the default behaviour applies.

        Raises RuntimeRefused for a program that the image would have to have and does not.
        """
        if not words:
            return is_shell_image
        name = program_of(words[0])
        if name in EVERYWHERE or words[0] in container.files:
            return True
        from .containers.commands import COMMANDS  # only clusters with shell containers need the programs

        if is_shell_image and name not in COMMANDS and name not in PROGRAMS:
            raise RuntimeRefused(
                "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
                "runc create failed: unable to start container process: error during container init: "
                f'exec: "{words[0]}": executable file not found in $PATH'
            )
        return is_shell_image

    # Running processes

    def run(self, item: tuple[Hashable, ...]) -> None:
        """What the loop asks for: a process goes on, ends, or is killed."""
        what, container = str(item[0]), str(item[1])
        found = self.state.containers.get(container)
        if found is None or found.state != "running":
            return
        if what == "kill":
            self._exit(found, KILLED)
        elif found.epoch != item[2]:
            return
        elif what == "resume":
            self._resume(found)
        elif what == "exit":
            self._exit(found, found.script.exit_code(found.attempt))
        elif what == "stopped":
            self._exit(found, found.script.stop_exit)

    def _schedule(self, container: Container, what: str, delay: float) -> None:
        self._schedule_at(container, what, self.loop.clock.now + delay)

    def _schedule_at(self, container: Container, what: str, due: float) -> None:
        self.loop.schedule_at("runtime", (what, container.id, container.epoch), due)

    def _resume(self, container: Container) -> None:
        assert container.machine is not None
        machine, lines = container.machine.resume(self._host(container))
        self._went_on(container, machine, lines)

    def _signal(self, container: Container, name: str) -> None:
        assert container.machine is not None
        machine, lines = container.machine.signal(name, self._host(container))
        if machine is not container.machine:
            self._went_on(container, machine, lines)

    def _went_on(self, container: Container, machine: Machine, lines: tuple[str, ...]) -> None:
        """Note what became of a machine, and when it goes on; when it was to go on before no longer counts."""
        container = self.state.containers[container.id] = attrs.evolve(
            container,
            machine=attrs.evolve(machine, unknown=()),
            files=machine.files,
            unknown=tuple(dict.fromkeys((*container.unknown, *machine.unknown))),
            epoch=container.epoch + 1,
        )
        self._share(container)
        self._log(container.id, lines)
        if machine.exit_code is not None:
            self._exit(container, machine.exit_code)
        elif machine.wakes is not None and machine.wakes < inf:
            self._schedule_at(container, "resume", machine.wakes)

    def _share(self, container: Container) -> None:
        """Let others of its sandbox see what a container has written for them, and go on if they wait for it."""
        for other in share(self.state, container) if container.mounts else ():
            if other.machine is not None and other.machine.watches_files:
                self._schedule(other, "resume", 0.0)

    def _log(self, container: str, lines: Any) -> None:
        if lines:
            now = self.loop.clock.now
            written = tuple(LogLine(now, line) for line in lines)
            self.state.logs[container] = self.state.logs.get(container, Tape()).plus(*written)
            self.on_write(self.state.containers[container], written)

    def _exit(self, container: Container, code: int, *, told: bool = True) -> None:
        script = container.script
        natural = code == script.exit_code(container.attempt) and not container.stopping
        reason = script.reason if natural and script.reason else "Completed" if code == 0 else "Error"
        ended = attrs.evolve(
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
        return Inside(self.state.sandboxes[container.sandbox], self._net, self.loop.clock.now, self.loop.clock.unix)

    # Exec

    def _shell_exec(self, container: Container, command: tuple[str, ...], timeout: float) -> ExecResult:
        try:
            machine = self._executing(container, command)
        except RuntimeRefused as refusal:
            text = f"{refusal}; kemu simulates only some programs: see cluster.runtime.on"
            return ExecResult(NOT_FOUND, text, refused=True)
        machine, result = run_through(machine, self._host(container), timeout)
        self._left_files(container.id, machine)
        return result

    def _executing(self, container: Container, command: tuple[str, ...], stdin: bool = False) -> Machine:
        """A machine that is about to run a command in a container. Raises RuntimeRefused for an unknown program."""
        self._is_simulated(container, command, True)
        return Machine.executing(command, container.env, self._files(container), container.links, stdin)

    def _files(self, container: Container) -> FrozenMap[str, str]:
        return container.files if container.machine is None else container.machine.files

    def _left_files(self, name: str, machine: Machine) -> None:
        """Let a container have the files as a command has left them, and who waits for one of them go on."""
        container = self.state.containers[name]
        inner = container.machine
        if inner is not None:
            inner = attrs.evolve(inner, files=machine.files)
        container = self.state.containers[name] = attrs.evolve(container, files=machine.files, machine=inner)
        self._share(container)
        if inner is not None and inner.watches_files:
            self._schedule(container, "resume", 0.0)

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
            return Told(self, options, scripted_exec(ran, options.command, inf))
        try:
            machine = self._executing(found, options.command, options.stdin)
        except RuntimeRefused:
            return Refused(
                "failed to exec in container: OCI runtime exec failed: exec failed: unable to start container process: "
                f'exec: "{options.command[0]}": executable file not found in $PATH'
            )
        return Execution(self, container, options, machine)

    def went_on(self, container: str, machine: Machine, moment: float) -> tuple[Machine, str, str]:
        """Let a command in a running container go on; what it has printed to its output, and as errors."""
        found = self.state.containers[container]
        host = self._host(found)
        host = attrs.evolve(host, now=moment, unix=host.unix + moment - host.now)
        before = self._files(found)
        machine, out, err = attrs.evolve(machine, files=before).resume_apart(host)
        if machine.files is not before:
            self._left_files(container, machine)
        return machine, out, err

    def feed(self, container: str, text: str) -> None:
        """Write to the standard input of a container, if its process has one."""
        self._changed_input(container, lambda machine: machine.fed_with(text))

    def close_input(self, container: str) -> None:
        """Say that no more input comes for a container."""
        self._changed_input(container, Machine.without_input)

    def _changed_input(self, container: str, change: Callable[[Machine], Machine]) -> None:
        found = self.state.containers.get(container)
        if found is not None and found.machine is not None and found.state == "running":
            found = self.state.containers[container] = attrs.evolve(found, machine=change(found.machine))
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
