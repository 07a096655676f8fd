"""What a container does: how long it runs, how it ends, how it stops, what it answers.

In this order: what the user registered for the image, what the command or arguments say where the runtime understands
them, and otherwise the default: it starts, runs forever, and stops at once on SIGTERM.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil, inf
from typing import Any

import attrs

from ..errors import UsageError
from ..values.durations import parse_duration

SCRIPT_IMAGE = "kemu/script"
SHELL_IMAGES = frozenset(
    [
        "busybox",
        "alpine",
        "debian",
        "ubuntu",
        "bash",
        "centos",
        "fedora",
        "rockylinux",
        "amazonlinux",
        "curl",
        "toolbox",
        "netshoot",
        "perl",
    ]
)
"""Images (by the last part of their name) that are a shell and its usual programs, and nothing else."""

SERVERS = {"nginx": (80,), "httpd": (80,), "caddy": (80,), "traefik": (80,), "redis": (6379,), "postgres": (5432,)}
"""Well-known images that listen on a port of their own."""


FOLDERS = ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin")
"""Where images have their programs."""

AT_THE_ROOT = ("/agnhost", "/agnhost-2")
"""Programs that stand in no such folder."""

ENTRYPOINTS: Mapping[str, tuple[str, ...]] = {"nonewprivs": ("nnp",)}
"""What images run (by the last part of their name) that are told nothing, where it is a program that is simulated."""

PROGRAMS = ("sleep", "kill", "pwd", "timeout", "which", "nohup")
"""What is a part of the simulated shell and a program as well."""

AGNHOST: Mapping[str, Mapping[str, int] | None] = {
    "crd-conversion-webhook": {"port": 443},
    "fake-gitserver": {"": 8000},
    "fake-registry-server": {"port": 5000},
    "grpc-health-checking": {"port": 5000, "http-port": 8080},
    "guestbook": {"http-port": 80},
    "liveness": {"": 8080},
    "netexec": {"http-port": 8080, "udp-port": 8081},
    "nettest": {"port": 8080},
    "no-snat-test": {"port": 8080},
    "no-snat-test-proxy": {"port": 31235},
    "pause": {},
    "porter": None,
    "resource-consumer-controller": {"port": 8080},
    "serve-hostname": {"port": 9376},
    "tcp-reset": {"port": 8080},
    "test-webserver": {"port": 80},
    "webhook": {"port": 443},
}
"""Subcommands of the image of the conformance suite that run until they are stopped: the flags that say on which ports
they listen, and the ports without them. None is for any port."""

AGNHOST_MORE = frozenset(
    "audit-proxy external-metrics inclusterclient mtlsclient mtlsserver net nonewprivs "  # noqa: SIM905
    "podcertificatesigner port-forward-tester".split()
)
"""Its other subcommands, which are not simulated."""


def program_of(word: str) -> str:
    """The program that the first word of a command line means, by its name or its path; empty if there is none."""
    folder, slash, name = word.rpartition("/")
    return name if not slash or folder in FOLDERS or word in AT_THE_ROOT else ""


def _seconds(value: Any) -> float | None:
    return None if value is None else parse_duration(value)


def _ports(value: Any) -> tuple[int, ...] | None:
    return None if value is None else tuple(value)


@attrs.frozen(kw_only=True)
class Script:
    """A container's behaviour as data. All durations are in seconds of virtual time.

    `run` None means forever; `exit` is the code at the end of that time, on the first `failures` attempts only if that
    is given; `stop` is how long it takes to stop after SIGTERM, and `stop_exit` the code it then ends with; `reason`
    and `message` show in the terminated state; `log` is written when it starts; `listens` are its ports (None: it
    answers on any), and `datagrams` those for UDP; `serves` is the body of its answer to an HTTP request, `http_status`
    the code, which is 500 once it has run for `http_fails_after`, until it has run for `http_recovers_after`. It takes
    connections once it has run for `opens`. It uses `memory` bytes and `leak` more every second, and `cpu` (a quantity)
    of the processor. With `recovers` the attempts after the `failures` run for ever.
    """

    run: float | None = attrs.field(default=None, converter=_seconds)
    exit: int = 0
    failures: int | None = None
    reason: str = ""
    stop: float = attrs.field(default=0.0, converter=parse_duration)
    stop_exit: int = 0
    message: str = ""
    log: str = ""
    listens: tuple[int, ...] | None = attrs.field(default=None, converter=_ports)
    datagrams: tuple[int, ...] | None = attrs.field(default=None, converter=_ports)
    serves: str | None = None
    http_status: int = 200
    http_fails_after: float | None = attrs.field(default=None, converter=_seconds)
    http_recovers_after: float | None = attrs.field(default=None, converter=_seconds)
    opens: float = attrs.field(default=0.0, converter=parse_duration)
    memory: int = 0
    leak: int = 0
    cpu: str | None = None
    recovers: bool = False
    program: str = ""
    """Of which server of `agnhost` its answers are, if they are one's."""
    not_simulated: str = ""
    """What of it is not simulated, which an event says."""
    acts: str = ""
    """The name of the state machine that says what it does, if one does."""
    scripted: bool = False
    """Whether exec probes and hooks mean what `kemu/script` defines."""

    def http_status_after(self, seconds: float) -> int:
        """The code of its answer to an HTTP request when it has run for so long."""
        begins, ends = self.http_fails_after, self.http_recovers_after
        fails = begins is not None and begins <= seconds and (ends is None or seconds < ends)
        return 500 if fails else self.http_status

    def steady_after(self, seconds: float) -> float:
        """For how many more seconds that is so, and whether it takes connections."""
        changes = (self.opens, self.http_fails_after, self.http_recovers_after)
        return min((each - seconds for each in changes if each is not None and each > seconds), default=inf)

    @property
    def uses(self) -> bool:
        """Whether it says what it uses."""
        return bool(self.memory or self.leak or self.cpu is not None)

    def memory_after(self, seconds: float) -> int:
        """How many bytes it uses when it has run for so long."""
        return self.memory + int(self.leak * seconds)

    def too_much_after(self, limit: int) -> float | None:
        """After how many seconds, in thousandths, it uses more than a limit in bytes; None if never."""
        if self.memory > limit:
            return 0.0
        return ceil((limit - self.memory + 1) / self.leak * 1000) / 1000 if self.leak > 0 else None

    def runs_for(self, attempt: int) -> float | None:
        """How long the given attempt (0 is the first) runs; None for ever."""
        return None if self.recovers and self.failures is not None and attempt >= self.failures else self.run

    def exit_code(self, attempt: int) -> int:
        """The code that the given attempt (0 is the first) ends with."""
        return 0 if self.failures is not None and attempt >= self.failures else self.exit


