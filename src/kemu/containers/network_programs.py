"""Programs that use the network: downloads, connections, small servers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..clock import exact
from .calls import Call, target_of
from .machine import Wait
from .program import ShellError

if TYPE_CHECKING:
    from .processes import Task


def _target(url: str) -> tuple[str, int, str]:
    found = target_of(url)
    if found is None:
        raise ShellError(f"bad address {url!r}")
    return found


def wget(task: Task, arguments: list[str], given: str) -> int:
    """wget, as busybox prints it."""
    target, url, posted, quiet, spider, left = "", "", "", False, False, list(arguments)
    while left:
        argument = left.pop(0)
        if argument == "--spider":
            spider = True
        elif argument.startswith("--"):
            name, equals, value = argument.partition("=")
            quiet = quiet or name == "--quiet"
            if name in ("--timeout", "--tries", "--header", "--post-data", "--output-document") and not equals:
                value = left.pop(0) if left else ""
            target = value if name == "--output-document" else target
            posted = value if name == "--post-data" else posted
        elif argument.startswith("-") and argument != "-":
            quiet = quiet or "q" in argument.partition("O")[0]
            found = re.search(r"[OTtUP]", argument)
            if found:
                value = argument[found.end() :] or (left.pop(0) if left else "")
                target = value if found[0] == "O" else target
        else:
            url = argument
    host, port, path = _target(url)
    answer = task.world.ask(host, port, Call(path, method="POST" if posted else "GET", sent=posted))
    address = task.host.resolve(host)[1]
    if not quiet and address:
        task.complain(f"Connecting to {host}{'' if port == 80 else f':{port}'} ({address[0]}:{port})")
    if isinstance(answer, str):
        task.complain(f"wget: {answer}")
        return 1
    status, body = answer
    if status >= 400:
        task.complain(f"wget: server returned error: HTTP/1.1 {status} {REASONS.get(status, '')}".rstrip())
        return 1
    if spider:
        return 0
    if target == "-":
        task.write(body)
    elif target != "/dev/null":
        task.files[task.path(target or path.rsplit("/", 1)[-1] or "index.html")] = body
    return 0


REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}

CURL_VALUES = "AbcdDeEFhHKmoPQrTuUwxXyYzC"
CURL_LONG = {
    "--silent": "s",
    "--fail": "f",
    "--show-error": "S",
    "--head": "I",
    "--include": "i",
    "--data": "d",
    "--header": "H",
    "--max-time": "m",
    "--output": "o",
    "--request": "X",
    "--user": "u",
    "--write-out": "w",
}
"""Options of several letters that are the same as one of a single letter."""

CURL_LONG_VALUES = ("--connect-timeout", "--retry", "--retry-delay", "--cacert", "--interface")


def _curl_options(arguments: list[str]) -> tuple[str, str, dict[str, str]]:
    """The address, the letters of the flags, and the values of the options that have some."""
    url, flags, values, left = "", "", dict[str, str](), list(arguments)
    while left:
        argument = left.pop(0)
        if argument.startswith("--"):
            name, equals, value = argument.partition("=")
            letter = CURL_LONG.get(name, "")
            if not equals and (name in CURL_LONG_VALUES or (letter and letter in CURL_VALUES)):
                value = left.pop(0) if left else ""
            flags += letter
            values[letter] = value
        elif argument.startswith("-") and len(argument) > 1:
            for place, letter in enumerate(argument[1:], 2):
                flags += letter
                if letter in CURL_VALUES:
                    values[letter] = argument[place:] or (left.pop(0) if left else "")
                    break
        else:
            url = argument
    return url, flags, values


def curl(task: Task, arguments: list[str], given: str) -> int:
    """curl: the body, or why there is none."""
    url, flags, values = _curl_options(arguments)
    host, port, path = _target(url)
    form, target, shows = values.get("w", ""), values.get("o", ""), "s" not in flags or "S" in flags
    method = values.get("X") or ("POST" if "d" in values else "HEAD" if "I" in flags else "GET")
    answer = task.world.ask(host, port, Call(path, method=method, sent=values.get("d", "")))
    if isinstance(answer, str):
        code, why = 7, f"Failed to connect to {host} port {port} after 0 ms: Could not connect to server"
        if answer.startswith("bad address"):
            code, why = 6, f"Could not resolve host: {host}"
        if shows:
            task.complain(f"curl: ({code}) {why}")
        if form:
            task.write(_written(form, 0))
        return code
    status, body = answer
    failed = status >= 400 and "f" in flags
    if failed and shows:
        task.complain(f"curl: (22) The requested URL returned error: {status}")
    head = f"HTTP/1.1 {status} {REASONS.get(status, 'OK')}\n"
    body = head if "I" in flags else f"{head}\n{body}" if "i" in flags else body
    if target and target not in ("-", "/dev/null"):
        task.files[task.path(target)] = body
    elif target != "/dev/null" and not failed:
        task.write(body)
    if form:
        task.write(_written(form, status))
    return 22 if failed else 0


def _written(form: str, status: int) -> str:
    """curl's --write-out, as far as it asks for the status."""
    text = form.replace("%{http_code}", f"{status:03d}").replace("%{response_code}", f"{status:03d}")
    if "%{" in text:
        raise ShellError(f"not simulated: curl -w {form}")
    return text.replace("\\n", "\n")


