"""Conversions between types, `size` and `type`, times, and what asks a text for parts of it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ...values import regexes
from ..declarations import Overload, overloads
from ..errors import EvaluationError
from ..values import (
    MAX_INT,
    MAX_UINT,
    MIN_INT,
    Duration,
    Timestamp,
    TypeValue,
    Uint,
    parse_duration,
    parse_timestamp,
    type_name,
)
from .text import text_of

_BOOLS = {**dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True)}
_BOOLS |= dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False)
_WHOLE = re.compile(r"[+-]?[0-9]+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)", re.ASCII)
_INFINITE = re.compile(r"(?i:[+-]?inf(?:inity)?|nan)")


def _from_text(kind: str, read: Callable[[str], Any]) -> Callable[[str], Any]:
    """A conversion of a text, which raises EvaluationError where `read` raises ValueError."""

    def convert(text: str) -> Any:
        try:
            return read(text)
        except ValueError:
            raise EvaluationError(f"type conversion error from 'string' to '{kind}'") from None

    return convert


def _int(text: str) -> int:
    if _WHOLE.fullmatch(text) is None or not MIN_INT <= int(text) <= MAX_INT:
        raise ValueError(text)
    return int(text)


def _uint(text: str) -> Uint:
    if _WHOLE.fullmatch(text) is None or text[0] in "+-" or int(text) > MAX_UINT:
        raise ValueError(text)
    return Uint(text)


def _double(text: str) -> float:
    if _NUMBER.fullmatch(text) is None and _INFINITE.fullmatch(text) is None:
        raise ValueError(text)
    return float(text)


def _bool(text: str) -> bool:
    if text not in _BOOLS:
        raise ValueError(text)
    return _BOOLS[text]


def _truncated(value: float) -> int:
    if math.isnan(value) or math.isinf(value) or not MIN_INT < value < MAX_INT:
        raise EvaluationError("integer overflow")
    return int(value)


def _to_uint(value: float | int) -> Uint:
    if value != value or not 0 <= value <= MAX_UINT:
        raise EvaluationError("unsigned integer overflow")
    return Uint(int(value))


def _to_int(value: int) -> int:
    if value > MAX_INT:
        raise EvaluationError("integer overflow")
    return int(value)


def _moment(seconds: int) -> Timestamp:
    found = Timestamp(seconds * 1_000_000_000)
    found.at()
    return found


def _not_a_duration(_: int) -> Any:
    raise EvaluationError("type conversion error from 'int' to 'google.protobuf.Duration'")


def _same(value: Any) -> Any:
    return value


def _matches(text: str, pattern: str) -> bool:
    try:
        return regexes.compiled(pattern).search(text)
    except regexes.RegexError as problem:
        raise EvaluationError(str(problem)) from None


_CONVERSIONS = [
    ("type", "(A) -> type(A)", lambda value: TypeValue(type_name(value))),
    ("bool", "(bool) -> bool", _same),
    ("bool", "(string) -> bool", _from_text("bool", _bool)),
    ("bytes", "(bytes) -> bytes", _same),
    ("bytes", "(string) -> bytes", lambda text: text.encode()),
    ("double", "(double) -> double", _same),
    ("double", "(int) -> double", float),
    ("double", "(string) -> double", _from_text("double", _double)),
    ("double", "(uint) -> double", float),
    ("duration", "(duration) -> duration", _same),
    ("duration", "(int) -> duration", _not_a_duration),
    ("duration", "(string) -> duration", _from_text("google.protobuf.Duration", parse_duration)),
    ("dyn", "(A) -> dyn", _same),
    ("int", "(int) -> int", _same),
    ("int", "(double) -> int", _truncated),
    ("int", "(duration) -> int", lambda value: value.nanoseconds),
    ("int", "(string) -> int", _from_text("int", _int)),
    ("int", "(timestamp) -> int", lambda value: value.nanoseconds // 1_000_000_000),
    ("int", "(uint) -> int", _to_int),
    *[("string", f"({kind}) -> string", text_of) for kind in ("string", "bool", "bytes", "double", "duration")],
    *[("string", f"({kind}) -> string", text_of) for kind in ("int", "timestamp", "uint")],
    ("timestamp", "(timestamp) -> timestamp", _same),
    ("timestamp", "(int) -> timestamp", _moment),
    ("timestamp", "(string) -> timestamp", _from_text("google.protobuf.Timestamp", parse_timestamp)),
    ("uint", "(uint) -> uint", _same),
    ("uint", "(double) -> uint", _to_uint),
    ("uint", "(int) -> uint", _to_uint),
    ("uint", "(string) -> uint", _from_text("uint", _uint)),
]
_SIZES = [
    ("size", signature, len)
    for kind in ("bytes", "list(A)", "map(A, B)", "string")
    for signature in (f"({kind}) -> int", f"{kind}.() -> int")
]
_STRINGS = [
    ("contains", "string.(string) -> bool", lambda text, part: part in text),
    ("endsWith", "string.(string) -> bool", lambda text, end: text.endswith(end)),
    ("startsWith", "string.(string) -> bool", lambda text, start: text.startswith(start)),
    ("matches", "string.(string) -> bool", _matches),
    ("matches", "(string, string) -> bool", _matches),
]


def _local(moment: Timestamp, zone: str) -> datetime:
    """A moment in a named zone, or one such as `-08:00`. Raises EvaluationError."""
    match = re.fullmatch(r"([+-]?)(\d\d):(\d\d)", zone, re.ASCII)
    if match is not None:
        seconds = int(match[2]) * 3600 + int(match[3]) * 60
        return moment.at(-seconds if match[1] == "-" else seconds)
    try:
        return moment.at().astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        raise EvaluationError(f"unknown time zone {zone}") from None


_PARTS: dict[str, Callable[[datetime], int]] = {
    "getFullYear": lambda moment: moment.year,
    "getMonth": lambda moment: moment.month - 1,
    "getDayOfYear": lambda moment: moment.timetuple().tm_yday - 1,
    "getDayOfMonth": lambda moment: moment.day - 1,
    "getDate": lambda moment: moment.day,
    "getDayOfWeek": lambda moment: (moment.weekday() + 1) % 7,
    "getHours": lambda moment: moment.hour,
    "getMinutes": lambda moment: moment.minute,
    "getSeconds": lambda moment: moment.second,
    "getMilliseconds": lambda moment: moment.microsecond // 1000,
}


def _part(read: Callable[[datetime], int], with_fraction: bool) -> list[Callable[..., int]]:
    def of_moment(moment: Timestamp, zone: str = "UTC") -> int:
        found = moment.at() if zone == "UTC" else _local(moment, zone)
        part = moment.nanoseconds % 1_000_000_000 // 1000 if with_fraction else 0
        return read(found + timedelta(microseconds=part))

    return [of_moment, of_moment]


_TIMES = [
    (name, signature, run)
    for name, read in _PARTS.items()
    for signature, run in zip(
        ("timestamp.() -> int", "timestamp.(string) -> int"), _part(read, name == "getMilliseconds"), strict=True
    )
]


def _whole(value: Duration, unit: int) -> int:
    return int(value.nanoseconds / unit) if abs(value.nanoseconds) < 1 << 52 else value.nanoseconds // unit


_SPANS = [
    ("getHours", "duration.() -> int", lambda value: _whole(value, 3_600_000_000_000)),
    ("getMinutes", "duration.() -> int", lambda value: _whole(value, 60_000_000_000)),
    ("getSeconds", "duration.() -> int", lambda value: _whole(value, 1_000_000_000)),
    ("getMilliseconds", "duration.() -> int", lambda value: _whole(value, 1_000_000)),
]

CONVERSIONS: tuple[Overload, ...] = overloads([*_CONVERSIONS, *_SIZES, *_STRINGS, *_TIMES, *_SPANS])
