"""The garbage collector of Python, and when it would only be in the way."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SELDOM = 100_000
"""New objects after which garbage is looked for while a simulated world goes on, in which there is next to none: what
it drops is in no cycles. In Python it is seven hundred, and looking costs an eighth of the time of a large world."""


@contextmanager
def kept() -> Iterator[None]:
    """While a large document is read, checked and stored, nothing of it is garbage; the collector, which runs whenever
    there are many new objects, would walk over them again and again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class Seldom:
    """While a world goes on garbage is looked for `SELDOM`. Several may go on, one within another or beside it; who
    lets the interpreter never look, or more seldom still, has it so."""

    __slots__ = ("_inside", "_usual")

    def __init__(self) -> None:
        self._inside: list[None] = []
        self._usual = gc.get_threshold()

    def __enter__(self) -> None:
        self._inside.append(None)
        if len(self._inside) == 1:
            now = gc.get_threshold()
            if 0 < now[0] < SELDOM:
                self._usual = now
                gc.set_threshold(SELDOM, *now[1:])

    def __exit__(self, *problem: object) -> None:
        self._inside.pop()
        if not self._inside and gc.get_threshold()[0] == SELDOM:
            gc.set_threshold(*self._usual)


seldom = Seldom()
"""The one of this process."""


def emptied(part: Any) -> None:
    """Take everything out of an object with which nothing will be done any more: whom it held does not wait for it."""
    for cls in part.__class__.__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(part, name) and not name.startswith("__"):
                delattr(part, name)
    getattr(part, "__dict__", {}).clear()
