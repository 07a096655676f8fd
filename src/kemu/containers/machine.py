"""The machine that runs a shell program: a position, a few values, and what it is waiting for.

`Machine` is a frozen value. `resume` runs it until it has to wait or ends, and returns the next value with what it
printed; it never blocks and keeps nothing outside of the value. Commands that need the world (time, names, the
network) ask the `Host` that is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import attrs

from ..values.durations import parse_duration
from ..values.frozen import FrozenMap
from .commands import COMMANDS
from .shell import (
    Arithmetic,
    Define,
    Enter,
    ForBegin,
    ForNext,
    Instruction,
    Jump,
    JumpIfNonZero,
    JumpIfZero,
    Leave,
    Literal,
    LoopEnd,
    Negate,
    Part,
    Program,
    Return,
    Run,
    SetStatus,
    ShellError,
    Substitution,
    Variable,
    Word,
    parse,
)

BUDGET = 20_000
"""Instructions that a program runs at one moment; one that goes on is taken to burn CPU and waits."""

BUSY_SECONDS = 1.0
"""How long a program that used up its budget waits before it goes on."""


class Host(Protocol):
    """What a container's program can see of the world."""

    @property
    def now(self) -> float: ...

    @property
    def unix(self) -> float: ...

    @property
    def hostname(self) -> str: ...

    def resolve(self, name: str) -> tuple[str, tuple[str, ...]]: ...

    def fetch(self, host: str, port: int, path: str) -> tuple[int, str] | str: ...

    def connects(self, host: str, port: int) -> str: ...


@attrs.frozen
class Machine:
    """A process running a shell program, between two moments at which it does something."""

    program: Program
    position: int = 0
    status: int = 0
    variables: FrozenMap[str, str] = FrozenMap()
    arguments: tuple[str, ...] = ("sh",)
    files: FrozenMap[str, str] = FrozenMap()
    functions: FrozenMap[str, tuple[Program, int]] = FrozenMap()
    calls: tuple[tuple[Program, int, tuple[str, ...]], ...] = ()
    loops: tuple[tuple[str, ...], ...] = ()
    scopes: tuple[FrozenMap[str, str], ...] = ()
    traps: FrozenMap[str, str] = FrozenMap()
    jobs: tuple[float, ...] = ()
    """When each background `sleep` ends, in seconds since the start."""
    pipe: str = ""
    partial: str = ""
    """Output that has not ended its line yet."""
    errexit: bool = False
    wakes: float | None = None
    """When it goes on; None while it runs, or once it has ended."""
    exit_code: int | None = None
    unknown: tuple[str, ...] = ()
    """Commands that it called and that are not simulated."""

    def resume(self, host: Host) -> tuple[Machine, tuple[str, ...]]:
        """Run until it waits or ends; returns the machine then, and the lines that it printed."""
        running = Running(self, host)
        running.run()
        return running.frozen(), tuple(running.lines)

    def signal(self, name: str, host: Host) -> tuple[Machine, tuple[str, ...]]:
        """Deliver a signal. The first process of a container ignores what it has no trap for."""
        handler = self.traps.get(name)
        if handler is None or self.exit_code is not None:
            return self, ()
        running = Running(self, host)
        running.interrupted(handler)
        return running.frozen(), tuple(running.lines)


