"""The programs of the usual example images, as far as they are simulated: files, tests, and the table of all.

A command gets the process that runs it, its arguments and what it reads; it prints with `task.write`, complains with
`task.complain` and returns its exit status. An option that is not simulated raises ShellError; nothing is ever done
silently that was not understood.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Container, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs

from . import agnhost, archives, editors
from . import file_programs as files
from . import name_programs as names
from . import network_programs as net
from . import system_programs as system
from . import text_programs as text
from .expansion import evaluate
from .files import EXECUTE, READ, WRITE, to_bytes
from .patterns import Glob, regex
from .perl import perl
from .program import ShellError, command_of
from .variables import EXPORTED

if TYPE_CHECKING:
    from .processes import Task

Function = Callable[["Task", list[str], str], int]


@attrs.frozen
class Command:
    """A program: what it does, and how it reads its input."""

    run: Function
    reads: Callable[[list[str]], bool] = lambda arguments: False
    """Whether it reads its input, given these arguments."""
    streams: bool = False
    """Whether it goes through its input line by line as it comes, rather than when all of it is there."""
    path: str = ""
    """The file that it is, of a program that only some images have."""


def echo(task: Task, arguments: list[str], given: str) -> int:
    newline, escapes = True, False
    while arguments and re.fullmatch(r"-[neE]+", arguments[0]):
        newline = newline and "n" not in arguments[0]
        escapes = escapes or "e" in arguments[0]
        arguments = arguments[1:]
    text = " ".join(arguments)
    task.write((_unescaped(text) if escapes else text) + ("\n" if newline else ""))
    return 0


def printf(task: Task, arguments: list[str], given: str) -> int:
    if not arguments:
        task.write("printf: usage: printf format [arguments]\n")
        return 2
    form, values = _unescaped(arguments[0]), arguments[1:]
    odd = re.search(r"%.?", re.sub(CONVERSION + "|%%", "", form))
    if odd:
        raise ShellError(f"not simulated: printf {odd[0]}")
    task.write(_filled(form, values))
    per_round = len(re.findall(CONVERSION, form.replace("%%", "")))
    while per_round and len(values) > per_round:
        values = values[per_round:]
        task.write(_filled(form, values))
    return 0


CONVERSION = r"%[-+ 0-9.]*[sdibxXoucf]"


def _filled(form: str, values: list[str]) -> str:
    """A printf format with its conversions filled in, as far as there are values."""
    left = iter(values)

    def one(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        value = next(left, "")
        kind = found[0][-1]
        try:
            if kind in "diuxXo":
                return found[0].replace("u", "d") % int(value or "0", 0)
            if kind == "f":
                return found[0] % float(value or 0)
        except ValueError:
            raise ShellError(f"printf: invalid number '{value}'") from None
        return _unescaped(value) if kind == "b" else found[0].replace("c", ".1s") % value

    return re.sub(CONVERSION + "|%%", one, form)


def _unescaped(text: str) -> str:
    table = {"n": "\n", "t": "\t", "\\": "\\", "r": "\r", "a": "\a", "0": "\0"}
    return re.sub(r"\\([ntra0\\])", lambda found: table[found[1]], text)


def true(task: Task, arguments: list[str], given: str) -> int:
    return 0


def false(task: Task, arguments: list[str], given: str) -> int:
    return 1


def checksum(kind: str) -> Function:
    """md5sum and its kin."""

    def program(task: Task, arguments: list[str], given: str) -> int:
        for name in arguments or ["-"]:
            content = given if name == "-" else task.files.get(task.path(name))
            if content is None:
                task.complain(f"{kind}sum: can't open '{name}': No such file or directory")
                return 1
            task.write(f"{hashlib.new(kind, to_bytes(content)).hexdigest()}  {name}\n")
        return 0

    return program


def test(task: Task, arguments: list[str], given: str) -> int:
    return int(not _test(task, arguments))


def bracket(task: Task, arguments: list[str], given: str) -> int:
    if not arguments or arguments[-1] not in ("]", "]]"):
        task.write("sh: missing ]\n")
        return 2
    return int(not _test(task, arguments[:-1]))


def double_bracket(task: Task, arguments: list[str], given: str) -> int:
    """`[[ ]]`: the word behind `==` and `!=` is a regular expression here, the one behind `=~` is one of the user's."""
    return int(not _any_of(task, arguments[:-1]))


def _any_of(task: Task, words: list[str]) -> bool:
    for operator, combine in (("||", any), ("&&", all)):
        if operator in words:
            place = words.index(operator)
            return combine((_any_of(task, words[:place]), _any_of(task, words[place + 1 :])))
    if words[:1] == ["!"]:
        return not _any_of(task, words[1:])
    if len(words) == 3 and words[1] in ("=", "==", "!="):
        return Glob([(words[2], False)]).fits(words[0]) == (words[1] != "!=")
    if len(words) == 3 and words[1] == "=~":
        return regex(words[2], extended=True).search(words[0])
    if len(words) == 3 and words[1] in ("<", ">"):
        return words[0] < words[2] if words[1] == "<" else words[0] > words[2]
    return _test(task, words)


