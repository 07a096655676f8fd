"""Label selectors and field selectors: their text, their errors, and what they match.

Both are immutable and hashable. `matches` is O(requirements) and takes any mapping.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from .names import is_qualified_name, is_valid_label_value

_BINARY_OPERATORS = "in, notin, =, ==, !=, gt, lt"
_TOKEN = re.compile(r"[ \t\r\n]*(?:([=!(),><]+)|([^=!(),>< \t\r\n]+))")
_SYMBOLS = ("==", "!=", ")", ",", "!", "=", ">", "<", "(")
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)


class Requirement(NamedTuple):
    """One condition on one label. `operator` is `=`, `==`, `!=`, `in`, `notin`, `exists`, `!`, `gt` or `lt`."""

    key: str
    operator: str
    values: tuple[str, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy the condition."""
        value = labels.get(self.key)
        operator = self.operator
        if operator in ("=", "==", "in"):
            return value is not None and value in self.values
        if operator in ("!=", "notin"):
            return value is None or value not in self.values
        if operator == "exists":
            return value is not None
        if operator == "!":
            return value is None
        if value is None or not _is_int64(value):
            return False
        return int(value) > int(self.values[0]) if operator == "gt" else int(value) < int(self.values[0])

    def __str__(self) -> str:
        values = ",".join(sorted(self.values))
        if self.operator in ("in", "notin"):
            return f"{self.key} {self.operator} ({values})"
        if self.operator == "exists":
            return self.key
        if self.operator == "!":
            return f"!{self.key}"
        return f"{self.key}{ {'gt': '>', 'lt': '<'}.get(self.operator, self.operator) }{values}"


class Selector(NamedTuple):
    """A conjunction of requirements, sorted by key. `nothing` matches no object at all; without requirements it
    matches every one.
    """

    requirements: tuple[Requirement, ...] = ()
    nothing: bool = False

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy all requirements."""
        return not self.nothing and all(requirement.matches(labels) for requirement in self.requirements)

    @property
    def empty(self) -> bool:
        """Whether it matches everything."""
        return not self.nothing and not self.requirements

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The labels that whatever it matches must have, with their values, by key."""
        return tuple(
            [
                (requirement.key, requirement.values[0])
                for requirement in self.requirements
                if requirement.operator in ("=", "==", "in") and len(requirement.values) == 1
            ]
        )

    def __str__(self) -> str:
        return ",".join(str(requirement) for requirement in self.requirements)


EVERYTHING = Selector()
NOTHING = Selector(nothing=True)


class _TypedRequirement(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def operator(self) -> str: ...
    @property
    def values(self) -> tuple[str, ...]: ...


_TYPED_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}


def selector_of(selector: Any) -> Selector:
    """The selector that a typed `meta.LabelSelector` describes. None matches nothing, an empty one everything.

    Raises ValueError for an operator or value that is not valid.
    """
    if selector is None:
        return NOTHING
    return _selector_of(selector.match_labels, selector.match_expressions)


@lru_cache(maxsize=4096)
def _selector_of(match_labels: Mapping[str, str], match_expressions: tuple[_TypedRequirement, ...]) -> Selector:
    found = [requirement(key, "=", (value,)) for key, value in match_labels.items()]
    for expression in match_expressions:
        operator = _TYPED_OPERATORS.get(expression.operator)
        if operator is None:
            raise ValueError(f'"{expression.operator}" is not a valid label selector operator')
        found.append(requirement(expression.key, operator, tuple(expression.values)))
    return Selector(tuple(sorted(found, key=lambda item: item.key)))


def selector_of_map(labels: Mapping[str, str] | None) -> Selector:
    """The selector that a plain map of labels describes; an empty map matches everything. Nothing is validated."""
    if not labels:
        return EVERYTHING
    return Selector(tuple(Requirement(key, "=", (labels[key],)) for key in sorted(labels)))


