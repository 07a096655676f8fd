"""The fake container runtime: sandboxes, images, containers and processes behind an interface shaped like the CRI.

It knows no Pod: the kubelet asks it for sandboxes and containers as a real kubelet asks containerd, and it says what
became of them. Nothing real is executed; what a process does comes from `containers.behavior` and from the shell
machine. A container's life is this table, and nothing else changes its state:

    state     on       to
    -------   ------   -------
    created   start    running
    running   exit     exited
    created   remove   (gone)
    exited    remove   (gone)

Records are frozen values in dicts, so a fork copies a few tables of pointers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from math import inf
from typing import Any

import attrs

from .containers.behavior import (
    SCRIPT_IMAGE,
    SERVERS,
    SHELL_IMAGES,
    Behavior,
    Script,
    Start,
    checked,
    matches,
    normalized,
    repository,
    scripted,
)
from .containers.machine import Machine
from .containers.records import (
    NO_LINES,
    NOTHING,
    PAUSE_IMAGE,
    Container,
    ExecResult,
    Inside,
    LogLine,
    Net,
    Sandbox,
)
from .containers.tape import Tape
from .errors import KemuError, UsageError
from .loop import Loop
from .values.durations import parse_duration
from .values.frozen import FrozenMap

__all__ = ["PAUSE_IMAGE", "Container", "ExecResult", "FakeRuntime", "LogLine", "Net", "RuntimeRefused", "Sandbox"]

TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("created", "start"): "running",
    ("running", "exit"): "exited",
    ("created", "remove"): "gone",
    ("exited", "remove"): "gone",
}
KILLED = 137
"""The exit code of a process that was ended by SIGKILL."""

TERMINATED = 143
NOT_FOUND = 127
EVERYWHERE = ("sh", "bash", "ash", "dash", "sleep", "echo", "true", "false", "cat", "tail")
"""Programs that are simulated in every image, and not only in those that are little more than a shell."""

PROGRAMS = ("sleep", "kill", "pwd", "timeout", "which", "nohup")
"""What is a part of the simulated shell and a program as well."""

DNS_SERVER = "10.96.0.10"
"""The address that containers are told to ask for names."""

MISSING = "missing"
"""An image with this word in its name cannot be pulled."""


class RuntimeRefused(KemuError):
    """The runtime cannot do what it was asked to; the text is what a real one says."""


class FakeRuntime:
    """One runtime for all nodes of a cluster. `on_exit` is called with a container that has ended by
    itself, `on_write` with one that has written, and the lines."""

    __slots__ = (
        "_behaviors",
        "_by_sandbox",
        "_containers",
        "_images",
        "_logs",
        "_net",
        "_sandboxes",
        "_serial",
        "_volumes",
        "lines_written",
        "loop",
        "on_exit",
        "on_write",
    )

    def __init__(self, loop: Loop, net: Net) -> None:
        self.loop = loop
        self._net = net
        self._serial = 0
        self._sandboxes: dict[str, Sandbox] = {}
        self._containers: dict[str, Container] = {}
        self._by_sandbox: dict[str, tuple[str, ...]] = {}
        self._logs: dict[str, Tape[LogLine]] = {}
        self._images: dict[tuple[str, str], None] = {}
        self._volumes: dict[tuple[str, str], FrozenMap[str, str]] = {}
        self._behaviors: tuple[tuple[str, Behavior], ...] = ()
        self.lines_written = 0
        """Log lines of all containers so far: changes whenever one of them writes."""
        self.on_exit: Callable[[Container], None] = lambda container: None
        self.on_write: Callable[[Container, Sequence[LogLine]], None] = lambda container, lines: None
        loop.attach("runtime", self)

    def fork(self, loop: Loop, net: Net) -> FakeRuntime:
        """The same processes at the same point, in a forked cluster."""
        twin = FakeRuntime(loop, net)
        twin._serial = self._serial
        twin._sandboxes = dict(self._sandboxes)
        twin._containers = dict(self._containers)
        twin._by_sandbox = dict(self._by_sandbox)
        twin._logs = dict(self._logs)
        twin._images = dict(self._images)
        twin._volumes = dict(self._volumes)
        twin._behaviors = self._behaviors
        twin.lines_written = self.lines_written
        return twin

    def on(self, image_pattern: str, behavior: Any) -> None:
        """Have containers of matching images behave so: a `Script`, a dict of its fields, or a function of a `Start`.

        The pattern is a shell wildcard over the image's name; without a tag it means every tag. The latest matching
        registration counts, for containers that start from now on. Raises UsageError for anything that is no behaviour.
        """
        self._behaviors = ((image_pattern, checked(behavior)), *self._behaviors)

    # Images

    def has_image(self, node: str, image: str) -> bool:
        """Whether a node has an image already; those of `kemu/script` are on every node."""
        return repository_path(image) == SCRIPT_IMAGE or (node, normalized(image)) in self._images

    def pull_image(self, node: str, image: str) -> str:
        """Fetch an image to a node and return its reference. Raises RuntimeRefused for one that does not exist."""
        full = normalized(image)
        if MISSING in image:
            raise RuntimeRefused(f'failed to resolve reference "{image}": not found')
        self._images[node, full] = None
        return full

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
        self._sandboxes[sandbox.id] = sandbox
        return sandbox

    def stop_sandbox(self, sandbox: str) -> None:
        """End a sandbox: its containers are killed at once, its address is free."""
        found = self._sandboxes.get(sandbox)
        if found is None:
            return
        for container in self.containers(sandbox):
            if container.state == "running":
                self._exit(container, KILLED, told=False)
        self._sandboxes[sandbox] = attrs.evolve(found, ready=False)

    def remove_sandbox(self, sandbox: str) -> None:
        """Forget a sandbox and everything in it."""
        self.stop_sandbox(sandbox)
        for container in self.containers(sandbox):
            self.remove_container(container.id)
        self._by_sandbox.pop(sandbox, None)
        gone = self._sandboxes.pop(sandbox, None)
        if gone is not None and all(each.owner != gone.owner for each in self._sandboxes.values()):
            for volume in [each for each in self._volumes if each[0] == gone.owner]:
                del self._volumes[volume]

    def sandbox(self, sandbox: str) -> Sandbox | None:
        """The sandbox, or None once it is gone."""
        return self._sandboxes.get(sandbox)

    def sandboxes(self) -> tuple[Sandbox, ...]:
        """All sandboxes of all nodes, oldest first."""
        return tuple(self._sandboxes.values())

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
        mounts: Mapping[str, str] | None = None,
    ) -> Container:
        """Create a container in a sandbox. Raises RuntimeRefused if the sandbox is gone.

        `mounts` are folders that it shares with other containers of the sandbox's owner, and the names of the volumes
        behind them. What is in them stays when a container is restarted, and is gone with the sandbox.
        """
        if sandbox not in self._sandboxes:
            raise RuntimeRefused(f"sandbox {sandbox} not found")
        container = Container(
            id=self._id(),
            sandbox=sandbox,
            name=name,
            image=image,
            image_ref=normalized(image),
            command=command,
            args=args,
            env=FrozenMap(env),
            files=FrozenMap(files),
            mounts=FrozenMap(mounts or {}),
            attempt=attempt,
            state="created",
            created_at=self.loop.clock.now,
        )
        self._containers[container.id] = container
        self._by_sandbox[sandbox] = (*self._by_sandbox.get(sandbox, ()), container.id)
        return container

    def start_container(self, container: str) -> Container:
        """Start the process. It runs up to its first wait before this returns. Raises RuntimeRefused if it cannot."""
        found = self._at(container, "start")
        script, machine = self._behavior(found)
        found = attrs.evolve(
            found,
            state=TRANSITIONS[found.state, "start"],
            started_at=self.loop.clock.now,
            script=script,
            machine=machine,
        )
        self._containers[container] = found
        if script.log:
            self._log(container, script.log.splitlines())
        if machine is not None:
            self._resume(found)
        elif script.run is not None:
            self._schedule(found, "exit", script.run)
        return self._containers[container]

    def stop_container(self, container: str, grace_seconds: float) -> None:
        """Send SIGTERM, and SIGKILL after the grace period if the process is still there."""
        found = self._containers.get(container)
        if found is None or found.state != "running" or found.stopping:
            return
        found = attrs.evolve(found, stopping=True)
        self._containers[container] = found
        if found.machine is not None:
            self._signal(found, "TERM")
            found = self._containers[container]
            if found.state == "running":
                self.loop.schedule("runtime", ("kill", container), delay=grace_seconds)
            return
        found = attrs.evolve(found, epoch=found.epoch + 1)
        self._containers[container] = found
        if found.script.stop > grace_seconds:
            self.loop.schedule("runtime", ("kill", container), delay=grace_seconds)
        elif found.script.stop > 0:
            self._schedule(found, "stopped", found.script.stop)
        else:
            self._exit(found, found.script.stop_exit)

    def kill_container(self, container: str) -> None:
        """Send SIGKILL."""
        found = self._containers.get(container)
        if found is not None and found.state == "running":
            self._exit(found, KILLED)

    def remove_container(self, container: str) -> None:
        """Forget a container that is not running, with its log."""
        found = self._containers.pop(container, None)
        if found is not None:
            self._logs.pop(container, None)
            left = tuple(each for each in self._by_sandbox[found.sandbox] if each != container)
            self._by_sandbox[found.sandbox] = left

    def container(self, container: str) -> Container | None:
        """The container as it is now, or None once it is gone."""
        return self._containers.get(container)

    def containers(self, sandbox: str) -> tuple[Container, ...]:
        """The containers of a sandbox, oldest first."""
        return tuple(self._containers[each] for each in self._by_sandbox.get(sandbox, ()))

    def logs(self, container: str) -> Sequence[LogLine]:
        """Everything that a container has written so far; what it writes later is not in it."""
        return self._logs.get(container, NO_LINES)

    def listens(self, container: Container, port: int) -> bool:
        """Whether a running container takes connections on a port."""
        if container.state != "running":
            return False
        listens = container.script.listens if container.machine is None else container.machine.listens
        return listens is None or port in listens

    def exec(self, container: str, command: tuple[str, ...], timeout: float = inf) -> ExecResult:
        """Run a command in a running container. It sees and changes the container's files.

        The answer says how long it took; at `timeout` seconds it is cut off. Raises RuntimeRefused if the container
        does not run.
        """
        found = self._containers.get(container)
        if found is None or found.state != "running":
            raise RuntimeRefused(f"container {container} is not running")
        if found.script.scripted:
            return self._scripted_exec(found, command, timeout)
        return self._shell_exec(found, command, timeout)

    # Deciding what a container does

    def _behavior(self, container: Container) -> tuple[Script, Machine | None]:
        start = Start(image=container.image, command=container.command, args=container.args, attempt=container.attempt)
        for pattern, behavior in self._behaviors:
            if matches(pattern, container.image):
                script = behavior if isinstance(behavior, Script) else behavior(start)
                if not isinstance(script, Script):
                    raise UsageError(
                        f"the behavior of {pattern} returned {type(script).__name__}: return a kemu.Script"
                    )
                return script, None
        if repository_path(container.image) == SCRIPT_IMAGE:
            try:
                return scripted((*container.command, *container.args)), None
            except ValueError as problem:
                raise RuntimeRefused(str(problem)) from None
        words = (*container.command, *container.args)
        name = repository(container.image)
        if self._is_simulated(container, words, name in SHELL_IMAGES):
            files = {**self._etc(container), **container.files, **self._mounted(container)}
            return Script(listens=()), Machine.executing(words or ("sh",), container.env, FrozenMap(files))
        return Script(listens=SERVERS.get(name)), None

    def _etc(self, container: Container) -> dict[str, str]:
        """The files that every container finds: who it is and whom it asks for names."""
        sandbox = self._sandboxes[container.sandbox]
        search = f"{sandbox.namespace}.svc.cluster.local svc.cluster.local cluster.local"
        return {
            "/etc/hostname": f"{sandbox.hostname}\n",
            "/etc/hosts": f"127.0.0.1\tlocalhost\n{sandbox.ip}\t{sandbox.hostname}\n",
            "/etc/resolv.conf": f"search {search}\nnameserver {DNS_SERVER}\noptions ndots:5\n",
        }

    def _is_simulated(self, container: Container, words: tuple[str, ...], is_shell_image: bool) -> bool:
        """Whether the machine runs a command line, rather than that the default behaviour applies.

        Raises RuntimeRefused for a program that the image would have to have and does not.
        """
        if not words:
            return is_shell_image
        name = words[0].rsplit("/", 1)[-1]
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

    # Volumes

    def _mounted(self, container: Container) -> dict[str, str]:
        """What is in the shared folders of a container, by path; each folder is there even if it is empty."""
        owner = self._sandboxes[container.sandbox].owner
        files = {}
        for folder, volume in container.mounts.items():
            prefix = folder.rstrip("/") + "/"
            files[prefix] = ""
            files.update({prefix + name: text for name, text in self._volumes.get((owner, volume), NOTHING).items()})
        return files

    def _share(self, container: Container) -> None:
        """Let the others see what a container has changed in folders that it shares with them."""
        owner = self._sandboxes[container.sandbox].owner
        changed = []
        for folder, volume in container.mounts.items():
            prefix = folder.rstrip("/") + "/"
            there = {path[len(prefix) :]: text for path, text in container.files.items() if path.startswith(prefix)}
            there.pop("", None)
            if there != self._volumes.get((owner, volume), NOTHING):
                self._volumes[owner, volume] = FrozenMap(there)
                changed.append(volume)
        for other in self.containers(container.sandbox) if changed else ():
            if other.id == container.id or other.machine is None or other.state != "running":
                continue
            folders = tuple(folder.rstrip("/") + "/" for folder, name in other.mounts.items() if name in changed)
            if folders:
                own = {path: text for path, text in other.machine.files.items() if not path.startswith(folders)}
                files = FrozenMap({**own, **self._mounted(other)})
                machine = attrs.evolve(other.machine, files=files)
                self._containers[other.id] = attrs.evolve(other, machine=machine, files=files)
                if machine.watches_files:
                    self._schedule(other, "resume", 0.0)

    # Running processes

    def run(self, item: tuple[Hashable, ...]) -> None:
        """What the loop asks for: a process goes on, ends, or is killed."""
        what, container = str(item[0]), str(item[1])
        found = self._containers.get(container)
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
        self.loop.schedule("runtime", (what, container.id, container.epoch), delay=delay)

    def _resume(self, container: Container) -> None:
        assert container.machine is not None
        machine, lines = container.machine.resume(self._host(container))
        self._went_on(container, machine, lines)

    def _signal(self, container: Container, name: str) -> None:
        assert container.machine is not None
        machine, lines = container.machine.signal(name, self._host(container))
        if machine is not container.machine:
            self._went_on(attrs.evolve(container, epoch=container.epoch + 1), machine, lines)

    def _went_on(self, container: Container, machine: Machine, lines: tuple[str, ...]) -> None:
        container = attrs.evolve(
            container, machine=machine, files=machine.files, unknown=(*container.unknown, *machine.unknown)
        )
        container = attrs.evolve(container, machine=attrs.evolve(machine, unknown=()))
        self._containers[container.id] = container
        self._share(container)
        self._log(container.id, lines)
        if machine.exit_code is not None:
            self._exit(container, machine.exit_code)
        elif machine.wakes is not None and machine.wakes < inf:
            self._schedule(container, "resume", machine.wakes - self.loop.clock.now)

    def _log(self, container: str, lines: Any) -> None:
        if lines:
            now = self.loop.clock.now
            self.lines_written += len(lines)
            written = tuple(LogLine(now, line) for line in lines)
            self._logs[container] = self._logs.get(container, Tape()).plus(*written)
            self.on_write(self._containers[container], written)

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
        self._containers[container.id] = ended
        if told:
            self.on_exit(ended)

    def _host(self, container: Container) -> Inside:
        return Inside(self._sandboxes[container.sandbox], self._net, self.loop.clock.now, self.loop.clock.unix)

    # Exec

    def _scripted_exec(self, container: Container, command: tuple[str, ...], timeout: float) -> ExecResult:
        ran = self.loop.clock.now - (container.started_at or 0.0)
        what, value = (*command, "", "")[:2]
        if what == "after":
            return ExecResult(0, "") if ran >= parse_duration(value) else ExecResult(1, "not yet")
        if what == "before":
            return ExecResult(0, "") if ran < parse_duration(value) else ExecResult(1, "no more")
        if what == "sleep":
            return ExecResult(0, "", min(parse_duration(value), timeout))
        if what == "exit":
            return ExecResult(int(value or 0), "")
        return ExecResult(0, "")

    def _shell_exec(self, container: Container, command: tuple[str, ...], timeout: float) -> ExecResult:
        host = self._host(container)
        try:
            self._is_simulated(container, command, True)
        except RuntimeRefused as refusal:
            return ExecResult(NOT_FOUND, f"{refusal}; kemu simulates only some programs: see cluster.runtime.on")
        files = container.files if container.machine is None else container.machine.files
        machine = Machine.executing(command, container.env, files)
        lines: list[str] = []
        start = host.now
        while True:
            machine, printed = machine.resume(host)
            lines.extend(printed)
            if machine.exit_code is not None or machine.wakes in (None, inf) or machine.wakes - start > timeout:
                break
            host = attrs.evolve(host, now=machine.wakes, unix=host.unix + machine.wakes - host.now)
        seconds = host.now - start if machine.exit_code is not None or timeout == inf else timeout
        container = self._containers[container.id]
        inner = container.machine
        self._containers[container.id] = attrs.evolve(
            container,
            files=machine.files,
            machine=attrs.evolve(inner, files=machine.files) if inner is not None else None,
        )
        self._share(self._containers[container.id])
        if inner is not None and inner.watches_files:
            self._schedule(self._containers[container.id], "resume", 0.0)
        output = "".join(line + "\n" for line in lines)
        return ExecResult(machine.exit_code if machine.exit_code is not None else KILLED, output, seconds)

    # Small things

    def _at(self, container: str, event: str) -> Container:
        found = self._containers.get(container)
        if found is None:
            raise RuntimeRefused(f"container {container} not found")
        if (found.state, event) not in TRANSITIONS:
            raise RuntimeRefused(f"container {container} is {found.state}: it cannot {event}")
        return found

    def _id(self) -> str:
        self._serial += 1
        return f"{self.loop.entropy.bits('container', self._serial):032x}{self._serial:032x}"

    def check(self) -> None:
        """Walk everything and raise AssertionError where a record contradicts another."""
        for container in self._containers.values():
            assert container.sandbox in self._sandboxes, container
            assert (container.state == "exited") == (container.exit_code is not None), container
            assert (container.state == "created") == (container.started_at is None), container


def repository_path(image: str) -> str:
    """The image without tag and digest, registry included: `kemu/script:1` is `kemu/script`."""
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return head + slash + last.partition(":")[0]
