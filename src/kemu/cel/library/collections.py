"""Lists, sets, maps and what may be absent."""

from __future__ import annotations

from functools import cmp_to_key
from itertools import pairwise
from typing import Any

from ..declarations import Overload, overloads
from ..errors import EvaluationError
from ..values import NONE, Duration, Optional, Uint, compare, equal, kind_of, optional
from .operators import MISSING as _MISSING
from .operators import OPERATORS, find_key
from .text import shown

_ORDERED = ("int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes")
_SUMMED = {"int": 0, "uint": Uint(0), "double": 0.0, "duration": Duration(0)}
_ADD = {each.kinds[0]: each.run for each in OPERATORS if each.function == "_+_" and each.kinds[0] == each.kinds[-1]}


def _is_sorted(items: Any) -> bool:
    return all(compare(one, other) <= 0 for one, other in pairwise(items))


def _sum(kind: str) -> Any:
    def run(items: Any) -> Any:
        total = _SUMMED[kind]
        for each in items:
            total = _ADD[kind](total, each)
        return total

    return run


def _most(name: str, sign: int) -> Any:
    def run(items: Any) -> Any:
        if not items:
            raise EvaluationError(f"{name} called on empty list")
        best = items[0]
        for each in items[1:]:
            if compare(each, best) * sign > 0:
                best = each
        return best

    return run


def _index_of(items: Any, item: Any) -> int:
    return next((place for place, each in enumerate(items) if equal(each, item)), -1)


def _last_index_of(items: Any, item: Any) -> int:
    return next((place for place in range(len(items) - 1, -1, -1) if equal(items[place], item)), -1)


def _slice(items: Any, start: int, end: int) -> Any:
    text = f"cannot slice({start}, {end}), "
    if start < 0 or end < 0:
        raise EvaluationError(f"{text}negative indexes not supported")
    if start > end:
        raise EvaluationError(f"{text}start index must be less than or equal to end index")
    if len(items) < end:
        raise EvaluationError(f"{text}list is length {len(items)}")
    return tuple(items[start:end])


def _flat(items: Any, depth: int = 1) -> tuple[Any, ...]:
    if depth < 0:
        raise EvaluationError("level must be non-negative")
    found: list[Any] = []
    for each in items:
        nested = depth > 0 and kind_of(each) == "list"
        found += _flat(each, depth - 1) if nested else (each,)
    return tuple(found)


def _sorted(items: Any, keys: Any = None) -> tuple[Any, ...]:
    keys = items if keys is None else keys
    kinds = [kind_of(each) for each in keys]
    if kinds and kinds[0] not in _ORDERED:
        raise EvaluationError("list elements must be comparable")
    if len(set(kinds)) > 1:
        raise EvaluationError("list elements must have the same type")
    order = sorted(range(len(keys)), key=cmp_to_key(lambda a, b: compare(keys[a], keys[b])))
    return tuple([items[place] for place in order])


MAX_RANGE = 1_000_000


def _range(count: int) -> tuple[int, ...]:
    if count > MAX_RANGE:
        raise EvaluationError("operation cancelled: actual cost limit exceeded")
    return tuple(range(count))


def _distinct(items: Any) -> tuple[Any, ...]:
    found: list[Any] = []
    for each in items:
        if not any(equal(each, other) for other in found):
            found.append(each)
    return tuple(found)


def _contains(items: Any, wanted: Any) -> bool:
    return all(any(equal(each, other) for other in items) for each in wanted)


def _inserted(entries: Any, key: Any, value: Any) -> dict[Any, Any]:
    if find_key(entries, key) is not _MISSING:
        raise EvaluationError(f"insert failed: key {shown(key)} already exists")
    return {**entries, key: value}


def _merged(entries: Any, more: Any) -> dict[Any, Any]:
    for key, value in more.items():
        entries = _inserted(entries, key, value)
    return dict(entries)


def _value(held: Optional) -> Any:
    if not held.present:
        raise EvaluationError("optional.none() dereference")
    return held.value


_ZEROS = {"null", "bool", "int", "uint", "double", "string", "bytes", "list", "map"}


def _of_non_zero(value: Any) -> Optional:
    empty = kind_of(value) in _ZEROS and not value
    return NONE if empty else optional(value)


def _unwrapped(items: Any) -> tuple[Any, ...]:
    return tuple([each.value for each in items if each.present])


COLLECTIONS: tuple[Overload, ...] = overloads(
    [
        *[("isSorted", f"list({kind}).() -> bool", _is_sorted) for kind in _ORDERED],
        *[("sum", f"list({kind}).() -> {kind}", _sum(kind)) for kind in _SUMMED],
        *[("max", f"list({kind}).() -> {kind}", _most("max", 1)) for kind in _ORDERED],
        *[("min", f"list({kind}).() -> {kind}", _most("min", -1)) for kind in _ORDERED],
        ("indexOf", "list(A).(A) -> int", _index_of),
        ("lastIndexOf", "list(A).(A) -> int", _last_index_of),
        ("slice", "list(T).(int, int) -> list(T)", _slice),
        ("flatten", "list(list(T)).() -> list(T)", _flat),
        ("flatten", "list(dyn).(int) -> list(dyn)", _flat),
        *[("sort", f"list({kind}).() -> list({kind})", _sorted) for kind in _ORDERED],
        *[("@sortByAssociatedKeys", f"list(T).(list({kind})) -> list(T)", _sorted) for kind in _ORDERED],
        ("lists.range", "(int) -> list(int)", _range),
        ("reverse", "list(T).() -> list(T)", lambda items: tuple(reversed(items))),
        ("distinct", "list(T).() -> list(T)", _distinct),
        ("first", "list(V).() -> optional(V)", lambda items: optional(items[0]) if items else NONE),
        ("last", "list(V).() -> optional(V)", lambda items: optional(items[-1]) if items else NONE),
        ("sets.contains", "(list(T), list(T)) -> bool", _contains),
        ("sets.equivalent", "(list(T), list(T)) -> bool", lambda a, b: _contains(a, b) and _contains(b, a)),
        ("sets.intersects", "(list(T), list(T)) -> bool", lambda a, b: any(_contains(b, (each,)) for each in a)),
        ("cel.@mapInsert", "(map(K, V), K, V) -> map(K, V)", _inserted),
        ("cel.@mapInsert", "(map(K, V), map(K, V)) -> map(K, V)", _merged),
        ("optional.of", "(V) -> optional(V)", optional),
        ("optional.ofNonZeroValue", "(V) -> optional(V)", _of_non_zero),
        ("optional.none", "() -> optional(V)", lambda: NONE),
        ("value", "optional(V).() -> V", _value),
        ("hasValue", "optional(V).() -> bool", lambda held: held.present),
        ("or", "optional(V).(optional(V)) -> optional(V)", lambda one, other: one if one.present else other),
        ("orValue", "optional(V).(V) -> V", lambda one, other: one.value if one.present else other),
        ("optional.unwrap", "(list(optional(V))) -> list(V)", _unwrapped),
        ("unwrapOpt", "list(optional(V)).() -> list(V)", _unwrapped),
    ]
)
