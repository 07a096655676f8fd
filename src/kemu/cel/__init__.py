"""The Common Expression Language as Kubernetes has it.

An `Environment` says which variables there are; `compile` makes a `Program` of a text, or raises a CompileError that
says what upstream says; a program is evaluated with values as often as one likes.

    environment = Environment({"object": DYN, "count": INT})
    program = environment.compile("object.spec.replicas < count", BOOL)
    program.evaluate({"object": {"spec": {"replicas": 1}}, "count": 2})

Values are JSON (mappings, lists or tuples, text, numbers), and what is in `values.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from .ast import Node
from .checker import Checked, Scope, check
from .declarations import Overload, by_name
from .errors import CompileError, CostExceeded, EvaluationError, Issue
from .evaluator import ABSENT, build
from .library import FUNCTIONS
from .literals import literal_issues
from .macros import BINDINGS, MACROS
from .parser import parse
from .types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    TYPE,
    UINT,
    ObjectType,
    Type,
    list_of,
    map_of,
    optional_of,
    type_of,
)
from .values import TypeValue

__all__ = [
    "BOOL",
    "BYTES",
    "COST_LIMIT",
    "DOUBLE",
    "DURATION",
    "DYN",
    "INT",
    "STRING",
    "TIMESTAMP",
    "UINT",
    "Checked",
    "CompileError",
    "CostExceeded",
    "Environment",
    "EvaluationError",
    "Issue",
    "ObjectType",
    "Program",
    "Type",
    "list_of",
    "map_of",
    "optional_of",
]

COST_LIMIT = 1_000_000
"""How often the loops of one evaluation may go around."""

_TYPES: Mapping[str, Type] = {
    **{each.kind: type_of(each) for each in (BOOL, BYTES, DOUBLE, INT, STRING, UINT)},
    "list": type_of(list_of(DYN)),
    "map": type_of(map_of(DYN, DYN)),
    "null_type": type_of(Type("null")),
    "type": type_of(TYPE),
    "google.protobuf.Duration": type_of(DURATION),
    "google.protobuf.Timestamp": type_of(TIMESTAMP),
    "optional_type": type_of(optional_of(DYN)),
    **{name: type_of(Type("opaque", name)) for name in ("net.IP", "net.CIDR")},
    **{f"kubernetes.{name}": type_of(Type("opaque", f"kubernetes.{name}")) for name in ("Quantity", "URL", "Semver")},
}
_CONSTANTS = {name: TypeValue(name) for name in _TYPES}


@attrs.frozen(eq=False)
class Program:
    """A compiled expression. It remembers nothing: evaluations do not know of each other."""

    source: str
    checked: Checked
    _run: Callable[[list[Any]], Any]
    _size: int
    _places: Mapping[str, int]

    @property
    def type(self) -> Type:
        """The type of its value, as far as it is known."""
        return self.checked.type

    @property
    def names(self) -> frozenset[str]:
        """The variables that occur in it."""
        return self.checked.free

    def evaluate(self, variables: Mapping[str, Any], cost_limit: int = COST_LIMIT) -> Any:
        """The value for these variables. Raises EvaluationError, and CostExceeded if its loops go around too often."""
        frame = [ABSENT] * self._size
        frame[0] = cost_limit
        for name, place in self._places.items():
            if name in variables:
                frame[place] = variables[name]
        try:
            return self._run(frame)
        except RecursionError:
            raise EvaluationError("expression recursion limit exceeded") from None


class Environment:
    """Which variables, types and functions expressions may use, beside those of every environment."""

    def __init__(
        self,
        variables: Mapping[str, Type],
        *,
        objects: Iterable[ObjectType] | Callable[[str], ObjectType | None] = (),
        functions: Iterable[Overload] = (),
        bindings: bool = False,
    ) -> None:
        """`objects` are the types with declared fields, or what finds one by its name; `functions` are further ones.

        With `bindings`, expressions have `cel.bind`.
        """
        self.variables = dict(variables)
        if callable(objects):
            self._objects = objects
        else:
            known = {each.name: each for each in objects}
            self._objects = known.get
        more = by_name(functions)
        merged = {name: (*FUNCTIONS.get(name, ()), *several) for name, several in more.items()}
        self._scope = Scope({**_TYPES, **self.variables}, {**FUNCTIONS, **merged}, self._objects)
        self._macros = {**MACROS, **BINDINGS} if bindings else MACROS
        self._places = {name: place + 1 for place, name in enumerate(self.variables)}

    def compile(self, source: str) -> Program:
        """A program of a text. Raises CompileError, whose text is the one that upstream shows."""
        root: Node = parse(source, self._macros)
        checked, issues = check(root, self._scope)
        issues = issues or literal_issues(checked)
        if issues:
            raise CompileError(source, sorted(issues, key=lambda issue: issue.at))
        run, size = build(checked, self._places, _CONSTANTS, self._objects)
        places = {name: place for name, place in self._places.items() if name in checked.free}
        return Program(source, checked, run, size, places)
