"""Whole numbers as Go reads them from text, such as annotations that anybody can write."""

from __future__ import annotations

import re

INTEGER = re.compile(r"[+-]?0*([0-9]+)", re.ASCII)
MOST_DIGITS = 20
"""More than any number of 64 bits has."""


def integer(text: str, bits: int = 64) -> int | None:
    """The number that a text says; None if that is none, or has more bits.

    "5" and "+05" are 5; "5.0", " 5", "0x5" and "5_000" are no numbers.
    """
    found = INTEGER.fullmatch(text)
    if found is None or len(found[1]) > MOST_DIGITS:
        return None
    number = -int(found[1]) if text[0] == "-" else int(found[1])
    return number if -(1 << bits - 1) <= number < 1 << bits - 1 else None
