"""What only the shell itself can do: control of its processes, variables and input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import TYPE_CHECKING

import attrs

from ..values.durations import parse_duration
from .expansion import split
from .file_programs import mask
from .files import to_bytes
from .machine import SIGNALS, Wait
from .program import Program, ShellError, command_of
from .shell import parse
from .variables import EXPORTED, Variables

if TYPE_CHECKING:
    from .processes import Task

OPTIONS = {"e": "errexit", "u": "nounset", "x": "xtrace"}
"""The letters of `set` that mean something here."""

HARMLESS = "abfhmnvilkC"
"""Letters that change nothing in a simulation."""

NAMED = ("errexit", "nounset", "xtrace", "pipefail")


LONGEST_ARGUMENT = (1 << 17) - 1
"""So many bytes an argument of a program has at most, as in Linux."""

NOT_EXECUTED = 255
"""The exit code of a container whose program the system refuses to execute."""


class Finished(Exception):
    """The process has ended with this exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def duration(arguments: list[str]) -> float:
    """The seconds that `sleep` is told; infinity for forever. Raises ValueError for anything else."""
    total = 0.0
    for argument in arguments:
        if argument in ("infinity", "inf"):
            return inf
        unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}.get(argument[-1:], 0)
        try:
            total += float(argument[:-1]) * unit if unit else float(argument)
        except ValueError:
            total += parse_duration(argument)
    if not arguments or total < 0 or total != total:
        raise ValueError("no duration")
    return total


def _sleep(task: Task, arguments: list[str]) -> int:
    try:
        task.sleep(duration(arguments))
    except ValueError:
        task.complain(f"sleep: invalid number '{' '.join(arguments)}'")
        return 1
    return 0


def _number(task: Task, arguments: list[str], default: int) -> int:
    if not arguments:
        return default
    if not arguments[0].lstrip("-").isdigit():
        raise ShellError(f"Illegal number: {arguments[0]}")
    return int(arguments[0])


def _exit(task: Task, arguments: list[str]) -> int:
    raise Finished(_number(task, arguments, task.status))


def _return_early(task: Task, arguments: list[str]) -> int:
    status = _number(task, arguments, task.status)
    if not task.frames:
        raise Finished(status)
    tested = task.tested
    task.leave_frame()
    task.status = status
    if task.is_fatal(tested):
        raise Finished(status)
    return status


def _wait(task: Task, arguments: list[str]) -> int:
    if arguments[:1] == ["-n"]:
        if task.jobs:
            task.waits = Wait("jobs", pids=tuple(task.jobs), number=1)
        return 127
    pids = tuple(int(each) for each in arguments if each.isdigit()) or tuple(task.jobs)
    if pids:
        task.waits = Wait("jobs", pids=pids, path="" if arguments else "all")
    return 0


def _signal_name(text: str) -> str:
    name = text.removeprefix("SIG")
    by_number = {str(number): each for each, number in SIGNALS.items()}
    name = {"0": "EXIT", **by_number}.get(name, name)
    if name not in (*SIGNALS, "EXIT"):
        raise ShellError(f"not simulated: the signal {text}")
    return name


def _trap(task: Task, arguments: list[str]) -> int:
    if not arguments:
        for name, handler in task.traps.items():
            task.write(f"trap -- '{handler}' {name}\n")
        return 0
    handler, signals = (arguments[0], arguments[1:]) if len(arguments) > 1 else ("-", arguments)
    for signal in signals:
        name = _signal_name(signal)
        if handler == "-":
            task.traps.pop(name, None)
        else:
            task.traps[name] = handler
    return 0


def _kill(task: Task, arguments: list[str]) -> int:
    name = "TERM"
    if arguments[:1] in (["-s"], ["-n"]):
        name, arguments = _signal_name(arguments[1]), arguments[2:]
    elif arguments and arguments[0].startswith("-"):
        name, arguments = _signal_name(arguments[0][1:]), arguments[1:]
    status = 0
    for each in arguments:
        pid = int(each) if each.isdigit() else task.job if each.startswith("%") else 0
        found = pid in task.world.tasks if name == "EXIT" else task.world.deliver(pid, name)
        if not found:
            task.complain(f"{task.name}: can't kill pid {each}: No such process")
            status = 1
    if task.pid not in task.world.tasks:
        raise Finished(128 + SIGNALS.get(name, 15))
    return status


def _set(task: Task, arguments: list[str]) -> int:
    left = list(arguments)
    while left:
        argument = left.pop(0)
        if argument == "--" or argument[:1] not in ("-", "+"):
            task.arguments = (task.arguments[0], *(left if argument == "--" else [argument, *left]))
            break
        for letter in argument[1:]:
            if letter == "o":
                name = left.pop(0) if left else ""
                if name not in NAMED:
                    raise ShellError(f"not simulated: set -o {name}")
                task.options[name] = argument[0] == "-"
            elif letter in OPTIONS:
                task.options[OPTIONS[letter]] = argument[0] == "-"
            elif letter not in HARMLESS:
                raise ShellError(f"not simulated: set {argument}")
    return 0


