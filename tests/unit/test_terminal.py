"""A viewer in a terminal: keys count as they are pressed, and a page has as much room as there is."""

from __future__ import annotations

import os
import pty
from termios import TIOCSWINSZ

import pytest

import kemu
from kemu.testing.explore.files import again
from kemu.testing.explore.terminal import CLEAR, show
from kemu.testing.explore.viewer import View
from tests.unit.test_replay import SCENARIO, setup

fcntl = pytest.importorskip("fcntl")


def whole(terminal: int) -> str:
    """All that was written to a terminal that nobody writes to any more; it comes in pieces."""
    found = b""
    while True:
        try:
            piece = os.read(terminal, 1 << 16)
        except OSError:  # there is no more
            return found.decode()
        found += piece
        if not piece:
            return found.decode()


def test_keys_of_a_terminal():
    """Arrows and letters, several at once; `q` ends it, and the terminal is as it was."""
    (broken,) = kemu.explore(setup, SCENARIO, budget="1m").failures
    outside, inside = pty.openpty()
    fcntl.ioctl(inside, TIOCSWINSZ, bytes((20, 0, 60, 0, 0, 0, 0, 0)))
    os.write(outside, b"4gq")
    with open(inside, encoding="utf-8") as keys, open(os.dup(inside), "w", encoding="utf-8") as screen:
        view = show(View(again(broken)), keys, screen)
    shown = whole(outside)
    os.close(outside)
    assert view.over and view.at == 4
    pages = shown.split(CLEAR)[1:]
    assert "step 0 of" in pages[0] and "step 4 of" in pages[1]
    assert all(len(page.splitlines()) <= 19 and max(map(len, page.splitlines())) < 60 for page in pages)
