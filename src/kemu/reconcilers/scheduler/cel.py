"""A small CEL: the Common Expression Language as far as device selectors use it.

Covered: literals, lists and maps, all operators with their precedence and the error-absorbing `&&` and `||`, field
selection and indexing, `in`, `has()`, the macros `exists`, `all`, `exists_one`, `filter` and `map`, `cel.bind`,
`size`, conversions, string methods, and the Kubernetes libraries for quantities and semantic versions. Not covered:
timestamps, durations, protobuf messages, optionals. A parsed expression is a tuple and is evaluated by walking it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ...values.quantity import Quantity

Node = tuple[Any, ...]


class CelError(Exception):
    """An expression that does not parse, or cannot be evaluated for these values."""


_TOKEN = re.compile(
    r"""\s*(?:
    (?P<float>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)
  | (?P<int>0x[0-9a-fA-F]+u?|\d+u?)
  | (?P<string>r?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'))
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<op>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]{}])
)""",
    re.VERBOSE,
)
_PRECEDENCE = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "in": 3}
_PRECEDENCE |= {"+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "`": "`", "?": "?"}
_MACROS = ("exists", "all", "exists_one", "filter", "map")


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(text):
        if not text[place:].strip():
            break
        match = _TOKEN.match(text, place)
        if match is None:
            raise CelError(f"Syntax error: token recognition error at: '{text[place:].strip()[:1]}'")
        kind = match.lastgroup or ""
        found.append((kind, match.group(kind)))
        place = match.end()
    found.append(("end", "<EOF>"))
    return found


def _unquote(text: str) -> str:
    if text.startswith("r"):
        return text[2:-1]
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group(0)), text[1:-1])


class _Parser:
    """Operator precedence parsing into tuples: (kind, operands...)."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.place = 0

    @property
    def current(self) -> str:
        kind, text = self.tokens[self.place]
        return text if kind in ("op", "name") else ""

    def take(self, text: str) -> bool:
        if self.current == text:
            self.place += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise CelError(f"Syntax error: mismatched input '{self.tokens[self.place][1]}' expecting '{text}'")

    def whole(self) -> Node:
        node = self.ternary()
        if self.tokens[self.place][0] != "end":
            raise CelError(f"Syntax error: mismatched input '{self.tokens[self.place][1]}' expecting <EOF>")
        return node

    def ternary(self) -> Node:
        condition = self.binary(1)
        if not self.take("?"):
            return condition
        yes = self.binary(1)
        self.expect(":")
        return ("if", condition, yes, self.ternary())

    def binary(self, least: int) -> Node:
        left = self.unary()
        while True:
            operator = self.current
            level = _PRECEDENCE.get(operator, 0)
            if level < least:
                return left
            self.place += 1
            left = ("op", operator, left, self.binary(level + 1))

    def unary(self) -> Node:
        if self.take("!"):
            return ("not", self.unary())
        if self.take("-"):
            return ("negative", self.unary())
        return self.member(self.primary())

    def member(self, node: Node) -> Node:
        while True:
            if self.take("."):
                name = self.name()
                node = ("method", name, node, self.arguments()) if self.take("(") else ("field", node, name)
            elif self.take("["):
                node = ("index", node, self.ternary())
                self.expect("]")
            else:
                return node

    def name(self) -> str:
        kind, text = self.tokens[self.place]
        if kind != "name":
            raise CelError(f"Syntax error: no viable alternative at input '{text}'")
        self.place += 1
        return text

    def arguments(self, close: str = ")") -> tuple[Node, ...]:
        found: list[Node] = []
        while not self.take(close):
            found.append(self.ternary())
            if not self.take(","):
                self.expect(close)
                break
        return tuple(found)

    def primary(self) -> Node:
        kind, text = self.tokens[self.place]
        self.place += 1
        if kind == "int":
            return ("literal", int(text.rstrip("u"), 0))
        if kind == "float":
            return ("literal", float(text))
        if kind == "string":
            return ("literal", _unquote(text))
        if kind == "name":
            if text in ("true", "false"):
                return ("literal", text == "true")
            if text == "null":
                return ("literal", None)
            return ("call", text, self.arguments()) if self.take("(") else ("name", text)
        if text == "(":
            node = self.ternary()
            self.expect(")")
            return node
        if text == "[":
            return ("list", self.arguments("]"))
        if text == "{":
            return self.mapping()
        raise CelError(f"Syntax error: mismatched input '{text}'")

    def mapping(self) -> Node:
        pairs: list[tuple[Node, Node]] = []
        while not self.take("}"):
            key = self.ternary()
            self.expect(":")
            pairs.append((key, self.ternary()))
            if not self.take(","):
                self.expect("}")
                break
        return ("map", tuple(pairs))