def _shift(task: Task, arguments: list[str]) -> int:
    count = _number(task, arguments, 1)
    if count > len(task.arguments) - 1:
        return 1
    task.arguments = (task.arguments[0], *task.arguments[1 + count :])
    return 0


def _export(task: Task, arguments: list[str]) -> int:
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if equals:
            task.variables[name] = value
        if not name.startswith("-"):
            task.exported[name] = EXPORTED
    return 0


def _assign(task: Task, arguments: list[str]) -> int:
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if equals:
            task.variables[name] = value
    return 0


def _local(task: Task, arguments: list[str]) -> int:
    if not task.frames:
        task.complain(f"{task.name}: local: not in a function")
        return 1
    frame = task.frames[-1]
    for argument in arguments:
        name = argument.partition("=")[0]
        frame = attrs.evolve(frame, saved=(*frame.saved, (name, task.variables.get(name))))
    task.frames[-1] = frame
    return _assign(task, arguments)


def _unset(task: Task, arguments: list[str]) -> int:
    for name in arguments:
        task.variables.pop(name, None)
        task.exported.pop(name, None)
        if "-f" in arguments:
            task.functions.pop(name, None)
    return 0


def _exec(task: Task, arguments: list[str]) -> int:
    """Become another program; without one, keep the redirections of this command."""
    streams = task.io[-1]
    if not arguments:
        task.io[:] = [streams, streams]  # the second one ends with this command
        return 0
    name = arguments[0].rsplit("/", 1)[-1]
    if any(len(to_bytes(each)) > LONGEST_ARGUMENT for each in arguments):
        path = arguments[0] if "/" in arguments[0] else f"/bin/{arguments[0]}"
        task.complain(f"exec {path}: argument list too long")
        raise Finished(NOT_EXECUTED)
    task.traps.clear()
    task.frames, task.kept, task.io = [], [], [streams]
    if name in SHELLS or (task.path(arguments[0]) in task.files and "/" in arguments[0]):
        program, words, options = _script(task, arguments if name in SHELLS else ["sh", *arguments])
        fresh = task.begin(program, words, options)
        task.variables = Variables(fresh.variables, task.world.machine.links)
        task.functions, task.options = {}, dict(options)
        task.program, task.arguments = program, words
        if name == "bash":
            task.variables["BASH_VERSION"] = "5"
    else:
        task.program = command_of(*arguments)
        task.functions = {}
    task.position = 0
    return 0


FROM_INPUT = 'while IFS= read -r REPLY; do eval "$REPLY"; done'
"""What a shell does that is given no script: it runs each line that it reads."""


def _script(task: Task, words: list[str]) -> tuple[Program, tuple[str, ...], dict[str, bool]]:
    """The program that a shell's command line means, its arguments and options."""
    options: dict[str, bool] = {}
    left = words[1:]
    takes_text = False
    while left and left[0].startswith("-") and left[0] != "--":
        flags = left.pop(0)[1:]
        if flags in ("-login", "-norc", "-noprofile", "-posix"):
            continue
        for letter in flags:
            if letter == "c":
                takes_text = True
            elif letter == "o":
                options[left.pop(0) if left else ""] = True
            elif letter in OPTIONS:
                options[OPTIONS[letter]] = True
            elif letter not in HARMLESS:
                raise ShellError(f"not simulated: {words[0]} -{flags}")
    left = left[1:] if left[:1] == ["--"] else left
    if takes_text:
        if not left:
            raise ShellError("-c requires an argument")
        return parse(left[0]), tuple(left[1:]) or (words[0],), options
    if not left:
        return parse(FROM_INPUT) if task.io[-1].stdin else Program(()), (words[0],), options
    text = task.files.get(task.path(left[0]))
    if text is None:
        task.complain(f"{words[0]}: can't open '{left[0]}': No such file or directory")
        raise Finished(2)
    first = text.partition("\n")[0]
    if first.startswith("#!") and not any(shell in first for shell in SHELLS):
        raise ShellError(f"not simulated: {first}")
    return parse(text), tuple(left), options


def _shell(task: Task, arguments: list[str]) -> int:
    return _start_shell(task, ["sh", *arguments])


def _bash(task: Task, arguments: list[str]) -> int:
    return _start_shell(task, ["bash", *arguments])


def _start_shell(task: Task, words: list[str]) -> int:
    """Another shell, as a process of its own, which is waited for."""
    program, arguments, options = _script(task, words)
    process = task.begin(program, arguments, options)
    if words[0] == "bash":
        process = attrs.evolve(process, variables=process.variables.with_("BASH_VERSION", "5"))
    task.waits = Wait("children", pids=(task.world.spawn(task, process),))
    return 0