class Finished(Exception):
    """The program has ended with this exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Running:
    """A machine while it is working: the same values, unfrozen."""

    def __init__(self, machine: Machine, host: Host) -> None:
        self.host = host
        self.program = machine.program
        self.position = machine.position
        self.status = machine.status
        self.variables = dict(machine.variables)
        self.arguments = machine.arguments
        self.files = dict(machine.files)
        self.functions = dict(machine.functions)
        self.calls = list(machine.calls)
        self.loops = list(machine.loops)
        self.scopes = list(machine.scopes)
        self.traps = dict(machine.traps)
        self.jobs = list(machine.jobs)
        self.pipe = machine.pipe
        self.partial = machine.partial
        self.errexit = machine.errexit
        self.unknown = list(machine.unknown)
        self.wakes: float | None = None
        self.exit_code = machine.exit_code
        self.lines: list[str] = []
        self.captured: list[str] | None = None
        """Where output goes instead of the log: a pipe, a file, a substitution."""

    def frozen(self) -> Machine:
        return Machine(
            self.program,
            self.position,
            self.status,
            FrozenMap(self.variables),
            self.arguments,
            FrozenMap(self.files),
            FrozenMap(self.functions),
            tuple(self.calls),
            tuple(self.loops),
            tuple(self.scopes),
            FrozenMap(self.traps),
            tuple(self.jobs),
            self.pipe,
            self.partial,
            self.errexit,
            self.wakes,
            self.exit_code,
            tuple(self.unknown),
        )

    # Running

    def run(self) -> None:
        """Instructions until the program waits, ends, or has used its budget."""
        try:
            for _ in range(BUDGET):
                if self.position >= len(self.program.code):
                    raise Finished(self.status)
                instruction = self.program.code[self.position]
                self.position += 1
                STEPS[type(instruction)](self, instruction)
                if self.wakes is not None:
                    return
            self.wakes = self.host.now + BUSY_SECONDS
        except Finished as end:
            self._finish(end.code)

    def _finish(self, code: int) -> None:
        handler = self.traps.pop("EXIT", None)
        if handler:
            self.program, self.position, self.status = parse(handler), 0, code
            self.calls = []
            self.run()
            if self.exit_code is None:
                return
        if self.partial:
            self.lines.append(self.partial)
            self.partial = ""
        self.wakes = None
        self.exit_code = code & 0xFF

    def interrupted(self, handler: str) -> None:
        """Run a trap's handler where the program stands; afterwards it goes on there (a `wait` is over)."""
        try:
            here = (self.program, self.position, self.arguments)
            self.calls.append(here)
            self.program, self.position = _with_return(parse(handler)), 0
            self.jobs = []
            self.wakes = None
        except ShellError as problem:
            self.write(f"sh: {problem}\n")
            return
        self.run()

    def write(self, text: str) -> None:
        """Print: into what captures the output, or line by line into the log."""
        if self.captured is not None:
            self.captured.append(text)
            return
        whole = self.partial + text
        *lines, self.partial = whole.split("\n")
        self.lines.extend(lines)

    def sleep(self, seconds: float) -> None:
        """Go on in so many seconds."""
        self.wakes = self.host.now + seconds

    # Simple commands

    def command(self, run: Run) -> None:
        """Expand, redirect and run one simple command."""
        outer = self.captured
        words = [text for word in run.words for text in self.expand(word)]
        for name, word in run.assignments:
            self.variables[name] = "".join(self.expand(word, split=False))
        given = self.pipe if run.reads_pipe else ""
        output, append = self._output(run)
        for redirect in run.redirects:
            if redirect.mode == "<<":
                given = "".join(self.expand(redirect.target, split=False))
            elif redirect.mode == "<":
                name = "".join(self.expand(redirect.target, split=False))
                if name not in self.files and name != "/dev/null":
                    self.write(f"sh: can't open {name}: no such file\n")
                    self.status = 1
                    return
                given = self.files.get(name, "")
        capturing = run.feeds_pipe or output is not None
        if capturing:
            self.captured = []
        try:
            if words:
                self.status = self.call(words, given, run.background)
            elif not run.assignments:
                self.status = 0
        finally:
            printed = "".join(self.captured or ()) if capturing else ""
            self.captured = outer
        if output is not None and output != "/dev/null":
            if output in ("/dev/stdout", "/dev/stderr", "/proc/1/fd/1"):
                self.write(printed)
            else:
                self.files[output] = (self.files.get(output, "") if append else "") + printed
        elif run.feeds_pipe:
            self.pipe = printed
        if self.status and self.errexit and not run.feeds_pipe and not self._is_tested():
            raise Finished(self.status)

    def _is_tested(self) -> bool:
        """Whether the next instruction looks at the status, so that `set -e` does not apply."""
        following = self.program.code[self.position : self.position + 1]
        return bool(following) and isinstance(following[0], JumpIfZero | JumpIfNonZero | Negate)

    def _output(self, run: Run) -> tuple[str | None, bool]:
        """Where standard output goes: a file (or None for the log), and whether it is appended to."""
        output, append = None, False
        for redirect in run.redirects:
            if redirect.mode in (">", ">>") and redirect.stream == 1:
                output = "".join(self.expand(redirect.target, split=False))
                append = redirect.mode == ">>"
        return output, append

    def call(self, words: Sequence[str], given: str, background: bool) -> int:
        """Run a command by name; the answer is its status."""
        name, arguments = words[0].rsplit("/", 1)[-1], list(words[1:])
        if name in self.functions:
            program, start = self.functions[name]
            self.calls.append((self.program, self.position, self.arguments))
            self.program, self.position, self.arguments = program, start, (name, *arguments)
            return 0
        if background:
            if name != "sleep":
                raise ShellError(f"not simulated: {name} in the background")
            self.jobs.append(self.host.now + (_duration(arguments) or 0.0))
            return 0
        builtin = BUILTINS.get(name)
        if builtin is not None:
            return builtin(self, arguments)
        found = COMMANDS.get(name)
        if found is None:
            self.unknown.append(name)
            self.write(f"sh: {words[0]}: not found\n")
            return 127
        return found(self, arguments, given)

    # Expansion

    def expand(self, word: Word, *, split: bool = True) -> list[str]:
        """The words that one word becomes."""
        result: list[str] = []
        current: str | None = None
        for part in word:
            if isinstance(part, Variable) and part.name == "@" and part.quoted and split:
                values = list(self.arguments[1:])
                if values:
                    values[0] = (current or "") + values[0]
                    result.extend(values[:-1])
                    current = values[-1]
                continue
            text = self.value(part)
            if part.quoted or not split or isinstance(part, Literal):
                current = (current or "") + text
                continue
            fields = text.split()
            if not fields:
                continue
            if text[:1].isspace() and current is not None:
                result.append(current)
                current = None
            fields[0] = (current or "") + fields[0]
            result.extend(fields[:-1])
            current = fields[-1]
        if current is not None:
            result.append(current)
        return result if split else ["".join(result)]

    def value(self, part: Part) -> str:
        """The text that one part of a word stands for."""
        if isinstance(part, Literal):
            return part.text
        if isinstance(part, Arithmetic):
            return str(self.arithmetic(part.expression))
        if isinstance(part, Substitution):
            return self.substituted(part.program)
        return self._variable(part)

    def lookup(self, name: str) -> str | None:
        """A variable or special parameter, or None if it is not set."""
        if name.isdigit():
            return self.arguments[int(name)] if int(name) < len(self.arguments) else None
        special = {
            "?": str(self.status),
            "#": str(len(self.arguments) - 1),
            "@": " ".join(self.arguments[1:]),
            "*": " ".join(self.arguments[1:]),
            "$": "1",
            "!": "7",
            "HOSTNAME": self.variables.get("HOSTNAME", self.host.hostname),
        }
        return special.get(name, self.variables.get(name))

    def _variable(self, part: Variable) -> str:
        value = self.lookup(part.name)
        operator = part.operator
        if operator == "length":
            return str(len(value or ""))
        if operator in (":-", "-", ":=", ":+", "+"):
            word = "".join(self.value(piece) for piece in _word_of(part.word))
            is_set = bool(value) if operator.startswith(":") else value is not None
            if operator in (":+", "+"):
                return word if is_set else ""
            if not is_set and operator == ":=":
                self.variables[part.name] = word
            return (value or "") if is_set else word
        if operator in ("#", "##", "%", "%%"):
            return _trimmed(value or "", operator, part.word)
        return value or ""

    def substituted(self, program: Program) -> str:
        """What a program prints. It runs at once; one that would have to wait is not simulated."""
        inner = Running(Machine(program, arguments=self.arguments), self.host)
        inner.variables, inner.files, inner.functions = dict(self.variables), self.files, dict(self.functions)
        inner.captured = []
        inner.run()
        self.unknown.extend(inner.unknown)
        if inner.wakes is not None:
            raise ShellError("not simulated: $(...) with a command that takes time")
        self.status = inner.exit_code or 0
        return "".join(inner.captured).rstrip("\n")

    def arithmetic(self, expression: str) -> int:
        """The value of `$((expression))`: whole numbers with + - * / % comparisons and parentheses."""
        text = re.sub(
            r"\$?\{?([A-Za-z_][A-Za-z0-9_]*|[0-9@#?]+(?<=\$.))\}?",
            lambda found: self.lookup(found[1]) or "0" if not found[1].isdigit() else found[0],
            expression,
        )
        return evaluate(text)


