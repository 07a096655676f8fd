"""State: what a component remembers, apart from how it is wired.

A component's state is one record, a subclass of `State` made with `attrs.define`, whose fields hold frozen values,
`ForkMap`s and `ForkIndex`es of frozen values, and further records. So one walk serves all of them: `fork` shares what
neither side changes, `seal` gives a fork that is only kept (and is the same one as long as nothing changes), pickling
writes it down, `fingerprint` (`prints.py`) tells whether two ways have led into the same state, and `differences` where
not.

Frozen are numbers, quantities, texts, bytes, None, FrozenMaps, tuples and other sequences that do not change of frozen
values, API objects, and attrs classes that are frozen. Nothing else may stand in a state: no function, no generator, no
reference to a component. `foreign` names what does.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, MutableSequence, Sequence
from enum import Enum
from functools import cache
from typing import Any, TypeVar

import attrs

from .fork_map import ForkIndex, ForkMap
from .frozen import FrozenMap
from .quantity import Quantity

K = TypeVar("K", bound=Hashable)
S = TypeVar("S", bound="State")
C = TypeVar("C", bound=type)

SCALARS = (type(None), bool, int, float, str, bytes, Quantity)


class State:
    """One component's record. Subclasses are made with `attrs.define(eq=False)`."""

    _sealed: Any = None
    """What `seal` gave last."""
    _is_sealed: bool = False
    """Whether it is what `seal` gave: nobody writes to it."""
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


def contents(cls: type) -> Callable[[Any], Iterable[Any]] | None:
    """What counts of the instances of a class that was declared `forkable`."""
    return _CONTENT.get(cls)


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
    made: Callable[[Any], Any] = compiled([*lines, "    return twin"], "fork", new=object.__new__, cls=cls)
    return made


@cache
def _seal_of(cls: Any) -> Callable[[Any], Any]:
    """The function that seals records of a class, in straight lines: it gives what it gave last if that says the
    same."""
    of = field_names(cls)
    lines = ["def seal(self):", "    if self._is_sealed:", "        return self", "    last = self._sealed"]
    for field in attrs.fields(cls):
        name, default = field.name, field.default
        if isinstance(default, attrs.Factory) and default.factory in (ForkMap, ForkIndex):  # type: ignore[arg-type]
            lines += [f"    {name} = self.{name}._sealed", f"    if {name} is None: {name} = self.{name}.seal()"]
        elif isinstance(default, attrs.Factory) and hasattr(default.factory, "seal"):  # type: ignore[arg-type]
            lines.append(f"    {name} = self.{name}.seal()")
        elif isinstance(default, (bool, int, float, str, tuple)):
            lines.append(f"    {name} = self.{name}")
        else:
            lines += [
                f"    {name} = self.{name}",
                f"    if hasattr({name}, 'seal'): {name} = {name}.seal()",
                f"    elif hasattr({name}, 'fork'): {name} = {name}.fork()",
            ]
    same = " and ".join([f"last.{name} is {name}" for name in of])
    lines += [f"    if last is not None and {same or True}:", "        return last", "    twin = new(cls)"]
    lines += [f"    twin.{name} = {name}" for name in of]
    lines += ["    twin._is_sealed = True", "    self._sealed = twin", "    return twin"]
    made: Callable[[Any], Any] = compiled(lines, "seal", new=object.__new__, cls=cls)
    return made


def compiled(lines: list[str], name: str, **space: Any) -> Any:
    """The function of this name that some lines of Python define, with what they can name."""
    exec("\n".join(lines), space)
    return space[name]


def _fields_of(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(cls))


field_names: Callable[[Any], tuple[str, ...]] = cache(_fields_of)


def differences(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two states differ: the path, and what stands there on either side."""
    if one is other:
        return
    cls: Any = type(one)
    if cls is type(other):
        if isinstance(one, State):
            for name in field_names(cls):
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
    elif isinstance(value, State) or is_frozen(cls):
        for name in field_names(cls):
            yield from foreign(getattr(value, name), f"{path}.{name}".lstrip("."))
    else:
        yield path, value


@cache
def is_frozen(cls: Any) -> bool:
    """Whether instances of an attrs class cannot change."""
    if not attrs.has(cls):
        return False
    try:
        cls.__setattr__(cls.__new__(cls), field_names(cls)[0] if field_names(cls) else "any", None)
    except (attrs.exceptions.FrozenInstanceError, AttributeError):
        return True
    return False
