"""What wakes the CronJob controller, and what it keeps."""

from __future__ import annotations

import attrs

from ...kit import Wiring
from ...objects import batch

COMPONENT = "cronjob-controller"


@attrs.frozen
class Seen:
    """The schedule and the time zone that were looked at last: another one only sets the time of the next look."""

    schedule: str = ""
    time_zone: str | None = None


WIRING = Wiring("cronjob-controller", reconciles=batch.CronJob, owns=(batch.Job,), memory=Seen)