# Instructions


def _run(running: Running, instruction: Run) -> None:
    try:
        running.command(instruction)
    except ShellError as problem:
        running.unknown.append(str(problem))
        running.write(f"sh: {problem}\n")
        raise Finished(2) from None


def _jump(running: Running, instruction: Jump) -> None:
    running.position = instruction.target


def _jump_if_zero(running: Running, instruction: JumpIfZero) -> None:
    if running.status == 0:
        running.position = instruction.target


def _jump_if_non_zero(running: Running, instruction: JumpIfNonZero) -> None:
    if running.status != 0:
        running.position = instruction.target


def _negate(running: Running, instruction: Negate) -> None:
    running.status = int(running.status == 0)


def _set_status(running: Running, instruction: SetStatus) -> None:
    running.status = instruction.status


def _for_begin(running: Running, instruction: ForBegin) -> None:
    running.loops.append(tuple(text for word in instruction.words for text in running.expand(word)))


def _for_next(running: Running, instruction: ForNext) -> None:
    words = running.loops[-1]
    if not words:
        running.loops.pop()
        running.position = instruction.end
        return
    running.variables[instruction.variable] = words[0]
    running.loops[-1] = words[1:]


def _loop_end(running: Running, instruction: LoopEnd) -> None:
    running.loops.pop()


