"""A number or a percentage: how many pods may be unavailable, how many may be added."""

from __future__ import annotations

import re


def scaled(value: int | str, total: int, round_up: bool) -> int:
    """The number that `value` stands for when there are `total` in all. Raises ValueError for text that is no
    percentage.
    """
    if isinstance(value, int):
        return value
    if not value.endswith("%"):
        raise ValueError("invalid value for IntOrString: invalid type: string is not a percentage")
    percent = _percent(value)
    return -(-percent * total // 100) if round_up else percent * total // 100


def is_percentage(value: int | str) -> bool:
    """Whether it is a percentage that can be read."""
    return isinstance(value, str) and re.fullmatch(r"[0-9]+%", value, re.ASCII) is not None


def _percent(value: str) -> int:
    digits = value[:-1]
    if re.fullmatch(r"[+-]?[0-9]+", digits, re.ASCII) is None:
        raise ValueError(
            f'invalid value for IntOrString: invalid value "{value}": strconv.Atoi: parsing "{digits}": invalid syntax'
        )
    return int(digits)
