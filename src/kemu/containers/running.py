"""The processes of containers: what happens to them, what they leave behind, and what reaches them.

This is the part of the runtime behind the loop. A process is a behaviour as data, a state machine of a user's, or a
machine that runs a shell; it goes on when its time has come, when a signal reaches it, and when a file changes for
which it waits, and it ends by itself, by SIGKILL, or by using more memory than it may.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from ..clock import exact
from ..errors import UsageError
from ..values.evolving import evolved
from ..values.frozen import FrozenMap
from . import executing, pages, peers, volumes
from . import machine as machines
from .acting import StateMachine, turn_of
from .deciding import Functions, RuntimeRefused, is_simulated, start_of
from .files import Issued, Tree
from .records import Container, ExecResult, Inside, LogLine, Net
from .state import RuntimeState
from .tape import Tape

if TYPE_CHECKING:
    from ..loop import Loop
    from .machine import Machine

TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("created", "start"): "running",
    ("created", "fail"): "exited",
    ("running", "exit"): "exited",
    ("created", "remove"): "gone",
    ("exited", "remove"): "gone",
}
NOT_FOUND = 127

FILE_BYTES, ROTATION_SECONDS = 10 * 1024 * 1024, 10.0
"""How many bytes the file of a log may have (`containerLogMaxSize`), and how often somebody looks."""

LINE_BYTES = 40
"""What a line has in the file beside its text: when it was written, to which stream, and its end."""


class Running:
    """The part of the runtime that is about processes."""

    __slots__ = ()

    loop: Loop
    state: RuntimeState
    functions: Functions
    issue: Callable[[Issued], str]
    on_exit: Callable[[Container], None]
    on_fill: Callable[[str, str], None]
    on_page: Callable[[Container], None]
    on_write: Callable[[Container, Sequence[LogLine]], None]
    shows: Callable[[Container], Tree]
    _net: Net

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
