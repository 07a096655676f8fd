"""Schedules as cron writes them: `*/5 8-17 * * mon-fri`, `@daily`, `@every 1h30m`.

Five fields: minute, hour, day of month, month, day of week. Each is a list of numbers, ranges and `*`, with a step or
without; months and weekdays have names. If neither of the two kinds of day is `*`, one of them is enough.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

import attrs

from .durations import parse_nanoseconds
from .zones import FIRST, LAST

YEARS = 5
"""A schedule that does not come within so many years never does, such as the 31st of February."""

_NUMBER = re.compile(r"[+-]?[0-9]+")
_WORD = {"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
         "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *"}  # fmt: skip


@attrs.frozen
class _Field:
    """The numbers that a field may have, and the names of some."""

    least: int
    most: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field(0, 59),
    _Field(0, 23),
    _Field(1, 31),
    _Field(1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    _Field(0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)


@attrs.frozen
class Schedule:
    """When something is due: at the minutes that fit all fields, or `every` so many seconds."""

    minutes: frozenset[int] = frozenset()
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    any_day: bool = True
    """Whether one of the two kinds of day is left open, so that both must fit."""
    every: int = 0

    def after(self, unix: float, zone: tzinfo = UTC) -> int | None:
        """The first time after a moment, both in seconds since 1970; None if there is none in the years to come.

        O(months + days until then).
        """
        at = int(min(max(unix, FIRST), LAST) // 1) + 1
        if self.every:
            return at - 1 + self.every
        limit = datetime.fromtimestamp(at, zone).year + YEARS
        while at <= LAST:
            local = datetime.fromtimestamp(at, zone)
            if local.year > limit:
                return None
            if local.month not in self.months:
                at = _midnight(local.year + local.month // 12, local.month % 12 + 1, zone)
            elif not self._fits_day(local):
                at = max(at, _next_day(local, zone))
            elif local.hour not in self.hours:
                at += 3600 - 60 * local.minute - local.second
            elif local.minute not in self.minutes or local.second:
                at += 60 - local.second
            else:
                return at
        return None

    def _fits_day(self, local: datetime) -> bool:
        by_month, by_week = local.day in self.days, local.isoweekday() % 7 in self.weekdays
        return (by_month and by_week) if self.any_day else (by_month or by_week)


def _midnight(year: int, month: int, zone: tzinfo) -> int:
    return int(datetime(year, month, 1, tzinfo=zone).timestamp()) if year <= 9999 else LAST + 1


def _next_day(local: datetime, zone: tzinfo) -> int:
    day = datetime(local.year, local.month, local.day) + timedelta(days=1)
    return int(day.replace(tzinfo=zone).timestamp())


@lru_cache(256)
def parse(text: str) -> Schedule:
    """Read a schedule. Raises ValueError, in the words that the real parser has for it."""
    if text.startswith("@every "):
        try:
            seconds = parse_nanoseconds(text.removeprefix("@every ")) // 10**9
        except ValueError as problem:
            raise ValueError(f"failed to parse duration {text}: {problem}") from None
        return Schedule(every=max(seconds, 1))
    if text.startswith("@") and text not in _WORD:
        raise ValueError(f"unrecognized descriptor: {text}")
    words = _WORD.get(text, text).split()
    if len(words) != len(_FIELDS):
        raise ValueError(f"expected exactly {len(_FIELDS)} fields, found {len(words)}: [{' '.join(words)}]")
    minutes, hours, days, months, weekdays = [_numbers(*pair) for pair in zip(words, _FIELDS, strict=True)]
    stars = [_is_open(word) for word in words]
    return Schedule(minutes, hours, days, months, weekdays, any_day=stars[2] or stars[4])


def _is_open(word: str) -> bool:
    """Whether a field has a `*` in it that leaves nothing out."""
    return any(part in ("*", "?", "*/1", "?/1") for part in word.split(","))


def _numbers(word: str, field: _Field) -> frozenset[int]:
    return frozenset(number for part in word.split(",") if part for number in _range(part, field))


def _range(part: str, field: _Field) -> range:
    """The numbers of one part of a list: a number, a range or `*`, with a step or without."""
    span, *steps = part.split("/")
    first, *rest = span.split("-")
    if first in ("*", "?"):
        start, end = field.least, field.most
    else:
        start = _value(first, field)
        if len(rest) > 1:
            raise ValueError(f"too many hyphens: {part}")
        end = _value(rest[0], field) if rest else start
    if len(steps) > 1:
        raise ValueError(f"too many slashes: {part}")
    step = _number(steps[0]) if steps else 1
    if steps and not rest:
        end = field.most
    if start < field.least:
        raise ValueError(f"beginning of range ({start}) below minimum ({field.least}): {part}")
    if end > field.most:
        raise ValueError(f"end of range ({end}) above maximum ({field.most}): {part}")
    if start > end:
        raise ValueError(f"beginning of range ({start}) beyond end of range ({end}): {part}")
    if step == 0:
        raise ValueError(f"step of range should be a positive number: {part}")
    return range(start, end + 1, step)


def _value(text: str, field: _Field) -> int:
    name = text.lower()
    return field.least + field.names.index(name) if name in field.names else _number(text)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    if len(text) > 19:
        raise ValueError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": value out of range')
    number = int(text)
    if number < 0:
        raise ValueError(f"negative number ({number}) not allowed: {text}")
    return number
