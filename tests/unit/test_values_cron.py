"""Schedules as cron writes them: what they mean, when they come, and what is said of one that means nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kemu.values.cron import parse
from kemu.values.zones import FIRST, LAST, zone_of


def unix(text):
    return datetime.fromisoformat(text).timestamp()


def following(schedule, text, zone=UTC):
    found = parse(schedule).after(unix(text), zone)
    return None if found is None else datetime.fromtimestamp(found, zone).isoformat()


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("* * * * *", "2000-01-01T00:01:00+00:00"),
        ("*/15 * * * *", "2000-01-01T00:15:00+00:00"),
        ("30 6-16/4 * * 1-5", "2000-01-03T06:30:00+00:00"),
        ("0 0 13 * fri", "2000-01-07T00:00:00+00:00"),
        ("0 0 */10 * fri", "2000-01-07T00:00:00+00:00"),
        ("0 0 13 * *", "2000-01-13T00:00:00+00:00"),
        ("0 12 1 feb-DEC/2 ?", "2000-02-01T12:00:00+00:00"),
        ("5/20 * * * *", "2000-01-01T00:05:00+00:00"),
        ("0 0 29 2 *", "2000-02-29T00:00:00+00:00"),
        ("0 0 31 2 *", None),
        ("@hourly", "2000-01-01T01:00:00+00:00"),
        ("@weekly", "2000-01-02T00:00:00+00:00"),
        ("@yearly", "2001-01-01T00:00:00+00:00"),
        ("@every 90s", "2000-01-01T00:02:00+00:00"),
        ("@every 1ms", "2000-01-01T00:00:31+00:00"),
    ],
)
def test_a_schedule_comes_when_all_its_fields_fit(schedule, expected):
    """One kind of day is enough if both are given; a step takes the star away."""
    assert following(schedule, "2000-01-01T00:00:30.5+00:00") == expected


def test_a_schedule_is_read_in_its_zone():
    """Hours that a clock skips do not come, and those that it shows twice come twice."""
    berlin, kolkata = zone_of("Europe/Berlin"), zone_of("Asia/Kolkata")
    assert following("0 6 * * *", "2026-01-01T00:00:00+00:00", kolkata) == "2026-01-01T06:00:00+05:30"
    assert following("30 2 * * *", "2026-03-28T12:00:00+00:00", berlin) == "2026-03-30T02:30:00+02:00"
    assert following("30 2 * * *", "2026-10-25T00:30:00+00:00", berlin) == "2026-10-25T02:30:00+01:00"


PARTS = st.sampled_from(["*", "*/7", "3", "1-5", "2,4", "1-6/2"])


@given(st.tuples(PARTS, PARTS, PARTS, PARTS, PARTS), st.integers(0, 3 * 366 * 24 * 60))
def test_nothing_is_left_out_between_two_times(fields, minute):
    """The next time fits, and the minutes just before it do not."""
    schedule = parse(" ".join(fields))
    start = int(unix("2000-01-01T00:00:00+00:00")) + 60 * minute
    found = schedule.after(start)
    if found is None:
        return
    assert found > start and found % 60 == 0 and schedule.after(found - 1) == found
    for before in range(max(start, found - 7200), found, 60):
        assert schedule.after(before) == found


@pytest.mark.parametrize("schedule", ["* * * * *", "@every 1h", "0 0 1 1 *"])
def test_time_has_an_end(schedule):
    """Whatever moment is asked for, there is an answer."""
    for moment in (-1e18, FIRST, 0, LAST - 1, LAST, 1e18):
        found = parse(schedule).after(moment)
        assert found is None or found > FIRST


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("", "expected exactly 5 fields, found 0: []"),
        ("every day", "expected exactly 5 fields, found 2: [every day]"),
        ("0 24 * * *", "end of range (24) above maximum (23): 24"),
        ("0 0 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("1/2/3 * * * *", "too many slashes: 1/2/3"),
        ("x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'),
        ("*/-2 * * * *", "negative number (-2) not allowed: -2"),
        (f"{'9' * 30} * * * *", "value out of range"),
        ("@reboot", "unrecognized descriptor: @reboot"),
        ("@every 1x", 'failed to parse duration @every 1x: time: unknown unit "x" in duration "1x"'),
    ],
)
def test_what_means_nothing_is_refused(schedule, words):
    """In the words of the parser of a real cluster."""
    with pytest.raises(ValueError) as problem:
        parse(schedule)
    assert words in str(problem.value)


@pytest.mark.parametrize("name", ["Mars/Base", "", "../etc/passwd", "/etc/localtime", "a\0b"])
def test_a_zone_that_nobody_knows_is_refused(name):
    """Also one that would be looked for elsewhere."""
    with pytest.raises(ValueError, match="unknown time zone"):
        zone_of(name)


def test_offsets_of_zones_are_whole_minutes_or_less():
    """A zone of long ago, with seconds in its offset, still comes at whole minutes of its own clock."""
    zone = zone_of("Europe/Amsterdam")
    found = parse("0 12 * * *").after(unix("1900-01-01T00:00:00+00:00"), zone)
    assert datetime.fromtimestamp(found, zone).strftime("%H:%M:%S") == "12:00:00"
    assert datetime.fromtimestamp(found, zone).utcoffset() != timedelta(0)
