"""Records with some fields changed: what `attrs.evolve` does, by a function made for just these fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs

R = TypeVar("R", bound=attrs.AttrsInstance)

_MADE: dict[tuple[type, tuple[str, ...]], Callable[..., Any]] = {}


def evolved(record: R, **changes: Any) -> R:
    """A copy of a record of an attrs class with some fields changed, for hot paths. O(fields).

    Raises TypeError for a field that does not exist.
    """
    cls, names = record.__class__, tuple(changes)
    make = _MADE.get((cls, names))
    if make is None:
        make = _MADE[cls, names] = _maker(cls, names)
    found: R = make(record, **changes)
    return found


def _maker(cls: Any, names: tuple[str, ...]) -> Callable[..., Any]:
    fields = [(field.name, field.alias) for field in attrs.fields(cls) if field.init]
    unknown = [name for name in names if name not in dict(fields).values()]
    if unknown:
        raise TypeError(f"{cls.__name__} has no field {unknown[0]!r}")
    values = [(name, alias, alias if alias in names else f"_record.{name}") for name, alias in fields]
    if _only_holds(cls):
        space = {"_cls": cls, "_draft": _draft(cls), "_new": object.__new__}
        lines = ["_twin = _new(_draft)", *[f"_twin.{name} = {value}" for name, _, value in values]]
        lines += ["_twin.__class__ = _cls", "return _twin"]
    else:
        space = {"_cls": cls}
        lines = [f"return _cls({', '.join([f'{alias}={value}' for _, alias, value in values])})"]
    exec("\n    ".join([f"def make({', '.join(['_record', *names])}):", *lines]), space)
    made: Callable[..., Any] = space["make"]
    return made


def _only_holds(cls: Any) -> bool:
    """Whether all that the constructor of a class does is to put what it is given into slots."""
    fields = attrs.fields(cls)
    slots = [slot for each in cls.__mro__ for slot in each.__dict__.get("__slots__", ()) if slot != "__weakref__"]
    plain = all(field.init and field.converter is None and field.validator is None for field in fields)
    made_by_attrs = cls.__init__.__code__.co_filename.startswith("<attrs generated")
    simple = plain and made_by_attrs and not hasattr(cls, "__attrs_post_init__")
    return simple and not cls.__dictoffset__ and sorted(slots) == sorted(field.name for field in fields)


def _draft(cls: Any) -> Any:
    """A class of the same form whose instances can be written to: to give one its class is cheaper than to construct
    one of a class that refuses to be changed."""
    written = {"__slots__": (), "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(cls)(f"_Draft{cls.__name__}", (cls,), written)
