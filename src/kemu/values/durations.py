"""Durations as Go writes them (`1h5m`), and as kubectl shows ages (`5m30s`, `3d`)."""

from __future__ import annotations

import re
from datetime import timedelta
from math import isfinite

from ..errors import UsageError

_MAX = (1 << 63) - 1
_DIGITS = 30
"""More of them are too many before the point, and say nothing behind it."""

_UNITS = {
    "ns": 1,
    "us": 1_000,
    "\u00b5s": 1_000,
    "\u03bcs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART = re.compile(r"(\d*)(\.(\d*))?([^\d.]*)", re.ASCII)


def parse_duration(value: str | int | float | timedelta) -> float:
    """Seconds of a Go duration (`1h5m`, `1.5s`, `-300ms`), a number of seconds, or a timedelta.

    Raises ValueError with Go's text, TypeError for anything else.
    """
    if isinstance(value, str):
        return parse_nanoseconds(value) / 1e9
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    raise TypeError(f"a duration is text, a number of seconds or a timedelta, not {type(value).__name__}")


Duration = float | int | str | timedelta
"""A length of time as users write it: seconds, a Go duration, or a timedelta."""


def seconds_of(value: Duration) -> float:
    """The seconds that somebody asks to pass: see `parse_duration`. Raises UsageError unless it is finite and ahead."""
    seconds = offset_of(value)
    if seconds < 0:
        raise UsageError(f"time does not go back: {value!r} is negative; fork before you go on instead")
    return seconds


def offset_of(value: Duration) -> float:
    """The seconds between two moments, of which either may be the first. Raises UsageError unless it is finite.

    A Go duration ends at 292 years, and so does this.
    """
    try:
        seconds = parse_duration(value)
    except (ValueError, TypeError, OverflowError) as problem:
        raise UsageError(f"{value!r} is no duration ({problem}); use seconds or text such as '1m30s'") from None
    if not isfinite(seconds) or abs(seconds) > _MAX / 1e9:
        raise UsageError(f"{value!r} is no duration: use a number of seconds below {_MAX // 10**9}")
    return seconds


def parse_nanoseconds(text: str) -> int:
    """Nanoseconds of a Go duration. Raises ValueError with Go's text."""
    rest, negative = text, False
    if rest[:1] in ("-", "+"):
        negative, rest = rest[0] == "-", rest[1:]
    if rest == "0":
        return 0
    if not rest:
        raise ValueError(f'time: invalid duration "{text}"')
    total = 0
    while rest:
        match = _PART.match(rest)
        whole, point, fraction, unit = match.groups() if match else ("", None, None, "")
        if not whole and not fraction:
            raise ValueError(f'time: invalid duration "{text}"')
        if not unit:
            raise ValueError(f'time: missing unit in duration "{text}"')
        if unit not in _UNITS:
            raise ValueError(f'time: unknown unit "{unit}" in duration "{text}"')
        scale = _UNITS[unit]
        whole, fraction = whole.lstrip("0"), (fraction or "")[:_DIGITS]
        if len(whole) > _DIGITS:
            raise ValueError(f'time: invalid duration "{text[:_DIGITS]}..."')
        total += int(whole or 0) * scale
        if point and fraction:
            total += int(fraction) * scale // 10 ** len(fraction)
        if total > _MAX + negative:
            raise ValueError(f'time: invalid duration "{text}"')
        rest = rest[match.end() :] if match else ""
    return -total if negative else total


def format_duration(seconds: float) -> str:
    """Go's text: `1h5m0s`, `1.5s`, `300ms`, `0s`."""
    return format_nanoseconds(round(seconds * 1e9))


def format_nanoseconds(nanoseconds: int) -> str:
    """Go's text of a number of nanoseconds."""
    if nanoseconds == 0:
        return "0s"
    sign, left = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if left < 1_000_000_000:
        for unit, scale in (("ms", 1_000_000), ("\u00b5s", 1_000), ("ns", 1)):
            if left >= scale:
                return f"{sign}{_decimal(left, scale)}{unit}"
    minutes, left = divmod(left, _UNITS["m"])
    seconds = f"{_decimal(left, 1_000_000_000)}s"
    if not minutes:
        return sign + seconds
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}h{minutes}m{seconds}" if hours else f"{sign}{minutes}m{seconds}"


def _decimal(value: int, scale: int) -> str:
    whole, part = divmod(value, scale)
    digits = str(part).rjust(len(str(scale)) - 1, "0").rstrip("0") if part else ""
    return f"{whole}.{digits}" if digits else str(whole)


def human_duration(seconds: float) -> str:
    """An age with two or three significant figures, as in kubectl's AGE column: `45s`, `5m30s`, `3h`, `2y100d`."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    if whole < 0:
        return "0s"
    if whole < 120:
        return f"{whole}s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if minutes < 10:
        return _two(minutes, "m", whole % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return _two(days, "d", hours % 24, "h")
    if hours < 24 * 365 * 2:
        return f"{days}d"
    if hours < 24 * 365 * 8:
        return _two(days // 365, "y", days % 365, "d")
    return f"{days // 365}y"


def short_human_duration(seconds: float) -> str:
    """An age with one unit: `45s`, `5m`, `3h`, `2d`, `1y`."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    if whole < 0:
        return "0s"
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m"
    if whole < 86400:
        return f"{whole // 3600}h"
    if whole < 86400 * 365:
        return f"{whole // 86400}d"
    return f"{whole // 86400 // 365}y"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}{small}{small_unit}" if small else f"{large}{large_unit}"


def wrapped_seconds(seconds: int) -> int:
    """Seconds as a Go duration holds them: 64 bits of nanoseconds, which wrap around after 292 years."""
    nanoseconds = (seconds * 1_000_000_000 + (1 << 63)) % (1 << 64) - (1 << 63)
    return nanoseconds // 1_000_000_000
