"""Running processes: the instructions of a program, one after the other, until there is something to wait for."""

from __future__ import annotations

import posixpath
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from ..clock import exact
from ..values.frozen import FrozenMap
from . import program as p
from .behavior import PROGRAMS, program_of
from .builtins import BUILTINS, OPTIONS, SHELLS, Finished
from .commands import command_in
from .expansion import Expansion
from .files import ALWAYS, WRITE, Denied
from .instructions import STEPS
from .machine import (
    BUDGET,
    DEEPEST_SUBSTITUTION,
    ERRORS,
    FIRST,
    LOG,
    NO_FORK,
    NULL,
    PROGRAM_COST,
    SIGNALS,
    WITHIN_SHELLS,
    Frame,
    Process,
    Sink,
    Streams,
    Wait,
)
from .patterns import Glob
from .shell import parse
from .variables import EXPORTED, Names, Variables

if TYPE_CHECKING:
    from .world import World

QUANTUM = 500
"""Instructions that a process runs before the next one has its turn."""

TO_OUTPUT = re.compile(r"/dev/stdout|/dev/fd/1|/proc/(self|1)/fd/1")
TO_ERRORS = re.compile(r"/dev/stderr|/dev/fd/2|/proc/(self|1)/fd/2")
DEVICES = ("/dev/null", "/dev/zero", "/dev/stdin", "/dev/tty")