def _define(running: Running, instruction: Define) -> None:
    running.functions[instruction.name] = (running.program, running.position)
    running.position = instruction.end


def _return(running: Running, instruction: Return) -> None:
    running.program, running.position, running.arguments = running.calls.pop()


def _enter(running: Running, instruction: Enter) -> None:
    running.scopes.append(FrozenMap(running.variables))


def _leave(running: Running, instruction: Leave) -> None:
    running.variables = dict(running.scopes.pop())


STEPS: Mapping[type[Instruction], Callable[[Running, Instruction], None]] = {
    Run: _run,  # type: ignore[dict-item]
    Jump: _jump,  # type: ignore[dict-item]
    JumpIfZero: _jump_if_zero,  # type: ignore[dict-item]
    JumpIfNonZero: _jump_if_non_zero,  # type: ignore[dict-item]
    Negate: _negate,  # type: ignore[dict-item]
    SetStatus: _set_status,  # type: ignore[dict-item]
    ForBegin: _for_begin,  # type: ignore[dict-item]
    ForNext: _for_next,  # type: ignore[dict-item]
    LoopEnd: _loop_end,  # type: ignore[dict-item]
    Define: _define,  # type: ignore[dict-item]
    Return: _return,  # type: ignore[dict-item]
    Enter: _enter,  # type: ignore[dict-item]
    Leave: _leave,  # type: ignore[dict-item]
}


def _with_return(program: Program) -> Program:
    return Program((*program.code, Return()))


def _word_of(text: str) -> Word:
    from .shell import _parts

    return tuple(_parts(text.strip("\"'"), quoted=True))


def _trimmed(value: str, operator: str, pattern: str) -> str:
    """`${name#pattern}` and its kin, with `*` and `?` as wildcards."""
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    ends = range(len(value) + 1)
    if operator.startswith("#"):
        cuts = [end for end in ends if re.fullmatch(regex, value[:end])]
        return value[(min if operator == "#" else max)(cuts) :] if cuts else value
    cuts = [start for start in ends if re.fullmatch(regex, value[start:])]
    return value[: (max if operator == "%" else min)(cuts)] if cuts else value


_TOKEN = re.compile(r"\s*(\d+|==|!=|<=|>=|&&|\|\||[-+*/%()<>!])")
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("==", "!="),
    ("<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "/", "%"),
)


def evaluate(text: str) -> int:
    """Whole-number arithmetic with C's precedence. Raises ShellError for anything else."""
    tokens: list[str] = []
    at = 0
    text = text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise ShellError(f"arithmetic syntax error: {text}")
        tokens.append(found[1])
        at = found.end()

    def level(number: int) -> int:
        if number == len(_LEVELS):
            return unary()
        left = level(number + 1)
        while tokens and tokens[0] in _LEVELS[number]:
            operator = tokens.pop(0)
            left = _operate(operator, left, level(number + 1))
        return left

    def unary() -> int:
        if not tokens:
            raise ShellError(f"arithmetic syntax error: {text}")
        token = tokens.pop(0)
        if token == "(":
            value = level(0)
            if not tokens or tokens.pop(0) != ")":
                raise ShellError(f"arithmetic syntax error: {text}")
            return value
        if token in ("-", "+", "!"):
            value = unary()
            return -value if token == "-" else value if token == "+" else int(not value)
        if not token.isdigit():
            raise ShellError(f"arithmetic syntax error: {text}")
        return int(token)

    value = level(0) if tokens else 0
    if tokens:
        raise ShellError(f"arithmetic syntax error: {text}")
    return value


