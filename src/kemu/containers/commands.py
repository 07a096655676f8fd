"""The programs of the usual example images, as far as they are simulated.

A command gets the running machine, its arguments and what it reads from a pipe; it prints with `machine.write` and
returns its exit status. Nothing here waits: what takes time is the shell's own business (`sleep`, `wait`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .shell import ShellError

if TYPE_CHECKING:
    from .machine import Running

Command = Callable[["Running", list[str], str], int]

DNS_SERVER = "10.96.0.10"
"""The address that containers are told to ask for names."""


def echo(machine: Running, arguments: list[str], given: str) -> int:
    newline, escapes = True, False
    while arguments and re.fullmatch(r"-[neE]+", arguments[0]):
        newline = newline and "n" not in arguments[0]
        escapes = escapes or "e" in arguments[0]
        arguments = arguments[1:]
    text = " ".join(arguments)
    machine.write((_unescaped(text) if escapes else text) + ("\n" if newline else ""))
    return 0


def printf(machine: Running, arguments: list[str], given: str) -> int:
    if not arguments:
        machine.write("printf: usage: printf format [arguments]\n")
        return 2
    form, values = _unescaped(arguments[0]), arguments[1:]
    machine.write(_filled(form, values))
    per_round = len(re.findall(CONVERSION, form.replace("%%", "")))
    while per_round and len(values) > per_round:
        values = values[per_round:]
        machine.write(_filled(form, values))
    return 0


CONVERSION = r"%[-0-9.]*[sdib]"


def _filled(form: str, values: list[str]) -> str:
    """A printf format with its conversions filled in, as far as there are values."""
    left = iter(values)

    def one(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        value = next(left, "")
        if found[0].endswith(("d", "i")):
            return found[0] % int(value or 0)
        return _unescaped(value) if found[0].endswith("b") else found[0] % value

    return re.sub(CONVERSION + "|%%", one, form)


def _unescaped(text: str) -> str:
    table = {"n": "\n", "t": "\t", "\\": "\\", "r": "\r", "a": "\a", "0": "\0"}
    return re.sub(r"\\([ntra0\\])", lambda found: table[found[1]], text)


def true(machine: Running, arguments: list[str], given: str) -> int:
    return 0


def false(machine: Running, arguments: list[str], given: str) -> int:
    return 1


def cat(machine: Running, arguments: list[str], given: str) -> int:
    status = 0
    if not arguments or arguments == ["-"]:
        machine.write(given)
    for name in arguments:
        if name == "-":
            continue
        text = machine.files.get(name)
        if text is None:
            machine.write(f"cat: can't open '{name}': No such file or directory\n")
            status = 1
        else:
            machine.write(text)
    return status


def touch(machine: Running, arguments: list[str], given: str) -> int:
    for name in arguments:
        if not name.startswith("-"):
            machine.files.setdefault(name, "")
    return 0


def remove(machine: Running, arguments: list[str], given: str) -> int:
    forced = any(argument.startswith("-") and "f" in argument for argument in arguments)
    recursive = any(argument.startswith("-") and "r" in argument.lower() for argument in arguments)
    status = 0
    for name in (argument for argument in arguments if not argument.startswith("-")):
        inside = [path for path in machine.files if path == name or (recursive and path.startswith(name + "/"))]
        for path in inside:
            del machine.files[path]
        if not inside and not forced:
            machine.write(f"rm: can't remove '{name}': No such file or directory\n")
            status = 1
    return status


def make_folder(machine: Running, arguments: list[str], given: str) -> int:
    return 0


def list_files(machine: Running, arguments: list[str], given: str) -> int:
    names = [argument for argument in arguments if not argument.startswith("-")] or ["/"]
    status = 0
    for name in names:
        folder = name.rstrip("/") + "/"
        found = sorted({path[len(folder) :].split("/")[0] for path in machine.files if path.startswith(folder)})
        if name in machine.files:
            machine.write(name + "\n")
        elif found or name == "/":
            machine.write("".join(entry + "\n" for entry in found))
        else:
            machine.write(f"ls: {name}: No such file or directory\n")
            status = 1
    return status


def test(machine: Running, arguments: list[str], given: str) -> int:
    return int(not _test(machine, arguments))


def bracket(machine: Running, arguments: list[str], given: str) -> int:
    if not arguments or arguments[-1] not in ("]", "]]"):
        machine.write("sh: missing ]\n")
        return 2
    return int(not _test(machine, arguments[:-1]))


NUMERIC: Mapping[str, Callable[[int, int], bool]] = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}


def _test(machine: Running, words: list[str]) -> bool:
    for operator, combine in (("-o", any), ("-a", all)):
        if operator in words:
            place = words.index(operator)
            return combine((_test(machine, words[:place]), _test(machine, words[place + 1 :])))
    if words[:1] == ["!"]:
        return not _test(machine, words[1:])
    if not words:
        return False
    if len(words) == 1:
        return bool(words[0])
    if len(words) == 2:
        return _unary(machine, *words)
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
                machine.write(f"sh: {left if not left.lstrip('-').isdigit() else right}: bad number\n")
                return False
    raise ShellError(f"not simulated: test {' '.join(words)}")


def _unary(machine: Running, operator: str, value: str) -> bool:
    is_folder = any(path.startswith(value.rstrip("/") + "/") for path in machine.files)
    answers = {
        "-n": bool(value),
        "-z": not value,
        "-f": value in machine.files,
        "-e": value in machine.files or is_folder,
        "-s": bool(machine.files.get(value)),
        "-d": is_folder,
        "-r": value in machine.files,
        "-x": value in machine.files,
    }
    if operator not in answers:
        raise ShellError(f"not simulated: test {operator}")
    return answers[operator]


def environment(machine: Running, arguments: list[str], given: str) -> int:
    for name, value in machine.variables.items():
        if not arguments or name in arguments:
            machine.write(f"{name}={value}\n" if not arguments else f"{value}\n")
    return 0


def date(machine: Running, arguments: list[str], given: str) -> int:
    moment = datetime.fromtimestamp(int(machine.host.unix), UTC)
    form = next((argument[1:] for argument in arguments if argument.startswith("+")), "%a %b %e %H:%M:%S UTC %Y")
    machine.write(moment.strftime(form.replace("%s", str(int(machine.host.unix)))) + "\n")
    return 0


def hostname(machine: Running, arguments: list[str], given: str) -> int:
    machine.write(machine.host.hostname + "\n")
    return 0


def grep(machine: Running, arguments: list[str], given: str) -> int:
    flags = "".join(argument[1:] for argument in arguments if argument.startswith("-"))
    words = [argument for argument in arguments if not argument.startswith("-")]
    if not words:
        machine.write("grep: no pattern\n")
        return 2
    text = "".join(machine.files.get(name, "") for name in words[1:]) if len(words) > 1 else given
    pattern = re.compile(words[0], re.IGNORECASE if "i" in flags else 0)
    found = [line for line in text.splitlines() if bool(pattern.search(line)) != ("v" in flags)]
    if "q" not in flags:
        machine.write("".join(line + "\n" for line in found))
    return int(not found)


def head(machine: Running, arguments: list[str], given: str) -> int:
    count = next((int(a.lstrip("-n")) for a in arguments if a.lstrip("-n").isdigit()), 10)
    machine.write("".join(line + "\n" for line in given.splitlines()[:count]))
    return 0


def word_count(machine: Running, arguments: list[str], given: str) -> int:
    machine.write(f"{len(given.splitlines())}\n" if "-l" in arguments else f"{len(given)}\n")
    return 0


def sequence(machine: Running, arguments: list[str], given: str) -> int:
    numbers = [int(argument) for argument in arguments]
    first, step, last = (1, 1, numbers[0]) if len(numbers) == 1 else (numbers[0], 1, numbers[-1])
    if len(numbers) == 3:
        step = numbers[1]
    for number in range(first, last + (1 if step > 0 else -1), step):
        machine.write(f"{number}\n")
    return 0


def name_lookup(machine: Running, arguments: list[str], given: str) -> int:
    """nslookup, as busybox prints it."""
    names = [argument for argument in arguments if not argument.startswith("-")]
    if not names:
        machine.write("Usage: nslookup HOST [SERVER]\n")
        return 1
    machine.write(f"Server:\t\t{DNS_SERVER}\nAddress:\t{DNS_SERVER}:53\n\n")
    full, addresses = machine.host.resolve(names[0])
    if not addresses:
        machine.write(f"** server can't find {full}: NXDOMAIN\n\n")
        return 1
    for address in addresses:
        machine.write(f"Name:\t{full}\nAddress: {address}\n")
    machine.write("\n")
    return 0


def _target(url: str) -> tuple[str, int, str]:
    found = re.fullmatch(r"(?:(https?)://)?([^/:]+)(?::(\d+))?(/.*)?", url)
    if not found:
        raise ShellError(f"bad address {url!r}")
    port = int(found[3]) if found[3] else 443 if found[1] == "https" else 80
    return found[2], port, found[4] or "/"


def wget(machine: Running, arguments: list[str], given: str) -> int:
    return _download(machine, arguments, "wget")


def curl(machine: Running, arguments: list[str], given: str) -> int:
    return _download(machine, arguments, "curl")


WITH_VALUE = ("-O", "-o", "-T", "-m", "--max-time", "--connect-timeout", "-t", "--timeout", "-H", "-w", "-X", "--retry")


def _download(machine: Running, arguments: list[str], program: str) -> int:
    url, target, position = "", "", 0
    while position < len(arguments):
        argument = arguments[position]
        if argument in WITH_VALUE:
            target = arguments[position + 1] if argument in ("-O", "-o") else target
            position += 1
        elif argument.startswith("-"):
            target = "-" if argument.endswith("O-") else target
        else:
            url = argument
        position += 1
    host, port, path = _target(url)
    answer = machine.host.fetch(host, port, path)
    quiet = any(argument.startswith("-") and ("q" in argument or "s" in argument) for argument in arguments)
    if isinstance(answer, str):
        text = f"wget: {answer}" if program == "wget" else f"curl: (7) {answer}"
        if not (program == "curl" and quiet):
            machine.write(text + "\n")
        return 1 if program == "wget" else 7
    status, body = answer
    if status >= 400 and program == "wget":
        machine.write(f"wget: server returned error: HTTP/1.1 {status}\n")
        return 1
    if status >= 400 and any(a.startswith("-") and "f" in a and not a.startswith("--") for a in arguments):
        return 22
    if target in ("", "-") and (program == "curl" or target == "-"):
        machine.write(body)
    elif target and target != "/dev/null":
        machine.files[target] = body
    return 0


def netcat(machine: Running, arguments: list[str], given: str) -> int:
    words = [a for a in arguments if not a.startswith("-")]
    if any(a.startswith("-") and "l" in a for a in arguments):
        machine.sleep(float("inf"))
        return 0
    words = words[-2:]
    if len(words) != 2 or not words[1].isdigit():
        machine.write("usage: nc HOST PORT\n")
        return 1
    refused = machine.host.connects(words[0], int(words[1]))
    if refused:
        machine.write(f"nc: {refused}\n")
    return int(bool(refused))


def ping(machine: Running, arguments: list[str], given: str) -> int:
    words = [argument for argument in arguments if not argument.startswith("-") and not argument.isdigit()]
    full, addresses = machine.host.resolve(words[0]) if words else ("", ())
    if not addresses:
        machine.write(f"ping: bad address '{words[0] if words else ''}'\n")
        return 1
    machine.write(f"PING {full} ({addresses[0]}): 56 data bytes\n64 bytes from {addresses[0]}: seq=0 ttl=64\n")
    return 0


def tail(machine: Running, arguments: list[str], given: str) -> int:
    if any(argument.startswith("-") and "f" in argument.lower() for argument in arguments):
        machine.sleep(float("inf"))
        return 0
    machine.write("".join(line + "\n" for line in given.splitlines()[-10:]))
    return 0


COMMANDS: Mapping[str, Command] = {
    "echo": echo,
    "printf": printf,
    "true": true,
    ":": true,
    "false": false,
    "cat": cat,
    "touch": touch,
    "rm": remove,
    "mkdir": make_folder,
    "chmod": true,
    "chown": true,
    "ls": list_files,
    "test": test,
    "[": bracket,
    "[[": bracket,
    "env": environment,
    "printenv": environment,
    "date": date,
    "hostname": hostname,
    "grep": grep,
    "head": head,
    "wc": word_count,
    "seq": sequence,
    "nslookup": name_lookup,
    "wget": wget,
    "curl": curl,
    "nc": netcat,
    "ping": ping,
    "tail": tail,
}
