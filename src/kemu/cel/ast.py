"""An expression as a tree. Nodes are compared by identity; `at` is where in the source an issue with one is shown."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen(eq=False, slots=True)
class Node:
    """A part of an expression."""

    at: int


@attrs.frozen(eq=False, slots=True)
class Literal(Node):
    """A constant."""

    value: Any


@attrs.frozen(eq=False, slots=True)
class Name(Node):
    """A variable or a type by its name."""

    name: str


@attrs.frozen(eq=False, slots=True)
class Select(Node):
    """A field of an operand, or (a `test`) whether it is there."""

    operand: Node
    field: str
    test: bool = False


@attrs.frozen(eq=False, slots=True)
class Call(Node):
    """A function or operator and its arguments; a method has a target."""

    function: str
    target: Node | None
    arguments: tuple[Node, ...]


@attrs.frozen(eq=False, slots=True)
class Items(Node):
    """A list; items whose index is in `optional` are left out if they are absent."""

    items: tuple[Node, ...]
    optional: frozenset[int] = frozenset()


@attrs.frozen(eq=False, slots=True)
class Entry(Node):
    """An entry of a map."""

    key: Node
    value: Node
    optional: bool = False


@attrs.frozen(eq=False, slots=True)
class Entries(Node):
    """A map."""

    entries: tuple[Entry, ...]


@attrs.frozen(eq=False, slots=True)
class Field(Node):
    """A field of a new object."""

    name: str
    value: Node
    optional: bool = False


@attrs.frozen(eq=False, slots=True)
class Struct(Node):
    """A new object of a named type."""

    name: str
    fields: tuple[Field, ...]


@attrs.frozen(eq=False, slots=True)
class Fold(Node):
    """What a macro becomes: a loop over a range with an accumulator.

    While `condition` holds, `step` makes the next accumulator of each element (`variable`; with `second`, the index or
    key and the value). `result` is the value of the whole.
    """

    range: Node
    variable: str
    second: str
    accumulator: str
    start: Node
    condition: Node
    step: Node
    result: Node


def qualified(node: Node) -> str | None:
    """The dotted name that a chain of selections spells, or None."""
    parts: list[str] = []
    while isinstance(node, Select) and not node.test:
        parts.append(node.field)
        node = node.operand
    if not isinstance(node, Name):
        return None
    return ".".join([node.name, *reversed(parts)])


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node, in the order of the source."""
    match node:
        case Select(operand=operand):
            return (operand,)
        case Call(target=target, arguments=arguments):
            return arguments if target is None else (target, *arguments)
        case Items(items=items):
            return items
        case Entries(entries=entries):
            return tuple([part for each in entries for part in (each.key, each.value)])
        case Struct(fields=fields):
            return tuple([each.value for each in fields])
        case Fold():
            return (node.range, node.start, node.condition, node.step, node.result)
    return ()
