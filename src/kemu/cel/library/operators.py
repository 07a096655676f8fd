"""Operators: arithmetic within 64 bits, comparison, membership, indexing."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from ..declarations import Overload, overload, overloads
from ..errors import EvaluationError
from ..values import (
    MAX_INT,
    MAX_UINT,
    MIN_INT,
    NO_OVERLOAD,
    NONE,
    Duration,
    Optional,
    Timestamp,
    Uint,
    compare,
    equal,
    kind_of,
    optional,
    type_name,
)


def _int(value: int, text: str = "integer overflow") -> int:
    if not MIN_INT <= value <= MAX_INT:
        raise EvaluationError(text)
    return value


def _uint(value: int) -> Uint:
    if not 0 <= value <= MAX_UINT:
        raise EvaluationError("unsigned integer overflow")
    return Uint(value)


def _duration(nanoseconds: int) -> Duration:
    return Duration(_int(nanoseconds, "duration overflow"))


def _moment(nanoseconds: int, zone: int = 0) -> Timestamp:
    found = Timestamp(nanoseconds, zone)
    found.at()
    return found


def _divide(one: int, other: int) -> int:
    if other == 0:
        raise EvaluationError("division by zero")
    quotient = abs(one) // abs(other)
    return _int(quotient if (one < 0) == (other < 0) else -quotient)


def _modulo(one: int, other: int) -> int:
    if other == 0:
        raise EvaluationError("modulus by zero")
    return one - other * _divide(one, other)


def _divide_doubles(one: float, other: float) -> float:
    if other:
        return one / other
    if one == 0 or one != one:
        return float("nan")
    return float("inf") if (one > 0) == (str(other)[0] != "-") else float("-inf")


def _unsigned(function: Callable[[int, int], int]) -> Callable[[int, int], Uint]:
    return lambda one, other: _uint(function(int(one), int(other)))


def _added_lists(one: Any, other: Any) -> Any:
    """Two lists behind one another; lists that are sets or maps by their schema are merged."""
    merged = getattr(one, "merged", None)
    return merged(other) if merged is not None else (*one, *other)


def _ordered(test: Callable[[int], bool]) -> Callable[[Any, Any], bool]:
    return lambda one, other: test(compare(one, other))


def index_list(items: Any, index: Any) -> Any:
    """An item of a list by its number. Raises EvaluationError outside of it."""
    if isinstance(index, float) and index.is_integer():
        index = int(index)
    if kind_of(index) not in ("int", "uint"):
        raise EvaluationError(f"unsupported index type '{type_name(index)}' in list")
    if not 0 <= index < len(items):
        raise EvaluationError(f"index out of bounds: {index}")
    return items[index]


def find_key(entries: Any, key: Any) -> Any:
    """The value of a key in a map; MISSING if there is none."""
    kind = kind_of(key)
    if kind == "double" and key.is_integer():
        key = int(key)
    elif kind not in ("string", "int", "uint", "bool"):
        return MISSING
    try:
        return entries[key]
    except KeyError:
        return MISSING


MISSING: Any = object()


def index_map(entries: Any, key: Any) -> Any:
    """The value of a key. Raises EvaluationError if there is none."""
    found = find_key(entries, key)
    if found is MISSING:
        from .text import shown

        raise EvaluationError(f"no such key: {shown(key)}")
    return found


def indexed(held: Any, key: Any) -> Any:
    """What a value has at a key; nothing has a key that is no list and no map. Raises EvaluationError."""
    kind = kind_of(held)
    if kind in ("map", "object"):
        return index_map(held, key)
    if kind == "list":
        return index_list(held, key)
    if isinstance(held, Optional):
        return optional_index(held, key)
    from .text import shown

    raise EvaluationError(f"no such key: {shown(key)}")


def optional_index(held: Any, key: Any) -> Optional:
    """What a value has at a key, if it has."""
    if isinstance(held, Optional):
        return optional_index(held.value, key) if held.present else NONE
    kind = kind_of(held)
    if kind == "list":
        inside = kind_of(key) in ("int", "uint") and 0 <= key < len(held)
        return optional(held[key]) if inside else NONE
    found = find_key(held, key) if kind in ("map", "object") else MISSING
    return NONE if found is MISSING else optional(found)


def _in_list(item: Any, items: Any) -> bool:
    return any(equal(item, each) for each in items)


def _in_map(key: Any, entries: Any) -> bool:
    return find_key(entries, key) is not MISSING


def _negate_double(number: float) -> float:
    return -number


def _conditional(*_: Any) -> Any:
    raise AssertionError("evaluated by the evaluator itself")


_INTS = {
    "_+_": lambda a, b: _int(a + b),
    "_-_": lambda a, b: _int(a - b),
    "_*_": lambda a, b: _int(a * b),
    "_/_": _divide,
    "_%_": _modulo,
}
_UINTS = {
    "_+_": operator.add,
    "_-_": operator.sub,
    "_*_": operator.mul,
    "_/_": _divide,
    "_%_": _modulo,
}
_DOUBLES = {"_+_": operator.add, "_-_": operator.sub, "_*_": operator.mul, "_/_": _divide_doubles}
_TIMES = [
    ("_+_", "(duration, duration) -> duration", lambda a, b: _duration(a.nanoseconds + b.nanoseconds)),
    ("_+_", "(duration, timestamp) -> timestamp", lambda a, b: _moment(a.nanoseconds + b.nanoseconds, b.zone)),
    ("_+_", "(timestamp, duration) -> timestamp", lambda a, b: _moment(a.nanoseconds + b.nanoseconds, a.zone)),
    ("_-_", "(duration, duration) -> duration", lambda a, b: _duration(a.nanoseconds - b.nanoseconds)),
    ("_-_", "(timestamp, duration) -> timestamp", lambda a, b: _moment(a.nanoseconds - b.nanoseconds, a.zone)),
    ("_-_", "(timestamp, timestamp) -> duration", lambda a, b: _duration(a.nanoseconds - b.nanoseconds)),
]
_SEQUENCES = [
    ("_+_", "(bytes, bytes) -> bytes", operator.add),
    ("_+_", "(list(A), list(A)) -> list(A)", _added_lists),
    ("_+_", "(string, string) -> string", operator.add),
]
_PAIRS = [
    *[(each, each) for each in ("bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration")],
    *[(a, b) for a in ("int", "uint", "double") for b in ("int", "uint", "double") if a != b],
]
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "_<_": _ordered(lambda order: order < 0),
    "_<=_": _ordered(lambda order: order <= 0),
    "_>_": _ordered(lambda order: order > 0),
    "_>=_": _ordered(lambda order: order >= 0),
}
_FAST = {"_<_": operator.lt, "_<=_": operator.le, "_>_": operator.gt, "_>=_": operator.ge}


def _comparisons() -> list[Overload]:
    """Python's own operators where they say the same."""
    return [
        overload(name, f"({one}, {other}) -> bool", _FAST[name] if one == other == "int" else run)
        for name, run in _COMPARED.items()
        for one, other in _PAIRS
    ]


