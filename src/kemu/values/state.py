"""State: what a component remembers, apart from how it is wired.

A component's state is one record, a subclass of `State` made with `attrs.define`, whose fields hold frozen values,
`ForkMap`s and `ForkIndex`es of frozen values, and further records. So one walk serves all of them: `fork` shares what
neither side changes, `seal` gives a fork that is only kept (and is the same one as long as nothing changes), pickling
writes it down, `fingerprint` tells whether two ways have led into the same state, and `differences` where not.

Frozen are numbers, quantities, texts, bytes, None, FrozenMaps, tuples and other sequences that do not change of frozen
values, API objects, and attrs classes that are frozen. Nothing else may stand in a state: no function, no generator, no
reference to a component. `foreign` names what does.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, MutableSequence, Sequence
from enum import Enum
from functools import cache
from hashlib import blake2b
from typing import Any, TypeVar

import attrs

from .fork_map import ForkIndex, ForkMap
from .frozen import FrozenMap, GivenList
from .memo import Memo
from .quantity import Quantity

K = TypeVar("K", bound=Hashable)
S = TypeVar("S", bound="State")
C = TypeVar("C", bound=type)

SCALARS = (type(None), bool, int, float, str, bytes, Quantity)


class State:
    """One component's record. Subclasses are made with `attrs.define(eq=False)`."""

    _sealed: Any = None
    """What `seal` gave last."""
    _print: tuple[Any, str] | None = None
    """Of a sealed record: who took its fingerprint last, and what it was."""

    def fork(self: S) -> S:
        """An independent record of the same. O(fields), and for a map what it has changed since its last fork."""
        cls: Any = self.__class__
        forked: S = _fork_of(cls)(self)
        return forked

    def seal(self: S) -> S:
        """A fork that nobody may write to: the same one as last time if nothing has changed. O(fields)."""
        cls: Any = self.__class__
        sealed: S = _seal_of(cls)(self)
        return sealed


class Records(dict[K, S]):
    """Records by name, as a part of another record."""

    _sealed: Records[K, S] | None = None
    """What `seal` gave last."""

    def fork(self) -> Records[K, S]:
        """Independent records of the same."""
        return Records({name: record.fork() for name, record in self.items()})

    def seal(self) -> Records[K, S]:
        """The same, of which nobody may write to any."""
        sealed, last = Records({name: record.seal() for name, record in self.items()}), self._sealed
        if (
            last is not None
            and len(last) == len(sealed)
            and all(last.get(name) is each for name, each in sealed.items())
        ):
            return last
        self._sealed = sealed
        return sealed


_CONTENT: dict[type, Callable[[Any], Iterable[Any]]] = {}


def forkable(cls: type, content: Callable[[Any], Iterable[Any]]) -> None:
    """Let instances of a class stand in a state: they have a `fork`, can be pickled, and `content` is what counts."""
    _CONTENT[cls] = content


forkable(Records, lambda records: records.items())


@cache
def _fork_of(cls: Any) -> Callable[[Any], Any]:
    """The function that forks records of a class, in straight lines.

    Which fields fork, their defaults say: maps and records do, numbers and texts do not. Where there is no telling,
    the values are asked.
    """
    lines = ["def fork(self):", "    twin = new(cls)"]
    for field in attrs.fields(cls):
        name, default = field.name, field.default
        if isinstance(default, attrs.Factory) and hasattr(default.factory, "fork"):  # type: ignore[arg-type]
            lines.append(f"    twin.{name} = self.{name}.fork()")
        elif isinstance(default, (bool, int, float, str, tuple)):
            lines.append(f"    twin.{name} = self.{name}")
        else:
            lines.append(f"    value = self.{name}")
            lines.append(f"    twin.{name} = value.fork() if hasattr(value, 'fork') else value")
    return _compiled(cls, "fork", [*lines, "    return twin"])


