"""How functions are declared: a name, what they take and give, and what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from .types import Type, split, written

Implementation = Callable[..., Any]
Row = tuple[str, str, Implementation]
"""A function, a signature, and what it does."""


@attrs.frozen(eq=False)
class Overload:
    """One way to call a function. A method takes its target as the first argument."""

    function: str
    method: bool
    takes: tuple[Type, ...]
    gives: Type
    run: Implementation
    kinds: tuple[str, ...] = attrs.field(init=False)
    """The kinds of values that it takes; empty where any value will do."""
    generic: bool = attrs.field(init=False)
    """Whether type parameters occur in it."""

    def __attrs_post_init__(self) -> None:
        kinds = [each.name if each.kind == "opaque" else each.kind for each in self.takes]
        object.__setattr__(self, "kinds", tuple(["" if kind in ("dyn", "parameter") else kind for kind in kinds]))
        object.__setattr__(self, "generic", any(_generic(each) for each in (*self.takes, self.gives)))


def _generic(held: Type) -> bool:
    return held.kind == "parameter" or any(map(_generic, held.parameters))


def overload(function: str, signature: str, run: Implementation) -> Overload:
    """A function with a signature: `(int, int) -> int`, or of a method, `string.(string) -> bool`."""
    head, _, gives = signature.partition(" -> ")
    target, dot, arguments = head.partition(".(") if not head.startswith("(") else ("", "", head[1:])
    takes = [*([target] if dot else []), *split(arguments.removesuffix(")"))]
    return Overload(function, bool(dot), tuple(map(written, takes)), written(gives), run)


def overloads(table: Iterable[Row]) -> tuple[Overload, ...]:
    """Many at once."""
    return tuple([overload(*row) for row in table])


def by_name(library: Iterable[Overload]) -> Mapping[str, tuple[Overload, ...]]:
    """The overloads of each function, in their order."""
    found: dict[str, list[Overload]] = {}
    for each in library:
        found.setdefault(each.function, []).append(each)
    return {name: tuple(several) for name, several in found.items()}
