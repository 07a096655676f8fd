"""What a container is to do when it starts: a script, or a command line for the machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ..errors import KemuError, UsageError
from ..values.image_references import matches, read
from . import pages
from .acting import StateMachine
from .behavior import (
    ENTRYPOINTS,
    PROGRAMS,
    SCRIPT_IMAGE,
    SERVERS,
    SHELL_IMAGES,
    Script,
    Start,
    agnhost,
    program_of,
    scripted,
)
from .records import Container

EVERYWHERE = ("sh", "bash", "ash", "dash", "sleep", "echo", "true", "false", "cat", "tail")
"""Programs that are simulated in every image, and not only in those that are little more than a shell."""

UNKNOWN = "what {} does: since others wait for its end, it has ended with 0 at once"
"""What is said of a container that would let others wait for ever."""

Functions = Mapping[str, Any]
"""The behaviours that are functions or state machines, by name."""

Declared = tuple[tuple[str, Script | str], ...]
"""What containers of images do, by pattern: a script, or the name of a function."""


class RuntimeRefused(KemuError):
    """The runtime cannot do what it was asked to; the text is what a real one says."""


def behavior_of(
    declared: Declared, functions: Functions, container: Container
) -> tuple[Script, tuple[str, ...] | None]:
    """The script of a container, and the command line that the machine runs for it, if that is what it does.

    Raises RuntimeRefused for what cannot be started, and UsageError for a behaviour that is none.
    """
    start = start_of(container)
    for pattern, behavior in declared:
        if matches(pattern, container.image):
            return _script(pattern, behavior, functions, start), None
    image = read(container.image)
    words = (*container.command, *container.args)
    if image.repository == SCRIPT_IMAGE:
        try:
            return scripted(words), None
        except ValueError as problem:
            raise RuntimeRefused(str(problem)) from None
    name = image.name
    words = words or ENTRYPOINTS.get(name, ())
    if name in ENTRYPOINTS and words == ENTRYPOINTS[name]:
        return Script(listens=()), words
    if is_simulated(container, words, name in SHELL_IMAGES):
        return Script(listens=()), words or ("sh",)
    if name == "agnhost":
        return _agnhost(container)
    if container.awaited and name not in SERVERS:
        return Script(run=0, exit=0, listens=(), not_simulated=UNKNOWN.format(container.image)), None
    return Script(listens=SERVERS.get(name)), None


def start_of(container: Container) -> Start:
    """What a behaviour is told of a container."""
    return Start(image=container.image, command=container.command, args=container.args, attempt=container.attempt)


def _agnhost(container: Container) -> tuple[Script, tuple[str, ...] | None]:
    """What the image of the conformance suite does: a program that ends, or a server."""
    from .agnhost import PROGRAMS as OWN
    from .agnhost import is_run
    from .agnhost_servers import ported

    program, *words = (*(container.command or ("/agnhost",)), *container.args)
    if program.removeprefix("/") in OWN and is_run(words):
        return Script(listens=()), (program, *words)
    script = agnhost(container.command, container.args)
    served = ported({**container.links, **container.env}) if script.program == "porter" else {}
    return (attrs.evolve(script, listens=served) if served else script), None


def _script(pattern: str, behavior: Script | str, functions: Functions, start: Start) -> Script:
    """What a registered behaviour says of a container. Raises UsageError for a function that gives no script."""
    if isinstance(behavior, Script):
        return behavior
    if behavior not in functions:
        raise UsageError(f"the behavior of {pattern} is a function that this cluster does not have: see runtime.on")
    function = functions[behavior]
    if isinstance(function, StateMachine):
        return Script(listens=(), acts=pattern)
    script = function(start)
    if not isinstance(script, Script):
        raise UsageError(f"the behavior of {pattern} returned {type(script).__name__}: return a kemu.Script")
    return script


def is_simulated(container: Container, words: tuple[str, ...], is_shell_image: bool) -> bool:
    """Whether the machine runs a command line, rather than that the default behaviour applies.

    Raises RuntimeRefused for a program that the image would have to have and does not.
    """
    if not words:
        return is_shell_image
    name = program_of(words[0])
    if name in EVERYWHERE or words[0] in container.files:
        return True
    from .commands import command_in  # only clusters with shell containers need the programs

    files = (*container.files, *pages.files_of(container.image))
    if is_shell_image and command_in(files, name) is None and name not in PROGRAMS:
        raise RuntimeRefused(
            "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
            "runc create failed: unable to start container process: error during container init: " + not_found(words[0])
        )
    return is_shell_image


def not_found(word: str) -> str:
    """What a runtime says of a command that is not there: by its name it is looked for, by its path it is not."""
    why = f"stat {word}: no such file or directory" if "/" in word else "executable file not found in $PATH"
    return f'exec: "{word}": {why}'