@cache
def _seal_of(cls: Any) -> Callable[[Any], Any]:
    """The function that seals records of a class, in straight lines: it gives what it gave last if that says the
    same."""
    names = _names(cls)
    lines = ["def seal(self):", "    last = self._sealed"]
    for field in attrs.fields(cls):
        name, default = field.name, field.default
        if isinstance(default, attrs.Factory) and hasattr(default.factory, "seal"):  # type: ignore[arg-type]
            lines.append(f"    {name} = self.{name}.seal()")
        elif isinstance(default, (bool, int, float, str, tuple)):
            lines.append(f"    {name} = self.{name}")
        else:
            lines += [
                f"    {name} = self.{name}",
                f"    if hasattr({name}, 'seal'): {name} = {name}.seal()",
                f"    elif hasattr({name}, 'fork'): {name} = {name}.fork()",
            ]
    same = " and ".join([f"last.{name} is {name}" for name in names])
    lines += [f"    if last is not None and {same or True}:", "        return last", "    twin = new(cls)"]
    lines += [f"    twin.{name} = {name}" for name in names]
    return _compiled(cls, "seal", [*lines, "    self._sealed = twin", "    return twin"])


def _compiled(cls: Any, name: str, lines: list[str]) -> Callable[[Any], Any]:
    space: dict[str, Any] = {"new": object.__new__, "cls": cls}
    exec("\n".join(lines), space)
    found: Callable[[Any], Any] = space[name]
    return found


def _fields_of(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(cls))


_names: Callable[[Any], tuple[str, ...]] = cache(_fields_of)


Canonical = Callable[[Any], Any]
"""What stands for a value in a fingerprint: itself, or plain values that say as much of it as counts."""


def fingerprint(value: Any, canonical: Canonical = lambda value: value, memo: Memo | None = None) -> int:
    """128 bits that are equal for equal states, whatever the order of the entries in their maps. O(size).

    `canonical` may replace any record and object on the way, to leave out what does not count. With a `memo`,
    which belongs to one such function, frozen records that were met before are not walked again.
    """
    found: list[str] = []
    _write(value, canonical, memo, found)
    return _hash("".join(found))


def walker(canonical: Canonical, size: int) -> Memo:
    """A memo for `fingerprint` with this `canonical`, of at least so many records."""
    memo: Memo

    def walk(value: Any) -> str:
        found: list[str] = []
        _write_record(value, canonical, memo, found)
        return f"#{_hash(''.join(found)):x}"

    memo = Memo(walk, size)
    return memo


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest(), "big")


def _write(value: Any, canonical: Canonical, memo: Memo | None, found: list[str]) -> None:
    """Write a value down, so that different values are written differently."""
    cls: Any = value.__class__
    if cls is str:
        found.append(f"s{len(value)}:{value}")
    elif cls in _PLAIN:
        found.append(f"{cls.__name__[0]}{value!r},")
    else:
        _writer_of(cls)(value, canonical, memo, found)


@cache
def _writer_of(cls: Any) -> Callable[[Any, Canonical, Memo | None, list[str]], None]:
    """How values of a class are written down."""
    if issubclass(cls, State):
        return _write_state
    if issubclass(cls, (ForkMap, ForkIndex)):
        return _write_map
    if issubclass(cls, dict):
        return _write_dict
    return _write_sequence if cls in (tuple, GivenList) else _write_other


def _write_map(value: Any, canonical: Canonical, memo: Memo | None, found: list[str]) -> None:
    total = value.summed(memo or canonical, lambda key, held: _entry(key, held, canonical, memo), _WHOLE)
    found.append(f"m{total:x},")


def _write_dict(value: Any, canonical: Canonical, memo: Memo | None, found: list[str]) -> None:
    total = sum([_entry(key, held, canonical, memo) for key, held in value.items()])
    found.append(f"m{total % _WHOLE:x},")


def _write_sequence(value: Any, canonical: Canonical, memo: Memo | None, found: list[str]) -> None:
    found.append("(")
    for held in value:
        _write(held, canonical, memo, found)
    found.append(")")


def _write_state(value: Any, canonical: Canonical, memo: Memo | None, found: list[str]) -> None:
    found.append(printed(value, canonical, memo))


def _write_other(value: Any, canonical: Canonical, memo: Memo | None, found: list[str]) -> None:
    cls, replaced = value.__class__, canonical(value)
    if replaced is not value:
        _write(replaced, canonical, memo, found)
    elif cls in _CONTENT:
        total = sum([_entry(None, held, canonical, memo) for held in _CONTENT[cls](value)])
        found.append(f"h{total % _WHOLE:x},")
    elif isinstance(value, Sequence):
        _write_sequence(value, canonical, memo, found)
    elif memo is not None and _is_frozen(cls):
        found.append(memo(value))
    else:
        _write_record(value, canonical, memo, found)