NUMERIC: Mapping[str, Callable[[int, int], bool]] = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}


def _test(task: Task, words: list[str]) -> bool:
    for operator, combine in (("-o", any), ("-a", all)):
        if operator in words:
            place = words.index(operator)
            return combine((_test(task, words[:place]), _test(task, words[place + 1 :])))
    if words[:1] == ["!"]:
        return not _test(task, words[1:])
    if not words:
        return False
    if len(words) > 3 and words[0] == "(" and words[-1] == ")":
        return _test(task, words[1:-1])
    if len(words) == 1:
        return bool(words[0])
    if len(words) == 2:
        return _unary(task, *words)
    if len(words) == 3:
        left, operator, right = words
        if operator in ("=", "=="):
            return left == right
        if operator == "!=":
            return left != right
        if operator in NUMERIC:
            try:
                return NUMERIC[operator](int(left), int(right))
            except ValueError:
                task.complain(f"sh: {left if not left.lstrip('-').isdigit() else right}: bad number")
                return False
    raise ShellError(f"not simulated: test {' '.join(words)}")


def _unary(task: Task, operator: str, value: str) -> bool:
    path = task.path(value)
    is_folder = task.is_folder(value)
    there = path in task.files or is_folder
    found = path if path in task.files else path.rstrip("/") + "/"
    answers = {
        "-n": bool(value),
        "-z": not value,
        "-f": path in task.files,
        "-e": there,
        "-s": task.files.size(path) > 0,
        "-d": is_folder,
        "-r": there and task.files.may(found, READ),
        "-w": there and task.files.may(found, WRITE) and not task.files.rights.is_read_only(found),
        "-x": there and (is_folder or bool(task.files.stat(found).mode & 0o111)) and task.files.may(found, EXECUTE),
        "-L": False,
        "-h": False,
        "-t": False,
    }
    if operator not in answers:
        raise ShellError(f"not simulated: test {operator}")
    return answers[operator]


def environment(task: Task, arguments: list[str], given: str) -> int:
    """env: what is exported; or a command with more variables."""
    left = list(arguments)
    while left and "=" in left[0]:
        name, _, value = left.pop(0).partition("=")
        task.variables[name] = value
        task.exported[name] = EXPORTED
    if left and left[0].startswith("-"):
        raise ShellError(f"not simulated: env {left[0]}")
    if left:
        task.waits = None
        task.enter_frame(command_of(*left), 0, task.arguments)
        return 0
    for name in task.exported:
        if name in task.variables:
            task.write(f"{name}={task.variables[name]}\n")
    return 0


def print_environment(task: Task, arguments: list[str], given: str) -> int:
    if not arguments:
        return environment(task, arguments, given)
    known = [name for name in arguments if name in task.exported and name in task.variables]
    for name in known:
        task.write(task.variables[name] + "\n")
    return int(len(known) < len(arguments))


def date(task: Task, arguments: list[str], given: str) -> int:
    unix = task.host.unix
    moment = datetime.fromtimestamp(int(unix), UTC)
    form = "%a %b %e %H:%M:%S UTC %Y"
    for argument in arguments:
        if argument.startswith("+"):
            form = argument[1:]
        elif argument in ("-Is", "-Iseconds", "--iso-8601=seconds"):
            form = "%Y-%m-%dT%H:%M:%S+00:00"
        elif argument == "-R":
            form = "%a, %d %b %Y %H:%M:%S +0000"
        elif not argument.startswith("-"):
            task.complain(f"date: invalid date '{argument}'")
            return 1
        elif argument not in ("-u", "--utc"):
            raise ShellError(f"not simulated: date {argument}")
    nanos = f"{round((unix - int(unix)) * 1000) % 1000:03d}000000"
    form = form.replace("%s", str(int(unix))).replace("%N", nanos).replace("%3N", nanos[:3])
    task.write(moment.strftime(form) + "\n")
    return 0


def hostname(task: Task, arguments: list[str], given: str) -> int:
    if arguments in (["-i"], ["-I"]):
        task.write(" ".join(task.host.resolve(task.host.hostname)[1]) + "\n")
        return 0
    own = task.host.hostname
    lines = [line.split()[1:] for line in task.files.get("/etc/hosts", "").splitlines() if line[:1] != "#"]
    full = next((names[0] for names in lines if own in names), own)
    shown = {"": own, "-s": own.partition(".")[0], "-f": full, "-d": full.partition(".")[2]}
    if " ".join(arguments) not in shown:
        raise ShellError(f"not simulated: hostname {' '.join(arguments)}")
    task.write(shown[" ".join(arguments)] + "\n")
    return 0


def expression(task: Task, arguments: list[str], given: str) -> int:
    """expr, as far as it counts and compares."""
    if len(arguments) == 3 and arguments[1] in ("=", "==", "!="):
        value = str(int((arguments[0] == arguments[2]) == (arguments[1] != "!=")))
    elif len(arguments) == 2 and arguments[0] == "length":
        value = str(len(arguments[1]))
    else:
        value = str(evaluate(" ".join("==" if each == "=" else each for each in arguments)))
    task.write(value + "\n")
    return int(value == "0")