def netcat_reads(arguments: list[str]) -> bool:
    """Whether nc sends what it reads: not if it only looks who is there, or listens."""
    return not any(letter in _letters(arguments) for letter in "lz")


def _letters(arguments: list[str]) -> str:
    return "".join(each[1:] for each in arguments if each.startswith("-"))


def netcat(task: Task, arguments: list[str], given: str) -> int:
    """nc HOST PORT, with -u, -v and -z: what it reads is sent. And a listening nc, which waits for ever."""
    words, flags, left = [], _letters(arguments), list(arguments)
    while left:
        argument = left.pop(0)
        if argument in ("-e", "-c"):
            left.clear()
        elif argument.startswith("-"):
            if argument[-1] in "wiqs":
                left.pop(0) if left and left[0].isdecimal() else None
        else:
            words.append(argument)
    if "l" in flags:
        return _listen(task, words[-1] if words else "")
    if len(words) != 2 or not words[1].isdigit():
        task.complain("usage: nc HOST PORT")
        return 1
    host, port = words[0], int(words[1])
    answer = task.world.ask(host, port, Call(sent=given, protocol="UDP" if "u" in flags else "TCP"))
    if isinstance(answer, str):
        if "u" not in flags:
            task.complain(f"nc: {answer}")
        return 1
    if "v" in flags:
        address = (task.host.resolve(host)[1] or ("",))[0]
        task.complain(f"{host} ({address}:{port}) open")
    if given:
        task.write(answer[1])
    return 0


def _listen(task: Task, port: str) -> int:
    if not port.isdigit():
        raise ShellError("not simulated: listening without a port")
    task.waits = Wait("port", number=int(port))
    return 0


def web_server(task: Task, arguments: list[str], given: str) -> int:
    """busybox's httpd. Without -f it goes to the background."""
    port = "80"
    for place, argument in enumerate(arguments):
        if argument.startswith("-p"):
            value = argument[2:] or (arguments[place + 1] if place + 1 < len(arguments) else "")
            port = value.rpartition(":")[2]
    if any(argument.startswith("-") and "f" in argument for argument in arguments):
        return _listen(task, port)
    from .program import command_of

    task.world.spawn(task, task.child(command_of("httpd", "-f", "-p", port)))
    return 0


def ping(task: Task, arguments: list[str], given: str) -> int:
    words, count, left = [], None, list(arguments)
    while left:
        argument = left.pop(0)
        if argument.startswith("-c"):
            value = argument[2:] or (left.pop(0) if left else "")
            count = int(value) if value.isdigit() else None
        elif argument in ("-W", "-w", "-i", "-s", "-t"):
            left.pop(0) if left else None
        elif not argument.startswith("-"):
            words.append(argument)
    _, addresses = task.host.resolve(words[0]) if words else ("", ())
    if not addresses:
        task.complain(f"ping: bad address '{words[0] if words else ''}'")
        return 1
    address = addresses[0]
    if task.rounds == 0:
        task.write(f"PING {words[0]} ({address}): 56 data bytes\n")
    task.write(f"64 bytes from {address}: seq={task.carried} ttl=64 time=0.050 ms\n")
    task.carried += 1
    if count is None or task.carried < count:
        return task.again(Wait("sleep", until=exact(task.host.now + 1.0)))
    task.write(
        f"\n--- {words[0]} ping statistics ---\n{count} packets transmitted, {count} packets received, 0% packet loss\n"
    )
    return 0
