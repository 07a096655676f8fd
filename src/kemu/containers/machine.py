"""The machine that runs a shell program: its processes, what each is waiting for, and their files and pipes.

`Machine` is a frozen value. `resume` runs it until every process has to wait or the first one ends, and returns the
next value with what was printed; it never blocks and keeps nothing outside of the value. Commands that need the world
(time, names, the network) ask the `Host` that is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from typing import Any, Protocol

import attrs

from ..values.frozen import FrozenMap
from .calls import Call
from .files import AS_ROOT, UMASK, Content, Issued, Rights, Stat
from .program import Program, command_of
from .variables import EXPORTED, NO_NAMES, Names

BUDGET = 20_000
"""Instructions that a program runs at one moment; one that goes on is taken to burn CPU and waits."""

BUSY_SECONDS = 1.0
"""How long a program that used up its budget waits before it goes on."""

BURST = 5
"""So many times in a row it uses up its budget before its CPU is slow."""

SLOW_BUDGET = 2_000
SLOW_SECONDS = 10.0
"""What a program gets that has computed for long: so many instructions, so far apart."""

PROGRAM_COST = 10
"""To start a program takes as long as so many instructions."""

NO_FORK = "can't fork: Resource temporarily unavailable"
"""What a shell says that may have no more processes."""

WITHIN_SHELLS = frozenset(("echo", "printf", "pwd", "kill", "test", "[", "true", "false"))
"""Programs for which a shell starts none, since it knows them itself."""

DEEPEST_SUBSTITUTION = 30
"""So deep `$(...)` may be within others: each is a process of its own."""

MOST_PROCESSES = 500
"""So many processes a container can have."""

FIRST = 1
"""The process id of a container's first process. When it ends, all end."""

CHILDREN_FROM = 7
STATUSES = 64
"""Of so many background processes the status is kept until somebody waits for it."""

SIGNALS = {"HUP": 1, "INT": 2, "QUIT": 3, "KILL": 9, "USR1": 10, "USR2": 12, "PIPE": 13, "TERM": 15}


class Host(Protocol):
    """What a container's program can see of the world."""

    @property
    def now(self) -> float: ...

    @property
    def unix(self) -> float: ...

    @property
    def hostname(self) -> str: ...

    @property
    def dns(self) -> str: ...

    def resolve(self, name: str) -> tuple[str, tuple[str, ...]]: ...

    def ask(self, host: str, port: int, call: Call, attempt: int = 0) -> tuple[int, str] | str: ...

    def connects(self, host: str, port: int) -> str: ...

    def records(self, name: str, type: str) -> tuple[Any, ...]: ...

    @property
    def issue(self) -> Callable[[Issued], str]: ...

    @property
    def peers(self) -> Callable[[], tuple[Any, ...]]:
        """The processes that it sees, beside those of what somebody runs in it: with `pid`, `user` and `command`."""


@attrs.frozen
class Sink:
    """Where output goes: the container's `log` (the part of it that is called `errors` can be kept apart), `null`, a
    `file` (a path) or a `pipe` (its number)."""

    kind: str = "log"
    name: str = ""


LOG, ERRORS, NULL = Sink(), Sink("log", "errors"), Sink("null")


@attrs.frozen
class Streams:
    """The standard streams of a process. Input is the number of a pipe, 0 for nothing to read."""

    stdin: int = 0
    out: Sink = LOG
    err: Sink = ERRORS


@attrs.frozen
class Wait:
    """What a process waits for: `sleep` (until a time), `children` or `jobs` (to end: all, or `any` of them), `line`
    or `end` (of a pipe), `file` (to be longer than `size`), or `port` (connections, for ever)."""

    kind: str
    until: float = inf
    pids: tuple[int, ...] = ()
    number: int = 0
    path: str = ""


@attrs.frozen
class Frame:
    """Where a function, a trap or a sourced script was called from, and what is restored at its end."""

    program: Program
    position: int
    arguments: tuple[str, ...]
    kept: int
    redirects: int
    tested: bool
    saved: tuple[tuple[str, str | None], ...] = ()
    is_trap: bool = False
    status: int = 0


@attrs.frozen
class Process:
    """One process between two moments at which it does something."""

    pid: int
    parent: int
    program: Program
    position: int = 0
    status: int = 0
    variables: Names = NO_NAMES
    exported: Names = NO_NAMES
    arguments: tuple[str, ...] = ("sh",)
    functions: FrozenMap[str, tuple[Program, int]] = FrozenMap()
    frames: tuple[Frame, ...] = ()
    kept: tuple[tuple[str, ...], ...] = ()
    io: tuple[Streams, ...] = (Streams(),)
    traps: FrozenMap[str, str] = FrozenMap()
    signals: tuple[str, ...] = ()
    options: FrozenMap[str, bool] = FrozenMap()
    """What `set` switched on: errexit, nounset, pipefail, xtrace."""
    tested: bool = False
    cwd: str = "/"
    umask: int = UMASK
    shell: int = FIRST
    """The process that `$$` names."""
    job: int = 0
    jobs: tuple[int, ...] = ()
    waits: Wait | None = None
    rounds: int = 0
    """How often the command at hand has been begun and then waited for more to read."""
    carried: int = 0
    """What the command at hand keeps from one round to the next."""