def requirement(key: str, operator: str, values: tuple[str, ...]) -> Requirement:
    """A checked requirement. Raises ValueError with the API server's text."""
    problems = []
    complaints = is_qualified_name(key)
    if complaints:
        problems.append(f'key: Invalid value: "{key}": {"; ".join(complaints)}')
    shown = "[" + ",".join(f'"{value}"' for value in values) + "]" if values else "[]"
    if operator in ("in", "notin") and not values:
        problems.append(f"values: Invalid value: {shown}: for 'in', 'notin' operators, values set can't be empty")
    elif operator in ("=", "==", "!=") and len(values) != 1:
        problems.append(f"values: Invalid value: {shown}: exact-match compatibility requires one single value")
    elif operator in ("exists", "!") and values:
        problems.append(f"values: Invalid value: {shown}: values set must be empty for exists and does not exist")
    elif operator in ("gt", "lt"):
        problems += _integer_problems(values, shown)
    for index, value in enumerate(values):
        complaints = is_valid_label_value(value)
        if complaints:
            problems.append(f'values[{index}][{key}]: Invalid value: "{value}": {"; ".join(complaints)}')
    if problems:
        raise ValueError(problems[0] if len(problems) == 1 else "[" + ", ".join(dict.fromkeys(problems)) + "]")
    return Requirement(key, operator, values)


def _integer_problems(values: tuple[str, ...], shown: str) -> list[str]:
    problems = []
    if len(values) != 1:
        problems.append(f"values: Invalid value: {shown}: for 'Gt', 'Lt' operators, exactly one value is required")
    for index, value in enumerate(values):
        if not _is_int64(value):
            problems.append(
                f"values[{index}]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer"
            )
    return problems


def _is_int64(text: str) -> bool:
    return _INTEGER.fullmatch(text) is not None and -(1 << 63) <= int(text) < 1 << 63


@lru_cache(maxsize=4096)
def parse_label_selector(text: str) -> Selector:
    """Read a label selector: `app=web,tier in (a,b),!old,size>3`. Raises ValueError with the API server's text."""
    return _Parser(text).parse()


