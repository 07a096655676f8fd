"""What is put in place of something in another library for a while, and put back as it was."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

_ABSENT: Any = object()


class Patches:
    """Attributes and variables of the environment that were replaced."""

    def __init__(self) -> None:
        self._before: list[tuple[Any, str, Any]] = []
        self._endings: list[Callable[[], None]] = []

    def set(self, owner: Any, name: str, value: Any) -> None:
        """Replace an attribute of a module or class."""
        self._before.append((owner, name, vars(owner).get(name, _ABSENT)))
        setattr(owner, name, value)

    def environ(self, name: str, value: str) -> None:
        """Replace a variable of the environment."""
        self._before.append((None, name, os.environ.get(name, _ABSENT)))
        os.environ[name] = value

    def at_the_end(self, function: Callable[[], None]) -> None:
        """Call a function before everything is put back."""
        self._endings.append(function)

    def undo(self) -> None:
        """Put everything back, last first."""
        while self._endings:
            self._endings.pop()()
        while self._before:
            owner, name, value = self._before.pop()
            if owner is None:
                if value is _ABSENT:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            elif value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)
