"""Sessions: a command that is run in a container, or the container's own process, and somebody who talks to it.

What passes are *frames*, as over a websocket to a real server (`v5.channel.k8s.io`): a channel, and bytes. The last one
says on the channel `ERROR` how it ended, as a Status.

The process of a command is a machine that its session keeps: it goes on while somebody reads, sees and changes the
files of the container, and ends with it.
"""

from __future__ import annotations

import json
from codecs import getincrementaldecoder
from collections.abc import Mapping
from contextlib import AbstractContextManager
from math import inf
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from ..apiserver import failures
from ..apiserver.request import ConnectOptions
from ..clock import exact
from ..streams import ENDED, Polled, Source, Stream, World
from .files import to_bytes
from .machine import Machine
from .records import ExecResult

if TYPE_CHECKING:
    from ..runtime_fake import FakeRuntime

STDIN, STDOUT, STDERR, ERROR, RESIZE = range(5)
CLOSE = 255
"""A message on this channel names another one, which its sender closes."""

KILLED = 137


@attrs.frozen
class Frame:
    """One message: what came on which channel."""

    channel: int
    data: bytes

    @property
    def message(self) -> bytes:
        """As a websocket carries it: one byte for the channel, then the data."""
        return bytes((self.channel,)) + self.data


class Talk(Source[Frame], Protocol):
    """A source of frames that also listens."""

    def hear(self, text: str) -> None:
        """Take something as standard input."""

    def close_input(self) -> None:
        """Take no more input: who reads it comes to its end."""


class Session(Stream[Frame]):
    """A process in a container in the hands of one reader: frames to go over or to poll, and input to send."""

    __slots__ = ("_decoder", "_talk", "_turns", "status")

    def __init__(self, talk: Talk, world: World, turns: AbstractContextManager[Any]) -> None:
        super().__init__(talk, world)
        self._talk = talk
        self._turns = turns
        self._decoder = getincrementaldecoder("utf-8")("surrogateescape")
        self.status: Mapping[str, Any] | None = None
        """The Status of its end, once that was read."""

    def __next__(self) -> Frame:
        return self._noted(super().__next__())

    def poll(self) -> Polled[Frame]:
        """What was said since the last look, without waiting."""
        polled = super().poll()
        for frame in polled.items:
            self._noted(frame)
        return polled

    def _noted(self, frame: Frame) -> Frame:
        if frame.channel == ERROR:
            self.status = json.loads(frame.data)
        return frame

    @property
    def exit_code(self) -> int | None:
        """The exit code of the command, once its end was read; None before, and where it could not be run."""
        if self.status is None or self.status.get("reason") == "InternalError":
            return None
        causes = self.status.get("details", {}).get("causes", ())
        return next((int(cause["message"]) for cause in causes if cause.get("reason") == "ExitCode"), 0)

    def send(self, data: bytes | str) -> None:
        """Write to standard input."""
        with self._turns:
            self._talk.hear(data if isinstance(data, str) else self._decoder.decode(data))

    def close_input(self) -> None:
        """Say that no more input will come."""
        with self._turns:
            self._talk.close_input()

    def receive(self, message: bytes) -> None:
        """Take a message of a client as a websocket carries it. Sizes of terminals mean nothing here."""
        channel, data = message[:1], message[1:]
        if channel == bytes((STDIN,)):
            self.send(data)
        elif message == bytes((CLOSE, STDIN)):
            self.close_input()


def heard(options: ConnectOptions, out: str, err: str) -> tuple[Frame, ...]:
    """The frames of what was written, on the channels that are wanted. A terminal has one output."""
    if options.tty:
        out, err = out + err, ""
    pairs = ((STDOUT, out, options.stdout), (STDERR, err, options.stderr))
    return tuple([Frame(channel, to_bytes(text)) for channel, text, wanted in pairs if text and wanted])


def ended(command: tuple[str, ...], code: int) -> Frame:
    """The last frame of a command."""
    status: dict[str, Any] = {"metadata": {}, "status": "Success"}
    if code:
        shown = " ".join(command)
        why = f"error executing command [{shown}], exit code {code}"
        status |= {
            "status": "Failure",
            "message": f"command terminated with non-zero exit code: {why}",
            "reason": "NonZeroExitCode",
            "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
        }
    return Frame(ERROR, json.dumps(status).encode())


