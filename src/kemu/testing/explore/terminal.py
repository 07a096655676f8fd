"""Where keys come from: a terminal, whose screen is drawn anew after each, or lines, each answered by a page."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from .viewer import View, text

CLEAR = "\x1b[H\x1b[2J"
NAMED = {"\x1b[C": "n", "\x1b[B": "n", "\x1b[D": "p", "\x1b[A": "p", "\x1b[6~": "w", "\x1b[5~": "W", "\x1b[H": "g",
         "\x1b[F": "G", " ": "n", "\r": "n", "\n": "n", "\x03": "q", "\x04": "q", "": "q"}  # fmt: skip
"""Keys that a terminal knows by other names; nothing is its end."""


def show(view: View, keys: TextIO, screen: TextIO) -> View:
    """Look at a tape until somebody quits, or no more keys come; gives back what was looked at last.

    Keys of a terminal count as they are pressed; otherwise those of a line together, and a page follows.
    """
    if keys.isatty() and screen.isatty():
        with _at_once(keys):
            _draw(view, screen)
            while not view.over:
                for key in _pressed(keys):
                    view = view.step(key)
                _draw(view, screen)
        return view
    for line in keys:
        for key in line.rstrip("\n"):
            view = view.step(NAMED.get(key, key))
        if view.over:
            break
        screen.write(text(view))
    return view


def _draw(view: View, screen: TextIO) -> None:
    """Show as much of a page as there is room for."""
    columns, rows = os.get_terminal_size(screen.fileno())
    lines = [line[: columns - 1] for line in text(view).splitlines()]
    screen.write(CLEAR + "\n".join(lines[: rows - 1]) + "\n")
    screen.flush()


def _pressed(keys: TextIO) -> Sequence[str]:
    """The next keys, by the names that a view knows; waits for them."""
    said = os.read(keys.fileno(), 64).decode("utf-8", "replace")
    return (NAMED[said],) if said in NAMED else said


@contextmanager
def _at_once(keys: TextIO) -> Iterator[None]:
    """Keys are handed over as they are pressed, and not shown."""
    import termios
    import tty

    before = termios.tcgetattr(keys.fileno())
    try:
        tty.setcbreak(keys.fileno(), termios.TCSADRAIN)
        yield
    finally:
        termios.tcsetattr(keys.fileno(), termios.TCSADRAIN, before)
