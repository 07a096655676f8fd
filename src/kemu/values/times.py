"""Timestamps of API objects: `Time` counts seconds, `MicroTime` microseconds, both since 1970 in UTC.

Both are ints: they compare, subtract, hash and copy as ints do. Their text is RFC 3339, written as a real API server
writes it: `2000-01-01T00:00:00Z` and `2000-01-01T00:00:00.000000Z`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)
_LAYOUT = "2006-01-02T15:04:05Z07:00"
_MICRO_LAYOUT = "2006-01-02T15:04:05.000000Z07:00"


class Time(int):
    """A moment with a precision of one second, such as `metadata.creationTimestamp`: seconds since 1970."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Time:
        """Read RFC 3339; fractions of a second are dropped. Raises ValueError with the text Go gives."""
        return cls(_parse_microseconds(text, _LAYOUT) // 1_000_000)

    @classmethod
    def of(cls, value: object) -> Time:
        """Convert RFC 3339 text, seconds since 1970, or a datetime (naive means UTC)."""
        if type(value) is cls:
            return value
        return cls(_microseconds_of(value, _LAYOUT, unit=1_000_000) // 1_000_000)

    @staticmethod
    def at(unix: float) -> Time:
        """The second in which a moment lies: what is written in the same second shares one object."""
        return _second(int(unix))

    def to_datetime(self) -> datetime:
        """The same moment as an aware datetime in UTC."""
        return _EPOCH + timedelta(seconds=int(self))

    def __str__(self) -> str:
        return _format_seconds(int(self)) + "Z"

    def __repr__(self) -> str:
        return f"Time({str(self)!r})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


_second = lru_cache(maxsize=4096)(Time)


class MicroTime(int):
    """A moment with a precision of one microsecond, such as a lease's `renewTime`: microseconds since 1970."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> MicroTime:
        """Read RFC 3339. Raises ValueError with the text Go gives."""
        return cls(_parse_microseconds(text, _MICRO_LAYOUT))

    @classmethod
    def of(cls, value: object) -> MicroTime:
        """Convert RFC 3339 text, microseconds since 1970 (int), seconds (float), or a datetime (naive means UTC)."""
        if type(value) is cls:
            return value
        return cls(_microseconds_of(value, _MICRO_LAYOUT, unit=1))

    def to_datetime(self) -> datetime:
        """The same moment as an aware datetime in UTC."""
        return _EPOCH + timedelta(microseconds=int(self))

    def __str__(self) -> str:
        seconds, micro = divmod(int(self), 1_000_000)
        return f"{_format_seconds(seconds)}.{micro:06d}Z"

    def __repr__(self) -> str:
        return f"MicroTime({str(self)!r})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


class Renewed(MicroTime):
    """A moment that is renewed as long as somebody lives: what a reader sees of it is its last renewal.

    When the renewals end, that is a write.
    """

    __slots__ = ()


def _microseconds_of(value: object, layout: str, unit: int) -> int:
    if isinstance(value, str):
        return _parse_microseconds(value, layout)
    if isinstance(value, datetime):
        aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return (aware - _EPOCH) // timedelta(microseconds=1)
    if isinstance(value, Time):
        return int(value) * 1_000_000
    if isinstance(value, MicroTime):
        return int(value)
    if isinstance(value, float):
        return round(value * 1_000_000)
    if isinstance(value, int) and not isinstance(value, bool):
        return value * unit
    raise TypeError(f"expected a time as RFC 3339 text, number or datetime, got {type(value).__name__}")


@lru_cache(maxsize=4096)
def _format_seconds(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")


@lru_cache(maxsize=4096)
def _parse_microseconds(text: str, layout: str) -> int:
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(_complaint(text, layout))
    if layout is _MICRO_LAYOUT and len(match[7] or "") != 6:
        raise ValueError(_bad_fraction(text, match[7] or "", match[8]))
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:
        raise ValueError(_out_of_range(text, [int(part) for part in match.groups()[1:6]])) from None
    micro = int(fraction[:6].ljust(6, "0")) if fraction else 0
    if zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 24 or minutes > 60:
            raise ValueError(f"parsing time {_quoted(text)}: time zone offset hour out of range")
        offset = timedelta(hours=hours, minutes=minutes)
        moment = moment - offset if zone[0] == "+" else moment + offset
    return (moment - _EPOCH) // timedelta(microseconds=1) + micro


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _out_of_range(text: str, parts: list[int]) -> str:
    month, _day, hour, minute, second = parts
    if not 1 <= month <= 12:
        wrong = "month"
    elif hour > 23:
        wrong = "hour"
    elif minute > 59:
        wrong = "minute"
    elif second > 59:
        wrong = "second"
    else:
        wrong = "day"
    return f"parsing time {_quoted(text)}: {wrong} out of range"


_PARTS = (
    ("2006", r"\d{4}"),
    ("-", "-"),
    ("01", r"\d\d"),
    ("-", "-"),
    ("02", r"\d\d"),
    ("T", "T"),
    ("15", r"\d\d"),
    (":", ":"),
    ("04", r"\d\d"),
    (":", ":"),
    ("05", r"\d\d(?:[.,]\d+)?"),
)


def _complaint(text: str, layout: str) -> str:
    """Go's words for the first part of the layout that the text does not follow."""
    rest = text
    for part, pattern in _PARTS:
        match = re.match(pattern, rest, re.ASCII)
        if match is None:
            return f"parsing time {_quoted(text)} as {_quoted(layout)}: cannot parse {_quoted(rest)} as {_quoted(part)}"
        rest = rest[match.end() :]
    match = re.match(r"Z|[+-]\d\d:\d\d", rest)
    if match is not None:
        return f"parsing time {_quoted(text)}: extra text: {_quoted(rest[match.end() :])}"
    part = ".000000" if layout is _MICRO_LAYOUT and not re.search(r"[.,]\d", text) else "Z07:00"
    return f"parsing time {_quoted(text)} as {_quoted(layout)}: cannot parse {_quoted(rest)} as {_quoted(part)}"


def _bad_fraction(text: str, digits: str, zone: str) -> str:
    """Go's words for a fraction that does not have exactly six digits."""
    if len(digits) < 6:
        rest, part = f".{digits}{zone}" if digits else zone, ".000000"
    else:
        rest, part = digits[6:] + zone, "Z07:00"
    return f"parsing time {_quoted(text)} as {_quoted(_MICRO_LAYOUT)}: cannot parse {_quoted(rest)} as {_quoted(part)}"