def _operate(operator: str, left: int, right: int) -> int:
    if operator in ("/", "%") and right == 0:
        raise ShellError("divide by zero")
    quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1) if right else 0
    return {
        "+": left + right,
        "-": left - right,
        "*": left * right,
        "/": quotient,
        "%": left - quotient * right,
        "==": int(left == right),
        "!=": int(left != right),
        "<": int(left < right),
        "<=": int(left <= right),
        ">": int(left > right),
        ">=": int(left >= right),
        "&&": int(bool(left and right)),
        "||": int(bool(left or right)),
    }[operator]


def _duration(arguments: Sequence[str]) -> float | None:
    """The seconds that `sleep` is told; None for forever."""
    total = 0.0
    for argument in arguments:
        if argument in ("infinity", "inf"):
            return None
        unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}.get(argument[-1:], 0)
        try:
            total += float(argument[:-1]) * unit if unit else float(argument)
        except ValueError:
            total += parse_duration(argument)
    return total


# What only the shell itself can do


def _sleep(running: Running, arguments: list[str]) -> int:
    try:
        seconds = _duration(arguments)
    except ValueError:
        running.write(f"sleep: invalid number '{' '.join(arguments)}'\n")
        return 1
    running.wakes = float("inf") if seconds is None else running.host.now + seconds
    return 0


def _exit(running: Running, arguments: list[str]) -> int:
    raise Finished(int(arguments[0]) if arguments and arguments[0].isdigit() else running.status)


def _wait(running: Running, arguments: list[str]) -> int:
    if running.jobs:
        running.wakes = max(running.jobs)
        running.jobs = []
    return 0


def _trap(running: Running, arguments: list[str]) -> int:
    handler, signals = (arguments[0], arguments[1:]) if arguments else ("", [])
    for signal in signals:
        name = {"0": "EXIT", "15": "TERM", "2": "INT"}.get(signal, signal.removeprefix("SIG"))
        if handler == "-":
            running.traps.pop(name, None)
        else:
            running.traps[name] = handler
    return 0


def _set(running: Running, arguments: list[str]) -> int:
    for argument in arguments:
        if argument == "--":
            running.arguments = (running.arguments[0], *arguments[arguments.index("--") + 1 :])
            break
        if argument.startswith("-") and "e" in argument:
            running.errexit = True
        elif argument.startswith("+") and "e" in argument:
            running.errexit = False
    return 0


def _shift(running: Running, arguments: list[str]) -> int:
    count = int(arguments[0]) if arguments else 1
    running.arguments = (running.arguments[0], *running.arguments[1 + count :])
    return 0


def _return_early(running: Running, arguments: list[str]) -> int:
    status = int(arguments[0]) if arguments else running.status
    if not running.calls:
        raise Finished(status)
    running.program, running.position, running.arguments = running.calls.pop()
    return status


def _export(running: Running, arguments: list[str]) -> int:
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if equals:
            running.variables[name] = value
    return 0


def _unset(running: Running, arguments: list[str]) -> int:
    for name in arguments:
        running.variables.pop(name, None)
    return 0


def _exec(running: Running, arguments: list[str]) -> int:
    if not arguments:
        return 0
    status = running.call(arguments, "", False)
    if running.wakes is None:
        raise Finished(status)
    running.program, running.position = Program(()), 0
    running.status = status
    return status


def _shell(running: Running, arguments: list[str]) -> int:
    if arguments[:1] != ["-c"] and not (arguments and arguments[0].startswith("-") and arguments[0].endswith("c")):
        raise ShellError("not simulated: sh without -c")
    running.calls.append((running.program, running.position, running.arguments))
    running.program = _with_return(parse(arguments[1] if len(arguments) > 1 else ""))
    running.position, running.arguments = 0, (arguments[2] if len(arguments) > 2 else "sh", *arguments[3:])
    return 0


BUILTINS: Mapping[str, Callable[[Running, list[str]], int]] = {
    "sleep": _sleep,
    "exit": _exit,
    "wait": _wait,
    "trap": _trap,
    "set": _set,
    "shift": _shift,
    "return": _return_early,
    "export": _export,
    "local": _export,
    "readonly": _export,
    "unset": _unset,
    "exec": _exec,
    "sh": _shell,
    "bash": _shell,
    "ash": _shell,
}