class _Parser:
    """Reads the text of a label selector, token by token. `in` and `notin` are names where a name is expected."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0

    def parse(self) -> Selector:
        found = []
        while True:
            kind, text = self.peek()
            if kind == "end":
                break
            if kind not in ("name", "!"):
                raise ValueError(f"found '{text}', expected: !, identifier, or 'end of string'")
            try:
                found.append(self.requirement())
            except ValueError as error:
                raise ValueError(f"unable to parse requirement: {error}") from None
            kind, text = self.take()
            if kind == "end":
                break
            if kind != ",":
                raise ValueError(f"found '{text}', expected: ',' or 'end of string'")
            kind, text = self.peek()
            if kind not in ("name", "!"):
                raise ValueError(f"found '{text}', expected: identifier after ','")
        return Selector(tuple(sorted(found, key=lambda item: item.key)))

    def peek(self) -> tuple[str, str]:
        kind, text = self.tokens[self.at]
        return ("name", text) if kind in ("in", "notin") else (kind, text)

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def requirement(self) -> Requirement:
        kind, text = self.take()
        absent = kind == "!"
        if absent:
            kind, text = self.take()
        if kind != "name":
            raise ValueError(f"found '{text}', expected: identifier")
        complaints = is_qualified_name(text)
        if complaints:
            raise ValueError(f'<nil>: Invalid value: "{text}": {"; ".join(complaints)}')
        if absent:
            return requirement(text, "!", ())
        if self.peek()[0] in ("end", ","):
            return requirement(text, "exists", ())
        return self.comparison(text)

    def comparison(self, key: str) -> Requirement:
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind not in ("in", "notin", "=", "==", "!=", ">", "<"):
            raise ValueError(f"found '{text}', expected: {_BINARY_OPERATORS}")
        operator = {">": "gt", "<": "lt"}.get(kind, kind)
        values = self.value_set() if kind in ("in", "notin") else self.exact_value()
        return requirement(key, operator, tuple(sorted(set(values))))

    def exact_value(self) -> list[str]:
        if self.peek()[0] in ("end", ","):
            return [""]
        kind, text = self.take()
        if kind != "name":
            raise ValueError(f"found '{text}', expected: identifier")
        return [text]

    def value_set(self) -> list[str]:
        kind, text = self.take()
        if kind != "(":
            raise ValueError(f"found '{text}' expected: '('")
        kind, text = self.peek()
        if kind == ")":
            self.take()
            return [""]
        if kind not in ("name", ","):
            raise ValueError(f"found '{text}', expected: ',', ')' or identifier")
        values = self.values()
        if self.take()[0] != ")":
            raise ValueError(f"found '{text}', expected: ')'")
        return values

    def values(self) -> list[str]:
        found: list[str] = []
        while True:
            kind, text = self.take()
            if kind == "name":
                found.append(text)
                kind, text = self.peek()
                if kind == ")":
                    return found
                if kind != ",":
                    raise ValueError(f"found '{text}', expected: ',' or ')'")
            elif kind == ",":
                if not found:
                    found.append("")
                kind = self.peek()[0]
                if kind in (")", ","):
                    found.append("")
                if kind == ")":
                    return found
            else:
                raise ValueError(f"found '{text}', expected: ',', or identifier")


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            found.append(("end", ""))
            return found
        symbols, name = match.groups()
        at = match.end()
        if name is not None:
            found.append((name if name in ("in", "notin") else "name", name))
            continue
        for symbol in _SYMBOLS:
            if symbols.startswith(symbol):
                found.append((symbol, symbol))
                at = match.start(1) + len(symbol)
                break


class FieldRequirement(NamedTuple):
    """One condition on one field. `operator` is `=` or `!=`."""

    field: str
    operator: str
    value: str

    def __str__(self) -> str:
        escaped = self.value.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=")
        return f"{self.field}{self.operator}{escaped}"


class FieldSelector(NamedTuple):
    """A conjunction of conditions on fields; without any it matches everything."""

    requirements: tuple[FieldRequirement, ...] = ()

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Whether field values satisfy all conditions; a field that is not there is empty."""
        return all((fields.get(item.field, "") == item.value) == (item.operator == "=") for item in self.requirements)

    @property
    def empty(self) -> bool:
        """Whether it matches everything."""
        return not self.requirements

    def exact(self, field: str) -> str | None:
        """The value that a field must have, if it must have one."""
        return next((item.value for item in self.requirements if item.field == field and item.operator == "="), None)

    def __str__(self) -> str:
        return ",".join(str(item) for item in self.requirements)


@lru_cache(maxsize=4096)
def parse_field_selector(text: str) -> FieldSelector:
    """Read a field selector: `spec.nodeName=n1,status.phase!=Running`. Raises ValueError with the API server's text."""
    found = []
    for term in sorted(_split_terms(text)):
        if not term:
            continue
        match = re.search(r"!=|==|=", term)
        if match is None:
            raise ValueError(f"invalid selector: '{text}'; can't understand '{term}'")
        operator = "!=" if match.group() == "!=" else "="
        found.append(FieldRequirement(term[: match.start()], operator, _unescape(term[match.end() :])))
    return FieldSelector(tuple(found))


def _split_terms(text: str) -> Iterable[str]:
    return re.findall(r"(?:^|(?<=,))((?:\\.|[^,\\]|\\$)*)(?=,|$)", text, re.DOTALL) if text else ()


def _unescape(value: str) -> str:
    found, escaped = [], False
    for letter in value:
        if escaped:
            if letter not in "\\,=":
                raise ValueError(f"invalid field selector: invalid escape sequence: \\{letter}")
            found.append(letter)
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter in ",=":
            raise ValueError(f"invalid field selector: unescaped character in value: {ord(letter)}")
        else:
            found.append(letter)
    if escaped:
        raise ValueError("invalid field selector: invalid escape sequence: \\")
    return "".join(found)
