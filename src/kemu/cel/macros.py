"""Macros: calls that become loops over a range, or tests for a field.

What they become is upstream's, since the types, the cost and the errors of a loop follow from its form.
"""

from __future__ import annotations

from collections.abc import Mapping

from .ast import Call, Entries, Fold, Items, Literal, Name, Node, Select
from .parser import Macro, MacroProblem

ACCUMULATOR = "@result"
UNUSED = "#unused"


class _Maker:
    """Makes nodes at the place of a macro's call."""

    def __init__(self, at: int) -> None:
        self.at = at

    def call(self, function: str, *arguments: Node) -> Node:
        return Call(self.at, function, None, arguments)

    def method(self, function: str, target: Node, *arguments: Node) -> Node:
        return Call(self.at, function, target, arguments)

    def literal(self, value: object) -> Node:
        return Literal(self.at, value)

    @property
    def result(self) -> Node:
        return Name(self.at, ACCUMULATOR)

    def fold(
        self, over: Node, names: tuple[str, str], start: Node, condition: Node, step: Node, result: Node | None = None
    ) -> Node:
        return Fold(self.at, over, *names, ACCUMULATOR, start, condition, step, result or self.result)

    def bound(self, name: str, value: Node, body: Node) -> Node:
        """`body` with a variable in it: a loop over nothing, whose accumulator is the variable."""
        condition, step = self.literal(False), Name(self.at, name)
        return Fold(self.at, Items(self.at, ()), UNUSED, "", name, value, condition, step, body)

    def quantified(self, kind: str, over: Node, names: tuple[str, str], predicate: Node) -> Node:
        """`all`, `exists` or `exists_one`."""
        if kind == "all":
            condition = self.call("@not_strictly_false", self.result)
            step = self.call("_&&_", self.result, predicate)
            return self.fold(over, names, self.literal(True), condition, step)
        if kind == "exists":
            condition = self.call("@not_strictly_false", self.call("!_", self.result))
            step = self.call("_||_", self.result, predicate)
            return self.fold(over, names, self.literal(False), condition, step)
        step = self.call("_?_:_", predicate, self.call("_+_", self.result, self.literal(1)), self.result)
        one = self.call("_==_", self.result, self.literal(1))
        return self.fold(over, names, self.literal(0), self.literal(True), step, one)

    def collected(self, over: Node, names: tuple[str, str], start: Node, step: Node, keep: Node | None) -> Node:
        """A list or a map that grows with every element, or with those to `keep`."""
        if keep is not None:
            step = self.call("_?_:_", keep, step, self.result)
        return self.fold(over, names, start, self.literal(True), step)

    def grown(self, item: Node) -> Node:
        """The accumulator with one more item."""
        return self.call("_+_", self.result, Items(self.at, (item,)))


def _variable(node: Node, text: str = "argument must be a simple name") -> str:
    if not isinstance(node, Name):
        raise MacroProblem(node.at, text)
    if node.name in (ACCUMULATOR, "__result__"):
        raise MacroProblem(node.at, "iteration variable overwrites accumulator variable")
    return node.name


def _variables(one: Node, other: Node) -> tuple[str, str]:
    names = (_variable(one), _variable(other))
    if names[0] == names[1]:
        raise MacroProblem(other.at, f"duplicate variable name: {names[0]}")
    return names


def _has(at: int, target: Node | None, arguments: tuple[Node, ...]) -> Node:
    (field,) = arguments
    if not isinstance(field, Select):
        raise MacroProblem(field.at, "invalid argument to has() macro")
    return Select(at, field.operand, field.field, test=True)


def _quantifier(kind: str) -> Macro:
    def expand(at: int, target: Node | None, arguments: tuple[Node, ...]) -> Node:
        assert target is not None
        *names, predicate = arguments
        found = (_variable(names[0]), "") if len(names) == 1 else _variables(names[0], names[1])
        return _Maker(at).quantified(kind, target, found, predicate)

    return expand


def _map(at: int, target: Node | None, arguments: tuple[Node, ...]) -> Node:
    assert target is not None
    make = _Maker(at)
    name = _variable(arguments[0], "argument is not an identifier")
    keep = arguments[1] if len(arguments) == 3 else None
    return make.collected(target, (name, ""), Items(at, ()), make.grown(arguments[-1]), keep)


