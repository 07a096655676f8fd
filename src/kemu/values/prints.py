"""Fingerprints of states: equal for equal states, whatever the order of the entries in their maps.

A value is written down so that different values are written differently, and the text is hashed; the entries of a map
are hashed one by one, and summed. What has not changed since it was asked for last is not looked at again: a sealed
record knows its print, a map the sum over its entries, and a table the prints of frozen records.

How a record is written follows from its class, once: `_writer_of` gives a function in straight lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import cache
from hashlib import blake2b
from typing import Any

import attrs

from .fork_map import ForkIndex, ForkMap
from .frozen import GivenList
from .memo import Memo
from .state import SCALARS, State, compiled, contents, field_names, is_frozen

Canonical = Callable[[Any], Any]
"""What stands for a value in a fingerprint: itself, or plain values that say as much of it as counts."""

_WHOLE = 1 << 128
_LETTERS: dict[type, str] = {int: "i", float: "f", bool: "b", bytes: "b", type(None): "N"}


class Prints:
    """How the values of a state are printed.

    `canonical` may replace any record and object on the way, to leave out what does not count. With a `size`, so many
    frozen records at least are known again, which are not walked twice.
    """

    __slots__ = ("canonical", "memo", "sealed", "who")

    def __init__(self, canonical: Canonical, size: int = 0) -> None:
        self.canonical = canonical
        self.memo = Memo(self._walked, size) if size else None
        self.who: Any = self.memo or canonical
        """By whom sums and prints are known again."""
        self.sealed = False
        """Whether each record has been sealed, and has not changed since."""

    def of_sealed(self) -> Prints:
        """The same, for records that were all sealed just now: they need not be asked whether they have changed."""
        twin = Prints(self.canonical)
        twin.memo, twin.who, twin.sealed = self.memo, self.who, True
        return twin

    def fingerprint(self, value: Any) -> int:
        """128 bits. O(what has changed since it was asked for last)."""
        found: list[str] = []
        self.write(value, found)
        return hashed("".join(found))

    def printed(self, state: State) -> str:
        """The fingerprint of a record as text, which is worked out once for as long as nothing changes in it."""
        sealed: Any = state._sealed if self.sealed else state.seal()
        known = sealed._print
        if known is None or known[0] is not self.who:
            found: list[str] = []
            replaced = self.canonical(state)
            if replaced is state:
                _writer_of(state.__class__)(self, state, found)
            else:
                self.write(replaced, found)
            known = sealed._print = (self.who, f"r{hashed(''.join(found)):x}")
        text: str = known[1]
        return text

    def write(self, value: Any, found: list[str]) -> None:
        """Write a value down."""
        cls: Any = value.__class__
        if cls is str:
            found.append(f"s{len(value)}:{value}")
        elif cls in _LETTERS:
            found.append(f"{_LETTERS[cls]}{value!r},")
        else:
            _how(cls)(self, value, found)

    def _entry(self, key: Any, held: Any) -> int:
        found: list[str] = []
        self.write(key, found)
        self.write(held, found)
        return hashed("".join(found))

    def _walked(self, value: Any) -> str:
        found: list[str] = []
        _writer_of(value.__class__)(self, value, found)
        return f"#{hashed(''.join(found)):x}"


def fingerprint(value: Any, canonical: Canonical | None = None) -> int:
    """The fingerprint of one value, without what `canonical` leaves out. O(size)."""
    return (_PLAIN if canonical is None else Prints(canonical)).fingerprint(value)


_PLAIN = Prints(lambda value: value)


def hashed(text: str) -> int:
    """128 bits of a text."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest(), "big")


Writer = Callable[[Prints, Any, list[str]], None]


@cache
def _how(cls: Any) -> Writer:
    """How values of a class are written down that are neither texts nor numbers."""
    if issubclass(cls, State):
        return _write_state
    if issubclass(cls, (ForkMap, ForkIndex)):
        return _write_map
    if issubclass(cls, dict):
        return _write_dict
    return _write_sequence if cls in (tuple, GivenList) else _write_other


def _write_map(prints: Prints, value: Any, found: list[str]) -> None:
    found.append(f"m{value.summed(prints.who, prints._entry, _WHOLE):x},")


def _write_dict(prints: Prints, value: Any, found: list[str]) -> None:
    total = sum([prints._entry(key, held) for key, held in value.items()])
    found.append(f"m{total % _WHOLE:x},")


def _write_sequence(prints: Prints, value: Any, found: list[str]) -> None:
    append = found.append
    append("(")
    for held in value:
        cls: Any = held.__class__
        if cls is str:
            append(f"s{len(held)}:{held}")
        elif cls in _LETTERS:
            append(f"{_LETTERS[cls]}{held!r},")
        else:
            _how(cls)(prints, held, found)
    append(")")


def _write_state(prints: Prints, value: Any, found: list[str]) -> None:
    found.append(prints.printed(value))


def _write_other(prints: Prints, value: Any, found: list[str]) -> None:
    cls, replaced = value.__class__, prints.canonical(value)
    if replaced is not value:
        prints.write(replaced, found)
    elif (content := contents(cls)) is not None:
        total = sum([prints._entry(None, held) for held in content(value)])
        found.append(f"h{total % _WHOLE:x},")
    elif isinstance(value, Sequence):
        _write_sequence(prints, value, found)
    elif prints.memo is not None and is_frozen(cls):
        found.append(prints.memo(value))
    else:
        _writer_of(cls)(prints, value, found)


@cache
def _writer_of(cls: Any) -> Writer:
    """How records of a class are written down, field by field."""
    if issubclass(cls, Enum):
        return lambda prints, value, found: found.append(f"e{cls.__name__}.{value.name},")
    if issubclass(cls, SCALARS):
        return _write_scalar
    if not attrs.has(cls):
        return _refuse
    lines = ["def write(prints, value, found):", "    append = found.append", f"    append('{cls.__name__}(')"]
    for name in field_names(cls):
        lines += [
            f"    held = value.{name}",
            "    cls = held.__class__",
            "    if cls is str: append(f's{len(held)}:{held}')",
            "    elif cls in letters: append(f'{letters[cls]}{held!r},')",
            "    else: how(cls)(prints, held, found)",
        ]
    lines.append("    append(')')")
    write: Writer = compiled(lines, "write", letters=_LETTERS, how=_how)
    return write


def _write_scalar(prints: Prints, value: Any, found: list[str]) -> None:
    text = str(value)
    found.append(f"v{value.__class__.__name__}{len(text)}:{text}")


def _refuse(prints: Prints, value: Any, found: list[str]) -> None:
    raise TypeError(f"{value!r} cannot stand in a state")
