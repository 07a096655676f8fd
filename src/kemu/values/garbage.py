"""The garbage collector of Python, and when it would only be in the way."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


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


def emptied(part: Any) -> None:
    """Take everything out of an object with which nothing will be done any more: whom it held does not wait for it."""
    for cls in part.__class__.__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(part, name) and not name.startswith("__"):
                delattr(part, name)
    getattr(part, "__dict__", {}).clear()