def _filter(at: int, target: Node | None, arguments: tuple[Node, ...]) -> Node:
    assert target is not None
    make = _Maker(at)
    name = _variable(arguments[0], "argument is not an identifier")
    return make.collected(target, (name, ""), Items(at, ()), make.grown(arguments[0]), arguments[1])


def _transform_list(at: int, target: Node | None, arguments: tuple[Node, ...]) -> Node:
    assert target is not None
    make = _Maker(at)
    keep = arguments[2] if len(arguments) == 4 else None
    names = _variables(arguments[0], arguments[1])
    return make.collected(target, names, Items(at, ()), make.grown(arguments[-1]), keep)


def _transform_map(at: int, target: Node | None, arguments: tuple[Node, ...]) -> Node:
    assert target is not None
    make = _Maker(at)
    keep = arguments[2] if len(arguments) == 4 else None
    names = _variables(arguments[0], arguments[1])
    step = make.call("cel.@mapInsert", make.result, Name(at, names[0]), arguments[-1])
    return make.collected(target, names, Entries(at, ()), step, keep)


def _transform_entry(at: int, target: Node | None, arguments: tuple[Node, ...]) -> Node:
    assert target is not None
    make = _Maker(at)
    keep = arguments[2] if len(arguments) == 4 else None
    names = _variables(arguments[0], arguments[1])
    step = make.call("cel.@mapInsert", make.result, arguments[-1])
    return make.collected(target, names, Entries(at, ()), step, keep)


def _optional_map(wrap: bool) -> Macro:
    name = "optMap" if wrap else "optFlatMap"

    def expand(at: int, target: Node | None, arguments: tuple[Node, ...]) -> Node:
        assert target is not None
        make = _Maker(at)
        variable = _variable(arguments[0], f"{name}() variable name must be a simple identifier")
        mapped = make.bound(variable, make.method("value", target), arguments[1])
        found = make.call("optional.of", mapped) if wrap else mapped
        return make.call("_?_:_", make.method("hasValue", target), found, make.call("optional.none"))

    return expand


def _sort_by(at: int, target: Node | None, arguments: tuple[Node, ...]) -> Node:
    assert target is not None
    if not isinstance(target, (Items, Select, Name, Fold, Call)):
        text = "sortBy can only be applied to a list, identifier, comprehension, call or select expression"
        raise MacroProblem(target.at, text)
    make = _Maker(at)
    name = "@__sortBy_input__"
    keys = _map(at, Name(at, name), arguments)
    return make.bound(name, target, make.method("@sortByAssociatedKeys", Name(at, name), keys))


def _bind(at: int, target: Node | None, arguments: tuple[Node, ...]) -> Node | None:
    if not isinstance(target, Name) or target.name != "cel":
        return None
    name = _variable(arguments[0], "cel.bind() variable names must be simple identifiers")
    return _Maker(at).bound(name, arguments[1], arguments[2])


MACROS: Mapping[tuple[str, int, bool], Macro] = {
    ("has", 1, False): _has,
    **{(name, count, True): _quantifier(name) for name in ("all", "exists") for count in (2, 3)},
    **{(name, count, True): _quantifier("exists_one") for name in ("exists_one", "existsOne") for count in (2, 3)},
    ("map", 2, True): _map,
    ("map", 3, True): _map,
    ("filter", 2, True): _filter,
    ("transformList", 3, True): _transform_list,
    ("transformList", 4, True): _transform_list,
    ("transformMap", 3, True): _transform_map,
    ("transformMap", 4, True): _transform_map,
    ("transformMapEntry", 3, True): _transform_entry,
    ("transformMapEntry", 4, True): _transform_entry,
    ("optMap", 2, True): _optional_map(True),
    ("optFlatMap", 2, True): _optional_map(False),
    ("sortBy", 2, True): _sort_by,
}
"""The macros of every environment in Kubernetes."""

BINDINGS: Mapping[tuple[str, int, bool], Macro] = {("bind", 3, True): _bind}
"""`cel.bind`, which only device selectors have."""
