"""A checked expression as a function: every node becomes a closure over the closures of its parts.

Variables live in a list, at places that are known when the function is made; loops and bindings have places of their
own. An evaluation costs what its loops go around, and is stopped when that is too much.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .ast import Call, Entries, Fold, Items, Literal, Name, Node, Select, Struct
from .checker import Checked
from .declarations import Overload
from .errors import CostExceeded, EvaluationError
from .library.operators import MISSING, find_key, indexed, no_overload, optional_index
from .types import ObjectType
from .values import NO_OVERLOAD, NONE, Optional, kind_of, optional

Frame = list[Any]
Run = Callable[[Frame], Any]

ABSENT: Any = object()
"""A variable that has no value in an evaluation, or not yet."""

COST = 0
"""Where in a frame it stands how often loops may still go around."""


def build(
    checked: Checked,
    variables: Mapping[str, int],
    constants: Mapping[str, Any],
    objects: Callable[[str], ObjectType | None],
) -> tuple[Run, int]:
    """The function of an expression, and the size of the frames it needs. Variables stand where `variables` says."""
    builder = _Builder(checked, variables, constants, objects)
    return builder.build(checked.root), builder.size


class _Builder:
    def __init__(
        self,
        checked: Checked,
        variables: Mapping[str, int],
        constants: Mapping[str, Any],
        objects: Callable[[str], ObjectType | None],
    ) -> None:
        self.checked = checked
        self.variables = variables
        self.constants = constants
        self.objects = objects
        self.size = 1 + len(variables)
        self.scopes: list[dict[str, Run]] = []

    def place(self) -> int:
        self.size += 1
        return self.size - 1

    def build(self, node: Node) -> Run:
        return _BUILDERS[type(node)](self, node)

    def literal(self, node: Literal) -> Run:
        value = node.value
        return lambda frame: value

    def name(self, node: Node) -> Run:
        name = self.checked.names[node]
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        if name in self.constants:
            value = self.constants[name]
            return lambda frame: value
        place = self.variables[name]

        def read(frame: Frame) -> Any:
            value = frame[place]
            if value is ABSENT:
                raise EvaluationError(f"no such attribute(s): {name}")
            return value

        return read

    def select(self, node: Select) -> Run:
        if node in self.checked.names:
            return self.name(node)
        operand, field = self.build(node.operand), node.field
        if node.test:
            return lambda frame: has_field(operand(frame), field)

        def read(frame: Frame) -> Any:
            held = operand(frame)
            try:
                return held[field]
            except (KeyError, TypeError, IndexError):
                return selected(held, field)

        return read

    def call(self, node: Call) -> Run:
        special = _SPECIAL.get(node.function)
        if special is not None:
            return special(self, node)
        candidates = self.checked.overloads[node]
        parts = list(node.arguments)
        if node.target is not None and candidates[0].method:
            parts.insert(0, node.target)
        runs = [self.build(each) for each in parts]
        certain = len(candidates) == 1 and not any(self.doubtful(each) for each in parts)
        return _called(candidates[0].run if certain else dispatcher(candidates), runs)

    def doubtful(self, node: Node) -> bool:
        """Whether the type of a value is only known when it is there, at least for what is in it."""
        return self.checked.types[node].dynamic

    def items(self, node: Items) -> Run:
        runs = [self.build(each) for each in node.items]
        if not node.optional:
            if all(isinstance(each, Literal) for each in node.items):
                value = tuple([each.value for each in node.items if isinstance(each, Literal)])
                return lambda frame: value
            return lambda frame: tuple([run(frame) for run in runs])
        maybe = [number in node.optional for number in range(len(runs))]

        def make(frame: Frame) -> Any:
            found: list[Any] = []
            for run, doubtful in zip(runs, maybe, strict=True):
                value = run(frame)
                found += _present(value) if doubtful else [value]
            return tuple(found)

        return make

    def entries(self, node: Entries) -> Run:
        runs = [(self.build(each.key), self.build(each.value), each.optional) for each in node.entries]

        def make(frame: Frame) -> Any:
            found: dict[Any, Any] = {}
            for key_of, value_of, maybe in runs:
                key, value = key_of(frame), value_of(frame)
                if kind_of(key) not in ("string", "int", "uint", "bool"):
                    raise EvaluationError("unsupported key type")
                for each in _present(value) if maybe else [value]:
                    found[key] = each
            return found

        return make

    def struct(self, node: Struct) -> Run:
        declared = self.objects(node.name.removeprefix("."))
        assert declared is not None and declared.make is not None
        construct = declared.make
        runs = [(each.name, self.build(each.value), each.optional) for each in node.fields]

        def make(frame: Frame) -> Any:
            found: dict[str, Any] = {}
            for name, run, maybe in runs:
                value = run(frame)
                for each in _present(value) if maybe else [value]:
                    found[name] = each
            return construct(found)

        return make

    # Loops

    def fold(self, node: Fold) -> Run:
        if isinstance(node.range, Items) and not node.range.items and node.accumulator != "@result":
            return self.binding(node)
        over = self.build(node.range)
        first, second = self.place(), self.place() if node.second else None
        scope: dict[str, Run] = {node.variable: _reader(first)}
        if second is not None:
            scope[node.second] = _reader(second)
        self.scopes.append(scope)
        loop = self.loop(node)
        self.scopes.pop()

        def run(frame: Frame) -> Any:
            return loop(frame, _elements(over(frame), frame, first, second))

        return run

    def loop(self, node: Fold) -> Callable[[Frame, Any], Any]:
        """What a macro does with the elements, which are put into the frame one after the other."""
        start, step = node.start, node.step
        assert isinstance(step, Call)
        if isinstance(start, Literal) and isinstance(start.value, bool):
            return _quantified(self.build(step.arguments[1]), decisive=not start.value)
        keep: Run | None = None
        if step.function == "_?_:_":
            keep, step = self.build(step.arguments[0]), step.arguments[1]
            assert isinstance(step, Call)
        if isinstance(start, Literal):
            assert keep is not None
            return _exactly_one(keep)
        if isinstance(start, Items):
            grown = step.arguments[1]
            assert isinstance(grown, Items)
            return _collected(self.build(grown.items[0]), keep)
        parts = [self.build(each) for each in step.arguments[1:]]
        return _mapped(dispatcher(self.checked.overloads[step]), parts, keep)

    def binding(self, node: Fold) -> Run:
        """A variable within an expression, worked out when it is first needed."""
        value, place = self.build(node.start), self.place()

        def read(frame: Frame) -> Any:
            if frame[place] is ABSENT:
                frame[place] = value(frame)
            return frame[place]

        self.scopes.append({node.accumulator: read})
        body = self.build(node.result)
        self.scopes.pop()

        def run(frame: Frame) -> Any:
            frame[place] = ABSENT
            return body(frame)

        return run

    # Calls that do not evaluate all of their arguments

    def conditional(self, node: Call) -> Run:
        condition, yes, no = [self.build(each) for each in node.arguments]

        def run(frame: Frame) -> Any:
            chosen = condition(frame)
            if chosen is True:
                return yes(frame)
            if chosen is False:
                return no(frame)
            raise EvaluationError(NO_OVERLOAD)

        return run

    def logical(self, node: Call) -> Run:
        """`&&` and `||`: an error on one side does not count when the other side decides."""
        decisive = node.function == "_||_"
        left, right = [self.build(each) for each in node.arguments]

        def run(frame: Frame) -> Any:
            try:
                one = left(frame)
                if one is decisive:
                    return decisive
                if one is not (not decisive):
                    raise EvaluationError(NO_OVERLOAD)
            except CostExceeded:
                raise
            except EvaluationError:
                if _decides(right, frame, decisive):
                    return decisive
                raise
            other = right(frame)
            if other is not True and other is not False:
                raise EvaluationError(NO_OVERLOAD)
            return other

        return run

    def optional_select(self, node: Call) -> Run:
        operand = self.build(node.arguments[0])
        field = node.arguments[1]
        assert isinstance(field, Literal)
        name = field.value
        return lambda frame: optional_field(operand(frame), name)

    def lazy(self, node: Call) -> Run:
        """`or` and `orValue` of optionals: the argument counts only when the target is absent."""
        if node.target is None or not any(each.method for each in self.checked.overloads[node]):
            return _called(dispatcher(self.checked.overloads[node]), [self.build(each) for each in node.arguments])
        target, argument = self.build(node.target), self.build(node.arguments[0])
        unwrap = node.function == "orValue"

        def run(frame: Frame) -> Any:
            held = target(frame)
            if not isinstance(held, Optional):
                return held
            if held.present:
                return held.value if unwrap else held
            return argument(frame)

        return run


def _decides(side: Run, frame: Frame, decisive: bool) -> bool:
    """Whether one side decides alone, the other one having failed."""
    try:
        return side(frame) is decisive
    except CostExceeded:
        raise
    except EvaluationError:
        return False


def selected(held: Any, field: str) -> Any:
    """The field of a value that does not simply have it. Raises EvaluationError."""
    if isinstance(held, Optional):
        return optional_field(held, field)
    _no_list(held)
    raise EvaluationError(f"no such key: {field}")


def _no_list(held: Any) -> None:
    if isinstance(held, (list, tuple)):
        raise EvaluationError("unsupported index type 'string' in list")


def has_field(held: Any, field: str) -> bool:
    """Whether a value has a field. Of lists that is an error."""
    if isinstance(held, Optional):
        return held.present and has_field(held.value, field)
    _no_list(held)
    return hasattr(held, "keys") and field in held


def optional_field(held: Any, field: str) -> Optional:
    """A field that may be absent."""
    if isinstance(held, Optional):
        return optional_field(held.value, field) if held.present else NONE
    _no_list(held)
    return optional(held[field]) if hasattr(held, "keys") and field in held else NONE


def dispatcher(candidates: tuple[Overload, ...]) -> Callable[..., Any]:
    """The overload that fits the values, chosen at each call."""

    def call(*values: Any) -> Any:
        kinds = [kind_of(each) for each in values]
        for each in candidates:
            if len(each.kinds) == len(kinds) and all(
                not wanted or wanted == kind for wanted, kind in zip(each.kinds, kinds, strict=True)
            ):
                return each.run(*values)
        raise no_overload(candidates[0].function, values)

    return call


def _called(function: Callable[..., Any], runs: list[Run]) -> Run:
    if len(runs) == 1:
        (only,) = runs
        return lambda frame: function(only(frame))
    if len(runs) == 2:
        one, other = runs
        return lambda frame: function(one(frame), other(frame))
    return lambda frame: function(*[run(frame) for run in runs])


def _reader(place: int) -> Run:
    return lambda frame: frame[place]


def _present(value: Any) -> list[Any]:
    if not isinstance(value, Optional):
        raise EvaluationError("cannot initialize optional element from non-optional value")
    return [value.value] if value.present else []


_GO_TYPES: Mapping[str, str] = {
    kind: f"types.{kind.title()}"
    for kind in ("bool", "bytes", "double", "duration", "int", "null", "string", "timestamp", "uint")
}
"""What complaints call values that are no lists."""


def _elements(over: Any, frame: Frame, first: int, second: int | None) -> Any:
    """Put one element after the other into the frame, and count them."""
    kind = kind_of(over)
    if kind not in ("list", "map", "object"):
        name = _GO_TYPES.get(kind, kind)
        if second is not None:
            raise EvaluationError(f"unsupported comprehension range type: {name}")
        raise EvaluationError(f"got '{name}', expected iterable type")
    frame[COST] -= len(over)
    if frame[COST] < 0:
        raise CostExceeded("operation cancelled: actual cost limit exceeded")
    if kind == "list":
        for number, value in enumerate(over):
            frame[first] = value if second is None else number
            if second is not None:
                frame[second] = value
            yield
        return
    for key in over:
        frame[first] = key
        if second is not None:
            frame[second] = over[key]
        yield


def _quantified(predicate: Run, decisive: bool) -> Callable[[Frame, Any], Any]:
    """`all` and `exists`: the first element that decides does so, whatever went wrong with others."""

    def run(frame: Frame, elements: Any) -> Any:
        problem: EvaluationError | None = None
        for _ in elements:
            try:
                found = predicate(frame)
                if found is decisive:
                    return decisive
                if found is not (not decisive):
                    raise EvaluationError(NO_OVERLOAD)
            except CostExceeded:
                raise
            except EvaluationError as error:
                problem = problem or error
        if problem is not None:
            raise problem
        return not decisive

    return run


def _truth(value: Any) -> bool:
    if value is not True and value is not False:
        raise EvaluationError(NO_OVERLOAD)
    return bool(value)


def _exactly_one(predicate: Run) -> Callable[[Frame, Any], Any]:
    return lambda frame, elements: sum([_truth(predicate(frame)) for _ in elements]) == 1


def _collected(item: Run, keep: Run | None) -> Callable[[Frame, Any], Any]:
    if keep is None:
        return lambda frame, elements: tuple([item(frame) for _ in elements])
    return lambda frame, elements: tuple([item(frame) for _ in elements if _truth(keep(frame))])


def _mapped(insert: Callable[..., Any], parts: list[Run], keep: Run | None) -> Callable[[Frame, Any], Any]:
    def run(frame: Frame, elements: Any) -> Any:
        found: Any = {}
        for _ in elements:
            if keep is None or _truth(keep(frame)):
                found = insert(found, *[part(frame) for part in parts])
        return found

    return run


def _index(builder: _Builder, node: Call) -> Run:
    """Indexing, of which most is with a constant name into a map."""
    held, key = [builder.build(each) for each in node.arguments]

    def run(frame: Frame) -> Any:
        over, name = held(frame), key(frame)
        if name.__class__ is str and kind_of(over) == "map":
            found = find_key(over, name)
            if found is MISSING:
                raise EvaluationError(f"no such key: {name}")
            return found
        return indexed(over, name)

    return run


def _maybe_index(builder: _Builder, node: Call) -> Run:
    held, key = [builder.build(each) for each in node.arguments]
    return lambda frame: optional_index(held(frame), key(frame))


_SPECIAL: Mapping[str, Callable[[_Builder, Call], Run]] = {
    "_?_:_": _Builder.conditional,
    "_&&_": _Builder.logical,
    "_||_": _Builder.logical,
    "_?._": _Builder.optional_select,
    "_[_]": _index,
    "_[?_]": _maybe_index,
    "or": _Builder.lazy,
    "orValue": _Builder.lazy,
}
_BUILDERS: Mapping[type, Callable[[_Builder, Any], Run]] = {
    Literal: _Builder.literal,
    Name: _Builder.name,
    Select: _Builder.select,
    Call: _Builder.call,
    Items: _Builder.items,
    Entries: _Builder.entries,
    Struct: _Builder.struct,
    Fold: _Builder.fold,
}