@attrs.frozen(kw_only=True)
class Start:
    """A container that is about to start, as a behaviour function sees it."""

    image: str
    command: tuple[str, ...]
    args: tuple[str, ...]
    attempt: int


Behavior = Script | Callable[[Start], Script]


def agnhost(command: Sequence[str], args: Sequence[str]) -> Script:
    """What the image of the conformance suite does: `liveness` answers with 500 from the tenth second on.

    What is no subcommand ends at once with an error, and what is not simulated says so. Another program than its own
    runs for ever, as in every image.
    """
    if command and command[0] not in ("/agnhost", "agnhost"):
        return Script()
    words = (*command[1:], *args) or ("pause",)
    name = words[0]
    if name in AGNHOST_MORE:
        return Script(run=0, exit=127, listens=(), not_simulated=f"agnhost {name}")
    if name not in AGNHOST:
        return Script(run=0, exit=1, listens=(), log=f'Error: unknown command "{name}" for "app"')
    flags = AGNHOST[name]
    if flags is None:
        return Script(program=name)
    ports = {flag: _flag(words[1:], flag, port) for flag, port in flags.items()}
    return Script(
        listens=[port for flag, port in ports.items() if flag != UDP],
        datagrams=[port for flag, port in ports.items() if flag == UDP],
        program=name,
        log="Paused" if name == "pause" else "",
        http_fails_after=10 if name == "liveness" else None,
    )


UDP = "udp-port"
"""The flag that says on which port a subcommand takes datagrams; a negative one is none."""


def _flag(words: Sequence[str], name: str, default: int) -> int:
    """The number that `--name=N` or `--name N` gives; the last one counts, and what is no number says nothing."""
    found = default
    for word, following in zip(words, (*words[1:], ""), strict=False):
        flag, equals, value = word.partition("=")
        value = value if equals else following
        if name and flag == f"--{name}" and value.removeprefix("-").isdecimal():
            found = int(value)
    return found


FLAGS = {
    "run": "run",
    "exit": "exit",
    "failures": "failures",
    "reason": "reason",
    "stop": "stop",
    "stopexit": "stop_exit",
    "message": "message",
    "log": "log",
}
NUMBERS = ("exit", "failures", "stop_exit")


def scripted(args: Sequence[str]) -> Script:
    """The behaviour that `kemu/script`'s arguments describe. Raises ValueError for an argument it does not know."""
    values: dict[str, Any] = {"scripted": True, "listens": None}
    for argument in args:
        name, equals, value = argument.removeprefix("--").partition("=")
        if not argument.startswith("--") or name not in FLAGS or not equals:
            raise ValueError(f"kemu/script does not understand the argument {argument!r}")
        key = FLAGS[name]
        values[key] = int(value) if key in NUMBERS else value
    return Script(**values)


def checked(behavior: Any) -> Any:
    """A behaviour that a user gave: a Script, a dict of its fields, a function, or a StateMachine. Raises UsageError
    otherwise."""
    if isinstance(behavior, Script) or callable(behavior) or callable(getattr(behavior, "turn", None)):
        return behavior
    if isinstance(behavior, dict):
        try:
            return Script(**behavior)
        except TypeError as problem:
            known = ", ".join(attribute.name for attribute in attrs.fields(Script))
            raise UsageError(f"{problem}; a behavior has the fields {known}") from None
    raise UsageError(f"a behavior is a kemu.Script, a dict or a function of a Start, not {type(behavior).__name__}")