@attrs.frozen(kw_only=True)
class Machine:
    """The processes of a container between two moments at which one of them does something."""

    processes: tuple[Process, ...]
    files: FrozenMap[str, Content] = FrozenMap()
    """Contents by path. A folder is a path that ends in a slash."""
    stats: FrozenMap[str, Stat] = FrozenMap()
    rights: Rights = AS_ROOT
    links: FrozenMap[str, str] = FrozenMap()
    """What is in the environment of every process that has nothing else by that name: the same map in all machines
    that find the same Services."""
    pipes: FrozenMap[int, str] = FrozenMap()
    statuses: FrozenMap[int, int] = FrozenMap()
    next_pid: int = CHILDREN_FROM
    next_pipe: int = 1
    fed: int = 0
    """The pipe into which somebody outside writes; 0 if nobody does, or no longer."""
    partial: str = ""
    """Output that has not ended its line yet, or that never has: the last line of a machine that has ended."""
    drawn: int = 0
    """How many numbers `$RANDOM` has given."""
    asked: int = 0
    """How often something was asked of the network."""
    busy: int = 0
    """How many times in a row it has used up its budget."""
    wakes: float | None = None
    """When it goes on, infinity for not by itself; None before it starts, and once it has ended."""
    exit_code: int | None = None
    unknown: tuple[str, ...] = ()
    """What it tried to do and is not simulated."""
    guest: bool = False
    """Whether it is a command in a container of which another process is the first."""
    sent: tuple[tuple[int, str], ...] = ()
    """The signals that a guest has sent to processes that are not its own."""

    @classmethod
    def of(
        cls,
        program: Program,
        *,
        arguments: Iterable[str] = ("sh",),
        variables: FrozenMap[str, str] = FrozenMap(),
        links: FrozenMap[str, str] = FrozenMap(),
        stdin: bool = False,
        cwd: str = "/",
        **disk: Any,
    ) -> Machine:
        """A machine that is about to run a program as its first process, with these variables, which are exported.

        With `stdin` it reads what somebody outside will write. `disk` are its files, their stats and its rights.
        """
        lost = FrozenMap({name: None for name in variables if name in links})
        own = Names(FrozenMap(variables), lost)
        exported = Names(FrozenMap(dict.fromkeys(variables, EXPORTED)), lost)
        first = Process(FIRST, 0, program, variables=own, exported=exported, arguments=tuple(arguments), cwd=cwd)
        if not stdin:
            return cls(processes=(first,), links=links, **disk)
        first = attrs.evolve(first, io=(Streams(1),))
        return cls(processes=(first,), links=links, pipes=FrozenMap({1: ""}), next_pipe=2, fed=1, **disk)

    @classmethod
    def executing(
        cls,
        words: tuple[str, ...],
        variables: FrozenMap[str, str] = FrozenMap(),
        links: FrozenMap[str, str] = FrozenMap(),
        stdin: bool = False,
        cwd: str = "/",
        **disk: Any,
    ) -> Machine:
        """A machine that is about to execute a command line."""
        return cls.of(command_of("exec", *words), variables=variables, links=links, stdin=stdin, cwd=cwd, **disk)

    @property
    def listens(self) -> tuple[int, ...]:
        """The ports on which processes take connections."""
        return tuple(
            process.waits.number for process in self.processes if process.waits and process.waits.kind == "port"
        )

    @property
    def is_busy(self) -> bool:
        """Whether a process computes and waits for nothing."""
        return any(process.waits is None for process in self.processes)

    @property
    def watches_files(self) -> bool:
        """Whether a process goes on when a file changes."""
        return any(process.waits is not None and process.waits.kind == "file" for process in self.processes)

    def resume(self, host: Host) -> tuple[Machine, tuple[str, ...]]:
        """Run until it waits or ends; returns the machine then, and the lines that it printed."""
        from .world import World

        world = World(self, host)
        world.run()
        return world.frozen()

    def resume_together(self, host: Host) -> tuple[Machine, str]:
        """The same with what it printed, which need not be whole lines."""
        from .world import World

        world = World(self, host)
        world.run()
        text = "".join(world.output)
        world.output = []
        return world.frozen()[0], text

    def resume_apart(self, host: Host) -> tuple[Machine, str, str]:
        """The same with what it printed to standard output and to standard error, which need not be whole lines."""
        from .world import World

        world = World(self, host)
        world.is_apart = True
        world.run()
        out, err = "".join(world.output), "".join(world.errors)
        world.output = []
        return world.frozen()[0], out, err

    def fed_with(self, text: str) -> Machine:
        """The machine after somebody outside has written, if anybody still reads that."""
        if self.fed not in self.pipes:
            return self
        return attrs.evolve(self, pipes=self.pipes.with_({self.fed: self.pipes[self.fed] + text}))

    def without_input(self) -> Machine:
        """The machine after somebody outside has said that there is no more to read."""
        return attrs.evolve(self, fed=0)

    def signal(self, name: str, host: Host) -> tuple[Machine, tuple[str, ...]]:
        """Deliver a signal to the first process, which ignores what it has no trap for.

        As in a real shell, the trap runs when the command in the foreground is over; only `wait` is interrupted.
        """
        from .world import World

        if self.exit_code is not None or not self.processes or not self.processes[0].traps.get(name):
            return self, ()
        world = World(self, host)
        world.deliver(FIRST, name)
        world.run()
        return world.frozen()
