"""Time zones by their names in the database of the IANA, such as `Asia/Kolkata`.

The database is that of the machine (or of the package `tzdata`, if it is installed), as Python's zoneinfo reads it: the
one thing about the simulated world that is not in kemu itself. A zone's rules are not part of any state.
"""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo

DAY = 86_400
FIRST, LAST = -62_135_596_800 + 2 * DAY, 253_402_300_799 - 2 * DAY
"""The moments that have a date in every zone, in seconds since 1970: from the year 1 to the year 9999."""


def zone_of(name: str) -> tzinfo:
    """The zone of a name. Raises ValueError, in the words that Go has for it, for one that nobody knows."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise ValueError(f"unknown time zone {name}") from None