class Semver:
    """A semantic version: major.minor.patch with a pre-release that sorts before the release."""

    __slots__ = ("key", "text")
    _FORM = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")

    def __init__(self, text: str) -> None:
        match = self._FORM.fullmatch(text)
        if match is None:
            raise CelError(f"invalid semantic version {text!r}")
        self.text = text
        parts = (match.group(4) or "").split(".") if match.group(4) else []
        pre = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)
        self.key = (int(match.group(1)), int(match.group(2)), int(match.group(3)), not pre, pre)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Semver) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """Parse an expression. Raises CelError."""
    return _Parser(text).whole()


def evaluate(expression: str, variables: Mapping[str, Any]) -> Any:
    """The value of an expression. Raises CelError."""
    return _run(parse(expression), variables)


def _run(node: Node, env: Mapping[str, Any]) -> Any:
    return _EVALUATORS[node[0]](node, env)


def _name(node: Node, env: Mapping[str, Any]) -> Any:
    if node[1] not in env:
        raise CelError(f"undeclared reference to '{node[1]}' (in container '')")
    return env[node[1]]


def _field(node: Node, env: Mapping[str, Any]) -> Any:
    return _select(_run(node[1], env), node[2])


def _select(value: Any, key: Any) -> Any:
    if isinstance(value, Mapping):
        found = value.get(key, _ABSENT) if not hasattr(value, "lookup") else value.lookup(key)
        if found is _ABSENT:
            raise CelError(f"no such key: {key}")
        return found
    raise CelError(f"no such overload: select {key!r}")


_ABSENT = object()


def _index(node: Node, env: Mapping[str, Any]) -> Any:
    value, key = _run(node[1], env), _run(node[2], env)
    if isinstance(value, (list, tuple)):
        if not isinstance(key, int) or not 0 <= key < len(value):
            raise CelError(f"index out of bounds: {key}")
        return value[key]
    return _select(value, key)


def _operator(node: Node, env: Mapping[str, Any]) -> Any:
    _, operator, left, right = node
    if operator in ("&&", "||"):
        return _logical(operator == "||", left, right, env)
    one, other = _run(left, env), _run(right, env)
    if operator == "==":
        return _equal(one, other)
    if operator == "!=":
        return not _equal(one, other)
    if operator == "in":
        if isinstance(other, Mapping):
            return one in other
        return any(_equal(one, item) for item in other)
    return _arithmetic(operator, one, other)


def _logical(decisive: bool, left: Node, right: Node, env: Mapping[str, Any]) -> bool:
    """`&&` and `||`: an error on one side does not matter when the other side decides."""
    try:
        if _truth(_run(left, env)) is decisive:
            return decisive
    except CelError:
        if _truth(_run(right, env)) is decisive:
            return decisive
        raise
    return _truth(_run(right, env))


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise CelError("no such overload")
    return value


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    return bool(one == other)


def _arithmetic(operator: str, one: Any, other: Any) -> Any:
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (one, other))
    same = numbers or (isinstance(one, str) and isinstance(other, str))
    comparisons: Mapping[str, Callable[[Any, Any], bool]] = {
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
    }
    if operator in comparisons:
        if not same:
            raise CelError(f"no such overload: _{operator}_")
        return comparisons[operator](one, other)
    if operator == "+" and (same or (isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)))):
        return one + other if same else [*one, *other]
    if not numbers:
        raise CelError(f"no such overload: _{operator}_")
    if operator == "-":
        return one - other
    if operator == "*":
        return one * other
    if isinstance(one, int) and isinstance(other, int):
        if other == 0:
            raise CelError("division by zero" if operator == "/" else "modulus by zero")
        quotient = abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1)
        return quotient if operator == "/" else one - quotient * other
    if operator == "%":
        raise CelError("no such overload: _%_")
    return one / other if other else float("nan" if not one else "inf")


def _call(node: Node, env: Mapping[str, Any]) -> Any:
    _, name, arguments = node
    if name == "has":
        target = arguments[0]
        if target[0] != "field":
            raise CelError("invalid argument to has() macro")
        value = _run(target[1], env)
        return isinstance(value, Mapping) and target[2] in value
    function = _FUNCTIONS.get(name)
    if function is None:
        raise CelError(f"undeclared reference to '{name}' (in container '')")
    return function(*(_run(argument, env) for argument in arguments))


