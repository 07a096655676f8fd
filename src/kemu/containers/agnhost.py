"""The image of the conformance suite: its subcommands that do something and end, which the machine runs.

Its servers are scripts, which listen; what they answer is in `agnhost_servers.py`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..clock import exact
from ..values.durations import parse_duration
from .agnhost_servers import flags_of
from .agnhost_tokens import discover
from .file_programs import located
from .files import Denied
from .machine import Wait
from .program import ShellError

if TYPE_CHECKING:
    from .processes import Task

NEW_FILE = "mount-tester new file\n"
POLL_SECONDS = 2.0
MODES = {f"new_file_{mode}": int(mode, 8) for mode in ("0644", "0666", "0660", "0777")}
"""The options of `mounttest` that write a file, and its mode."""


# Programs that end


def mount_test(task: Task, words: list[str]) -> int:
    """Say what a file or folder is like, after having made it if that is asked for."""
    flags, _ = flags_of(words)
    if "file_content_in_loop" in flags:
        return _read_in_loop(task, flags)
    task.files.umask = 0
    good = [_shown(task, "fs_type", flags)]
    good += [_written(task, flags[name], mode) for name, mode in MODES.items() if name in flags]
    good += [_shown(task, each, flags) for each in ("file_mode", "file_perm", "file_owner")]
    if "file_content" in flags:
        good.append(_content(task, flags["file_content"]))
    return int(not all(good))


def _shown(task: Task, what: str, flags: Mapping[str, str]) -> bool:
    """One line about a file; whether it is there."""
    name = flags.get(what, "")
    if not name:
        return True
    path = located(task, name)
    if path is None:
        task.write(f"error with {name!r}: no such file or directory\n")
        return False
    stat = task.files.stat(path)
    if what == "fs_type":
        kind = "tmpfs" if stat.mode & 0o1000 and path.endswith("/") else "61267"
        task.write(f'mount type of "{name}": {kind}\n')
    elif what == "file_owner":
        task.write(f'owner UID of "{name}": {stat.uid}\nowner GID of "{name}": {stat.gid}\n')
    else:
        task.write(
            f'{"mode" if what == "file_mode" else "perms"} of file "{name}": {_go_mode(path, stat.mode, what)}\n'
        )
    return True


def _go_mode(path: str, mode: int, what: str) -> str:
    """A mode as Go writes it; its permissions alone leave out what is special."""
    bits = "".join(
        letter if mode >> place & 1 else "-" for place, letter in zip(range(8, -1, -1), "rwx" * 3, strict=True)
    )
    if what == "file_perm":
        return f"-{bits}"
    kinds = ("d" * path.endswith("/"), "u" * bool(mode & 0o4000), "g" * bool(mode & 0o2000), "t" * bool(mode & 0o1000))
    return ("".join(kinds) or "-") + bits


def _written(task: Task, name: str, mode: int) -> bool:
    try:
        task.files.create(task.path(name), NEW_FILE, mode)
    except Denied as refusal:
        task.write(f'error writing new file "{name}": open {name}: {str(refusal).lower()}\n')
        return False
    return _content(task, name)


def _content(task: Task, name: str) -> bool:
    try:
        text = task.files.get(task.path(name))
    except Denied as refusal:
        task.write(f'error reading file content for "{name}": open {name}: {str(refusal).lower()}\n')
        return False
    if text is None:
        task.write(f'error reading file content for "{name}": open {name}: no such file or directory\n')
        return False
    task.write(f'content of file "{name}": {text}\n')
    return True


def _read_in_loop(task: Task, flags: Mapping[str, str]) -> int:
    """Say what is in a file, again and again until it is what it should be, or the time is over."""
    name, rounds = flags["file_content_in_loop"], int(flags.get("retry_time", "180")) // int(POLL_SECONDS)
    text = task.files.get(task.path(name))
    if text is None:
        task.write(f"Error reading file {name}: open {name}: no such file or directory, retrying\n")
    else:
        task.write(f'content of file "{name}": {text}\n')
        if flags.get("break_on_expected_content") != "false":
            if text == NEW_FILE:
                return 0
            task.write(f"Unexpected content. Expected: {NEW_FILE}. Retrying\n")
    task.carried += 1
    if task.carried >= rounds:
        return int(text is None)
    return task.again(Wait("sleep", until=exact(task.host.now + POLL_SECONDS)))


def connect(task: Task, words: list[str]) -> int:
    """Open a connection, and say in a word why there is none."""
    _, others = flags_of(words)
    host, _, port = (others or [""])[0].rpartition(":")
    if not host or not port.isdigit():
        task.complain(f"UNKNOWN: address {(others or [''])[0]}: missing port in address")
        return 1
    if not task.host.resolve(host)[1]:
        task.complain(f"DNS: lookup {host}: no such host")
        return 1
    refused = task.host.connects(host, int(port))
    if refused:
        task.complain("TIMEOUT" if "timed out" in refused else "REFUSED")
    return int(bool(refused))


METHODS, PLACES = ("GET", "POST", "PUT"), ("kube-system", "default", "ns")


def generate_logs(task: Task, words: list[str]) -> int:
    """So many lines in so long a time, evenly."""
    flags, _ = flags_of(words)
    total = int(flags.get("log-lines-total", flags.get("t", "0")))
    lasts = parse_duration(flags.get("run-duration", flags.get("d", "0s")))
    if total <= 0 or lasts <= 0:
        task.complain(f"Invalid total number of lines or duration: {total}, {lasts:g}s")
        return 255
    number = task.carried
    drawn = zlib.crc32(f"{task.host.hostname} {number}".encode())
    where = f"/api/v1/namespaces/{PLACES[drawn % 3]}/pods/{drawn % 46656:03x}"
    stamp = datetime.fromtimestamp(int(task.host.unix), UTC).strftime("I%m%d %H:%M:%S.000000")
    task.complain(
        f"{stamp}       1 logs_generator.go:76] {number} {METHODS[drawn % 7 % 3]} {where} {200 + drawn % 400}"
    )
    task.carried += 1
    return 0 if task.carried >= total else task.again(Wait("sleep", until=exact(task.host.now + lasts / total)))


def dns_suffix(task: Task, words: list[str]) -> int:
    """The domains in which names are looked for."""
    lines = task.files.get("/etc/resolv.conf", "").splitlines()
    task.write(",".join(next((line.split()[1:] for line in lines if line.startswith("search")), [])) + "\n")
    return 0


def dns_servers(task: Task, words: list[str]) -> int:
    """Whom names are asked of."""
    lines = task.files.get("/etc/resolv.conf", "").splitlines()
    task.write(",".join(line.split()[1] for line in lines if line.startswith("nameserver")) + "\n")
    return 0


def hosts(task: Task, words: list[str]) -> int:
    """What is in /etc/hosts."""
    task.write(task.files.get("/etc/hosts", ""))
    return 0


RUNS: Mapping[str, Callable[[Task, list[str]], int]] = {
    "connect": connect,
    "dns-server-list": dns_servers,
    "dns-suffix": dns_suffix,
    "etc-hosts": hosts,
    "logs-generator": generate_logs,
    "mounttest": mount_test,
    "test-service-account-issuer-discovery": lambda task, words: discover(task, flags_of(words)[0]),
}
PROGRAMS = ("agnhost", "agnhost-2")
PRINTS_WORDS = "entrypoint-tester"
"""The subcommand that prints its command line."""


def is_run(words: Sequence[str]) -> bool:
    """Whether a subcommand is a program that the machine runs."""
    return bool(words) and (words[0] in RUNS or words[0] == PRINTS_WORDS)


def program(name: str) -> Callable[[Task, list[str], str], int]:
    """The program under one of its names."""

    def run(task: Task, arguments: list[str], given: str) -> int:
        if arguments[:1] == [PRINTS_WORDS]:
            task.write(f"[{' '.join([f'/{name}', *arguments])}]\n")
            return 0
        if not arguments or arguments[0] not in RUNS:
            raise ShellError(f"not simulated: agnhost {' '.join(arguments[:1])}")
        return RUNS[arguments[0]](task, arguments[1:])

    return run
