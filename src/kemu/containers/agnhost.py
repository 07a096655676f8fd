"""The image of the conformance suite: its subcommands that do something and end, and what its servers answer.

Servers are scripts, which listen; what they answer to a request follows from their subcommand (`answer`). The others
are programs of the machine (`run`).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import attrs

from ..clock import exact
from ..values.durations import parse_duration
from ..values.times import Time
from .agnhost_guestbook import Book
from .agnhost_hooks import admitted, converted
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


def flags_of(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The options of a command line, `--name=value` or `--name value`, and its other words."""
    flags, others, left = dict[str, str](), list[str](), list(words)
    while left:
        word = left.pop(0)
        if not word.startswith("-"):
            others.append(word)
            continue
        name, equals, value = word.lstrip("-").partition("=")
        if not equals:
            value = left.pop(0) if left and not left[0].startswith("-") else "true"
        flags[name] = value
    return flags, others


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


# Servers


@attrs.frozen
class Server:
    """What a server that answers knows of itself and of who asks."""

    hostname: str
    port: int
    source: str
    """The address of who asks; empty for what comes from no pod."""
    unix: float
    env: Mapping[str, str]
    fetch: Callable[[str, int, str], tuple[int, str] | str]
    shell: Callable[[str], tuple[int, str]]
    words: tuple[str, ...] = ()
    """Its command line, without the subcommand."""


@attrs.frozen
class Reply:
    """What a server answers, what it writes to its log, and the code with which it ends, if it does."""

    body: str = ""
    status: int = 200
    log: str = ""
    exit: int | None = None
    seconds: float = 0.0
    """How long it takes."""


def answer(name: str, path: str, server: Server, body: str = "") -> Reply | None:
    """What a server answers to a request; None where it is nothing of its own."""
    asked = urlsplit(path)
    query = {key: values[0] for key, values in parse_qs(asked.query, keep_blank_values=True).items()}
    if name == "netexec":
        handler = HANDLERS.get(asked.path)
        return _root(query, server) if handler is None else handler(query, server)
    if name in ("webhook", "crd-conversion-webhook"):
        return _hooked(name, asked.path, body, server)
    if name == "guestbook":
        found = Book(server.fetch, server.shell, flags_of(server.words)[0]).answer(asked.path, query)
        return NOT_FOUND if found is None else Reply(found[1], found[0])
    if name == "serve-hostname":
        return Reply(server.hostname)
    if name == "porter":
        return _ported(server)
    return None


def _hooked(name: str, path: str, body: str, server: Server) -> Reply:
    """What a webhook says of a review that is sent to it."""
    if path == "/readyz":
        return Reply("ok")
    if name == "crd-conversion-webhook":
        return Reply(converted(body)) if path == "/crdconvert" and body else NOT_FOUND
    found = admitted(path, body, flags_of(server.words)[0]) if body else None
    return NOT_FOUND if found is None else Reply(found[0], seconds=found[1])


NOT_FOUND = Reply("404 page not found\n", 404)


def _root(query: Mapping[str, str], server: Server) -> Reply:
    return Reply(f"NOW: {Time.at(server.unix)}", log="GET /")


def _echo(query: Mapping[str, str], server: Server) -> Reply:
    message, code = query.get("msg", ""), query.get("code", "")
    log = f"GET /echo?msg={message}&code={code}"
    if code and not code.isdigit():
        return Reply(f"argument 'code' must be an integer or empty, got \"{code}\"\n", log=log)
    return Reply(message, int(code or 200), log)


def _client(query: Mapping[str, str], server: Server) -> Reply:
    port = 32768 + zlib.crc32(f"{server.source} {server.unix}".encode()) % 28232
    return Reply(f"{server.source}:{port}", log="GET /clientip")


def _dial(query: Mapping[str, str], server: Server) -> Reply:
    """Ask another server for something, some times."""
    host, port, request = query.get("host", ""), query.get("port", ""), query.get("request", "")
    protocol, tries = query.get("protocol", ""), query.get("tries", "")
    log = f"GET /dial?host={host}&protocol={protocol}&port={port}&request={request}&tries={tries}"
    if not request or not port.isdigit() or not (tries or "1").isdigit():
        return Reply("host and/or port param are invalid. \n", 400, log)
    output: dict[str, list[str]] = {}
    for _ in range(min(int(tries or "1"), 100)):
        found = server.fetch(host, int(port), f"/{request}")
        key, text = ("errors", found) if isinstance(found, str) else ("responses", found[1])
        output.setdefault(key, []).append(text)
    return Reply(json.dumps(output, separators=(",", ":")), log=log)


def _shell(query: Mapping[str, str], server: Server) -> Reply:
    command = query.get("shellCommand") or query.get("cmd", "")
    code, text = server.shell(command)
    output = {**({"output": text} if text else {}), **({"error": f"exit status {code}"} if code else {})}
    return Reply(json.dumps(output, separators=(",", ":")), log=f"GET /shell?cmd={command}")


def _exit(query: Mapping[str, str], server: Server) -> Reply:
    code = query.get("code", "") or "0"
    return Reply(log=f"GET /exit?code={query.get('code', '')}", exit=int(code) if code.isdigit() else None)


def _named(path: str) -> Callable[[Mapping[str, str], Server], Reply]:
    return lambda query, server: Reply(server.hostname, log=f"GET {path}")


HANDLERS: Mapping[str, Callable[[Mapping[str, str], Server], Reply]] = {
    "/": _root,
    "/clientip": _client,
    "/dial": _dial,
    "/echo": _echo,
    "/exit": _exit,
    "/healthz": lambda query, server: Reply(log="GET /healthz"),
    "/hostname": _named("/hostname"),
    "/hostName": _named("/hostName"),
    "/readyz": lambda query, server: Reply("ok", log="GET /readyz"),
    "/serverport": lambda query, server: Reply(str(server.port), log="GET /serverport"),
    "/shell": _shell,
    "/shutdown": lambda query, server: Reply(log="GET /shutdown", exit=0),
}
"""What `netexec` answers, by path."""

PORTS = ("SERVE_PORT_", "SERVE_TCP_PORT_", "SERVE_TLS_PORT_", "SERVE_UDP_PORT_", "SERVE_SCTP_PORT_")


def ported(env: Mapping[str, str]) -> dict[int, str]:
    """What `porter` serves by port: its variables say so."""
    found = {}
    for name, text in env.items():
        prefix = next((each for each in PORTS if name.startswith(each)), None)
        if prefix is not None and name[len(prefix) :].isdigit():
            found[int(name[len(prefix) :])] = text
    return found


def _ported(server: Server) -> Reply:
    return Reply(ported(server.env).get(server.port, ""))
