"""Constants that Kubernetes does not take: what never parses, and lists and maps of several types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ..values import regexes
from .ast import Call, Entries, Items, Literal, Node, children
from .checker import Checked
from .errors import Issue
from .types import Type
from .values import parse_duration, parse_timestamp

_CHECKS: Mapping[str, Callable[[str], object]] = {
    "duration": parse_duration,
    "timestamp": parse_timestamp,
    "matches": regexes.compiled,
}


def literal_issues(checked: Checked) -> list[Issue]:
    """What is wrong with the constants of an expression whose types fit."""
    return list(_issues(checked.root, checked.types, mixed=False))


def _issues(node: Node, types: Mapping[Node, Type], mixed: bool) -> Iterator[Issue]:
    """`mixed` is set within the arguments of `format`, which may be of all types."""
    if isinstance(node, Call):
        mixed = mixed or node.function == "format"
        yield from _argument(node)
    elif isinstance(node, Items) and not mixed:
        yield from _same([(each, number in node.optional) for number, each in enumerate(node.items)], types)
    elif isinstance(node, Entries) and not mixed:
        yield from _same([(each.key, False) for each in node.entries], types)
        yield from _same([(each.value, each.optional) for each in node.entries], types)
    for each in children(node):
        yield from _issues(each, types, mixed)


def _argument(node: Call) -> Iterator[Issue]:
    """The complaint about the argument of a call: the last, since `matches` can be written in two ways."""
    check = _CHECKS.get(node.function)
    argument = node.arguments[-1] if node.arguments else None
    if check is None or not isinstance(argument, Literal) or not isinstance(argument.value, str):
        return
    try:
        check(argument.value)
    except ValueError:
        yield Issue(argument.at, f"invalid {node.function} argument")


def _same(elements: Iterable[tuple[Node, bool]], types: Mapping[Node, Type]) -> Iterator[Issue]:
    """The complaint about the first element that is not of the type of the first of all."""
    wanted: Type | None = None
    for node, optional in elements:
        held = types[node]
        held = held.parameters[0] if optional and held.is_optional else held
        wanted = wanted or held
        if held != wanted:
            yield Issue(node.at, f"expected type '{wanted}' but found '{held}'")
            return
