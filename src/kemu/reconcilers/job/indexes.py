"""Sets of completion indexes, as a Job writes them: `0-2,5` are 0, 1, 2 and 5. Everything is pure.

They are kept as pairs of a first and a last index, in order, no two of which touch: a Job may have two thousand million
completions, and what costs anything is only how many pairs there are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

Indexes = tuple[tuple[int, int], ...]

NONE: Indexes = ()


def _joined(pairs: Iterable[tuple[int, int]]) -> Indexes:
    found: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def parse(text: str, completions: int) -> Indexes:
    """Read indexes; those that a Job with so many completions does not have, and what is no index, are left out."""
    pairs = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        last = last or first
        if first.isdecimal() and last.isdecimal() and int(first) < completions:
            pairs.append((int(first), min(int(last), completions - 1)))
    return _joined(pairs)


def text_of(indexes: Indexes) -> str:
    """Write indexes: two in a row with a comma, more with a dash."""
    parts = []
    for first, last in indexes:
        between = "" if first == last else f",{last}" if last == first + 1 else f"-{last}"
        parts.append(f"{first}{between}")
    return ",".join(parts)


def joined(*several: Indexes) -> Indexes:
    """What is in any of several sets."""
    return _joined(pair for indexes in several for pair in indexes)


def of(numbers: Iterable[int]) -> Indexes:
    """The set of some numbers."""
    return _joined((number, number) for number in numbers)


def total(indexes: Indexes) -> int:
    """How many there are."""
    return sum(last - first + 1 for first, last in indexes)


def has(indexes: Indexes, number: int) -> bool:
    """Whether a number is among them. O(log pairs)."""
    place = bisect_right(indexes, number, key=lambda pair: pair[0])
    return place > 0 and number <= indexes[place - 1][1]


def common(some: Indexes, others: Indexes) -> int:
    """How many are in both of two sets. O(pairs)."""
    count = left = right = 0
    while left < len(some) and right < len(others):
        last = min(some[left][1], others[right][1])
        count += max(0, last - max(some[left][0], others[right][0]) + 1)
        if some[left][1] == last:
            left += 1
        if others[right][1] == last:
            right += 1
    return count


def first_missing(indexes: Indexes, completions: int, count: int) -> tuple[int, ...]:
    """The first `count` numbers below `completions` that are not among them. O(count + pairs)."""
    found: list[int] = []
    start = 0
    for first, last in (*indexes, (completions, completions)):
        found += range(start, min(first, completions, start + count - len(found)))
        start = max(start, last + 1)
    return tuple(found)
