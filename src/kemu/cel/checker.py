"""Whether the types of an expression fit, and what each of its names and calls means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from . import types
from .ast import Call, Entries, Fold, Items, Literal, Name, Node, Select, Struct, qualified
from .declarations import Overload
from .errors import Issue
from .types import BOOL, DYN, ERROR, ObjectType, Type
from .unify import Substitution, assignable, assignable_all, more_general, substitute
from .values import kind_of


@attrs.frozen(eq=False)
class Checked:
    """What the check of an expression found. Every node of the tree has a type."""

    root: Node
    types: Mapping[Node, Type]
    overloads: Mapping[Node, tuple[Overload, ...]]
    """Of each call, the overloads that may be meant."""
    names: Mapping[Node, str]
    """Of each node that names a variable or a type, its full name."""
    free: frozenset[str]
    """The declared variables that occur."""

    @property
    def type(self) -> Type:
        """The type of the whole."""
        return self.types[self.root]


@attrs.frozen(eq=False)
class Scope:
    """What names mean: variables and types, functions, and objects by the names of their types."""

    variables: Mapping[str, Type]
    functions: Mapping[str, tuple[Overload, ...]]
    objects: Callable[[str], ObjectType | None]


def check(root: Node, scope: Scope) -> tuple[Checked, list[Issue]]:
    """Check an expression: what is found, and what is wrong with it."""
    checker = _Checker(scope)
    checker.check(root)
    final = {node: substitute(checker.known, held, final=True) for node, held in checker.types.items()}
    found = Checked(root, final, checker.overloads, checker.names, frozenset(checker.free))
    return found, checker.issues


class _Checker:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.locals: list[dict[str, Type]] = []
        self.known: Substitution = {}
        self.fresh = 0
        self.types: dict[Node, Type] = {}
        self.overloads: dict[Node, tuple[Overload, ...]] = {}
        self.names: dict[Node, str] = {}
        self.free: set[str] = set()
        self.issues: list[Issue] = []

    def complain(self, node: Node, text: str) -> None:
        self.issues.append(Issue(node.at, text))

    def check(self, node: Node) -> Type:
        found = self.types[node] = _CHECKS[type(node)](self, node)
        return found

    def variable(self, name: str) -> Type | None:
        """The type of a variable, the innermost of that name."""
        for each in reversed(self.locals):
            if name in each:
                return each[name]
        found = self.scope.variables.get(name.removeprefix("."))
        if found is not None:
            self.free.add(name.removeprefix("."))
        return found

    def parameter(self) -> Type:
        self.fresh += 1
        return types.parameter(f"_var{self.fresh}")

    def fits(self, wanted: Type, given: Type) -> bool:
        found = assignable(self.known, wanted, given)
        if found is None:
            return False
        self.known = found
        return True

    # One function for each kind of node

    def literal(self, node: Literal) -> Type:
        return Type(kind_of(node.value))

    def name(self, node: Name) -> Type:
        found = self.variable(node.name)
        if found is None:
            self.complain(node, f"undeclared reference to '{node.name.removeprefix('.')}' (in container '')")
            return ERROR
        self.names[node] = node.name.removeprefix(".")
        return found

    def select(self, node: Select) -> Type:
        full = None if node.test else qualified(node)
        if full is not None and "." in full and full in self.scope.variables and not self.is_local(full):
            self.names[node] = full
            self.free.add(full)
            return self.scope.variables[full]
        found = self.field(node, node.operand, node.field)
        return BOOL if node.test else substitute(self.known, found)

    def is_local(self, full: str) -> bool:
        return any(full.partition(".")[0] in each for each in self.locals)

    def field(self, node: Node, operand: Node, name: str, optional: bool = False) -> Type:
        """The type of a field of an operand, which is optional if the operand is."""
        given = substitute(self.known, self.check(operand))
        held = given.parameters[0] if given.is_optional else given
        found = DYN
        if held.kind == "map":
            found = held.parameters[1]
        elif held.kind == "object":
            declared = self.scope.objects(held.name)
            field = None if declared is None else declared.fields.get(name)
            if field is None:
                self.complain(node, f"undefined field '{name}'")
            found = ERROR if field is None else field
        elif held.kind == "parameter":
            self.fits(DYN, held)
        elif not held.dynamic:
            self.complain(node, f"type '{held}' does not support field selection")
        return types.optional_of(found) if optional or given.is_optional else found

    def call(self, node: Call) -> Type:
        if node.function == "_?._":
            field = node.arguments[1]
            assert isinstance(field, Literal)
            self.types[field] = types.STRING
            return substitute(self.known, self.field(node, node.arguments[0], field.value, optional=True))
        for each in node.arguments:
            self.check(each)
        target = node.target
        name = node.function.removeprefix(".")
        if target is not None:
            prefix = qualified(target)
            full = f"{prefix}.{node.function}" if prefix is not None else ""
            if full in self.scope.functions:
                return self.resolved(node, full, None)
            self.check(target)
        if name not in self.scope.functions:
            self.complain(node, f"undeclared reference to '{name}' (in container '')")
            return ERROR
        return self.resolved(node, name, target)

    def resolved(self, node: Call, name: str, target: Node | None) -> Type:
        """The type of a call: of the overload that fits, or dynamic if several do."""
        given = [self.types[each] for each in ([] if target is None else [target]) + list(node.arguments)]
        if name in ("_&&_", "_||_"):
            return self.logical(node, given)
        found: list[Overload] = []
        result: Type | None = None
        for each in self.scope.functions[name]:
            if each.method != (target is not None):
                continue
            takes, gives = self.instance(each)
            known = assignable_all(self.known, given, takes)
            if known is None:
                continue
            self.known = known
            found.append(each)
            gives = substitute(known, gives)
            result = gives if result is None or result == gives else DYN
        if result is None:
            self.refused(node, name, given, target is not None)
            return ERROR
        self.overloads[node] = tuple(found)
        return result

    def refused(self, node: Call, name: str, given: list[Type], method: bool) -> None:
        shown = [str(substitute(self.known, each, final=True)) for each in given]
        listed = f"{shown[0]}.({', '.join(shown[1:])})" if method else f"({', '.join(shown)})"
        self.complain(node, f"found no matching overload for '{name}' applied to '{listed}'")

    def logical(self, node: Call, given: list[Type]) -> Type:
        wrong = False
        for argument, held in zip(node.arguments, given, strict=True):
            if not self.fits(held, BOOL):
                self.complain(argument, f"expected type 'bool' but found '{substitute(self.known, held)}'")
                wrong = True
        self.overloads[node] = self.scope.functions[node.function]
        return ERROR if wrong else BOOL

    def instance(self, found: Overload) -> tuple[tuple[Type, ...], Type]:
        """What an overload takes and gives, with parameters of its own."""
        if not found.generic:
            return found.takes, found.gives
        fresh: Substitution = {}
        for each in (*found.takes, found.gives):
            self.freshen(each, fresh)
        return tuple([substitute(fresh, each) for each in found.takes]), substitute(fresh, found.gives)

    def freshen(self, held: Type, fresh: Substitution) -> None:
        if held.kind == "parameter" and held not in fresh:
            fresh[held] = self.parameter()
        for each in held.parameters:
            self.freshen(each, fresh)

    def items(self, node: Items) -> Type:
        joined: Type | None = None
        for number, each in enumerate(node.items):
            held = self.unwrapped(each, self.check(each), number in node.optional)
            joined = self.joined(joined, held)
        return types.list_of(joined or self.parameter())

    def unwrapped(self, node: Node, held: Type, optional: bool) -> Type:
        """The type within an optional element."""
        if not optional or held.dynamic:
            return held
        if held.is_optional:
            return held.parameters[0]
        self.complain(node, f"expected type '{types.optional_of(held)}' but found '{held}'")
        return held

    def joined(self, before: Type | None, held: Type) -> Type:
        """The type of elements of which the earlier ones have one type and the next another."""
        if before is None:
            return held
        return more_general(before, held) if self.fits(before, held) else DYN

    def entries(self, node: Entries) -> Type:
        key: Type | None = None
        value: Type | None = None
        for each in node.entries:
            key = self.joined(key, self.check(each.key))
            value = self.joined(value, self.unwrapped(each.value, self.check(each.value), each.optional))
        return types.map_of(key or self.parameter(), value or self.parameter())

    def struct(self, node: Struct) -> Type:
        declared = self.scope.objects(node.name.removeprefix("."))
        if declared is None or declared.make is None:
            self.complain(node, f"undeclared reference to '{node.name.removeprefix('.')}' (in container '')")
            return ERROR
        for field in node.fields:
            given = self.unwrapped(field.value, self.check(field.value), field.optional)
            wanted = declared.fields.get(field.name)
            if wanted is None:
                self.complain(field, f"undefined field '{field.name}'")
            elif not self.fits(wanted, given):
                shown = substitute(self.known, given)
                text = f"expected type of field '{field.name}' is '{wanted}' but provided type is '{shown}'"
                self.complain(field, text)
        return declared.type

    def fold(self, node: Fold) -> Type:
        self.check(node.range)
        start = self.check(node.start)
        over = substitute(self.known, self.types[node.range])
        first, second = self.loop_variables(node, over)
        self.locals.append({node.accumulator: start})
        self.locals.append({node.variable: first, **({node.second: second} if node.second else {})})
        for part, wanted in ((node.condition, BOOL), (node.step, start)):
            given = self.check(part)
            if not self.fits(wanted, given):
                shown = [str(substitute(self.known, each)) for each in (wanted, given)]
                self.complain(part, f"expected type '{shown[0]}' but found '{shown[1]}'")
        self.locals.pop()
        result = self.check(node.result)
        self.locals.pop()
        return substitute(self.known, result)

    def loop_variables(self, node: Fold, over: Type) -> tuple[Type, Type]:
        """The types of the variables of a loop over a range."""
        if over.kind == "list":
            return (types.INT, over.parameters[0]) if node.second else (over.parameters[0], DYN)
        if over.kind == "map":
            return over.parameters[0], over.parameters[1]
        if over.dynamic or over.kind == "parameter":
            self.fits(DYN, over)
            return DYN, DYN
        text = f"expression of type '{over}' cannot be range of a comprehension (must be list, map, or dynamic)"
        self.complain(node.range, text)
        return ERROR, ERROR


_CHECKS: Mapping[type, Callable[[_Checker, Any], Type]] = {
    Literal: _Checker.literal,
    Name: _Checker.name,
    Select: _Checker.select,
    Call: _Checker.call,
    Items: _Checker.items,
    Entries: _Checker.entries,
    Struct: _Checker.struct,
    Fold: _Checker.fold,
}