class Execution:
    """The talk with a command that was started in a container."""

    __slots__ = ("_container", "_machine", "_options", "_over", "_runtime")

    def __init__(self, runtime: FakeRuntime, container: str, options: ConnectOptions, machine: Machine) -> None:
        self._runtime = runtime
        self._container = container
        self._options = options
        self._machine = attrs.evolve(machine, wakes=runtime.loop.clock.now)
        self._over = False

    def poll(self) -> Polled[Frame]:
        """What it has written up to now; or until when it waits."""
        if self._over:
            return ENDED
        frames: list[Frame] = []
        while self._machine.exit_code is None and self._runs():
            wakes = self._machine.wakes
            if wakes is None or wakes > self._runtime.loop.clock.now:
                return Polled(tuple(frames), inf if wakes is None else wakes)
            self._machine, out, err = self._runtime.went_on(self._container, self._machine, wakes)
            frames += heard(self._options, out, err)
        self._over = True
        code = KILLED if self._machine.exit_code is None else self._machine.exit_code
        return Polled((*frames, ended(self._options.command, code)), ended=True)

    def _runs(self) -> bool:
        container = self._runtime.container(self._container)
        return container is not None and container.state == "running"

    def hear(self, text: str) -> None:
        """Take something as standard input."""
        self._machine = attrs.evolve(self._machine.fed_with(text), wakes=self._runtime.loop.clock.now)

    def close_input(self) -> None:
        """Take no more input."""
        self._machine = attrs.evolve(self._machine.without_input(), wakes=self._runtime.loop.clock.now)


class Told:
    """The talk with a command of which is known from the start how it ends, and when."""

    __slots__ = ("_due", "_frames", "_runtime")

    def __init__(self, runtime: FakeRuntime, options: ConnectOptions, result: ExecResult) -> None:
        self._runtime = runtime
        self._due = exact(runtime.loop.clock.now + result.seconds)
        self._frames = (*heard(options, result.output, ""), ended(options.command, result.exit_code))

    def poll(self) -> Polled[Frame]:
        """All of it, when it is time."""
        if self._runtime.loop.clock.now < self._due:
            return Polled(until=self._due)
        frames, self._frames = self._frames, ()
        return Polled(frames, ended=True)

    def hear(self, text: str) -> None:
        """It reads nothing."""

    def close_input(self) -> None:
        """It reads nothing."""


class Refused:
    """The talk with a command that could not be run."""

    __slots__ = ("_frame",)

    def __init__(self, why: str) -> None:
        status = failures.internal_error(f"error executing command in container: {why}").status
        self._frame: Frame | None = Frame(ERROR, json.dumps(status).encode())

    def poll(self) -> Polled[Frame]:
        """Why not."""
        frame, self._frame = self._frame, None
        return ENDED if frame is None else Polled((frame,), ended=True)

    def hear(self, text: str) -> None:
        """Nobody reads it."""

    def close_input(self) -> None:
        """Nobody reads it."""


class Attachment:
    """The talk with the process of a container itself: what it writes from now on. It ends with the container."""

    __slots__ = ("_at", "_container", "_once", "_options", "_over", "_runtime")

    def __init__(self, runtime: FakeRuntime, container: str, options: ConnectOptions, once: bool) -> None:
        self._runtime = runtime
        self._container = container
        self._options = options
        self._once = once
        """Whether the container's input ends with that of the first who is attached (`stdinOnce`)."""
        self._at = len(runtime.logs(container))
        self._over = False

    def poll(self) -> Polled[Frame]:
        """The lines that were written since the last look. O(1) if there are none."""
        if self._over:
            return ENDED
        lines = self._runtime.logs(self._container)
        new, self._at = lines[self._at :] if len(lines) > self._at else (), len(lines)
        frames = heard(self._options, "".join(f"{line.text}\n" for line in new), "")
        container = self._runtime.container(self._container)
        if container is not None and container.state == "running":
            return Polled(frames)
        self._over = True
        return Polled((*frames, ended((), 0)), ended=True)

    def hear(self, text: str) -> None:
        """Take something as the container's input."""
        if self._options.stdin:
            self._runtime.feed(self._container, text)

    def close_input(self) -> None:
        """Take no more input."""
        if self._options.stdin and self._once:
            self._runtime.close_input(self._container)