class Task(Expansion):
    """A process while it is working: the same values, unfrozen. Commands get this to print, read and wait."""

    pid: int
    parent: int
    program: p.Program
    position: int
    status: int
    variables: Variables
    exported: Variables
    arguments: tuple[str, ...]
    functions: dict[str, tuple[p.Program, int]]
    frames: list[Frame]
    kept: list[tuple[str, ...]]
    io: list[Streams]
    traps: dict[str, str]
    signals: list[str]
    options: dict[str, bool]
    tested: bool
    cwd: str
    umask: int
    shell: int
    job: int
    jobs: list[int]
    waits: Wait | None
    rounds: int
    carried: int

    def __init__(self, process: Process, world: World) -> None:
        self.world = world
        self.host = world.host
        self.files = world.files
        self.substituted_status: int | None = None
        self.failed = False
        """Whether what it waited for failed, and `set -e` is on."""
        for name in FIELDS:
            value = getattr(process, name)
            if isinstance(value, Names):
                value = Variables(value, world.machine.links)
            elif isinstance(value, FrozenMap):
                value = dict(value)
            elif isinstance(value, tuple) and name != "arguments":
                value = list(value)
            setattr(self, name, value)

    def frozen(self) -> Process:
        values = []
        for name in FIELDS:
            value = getattr(self, name)
            if isinstance(value, Variables):
                value = value.frozen()
            elif isinstance(value, dict):
                value = FrozenMap(value)
            elif isinstance(value, list):
                value = tuple(value)
            values.append(value)
        return Process(*values)

    # Running

    def is_ready(self) -> bool:
        """Whether it can go on; if so, it no longer waits."""
        waits = self.waits
        if waits is None:
            return True
        if self.signals and waits.kind == "jobs":
            self.status = 128 + SIGNALS.get(self.signals[0], 15)
        elif waits.kind == "sleep":
            if self.host.now < waits.until:
                return False
        elif waits.kind in ("children", "jobs"):
            if not self._reaped(waits):
                return False
        elif waits.kind in ("line", "end"):
            text = self.world.pipes.get(waits.number, "")
            if self.world.has_writer(waits.number) and (waits.kind == "end" or "\n" not in text):
                return False
        elif waits.kind == "file":
            if self.files.size(waits.path) <= waits.number:
                return False
        else:
            return False
        self.waits = None
        return True

    def _reaped(self, waits: Wait) -> bool:
        """Whether the processes have ended that it waits for; their status is its own then."""
        statuses = self.world.statuses
        alive = [pid for pid in waits.pids if pid in self.world.tasks]
        if alive and not (waits.number and len(alive) < len(waits.pids)):
            return False
        codes = [statuses.pop(pid, 127) for pid in waits.pids if pid not in alive]
        self.jobs = [pid for pid in self.jobs if pid in self.world.tasks]
        if codes:
            failed = [code for code in codes if code]
            self.status = failed[-1] if failed and self.options.get("pipefail") else codes[-1]
        if waits.path == "all":
            self.status = 0
        self.failed = waits.kind == "children" and self.is_fatal(waits.path == "tested")
        return True

    def run(self) -> None:
        """Instructions until it waits, ends, or its turn is over."""
        self.files.umask = self.umask
        try:
            if self.failed:
                raise Finished(self.status)
            for _ in range(QUANTUM):
                if self.signals:
                    self._trapped(self.signals.pop(0))
                if self.position >= len(self.program.code):
                    self._over()
                    continue
                instruction = self.program.code[self.position]
                self.position += 1
                self.world.budget -= 1
                STEPS[type(instruction)](self, instruction)
                if self.waits is not None or self.world.budget <= 0 or isinstance(instruction, p.Spawn):
                    return  # who was started has the next turn
        except Finished as end:
            self._finish(end.code)
        except p.ShellError as problem:
            if "not simulated" in str(problem) or "syntax error" in str(problem):
                self.world.unknown.append(str(problem))
            self.complain(f"{self.name}: {problem}")
            self._finish(2)

    @property
    def name(self) -> str:
        """What a shell calls itself where it complains."""
        own = self.arguments[0] if self.arguments else ""
        return own if program_of(own) in SHELLS else "sh"

    def is_fatal(self, tested: bool) -> bool:
        return bool(self.status and self.options.get("errexit") and not tested and not self.tested)

    def _over(self) -> None:
        """The end of a program: of a script that was called, or of the process."""
        if not self.frames:
            raise Finished(self.status)
        self.leave_frame()

    def _finish(self, code: int) -> None:
        handler = self.traps.pop("EXIT", None)
        if handler:
            self.frames, self.kept, self.signals = [], [], []
            self.program, self.position, self.status = parse(f"{handler}\nexit {code}"), 0, code
            self.run()
            return
        self.world.ended(self, code)

    def _trapped(self, name: str) -> None:
        handler = self.traps.get(name, "")
        self.enter_frame(parse(handler), 0, self.arguments, is_trap=True)

    def enter_frame(
        self, program: p.Program, position: int, arguments: tuple[str, ...], *, is_trap: bool = False
    ) -> None:
        """Call a function, a trap or a script; it goes on here when that is over."""
        self.frames.append(
            Frame(
                self.program,
                self.position,
                self.arguments,
                len(self.kept),
                len(self.io),
                self.tested,
                is_trap=is_trap,
                status=self.status,
            )
        )
        if len(self.frames) > 200:
            raise p.ShellError("functions call each other too deeply")
        self.program, self.position, self.arguments = program, position, arguments

    def leave_frame(self) -> None:
        """Go on behind the innermost call."""
        frame = self.frames.pop()
        self.program, self.position, self.arguments = frame.program, frame.position, frame.arguments
        self.tested = frame.tested
        del self.kept[frame.kept :]
        del self.io[frame.redirects :]
        for name, value in reversed(frame.saved):
            self.restore(name, value)
        if frame.is_trap:
            self.status = frame.status

    def restore(self, name: str, value: str | None) -> None:
        """Give a variable the value that it had, or none."""
        if value is None:
            self.variables.pop(name, None)
        else:
            self.variables[name] = value

    # What commands do with a process

    def write(self, text: str) -> None:
        """Print to standard output."""
        self._write(self.io[-1].out, text)

    def complain(self, text: str) -> None:
        """Print a line to standard error."""
        self._write(self.io[-1].err, text + "\n")

    def _write(self, sink: Sink, text: str) -> None:
        self.charge(len(text))
        if sink.kind == "log":
            (self.world.errors if sink == ERRORS and self.world.is_apart else self.world.output).append(text)
        elif sink.kind == "file":
            self.files.append(sink.name, text)
        elif sink.kind == "pipe":
            number = int(sink.name)
            if not self.world.has_reader(number):
                raise Finished(128 + SIGNALS["PIPE"])
            self.world.pipes[number] = self.world.pipes.get(number, "") + text

    def sleep(self, seconds: float) -> None:
        """Go on in so many seconds; infinity for never."""
        self.waits = Wait("sleep", until=exact(self.host.now + seconds))

    def again(self, waits: Wait) -> int:
        """Begin the command at hand once more when there is something new."""
        self.position -= 1
        self.rounds += 1
        self.waits = waits
        return self.status

    def path(self, name: str) -> str:
        """The full path of a file."""
        return posixpath.normpath(posixpath.join(self.cwd, name))

    def is_folder(self, name: str) -> bool:
        prefix = self.path(name).rstrip("/") + "/"
        return prefix in ALWAYS or any(path.startswith(prefix) for path in self.files)

    def child(self, program: p.Program, position: int = 0, streams: Streams | None = None) -> Process:
        """A copy of this process that is about to run something else."""
        return attrs.evolve(
            self.frozen(),
            program=program,
            position=position,
            frames=(),
            io=(streams or self.io[-1],),
            traps=FrozenMap({name: handler for name, handler in self.traps.items() if not handler}),
            signals=(),
            jobs=(),
            waits=None,
            rounds=0,
            carried=0,
        )

    def begin(self, program: p.Program, arguments: tuple[str, ...], options: Mapping[str, bool]) -> Process:
        """A fresh shell, which knows only what is exported."""
        return attrs.evolve(
            self.child(program),
            variables=self.variables.only(self.exported),
            arguments=arguments,
            functions=FrozenMap(),
            kept=(),
            options=FrozenMap(options),
            tested=False,
            shell=self.world.next_pid,
        )

    # Expansion

    def special(self, name: str) -> str | None:
        if name == "$":
            return str(self.shell)
        if name == "!":
            return str(self.job) if self.job else None
        if name == "-":
            return "".join(option for option, name in OPTIONS.items() if self.options.get(name))
        if name == "RANDOM":
            self.world.drawn += 1
            return str(zlib.crc32(f"{self.host.hostname} {self.host.now} {self.world.drawn}".encode()) % 32768)
        return {"HOSTNAME": self.host.hostname, "PWD": self.cwd, "PPID": "0", "UID": "0", "HOME": "/root"}.get(name)

    @property
    def nounset(self) -> bool:  # type: ignore[override]
        return bool(self.options.get("nounset"))

    def charge(self, characters: int, each: int = 32) -> None:
        self.world.charge(characters, each)

    def substituted(self, program: p.Program) -> str:
        """What a program prints. It runs at once; one that would have to wait is not simulated."""
        world = type(self.world)(attrs.evolve(self.world.machine, processes=(), exit_code=None, unknown=()), self.host)
        world.files, world.is_apart, world.drawn = self.files, True, self.world.drawn
        world.depth = self.world.depth + 1
        if world.depth > DEEPEST_SUBSTITUTION:
            raise p.ShellError(NO_FORK)
        streams = Streams(0)
        if self.io[-1].stdin:
            streams = Streams(world.new_pipe(self.world.pipes.get(self.io[-1].stdin, "")))
        process = attrs.evolve(self.child(program, 0, streams), pid=FIRST, parent=0)
        world.tasks = {FIRST: Task(process, world)}
        world.run()
        self.world.unknown.extend(world.unknown)
        self.world.sent.extend(world.sent[len(self.world.machine.sent) :])
        self.world.drawn = world.drawn
        self.world.budget -= BUDGET - world.budget
        for text in world.errors:
            self._write(self.io[-1].err, text)
        if world.exit_code is None:
            raise p.ShellError("not simulated: $(...) with a command that takes time")
        self.substituted_status = world.exit_code
        return "".join(world.output).rstrip("\n")

    def paths(self, pattern: Glob) -> list[str]:
        found: dict[str, None] = {}
        self.world.budget -= len(self.files)
        for path in sorted(self.files):
            parts = path.rstrip("/").split("/")
            for end in range(2, len(parts) + 1):
                whole = "/".join(parts[:end])
                relative = whole.removeprefix(self.cwd.rstrip("/") + "/")
                for name in (whole, relative):
                    hidden = parts[end - 1].startswith(".")
                    if name.count("/") == pattern.directories and not hidden and pattern.fits(name):
                        found[name] = None
        return list(found)

    # Simple commands

    def command(self, run: p.Run) -> None:
        """Expand, redirect and run one simple command."""
        if self.rounds == 0:
            self.carried = 0
        position, self.substituted_status = self.position, None
        if run.conditional:
            marked = _marked(run)
            words = [self.glob(word) if op in ("==", "=", "!=") else self.text(word) for op, word in marked]
        else:
            words = [text for word in run.words for text in self.words(word)]
            self.charge(sum(map(len, words)))
        saved = [(name, self.variables.get(name), name in self.exported) for name, _ in run.assignments]
        for name, word in run.assignments:
            self.variables[name] = self.text(word)
        streams = self.redirected(run.redirects)
        if streams is None:
            self.status = 1
        elif words:
            if self.options.get("xtrace") and self.rounds == 0:
                self.complain("+ " + " ".join(words))
            for name, _ in run.assignments:
                self.exported[name] = EXPORTED
            depth = len(self.io)
            if run.redirects:
                self.io.append(streams)
            called = len(self.frames)
            self.status = self.call(words, streams, run)
            if len(self.frames) <= called:
                del self.io[max(depth, 1) :]
                for name, value, was_exported in saved:
                    self.restore(name, value)
                    if not was_exported:
                        self.exported.pop(name, None)
            else:
                self.frames[-1] = attrs.evolve(self.frames[-1], redirects=depth)
        else:
            self.status = self.substituted_status or 0
        if self.position == position or self.waits is None:
            self.rounds = 0
        if self.waits is None and self.position == position and self.is_fatal(run.tested):
            raise Finished(self.status)

    def redirected(self, redirects: Sequence[p.Redirect]) -> Streams | None:
        """The streams after redirections, or None if one of them is impossible (which has been said then)."""
        streams = self.io[-1]
        for redirect in redirects:
            target = self.text(redirect.target)
            try:
                if redirect.mode == "<<":
                    streams = attrs.evolve(streams, stdin=self.world.new_pipe(target))
                elif redirect.mode == "<":
                    streams = self._source(streams, target)
                else:
                    sink = self._sink(streams, redirect.mode, target)
                    is_out = redirect.stream == 1
                    streams = attrs.evolve(streams, out=sink) if is_out else attrs.evolve(streams, err=sink)
            except Denied as refusal:
                verb = "open" if redirect.mode == "<" else "create"
                self.complain(f"{self.name}: can't {verb} {target}: {refusal}")
                return None
        return streams

    def _source(self, streams: Streams, target: str) -> Streams:
        """The streams with a file to read from. Raises Denied."""
        name = self.path(target)
        if name not in self.files and name not in DEVICES:
            raise Denied(name, "no such file")
        if name == "/dev/stdin":
            return streams
        return attrs.evolve(streams, stdin=self.world.new_pipe(self.files.get(name, "")))

    def _sink(self, streams: Streams, mode: str, target: str) -> Sink:
        if mode == ">&":
            if target not in ("1", "2"):
                raise p.ShellError(f"not simulated: the redirection >&{target}")
            return streams.out if target == "1" else streams.err
        if TO_OUTPUT.fullmatch(target):
            return LOG if "/1/" in target[:8] else streams.out
        if TO_ERRORS.fullmatch(target):
            return ERRORS if "/1/" in target[:8] else streams.err
        name = self.path(target)
        if name in DEVICES:
            return NULL
        if name not in self.files or (mode == ">" and self.rounds == 0):
            self.files[name] = ""
        elif mode == ">>":
            self.files.demand(name, WRITE)
        return Sink("file", name)

    def call(self, words: Sequence[str], streams: Streams, run: p.Run) -> int:
        """Run a command by name; the answer is its status. One that may not do something with a file says so."""
        try:
            return self._call(words, streams, run)
        except Denied as refusal:
            self.complain(f"{words[0]}: {refusal.path}: {refusal}")
            return 1

    def _call(self, words: Sequence[str], streams: Streams, run: p.Run) -> int:
        name, arguments = program_of(words[0]), list(words[1:])
        if words[0] in self.functions:
            self.enter_frame(*self.functions[words[0]], (self.arguments[0], *arguments))
            self.tested = self.tested or run.tested
            return 0
        if name in SHELLS:
            self.world.budget -= PROGRAM_COST
        found = command_in(self.files, name)
        if "/" in words[0] and self.path(words[0]) in self.files and (found is None or found.path != words[0]):
            return BUILTINS["sh"](self, [words[0], *arguments])
        builtin = BUILTINS.get(name if found is not None or name in PROGRAMS else words[0])
        if builtin is not None:
            return builtin(self, arguments)
        if found is None:
            self.world.unknown.append(name or words[0])
            self.complain(f"{self.name}: {words[0]}: not found")
            return 127
        if name not in WITHIN_SHELLS:
            self.world.budget -= PROGRAM_COST
        given = ""
        if found.reads(arguments) and streams.stdin:
            waits = self._input(streams.stdin, found.streams)
            if waits is not None:
                return self.again(waits)
            given = self._taken(streams.stdin, found.streams)
            self.charge(len(given))
        status = found.run(self, arguments, given)
        if found.streams and streams.stdin and found.reads(arguments) and self.waits is None and status >= 0:
            if self.world.has_writer(streams.stdin) or self.world.pipes.get(streams.stdin):
                return self.again(Wait("line", number=streams.stdin))
        return max(status, 0)

    def _input(self, pipe: int, streams: bool) -> Wait | None:
        """What a command that reads has to wait for first."""
        if not self.world.has_writer(pipe):
            return None
        if streams and "\n" in self.world.pipes.get(pipe, ""):
            return None
        return Wait("line" if streams else "end", number=pipe)

    def _taken(self, pipe: int, streams: bool) -> str:
        """What there is to read: all of it, or whole lines while more may come."""
        text = self.world.pipes.get(pipe, "")
        end = text.rfind("\n") + 1 if streams and self.world.has_writer(pipe) else len(text)
        self.world.pipes[pipe] = text[end:]
        return text[:end]


FIELDS = tuple(attribute.name for attribute in attrs.fields(Process))


def _marked(run: p.Run) -> list[tuple[str, p.Word]]:
    """The words of `[[ ]]`, each with the operator before it."""
    marked = []
    before = ""
    for word in run.words:
        marked.append((before, word))
        first = word[0]
        before = first.text if len(word) == 1 and isinstance(first, p.Literal) and not first.quoted else ""
    return marked