def _source(task: Task, arguments: list[str]) -> int:
    text = task.files.get(task.path(arguments[0])) if arguments else None
    if text is None:
        raise ShellError(f".: can't open '{' '.join(arguments[:1])}': No such file or directory")
    task.enter_frame(parse(text), 0, (task.arguments[0], *(arguments[1:] or task.arguments[1:])))
    return task.status


def _eval(task: Task, arguments: list[str]) -> int:
    text = " ".join(arguments)
    task.charge(len(text), 2)
    task.enter_frame(parse(text), 0, task.arguments)
    return 0


def _read(task: Task, arguments: list[str]) -> int:
    """Take a line from the input into variables; wait for it if more may come."""
    names = [each for each in arguments if not each.startswith("-")] or ["REPLY"]
    if any(each.startswith("-") and each.strip("-r") for each in arguments):
        raise ShellError(f"not simulated: read {' '.join(arguments)}")
    pipe = task.io[-1].stdin
    text = task.world.pipes.get(pipe, "")
    if "\n" not in text and pipe and task.world.has_writer(pipe):
        return task.again(Wait("line", number=pipe))
    line, newline, rest = text.partition("\n")
    if pipe:
        task.world.pipes[pipe] = rest
    separators = task.variables.get("IFS", " \t\n")
    fields = split(line, separators)
    for place, name in enumerate(names):
        if place < len(names) - 1:
            task.variables[name] = fields[place] if place < len(fields) else ""
            line = _after_field(line, separators)
        else:
            task.variables[name] = line.strip("".join(char for char in separators if char in " \t\n"))
    return 0 if newline else 1


def _after_field(line: str, separators: str) -> str:
    """The line without its first field and what separates it from the next."""
    at = 0
    while at < len(line) and line[at] in " \t" and line[at] in separators:
        at += 1
    while at < len(line) and line[at] not in separators:
        at += 1
    while at < len(line) and line[at] in " \t" and line[at] in separators:
        at += 1
    if at < len(line) and line[at] in separators and line[at] not in " \t":
        at += 1
    return line[at:]


def _change_folder(task: Task, arguments: list[str]) -> int:
    target = arguments[0] if arguments else "/root"
    if arguments and not task.is_folder(target):
        task.complain(f"{task.name}: cd: can't cd to {target}: No such file or directory")
        return 2
    task.cwd = task.path(target)
    task.variables.pop("PWD", None)
    return 0


def _print_folder(task: Task, arguments: list[str]) -> int:
    task.write(task.cwd + "\n")
    return 0


def _command(task: Task, arguments: list[str]) -> int:
    """`command -v name`, `type name` and `which name`."""
    from .commands import command_in

    names = [each for each in arguments if not each.startswith("-")]
    missing = 0
    for name in names:
        if name in BUILTINS or name in task.functions:
            task.write(name + "\n")
        elif (found := command_in(task.files, name)) is not None:
            task.write(f"{found.path or f'/bin/{name}'}\n")
        else:
            missing = 127
    return missing


def _run_command(task: Task, arguments: list[str]) -> int:
    if arguments and not arguments[0].startswith("-"):
        return _indirectly(task, arguments)
    return _command(task, arguments)


def _indirectly(task: Task, arguments: list[str]) -> int:
    """Run the command that the arguments name."""
    task.enter_frame(command_of(*arguments), 0, task.arguments)
    return 0


def _time_limit(task: Task, arguments: list[str]) -> int:
    """`timeout 5 command`: the command, ended by SIGTERM when its time is up."""
    left = list(arguments)
    while left and left[0].startswith("-"):
        if left.pop(0) in ("-s", "-k", "-t"):
            left.pop(0)
    if len(left) < 2:
        raise ShellError("timeout: a duration and a command are needed")
    try:
        seconds = duration(left[:1])
    except ValueError:
        raise ShellError(f"timeout: invalid time interval '{left[0]}'") from None
    child = task.world.spawn(task, task.begin(command_of(*left[1:]), ("sh",), {}))
    watch = parse(f"sleep {seconds:g}; kill {child} 2>/dev/null")
    task.world.spawn(task, task.child(watch))
    task.waits = Wait("children", pids=(child,))
    return 0


SHELLS = ("sh", "bash", "ash", "dash")

BUILTINS: Mapping[str, Callable[[Task, list[str]], int]] = {
    "sleep": _sleep,
    "exit": _exit,
    "wait": _wait,
    "trap": _trap,
    "kill": _kill,
    "set": _set,
    "shift": _shift,
    "return": _return_early,
    "export": _export,
    "local": _local,
    "umask": mask,
    "declare": _assign,
    "typeset": _assign,
    "readonly": _assign,
    "unset": _unset,
    "exec": _exec,
    "eval": _eval,
    ".": _source,
    "source": _source,
    "read": _read,
    "cd": _change_folder,
    "pwd": _print_folder,
    "command": _run_command,
    "type": _command,
    "which": _command,
    "nohup": _indirectly,
    "timeout": _time_limit,
    "sh": _shell,
    "ash": _shell,
    "dash": _shell,
    "bash": _bash,
}
