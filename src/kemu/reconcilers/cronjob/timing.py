"""When the next Job of a CronJob is due. Everything is pure; times are in seconds since 1970.

Of several times that were missed only the last one counts. They are counted from the last one that was not missed, or
from the creation of the CronJob, and never from before its deadline for starting.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any

import attrs

from ...values import cron
from ...values.zones import zone_of

PADDING = 0.1
"""Seconds after the time that is due at which the controller looks: clocks differ."""

MANY = 100
"""More times than so many were missed only if something is wrong."""


@attrs.frozen
class Due:
    """The last time that has come, if one has, since `earliest`; and about how many have."""

    earliest: float
    at: int | None = None
    missed: int = 0


@attrs.frozen
class Timing:
    """The schedule of one CronJob."""

    after: Callable[[float], int | None]
    """The next time after a moment."""
    zone: tzinfo

    def due(self, cron_job: Any, unix: float, *, deadline: bool) -> Due:
        """What has come until now. Raises ValueError for a schedule that never comes.

        With a schedule of every 10 minutes, last run at 10:00, and now 10:35: 10:30, and 3 were missed. How many is
        estimated by the first two.
        """
        earliest = float(cron_job.status.last_schedule_time or cron_job.metadata.creation_timestamp or 0)
        if deadline and cron_job.spec.starting_deadline_seconds is not None:
            earliest = max(earliest, unix - cron_job.spec.starting_deadline_seconds)
        first = self.after(earliest)
        second = None if first is None else self.after(first)
        if first is not None and unix < first:
            return Due(earliest)
        if first is not None and second is not None and unix < second:
            return Due(earliest, first)
        if first is None or second is None:
            raise ValueError("time difference between two schedules is less than 1 second")
        apart = second - first
        missed = int(unix - first) // apart + 1
        last, found = None, self.after(first + (missed - 2) * apart)
        while found is not None and found <= unix:
            last, found = found, self.after(found)
        return Due(earliest, last, missed)

    def wait(self, cron_job: Any, unix: float) -> float | None:
        """Seconds until the next look; None if there is nothing to look for."""
        try:
            due = self.due(cron_job, unix, deadline=False)
            since = due.at if due.at is not None else unix if due.missed else due.earliest
        except ValueError:
            since = unix
        following = self.after(since)
        return None if following is None else following + PADDING - unix


def timing_of(spec: Any) -> Timing:
    """The timing that a specification asks for. Raises ValueError for a schedule or a zone that cannot be read."""
    zone = UTC if spec.time_zone is None else zone_of(spec.time_zone)
    schedule = cron.parse(spec.schedule)
    return Timing(lambda unix: schedule.after(unix, zone), zone)


def job_name(cron_job: Any, due: int) -> str:
    """The name of the Job for a time: it is a lock as well, so that no time has two."""
    return f"{cron_job.metadata.name}-{due // 60}"


def written(due: int, zone: tzinfo) -> str:
    """A time as RFC 3339 in a zone."""
    return datetime.fromtimestamp(due, zone).isoformat().replace("+00:00", "Z")