OPERATORS: tuple[Overload, ...] = (
    overload("_?_:_", "(bool, A, A) -> A", _conditional),
    overload("_&&_", "(bool, bool) -> bool", _conditional),
    overload("_||_", "(bool, bool) -> bool", _conditional),
    overload("!_", "(bool) -> bool", operator.not_),
    overload("@not_strictly_false", "(bool) -> bool", _conditional),
    overload("_==_", "(A, A) -> bool", equal),
    overload("_!=_", "(A, A) -> bool", lambda one, other: not equal(one, other)),
    *overloads([(name, "(double, double) -> double", run) for name, run in _DOUBLES.items()]),
    *overloads([(name, "(int, int) -> int", run) for name, run in _INTS.items()]),
    *overloads([(name, "(uint, uint) -> uint", _unsigned(run)) for name, run in _UINTS.items()]),
    *overloads(_SEQUENCES),
    *overloads(_TIMES),
    overload("-_", "(double) -> double", _negate_double),
    overload("-_", "(int) -> int", lambda value: _int(-value)),
    *_comparisons(),
    overload("_[_]", "(list(A), int) -> A", index_list),
    overload("_[_]", "(map(A, B), A) -> B", index_map),
    overload("_[?_]", "(list(V), int) -> optional(V)", optional_index),
    overload("_[?_]", "(optional(list(V)), int) -> optional(V)", optional_index),
    overload("_[?_]", "(map(K, V), K) -> optional(V)", optional_index),
    overload("_[?_]", "(optional(map(K, V)), K) -> optional(V)", optional_index),
    overload("_[_]", "(optional(list(V)), int) -> optional(V)", optional_index),
    overload("_[_]", "(optional(map(K, V)), K) -> optional(V)", optional_index),
    overload("@in", "(A, list(A)) -> bool", _in_list),
    overload("@in", "(A, map(A, B)) -> bool", _in_map),
)


_NAMELESS = ("contains", "endsWith", "find", "findAll", "matches", "startsWith")
"""Functions that look at the values themselves, as operators do, and are not named when these do not fit."""


def no_overload(function: str, values: Sequence[Any]) -> EvaluationError:
    """What a call comes to whose arguments fit no overload."""
    if function in _NAMELESS or "_" in function or function.startswith("@"):
        return EvaluationError(NO_OVERLOAD)
    shown = "" if function == "size" else f"({', '.join(map(type_name, values))})"
    return EvaluationError(f"{NO_OVERLOAD}: {function}{shown}")
