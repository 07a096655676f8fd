"""Moments, durations and ages."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kemu.values.durations import format_duration, format_nanoseconds, human_duration, parse_duration, parse_nanoseconds
from kemu.values.durations import short_human_duration as short
from kemu.values.times import MicroTime, Time

SECONDS = "2006-01-02T15:04:05Z07:00"
MICROS = "2006-01-02T15:04:05.000000Z07:00"


def test_time_is_seconds_since_1970():
    """Fractions are dropped, zones are turned into UTC."""
    assert Time.parse("1970-01-02T00:00:00Z") == 86_400
    assert Time.parse("2000-01-01T02:00:00.75+02:00") == Time.parse("2000-01-01T00:00:00Z") == 946_684_800
    assert str(Time(946_684_800)) == f"{Time(946_684_800)}" == "2000-01-01T00:00:00Z"
    assert str(Time(-62_135_596_800)) == "0001-01-01T00:00:00Z"


def test_microtime_is_microseconds_since_1970():
    """Exactly six digits, as a real server wants them."""
    assert MicroTime.parse("1970-01-01T00:00:01.000002Z") == 1_000_002
    assert str(MicroTime(1_000_002)) == "1970-01-01T00:00:01.000002Z"


@pytest.mark.parametrize(
    ("kind", "text", "complaint"),
    [
        (Time, "soon", f'parsing time "soon" as "{SECONDS}": cannot parse "soon" as "2006"'),
        (Time, "", f'parsing time "" as "{SECONDS}": cannot parse "" as "2006"'),
        (Time, "2000-01-01", f'parsing time "2000-01-01" as "{SECONDS}": cannot parse "" as "T"'),
        (Time, "2000-13-01T00:00:00Z", 'parsing time "2000-13-01T00:00:00Z": month out of range'),
        (Time, "2000-02-30T00:00:00Z", 'parsing time "2000-02-30T00:00:00Z": day out of range'),
        (Time, "2000-01-01T24:00:00Z", 'parsing time "2000-01-01T24:00:00Z": hour out of range'),
        (
            Time,
            "2000-01-01T00:00:00",
            f'parsing time "2000-01-01T00:00:00" as "{SECONDS}": cannot parse "" as "Z07:00"',
        ),
        (Time, "2000-01-01T00:00:00Zx", 'parsing time "2000-01-01T00:00:00Zx": extra text: "x"'),
        (
            MicroTime,
            "2024-01-02T03:04:05Z",
            f'parsing time "2024-01-02T03:04:05Z" as "{MICROS}": cannot parse "Z" as ".000000"',
        ),
        (
            MicroTime,
            "2024-01-02T03:04:05.5Z",
            f'parsing time "2024-01-02T03:04:05.5Z" as "{MICROS}": cannot parse ".5Z" as ".000000"',
        ),
    ],
)
def test_unreadable_times_get_the_real_complaint(kind: type, text: str, complaint: str):
    """Go's words for what it could not parse."""
    with pytest.raises(ValueError) as refused:
        kind.parse(text)
    assert str(refused.value) == complaint


def test_times_are_made_from_what_people_have():
    """Text, numbers and datetimes, naive ones in UTC."""
    moment = datetime(2000, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert Time.of(moment) == Time.of(datetime(2000, 1, 1)) == Time.of("2000-01-01T00:00:00Z") == Time.of(946_684_800)
    assert MicroTime.of(moment) == MicroTime.of(946_684_800.0) == MicroTime.of(Time.of(moment)) == 946_684_800_000_000
    assert MicroTime.of(5) == 5
    assert Time.of(MicroTime(1_500_000)) == 1
    assert Time(946_684_800).to_datetime() == MicroTime(946_684_800_000_000).to_datetime() == moment
    with pytest.raises(TypeError):
        Time.of(None)


@given(st.integers(-62_135_596_800, 253_402_300_799))
def test_times_are_written_and_read_back(seconds: int):
    """Every second between the years 1 and 9999."""
    assert Time.parse(str(Time(seconds))) == seconds
    assert MicroTime.parse(str(MicroTime(seconds * 1_000_000 + 7))) == seconds * 1_000_000 + 7
    assert type(pickle.loads(pickle.dumps(Time(seconds)))) is Time


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("5m", 300),
        ("1h5m", 3900),
        ("-300ms", -0.3),
        ("1.5s", 1.5),
        (".5s", 0.5),
        ("1us", 1e-6),
        ("1\u00b5s", 1e-6),
        ("+2h", 7200),
        (90, 90),
        (timedelta(minutes=2), 120),
    ],
)
def test_durations_follow_the_grammar_of_go(text: object, seconds: float):
    """Text with units; numbers are seconds."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", 'time: invalid duration ""'),
        ("3", 'time: missing unit in duration "3"'),
        ("1x", 'time: unknown unit "x" in duration "1x"'),
        (".s", 'time: invalid duration ".s"'),
        ("-", 'time: invalid duration "-"'),
        ("9999999h", 'time: invalid duration "9999999h"'),
    ],
)
def test_unreadable_durations_get_the_complaint_of_go(text: str, complaint: str):
    """Go's words."""
    with pytest.raises(ValueError) as refused:
        parse_duration(text)
    assert str(refused.value) == complaint


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (3900, "1h5m0s"), (1.5, "1.5s"), (0.3, "300ms"), (90, "1m30s"), (-0.0000015, "-1.5\u00b5s")],
)
def test_durations_are_written_as_go_does(seconds: float, text: str):
    """All units down to the seconds, the largest unit below one second."""
    assert format_duration(seconds) == text


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_durations_are_written_and_read_back(nanoseconds: int):
    """Nothing is lost in the text."""
    assert parse_nanoseconds(format_nanoseconds(nanoseconds)) == nanoseconds


@pytest.mark.parametrize(
    ("seconds", "age"),
    [
        (-5, "<invalid>"),
        (-1, "0s"),
        (119, "119s"),
        (120, "2m"),
        (330, "5m30s"),
        (600, "10m"),
        (3 * 3600, "3h"),
        (3 * 3600 + 60, "3h1m"),
        (9 * 3600, "9h"),
        (49 * 3600, "2d1h"),
        (10 * 86400, "10d"),
        (800 * 86400, "2y70d"),
        (4000 * 86400, "10y"),
    ],
)
def test_ages_have_two_or_three_figures(seconds: int, age: str):
    """As in kubectl's AGE column."""
    assert human_duration(seconds) == age


def test_short_ages_have_one_unit():
    """The largest unit that fits."""
    ages = [-5, -1, 59, 60, 3600, 86400, 400 * 86400]
    assert [short(age) for age in ages] == ["<invalid>", "0s", "59s", "1m", "1h", "1d", "1y"]