def _method(node: Node, env: Mapping[str, Any]) -> Any:
    _, name, target, arguments = node
    if name == "bind" and target == ("name", "cel") and len(arguments) == 3:
        return _run(arguments[2], {**env, arguments[0][1]: _run(arguments[1], env)})
    value = _run(target, env)
    if name in _MACROS and arguments and arguments[0][0] == "name":
        return _macro(name, value, arguments, env)
    function = _METHODS.get(name)
    if function is None:
        raise CelError(f"undeclared reference to '{name}' (in container '')")
    return function(value, *(_run(argument, env) for argument in arguments))


def _macro(name: str, value: Any, arguments: tuple[Node, ...], env: Mapping[str, Any]) -> Any:
    variable, items = arguments[0][1], list(value)
    if name == "map" and len(arguments) == 3:
        items = [i for i in items if _truth(_run(arguments[1], {**env, variable: i}))]
    results = [_run(arguments[-1], {**env, variable: item}) for item in items]
    if name == "map":
        return results
    if name == "filter":
        return [item for item, keep in zip(items, results, strict=True) if _truth(keep)]
    if name == "exists":
        return any(map(_truth, results))
    return all(map(_truth, results)) if name == "all" else sum(map(_truth, results)) == 1


def _quantity(text: Any) -> Quantity:
    try:
        return Quantity(text)
    except ValueError as problem:
        raise CelError(str(problem)) from problem


def _is_quantity(text: str) -> bool:
    try:
        Quantity(text)
    except ValueError:
        return False
    return True


def _ordered(value: Any) -> Any:
    return value.key if isinstance(value, Semver) else value


def _compare(one: Any, other: Any) -> int:
    first, second = _ordered(one), _ordered(other)
    return (first > second) - (first < second)


def _to_int(value: Any) -> int:
    try:
        return int(value)
    except ValueError as problem:
        raise CelError(f"type conversion error from {value!r} to int") from problem


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "size": len,
    "int": _to_int,
    "uint": _to_int,
    "double": float,
    "string": lambda v: ("true" if v else "false") if isinstance(v, bool) else str(v),
    "bool": lambda v: v in (True, "true"),
    "dyn": lambda v: v,
    "quantity": _quantity,
    "isQuantity": _is_quantity,
    "semver": lambda text, *normalize: Semver(text),
}
_METHODS: Mapping[str, Callable[..., Any]] = {
    "size": len,
    "startsWith": lambda s, p: s.startswith(p),
    "endsWith": lambda s, p: s.endswith(p),
    "contains": lambda s, p: p in s,
    "matches": lambda s, p: re.search(p, s) is not None,
    "lowerAscii": lambda s: s.lower(),
    "upperAscii": lambda s: s.upper(),
    "trim": lambda s: s.strip(),
    "split": lambda s, p: s.split(p),
    "replace": lambda s, old, new: s.replace(old, new),
    "join": lambda items, p="": p.join(items),
    "compareTo": _compare,
    "isGreaterThan": lambda a, b: _compare(a, b) > 0,
    "isLessThan": lambda a, b: _compare(a, b) < 0,
    "asInteger": lambda q: q.value(),
    "isInteger": lambda q: q == Quantity(q.value()),
    "asApproximateFloat": lambda q: q.milli_value() / 1000,
    "sign": lambda q: _compare(q, Quantity(0)),
    "add": lambda q, other: q + (Quantity(other) if isinstance(other, int) else other),
    "sub": lambda q, other: q - (Quantity(other) if isinstance(other, int) else other),
    "major": lambda v: v.key[0],
    "minor": lambda v: v.key[1],
    "patch": lambda v: v.key[2],
}


def _negative(node: Node, env: Mapping[str, Any]) -> Any:
    return -_run(node[1], env)


_EVALUATORS: Mapping[str, Callable[[Node, Mapping[str, Any]], Any]] = {
    "literal": lambda node, env: node[1],
    "name": _name,
    "field": _field,
    "index": _index,
    "op": _operator,
    "not": lambda node, env: not _truth(_run(node[1], env)),
    "negative": _negative,
    "if": lambda node, env: _run(node[2] if _truth(_run(node[1], env)) else node[3], env),
    "list": lambda node, env: [_run(item, env) for item in node[1]],
    "map": lambda node, env: {_run(key, env): _run(value, env) for key, value in node[1]},
    "call": _call,
    "method": _method,
}
