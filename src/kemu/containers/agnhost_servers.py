"""The image of the conformance suite: what its servers answer.

A server is a script that listens. What it answers follows from its subcommand and from what it is told of itself and of
the call (`Server`): to a request with the functions of its subcommand, to a datagram with `datagram`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

import attrs

from ..values.times import Time
from .agnhost_guestbook import Book
from .agnhost_hooks import admitted, converted
from .calls import Call


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


@attrs.frozen
class Server:
    """What a server that answers knows of itself and of who asks."""

    hostname: str
    port: int
    call: Call
    unix: float
    env: Mapping[str, str]
    words: tuple[str, ...]
    """Its command line."""
    kept: str
    """What it remembers: see `Reply`."""
    ask: Callable[[str, int, Call, int], tuple[int, str] | str]
    """Ask somebody else for something, each time with another number: what comes back, or why nothing does."""
    shell: Callable[[str], tuple[int, str]]
    file: Callable[[str], str | None]
    """The text of a file of its container."""
    folder: Callable[[str], list[str] | None]
    """What is in a folder of its container, with a slash behind folders."""


@attrs.frozen
class Reply:
    """What a server answers, what it writes to its log, what it remembers from now on (if that changes), and the code
    with which it ends, if it does."""

    body: str = ""
    status: int = 200
    log: str = ""
    exit: int | None = None
    kept: str | None = None
    seconds: float = 0.0
    """How long it takes."""


Query = Mapping[str, str]


def answer(name: str, server: Server) -> Reply | None:
    """What a server answers to a request; None where it is nothing of its own."""
    asked = urlsplit(server.call.path)
    query = {key: values[0] for key, values in parse_qs(asked.query, keep_blank_values=True).items()}
    if name == "netexec":
        handler = NETEXEC.get(asked.path)
        return _root(query, server) if handler is None else handler(query, server)
    if name == "nettest":
        handler = NETTEST.get(asked.path)
        return NOT_FOUND if handler is None else handler(query, server)
    if name in ("webhook", "crd-conversion-webhook"):
        return _hooked(name, asked.path, server)
    if name == "guestbook":
        found = _book(server).answer(asked.path, query)
        return NOT_FOUND if found is None else Reply(found[1], found[0])
    if name == "serve-hostname":
        return Reply(server.hostname)
    if name == "porter":
        return _ported(server)
    if name == "test-webserver":
        return _file(asked.path, server)
    return None


NOT_FOUND = Reply("404 page not found\n", 404)


def _book(server: Server) -> Book:
    """What a guestbook can do."""

    def fetch(host: str, port: int, path: str) -> tuple[int, str] | str:
        return server.ask(host, port, Call(path), 0)

    return Book(fetch, server.shell, flags_of(server.words)[0])


def _hooked(name: str, path: str, server: Server) -> Reply:
    """What a webhook says of a review that is sent to it."""
    body = server.call.sent
    if path == "/readyz":
        return Reply("ok")
    if name == "crd-conversion-webhook":
        return Reply(converted(body)) if path == "/crdconvert" and body else NOT_FOUND
    found = admitted(path, body, flags_of(server.words)[0]) if body else None
    return NOT_FOUND if found is None else Reply(found[0], seconds=found[1])


def datagram(name: str, server: Server) -> Reply | None:
    """What a server answers to a datagram; None if it says nothing."""
    if name == "porter":
        return Reply(ported(server.env).get(server.port, ""))
    word, _, rest = server.call.sent.strip().partition(" ")
    if word.lower() == "hostname":
        return Reply(server.hostname)
    if name != "netexec":
        return None
    if word.lower() == "echo":
        return Reply(rest)
    if word.lower() == "clientip":
        return Reply(_asking(server))
    return Reply(str(server.port)) if word.lower() == "serverport" else None


# netexec


def _root(query: Query, server: Server) -> Reply:
    return Reply(f"NOW: {Time.at(server.unix)}", log="GET /")


def _echo(query: Query, server: Server) -> Reply:
    message, code = query.get("msg", ""), query.get("code", "")
    log = f"GET /echo?msg={message}&code={code}"
    if code and not code.isdigit():
        return Reply(f"argument 'code' must be an integer or empty, got \"{code}\"\n", log=log)
    return Reply(message, int(code or 200), log)


def _asking(server: Server) -> str:
    """The address and port of who asks."""
    source = server.call.source
    return f"{source}:{32768 + zlib.crc32(f'{source} {server.unix}'.encode()) % 28232}"


def _client(query: Query, server: Server) -> Reply:
    return Reply(_asking(server), log="GET /clientip")


MOST_TRIES = 100


def _dial(query: Query, server: Server) -> Reply:
    """Ask another server for something, some times."""
    host, port, request = query.get("host", ""), query.get("port", ""), query.get("request", "")
    protocol, tries = query.get("protocol", ""), query.get("tries", "")
    log = f"GET /dial?host={host}&protocol={protocol}&port={port}&request={request}&tries={tries}"
    if not request or not port.isdigit() or not (tries or "1").isdigit():
        return Reply("host and/or port param are invalid. \n", 400, log)
    if protocol.lower() not in ("", "http", "udp"):
        return Reply(f"unsupported protocol. {protocol}\n", 400, log)
    call = Call(sent=request, protocol="UDP") if protocol.lower() == "udp" else Call(f"/{request}")
    output: dict[str, list[str]] = {}
    for number in range(min(int(tries or "1"), MOST_TRIES)):
        found = server.ask(host, int(port), call, number)
        key, text = ("errors", found) if isinstance(found, str) else ("responses", found[1])
        output.setdefault(key, []).append(text)
    return Reply(json.dumps(output, separators=(",", ":")), log=log)


def _shell(query: Query, server: Server) -> Reply:
    command = query.get("shellCommand") or query.get("cmd", "")
    code, text = server.shell(command)
    output = {**({"output": text} if text else {}), **({"error": f"exit status {code}"} if code else {})}
    return Reply(json.dumps(output, separators=(",", ":")), log=f"GET /shell?cmd={command}")


def _exit(query: Query, server: Server) -> Reply:
    code = query.get("code", "") or "0"
    return Reply(log=f"GET /exit?code={query.get('code', '')}", exit=int(code) if code.isdigit() else None)


def _named(path: str) -> Callable[[Query, Server], Reply]:
    return lambda query, server: Reply(server.hostname, log=f"GET {path}")


NETEXEC: Mapping[str, Callable[[Query, Server], Reply]] = {
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

# nettest, which counts who has written to it


def _state(server: Server) -> dict[str, dict[str, int]]:
    return json.loads(server.kept) if server.kept else {"Sent": {}, "Received": {}}


def _read(query: Query, server: Server) -> Reply:
    state = {"Hostname": server.hostname, **_state(server), "Errors": None, "Log": None, "StillContactingPeers": True}
    return Reply(json.dumps(state, indent="\t"))


def _write(query: Query, server: Server) -> Reply:
    try:
        given = json.loads(server.call.sent)
    except ValueError:
        given = None
    source = given.get("Source") if isinstance(given, dict) else None
    state = _state(server)
    if isinstance(source, str) and source:
        state["Received"][source] = state["Received"].get(source, 0) + 1
    return Reply(json.dumps({"Hostname": server.hostname}) + "\n", kept=json.dumps(state))


NETTEST: Mapping[str, Callable[[Query, Server], Reply]] = {
    "/quit": lambda query, server: Reply(exit=0),
    "/read": _read,
    "/status": lambda query, server: Reply("running"),
    "/write": _write,
}

# porter

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
    text = ported(server.env).get(server.port, "")
    if "--json-response" in server.words:
        return Reply(json.dumps({"Method": server.call.method, "Body": text}, separators=(",", ":")))
    return Reply(text)


# test-webserver


def _file(path: str, server: Server) -> Reply:
    """A file, or what is in a folder."""
    text = server.file(path)
    if text is None and path.endswith("/"):
        text = server.file(path + "index.html")
    if text is not None:
        return Reply(text)
    inside = server.folder(path.rstrip("/") + "/")
    if inside is None:
        return NOT_FOUND
    lines = "".join(f'<a href="{name}">{name}</a>\n' for name in inside)
    return Reply(f'<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n{lines}</pre>\n')