def printed(state: State, canonical: Canonical, memo: Memo | None) -> str:
    """The fingerprint of a record as text, which is worked out once for as long as nothing changes in it."""
    sealed, who = state.seal(), memo or canonical
    if sealed._print is None or sealed._print[0] is not who:
        found: list[str] = []
        replaced = canonical(state)
        if replaced is state:
            _write_record(state, canonical, memo, found)
        else:
            _write(replaced, canonical, memo, found)
        sealed._print = (who, f"r{_hash(''.join(found)):x}")
    return sealed._print[1]


def _entry(key: Any, held: Any, canonical: Canonical, memo: Memo | None) -> int:
    found: list[str] = []
    _write(key, canonical, memo, found)
    _write(held, canonical, memo, found)
    return _hash("".join(found))


def _write_record(value: Any, canonical: Canonical, memo: Memo | None, found: list[str]) -> None:
    cls: Any = value.__class__
    if isinstance(value, Enum):
        found.append(f"e{cls.__name__}.{value.name},")
    elif isinstance(value, SCALARS):
        text = str(value)
        found.append(f"v{cls.__name__}{len(text)}:{text}")
    elif isinstance(value, State) or attrs.has(cls):
        found.append(f"{cls.__name__}(")
        for name in _names(cls):
            _write(getattr(value, name), canonical, memo, found)
        found.append(")")
    else:
        raise TypeError(f"{value!r} cannot stand in a state")


_PLAIN = frozenset({int, float, bool, bytes, type(None)})
_WHOLE = 1 << 128


def differences(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two states differ: the path, and what stands there on either side."""
    if one is other:
        return
    cls: Any = type(one)
    if cls is type(other):
        if isinstance(one, State):
            for name in _names(cls):
                yield from differences(getattr(one, name), getattr(other, name), f"{path}.{name}".lstrip("."))
            return
        if isinstance(one, (ForkMap, ForkIndex)):
            yield from _entries_that_differ(dict(one.items()), dict(other.items()), path)
            return
        if one == other or (cls in _CONTENT and list(_CONTENT[cls](one)) == list(_CONTENT[cls](other))):
            return
    yield path, one, other


def _entries_that_differ(one: dict[Any, Any], other: dict[Any, Any], path: str) -> Iterator[tuple[str, Any, Any]]:
    for key in {**one, **other}:
        yield from differences(one.get(key), other.get(key), f"{path}[{key!r}]")


_LEAVES: list[type] = []


def leaf(cls: C) -> C:
    """Say of a class that its instances, and those of its subclasses, are frozen through and through."""
    _LEAVES.append(cls)
    return cls


def foreign(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """What stands in a state and may not, with its path. O(size)."""
    cls: Any = type(value)
    if isinstance(value, (*SCALARS, Enum, *_LEAVES)):
        return
    if cls in _CONTENT:
        for held in _CONTENT[cls](value):
            yield from foreign(held, path)
        return
    if isinstance(value, (ForkMap, ForkIndex)) or type(value) is FrozenMap:
        for key, held in value.items():
            yield from foreign(key, f"{path}[key {key!r}]")
            yield from foreign(held, f"{path}[{key!r}]")
    elif isinstance(value, Sequence) and not isinstance(value, MutableSequence):
        for index, held in enumerate(value):
            yield from foreign(held, f"{path}[{index}]")
    elif isinstance(value, State) or _is_frozen(cls):
        for name in _names(cls):
            yield from foreign(getattr(value, name), f"{path}.{name}".lstrip("."))
    else:
        yield path, value


@cache
def _is_frozen(cls: Any) -> bool:
    """Whether instances of an attrs class cannot change."""
    if not attrs.has(cls):
        return False
    try:
        cls.__setattr__(cls.__new__(cls), _names(cls)[0] if _names(cls) else "any", None)
    except (attrs.exceptions.FrozenInstanceError, AttributeError):
        return True
    return False