def system_name(task: Task, arguments: list[str], given: str) -> int:
    known = {"-s": "Linux", "-n": task.host.hostname, "-m": "x86_64", "-r": "6.12.0"}
    words = [known.get(each, "") for each in arguments] if arguments else ["Linux"]
    if arguments == ["-a"]:
        words = ["Linux", task.host.hostname, "6.12.0", "#1 SMP", "x86_64", "GNU/Linux"]
    if not all(words):
        raise ShellError(f"not simulated: uname {' '.join(arguments)}")
    task.write(" ".join(words) + "\n")
    return 0


def base_name(task: Task, arguments: list[str], given: str) -> int:
    name = (arguments or [""])[0].rstrip("/").rsplit("/", 1)[-1]
    task.write((name.removesuffix(arguments[1]) if len(arguments) > 1 else name) + "\n")
    return 0


def folder_name(task: Task, arguments: list[str], given: str) -> int:
    head = (arguments or [""])[0].rstrip("/").rpartition("/")
    task.write((head[0] or ("/" if head[1] else ".")) + "\n")
    return 0


def _always(arguments: list[str]) -> bool:
    return True


def _text(function: Function, files_after: int = 0, values: str = "", streams: bool = False) -> Command:
    """A text program: it reads its input unless it is given files, which come after some other arguments."""
    return Command(function, lambda arguments: text.reads_input(arguments, files_after, values), streams)


def reads_names(arguments: list[str]) -> bool:
    """Whether a program reads its input, because no files are named."""
    return all(each.startswith("-") for each in arguments)


COMMANDS: Mapping[str, Command] = {
    "echo": Command(echo),
    "printf": Command(printf),
    "true": Command(true),
    ":": Command(true),
    "false": Command(false),
    "touch": Command(files.touch),
    "rm": Command(files.remove),
    "mkdir": Command(files.make_folder),
    "rmdir": Command(files.remove_folder),
    "cp": Command(files.copy),
    "mv": Command(files.move),
    "chmod": Command(files.change_mode),
    "chown": Command(files.change_owner),
    "chgrp": Command(files.change_group),
    "stat": Command(files.status_of),
    "dd": Command(files.convert, lambda arguments: not any(each.startswith("if=") for each in arguments)),
    "du": Command(files.usage),
    "mount": Command(files.mounts),
    "sync": Command(true),
    "ls": Command(files.list_files),
    "md5sum": _text(checksum("md5")),
    "sha256sum": _text(checksum("sha256")),
    "test": Command(test),
    "[": Command(bracket),
    "[[": Command(double_bracket),
    "env": Command(environment),
    "printenv": Command(print_environment),
    "date": Command(date),
    "hostname": Command(hostname),
    "expr": Command(expression),
    "id": Command(files.identity),
    "ps": Command(system.processes),
    "whoami": Command(files.who_am_i),
    "uname": Command(system_name),
    "basename": Command(base_name),
    "dirname": Command(folder_name),
    "seq": Command(text.sequence),
    "cat": _text(text.cat, streams=True),
    "tee": Command(text.tee, _always, True),
    "grep": _text(text.grep, 1, "ecABCm", True),
    "egrep": _text(text.extended_grep, 1, "ecABCm", True),
    "sed": _text(editors.sed, 1, "e"),
    "awk": _text(editors.awk, 1, "Fv"),
    "cut": _text(text.cut, 0, "dfc", True),
    "tr": Command(text.translate, _always, True),
    "sort": _text(text.sort, 0, "kt"),
    "uniq": _text(text.unique),
    "rev": _text(text.reverse, streams=True),
    "head": _text(text.head, 0, "nc", True),
    "tail": _text(text.tail, 0, "nc"),
    "wc": _text(text.word_count),
    "base64": _text(text.base64_coded, 0, "w"),
    "xargs": Command(text.xargs, _always),
    "tar": Command(archives.tar, archives.reads_archive),
    "nslookup": Command(names.name_lookup),
    "getent": Command(names.get_entry),
    "dig": Command(names.dig),
    "wget": Command(net.wget),
    "curl": Command(net.curl),
    "nc": Command(net.netcat, net.netcat_reads),
    "httpd": Command(net.web_server),
    **{name: Command(agnhost.program(name)) for name in agnhost.PROGRAMS},
    "ping": Command(net.ping),
    "sysctl": Command(system.settings),
    "ip": Command(system.interfaces),
    "hexdump": Command(system.hex_dump, reads_names),
    "hd": Command(system.hex_dump, reads_names),
    "perl": Command(perl, path="/usr/bin/perl"),
    "nnp": Command(system.effective_user),
}


def command_in(files: Container[str], name: str) -> Command | None:
    """The program of a name that there is where these files are."""
    found = COMMANDS.get(name)
    return None if found is None or (found.path and found.path not in files) else found
